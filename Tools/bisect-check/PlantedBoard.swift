import Backplane
import Boards
import StateCoding
import VirtualTime

/// The board `virt` as an emulator with one mistake in it would run it.
struct PlantedBoard: Board {
  /// The mistake.
  enum Bug: String, CaseIterable, Sendable {
    case none
    /// An instruction leaves a wrong bit behind in a register, once.
    case instruction
    /// A register of a device is not what the guest has written to it: as after a restore that forgot it.
    case device
    /// Memory has what the host's memory happened to hold.
    case uninitialised
  }

  /// What a bug does, and behind which step: not part of the state.
  struct Plant: Sendable, DefaultInitializable {
    var bug = Bug.none
    var step: UInt64 = 0
    /// What the host's memory happened to hold.
    var garbage: UInt64 = 0

    init() {}
    init(_ bug: Bug, behind step: UInt64, garbage: UInt64 = 0) {
      (self.bug, self.step, self.garbage) = (bug, step, garbage)
    }
  }

  final class Caches: BoardCaches {
    let virt: VirtBoard.Caches
    let plant: Plant

    init(_ virt: VirtBoard.Caches, _ plant: Plant) { (self.virt, self.plant) = (virt, plant) }

    var stopPoints: StopPoints {
      get { (virt as any BoardCaches).stopPoints }
      set { (virt as any BoardCaches).stopPoints = newValue }
    }
    var engine: EngineChoice {
      get { (virt as any BoardCaches).engine }
      set { (virt as any BoardCaches).engine = newValue }
    }
    func boardWasReplaced() { (virt as any BoardCaches).boardWasReplaced() }
  }

  private(set) var virt: VirtBoard
  @Derived private var plant: Plant

  init(_ virt: VirtBoard, _ plant: Plant) {
    self.virt = virt
    self.plant = plant
  }

  var fabric: Fabric {
    get { virt.fabric }
    set { virt.fabric = newValue }
  }

  func makeCaches(for memory: Memory) -> Caches { Caches(virt.makeCaches(for: memory), plant) }

  mutating func run(
    until limit: RunLimit, memory: Memory, caches: Caches, door: inout Door, collecting effects: EffectSelection
  ) -> Stop {
    while true {
      let place = caches.plant.step + 1
      let isAhead = caches.plant.bug != .none && fabric.now.step.count < place
      var part = limit
      if isAhead { part.moment = min(limit.moment, Moment(step: Step(place), cycle: .zero)) }
      let stop = virt.run(until: part, memory: memory, caches: caches.virt, door: &door, collecting: effects)
      if isAhead, fabric.now.step.count == place {
        tamper(caches.plant, memory)
        caches.boardWasReplaced()
      }
      guard stop == .limit, fabric.now >= part.moment, fabric.now < limit.moment, fabric.now.cycle < limit.cycle
      else { return stop }
    }
  }

  /// Memory that the firmware keeps for itself and does not use.
  private static let unused: UInt64 = 0x8007_ff00

  private mutating func tamper(_ plant: Plant, _ memory: Memory) {
    switch plant.bug {
    case .none: break
    case .instruction:
      // The stack pointer: of a register that is dead, nothing would be left by the next rung.
      _ = virt.apply(.register(hart: 0, number: 2, value: (virt.register(2, hart: 0) ?? 0) ^ 16), memory: memory)
    case .device:
      // The real-time clock's alarm.
      virt.fabric.wake(Slot(VirtSlot.rtc.rawValue), 0, at: Cycle(fabric.now.cycle.count + 1_000_000_000_000))
    case .uninitialised:
      memory.write(Self.unused, (0..<8).map { UInt8(truncatingIfNeeded: plant.garbage >> ($0 * 8)) })
    }
  }
}
