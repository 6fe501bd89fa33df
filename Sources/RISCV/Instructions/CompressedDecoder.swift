import Bits

/// The C extension on RV64 with D: each 16-bit instruction as the 32-bit one it stands for (unprivileged manual,
/// chapter "C", tables "Instruction listing for RVC, Quadrant 0/1/2").
///
/// Hints expand like their neighbours and end up writing `x0` or changing nothing. Reserved encodings are illegal.
enum CompressedDecoder {
  /// Expands the 16-bit instruction in the low half of `half`; the high half must be zero.
  static func expand(_ half: UInt32) -> Instruction {
    var instruction =
      switch half & 0b11 {
      case 0b00: quadrant0(half)
      case 0b01: quadrant1(half)
      default: quadrant2(half)
      }
    instruction.length = 2
    instruction.bits = half
    return instruction
  }

  private static let illegal = Instruction(.illegal)
  private static let linkRegister: UInt8 = 1
  private static let stackPointer: UInt8 = 2

  // MARK: - Fields

  /// A register named by five bits at `low`.
  private static func register(_ half: UInt32, _ low: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: half.bits(low, 5))
  }

  /// One of `x8` to `x15` named by three bits at `low`.
  private static func shortRegister(_ half: UInt32, _ low: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: 8 + half.bits(low, 3))
  }

  /// `count` bits at `low`, moved to bit `place` of an immediate.
  private static func part(_ half: UInt32, _ low: Int, _ count: Int, to place: UInt32) -> Int32 {
    Int32(bitPattern: half.bits(low, count) << place)
  }

  /// Bit 12 as the sign of an immediate: minus 2 to the power `place`, or 0.
  private static func sign(_ half: UInt32, at place: UInt32) -> Int32 {
    half.bit(12) ? -1 << Int32(bitPattern: place) : 0
  }

  /// The sign-extended 6-bit immediate of format CI.
  private static func immediate6(_ half: UInt32) -> Int32 {
    sign(half, at: 5) | part(half, 2, 5, to: 0)
  }

  /// The 6-bit shift amount of format CI and CB.
  private static func shiftAmount(_ half: UInt32) -> Int32 {
    part(half, 12, 1, to: 5) | part(half, 2, 5, to: 0)
  }

  /// The offset of `c.lw` and `c.sw`, 0 to 124 bytes.
  private static func wordOffset(_ half: UInt32) -> Int32 {
    part(half, 10, 3, to: 3) | part(half, 6, 1, to: 2) | part(half, 5, 1, to: 6)
  }

  /// The offset of `c.ld`, `c.sd`, `c.fld` and `c.fsd`, 0 to 248 bytes.
  private static func doubleOffset(_ half: UInt32) -> Int32 {
    part(half, 10, 3, to: 3) | part(half, 5, 2, to: 6)
  }

  /// The offset of `c.j`, -2048 to 2046 bytes.
  private static func jumpOffset(_ half: UInt32) -> Int32 {
    let high: Int32 = sign(half, at: 11) | part(half, 8, 1, to: 10) | part(half, 9, 2, to: 8) | part(half, 6, 1, to: 7)
    let low: Int32 = part(half, 7, 1, to: 6) | part(half, 2, 1, to: 5) | part(half, 11, 1, to: 4)
    return high | low | part(half, 3, 3, to: 1)
  }

  /// The offset of `c.beqz` and `c.bnez`, -256 to 254 bytes.
  private static func branchOffset(_ half: UInt32) -> Int32 {
    let high: Int32 = sign(half, at: 8) | part(half, 5, 2, to: 6) | part(half, 2, 1, to: 5)
    return high | part(half, 10, 2, to: 3) | part(half, 3, 2, to: 1)
  }

  // MARK: - Quadrant 0: loads and stores through x8 to x15

  private static func quadrant0(_ half: UInt32) -> Instruction {
    let base = shortRegister(half, 7)
    let data = shortRegister(half, 2)
    switch half.bits(13, 3) {
    case 0b000:  // c.addi4spn
      let high: Int32 = part(half, 7, 4, to: 6) | part(half, 11, 2, to: 4)
      let amount = high | part(half, 5, 1, to: 3) | part(half, 6, 1, to: 2)
      return amount == 0 ? illegal : Instruction(.addi, rd: data, rs1: stackPointer, immediate: amount)
    case 0b001: return Instruction(.fld, rd: data, rs1: base, immediate: doubleOffset(half))
    case 0b010: return Instruction(.lw, rd: data, rs1: base, immediate: wordOffset(half))
    case 0b011: return Instruction(.ld, rd: data, rs1: base, immediate: doubleOffset(half))
    case 0b101: return Instruction(.fsd, rs1: base, rs2: data, immediate: doubleOffset(half))
    case 0b110: return Instruction(.sw, rs1: base, rs2: data, immediate: wordOffset(half))
    case 0b111: return Instruction(.sd, rs1: base, rs2: data, immediate: doubleOffset(half))
    default: return illegal
    }
  }

  // MARK: - Quadrant 1: immediates, arithmetic, jumps and branches

  private static func quadrant1(_ half: UInt32) -> Instruction {
    let rd = register(half, 7)
    switch half.bits(13, 3) {
    case 0b000:  // c.addi, c.nop
      return Instruction(.addi, rd: rd, rs1: rd, immediate: immediate6(half))
    case 0b001:  // c.addiw; rd 0 is reserved
      return rd == 0 ? illegal : Instruction(.addiw, rd: rd, rs1: rd, immediate: immediate6(half))
    case 0b010:  // c.li
      return Instruction(.addi, rd: rd, immediate: immediate6(half))
    case 0b011:
      return rd == stackPointer ? addToStackPointer(half) : loadUpper(half, rd)
    case 0b100:
      return arithmetic(half)
    case 0b101:  // c.j
      return Instruction(.jal, immediate: jumpOffset(half))
    case 0b110:  // c.beqz
      return Instruction(.beq, rs1: shortRegister(half, 7), immediate: branchOffset(half))
    default:  // c.bnez
      return Instruction(.bne, rs1: shortRegister(half, 7), immediate: branchOffset(half))
    }
  }

  /// `c.addi16sp`; amount 0 is reserved.
  private static func addToStackPointer(_ half: UInt32) -> Instruction {
    let high: Int32 = sign(half, at: 9) | part(half, 3, 2, to: 7) | part(half, 5, 1, to: 6)
    let amount = high | part(half, 2, 1, to: 5) | part(half, 6, 1, to: 4)
    return amount == 0 ? illegal : Instruction(.addi, rd: stackPointer, rs1: stackPointer, immediate: amount)
  }

  /// `c.lui`; value 0 is reserved.
  private static func loadUpper(_ half: UInt32, _ rd: UInt8) -> Instruction {
    let value = immediate6(half) << 12
    return value == 0 ? illegal : Instruction(.lui, rd: rd, immediate: value)
  }

  /// The formats CB and CA that work on `x8` to `x15` in place.
  private static func arithmetic(_ half: UInt32) -> Instruction {
    let rd = shortRegister(half, 7)
    switch half.bits(10, 2) {
    case 0b00: return Instruction(.srli, rd: rd, rs1: rd, immediate: shiftAmount(half))
    case 0b01: return Instruction(.srai, rd: rd, rs1: rd, immediate: shiftAmount(half))
    case 0b10: return Instruction(.andi, rd: rd, rs1: rd, immediate: immediate6(half))
    default: break
    }
    let operation: Operation =
      switch half.bits(12, 1) << 2 | half.bits(5, 2) {
      case 0b000: .sub
      case 0b001: .xor
      case 0b010: .or
      case 0b011: .and
      case 0b100: .subw
      case 0b101: .addw
      default: .illegal
      }
    guard operation != .illegal else { return illegal }
    return Instruction(operation, rd: rd, rs1: rd, rs2: shortRegister(half, 2))
  }

  // MARK: - Quadrant 2: shifts, stack loads and stores, jumps to registers

  private static func quadrant2(_ half: UInt32) -> Instruction {
    let rd = register(half, 7)
    let rs2 = register(half, 2)
    let doubleLoad: Int32 = part(half, 2, 3, to: 6) | part(half, 12, 1, to: 5) | part(half, 5, 2, to: 3)
    let doubleStore: Int32 = part(half, 7, 3, to: 6) | part(half, 10, 3, to: 3)
    switch half.bits(13, 3) {
    case 0b000:  // c.slli
      return Instruction(.slli, rd: rd, rs1: rd, immediate: shiftAmount(half))
    case 0b001:  // c.fldsp
      return Instruction(.fld, rd: rd, rs1: stackPointer, immediate: doubleLoad)
    case 0b010:  // c.lwsp; rd 0 is reserved
      let offset: Int32 = part(half, 2, 2, to: 6) | part(half, 12, 1, to: 5) | part(half, 4, 3, to: 2)
      return rd == 0 ? illegal : Instruction(.lw, rd: rd, rs1: stackPointer, immediate: offset)
    case 0b011:  // c.ldsp; rd 0 is reserved
      return rd == 0 ? illegal : Instruction(.ld, rd: rd, rs1: stackPointer, immediate: doubleLoad)
    case 0b100:
      return moveOrJump(half, rd, rs2)
    case 0b101:  // c.fsdsp
      return Instruction(.fsd, rs1: stackPointer, rs2: rs2, immediate: doubleStore)
    case 0b110:  // c.swsp
      let offset: Int32 = part(half, 7, 2, to: 6) | part(half, 9, 4, to: 2)
      return Instruction(.sw, rs1: stackPointer, rs2: rs2, immediate: offset)
    default:  // c.sdsp
      return Instruction(.sd, rs1: stackPointer, rs2: rs2, immediate: doubleStore)
    }
  }

  private static func moveOrJump(_ half: UInt32, _ rd: UInt8, _ rs2: UInt8) -> Instruction {
    switch (half.bit(12), rd, rs2) {
    case (false, 0, 0): illegal
    case (false, _, 0): Instruction(.jalr, rs1: rd)  // c.jr
    case (false, _, _): Instruction(.add, rd: rd, rs2: rs2)  // c.mv
    case (true, 0, 0): Instruction(.ebreak)  // c.ebreak
    case (true, _, 0): Instruction(.jalr, rd: linkRegister, rs1: rd)  // c.jalr
    case (true, _, _): Instruction(.add, rd: rd, rs1: rd, rs2: rs2)  // c.add
    }
  }
}
