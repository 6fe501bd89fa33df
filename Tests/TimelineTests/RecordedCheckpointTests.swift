import Archive
import Backplane
import Boards
import StateCoding
import Support
import Synchronization
import Testing
import Timeline
import VirtualTime

/// The checkpoints that recordings end with.
@Suite struct RecordedCheckpointTests {
  private static let text = "The five boxing wizards jump quickly. "

  private func record(
    _ checkpoints: Recording.Checkpoints?, seed: UInt64 = 1, fails: @escaping (_ written: Int) -> Bool = { _ in false }
  ) throws -> Recording {
    try Recording(
      .echo(), source: RandomTyping(Self.text + "q", seed: seed, longestPauseSteps: 3000), rungIntervalSteps: 100,
      checkpoints: checkpoints, fails: fails)
  }

  private func moments(_ recording: Recording) throws -> [Moment] {
    try TraceReader(recording.bytes).checkpoints.map(\.head.first)
  }

  @Test(arguments: [.end, .evenly(5)] as [CheckpointPlan])
  func eachIsTheMachineOfAForwardRun(plan: CheckpointPlan) throws {
    let recording = try record(.init(plan: plan, intervalSteps: 100))
    let reader = try TraceReader(recording.bytes)
    try reader.verify()
    #expect(reader.damage.isEmpty)
    #expect(recording.checkpointCount == reader.checkpoints.count && recording.checkpointProblem == nil)
    #expect(reader.checkpoints.last?.head.first == recording.end.moment)
    let playback = try Playback(machine: Guest.echo().machine(), reader: reader)
    let forward = Guest.echo().machine()
    var door = Door(
      RecordedInputs(
        try reader.inputs().map { StampedInput(moment: $0.moment, input: Input(slot: Slot($0.slot), bytes: $0.bytes)) }
      ))
    for section in reader.checkpoints {
      let record = try #require(try reader.checkpoint(section))
      _ = forward.run(until: RunLimit(moment: record.moment), door: &door)
      #expect(record.digest == TraceDigest(forward.digest()))
      // Puts back the one in the trace, and would tell if it could not.
      #expect(playback.seek(to: record.moment) == .reached)
      #expect(playback.machine.digest() == forward.digest())
    }
    #expect(playback.problems.isEmpty, "\(playback.problems)")
    #expect(try Recording.replay(recording.bytes, .echo()).report.divergence == nil)
  }

