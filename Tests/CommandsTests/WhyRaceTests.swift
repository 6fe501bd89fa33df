import Archive
import Backplane
import FoundationEssentials
import Testing
import VirtualTime

@testable import Commands

/// `reprise why` on the bug of the shipped guest: a key is counted, and then a copy that was taken before is put back.
/// What it says is held against a pass through the golden trace, forwards, that stops at each write of the counter.
@Suite struct WhyRaceTests {
  private struct Value: Decodable {
    struct Piece: Decodable { var virtualAddress: String }
    struct Input: Decodable {
      var step: UInt64
      var byte: UInt8
      var isCertain: Bool
    }
    struct Writer: Decodable {
      var step: UInt64
      var symbol: String?
      var instruction: String?
      var before: String
    }

    var memory: [Piece]?
    var symbol: String?
    var value: String?
    var origin: String
    var writer: Writer?
    var device: String?
    var input: Input?
    var sources: [Value]

    /// This one and all below it.
    var all: [Value] { [self] + sources.flatMap(\.all) }
    var address: UInt64? { memory?.first.flatMap { UInt64($0.virtualAddress.dropFirst(2), radix: 16) } }
    var number: UInt64? { value.flatMap { UInt64($0.dropFirst(2), radix: 16) } }
  }

  /// A write of the counter.
  private struct Write: Equatable {
    var step: UInt64
    var value: UInt64
  }

  private struct Document: Decodable { var value: Value }

  private static func why(_ subject: String, at step: UInt64, depth: Int) throws -> Value {
    let result = reprise("why", Teach.raceTrace, subject, "--at", "@\(step)", "--depth", "\(depth)", "--json")
    #expect(result.status == 0, "\(result.error)")
    return try JSONDecoder().decode(Document.self, from: Data(result.output)).value
  }

  private static func address(of symbol: String) throws -> UInt64 {
    let line = reprise("symbols", Teach.raceTrace, "--match", symbol).text
    return try #require(UInt64(line.prefix { $0 != " " }, radix: 16))
  }

  private static func number(_ replay: SideBySide.Replay, at address: UInt64) -> UInt64 {
    replay.machine.memory.read(address, count: 8)?.reversed().reduce(0) { $0 << 8 | UInt64($1) } ?? 0
  }

  /// All writes of the counter, up to the first with which it falls.
  private static func writes() throws -> [Write] {
    let writes = try found.get()
    try #require(writes.count > 2 && writes[0].step < writes[1].step)
    return writes
  }

  private static let found = Swift.Result { try findWrites(of: address(of: "statistics")) }

  private static func findWrites(of counter: UInt64) throws -> [Write] {
    var replay = try SideBySide.Replay(Teach.raceTrace)
    replay.machine.stopPoints = StopPoints(
      watchpoints: [Watchpoint(.physical, counter, byteCount: 8, onRead: false, onWrite: true)])
    var writes: [Write] = []
    while writes.count < 1000, replay.machine.moment < replay.last {
      let stop = replay.machine.run(until: RunLimit(moment: replay.last), door: &replay.door)
      guard case .hit(let hit) = stop else { break }
      writes.append(Write(step: hit.step, value: number(replay, at: counter)))
      if writes.count > 1, writes[writes.count - 1].value < writes[writes.count - 2].value { return writes }
    }
    Issue.record("the counter never falls")
    return writes
  }

