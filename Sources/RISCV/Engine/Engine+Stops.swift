internal import Backplane

// Stop points. None of this is in the dispatch loop: an instruction that may be stopped at is decoded as one to be
// executed by itself, and a page that is watched has no cached translations, so that accesses to it come the slow way.

/// A part of an access within one page.
struct Touch {
  var address: UInt64
  var physical: UInt64
  var count: Int
}

extension Watchpoint {
  fileprivate func touches(_ part: Touch) -> Bool {
    touches(space == .virtual ? part.address : part.physical, count: UInt64(part.count))
  }
}

extension Engine {
  private var table: UnsafeMutablePointer<StopTable> { core.pointee.stops }

  /// Takes over `points`, and drops what was decoded and cached without regard to them.
  func setStops(_ points: StopPoints) {
    let old = table.pointee.points
    let oldRegisters = table.pointee.registers
    table.pointee.set(points)
    core.pointee.hasBreakpoints = !points.breakpoints.isEmpty
    core.pointee.hasWatchpoints = !points.watchpoints.isEmpty
    core.pointee.hasRegisters = !table.pointee.registers.isEmpty
    core.pointee.isHit = false
    if old.breakpoints != points.breakpoints {
      core.pointee.guardedSlots.update(repeating: 0, count: Op.slotsPerPage / 64)
      for pc in points.breakpoints {
        let slot = Int(pc & 0xffe) / 2
        core.pointee.guardedSlots[slot / 64] |= 1 << UInt64(slot % 64)
      }
    }
    if oldRegisters != table.pointee.registers {
      dropCode()
    } else if old.breakpoints != points.breakpoints {
      dropCode(atSlots: (old.breakpoints + points.breakpoints).map { Int($0 & 0xffe) / 2 })
    }
    if old.watchpoints != points.watchpoints { dropDataTranslations() }
  }

  // MARK: Breakpoints and watched registers

  /// Whether the instruction at `slot` of any page is to be executed by itself, whatever it is.
  func isGuarded(slot: Int) -> Bool {
    core.pointee.hasBreakpoints && core.pointee.guardedSlots[slot / 64] >> UInt64(slot % 64) & 1 != 0
  }

  /// Whether `instruction` is to be executed by itself, because of what it writes.
  func isGuarded(_ instruction: Instruction) -> Bool {
    guard core.pointee.hasRegisters else { return false }
    return table.pointee.watches(instruction.registersWritten)
      || instruction.changesFloatState && table.pointee.watchesFloatState
  }

  /// Whether there is a breakpoint at `pc`.
  func hasBreakpoint(at pc: UInt64) -> Bool { core.pointee.hasBreakpoints && table.pointee.hasBreakpoint(at: pc) }

  /// Whether the run is to stop before the instruction at `core.pc`: an instruction that cannot be fetched is not about
  /// to be executed. Changes nothing, not even an accessed bit.
  func stopsHere() -> Bool {
    guard hasBreakpoint(at: core.pointee.pc) else { return false }
    guard let low = tryFetch(core.pointee.pc) else { return false }
    return low & 3 != 3 || tryFetch(core.pointee.pc &+ 2) != nil
  }

  private func tryFetch(_ address: UInt64) -> UInt16? {
    guard let translation = translate(address, count: 2, .fetch, isTrial: true),
      let offset = memoryOffset(translation.physical)
    else { return nil }
    return UInt16(littleEndian: (core.pointee.memoryBase + Int(offset)).load(as: UInt16.self))
  }

  /// An op that hands the instruction it stands for to `singleStep`.
  func guardOp() -> UnsafeMutablePointer<Op> {
    core.pointee.singleStepOps[3] = Op(code: .straddle)
    return core.pointee.singleStepOps + 3
  }

  /// What floating-point instructions may change besides their destinations.
  struct FloatState {
    fileprivate var flags: UInt8
    fileprivate var status: UInt64
  }

  var floatState: FloatState {
    FloatState(flags: hart.pointee.csr.fflags, status: hart.pointee.csr.mstatus)
  }

