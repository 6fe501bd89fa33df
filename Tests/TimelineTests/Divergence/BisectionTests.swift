import Archive
import Backplane
import Boards
import Host
import StateCoding
import Support
import Testing
import Timeline
import VirtualTime

@Suite struct BisectionTests {
  static func bisect(
    _ a: FaultyRun, _ b: FaultyRun, force: Bool = false
  ) throws -> (outcome: BisectionOutcome, bisection: Bisection<FaultyBoard>) {
    let bisection = try Bisection(Sides(a.side, b.side), workers: HostThreads(count: 2))
    let outcome = try bisection.run(force: force)
    // A board with a fault is not the same emulator: its machine does not do for the other side.
    guard a.fault == .none, b.fault == .none else { return (outcome, bisection) }
    let sharing = try Bisection(Sides(a.side, b.side), workers: HostThreads(count: 2), sharedWaySteps: 0)
    let shared = try sharing.run(force: force)
    #expect(shared.verdict == outcome.verdict && shared.parting == outcome.parting && shared.notes == outcome.notes)
    #expect(shared.stepsRun <= outcome.stepsRun + 64)
    return (shared, sharing)
  }

  /// That the machines are the same before the parting and not behind it, whoever has found it.
  static func check(_ parting: Parting, _ a: FaultyRun, _ b: FaultyRun) throws {
    func digests(at moment: Moment) throws -> (Digest, Digest) {
      var (one, other) = (try a.replay(), try b.replay())
      _ = one.machine.run(until: RunLimit(moment: moment), door: &one.door)
      _ = other.machine.run(until: RunLimit(moment: moment), door: &other.door)
      return (one.machine.digest(), other.machine.digest())
    }
    let before = try digests(at: parting.common)
    #expect(before.0 == before.1)
    let behind = try digests(at: Moment(step: Step(parting.step.count + 1), cycle: .zero))
    #expect(behind.0 != behind.1)
  }

  @Test func theSameRunIsIdentical() throws {
    let run = try FaultyRun(.echo(), .none, [(300, "ab"), (900, "c")])
    let outcome = try Self.bisect(run, run).outcome
    #expect(outcome.verdict == .identical)
    #expect(outcome.parting == nil && outcome.stepsRun == 0, "the files say it all")
    #expect(outcome.ladder.commonCount == 20)
  }