  @Test func theLostCountIsFollowedPastTheWriteThatWasLost() throws {
    let counter = try Self.address(of: "statistics")
    let writes = try Self.writes()
    let (put, lost) = (try #require(writes.last), writes[writes.count - 2])
    #expect(put.value == lost.value - 1)

    // What put the old count back, and over what.
    let tree = try Self.why("statistics:8", at: put.step + 1, depth: 8)
    let writer = try #require(tree.writer)
    #expect(tree.origin == "written" && tree.number == put.value)
    #expect(writer.step == put.step && writer.before == "0x" + String(lost.value, radix: 16))
    #expect(writer.symbol?.hasPrefix("memcpy+") == true && writer.symbol?.contains("teach/lib/memory.c:") == true)
    // It came from the stack, and into that from the counter, when the copy was taken.
    let copies = tree.all.filter { $0.origin == "written" && $0.memory != nil }
    let stack = try #require(copies.dropFirst().first)
    #expect(stack.symbol?.hasPrefix("kernel_stacks+") == true && stack.number == put.value)
    let taken = try #require(stack.writer)
    #expect(taken.symbol?.hasPrefix("memcpy+") == true && taken.step < lost.step)
    // Then whoever had written the counter last by then.
    let read = try #require(copies.dropFirst(2).first)
    #expect(read.address == counter && read.symbol == "statistics")
    #expect(read.writer?.step == writes.last { $0.step < taken.step }?.step)
    #expect(read.number == put.value)
    // The write that was lost is none of its causes.
    #expect(tree.all.allSatisfy { $0.writer?.step != lost.step })

    // That one did what it should: one more than there was.
    let counted = try Self.why("statistics:8", at: lost.step + 1, depth: 4)
    #expect(counted.writer?.step == lost.step && counted.number == lost.value)
    #expect(counted.writer?.symbol?.hasPrefix("keys_note+") == true)
    #expect(counted.writer?.symbol?.hasSuffix("(Scenarios/guests/teach/kernel/keys.c:40)") == true)
    #expect(counted.all.contains { $0.origin == "constant" && $0.number == 1 })
    #expect(counted.all.contains { $0.address == counter && $0.writer?.step == writes[writes.count - 3].step })
  }

  @Test func theFirstCountsEndAtConstantsAndAtPowerOn() throws {
    let writes = try Self.writes()
    let second = try #require(writes.first { $0.value == 2 })
    let tree = try Self.why("statistics:8", at: second.step + 1, depth: 20)
    let leaves = tree.all.filter(\.sources.isEmpty)
    #expect(leaves.filter { $0.origin == "constant" && $0.number == 1 }.count == 2, "\(leaves)")
    // Memory that nobody had set, or that the guest's first instructions had cleared.
    #expect(
      leaves.filter { $0.origin != "constant" }.allSatisfy { ["zero", "fixed"].contains($0.origin) }, "\(leaves)")
    #expect(leaves.count == 3)
  }

  @Test func theKeyThatWasNotCountedIsFollowedToTheInput() throws {
    let ring = try Self.address(of: "received")
    let writes = try Self.writes()
    let lost = writes[writes.count - 2]
    // The key is the last in the ring: `in`, behind its 256 bytes, counts them.
    var replay = try SideBySide.Replay(Teach.raceTrace)
    replay.go(to: lost.step)
    let count = Self.number(replay, at: ring + 256)
    let typed = try TraceReader(TraceFile(Teach.raceTrace)).inputs()[Int(count) - 1]
    let tree = try Self.why("0x\(String(ring + (count - 1) % 256, radix: 16)):1", at: lost.step, depth: 8)
    #expect(tree.number == UInt64(typed.bytes[0]))
    #expect(tree.writer?.symbol?.contains("Scenarios/guests/teach/kernel/uart.c:") == true)
    #expect(tree.writer?.instruction?.hasPrefix("sb ") == true)
    let leaves = tree.all.filter(\.sources.isEmpty)
    let leaf = try #require(leaves.first)
    #expect(leaves.count == 1 && leaf.origin == "device" && leaf.device == "uart")
    #expect(leaf.input?.step == typed.moment.step.count && leaf.input?.byte == typed.bytes[0])
    #expect(leaf.input?.isCertain == true)
    // And the time at which it came, from the clock.
    let time = try Self.why("statistics+8:8", at: lost.step + 2, depth: 8)
    #expect(time.writer?.step == lost.step + 1 && time.writer?.symbol?.hasPrefix("keys_note+") == true)
    #expect(time.all.last?.origin == "counter")
  }
}
