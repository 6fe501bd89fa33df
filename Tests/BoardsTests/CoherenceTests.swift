import Backplane
import Boards
import RISCV
import Support
import Testing
import VirtualTime

/// What the engine keeps decoded and translated must never be seen: stores to code and to page tables hold from the
/// next instruction on (DESIGN §4), and the same run comes out however it is cut.
@Suite struct CoherenceTests {
  private typealias Bits = PageTables.Bits
  fileprivate let tableBase: UInt64 = 0x8004_0000

  /// A page-table entry that lies among the instructions that run: setting its accessed bit drops the code while an
  /// instruction is under way. What follows is decoded anew, and nothing is counted or executed twice.
  @Test(arguments: [Operation.lrD, .amoaddD, .amoswapW, .cboZero, .cboClean, .ld, .sd])
  func accessedBitSetInTheRunningCode(operation: RISCV.Operation) throws {
    var tables = PageTables(root: tableBase)
    tables.mapIdentity(Guest.codeBase, pages: 16)
    tables.mapIdentity(Guest.finisher, pages: 1)
    // The table of the last level for this address is the page of the code itself; its entry 32 is an instruction.
    let virtual: UInt64 = 0x20_0000_0000
    let table = Guest.codeBase + 0x1000
    let entry = table + 0x100
    tables.set(virtual, level: 1, entry: PageTables.entry(table, Bits.valid))
    var guest = Guest.begin()
    guest.csrw(.menvcfg, value: 1 << 61 | 0xf0)
    guest.csrw(.satp, value: tables.satp)
    let far = guest.label()
    guest.enter(.supervisor)
    guest.jump(far)
    guest.origin(entry - 0x40)
    guest.bind(far)
    guest.li(.a0, virtual + 32 * 4096)
    while guest.position < entry - 4 { guest.addi(.s0, .s0, 1) }
    let hasNoDestination = operation == .sd || operation == .cboZero || operation == .cboClean
    guest.emit(operation, hasNoDestination ? .zero : .a2, .a0, .a1)
    // Its low half is a fence until the accessed bit is set, then something illegal; its high half is illegal.
    guest.double(PageTables.entry(Guest.codeBase + 0x3000, Bits.valid | Bits.read | Bits.write | Bits.execute))
    for _ in 0..<20 { guest.addi(.s1, .s1, 1) }
    guest.csrr(.s2, .cycle)
    guest.powerOff()
    var made = Guest(code: guest.finish())
    made.contents += tables.contents
    let outcome = made.run()
    #expect(outcome.stop == .halted(.powerOff))
    // The last is the counter, which is not enabled.
    #expect(outcome.causes == [2, 2, 2])
    #expect(outcome.traps.map(\.pc).prefix(2) == [entry, entry + 4])
    #expect(outcome.traps.first?.value == outcome.double(entry) & 0xffff_ffff)
    #expect(outcome.double(entry) & Bits.accessed != 0)
    #expect(outcome.register(.s1) == 20)
    #expect(checkBoard(made.boardRun(rungIntervalSteps: 10), seed: 5) == nil)
  }

