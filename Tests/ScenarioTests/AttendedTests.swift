import Archive
import Backplane
import Boards
import Scenario
import StateCoding
import Testing
import Timeline
import VirtualTime

/// Scripts that look at the real board, conducted.
@Suite struct AttendedTests {
  private struct Outcome: Equatable {
    var marks: [Mark] = []
    var checkpoints: [Moment] = []
    var console: [UInt8] = []
    var moment = Moment.zero
    var digest = Digest(high: 0, low: 0)
    var status = ScriptedInputs.Status.finished
    var inputs: [StampedInput] = []
  }

  /// Runs the script on the guest `echo` to its end, or to 20 ms, cut at every multiple of `cut` steps besides where
  /// the conductor pauses.
  private static func run(
    _ kinds: [Script.Kind], cut: UInt64 = 1 << 40, symbols: [String: UInt64] = [:]
  ) throws -> Outcome {
    let machine = try VirtMachine.make(
      VirtConfiguration(ramSize: 16 << 20),
      images: [BoardImage(role: .firmware, name: "echo", bytes: BusyEcho.code)])
    let inputs = ScriptedInputs(
      Script(kinds.map { Script.Action($0) }), console: Slot(VirtSlot.uart.rawValue),
      clockHertz: machine.board.fabric.clockHertz
    ) { symbols[$0] }
    let watched = Watched(inputs)
    var door = Door(watched)
    var outcome = Outcome()
    var end: EndRecord?
    while end == nil || end?.reason == .limit {
      let conductor = Conductor(
        machine: machine, journal: nil,
        attend: { machine, occasion in
          guard case .pause(let stop) = occasion else { return Attention() }
          var isHit = false
          if case .hit = stop { isHit = true }
          let wanted = inputs.attend(at: machine.moment, BoardView(machine), isHit: isHit)
          var attention = Attention()
          outcome.marks += wanted.marks.map { Mark(moment: machine.moment, name: $0, isAutomatic: false) }
          if wanted.storesCheckpoint { outcome.checkpoints.append(machine.moment) }
          attention.end = wanted.isOver ? .interrupted : nil
          (attention.step, attention.cycle) = (wanted.step, wanted.cycle)
          (attention.breakpoint, attention.passedBreakpoint) = (wanted.breakpoint, wanted.passedBreakpoint)
          return attention
        },
        onConsole: { bytes, moment in
          outcome.console += bytes
          inputs.observe(bytes, at: moment)
        })
      let next = Step((machine.moment.step.count / cut + 1) * cut)
      end = try conductor.run(door: &door, limits: .init(step: next, cycle: Cycle(20_000_000)))
      if machine.moment.cycle.count >= 20_000_000 { break }
    }
    inputs.conclude(end?.reason == .poweredOff ? .poweredOff : .limit, at: machine.moment)
    (outcome.moment, outcome.digest, outcome.status) = (machine.moment, machine.digest(), inputs.status)
    outcome.inputs = watched.entered
    return outcome
  }

  private static func milliseconds(_ count: UInt64) -> Span { Span(nanoseconds: count * 1_000_000) }
  private static var prompt: Script.Kind { get throws { .expect(try Pattern(notation: ">"), within: nil) } }

  @Test func stepsAndTimesAreComeToExactly() throws {
    let run = try Self.run([
      .at(.step(12_345), within: nil), .mark("step"), .at(.time(Self.milliseconds(3)), within: nil), .mark("time"),
      .type(Array("q".utf8), every: Span(nanoseconds: 0)), .exit(.poweredOff, within: nil),
    ])
    #expect(run.status == .finished)
    #expect(run.marks.map(\.name) == ["step", "time"])
    #expect(run.marks[0].moment.step == Step(12_345))
    #expect((3_000_000..<3_000_032).contains(run.marks[1].moment.cycle.count))
    // What follows happens there.
    #expect(run.inputs.map(\.moment) == [run.marks[1].moment])
  }

  @Test func codeIsComeToEachTimeAnew() throws {
    let loop = UInt64(0x8000_0008)
    let run = try Self.run(
      [
        .at(.code("again"), within: nil), .mark("first"), .assert(Assertion(.register("pc"), .equals(loop))),
        .type(Array("x".utf8), every: Span(nanoseconds: 0)), .at(.code("again"), within: nil), .mark("second"),
        .assert(Assertion(.register("t2"), .equals(UInt64(UInt8(ascii: "x"))))),
      ], symbols: ["again": loop])
    #expect(run.status == .finished)
    #expect(run.marks.count == 2)
    #expect(run.marks[0].moment.step < run.marks[1].moment.step)
  }

  /// Everything that a script can do, with the machine looked at wherever it can be.
  private static func everything() throws -> [Script.Kind] {
    [
      .never(try Pattern(notation: "oops")), try prompt, .mark("prompt"),
      .press(["a", "up"].compactMap { Key(named: $0 == "a" ? "ctrl-a" : $0) }, every: Span(nanoseconds: 500_000)),
      .at(.step(400_001), within: milliseconds(9)), .snapshot("there"),
      .assert(Assertion(.memory(0x8000_0000), byteCount: 4, .equals(0x1000_0537))), .wait(Span(nanoseconds: 123_457)),
      .type(Array("h".utf8), every: Span(nanoseconds: 0)), .at(.code("again"), within: nil), .mark("code"),
      .type(Array("ello".utf8), every: Span(nanoseconds: 300_000)),
      .expect(try Pattern(notation: "/h.l+o/"), within: milliseconds(5)),
      .at(.time(milliseconds(9)), within: nil), .mark("late"), .type([0x71], every: Script.keystrokeInterval),
      .exit(.poweredOff, within: milliseconds(5)),
    ]
  }

