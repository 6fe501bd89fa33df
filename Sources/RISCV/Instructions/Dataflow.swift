/// What an instruction does with values: where each value that it writes comes from. Which bits depend on which is left
/// out, and so is what only decides whether or where something happens: the operands of branches, the target of a jump.
public struct InstructionDataflow: Equatable, Sendable {
  /// Where a value comes from.
  public enum Source: Hashable, Sendable {
    /// A register, by `RegisterNumber`.
    case register(Int)
    /// What the instruction's memory access reads, or what its place holds before an atomic writes it.
    case memory
    /// A number in the instruction.
    case constant(Int64)
    /// The address of the instruction and a number in it.
    case relative(Int64)
    /// The number of a floating-point constant (`fli`).
    case floatConstant(UInt8)
    /// Whether the reservation holds.
    case reservation
  }

  /// Where a value goes.
  public enum Target: Hashable, Sendable {
    /// A register, by `RegisterNumber`.
    case register(Int)
    /// The place of the instruction's memory access.
    case memory
  }

  /// One value that is written.
  public struct Write: Hashable, Sendable {
    /// Where it goes.
    public let target: Target
    /// What it is made of, in the order in which the assembler names it.
    public let sources: [Source]
  }

  /// The access to memory: the address is the register's value, and `offset`, with the low bits cleared that
  /// `byteCount` has when `isAligned`.
  public struct Access: Hashable, Sendable {
    /// The integer register with the address.
    public let base: UInt8
    /// What is added to it.
    public let offset: Int64
    /// Bytes.
    public let byteCount: Int
    /// Whether the address is that of the block in which it lies.
    public let isAligned: Bool
  }

  /// The values that are written when the instruction retires. Those of the floating-point state
  /// (`Instruction.changesFloatState`) may keep what they have.
  public private(set) var writes: [Write] = []
  /// The access, if there is one that reads or writes.
  public private(set) var access: Access?

  /// The dataflow of `instruction`.
  public init(of instruction: Instruction) {
    let format = InstructionSet.description(of: instruction.operation).format
    switch format {
    case .load where instruction.operation == .jalr, .jump: link(instruction)
    case .load, .floatLoad, .store, .floatStore: loadOrStore(instruction, format)
    case .loadReserved, .atomic, .cacheBlock: atomic(instruction)
    case .csrRegister, .csrImmediate: control(instruction, format)
    case .none: returnFromTrap(instruction)
    case .branch, .fence, .ignored, .addressPair, .prefetch: break
    default: compute(instruction, format)
    }
    if instruction.operation.isFloatComputation { noteFloatState(instruction) }
    if format == .floatLoad { write(statusRegisters, [.register(RegisterNumber.csr(CSRNumber.mstatus))]) }
  }

  private mutating func write(_ registers: [Int], _ sources: [Source]) {
    for number in registers where number != RegisterNumber.x0 {
      writes.append(Write(target: .register(number), sources: sources))
    }
  }

  private var statusRegisters: [Int] { CSRNumber.views(of: CSRNumber.mstatus).map(RegisterNumber.csr) }

  private mutating func link(_ instruction: Instruction) {
    write([Int(instruction.rd)], [.relative(Int64(instruction.length))])
  }

  // MARK: - Memory

  private mutating func loadOrStore(_ instruction: Instruction, _ format: Format) {
    access = Access(
      base: instruction.rs1, offset: Int64(instruction.immediate), byteCount: instruction.operation.accessBytes,
      isAligned: false)
    switch format {
    case .load: write([Int(instruction.rd)], [.memory])
    case .floatLoad: write([RegisterNumber.f0 + Int(instruction.rd)], [.memory])
    case .store: writes.append(Write(target: .memory, sources: Self.integer(instruction.rs2)))
    default:
      writes.append(Write(target: .memory, sources: [.register(RegisterNumber.f0 + Int(instruction.rs2))]))
    }
  }

  private mutating func atomic(_ instruction: Instruction) {
    let operation = instruction.operation
    let isBlock = operation == .cboZero
    guard isBlock || operation.accessBytes > 0 else { return }
    access = Access(
      base: instruction.rs1, offset: 0,
      byteCount: isBlock ? Int(HartDescription.cacheBlockBytes) : operation.accessBytes, isAligned: isBlock)
    let operand = Self.integer(instruction.rs2)
    switch operation {
    case .cboZero: writes.append(Write(target: .memory, sources: [.constant(0)]))
    case .lrW, .lrD: write([Int(instruction.rd)], [.memory])
    case .scW, .scD:
      write([Int(instruction.rd)], [.reservation])
      writes.append(Write(target: .memory, sources: operand))
    case .amoswapW, .amoswapD:
      write([Int(instruction.rd)], [.memory])
      writes.append(Write(target: .memory, sources: operand))
    default:
      write([Int(instruction.rd)], [.memory])
      writes.append(Write(target: .memory, sources: [.memory] + operand))
    }
  }