  /// More page tables than the engine can watch at once: it starts anew, and must then not go on with the translation
  /// of the code that runs. After reading through `count` tables, the guest, in the same run of instructions, gives its
  /// own page another frame.
  @Test(arguments: [100, 8300])
  func codePageRemappedAfterManyTablesWereRead(count: Int) {
    let entry = 0x8000_2000 as UInt64
    let other = 0x8000_3000 as UInt64
    var tables = PageTables(root: 0x8000_c000)
    tables.map(Guest.codeBase, to: Guest.codeBase, Bits.all)
    let place = tables.map(entry, to: entry, Bits.all)
    tables.map(Guest.finisher, to: Guest.finisher, Bits.all)
    tables.map(place & ~4095, to: place & ~4095, Bits.all)
    var guest = Guest.begin()
    guest.csrw(.satp, value: tables.satp)
    let code = guest.label()
    let loop = guest.label()
    guest.li(.s1, place)
    guest.li(.s2, PageTables.entry(other, Bits.all))
    guest.li(.a0, 0x10_0000_0000)
    guest.li(.a1, 0x20_0000)
    guest.li(.a2, UInt64(count))
    guest.enter(.supervisor)
    guest.jump(code)
    for isOther in [false, true] {
      guest.origin(isOther ? other : entry)
      if !isOther {
        guest.bind(code)
        guest.bind(loop)
      }
      guest.load(.ld, .a3, 0, .a0)
      guest.emit(.add, .a0, .a0, .a1)
      guest.addi(.a2, .a2, -1)
      if !isOther { guest.branch(.bne, .a2, .zero, loop) } else { guest.emit(.addi, .zero, .zero) }
      // Once only the store, in one run with the instructions behind it.
      guest.load(.ld, .a3, 0, .a0)
      guest.store(.sd, .s2, 0, .s1)
      guest.addi(.s3, .zero, isOther ? 2 : 1)
      guest.powerOff()
    }
    var made = Guest(code: guest.finish(), ramSize: 48 << 20)
    // A table for each 2 MiB, each in a page of its own, all of them mapping one page.
    for number in 0...UInt64(count) {
      let address: UInt64 = 0x8010_0000 + number * 4096
      tables.set(0x10_0000_0000 + number * 0x20_0000, level: 1, entry: PageTables.entry(address, Bits.valid))
      made.contents.append((address, littleEndian(PageTables.entry(0x8000_4000, Bits.all))))
    }
    made.contents += tables.contents
    let outcome = made.run(limitSteps: 1_000_000)
    #expect(outcome.stop == .halted(.powerOff))
    #expect(outcome.causes == [])
    #expect(outcome.register(.s3) == 2)
  }
}

/// The bytes of `value` in memory.
func littleEndian(_ value: UInt64) -> [UInt8] {
  stride(from: UInt64(0), to: 64, by: 8).map { UInt8(truncatingIfNeeded: value >> $0) }
}

extension CoherenceTests {
  /// Dropped caches leave no marks on pages: stores there would be slow for ever.
  @Test func droppedCachesLeaveNoMarksOnPages() {
    let (tables, code) = (PageTables.identity(root: tableBase), Guest.codeBase)
    var guest = Guest.begin()
    guest.csrw(.satp, value: tables.satp)
    guest.enter(.supervisor)
    guest.li(.a0, code + 0x5000)
    guest.store(.sd, .zero, 0, .a0)
    guest.powerOff()
    var made = Guest(code: guest.finish())
    made.contents += tables.contents
    let machine = made.run().machine
    let marks = Memory.PageFlags.code | Memory.PageFlags.pageTable
    func marked() -> Int { (0..<machine.memory.pageCount).count { machine.memory.flags[$0] & marks != 0 } }
    #expect(marked() > 0)
    machine.dropCaches()
    #expect(marked() == 0)
  }

  /// A fault of a cache-block operation tells of the address in the register, not of the block's first byte.
  @Test(arguments: [Operation.cboZero, .cboClean, .cboFlush, .cboInval])
  func cacheBlockFaultsTellOfTheAddressGiven(operation: RISCV.Operation) {
    let tables = PageTables.identity(root: tableBase)
    var guest = Guest.begin()
    guest.csrw(.menvcfg, value: 0xf0)
    guest.csrw(.satp, value: tables.satp)
    guest.enter(.supervisor)
    guest.li(.a0, 0x3000_0123)
    guest.emit(operation, .zero, .a0)
    guest.powerOff()
    var made = Guest(code: guest.finish())
    made.contents += tables.contents
    let outcome = made.run()
    #expect(outcome.causes == [15])
    #expect(outcome.traps.first?.value == 0x3000_0123)
  }
}
