import Backplane
import Support
import Testing
import VirtualTime

@Suite struct RecordedInputsTests {
  private let recording = [
    stamped(2, 20, 1), stamped(5, 50, 2), stamped(5, 60, 3), stamped(5, 60, 4), stamped(9, 90, 5),
  ]

  @Test func givesEachInputAtExactlyItsMoment() {
    var source = RecordedInputs(recording)
    #expect(source.take(at: .zero).isEmpty)
    #expect(source.take(at: moment(2, 19)).isEmpty)
    #expect(source.take(at: moment(2, 20)) == inputs(0...0))
    #expect(source.take(at: moment(2, 21)).isEmpty)
    #expect(source.take(at: moment(5, 50)) == inputs(1...1))
    #expect(source.take(at: moment(5, 60)) == inputs(2...3))
    #expect(source.take(at: moment(9, 90)) == inputs(4...4))
    #expect(source.take(at: moment(9, 91)).isEmpty)
  }

  @Test func whatTheMachineHasRunPastIsNeverGiven() {
    var source = RecordedInputs(recording)
    #expect(source.take(at: moment(2, 21)).isEmpty)
    // Step 5 came at another cycle than in the recording.
    #expect(source.take(at: moment(5, 55)).isEmpty)
    #expect(source.take(at: moment(5, 60)) == inputs(2...3))
    #expect(source.take(at: moment(10, 0)).isEmpty)
    #expect(source.horizon(after: moment(10, 0)) == Step(.max))
  }

  @Test func theHorizonIsTheStepOfTheNextInput() {
    var source = RecordedInputs(recording)
    #expect(source.horizon(after: .zero) == Step(2))
    #expect(source.horizon(after: moment(1, 500)) == Step(2))
    _ = source.take(at: moment(2, 20))
    #expect(source.horizon(after: moment(2, 20)) == Step(5))
    _ = source.take(at: moment(5, 50))
    // The next input enters at this very step, after idling: no step can lead to it.
    #expect(source.horizon(after: moment(5, 50)) == Step(.max))
    _ = source.take(at: moment(5, 60))
    #expect(source.horizon(after: moment(5, 60)) == Step(9))
    _ = source.take(at: moment(9, 90))
    #expect(source.horizon(after: moment(9, 90)) == Step(.max))
  }

  @Test func theHorizonLetsTheMachineMoveEvenPastAMissedInput() {
    let source = RecordedInputs(recording)
    for step in 0...10 as ClosedRange<UInt64> {
      #expect(source.horizon(after: moment(step, 1000)) > Step(step))
    }
  }

  @Test func whatWaitsForNothingWaitsUntilWhereTheRunIsKnownToHaveCome() {
    var source = RecordedInputs(recording, until: moment(9, 200))
    #expect(source.idle(from: .zero, until: nil) == nil)
    _ = source.take(at: moment(9, 90))
    #expect(source.idle(from: moment(9, 90), until: nil) == Cycle(200))
    #expect(source.idle(from: moment(9, 90), until: Cycle(120)) == Cycle(120))
    #expect(source.idle(from: moment(9, 200), until: nil) == nil)
    #expect(source.idle(from: moment(10, 91), until: nil) == nil)
  }

  @Test func idlingEndsAtTheNextInputOfTheSameStepOrAtTheAlarm() {
    var source = RecordedInputs(recording)
    // The next input is steps away: only the alarm can wake the machine.
    #expect(source.idle(from: .zero, until: Cycle(70)) == Cycle(70))
    #expect(source.idle(from: .zero, until: nil) == nil)
    _ = source.take(at: moment(2, 20))
    _ = source.take(at: moment(5, 50))
    #expect(source.idle(from: moment(5, 50), until: Cycle(55)) == Cycle(55))
    #expect(source.idle(from: moment(5, 50), until: Cycle(70)) == Cycle(60))
    #expect(source.idle(from: moment(5, 50), until: Cycle(60)) == Cycle(60))
    #expect(source.idle(from: moment(5, 50), until: nil) == Cycle(60))
    // Its cycle has passed.
    #expect(source.idle(from: moment(5, 60), until: Cycle(70)) == Cycle(70))
    #expect(source.idle(from: moment(5, 61), until: nil) == nil)
  }

  @Test func playingFromAMomentLeavesOutWhatEnteredBefore() {
    var after = RecordedInputs(recording, from: moment(5, 51))
    #expect(after.idle(from: moment(5, 51), until: nil) == Cycle(60))
    #expect(after.take(at: moment(5, 60)) == inputs(2...3))
    #expect(after.horizon(after: moment(5, 60)) == Step(9))
    // What enters at the moment of the start is still to come.
    var at = RecordedInputs(recording, from: moment(5, 60))
    #expect(at.take(at: moment(5, 60)) == inputs(2...3))
    var end = RecordedInputs(recording, from: moment(9, 91))
    #expect(end.horizon(after: moment(9, 91)) == Step(.max))
    #expect(end.take(at: moment(9, 91)).isEmpty)
  }

  /// One machine, two sources: what a live run logged comes in again at the same moments, and the run ends the same.
  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func aReplayIsTheRunThatWasRecorded(_ seed: UInt64) {
    let live = play(LiveInputs(generator: SeededGenerator(seed: seed)))
    #expect(live.log.count > 100)
    let replay = play(RecordedInputs(live.log))
    #expect(replay.log == live.log)
    #expect(replay.end == live.end)
  }

  /// The check itself: a machine that runs past the horizon misses inputs.
  @Test func runningPastTheHorizonIsNoticed() {
    let live = play(LiveInputs(generator: SeededGenerator(seed: 1)))
    let replay = play(RecordedInputs(live.log), respectsHorizon: false)
    #expect(replay.log != live.log)
  }

  private func inputs(_ range: ClosedRange<Int>) -> [Input] { recording[range].map(\.input) }
}

/// Lets something in at random moments, and pauses the machine more often than that.
private struct LiveInputs: InputSource {
  var generator: SeededGenerator

  mutating func horizon(after moment: Moment) -> Step { Step(moment.step.count + 1 + generator.below(4)) }

  mutating func take(at moment: Moment) -> [Input] {
    guard generator.chance(1, in: 3) else { return [] }
    return (0...generator.below(2)).map { _ in
      Input(slot: Slot(1), bytes: [UInt8(truncatingIfNeeded: generator.next())])
    }
  }

  mutating func idle(from moment: Moment, until alarm: Cycle?) -> Cycle? {
    moment.cycle.advanced(by: 1 + generator.below(400))
  }
}

/// A toy machine: an input makes it work for some steps, of three cycles each, and so does its alarm, every thousandth
/// cycle. Without work it waits.
private func play(_ source: some InputSource, respectsHorizon: Bool = true) -> (log: [StampedInput], end: Moment) {
  var (door, now, work) = (Door(source), Moment.zero, UInt64(0))
  let end = Step(2000)
  while now.step < end {
    for input in door.take(at: now) { work += 3 + UInt64(input.bytes[0] % 4) }
    if work == 0 {
      let alarm = Cycle((now.cycle.count / 1000 + 1) * 1000)
      guard let cycle = door.idle(from: now, until: alarm) else { break }
      now.cycle = cycle
      if cycle == alarm { work = 2 }
    } else {
      let horizon = respectsHorizon ? door.horizon(after: now) : Step(.max)
      let steps = min(work, min(horizon, end).count - now.step.count)
      work -= steps
      now = moment(now.step.count + steps, now.cycle.count + steps * 3)
    }
  }
  return (door.takeLog(), now)
}
