public import Backplane
internal import RISCV

/// A guest that touches memory in every way, for stop points: in supervisor mode, under page tables whose accessed and
/// dirty bits it clears again and again, through two virtual addresses for each of its pages.
public struct StopGuest: Sendable {
  /// The first of two virtual pages; both aliases of each frame are there, in another order.
  public static let window: UInt64 = 0x4000_0000
  /// The first frame.
  public static let frame: UInt64 = Guest.codeBase + 0xc000
  /// The virtual address of the page of page-table entries of the window.
  public static let tableWindow: UInt64 = 0x4001_0000
  private static let uartWindow: UInt64 = 0x4002_0000
  private static let tableBase: UInt64 = 0x8004_0000
  private static let pages: UInt64 = 4

  /// The guest.
  public private(set) var guest: Guest
  /// Where its random instructions are.
  public let code: Range<UInt64>
  /// The guest-physical address of the page-table entry of the window's first page.
  public let entryAddress: UInt64

  /// The guest of `seed`, with `count` random instructions that run `rounds` times.
  public init(seed: UInt64, count: Int = 120, rounds: UInt64 = 6) {
    var random = SeededGenerator(seed: seed)
    let bits = PageTables.Bits.self
    var tables = PageTables.identity(root: Self.tableBase)
    var entry: UInt64 = 0
    for page in 0..<Self.pages {
      // Two aliases of four frames: 0 1 0 1, then 2 3 2 3.
      let frame = Self.frame + (page % 2) * 4096
      let place = tables.map(Self.window + page * 4096, to: frame, bits.all & ~(bits.accessed | bits.dirty))
      if page == 0 { entry = place }
    }
    tables.map(Self.tableWindow, to: entry & ~4095, bits.all)
    tables.map(Self.uartWindow, to: Guest.uart, bits.all)
    var guest = Guest.begin()
    guest.csrw(.menvcfg, value: 1 << 61 | 0xf0)
    guest.csrw(.satp, value: tables.satp)
    guest.csrs(.mstatus, mask: 3 << 13)
    guest.csrw(.medeleg, value: 0)
    guest.enter(.supervisor)
    guest.li(.s0, rounds)
    guest.li(.s1, Self.window + 0x1000)
    guest.li(.s2, Self.tableWindow + (entry & 4095))
    guest.li(.s3, Self.uartWindow)
    // Half a word on, so that one instruction straddles the border of the pages of code.
    guest.half(1)
    let loop = guest.here()
    let start = guest.position
    for _ in 0..<count { Self.item(&guest, &random) }
    while guest.position < Guest.codeBase + 0x1000 { guest.addi(.a7, .a7, 1) }
    for _ in 0..<count / 4 { Self.item(&guest, &random) }
    code = start..<guest.position
    guest.addi(.s0, .s0, -1)
    let end = guest.label()
    guest.branch(.beq, .s0, .zero, end)
    guest.jump(loop)
    guest.bind(end)
    guest.powerOff()
    self.guest = Guest(code: guest.finish())
    self.guest.contents += tables.contents
    entryAddress = entry
  }

  private static let loads: [RISCV.Operation] = [.lb, .lbu, .lh, .lhu, .lw, .lwu, .ld, .flw, .fld]
  private static let stores: [RISCV.Operation] = [.sb, .sh, .sw, .sd, .fsw, .fsd]
  private static let atomics: [RISCV.Operation] = [.amoaddD, .amoswapW, .amoorD, .amomaxuW, .amoandD]
  private static let floats: [RISCV.Operation] = [.faddD, .fdivD, .fmulD, .fdivS, .fsqrtD, .fcvtWD, .feqD, .fsgnjD]

