import Archive
import Backplane
import Boards
import StateCoding
import Support
import Testing
import Timeline
import VirtualTime

@Suite struct RoundTripTests {
  private static func trip(
    _ flaw: FlawedBoard.Flaw, limitSteps: UInt64 = 1000, everySteps: UInt64? = nil,
    change: ([UInt8]) throws -> [UInt8] = { $0 }
  ) throws -> RoundTripReport {
    let make = FlawedBoard.maker(flaw)
    let input = Input(slot: Slot(1), bytes: [1, 2, 3])
    let place = Moment(step: Step(77), cycle: Cycle(77 + (0..<77).reduce(0) { $0 + $1 % 4 }))
    let bytes = try AnyRecording.bytes(
      make(), [StampedInput(moment: place, input: input)], limitSteps: limitSteps)
    return try RoundTrip(
      TraceReader(change(bytes)), collected: [.output, .interrupts], everySteps: everySteps, make: make
    ).run()
  }

  @Test func aBoardWithoutFlawsComesBack() throws {
    let report = try Self.trip(.none)
    #expect(report.isSame, "\(report)")
    #expect(report.runs == 3)
    // 1,000 steps, one every 16, and one at the start.
    #expect(report.checkpoints == 63)
    #expect(report.restores == 126)
    // Nine rungs: the tenth is the end. The replay, and two runs that are compared at each.
    #expect(report.rungsCompared >= 18)
    #expect(report.stepsCompared == 2000)
    #expect(report.stepsRun == 5000)
    #expect(report.end.step == Step(1000))
  }

  /// The canary of the project: what is left out of the state is named, with the first step at which it shows.
  @Test func aForgottenFieldIsNamed() throws {
    let report = try Self.trip(.forgottenField, everySteps: 64)
    let difference = try #require(report.difference)
    #expect(difference.subject == .continued(.decoded))
    #expect(difference.forgotten.map { $0.prefix { $0 != ":" } } == ["device.latch"])
    #expect(difference.fields.map { $0.prefix { $0 != ":" } } == ["device.count"])
    // At the start the register is as when new. The next checkpoint is at 64, and it shows in the step behind 100.
    #expect(difference.checkpoint.step == Step(64))
    #expect(difference.lastCommon.step == Step(100))
    #expect(difference.found.step == Step(101))
    #expect(difference.isNarrowed && difference.memory.isEmpty)
    #expect(!report.isSame)
  }

  /// The same on the real board: decoding forgets one register of a device beside it.
  @Test func aForgottenFieldOfARealBoardIsNamed() throws {
    let make = {
      let machine = Guest.echo().machine()
      return Machine(board: ForgetfulBoard(virt: machine.board), memory: machine.memory)
    }
    let machine = make()
    let inputs = Guest.echo().inputs(of: RandomTyping("Pack my box.q", seed: 3))
    let bytes = try AnyRecording.bytes(machine, inputs, limitSteps: 1000)
    let trip = try RoundTrip(
      TraceReader(bytes), collected: [.output, .interrupts], everySteps: 100, make: make)
    let difference = try #require(try trip.run().difference)
    #expect(difference.forgotten.map { $0.prefix { $0 != ":" } } == ["latch"])
    #expect(difference.fields.map { $0.prefix { $0 != ":" } } == ["virt.hart.x.x31"])
    #expect(difference.checkpoint.step == Step(100))
    #expect(difference.lastCommon.step == Step(127) && difference.found.step == Step(128))
  }

  @Test func aRealBoardComesBack() throws {
    let recording = try Recording(.echo(), source: RandomTyping("Pack my box. q", seed: 4))
    let reader = try TraceReader(recording.bytes)
    let report = try RoundTrip(reader, collected: [.output, .interrupts, .devices]) { Guest.echo().machine() }.run()
    #expect(report.isSame, "\(report)")
    #expect(report.checkpoints > 40 && report.effectsCompared > 20)
    #expect(report.stepsCompared == 2 * recording.end.moment.step.count)
  }

