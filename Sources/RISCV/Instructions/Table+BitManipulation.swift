/// Zba, Zbb, Zbs (unprivileged manual, chapter "B") and Zicond (chapter "Zicond").
extension InstructionSet {
  static let bitManipulation = addressing + basicBits + singleBits + conditional

  private static let addressing = lines(
    .zba,
    [
      Row("add.uw", .addUw, .register, .op32, funct3: 0b000, funct7: 0b0000100, .simple),
      Row("sh1add", .sh1add, .register, .op, funct3: 0b010, funct7: 0b0010000, .simple),
      Row("sh2add", .sh2add, .register, .op, funct3: 0b100, funct7: 0b0010000, .simple),
      Row("sh3add", .sh3add, .register, .op, funct3: 0b110, funct7: 0b0010000, .simple),
      Row("sh1add.uw", .sh1addUw, .register, .op32, funct3: 0b010, funct7: 0b0010000, .simple),
      Row("sh2add.uw", .sh2addUw, .register, .op32, funct3: 0b100, funct7: 0b0010000, .simple),
      Row("sh3add.uw", .sh3addUw, .register, .op32, funct3: 0b110, funct7: 0b0010000, .simple),
      Row("slli.uw", .slliUw, .shift6, .opImmediate32, funct3: 0b001, funct6: 0b000010, .simple),
    ])

  private static let basicBits = lines(
    .zbb,
    [
      Row("andn", .andn, .register, .op, funct3: 0b111, funct7: 0b0100000, .simple),
      Row("orn", .orn, .register, .op, funct3: 0b110, funct7: 0b0100000, .simple),
      Row("xnor", .xnor, .register, .op, funct3: 0b100, funct7: 0b0100000, .simple),

      Row("clz", .clz, .unary, .opImmediate, funct3: 0b001, funct12: 0x600, .simple),
      Row("ctz", .ctz, .unary, .opImmediate, funct3: 0b001, funct12: 0x601, .simple),
      Row("cpop", .cpop, .unary, .opImmediate, funct3: 0b001, funct12: 0x602, .simple),
      Row("sext.b", .sextB, .unary, .opImmediate, funct3: 0b001, funct12: 0x604, .simple),
      Row("sext.h", .sextH, .unary, .opImmediate, funct3: 0b001, funct12: 0x605, .simple),
      Row("orc.b", .orcB, .unary, .opImmediate, funct3: 0b101, funct12: 0x287, .simple),
      Row("rev8", .rev8, .unary, .opImmediate, funct3: 0b101, funct12: 0x6b8, .simple),
      Row("clzw", .clzw, .unary, .opImmediate32, funct3: 0b001, funct12: 0x600, .simple),
      Row("ctzw", .ctzw, .unary, .opImmediate32, funct3: 0b001, funct12: 0x601, .simple),
      Row("cpopw", .cpopw, .unary, .opImmediate32, funct3: 0b001, funct12: 0x602, .simple),
      Row("zext.h", .zextH, .unary, .op32, funct3: 0b100, funct12: 0x080, .simple),

      Row("min", .min, .register, .op, funct3: 0b100, funct7: 0b0000101, .simple),
      Row("minu", .minu, .register, .op, funct3: 0b101, funct7: 0b0000101, .simple),
      Row("max", .max, .register, .op, funct3: 0b110, funct7: 0b0000101, .simple),
      Row("maxu", .maxu, .register, .op, funct3: 0b111, funct7: 0b0000101, .simple),

      Row("rol", .rol, .register, .op, funct3: 0b001, funct7: 0b0110000, .simple),
      Row("ror", .ror, .register, .op, funct3: 0b101, funct7: 0b0110000, .simple),
      Row("rori", .rori, .shift6, .opImmediate, funct3: 0b101, funct6: 0b011000, .simple),
      Row("rolw", .rolw, .register, .op32, funct3: 0b001, funct7: 0b0110000, .simple),
      Row("rorw", .rorw, .register, .op32, funct3: 0b101, funct7: 0b0110000, .simple),
      Row("roriw", .roriw, .shift5, .opImmediate32, funct3: 0b101, funct7: 0b0110000, .simple),
    ])

  private static let singleBits = lines(
    .zbs,
    [
      Row("bclr", .bclr, .register, .op, funct3: 0b001, funct7: 0b0100100, .simple),
      Row("bext", .bext, .register, .op, funct3: 0b101, funct7: 0b0100100, .simple),
      Row("binv", .binv, .register, .op, funct3: 0b001, funct7: 0b0110100, .simple),
      Row("bset", .bset, .register, .op, funct3: 0b001, funct7: 0b0010100, .simple),
      Row("bclri", .bclri, .shift6, .opImmediate, funct3: 0b001, funct6: 0b010010, .simple),
      Row("bexti", .bexti, .shift6, .opImmediate, funct3: 0b101, funct6: 0b010010, .simple),
      Row("binvi", .binvi, .shift6, .opImmediate, funct3: 0b001, funct6: 0b011010, .simple),
      Row("bseti", .bseti, .shift6, .opImmediate, funct3: 0b001, funct6: 0b001010, .simple),
    ])

  private static let conditional = lines(
    .zicond,
    [
      Row("czero.eqz", .czeroEqz, .register, .op, funct3: 0b101, funct7: 0b0000111, .simple),
      Row("czero.nez", .czeroNez, .register, .op, funct3: 0b111, funct7: 0b0000111, .simple),
    ])
}
