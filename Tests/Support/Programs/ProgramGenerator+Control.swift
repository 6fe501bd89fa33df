import RISCV

/// Items that change where control goes: branches, loops, calls, traps, and code that writes code.
extension ProgramGenerator {
  private static let maximumDepth = 2

  /// A branch over one to three simple items, taken or not as registers happen to be.
  mutating func skipItem() {
    let behind = code.label()
    if random.chance(1, in: 3) {
      let operation: RISCV.Operation = random.chance(1, in: 2) ? .beq : .bne
      note(operation)
      compressedCount += 1
      code.shortJump(operation, rs1: UInt8(random.number(in: 8...15)), to: behind)
    } else {
      let operation = random.pick(GeneratedOperations.branches)
      note(operation)
      code.jump(operation, rs1: source(), rs2: source(), to: behind)
    }
    for _ in 0..<random.number(in: 1...3) { simpleItem() }
    code.bind(behind)
  }

  /// A jump, direct or through a register, over bytes that are no instructions.
  mutating func jumpItem() {
    let behind = code.label()
    jump(to: behind, link: random.chance(1, in: 2) ? destination() : 0)
    for _ in 0..<random.below(4) { code.half(0) }
    code.bind(behind)
  }

  /// Appends a jump to `label` in one of the ways there are, leaving the return address in `link`.
  private mutating func jump(to label: Assembler.Label, link: UInt8) {
    switch random.below(4) {
    case 0 where link == 0:
      note(.jal)
      compressedCount += 1
      code.shortJump(.jal, to: label)
    case 0, 1:
      note(.jal)
      code.jump(.jal, rd: link, to: label)
    default:
      let target = destination(needed: true)
      // The sum of register and immediate may be odd: the jump clears its lowest bit.
      let isShort = link <= 1 && random.chance(1, in: 2)
      let immediate = isShort ? 0 : random.number(in: -512...511)
      let odd = random.below(2)
      pointAtCode(target, label, minus: immediate - odd)
      let short = CompressedInstructions.all(.jalr).first { $0.rd == link && $0.rs1 == target }
      if isShort, let short {
        emit(compressed: short)
      } else {
        emit(.jalr, rd: link, rs1: target, immediate)
      }
    }
  }

  /// Appends code that sets `register` to the address of `label` minus `offset`.
  private mutating func pointAtCode(_ register: UInt8, _ label: Assembler.Label, minus offset: Int = 0) {
    let origin = code.count
    emit(.auipc, rd: register)
    note(.addi)
    code.addDistance(rd: register, rs1: register, to: label, from: origin, minus: offset)
  }

  /// Two to five items, one to five times.
  mutating func loopItem() {
    guard !loopIsOpen, depth < Self.maximumDepth else { return simpleItem() }
    loopIsOpen = true
    depth += 1
    emit(.addi, rd: reserved.counter, rs1: 0, random.number(in: 1...5))
    let again = code.here()
    for _ in 0..<random.number(in: 2...5) { item() }
    emit(.addi, rd: reserved.counter, rs1: reserved.counter, -1)
    let operation = random.pick([RISCV.Operation.bne, .blt, .bltu])
    note(operation)
    code.jump(operation, rs1: 0, rs2: reserved.counter, to: again)
    depth -= 1
    loopIsOpen = false
  }

  /// A subroutine of one to four items and one or two calls of it.
  mutating func callItem() {
    guard depth < Self.maximumDepth else { return simpleItem() }
    depth += 1
    let (behind, subroutine) = (code.label(), code.label())
    let link = random.chance(1, in: 2) && !protected.contains(1) ? 1 : destination(needed: true)
    jump(to: behind, link: 0)
    code.bind(subroutine)
    protected.append(link)
    for _ in 0..<random.number(in: 1...4) { item() }
    protected.removeLast()
    let short = CompressedInstructions.all(.jalr).first { $0.rd == 0 && $0.rs1 == link }
    if let short, random.chance(1, in: 2) {
      emit(compressed: short)
    } else {
      emit(.jalr, rs1: link)
    }
    code.bind(behind)
    for _ in 0..<random.number(in: 1...2) { jump(to: subroutine, link: link) }
    depth -= 1
  }

  /// `mret` to the next instruction.
  mutating func returnItem() {
    let (mstatus, mepc) = (0x300, 0x341)
    let behind = code.label()
    let register = destination(needed: true)
    pointAtCode(register, behind)
    emit(.csrrw, rs1: register, mepc)
    // The previous mode is M: 3 in bits 12 and 11.
    emit(.lui, rd: register, 0x2000)
    emit(.addiw, rd: register, rs1: register, -0x800)
    emit(.csrrs, rs1: register, mstatus)
    // And interrupts stay off: bit 7.
    emit(.addi, rd: register, rs1: 0, 1 << 7)
    emit(.csrrc, rs1: register, mstatus)
    emit(.mret)
    for _ in 0..<random.below(3) { code.half(0) }
    code.bind(behind)
  }

