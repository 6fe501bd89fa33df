import Backplane
import RISCV
import Support
import Testing
import VirtualTime

/// What the suite compares of engines notices each mistake of a translator.
@Suite struct TranslatorFaultTests {
  private func run(_ fault: TranslatorFault?) -> BoardRun<PlantedTranslatorBoard> {
    let guest = Guest.everyFault()
    return BoardRun(rungIntervalSteps: 300) { guest.machine(planting: fault) }
  }

  @Test(arguments: TranslatorFault.allCases)
  func aMistakeIsNoticed(fault: TranslatorFault) {
    #expect(checkBoard(run(fault), seed: 5, passes: 2) != nil)
  }

  @Test func nothingIsNoticedWithoutOne() {
    #expect(checkBoard(run(nil), seed: 5) == nil)
    #expect(Guest.everyFault().run().stop == .halted(.powerOff))
    #expect(Guest.everyFault().run().causes == [])
  }

  /// The mistake is the translator's alone.
  @Test func theInterpreterMakesNone() {
    let guest = Guest.everyFault()
    for fault in TranslatorFault.allCases {
      let machine = guest.machine(planting: fault)
      machine.engine = .interpreter
      var door = Door()
      _ = machine.run(until: RunLimit(step: Step(1000)), door: &door)
      let other = guest.machine(planting: nil)
      other.engine = .interpreter
      var otherDoor = Door()
      _ = other.run(until: RunLimit(step: Step(1000)), door: &otherDoor)
      #expect(machine.digest() == other.digest())
    }
  }
}
