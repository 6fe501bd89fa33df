/// F, D and Zfa (unprivileged manual, chapters of those names).
///
/// The two low bits of funct7, and funct2 of the fused operations, are `fmt`: 00 single, 01 double. An operation
/// without funct3 has its rounding mode there.
extension InstructionSet {
  static let float = lines(
    .f,
    [
      Row("flw", .flw, .floatLoad, .loadFloat, funct3: 0b010, .load),
      Row("fsw", .fsw, .floatStore, .storeFloat, funct3: 0b010, .store),

      Row("fmadd.s", .fmaddS, .floatFused, .fusedAdd, funct2: 0b00, .floatFused),
      Row("fmsub.s", .fmsubS, .floatFused, .fusedSubtract, funct2: 0b00, .floatFused),
      Row("fnmsub.s", .fnmsubS, .floatFused, .fusedNegateSubtract, funct2: 0b00, .floatFused),
      Row("fnmadd.s", .fnmaddS, .floatFused, .fusedNegateAdd, funct2: 0b00, .floatFused),

      Row("fadd.s", .faddS, .floatRounded, .opFloat, funct7: 0b0000000, .floatArithmetic),
      Row("fsub.s", .fsubS, .floatRounded, .opFloat, funct7: 0b0000100, .floatArithmetic),
      Row("fmul.s", .fmulS, .floatRounded, .opFloat, funct7: 0b0001000, .floatArithmetic),
      Row("fdiv.s", .fdivS, .floatRounded, .opFloat, funct7: 0b0001100, .floatDivide),
      Row("fsqrt.s", .fsqrtS, .floatUnaryRounded, .opFloat, funct7: 0b0101100, rs2: 0b00000, .floatSquareRoot),

      Row("fsgnj.s", .fsgnjS, .float, .opFloat, funct3: 0b000, funct7: 0b0010000, .floatSimple),
      Row("fsgnjn.s", .fsgnjnS, .float, .opFloat, funct3: 0b001, funct7: 0b0010000, .floatSimple),
      Row("fsgnjx.s", .fsgnjxS, .float, .opFloat, funct3: 0b010, funct7: 0b0010000, .floatSimple),
      Row("fmin.s", .fminS, .float, .opFloat, funct3: 0b000, funct7: 0b0010100, .floatSimple),
      Row("fmax.s", .fmaxS, .float, .opFloat, funct3: 0b001, funct7: 0b0010100, .floatSimple),
      Row("feq.s", .feqS, .floatCompare, .opFloat, funct3: 0b010, funct7: 0b1010000, .floatSimple),
      Row("flt.s", .fltS, .floatCompare, .opFloat, funct3: 0b001, funct7: 0b1010000, .floatSimple),
      Row("fle.s", .fleS, .floatCompare, .opFloat, funct3: 0b000, funct7: 0b1010000, .floatSimple),
      Row(
        "fclass.s", .fclassS, .floatToInteger, .opFloat, funct3: 0b001, funct7: 0b1110000, rs2: 0b00000, .floatSimple),
      Row("fmv.x.w", .fmvXW, .floatToInteger, .opFloat, funct3: 0b000, funct7: 0b1110000, rs2: 0b00000, .floatSimple),
      Row("fmv.w.x", .fmvWX, .integerToFloat, .opFloat, funct3: 0b000, funct7: 0b1111000, rs2: 0b00000, .floatSimple),

      Row("fcvt.w.s", .fcvtWS, .floatToIntegerRounded, .opFloat, funct7: 0b1100000, rs2: 0b00000, .floatArithmetic),
      Row("fcvt.wu.s", .fcvtWuS, .floatToIntegerRounded, .opFloat, funct7: 0b1100000, rs2: 0b00001, .floatArithmetic),
      Row("fcvt.l.s", .fcvtLS, .floatToIntegerRounded, .opFloat, funct7: 0b1100000, rs2: 0b00010, .floatArithmetic),
      Row("fcvt.lu.s", .fcvtLuS, .floatToIntegerRounded, .opFloat, funct7: 0b1100000, rs2: 0b00011, .floatArithmetic),
      Row("fcvt.s.w", .fcvtSW, .integerToFloatRounded, .opFloat, funct7: 0b1101000, rs2: 0b00000, .floatArithmetic),
      Row("fcvt.s.wu", .fcvtSWu, .integerToFloatRounded, .opFloat, funct7: 0b1101000, rs2: 0b00001, .floatArithmetic),
      Row("fcvt.s.l", .fcvtSL, .integerToFloatRounded, .opFloat, funct7: 0b1101000, rs2: 0b00010, .floatArithmetic),
      Row("fcvt.s.lu", .fcvtSLu, .integerToFloatRounded, .opFloat, funct7: 0b1101000, rs2: 0b00011, .floatArithmetic),
    ])

