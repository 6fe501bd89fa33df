import Backplane
import Boards
import RISCV
import Support
import Testing
import VirtualTime

@Suite struct TimeTests {
  /// Waits for the machine timer, `count` times 1,000 ticks apart; the handler counts in `s0`.
  private func machineTimerGuest(count: Int) -> Guest {
    var guest = GuestAssembler(at: Guest.codeBase)
    let handler = guest.label()
    let wait = guest.label()
    guest.la(.t0, handler)
    guest.csrw(.mtvec, .t0)
    guest.li(.s1, Guest.clint + 0x4000)
    guest.li(.s2, 1000)
    guest.store(.sd, .s2, 0, .s1)
    guest.csrw(.mie, value: 1 << 7)
    guest.csrs(.mstatus, mask: 8)
    guest.li(.s3, UInt64(count))
    guest.bind(wait)
    guest.emit(.wfi)
    guest.addi(.s4, .s4, 1)
    guest.branch(.blt, .s0, .s3, wait)
    guest.powerOff()
    let end = guest.here()
    guest.jump(end)
    guest.bind(handler)
    guest.addi(.s0, .s0, 1)
    guest.csrr(.s5, .time)
    guest.csrr(.s6, .mcause)
    guest.addi(.s2, .s2, 1000)
    guest.store(.sd, .s2, 0, .s1)
    guest.emit(.mret)
    return Guest(code: guest.finish())
  }

  @Test func machineTimerEndsAWaitAtItsTick() {
    let guest = machineTimerGuest(count: 5)
    let outcome = guest.run()
    #expect(outcome.stop == .halted(.powerOff))
    #expect(outcome.register(.s0) == 5)
    #expect(outcome.register(.s4) == 5)
    #expect(outcome.register(.s6) == (1 << 63) as UInt64 | 7)
    // The last one was due at 5,000 ticks; reading the time took less than a tick's 100 cycles.
    #expect(outcome.register(.s5) == 5000)
    #expect(checkBoard(guest.boardRun(rungIntervalSteps: 7), seed: 1, passes: 8) == nil)
  }

  /// The same with the supervisor's own timer: `stimecmp` by delegation.
  @Test func supervisorTimerInterruptsTheSupervisor() {
    var guest = Guest.begin()
    let handler = guest.label()
    guest.csrw(.menvcfg, value: 1 << 63)
    guest.csrw(.mcounteren, value: 2)
    guest.csrw(.mideleg, value: 1 << 5)
    guest.la(.t0, handler)
    guest.csrw(.stvec, .t0)
    guest.enter(.supervisor)
    guest.csrw(.sie, value: 1 << 5)
    guest.csrs(.sstatus, mask: 2)
    guest.li(.s2, 500)
    guest.csrw(.stimecmp, .s2)
    guest.li(.s3, 4)
    let wait = guest.here()
    guest.emit(.wfi)
    // Some work, in which the timer may strike as well.
    guest.li(.t1, 3000)
    let work = guest.here()
    guest.addi(.t1, .t1, -1)
    guest.branch(.bne, .t1, .zero, work)
    guest.branch(.bltu, .s0, .s3, wait)
    guest.powerOff()
    let end = guest.here()
    guest.jump(end)
    guest.bind(handler)
    guest.addi(.s0, .s0, 1)
    guest.csrr(.s5, .time)
    guest.csrr(.s6, .scause)
    guest.addi(.s2, .s2, 37)
    guest.csrw(.stimecmp, .s2)
    guest.emit(.sret)
    let made = Guest(code: guest.finish())
    let outcome = made.run()
    #expect(outcome.stop == .halted(.powerOff))
    #expect(outcome.register(.s0) >= 4)
    #expect(outcome.register(.s6) == (1 << 63) as UInt64 | 5)
    #expect(outcome.traps == [])
    #expect(checkBoard(made.boardRun(rungIntervalSteps: 500), seed: 2, passes: 8) == nil)
  }

  /// `mtime` is set shortly before its end, `stimecmp` to 50: pending at once; no more when `time` wraps; and again 50
  /// ticks later, which is when the interrupt must come although it was pending when last looked at.
  @Test func supervisorTimerIsPendingAgainAfterTimeWraps() {
    var guest = Guest.begin()
    let handler = guest.label()
    let wrapped = guest.label()
    guest.csrw(.menvcfg, value: 1 << 63)
    guest.csrw(.mcounteren, value: 2)
    guest.csrw(.mideleg, value: 1 << 5)
    guest.la(.t0, handler)
    guest.csrw(.stvec, .t0)
    // The machine timer is always pending, so that it does not have the machine looked at.
    guest.li(.t0, Guest.clint + 0x4000)
    guest.store(.sd, .zero, 0, .t0)
    guest.li(.t0, Guest.clint + 0xbff8)
    guest.li(.t1, UInt64.max - 20)
    guest.store(.sd, .t1, 0, .t0)
    guest.enter(.supervisor)
    guest.csrw(.stimecmp, value: 50)
    guest.csrw(.sie, value: 1 << 5)
    guest.csrr(.s1, .sip)
    // Until the wrap, with interrupts off, then with interrupts on.
    let until = guest.here()
    guest.csrr(.t0, .time)
    guest.branch(.blt, .t0, .zero, until)
    guest.csrr(.s2, .sip)
    guest.csrs(.sstatus, mask: 2)
    guest.li(.t1, 100_000)
    let spin = guest.here()
    guest.addi(.t1, .t1, -1)
    guest.branch(.bne, .t1, .zero, spin)
    guest.bind(wrapped)
    guest.powerOff()
    let end = guest.here()
    guest.jump(end)
    guest.bind(handler)
    guest.csrr(.s3, .time)
    guest.jump(wrapped)
    let made = Guest(code: guest.finish())
    let outcome = made.run(limitSteps: 300_000)
    #expect(outcome.register(.s1) == 1 << 5)
    #expect(outcome.register(.s2) == 0)
    #expect(outcome.register(.s3) == 50)
    #expect(checkBoard(made.boardRun(limitSteps: 300_000), seed: 3) == nil)
  }

  /// The longest wait that a guest can ask for leaves the machine as it is: it would outlast its clock.
  @Test(arguments: [UInt64.max - 1, UInt64.max / 100, UInt64.max / 100 - 1, 1 << 57, 1 << 62])
  func waitBeyondTheEndOfTimeStalls(ticks: UInt64) {
    var guest = Guest.begin()
    guest.li(.s1, Guest.clint + 0x4000)
    guest.li(.s2, ticks)
    guest.store(.sd, .s2, 0, .s1)
    guest.csrw(.mie, value: 1 << 7)
    guest.emit(.wfi)
    let spin = guest.here()
    guest.jump(spin)
    let made = Guest(code: guest.finish())
    let outcome = made.run()
    #expect(outcome.stop == .stalled)
    #expect(checkBoard(made.boardRun(rungIntervalSteps: 5), seed: 4) == nil)
  }
}