  @Test func aStaleCacheIsNoticed() throws {
    let difference = try #require(try Self.trip(.staleCache).difference)
    guard case .continued = difference.subject else {
      Issue.record("\(difference)")
      return
    }
    #expect(difference.fields.contains { $0.hasPrefix("sum: ") })
    #expect(difference.forgotten.isEmpty)
  }

  /// Memory that was written behind everyone's back is not in the pages of the checkpoint.
  @Test func anUnmarkedStoreIsNoticed() throws {
    let difference = try #require(try Self.trip(.unmarkedStore, everySteps: 13).difference)
    #expect(difference.fields.contains { $0.hasPrefix("sum: ") } || !difference.memory.isEmpty)
  }

  @Test func bytesThatAreRefusedAreTold() throws {
    let difference = try #require(try Self.trip(.refusedState, everySteps: 301).difference)
    #expect(difference.subject == .coding)
    #expect(difference.found.step == Step(301))
    #expect(difference.fields.contains { $0.contains("device") && $0.contains("a count of 300") })
  }

  @Test func runsThatDifferByThemselvesAreToldApart() throws {
    // The recording is of the first machine, so already the replay differs.
    #expect(try Self.trip(.differsEachTime).divergence?.subject == .rung)
    // Without rungs and an end there is nothing to replay against; then the two runs are told apart.
    let make = FlawedBoard.maker(.differsEachTime)
    let bytes = try AnyRecording.bytes(make(), limitSteps: 1000)
    let reader = try TraceReader(bytes)
    var writer = TraceWriter()
    var bare = writer.header(reader.header)
    let far = reader.covered
    bare += writer.segment(
      inputs: [InputRecord(moment: far, slot: 1, bytes: [0])], covering: .zero...far)
    let report = try RoundTrip(TraceReader(bare), collected: [], everySteps: 100, make: make).run()
    let difference = try #require(report.difference)
    #expect(difference.subject == .wholeRuns)
    #expect(difference.fields.map { $0.prefix { $0 != ":" } } == ["device.count"])
    #expect(difference.lastCommon.step == .zero && difference.found.step == Step(1))
  }

  @Test func aBoardThatCountsHowOftenItIsAskedIsNoticed() throws {
    let report = try Self.trip(.countsRuns)
    #expect(report.divergence != nil || report.difference != nil)
  }

  @Test func aRecordingOfAnotherRunIsADivergence() throws {
    let recording = try Recording(.echo(), source: RandomTyping("Pack my box. q", seed: 5))
    let bytes = try recording.rewritten { _, _, rungs in rungs[1].digest.low ^= 1 }
    let report = try RoundTrip(TraceReader(bytes), collected: [.output, .interrupts, .devices]) {
      Guest.echo().machine()
    }.run()
    #expect(report.divergence?.subject == .rung)
    #expect(report.difference == nil && !report.isSame)
  }

  @Test func itStopsWhenItIsToldTo() throws {
    let make = FlawedBoard.maker(.none)
    let reader = try TraceReader(AnyRecording.bytes(make(), limitSteps: 1000))
    for questions in [0, 1, 40, 150] {
      let trip = try RoundTrip(reader, collected: [.output, .interrupts], make: make)
      var asked = 0
      trip.shouldStop = {
        asked += 1
        return asked > questions
      }
      let report = try trip.run()
      #expect(report.wasInterrupted && !report.isSame, "after \(questions) questions")
      #expect(report.stepsRun < 5000)
    }
  }

  @Test func progressIsTold() throws {
    let make = FlawedBoard.maker(.none)
    let trip = try RoundTrip(
      TraceReader(AnyRecording.bytes(make(), limitSteps: 1000)), collected: [.output, .interrupts], make: make)
    var last: RoundTripProgress?
    trip.onProgress = { progress in
      #expect(progress.doneSteps >= last?.doneSteps ?? 0)
      last = progress
    }
    _ = try trip.run()
    #expect(last?.activity == .roundTrips && last?.doneSteps == 5000 && last?.totalSteps == 5000)
  }

