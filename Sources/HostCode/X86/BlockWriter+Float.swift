#if arch(x86_64)
  // Floating point, on the host's own where that gives the same bits. Why it does:
  //
  // - SSE2 and FMA3 round as IEEE 754 says, with subnormal numbers, and judge tininess after rounding, as RISC-V does.
  // - Which NaN comes out differs: a NaN result is thrown away and made anew by the engine, which also raises
  //   invalid operation for inf × 0 + NaN. The flags that the host has raised by then are those the engine raises.
  // - A conversion to an integer that does not fit gives the least integer, which is made anew as well; such a
  //   conversion raises nothing but invalid operation.

  extension BlockWriter {
    mutating func writeFloat(_ m: MicroOperation) {
      let isDouble = m.width == 8
      switch m.kind {
      case .floatBegin: return writeFloatBegin(m)
      case .floatAdd: writeScalar(.add, m)
      case .floatSubtract: writeScalar(.subtract, m)
      case .floatMultiply: writeScalar(.multiply, m)
      case .floatDivide: writeScalar(.divide, m)
      case .floatSquareRoot:
        checkBox(m.a, m)
        hot.move(.xmm0, tables.floatPlace(m.a))
        hot.scalar(.squareRoot, .xmm0, FloatRegister.xmm0.operand, isDouble: isDouble)
        keepNumber(m, isDouble: isDouble)
      case .floatFused: writeFused(0xb9, m)
      case .floatFusedSubtract: writeFused(0xbb, m)
      case .floatNegatedFused: writeFused(0xbd, m)
      case .floatNegatedFusedSubtract: writeFused(0xbf, m)
      case .floatCopySign, .floatInvertSign, .floatXorSign: writeSign(m)
      case .floatEqual, .floatLess, .floatLessOrEqual: writeFloatCompare(m)
      case .floatFromWord, .floatFromWordUnsigned, .floatFromLong: writeFromInteger(m)
      case .floatToWord: writeToInteger(m, truncates: false, wide: false)
      case .floatToLong: writeToInteger(m, truncates: false, wide: true)
      case .floatTruncateToWord: writeToInteger(m, truncates: true, wide: false)
      case .floatTruncateToLong: writeToInteger(m, truncates: true, wide: true)
      case .floatWiden, .floatNarrow:
        let isNarrow = m.kind == .floatNarrow
        if !isNarrow { checkBox(m.a, m, width: 4) }
        hot.setOnes(.xmm0)
        hot.convert(.xmm0, tables.floatPlace(m.a), isDouble: isNarrow)
        keepNumber(m, isDouble: !isNarrow)
      case .floatBits:
        if isDouble { keep(readBits(m.a), in: m.d) } else { copyBits(m.a, to: .rax); keepWord(in: m.d) }
      case .floatFromBits:
        copy(m.a, to: .rax, wide: isDouble)
        if !isDouble { box() }
        keepBits(m)
      default: preconditionFailure("every operation is written")
      }
      finishCold(m)
    }

    private mutating func writeFloatBegin(_ m: MicroOperation) {
      if floatIsActive { return }
      floatIsActive = true
      hot.compareByte(tables.context(tables.layout.floatIsActive), 0)
      let isInactive = hot.jump(if: .equal)
      Assembler.patch(isInactive, cold.next)
      cold.call(stubs.floatBegin)
      cold.test(.rax, .rax, wide: false)
      cold.jump(if: .notEqual, to: hot.next)
      cold.binary(.add, HostTables.steps, Int32(m.steps))
      cold.binary(.add, HostTables.cycles, Int32(truncatingIfNeeded: m.cycles))
      cold.load(.rax, UInt64(m.immediate))
      cold.jump(to: stubs.exitBudget)
    }

    // MARK: What is left to the engine

    /// Jumps of this operation that lead to the engine.
    private mutating func leave(if condition: Condition) {
      let jump = hot.jump(if: condition)
      switch coldJumpCount {
      case 0: coldJumps.0 = jump
      case 1: coldJumps.1 = jump
      case 2: coldJumps.2 = jump
      default: coldJumps.3 = jump
      }
      coldJumpCount += 1
      precondition(coldJumpCount <= 4, "an operation has no more than four ways to the engine")
    }

    private mutating func finishCold(_ m: MicroOperation) {
      guard coldJumpCount > 0 else { return }
      let jumps = [coldJumps.0, coldJumps.1, coldJumps.2, coldJumps.3]
      for jump in jumps[..<coldJumpCount] { if let jump { Assembler.patch(jump, cold.next) } }
      coldJumpCount = 0
      Self.writeAssist(m, stubs.assist, &cold)
      cold.call(stubs.floatBegin)
      cold.jump(to: hot.next)
    }

    /// Leaves if `slot`, as an operand of 4 bytes, is not boxed. What is learnt holds only on the way that does not.
    private mutating func checkBox(_ slot: UInt8, _ m: MicroOperation, width: UInt8? = nil) {
      if (width ?? m.width) == 8 || isBoxed(slot) { return }
      if tables.floatPin(slot) != nil {
        copyBits(slot, to: .rax)
        hot.shift(.right, .register(.rax), by: 32)
        hot.binary(.compare, .rax, -1, wide: false)
      } else {
        let low = tables.memory(slot)
        hot.binary(
          .compare, Operand(isMemory: true, register: low.register, distance: low.distance + 4), -1, wide: false)
      }
      leave(if: .notEqual)
    }

    private func isBoxed(_ slot: UInt8) -> Bool { boxedSlots >> UInt64(slot - tables.firstFloatSlot) & 1 != 0 }

    mutating func noteBox(_ slot: UInt8, _ isBoxed: Bool) {
      let bit: UInt64 = 1 << UInt64(slot - tables.firstFloatSlot)
      boxedSlots = isBoxed ? boxedSlots | bit : boxedSlots & ~bit
    }

    // MARK: Results

    /// `xmm0` becomes slot `d`, unless it is a NaN.
    private mutating func keepNumber(_ m: MicroOperation, isDouble: Bool) {
      hot.compare(.xmm0, FloatRegister.xmm0.operand, isDouble: isDouble, signals: false)
      leave(if: .parity)
      keepFloat(m, isDouble: isDouble)
    }

    private mutating func keepFloat(_ m: MicroOperation, isDouble: Bool) {
      if let pin = tables.floatPin(m.d) {
        hot.move(FloatRegister(pin), FloatRegister.xmm0.operand)
      } else {
        hot.store(tables.memory(m.d), .xmm0)
      }
      noteBox(m.d, !isDouble)
    }

    /// `rax` becomes the bits of slot `d`.
    private mutating func keepBits(_ m: MicroOperation) {
      if let pin = tables.floatPin(m.d) {
        hot.move(FloatRegister(pin), bits: .rax)
      } else {
        hot.store(tables.memory(m.d), .rax)
      }
      noteBox(m.d, m.width == 4)
    }

    /// The upper half of `rax` becomes all ones.
    private mutating func box() {
      hot.load(.rcx, 0xffff_ffff_0000_0000)
      hot.binary(.or, .rax, .rcx)
    }

    private mutating func copyBits(_ slot: UInt8, to register: Register) {
      if let pin = tables.floatPin(slot) {
        hot.move(register, bits: FloatRegister(pin))
      } else {
        hot.move(register, tables.memory(slot))
      }
    }

    private mutating func readBits(_ slot: UInt8) -> Register {
      copyBits(slot, to: .rax)
      return .rax
    }

    private mutating func readFloat(_ slot: UInt8, _ scratch: FloatRegister) -> FloatRegister {
      if let pin = tables.floatPin(slot) { return FloatRegister(pin) }
      hot.move(scratch, tables.memory(slot))
      return scratch
    }

    // MARK: Operations

    /// The upper half of a boxed operand is that of the result: scalar instructions leave it alone.
    private mutating func writeScalar(_ operation: Assembler.Scalar, _ m: MicroOperation) {
      checkBox(m.a, m)
      checkBox(m.b, m)
      hot.move(.xmm0, tables.floatPlace(m.a))
      hot.scalar(operation, .xmm0, tables.floatPlace(m.b), isDouble: m.width == 8)
      keepNumber(m, isDouble: m.width == 8)
    }

    private mutating func writeFused(_ byte: UInt8, _ m: MicroOperation) {
      for slot in [m.a, m.b, m.extra] { checkBox(slot, m) }
      hot.move(.xmm0, tables.floatPlace(m.extra))
      let a = readFloat(m.a, .xmm1)
      hot.fuse(byte, .xmm0, a, tables.floatPlace(m.b), isDouble: m.width == 8)
      keepNumber(m, isDouble: m.width == 8)
    }

    private mutating func writeSign(_ m: MicroOperation) {
      let sign: UInt8 = m.width == 8 ? 63 : 31
      checkBox(m.a, m)
      if m.a != m.b { checkBox(m.b, m) }
      copyBits(m.a, to: .rax)
      if m.a == m.b {
        // As it is, inverted, positive.
        if m.kind != .floatCopySign { changeBit(m.kind == .floatInvertSign ? 7 : 6, sign) }
        return keepBits(m)
      }
      copyBits(m.b, to: .rcx)
      if m.kind == .floatInvertSign { hot.unary(.not, .register(.rcx)) }
      if sign == 63 {
        hot.shift(.right, .register(.rcx), by: 63)
        hot.shift(.left, .register(.rcx), by: 63)
      } else {
        hot.binary(.and, .rcx, Int32.min, wide: false)
      }
      if m.kind == .floatXorSign {
        hot.binary(.xor, .rax, .rcx)
      } else {
        changeBit(6, sign)
        hot.binary(.or, .rax, .rcx)
      }
      keepBits(m)
    }

    /// btr (6) or btc (7) of `rax`.
    private mutating func changeBit(_ field: UInt8, _ number: UInt8) {
      hot.form(.extended(0xba), field, .register(.rax), wide: true)
      hot.byte(number)
    }

    private mutating func writeFloatCompare(_ m: MicroOperation) {
      let isDouble = m.width == 8
      checkBox(m.a, m)
      checkBox(m.b, m)
      if m.kind == .floatEqual {
        let a = readFloat(m.a, .xmm0)
        hot.compare(a, tables.floatPlace(m.b), isDouble: isDouble, signals: false)
        hot.set(.notParity, .rcx)
        hot.set(.equal, .rax)
        hot.binary(.and, .rax, .rcx, wide: false)
      } else {
        // The other way round, so that NaNs count as not above.
        let b = readFloat(m.b, .xmm0)
        hot.compare(b, tables.floatPlace(m.a), isDouble: isDouble, signals: true)
        hot.set(m.kind == .floatLess ? .above : .aboveOrEqual, .rax)
      }
      hot.form(.extended(0xb6), Register.rax.number, .register(.rax), wide: false)
      keep(.rax, in: m.d)
    }

    private mutating func writeFromInteger(_ m: MicroOperation) {
      hot.setOnes(.xmm0)
      if m.kind == .floatFromWordUnsigned {
        copy(m.a, to: .rax, wide: false)
        hot.convert(.xmm0, integer: .register(.rax), wide: true, isDouble: m.width == 8)
      } else {
        hot.convert(.xmm0, integer: tables.place(m.a), wide: m.kind == .floatFromLong, isDouble: m.width == 8)
      }
      keepFloat(m, isDouble: m.width == 8)
    }

    private mutating func writeToInteger(_ m: MicroOperation, truncates: Bool, wide: Bool) {
      checkBox(m.a, m)
      hot.convert(.rax, tables.floatPlace(m.a), truncates: truncates, wide: wide, isDouble: m.width == 8)
      if wide {
        hot.load(.rcx, 1 << 63)
        hot.binary(.compare, .rax, .rcx)
      } else {
        hot.binary(.compare, .rax, Int32.min, wide: false)
      }
      leave(if: .equal)
      if wide { keep(.rax, in: m.d) } else { keepWord(in: m.d) }
    }

    // MARK: Memory, its host address in `rax`

    mutating func writeFloatLoad(_ m: MicroOperation) {
      let host = Operand.memory(.rax, 0)
      let isDouble = m.width == 8
      if let number = tables.floatPin(m.d) {
        let pin = FloatRegister(number)
        if isDouble {
          hot.move(pin, host)
        } else {
          hot.form(.extended(0x10, prefix: 0xf3), 0, host, wide: false)
          hot.setOnes(pin)
          hot.merge(pin, .xmm0)
        }
      } else {
        hot.move(.rax, host, wide: isDouble)
        if !isDouble { box() }
        hot.store(tables.memory(m.d), .rax)
      }
      noteBox(m.d, !isDouble)
    }

    mutating func writeFloatStore(_ m: MicroOperation) {
      let host = Operand.memory(.rax, 0)
      if let pin = tables.floatPin(m.b) {
        hot.store(host, FloatRegister(pin), isDouble: m.width == 8)
      } else {
        hot.move(.rdx, tables.memory(m.b))
        hot.store(host, .rdx, wide: m.width == 8)
      }
    }
  }
#endif
