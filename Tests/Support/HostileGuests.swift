internal import RISCV

// Guests that are as bad for a translator as can be.

extension Guest {
  /// Changes the instruction behind each store to it, `rounds` times.
  public static func changingItself(rounds: UInt64) -> Guest {
    var guest = Guest.begin()
    guest.li(.s2, rounds)
    guest.li(.s8, UInt64(GuestAssembler.bits(.addi, .s0, .s0, immediate: 1)))
    guest.li(.s7, 1 << 20)
    let loop = guest.here()
    for _ in 0..<4 {
      let target = guest.label()
      guest.la(.t3, target)
      guest.emit(.add, .s8, .s8, .s7)
      guest.store(.sw, .s8, 0, .t3)
      guest.bind(target)
      guest.addi(.s0, .s0, 1)
    }
    guest.addi(.s2, .s2, -1)
    guest.branch(.bne, .s2, .zero, loop)
    guest.powerOff()
    return Guest(code: guest.finish())
  }

  /// Calls the same page at a thousand addresses, `rounds` times, and then changes its code.
  public static func mappedOften(rounds: UInt64, count: UInt64 = 1000) -> Guest {
    let virtual: UInt64 = 0x4000_0000
    let frame = codeBase + 0xb000
    var tables = PageTables.identity(root: 0x8004_0000)
    for page in 0..<count { tables.map(virtual + page * 4096, to: frame, PageTables.Bits.all) }
    var guest = Guest.begin()
    guest.csrw(.satp, value: tables.satp)
    guest.enter(.supervisor)
    guest.li(.s2, rounds)
    guest.li(.s4, 4096)
    guest.li(.s8, UInt64(GuestAssembler.bits(.addi, .s0, .s0, immediate: 1)))
    let loop = guest.here()
    guest.li(.s3, virtual)
    guest.li(.s5, count)
    let call = guest.here()
    guest.jump(to: .s3, link: .ra)
    guest.emit(.add, .s3, .s3, .s4)
    guest.addi(.s5, .s5, -1)
    guest.branch(.bne, .s5, .zero, call)
    guest.li(.s7, 1 << 20)
    guest.emit(.add, .s8, .s8, .s7)
    guest.li(.t3, frame)
    guest.store(.sw, .s8, 0, .t3)
    guest.addi(.s2, .s2, -1)
    guest.branch(.bne, .s2, .zero, loop)
    guest.powerOff()
    var page = GuestAssembler(at: virtual)
    page.addi(.s0, .s0, 1)
    page.addi(.s1, .s1, 3)
    page.jump(to: .ra)
    var made = Guest(code: guest.finish())
    made.contents += tables.contents
    made.contents.append((frame, page.finish()))
    return made
  }

  /// Runs `pages` pages full of short blocks, `rounds` times: more than a small code cache holds.
  public static func floodOfCode(rounds: UInt64, pages: Int = 40) -> Guest {
    var guest = Guest.begin()
    guest.li(.s2, rounds)
    let loop = guest.here()
    guest.li(.t0, codeBase + 0x1_0000)
    guest.jump(to: .t0)
    let back = guest.here()
    guest.addi(.s2, .s2, -1)
    guest.branch(.bne, .s2, .zero, loop)
    guest.powerOff()
    for page in 0..<pages {
      guest.origin(codeBase + 0x1_0000 + UInt64(page) * 0x1000)
      for number in 0..<300 {
        guest.addi(.s0, .s0, number % 7)
        guest.emit(.xor, .s1, .s1, .s0)
        let next = guest.label()
        guest.branch(.bltu, .s1, .s0, next)
        guest.bind(next)
      }
      guest.li(.t0, page == pages - 1 ? guest.address(of: back) : codeBase + 0x1_0000 + UInt64(page + 1) * 0x1000)
      guest.jump(to: .t0)
    }
    return Guest(code: guest.finish(), ramSize: 2 << 20)
  }

  /// Runs the same bytes from every second one of them, `rounds` times: instructions that overlap.
  public static func overlapping(rounds: UInt64) -> Guest {
    var guest = Guest.begin()
    guest.li(.s2, rounds)
    let (loop, code) = (guest.here(), guest.label())
    guest.la(.t0, code)
    guest.li(.s3, 8)
    let call = guest.here()
    guest.jump(to: .t0, link: .ra)
    guest.addi(.t0, .t0, 2)
    guest.addi(.s3, .s3, -1)
    guest.branch(.bne, .s3, .zero, call)
    guest.addi(.s2, .s2, -1)
    guest.branch(.bne, .s2, .zero, loop)
    guest.powerOff()
    guest.bind(code)
    // The upper half of each is a short instruction too: c.addi a0, 1 and the like.
    for _ in 0..<4 { guest.word(0x0505_0000 | 0x0000_0513) }
    guest.jump(to: .ra)
    return Guest(code: guest.finish())
  }
}
