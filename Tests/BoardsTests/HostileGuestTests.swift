import Backplane
import Boards
import RISCV
import StateCoding
import Support
import Testing
import VirtualTime

/// Guests that do what no guest should: the machine runs on as hardware would, or says that it waits for ever, and it
/// always comes back at its limit.
@Suite struct HostileGuestTests {
  private typealias Bits = PageTables.Bits

  /// Runs to the limit, and again in pieces.
  private func runsToItsLimit(_ guest: Guest, steps: UInt64 = 800, sourceLocation: SourceLocation = #_sourceLocation) {
    let outcome = guest.run(limitSteps: steps)
    #expect(outcome.stop == .limit, sourceLocation: sourceLocation)
    #expect(outcome.machine.moment.step.count == steps, sourceLocation: sourceLocation)
    let problem = checkBoard(guest.boardRun(limitSteps: steps, rungIntervalSteps: 97), seed: 6)
    #expect(problem == nil, sourceLocation: sourceLocation)
  }

  private static let odd: [UInt64] = [
    0, 2, 0x800, 0xfff, 0x1000, 0xffe, 0x1_0000, 0x10_0000, 0x200_0000, 0xc00_0000, 0x1000_0000, 0x7fff_fffe,
    0x800f_fffe, 0x8010_0000, 1 << 38, 1 << 55, 1 << 56, 1 << 63, .max - 1, .max - 3, .max - 4095,
    0xffff_ffff_8000_0000,
  ]

  @Test(arguments: odd)
  func jumpToNowhereIsATrapLoop(address: UInt64) {
    // Without a handler: it traps to where mtvec points after reset, which is nowhere too.
    var guest = GuestAssembler(at: Guest.codeBase)
    guest.li(.t0, address)
    guest.jump(to: .t0)
    runsToItsLimit(Guest(code: guest.finish()))
  }

  @Test(arguments: odd)
  func trapHandlerNowhereIsATrapLoop(address: UInt64) {
    var guest = GuestAssembler(at: Guest.codeBase)
    guest.csrw(.mtvec, value: address)
    guest.emit(.ecall)
    runsToItsLimit(Guest(code: guest.finish()))
  }

  @Test func illegalInstructionsAsATrapHandlerAreATrapLoop() {
    var guest = GuestAssembler(at: Guest.codeBase)
    guest.csrw(.mtvec, value: Guest.codeBase + 0x100)
    guest.emit(.ebreak)
    runsToItsLimit(Guest(code: guest.finish()))
  }

  @Test func waitingForNothingIsReported() {
    var guest = Guest.begin()
    guest.emit(.wfi)
    guest.powerOff()
    let made = Guest(code: guest.finish())
    let outcome = made.run()
    #expect(outcome.stop == .stalled)
    #expect(checkBoard(made.boardRun(), seed: 1) == nil)
  }

  /// Asked to run on, a machine that waits for ever says so again.
  @Test func waitingForNothingIsReportedAgain() {
    let machine = Guest.lastWord().machine()
    var door = Door()
    for _ in 0..<3 {
      #expect(machine.run(until: RunLimit(step: Step(1000)), door: &door) == .stalled)
    }
    #expect(machine.takeEffects().count { $0.isOutput } == 1)
  }

  /// A moment that the run cannot have, because the machine does not idle at that step.
  @Test func limitAtAMomentThatNeverComesIsReachedAgainAndAgain() {
    var guest = GuestAssembler(at: Guest.codeBase)
    let loop = guest.here()
    guest.jump(loop)
    let machine = Guest(code: guest.finish()).machine()
    var door = Door()
    for _ in 0..<3 {
      let limit = RunLimit(moment: Moment(step: Step(100), cycle: Cycle(1_000_000)))
      #expect(machine.run(until: limit, door: &door) == .limit)
      #expect(machine.moment.step.count == 100)
    }
    #expect(machine.run(until: RunLimit(step: Step(200)), door: &door) == .limit)
    #expect(machine.moment.step.count == 200)
  }

