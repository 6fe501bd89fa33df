import Backplane
import Scenario
import Support
import Testing
import VirtualTime

/// In cycles of the toy guest.
private let millisecond: UInt64 = ToyGuest.clockHertz / 1000

private func keys(_ text: String, every milliseconds: UInt64 = 1) -> Script.Kind {
  .type(Array(text.utf8), every: Span(nanoseconds: milliseconds * 1_000_000))
}

@Suite struct VariedInputsTests {
  private static let guest = ToyGuest(ticks: [90 * millisecond])

  private static func run(_ seed: UInt64, _ notations: [String] = ["arrival"]) throws -> ToyRun {
    ToyRun(guest, [keys("abcdefgh", every: 3)], variation: try Variation(notations, seed: seed))
  }

  @Test func inputsEnterLaterInTheirOrderAndInBounds() throws {
    var delays: [UInt64] = []
    for seed in 0..<50 as Range<UInt64> {
      let run = try Self.run(seed)
      #expect(run.typed == "abcdefgh")
      for (index, cycle) in run.cycles.enumerated() {
        let written = UInt64(index) * 3 * millisecond
        #expect((written...written + 20 * millisecond).contains(cycle))
        delays.append(cycle - written)
      }
    }
    // The whole range is used.
    #expect(delays.contains { $0 < millisecond } && delays.contains { $0 > 19 * millisecond })
  }

  @Test func theSeedDecides() throws {
    #expect(try Self.run(1).guest.received == Self.run(1).guest.received)
    #expect(try Self.run(1).guest.received != Self.run(2).guest.received)
  }

  /// The sequence is a promise: a seed that someone has written down must go on to mean the same run.
  @Test func theSequenceIsWhatItAlwaysWas() throws {
    // Computed by hand, from the documentation of `Variation` alone.
    #expect(try Self.run(1).cycles == [7363, 21871, 21871, 24548, 24548, 30487, 30525, 30525])
  }

  @Test func arrivalDoesNotDependOnWhetherLatencyIsVaried() throws {
    let both = try Self.run(1, ["arrival", "latency"])
    #expect(both.keys == (try Self.run(1).guest.received))
  }

  @Test func latencyPostponesWhatIsReceivedAndWhatIsSent() throws {
    let run = try Self.run(3, ["latency=25..50%"])
    #expect(run.cycles == (0..<8).map { $0 * 3 * millisecond })
    let postponements = run.guest.received.compactMap { Postponement($0.input) }
    #expect(postponements.filter { $0.code == 1 }.count == 8)
    // As long as the script runs.
    #expect((14...42).contains(postponements.filter { $0.code == 0 }.count))
    #expect(postponements.allSatisfy { (1 << 30...1 << 31).contains($0.share) && $0.owner == ToyGuest.console })
    #expect(run.guest.received.allSatisfy { $0.moment.cycle.count <= 22 * millisecond })
  }

  @Test func aWholeLeewayFitsInAnInput() throws {
    let run = try Self.run(3, ["latency=100..100%"])
    #expect(run.guest.received.compactMap { Postponement($0.input) }.allSatisfy { $0.share == .max })
  }

  @Test func nothingMoreToComeStallsWhenAllHasEntered() throws {
    let late = try Variation(["arrival=30ms..30ms", "latency"], seed: 1)
    let run = ToyRun(ToyGuest(), [keys("x")], variation: late)
    #expect(run.isStalled)
    #expect(run.cycles == [30 * millisecond])
    let waiting = ToyRun(
      ToyGuest(echoAfter: 5), [keys("x"), .expect(try Pattern(notation: "never"), within: nil)], variation: late)
    #expect(waiting.isStalled)
    #expect(String(decoding: waiting.console, as: UTF8.self) == "x")
  }

  @Test func whatIsOnItsWayIsWaitedFor() throws {
    // Nobody but the late key makes the guest print: the script must not give up before.
    let late = try Variation(["arrival=30ms..30ms"], seed: 1)
    let run = ToyRun(
      ToyGuest(echoAfter: 5), [keys("x"), .expect(try Pattern(notation: "x"), within: nil), keys("!")],
      variation: late)
    #expect(run.typed == "x!")
  }
}

/// What is varied is the same run, however it is cut into pieces.
@Suite struct VariedCuttingTests {
  private static func runs(_ random: inout SeededGenerator, late: Bool = false) throws -> (ToyRun, ToyRun) {
    let guest = CuttingTests.guest(&random)
    let variation = try Variation(["arrival=0..4ms", "latency"], seed: random.next())
    let whole = ToyRun(guest, try CuttingTests.actions(), late: late, variation: variation)
    let cuts = CuttingTests.cuts(&random)
    return (whole, ToyRun(guest, try CuttingTests.actions(), cuts: cuts, late: late, variation: variation))
  }

  @Test func cutsChangeNothing() throws {
    var random = SeededGenerator(seed: 2)
    for _ in 0..<60 {
      let (whole, pieces) = try Self.runs(&random)
      #expect(whole.guest.received == pieces.guest.received)
      #expect(whole.inputs.status == pieces.inputs.status)
      #expect(whole.console == pieces.console)
      #expect(whole.isStalled == pieces.isStalled)
    }
  }

  /// The canary, as of scripts.
  @Test func lateMomentsWouldBeNoticed() throws {
    var random = SeededGenerator(seed: 2)
    var differing = 0
    for _ in 0..<60 {
      let (whole, pieces) = try Self.runs(&random, late: true)
      if whole.guest.received != pieces.guest.received { differing += 1 }
    }
    #expect(differing > 0)
  }

  private static func timed(_ random: inout SeededGenerator, late: Bool = false) -> (ToyRun, ToyRun) {
    let guest = CuttingTests.guest(&random)
    let cycles = (0..<20).map { _ in random.below(50 * millisecond) }.sorted()
    let inputs = cycles.enumerated().map { index, cycle in
      TimedInput(cycle: Cycle(cycle), input: Input(slot: ToyGuest.console, bytes: [UInt8(index)]))
    }
    let cuts = CuttingTests.cuts(&random)
    return (ToyRun(guest, [], late: late, timed: inputs), ToyRun(guest, [], cuts: cuts, late: late, timed: inputs))
  }

  @Test func inputsByGuestTimeEnterAtTheSameMomentsHoweverTheRunIsCut() {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<60 {
      let (whole, pieces) = Self.timed(&random)
      #expect(whole.guest.received.count == 20)
      #expect(whole.guest.received == pieces.guest.received)
    }
    let differing = (0..<60).contains { _ in
      let (whole, pieces) = Self.timed(&random, late: true)
      return whole.guest.received != pieces.guest.received
    }
    #expect(differing, "the canary: inputs that come late would not be noticed")
  }

  /// By guest time what was recorded enters at the very moments of the recording.
  @Test func recordedInputsKeepTheirMoments() throws {
    var random = SeededGenerator(seed: 4)
    for _ in 0..<30 {
      let guest = CuttingTests.guest(&random)
      let recorded = ToyRun(guest, try CuttingTests.actions()).guest.received
      let inputs = recorded.map { TimedInput(cycle: $0.moment.cycle, input: $0.input) }
      #expect(recorded.isEmpty || ToyRun(guest, [], timed: inputs).guest.received == recorded)
    }
  }
}
