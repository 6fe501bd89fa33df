internal import Bits

/// What writing a CSR means for what the engine has cached.
struct CSRWriteEffects: OptionSet {
  let rawValue: UInt8
  /// Translations or protections may have changed: drop all of them.
  static let translation = CSRWriteEffects(rawValue: 1)
}

/// The CSR numbers that code names (privileged specification, "CSR Listing").
enum CSRNumber {
  static let fflags = 0x001, frm = 0x002, fcsr = 0x003
  static let sstatus = 0x100, sie = 0x104, stvec = 0x105, scounteren = 0x106, senvcfg = 0x10a
  static let sscratch = 0x140, sepc = 0x141, scause = 0x142, stval = 0x143, sip = 0x144, stimecmp = 0x14d
  static let satp = 0x180
  static let mstatus = 0x300, misa = 0x301, medeleg = 0x302, mideleg = 0x303, mie = 0x304, mtvec = 0x305
  static let mcounteren = 0x306, menvcfg = 0x30a, mcountinhibit = 0x320
  static let mscratch = 0x340, mepc = 0x341, mcause = 0x342, mtval = 0x343, mip = 0x344
  static let tselect = 0x7a0, tinfo = 0x7a4
  static let mcycle = 0xb00, minstret = 0xb02
  static let cycle = 0xc00, time = 0xc01, instret = 0xc02
  static let mvendorid = 0xf11, marchid = 0xf12, mimpid = 0xf13, mhartid = 0xf14, mconfigptr = 0xf15
}

// Reads go through a pointer: a method of `Hart` itself would be handed a copy of all its registers.

extension UnsafeMutablePointer<Hart> {
  /// Whether the current mode may access CSR `number`, for writing if `writes`. Registers that do not exist are found
  /// by `read`.
  private func mayAccess(_ number: Int, writes: Bool) -> Bool {
    if writes && number >> 10 == 3 { return false }
    guard Int(pointee.privilege.rawValue) >= (number >> 8) & 3 else { return false }
    switch number {
    case CSRNumber.fflags...CSRNumber.fcsr: return pointee.csr.mstatus & MStatus.fs != 0
    case CSRNumber.satp: return !(pointee.privilege == .supervisor && pointee.csr.mstatus & MStatus.tvm != 0)
    case CSRNumber.cycle...0xc1f: return isCounterEnabled(number & 31)
    case CSRNumber.stimecmp:
      return pointee.privilege == .machine
        || (pointee.csr.menvcfg & EnvironmentConfiguration.stce != 0 && pointee.csr.mcounteren.bit(1))
    default: return true
    }
  }

  func isCounterEnabled(_ index: Int) -> Bool {
    switch pointee.privilege {
    case .machine: true
    case .supervisor: pointee.csr.mcounteren.bit(index)
    case .user: pointee.csr.mcounteren.bit(index) && pointee.csr.scounteren.bit(index)
    }
  }

  /// The value of CSR `number` for a read by an instruction at `cycle`; `nil` when the access is illegal.
  func readCSR(_ number: Int, writes: Bool, cycle: UInt64) -> UInt64? {
    guard mayAccess(number, writes: writes) else { return nil }
    switch number {
    case CSRNumber.fflags: return UInt64(pointee.csr.fflags)
    case CSRNumber.frm: return UInt64(pointee.csr.frm)
    case CSRNumber.fcsr: return UInt64(pointee.csr.fflags) | UInt64(pointee.csr.frm) << 5
    case CSRNumber.cycle, CSRNumber.mcycle:
      return pointee.csr.mcountinhibit.bit(0) ? pointee.csr.cycleBase : cycle &+ pointee.csr.cycleBase
    case CSRNumber.time: return pointee.time(at: cycle)
    case CSRNumber.instret, CSRNumber.minstret:
      return pointee.csr.mcountinhibit.bit(2) ? pointee.csr.instretBase : pointee.retired &+ pointee.csr.instretBase
    case 0xc03...0xc1f, 0xb03...0xb1f, 0x323...0x33f: return 0
    case 0x100..<0x200: return readSupervisorCSR(number, cycle: cycle)
    default: return readMachineCSR(number, cycle: cycle)
    }
  }

  private func readSupervisorCSR(_ number: Int, cycle: UInt64) -> UInt64? {
    switch number {
    case CSRNumber.sstatus: return statusWithDirty & MStatus.supervisorView
    case CSRNumber.sie: return pointee.csr.mie & pointee.csr.mideleg
    case CSRNumber.stvec: return pointee.csr.stvec
    case CSRNumber.scounteren: return pointee.csr.scounteren
    case CSRNumber.senvcfg: return pointee.csr.senvcfg
    case CSRNumber.sscratch: return pointee.csr.sscratch
    case CSRNumber.sepc: return pointee.csr.sepc
    case CSRNumber.scause: return pointee.csr.scause
    case CSRNumber.stval: return pointee.csr.stval
    case CSRNumber.sip: return pendingInterrupts(at: cycle) & pointee.csr.mideleg
    case CSRNumber.stimecmp: return pointee.csr.stimecmp
    case CSRNumber.satp: return pointee.csr.satp
    default: return nil
    }
  }