  /// Every hole faults, for every width, reading and writing; nothing else happens.
  @Test func holesFault() {
    var guest = Guest.begin()
    let holes: [UInt64] = [
      0, 0xff8, 0x1_0000, 0x10_2000, 0x201_0000, 0x2f0_4000, 0xc60_0000, 0x1000_0100, 0x7fff_fff8, 0x8010_0000, 1 << 40,
      1 << 63, .max - 7,
    ]
    for hole in holes {
      guest.li(.a0, hole)
      for operation in [Operation.lb, .lh, .lw, .ld, .lrD] { guest.emit(operation, .a1, .a0) }
      for operation in [Operation.sb, .sh, .sw, .sd] { guest.store(operation, .a1, 0, .a0) }
      guest.atomic(.amoaddW, .a1, .a1, .a0)
    }
    guest.powerOff()
    let made = Guest(code: guest.finish())
    let outcome = made.run()
    #expect(outcome.stop == .halted(.powerOff))
    #expect(outcome.causes == holes.flatMap { _ in [5, 5, 5, 5, 5, 7, 7, 7, 7, 7] as [UInt64] })
    #expect(outcome.traps.map(\.value) == holes.flatMap { hole in Array(repeating: hole, count: 10) })
    #expect(outcome.register(.a1) == 0)
  }

  /// The read-only memory can be read and not written.
  @Test func storesToReadOnlyMemoryFault() {
    var guest = Guest.begin()
    guest.li(.a0, 0x1000)
    guest.li(.a1, 7)
    for operation in [Operation.sb, .sh, .sw, .sd] { guest.store(operation, .a1, 0, .a0) }
    guest.atomic(.amoswapD, .zero, .a1, .a0)
    guest.load(.ld, .a2, 0, .a0)
    guest.store(.sd, .a1, 0xffc - 0x7ff, .a0)
    guest.powerOff()
    var made = Guest(code: guest.finish())
    made.contents.append((0x1000, littleEndian(0x1234)))
    let outcome = made.run()
    #expect(outcome.causes == [7, 7, 7, 7, 7, 7])
    #expect(outcome.register(.a2) == 0x1234)
  }

  /// Stores and loads across the end of RAM change nothing; code at its very last halfword runs, and runs out.
  @Test(arguments: [false, true])
  func endOfMemory(lastIsLong: Bool) {
    let end = Guest.codeBase + 1 << 20
    var guest = Guest.begin()
    guest.li(.a0, end)
    guest.li(.a1, .max)
    guest.store(.sd, .a1, -4, .a0)
    guest.store(.sh, .a1, -1, .a0)
    guest.load(.ld, .a2, -7, .a0)
    guest.emit(.cboZero, .zero, .a0)
    guest.store(.sw, .a1, -16, .a0)
    let back = guest.label()
    guest.la(.s9, back)
    guest.addi(.a3, .a0, -2)
    guest.jump(to: .a3)
    guest.bind(back)
    guest.powerOff()
    var made = Guest(code: guest.finish())
    // `c.nop`, or the first half of a longer instruction.
    made.contents.append((end - 2, lastIsLong ? [0x13, 0] : [1, 0]))
    let outcome = made.run()
    #expect(outcome.stop == .halted(.powerOff))
    #expect(outcome.causes == [6, 6, 4, 7, 1])
    #expect(outcome.traps.map(\.value) == [end - 4, end - 1, end - 7, end, end])
    #expect(outcome.traps.last?.pc == (lastIsLong ? end - 2 : end))
    #expect(outcome.double(end - 8) == (lastIsLong ? 0x13 : 1) << 48)
    #expect(outcome.double(end - 16) == 0xffff_ffff)
    #expect(checkBoard(made.boardRun(rungIntervalSteps: 9), seed: 2) == nil)
  }

  // MARK: Page tables

