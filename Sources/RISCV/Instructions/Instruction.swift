/// One decoded instruction: the operation and its fields, ready for the interpreter.
///
/// Fields the format does not have are zero, so two words that differ only in ignored bits have equal fields.
public struct Instruction: Equatable, Sendable {
  /// What to do. `illegal` when the word is not a defined instruction.
  public var operation: Operation
  /// Destination register, 0 to 31; integer or floating point as the format says.
  public var rd: UInt8
  /// First source register, 0 to 31. Holds the 5-bit immediate of `csrrwi`, `csrrsi`, `csrrci`, and of `fli.*` the
  /// number of the constant.
  public var rs1: UInt8
  /// Second source register, 0 to 31.
  public var rs2: UInt8
  /// Third source register of the fused multiply-adds, 0 to 31.
  public var rs3: UInt8
  /// The `rm` field, 0 to 7: 7 takes the mode from `frm`; 5 and 6 are reserved, and the hart must refuse them.
  public var rounding: UInt8
  /// The immediate, as its format means it: sign-extended value or byte offset; shift amount; CSR number 0 to 4095;
  /// for `lui` and `auipc` the value added, its low 12 bits zero; for atomics `aq << 1 | rl`; for `fence` the 12 bits
  /// `fm`, `pred`, `succ`.
  public var immediate: Int32
  /// Length in bytes, 2 or 4.
  public var length: UInt8
  /// The bits as fetched; a 16-bit instruction in the low half, the high half zero.
  public var bits: UInt32

  /// An instruction from its fields; fields not given are zero.
  public init(
    _ operation: Operation, rd: UInt8 = 0, rs1: UInt8 = 0, rs2: UInt8 = 0, rs3: UInt8 = 0, rounding: UInt8 = 0,
    immediate: Int32 = 0, length: UInt8 = 4, bits: UInt32 = 0
  ) {
    self.operation = operation
    self.rd = rd
    self.rs1 = rs1
    self.rs2 = rs2
    self.rs3 = rs3
    self.rounding = rounding
    self.immediate = immediate
    self.length = length
    self.bits = bits
  }
}