  /// Writes an instruction over one that follows, and runs it.
  mutating func patchItem() {
    let slot = code.label()
    let (base, data) = (destination(needed: true), destination(needed: true))
    guard base != data else { return simpleItem() }
    let word = straightWord(random.pick(GeneratedOperations.integer))
    let value = Int(Int32(bitPattern: word))
    let low = Int(Int16(truncatingIfNeeded: value << 4) >> 4)
    emit(.lui, rd: data, value - low)
    emit(.addiw, rd: data, rs1: data, low)
    let origin = code.count
    emit(.auipc, rd: base)
    note(.sw)
    code.storeAtDistance(rs1: base, rs2: data, to: slot, from: origin)
    emit(.fenceI)
    code.bind(slot)
    note(Decoder.decode(word).operation)
    code.emit(.addi)
  }

  // MARK: - Traps

  /// An instruction that traps; the handler goes on behind it.
  mutating func trapItem() {
    switch random.below(11) {
    case 0: emit(.ecall)
    case 1: emit(.ebreak)
    case 2: CompressedInstructions.all(.ebreak).forEach { emit(compressed: $0) }
    case 3: code.half(random.pick(CompressedInstructions.reserved))
    case 4: emitIllegalWord()
    case 5: emitReservedRounding()
    case 6: emitForbiddenControlRegister()
    case 7: emitJumpToNowhere()
    case 8: emitFaultyLoadReserved()
    default: emitAccessToNowhere()
    }
  }

  /// A 32-bit word that is no instruction. The system and fence opcodes are left out: there QEMU may know more than we
  /// do.
  private mutating func emitIllegalWord() {
    let opcodes: [UInt32] = [0x03, 0x07, 0x0b, 0x13, 0x1b, 0x23, 0x27, 0x2b, 0x2f, 0x33, 0x3b, 0x53, 0x5b, 0x63, 0x7b]
    while true {
      let word = UInt32(truncatingIfNeeded: random.next()) & ~0x7f | random.pick(opcodes)
      if Decoder.decode(word).operation == .illegal {
        code.word(random.chance(1, in: 8) ? 0xffff_ffff : word)
        return
      }
    }
  }

  /// A rounding operation with rounding mode 5 or 6.
  private mutating func emitReservedRounding() {
    let lines = GeneratedOperations.straight.filter { [.floatFused, .floatRounded].contains($0.format) }
    emit(
      InstructionEncoder.word(
        random.pick(lines).operation, rd: source(), rs1: source(), rs2: source(), rs3: source(),
        rounding: random.pick([5, 6])))
  }

  /// A write to a control register that is read-only, or an access to one that does not exist.
  private mutating func emitForbiddenControlRegister() {
    let (cycle, machineVendor) = (0xc00, 0xf11)
    let absent = [0x5ff, 0x7ff, 0x8ff, 0xcff]
    let csr = random.pick(absent + [cycle, machineVendor])
    emit(random.pick([RISCV.Operation.csrrw, .csrrwi]), rd: destination(), rs1: source(), csr)
  }

  /// Appends code that makes `register` point to where neither side has anything.
  private mutating func pointAtNothing(_ register: UInt8) {
    let (factor, shift) = random.pick([(0x21, 26), (0x3f, 26), (1, 40), (1, 54), (-1, 12)])
    emit(.addi, rd: register, factor)
    emit(.slli, rd: register, rs1: register, shift)
  }

  /// The handler takes the way back from `x1`.
  private mutating func emitJumpToNowhere() {
    guard !protected.contains(1) else { return emit(.ecall) }
    let target = destination(needed: true)
    pointAtNothing(target)
    emit(.jalr, rd: 1, rs1: target, random.below(1024) * 2)
  }

  private mutating func emitAccessToNowhere() {
    let line = random.pick(GeneratedOperations.memory)
    let isLoad = line.format == .load || line.format == .floatLoad
    let base = destination(needed: true)
    pointAtNothing(base)
    let rd = line.format == .load ? destination() : source()
    emit(line.operation, rd: isLoad ? rd : 0, rs1: base, rs2: isLoad ? 0 : source(), random.below(1024) & -8)
  }

  /// A load-reserved that is misaligned or finds nothing. Atomic memory operations are left out: of theirs QEMU 7.2
  /// says that a load failed, where the manual wants the store causes (chapter "A", "Atomic Memory Operations").
  private mutating func emitFaultyLoadReserved() {
    let base = destination(needed: true)
    if random.chance(1, in: 2) {
      pointAtNothing(base)
    } else {
      emit(.addi, rd: base, rs1: reserved.scratch, random.number(in: -200...200) * 8 + random.number(in: 1...3))
    }
    emit(random.chance(1, in: 2) ? .lrD : .lrW, rd: destination(), rs1: base, random.below(4))
  }
}
