import Backplane
import Scenario
import Support
import Testing
import VirtualTime

/// In cycles of the toy guest.
private let millisecond: UInt64 = ToyGuest.clockHertz / 1000

private func span(_ milliseconds: UInt64) -> Span { Span(nanoseconds: milliseconds * 1_000_000) }
private func keys(_ text: String, every milliseconds: UInt64 = 1) -> Script.Kind {
  .type(Array(text.utf8), every: span(milliseconds))
}
private func printing(_ lines: [(UInt64, String)], busyUntil: UInt64 = .max, ticks: [UInt64] = []) -> ToyGuest {
  ToyGuest(prints: lines.map { ($0.0, Array($0.1.utf8)) }, ticks: ticks, busyUntil: busyUntil)
}

@Suite struct ScriptedInputsTests {
  @Test func typesWhenTheTextHasCome() throws {
    let guest = printing([(3 * millisecond, "login"), (7 * millisecond + 5, ": ")])
    let run = ToyRun(guest, [.expect(try Pattern(notation: "login: "), within: nil), keys("ab")])
    #expect(run.typed == "ab")
    #expect(run.inputs.status == .finished)
    // At the first look after the text, and a keystroke later; no step costs more than 25 cycles.
    #expect((8 * millisecond..<8 * millisecond + 25).contains(run.cycles[0]))
    #expect((run.cycles[0] + millisecond..<run.cycles[0] + millisecond + 25).contains(run.cycles[1]))
  }

  @Test func eachKeyIsAnInputOfItsOwn() {
    let paced = ToyRun(printing([]), [keys("abc", every: 2)])
    #expect(paced.guest.received.map(\.input.bytes) == [[0x61], [0x62], [0x63]])
    #expect(paced.cycles[0] == 0)
    #expect(paced.cycles[2] >= 4 * millisecond && paced.cycles[2] < 4 * millisecond + 25)
    let atOnce = ToyRun(printing([]), [keys("abc", every: 0)])
    #expect(atOnce.cycles == [0, 0, 0])
    #expect(atOnce.guest.received.count == 3)
  }

  @Test func waitsInGuestTimeBusyOrIdle() {
    for busyUntil in [UInt64.max, 0] {
      let run = ToyRun(printing([], busyUntil: busyUntil), [.wait(span(5)), keys("x")])
      #expect(run.cycles.count == 1)
      #expect(run.cycles.allSatisfy { $0 >= 5 * millisecond && $0 < 5 * millisecond + 25 })
    }
  }

  @Test func idlingStopsAtTheScriptedMomentBetweenTwoAlarms() {
    let guest = printing([], busyUntil: 0, ticks: [4 * millisecond, 50 * millisecond])
    let run = ToyRun(guest, [.wait(span(7)), keys("x")])
    #expect(run.cycles == [7 * millisecond])
    #expect(run.guest.received[0].moment.step == .zero)
  }

  @Test func readingGoesOnBehindTheMatch() throws {
    let guest = printing([(1, "$ one $ two"), (5 * millisecond, " $ three")])
    let dollar = try Pattern(notation: "$ ")
    let run = ToyRun(
      guest,
      [
        .expect(dollar, within: nil), .expect(dollar, within: nil), keys("a"), .expect(dollar, within: nil), keys("b"),
        .expect(dollar, within: nil), keys("c"),
      ])
    #expect(run.typed == "ab")
    #expect(run.inputs.status == .running(action: 5))
  }

  @Test func textThatCameWhileTypingCounts() throws {
    let guest = printing([(2 * millisecond, "early")])
    let run = ToyRun(guest, [.wait(span(9)), .expect(try Pattern(notation: "early"), within: span(1)), keys("!")])
    #expect(run.typed == "!")
  }

  @Test func textThatDoesNotComeInTimeFailsByName() throws {
    let guest = printing([(2 * millisecond, "some\tother\n"), (30 * millisecond, "never")], busyUntil: 0)
    let run = ToyRun(guest, [.wait(span(1)), .expect(try Pattern(notation: "never"), within: span(20)), keys("x")])
    let failure = try #require(run.inputs.failure)
    #expect(failure.index == 1)
    #expect(failure.moment.cycle == Cycle(21 * millisecond))
    #expect("\(failure)" == #"action 2: failed: expect 'never' within 20ms; the console's last: 'some\tother\n'"#)
    #expect(run.typed.isEmpty)
  }

  @Test func textAtTheLastMomentIsInTime() throws {
    let never = try Pattern(notation: "never")
    for (printedAt, isInTime) in [(20 * millisecond - 1, true), (20 * millisecond, false)] {
      let run = ToyRun(printing([(printedAt, "never")], busyUntil: 0), [.expect(never, within: span(20))])
      #expect(run.inputs.isFinished == isInTime)
    }
  }

