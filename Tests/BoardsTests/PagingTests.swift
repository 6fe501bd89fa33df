import Backplane
import Boards
import RISCV
import Support
import Testing

/// Address translation by the privileged specification, "Virtual Address Translation Process", and that stores to page
/// tables hold at once, with no fence.
@Suite struct PagingTests {
  private typealias Bits = PageTables.Bits
  private static let root: UInt64 = 0x8004_0000
  private static let virtual: UInt64 = 0x4000_0000
  private static let data = Guest.codeBase + 0x9000
  private static let other = Guest.codeBase + 0xb000

  /// Runs `body` in supervisor mode under `tables`, the first 64 KiB of RAM mapped one to one; cut in pieces as well.
  private func run(
    _ tables: PageTables, svadu: Bool = true, pbmt: Bool = false, contents: [(UInt64, [UInt8])] = [],
    sourceLocation: SourceLocation = #_sourceLocation, _ body: (inout GuestAssembler) -> Void
  ) -> GuestOutcome {
    var guest = Guest.begin()
    guest.csrw(.menvcfg, value: (svadu ? 1 << 61 : 0) | (pbmt ? 1 << 62 : 0) | 0xf0)
    guest.csrw(.satp, value: tables.satp)
    guest.enter(.supervisor)
    body(&guest)
    guest.powerOff()
    var made = Guest(code: guest.finish())
    made.contents += tables.contents + contents.map { ($0.0, $0.1) }
    let outcome = made.run()
    #expect(outcome.stop == .halted(.powerOff), sourceLocation: sourceLocation)
    let problem = checkBoard(made.boardRun(rungIntervalSteps: 20), seed: 7)
    #expect(problem == nil, sourceLocation: sourceLocation)
    return outcome
  }

  @Test(arguments: 3...5)
  func everyModeTranslatesAtEveryLevel(levels: Int) {
    for level in 0..<levels {
      var tables = PageTables.identity(levels: levels, root: Self.root)
      let size: UInt64 = 4096 << UInt64(9 * level)
      // A page far up, whose frame holds the data page; the frames of great pages begin at multiples of their size.
      let virtual = (1 << UInt64(12 + 9 * levels - 2)) & ~(size - 1)
      tables.map(virtual, to: Self.data & ~(size - 1), Bits.all, level: level)
      let outcome = run(tables, contents: [(Self.data + 8, littleEndian(0x1234_5678_9abc_def0))]) { guest in
        guest.li(.a0, virtual + (Self.data & (size - 1)))
        guest.load(.ld, .a1, 8, .a0)
        guest.store(.sd, .a1, 16, .a0)
      }
      #expect(outcome.causes == [])
      #expect(outcome.double(Self.data + 16) == 0x1234_5678_9abc_def0)
    }
  }

  /// Two ranges of addresses share a table: a store to an entry of it holds for both, and so does one to the entry that
  /// points to it.
  @Test func aSharedTableChangesForAll() {
    var tables = PageTables.identity(root: Self.root)
    let entry = tables.map(Self.virtual, to: Self.data, Bits.all)
    let table = entry & ~4095
    tables.map(Self.virtual + 0x8000, to: table, Bits.all)
    let shared = Self.virtual + (1 << 21)
    let pointer = tables.set(shared, level: 1, entry: PageTables.entry(table, Bits.valid))
    tables.map(Self.virtual + 0x9000, to: pointer & ~4095, Bits.all)
    let contents = [(Self.data, littleEndian(0x11)), (Self.other, littleEndian(0x22))]
    let outcome = run(tables, contents: contents) { guest in
      guest.li(.a0, Self.virtual)
      guest.li(.a1, shared)
      guest.li(.a2, Self.virtual + 0x8000 + (entry & 4095))
      guest.li(.a3, Self.virtual + 0x9000 + (pointer & 4095))
      guest.li(.a4, PageTables.entry(Self.other, Bits.all))
      for (index, address) in [Register.a0, .a1].enumerated() {
        guest.load(.ld, .a5, 0, address)
        guest.result(index, .a5)
      }
      guest.store(.sd, .a4, 0, .a2)
      for (index, address) in [Register.a1, .a0].enumerated() {
        guest.load(.ld, .a5, 0, address)
        guest.result(2 + index, .a5)
      }
      guest.store(.sd, .zero, 0, .a3)
      guest.load(.ld, .a5, 0, .a0)
      guest.result(4, .a5)
      guest.load(.ld, .a5, 0, .a1)
    }
    #expect(outcome.results(5) == [0x11, 0x11, 0x22, 0x22, 0x22])
    #expect(outcome.causes == [13])
  }

