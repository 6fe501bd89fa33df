/// Instructions as text, in the manner of LLVM's `llvm-objdump -M no-aliases`.
public enum Disassembler {
  /// The text of `instruction` at address `pc`: mnemonic, tab, operands.
  ///
  /// Registers have their ABI names, immediates are decimal (but upper immediates, unnamed CSRs and addresses
  /// hexadecimal), branches and jumps name the address they go to. A 16-bit instruction reads as the one it stands for.
  public static func text(_ instruction: Instruction, at pc: UInt64) -> String {
    if instruction.operation == .illegal {
      return "illegal\t" + hexadecimal(instruction.bits, digits: Int(instruction.length) * 2)
    }
    if instruction.operation == .fence && instruction.immediate == fenceTotalStoreOrder {
      return "fence.tso"
    }
    let line = InstructionSet.description(of: instruction.operation)
    var mnemonic = line.mnemonic
    if line.format.immediateLayout == .ordering {
      mnemonic += orderings[Int(instruction.immediate & 0b11)]
    }
    let operands = line.format.operands.compactMap { text($0, of: instruction, at: pc) }
    return operands.isEmpty ? mnemonic : mnemonic + "\t" + operands.joined(separator: ", ")
  }

  /// The ABI name of integer register `number`, 0 to 31.
  public static func integerRegisterName(_ number: UInt8) -> String { integerRegisters[Int(number & 31)] }

  /// The ABI name of floating-point register `number`, 0 to 31.
  public static func floatRegisterName(_ number: UInt8) -> String { floatRegisters[Int(number & 31)] }

  /// The name of CSR `number`, 0 to 4095, or its number in hexadecimal when it has no name.
  public static func csrName(_ number: UInt16) -> String { CSRName.text(UInt32(number)) }

  /// One operand, or `nil` when it is not written.
  private static func text(_ operand: Operand, of instruction: Instruction, at pc: UInt64) -> String? {
    let immediate = instruction.immediate
    switch operand {
    case .rd: return integerRegisterName(instruction.rd)
    case .rs1: return integerRegisterName(instruction.rs1)
    case .rs2: return integerRegisterName(instruction.rs2)
    case .floatRd: return floatRegisterName(instruction.rd)
    case .floatRs1: return floatRegisterName(instruction.rs1)
    case .floatRs2: return floatRegisterName(instruction.rs2)
    case .floatRs3: return floatRegisterName(instruction.rs3)
    case .signed: return String(immediate)
    case .upper: return "0x" + String(UInt32(bitPattern: immediate) >> 12, radix: 16)
    case .target: return "0x" + String(pc &+ UInt64(bitPattern: Int64(immediate)), radix: 16)
    case .memory: return "\(immediate)(\(integerRegisterName(instruction.rs1)))"
    case .address: return "(\(integerRegisterName(instruction.rs1)))"
    case .csr: return CSRName.text(UInt32(bitPattern: immediate))
    case .rs1Number: return String(instruction.rs1)
    case .constant: return constants[Int(instruction.rs1 & 31)]
    case .predecessor: return fenceSet(immediate >> 4)
    case .successor: return fenceSet(immediate)
    case .rounding: return roundings[Int(instruction.rounding & 7)]
    case .roundingUnlessNearest:
      return instruction.rounding == 0 ? nil : roundings[Int(instruction.rounding & 7)]
    }
  }

  /// The accesses a fence orders, bits 3…0: input, output, reads, writes.
  private static func fenceSet(_ set: Int32) -> String {
    var letters = ""
    if set & 0b1000 != 0 { letters += "i" }
    if set & 0b0100 != 0 { letters += "o" }
    if set & 0b0010 != 0 { letters += "r" }
    if set & 0b0001 != 0 { letters += "w" }
    return letters.isEmpty ? "0" : letters
  }

  private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16)
    return "0x" + String(repeating: "0", count: digits > text.count ? digits - text.count : 0) + text
  }

  /// `fm` 8, pred `rw`, succ `rw`.
  private static let fenceTotalStoreOrder: Int32 = 0x833

  private static let orderings = ["", ".rl", ".aq", ".aqrl"]

  private static let roundings = ["rne", "rtz", "rdn", "rup", "rmm", "reserved5", "reserved6", "dyn"]

  private static let integerRegisters = [
    "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5",
    "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
  ]

  private static let floatRegisters = [
    "ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7", "fs0", "fs1", "fa0", "fa1", "fa2", "fa3", "fa4", "fa5",
    "fa6", "fa7", "fs2", "fs3", "fs4", "fs5", "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11",
  ]

  /// The constants of `fli` by number (unprivileged manual, chapter "Zfa", table "Immediate values loaded by FLI").
  private static let constants = [
    "-1.0", "min", "1.52587890625e-05", "3.0517578125e-05", "0.00390625", "0.0078125", "0.0625", "0.125",
    "0.25", "0.3125", "0.375", "0.4375", "0.5", "0.625", "0.75", "0.875",
    "1.0", "1.25", "1.5", "1.75", "2.0", "2.5", "3.0", "4.0",
    "8.0", "16.0", "128.0", "256.0", "32768.0", "65536.0", "inf", "nan",
  ]
}
