import Backplane
import Boards
import RISCV
import Support
import Testing

/// Modes, delegation, counters and reservations by the privileged and unprivileged specifications.
@Suite struct PrivilegeTests {
  /// Runs `body` in machine mode, and again in pieces.
  private func run(
    allowsAll: Bool = true, contents: [(UInt64, [UInt8])] = [], sourceLocation: SourceLocation = #_sourceLocation,
    _ body: (inout GuestAssembler) -> Void
  ) -> GuestOutcome {
    var guest = Guest.begin(allowsAll: allowsAll)
    body(&guest)
    guest.powerOff()
    var made = Guest(code: guest.finish())
    made.contents += contents.map { ($0.0, $0.1) }
    let outcome = made.run()
    #expect(outcome.stop == .halted(.powerOff), sourceLocation: sourceLocation)
    let problem = checkBoard(made.boardRun(rungIntervalSteps: 10), seed: 9)
    #expect(problem == nil, sourceLocation: sourceLocation)
    return outcome
  }

  // MARK: Protection ("Physical Memory Protection")

  /// NAPOT, NA4 and TOR entries for a user: one word readable, the next writable too, and nothing else of the page.
  @Test func partsOfAPageAreProtected() {
    let base = Guest.resultBase
    let outcome = run(allowsAll: false) { guest in
      // 0: NA4 word at +8, read. 1 and 2: +16 to +24 by TOR, read and write. 3: NAPOT 8 KiB of code, all.
      guest.csrw(.pmpaddr0, value: (base + 8) >> 2)
      guest.csrw(.pmpaddr1, value: (base + 16) >> 2)
      guest.csrw(.pmpaddr2, value: (base + 24) >> 2)
      guest.csrw(.pmpaddr3, value: Guest.codeBase >> 2 | 0x3ff)
      guest.csrw(.pmpcfg0, value: 0x1f << 24 | 0x0b << 16 | 0x11)
      guest.csrw(.pmpaddr15, value: (1 << 54) - 1)
      guest.enter(.user)
      guest.li(.a0, base)
      guest.load(.lw, .s0, 8, .a0)
      guest.store(.sw, .a0, 8, .a0)  // 7
      guest.load(.ld, .s0, 8, .a0)  // 5: half of it only.
      guest.load(.lw, .s0, 12, .a0)  // 5
      guest.load(.lh, .s0, 10, .a0)
      guest.store(.sd, .a0, 16, .a0)
      guest.load(.ld, .s1, 16, .a0)
      guest.store(.sd, .a0, 20, .a0)  // 7: across the end.
      guest.store(.sd, .a0, 24, .a0)  // 7
      guest.atomic(.amoaddW, .zero, .a0, .a0)  // 7
      guest.emit(.ecall)
    }
    #expect(outcome.causes == [7, 5, 5, 7, 7, 7, 8])
    #expect(outcome.register(.s1) == base)
    #expect(outcome.results(5) == [0, 0, base, 0, 0])
  }

  /// Code in a page of which a part may be executed: it runs up to the border, and an instruction across it faults.
  @Test func partsOfAPageAreExecutable() {
    let base = Guest.resultBase
    var code = GuestAssembler(at: base)
    for _ in 0..<3 { code.addi(.s0, .s0, 1) }
    code.half(1)
    code.addi(.s0, .s0, 16)
    let outcome = run(allowsAll: false, contents: [(base, code.finish())]) { guest in
      guest.csrw(.pmpaddr0, value: (base + 16) >> 2)
      guest.csrw(.pmpaddr1, value: Guest.codeBase >> 2 | 0x3ff)
      guest.csrw(.pmpcfg0, value: 0x1f << 8 | 0x0c)
      guest.li(.a0, base)
      let back = guest.label()
      guest.la(.s9, back)
      guest.enter(.user)
      guest.jump(to: .a0)
      guest.bind(back)
      guest.emit(.ecall)
    }
    // TOR from 0: the first 16 bytes, executable only.
    #expect(outcome.register(.s0) == 3)
    #expect(outcome.traps.first == GuestTrap(cause: 1, pc: base + 14, value: base + 16))
  }

