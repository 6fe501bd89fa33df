import RISCV

/// From fields to bits, by the instruction table alone: the way back from `Decoder`.
enum InstructionEncoder {
  /// The word of `operation` with its fields; fields that the operation's format does not have are ignored. The
  /// immediate is the one `Instruction.immediate` describes.
  static func word(
    _ operation: RISCV.Operation, rd: UInt8 = 0, rs1: UInt8 = 0, rs2: UInt8 = 0, rs3: UInt8 = 0, rounding: UInt8 = 0,
    immediate: Int = 0
  ) -> UInt32 {
    let line = InstructionSet.description(of: operation)
    var fields = immediateBits(immediate, line.format)
    fields |= UInt32(rd) << 7 | UInt32(rs1) << 15
    if !usesHighFieldsForImmediate(line.format) { fields |= UInt32(rs2) << 20 }
    switch line.format {
    case .floatFused: fields |= UInt32(rs3) << 27 | UInt32(rounding) << 12
    case .floatRounded, .floatUnaryRounded, .floatUnaryExact, .floatToIntegerRounded, .integerToFloatRounded,
      .integerToFloatExact:
      fields |= UInt32(rounding) << 12
    default: break
    }
    return line.match | (fields & ~line.mask)
  }

  /// Whether the bits of rs2 belong to the immediate.
  private static func usesHighFieldsForImmediate(_ format: Format) -> Bool {
    switch format {
    case .upper, .jump, .load, .floatLoad, .immediate, .shift6, .shift5, .csrRegister, .csrImmediate, .fence, .ignored:
      true
    default: false
    }
  }

  /// `immediate` spread over the word as the manual lays out `format` (unprivileged manual, "Immediate Encoding
  /// Variants").
  private static func immediateBits(_ immediate: Int, _ format: Format) -> UInt32 {
    let value = UInt32(truncatingIfNeeded: immediate)
    /// The bits `low…low + count - 1` of the immediate, moved to `place`.
    func part(_ low: UInt32, _ count: UInt32, to place: UInt32) -> UInt32 {
      ((value >> low) & ((1 << count) - 1)) << place
    }
    switch format {
    case .upper: return value & 0xffff_f000
    case .jump: return part(20, 1, to: 31) | part(1, 10, to: 21) | part(11, 1, to: 20) | part(12, 8, to: 12)
    case .load, .floatLoad, .immediate, .csrRegister, .csrImmediate, .fence, .ignored: return part(0, 12, to: 20)
    case .shift6: return part(0, 6, to: 20)
    case .shift5: return part(0, 5, to: 20)
    case .store, .floatStore: return part(5, 7, to: 25) | part(0, 5, to: 7)
    case .prefetch: return part(5, 7, to: 25)
    case .branch: return part(12, 1, to: 31) | part(5, 6, to: 25) | part(1, 4, to: 8) | part(11, 1, to: 7)
    case .loadReserved, .atomic: return part(0, 2, to: 25)
    case .none, .register, .unary, .addressPair, .cacheBlock, .floatFused, .floatRounded, .float, .floatUnaryRounded,
      .floatUnaryExact, .floatCompare, .floatToIntegerRounded, .floatToIntegerTruncated, .floatToInteger,
      .integerToFloatRounded, .integerToFloatExact, .integerToFloat, .floatConstant:
      return 0
    }
  }
}

/// The 16-bit instructions, sorted by what they stand for. Made from the decoder: whatever it expands is in here.
enum CompressedInstructions {
  /// All halves that expand to each operation, at the operation's raw value; hints included, `illegal` left out.
  static let byOperation: [[Instruction]] = {
    var halves = [[Instruction]](repeating: [], count: RISCV.Operation.allCases.count)
    for bits in UInt32(0)..<0x1_0000 where bits & 0b11 != 0b11 {
      let instruction = Decoder.decode(bits)
      if instruction.operation != .illegal { halves[Int(instruction.operation.rawValue)].append(instruction) }
    }
    return halves
  }()

  /// The operations that have a 16-bit form.
  static let operations: [RISCV.Operation] = RISCV.Operation.allCases.filter { !all($0).isEmpty }

  /// The 16-bit forms of `operation`.
  static func all(_ operation: RISCV.Operation) -> [Instruction] { byOperation[Int(operation.rawValue)] }

  /// Every reserved half: illegal, and 16 bits long.
  static let reserved: [UInt16] = (UInt16(0)..<0xffff).filter {
    $0 & 0b11 != 0b11 && Decoder.decode(UInt32($0)).operation == .illegal
  }
}
