/// How the variable bits of a 32-bit instruction are laid out, and the order in which the assembler writes them.
///
/// Finer than the six letters of the manual (R, I, S, B, U, J): a format also says which registers are floating point
/// and which operands are not written.
public enum Format: UInt8, CaseIterable, Sendable {
  /// Every bit is fixed: `ecall`.
  case none
  /// U: `lui rd, immediate`.
  case upper
  /// J: `jal rd, target`.
  case jump
  /// I, written as a load: `jalr rd, offset(rs1)`, `lw rd, offset(rs1)`.
  case load
  /// I, written as a load: `flw fd, offset(rs1)`.
  case floatLoad
  /// S: `sw rs2, offset(rs1)`.
  case store
  /// S: `fsw fs2, offset(rs1)`.
  case floatStore
  /// B: `beq rs1, rs2, target`.
  case branch
  /// I: `addi rd, rs1, immediate`.
  case immediate
  /// I with a 6-bit shift amount: `slli rd, rs1, amount`.
  case shift6
  /// I with a 5-bit shift amount: `slliw rd, rs1, amount`.
  case shift5
  /// R: `add rd, rs1, rs2`.
  case register
  /// R with rs2 fixed: `clz rd, rs1`.
  case unary
  /// I: `csrrw rd, csr, rs1`.
  case csrRegister
  /// I with a 5-bit immediate in rs1: `csrrwi rd, csr, immediate`.
  case csrImmediate
  /// I with `fm`, `pred`, `succ` in the immediate; rd and rs1 are ignored.
  case fence
  /// I; the immediate, rd and rs1 are ignored: `fence.i`.
  case ignored
  /// R without rd: `sfence.vma rs1, rs2`.
  case addressPair
  /// R without rs2, with `aq` and `rl`: `lr.w rd, (rs1)`.
  case loadReserved
  /// R with `aq` and `rl`: `amoadd.w rd, rs2, (rs1)`.
  case atomic
  /// I with rd and immediate fixed: `cbo.zero (rs1)`.
  case cacheBlock
  /// S with rd, here the low offset bits, zero: `prefetch.r offset(rs1)`.
  case prefetch
  /// R4: `fmadd.s fd, fs1, fs2, fs3, rm`.
  case floatFused
  /// R: `fadd.s fd, fs1, fs2, rm`.
  case floatRounded
  /// R: `fsgnj.s fd, fs1, fs2`.
  case float
  /// R with rs2 fixed: `fsqrt.s fd, fs1, rm`.
  case floatUnaryRounded
  /// R with rs2 fixed, exact whatever the rounding mode, which is written only when it is not 0: `fcvt.d.s fd, fs1`.
  case floatUnaryExact
  /// R: `feq.s rd, fs1, fs2`.
  case floatCompare
  /// R with rs2 fixed: `fcvt.w.s rd, fs1, rm`.
  case floatToIntegerRounded
  /// R with rs2 and rm fixed, the rounding mode written all the same: `fcvtmod.w.d rd, fs1, rtz`.
  case floatToIntegerTruncated
  /// R with rs2 fixed: `fmv.x.w rd, fs1`.
  case floatToInteger
  /// R with rs2 fixed: `fcvt.s.w fd, rs1, rm`.
  case integerToFloatRounded
  /// R with rs2 fixed, exact whatever the rounding mode, which is written only when it is not 0: `fcvt.d.w fd, rs1`.
  case integerToFloatExact
  /// R with rs2 fixed: `fmv.w.x fd, rs1`.
  case integerToFloat
  /// R with rs2 fixed and the number of a constant in rs1: `fli.s fd, constant`.
  case floatConstant
}

/// One operand as the assembler writes it.
enum Operand: UInt8, Sendable {
  case rd, rs1, rs2
  case floatRd, floatRs1, floatRs2, floatRs3
  /// The immediate as a signed number.
  case signed
  /// The upper 20 bits of the immediate as an unsigned number.
  case upper
  /// The address pc + immediate.
  case target
  /// `immediate(rs1)`.
  case memory
  /// `(rs1)`.
  case address
  /// The immediate as a CSR name.
  case csr
  /// The rs1 field as an unsigned number.
  case rs1Number
  /// The rs1 field as the floating-point constant with that number.
  case constant
  /// The `pred` and `succ` sets of a fence.
  case predecessor, successor
  case rounding
  /// The rounding mode, left out when it is 0.
  case roundingUnlessNearest

