import Backplane
import FoundationEssentials
import Support
import Testing
import VirtualTime

@Suite struct FabricTests {
  private func fabric(clockHertz: UInt64 = 1_000_000_000, at cycle: UInt64 = 0) -> Fabric {
    var fabric = Fabric(hartCount: 2, clockHertz: clockHertz)
    fabric.advance(to: moment(cycle, cycle))
    return fabric
  }

  @Test func linesAreLevels() {
    var fabric = fabric()
    #expect(fabric.levels == 0)
    fabric.set(Line(1), high: true)
    fabric.set(Line(63), high: true)
    fabric.set(Line(63), high: true)
    #expect(fabric.levels == 0x8000_0000_0000_0002)
    fabric.set(Line(1), high: false)
    fabric.set(Line(2), high: false)
    #expect(fabric.levels == 0x8000_0000_0000_0000)
  }

  @Test func linesAreNumberedFrom1To63() async {
    await #expect(processExitsWith: .failure) { _ = Line(0) }
    await #expect(processExitsWith: .failure) { _ = Line(64) }
    await #expect(processExitsWith: .success) { _ = (Line(1), Line(63)) }
  }

  @Test func eachHartHasWiresOfItsOwn() {
    var fabric = fabric()
    fabric.setHartLine(0, bit: 7, high: true)
    fabric.setHartLine(1, bit: 0, high: true)
    fabric.setHartLine(1, bit: 63, high: true)
    #expect(fabric.hartLines == [0x80, 0x8000_0000_0000_0001])
    fabric.setHartLine(1, bit: 0, high: false)
    fabric.setHartLine(0, bit: 0, high: false)
    #expect(fabric.hartLines == [0x80, 0x8000_0000_0000_0000])
    #expect(fabric.levels == 0)
  }

  @Test func anAlarmThatHasPassedComesInTheNextCycle() {
    for (asked, given) in [(0, 101), (99, 101), (100, 101), (101, 101), (102, 102)] as [(UInt64, UInt64)] {
      var fabric = fabric(at: 100)
      fabric.wake(Slot(3), 9, at: Cycle(asked))
      #expect(fabric.queue.pending.map(\.when) == [Cycle(given)], "asked for \(asked)")
      #expect(fabric.popDue() == nil)
    }
  }

  @Test func anAlarmIsPoppedAtItsCycle() {
    var fabric = fabric(at: 100)
    fabric.wake(Slot(3), 9, at: Cycle(102))
    fabric.wake(Slot(4), 8, at: Cycle(103))
    fabric.wake(Slot(5), 7, at: Cycle(103))
    fabric.cancel(Slot(4), 8)
    fabric.advance(to: moment(100, 102))
    #expect(fabric.popDue().map { [$0.owner, $0.code] } == [3, 9])
    #expect(fabric.popDue() == nil)
    fabric.advance(to: moment(100, 200))
    #expect(fabric.popDue().map { [$0.owner, $0.code] } == [5, 7])
    #expect(fabric.popDue() == nil)
  }

  @Test func anAlarmAtNeverIsTakenBack() {
    var fabric = fabric(at: 100)
    fabric.wake(Slot(3), 9, at: Cycle(200))
    fabric.wake(Slot(3), 9, at: .never)
    #expect(fabric.queue.pending.isEmpty)
    fabric.wake(Slot(3), 9, after: Span(nanoseconds: .max))
    #expect(fabric.queue.pending.isEmpty)
  }

  @Test func aSpanIsRoundedUpToWholeCyclesAndAtLeastOne() {
    // Clock in hertz, span in nanoseconds, cycles.
    for (clock, span, cycles) in [
      (1_000_000_000, 0, 1), (1_000_000_000, 1, 1), (1_000_000_000, 17, 17), (10_000_000, 1, 1), (10_000_000, 100, 1),
      (10_000_000, 101, 2), (10_000_000, 150, 2), (10_000_000, 200, 2), (2_000_000_000, 3, 6), (1, 1, 1),
      (1, 1_000_000_001, 2), (33_333_333, 1_000_000_000, 33_333_333), (33_333_333, 30, 1), (33_333_333, 31, 2),
    ] as [(UInt64, UInt64, UInt64)] {
      var fabric = fabric(clockHertz: clock, at: 1000)
      fabric.wake(Slot(0), 0, after: Span(nanoseconds: span))
      #expect(fabric.queue.soonest == Cycle(1000 + cycles), "\(span) ns at \(clock) Hz")
    }
  }

  /// A device that waits for a span finds that at least the span has passed, and less than a cycle more.
  @Test func aSpanHasPassedWhenItsAlarmComes() {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<500 {
      let (clock, span) = (generator.below(4_000_000_000) + 1, generator.below(1 << 34) + 1)
      var fabric = fabric(clockHertz: clock)
      fabric.wake(Slot(0), 0, after: Span(nanoseconds: span))
      let cycles = UInt128(fabric.queue.soonest.count)
      let wanted = UInt128(span) * UInt128(clock)
      #expect(cycles * 1_000_000_000 >= wanted, "\(span) ns at \(clock) Hz")
      #expect((cycles - 1) * 1_000_000_000 < wanted, "\(span) ns at \(clock) Hz")
    }
  }

