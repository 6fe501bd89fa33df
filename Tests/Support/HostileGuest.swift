internal import RISCV

/// A guest that does whatever its seed makes of it: random bytes and random instructions as code, in pages that are
/// mapped at random, several times, with random permissions; it writes to its own code and to its page tables, jumps
/// into the middle of instructions, and is interrupted at odd moments. Whatever traps goes on at another place, in
/// another mode, so that it never comes to an end by itself for long.
public struct HostileGuest {
  private static let arena: UInt64 = 0x8001_0000
  private static let window: UInt64 = 0x4000_0000
  private static let tableWindow: UInt64 = 0x4010_0000
  private static let state: UInt64 = 0x8000_4000
  private static let pageCount: UInt64 = 16
  private var random: SeededGenerator

  /// The guest of `seed`.
  public static func make(seed: UInt64) -> Guest {
    var maker = HostileGuest(random: SeededGenerator(seed: seed))
    return maker.guest()
  }

  private mutating func guest() -> Guest {
    var tables = PageTables(root: 0x8004_0000)
    var entries: [UInt64] = []
    for page in 0..<Self.pageCount {
      // Some in the right order, so that what goes on in the next page finds it.
      let frame = random.chance(2, in: 3) ? page : random.below(Self.pageCount)
      entries.append(tables.map(Self.window + page * 4096, to: Self.arena + frame * 4096, permissions()))
    }
    let leaves = entries[0] & ~4095
    tables.map(Self.tableWindow, to: leaves, PageTables.Bits.all | (random.next() & PageTables.Bits.user))
    tables.map(Self.tableWindow + 0x20_0000, to: Guest.codeBase, permissions(), level: 1)
    var made = Guest(code: code(satp: tables.satp))
    made.contents += tables.contents
    made.contents.append((Self.state, stateBytes(leaves)))
    made.contents.append((Self.arena, arenaBytes()))
    return made
  }

  private mutating func permissions() -> UInt64 {
    random.chance(3, in: 4)
      ? PageTables.Bits.all | (random.next() & PageTables.Bits.user) : random.next() & 0xff | PageTables.Bits.valid
  }

  // MARK: - What goes on at every trap

  private func code(satp: UInt64) -> [UInt8] {
    var guest = GuestAssembler(at: Guest.codeBase)
    let handler = guest.label()
    guest.la(.t0, handler)
    guest.csrw(.mtvec, .t0)
    guest.csrw(.pmpaddr15, value: (1 << 54) - 1)
    guest.csrw(.pmpcfg2, value: 0x1f << 56)
    guest.csrw(.mie, value: 1 << 7)
    guest.origin(Guest.codeBase + 0x100)
    guest.bind(handler)
    guest.li(.t6, Self.state)
    guest.load(.ld, .t0, 0, .t6)
    guest.li(.t1, 0x5851_f42d_4c95_7f2d)
    guest.emit(.mul, .t0, .t0, .t1)
    guest.addi(.t0, .t0, 1013)
    guest.store(.sd, .t0, 0, .t6)
    guest.csrw(.satp, value: satp, using: .t1)
    // An interrupt before long.
    guest.li(.t5, Guest.clint + 0x4000)
    guest.li(.t4, Guest.clint + 0xbff8)
    guest.load(.ld, .t4, 0, .t4)
    guest.emit(.srli, .t3, .t0, immediate: 45)
    guest.emit(.andi, .t3, .t3, immediate: 0x7f)
    guest.emit(.add, .t4, .t4, .t3)
    guest.store(.sd, .t4, 0, .t5)
    appendEntry(&guest)
    for number in UInt8(1)..<31 {
      guest.word(
        InstructionEncoder.word(.ld, rd: number, rs1: Register.t6.rawValue, immediate: 0x100 + Int(number) * 8))
    }
    guest.emit(.mret)
    return guest.finish()
  }