  /// A locked entry binds machine mode, cannot be changed, and neither can the address below a locked top of range.
  @Test func lockedEntriesBindMachineMode() {
    let base = Guest.resultBase
    let outcome = run(allowsAll: false) { guest in
      guest.li(.a0, base)
      guest.store(.sd, .a0, 0, .a0)
      guest.csrw(.pmpaddr0, value: base >> 2)
      guest.csrw(.pmpaddr1, value: (base + 8) >> 2)
      guest.csrw(.pmpcfg0, value: 0x89 << 8)
      guest.store(.sd, .a0, 0, .a0)  // 7
      guest.load(.ld, .s0, 0, .a0)
      guest.store(.sd, .a0, 8, .a0)
      guest.csrw(.pmpaddr0, value: 0)
      guest.csrw(.pmpaddr1, value: 0)
      guest.csrw(.pmpcfg0, value: 0)
      guest.csrr(.s1, .pmpaddr0)
      guest.csrr(.s2, .pmpaddr1)
      guest.csrr(.s3, .pmpcfg0)
      guest.store(.sd, .a0, 0, .a0)  // 7
      // Writable without readable is reserved: it is not taken over.
      guest.csrw(.pmpcfg0, value: 0x1a << 16)
      guest.csrr(.s4, .pmpcfg0)
    }
    #expect(outcome.causes == [7, 7])
    #expect(outcome.register(.s0) == base)
    #expect(outcome.register(.s1) == base >> 2)
    #expect(outcome.register(.s2) == (base + 8) >> 2)
    #expect(outcome.register(.s3) == 0x8900)
    #expect(outcome.register(.s4) & 0x30000 != 0x20000)
  }

  /// The table walk is an access too, in supervisor mode.
  @Test func pageTablesAreProtected() {
    let root: UInt64 = 0x8004_0000
    var tables = PageTables.identity(root: root)
    let entry = tables.map(0x4000_0000, to: Guest.resultBase, PageTables.Bits.all & ~PageTables.Bits.dirty)
    let outcome = run(allowsAll: false, contents: tables.contents.map { ($0.address, $0.bytes) }) { guest in
      guest.csrw(.menvcfg, value: 1 << 61)
      guest.csrw(.pmpaddr0, value: (entry & ~4095) >> 2 | 0x1ff)
      guest.csrw(.pmpaddr1, value: (1 << 54) - 1)
      guest.csrw(.pmpcfg0, value: 0x1f << 8 | 0x19)
      guest.csrw(.satp, value: tables.satp)
      guest.li(.a0, 0x4000_0000)
      guest.enter(.supervisor)
      guest.load(.ld, .s0, 0, .a0)
      guest.store(.sd, .a0, 0, .a0)  // 7: the dirty bit cannot be set.
      guest.emit(.ecall)
      guest.csrw(.pmpcfg0, value: 0x1f << 8 | 0x18)
      guest.enter(.supervisor)
      guest.load(.ld, .s0, 0, .a0)  // 5: the entry cannot be read.
      guest.emit(.ecall)
    }
    #expect(outcome.causes == [7, 9, 5, 9])
    #expect(outcome.traps.filter { $0.cause != 9 }.allSatisfy { $0.value == 0x4000_0000 })
  }

  // MARK: Counters

  @Test func countersCountAndCanBeSetAndStopped() {
    let outcome = run { guest in
      guest.csrw(.minstret, value: 100)
      guest.csrr(.s0, .minstret)
      guest.csrr(.s1, .instret)
      guest.csrw(.mcycle, value: 1000)
      guest.csrr(.s2, .mcycle)
      guest.addi(.s11, .zero, 0)
      guest.csrr(.s3, .mcycle)
      guest.csrw(.mcountinhibit, value: 5)
      guest.csrr(.s4, .minstret)
      guest.csrr(.s5, .mcycle)
      for _ in 0..<5 { guest.addi(.s11, .zero, 0) }
      guest.csrr(.s6, .minstret)
      guest.csrr(.s7, .mcycle)
      guest.csrw(.minstret, value: 7)
      guest.csrw(.mcountinhibit, value: 0)
      guest.csrr(.s8, .minstret)
      guest.csrw(.mhpmevent3, value: 5)
      guest.csrw(.mhpmcounter3, value: 5)
      guest.csrr(.a1, .mhpmcounter3)
      guest.csrr(.a2, .hpmcounter3)
      guest.csrr(.a3, .mhpmevent3)
      guest.emit(.csrrw, .zero, .a1, immediate: CSR.cycle.rawValue)  // Read-only: illegal.
      guest.emit(.csrrs, .a4, .zero, immediate: CSR.cycle.rawValue)
    }
    #expect(outcome.register(.s0) == 100)
    #expect(outcome.register(.s1) == 101)
    #expect(outcome.register(.s2) == 1000)
    // A CSR access costs two cycles, an addition one.
    #expect(outcome.register(.s3) == 1003)
    #expect(outcome.register(.s6) == outcome.register(.s4))
    #expect(outcome.register(.s7) == outcome.register(.s5))
    #expect(outcome.register(.s8) == 7)
    #expect([Register.a1, .a2, .a3].map(outcome.register) == [0, 0, 0])
    #expect(outcome.causes == [2])
  }