  @Test func theyAreDenseNearTheEndAndFewInAll() throws {
    let recording = try record(.init(intervalSteps: 100))
    let steps = try moments(recording).map(\.step.count)
    let intervals = recording.end.moment.step.count / 100
    try #require(intervals > 128)
    let doublings = UInt64(64 - intervals.leadingZeroBitCount)
    #expect(UInt64(steps.count) <= 8 * (doublings + 1))
    #expect(steps.count > 16)
    // The last few are one interval apart, and the gap is never more than an eighth of the distance, or two intervals.
    let last = try #require(steps.last)
    for (step, next) in zip(steps, steps.dropFirst()) { #expect(next - step <= max(200, (last - step) / 4)) }
  }

  @Test(arguments: [1, 4, 9])
  func anEvenPlanHasAsManyAsWereAsked(count: Int) throws {
    let recording = try record(.init(plan: .evenly(count), intervalSteps: 100))
    let steps = try moments(recording).map(\.step.count)
    #expect(steps.count == count + 1)
    let gap = recording.end.moment.step.count / UInt64(count + 1)
    for (step, next) in zip([0] + steps, steps) { #expect(next - step > gap / 2 && next - step < gap * 3 / 2) }
  }

  @Test func aShortRunHasTheEndAlone() throws {
    let recording = try record(.init(plan: .evenly(3), intervalSteps: 1 << 40))
    #expect(try moments(recording) == [recording.end.moment])
    #expect(try record(.init(plan: .none)).bytes == record(nil).bytes)
    #expect(recording.bytes.count > (try record(nil).bytes.count))
  }

  @Test func neitherThreadsNorRoomThatIsNotNeededChangeTheFile() throws {
    let bytes = try record(.init(intervalSteps: 100)).bytes
    #expect(try record(.init(intervalSteps: 100, workers: LateWorkers())).bytes == bytes)
    #expect(try record(.init(byteCountMax: 1 << 40, intervalSteps: 100)).bytes == bytes)
    // The canary: room that is short does, and then the same way whoever compresses, and when.
    let budget = 60_000
    let short = try record(.init(byteCountMax: budget, intervalSteps: 100))
    #expect(short.bytes != bytes)
    let late = try record(.init(byteCountMax: budget, intervalSteps: 100, workers: LateWorkers()))
    #expect(late.bytes == short.bytes)
  }

  @Test(arguments: [60_000, 100_000, 200_000])
  func memoryStaysWithinItsBudget(budget: Int) throws {
    let free = try record(.init(intervalSteps: 100))
    try #require(free.checkpointBytesMax > 250_000, "\(free.checkpointBytesMax)")
    for plan in [CheckpointPlan.end, .evenly(100)] {
      let recording = try record(.init(plan: plan, byteCountMax: budget, intervalSteps: 100))
      #expect(recording.checkpointBytesMax <= budget + budget / 10)
      #expect(recording.checkpointCount > 1)
      #expect(try Recording.replay(recording.bytes, .echo()).report.reachedEnd)
    }
  }

  @Test func aDiskThatIsTooFullForCheckpointsStillHoldsTheRun() throws {
    let plain = try record(nil)
    let whole = try record(.init(intervalSteps: 100))
    try #require(whole.lengths.count > plain.lengths.count + 3)
    for number in plain.lengths.count - 1..<whole.lengths.count - 1 {
      // The disk is full once, at one write, as when someone else makes room.
      var isFull = true
      let recording = try record(.init(intervalSteps: 100)) { written in
        guard isFull, written == whole.lengths[number - 1] else { return false }
        isFull = false
        return true
      }
      #expect(recording.checkpointProblem is Recording.DiskFull)
      #expect(recording.checkpointCount == 0)
      let reader = try TraceReader(recording.bytes)
      #expect(reader.isComplete)
      try reader.verify()
      #expect(reader.damage.isEmpty)
      #expect(try Recording.replay(recording.bytes, .echo()).report.reachedEnd)
    }
  }

  @Test(arguments: [1, 5, 40])
  func aDiskThatIsFullWhileRecordingHoldsWhatWasRecorded(write: Int) throws {
    let whole = try record(.init(intervalSteps: 100))
    let kept = Kept()
    #expect(throws: Recording.DiskFull.self) {
      _ = try record(.init(intervalSteps: 100)) { written in
        kept.byteCount = written
        return written == whole.lengths[write]
      }
    }
    #expect(kept.byteCount == whole.lengths[write])
    let bytes = Array(whole.bytes[..<kept.byteCount])
    #expect(try !TraceReader(bytes).isComplete)
    let (report, _) = try Recording.replay(bytes, .echo())
    #expect(report.divergence == nil && report.rungsCompared >= write)
  }

  private final class Kept {
    var byteCount = 0
  }

  @Test func aTraceCutBeforeItsCheckpointsCanBeReplayed() throws {
    let plain = try record(nil)
    let whole = try record(.init(intervalSteps: 100))
    for length in [
      plain.lengths[plain.lengths.count - 2], whole.lengths[whole.lengths.count - 2], whole.bytes.count - 1,
    ] {
      let bytes = Array(whole.bytes[..<length])
      #expect(try !TraceReader(bytes).isComplete)
      let (report, _) = try Recording.replay(bytes, .echo())
      #expect(report.divergence == nil && report.rungsCompared > 100)
    }
  }
}

/// Does nothing until it must.
private final class LateWorkers: Workers {
  private let waiting = Mutex<[@Sendable () -> Void]>([])
  let count = 3

  func submit(_ work: @escaping @Sendable () -> Void) { waiting.withLock { $0.append(work) } }

  func drain() {
    let all = waiting.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
    for work in all.reversed() { work() }
  }

  func perform(_ count: Int, _ body: @escaping @Sendable (Int) -> Void, whileWaiting: () -> Void) {
    for number in (0..<count).reversed() { body(number) }
  }
}
