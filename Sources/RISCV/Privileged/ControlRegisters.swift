public import StateCoding

/// The control and status registers that hold something. Views (`sstatus`, `sip`, …) are computed in `CSRAccess`.
public struct ControlRegisters: MachineState {
  // Machine mode.
  var mstatus: UInt64 = MStatus.reset
  var medeleg: UInt64 = 0
  var mideleg: UInt64 = 0
  var mie: UInt64 = 0
  /// The bits of `mip` that software sets: SSIP, STIP (without Sstc) and the software part of SEIP.
  var softwarePending: UInt64 = 0
  var mtvec: UInt64 = 0
  var mscratch: UInt64 = 0
  var mepc: UInt64 = 0
  var mcause: UInt64 = 0
  var mtval: UInt64 = 0
  var mcounteren: UInt64 = 0
  var mcountinhibit: UInt64 = 0
  var menvcfg: UInt64 = 0
  var pmp = ProtectionRegisters()

  // Counters, as what to add to the board's counts; while inhibited, the frozen value itself.
  var cycleBase: UInt64 = 0
  var instretBase: UInt64 = 0

  // Supervisor mode.
  var stvec: UInt64 = 0
  var sscratch: UInt64 = 0
  var sepc: UInt64 = 0
  var scause: UInt64 = 0
  var stval: UInt64 = 0
  var scounteren: UInt64 = 0
  var senvcfg: UInt64 = 0
  var satp: UInt64 = 0
  var stimecmp: UInt64 = 0

  // Floating point.
  var fflags: UInt8 = 0
  var frm: UInt8 = 0

  /// The values after reset.
  public init() {}
}

/// The fields of `mstatus` (privileged specification, "Machine Status Registers").
enum MStatus {
  static let sie: UInt64 = 1 << 1
  static let mie: UInt64 = 1 << 3
  static let spie: UInt64 = 1 << 5
  static let mpie: UInt64 = 1 << 7
  static let spp: UInt64 = 1 << 8
  static let mpp: UInt64 = 3 << 11
  static let fs: UInt64 = 3 << 13
  static let mprv: UInt64 = 1 << 17
  static let sum: UInt64 = 1 << 18
  static let mxr: UInt64 = 1 << 19
  static let tvm: UInt64 = 1 << 20
  static let tw: UInt64 = 1 << 21
  static let tsr: UInt64 = 1 << 22
  static let sd: UInt64 = 1 << 63
  /// UXL and SXL, both fixed at 64 bits.
  static let reset: UInt64 = (2 << 32) | (2 << 34)

  static let machineMask = sie | mie | spie | mpie | spp | mpp | fs | mprv | sum | mxr | tvm | tw | tsr
  static let supervisorMask = sie | spie | spp | fs | sum | mxr
  static let supervisorView = supervisorMask | (3 << 32) | sd
}

/// Interrupt bits of `mip` and `mie`.
enum InterruptBit {
  static let ssi: UInt64 = 1 << 1
  static let msi: UInt64 = 1 << 3
  static let sti: UInt64 = 1 << 5
  static let mti: UInt64 = 1 << 7
  static let sei: UInt64 = 1 << 9
  static let mei: UInt64 = 1 << 11
  static let supervisor = ssi | sti | sei
  static let all = ssi | msi | sti | mti | sei | mei
}

/// The fields of `menvcfg` and `senvcfg` (privileged specification, "Machine Environment Configuration Register").
enum EnvironmentConfiguration {
  static let fiom: UInt64 = 1
  static let cbie: UInt64 = 3 << 4
  static let cbcfe: UInt64 = 1 << 6
  static let cbze: UInt64 = 1 << 7
  static let adue: UInt64 = 1 << 61
  static let pbmte: UInt64 = 1 << 62
  static let stce: UInt64 = 1 << 63
  static let supervisorMask = fiom | cbie | cbcfe | cbze
  static let machineMask = supervisorMask | adue | pbmte | stce
}

/// The registers of physical memory protection: sixteen entries, and two registers with the configuration of eight
/// each.
public struct ProtectionRegisters: MachineState {
  var pmpcfg0: UInt64 = 0, pmpcfg2: UInt64 = 0
  var pmpaddr0: UInt64 = 0, pmpaddr1: UInt64 = 0, pmpaddr2: UInt64 = 0, pmpaddr3: UInt64 = 0
  var pmpaddr4: UInt64 = 0, pmpaddr5: UInt64 = 0, pmpaddr6: UInt64 = 0, pmpaddr7: UInt64 = 0
  var pmpaddr8: UInt64 = 0, pmpaddr9: UInt64 = 0, pmpaddr10: UInt64 = 0, pmpaddr11: UInt64 = 0
  var pmpaddr12: UInt64 = 0, pmpaddr13: UInt64 = 0, pmpaddr14: UInt64 = 0, pmpaddr15: UInt64 = 0

  static let count = 16

  /// The configuration of entry `index`, 0 to 15.
  func configuration(_ index: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: (index < 8 ? pmpcfg0 : pmpcfg2) >> UInt64(index % 8 * 8))
  }

  mutating func setConfiguration(_ index: Int, _ value: UInt8) {
    let shift = UInt64(index % 8 * 8)
    let mask = UInt64(0xff) << shift
    if index < 8 { pmpcfg0 = (pmpcfg0 & ~mask) | UInt64(value) << shift }
    if index >= 8 { pmpcfg2 = (pmpcfg2 & ~mask) | UInt64(value) << shift }
  }

  /// The address register of entry `index`, 0 to 15.
  subscript(index: Int) -> UInt64 {
    get { withUnsafeBytes(of: self) { $0.load(fromByteOffset: 16 + (index & 15) * 8, as: UInt64.self) } }
    set {
      withUnsafeMutableBytes(of: &self) {
        $0.storeBytes(of: newValue, toByteOffset: 16 + (index & 15) * 8, as: UInt64.self)
      }
    }
  }

  /// The address registers must lie one after the other behind the configuration.
  static func checkLayout() -> Bool {
    MemoryLayout<ProtectionRegisters>.size == 18 * 8
      && MemoryLayout<ProtectionRegisters>.offset(of: \.pmpaddr15) == 17 * 8
  }
}