  /// The bits of the word that hold this operand's registers and rounding mode; immediates belong to the format.
  var fieldBits: UInt32 {
    switch self {
    case .rd, .floatRd: 0x1f << 7
    case .rs1, .floatRs1, .memory, .address, .rs1Number, .constant: 0x1f << 15
    case .rs2, .floatRs2: 0x1f << 20
    case .floatRs3: 0x1f << 27
    case .rounding, .roundingUnlessNearest: 0x7 << 12
    case .signed, .upper, .target, .csr, .predecessor, .successor: 0
    }
  }
}

/// How an immediate is spread over the word.
enum ImmediateLayout: UInt8, Sendable {
  case none
  /// I, S, B, U, J: the manual's own layouts, all sign-extended.
  case i, s, b, u, j
  /// Bits 25…20 and bits 24…20, not sign-extended.
  case shift6, shift5
  /// Bits 31…20, not sign-extended.
  case unsigned12
  /// Bits 26 (`aq`) and 25 (`rl`).
  case ordering
  /// Bits 31…25, the upper seven of a sign-extended 12-bit offset whose lower five are zero.
  case blockOffset

  /// The bits of the word that hold the immediate.
  var bits: UInt32 {
    switch self {
    case .none: 0
    case .i, .unsigned12: 0xfff0_0000
    case .s, .b: 0xfe00_0f80
    case .u, .j: 0xffff_f000
    case .shift6: 0x3f << 20
    case .shift5: 0x1f << 20
    case .ordering: 0x3 << 25
    case .blockOffset: 0xfe00_0000
    }
  }
}

extension Format {
  /// The operands in the order in which the assembler writes them.
  var operands: [Operand] {
    switch self {
    case .none, .ignored: []
    case .upper: [.rd, .upper]
    case .jump: [.rd, .target]
    case .load: [.rd, .memory]
    case .floatLoad: [.floatRd, .memory]
    case .store: [.rs2, .memory]
    case .floatStore: [.floatRs2, .memory]
    case .branch: [.rs1, .rs2, .target]
    case .immediate, .shift6, .shift5: [.rd, .rs1, .signed]
    case .register: [.rd, .rs1, .rs2]
    case .unary: [.rd, .rs1]
    case .csrRegister: [.rd, .csr, .rs1]
    case .csrImmediate: [.rd, .csr, .rs1Number]
    case .fence: [.predecessor, .successor]
    case .addressPair: [.rs1, .rs2]
    case .loadReserved: [.rd, .address]
    case .atomic: [.rd, .rs2, .address]
    case .cacheBlock: [.address]
    case .prefetch: [.memory]
    case .floatFused: [.floatRd, .floatRs1, .floatRs2, .floatRs3, .rounding]
    case .floatRounded: [.floatRd, .floatRs1, .floatRs2, .rounding]
    case .float: [.floatRd, .floatRs1, .floatRs2]
    case .floatUnaryRounded: [.floatRd, .floatRs1, .rounding]
    case .floatUnaryExact: [.floatRd, .floatRs1, .roundingUnlessNearest]
    case .floatCompare: [.rd, .floatRs1, .floatRs2]
    case .floatToIntegerRounded, .floatToIntegerTruncated: [.rd, .floatRs1, .rounding]
    case .floatToInteger: [.rd, .floatRs1]
    case .integerToFloatRounded: [.floatRd, .rs1, .rounding]
    case .integerToFloatExact: [.floatRd, .rs1, .roundingUnlessNearest]
    case .integerToFloat: [.floatRd, .rs1]
    case .floatConstant: [.floatRd, .constant]
    }
  }

  /// Where the immediate is.
  var immediateLayout: ImmediateLayout {
    switch self {
    case .upper: .u
    case .jump: .j
    case .load, .floatLoad, .immediate: .i
    case .store, .floatStore: .s
    case .branch: .b
    case .shift6: .shift6
    case .shift5: .shift5
    case .csrRegister, .csrImmediate, .fence: .unsigned12
    case .loadReserved, .atomic: .ordering
    case .prefetch: .blockOffset
    case .none, .ignored, .register, .unary, .addressPair, .cacheBlock, .floatFused, .floatRounded, .float,
      .floatUnaryRounded, .floatUnaryExact, .floatCompare, .floatToIntegerRounded, .floatToIntegerTruncated,
      .floatToInteger, .integerToFloatRounded, .integerToFloatExact, .integerToFloat, .floatConstant:
      .none
    }
  }

  /// The register and rounding fields the format has.
  var fieldBits: UInt32 {
    operands.reduce(0) { $0 | $1.fieldBits }
  }

  /// Bits that may have any value and mean nothing. The unprivileged manual, 2.7 and Zifencei: implementations shall
  /// ignore the unused fields of `fence` and `fence.i`, so that finer fences can be defined in them later.
  var ignoredBits: UInt32 {
    switch self {
    case .fence: 0x000f_8f80
    case .ignored: 0xffff_8f80
    default: 0
    }
  }
}