  private func readMachineCSR(_ number: Int, cycle: UInt64) -> UInt64? {
    switch number {
    case CSRNumber.mstatus: return statusWithDirty
    case CSRNumber.misa: return Hart.misa
    case CSRNumber.medeleg: return pointee.csr.medeleg
    case CSRNumber.mideleg: return pointee.csr.mideleg
    case CSRNumber.mie: return pointee.csr.mie
    case CSRNumber.mtvec: return pointee.csr.mtvec
    case CSRNumber.mcounteren: return pointee.csr.mcounteren
    case CSRNumber.menvcfg: return pointee.csr.menvcfg
    case CSRNumber.mcountinhibit: return pointee.csr.mcountinhibit
    case CSRNumber.mscratch: return pointee.csr.mscratch
    case CSRNumber.mepc: return pointee.csr.mepc
    case CSRNumber.mcause: return pointee.csr.mcause
    case CSRNumber.mtval: return pointee.csr.mtval
    case CSRNumber.mip: return pendingInterrupts(at: cycle)
    case 0x3a0: return pointee.csr.pmp.pmpcfg0
    case 0x3a2: return pointee.csr.pmp.pmpcfg2
    case 0x3b0...0x3bf: return pointee.csr.pmp[number & 15]
    // No debug triggers: every one selected is of type 0, "no trigger" (debug specification, "Trigger Module").
    case CSRNumber.tselect..<CSRNumber.tinfo: return 0
    case CSRNumber.tinfo: return 1
    case CSRNumber.mvendorid, CSRNumber.marchid, CSRNumber.mimpid, CSRNumber.mconfigptr: return 0
    case CSRNumber.mhartid: return pointee.identifier
    default: return nil
    }
  }

  /// `mstatus` with its summary bit.
  private var statusWithDirty: UInt64 {
    pointee.csr.mstatus & MStatus.fs == MStatus.fs ? pointee.csr.mstatus | MStatus.sd : pointee.csr.mstatus
  }

  /// What a read-modify-write of CSR `number` starts from: for `mip`, the software part of SEIP and not the wire
  /// (privileged specification, "Machine Interrupt Registers").
  func modifyBase(_ number: Int, read: UInt64) -> UInt64 {
    guard number == CSRNumber.mip || number == CSRNumber.sip else { return read }
    return (read & ~InterruptBit.sei) | (pointee.csr.softwarePending & InterruptBit.sei)
  }

  /// `mip` at `cycle`.
  func pendingInterrupts(at cycle: UInt64) -> UInt64 {
    var bits = pointee.lines | pointee.csr.softwarePending
    if pointee.csr.menvcfg & EnvironmentConfiguration.stce != 0 {
      bits &= ~InterruptBit.sti
      if pointee.time(at: cycle) >= pointee.csr.stimecmp { bits |= InterruptBit.sti }
    }
    return bits
  }
}

extension Hart {
  /// RV64 with A, C, D, F, I, M, S and U.
  static let misa: UInt64 = (2 << 62) | 0x14112d

  /// Writes CSR `number`, which `readCSR` has found to exist and be writable. `cycle` is the cycle at which the writing
  /// instruction retires; it has not been counted in `retired` yet.
  mutating func writeCSR(_ number: Int, _ value: UInt64, cycle: UInt64) -> CSRWriteEffects {
    switch number {
    case CSRNumber.fflags, CSRNumber.frm, CSRNumber.fcsr:
      writeFloatCSR(number, value)
      return []
    case CSRNumber.mcycle: csr.cycleBase = csr.mcountinhibit.bit(0) ? value : value &- cycle
    case CSRNumber.minstret: csr.instretBase = csr.mcountinhibit.bit(2) ? value : value &- (retired &+ 1)
    case 0x100..<0x200: return writeSupervisorCSR(number, value)
    default: return writeMachineCSR(number, value, cycle: cycle)
    }
    return []
  }

  private mutating func writeFloatCSR(_ number: Int, _ value: UInt64) {
    if number != CSRNumber.frm { csr.fflags = UInt8(value & 31) }
    if number == CSRNumber.frm { csr.frm = UInt8(value & 7) }
    if number == CSRNumber.fcsr { csr.frm = UInt8(value.bits(5, 3)) }
    csr.mstatus |= MStatus.fs
  }

