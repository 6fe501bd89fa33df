internal import Bits
internal import VirtualTime

/// An exception cause, by its number (privileged specification, table "Machine cause register values").
enum ExceptionCause: UInt8 {
  case instructionMisaligned = 0
  case instructionAccess = 1
  case illegalInstruction = 2
  case breakpoint = 3
  case loadMisaligned = 4
  case loadAccess = 5
  case storeMisaligned = 6
  case storeAccess = 7
  case userCall = 8
  case supervisorCall = 9
  case machineCall = 11
  case instructionPage = 12
  case loadPage = 13
  case storePage = 15

  /// The bits of `medeleg` that can be set.
  static let delegable: UInt64 = 0xb3ff
}

/// An exception: its cause and the value for `mtval` or `stval`.
struct Exception: Equatable {
  var cause: ExceptionCause
  var value: UInt64
}

extension Hart {
  /// `mip` at `cycle`.
  private mutating func pending(at cycle: UInt64) -> UInt64 {
    withUnsafeMutablePointer(to: &self) { $0.pendingInterrupts(at: cycle) }
  }

  // Asked through a pointer to the hart, which a non-mutating method would copy.

  /// Whether an interrupt that is enabled in `mie` is pending, which ends a `wfi` whatever the global enables say.
  public mutating func isWoken(at cycle: UInt64) -> Bool { pending(at: cycle) & csr.mie != 0 }

  /// The first cycle after `cycle` at which the interrupt of `stimecmp` begins, or ends because `time` wraps; all ones
  /// when it does neither.
  public mutating func timerCycle(after cycle: UInt64) -> UInt64 {
    guard csr.menvcfg & EnvironmentConfiguration.stce != 0 else { return .max }
    let now = time(at: cycle)
    let isPending = now >= csr.stimecmp
    if isPending, csr.stimecmp == 0 { return .max }
    // Count from the present tick, because `time` may wrap past its offset.
    let wait = isPending ? 0 &- now : csr.stimecmp - now
    let (target, overflow) = timebase.ticks(for: cycle).addingReportingOverflow(wait)
    return overflow ? .max : timebase.count(until: target)
  }

  /// The interrupt that is to be taken before the next instruction, by its cause number.
  public mutating func interruptToTake(at cycle: UInt64) -> UInt8? {
    let candidates = pending(at: cycle) & csr.mie
    guard candidates != 0 else { return nil }
    let machineEnabled = privilege != .machine || csr.mstatus & MStatus.mie != 0
    let supervisorEnabled =
      privilege == .user || (privilege == .supervisor && csr.mstatus & MStatus.sie != 0)
    let forMachine = machineEnabled ? candidates & ~csr.mideleg : 0
    let forSupervisor = supervisorEnabled ? candidates & csr.mideleg : 0
    let chosen = forMachine != 0 ? forMachine : forSupervisor
    // Priority: MEI, MSI, MTI, SEI, SSI, STI ("Machine Interrupt Registers").
    for cause: UInt8 in [11, 3, 7, 9, 1, 5] where chosen.bit(Int(cause)) { return cause }
    return nil
  }

  /// Enters the handler of interrupt `cause`. Takes one step and `CostModel.trapCycles`, which the caller counts.
  public mutating func takeInterrupt(_ cause: UInt8) {
    waiting = false
    enterTrap(cause: cause, value: 0, isInterrupt: true)
  }

  /// Enters the handler of `exception`, raised by the instruction at `pc`.
  mutating func take(_ exception: Exception) {
    enterTrap(cause: exception.cause.rawValue, value: exception.value, isInterrupt: false)
  }

  private mutating func enterTrap(cause: UInt8, value: UInt64, isInterrupt: Bool) {
    let delegation = isInterrupt ? csr.mideleg : csr.medeleg
    let code = UInt64(cause) | (isInterrupt ? 1 << 63 : 0)
    if privilege != .machine && delegation.bit(Int(cause)) {
      csr.sepc = pc
      csr.scause = code
      csr.stval = value
      let enabled = csr.mstatus & MStatus.sie != 0
      csr.mstatus &= ~(MStatus.sie | MStatus.spie | MStatus.spp)
      if enabled { csr.mstatus |= MStatus.spie }
      if privilege == .supervisor { csr.mstatus |= MStatus.spp }
      privilege = .supervisor
      pc = Self.vector(csr.stvec, cause: cause, isInterrupt: isInterrupt)
    } else {
      csr.mepc = pc
      csr.mcause = code
      csr.mtval = value
      let enabled = csr.mstatus & MStatus.mie != 0
      csr.mstatus &= ~(MStatus.mie | MStatus.mpie | MStatus.mpp)
      if enabled { csr.mstatus |= MStatus.mpie }
      csr.mstatus |= UInt64(privilege.rawValue) << 11
      privilege = .machine
      pc = Self.vector(csr.mtvec, cause: cause, isInterrupt: isInterrupt)
    }
  }

  private static func vector(_ register: UInt64, cause: UInt8, isInterrupt: Bool) -> UInt64 {
    let base = register & ~3
    return isInterrupt && register & 3 == 1 ? base &+ UInt64(cause) &* 4 : base
  }

  /// `mret`: the caller has checked that it is legal.
  mutating func returnFromMachine() {
    let previous = Privilege(rawValue: UInt8(csr.mstatus.bits(11, 2))) ?? .user
    let enable = csr.mstatus & MStatus.mpie != 0
    csr.mstatus &= ~(MStatus.mie | MStatus.mpp)
    csr.mstatus |= MStatus.mpie | (enable ? MStatus.mie : 0)
    if previous != .machine { csr.mstatus &= ~MStatus.mprv }
    privilege = previous
    pc = csr.mepc
  }

  /// `sret`: the caller has checked that it is legal.
  mutating func returnFromSupervisor() {
    let previous: Privilege = csr.mstatus & MStatus.spp != 0 ? .supervisor : .user
    let enable = csr.mstatus & MStatus.spie != 0
    csr.mstatus &= ~(MStatus.sie | MStatus.spp | MStatus.mprv)
    csr.mstatus |= MStatus.spie | (enable ? MStatus.sie : 0)
    privilege = previous
    pc = csr.sepc
  }
}

extension Hart {
  /// Sets SSIP, as the supervisor software-interrupt device of the ACLINT asks; only software clears it.
  public mutating func requestSupervisorSoftwareInterrupt() { csr.softwarePending |= InterruptBit.ssi }
}
