import Backplane
import Testing
import VirtualTime

@Suite struct DoorTests {
  @Test func everythingThatEntersIsStampedAndLoggedInOrder() {
    let inputs = [stamped(0, 0, 1), stamped(3, 9, 2), stamped(3, 9, 3), stamped(3, 10, 4)]
    var door = Door(RecordedInputs(inputs))
    #expect(door.take(at: .zero) == [inputs[0].input])
    #expect(door.take(at: moment(3, 8)) == [])
    // All that enters at one moment comes as one batch.
    #expect(door.take(at: moment(3, 9)) == [inputs[1].input, inputs[2].input])
    #expect(door.take(at: moment(3, 10)) == [inputs[3].input])
    #expect(door.log == inputs)
  }

  @Test func theLogIsTakenOnceAndThenGrowsAnew() {
    let inputs = [stamped(1, 1, 1), stamped(2, 2, 2)]
    var door = Door(RecordedInputs(inputs))
    _ = door.take(at: moment(1, 1))
    #expect(door.takeLog() == [inputs[0]])
    #expect(door.log.isEmpty && door.takeLog().isEmpty)
    _ = door.take(at: moment(2, 2))
    #expect(door.takeLog() == [inputs[1]])
  }

  /// What was logged, played again, comes out the same: recording and replaying differ in the source alone.
  @Test func aLogPlayedAgainIsTheSameLog() {
    let moments = [moment(0, 0), moment(1, 4), moment(1, 9), moment(2, 9), moment(7, 20)]
    var live = Door(Steady(step: .max, cycle: nil))
    for moment in moments { _ = live.take(at: moment) }
    #expect(live.log.count == moments.count)
    var replay = Door(RecordedInputs(live.log))
    for moment in moments { _ = replay.take(at: moment) }
    #expect(replay.log == live.log)
  }

  @Test func aSealedDoorLetsNothingIn() {
    var door = Door()
    #expect(door.take(at: .zero).isEmpty)
    #expect(door.horizon(after: .zero) == Step(.max))
    #expect(door.idle(from: .zero, until: Cycle(7)) == Cycle(7))
    #expect(door.idle(from: .zero, until: nil) == nil)
    #expect(door.log.isEmpty)
  }

  @Test func idlingEndsAtTheAlarmWhateverTheSourceSays() {
    var door = Door(Steady(step: 9, cycle: 50))
    #expect(door.idle(from: moment(1, 5), until: Cycle(20)) == Cycle(20))
    #expect(door.idle(from: moment(1, 5), until: Cycle(80)) == Cycle(50))
    #expect(door.idle(from: moment(1, 5), until: nil) == Cycle(50))
    #expect(door.horizon(after: moment(8, 0)) == Step(9))
  }

  /// A run that ended without getting any further, as stalled, may be run again.
  @Test func askingTwiceAtOneMomentGivesAnInputOnce() {
    let input = Input(slot: Slot(1), bytes: [7])
    let moment = Moment(step: Step(4), cycle: Cycle(4))
    var door = Door(RecordedInputs([StampedInput(moment: moment, input: input)]))
    #expect(door.take(at: moment) == [input])
    #expect(door.take(at: moment).isEmpty)
    #expect(door.takeLog().count == 1)
  }

  @Test func goingBackStopsTheProgram() async {
    await #expect(processExitsWith: .failure) {
      var door = Door()
      _ = door.take(at: Moment(step: Step(4), cycle: Cycle(4)))
      _ = door.take(at: Moment(step: Step(4), cycle: Cycle(3)))
    }
    await #expect(processExitsWith: .failure) {
      var door = Door()
      _ = door.take(at: Moment(step: Step(4), cycle: Cycle(4)))
      _ = door.take(at: Moment(step: Step(3), cycle: Cycle(9)))
    }
  }

  @Test func aSourceThatHoldsTimeUpStopsTheProgram() async {
    await #expect(processExitsWith: .failure) {
      var door = Door(Steady(step: 9, cycle: 50))
      _ = door.horizon(after: Moment(step: Step(9), cycle: .zero))
    }
    await #expect(processExitsWith: .failure) {
      var door = Door(Steady(step: 9, cycle: 50))
      _ = door.idle(from: Moment(step: .zero, cycle: Cycle(50)), until: nil)
    }
  }

  /// The checks that stop the program: what they allow goes through.
  @Test func goingOnDoesNotStopTheProgram() async {
    await #expect(processExitsWith: .success) {
      var door = Door(Steady(step: 9, cycle: 50))
      _ = door.take(at: Moment(step: Step(4), cycle: Cycle(4)))
      _ = door.take(at: Moment(step: Step(4), cycle: Cycle(5)))
      _ = door.take(at: Moment(step: Step(5), cycle: Cycle(5)))
      _ = door.horizon(after: Moment(step: Step(8), cycle: .zero))
      _ = door.idle(from: Moment(step: .zero, cycle: Cycle(49)), until: nil)
    }
  }
}

/// A source that says the same whenever it is asked; its inputs carry the count of the step.
private struct Steady: InputSource {
  let step: UInt64
  let cycle: UInt64?

  func horizon(after moment: Moment) -> Step { Step(step) }
  func take(at moment: Moment) -> [Input] {
    [Input(slot: Slot(1), bytes: [UInt8(truncatingIfNeeded: moment.step.count)])]
  }
  func idle(from moment: Moment, until alarm: Cycle?) -> Cycle? { cycle.map(Cycle.init) }
}
