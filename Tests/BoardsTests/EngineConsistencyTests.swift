import Backplane
import Boards
import StateCoding
import Support
import Testing
import VirtualTime

/// Random programs, executed with different step budgets, leave the same hart and the same memory at common steps.
@Suite struct EngineConsistencyTests {
  private func machine(_ image: ProgramImage) throws -> Machine<VirtBoard> {
    let kernel = BoardImage(role: .kernel, name: "programs", bytes: image.elf)
    return try VirtMachine.make(VirtConfiguration(ramSize: ImageLayout.ramBytes), images: [kernel])
  }

  /// The digests at every `stride` steps of a run in pieces of `budget` steps, up to `steps`.
  private func digests(_ image: ProgramImage, budget: UInt64, stride: UInt64, steps: UInt64) throws -> [Digest] {
    let machine = try machine(image)
    var door = Door()
    var digests: [Digest] = []
    while machine.moment.step.count < steps {
      let now = machine.moment.step.count
      let next = min(now + min(budget, steps), (now / stride + 1) * stride)
      guard machine.run(until: RunLimit(step: Step(next)), door: &door) == .limit else { break }
      if machine.moment.step.count % stride == 0 { digests.append(machine.digest()) }
    }
    return digests
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func stepBudgetsDoNotMatter(seed: UInt64) throws {
    let image = ProgramImage(seed: seed &* 0x1_0001, programs: 8)
    let stride: UInt64 = 7 * 61 * 40
    let steps = 4 * stride
    let whole = try digests(image, budget: .max, stride: stride, steps: steps)
    #expect(whole.count == 4)
    for budget: UInt64 in [1, 7, 61] {
      let pieces = try digests(image, budget: budget, stride: stride, steps: steps)
      #expect(pieces == whole, "budget \(budget), seed \(seed)")
    }
  }

  @Test func anotherProgramIsNoticed() throws {
    let image = ProgramImage(seed: 9, programs: 2)
    let other = image.withPlantedBug(program: 0)
    let (stride, steps) = (1000 as UInt64, 30_000 as UInt64)
    let right = try digests(image, budget: 7, stride: stride, steps: steps)
    let wrong = try digests(other, budget: 7, stride: stride, steps: steps)
    #expect(right != wrong)
    #expect(right.count == wrong.count)
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func randomProgramsComeOutTheSameHoweverTheyAreCut(seed: UInt64) throws {
    let image = ProgramImage(seed: seed &* 0x3_0007, programs: 4)
    _ = try machine(image)
    let run = BoardRun(limitSteps: 40_000, rungIntervalSteps: 2000) {
      guard let machine = try? machine(image) else { preconditionFailure("The image was loaded before.") }
      return machine
    }
    #expect(checkBoard(run, seed: seed, passes: 3) == nil)
  }
}