  /// Pages that a direct-mapped table of translations has only one place for, used in turn; then one of them, displaced
  /// by the others, gets another frame.
  @Test func pagesThatDisplaceEachOther() {
    var tables = PageTables.identity(root: Self.root)
    let entry = tables.map(Self.virtual, to: Self.data, Bits.all)
    tables.map(Self.virtual + 0x8000, to: entry & ~4095, Bits.all)
    let rivals = (1...2).map { Self.virtual + UInt64($0) << 22 }
    for rival in rivals { tables.map(rival, to: Self.other, Bits.all) }
    let outcome = run(tables, contents: [(Self.other + 0x100, littleEndian(0x55))]) { guest in
      guest.li(.a0, Self.virtual)
      guest.li(.a1, rivals[0])
      guest.li(.a2, rivals[1])
      guest.li(.s2, 5)
      let loop = guest.here()
      for (index, address) in [Register.a0, .a1, .a0, .a2].enumerated() {
        guest.load(.ld, .a5, index * 8, address)
        guest.addi(.a5, .a5, index + 1)
        guest.store(.sd, .a5, index * 8, address)
        // Not aligned, but within the page.
        guest.load(.lw, .a6, 0x101, address)
        guest.emit(.add, .s3, .s3, .a6)
      }
      guest.addi(.s2, .s2, -1)
      guest.branch(.bne, .s2, .zero, loop)
      guest.li(.a3, Self.virtual + 0x8000 + (entry & 4095))
      guest.li(.a4, PageTables.entry(Self.other, Bits.all))
      guest.store(.sd, .a4, 0, .a3)
      guest.load(.ld, .a5, 0x100, .a0)
      guest.result(0, .a5)
      guest.store(.sd, .s2, 0x100, .a0)
      guest.load(.ld, .a5, 0x100, .a2)
      guest.result(1, .a5)
    }
    #expect(outcome.results(2) == [0x55, 0])
    for index: UInt64 in 0..<4 {
      let frame = index % 2 == 0 ? Self.data : Self.other
      #expect(outcome.double(frame + index * 8) == (index + 1) * 5)
    }
    #expect(outcome.causes == [])
  }

  /// A page of a device, used again and again, becomes a page of memory, and one that nobody may use.
  @Test func aDeviceGoesAway() {
    var tables = PageTables.identity(root: Self.root)
    let entry = tables.map(Self.virtual, to: Guest.uart, Bits.all)
    tables.map(Self.virtual + 0x8000, to: entry & ~4095, Bits.all)
    let outcome = run(tables, contents: [(Self.data, littleEndian(0x77))]) { guest in
      guest.li(.a0, Self.virtual)
      guest.li(.a3, Self.virtual + 0x8000 + (entry & 4095))
      for scratch in [3, 4] {
        guest.li(.a4, UInt64(scratch))
        guest.store(.sb, .a4, 7, .a0)
        guest.load(.lbu, .a5, 7, .a0)
        guest.result(scratch - 3, .a5)
      }
      guest.li(.a4, PageTables.entry(Self.data, Bits.all))
      guest.store(.sd, .a4, 0, .a3)
      guest.load(.ld, .a5, 0, .a0)
      guest.result(2, .a5)
      guest.store(.sb, .a5, 8, .a0)
      guest.store(.sd, .zero, 0, .a3)
      guest.load(.lbu, .a5, 7, .a0)
      guest.store(.sb, .a5, 7, .a0)
    }
    #expect(outcome.results(3) == [3, 4, 0x77])
    #expect(outcome.causes == [13, 15])
    #expect(outcome.double(Self.data + 8) == 0x77)
  }

  @Test(arguments: 3...5)
  func addressesMustBeSignExtended(levels: Int) {
    let tables = PageTables.identity(levels: levels, root: Self.root)
    let outside: [UInt64] = [1 << UInt64(11 + 9 * levels), Guest.codeBase | 1 << 63, ~0 << UInt64(12 + 9 * levels)]
    let outcome = run(tables) { guest in
      for address in outside {
        guest.li(.a0, address)
        guest.load(.ld, .a1, 0, .a0)
        guest.store(.sd, .a1, 0, .a0)
      }
    }
    #expect(outcome.causes == outside.flatMap { _ in [13, 15] as [UInt64] })
  }

