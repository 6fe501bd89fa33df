// Which operations the dispatch loop knows by themselves.

extension Code {
  /// Whether a run ends here: what follows is found anew.
  var endsRun: Bool {
    switch self {
    case .undecoded, .pageEnd, .straddle, .singleStepEnd, .system: true
    case .beq, .bne, .blt, .bge, .bltu, .bgeu, .farBeq, .farBne, .farBlt, .farBge, .farBltu, .farBgeu: true
    case .jump, .jumpLink, .farJump, .farJumpLink, .jalr: true
    default: false
    }
  }

  /// Whether all it does is to write an integer register.
  var isPure: Bool {
    switch self {
    case .lb, .lh, .lw, .ld, .lbu, .lhu, .lwu, .sb, .sh, .sw, .sd, .flw, .fld, .fsw, .fsd, .jalr: false
    default: true
    }
  }

  /// The same transfer to any address.
  var far: Code {
    switch self {
    case .beq: .farBeq
    case .bne: .farBne
    case .blt: .farBlt
    case .bge: .farBge
    case .bltu: .farBltu
    case .bgeu: .farBgeu
    case .jump: .farJump
    case .jumpLink: .farJumpLink
    default: self
    }
  }

  /// The transfer within a page for a branch or `jal`.
  init?(nearTransfer operation: Operation, links: Bool) {
    switch operation {
    case .beq: self = .beq
    case .bne: self = .bne
    case .blt: self = .blt
    case .bge: self = .bge
    case .bltu: self = .bltu
    case .bgeu: self = .bgeu
    case .jal: self = links ? .jumpLink : .jump
    default: return nil
    }
  }

  /// The floating-point operations worth a place in the dispatch loop.
  init?(fastFloat operation: Operation) {
    switch operation {
    case .faddD: self = .faddD
    case .fsubD: self = .fsubD
    case .fmulD: self = .fmulD
    case .fmaddD: self = .fmaddD
    case .fmsubD: self = .fmsubD
    case .fnmsubD: self = .fnmsubD
    case .fnmaddD: self = .fnmaddD
    default: return nil
    }
  }
}

extension Operation {
  /// Whether modes, time or interrupts may differ afterwards, or the pc is set by it.
  var isSystem: Bool {
    switch self {
    case .illegal, .csrrw, .csrrs, .csrrc, .csrrwi, .csrrsi, .csrrci, .ecall, .ebreak, .mret, .sret, .wfi, .fenceI,
      .sfenceVma, .sinvalVma, .sfenceWInval, .sfenceInvalIr:
      true
    default: false
    }
  }

  /// Whether `rd` is a floating-point register, among the operations of `Code(plain:)`.
  var writesFloatRegister: Bool { self == .flw || self == .fld }

  /// Whether it computes on floating-point registers (loads and stores do not).
  var isFloatComputation: Bool {
    switch InstructionSet.costClass(of: self) {
    case .floatSimple, .floatArithmetic, .floatFused, .floatDivide, .floatSquareRoot: true
    default: false
    }
  }
}

extension Code {
  /// The code of an operation that has one of its own, whatever its operands.
  init?(plain operation: Operation) {
    switch operation {
    case .lui: self = .lui
    case .auipc: self = .auipc
    case .addi: self = .addi
    case .slti: self = .slti
    case .sltiu: self = .sltiu
    case .xori: self = .xori
    case .ori: self = .ori
    case .andi: self = .andi
    case .slli: self = .slli
    case .srli: self = .srli
    case .srai: self = .srai
    case .addiw: self = .addiw
    case .slliw: self = .slliw
    case .srliw: self = .srliw
    case .sraiw: self = .sraiw
    case .add: self = .add
    case .sub: self = .sub
    case .sll: self = .sll
    case .slt: self = .slt
    case .sltu: self = .sltu
    case .xor: self = .xor
    case .srl: self = .srl
    case .sra: self = .sra
    case .or: self = .or
    case .and: self = .and
    case .addw: self = .addw
    case .subw: self = .subw
    case .sllw: self = .sllw
    case .srlw: self = .srlw
    case .sraw: self = .sraw
    case .mul: self = .mul
    case .mulh: self = .mulh
    case .mulhsu: self = .mulhsu
    case .mulhu: self = .mulhu
    case .div: self = .div
    case .divu: self = .divu
    case .rem: self = .rem
    case .remu: self = .remu
    case .mulw: self = .mulw
    case .divw: self = .divw
    case .divuw: self = .divuw
    case .remw: self = .remw
    case .remuw: self = .remuw
    case .lb: self = .lb
    case .lh: self = .lh
    case .lw: self = .lw
    case .ld: self = .ld
    case .lbu: self = .lbu
    case .lhu: self = .lhu
    case .lwu: self = .lwu
    case .sb: self = .sb
    case .sh: self = .sh
    case .sw: self = .sw
    case .sd: self = .sd
    case .flw: self = .flw
    case .fld: self = .fld
    case .fsw: self = .fsw
    case .fsd: self = .fsd
    case .jalr: self = .jalr
    case .addUw: self = .addUw
    case .sh1add: self = .sh1add
    case .sh2add: self = .sh2add
    case .sh3add: self = .sh3add
    case .sh1addUw: self = .sh1addUw
    case .sh2addUw: self = .sh2addUw
    case .sh3addUw: self = .sh3addUw
    case .slliUw: self = .slliUw
    case .andn: self = .andn
    case .orn: self = .orn
    case .xnor: self = .xnor
    case .clz: self = .clz
    case .ctz: self = .ctz
    case .cpop: self = .cpop
    case .clzw: self = .clzw
    case .ctzw: self = .ctzw
    case .cpopw: self = .cpopw
    case .max: self = .max
    case .maxu: self = .maxu
    case .min: self = .min
    case .minu: self = .minu
    case .sextB: self = .sextB
    case .sextH: self = .sextH
    case .zextH: self = .zextH
    case .rol: self = .rol
    case .ror: self = .ror
    case .rori: self = .rori
    case .rolw: self = .rolw
    case .rorw: self = .rorw
    case .roriw: self = .roriw
    case .orcB: self = .orcB
    case .rev8: self = .rev8
    case .bclr: self = .bclr
    case .bclri: self = .bclri
    case .bext: self = .bext
    case .bexti: self = .bexti
    case .binv: self = .binv
    case .binvi: self = .binvi
    case .bset: self = .bset
    case .bseti: self = .bseti
    case .czeroEqz: self = .czeroEqz
    case .czeroNez: self = .czeroNez
    case .fence, .pause, .wrsNto, .wrsSto, .prefetchI, .prefetchR, .prefetchW: self = .nop
    default: return nil
    }
  }
}