  private func translated(_ tables: PageTables, satp: UInt64? = nil, svadu: Bool = true, steps: UInt64 = 2000) -> Guest
  {
    var guest = Guest.begin()
    if svadu { guest.csrw(.menvcfg, value: 1 << 61) }
    guest.csrw(.satp, value: satp ?? tables.satp)
    guest.enter(.supervisor)
    guest.li(.a0, 0x4000_0000)
    let loop = guest.here()
    guest.load(.ld, .a1, 0, .a0)
    guest.store(.sd, .a1, 8, .a0)
    guest.atomic(.amoaddD, .a1, .a0, .a0)
    guest.emit(.add, .a0, .a0, .a1)
    guest.jump(loop)
    var made = Guest(code: guest.finish())
    made.contents += tables.contents
    return made
  }

  /// A table that is its own entry, at every level at once.
  @Test(arguments: 3...5)
  func selfReferencingPageTables(levels: Int) {
    let root: UInt64 = 0x8004_0000
    var tables = PageTables.identity(levels: levels, root: root, Bits.all & ~(Bits.accessed | Bits.dirty))
    tables.set(0x4000_0000, level: levels - 1, entry: PageTables.entry(root, Bits.valid))
    runsToItsLimit(translated(tables))
    tables.set(1 << 30, level: levels - 1, entry: PageTables.entry(root, Bits.valid | Bits.read | Bits.write))
    runsToItsLimit(translated(tables))
  }

  /// The root in ROM, in device space, at the last page of RAM, in a hole, and where no address goes.
  @Test(arguments: [0x1000, 0x1000_0000, 0x200_0000, 0x800f_f000, 0x8010_0000, 0, 0xfff_ffff_ffff << 12] as [UInt64])
  func pageTablesInOddPlaces(root: UInt64) {
    for mode: UInt64 in [8, 9, 10] {
      let tables = PageTables(root: 0x8004_0000)
      runsToItsLimit(translated(tables, satp: mode << 60 | root >> 12), steps: 500)
    }
  }

  /// A leaf table in ROM whose entries would have to be updated, and leaves that point to ROM, devices and holes.
  @Test func leavesToOddPlaces() {
    for target: UInt64 in [0x1000, 0x10_0000, 0x1000_0000, 0, 0xfff_ffff_ffff << 12, 0x800f_f000, 0x8004_0000] {
      var tables = PageTables.identity(root: 0x8004_0000)
      tables.map(0x4000_0000, to: target, Bits.all & ~(Bits.accessed | Bits.dirty))
      tables.set(0x4020_0000, level: 1, entry: PageTables.entry(0x1000, Bits.valid))
      runsToItsLimit(translated(tables), steps: 1000)
    }
  }

  // MARK: Devices

