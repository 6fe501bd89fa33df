internal import RISCV

extension Guest {
  /// Waits for keys. `a` within `cycles` cycles of the last `b` is what it cannot bear: it says BAD and a line's end,
  /// and switches the machine off with failure code 7. All other keys it only reads; `w` makes it say `w` and a line's
  /// end.
  public static func fuse(_ cycles: UInt64) -> Guest {
    var guest = GuestAssembler(at: codeBase)
    guest.li(.s1, uart)
    guest.li(.s2, plic)
    guest.li(.s3, plic + 0x20_0000)
    guest.li(.t0, 1)
    guest.store(.sw, .t0, 40, .s2)  // Priority of source 10.
    guest.li(.t1, plic + 0x2000)
    guest.li(.t0, 1 << 10)
    guest.store(.sw, .t0, 0, .t1)  // Enabled for machine mode.
    guest.store(.sw, .zero, 0, .s3)
    guest.li(.t0, 1)
    guest.store(.sb, .t0, 2, .s1)  // FIFOs.
    guest.store(.sb, .t0, 1, .s1)  // An interrupt for each byte received.
    guest.csrw(.mie, value: 1 << 11)  // It ends waiting; none is taken.
    guest.li(.s5, cycles)
    guest.li(.s6, 0)
    let (bad, isNotB, isNotA, done, receive) = (
      guest.label(), guest.label(), guest.label(), guest.label(), guest.label()
    )
    let main = guest.here()
    guest.emit(.wfi)
    guest.load(.lw, .s4, 4, .s3)  // Claim.
    guest.bind(receive)
    guest.load(.lbu, .t2, 5, .s1)
    guest.emit(.andi, .t2, .t2, immediate: 1)
    guest.branch(.beq, .t2, .zero, done)
    guest.load(.lbu, .a0, 0, .s1)
    guest.csrr(.t0, .mcycle)
    guest.li(.t1, UInt64(UInt8(ascii: "b")))
    guest.branch(.bne, .a0, .t1, isNotB)
    guest.emit(.add, .s6, .t0, .zero)
    guest.jump(receive)
    guest.bind(isNotB)
    guest.li(.t1, UInt64(UInt8(ascii: "a")))
    guest.branch(.bne, .a0, .t1, isNotA)
    guest.branch(.beq, .s6, .zero, receive)
    guest.emit(.sub, .t0, .t0, .s6)
    guest.branch(.bltu, .t0, .s5, bad)
    guest.jump(receive)
    guest.bind(isNotA)
    guest.li(.t1, UInt64(UInt8(ascii: "w")))
    guest.branch(.bne, .a0, .t1, receive)
    for byte in "w\n".utf8 { guest.say(byte) }
    guest.jump(receive)
    guest.bind(done)
    guest.store(.sw, .s4, 4, .s3)  // Complete.
    guest.jump(main)
    guest.bind(bad)
    for byte in "BAD\n".utf8 { guest.say(byte) }
    // As long as all that takes to be sent.
    guest.li(.t0, 2000)
    let wait = guest.here()
    guest.emit(.divu, .t1, .s5, .s5)
    guest.addi(.t0, .t0, -1)
    guest.branch(.bne, .t0, .zero, wait)
    guest.li(.t0, finisher)
    guest.li(.t1, 7 << 16 | 0x3333)
    guest.store(.sw, .t1, 0, .t0)
    return Guest(code: guest.finish())
  }
}

extension GuestAssembler {
  fileprivate mutating func say(_ byte: UInt8) {
    li(.t1, UInt64(byte))
    store(.sb, .t1, 0, .s1)
  }
}