  private mutating func writeSupervisorCSR(_ number: Int, _ value: UInt64) -> CSRWriteEffects {
    switch number {
    case CSRNumber.sstatus: return writeStatus(value, mask: MStatus.supervisorMask)
    case CSRNumber.sie: csr.mie = csr.mie.replacing(csr.mideleg & InterruptBit.all, with: value)
    case CSRNumber.stvec: csr.stvec = Self.legalVector(value, old: csr.stvec)
    case CSRNumber.scounteren: csr.scounteren = value & 0xffff_ffff
    case CSRNumber.senvcfg:
      csr.senvcfg = Self.legalEnvironment(value, old: csr.senvcfg, mask: EnvironmentConfiguration.supervisorMask)
    case CSRNumber.sscratch: csr.sscratch = value
    case CSRNumber.sepc: csr.sepc = value & ~1
    case CSRNumber.scause: csr.scause = value
    case CSRNumber.stval: csr.stval = value
    case CSRNumber.sip:
      csr.softwarePending = csr.softwarePending.replacing(csr.mideleg & InterruptBit.ssi, with: value)
    case CSRNumber.stimecmp: csr.stimecmp = value
    case CSRNumber.satp:
      // An unsupported mode leaves the register as it is ("Supervisor Address Translation and Protection Register").
      guard [0, 8, 9, 10].contains(value >> 60) else { return [] }
      csr.satp = value
      return .translation
    default: break
    }
    return []
  }

  private mutating func writeMachineCSR(_ number: Int, _ value: UInt64, cycle: UInt64) -> CSRWriteEffects {
    switch number {
    case CSRNumber.mstatus: return writeStatus(value, mask: MStatus.machineMask)
    case CSRNumber.medeleg: csr.medeleg = value & ExceptionCause.delegable
    case CSRNumber.mideleg: csr.mideleg = value & InterruptBit.supervisor
    case CSRNumber.mie: csr.mie = value & InterruptBit.all
    case CSRNumber.mtvec: csr.mtvec = Self.legalVector(value, old: csr.mtvec)
    case CSRNumber.mcounteren: csr.mcounteren = value & 0xffff_ffff
    case CSRNumber.menvcfg:
      csr.menvcfg = Self.legalEnvironment(value, old: csr.menvcfg, mask: EnvironmentConfiguration.machineMask)
      return .translation
    case CSRNumber.mcountinhibit: writeInhibit(value & 5, cycle: cycle)
    case CSRNumber.mscratch: csr.mscratch = value
    case CSRNumber.mepc: csr.mepc = value & ~1
    case CSRNumber.mcause: csr.mcause = value
    case CSRNumber.mtval: csr.mtval = value
    case CSRNumber.mip:
      let hasTimer = csr.menvcfg & EnvironmentConfiguration.stce != 0
      let mask = hasTimer ? InterruptBit.ssi | InterruptBit.sei : InterruptBit.supervisor
      csr.softwarePending = csr.softwarePending.replacing(mask, with: value)
    case 0x3a0, 0x3a2:
      writePMPConfiguration(number & 3, value)
      return .translation
    case 0x3b0...0x3bf:
      writePMPAddress(number & 15, value)
      return .translation
    default: break
    }
    return []
  }

  private mutating func writeStatus(_ value: UInt64, mask: UInt64) -> CSRWriteEffects {
    let old = csr.mstatus
    var new = old.replacing(mask, with: value)
    if new & MStatus.mpp == 2 << 11 { new = new.replacing(MStatus.mpp, with: old) }
    csr.mstatus = new
    // SUM and MPRV select among translations that are kept apart; MXR changes what a translation permits.
    return (old ^ new) & MStatus.mxr != 0 ? .translation : []
  }

  private mutating func writeInhibit(_ value: UInt64, cycle: UInt64) {
    let changed = csr.mcountinhibit ^ value
    if changed.bit(0) { csr.cycleBase = value.bit(0) ? csr.cycleBase &+ cycle : csr.cycleBase &- cycle }
    if changed.bit(2) {
      csr.instretBase = value.bit(2) ? csr.instretBase &+ retired &+ 1 : csr.instretBase &- retired &- 1
    }
    csr.mcountinhibit = value
  }

  /// Modes 0 and 1 exist; a write of another keeps the old mode.
  private static func legalVector(_ value: UInt64, old: UInt64) -> UInt64 {
    value & 2 == 0 ? value : (value & ~3) | (old & 3)
  }

  /// CBIE has no encoding 2.
  private static func legalEnvironment(_ value: UInt64, old: UInt64, mask: UInt64) -> UInt64 {
    let cbie = EnvironmentConfiguration.cbie
    let kept = value & cbie == 2 << 4 ? value.replacing(cbie, with: old) : value
    return kept & mask
  }

  private mutating func writePMPConfiguration(_ register: Int, _ value: UInt64) {
    for index in 0..<8 {
      let entry = register * 4 + index
      guard csr.pmp.configuration(entry) & PMP.locked == 0 else { continue }
      var configuration = UInt8(truncatingIfNeeded: value >> UInt64(index * 8)) & PMP.mask
      // W without R is reserved: the write of those two bits is ignored.
      if configuration & 3 == 2 { configuration &= ~2 }
      csr.pmp.setConfiguration(entry, configuration)
    }
  }

  private mutating func writePMPAddress(_ index: Int, _ value: UInt64) {
    guard csr.pmp.configuration(index) & PMP.locked == 0 else { return }
    if index < 15 {
      let next = csr.pmp.configuration(index + 1)
      if next & PMP.locked != 0 && next & PMP.mode == PMP.topOfRange { return }
    }
    csr.pmp[index] = value & UInt64.lowBits(54)
  }
}
