import Backplane
import RISCV
import Support
import Testing
import VirtualTime

/// A guest that takes the same exception for ever is told of, once.
@Suite struct TrapStormTests {
  private func storms(_ guest: Guest, pieces: UInt64, limitSteps: UInt64 = 20_000) -> [Effect] {
    let machine = guest.machine()
    var door = Door()
    while machine.moment.step.count < limitSteps {
      let next = Step(machine.moment.step.count + pieces)
      guard machine.run(until: RunLimit(step: next), door: &door) == .limit else { break }
    }
    return machine.takeEffects().filter { if case .trapStorm = $0.kind { true } else { false } }
  }

  /// No handler: the fetch from address zero faults for ever.
  @Test(arguments: [1, 7, 30_000] as [UInt64])
  func guestWithoutAHandler(pieces: UInt64) throws {
    var guest = GuestAssembler(at: Guest.codeBase)
    guest.csrw(.mtvec, value: 0)
    guest.word(0)
    let storms = storms(Guest(code: guest.finish()), pieces: pieces)
    #expect(storms.count == 1)
    let storm = try #require(storms.first)
    #expect(storm.kind == .trapStorm(hart: 0, cause: 1, pc: 0))
    #expect(storm.moment.step.count > 1000)
    #expect(storm.moment.step.count < 1010)
  }

  /// Traps made on purpose, and traps that differ, are no storm.
  @Test(arguments: [Operation.ebreak, .ecall, .lw])
  func trapsThatAreNoStorm(operation: RISCV.Operation) {
    var guest = Guest.begin()
    let loop = guest.here()
    guest.li(.s10, Guest.logBase)
    // Outside memory, and each time elsewhere.
    guest.addi(.s0, .s0, 8)
    guest.emit(operation, .zero, operation == .lw ? .s0 : .zero)
    guest.jump(loop)
    #expect(storms(Guest(code: guest.finish()), pieces: 30_000, limitSteps: 60_000) == [])
  }

  /// The same trap at the same place is one, though the guest's handler steps over it.
  @Test func trapsInALoop() {
    var guest = Guest.begin()
    let loop = guest.here()
    guest.li(.s10, Guest.logBase)
    guest.load(.lw, .zero, 0, .zero)
    guest.jump(loop)
    #expect(storms(Guest(code: guest.finish()), pieces: 30_000, limitSteps: 60_000).count == 1)
  }
}