  /// The cause of a load, of a store and of a fetch for every kind of entry that faults.
  @Test func entriesThatFault() {
    typealias Case = (bits: UInt64, level: Int, causes: [UInt64])
    let cases: [Case] = [
      (0, 0, [13, 15, 12]),  // Not valid.
      (Bits.all & ~Bits.read, 0, [13, 15, 12]),  // Writable, not readable: reserved.
      (Bits.all & ~(Bits.read | Bits.write), 0, [13, 15]),  // Executable only.
      (Bits.all & ~Bits.write, 0, [15]),
      (Bits.all & ~Bits.execute, 0, [12]),
      (Bits.all | 1 << 54, 0, [13, 15, 12]),  // Reserved bits.
      (Bits.all | 1 << 60, 0, [13, 15, 12]),
      (Bits.all | 1 << 61, 0, [13, 15, 12]),  // A memory type, without Svpbmt.
      (Bits.all | Bits.napot, 0, [13, 15, 12]),  // Svnapot of a size that is not defined.
      (Bits.all | Bits.napot, 1, [13, 15, 12]),  // Svnapot above the last level.
      (Bits.all, 1, [13, 15, 12]),  // A great page whose frame is not aligned.
      (Bits.valid | Bits.dirty, 1, [13, 15, 12]),  // A pointer with bits of a leaf.
      (Bits.valid, 0, [13, 15, 12]),  // A pointer at the last level.
      (Bits.all | Bits.user, 0, [13, 15, 12]),  // A user's page, without SUM.
    ]
    for (bits, level, causes) in cases {
      var tables = PageTables.identity(root: Self.root)
      tables.set(Self.virtual, level: level, entry: PageTables.entry(Self.data, bits))
      let outcome = run(tables) { guest in
        let back = guest.label()
        guest.li(.a0, Self.virtual)
        guest.load(.lw, .a1, 0, .a0)
        guest.store(.sw, .a1, 4, .a0)
        guest.la(.s9, back)
        guest.la(.ra, back)
        guest.jump(to: .a0)
        guest.bind(back)
        guest.li(.s9, 0)
      }
      // A page that can be executed holds zeros: an illegal instruction.
      let seen = outcome.causes.filter { $0 != 2 }
      #expect(seen == causes, "bits \(String(bits, radix: 16)) at level \(level)")
      #expect(outcome.traps.filter { $0.cause == 15 }.allSatisfy { $0.value == Self.virtual + 4 })
    }
  }

  /// Without Svadu, software sets accessed and dirty; with it, the walk does.
  @Test(arguments: [false, true])
  func accessedAndDirty(svadu: Bool) {
    var tables = PageTables.identity(root: Self.root)
    let clean = Bits.all & ~(Bits.accessed | Bits.dirty)
    let entry = tables.map(Self.virtual, to: Self.data, clean)
    tables.map(Self.virtual + 0x1000, to: entry & ~4095, Bits.all)
    let window = Self.virtual + 0x1000 + (entry & 4095)
    let outcome = run(tables, svadu: svadu) { guest in
      guest.li(.a0, Self.virtual)
      guest.li(.a2, window)
      guest.li(.a3, PageTables.entry(Self.data, clean | Bits.accessed))
      guest.load(.lw, .a1, 0, .a0)
      guest.load(.ld, .s0, 0, .a2)
      guest.store(.sw, .a1, 0, .a0)
      guest.load(.ld, .s1, 0, .a2)
      // Software sets accessed: loads go, stores still fault without Svadu.
      guest.store(.sd, .a3, 0, .a2)
      guest.load(.lw, .a1, 0, .a0)
      guest.store(.sw, .a1, 0, .a0)
      guest.load(.ld, .s2, 0, .a2)
    }
    let flags = Bits.accessed | Bits.dirty
    #expect(outcome.causes == (svadu ? [] : [13, 15, 15]))
    #expect(outcome.register(.s0) & flags == (svadu ? Bits.accessed : 0))
    #expect(outcome.register(.s1) & flags == (svadu ? flags : 0))
    #expect(outcome.register(.s2) & flags == (svadu ? flags : Bits.accessed))
  }

