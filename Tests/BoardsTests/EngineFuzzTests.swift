import Backplane
import Boards
import RISCV
import Support
import Testing
import VirtualTime

/// Guests made of a seed are run the same by interpreter and translator; `fuzz programs` and `fuzz hostile` go on.
@Suite struct EngineFuzzTests {
  @Test(arguments: 0..<4 as Range<UInt64>)
  func programsComeOutTheSame(seed: UInt64) {
    #expect(EngineFuzz.round(.programs, seed: seed, steps: 20_000) == nil)
  }

  @Test(arguments: 0..<16 as Range<UInt64>)
  func hostileGuestsComeOutTheSame(seed: UInt64) {
    #expect(EngineFuzz.round(.hostile, seed: seed, steps: 10_000) == nil)
  }

  /// Hostile guests are of use only if they get somewhere.
  @Test func hostileGuestsAreTranslated() {
    for seed: UInt64 in 0..<12 {
      let machine = HostileGuest.make(seed: seed).machine(planting: nil)
      machine.engine = .eagerTranslator
      var door = Door()
      _ = machine.run(until: RunLimit(step: Step(20_000)), door: &door)
      #expect(machine.engineStatistics.translatedSteps > 2000)
    }
  }

  @Test func aMistakeIsNoticed() {
    let seeds = (0..<8 as Range<UInt64>)
    #expect(seeds.contains { EngineFuzz.round(.programs, seed: $0, steps: 20_000, fault: .signExtension) != nil })
    #expect(seeds.contains { EngineFuzz.round(.hostile, seed: $0, steps: 20_000, fault: .giveBack) != nil })
    #expect(EngineFuzz.round(.hostile, seed: 12, steps: 20_000, fault: .staleCode) != nil)
  }
}
