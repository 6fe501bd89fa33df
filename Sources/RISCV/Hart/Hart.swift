public import StateCoding
public import VirtualTime

/// A privilege mode, by its encoding (privileged specification, "Privilege Levels").
public enum Privilege: UInt8, Codable, Sendable {
  case user = 0
  case supervisor = 1
  case machine = 3
}

/// One RV64GC hart: everything the architecture says it holds, and nothing else.
public struct Hart: MachineState, SelfChecking {
  // Wiring, settled when the board is built.

  /// `mhartid`.
  public let identifier: UInt64
  /// Ticks of `time` for cycles of the board's clock.
  public let timebase: Rate

  // Architectural state.

  /// The integer registers.
  public var x = IntegerRegisters()
  /// The floating-point registers.
  public var f = FloatRegisters()
  /// The address of the next instruction.
  public var pc: UInt64
  /// The privilege mode.
  public var privilege = Privilege.machine
  /// The control and status registers.
  public var csr = ControlRegisters()
  /// The reservation made by `lr`: the place in memory, as an offset; all ones when there is none.
  public var reservation: UInt64 = .max
  /// Whether a `wfi` waits for an interrupt.
  public var waiting = false
  /// Instructions retired since power-on.
  public var retired: UInt64 = 0
  /// The interrupt-pending wires from the board, in the bit positions of `mip`.
  public var lines: UInt64 = 0
  /// Ticks that the board's timer adds to `time`.
  public var timeOffset: UInt64 = 0

  /// A hart as it comes out of reset at `pc`.
  public init(identifier: UInt64, pc: UInt64, timebase: Rate) {
    (self.identifier, self.pc, self.timebase) = (identifier, pc, timebase)
  }

  /// What makes a decoded value impossible.
  public var fault: String? {
    if !timebase.isValid { return "a clock that stands still" }
    if pc & 1 != 0 { return "an odd pc" }
    return x.x0 == 0 ? nil : "x0 is not zero"
  }

  /// `time` at `cycle`.
  @inline(__always)
  public func time(at cycle: UInt64) -> UInt64 { timebase.ticks(for: cycle) &+ timeOffset }

  /// The registers must lie one after the other, `sink` last: the engine addresses them by number.
  static func checkLayout() -> Bool {
    MemoryLayout<IntegerRegisters>.size == 33 * 8 && MemoryLayout<FloatRegisters>.size == 32 * 8
      && MemoryLayout<IntegerRegisters>.offset(of: \.x31) == 31 * 8
      && MemoryLayout<IntegerRegisters>.offset(of: \.x0) == 0
      && MemoryLayout<FloatRegisters>.offset(of: \.f31) == 31 * 8 && ProtectionRegisters.checkLayout()
  }
}

/// What the harts of a board can do, in the words of the device tree.
public enum HartDescription {
  /// The value of `riscv,isa`.
  public static let isaString =
    "rv64imafdc_zicbom_zicbop_zicboz_zicntr_zicond_zicsr_zifencei_zihintpause_zihpm_zawrs_zfa_zba_zbb_zbs"
    + "_sstc_svadu_svinval_svnapot_svpbmt"

  /// The value of `riscv,isa-extensions`.
  public static let isaExtensions = [
    "i", "m", "a", "f", "d", "c", "zicbom", "zicbop", "zicboz", "zicntr", "zicond", "zicsr", "zifencei",
    "zihintpause", "zihpm", "zawrs", "zfa", "zba", "zbb", "zbs", "sstc", "svadu", "svinval", "svnapot", "svpbmt",
  ]

  /// Bytes in a block of the cache-block instructions.
  public static let cacheBlockBytes: UInt64 = 64
}
