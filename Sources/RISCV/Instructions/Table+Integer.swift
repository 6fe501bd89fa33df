/// RV64I, M and A (unprivileged manual, chapters "RV32I", "RV64I", "M" and "A").
extension InstructionSet {
  static let integer = lines(
    .rv64i,
    [
      Row("lui", .lui, .upper, .lui, .simple),
      Row("auipc", .auipc, .upper, .auipc, .simple),
      Row("jal", .jal, .jump, .jal, .jump),
      Row("jalr", .jalr, .load, .jalr, funct3: 0b000, .jump),

      Row("beq", .beq, .branch, .branch, funct3: 0b000, .branch),
      Row("bne", .bne, .branch, .branch, funct3: 0b001, .branch),
      Row("blt", .blt, .branch, .branch, funct3: 0b100, .branch),
      Row("bge", .bge, .branch, .branch, funct3: 0b101, .branch),
      Row("bltu", .bltu, .branch, .branch, funct3: 0b110, .branch),
      Row("bgeu", .bgeu, .branch, .branch, funct3: 0b111, .branch),

      Row("lb", .lb, .load, .load, funct3: 0b000, .load),
      Row("lh", .lh, .load, .load, funct3: 0b001, .load),
      Row("lw", .lw, .load, .load, funct3: 0b010, .load),
      Row("ld", .ld, .load, .load, funct3: 0b011, .load),
      Row("lbu", .lbu, .load, .load, funct3: 0b100, .load),
      Row("lhu", .lhu, .load, .load, funct3: 0b101, .load),
      Row("lwu", .lwu, .load, .load, funct3: 0b110, .load),

      Row("sb", .sb, .store, .store, funct3: 0b000, .store),
      Row("sh", .sh, .store, .store, funct3: 0b001, .store),
      Row("sw", .sw, .store, .store, funct3: 0b010, .store),
      Row("sd", .sd, .store, .store, funct3: 0b011, .store),

      Row("addi", .addi, .immediate, .opImmediate, funct3: 0b000, .simple),
      Row("slti", .slti, .immediate, .opImmediate, funct3: 0b010, .simple),
      Row("sltiu", .sltiu, .immediate, .opImmediate, funct3: 0b011, .simple),
      Row("xori", .xori, .immediate, .opImmediate, funct3: 0b100, .simple),
      Row("ori", .ori, .immediate, .opImmediate, funct3: 0b110, .simple),
      Row("andi", .andi, .immediate, .opImmediate, funct3: 0b111, .simple),
      Row("slli", .slli, .shift6, .opImmediate, funct3: 0b001, funct6: 0b000000, .simple),
      Row("srli", .srli, .shift6, .opImmediate, funct3: 0b101, funct6: 0b000000, .simple),
      Row("srai", .srai, .shift6, .opImmediate, funct3: 0b101, funct6: 0b010000, .simple),

      Row("add", .add, .register, .op, funct3: 0b000, funct7: 0b0000000, .simple),
      Row("sub", .sub, .register, .op, funct3: 0b000, funct7: 0b0100000, .simple),
      Row("sll", .sll, .register, .op, funct3: 0b001, funct7: 0b0000000, .simple),
      Row("slt", .slt, .register, .op, funct3: 0b010, funct7: 0b0000000, .simple),
      Row("sltu", .sltu, .register, .op, funct3: 0b011, funct7: 0b0000000, .simple),
      Row("xor", .xor, .register, .op, funct3: 0b100, funct7: 0b0000000, .simple),
      Row("srl", .srl, .register, .op, funct3: 0b101, funct7: 0b0000000, .simple),
      Row("sra", .sra, .register, .op, funct3: 0b101, funct7: 0b0100000, .simple),
      Row("or", .or, .register, .op, funct3: 0b110, funct7: 0b0000000, .simple),
      Row("and", .and, .register, .op, funct3: 0b111, funct7: 0b0000000, .simple),

      Row("addiw", .addiw, .immediate, .opImmediate32, funct3: 0b000, .simple),
      Row("slliw", .slliw, .shift5, .opImmediate32, funct3: 0b001, funct7: 0b0000000, .simple),
      Row("srliw", .srliw, .shift5, .opImmediate32, funct3: 0b101, funct7: 0b0000000, .simple),
      Row("sraiw", .sraiw, .shift5, .opImmediate32, funct3: 0b101, funct7: 0b0100000, .simple),

      Row("addw", .addw, .register, .op32, funct3: 0b000, funct7: 0b0000000, .simple),
      Row("subw", .subw, .register, .op32, funct3: 0b000, funct7: 0b0100000, .simple),
      Row("sllw", .sllw, .register, .op32, funct3: 0b001, funct7: 0b0000000, .simple),
      Row("srlw", .srlw, .register, .op32, funct3: 0b101, funct7: 0b0000000, .simple),
      Row("sraw", .sraw, .register, .op32, funct3: 0b101, funct7: 0b0100000, .simple),

      Row("fence", .fence, .fence, .miscMemory, funct3: 0b000, .fence),
      Row("ecall", .ecall, .none, .system, funct3: 0b000, funct12: 0x000, rs1: 0, rd: 0, .system),
      Row("ebreak", .ebreak, .none, .system, funct3: 0b000, funct12: 0x001, rs1: 0, rd: 0, .system),
    ])