  /// An entry rewritten between two accesses that are in one run of instructions, by every way to write it.
  @Test(arguments: [Operation.sd, .sw, .sh, .sb, .amoswapD, .scD, .cboZero])
  func rewrittenEntryHoldsAtTheNextInstruction(operation: RISCV.Operation) {
    var tables = PageTables.identity(root: Self.root)
    let entry = tables.map(Self.virtual, to: Self.data, Bits.all)
    tables.map(Self.virtual + 0x1000, to: entry & ~4095, Bits.all)
    let new = PageTables.entry(Self.other, Bits.all)
    let contents = [(Self.data, littleEndian(1)), (Self.other, littleEndian(2))]
    let outcome = run(tables, contents: contents) { guest in
      guest.li(.a0, Self.virtual)
      guest.li(.a2, Self.virtual + 0x1000 + (entry & 4095))
      guest.li(.a3, operation == .sb ? new >> 8 : new)
      for _ in 0..<3 { guest.load(.ld, .s0, 0, .a0) }
      guest.store(.sd, .s0, 16, .a0)
      switch operation {
      case .amoswapD: guest.atomic(operation, .zero, .a3, .a2)
      case .scD:
        guest.emit(.lrD, .a4, .a2)
        guest.atomic(operation, .s3, .a3, .a2)
      case .cboZero: guest.emit(.cboZero, .zero, .a2)
      default: guest.store(operation, .a3, operation == .sb ? 1 : 0, .a2)
      }
      guest.load(.ld, .s1, 0, .a0)
      guest.store(.sd, .s0, 8, .a0)
      guest.load(.ld, .s2, 8, .a0)
    }
    #expect(outcome.register(.s0) == 1)
    #expect(outcome.double(Self.data + 8) == 0)
    if operation == .cboZero {
      #expect(outcome.causes == [13, 15, 13])
    } else {
      #expect(outcome.causes == [])
      #expect(outcome.register(.s1) == 2)
      #expect(outcome.double(Self.other + 8) == 1)
    }
  }

  /// The frame of the code that runs is changed under it, by a store of its own.
  @Test func rewrittenEntryOfTheRunningCode() {
    var tables = PageTables.identity(root: Self.root)
    let entry = tables.map(Self.virtual, to: Self.data, Bits.all)
    tables.map(Self.virtual + 0x1000, to: entry & ~4095, Bits.all)
    func code(_ number: Int) -> [UInt8] {
      var code = GuestAssembler(at: Self.virtual)
      code.store(.sd, .a3, 0, .a2)
      code.addi(.s0, .zero, number)
      code.jump(to: .ra)
      return code.finish()
    }
    let outcome = run(tables, contents: [(Self.data, code(1)), (Self.other, code(2))]) { guest in
      guest.li(.a0, Self.virtual)
      guest.li(.a2, Self.virtual + 0x1000 + (entry & 4095))
      guest.li(.a3, PageTables.entry(Self.other, Bits.all))
      guest.jump(to: .a0, link: .ra)
    }
    #expect(outcome.register(.s0) == 2)
    #expect(outcome.causes == [])
  }

  /// Two address spaces in turn: nothing of one is seen in the other.
  @Test func switchingAddressSpaces() {
    var first = PageTables.identity(root: Self.root)
    var second = PageTables.identity(root: Self.root + 0x1_0000)
    first.map(Self.virtual, to: Self.data, Bits.all)
    second.map(Self.virtual, to: Self.other, Bits.all)
    let contents = [(Self.data, littleEndian(1)), (Self.other, littleEndian(1 << 32))]
    let outcome = run(first, contents: contents + second.contents.map { ($0.address, $0.bytes) }) { guest in
      guest.li(.a0, Self.virtual)
      guest.li(.a2, first.satp)
      guest.li(.a3, second.satp)
      guest.li(.s2, 50)
      let loop = guest.here()
      guest.load(.ld, .a1, 0, .a0)
      guest.emit(.add, .s0, .s0, .a1)
      guest.csrw(.satp, .a3)
      guest.load(.ld, .a1, 0, .a0)
      guest.emit(.add, .s0, .s0, .a1)
      guest.csrw(.satp, .a2)
      guest.addi(.s2, .s2, -1)
      guest.branch(.bne, .s2, .zero, loop)
    }
    #expect(outcome.register(.s0) == 50 | 50 << 32)
  }