  /// An instruction that writes the registers `written` has retired; `before` is as it was before it.
  func noteRegisters(_ written: [Int], since before: FloatState) {
    var numbers = written
    if hart.pointee.csr.fflags != before.flags { numbers += StopTable.flagViews }
    if hart.pointee.csr.mstatus != before.status { numbers += StopTable.statusViews }
    if table.pointee.note(written: numbers) { core.pointee.isHit = true }
  }

  /// A trap has been entered, whose handler runs in `privilege`.
  func noteTrap(into privilege: Privilege) {
    let csrs =
      privilege == .supervisor
      ? [CSRNumber.sepc, CSRNumber.scause, CSRNumber.stval] : [CSRNumber.mepc, CSRNumber.mcause, CSRNumber.mtval]
    let numbers = csrs.map(RegisterNumber.csr) + StopTable.statusViews + [RegisterNumber.privilege]
    if table.pointee.note(written: numbers) { core.pointee.isHit = true }
  }

  // MARK: Watchpoints

  /// Whether the translation of the page of virtual `address`, with that byte at `host`, must not be cached for loads,
  /// or for `stores`, which atomics use too.
  func isWatched(_ address: UInt64, _ host: UnsafeMutableRawPointer, stores: Bool) -> Bool {
    guard core.pointee.hasWatchpoints else { return false }
    let physical = physicalAddress(host - core.pointee.memoryBase) & ~4095
    let page = Touch(address: address & ~4095, physical: physical, count: 4096)
    return table.pointee.points.watchpoints.contains { ($0.onRead || stores) && $0.touches(page) }
  }

  /// The guest-physical address of the byte at `offset` in memory.
  func physicalAddress(_ offset: Int) -> UInt64 {
    let offset = UInt64(offset)
    return offset < core.pointee.romSize
      ? core.pointee.romBase &+ offset : core.pointee.ramBase &+ (offset &- core.pointee.romSize)
  }

  /// An instruction has made an access, in one page or two. Sets `core.mustLeave` when it is watched.
  func noteAccess(_ first: Touch, _ second: Touch? = nil, reads: Bool, writes: Bool) {
    guard core.pointee.hasWatchpoints else { return }
    for (index, watchpoint) in table.pointee.points.watchpoints.enumerated() {
      guard reads && watchpoint.onRead || writes && watchpoint.onWrite else { continue }
      guard watchpoint.touches(first) || second.map({ watchpoint.touches($0) }) ?? false else { continue }
      hit(
        MemoryAccess(
          watchpoint: index, virtualAddress: first.address, physicalAddress: first.physical,
          byteCount: first.count + (second?.count ?? 0), isWrite: writes))
      return
    }
  }

  /// The walk for virtual `address` has set bits of the page-table entry at guest-physical `entry`.
  func noteTableWrite(_ entry: UInt64, for address: UInt64) {
    guard core.pointee.hasWatchpoints else { return }
    for (index, watchpoint) in table.pointee.points.watchpoints.enumerated()
    where watchpoint.space == .physical && watchpoint.onWrite && watchpoint.touches(entry, count: 8) {
      hit(
        MemoryAccess(
          watchpoint: index, virtualAddress: address, physicalAddress: entry, byteCount: 8, isWrite: true))
      return
    }
  }

  private func hit(_ access: MemoryAccess) {
    table.pointee.note(access)
    core.pointee.isHit = true
    core.pointee.mustLeave = true
  }

  // MARK: Hits

  /// What the step that has just been taken has hit, if anything; forgets it.
  func takeHit() -> Hit? {
    guard core.pointee.isHit else { return nil }
    core.pointee.isHit = false
    core.pointee.attention = false
    return table.pointee.takeHit().map { makeHit($0, step: core.pointee.steps &- 1) }
  }

  /// A hit at `step`.
  func makeHit(_ kind: Hit.Kind, step: UInt64) -> Hit {
    Hit(hart: Int(truncatingIfNeeded: hart.pointee.identifier), step: step, kind: kind)
  }
}
