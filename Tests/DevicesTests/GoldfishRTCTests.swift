import Backplane
import Devices
import Testing

/// The bench's clock is 1 GHz, so one cycle is one nanosecond.
@Suite struct GoldfishRTCTests {
  private let epoch: UInt64 = 1_700_000_000_000_000_000

  private func clock() -> Bench<GoldfishRTC> {
    Bench(
      GoldfishRTC(slot: Slot(0), line: Line(11), epochNanoseconds: epoch), width: .word, clockHertz: 1_000_000_000)
  }

  private func time(_ bench: inout Bench<GoldfishRTC>) -> UInt64 { bench.read(0) | bench.read(4) << 32 }

  private func set(alarm: UInt64, _ bench: inout Bench<GoldfishRTC>) {
    bench.write(0x0c, alarm >> 32)
    bench.write(0x08, alarm)
  }

  @Test func timeIsTheEpochAndTheGuestTimePassed() {
    var bench = clock()
    #expect(time(&bench) == epoch)
    bench.pass(5_000_000_000)
    #expect(time(&bench) == epoch + 5_000_000_000)
    #expect(GoldfishRTC.accepts(.word) && !GoldfishRTC.accepts(.double) && !GoldfishRTC.accepts(.byte))
  }

  @Test func theHighHalfIsThatOfTheLastReadOfTheLowHalf() {
    var bench = clock()
    #expect(bench.read(4) == 0)
    let low = bench.read(0)
    bench.pass(1 << 33)
    #expect(low | bench.read(4) << 32 == epoch)
  }

  @Test func timeCanBeSet() {
    var bench = clock()
    bench.pass(1000)
    let new: UInt64 = 0x1234_5678_9abc_def0
    bench.write(4, new >> 32)
    bench.write(0, new)
    bench.pass(7)
    #expect(time(&bench) == new + 7)
  }

  @Test func theAlarmGoesOffAtItsNanosecond() {
    var bench = clock()
    bench.write(0x10, 1)
    set(alarm: epoch + 500, &bench)
    #expect(bench.read(0x18) == 1)
    #expect(bench.read(0x08) | bench.read(0x0c) << 32 == epoch + 500)
    bench.pass(499)
    #expect(!bench.isHigh(11))
    bench.pass(1)
    #expect(bench.isHigh(11))
    #expect(bench.read(0x18) == 0)
    bench.write(0x1c, 1)
    #expect(!bench.isHigh(11))
  }

  @Test func anAlarmInThePastGoesOffAtOnce() {
    var bench = clock()
    set(alarm: epoch, &bench)
    #expect(!bench.isHigh(11), "not enabled")
    bench.write(0x10, 1)
    #expect(bench.isHigh(11))
    #expect(bench.read(0x18) == 0)
  }

  @Test func aClearedAlarmStaysSilent() {
    var bench = clock()
    bench.write(0x10, 1)
    set(alarm: epoch + 500, &bench)
    bench.write(0x14, 1)
    #expect(bench.read(0x18) == 0)
    bench.pass(1000)
    #expect(!bench.isHigh(11))
  }

  @Test func settingTheTimeMovesTheAlarm() {
    var bench = clock()
    bench.write(0x10, 1)
    set(alarm: epoch + 1_000_000, &bench)
    bench.write(4, epoch >> 32)
    bench.write(0, epoch + 999_000)
    bench.pass(999)
    #expect(!bench.isHigh(11))
    bench.pass(1)
    #expect(bench.isHigh(11))
  }

  @Test func anAlarmBeyondTheEndOfTimeIsNeverDue() {
    var bench = clock()
    bench.write(4, 0)
    bench.write(0, 0)
    bench.pass(100)
    set(alarm: .max, &bench)
    #expect(bench.read(0x18) == 1)
    bench.pass(1 << 50)
    #expect(bench.read(0x18) == 1)
  }
}

@Suite struct FinisherTests {
  @Test(
    arguments: [
      (0x5555, .powerOff), (0x7777, .reset), (0x3333, .failure(code: 0)), (0x002a_3333, .failure(code: 42)),
      (0xffff_3333, .failure(code: 0xffff)), (0x1234_5555, .powerOff), (0, nil), (0x1111, nil),
    ] as [(UInt64, Halt?)])
  func aKnownStatusStopsTheMachine(_ value: UInt64, _ halt: Halt?) {
    var bench = Bench(Finisher(), width: .word)
    bench.write(0, value)
    #expect(bench.fabric.halt == halt)
    #expect(bench.read(0) == 0)
  }

  @Test func aHalfWordCarriesNoCode() {
    var bench = Bench(Finisher(), width: .half)
    bench.write(0, 0x2a_3333)
    #expect(bench.fabric.halt == .failure(code: 0))
    #expect(Finisher.accepts(.half) && Finisher.accepts(.word))
    #expect(!Finisher.accepts(.byte) && !Finisher.accepts(.double))
  }

  @Test func otherOffsetsDoNothing() {
    var bench = Bench(Finisher(), width: .word)
    bench.write(4, 0x5555)
    bench.write(2, 0x5555)
    #expect(bench.fabric.halt == nil)
  }
}