  static let double = lines(
    .d,
    [
      Row("fld", .fld, .floatLoad, .loadFloat, funct3: 0b011, .load),
      Row("fsd", .fsd, .floatStore, .storeFloat, funct3: 0b011, .store),

      Row("fmadd.d", .fmaddD, .floatFused, .fusedAdd, funct2: 0b01, .floatFused),
      Row("fmsub.d", .fmsubD, .floatFused, .fusedSubtract, funct2: 0b01, .floatFused),
      Row("fnmsub.d", .fnmsubD, .floatFused, .fusedNegateSubtract, funct2: 0b01, .floatFused),
      Row("fnmadd.d", .fnmaddD, .floatFused, .fusedNegateAdd, funct2: 0b01, .floatFused),

      Row("fadd.d", .faddD, .floatRounded, .opFloat, funct7: 0b0000001, .floatArithmetic),
      Row("fsub.d", .fsubD, .floatRounded, .opFloat, funct7: 0b0000101, .floatArithmetic),
      Row("fmul.d", .fmulD, .floatRounded, .opFloat, funct7: 0b0001001, .floatArithmetic),
      Row("fdiv.d", .fdivD, .floatRounded, .opFloat, funct7: 0b0001101, .floatDivide),
      Row("fsqrt.d", .fsqrtD, .floatUnaryRounded, .opFloat, funct7: 0b0101101, rs2: 0b00000, .floatSquareRoot),

      Row("fsgnj.d", .fsgnjD, .float, .opFloat, funct3: 0b000, funct7: 0b0010001, .floatSimple),
      Row("fsgnjn.d", .fsgnjnD, .float, .opFloat, funct3: 0b001, funct7: 0b0010001, .floatSimple),
      Row("fsgnjx.d", .fsgnjxD, .float, .opFloat, funct3: 0b010, funct7: 0b0010001, .floatSimple),
      Row("fmin.d", .fminD, .float, .opFloat, funct3: 0b000, funct7: 0b0010101, .floatSimple),
      Row("fmax.d", .fmaxD, .float, .opFloat, funct3: 0b001, funct7: 0b0010101, .floatSimple),
      Row("feq.d", .feqD, .floatCompare, .opFloat, funct3: 0b010, funct7: 0b1010001, .floatSimple),
      Row("flt.d", .fltD, .floatCompare, .opFloat, funct3: 0b001, funct7: 0b1010001, .floatSimple),
      Row("fle.d", .fleD, .floatCompare, .opFloat, funct3: 0b000, funct7: 0b1010001, .floatSimple),
      Row(
        "fclass.d", .fclassD, .floatToInteger, .opFloat, funct3: 0b001, funct7: 0b1110001, rs2: 0b00000, .floatSimple),
      Row("fmv.x.d", .fmvXD, .floatToInteger, .opFloat, funct3: 0b000, funct7: 0b1110001, rs2: 0b00000, .floatSimple),
      Row("fmv.d.x", .fmvDX, .integerToFloat, .opFloat, funct3: 0b000, funct7: 0b1111001, rs2: 0b00000, .floatSimple),

      Row("fcvt.w.d", .fcvtWD, .floatToIntegerRounded, .opFloat, funct7: 0b1100001, rs2: 0b00000, .floatArithmetic),
      Row("fcvt.wu.d", .fcvtWuD, .floatToIntegerRounded, .opFloat, funct7: 0b1100001, rs2: 0b00001, .floatArithmetic),
      Row("fcvt.l.d", .fcvtLD, .floatToIntegerRounded, .opFloat, funct7: 0b1100001, rs2: 0b00010, .floatArithmetic),
      Row("fcvt.lu.d", .fcvtLuD, .floatToIntegerRounded, .opFloat, funct7: 0b1100001, rs2: 0b00011, .floatArithmetic),
      Row("fcvt.d.w", .fcvtDW, .integerToFloatExact, .opFloat, funct7: 0b1101001, rs2: 0b00000, .floatArithmetic),
      Row("fcvt.d.wu", .fcvtDWu, .integerToFloatExact, .opFloat, funct7: 0b1101001, rs2: 0b00001, .floatArithmetic),
      Row("fcvt.d.l", .fcvtDL, .integerToFloatRounded, .opFloat, funct7: 0b1101001, rs2: 0b00010, .floatArithmetic),
      Row("fcvt.d.lu", .fcvtDLu, .integerToFloatRounded, .opFloat, funct7: 0b1101001, rs2: 0b00011, .floatArithmetic),
      Row("fcvt.s.d", .fcvtSD, .floatUnaryRounded, .opFloat, funct7: 0b0100000, rs2: 0b00001, .floatArithmetic),
      Row("fcvt.d.s", .fcvtDS, .floatUnaryExact, .opFloat, funct7: 0b0100001, rs2: 0b00000, .floatArithmetic),
    ])