  @Test func countersAreEnabledModeByMode() {
    let counters: [CSR] = [.cycle, .time, .instret, .hpmcounter3]
    for (machine, supervisor) in [(0, 0), (0xf, 0), (0xf, 0xf), (0, 0xf), (2, 2), (5, 2)] as [(UInt64, UInt64)] {
      let outcome = run { guest in
        guest.csrw(.mcounteren, value: machine)
        guest.csrw(.scounteren, value: supervisor)
        for mode in [Privilege.supervisor, .user] {
          guest.enter(mode)
          for counter in counters { guest.csrr(.a0, counter) }
          guest.emit(.ecall)
        }
      }
      let faults = [machine, machine & supervisor].map { enabled in (0..<4).count { enabled >> UInt64($0) & 1 == 0 } }
      let expected = Array(repeating: 2 as UInt64, count: faults[0]) + [9] + Array(repeating: 2, count: faults[1]) + [8]
      #expect(outcome.causes == expected)
    }
  }

  // MARK: Traps

  @Test func virtualMachineInstructionsTrapWhenAsked() {
    let outcome = run { guest in
      // Something pending for the supervisor, which takes no interrupts: it ends every wait.
      guest.csrw(.mideleg, value: 2)
      for mask in [0, 1 << 20, 1 << 21, 1 << 22] as [UInt64] {
        guest.csrc(.mstatus, mask: 7 << 20)
        guest.csrs(.mstatus, mask: mask)
        guest.csrw(.mie, value: 2)
        guest.csrs(.mip, mask: 2)
        guest.enter(.supervisor)
        guest.csrr(.a0, .satp)  // TVM
        guest.emit(.sfenceVma)  // TVM
        guest.emit(.sinvalVma)  // TVM
        guest.emit(.sfenceWInval)
        guest.emit(.wfi)  // TW
        guest.emit(.ecall)
      }
      guest.csrc(.mip, mask: 2)
      guest.enter(.user)
      guest.emit(.wfi)
      guest.emit(.sfenceVma)
      guest.emit(.sret)
      guest.emit(.mret)
      guest.csrr(.a0, .sstatus)
      guest.emit(.ecall)
    }
    #expect(outcome.causes == [9] + [2, 2, 2, 9] + [2, 9] + [9] + [2, 2, 2, 2, 2, 8])
  }

  @Test func supervisorReturnTrapsWhenAsked() {
    let outcome = run { guest in
      for mask in [0, 1 << 22] as [UInt64] {
        let next = guest.label()
        guest.csrs(.mstatus, mask: mask)
        guest.la(.a0, next)
        guest.csrw(.sepc, .a0)
        guest.csrs(.sstatus, mask: 1 << 8)
        guest.enter(.supervisor)
        guest.emit(.sret)
        guest.bind(next)
        guest.emit(.ecall)
      }
    }
    #expect(outcome.causes == [9, 2, 9])
  }

