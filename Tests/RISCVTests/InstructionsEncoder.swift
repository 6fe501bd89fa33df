import RISCV

/// Random numbers for these tests: SplitMix64, the same on every run.
struct InstructionsNumbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

/// An assembler for the tests, written from the instruction formats of the manual and not from the decoder: it states
/// a second time which fields each format has and where.
enum InstructionsEncoder {
  /// The fields a format has. The immediate is `immediateBits` wide, signed or not, and its low `immediateZeros` bits,
  /// counted in that width, are zero.
  struct Fields {
    var rd = false
    var rs1 = false
    var rs2 = false
    var rs3 = false
    var rounding = false
    var immediateBits = 0
    var immediateSigned = false
    var immediateZeros = 0

    static let r = Fields(rd: true, rs1: true, rs2: true)
    static let i = Fields(rd: true, rs1: true, immediateBits: 12, immediateSigned: true)
    static let s = Fields(rs1: true, rs2: true, immediateBits: 12, immediateSigned: true)
    static let b = Fields(rs1: true, rs2: true, immediateBits: 13, immediateSigned: true, immediateZeros: 1)
    static let u = Fields(rd: true, immediateBits: 32, immediateSigned: true, immediateZeros: 12)
    static let j = Fields(rd: true, immediateBits: 21, immediateSigned: true, immediateZeros: 1)
  }

  static func fields(of format: Format) -> Fields {
    switch format {
    case .none, .ignored: Fields()
    case .upper: .u
    case .jump: .j
    case .load, .floatLoad, .immediate: .i
    case .store, .floatStore: .s
    case .branch: .b
    case .shift6: Fields(rd: true, rs1: true, immediateBits: 6)
    case .shift5: Fields(rd: true, rs1: true, immediateBits: 5)
    case .csrRegister, .csrImmediate: Fields(rd: true, rs1: true, immediateBits: 12)
    case .fence: Fields(immediateBits: 12)
    case .addressPair: Fields(rs1: true, rs2: true)
    case .loadReserved: Fields(rd: true, rs1: true, immediateBits: 2)
    case .atomic: Fields(rd: true, rs1: true, rs2: true, immediateBits: 2)
    case .cacheBlock: Fields(rs1: true)
    case .prefetch: Fields(rs1: true, immediateBits: 12, immediateSigned: true, immediateZeros: 5)
    case .register, .float, .floatCompare: .r
    case .floatFused: Fields(rd: true, rs1: true, rs2: true, rs3: true, rounding: true)
    case .floatRounded: Fields(rd: true, rs1: true, rs2: true, rounding: true)
    case .floatUnaryRounded, .floatUnaryExact, .floatToIntegerRounded, .integerToFloatRounded, .integerToFloatExact:
      Fields(rd: true, rs1: true, rounding: true)
    case .unary, .floatToInteger, .integerToFloat, .floatConstant, .floatToIntegerTruncated:
      Fields(rd: true, rs1: true)
    }
  }

  /// The word of `line` with the fields of `instruction`.
  static func encode(_ line: InstructionDescription, _ instruction: Instruction) -> UInt32 {
    let fields = fields(of: line.format)
    var word = line.match | immediate(line.format, UInt32(bitPattern: instruction.immediate))
    if fields.rd { word |= UInt32(instruction.rd) << 7 }
    if fields.rs1 { word |= UInt32(instruction.rs1) << 15 }
    if fields.rs2 { word |= UInt32(instruction.rs2) << 20 }
    if fields.rs3 { word |= UInt32(instruction.rs3) << 27 }
    if fields.rounding { word |= UInt32(instruction.rounding) << 12 }
    return word
  }

  /// The bits of `value` from `high` down to `low`, moved so that the lowest lands on bit `place` of the word.
  private static func slice(_ value: UInt32, _ high: UInt32, _ low: UInt32, to place: UInt32) -> UInt32 {
    ((value >> low) & ((1 << (high - low + 1)) - 1)) << place
  }

  private static func immediate(_ format: Format, _ value: UInt32) -> UInt32 {
    switch format {
    case .upper:
      return slice(value, 31, 12, to: 12)
    case .jump:
      let high: UInt32 = slice(value, 20, 20, to: 31) | slice(value, 10, 1, to: 21)
      return high | slice(value, 11, 11, to: 20) | slice(value, 19, 12, to: 12)
    case .load, .floatLoad, .immediate, .csrRegister, .csrImmediate, .fence:
      return slice(value, 11, 0, to: 20)
    case .store, .floatStore, .prefetch:
      return slice(value, 11, 5, to: 25) | slice(value, 4, 0, to: 7)
    case .branch:
      let high: UInt32 = slice(value, 12, 12, to: 31) | slice(value, 10, 5, to: 25)
      return high | slice(value, 4, 1, to: 8) | slice(value, 11, 11, to: 7)
    case .shift6:
      return slice(value, 5, 0, to: 20)
    case .shift5:
      return slice(value, 4, 0, to: 20)
    case .loadReserved, .atomic:
      return slice(value, 1, 0, to: 25)
    default:
      return 0
    }
  }

  /// An instruction of `line` with random fields, complete with its bits: what the decoder must give back.
  static func random(_ line: InstructionDescription, using numbers: inout InstructionsNumbers) -> Instruction {
    let fields = fields(of: line.format)
    var instruction = Instruction(line.operation)
    if fields.rd { instruction.rd = .random(in: 0..<32, using: &numbers) }
    if fields.rs1 { instruction.rs1 = .random(in: 0..<32, using: &numbers) }
    if fields.rs2 { instruction.rs2 = .random(in: 0..<32, using: &numbers) }
    if fields.rs3 { instruction.rs3 = .random(in: 0..<32, using: &numbers) }
    if fields.rounding { instruction.rounding = .random(in: 0..<8, using: &numbers) }
    if line.format == .floatToIntegerTruncated { instruction.rounding = 1 }
    if fields.immediateBits > 0 {
      let unused = Int32(32 - fields.immediateBits)
      let zeros = Int32(fields.immediateZeros)
      let value = Int32.random(in: .min ... .max, using: &numbers) << unused
      let narrow = fields.immediateSigned ? value >> unused : Int32(bitPattern: UInt32(bitPattern: value) >> unused)
      instruction.immediate = (narrow >> zeros) << zeros
    }
    instruction.bits = encode(line, instruction)
    return instruction
  }

  /// Bits outside the mask that mean nothing: the unused fields of `fence` and `fence.i`.
  static func ignoredBits(of format: Format) -> UInt32 {
    switch format {
    case .fence: 0x000f_8f80
    case .ignored: 0xffff_8f80
    default: 0
    }
  }
}
