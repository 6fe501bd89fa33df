internal import HostCode

// Which operations of the host's translator do what ops do.

extension Code {
  /// Whether `Engine.slowMemory` executes it.
  var isMemoryAccess: Bool { accessKind != nil || isFloatAccess }

  /// Whether it moves a floating-point register from or to memory.
  var isFloatAccess: Bool {
    switch self {
    case .flw, .fld, .fsw, .fsd: true
    default: false
    }
  }

  /// For operations on a register and the immediate.
  var immediateKind: MicroOperation.Kind? {
    switch self {
    case .addi: .add
    case .slti: .setLess
    case .sltiu: .setLessUnsigned
    case .xori: .xor
    case .ori: .or
    case .andi: .and
    case .slli: .shiftLeft
    case .srli: .shiftRight
    case .srai: .shiftRightSigned
    case .addiw: .addWord
    case .slliw: .shiftLeftWord
    case .srliw: .shiftRightWord
    case .sraiw: .shiftRightSignedWord
    case .slliUw: .shiftLeftLow
    case .rori: .rotateRight
    case .roriw: .rotateRightWord
    case .bclri: .bitClear
    case .bexti: .bitExtract
    case .binvi: .bitInvert
    case .bseti: .bitSet
    default: nil
    }
  }

  /// For operations on one register or two, and the width that some need.
  var registerKind: (MicroOperation.Kind, UInt8)? {
    switch self {
    case .add: (.add, 0)
    case .sub: (.subtract, 0)
    case .sll: (.shiftLeft, 0)
    case .slt: (.setLess, 0)
    case .sltu: (.setLessUnsigned, 0)
    case .xor: (.xor, 0)
    case .srl: (.shiftRight, 0)
    case .sra: (.shiftRightSigned, 0)
    case .or: (.or, 0)
    case .and: (.and, 0)
    case .addw: (.addWord, 0)
    case .subw: (.subtractWord, 0)
    case .sllw: (.shiftLeftWord, 0)
    case .srlw: (.shiftRightWord, 0)
    case .sraw: (.shiftRightSignedWord, 0)
    case .mul: (.multiply, 0)
    case .mulh: (.multiplyHigh, 0)
    case .mulhsu: (.multiplyHighMixed, 0)
    case .mulhu: (.multiplyHighUnsigned, 0)
    case .mulw: (.multiplyWord, 0)
    case .div: (.divide, 0)
    case .divu: (.divideUnsigned, 0)
    case .rem: (.remainder, 0)
    case .remu: (.remainderUnsigned, 0)
    case .divw: (.divideWord, 0)
    case .divuw: (.divideUnsignedWord, 0)
    case .remw: (.remainderWord, 0)
    case .remuw: (.remainderUnsignedWord, 0)
    default: bitKind
    }
  }

  /// The bit-manipulation and conditional operations among them.
  private var bitKind: (MicroOperation.Kind, UInt8)? {
    switch self {
    case .addUw: (.shiftAddLow, 0)
    case .sh1add: (.shiftAdd, 1)
    case .sh2add: (.shiftAdd, 2)
    case .sh3add: (.shiftAdd, 3)
    case .sh1addUw: (.shiftAddLow, 1)
    case .sh2addUw: (.shiftAddLow, 2)
    case .sh3addUw: (.shiftAddLow, 3)
    case .andn: (.andNot, 0)
    case .orn: (.orNot, 0)
    case .xnor: (.xorNot, 0)
    case .clz: (.leadingZeros, 0)
    case .ctz: (.trailingZeros, 0)
    case .cpop: (.ones, 0)
    case .clzw: (.leadingZerosWord, 0)
    case .ctzw: (.trailingZerosWord, 0)
    case .cpopw: (.onesWord, 0)
    case .max: (.maximum, 0)
    case .maxu: (.maximumUnsigned, 0)
    case .min: (.minimum, 0)
    case .minu: (.minimumUnsigned, 0)
    case .sextB: (.signExtendByte, 0)
    case .sextH: (.signExtendHalf, 0)
    case .zextH: (.zeroExtendHalf, 0)
    case .rol: (.rotateLeft, 0)
    case .ror: (.rotateRight, 0)
    case .rolw: (.rotateLeftWord, 0)
    case .rorw: (.rotateRightWord, 0)
    case .orcB: (.fillBytes, 0)
    case .rev8: (.swapBytes, 0)
    case .bclr: (.bitClear, 0)
    case .bext: (.bitExtract, 0)
    case .binv: (.bitInvert, 0)
    case .bset: (.bitSet, 0)
    case .czeroEqz: (.zeroIfZero, 0)
    case .czeroNez: (.zeroIfNotZero, 0)
    default: nil
    }
  }

  /// For loads and stores of integer registers, with their bytes.
  var accessKind: (MicroOperation.Kind, UInt8)? {
    switch self {
    case .lb: (.loadSigned, 1)
    case .lh: (.loadSigned, 2)
    case .lw: (.loadSigned, 4)
    case .ld: (.load, 8)
    case .lbu: (.load, 1)
    case .lhu: (.load, 2)
    case .lwu: (.load, 4)
    case .sb: (.store, 1)
    case .sh: (.store, 2)
    case .sw: (.store, 4)
    case .sd: (.store, 8)
    default: nil
    }
  }

  /// The condition of a branch.
  var condition: MicroOperation.Condition? {
    switch self {
    case .beq, .farBeq: .equal
    case .bne, .farBne: .notEqual
    case .blt, .farBlt: .less
    case .bge, .farBge: .greaterOrEqual
    case .bltu, .farBltu: .below
    case .bgeu, .farBgeu: .aboveOrEqual
    default: nil
    }
  }
}
