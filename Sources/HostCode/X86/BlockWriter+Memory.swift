#if arch(x86_64)
  // Loads and stores: the translation is looked up in place; whatever is not there is the engine's.

  extension BlockWriter {
    mutating func writeMemory(_ m: MicroOperation) {
      let isStore = m.kind == .store || m.kind == .floatStore
      let value = Int32(truncatingIfNeeded: m.immediate)
      if let pin = tables.pin(m.a), value != 0 {
        hot.address(.rax, .memory(pin, value))
      } else {
        copy(m.a, to: .rax)
        if value != 0 { hot.binary(.add, .rax, value) }
      }
      findEntry(isStore ? tables.layout.writeTable : tables.layout.readTable)
      hot.move(.rdx, .rax)
      // Bits that an aligned access does not have count as a difference of pages.
      hot.binary(.and, .rdx, ~4095 | (Int32(m.width) - 1))
      hot.binary(.compare, .rdx, .memory(.rcx, 0))
      let isElsewhere = hot.jump(if: .notEqual)
      hot.binary(.add, .rax, .memory(.rcx, 8))
      switch m.kind {
      case .store: writeStore(m)
      case .floatLoad: writeFloatLoad(m)
      case .floatStore: writeFloatStore(m)
      default: writeLoad(m)
      }
      Assembler.patch(isElsewhere, cold.next)
      Self.writeAssist(m, stubs.assist, &cold)
      if floatIsActive { cold.call(stubs.floatBegin) }
      cold.jump(to: hot.next)
    }

    /// `rcx` becomes the address of the entry for the guest address in `rax` of the table to which the context has a
    /// pointer at `table`.
    mutating func findEntry(_ table: Int32) {
      hot.move(.rcx, .rax, wide: false)
      hot.shift(.right, .register(.rcx), by: 8, wide: false)
      hot.binary(.and, .rcx, (1 << Int32(tables.indexBits) - 1) << 4, wide: false)
      hot.binary(.add, .rcx, tables.context(table))
    }

    private mutating func writeLoad(_ m: MicroOperation) {
      if m.d == tables.discardSlot { return }
      let target = tables.pin(m.d) ?? .rax
      let host = Operand.memory(.rax, 0)
      let isSigned = m.kind == .loadSigned
      switch m.width {
      case 1: hot.form(.extended(isSigned ? 0xbe : 0xb6), target.number, host, wide: isSigned)
      case 2: hot.form(.extended(isSigned ? 0xbf : 0xb7), target.number, host, wide: isSigned)
      case 4: hot.form(Opcode(isSigned ? 0x63 : 0x8b), target.number, host, wide: isSigned)
      default: hot.move(target, host)
      }
      if target == .rax { keep(.rax, in: m.d) }
    }

    private mutating func writeStore(_ m: MicroOperation) {
      let host = Operand.memory(.rax, 0)
      let source = read(m.b, .rdx)
      switch m.width {
      case 1: hot.form(Opcode(0x88), source.number, host, wide: false, bytes: true)
      case 2: hot.form(Opcode(0x89, prefix: 0x66), source.number, host, wide: false)
      case 4: hot.store(host, source, wide: false)
      default: hot.store(host, source)
      }
    }
  }
#endif
