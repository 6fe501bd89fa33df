#if arch(x86_64)
  // Arithmetic with two sources.

  extension BlockWriter {
    mutating func writeConstant(_ m: MicroOperation) {
      if let pin = tables.pin(m.d) {
        hot.load(pin, UInt64(bitPattern: m.immediate))
      } else if let short = Int32(exactly: m.immediate) {
        hot.store(tables.memory(m.d), short)
      } else {
        hot.load(.rax, UInt64(bitPattern: m.immediate))
        hot.store(tables.memory(m.d), .rax)
      }
    }

    private var immediateOperand: UInt8 { MicroOperation.immediateOperand }

    mutating func writeBinary(_ operation: Assembler.Binary, _ operands: MicroOperation, commutes: Bool) {
      var m = operands
      if commutes, m.b != immediateOperand, m.b == m.d { (m.a, m.b) = (m.b, m.a) }
      if m.a == m.d, tables.pin(m.d) == nil {
        if m.b == immediateOperand { return hot.binary(operation, tables.memory(m.d), immediate(m)) }
        let source = read(m.b)
        return hot.binary(operation, memory: tables.memory(m.d), source)
      }
      let target = target(m)
      if operation == .add, m.b == immediateOperand, m.a != m.d, let pin = tables.pin(m.a) {
        hot.address(target, .memory(pin, immediate(m)))
      } else {
        copy(m.a, to: target)
        apply(operation, m, to: target, wide: true)
      }
      if tables.pin(m.d) != target { keep(target, in: m.d) }
    }

    /// `to` = `to` operation the second source of `m`.
    private mutating func apply(_ operation: Assembler.Binary, _ m: MicroOperation, to: Register, wide: Bool) {
      if m.b == immediateOperand {
        hot.binary(operation, to, immediate(m), wide: wide)
      } else {
        hot.binary(operation, to, tables.place(m.b), wide: wide)
      }
    }

    /// The operation with the second source inverted.
    mutating func writeInverted(_ operation: Assembler.Binary, _ m: MicroOperation) {
      copy(m.b, to: .rax)
      hot.unary(.not, .register(.rax))
      hot.binary(operation, .rax, tables.place(m.a))
      keep(.rax, in: m.d)
    }

    mutating func writeWord(_ operation: Assembler.Binary, _ m: MicroOperation) {
      copy(m.a, to: .rax, wide: false)
      if m.b != immediateOperand || m.immediate != 0 { apply(operation, m, to: .rax, wide: false) }
      keepWord(in: m.d)
    }

    mutating func writeShift(_ kind: Assembler.Shift, _ m: MicroOperation, wide: Bool) {
      if m.b == immediateOperand {
        let count = UInt8(truncatingIfNeeded: m.immediate) & (wide ? 63 : 31)
        let target = wide ? tables.pin(m.d) ?? .rax : .rax
        copy(m.a, to: target, wide: wide)
        if count != 0 { hot.shift(kind, .register(target), by: count, wide: wide) }
        if !wide { return keepWord(in: m.d) }
        return tables.pin(m.d) == target ? () : keep(target, in: m.d)
      }
      copy(m.b, to: .rcx, wide: false)
      copy(m.a, to: .rax, wide: wide)
      hot.shift(kind, .register(.rax), wide: wide)
      if wide { keep(.rax, in: m.d) } else { keepWord(in: m.d) }
    }

    /// Sets the flags for a and the second source.
    mutating func compare(_ m: MicroOperation) {
      let a = tables.place(m.a)
      if m.b == immediateOperand || m.b == tables.zeroSlot {
        let value = m.b == immediateOperand ? immediate(m) : 0
        if value == 0, let pin = tables.pin(m.a) { return hot.test(pin, pin) }
        return hot.binary(.compare, a, value)
      }
      if let pin = tables.pin(m.a) { return hot.binary(.compare, pin, tables.place(m.b)) }
      hot.binary(.compare, memory: a, read(m.b))
    }

    mutating func writeSet(_ condition: Condition, _ m: MicroOperation) {
      compare(m)
      hot.set(condition, .rax)
      let target = tables.pin(m.d) ?? .rax
      hot.form(.extended(0xb6), target.number, .register(.rax), wide: false, bytes: true)
      if target == .rax { keep(.rax, in: m.d) }
    }

    /// d = a, or b if `condition` does not keep a: a lesser, say, gives way to the greater.
    mutating func writeExtreme(_ condition: Condition, _ m: MicroOperation) {
      copy(m.a, to: .rax)
      hot.binary(.compare, .rax, tables.place(m.b))
      hot.move(if: condition, .rax, tables.place(m.b))
      keep(.rax, in: m.d)
    }

    mutating func writeShiftAdd(_ m: MicroOperation) {
      copy(m.a, to: .rax, wide: m.kind == .shiftAdd)
      if m.width != 0 { hot.shift(.left, .register(.rax), by: m.width) }
      hot.binary(.add, .rax, tables.place(m.b))
      keep(.rax, in: m.d)
    }

    mutating func writeShiftLeftLow(_ m: MicroOperation) {
      copy(m.a, to: .rax, wide: false)
      let count = UInt8(truncatingIfNeeded: m.immediate) & 63
      if count != 0 { hot.shift(.left, .register(.rax), by: count) }
      keep(.rax, in: m.d)
    }

    mutating func writeBit(_ m: MicroOperation) {
      let isImmediate = m.b == immediateOperand
      let number = UInt8(truncatingIfNeeded: m.immediate) & 63
      if !isImmediate { copy(m.b, to: .rcx) }
      copy(m.a, to: .rax)
      if m.kind == .bitExtract {
        if isImmediate {
          if number != 0 { hot.shift(.right, .register(.rax), by: number) }
        } else {
          hot.shift(.right, .register(.rax))
        }
        hot.binary(.and, .rax, 1, wide: false)
        return keep(.rax, in: m.d)
      }
      let (field, byte): (UInt8, UInt8) = m.kind == .bitSet ? (5, 0xab) : m.kind == .bitClear ? (6, 0xb3) : (7, 0xbb)
      if isImmediate {
        hot.form(.extended(0xba), field, .register(.rax), wide: true)
        hot.byte(number)
      } else {
        hot.form(.extended(byte), Register.rcx.number, .register(.rax), wide: true)
      }
      keep(.rax, in: m.d)
    }

    /// d = 0 if b compares with zero as `condition`, else a.
    mutating func writeZero(_ condition: Condition, _ m: MicroOperation) {
      copy(m.a, to: .rax)
      hot.binary(.xor, .rcx, .rcx, wide: false)
      if let pin = tables.pin(m.b) { hot.test(pin, pin) } else { hot.binary(.compare, tables.memory(m.b), 0) }
      hot.move(if: condition, .rax, .register(.rcx))
      keep(.rax, in: m.d)
    }
  }
#endif