  /// One or a few instructions.
  private static func item(_ guest: inout GuestAssembler, _ random: inout SeededGenerator) {
    let data = random.pick([Register.a0, .a1, .a2, .a3, .a4])
    // Near the border of two pages, most of the time.
    let near = Int(random.below(40)) - 20
    let offset = random.chance(1, in: 4) ? Int(random.below(4000)) - 2000 : near
    switch random.below(20) {
    case 0..<5: guest.load(random.pick(loads), data, offset, .s1)
    case 5..<9: guest.store(random.pick(stores), data, offset, .s1)
    case 9: guest.atomic(random.pick(atomics), data, .a2, pointed(&guest, offset & ~7))
    case 10:
      let pointer = pointed(&guest, offset & ~7)
      guest.emit(.lrD, data, pointer)
      if random.chance(1, in: 3) { guest.atomic(.scD, .a5, data, pointed(&guest, near & ~7)) }
      guest.atomic(.scD, random.pick([.zero, .a5]), .a2, random.pick([pointer, .s1]))
    case 11: guest.emit(random.pick([.cboZero, .cboClean, .cboFlush]), .zero, pointed(&guest, offset))
    case 12, 13:
      // Accessed and dirty bits of one page of the window, cleared or not.
      let page = Int(random.below(pages))
      let frame = Self.frame + UInt64(page % 2) * 4096
      let bits = PageTables.Bits.all & ~random.pick([0xc0, 0x80, 0])
      guest.li(.t0, PageTables.entry(frame, bits))
      guest.store(.sd, .t0, page * 8, .s2)
    case 14: guest.load(.lbu, data, random.pick([5, 6, 2]), .s3)
    case 15: if random.chance(1, in: 4) { guest.store(.sb, data, 7, .s3) } else { guest.load(.ld, data, 1, .s3) }
    case 16, 17: guest.emit(random.pick(floats), data, .a1, .a2)
    case 18: system(&guest, &random, data)
    default: guest.emit(random.pick([.add, .xor, .mul, .sltu]), data, .a0, .a3)
    }
  }

  private static func pointed(_ guest: inout GuestAssembler, _ offset: Int) -> Register {
    guest.addi(.t1, .s1, offset)
    return .t1
  }

  private static func system(_ guest: inout GuestAssembler, _ random: inout SeededGenerator, _ data: Register) {
    switch random.below(7) {
    case 0: guest.csrw(.sscratch, data)
    case 1: guest.csrr(data, .sscratch)
    case 2: guest.emit(.csrrs, data, .a1, immediate: CSR.fcsr.rawValue)
    case 3: guest.csrs(.sstatus, mask: 2)
    case 4: guest.csrw(.sie, value: 0)
    case 5: guest.emit(.ebreak)
    default: guest.csrr(data, .mhpmevent3)
    }
  }

  /// Stop points of all kinds, of which many are hit.
  public func points(seed: UInt64) -> StopPoints {
    var random = SeededGenerator(seed: seed)
    var points = StopPoints()
    for _ in 0..<random.below(4) {
      points.breakpoints.append((code.lowerBound + random.below(code.upperBound - code.lowerBound)) & ~1)
    }
    // The instruction at the border, from its first half and from its second.
    points.breakpoints += random.pick([[], [Guest.codeBase + 0xffe], [Guest.codeBase + 0x1000]])
    for _ in 0..<random.below(4) { points.watchpoints.append(watchpoint(&random)) }
    let registers = [
      10, 11, 14, 15, 43, 44, 66, 67, 68, 65 + 0x100, 65 + 0x300, 65 + 0x140, 65 + 0x342, 65 + 0x104, 4161,
    ]
    for _ in 0..<random.below(3) { points.registers.append(random.pick(registers)) }
    return points
  }

  private func watchpoint(_ random: inout SeededGenerator) -> Watchpoint {
    let (onRead, onWrite) = random.pick([(true, false), (false, true), (true, true)])
    let count = random.pick([1, 2, 3, 8, 16, 200, 5000] as [UInt64])
    let near: UInt64 = random.below(64) &- 32
    var (space, address) = (Watchpoint.Space.virtual, Self.window &+ 0x1000 &+ near)
    switch random.below(8) {
    case 0, 1: break
    case 2: address = Self.window &+ 0x3000 &+ near
    case 3: (space, address) = (.physical, Self.frame &+ 0x1000 &+ near)
    case 4: (space, address) = (.physical, Self.frame &+ random.below(0x2000))
    case 5: (space, address) = (.physical, entryAddress &+ random.below(32))
    case 6: (space, address) = (.physical, Guest.uart &+ 5)
    default: address = Self.uartWindow &+ 5
    }
    return Watchpoint(space, address, byteCount: count, onRead: onRead, onWrite: onWrite)
  }
}