  // MARK: - Registers

  /// The value of an integer register; `x0` is a constant.
  private static func integer(_ register: UInt8) -> [Source] {
    register == 0 ? [.constant(0)] : [.register(RegisterNumber.x0 + Int(register))]
  }

  private mutating func compute(_ instruction: Instruction, _ format: Format) {
    guard instruction.operation != .illegal else { return }
    var target = Int(instruction.rd)
    var sources: [Source] = []
    for operand in format.operands {
      switch operand {
      case .floatRd: target = RegisterNumber.f0 + Int(instruction.rd)
      case .rs1: sources += Self.integer(instruction.rs1)
      case .rs2: sources += Self.integer(instruction.rs2)
      case .floatRs1: sources.append(.register(RegisterNumber.f0 + Int(instruction.rs1)))
      case .floatRs2: sources.append(.register(RegisterNumber.f0 + Int(instruction.rs2)))
      case .floatRs3: sources.append(.register(RegisterNumber.f0 + Int(instruction.rs3)))
      case .signed: sources.append(.constant(Int64(instruction.immediate)))
      case .upper:
        let value = Int64(instruction.immediate)
        sources.append(instruction.operation == .auipc ? .relative(value) : .constant(value))
      case .constant: sources.append(.floatConstant(instruction.rs1))
      case .rounding, .roundingUnlessNearest:
        if instruction.rounding == 7 { sources.append(.register(RegisterNumber.csr(CSRNumber.frm))) }
      default: break
      }
    }
    write([target], Self.reduced(sources, instruction))
  }

  /// `sources` each once, without a zero that only fills a place: `addi a0, a1, 0` moves, `addi a0, zero, 5` is a
  /// constant.
  private static func reduced(_ sources: [Source], _ instruction: Instruction) -> [Source] {
    let absorbs: [Operation] = [.addi, .add, .or, .ori, .xor, .xori, .sub, .addiw, .addw, .subw, .addUw]
    var reduced: [Source] = []
    for source in sources {
      if source == .constant(0), absorbs.contains(instruction.operation) { continue }
      if !reduced.contains(source) { reduced.append(source) }
    }
    return reduced.isEmpty ? [.constant(0)] : reduced
  }

  /// `fflags` and FS of `mstatus`, which gather what computations leave.
  private mutating func noteFloatState(_ instruction: Instruction) {
    let operands = instruction.registersRead.map { Source.register($0) }
    let flags = RegisterNumber.csr(CSRNumber.fflags)
    write(CSRNumber.views(of: CSRNumber.fflags).map(RegisterNumber.csr), [.register(flags)] + operands)
    write(statusRegisters, [.register(RegisterNumber.csr(CSRNumber.mstatus))])
  }

  // MARK: - Control registers

  private mutating func control(_ instruction: Instruction, _ format: Format) {
    let number = Int(instruction.immediate)
    let register = RegisterNumber.csr(number)
    write([Int(instruction.rd)], [.register(register)])
    let written = instruction.registersWritten.filter { $0 >= RegisterNumber.csr0 }
    let operand = format == .csrRegister ? Self.integer(instruction.rs1) : [.constant(Int64(instruction.rs1))]
    let replaces = instruction.operation == .csrrw || instruction.operation == .csrrwi
    for view in written {
      // The bits of another view that this one does not have stay as they are.
      let keeps: [Source] = view == register ? (replaces ? [] : [.register(register)]) : [.register(view)]
      write([view], keeps + operand)
    }
    if CSRNumber.views(of: CSRNumber.fcsr).contains(number), !written.isEmpty {
      write(statusRegisters, [.register(RegisterNumber.csr(CSRNumber.mstatus))])
    }
  }

  private mutating func returnFromTrap(_ instruction: Instruction) {
    guard instruction.operation == .mret || instruction.operation == .sret else { return }
    write(statusRegisters + [RegisterNumber.privilege], [.register(RegisterNumber.csr(CSRNumber.mstatus))])
  }
}

extension Operation {
  /// The bytes of its access to memory; 0 when it makes none, or one of another kind.
  fileprivate var accessBytes: Int {
    switch self {
    case .lb, .lbu, .sb: 1
    case .lh, .lhu, .sh: 2
    case .lw, .lwu, .sw, .flw, .fsw: 4
    case .ld, .sd, .fld, .fsd: 8
    case .lrW, .scW, .amoswapW, .amoaddW, .amoxorW, .amoandW, .amoorW, .amominW, .amomaxW, .amominuW, .amomaxuW: 4
    case .lrD, .scD, .amoswapD, .amoaddD, .amoxorD, .amoandD, .amoorD, .amominD, .amomaxD, .amominuD, .amomaxuD: 8
    default: 0
    }
  }
}
