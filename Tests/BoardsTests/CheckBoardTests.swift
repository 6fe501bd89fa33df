import Backplane
import StateCoding
import Support
import Testing
import VirtualTime

/// A board with every mistake that `checkBoard` is to notice, one at a time.
private struct ToyBoard: Board {
  enum Mistake: String, Codable, CaseIterable, Sendable {
    case none
    /// A field that is left out of the state.
    case forgottenField
    /// A cache that holds what has changed since.
    case staleCache
    /// A store to memory that nobody is told of.
    case unmarkedStore
    /// A state that depends on how often it was asked to run.
    case countsRuns
    /// A run that goes past its limit.
    case overruns
  }

  final class Caches: BoardCaches {
    var value: UInt64?
    var stopPoints = StopPoints()
    var engine = EngineChoice.interpreter
    func boardWasReplaced() { value = nil }
  }

  let mistake: Mistake
  var fabric = Fabric(hartCount: 1, clockHertz: 1000)
  private var sum: UInt64 = 0
  @Derived private var forgotten: UInt64

  init(_ mistake: Mistake) { self.mistake = mistake }

  func makeCaches(for memory: Memory) -> Caches { Caches() }

  mutating func run(
    until limit: RunLimit, memory: Memory, caches: Caches, door: inout Door, collecting: EffectSelection
  ) -> Stop {
    if mistake == .countsRuns { sum += 1 }
    while fabric.now < limit.moment, fabric.now.cycle < limit.cycle {
      for input in door.take(at: fabric.now) { sum += UInt64(input.bytes.count) }
      work(memory, caches)
      if mistake == .overruns { work(memory, caches) }
    }
    return .limit
  }

  private mutating func work(_ memory: Memory, _ caches: Caches) {
    let step = fabric.now.step.count
    let place = memory.base + 4096 * Int(step % 8)
    if mistake != .unmarkedStore { memory.markWritten(Int(step % 8)) }
    place.storeBytes(of: step &+ sum, as: UInt64.self)
    forgotten &+= step
    if mistake == .forgottenField { sum &+= forgotten }
    let value = memory.base.load(as: UInt64.self)
    if mistake == .staleCache {
      if caches.value == nil { caches.value = value }
      sum &+= caches.value ?? 0
    } else {
      sum &+= value
    }
    fabric.advance(to: Moment(step: Step(step + 1), cycle: Cycle(fabric.now.cycle.count + 1 + step % 4)))
  }

  static func run(_ mistake: Mistake) -> BoardRun<ToyBoard> {
    let input = Input(slot: Slot(1), bytes: [1, 2, 3])
    let inputs = [Moment(step: Step(77), cycle: Cycle(77 + (0..<77).reduce(0) { $0 + $1 % 4 }))]
    return BoardRun(
      inputs: inputs.map { StampedInput(moment: $0, input: input) }, limitSteps: 500, rungIntervalSteps: 50
    ) {
      guard let memory = Memory(romBase: 0, romSize: 0, ramBase: 0, ramSize: 8 * 4096) else {
        preconditionFailure("The host has no room for eight pages.")
      }
      return Machine(board: ToyBoard(mistake), memory: memory)
    }
  }
}

@Suite struct CheckBoardTests {
  @Test func acceptsABoardWithoutMistakes() {
    for seed: UInt64 in 1...8 { #expect(checkBoard(ToyBoard.run(.none), seed: seed) == nil) }
  }

  @Test(arguments: ToyBoard.Mistake.allCases.filter { $0 != .none })
  fileprivate func noticesEveryMistake(_ mistake: ToyBoard.Mistake) throws {
    let report = try #require(checkBoard(ToyBoard.run(mistake), seed: 1), "\(mistake) went unnoticed")
    #expect(report.contains("seed 1"))
  }

  /// The input of the runs above is not lost on the way: without it, the end is another.
  @Test func givesInputsToTheBoard() {
    func digest(_ inputs: [StampedInput]) -> Digest {
      let run = ToyBoard.run(.none)
      let machine = run.make()
      var door = Door(RecordedInputs(inputs))
      _ = machine.run(until: RunLimit(step: Step(run.limitSteps)), door: &door)
      return machine.digest()
    }
    #expect(digest(ToyBoard.run(.none).inputs) != digest([]))
  }
}
