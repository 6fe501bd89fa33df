import Backplane
import Boards
import RISCV
import Support
import Testing

/// Stores to code hold at the next instruction, with no `fence.i` (DESIGN §4).
@Suite struct SelfModifyingTests {
  private typealias Bits = PageTables.Bits

  private func check(
    _ guest: Guest, sourceLocation: SourceLocation = #_sourceLocation
  ) -> GuestOutcome {
    let outcome = guest.run()
    #expect(outcome.stop == .halted(.powerOff), sourceLocation: sourceLocation)
    let problem = checkBoard(guest.boardRun(rungIntervalSteps: 20), seed: 8)
    #expect(problem == nil, sourceLocation: sourceLocation)
    return outcome
  }

  /// The instruction right behind the store, by every way to store, after it has run twice as it was.
  @Test(arguments: [Operation.sd, .sw, .sh, .sb, .amoswapW, .amoaddD, .scW, .scD])
  func storeChangesTheNextInstruction(operation: RISCV.Operation) {
    let old = UInt64(GuestAssembler.bits(.addi, .s0, .s0, immediate: 1))
    let new = UInt64(GuestAssembler.bits(.addi, .s0, .s0, immediate: 0x100))
    let next = UInt64(GuestAssembler.bits(.addi, .s1, .s1, immediate: 1)) << 32
    var guest = Guest.begin()
    let target = guest.label()
    let isNotLast = guest.label()
    guest.li(.s2, 3)
    guest.li(.s3, 1)
    let value: UInt64 =
      switch operation {
      case .amoaddD: new &- old
      case .sd, .scD: next | new
      case .sh: new >> 16
      case .sb: 0x10
      default: new
      }
    guest.li(.a1, value)
    let loop = guest.here()
    // Only the last time does the store hit code.
    guest.li(.a0, Guest.resultBase)
    guest.branch(.bne, .s2, .s3, isNotLast)
    guest.la(.a0, target)
    guest.bind(isNotLast)
    if guest.position % 8 == 0 { guest.addi(.s4, .s4, 1) }
    switch operation {
    case .sh: guest.store(.sh, .a1, 2, .a0)
    case .sb: guest.store(.sb, .a1, 3, .a0)
    case .sw, .sd: guest.store(operation, .a1, 0, .a0)
    case .scW, .scD:
      guest.addi(.s4, .s4, 1)
      guest.emit(operation == .scW ? .lrW : .lrD, .t0, .a0)
      guest.atomic(operation, .zero, .a1, .a0)
    default: guest.atomic(operation, .zero, .a1, .a0)
    }
    guest.bind(target)
    guest.word(UInt32(old))
    guest.addi(.s1, .s1, 1)
    guest.addi(.s2, .s2, -1)
    guest.branch(.bne, .s2, .zero, loop)
    guest.powerOff()
    #expect(guest.address(of: target) % 8 == 0)
    let outcome = check(Guest(code: guest.finish()))
    #expect(outcome.causes == [])
    #expect(outcome.register(.s0) == 2 + (operation == .sb ? 0x101 : 0x100))
    #expect(outcome.register(.s1) == 3)
  }

  /// A block of zeros over the code behind it: illegal instructions.
  @Test func blockZeroedUnderTheCode() {
    var guest = Guest.begin()
    let target = guest.label()
    guest.la(.a0, target)
    while guest.position % 64 != 60 { guest.addi(.s1, .s1, 0) }
    guest.emit(.cboZero, .zero, .a0)
    guest.bind(target)
    for _ in 0..<16 { guest.addi(.s0, .s0, 1) }
    guest.powerOff()
    let outcome = check(Guest(code: guest.finish()))
    #expect(outcome.register(.s0) == 0)
    #expect(outcome.causes == Array(repeating: 2, count: 16))
    #expect(outcome.traps.allSatisfy { $0.value == 0 })
  }

