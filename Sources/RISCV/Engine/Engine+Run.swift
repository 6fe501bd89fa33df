internal import Backplane
internal import Bits

// The loop around the dispatch loop: budgets, traps and single steps.

extension Engine {
  /// Steps and cycles given to the dispatch loop at once, at most; keeps its arithmetic far from overflow.
  private static let mostAtOnce: UInt64 = 1 << 40

  func run(stepLimit: UInt64, cycleLimit: UInt64, passedBreakpoint: UInt64?) -> Interpreter.Outcome {
    while true {
      if hart.pointee.waiting { return .waiting }
      let c = core.pointee
      guard c.steps < stepLimit, c.cycles < cycleLimit else { return .limit }
      give(
        steps: Int(min(stepLimit - c.steps, Self.mostAtOnce)), cycles: Int(min(cycleLimit - c.cycles, Self.mostAtOnce)))
      var exit = dispatch()
      settle()
      if exit == .singleStep {
        guard core.pointee.steps < stepLimit, core.pointee.cycles < cycleLimit else { return .limit }
        if core.pointee.hasBreakpoints, passedBreakpoint != core.pointee.steps, stopsHere() {
          core.pointee.attention = false
          return .hit(makeHit(.breakpoint(core.pointee.pc), step: core.pointee.steps))
        }
        exit = singleStep()
      }
      switch exit {
      case .exception: takeException()
      case .device: return .device(core.pointee.access)
      case .reconsider, .singleStep: break
      }
      if core.pointee.isHit, let hit = takeHit() { return .hit(hit) }
      if core.pointee.attention {
        core.pointee.attention = false
        return .attention
      }
    }
  }

  private func give(steps: Int, cycles: Int) {
    core.pointee.stepsLeft = steps
    core.pointee.cyclesLeft = cycles
    core.pointee.stepBudget = steps
    core.pointee.cycleBudget = cycles
  }

  /// Counts what the dispatch loop has used of its budget since the last time.
  func settle() {
    let steps = UInt64(bitPattern: Int64(core.pointee.stepBudget &- core.pointee.stepsLeft))
    core.pointee.steps &+= steps
    core.pointee.cycles &+= UInt64(bitPattern: Int64(core.pointee.cycleBudget &- core.pointee.cyclesLeft))
    core.pointee.stepBudget = core.pointee.stepsLeft
    core.pointee.cycleBudget = core.pointee.cyclesLeft
    hart.pointee.retired &+= steps
  }

  /// Enters the handler of `core.exception`: one step, none retired.
  private func takeException() {
    hart.pointee.pc = core.pointee.pc
    if core.pointee.exception.cause == .illegalInstruction {
      core.pointee.exception.value = UInt64(fetchBits(core.pointee.pc) ?? 0)
    }
    core.pointee.storm.note(
      core.pointee.exception, pc: core.pointee.pc, steps: core.pointee.steps, cycles: core.pointee.cycles)
    hart.pointee.take(core.pointee.exception)
    core.pointee.pc = hart.pointee.pc
    core.pointee.steps &+= 1
    core.pointee.cycles &+= CostModel.trapCycles
    if core.pointee.hasRegisters { noteTrap(into: hart.pointee.privilege) }
    selectBanks()
    if hart.pointee.interruptToTake(at: core.pointee.cycles) != nil { core.pointee.attention = true }
  }

  /// Executes the one instruction at `pc`, which may straddle two pages, from a place of its own. Whatever executes an
  /// instruction that may be stopped at does it here.
  private func singleStep() -> Exit {
    guard let bits = fetchBits(core.pointee.pc) else { return .exception }
    let instruction = Decoder.decode(bits)
    let ops = core.pointee.singleStepOps
    var op = makeOp(instruction, slot: nil)
    op.runSteps = 1
    op.runCycles = core.pointee.costs[Int(instruction.operation.rawValue)]
    let end = Op(code: .singleStepEnd)
    ops[0] = op
    ops[1] = end
    ops[2] = end
    give(steps: 1, cycles: Int(op.runCycles))
    let before = floatState
    let exit = dispatch(from: ops)
    settle()
    if core.pointee.hasRegisters, exit == .reconsider { noteRegisters(instruction.registersWritten, since: before) }
    return exit
  }

  /// See `Interpreter.finish`.
  func finish(_ access: DeviceAccess, value: UInt64?) {
    guard let value else {
      core.pointee.exception = Exception(
        cause: access.isStore ? .storeAccess : .loadAccess, value: access.virtualAddress)
      takeException()
      return
    }
    noteAccess(
      Touch(address: access.virtualAddress, physical: access.address, count: Int(access.bytes)),
      reads: !access.isStore, writes: access.isStore)
    let before = floatState
    if !access.isStore { writeLoaded(access, value) }
    if access.operation == .flw || access.operation == .fld { hart.pointee.csr.mstatus |= MStatus.fs }
    if core.pointee.hasRegisters { noteRegisters(access.registersWritten, since: before) }
    core.pointee.pc &+= UInt64(access.length)
    core.pointee.steps &+= 1
    core.pointee.cycles &+= UInt64(core.pointee.costs[Int(access.operation.rawValue)])
    hart.pointee.retired &+= 1
  }

  private func writeLoaded(_ access: DeviceAccess, _ value: UInt64) {
    let register = Int(access.destination)
    switch access.operation {
    case .lb: core.pointee.x[register] = value.signExtended(from: 8)
    case .lh: core.pointee.x[register] = value.signExtended(from: 16)
    case .lw: core.pointee.x[register] = value.signExtended(from: 32)
    case .flw: core.pointee.f[register] = value | 0xffff_ffff_0000_0000
    case .fld: core.pointee.f[register] = value
    default: core.pointee.x[register] = value & (access.bytes == 8 ? ~0 : UInt64.lowBits(Int(access.bytes) * 8))
    }
  }
}

extension DeviceAccess {
  /// The register that its instruction writes, by `RegisterNumber`.
  fileprivate var registersWritten: [Int] {
    if isStore { return [] }
    if operation.writesFloatRegister { return [RegisterNumber.f0 + Int(destination)] }
    return (1..<32).contains(destination) ? [RegisterNumber.x0 + Int(destination)] : []
  }
}