  @Test func nothingMoreToComeStalls() throws {
    let done = ToyRun(printing([], busyUntil: 0), [keys("x")])
    #expect(done.isStalled)
    let waiting = ToyRun(printing([(1, "hello")], busyUntil: 0), [.expect(try Pattern(notation: "bye"), within: nil)])
    #expect(waiting.isStalled)
    #expect(waiting.inputs.status == .running(action: 0))
    let limited = ToyRun(printing([], busyUntil: 0), [.expect(try Pattern(notation: "bye"), within: span(3))])
    #expect(limited.isStalled)
    #expect(limited.inputs.failure?.moment.cycle == Cycle(3 * millisecond))
  }

  @Test func outputOfTheMomentOfIdlingIsNotMissed() throws {
    // Printed at the very moment at which the guest has nothing more to do: no alarm will wake it.
    let guest = printing([(0, "> ")], busyUntil: 0)
    let run = ToyRun(guest, [.expect(try Pattern(notation: "> "), within: nil), keys("x")])
    #expect(run.typed == "x")
  }

  @Test func anEmptyScriptIsFinished() {
    let run = ToyRun(printing([], busyUntil: 0, ticks: [3]), [])
    #expect(run.inputs.isFinished)
    #expect(run.isStalled)
    #expect(run.guest.now.cycle == Cycle(3))
  }

  @Test func placesStandInFailures() throws {
    let inputs = ScriptedInputs(
      Script([Script.Action(.expect(try Pattern(notation: "/a+/"), within: Span(nanoseconds: 7)), place: "x.yaml:3:5")]
      ),
      console: ToyGuest.console, clockHertz: 1_000_000_000)
    #expect(inputs.take(at: .zero).isEmpty)
    #expect(inputs.take(at: Moment(step: Step(9), cycle: Cycle(9))).isEmpty)
    #expect(
      inputs.failure.map { "\($0)" } == "x.yaml:3:5: failed: expect /a+/ within 7ns; the console showed nothing")
  }
}

/// The same script on the same guest is the same run, however it is cut into pieces.
@Suite struct CuttingTests {
  static func guest(_ random: inout SeededGenerator) -> ToyGuest {
    var prints: [(UInt64, [UInt8])] = []
    var cycle: UInt64 = 0
    for text in ["boot\r\n", "ready", "> ", "noise", "\r\n> ", "> "] {
      cycle += 1 + random.below(6 * millisecond)
      prints.append((cycle, Array(text.utf8)))
    }
    return ToyGuest(
      prints: prints, ticks: (1...10).map { $0 * 3 * millisecond }, busyUntil: random.below(40 * millisecond),
      echoAfter: 1 + random.below(3 * millisecond))
  }

  static func actions() throws -> [Script.Kind] {
    [
      .expect(try Pattern(notation: "/read.> $/"), within: span(30)), keys("one"),
      .expect(try Pattern(notation: "> "), within: nil), .wait(span(2)), keys("> two", every: 3),
      .expect(try Pattern(notation: "/two/"), within: span(1)), keys("end"),
    ]
  }

  static func cuts(_ random: inout SeededGenerator) -> [UInt64] {
    (0..<random.below(200)).map { _ in random.below(60 * millisecond) }.sorted()
  }

  @Test func cutsChangeNothing() throws {
    var random = SeededGenerator(seed: 1)
    var failures = 0
    for _ in 0..<60 {
      let guest = Self.guest(&random)
      let whole = ToyRun(guest, try Self.actions())
      let pieces = ToyRun(guest, try Self.actions(), cuts: Self.cuts(&random))
      #expect(whole.guest.received == pieces.guest.received)
      #expect(whole.inputs.status == pieces.inputs.status)
      #expect(whole.console == pieces.console)
      if whole.inputs.failure != nil { failures += 1 }
    }
    // Both ends were seen.
    #expect((1..<60).contains(failures))
  }

  /// Whoever attends a script sees it act at the same moments as a mere input source does.
  @Test func attendanceChangesNothing() throws {
    var random = SeededGenerator(seed: 2)
    for _ in 0..<60 {
      let guest = Self.guest(&random)
      let alone = ToyRun(guest, try Self.actions())
      let attended = ToyRun(guest, try Self.actions(), cuts: Self.cuts(&random), attended: true)
      #expect(alone.guest.received == attended.guest.received)
      #expect(alone.inputs.status == attended.inputs.status)
      #expect(alone.console == attended.console)
    }
  }

  /// The canary: with a bound on a step's cycles that does not hold, the script sees some moments too late, and that
  /// shows as a difference between runs cut differently.
  @Test func lateMomentsWouldBeNoticed() throws {
    var random = SeededGenerator(seed: 1)
    var differing = 0
    for _ in 0..<60 {
      let guest = Self.guest(&random)
      let whole = ToyRun(guest, try Self.actions(), late: true)
      let pieces = ToyRun(guest, try Self.actions(), cuts: Self.cuts(&random), late: true)
      if whole.guest.received != pieces.guest.received { differing += 1 }
    }
    #expect(differing > 0)
  }
}
