import Backplane
import Boards
import RISCV
import Support
import Testing
import VirtualTime

/// Interpreter and translator side by side, and where they part.
@Suite struct LockstepTests {
  private func start(_ fault: TranslatorFault?) -> Machine<PlantedTranslatorBoard> {
    let machine = Guest.everyFault(rounds: 60).machine(planting: fault)
    machine.engine = .lockstep
    return machine
  }

  @Test func itIsAsTheInterpreterAlone() {
    let (machine, plain) = (start(nil), Guest.everyFault(rounds: 60).machine(planting: nil))
    plain.engine = .interpreter
    var (door, plainDoor) = (Door(), Door())
    for step in stride(from: UInt64(700), through: 10_000, by: 700) {
      let stop = machine.run(until: RunLimit(step: Step(step)), door: &door)
      #expect(stop == plain.run(until: RunLimit(step: Step(step)), door: &plainDoor))
      #expect(machine.digest() == plain.digest())
      #expect(machine.engineDifference == nil)
    }
    #expect(machine.board == plain.board)
    #expect(machine.takeEffects() == plain.takeEffects())
  }

  /// What is typed, output, waiting and interrupts are the same on both sides.
  @Test func inputsEnterBoth() {
    let inputs = (1...12).map { number in
      StampedInput(
        moment: Moment(step: Step(UInt64(number) * 400), cycle: .zero),
        input: Input(slot: Slot(1), bytes: [UInt8(ascii: "a") + UInt8(number)]))
    }
    let stamped = Guest.echo().inputs(of: RecordedInputs(inputs), limitSteps: 8000)
    let results = [EngineChoice.lockstep, .interpreter].map { engine in
      let machine = Guest.echo().machine()
      machine.engine = engine
      machine.collecting = [.output, .interrupts, .devices]
      var door = Door(RecordedInputs(stamped))
      var stops: [Stop] = []
      while machine.moment.step.count < 8000, stops.count < 100 {
        let limit = RunLimit(moment: Moment(step: Step(8000), cycle: .zero), pauseOnOutput: true)
        stops.append(machine.run(until: limit, door: &door))
      }
      #expect(machine.engineDifference == nil)
      return (machine.digest(), machine.takeEffects(), stops, door.takeLog())
    }
    #expect(results[0].0 == results[1].0)
    #expect(results[0].1 == results[1].1)
    #expect(results[0].2 == results[1].2)
    #expect(results[0].3 == results[1].3)
  }

  /// The place of the difference, found by the interpreter alone: no step before it is different.
  @Test(arguments: TranslatorFault.allCases)
  func aMistakeEndsTheRunWhereItIsMade(fault: TranslatorFault) throws {
    let machine = start(fault)
    var door = Door()
    let stop = machine.run(until: RunLimit(step: Step(10_000)), door: &door)
    #expect(stop == .enginesDiffer)
    let difference = try #require(machine.engineDifference)
    #expect(difference.place != .stretch)
    // It stands where both agreed: as the interpreter is there.
    let plain = Guest.everyFault(rounds: 60).machine(planting: nil)
    plain.engine = .interpreter
    var plainDoor = Door()
    _ = plain.run(until: RunLimit(moment: machine.moment), door: &plainDoor)
    #expect(machine.moment == difference.before.fabric.now)
    #expect(machine.board == plain.board)
    #expect(machine.digest() == plain.digest())
    // What comes next differs, within a block.
    let isSeen = difference.found != difference.expected || !difference.memory.isEmpty || difference.effectsDiffer
    #expect(isSeen || difference.foundStop != difference.expectedStop)
    #expect(difference.expected.fabric.now.step.count - machine.moment.step.count < 128)
    // It goes no further.
    #expect(machine.run(until: RunLimit(step: Step(10_000)), door: &door) == .enginesDiffer)
  }

  /// The right instruction is in the block that is named.
  @Test func theBlockOfADivisionIsNamed() throws {
    let machine = start(.division)
    var door = Door()
    _ = machine.run(until: RunLimit(step: Step(10_000)), door: &door)
    let difference = try #require(machine.engineDifference)
    #expect(difference.place == .block)
    let codes = try #require(machine.memory.read(difference.before.virt.hart.pc, count: 64))
    let words = stride(from: 0, to: 64, by: 4).map { at in
      (0..<4).reduce(UInt32(0)) { $0 | UInt32(codes[at + $1]) << UInt32($1 * 8) }
    }
    let division = try #require(words.firstIndex { Decoder.decode($0).operation == .div })
    let branch = words.firstIndex { InstructionSet.description(of: Decoder.decode($0).operation).format == .branch }
    #expect(branch ?? .max > division)
    let register = Int(Register.a3.rawValue)
    #expect(difference.found.virt.hart.x[register] == 0)
    #expect(difference.expected.virt.hart.x[register] == ~0)
  }
}
