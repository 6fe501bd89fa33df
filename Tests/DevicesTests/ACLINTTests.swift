import Backplane
import Devices
import Testing
import VirtualTime

@Suite struct ACLINTTests {
  private let software: UInt64 = 3
  private let timer: UInt64 = 7

  /// 10 MHz of `mtime` on a board of 33.333333 MHz: an awkward rate on purpose.
  private func bench(harts: Int = 2) -> Bench<ACLINT> {
    let clock: UInt64 = 33_333_333
    let device = ACLINT(slot: Slot(0), hartCount: harts, rate: Rate(10_000_000, per: clock))
    return Bench(device, width: .double, harts: harts, clockHertz: clock)
  }

  @Test func wordsAndDoublesAreAccepted() {
    #expect(ACLINT.accepts(.word) && ACLINT.accepts(.double))
    #expect(!ACLINT.accepts(.byte) && !ACLINT.accepts(.half))
  }

  @Test func softwareInterruptsAreOneWordAHart() {
    var bench = bench()
    bench.width = .word
    bench.write(4, 0xffff_ffff)
    #expect(bench.isPending(1, software) && !bench.isPending(0, software))
    #expect(bench.read(4) == 1 && bench.read(0) == 0)
    bench.write(4, 0xffff_fffe)
    #expect(!bench.isPending(1, software))
    bench.width = .double
    bench.write(0, 1 << 32 | 1)
    #expect(bench.isPending(0, software) && bench.isPending(1, software))
    #expect(bench.read(0) == 1 << 32 | 1)
  }

  @Test func timeCountsExactlyFromPowerOn() {
    var bench = bench()
    bench.pass(33_333_333)
    #expect(bench.read(0xbff8) == 10_000_000)
    bench.pass(33_333_333 * 1_000_003)
    #expect(bench.read(0xbff8) == 10_000_000 * 1_000_004)
    bench.width = .word
    #expect(bench.read(0xbff8) == 10_000_040_000_000 & 0xffff_ffff)
    #expect(bench.read(0xbffc) == 10_000_040_000_000 >> 32)
  }

  @Test(arguments: [1, 2, 3, 999, 1000, 12345] as [UInt64])
  func theTimerFiresAtTheFirstCycleAtWhichItIsDue(_ ticks: UInt64) {
    var bench = bench()
    bench.write(0x4008, ticks)
    var cycle: UInt64 = 0
    while !bench.isPending(1, timer) {
      #expect(bench.read(0xbff8) < ticks)
      bench.pass(1)
      cycle += 1
      if cycle > 100_000 { break }
    }
    #expect(bench.read(0xbff8) == ticks)
    #expect(cycle == (ticks * 33_333_333 + 9_999_999) / 10_000_000)
    #expect(!bench.isPending(0, timer))
  }

  @Test func theTimerIsALevelThatFollowsTheComparison() {
    var bench = bench()
    #expect(!bench.isPending(0, timer), "no timer is set at power-on")
    bench.write(0x4000, 0)
    #expect(bench.isPending(0, timer))
    bench.write(0x4000, 1000)
    #expect(!bench.isPending(0, timer))
    bench.pass(10_000)
    #expect(bench.isPending(0, timer))
    bench.write(0xbff8, 999)
    #expect(!bench.isPending(0, timer))
    bench.pass(4)
    #expect(bench.isPending(0, timer))
  }

  @Test func theTimerEndsWhenTimeWraps() {
    var bench = bench()
    bench.write(0x4000, .max - 5)
    bench.write(0xbff8, .max - 10)
    bench.pass(33)
    #expect(bench.isPending(0, timer))
    bench.pass(8)
    #expect(bench.read(0xbff8) < 10)
    #expect(!bench.isPending(0, timer))
    #expect(!bench.fabric.queue.pending.contains { $0.when.count < 1 << 60 })
  }

  @Test func halvesOfLongRegistersAreWrittenAlone() {
    var bench = bench()
    bench.width = .word
    bench.write(0x4004, 0xffff_ffff_0000_0001)
    bench.write(0x4000, 2)
    bench.width = .double
    #expect(bench.read(0x4000) == 1 << 32 | 2)
    bench.width = .word
    bench.write(0xbffc, 3)
    bench.width = .double
    #expect(bench.read(0xbff8) == 3 << 32)
    #expect(bench.device.timeOffset == 3 << 32)
    #expect(bench.device.time(at: bench.fabric.now.cycle) == 3 << 32)
  }

  @Test func placesWithoutARegisterReadAsZeroAndIgnoreWrites() {
    var bench = bench()
    for offset: UInt64 in [8, 0x3ff8, 0x4010, 0xbff0, 0xc000, 0x4001, 0x4004, 0xbffc, 4, .max] {
      bench.write(offset, .max)
      #expect(bench.read(offset) == 0)
    }
    #expect(bench.fabric.hartLines == [0, 0])
  }

  @Test func supervisorInterruptsAreRequestsThatReadAsZero() {
    var bench = Bench(ACLINTSupervisorSWI(hartCount: 2), width: .word, harts: 2)
    bench.write(0, 0xfffe)
    bench.write(4, 1)
    bench.write(8, 1)
    bench.write(1, 1)
    #expect(bench.read(4) == 0)
    #expect(bench.device.takeRequests() == 0b10)
    #expect(bench.device.takeRequests() == 0)
    #expect(ACLINTSupervisorSWI.accepts(.word) && !ACLINTSupervisorSWI.accepts(.double))
  }
}
