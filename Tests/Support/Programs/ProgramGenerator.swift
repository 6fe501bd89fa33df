import RISCV

/// Writes random programs that end, reach no memory but the scratch area, and do nothing whose outcome the manuals
/// leave open. A program is a sequence of *items*; control enters an item only at its start.
struct ProgramGenerator {
  var code: Assembler
  var random: SeededGenerator
  let reserved: ReservedRegisters
  let epilogue: Assembler.Label
  var operationCounts = [Int](repeating: 0, count: RISCV.Operation.allCases.count)
  var compressedCount = 0
  /// Registers that must keep their values for now.
  var protected: [UInt8]
  /// How deep inside loops and calls the next item is.
  var depth = 0
  var loopIsOpen = false
  private var instructionsLeft = 0

  init(code: Assembler, random: SeededGenerator, reserved: ReservedRegisters, epilogue: Assembler.Label) {
    self.code = code
    self.random = random
    self.reserved = reserved
    self.epilogue = epilogue
    protected = reserved.all
  }

  /// Appends one program: where it starts, and the offsets of its last instruction before the jump to the epilogue and
  /// of its end.
  mutating func program() -> (entry: Assembler.Label, last: Int, end: Int) {
    if random.chance(1, in: 2) { code.half(0) }  // So that programs start at every alignment.
    let entry = code.here()
    instructionsLeft = random.number(in: 20...60)
    while instructionsLeft > 0 { item() }
    let last = code.count
    emitLastInstruction()
    code.jump(.jal, to: epilogue)
    return (entry, last, code.count)
  }

  // MARK: - What is appended

  /// Appends and counts a 32-bit instruction.
  mutating func emit(_ word: UInt32) {
    note(Decoder.decode(word).operation)
    code.word(word)
  }

  /// Appends and counts a 32-bit instruction.
  mutating func emit(
    _ operation: RISCV.Operation, rd: UInt8 = 0, rs1: UInt8 = 0, rs2: UInt8 = 0, _ immediate: Int = 0
  ) {
    emit(InstructionEncoder.word(operation, rd: rd, rs1: rs1, rs2: rs2, immediate: immediate))
  }

  /// Appends and counts a 16-bit instruction.
  mutating func emit(compressed instruction: Instruction) {
    note(instruction.operation)
    compressedCount += 1
    code.half(UInt16(truncatingIfNeeded: instruction.bits))
  }

  /// Counts an instruction that is appended elsewhere.
  mutating func note(_ operation: RISCV.Operation) {
    operationCounts[Int(operation.rawValue)] += 1
    instructionsLeft -= 1
  }

  // MARK: - Choices

  /// Any register to read.
  mutating func source() -> UInt8 { UInt8(random.below(32)) }

  /// A register that may be written; `x0` too, unless the value is `needed`.
  mutating func destination(needed: Bool = false) -> UInt8 {
    while true {
      let register = UInt8(random.below(32))
      if !protected.contains(register) && !(needed && register == 0) { return register }
    }
  }

  /// Appends one item.
  mutating func item() {
    switch random.below(100) {
    case 0..<64: simpleItem()
    case 64..<71: atomicItem()
    case 71..<79: skipItem()
    case 79..<83: jumpItem()
    case 83..<87: loopItem()
    case 87..<91: callItem()
    case 91..<97: trapItem()
    case 97..<98: returnItem()
    default: patchItem()
    }
  }

  /// An item that is short and has no branch.
  mutating func simpleItem() {
    switch random.below(64) {
    case 0..<36: straightItem()
    case 36..<48: compressedItem()
    default: memoryItem()
    }
  }

  /// `operation rd, rs1, rs2` with different sources, so that another operation would leave another value.
  private mutating func emitLastInstruction() {
    let lines = InstructionSet.all.filter { $0.format == .register && GeneratedOperations.isSupported($0) }
    let line = random.pick(lines)
    var registers = (UInt8(1)...31).filter { !protected.contains($0) }
    let rs1 = registers.remove(at: random.below(registers.count))
    let rs2 = registers.remove(at: random.below(registers.count))
    emit(line.operation, rd: destination(needed: true), rs1: rs1, rs2: rs2)
  }
}

/// Which operations stand for themselves, which come in groups, and which are left out.
enum GeneratedOperations {
  /// Extensions that QEMU 7.2 does not have, so that their instructions have nothing to be compared with.
  static let leftOut: [ISAExtension] = [.zicond, .zicbom, .zicboz, .zawrs, .zfa]

  /// Whether both sides have the operation of `line`.
  static func isSupported(_ line: InstructionDescription) -> Bool { !leftOut.contains(line.extension) }

  /// Operations that run on at the next instruction, whatever registers hold.
  static let straight: [InstructionDescription] = InstructionSet.all.filter { line in
    guard isSupported(line) else { return false }
    switch line.format {
    case .upper, .immediate, .shift6, .shift5, .register, .unary, .csrRegister, .csrImmediate, .fence, .ignored,
      .addressPair, .prefetch, .floatFused, .floatRounded, .float, .floatUnaryRounded, .floatUnaryExact, .floatCompare,
      .floatToIntegerRounded, .floatToIntegerTruncated, .floatToInteger, .integerToFloatRounded, .integerToFloatExact,
      .integerToFloat, .floatConstant:
      return true
    case .none: return [.pause, .wfi, .sfenceWInval, .sfenceInvalIr].contains(line.operation)
    case .jump, .load, .floatLoad, .store, .floatStore, .branch, .loadReserved, .atomic, .cacheBlock: return false
    }
  }

  /// Straight operations on integer registers, which cannot trap; see `trailingZerosItem` about the one left out.
  static let integer: [InstructionDescription] = straight.filter {
    [.upper, .immediate, .shift6, .shift5, .register, .unary].contains($0.format) && $0.operation != .ctzw
  }

  /// Loads and stores.
  static let memory: [InstructionDescription] = InstructionSet.all.filter {
    [.load, .floatLoad, .store, .floatStore].contains($0.format) && $0.operation != .jalr
  }

  static let branches: [RISCV.Operation] = InstructionSet.all.filter { $0.format == .branch }.map(\.operation)

  /// Read-modify-write operations; store-conditionals are `storeConditional`.
  static let atomics: [RISCV.Operation] = InstructionSet.all.filter {
    $0.format == .atomic && $0.operation != .scW && $0.operation != .scD
  }.map(\.operation)

  /// Operations with 16-bit forms that need no group around them.
  static let compressed: [RISCV.Operation] = CompressedInstructions.operations.filter { operation in
    straight.contains { $0.operation == operation }
  }

  /// Loads and stores with 16-bit forms.
  static let compressedMemory: [RISCV.Operation] = CompressedInstructions.operations.filter { operation in
    memory.contains { $0.operation == operation }
  }
}