  @Test(arguments: [0, 1, 99, 100, 777, 1199] as [UInt64])
  func aWrongRegisterIsFoundAtItsInstruction(atStep step: UInt64) throws {
    let inputs: [(UInt64, String)] = [(300, "ab"), (900, "c")]
    let good = try FaultyRun(.echo(), .none, inputs)
    let bad = try FaultyRun(.echo(), .register(25, atStep: step), inputs)
    let (outcome, bisection) = try Self.bisect(good, bad)
    #expect(outcome.verdict == .differentState)
    let parting = try #require(outcome.parting)
    #expect(parting.step.count == step)
    if step < 200 { #expect(try Lockstep.parting(good, bad) == step) }
    try Self.check(parting, good, bad)
    let details = try bisection.details(of: parting)
    #expect(details.registers.map(\.name) == ["s9"])
    #expect(details.fields.map(\.path) == ["virt.hart.x.x25"])
    #expect(details.memory.isEmpty)
    #expect(details.recent.count == Int(min(16, step)))
    #expect(details.recent.last.map { $0.step + 1 == step } ?? (step == 0))
    #expect(details.place.step == step && details.place.text != nil)
  }

  @Test func aWrongByteOfMemoryIsFoundAtItsInstruction() throws {
    let address = Guest.codeBase + 0x9000
    let good = try FaultyRun(.echo())
    let bad = try FaultyRun(.echo(), .memory(address, atStep: 1234))
    let (outcome, bisection) = try Self.bisect(good, bad)
    let parting = try #require(outcome.parting)
    #expect(parting.step.count == 1234)
    let details = try bisection.details(of: parting)
    #expect(details.memory.map(\.address) == [address])
    #expect(details.memory.first?.values == Sides(0, 0x80))
    #expect(details.registers.isEmpty && details.fields.isEmpty)
  }

  @Test func aWrongFieldOfADeviceIsFoundAtItsInstruction() throws {
    let good = try FaultyRun(.echo(), checkpoints: true)
    let bad = try FaultyRun(.echo(), .device(atStep: 871), checkpoints: true)
    let (outcome, bisection) = try Self.bisect(good, bad)
    let parting = try #require(outcome.parting)
    #expect(parting.step.count == 871)
    #expect(try bisection.details(of: parting).fields.map(\.path) == ["hidden"])
    // From the checkpoint at the rung before, and no more than that segment a few times.
    #expect(outcome.stepsRun < 2000)
  }

  /// What is right again before the next rung shows in no digest: that is said, and no more.
  @Test func whatPassesBetweenTwoRungsIsNotSeen() throws {
    let good = try FaultyRun(.echo())
    let bad = try FaultyRun(.echo(), .passing(25, atStep: 510, steps: 7))
    #expect(try Self.bisect(good, bad).outcome.verdict == .identical)
    #expect(try Lockstep.parting(good, bad) == 510)
    // Seen by a rung, though the later ones are the same again.
    let seen = try FaultyRun(.echo(), .passing(25, atStep: 590, steps: 20))
    let outcome = try Self.bisect(good, seen).outcome
    #expect(outcome.parting?.step.count == 590)
    #expect(outcome.ladder.sameAgainCount > 10 && outcome.verdict == .differentState)
  }

  @Test func oneKeyAStepLaterIsAnotherInput() throws {
    let good = try FaultyRun(.echo(), .none, [(300, "a"), (700, "b"), (1000, "c")])
    for later in [1, 2, 5, 60] as [UInt64] {
      let other = try FaultyRun(.echo(), .none, [(300, "a"), (700 + later, "b"), (1000, "c")])
      let (outcome, bisection) = try Self.bisect(good, other)
      guard outcome.input != nil else { continue }
      #expect(outcome.verdict == .differentInputs)
      #expect(outcome.input?.index == 1)
      let parting = try #require(outcome.parting)
      #expect(parting.common == outcome.input?.moment)
      #expect(try Lockstep.parting(good, other) == parting.step.count)
      let details = try bisection.details(of: parting)
      #expect(details.entered.a.map(\.bytes) == [Array("b".utf8)])
      #expect(details.fields.contains { $0.path.hasPrefix("virt.uart") })
    }
  }

  @Test func theWayThatBothHaveInCommonIsGoneOnce() throws {
    let (one, other) = (try FaultyRun(.echo(), .none, [(1500, "a")]), try FaultyRun(.echo(), .none, [(1501, "a")]))
    let each = try Bisection(Sides(one.side, other.side)).run()
    let common = try #require(each.parting).common.step.count
    #expect(each.stepsRun > 2 * common)
    let shared = try Bisection(Sides(one.side, other.side), sharedWaySteps: 0).run()
    #expect(shared.parting == each.parting && shared.stepsRun < each.stepsRun - common / 2)
    // The machine of a replay that has not come to what the ladders say does for nobody.
    let wrong = RecordedSide(bytes: one.bytes) { _ in FaultyRun.machine(one.guest, .register(25, atStep: 555)) }
    let outcome = try Bisection(Sides(wrong, other.side), sharedWaySteps: 0).run()
    #expect(outcome.verdict == .replayDiverged && outcome.divergence?.side == .a)
  }

  @Test func aMistakeBeforeTheInputsDifferIsNoMatterOfInputs() throws {
    let good = try FaultyRun(.echo(), .none, [(700, "b")])
    let bad = try FaultyRun(.echo(), .register(25, atStep: 310), [(720, "b")])
    let outcome = try Self.bisect(good, bad).outcome
    #expect(outcome.verdict == .differentState && outcome.parting?.step.count == 310)
    // The same within one segment: no rung tells.
    let near = try FaultyRun(.echo(), .register(25, atStep: 310), [(720, "b")], rungIntervalSteps: 100_000)
    let wide = try FaultyRun(.echo(), .none, [(700, "b")], rungIntervalSteps: 100_000)
    #expect(try Self.bisect(wide, near).outcome.parting?.step.count == 310)
  }

  @Test func theShorterOfTwoEqualRunsEndedEarly() throws {
    let inputs: [(UInt64, String)] = [(300, "ab")]
    let long = try FaultyRun(.echo(), .none, inputs)
    for steps in [1000, 1001, 1999] as [UInt64] {
      let short = try FaultyRun(.echo(), .none, inputs, limitSteps: steps)
      for pair in [(long, short), (short, long)] {
        let outcome = try Self.bisect(pair.0, pair.1).outcome
        #expect(outcome.verdict == .endedEarly && outcome.parting == nil)
      }
    }
    // The canary: a difference in the last part, which has no rung.
    let bad = try FaultyRun(.echo(), .register(25, atStep: 1049), inputs, limitSteps: 1050)
    #expect(try Self.bisect(long, bad).outcome.parting?.step.count == 1049)
    // What enters behind the end of the shorter one is no difference.
    let more = try FaultyRun(.echo(), .none, [(300, "ab"), (50_000, "c")], limitSteps: 4000)
    #expect(try Self.bisect(long, more).outcome.verdict == .endedEarly)
  }

  @Test func otherRungIntervalsAreNoDifference() throws {
    let one = try FaultyRun(.echo(), rungIntervalSteps: 150)
    let other = try FaultyRun(.echo(), rungIntervalSteps: 70)
    #expect(try Self.bisect(one, other).outcome.verdict == .identical)
    let bad = try FaultyRun(.echo(), .register(25, atStep: 1060), rungIntervalSteps: 70)
    #expect(try Self.bisect(one, bad).outcome.parting?.step.count == 1060)
  }

  @Test func aReplayThatIsNotItsRecordingIsNamed() throws {
    let good = try FaultyRun(.echo())
    let bad = try FaultyRun(.echo(), .register(25, atStep: 555))
    // The recording was made with the mistake, and is replayed without it.
    let side = RecordedSide(bytes: bad.bytes) { _ in FaultyRun.machine(bad.guest, .none) }
    let outcome = try Bisection(Sides(good.side, side)).run()
    #expect(outcome.verdict == .replayDiverged)
    #expect(outcome.divergence?.side == .b && outcome.parting == nil)
    #expect(outcome.segment?.lowerBound.step == Step(500) && outcome.segment?.upperBound.step == Step(600))
    let turned = try Bisection(Sides(side, good.side)).run()
    #expect(turned.divergence?.side == .a)
  }

  @Test func othersMachinesAreRefusedAndNamed() throws {
    let one = try FaultyRun(.echo())
    let other = try FaultyRun(.echo(), limitSteps: 500) { header in
      header.seed = 7
      header.textParameters = [Parameter("bootArguments", "quiet")]
      header.costModelRevision = 2
    }
    let outcome = try Self.bisect(one, other).outcome
    #expect(outcome.verdict == .differentMachine && outcome.stepsRun == 0)
    #expect(outcome.machine.map(\.name) == ["bootArguments", "costModel", "seed"])
    #expect(outcome.machine.first?.values == Sides("none", "\"quiet\""))
  }

  @Test func itStopsWhenItIsToldTo() throws {
    let good = try FaultyRun(.echo())
    let bad = try FaultyRun(.echo(), .register(25, atStep: 1555))
    let bisection = try Bisection(Sides(good.side, bad.side))
    bisection.shouldStop = { true }
    #expect(try bisection.run().verdict == .interrupted)
  }

  /// Whatever differs, wherever: what is found is what going one step at a time finds.
  @Test(arguments: 0..<16 as Range<UInt64>)
  func itFindsWhatGoingStepByStepFinds(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var inputs: [(cycle: UInt64, text: String)] = []
    var cycle: UInt64 = 100
    for _ in 0..<generator.below(6) {
      cycle += 1 + generator.below(400)
      inputs.append((cycle, String(["a", "b", "xy", "."][Int(generator.below(4))])))
    }
    var others = inputs
    var fault = FaultyBoard.Fault.none
    switch generator.below(4) {
    case 0 where !inputs.isEmpty:
      others[Int(generator.below(UInt64(inputs.count)))].cycle += 1 + generator.below(40)
      others.sort { $0.cycle < $1.cycle }
    case 1 where !inputs.isEmpty: others[Int(generator.below(UInt64(inputs.count)))].text = "z"
    case 2 where !inputs.isEmpty: others.remove(at: Int(generator.below(UInt64(inputs.count))))
    default: fault = .register(25, atStep: generator.below(600))
    }
    let interval = [50, 173, 10_000][Int(generator.below(3))] as UInt64
    let a = try FaultyRun(
      .echo(), .none, inputs, limitSteps: 600, rungIntervalSteps: interval, checkpoints: generator.chance(1, in: 2))
    let b = try FaultyRun(
      .echo(), fault, others, limitSteps: 600, rungIntervalSteps: interval, checkpoints: generator.chance(1, in: 2))
    let expected = try Lockstep.parting(a, b)
    let outcome = try Self.bisect(a, b).outcome
    #expect(outcome.parting?.step.count == expected, "\(outcome)")
    if let parting = outcome.parting { try Self.check(parting, a, b) }
  }
}
