import Backplane
import Boards
import RISCV
import Support
import Testing
import VirtualTime

@testable import Export

/// Logs that are written, read again and compared.
@Suite struct CommitLogMatcherTests {
  /// The records of a run of `machine`.
  private func records(_ machine: Machine<VirtBoard>, inputs: [StampedInput] = [], steps: UInt64) -> [StepRecord] {
    var door = Door(RecordedInputs(inputs))
    var records: [StepRecord] = []
    _ = machine.observe(.steps, until: RunLimit(step: Step(steps)), door: &door) {
      records.append($0)
      return true
    }
    return records
  }

  private func text(_ records: [StepRecord]) throws -> String {
    var bytes: [UInt8] = []
    var writer = CommitLogWriter(to: TextOutput { bytes += $0 })
    for record in records { try writer.note(record) }
    try writer.finish()
    return String(decoding: bytes, as: UTF8.self)
  }

  private func match(
    _ log: String, _ records: [StepRecord], _ mask: CommitLogMask = CommitLogMask(), startPC: UInt64? = nil
  ) throws -> CommitLogMatcher {
    var rest = Array(log.utf8)[...]
    var reader = CommitLogReader {
      defer { rest = rest.dropFirst(1000) }
      return Array(rest.prefix(1000))
    }
    var matcher = CommitLogMatcher({ try reader.next() }, mask, startPC: startPC)
    for record in records where try !matcher.note(record) { return matcher }
    try matcher.finish(isAtEnd: true)
    return matcher
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func whatIsWrittenIsTheSameWhenItIsRead(seed: UInt64) throws {
    let records = records(StopGuest(seed: seed).guest.machine(), steps: 20_000)
    let matcher = try match(try text(records), records)
    #expect(matcher.difference == nil && matcher.endedFirst == nil)
    #expect(matcher.commonCount == UInt64(records.count { $0.kind == .instruction }))
  }

  /// Any one value of the log that is changed is found, at its line.
  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func aDigitThatIsChangedIsFoundAtItsLine(seed: UInt64) throws {
    let records = records(StopGuest(seed: 3).guest.machine(), steps: 20_000)
    var lines = try text(records).split(separator: "\n").map(String.init)
    var random = SeededGenerator(seed: seed)
    let number = Int(random.below(UInt64(lines.count - 1))) + 1
    var line = Array(lines[number].utf8)
    // Not of the number of the hart, nor of a register's name.
    let places = line.indices.filter { place in
      place > 8 && UInt8(ascii: "0")...UInt8(ascii: "9") ~= line[place]
        && line[..<place].reversed().first {
          !(UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0)
        } == UInt8(ascii: "x")
        && line[line.startIndex..<place].lastIndex(of: UInt8(ascii: "x")).map { line[$0 - 1] == UInt8(ascii: "0") }
          == true
    }
    let place = random.pick(places)
    line[place] = line[place] == UInt8(ascii: "9") ? UInt8(ascii: "8") : line[place] + 1
    lines[number] = String(decoding: line, as: UTF8.self)
    // What CSRs of status say without having changed, nobody can check.
    guard !lines[number].contains("status") else { return }
    let matcher = try match(lines.joined(separator: "\n"), records)
    let difference = try #require(matcher.difference, "\(lines[number])")
    #expect(difference.entry?.line == UInt64(number + 1))
    #expect(matcher.commonCount == UInt64(number))
    #expect(matcher.lastCommon.count == min(16, number))
  }

  @Test func theLogMayBeginLaterAndEndEarlier() throws {
    let records = records(StopGuest(seed: 2).guest.machine(), steps: 5000)
    let lines = try text(records).split(separator: "\n").map(String.init)
    // It begins at the first instruction that is executed for the first time there.
    let late = try match(lines[40..<300].joined(separator: "\n"), records)
    #expect(late.difference == nil && late.endedFirst == "log")
    let early = try match(lines.joined(separator: "\n"), Array(records.prefix(100)))
    #expect(early.difference == nil && early.endedFirst == "recording")
    let pc = try #require(records.first { $0.start.step == Step(40) }?.pc)
    let skipped = try match(lines.joined(separator: "\n"), Array(records.dropFirst(20)), startPC: pc)
    #expect(skipped.difference == nil && skipped.hasBegun)
    #expect(throws: CommitLogError.self) { try match("", records) }
  }

  @Test func whatCannotAgreeIsMasked() throws {
    let records = records(Guest.echo().machine(), steps: 400)
    let lines = try text(records).split(separator: "\n").map(String.init)
    let number = try #require(lines.firstIndex { $0.contains(" c") })
    let name = try #require(lines[number].split(separator: " ").first { $0.contains("_") })
    var changed = lines
    changed[number] = lines[number].replacing("\(name) 0x0", with: "\(name) 0x7")
    #expect(changed[number] != lines[number])
    let found = try match(changed.joined(separator: "\n"), records)
    #expect(found.difference?.subject == .csr)
    var mask = CommitLogMask()
    let csr = try #require(
      name.split(separator: "_", maxSplits: 1).last.flatMap { CommitLogMask.csr(named: String($0)) })
    mask.csrs = [csr]
    #expect(try match(changed.joined(separator: "\n"), records, mask).difference == nil)
    #expect(CommitLogMask.csr(named: "mcycle") == 0xb00 && CommitLogMask.csr(named: "0x300") == 0x300)
    #expect(CommitLogMask.csr(named: "nothing") == nil && CommitLogMask.csr(named: "4096") == nil)
  }

  /// Handlers that only one of the two entered, as a machine whose interrupts come at other moments would have it.
  @Test func handlersOfInterruptsArePassedOver() throws {
    let guest = Guest.echo()
    let inputs = guest.inputs(of: RandomTyping("keys, q", seed: 2, longestPauseSteps: 300), limitSteps: 20_000)
    let whole = records(guest.machine(), inputs: inputs, steps: 20_000)
    // The last key makes the handler switch the machine off: from there on nothing returns.
    let last = try #require(whole.lastIndex { $0.kind == .interrupt })
    let all = Array(whole[..<last])
    var handlers: [Range<Int>] = []
    for (place, record) in all.enumerated() where record.kind == .interrupt {
      let end = try #require(
        all[place...].firstIndex { $0.flow == .trapReturn && $0.nextPC == record.pc && $0.nextMode == record.mode })
      handlers.append(place..<(end + 1))
    }
    let without = all.indices.filter { place in !handlers.contains { $0.contains(place) } }.map { all[$0] }
    #expect(!handlers.isEmpty && without.count < all.count)
    var mask = CommitLogMask()
    mask.ignoresInterrupts = true
    // Only the run entered them.
    #expect(try match(try text(without), all).difference?.subject == .pc)
    let run = try match(try text(without), all, mask)
    #expect(run.difference == nil && run.skippedStepCount == UInt64(all.count - without.count))
    // Only the log has them.
    #expect(try match(try text(all), without).difference?.subject == .pc)
    let log = try match(try text(all), without, mask)
    #expect(log.difference == nil && log.skippedLineCount > 0 && log.commonCount == run.commonCount)
    // Both have them, at the same places.
    #expect(try match(try text(all), all, mask).difference == nil)
  }
}
