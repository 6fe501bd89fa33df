internal import Backplane
internal import Boards
public import RISCV
internal import StateCoding
internal import VirtualTime

/// Runs guests made of a seed by interpreter and translator side by side.
public enum EngineFuzz {
  /// What runs.
  public enum Kind: String, CaseIterable, Sendable {
    /// Programs that a real machine would run the same way: the ones that are compared with QEMU.
    case programs
    /// Guests that do what no program does: see `HostileGuest`, and those that are bad for a translator on purpose.
    case hostile
  }

  /// One round: the guest of `seed`, for `steps` steps.
  /// - Parameters:
  ///   - fault: a mistake of the translator, for tests of this.
  /// - Returns: in which the engines differ, or `nil`.
  public static func round(
    _ kind: Kind, seed: UInt64, steps: UInt64 = 60_000, fault: TranslatorFault? = nil
  ) -> String? {
    var random = SeededGenerator(seed: seed ^ 0x9e37)
    let guest = guest(kind, seed)
    // A cache that has room for few blocks, half of the time.
    let machine = guest.machine(planting: fault, codeByteCount: random.chance(1, in: 2) ? 256 << 10 : nil)
    machine.engine = random.chance(3, in: 4) ? .eagerLockstep : .lockstep
    machine.collecting = [.output, .interrupts, .devices]
    var door = Door()
    while machine.moment.step.count < steps {
      let next = machine.moment.step.count + 1 + random.below(1 << random.below(16))
      let stop = machine.run(until: RunLimit(step: Step(min(next, steps))), door: &door)
      if random.chance(1, in: 64) { machine.dropCaches() }
      if random.chance(1, in: 64) { _ = machine.digest() }
      switch stop {
      case .enginesDiffer:
        return machine.engineDifference.map { text($0) } ?? "the engines differ"
      case .halted, .stalled: return nil
      case .limit, .output, .hit: break
      }
    }
    return nil
  }

  private static func guest(_ kind: Kind, _ seed: UInt64) -> Guest {
    switch kind {
    case .programs:
      let image = ProgramImage(seed: seed, programs: 6)
      var guest = Guest(code: image.bytes, ramSize: ImageLayout.ramBytes)
      guest.contents = [(ImageLayout.base, image.bytes)]
      return guest
    case .hostile:
      switch seed % 16 {
      case 12: return .changingItself(rounds: 400)
      case 13: return .mappedOften(rounds: 3)
      case 14: return .floodOfCode(rounds: 2)
      case 15: return .overlapping(rounds: 300)
      default: return HostileGuest.make(seed: seed)
      }
    }
  }

  private static func text(_ difference: EngineDifference<PlantedTranslatorBoard>) -> String {
    let states = StateDifference.between(difference.expected, difference.found, limit: 8)
    let pc = String(difference.before.virt.hart.pc, radix: 16)
    return "the engines differ (\(difference.place)) behind \(difference.before.fabric.now), pc \(pc): \(states),"
      + " memory \(difference.memory), stops \(difference.expectedStop) and \(difference.foundStop)"
  }
}
