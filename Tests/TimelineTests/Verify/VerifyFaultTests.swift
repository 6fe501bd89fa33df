import Archive
import Backplane
import Boards
import Host
import StateCoding
import Support
import Testing
import Timeline
import VirtualTime

/// Faults that are planted in a trace: whatever is divided among threads tells what one pass tells.
@Suite struct VerifyFaultTests {
  enum Fault: String, CaseIterable {
    case rung, rungAndItsCheckpoint, firstRung, lastRung, effect, missingEffect, anotherEffect, input, missingInput
    case earlierInput, consoleDigest, consoleCount, endDigest, endReason

    func plant(_ parts: inout Recording.Parts) {
      let middle = parts.checkpoints[parts.checkpoints.count / 2].moment
      let rung = parts.rungs.firstIndex { $0.moment == middle } ?? 0
      switch self {
      case .rung: parts.rungs[rung + 1].digest.low ^= 1
      case .rungAndItsCheckpoint:
        parts.rungs[rung].digest.low ^= 1
        for place in parts.checkpoints.indices where parts.checkpoints[place].moment == middle {
          parts.checkpoints[place].digest.low ^= 1
        }
      case .firstRung: parts.rungs[0].digest.low ^= 1
      case .lastRung: parts.rungs[parts.rungs.count - 1].digest.low ^= 1
      case .effect: parts.effects[Self.lonePlace(parts.effects.map(\.moment))].moment.cycle.count += 1
      case .missingEffect: parts.effects.remove(at: parts.effects.count * 2 / 3)
      case .anotherEffect: parts.effects.insert(parts.effects[20], at: 21)
      case .input: parts.inputs[parts.inputs.count / 2].bytes[0] ^= 1
      case .missingInput: parts.inputs.remove(at: parts.inputs.count / 3)
      case .earlierInput: parts.inputs[Self.lonePlace(parts.inputs.map(\.moment))].moment.step.count -= 1
      case .consoleDigest: parts.end.consoleDigest.low ^= 1
      case .consoleCount: parts.end.consoleByteCount += 1
      case .endDigest: parts.end.digest.low ^= 1
      case .endReason: parts.end.reason = .failure(code: 3)
      }
    }

    /// One in the second half that nothing is close to: what is written is in order.
    private static func lonePlace(_ moments: [Moment]) -> Int {
      (moments.count / 2..<moments.count - 1).first {
        moments[$0 + 1].cycle.count > moments[$0].cycle.count + 1
          && moments[$0 - 1].step.count + 1 < moments[$0].step.count
      } ?? 0
    }
  }

  @Test(arguments: Fault.allCases, VerifySubjects.Way.allCases)
  func isToldAsOnePassTellsIt(_ fault: Fault, way: VerifySubjects.Way) throws {
    let recording = try VerifySubjects.record(seed: 3)
    let bytes = try recording.changed { fault.plant(&$0) }
    let expected = try #require(try Recording.replay(bytes, .echo()).report.divergence, "\(fault)")
    #expect(try VerifySubjects.report(bytes, way).replay.divergence == expected)
  }

  /// The canary of the canaries: unchanged, all is the same.
  @Test func whatIsWrittenAgainIsTheSame() throws {
    let recording = try VerifySubjects.record(seed: 3)
    let report = try VerifySubjects.report(try recording.changed { _ in }, .everyCheckpoint)
    #expect(report.replay.divergence == nil && report.faults.isEmpty && report.notes.isEmpty)
    #expect(report.replay.rungsCompared > 20)
  }

  enum CheckpointFaultKind: String, CaseIterable {
    /// A page is forgotten, and the digest tells of it.
    case forgotPage
    /// A page is forgotten, and the digest is made to fit.
    case selfConsistent
    /// The same at the very end.
    case selfConsistentAtTheEnd
    /// The board is another one, and the digest is made to fit.
    case otherBoard
    case otherDigest
    case boardThatCannotBe
    case pagesPastTheEnd
    /// It says that it is of a moment at which no machine ever stood.
    case otherCycle

    func plant(_ parts: inout Recording.Parts) throws {
      let place = self == .selfConsistentAtTheEnd ? parts.checkpoints.count - 1 : parts.checkpoints.count / 2
      var record = parts.checkpoints[place]
      defer { parts.checkpoints[place] = record }
      let written = try #require(record.pages.firstIndex { $0.content != PageReference.zeroPage })
      switch self {
      case .forgotPage: record.pages[written].content = PageReference.zeroPage
      case .selfConsistent, .selfConsistentAtTheEnd:
        record.pages[written].content = PageReference.zeroPage
        record.digest = try Self.digest(of: record, parts.contents)
      case .otherBoard:
        let machine = try Self.machine(of: record, parts.contents)
        _ = machine.change { board, memory in board.apply(.register(hart: 0, number: 9, value: 12345), memory: memory) }
        record.board = StateWriter.bytes(of: machine.board)
        record.digest = TraceDigest(machine.digest())
      case .otherDigest: record.digest.high ^= 1
      case .boardThatCannotBe: record.board.removeLast(9)
      case .pagesPastTheEnd: record.pages.append(PageReference(page: 1 << 24, content: 0))
      case .otherCycle: record.moment.cycle.count += 1
      }
    }

