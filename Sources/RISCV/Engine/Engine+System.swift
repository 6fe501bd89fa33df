internal import Bits

// Operations after which modes, time or interrupts may differ. They end a run.

extension Engine {
  /// Executes the system operation `op` of the instruction at `core.pc`, whose run ends with it and is paid for.
  func system(_ op: Op, _ operation: Operation) -> Status {
    // Time as it stands before this instruction.
    core.pointee.stepsLeft &+= 1
    core.pointee.cyclesLeft &+= Int(cost(op))
    settle()
    let status = perform(op, operation)
    core.pointee.stepsLeft &-= 1
    core.pointee.cyclesLeft &-= Int(cost(op))
    return status
  }

  /// Reads `time`, if that is all `op` does, without ado: guests wait in loops that do.
  /// - Returns: whether it has been done.
  @inline(__always)
  func readTime(_ op: Op) -> Bool {
    guard op.readsTime, core.pointee.clockIsReadable else { return false }
    let before = core.pointee.cycleBudget &- core.pointee.cyclesLeft &- Int(cost(op))
    let time = hart.pointee.time(at: core.pointee.cycles &+ UInt64(bitPattern: Int64(before)))
    if op.rd != 0 { core.pointee.x[Int(op.rd)] = time }
    return true
  }

  /// Whether generated code may go on behind the system operation `op`, whose run ends with it: it looks everything up
  /// anew, so all that matters is that its page is still where it was, and that nobody waits.
  func goesOn(behind op: Op) -> Bool {
    guard !core.pointee.attention else { return false }
    switch Operation(rawValue: op.extra) {
    case .csrrw, .csrrs, .csrrc, .csrrwi, .csrrsi, .csrrci: return !core.pointee.mustLeave
    case .fenceI, .sfenceVma, .sinvalVma, .sfenceWInval, .sfenceInvalIr: return true
    default: return false
    }
  }

  private func perform(_ op: Op, _ operation: Operation) -> Status {
    switch operation {
    case .csrrw, .csrrs, .csrrc: return accessCSR(op, operation, source: core.pointee.x[Int(op.rs1)])
    case .csrrwi, .csrrsi, .csrrci: return accessCSR(op, operation, source: UInt64(op.rs1))
    case .ecall: return raise(callCause, 0)
    case .ebreak: return raise(.breakpoint, core.pointee.pc)
    case .mret: return returnFromTrap(op, from: .machine)
    case .sret: return returnFromTrap(op, from: .supervisor)
    case .wfi: return waitForInterrupt(op)
    // Nothing is cached that the guest could see (DESIGN §4), so the fences have only their permissions to check.
    case .fenceI: return .leave
    case .sfenceVma, .sinvalVma: return fenceTranslations(trapsWithTVM: true)
    case .sfenceWInval, .sfenceInvalIr: return fenceTranslations(trapsWithTVM: false)
    default: return illegal()
    }
  }

  private func raise(_ cause: ExceptionCause, _ value: UInt64) -> Status {
    core.pointee.exception = Exception(cause: cause, value: value)
    return .exception
  }

  private var callCause: ExceptionCause {
    switch hart.pointee.privilege {
    case .user: .userCall
    case .supervisor: .supervisorCall
    case .machine: .machineCall
    }
  }

  /// The cycle at which the instruction under way will have retired.
  private func cycleAfter(_ op: Op) -> UInt64 { core.pointee.cycles &+ UInt64(cost(op)) }

  /// Modes may have changed: look again at what depends on them.
  private func reconsider(_ op: Op) {
    selectBanks()
    if hart.pointee.interruptToTake(at: cycleAfter(op)) != nil { core.pointee.attention = true }
  }

  private func accessCSR(_ op: Op, _ operation: Operation, source: UInt64) -> Status {
    let number = Int(op.immediate)
    core.pointee.mustLeave = false
    let replaces = operation == .csrrw || operation == .csrrwi
    let writes = replaces || op.rs1 != 0
    guard let old = hart.readCSR(number, writes: writes, cycle: core.pointee.cycles) else { return illegal() }
    if writes {
      let base = hart.modifyBase(number, read: old)
      let new: UInt64 =
        switch operation {
        case .csrrs, .csrrsi: base | source
        case .csrrc, .csrrci: base & ~source
        default: source
        }
      let effects = hart.pointee.writeCSR(number, new, cycle: cycleAfter(op))
      if effects.contains(.translation) {
        dropTranslations()
        core.pointee.mustLeave = true
      }
      if number == CSRNumber.stimecmp || number == CSRNumber.menvcfg { core.pointee.attention = true }
    }
    if op.rd != 0 { core.pointee.x[Int(op.rd)] = old }
    // A read changes nothing, so the next run can begin at once.
    guard writes else { return .nextRun }
    reconsider(op)
    return .leave
  }

  private func returnFromTrap(_ op: Op, from level: Privilege) -> Status {
    let status = hart.pointee.csr.mstatus
    let privilege = hart.pointee.privilege
    guard privilege.rawValue >= level.rawValue else { return illegal() }
    if level == .supervisor, privilege == .supervisor, status & MStatus.tsr != 0 { return illegal() }
    if level == .machine { hart.pointee.returnFromMachine() } else { hart.pointee.returnFromSupervisor() }
    core.pointee.pc = hart.pointee.pc
    reconsider(op)
    return .transfer
  }

  /// `wfi`, which may trap below machine mode when TW is set, and always does in user mode, where nothing would end it.
  private func waitForInterrupt(_ op: Op) -> Status {
    let privilege = hart.pointee.privilege
    if privilege == .user { return illegal() }
    if privilege == .supervisor, hart.pointee.csr.mstatus & MStatus.tw != 0 { return illegal() }
    if !hart.pointee.isWoken(at: cycleAfter(op)) { hart.pointee.waiting = true }
    return .leave
  }

  private func fenceTranslations(trapsWithTVM: Bool) -> Status {
    let privilege = hart.pointee.privilege
    if privilege == .user { return illegal() }
    if trapsWithTVM, privilege == .supervisor, hart.pointee.csr.mstatus & MStatus.tvm != 0 { return illegal() }
    return .leave
  }
}

extension Op {
  /// Whether it is a `rdtime`.
  @inline(__always)
  var readsTime: Bool {
    extra == Operation.csrrs.rawValue && Int(immediate) == CSRNumber.time && rs1 == 0 && code == .system
  }
}
