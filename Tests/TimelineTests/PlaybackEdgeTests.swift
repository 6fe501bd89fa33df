import Archive
import Backplane
import Boards
import Support
import Testing
import Timeline
import VirtualTime

/// The borders of a playback: its first instruction, a place before the one where a fork left, times between steps.
@Suite struct PlaybackEdgeTests {
  private static func record(_ seed: UInt64, checkpoints: Recording.Checkpoints? = nil) throws -> Recording {
    try Recording(
      .echo(), source: RandomTyping("Jackdaws love my big sphinx. q", seed: seed), rungIntervalSteps: 100,
      checkpoints: checkpoints)
  }

  private static func playback(_ recording: Recording) throws -> Playback<VirtBoard> {
    try Playback(
      machine: Guest.echo().machine(), reader: TraceReader(recording.bytes), limits: .init(gapStepsMin: 32))
  }

  @Test func theInstructionItStartsWithIsPassedOnlyWhenThatIsWanted() throws {
    let playback = try Self.playback(Self.record(1))
    let stops = StopPoints(breakpoints: [playback.machine.board.programCounter(hart: 0)])
    #expect(playback.runForward(stops) == .end)
    _ = playback.seek(to: playback.first)
    guard case .hit(let hit) = playback.runForward(stops, passingHere: false) else {
      Issue.record("the first instruction is not stopped at")
      return
    }
    #expect(hit.step == 0 && playback.moment == playback.first)
    #expect(playback.seek(to: playback.last) == .reached)
    #expect(playback.runBackward(stops) == .hit(hit))
  }

  @Test func anEditBeforeTheForkIsWhereTheForkLeaves() throws {
    let playback = try Self.playback(Self.record(2))
    _ = playback.seek(to: Step(300))
    #expect(playback.edit(.register(hart: 0, number: 8, value: 77)))
    _ = playback.runForward(until: Step(1000))
    _ = playback.seek(to: Step(100))
    let early = playback.moment
    #expect(playback.edit(.register(hart: 0, number: 8, value: 78)))
    #expect(playback.forkedAt == early && playback.last == early)
    _ = playback.runForward(until: Step(400))
    _ = playback.seek(to: Step(50))
    _ = playback.edit(.register(hart: 0, number: 8, value: 79))
    _ = playback.runForward(until: Step(60))
    #expect(playback.forkedAt?.step == Step(50))
  }

  @Test func aForkIsRunToWhereSomebodyWantsToBe() throws {
    let playback = try Self.playback(Self.record(4))
    _ = playback.seek(to: Step(200))
    #expect(playback.edit(.register(hart: 0, number: 8, value: 77)))
    #expect(playback.seek(to: Step(500)) == .reached)
    #expect(playback.moment.step == Step(500) && playback.last == playback.moment)
    let digest = playback.machine.digest()
    #expect(playback.seek(to: Step(100)) == .reached)
    #expect(playback.seek(to: Step(500)) == .reached)
    #expect(playback.machine.digest() == digest)
    #expect(playback.seek(to: playback.last) == .reached)
  }

  /// To go to a time is not to run from the start when the trace has a checkpoint before it.
  @Test func timesAreReachedFromCheckpointsToo() throws {
    let recording = try Self.record(3, checkpoints: .init(plan: .evenly(8), intervalSteps: 100))
    let cycle = Cycle(recording.end.moment.cycle.count * 9 / 10)
    final class Most { var steps: UInt64 = 0 }
    func furthest(_ playback: Playback<VirtBoard>) -> (moment: Moment, steps: UInt64) {
      let most = Most()
      playback.onProgress = { most.steps = max(most.steps, $0.totalSteps) }
      #expect(playback.seek(to: cycle) == .reached)
      return (playback.moment, most.steps)
    }
    let (moment, steps) = furthest(try Self.playback(recording))
    let (plain, plainSteps) = furthest(try Self.playback(Self.record(3)))
    #expect(moment == plain && moment.cycle >= cycle)
    #expect(plainSteps == recording.end.moment.step.count)
    #expect(steps < plainSteps / 2)
    // And from where it is, when that is near.
    let playback = try Self.playback(Self.record(3))
    _ = playback.seek(to: Step(moment.step.count - 5))
    #expect(furthest(playback) == (moment, recording.end.moment.step.count - playback.machine.moment.step.count + 5))
  }
}