  static let moreFloat = lines(
    .zfa,
    [
      Row("fli.s", .fliS, .floatConstant, .opFloat, funct3: 0b000, funct7: 0b1111000, rs2: 0b00001, .floatSimple),
      Row("fminm.s", .fminmS, .float, .opFloat, funct3: 0b010, funct7: 0b0010100, .floatSimple),
      Row("fmaxm.s", .fmaxmS, .float, .opFloat, funct3: 0b011, funct7: 0b0010100, .floatSimple),
      Row("fround.s", .froundS, .floatUnaryRounded, .opFloat, funct7: 0b0100000, rs2: 0b00100, .floatArithmetic),
      Row("froundnx.s", .froundnxS, .floatUnaryRounded, .opFloat, funct7: 0b0100000, rs2: 0b00101, .floatArithmetic),
      Row("fleq.s", .fleqS, .floatCompare, .opFloat, funct3: 0b100, funct7: 0b1010000, .floatSimple),
      Row("fltq.s", .fltqS, .floatCompare, .opFloat, funct3: 0b101, funct7: 0b1010000, .floatSimple),

      Row("fli.d", .fliD, .floatConstant, .opFloat, funct3: 0b000, funct7: 0b1111001, rs2: 0b00001, .floatSimple),
      Row("fminm.d", .fminmD, .float, .opFloat, funct3: 0b010, funct7: 0b0010101, .floatSimple),
      Row("fmaxm.d", .fmaxmD, .float, .opFloat, funct3: 0b011, funct7: 0b0010101, .floatSimple),
      Row("fround.d", .froundD, .floatUnaryRounded, .opFloat, funct7: 0b0100001, rs2: 0b00100, .floatArithmetic),
      Row("froundnx.d", .froundnxD, .floatUnaryRounded, .opFloat, funct7: 0b0100001, rs2: 0b00101, .floatArithmetic),
      Row("fleq.d", .fleqD, .floatCompare, .opFloat, funct3: 0b100, funct7: 0b1010001, .floatSimple),
      Row("fltq.d", .fltqD, .floatCompare, .opFloat, funct3: 0b101, funct7: 0b1010001, .floatSimple),

      Row(
        "fcvtmod.w.d", .fcvtmodWD, .floatToIntegerTruncated, .opFloat, funct3: 0b001, funct7: 0b1100001, rs2: 0b01000,
        .floatArithmetic),
    ])
}
