#if arch(x86_64)
  // Budgets and ways out of blocks.

  extension BlockWriter {
    mutating func writeControl(_ m: MicroOperation) {
      switch m.kind {
      case .charge: writeCharge(m)
      case .assist:
        Self.writeAssist(m, stubs.assist, &hot)
        (floatIsActive, boxedSlots) = (false, 0)
      case .goNear: writeNear(m, hot.jump())
      case .branchNear:
        compare(m)
        writeNear(m, hot.jump(if: condition(m)))
      case .branchFar:
        compare(m)
        let holds = hot.jump(if: condition(m))
        Assembler.patch(holds, cold.next)
        // What is far is not so often taken that its place matters.
        swap(&hot, &cold)
        writeFar(m)
        swap(&hot, &cold)
      case .goFar: writeFar(m)
      default: writeIndirect(m)
      }
    }

    private func condition(_ m: MicroOperation) -> Condition {
      switch MicroOperation.Condition(rawValue: m.width) {
      case .equal: .equal
      case .notEqual: .notEqual
      case .less: .less
      case .greaterOrEqual: .greaterOrEqual
      case .below: .below
      case .aboveOrEqual: .aboveOrEqual
      case nil: preconditionFailure("a branch has a condition")
      }
    }

    private mutating func writeCharge(_ m: MicroOperation) {
      startPlace = m.immediate
      let (steps, cycles) = (Int32(m.steps), Int32(truncatingIfNeeded: m.cycles))
      hot.binary(.subtract, HostTables.steps, steps)
      let lacksSteps = hot.jump(if: .negative)
      hot.binary(.subtract, HostTables.cycles, cycles)
      let lacksCycles = hot.jump(if: .negative)
      Assembler.patch(lacksSteps, cold.next)
      cold.binary(.subtract, HostTables.cycles, cycles)
      Assembler.patch(lacksCycles, cold.next)
      cold.binary(.add, HostTables.steps, steps)
      cold.binary(.add, HostTables.cycles, cycles)
      cold.load(.rax, UInt64(m.immediate))
      cold.jump(to: stubs.exitBudget)
    }

    /// Has the engine execute the operation of `m`; comes back behind this.
    static func writeAssist(
      _ m: MicroOperation, _ stub: UnsafeMutablePointer<UInt8>, _ assembler: inout Assembler
    ) {
      assembler.load(.rcx, UInt64(m.token) | UInt64(m.steps) << 16)
      assembler.load(.rdx, UInt64(m.cycles))
      assembler.call(stub)
    }

    mutating func writeClock(_ m: MicroOperation) {
      let layout = tables.layout
      hot.compareByte(tables.context(layout.clockIsReadable), 0)
      let isForbidden = hot.jump(if: .equal)
      hot.move(.rax, tables.context(layout.cyclesThen))
      hot.binary(.add, .rax, tables.context(layout.cyclesLeftThen))
      hot.binary(.subtract, .rax, HostTables.cycles)
      hot.binary(.subtract, .rax, Int32(truncatingIfNeeded: m.cycles))
      hot.unary(.multiply, tables.context(layout.clockNumerator))
      hot.test(.rdx, .rdx)
      let isTooLong = hot.jump(if: .notEqual)
      hot.unary(.divide, tables.context(layout.clockDenominator))
      hot.binary(.add, .rax, tables.context(layout.clockOffset))
      keep(.rax, in: m.d)
      Assembler.patch(isForbidden, cold.next)
      Assembler.patch(isTooLong, cold.next)
      Self.writeAssist(m, stubs.assist, &cold)
      if floatIsActive { cold.call(stubs.floatBegin) }
      cold.jump(to: hot.next)
    }

    private mutating func giveBack(_ m: MicroOperation) {
      if m.steps != 0 { hot.binary(.add, HostTables.steps, Int32(m.steps)) }
      if m.cycles != 0 { hot.binary(.add, HostTables.cycles, Int32(truncatingIfNeeded: m.cycles)) }
    }

    /// `jump`, just written, goes to the place of `m` in the page.
    private mutating func writeNear(_ m: MicroOperation, _ jump: UnsafeMutablePointer<UInt8>) {
      var target: UnsafeMutablePointer<UInt8>?
      if linksBlocks {
        if m.immediate == startPlace { target = start }
        if m.target != 0 { target = base + Int(m.target) }
      }
      var site = jump
      if m.steps != 0 || m.cycles != 0 {
        Assembler.patch(jump, cold.next)
        swap(&hot, &cold)
        giveBack(m)
        swap(&hot, &cold)
        site = cold.jump()
      }
      if let target { return Assembler.patch(site, target) }
      Assembler.patch(site, cold.next)
      cold.load(.rax, UInt64(m.immediate))
      cold.load(.rcx, linksBlocks ? UInt64(site - base) : 0)
      cold.jump(to: stubs.exitNear)
    }

    private mutating func writeFar(_ m: MicroOperation) {
      giveBack(m)
      hot.move(.rax, tables.context(tables.layout.pageBase))
      hot.binary(.add, .rax, immediate(m))
      writeLookup()
    }

    private mutating func writeIndirect(_ m: MicroOperation) {
      let value = Int32(truncatingIfNeeded: m.immediate)
      copy(m.a, to: .rax)
      if value != 0 { hot.binary(.add, .rax, value) }
      hot.binary(.and, .rax, -2)
      if m.d != tables.discardSlot {
        hot.move(.rcx, tables.context(tables.layout.pageBase))
        hot.binary(.add, .rcx, Int32(Int16(bitPattern: m.token)))
        keep(.rcx, in: m.d)
      }
      writeLookup()
    }

    /// Goes on at the guest address in `rax`, if its translation is known and it has code; else leaves.
    private mutating func writeLookup() {
      hot.store(tables.context(tables.layout.programCounter), .rax)
      guard linksBlocks else { return hot.jump(to: stubs.exitTransfer) }
      findEntry(tables.layout.fetchTable)
      hot.move(.rdx, .rax)
      hot.binary(.and, .rdx, -4096)
      hot.binary(.compare, .rdx, .memory(.rcx, 0))
      hot.jump(if: .notEqual, to: stubs.exitTransfer)
      hot.move(.rcx, .memory(.rcx, 8))
      hot.binary(.and, .rax, 0xffe, wide: false)
      hot.indexed(Opcode(0x8b), .rax, .rcx, .rax, scale: 1, tables.cellsDistance, wide: false)
      hot.binary(.compare, .rax, Int32(tables.firstCode), wide: false)
      hot.jump(if: .below, to: stubs.exitTransfer)
      hot.store(tables.context(tables.layout.pageBase), .rdx)
      hot.store(tables.context(tables.layout.pageTable), .rcx)
      // The start of all code: lea rdx, [rip + distance].
      for byte: UInt8 in [0x48, 0x8d, 0x15] { hot.byte(byte) }
      hot.word32(Int32(truncatingIfNeeded: base - hot.next - 4))
      hot.binary(.add, .rax, .rdx)
      hot.jump(to: .rax)
    }
  }
#endif
