public import Backplane
public import Boards
internal import StateCoding
internal import VirtualTime

/// The board `virt` as an emulator with a mistake in it would run it: what an instruction leaves behind is wrong.
public struct FaultyBoard: WrappedBoard {
  /// The mistake.
  public enum Fault: Hashable, Codable, Sendable {
    /// There is none.
    case none
    /// A register is wrong behind the instruction at this step, and stays so: these bits of it.
    case register(Int, flipping: UInt64 = 1, atStep: UInt64)
    /// It is wrong, and right again so many steps later.
    case passing(Int, atStep: UInt64, steps: UInt64)
    /// A byte of memory is wrong.
    case memory(UInt64, atStep: UInt64)
    /// Memory has these bytes, such as the host's memory happened to hold.
    case bytes(UInt64, [UInt8], atStep: UInt64)
    /// A register of a device is wrong, which the guest does not see.
    case device(atStep: UInt64)
    /// The real-time clock has an alarm that nobody has set: as after a restore that got it wrong.
    case alarm(atStep: UInt64)

    /// The steps whose end is tampered with.
    var places: [UInt64] {
      switch self {
      case .none: []
      case .register(_, _, let step), .memory(_, let step), .bytes(_, _, let step), .device(let step),
        .alarm(let step):
        [step + 1]
      case .passing(_, let step, let steps): [step + 1, step + 1 + steps]
      }
    }
  }

  /// The board.
  public var virt: VirtBoard
  private var hidden: UInt64 = 0
  @Derived private var kind: FaultBox

  /// `virt` with `fault` in whoever runs it.
  public init(_ virt: VirtBoard, _ fault: Fault) {
    self.virt = virt
    kind = FaultBox(fault)
  }

  private struct FaultBox: Sendable, DefaultInitializable {
    var fault = Fault.none
    init() {}
    init(_ fault: Fault) { self.fault = fault }
  }

  /// Those of the board.
  public final class Caches: BoardCaches {
    fileprivate let virt: VirtBoard.Caches
    fileprivate let fault: Fault
    fileprivate init(_ virt: VirtBoard.Caches, _ fault: Fault) { (self.virt, self.fault) = (virt, fault) }
    /// See `BoardCaches`.
    public var stopPoints: StopPoints {
      get { (virt as any BoardCaches).stopPoints }
      set { (virt as any BoardCaches).stopPoints = newValue }
    }
    /// See `BoardCaches`.
    public var engine: EngineChoice {
      get { (virt as any BoardCaches).engine }
      set { (virt as any BoardCaches).engine = newValue }
    }
    /// See `BoardCaches`.
    public func boardWasReplaced() { (virt as any BoardCaches).boardWasReplaced() }
  }

  /// See `Board`.
  public func makeCaches(for memory: Memory) -> Caches { Caches(virt.makeCaches(for: memory), kind.fault) }

  /// See `Board`.
  public mutating func run(
    until limit: RunLimit, memory: Memory, caches: Caches, door: inout Door, collecting effects: EffectSelection
  ) -> Stop {
    while true {
      let next = caches.fault.places.first { $0 > fabric.now.step.count }
      var part = limit
      if let next { part.moment = min(limit.moment, Moment(step: Step(next), cycle: .zero)) }
      let stop = virt.run(until: part, memory: memory, caches: caches.virt, door: &door, collecting: effects)
      if let next, fabric.now.step.count == next {
        tamper(caches.fault, next, memory)
        caches.boardWasReplaced()
      }
      // A limit at a cycle that only waiting could come to is never reached.
      guard stop == .limit, fabric.now >= part.moment, fabric.now < limit.moment, fabric.now.cycle < limit.cycle
      else { return stop }
    }
  }

  private mutating func tamper(_ fault: Fault, _ place: UInt64, _ memory: Memory) {
    switch fault {
    case .none: break
    case .register(let number, let bits, _): flip(bits, ofRegister: number, memory)
    case .passing(let number, _, _): flip(1, ofRegister: number, memory)
    case .memory(let address, _):
      if let byte = memory.read(address, count: 1) { memory.write(address, [byte[0] ^ 0x80]) }
    case .bytes(let address, let bytes, _): memory.write(address, bytes)
    case .device: hidden += 1
    case .alarm:
      virt.fabric.wake(Slot(VirtSlot.rtc.rawValue), 0, at: Cycle(fabric.now.cycle.count + 1_000_000_000_000))
    }
  }

  private mutating func flip(_ bits: UInt64, ofRegister number: Int, _ memory: Memory) {
    let value = virt.register(number, hart: 0) ?? 0
    _ = virt.apply(.register(hart: 0, number: number, value: value ^ bits), memory: memory)
  }
}
