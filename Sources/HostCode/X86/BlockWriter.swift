#if arch(x86_64)
  /// Writes one block: what runs often at `hot`, the rest at `cold`.
  struct BlockWriter {
    /// No operation takes more bytes in either part.
    static let byteCountMax = 160

    let tables: HostTables
    let stubs: Stubs
    let base: UnsafeMutablePointer<UInt8>
    let start: UnsafeMutablePointer<UInt8>
    let linksBlocks: Bool
    var hot: Assembler
    var cold: Assembler
    /// The place of the block in its page.
    var startPlace: Int64 = -1
    /// Whether floating point is known to be active.
    var floatIsActive = false
    /// Which floating-point slots are known to hold a boxed value.
    var boxedSlots: UInt64 = 0
    /// Jumps of the operation being written to what the engine does for it.
    var coldJumps:
      (
        UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt8>?,
        UnsafeMutablePointer<UInt8>?
      ) = (nil, nil, nil, nil)
    var coldJumpCount = 0

    init(
      tables: HostTables, stubs: Stubs, base: UnsafeMutablePointer<UInt8>, start: UnsafeMutablePointer<UInt8>,
      cold: UnsafeMutablePointer<UInt8>, linksBlocks: Bool
    ) {
      (self.tables, self.stubs, self.base, self.start) = (tables, stubs, base, start)
      (self.hot, self.cold, self.linksBlocks) = (Assembler(next: start), Assembler(next: cold), linksBlocks)
    }

    mutating func write(_ m: MicroOperation) {
      switch m.kind {
      case .constant: writeConstant(m)
      case .place:
        hot.move(.rax, tables.context(tables.layout.pageBase))
        if m.immediate != 0 { hot.binary(.add, .rax, Int32(truncatingIfNeeded: m.immediate)) }
        keep(.rax, in: m.d)
      case .move: keep(read(m.a), in: m.d)
      case .add: writeBinary(.add, m, commutes: true)
      case .and: writeBinary(.and, m, commutes: true)
      case .or: writeBinary(.or, m, commutes: true)
      case .xor: writeBinary(.xor, m, commutes: true)
      case .subtract: writeBinary(.subtract, m, commutes: false)
      case .andNot: writeInverted(.and, m)
      case .orNot: writeInverted(.or, m)
      case .xorNot: writeInverted(.xor, m)
      case .addWord: writeWord(.add, m)
      case .subtractWord: writeWord(.subtract, m)
      case .shiftLeft: writeShift(.left, m, wide: true)
      case .shiftRight: writeShift(.right, m, wide: true)
      case .shiftRightSigned: writeShift(.rightSigned, m, wide: true)
      case .rotateLeft: writeShift(.rotateLeft, m, wide: true)
      case .rotateRight: writeShift(.rotateRight, m, wide: true)
      case .shiftLeftWord: writeShift(.left, m, wide: false)
      case .shiftRightWord: writeShift(.right, m, wide: false)
      case .shiftRightSignedWord: writeShift(.rightSigned, m, wide: false)
      case .rotateLeftWord: writeShift(.rotateLeft, m, wide: false)
      case .rotateRightWord: writeShift(.rotateRight, m, wide: false)
      case .setLess: writeSet(.less, m)
      case .setLessUnsigned: writeSet(.below, m)
      case .load, .loadSigned, .store, .floatLoad, .floatStore: writeMemory(m)
      case .clock: writeClock(m)
      case .charge, .assist, .goNear, .goFar, .goIndirect, .branchNear, .branchFar: writeControl(m)
      default: writeRare(m)
      }
    }

    private mutating func writeRare(_ m: MicroOperation) {
      switch m.kind {
      case .multiply, .multiplyWord: writeMultiply(m, wide: m.kind == .multiply)
      case .multiplyHigh, .multiplyHighUnsigned, .multiplyHighMixed: writeMultiplyHigh(m)
      case .divide: writeDivide(m, wide: true, signed: true, remainder: false)
      case .divideUnsigned: writeDivide(m, wide: true, signed: false, remainder: false)
      case .remainder: writeDivide(m, wide: true, signed: true, remainder: true)
      case .remainderUnsigned: writeDivide(m, wide: true, signed: false, remainder: true)
      case .divideWord: writeDivide(m, wide: false, signed: true, remainder: false)
      case .divideUnsignedWord: writeDivide(m, wide: false, signed: false, remainder: false)
      case .remainderWord: writeDivide(m, wide: false, signed: true, remainder: true)
      case .remainderUnsignedWord: writeDivide(m, wide: false, signed: false, remainder: true)
      case .minimum: writeExtreme(.greater, m)
      case .minimumUnsigned: writeExtreme(.above, m)
      case .maximum: writeExtreme(.less, m)
      case .maximumUnsigned: writeExtreme(.below, m)
      case .shiftAdd, .shiftAddLow: writeShiftAdd(m)
      case .shiftLeftLow: writeShiftLeftLow(m)
      case .bitClear, .bitExtract, .bitInvert, .bitSet: writeBit(m)
      case .zeroIfZero: writeZero(.equal, m)
      case .zeroIfNotZero: writeZero(.notEqual, m)
      case .leadingZeros: writeCount(0xbd, m, wide: true)
      case .trailingZeros: writeCount(0xbc, m, wide: true)
      case .ones: writeCount(0xb8, m, wide: true)
      case .leadingZerosWord: writeCount(0xbd, m, wide: false)
      case .trailingZerosWord: writeCount(0xbc, m, wide: false)
      case .onesWord: writeCount(0xb8, m, wide: false)
      case .signExtendByte: writeExtension(0xbe, m)
      case .signExtendHalf: writeExtension(0xbf, m)
      case .zeroExtendHalf: writeExtension(0xb7, m)
      case .swapBytes: writeSwap(m)
      case .fillBytes: writeFill(m)
      default: writeFloat(m)
      }
    }

    // MARK: Slots

    /// A register with the value of `slot`: its own, or `scratch`.
    mutating func read(_ slot: UInt8, _ scratch: Register = .rax, wide: Bool = true) -> Register {
      if let pin = tables.pin(slot) { return pin }
      hot.move(scratch, tables.memory(slot), wide: wide)
      return scratch
    }

    /// `scratch` becomes the value of `slot`.
    mutating func copy(_ slot: UInt8, to scratch: Register, wide: Bool = true) {
      hot.move(scratch, tables.place(slot), wide: wide)
    }

    /// Puts the value of `register` into slot `d`.
    mutating func keep(_ register: Register, in d: UInt8) {
      if d == tables.discardSlot { return }
      if let pin = tables.pin(d) { hot.move(pin, register) } else { hot.store(tables.memory(d), register) }
    }

    /// Puts the low half of `rax`, sign-extended, into slot `d`.
    mutating func keepWord(in d: UInt8) {
      if d == tables.discardSlot { return }
      if let pin = tables.pin(d) {
        hot.form(Opcode(0x63), pin.number, .register(.rax), wide: true)
      } else {
        hot.signExtendLow()
        hot.store(tables.memory(d), .rax)
      }
    }

    /// Where to compute the result of `m`: the register of its destination, if its second source is not there.
    func target(_ m: MicroOperation) -> Register {
      guard let pin = tables.pin(m.d) else { return .rax }
      return m.b != MicroOperation.immediateOperand && tables.pin(m.b) == pin ? .rax : pin
    }

    /// The immediate of `m`, which guests' instructions keep within 32 bits.
    func immediate(_ m: MicroOperation) -> Int32 {
      precondition(m.immediate == Int64(Int32(truncatingIfNeeded: m.immediate)), "immediate operands have 32 bits")
      return Int32(truncatingIfNeeded: m.immediate)
    }
  }
#endif