  @Test func theSameScriptIsTheSameRunHoweverItIsCut() throws {
    let symbols: [String: UInt64] = ["again": 0x8000_0008]
    let whole = try Self.run(Self.everything(), symbols: symbols)
    #expect(whole.status == .finished)
    #expect(whole.marks.map(\.name) == ["prompt", "there", "code", "late"])
    #expect(whole.checkpoints == [whole.marks[1].moment])
    for cut: UInt64 in [997, 4_096, 65_537] {
      #expect(try Self.run(Self.everything(), cut: cut, symbols: symbols) == whole)
    }
  }

  // MARK: What must fail

  private func failure(_ kinds: [Script.Kind], cut: UInt64 = 1 << 40) throws -> ScriptedInputs.Failure {
    guard case .failed(let failure) = try Self.run(kinds, cut: cut).status else { throw NoFailure() }
    return failure
  }
  private struct NoFailure: Error {}

  @Test func aValueThatIsNotSoFailsWithBothValues() throws {
    let run = try failure([
      try Self.prompt, .assert(Assertion(.register("t2"), mask: 0xff, .equals(7))),
      .type([0x71], every: .init(nanoseconds: 0)),
    ])
    #expect(run.summary == "assert t2 & 0xff equals 0x7: it is 0x3e, of 0x3e")
    for (assertion, reason) in [
      (Assertion(.register("a0"), .differs(0x1000_0000)), "it is 0x10000000"),
      (Assertion(.register("a0"), .less(0x1000_0000)), "it is 0x10000000"),
      (Assertion(.memory(0x8000_0000), byteCount: 4, .equals(0)), "it is 0x10000537"),
      (Assertion(.memory(0x10), .equals(0)), "no memory is found at 0x10 there"),
      (Assertion(.symbol("none", offset: 8), .equals(0)), "the symbol has no address"),
    ] {
      #expect(try failure([try Self.prompt, .assert(assertion)]).reason == reason)
    }
  }

  @Test func aPlaceThatIsPastOrNotComeToFails() throws {
    #expect(
      try failure([.wait(Self.milliseconds(1)), .at(.step(5), within: nil)]).reason?.hasSuffix(" already") == true)
    #expect(
      try failure([.wait(Self.milliseconds(1)), .at(.time(Span(nanoseconds: 5)), within: nil)]).reason
        .map { $0.hasSuffix(" already, and that time is cycle 5") } == true)
    let late = try failure([.at(.step(1 << 40), within: Self.milliseconds(2))])
    #expect(late.reason == "the machine did not come there")
    #expect((2_000_000..<2_000_032).contains(late.moment.cycle.count))
  }

  @Test func whatMustNeverComeFailsAtOnce() throws {
    let kinds: [Script.Kind] = [
      try Self.prompt, .never(try Pattern(notation: "/b.d/")),
      .type(Array("ok bxd ok q".utf8), every: Span(nanoseconds: 200_000)),
    ]
    let whole = try failure(kinds)
    #expect(whole.index == 1)
    #expect(whole.summary == "never /b.d/: the console showed 'ok bxd'")
    #expect(try failure(kinds, cut: 997) == whole)
    // What came before does not count.
    let run = try Self.run([
      try Self.prompt, .type(Array("bad".utf8), every: Span(nanoseconds: 200_000)),
      .expect(try Pattern(notation: "bad"), within: nil), .never(try Pattern(notation: "bad")),
      .type([0x71], every: Span(nanoseconds: 0)),
    ])
    #expect(run.status == .finished)
  }

  @Test func whatMustNeverComeIsLookedForAtTheVeryEnd() throws {
    // The echo and the end come within the same millisecond.
    let kinds: [Script.Kind] = [
      try Self.prompt, .never(try Pattern(notation: "!")),
      .type(Array("!q".utf8), every: Span(nanoseconds: 0)), .exit(.poweredOff, within: nil),
    ]
    #expect(try failure(kinds).index == 1)
  }

  @Test func whatIsExpectedMayComeInTheLastMillisecond() throws {
    let run = try Self.run([
      try Self.prompt, .type(Array("abq".utf8), every: Span(nanoseconds: 0)),
      .expect(try Pattern(notation: "a"), within: Self.milliseconds(5)),
      .expect(try Pattern(notation: "b"), within: nil), .exit(.poweredOff, within: nil),
    ])
    #expect(run.status == .finished)
    #expect(run.moment.cycle.count < 3_000_000)
  }

  @Test func anotherEndThanTheOneThatIsWantedFails() throws {
    let quit: Script.Kind = .type([0x71], every: Span(nanoseconds: 0))
    #expect(
      try failure([try Self.prompt, quit, .exit(.failure(nil), within: nil)]).summary
        == "expect-exit failure: it ended otherwise: powered-off")
    #expect(try failure([.exit(.poweredOff, within: Self.milliseconds(4))]).reason == "the run goes on")
    #expect(try Self.run([.exit(.limit, within: nil)]).status == .finished)
  }
}
