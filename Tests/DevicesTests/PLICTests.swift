import Backplane
import Devices
import Testing

@Suite struct PLICTests {
  private let machine: UInt64 = 11
  private let supervisor: UInt64 = 9
  private let threshold: UInt64 = 0x20_0000
  private let claim: UInt64 = 0x20_0004
  private let context: UInt64 = 0x1000

  /// Two harts; source 10 has priority 1 and is enabled in both contexts of hart 0.
  private func bench() -> Bench<PLIC> {
    var bench = Bench(PLIC(hartCount: 2), width: .word, harts: 2)
    bench.write(4 * 10, 1)
    bench.write(0x2000, 1 << 10)
    bench.write(0x2080, 1 << 10)
    return bench
  }

  private func set(_ line: UInt8, _ high: Bool, _ bench: inout Bench<PLIC>) {
    bench.fabric.set(Line(line), high: high)
    bench.device.update(&bench.fabric)
  }

  @Test func onlyWordsAreAccepted() {
    #expect(PLIC.accepts(.word) && !PLIC.accepts(.byte) && !PLIC.accepts(.half) && !PLIC.accepts(.double))
  }

  @Test func anInterruptReachesEveryContextThatEnablesIt() {
    var bench = bench()
    set(10, true, &bench)
    #expect(bench.isPending(0, machine) && bench.isPending(0, supervisor))
    #expect(!bench.isPending(1, machine) && !bench.isPending(1, supervisor))
    #expect(bench.read(0x1000) == 1 << 10)
    bench.write(0x2180, 1 << 10)
    #expect(bench.isPending(1, supervisor))
  }

  @Test func aClaimTakesTheInterruptFromAllContextsUntilCompletion() {
    var bench = bench()
    set(10, true, &bench)
    #expect(bench.read(claim + context) == 10)
    #expect(!bench.isPending(0, machine) && !bench.isPending(0, supervisor))
    #expect(bench.read(claim) == 0)
    #expect(bench.read(0x1000) == 0)
    // The level is still high: completion forwards it again.
    bench.write(claim + context, 10)
    #expect(bench.isPending(0, machine))
    #expect(bench.read(claim) == 10)
    set(10, false, &bench)
    bench.write(claim, 10)
    #expect(!bench.isPending(0, machine))
  }

  @Test func aRequestOnceForwardedIsNotTakenBack() {
    var bench = bench()
    set(10, true, &bench)
    set(10, false, &bench)
    #expect(bench.isPending(0, machine))
    #expect(bench.read(claim) == 10)
    bench.write(claim, 10)
    #expect(!bench.isPending(0, machine))
    #expect(bench.read(claim) == 0)
  }

  @Test func theHighestPriorityIsClaimedFirstAndTheLowestNumberAmongEquals() {
    var bench = bench()
    bench.write(0x2000, 0xffff_ffff)
    bench.write(0x2004, 0xffff_ffff)
    for (source, priority) in [(3, 2), (5, 2), (33, 7), (63, 7), (1, 1)] as [(UInt64, UInt64)] {
      bench.write(4 * source, priority)
      set(UInt8(source), true, &bench)
    }
    #expect((0..<6).map { _ in bench.read(claim) } == [33, 63, 3, 5, 1, 0])
  }

  @Test func priorityZeroNeverInterrupts() {
    var bench = bench()
    bench.write(4 * 10, 0)
    set(10, true, &bench)
    #expect(!bench.isPending(0, machine))
    #expect(bench.read(0x1000) == 1 << 10)
    #expect(bench.read(claim) == 0)
    bench.write(4 * 10, 1)
    #expect(bench.isPending(0, machine))
  }

  @Test func theThresholdMasksPrioritiesUpToItButNotClaims() {
    var bench = bench()
    bench.write(4 * 10, 3)
    set(10, true, &bench)
    bench.write(threshold, 3)
    #expect(!bench.isPending(0, machine) && bench.isPending(0, supervisor))
    bench.write(threshold, 2)
    #expect(bench.isPending(0, machine))
    bench.write(threshold, 7)
    #expect(bench.read(claim) == 10)
  }

  @Test func completionOfASourceThatIsNotEnabledIsIgnored() {
    var bench = bench()
    set(10, true, &bench)
    #expect(bench.read(claim) == 10)
    bench.write(claim + 2 * context, 10)
    #expect(!bench.isPending(0, machine))
    bench.write(claim, 64)
    bench.write(claim, 0xffff_ffff)
    #expect(!bench.isPending(0, machine))
    bench.write(claim + context, 10)
    #expect(bench.isPending(0, machine), "another context that enables it may complete it")
  }

  @Test func registersKeepOnlyTheBitsThatExist() {
    var bench = bench()
    bench.write(0, 7)
    bench.write(4 * 10, 0xffff_fffd)
    bench.write(0x2000, 0xffff_ffff)
    bench.write(0x2004, 0xffff_ffff)
    bench.write(threshold, 0xff)
    bench.write(0x1000, 0xffff_ffff)
    #expect(bench.read(0) == 0)
    #expect(bench.read(4 * 10) == 5)
    #expect(bench.read(0x2000) == 0xffff_fffe)
    #expect(bench.read(0x2004) == 0xffff_ffff)
    #expect(bench.read(threshold) == 7)
    #expect(bench.read(0x1000) == 0)
    for offset: UInt64 in [0x100, 0x2008, 0x2200, 0x20_0008, 0x20_4000, 0x20_4004, 2, .max] {
      bench.write(offset, 0xffff_ffff)
      #expect(bench.read(offset) == 0)
    }
  }

  @Test func disablingTakesTheWireDown() {
    var bench = bench()
    set(10, true, &bench)
    bench.write(0x2000, 0)
    #expect(!bench.isPending(0, machine) && bench.isPending(0, supervisor))
  }
}