  /// Every register of every device, with every width and alignment, in random order.
  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func hammeredDevicesStayConsistent(seed: UInt64) {
    var numbers = SeededGenerator(seed: seed)
    var guest = Guest.begin()
    // Traps are not logged, or the log would be full: skip what faulted.
    let handler = guest.label()
    guest.la(.t0, handler)
    guest.csrw(.mtvec, .t0)
    guest.csrw(.mie, value: 0xaaa)
    if numbers.chance(1, in: 2) { guest.csrs(.mstatus, mask: 8) }
    let windows: [(base: UInt64, size: UInt64)] = [
      (0x10_0004, 0x20), (0x10_1000, 0x28), (0x200_0000, 0x10), (0x200_4000, 0x10), (0x200_bff0, 0x18),
      (0x2f0_0000, 0x10),
      (0xc00_0000, 0x100), (0xc00_1000, 0x10), (0xc00_2000, 0x110), (0xc20_0000, 0x10), (0xc20_1000, 0x10),
      (Guest.uart, 0x10), (Guest.uart + 0xf8, 0x10), (0xc5f_fff8, 0x10), (0x200_fff8, 0x10), (0x2f0_3ff8, 0x10),
    ]
    for number in 0..<400 {
      let window = numbers.pick(windows)
      guest.li(.a0, window.base + numbers.below(window.size))
      guest.li(.a1, numbers.pick([numbers.next(), 0, 1, .max, 0x80, numbers.below(1 << 20)]))
      let loads: [RISCV.Operation] = [.lb, .lbu, .lh, .lhu, .lw, .lwu, .ld]
      if numbers.chance(1, in: 2) {
        guest.emit(numbers.pick(loads), .a2, .a0)
        guest.emit(.xor, .s0, .s0, .a2)
        guest.emit(.rori, .s0, .s0, immediate: 5)
      } else {
        guest.store(numbers.pick([.sb, .sh, .sw, .sd]), .a1, 0, .a0)
      }
      if number > 300, numbers.chance(1, in: 40) { guest.emit(.wfi) }
    }
    guest.powerOff()
    let end = guest.here()
    guest.jump(end)
    guest.bind(handler)
    guest.csrr(.t0, .mcause)
    let isInterrupt = guest.label()
    guest.branch(.blt, .t0, .zero, isInterrupt)
    guest.csrr(.t0, .mepc)
    guest.addi(.t0, .t0, 4)
    guest.csrw(.mepc, .t0)
    guest.emit(.mret)
    guest.bind(isInterrupt)
    // Masks what came: an interrupt that nobody can clear must not keep the rest from being tried.
    guest.li(.t1, 1)
    guest.emit(.sll, .t1, .t1, .t0)
    guest.emit(.csrrc, .zero, .t1, immediate: CSR.mie.rawValue)
    guest.emit(.mret)
    let made = Guest(code: guest.finish())
    let inputs = made.inputs(of: RandomTyping("0123456789abcdefghij", seed: seed, longestPauseSteps: 100))
    #expect(inputs.count > 5)
    let outcome = made.run(inputs: inputs, limitSteps: 20_000)
    #expect(outcome.stop == .halted(.powerOff) || outcome.stop == .stalled)
    #expect(outcome.machine.moment.step.count > 1000)
    #expect(checkBoard(made.boardRun(inputs: inputs, limitSteps: 20_000), seed: seed) == nil)
  }

  @Test(arguments: [0, 0x5554, 0x3332, 0x7776, 0xffff_ffff, 0x5555_0000] as [UInt64])
  func finisherIgnoresOddValues(value: UInt64) {
    var guest = Guest.begin()
    guest.li(.a0, Guest.finisher)
    guest.li(.a1, value)
    guest.store(.sw, .a1, 0, .a0)
    guest.store(.sh, .a1, 0, .a0)
    guest.store(.sw, .a1, 4, .a0)
    guest.store(.sb, .a1, 0, .a0)
    guest.store(.sd, .a1, 0, .a0)
    guest.powerOff()
    let outcome = Guest(code: guest.finish()).run()
    #expect(outcome.stop == .halted(.powerOff))
    #expect(outcome.causes == [7, 7])
  }