  /// An instruction that lies across two pages whose frames are apart; its second half is changed by a store to the
  /// second frame, and then the second page gets another frame.
  @Test func instructionAcrossTwoPages() {
    let virtual: UInt64 = 0x4000_0000
    let frames = (0..<3).map { Guest.codeBase + 0x9000 + UInt64($0) * 0x2000 }
    var tables = PageTables.identity(root: 0x8004_0000)
    tables.map(virtual, to: frames[0], Bits.all)
    let entry = tables.map(virtual + 0x1000, to: frames[1], Bits.all)
    tables.map(virtual + 0x8000, to: entry & ~4095, Bits.all)
    func bits(_ immediate: Int) -> UInt32 { GuestAssembler.bits(.addi, .s0, .s0, immediate: immediate) }
    func second(_ immediate: Int) -> [UInt8] {
      var code = GuestAssembler(at: virtual + 0x1000)
      code.half(UInt16(truncatingIfNeeded: bits(immediate) >> 16))
      code.jump(to: .ra)
      return code.finish()
    }
    var guest = Guest.begin()
    guest.csrw(.satp, value: tables.satp)
    guest.enter(.supervisor)
    guest.li(.a0, virtual + 0xffe)
    guest.jump(to: .a0, link: .ra)
    guest.jump(to: .a0, link: .ra)
    guest.li(.a1, UInt64(bits(0x20) >> 16))
    guest.li(.a2, frames[1])
    guest.store(.sh, .a1, 0, .a2)
    guest.jump(to: .a0, link: .ra)
    guest.li(.a1, PageTables.entry(frames[2], Bits.all))
    guest.li(.a2, virtual + 0x8000 + (entry & 4095))
    guest.store(.sd, .a1, 0, .a2)
    guest.jump(to: .a0, link: .ra)
    // No second page: the fault tells of it, and of the instruction in the first.
    guest.store(.sd, .zero, 0, .a2)
    let back = guest.label()
    guest.la(.s9, back)
    guest.jump(to: .a0, link: .ra)
    guest.bind(back)
    guest.powerOff()
    var made = Guest(code: guest.finish())
    made.contents += tables.contents
    made.contents.append((frames[0] + 0xffe, [UInt8(bits(1) & 0xff), UInt8(bits(1) >> 8 & 0xff)]))
    made.contents += [(frames[1], second(1)), (frames[2], second(0x300))]
    let outcome = check(made)
    #expect(outcome.register(.s0) == 1 + 1 + 0x20 + 0x300)
    #expect(outcome.traps == [GuestTrap(cause: 12, pc: virtual + 0xffe, value: virtual + 0x1000)])
  }

  /// Code that is written through another address of the same frame, while it runs.
  @Test func codeWrittenThroughAnAlias() {
    let virtual: UInt64 = 0x4000_0000
    let frame = Guest.codeBase + 0x9000
    var tables = PageTables.identity(root: 0x8004_0000)
    tables.map(virtual, to: frame, Bits.all)
    tables.map(virtual + 0x5000, to: frame, Bits.all)
    var code = GuestAssembler(at: virtual)
    let loop = code.here()
    code.store(.sw, .a1, 4, .a2)
    code.addi(.s0, .s0, 1)
    // The next time it adds 2, and so on.
    code.emit(.add, .a1, .a1, .a3)
    code.addi(.s2, .s2, -1)
    code.branch(.bne, .s2, .zero, loop)
    code.jump(to: .ra)
    var guest = Guest.begin()
    guest.csrw(.satp, value: tables.satp)
    guest.enter(.supervisor)
    guest.li(.a0, virtual)
    guest.li(.a1, UInt64(GuestAssembler.bits(.addi, .s0, .s0, immediate: 1)))
    guest.li(.a2, virtual + 0x5000)
    guest.li(.a3, 1 << 20)
    guest.li(.s2, 20)
    guest.jump(to: .a0, link: .ra)
    guest.powerOff()
    var made = Guest(code: guest.finish())
    made.contents += tables.contents
    made.contents.append((frame, code.finish()))
    let outcome = check(made)
    #expect(outcome.register(.s0) == 20 * 21 / 2)
  }

  /// More pages of code than the engine keeps decoded.
  @Test func moreCodeThanIsKept() {
    var guest = Guest.begin()
    let pages = 1200
    guest.li(.s2, 3)
    let loop = guest.here()
    guest.li(.t0, Guest.codeBase + 0x1000)
    guest.jump(to: .t0)
    let back = guest.here()
    guest.addi(.s2, .s2, -1)
    guest.branch(.bne, .s2, .zero, loop)
    guest.powerOff()
    for page in 1...pages {
      guest.origin(Guest.codeBase + UInt64(page) * 0x1000)
      guest.addi(.s0, .s0, page % 7)
      guest.li(.t0, page == pages ? guest.address(of: back) : Guest.codeBase + UInt64(page + 1) * 0x1000)
      guest.jump(to: .t0)
    }
    let made = Guest(code: guest.finish(), ramSize: 8 << 20)
    let outcome = made.run()
    #expect(outcome.stop == .halted(.powerOff))
    #expect(outcome.register(.s0) == 3 * UInt64((1...pages).reduce(0) { $0 + $1 % 7 }))
    #expect(checkBoard(made.boardRun(rungIntervalSteps: 5000), seed: 9, passes: 1) == nil)
  }
}
