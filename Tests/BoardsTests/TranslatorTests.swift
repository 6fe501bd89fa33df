import Backplane
import Boards
import RISCV
import StateCoding
import Support
import Testing
import VirtualTime

/// The translator does what the interpreter does, to the last bit, wherever a run stops.
@Suite struct TranslatorTests {
  /// Runs both engines in pieces of `budget` steps.
  /// - Returns: where they first differ, or `nil`; how many steps were taken.
  private func difference(
    _ engine: EngineChoice, budget: UInt64, steps: UInt64, _ make: () throws -> Machine<VirtBoard>
  ) rethrows -> (difference: String?, steps: UInt64) {
    let (subject, reference) = (try make(), try make())
    (subject.engine, reference.engine) = (engine, .interpreter)
    var (door, otherDoor) = (Door(), Door())
    var count = 0
    while subject.moment.step.count < steps {
      let before = subject.board
      let limit = RunLimit(step: Step(min(steps, subject.moment.step.count + budget)))
      let stop = subject.run(until: limit, door: &door)
      let expected = reference.run(until: limit, door: &otherDoor)
      count += 1
      let isSame = subject.board == reference.board && stop == expected
      // Memory is large: not each time.
      if !isSame || stop != .limit || count % 64 == 0, subject.digest() != reference.digest() {
        let states = StateDifference.between(reference.board, subject.board, limit: 8)
        return (
          "\(engine), pieces of \(budget), from \(before.fabric.now), pc \(String(before.hart.pc, radix: 16)): "
            + "\(stop), \(expected); \(states)", subject.moment.step.count
        )
      }
      if stop != .limit { break }
    }
    return (nil, subject.moment.step.count)
  }

  /// Checks a guest that ends by itself.
  private func check(_ guest: Guest, sourceLocation: SourceLocation = #_sourceLocation) {
    for engine in [EngineChoice.eagerTranslator, .translator] {
      for budget: UInt64 in [1, 7, 61, 997, 9973, .max >> 1] {
        let result = difference(engine, budget: budget, steps: 400_000) { guest.machine() }
        #expect(result.difference == nil, sourceLocation: sourceLocation)
      }
    }
    #expect(guest.run(limitSteps: 400_000).stop == .halted(.powerOff), sourceLocation: sourceLocation)
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func randomProgramsComeOutTheSame(seed: UInt64) throws {
    let image = ProgramImage(seed: seed &* 0x7_0003, programs: 12)
    let kernel = BoardImage(role: .kernel, name: "programs", bytes: image.elf)
    for budget: UInt64 in [1, 7, 61, 997, 9973] {
      let result = try difference(.eagerTranslator, budget: budget, steps: 120_000) {
        try VirtMachine.make(VirtConfiguration(ramSize: ImageLayout.ramBytes), images: [kernel])
      }
      #expect(result.difference == nil)
    }
  }

  @Test func anotherProgramIsNoticed() throws {
    let image = ProgramImage(seed: 9, programs: 2)
    let images = [image.elf, image.withPlantedBug(program: 0).elf]
    var made = 0
    let result = try difference(.eagerTranslator, budget: 97, steps: 30_000) {
      made += 1
      return try VirtMachine.make(
        VirtConfiguration(ramSize: ImageLayout.ramBytes),
        images: [BoardImage(role: .kernel, name: "programs", bytes: images[made - 1])])
    }
    #expect(result.difference != nil)
  }

  // MARK: Transfers

  /// A branch that is the last instruction of a page and is not taken, one that is, and a run that ends with the page.
  @Test func theEndOfAPage() {
    var guest = Guest.begin()
    guest.li(.s2, 60)
    let loop = guest.here()
    let (behind, back, away) = (guest.label(), guest.label(), guest.label())
    guest.jump(behind)
    guest.origin(Guest.codeBase + 0x1ff4)
    guest.bind(behind)
    guest.emit(.andi, .t0, .s2, immediate: 1)
    guest.addi(.s0, .s0, 1)
    guest.branch(.bne, .t0, .zero, away)
    guest.addi(.s1, .s1, 1)
    guest.jump(back)
    guest.origin(Guest.codeBase + 0x2ff8)
    guest.bind(away)
    guest.addi(.s3, .s3, 1)
    guest.addi(.s4, .s4, 1)
    guest.addi(.s5, .s5, 1)
    guest.bind(back)
    guest.addi(.s2, .s2, -1)
    let isOver = guest.label()
    guest.branch(.beq, .s2, .zero, isOver)
    guest.la(.t1, loop)
    guest.jump(to: .t1)
    guest.bind(isOver)
    guest.powerOff()
    check(Guest(code: guest.finish()))
  }

  /// Calls and returns within a page and between pages; a call through the register that it links.
  @Test func callsAndReturns() {
    var guest = Guest.begin()
    let (near, far, twice) = (guest.label(), guest.label(), guest.label())
    guest.li(.s2, 90)
    let loop = guest.here()
    guest.jump(near, link: .ra)
    guest.jump(far, link: .ra)
    guest.la(.t0, far)
    guest.jump(to: .t0, link: .t0)
    guest.la(.ra, twice)
    guest.jump(to: .ra, link: .ra)
    guest.addi(.s2, .s2, -1)
    guest.branch(.bne, .s2, .zero, loop)
    guest.powerOff()
    guest.bind(near)
    guest.addi(.a0, .a0, 1)
    guest.jump(to: .ra)
    guest.bind(twice)
    guest.addi(.a1, .a1, 3)
    guest.emit(.jalr, .t2, .ra, immediate: 0)
    guest.origin(Guest.codeBase + 0x1100)
    guest.bind(far)
    guest.addi(.a2, .a2, 5)
    guest.addi(.t3, .ra, 0)
    guest.emit(.andi, .t4, .s2, immediate: 3)
    let isOther = guest.label()
    guest.branch(.beq, .t0, .ra, isOther)
    guest.bind(isOther)
    // Comes back to whoever called, whichever register says so.
    let byZero = guest.label()
    guest.branch(.bne, .a3, .zero, byZero)
    guest.addi(.a3, .zero, 1)
    guest.jump(to: .ra)
    guest.bind(byZero)
    guest.addi(.a3, .zero, 0)
    guest.jump(to: .t0)
    check(Guest(code: guest.finish()))
  }
}
