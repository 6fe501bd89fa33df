internal import Backplane
internal import Bits

// Decoded code: pages of ops, and how instructions become ops.

extension Engine {
  private func ops(_ array: Int) -> UnsafeMutablePointer<Op> {
    (core.pointee.opArrays + array * Op.pageBytes).assumingMemoryBound(to: Op.self)
  }

  /// The ops of memory page `page`, fresh when there were none.
  func opsOfPage(_ page: Int) -> UnsafeMutablePointer<Op> {
    let number = core.pointee.opArrayOfPage[page]
    if number != 0 { return ops(Int(number) - 1) }
    if core.pointee.opArraysUsed == core.pointee.opArrayCount { dropCode() }
    let array = core.pointee.opArraysUsed
    core.pointee.opArraysUsed = array + 1
    core.pointee.opArrayOfPage[page] = UInt32(array + 1)
    core.pointee.pageOfOpArray[array] = UInt32(page)
    clear(array)
    core.pointee.pageFlags[page] |= Memory.PageFlags.code
    dropWriteTranslations()
    return ops(array)
  }

  private func clear(_ array: Int, keepsBlocks: Bool = false) {
    let base = core.pointee.opArrays + array * Op.pageBytes
    base.initializeMemory(as: UInt8.self, repeating: 0, count: Op.opBytes)
    if !keepsBlocks {
      (base + Op.cellsDistance).initializeMemory(as: UInt8.self, repeating: 0, count: Op.cellBytes)
    }
    ops(array)[Op.slotsPerPage] = Op(code: .pageEnd)
    ops(array)[Op.slotsPerPage + 1] = Op(code: .pageEnd)
  }

  /// Forgets all decoded code.
  func dropCode() {
    for array in 0..<core.pointee.opArraysUsed {
      let page = Int(core.pointee.pageOfOpArray[array])
      core.pointee.opArrayOfPage[page] = 0
      core.pointee.pageFlags[page] &= ~Memory.PageFlags.code
    }
    core.pointee.opArraysUsed = 0
    dropFetchTranslations()
  }

  /// Forgets the code of the pages in which one of `slots` has been decoded.
  func dropCode(atSlots slots: [Int]) {
    for array in 0..<core.pointee.opArraysUsed where slots.contains(where: { ops(array)[$0].code != .undecoded }) {
      clear(array)
    }
  }

  /// A store has changed `count` bytes at `offset` in `page`. Forgets the page's code if any of it was decoded.
  /// Sets `core.mustLeave` if so.
  func codeWasWritten(_ page: Int, offset: Int, count: Int) {
    let number = core.pointee.opArrayOfPage[page]
    guard number != 0 else { return }
    let array = Int(number) - 1
    // The instruction one halfword before may reach into the bytes.
    let first = max(0, offset / 2 - 1)
    let last = min(Op.slotsPerPage - 1, (offset + count - 1) / 2)
    guard first <= last else { return }
    for slot in first...last where ops(array)[slot].code != .undecoded {
      clear(array, keepsBlocks: core.pointee.fault == .staleCode)
      core.pointee.mustLeave = true
      return
    }
  }

  /// Decodes the run that starts at `op`, which stands for the code at `pc`.
  func decodeRun(_ op: UnsafeMutablePointer<Op>, pc: UInt64) {
    let start = Int(pc & 0xffe) / 2
    let ops = op - start
    let array = ((UnsafeMutableRawPointer(ops) - core.pointee.opArrays) / Op.pageBytes)
    let code = core.pointee.memoryBase + Int(core.pointee.pageOfOpArray[array]) * 4096
    let slots = core.pointee.runSlots
    var count = 0
    var slot = start
    while slot < Op.slotsPerPage, ops[slot].code == .undecoded {
      if isGuarded(slot: slot) {
        ops[slot] = Op(code: .straddle)
        break
      }
      let low = UInt32(UInt16(littleEndian: (code + slot * 2).loadUnaligned(as: UInt16.self)))
      var bits = low
      if low & 3 == 3 {
        guard slot + 1 < Op.slotsPerPage else {
          ops[slot] = Op(code: .straddle)
          break
        }
        bits |= UInt32(UInt16(littleEndian: (code + slot * 2 + 2).loadUnaligned(as: UInt16.self))) << 16
      }
      let instruction = Decoder.decode(bits)
      if isGuarded(instruction) {
        ops[slot] = Op(code: .straddle)
        break
      }
      ops[slot] = makeOp(instruction, slot: slot)
      ops[slot].runSteps = 1
      ops[slot].runCycles = core.pointee.costs[Int(instruction.operation.rawValue)]
      slots[count] = UInt16(slot)
      count += 1
      if ops[slot].code.endsRun { break }
      slot += Int(ops[slot].stride) / 16
    }
    sumRun(ops, count)
  }

  /// Gives each op of the run in `runSlots` the sums from it to the end of the run.
  private func sumRun(_ ops: UnsafeMutablePointer<Op>, _ count: Int) {
    let slots = core.pointee.runSlots
    for index in stride(from: count - 1, through: 0, by: -1) {
      let slot = Int(slots[index])
      if ops[slot].code.endsRun { continue }
      let next = ops[slot + Int(ops[slot].stride) / 16]
      ops[slot].runSteps += next.runSteps
      ops[slot].runCycles += next.runCycles
    }
  }

  /// The op for `instruction`. `slot` is where it stands in its page; without one, jumps do not rely on their place.
  func makeOp(_ instruction: Instruction, slot: Int?) -> Op {
    var op = Op()
    let operation = instruction.operation
    op.stride = instruction.length * 8
    op.rs1 = instruction.rs1
    op.rs2 = instruction.rs2
    op.rd = instruction.rd
    op.immediate = instruction.immediate
    op.extra = operation.rawValue
    if let code = Code(plain: operation) {
      op.code = code
      if instruction.rd == 0, !operation.writesFloatRegister { op.rd = 32 }
      if op.rd == 32, code.isPure { op.code = .nop }
    } else if let near = Code(nearTransfer: operation, links: instruction.rd != 0) {
      placeTransfer(&op, near, instruction, slot)
    } else {
      op.code = operation.isSystem ? .system : .general
      if operation.isFloatComputation { makeFloat(&op, instruction) }
    }
    return op
  }

  /// A branch or jump: near when its target is in the same page, so that the op alone finds it.
  private func placeTransfer(_ op: inout Op, _ near: Code, _ instruction: Instruction, _ slot: Int?) {
    op.code = near.far
    guard let slot else { return }
    let target = slot * 2 + Int(instruction.immediate)
    guard target >= 0, target < 4096 else { return }
    op.code = near
    op.immediate = instruction.immediate * 8
  }

  /// Floating point: the rounding mode takes the place of the immediate, and the third source that of the operation.
  private func makeFloat(_ op: inout Op, _ instruction: Instruction) {
    op.immediate = Int32(instruction.rounding) | Int32(instruction.rs3) << 8
    guard instruction.rounding == 0 || instruction.rounding == 7 else { return }
    if let code = Code(fastFloat: instruction.operation) {
      op.code = code
    }
  }
}
