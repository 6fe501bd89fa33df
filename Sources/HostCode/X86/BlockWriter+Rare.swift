#if arch(x86_64)
  // Multiplication, division, and operations with one source.

  extension BlockWriter {
    mutating func writeMultiply(_ m: MicroOperation, wide: Bool) {
      copy(m.a, to: .rax, wide: wide)
      hot.multiply(.rax, tables.place(m.b), wide: wide)
      if wide { keep(.rax, in: m.d) } else { keepWord(in: m.d) }
    }

    mutating func writeMultiplyHigh(_ m: MicroOperation) {
      copy(m.a, to: .rax)
      hot.unary(m.kind == .multiplyHigh ? .multiplySigned : .multiply, tables.place(m.b))
      if m.kind == .multiplyHighMixed {
        // Taken as unsigned, a negative a is 2^64 too great, and the high half too great by b.
        copy(m.a, to: .rcx)
        hot.shift(.rightSigned, .register(.rcx), by: 63)
        hot.binary(.and, .rcx, tables.place(m.b))
        hot.binary(.subtract, .rdx, .rcx)
      }
      keep(.rdx, in: m.d)
    }

    mutating func writeDivide(_ m: MicroOperation, wide: Bool, signed: Bool, remainder: Bool) {
      copy(m.b, to: .rcx, wide: wide)
      copy(m.a, to: .rax, wide: wide)
      hot.test(.rcx, .rcx, wide: wide)
      let isZero = hot.shortJump(if: .equal)
      var isMinusOne: UnsafeMutablePointer<UInt8>?
      if signed {
        hot.binary(.compare, .rcx, -1, wide: wide)
        isMinusOne = hot.shortJump(if: .equal)
        hot.signToHigh(wide: wide)
      } else {
        hot.binary(.xor, .rdx, .rdx, wide: false)
      }
      hot.unary(signed ? .divideSigned : .divide, .register(.rcx), wide: wide)
      if remainder { hot.move(.rax, .rdx, wide: wide) }
      var ends = [hot.shortJump()]
      if let isMinusOne {
        hot.land(isMinusOne)
        if remainder {
          hot.binary(.xor, .rax, .rax, wide: false)
        } else {
          hot.unary(.negate, .register(.rax), wide: wide)
        }
        ends.append(hot.shortJump())
      }
      hot.land(isZero)
      if !remainder { hot.load(.rax, .max) }
      for end in ends { hot.land(end) }
      if wide { keep(.rax, in: m.d) } else { keepWord(in: m.d) }
    }

    mutating func writeCount(_ byte: UInt8, _ m: MicroOperation, wide: Bool) {
      let target = tables.pin(m.d) ?? .rax
      hot.form(.extended(byte, prefix: 0xf3), target.number, tables.place(m.a), wide: wide)
      if target == .rax { keep(.rax, in: m.d) }
    }

    mutating func writeExtension(_ byte: UInt8, _ m: MicroOperation) {
      let target = tables.pin(m.d) ?? .rax
      hot.form(.extended(byte), target.number, tables.place(m.a), wide: true, bytes: true)
      if target == .rax { keep(.rax, in: m.d) }
    }

    mutating func writeSwap(_ m: MicroOperation) {
      copy(m.a, to: .rax)
      // bswap rax
      for byte: UInt8 in [0x48, 0x0f, 0xc8] { hot.byte(byte) }
      keep(.rax, in: m.d)
    }

    mutating func writeFill(_ m: MicroOperation) {
      copy(m.a, to: .rax)
      for count: UInt8 in [4, 2, 1] {
        hot.move(.rcx, .rax)
        hot.shift(.right, .register(.rcx), by: count)
        hot.binary(.or, .rax, .rcx)
      }
      hot.load(.rcx, 0x0101_0101_0101_0101)
      hot.binary(.and, .rax, .rcx)
      hot.multiply(.rax, .register(.rax), by: 255)
      keep(.rax, in: m.d)
    }
  }
#endif