  /// A delegated exception goes to the supervisor, unless machine mode raised it.
  @Test func exceptionsAreDelegated() {
    let outcome = run { guest in
      let handler = guest.label()
      let start = guest.label()
      guest.jump(start)
      guest.origin((guest.position + 3) & ~3)
      guest.bind(handler)
      guest.csrr(.s0, .scause)
      guest.csrr(.s1, .sepc)
      guest.csrr(.s2, .stval)
      guest.csrr(.s3, .sstatus)
      guest.addi(.s1, .s1, 4)
      guest.csrw(.sepc, .s1)
      guest.emit(.sret)
      guest.bind(start)
      guest.la(.t0, handler)
      guest.csrw(.stvec, .t0)
      guest.csrw(.medeleg, value: .max)
      guest.csrr(.s4, .medeleg)
      guest.csrw(.mideleg, value: .max)
      guest.csrr(.s5, .mideleg)
      guest.word(0)  // Illegal in machine mode.
      guest.half(1)
      guest.half(1)
      guest.csrw(.medeleg, value: 1 << 2 | 1 << 5)
      guest.enter(.user)
      guest.li(.a0, 0x30)
      guest.load(.lw, .a1, 0, .a0)
      guest.emit(.ecall)
    }
    #expect(outcome.causes == [2, 8])
    #expect(outcome.register(.s0) == 5)
    #expect(outcome.register(.s2) == 0x30)
    #expect(outcome.register(.s3) & (1 << 8) == 0)
    // A call from machine mode, and double traps, stay with it.
    #expect(outcome.register(.s4) & (1 << 11) == 0)
    #expect(outcome.register(.s5) == 0x222)
  }

  /// Interrupts in vectored mode go to their own entries, the highest priority first; exceptions to the base.
  @Test func vectoredInterruptsByPriority() {
    let outcome = run { guest in
      let table = guest.label()
      let start = guest.label()
      guest.jump(start)
      guest.origin((guest.position + 255) & ~255)
      guest.bind(table)
      let entries = (0..<12).map { _ in guest.label() }
      for entry in entries { guest.jump(entry) }
      for (number, entry) in entries.enumerated() {
        guest.bind(entry)
        // Appends its number to s0, and disables itself.
        guest.emit(.slli, .s0, .s0, immediate: 4)
        guest.addi(.s0, .s0, number)
        guest.li(.s1, 1 << UInt64(number))
        guest.emit(.csrrc, .zero, .s1, immediate: CSR.sie.rawValue)
        guest.emit(.sret)
      }
      guest.bind(start)
      guest.la(.t0, table)
      guest.addi(.t0, .t0, 1)
      guest.csrw(.stvec, .t0)
      guest.csrw(.mideleg, value: 0x222)
      guest.csrw(.mip, value: 0x222)
      guest.csrw(.sie, value: 0x222)
      guest.csrw(.medeleg, value: 1 << 3)
      guest.enter(.supervisor)
      guest.csrr(.s2, .sip)
      guest.csrs(.sstatus, mask: 2)
      guest.csrr(.s3, .sie)
      guest.emit(.ecall)
    }
    #expect(outcome.register(.s0) == 0x915)
    #expect(outcome.register(.s2) == 0x222)
    #expect(outcome.register(.s3) == 0)
    #expect(outcome.causes == [9])
  }

  // MARK: Reservations

  @Test func reservationsHoldOnceAndForTheirPlace() {
    let outcome = run { guest in
      guest.li(.a0, Guest.resultBase)
      guest.li(.a1, 0x55)
      guest.atomic(.scD, .s0, .a1, .a0)  // None: fails.
      guest.emit(.lrD, .a2, .a0)
      guest.atomic(.scD, .s1, .a1, .a0)  // Succeeds.
      guest.atomic(.scD, .s2, .a1, .a0)  // Used up.
      guest.emit(.lrD, .a2, .a0)
      guest.addi(.a3, .a0, 64)
      guest.atomic(.scD, .s3, .a1, .a3)  // Another place.
      guest.atomic(.scD, .s4, .a1, .a0)  // Ended by the failure.
      guest.emit(.lrW, .a2, .a0)
      guest.atomic(.scW, .s5, .zero, .a0)  // Succeeds.
      guest.addi(.a3, .a0, 2)
      guest.emit(.lrW, .a2, .a3)  // 4: misaligned.
      guest.atomic(.scW, .zero, .a2, .a3)  // 6
      guest.atomic(.amoaddD, .zero, .a2, .a3)  // 6
    }
    #expect(
      [Register.s0, .s1, .s2, .s3, .s4, .s5].map { outcome.register($0) != 0 } == [
        true, false, true, true, true, false,
      ])
    #expect(outcome.results(1) == [0])
    #expect(outcome.causes == [4, 6, 6])
  }
}