  static let multiply = lines(
    .m,
    [
      Row("mul", .mul, .register, .op, funct3: 0b000, funct7: 0b0000001, .multiply),
      Row("mulh", .mulh, .register, .op, funct3: 0b001, funct7: 0b0000001, .multiply),
      Row("mulhsu", .mulhsu, .register, .op, funct3: 0b010, funct7: 0b0000001, .multiply),
      Row("mulhu", .mulhu, .register, .op, funct3: 0b011, funct7: 0b0000001, .multiply),
      Row("div", .div, .register, .op, funct3: 0b100, funct7: 0b0000001, .divide),
      Row("divu", .divu, .register, .op, funct3: 0b101, funct7: 0b0000001, .divide),
      Row("rem", .rem, .register, .op, funct3: 0b110, funct7: 0b0000001, .divide),
      Row("remu", .remu, .register, .op, funct3: 0b111, funct7: 0b0000001, .divide),

      Row("mulw", .mulw, .register, .op32, funct3: 0b000, funct7: 0b0000001, .multiply),
      Row("divw", .divw, .register, .op32, funct3: 0b100, funct7: 0b0000001, .divide),
      Row("divuw", .divuw, .register, .op32, funct3: 0b101, funct7: 0b0000001, .divide),
      Row("remw", .remw, .register, .op32, funct3: 0b110, funct7: 0b0000001, .divide),
      Row("remuw", .remuw, .register, .op32, funct3: 0b111, funct7: 0b0000001, .divide),
    ])

  static let atomic = lines(
    .a,
    [
      Row("lr.w", .lrW, .loadReserved, .atomic, funct3: 0b010, funct5: 0b00010, rs2: 0, .atomic),
      Row("sc.w", .scW, .atomic, .atomic, funct3: 0b010, funct5: 0b00011, .atomic),
      Row("amoswap.w", .amoswapW, .atomic, .atomic, funct3: 0b010, funct5: 0b00001, .atomic),
      Row("amoadd.w", .amoaddW, .atomic, .atomic, funct3: 0b010, funct5: 0b00000, .atomic),
      Row("amoxor.w", .amoxorW, .atomic, .atomic, funct3: 0b010, funct5: 0b00100, .atomic),
      Row("amoand.w", .amoandW, .atomic, .atomic, funct3: 0b010, funct5: 0b01100, .atomic),
      Row("amoor.w", .amoorW, .atomic, .atomic, funct3: 0b010, funct5: 0b01000, .atomic),
      Row("amomin.w", .amominW, .atomic, .atomic, funct3: 0b010, funct5: 0b10000, .atomic),
      Row("amomax.w", .amomaxW, .atomic, .atomic, funct3: 0b010, funct5: 0b10100, .atomic),
      Row("amominu.w", .amominuW, .atomic, .atomic, funct3: 0b010, funct5: 0b11000, .atomic),
      Row("amomaxu.w", .amomaxuW, .atomic, .atomic, funct3: 0b010, funct5: 0b11100, .atomic),

      Row("lr.d", .lrD, .loadReserved, .atomic, funct3: 0b011, funct5: 0b00010, rs2: 0, .atomic),
      Row("sc.d", .scD, .atomic, .atomic, funct3: 0b011, funct5: 0b00011, .atomic),
      Row("amoswap.d", .amoswapD, .atomic, .atomic, funct3: 0b011, funct5: 0b00001, .atomic),
      Row("amoadd.d", .amoaddD, .atomic, .atomic, funct3: 0b011, funct5: 0b00000, .atomic),
      Row("amoxor.d", .amoxorD, .atomic, .atomic, funct3: 0b011, funct5: 0b00100, .atomic),
      Row("amoand.d", .amoandD, .atomic, .atomic, funct3: 0b011, funct5: 0b01100, .atomic),
      Row("amoor.d", .amoorD, .atomic, .atomic, funct3: 0b011, funct5: 0b01000, .atomic),
      Row("amomin.d", .amominD, .atomic, .atomic, funct3: 0b011, funct5: 0b10000, .atomic),
      Row("amomax.d", .amomaxD, .atomic, .atomic, funct3: 0b011, funct5: 0b10100, .atomic),
      Row("amominu.d", .amominuD, .atomic, .atomic, funct3: 0b011, funct5: 0b11000, .atomic),
      Row("amomaxu.d", .amomaxuD, .atomic, .atomic, funct3: 0b011, funct5: 0b11100, .atomic),
    ])
}