  @Test func nanosecondsAreWholeAndCountFromPowerOn() {
    #expect(fabric(clockHertz: 3, at: 1).nanoseconds == 333_333_333)
    #expect(fabric(clockHertz: 3, at: 2).nanoseconds == 666_666_666)
    #expect(fabric(clockHertz: 3, at: 3).nanoseconds == 1_000_000_000)
    #expect(fabric(clockHertz: 1, at: .max).nanoseconds == .max)
  }

  @Test func timeDoesNotGoBack() async {
    await #expect(processExitsWith: .failure) {
      var fabric = Fabric(hartCount: 1, clockHertz: 1)
      fabric.advance(to: Moment(step: Step(5), cycle: Cycle(5)))
      fabric.advance(to: Moment(step: Step(5), cycle: Cycle(4)))
    }
    // A later moment by its step, with a cycle before: the cycles went back.
    await #expect(processExitsWith: .failure) {
      var fabric = Fabric(hartCount: 1, clockHertz: 1)
      fabric.advance(to: Moment(step: Step(5), cycle: Cycle(5)))
      fabric.advance(to: Moment(step: Step(6), cycle: Cycle(4)))
    }
    await #expect(processExitsWith: .failure) {
      var fabric = Fabric(hartCount: 1, clockHertz: 1)
      fabric.advance(to: Moment(step: Step(5), cycle: Cycle(5)))
      fabric.advance(to: Moment(step: Step(4), cycle: Cycle(6)))
    }
    await #expect(processExitsWith: .success) {
      var fabric = Fabric(hartCount: 1, clockHertz: 1)
      fabric.advance(to: Moment(step: Step(5), cycle: Cycle(5)))
      fabric.advance(to: Moment(step: Step(5), cycle: Cycle(5)))
      fabric.advance(to: Moment(step: Step(5), cycle: Cycle(6)))
      fabric.advance(to: Moment(step: Step(6), cycle: Cycle(6)))
    }
  }

  @Test func theFirstReasonToHaltIsKept() {
    var fabric = fabric()
    #expect(fabric.halt == nil)
    fabric.stop(.failure(code: 3))
    fabric.stop(.powerOff)
    fabric.stop(.failure(code: 4))
    #expect(fabric.halt == .failure(code: 3))
  }

  @Test func whatIsSentOutIsStampedAndIsNotState() throws {
    var fabric = fabric(at: 7)
    let silent = fabric
    fabric.emit(Slot(2), 0x41)
    fabric.advance(to: moment(8, 9))
    fabric.emit(Slot(2), 0x42)
    #expect(
      fabric.effects == [
        Effect(moment: moment(7, 7), kind: .output(Slot(2), 0x41)),
        Effect(moment: moment(8, 9), kind: .output(Slot(2), 0x42)),
      ])
    var quiet = silent
    quiet.advance(to: moment(8, 9))
    #expect(fabric == quiet)
    #expect(try decoded(fabric).effects.isEmpty)
  }

  @Test func encodingKeepsEverythingThatIsState() throws {
    var fabric = fabric(clockHertz: 12_345, at: 7)
    let fresh = fabric
    fabric.set(Line(5), high: true)
    fabric.setHartLine(1, bit: 11, high: true)
    fabric.wake(Slot(1), 2, at: Cycle(1 << 50))
    fabric.wake(Slot(0), 3, at: Cycle(1 << 50))
    fabric.stop(.failure(code: 9))
    #expect(fabric != fresh)
    let copy = try decoded(fabric)
    #expect(copy == fabric)
    #expect(copy.levels == 1 << 5 && copy.hartLines == [0, 1 << 11] && copy.halt == .failure(code: 9))
    #expect(copy.now == moment(7, 7) && copy.clockHertz == 12_345)
    #expect(copy.queue.pending.map(\.owner) == [1, 0])
    #expect(copy.fault == nil)
  }

  @Test func aFabricThatCannotBeIsAFault() throws {
    let sound = String(decoding: try JSONEncoder().encode(Fabric(hartCount: 1, clockHertz: 77)), as: UTF8.self)
    #expect(try fault(sound) == nil)
    #expect(try fault(sound.replacing("77", with: "0")) == "a clock that stands still")
    #expect(try fault(sound.replacing("[0]", with: "[]")) == "wires to no hart")
    #expect(
      try fault(sound.replacing("\"nextOrder\":0", with: "\"nextOrder\":\(UInt64.max)"))
        == "more alarms than can have been set")
  }

  private func decoded(_ fabric: Fabric) throws -> Fabric {
    try JSONDecoder().decode(Fabric.self, from: JSONEncoder().encode(fabric))
  }

  private func fault(_ text: String) throws -> String? {
    try JSONDecoder().decode(Fabric.self, from: Data(text.utf8)).fault
  }
}
