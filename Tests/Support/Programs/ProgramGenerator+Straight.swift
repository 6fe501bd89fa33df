import RISCV

/// Items that go straight on: arithmetic, control registers, fences, loads, stores and atomics.
extension ProgramGenerator {
  private static let fflags = 0x001
  private static let frm = 0x002
  private static let fcsr = 0x003
  private static let mscratch = 0x340

  /// One 32-bit instruction of the table.
  mutating func straightItem() {
    let line = random.pick(GeneratedOperations.straight)
    if line.operation == .ctzw { return trailingZerosItem() }
    emit(straightWord(line))
  }

  /// `ctzw` of a word that is not zero: of one that is, QEMU 7.2 counts on into the upper half, where the manual says
  /// 32 (chapter "B", `ctzw`).
  private mutating func trailingZerosItem() {
    let register = destination(needed: true)
    emit(.bseti, rd: register, rs1: source(), random.below(32))
    emit(.ctzw, rd: destination(), rs1: register)
  }

  /// A word of `line` with random fields; only registers that may be written are.
  mutating func straightWord(_ line: InstructionDescription) -> UInt32 {
    let rounding = random.pick([UInt8(0), 1, 2, 3, 4, 7, 7])
    let anything = UInt32(truncatingIfNeeded: random.next()) & ~line.mask
    switch line.format {
    case .csrRegister, .csrImmediate:
      let csr = random.pick([Self.fflags, Self.fflags, Self.frm, Self.fcsr, Self.mscratch, Self.mscratch])
      return InstructionEncoder.word(line.operation, rd: destination(), rs1: source(), immediate: csr)
    case .fence, .ignored, .prefetch, .addressPair:
      return line.match | anything
    case .floatFused, .floatRounded, .floatUnaryRounded, .floatUnaryExact, .integerToFloatRounded, .integerToFloatExact:
      return InstructionEncoder.word(
        line.operation, rd: source(), rs1: source(), rs2: source(), rs3: source(), rounding: rounding)
    case .float, .integerToFloat, .floatConstant:
      return InstructionEncoder.word(line.operation, rd: source(), rs1: source(), rs2: source())
    case .floatToIntegerRounded, .floatToIntegerTruncated, .floatToInteger, .floatCompare:
      return InstructionEncoder.word(
        line.operation, rd: destination(), rs1: source(), rs2: source(), rounding: rounding)
    case .upper:
      return InstructionEncoder.word(line.operation, rd: destination(), immediate: Int(anything))
    case .immediate, .shift6, .shift5:
      return InstructionEncoder.word(line.operation, rd: destination(), rs1: source(), immediate: immediate())
    case .register, .unary:
      return InstructionEncoder.word(line.operation, rd: destination(), rs1: source(), rs2: source())
    case .none: return line.match
    case .jump, .load, .floatLoad, .store, .floatStore, .branch, .loadReserved, .atomic, .cacheBlock:
      preconditionFailure("\(line.mnemonic) is no straight operation.")
    }
  }

  /// Twelve bits, half the time near zero or the ends.
  private mutating func immediate() -> Int {
    random.chance(1, in: 2)
      ? random.number(in: -2048...2047)
      : random.pick([-2048, -2047, -1, 0, 1, 31, 32, 63, 255, 1024, 2046, 2047])
  }

  /// One 16-bit instruction.
  mutating func compressedItem() {
    let forms = CompressedInstructions.all(random.pick(GeneratedOperations.compressed))
    while true {
      let form = random.pick(forms)
      if !protected.contains(form.rd) {
        emit(compressed: form)
        return
      }
    }
  }

  // MARK: - Memory

  /// The offset of an access to the scratch area from its middle: often aligned, sometimes across the page boundary.
  private mutating func scratchOffset(width: Int, aligned: Bool) -> Int {
    let span = ImageLayout.scratchBytes / 2
    let offset = random.chance(1, in: 8) ? random.number(in: -8...0) : random.number(in: -span...(span - 8))
    return aligned || random.chance(1, in: 2) ? offset & -width : offset
  }

  /// Appends code that makes `register` point `offset` bytes from the middle of the scratch area.
  private mutating func point(_ register: UInt8, at offset: Int) {
    let first = min(max(offset, -2048), 2047)
    emit(.addi, rd: register, rs1: reserved.scratch, first)
    if offset != first { emit(.addi, rd: register, rs1: register, offset - first) }
  }

  /// A load or a store of any width, through the scratch register itself or another one.
  mutating func memoryItem() {
    if random.chance(1, in: 3) {
      compressedMemoryItem()
      return
    }
    let line = random.pick(GeneratedOperations.memory)
    let offset = scratchOffset(width: 8, aligned: false)
    let isLoad = line.format == .load || line.format == .floatLoad
    let rd = line.format == .load ? destination() : source()
    let data = source()
    var (base, immediate) = (reserved.scratch, offset)
    if random.chance(1, in: 2) {
      base = destination(needed: true)
      immediate = random.number(in: -2048...2047)
      point(base, at: offset - immediate)
    }
    emit(line.operation, rd: isLoad ? rd : 0, rs1: base, rs2: isLoad ? 0 : data, immediate)
  }

  private mutating func compressedMemoryItem() {
    let operation = random.pick(GeneratedOperations.compressedMemory)
    let isIntegerLoad = InstructionSet.description(of: operation).format == .load
    let forms = CompressedInstructions.all(operation)
    while true {
      let form = random.pick(forms)
      if protected.contains(form.rs1) || (isIntegerLoad && protected.contains(form.rd)) { continue }
      point(form.rs1, at: scratchOffset(width: 8, aligned: false) - Int(form.immediate))
      emit(compressed: form)
      return
    }
  }

  // MARK: - Atomics

  /// A read-modify-write, a pair of load-reserved and store-conditional, or a store-conditional that must fail.
  mutating func atomicItem() {
    let isDouble = random.chance(1, in: 2)
    let offset = scratchOffset(width: 8, aligned: true)
    let base = destination(needed: true)
    switch random.below(8) {
    case 0..<5:
      let operation = random.pick(GeneratedOperations.atomics)
      let isWord = InstructionSet.description(of: operation).match >> 12 & 7 == 2
      point(base, at: offset + (isWord && random.chance(1, in: 2) ? 4 : 0))
      emit(operation, rd: destination(), rs1: base, rs2: source(), random.below(4))
    case 5..<7:
      point(base, at: offset)
      protected.append(base)
      emit(isDouble ? .lrD : .lrW, rd: destination(), rs1: base, random.below(4))
      for _ in 0..<random.below(3) { emit(straightWord(random.pick(GeneratedOperations.integer))) }
      let rounds = random.pick([1, 1, 2])
      for _ in 0..<rounds {
        emit(isDouble ? .scD : .scW, rd: destination(), rs1: base, rs2: source(), random.below(4))
      }
      protected.removeLast()
    default:
      // Every load-reserved has been followed by its store-conditional: there is no reservation.
      point(base, at: offset)
      emit(isDouble ? .scD : .scW, rd: destination(), rs1: base, rs2: source(), random.below(4))
    }
  }
}