  /// 64 KiB by sixteen equal entries, and a memory type.
  @Test func contiguousPagesAndMemoryTypes() {
    var tables = PageTables.identity(root: Self.root)
    for page: UInt64 in 0..<16 {
      tables.map(Self.virtual + page * 4096, to: Guest.codeBase + 0x8000, Bits.all | Bits.napot)
    }
    tables.map(Self.virtual + 0x10_0000, to: Self.data, Bits.all | 1 << 61)
    tables.map(Self.virtual + 0x10_1000, to: Self.data, Bits.all | 3 << 61)
    let outcome = run(tables, pbmt: true, contents: [(Self.data, littleEndian(77))]) { guest in
      guest.li(.a0, Self.virtual + 0x9000)
      guest.load(.ld, .s0, 0, .a0)
      guest.li(.a0, Self.virtual + 0x10_0000)
      guest.load(.ld, .s1, 0, .a0)
      guest.li(.a0, Self.virtual + 0x10_1000)
      guest.load(.ld, .s2, 0, .a0)
    }
    #expect(outcome.register(.s0) == 77)
    #expect(outcome.register(.s1) == 77)
    #expect(outcome.causes == [13])
  }

  /// SUM and MXR in supervisor mode; MPRV in machine mode, which translates as the mode of MPP would.
  @Test func permissionsBySUMAndMXRAndMPRV() {
    var tables = PageTables.identity(root: Self.root)
    tables.map(Self.virtual, to: Self.data, Bits.all | Bits.user)
    tables.map(Self.virtual + 0x1000, to: Self.data, Bits.all & ~(Bits.read | Bits.write))
    let outcome = run(tables, contents: [(Self.data, littleEndian(5))]) { guest in
      guest.li(.a0, Self.virtual)
      guest.li(.a1, Self.virtual + 0x1000)
      guest.load(.ld, .s0, 0, .a0)  // Faults.
      guest.csrs(.sstatus, mask: 1 << 18)
      guest.load(.ld, .s0, 0, .a0)
      guest.csrc(.sstatus, mask: 1 << 18)
      guest.load(.ld, .s1, 0, .a0)  // Faults.
      guest.load(.ld, .s1, 0, .a1)  // Faults.
      guest.csrs(.sstatus, mask: 1 << 19)
      guest.load(.ld, .s1, 0, .a1)
      guest.csrc(.sstatus, mask: 1 << 19)
      guest.load(.ld, .s2, 0, .a1)  // Faults.
      guest.emit(.ecall)
      guest.load(.ld, .s3, 0, .a0)  // Machine mode: no translation, a hole.
      guest.csrs(.mstatus, mask: 1 << 17)
      guest.csrc(.mstatus, mask: 3 << 11)
      guest.load(.ld, .s4, 0, .a0)  // As a user.
      guest.load(.ld, .s5, 0, .a1)  // Not a user's page: faults, and the handler returns with MPP user.
      guest.csrs(.mstatus, mask: 1 << 11 | 1 << 17)
      guest.load(.ld, .s5, 0, .a0)  // As a supervisor: faults.
      guest.csrc(.mstatus, mask: 1 << 17)
    }
    #expect(outcome.causes == [13, 13, 13, 13, 9, 5, 13, 13])
    #expect([Register.s0, .s1, .s4].map(outcome.register) == [5, 5, 5])
    #expect([Register.s2, .s3, .s5].map(outcome.register) == [0, 0, 0])
  }

  /// Every misalignment across a border between two frames that are apart, and with the second page not writable.
  @Test func accessesAcrossPages() {
    var tables = PageTables.identity(root: Self.root)
    tables.map(Self.virtual, to: Self.other, Bits.all)
    tables.map(Self.virtual + 0x1000, to: Self.data, Bits.all)
    tables.map(Self.virtual + 0x2000, to: Self.data, Bits.all & ~Bits.write)
    let border = Self.virtual + 0x1000
    let outcome = run(tables) { guest in
      guest.li(.a0, border)
      guest.li(.a1, 0x8877_6655_4433_2211)
      for distance in 1...7 {
        guest.store(.sd, .a1, -distance, .a0)
        guest.load(.ld, .a2, -distance, .a0)
        guest.emit(.xor, .a2, .a2, .a1)
        guest.emit(.or, .s0, .s0, .a2)
      }
      guest.li(.a0, border + 0x1000)
      guest.store(.sd, .a1, -4, .a0)  // Faults at the second page; the first is not written.
      guest.load(.lwu, .s1, -4, .a0)
    }
    #expect(outcome.register(.s0) == 0)
    #expect(outcome.double(Self.other + 0xff8) == 0x7766_5544_3322_1100)
    #expect(outcome.double(Self.data) & 0xff == 0x88)
    #expect(outcome.causes == [15])
    #expect(outcome.traps.first?.value == border + 0x1000)
    #expect(outcome.register(.s1) == 0)
  }
}
