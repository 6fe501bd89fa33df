/// The instruction set, gathered from the tables: the one description behind the decoder, the disassembler, the cost
/// model and the list of what tests must cover.
public enum InstructionSet {
  /// Every 32-bit instruction.
  ///
  /// Where two lines match the same word, the one with more fixed bits wins. That happens only where the manual defines
  /// an operation inside the hints of another: `prefetch.*` in `ori` with rd 0, and `pause` in `fence`. 16-bit
  /// instructions have no lines: each is a short form of one of these.
  public static let all: [InstructionDescription] =
    integer + multiply + atomic + bitManipulation + float + double + moreFloat + control + cacheAndWait + privileged

  /// The line of one operation; for `illegal`, a line of that name that matches the all-zero word.
  public static func description(of operation: Operation) -> InstructionDescription {
    byOperation[Int(operation.rawValue)]
  }

  /// What the cost model charges for one operation. `illegal` never retires; it is classed as `system`.
  public static func costClass(of operation: Operation) -> CostClass {
    byOperation[Int(operation.rawValue)].costClass
  }

  /// The lines in the order of `Operation.rawValue`.
  private static let byOperation: [InstructionDescription] = Operation.allCases.map { operation in
    if operation == .illegal {
      return InstructionDescription(
        mnemonic: "illegal", operation: .illegal, mask: ~0, match: 0, format: .none, extension: .rv64i,
        costClass: .system)
    }
    guard let line = all.first(where: { $0.operation == operation }) else {
      preconditionFailure("The instruction tables have no line for \(operation).")
    }
    return line
  }
}

/// The major opcodes: bits 6…2 of a 32-bit instruction (unprivileged manual, table "RISC-V base opcode map").
enum MajorOpcode: UInt32 {
  case load = 0b00_000
  case loadFloat = 0b00_001
  case miscMemory = 0b00_011
  case opImmediate = 0b00_100
  case auipc = 0b00_101
  case opImmediate32 = 0b00_110
  case store = 0b01_000
  case storeFloat = 0b01_001
  case atomic = 0b01_011
  case op = 0b01_100
  case lui = 0b01_101
  case op32 = 0b01_110
  case fusedAdd = 0b10_000
  case fusedSubtract = 0b10_001
  case fusedNegateSubtract = 0b10_010
  case fusedNegateAdd = 0b10_011
  case opFloat = 0b10_100
  case branch = 0b11_000
  case jalr = 0b11_001
  case jal = 0b11_011
  case system = 0b11_100
}

/// A line of a table before its extension is known: the fixed fields, named as in the manual.
struct Row {
  let mnemonic: String
  let operation: Operation
  let format: Format
  let costClass: CostClass
  private(set) var mask: UInt32 = 0
  private(set) var match: UInt32 = 0

  /// - Parameters:
  ///   - funct3: bits 14…12.
  ///   - funct2: bits 26…25, the `fmt` field of the fused operations.
  ///   - funct5: bits 31…27.
  ///   - funct6: bits 31…26.
  ///   - funct7: bits 31…25.
  ///   - funct12: bits 31…20.
  ///   - rd: bits 11…7.
  ///   - rs1: bits 19…15.
  ///   - rs2: bits 24…20.
  init(
    _ mnemonic: String, _ operation: Operation, _ format: Format, _ opcode: MajorOpcode, funct3: UInt32? = nil,
    funct2: UInt32? = nil, funct5: UInt32? = nil, funct6: UInt32? = nil, funct7: UInt32? = nil,
    funct12: UInt32? = nil, rs2: UInt32? = nil, rs1: UInt32? = nil, rd: UInt32? = nil, _ costClass: CostClass
  ) {
    self.mnemonic = mnemonic
    self.operation = operation
    self.format = format
    self.costClass = costClass
    fix(0b11, at: 0, width: 2)
    fix(opcode.rawValue, at: 2, width: 5)
    fix(rd, at: 7, width: 5)
    fix(funct3, at: 12, width: 3)
    fix(rs1, at: 15, width: 5)
    fix(rs2, at: 20, width: 5)
    fix(funct2, at: 25, width: 2)
    fix(funct5, at: 27, width: 5)
    fix(funct6, at: 26, width: 6)
    fix(funct7, at: 25, width: 7)
    fix(funct12, at: 20, width: 12)
  }

  private mutating func fix(_ value: UInt32?, at low: UInt32, width: UInt32) {
    guard let value else { return }
    let field: UInt32 = ((1 << width) - 1) << low
    precondition(value < 1 << width, "A field of \(mnemonic) is wider than its place.")
    precondition(mask & field == 0, "Two fields of \(mnemonic) share bits.")
    mask |= field
    match |= value << low
  }
}

extension InstructionSet {
  /// The lines of one extension.
  static func lines(_ extension: ISAExtension, _ rows: [Row]) -> [InstructionDescription] {
    rows.map { row in
      InstructionDescription(
        mnemonic: row.mnemonic, operation: row.operation, mask: row.mask, match: row.match, format: row.format,
        extension: `extension`, costClass: row.costClass)
    }
  }
}