  /// Timers at every extreme, in every order, with the clock set to every extreme.
  @Test func timersAtTheirExtremes() {
    let extremes: [UInt64] = [0, 1, 2, 1 << 31, 1 << 32, 1 << 63, .max - 1, .max, .max - 1000]
    for mtime in extremes {
      for compare in extremes {
        var guest = Guest.begin()
        let handler = guest.label()
        guest.la(.t0, handler)
        guest.csrw(.mtvec, .t0)
        guest.csrw(.menvcfg, value: 1 << 63)
        guest.li(.a0, Guest.clint + 0xbff8)
        guest.li(.a1, Guest.clint + 0x4000)
        guest.li(.a2, compare)
        guest.li(.a3, mtime)
        guest.store(.sd, .a2, 0, .a1)
        guest.store(.sd, .a3, 0, .a0)
        guest.csrw(.stimecmp, .a2)
        guest.csrw(.mie, value: 0xa0)
        guest.csrs(.mstatus, mask: 8)
        guest.emit(.wfi)
        guest.emit(.wfi)
        guest.powerOff()
        guest.bind(handler)
        guest.csrr(.s1, .mcause)
        guest.csrr(.s2, .time)
        guest.emit(.csrrc, .zero, .zero, immediate: CSR.mie.rawValue)
        guest.csrw(.mie, value: 0)
        guest.powerOff()
        let made = Guest(code: guest.finish())
        let outcome = made.run(limitSteps: 1000)
        #expect(outcome.stop == .halted(.powerOff) || outcome.stop == .stalled)
        if outcome.stop != .stalled { #expect(outcome.register(.s2) >= compare) }
        #expect(checkBoard(made.boardRun(limitSteps: 1000, rungIntervalSteps: 10), seed: 3, passes: 2) == nil)
      }
    }
  }

  @Test(arguments: [0, 1, 1_000_000_000, 1_000_000_001, 1 << 63, .max - 1, .max] as [UInt64])
  func calendarAlarmsInThePastAndAtTheEndOfTime(alarm: UInt64) {
    for shift: UInt64 in [0, 1 << 62, .max - 5] {
      var guest = Guest.begin()
      guest.li(.a0, 0x10_1000)
      guest.li(.a1, 1)
      guest.store(.sw, .a1, 0x10, .a0)
      if shift > 0 {
        guest.li(.a2, shift >> 32)
        guest.store(.sw, .a2, 4, .a0)
        guest.li(.a2, shift)
        guest.store(.sw, .a2, 0, .a0)
      }
      guest.li(.a2, alarm >> 32)
      guest.store(.sw, .a2, 12, .a0)
      guest.li(.a2, alarm)
      guest.store(.sw, .a2, 8, .a0)
      // The PLIC lets it through to the wire; the hart only waits.
      guest.li(.a3, Guest.plic)
      guest.store(.sw, .a1, 44, .a3)
      guest.li(.a4, Guest.plic + 0x2000)
      guest.li(.a5, 1 << 11)
      guest.store(.sw, .a5, 0, .a4)
      guest.csrw(.mie, value: 1 << 11)
      guest.emit(.wfi)
      guest.load(.lw, .s0, 0, .a0)
      guest.load(.lw, .s1, 4, .a0)
      guest.powerOff()
      let made = Guest(code: guest.finish())
      let outcome = made.run()
      #expect(outcome.stop == .halted(.powerOff) || outcome.stop == .stalled)
      #expect(checkBoard(made.boardRun(rungIntervalSteps: 10), seed: 3, passes: 2) == nil)
    }
  }

  /// A divisor of 0, and bytes sent and received with it.
  @Test func serialPortWithDivisorZero() {
    var guest = Guest.begin()
    guest.li(.a0, Guest.uart)
    guest.li(.a1, 0x83)
    guest.store(.sb, .a1, 3, .a0)
    guest.store(.sb, .zero, 0, .a0)
    guest.store(.sb, .zero, 1, .a0)
    guest.li(.a1, 3)
    guest.store(.sb, .a1, 3, .a0)
    for _ in 0..<20 { guest.store(.sb, .a1, 0, .a0) }
    guest.emit(.wfi)
    let made = Guest(code: guest.finish())
    let outcome = made.run()
    #expect(outcome.stop == .stalled)
    #expect(outcome.machine.takeEffects().contains { $0.isOutput })
    #expect(checkBoard(made.boardRun(rungIntervalSteps: 10), seed: 3) == nil)
  }

  /// Blocks to be zeroed where they must not be, and where they may: at the border of pages, of ROM and of RAM.
  @Test func blocksZeroedInOddPlaces() {
    let places: [(address: UInt64, cause: UInt64?)] = [
      (0x1000, 7), (0xffff, 7), (0x1_0000, 7), (0x7fff_ffff, 7), (0x800f_ffff, nil), (0x8010_0000, 7), (.max, 7),
      (Guest.uart, 7), (Guest.resultBase + 0x3f, nil),
    ]
    var guest = Guest.begin()
    guest.li(.a1, Guest.resultBase)
    guest.store(.sd, .a1, 0, .a1)
    guest.store(.sd, .a1, 0x40, .a1)
    for (address, _) in places {
      guest.li(.a0, address)
      guest.emit(.cboZero, .zero, .a0)
    }
    guest.powerOff()
    let made = Guest(code: guest.finish())
    let outcome = made.run()
    #expect(outcome.causes == places.compactMap(\.cause))
    #expect(outcome.results(9) == [0, 0, 0, 0, 0, 0, 0, 0, Guest.resultBase])
  }
}