  /// Where to go on, and in which mode: one time in 16 in machine mode, at the address of the frame.
  private func appendEntry(_ guest: inout GuestAssembler) {
    let isTranslated = guest.label()
    guest.li(.t5, 3 << 11 | 3 << 13 | 1 << 17 | 1 << 18 | 1 << 19)
    guest.emit(.csrrc, .zero, .t5, immediate: CSR.mstatus.rawValue)
    // Floating point is on; SUM and MXR are as the numbers fall.
    guest.emit(.srli, .t4, .t0, immediate: 14)
    guest.li(.t3, 3 << 18)
    guest.emit(.and, .t4, .t4, .t3)
    guest.li(.t3, 1 << 13 | 1 << 7)
    guest.emit(.or, .t4, .t4, .t3)
    guest.emit(.srli, .t1, .t0, immediate: 33)
    guest.li(.t2, Self.pageCount * 4096 - 2)
    guest.emit(.and, .t1, .t1, .t2)
    guest.emit(.srli, .t3, .t0, immediate: 20)
    guest.emit(.andi, .t3, .t3, immediate: 15)
    guest.li(.t5, Self.window)
    guest.branch(.bne, .t3, .zero, isTranslated)
    guest.li(.t5, Self.arena)
    guest.li(.t3, 6)
    guest.bind(isTranslated)
    guest.emit(.add, .t5, .t5, .t1)
    guest.csrw(.mepc, .t5)
    // 6, 7, 14 and 15 would be the machine's mode: only the first is let through, and only from above.
    let isKept = guest.label()
    guest.li(.t2, Self.arena)
    guest.emit(.and, .t5, .t5, .t2)
    guest.branch(.beq, .t5, .t2, isKept)
    guest.emit(.andi, .t3, .t3, immediate: 1)
    guest.emit(.slli, .t3, .t3, immediate: 11)
    let isDone = guest.label()
    guest.jump(isDone)
    guest.bind(isKept)
    guest.li(.t3, 3 << 11)
    guest.bind(isDone)
    guest.emit(.or, .t4, .t4, .t3)
    guest.emit(.csrrs, .zero, .t4, immediate: CSR.mstatus.rawValue)
  }

  // MARK: - What it works on

  /// The numbers that choose, and what registers hold at every start: mostly addresses of something.
  private mutating func stateBytes(_ leaves: UInt64) -> [UInt8] {
    var words = [random.next()]
    while words.count < 32 { words.append(0) }
    for _ in 0..<32 {
      switch random.below(8) {
      case 0...3: words.append(Self.window + random.below(Self.pageCount * 4096) & (random.chance(3, in: 4) ? ~7 : ~0))
      case 4: words.append(Self.tableWindow + (random.below(Self.pageCount) * 8))
      case 5: words.append(PageTables.entry(Self.arena + random.below(Self.pageCount) * 4096, permissions()))
      case 6: words.append(random.next() >> random.below(64))
      default: words.append(UInt64(straight()))
      }
    }
    return words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
  }

  private mutating func straight() -> UInt32 {
    let line = random.pick(InstructionSet.all)
    return line.match | (UInt32(truncatingIfNeeded: random.next()) & ~line.mask)
  }

  private mutating func arenaBytes() -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < Int(Self.pageCount) * 4096 {
      var bits = UInt32(truncatingIfNeeded: random.next())
      var count = 4
      switch random.below(16) {
      case 0: break
      case 1...4:
        count = 2
        if bits & 3 == 3 { bits ^= 1 }
      case 5...6: bits = InstructionEncoder.word(.jal, rd: UInt8(random.below(2)), immediate: near())
      case 7...8:
        let branches: [RISCV.Operation] = [.beq, .bne, .blt, .bge, .bltu, .bgeu]
        bits = InstructionEncoder.word(
          random.pick(branches), rs1: UInt8(random.below(32)), rs2: UInt8(random.below(32)), immediate: near())
      default: bits = straight()
      }
      for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(index * 8))) }
    }
    return bytes
  }

  /// Not far away, into the middle of instructions too.
  private mutating func near() -> Int { Int(random.below(256)) * 2 - 256 }
}