    private static func machine(of record: CheckpointRecord, _ contents: [[UInt8]]) throws -> Machine<VirtBoard> {
      let machine = Guest.echo().machine()
      for page in record.pages {
        let zero = [UInt8](repeating: 0, count: 4096)
        let bytes = page.content == PageReference.zeroPage ? zero : contents[Int(page.content)]
        machine.memory.write(machine.memory.address(ofPage: Int(page.page)), bytes)
      }
      machine.restore(try StateReader.decode(VirtBoard.self, from: record.board))
      return machine
    }

    private static func digest(of record: CheckpointRecord, _ contents: [[UInt8]]) throws -> TraceDigest {
      TraceDigest(try machine(of: record, contents).digest())
    }
  }

  /// The log is the truth: the replay is the same, and the checkpoint is told as wrong however many threads there are.
  @Test(arguments: CheckpointFaultKind.allCases, VerifySubjects.Way.allCases)
  func aWrongCheckpointIsFound(_ fault: CheckpointFaultKind, way: VerifySubjects.Way) throws {
    let recording = try VerifySubjects.record(seed: 4)
    let bytes = try recording.changed { try fault.plant(&$0) }
    #expect(try Recording.replay(bytes, .echo()).report.divergence == nil)
    let report = try VerifySubjects.report(bytes, way)
    #expect(report.replay.divergence == nil && report.replay.reachedEnd && report.hidden == nil)
    if fault == .otherCycle {
      #expect(report.faults.isEmpty && report.notes.count == 1, "\(report.notes)")
    } else {
      #expect(report.faults.count == 1 && report.notes.isEmpty, "\(report.faults) \(report.notes)")
    }
  }

  /// A byte of the file is flipped: it is refused, or told as damage, or not looked at; never taken for a difference.
  @Test func aFlippedByteIsDamageOrRefused() throws {
    let recording = try VerifySubjects.record(seed: 5)
    var kinds: [String: Int] = [:]
    for place in stride(from: 40, to: recording.bytes.count, by: recording.bytes.count / 60) {
      var bytes = recording.bytes
      bytes[place] ^= 4
      switch VerifySubjects.verify([bytes], .everyCheckpoint)[0] {
      case .replayed(let report):
        #expect(report.replay.divergence == nil && report.hidden == nil, "byte \(place)")
        kinds[report.damage.isEmpty ? "same" : "damage", default: 0] += 1
      case .failed: kinds["failed", default: 0] += 1
      case .interrupted: Issue.record("nobody interrupted")
      }
    }
    #expect(kinds["damage", default: 0] > 0 && kinds["failed", default: 0] > 0, "\(kinds)")
  }

  /// A board that forgets some of itself when it is saved: from its checkpoint, another run begins.
  @Test func whatACheckpointDoesNotHoldIsFound() throws {
    let make = {
      Machine(board: ForgetfulBoard(virt: Guest.echo().machine().board), memory: Guest.echo().machine().memory)
    }
    let bytes = try AnyRecording.bytes(make(), limitSteps: 2000)
    let rung = try #require(try TraceReader(bytes).rungs().dropFirst(8).first)
    let machine = make()
    var door = Door()
    _ = machine.run(until: RunLimit(moment: rung.moment), door: &door)
    let trace = try AnyRecording.adding(machine, to: bytes, powerOn: make())
    func verify(_ way: VerifySubjects.Way) throws -> VerifyReport {
      let subject = VerifySubject<ForgetfulBoard>(
        open: { try TraceReader(trace) }, equip: { _ in (Self.forgetful(), [.output, .interrupts]) })
      let results = Verifier([subject], way.options, workers: HostThreads(count: 2)).run()
      guard case .replayed(let report)? = results.first else { throw Recording.DiskFull() }
      return report
    }
    let alone = try verify(.oneThread)
    #expect(alone.replay.divergence == nil && alone.faults.isEmpty && alone.hidden == nil)
    let shared = try verify(.everyCheckpoint)
    #expect(shared.replay.divergence == nil && shared.faults.isEmpty)
    #expect(shared.hidden?.subject == .rung)
  }

  private static func forgetful() -> Machine<ForgetfulBoard> {
    Machine(board: ForgetfulBoard(virt: Guest.echo().machine().board), memory: Guest.echo().machine().memory)
  }
}