  // MARK: - Checkpoints of the trace

  /// A recording, and its machine at a step that is no rung.
  private static func stopped(at step: UInt64) throws -> (bytes: [UInt8], machine: Machine<VirtBoard>) {
    let recording = try Recording(.echo(), source: RandomTyping("Pack my box. q", seed: 6))
    let inputs = try TraceReader(recording.bytes).inputs().map {
      StampedInput(moment: $0.moment, input: Input(slot: Slot($0.slot), bytes: $0.bytes))
    }
    let machine = Guest.echo().machine()
    var door = Door(RecordedInputs(inputs))
    _ = machine.run(until: RunLimit(step: Step(step)), door: &door)
    return (recording.bytes, machine)
  }

  private static func tripThrough(_ bytes: [UInt8]) throws -> RoundTripReport {
    try RoundTrip(TraceReader(bytes), collected: [.output, .interrupts, .devices]) { Guest.echo().machine() }.run()
  }

  @Test func checkpointsOfTheTraceArePutBackToo() throws {
    var (bytes, machine) = try Self.stopped(at: 123)
    bytes = try AnyRecording.adding(machine, to: bytes, powerOn: Guest.echo().machine())
    machine = try Self.stopped(at: 777).machine
    bytes = try AnyRecording.adding(machine, to: bytes, powerOn: Guest.echo().machine())
    let report = try Self.tripThrough(bytes)
    #expect(report.isSame, "\(report)")
    #expect(report.storedCheckpoints == 2 && report.problems.isEmpty)
    #expect(report.restores == 2 * report.checkpoints + 2)
    // The whole run on two ways, and from each checkpoint of the trace to the next place.
    let steps = report.end.step.count
    #expect(report.stepsCompared > 2 * steps && report.stepsCompared < 2 * steps + steps / 4)
  }

  @Test func aCheckpointOfAnotherMachineIsTold() throws {
    let (bytes, machine) = try Self.stopped(at: 777)
    #expect(machine.change { $0.apply(.register(hart: 0, number: 31, value: 5), memory: $1) })
    let report = try Self.tripThrough(
      AnyRecording.adding(machine, to: bytes, powerOn: Guest.echo().machine()))
    let difference = try #require(report.difference)
    #expect(difference.subject == .restored(.stored))
    #expect(difference.found == machine.moment && difference.lastCommon == machine.moment)
    #expect(difference.fields == ["hart.x.x31: 8 → 5"])
    #expect(difference.memory.isEmpty && difference.forgotten.isEmpty)
  }

  @Test func aPageOfAnotherMachineIsTold() throws {
    let (bytes, machine) = try Self.stopped(at: 777)
    #expect(machine.change { $0.apply(.memory(0x8000_c008, [7]), memory: $1) })
    let report = try Self.tripThrough(
      AnyRecording.adding(machine, to: bytes, powerOn: Guest.echo().machine()))
    let difference = try #require(report.difference)
    #expect(difference.subject == .restored(.stored))
    #expect(difference.memory == ["0x8000c008: 0x0 → 0x7"])
    #expect(difference.fields.isEmpty)
  }

  @Test func aDamagedCheckpointIsDoneWithout() throws {
    let (bytes, machine) = try Self.stopped(at: 777)
    var damaged = try AnyRecording.adding(machine, to: bytes, powerOn: Guest.echo().machine())
    let section = try #require(TraceReader(damaged).checkpoints.first)
    damaged[section.offset + 120] ^= 1
    let report = try Self.tripThrough(damaged)
    #expect(report.isSame && report.storedCheckpoints == 0)
    #expect(report.problems.contains { $0.contains("@777") })
  }
}
