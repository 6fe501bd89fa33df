#if arch(x86_64)
  /// The code that blocks share, at the addresses where it is written.
  struct Stubs {
    /// Called from outside, by the host's C convention: the context, and the address of the code to run.
    var enter: UnsafeMutablePointer<UInt8>
    /// Jumped to in order to leave; `rax` is the place in the page, and for `exitNear` `rcx` the site to be linked.
    var exitNear: UnsafeMutablePointer<UInt8>, exitBudget: UnsafeMutablePointer<UInt8>
    /// The same when the program counter in the context is right already.
    var exitTransfer: UnsafeMutablePointer<UInt8>
    /// Called to have the engine execute an operation: `rcx` is its token and, above, the steps paid for; `rdx` the
    /// cycles. Keeps nothing of `rax`, `rcx` and `rdx`.
    var assist: UnsafeMutablePointer<UInt8>
    /// Called to begin floating point; `eax` is 0 when that cannot be. Keeps `rcx` and `rdx`.
    var floatBegin: UnsafeMutablePointer<UInt8>
  }

  /// Writes them.
  struct StubWriter {
    let tables: HostTables
    var assembler: Assembler
    private static let saved: [Register] = [.rbx, .rbp, .r12, .r13, .r14, .r15]

    init(tables: HostTables, assembler: Assembler) { (self.tables, self.assembler) = (tables, assembler) }

    mutating func write() -> Stubs {
      let table = writeTable()
      let enter = assembler.next
      writeEnter()
      let leave = assembler.next
      writeLeave()
      let exit = assembler.next
      storeState(table)
      assembler.jump(to: leave)
      let exitNear = assembler.next
      assembler.store(tables.context(tables.layout.site), .rcx, wide: false)
      writeExit(tables.reasons.near, addsPage: true, to: exit)
      let exitBudget = assembler.next
      writeExit(tables.reasons.budget, addsPage: true, to: exit)
      let exitTransfer = assembler.next
      writeExit(tables.reasons.transfer, addsPage: false, to: exit)
      let assist = assembler.next
      writeAssist(leave, table)
      let floatBegin = assembler.next
      writeFloatBegin(table)
      return Stubs(
        enter: enter, exitNear: exitNear, exitBudget: exitBudget, exitTransfer: exitTransfer, assist: assist,
        floatBegin: floatBegin)
    }

    private mutating func writeEnter() {
      for register in Self.saved { assembler.push(register) }
      assembler.binary(.subtract, .rsp, 8)
      assembler.move(HostTables.context, .rdi)
      assembler.move(.rax, .rsi)
      assembler.move(HostTables.state, tables.context(tables.layout.state))
      assembler.binary(.add, HostTables.state, HostTables.bias)
      assembler.move(HostTables.steps, tables.context(tables.layout.stepsLeft))
      assembler.move(HostTables.cycles, tables.context(tables.layout.cyclesLeft))
      loadPins()
      assembler.jump(to: .rax)
    }

    /// `eax` is what `enter` returns.
    private mutating func writeLeave() {
      assembler.binary(.add, .rsp, 8)
      for register in Self.saved.reversed() { assembler.pop(register) }
      assembler.ret()
    }

    private mutating func loadPins() {
      for (slot, register) in tables.pinned { assembler.move(register, tables.memory(slot)) }
    }

    /// Spills everything. Keeps `rax`, `rcx` and `rdx`.
    private mutating func storeState(_ table: UnsafeMutablePointer<UInt8>) {
      for (slot, register) in tables.pinned { assembler.store(tables.memory(slot), register) }
      assembler.store(tables.context(tables.layout.stepsLeft), HostTables.steps)
      assembler.store(tables.context(tables.layout.cyclesLeft), HostTables.cycles)
      assembler.compareByte(tables.context(tables.layout.floatIsActive), 0)
      let isInactive = assembler.jump(if: .equal)
      writeFloatEnd(table)
      Assembler.patch(isInactive, assembler.next)
    }

    private mutating func writeExit(_ reason: UInt32, addsPage: Bool, to exit: UnsafeMutablePointer<UInt8>) {
      if addsPage {
        assembler.binary(.add, .rax, tables.context(tables.layout.pageBase))
        assembler.store(tables.context(tables.layout.programCounter), .rax)
      }
      assembler.load(.rax, UInt64(reason))
      assembler.jump(to: exit)
    }

    private mutating func writeAssist(_ leave: UnsafeMutablePointer<UInt8>, _ table: UnsafeMutablePointer<UInt8>) {
      storeState(table)
      assembler.move(.rdi, HostTables.context)
      assembler.move(.rsi, .rcx, wide: false)
      assembler.binary(.subtract, .rsp, 8)
      assembler.load(.rax, UInt64(tables.helper))
      assembler.call(.rax)
      assembler.binary(.add, .rsp, 8)
      assembler.test(.rax, .rax, wide: false)
      let isOver = assembler.shortJump(if: .notEqual)
      loadPins()
      assembler.ret()
      assembler.land(isOver)
      // Not back to the block: its return address goes.
      assembler.binary(.add, .rsp, 8)
      assembler.jump(to: leave)
    }
  }
#endif
