import Backplane
import Boards
import RISCV
import StateCoding
import Support
import Testing
import VirtualTime

/// What a debugger sees of the board, and what it may change.
@Suite struct DebuggingTests {
  private typealias Bits = PageTables.Bits
  private static let registers = VirtBoard.features.flatMap(\.registers)

  private func number(_ name: String) throws -> Int {
    try #require(Self.registers.first { $0.name == name }, "\(name)").number
  }

  @Test func everyRegisterHasANumberANameAndAValue() throws {
    let board = Guest.echo().machine().board
    #expect(Set(Self.registers.map(\.number)).count == Self.registers.count)
    #expect(Set(Self.registers.map(\.name)).count == Self.registers.count)
    for feature in VirtBoard.features {
      #expect(feature.registers.map(\.number) == feature.registers.map(\.number).sorted(), "\(feature.name)")
    }
    for register in Self.registers { #expect(board.register(register.number, hart: 0) != nil, "\(register.name)") }
    #expect(Self.registers.allSatisfy { !$0.name.hasPrefix("0x") })
    let known: [(String, Int)] = [
      ("zero", 0), ("ra", 1), ("sp", 2), ("s0", 8), ("t6", 31), ("pc", 32), ("ft0", 33), ("ft11", 64), ("fflags", 66),
      ("frm", 67), ("fcsr", 68), ("satp", 65 + 0x180), ("mstatus", 65 + 0x300), ("mhartid", 65 + 0xf14),
      ("pmpaddr15", 65 + 0x3bf), ("priv", 4161),
    ]
    for (name, place) in known { #expect(try number(name) == place) }
    #expect(board.register(65 + 0x7c0, hart: 0) == nil)
    #expect(board.register(-1, hart: 0) == nil)
    #expect(board.register(4162, hart: 0) == nil)
    #expect(board.register(0, hart: 1) == nil)
    #expect(VirtBoard.number(of: .stackPointer) == 2)
    #expect(board.programCounter(hart: 0) == Guest.codeBase)
    #expect(board.privilegeName(hart: 0) == "machine")
  }

  @Test func registersAreReadInEveryMode() throws {
    var guest = Guest.begin()
    guest.csrw(.sscratch, value: 77)
    guest.li(.s0, 5)
    guest.enter(.user)
    let here = guest.here()
    guest.jump(here)
    let outcome = Guest(code: guest.finish()).run(limitSteps: 1000)
    let board = outcome.machine.board
    #expect(board.privilegeName(hart: 0) == "user")
    let values: [(String, UInt64)] = [
      ("s0", 5), ("sscratch", 77), ("priv", 0), ("pmpaddr15", (1 << 54) - 1), ("fcsr", 0),
      ("minstret", board.hart.retired), ("mcycle", board.fabric.now.cycle.count),
    ]
    for (name, value) in values { #expect(board.register(try number(name), hart: 0) == value, "\(name)") }
  }

  @Test func changesAreMadeLegalOrRefused() throws {
    let machine = Guest.echo().machine()
    func set(_ name: String, _ value: UInt64) throws -> UInt64? {
      let edit = Edit.register(hart: 0, number: try number(name), value: value)
      let before = machine.board
      let isMade = machine.change { board, memory in board.apply(edit, memory: memory) }
      if !isMade { #expect(machine.board == before, "\(name) was refused and changed") }
      return isMade ? machine.board.register(try number(name), hart: 0) : nil
    }
    #expect(try set("a0", 1 << 63) == 1 << 63)
    #expect(try set("zero", 0) == 0)
    #expect(try set("zero", 1) == nil)
    #expect(try set("pc", Guest.codeBase + 2) == Guest.codeBase + 2)
    #expect(try set("pc", Guest.codeBase + 1) == nil)
    #expect(try set("ft3", 9) == 9)
    #expect(try set("fcsr", 0xfff) == 0xff)
    #expect(try set("priv", 2) == nil)
    #expect(try set("priv", 256) == nil)
    #expect(try set("priv", 1) == 1)
    #expect(try set("mepc", 7) == 6)
    #expect(try set("mtvec", 0x1002) == 0x1000)
    #expect(try set("satp", 3 << 60) == 0)
    #expect(try set("mhartid", 1) == nil)
    #expect(try set("misa", 0) == machine.board.register(try number("misa"), hart: 0))
    for name in ["minstret", "mcycle"] {
      #expect(try set(name, 1000) == 1000)
      #expect(try set("mcountinhibit", 5) == 5)
      #expect(machine.board.register(try number(name), hart: 0) == 1000)
      #expect(try set(name, 2000) == 2000)
      #expect(try set("mcountinhibit", 0) == 0)
      #expect(machine.board.register(try number(name), hart: 0) == 2000)
    }
    func write(_ address: UInt64, _ bytes: [UInt8]) -> Bool {
      machine.change { board, memory in board.apply(.memory(address, bytes), memory: memory) }
    }
    #expect(write(Guest.codeBase, [1, 2]))
    #expect(machine.memory.read(Guest.codeBase, count: 2) == [1, 2])
    #expect(!write(Guest.uart, [1]))
    #expect(!write(0xffff_ffff_ffff_ffff, [1, 2]))
  }

  /// A change of registers or memory holds at the next instruction: what is cached is dropped with it. The guest reads
  /// through a page whose table is exchanged, and executes an instruction that is rewritten.
  @Test func changesHoldAtOnce() {
    var tables = PageTables.identity(root: 0x8004_0000)
    tables.map(0x4000_0000, to: Guest.codeBase + 0xc000, Bits.all)
    var others = PageTables.identity(root: 0x8008_0000)
    others.map(0x4000_0000, to: Guest.codeBase + 0xd000, Bits.all)
    var guest = Guest.begin()
    guest.csrw(.satp, value: tables.satp)
    guest.li(.s0, 0x4000_0000)
    guest.enter(.supervisor)
    let loop = guest.here()
    guest.load(.ld, .a0, 0, .s0)
    guest.addi(.a1, .zero, 1)
    guest.jump(loop)
    var made = Guest(code: guest.finish())
    made.contents += tables.contents + others.contents
    made.contents += [(Guest.codeBase + 0xc000, [1]), (Guest.codeBase + 0xd000, [2])]
    let machine = made.machine()
    var door = Door()
    func run() -> [UInt64?] {
      _ = machine.run(until: RunLimit(step: Step(machine.moment.step.count + 100)), door: &door)
      return [10, 11].map { machine.board.register($0, hart: 0) }
    }
    #expect(run() == [1, 1])
    let satp = Edit.register(hart: 0, number: RegisterNumber.csr(0x180), value: others.satp)
    #expect(machine.change { board, memory in board.apply(satp, memory: memory) })
    #expect(run() == [2, 1])
    let two = GuestAssembler.bits(.addi, .a1, .zero, immediate: 2)
    let place = guest.address(of: loop) + 4
    let code = Edit.memory(place, (0..<4).map { UInt8(truncatingIfNeeded: two >> UInt32($0 * 8)) })
    #expect(machine.change { board, memory in board.apply(code, memory: memory) })
    #expect(run() == [2, 2])
    // Entry 15 of the PMP no longer allows anything: the next instruction cannot be fetched.
    let protection = Edit.register(hart: 0, number: RegisterNumber.csr(0x3a2), value: 0)
    #expect(machine.change { board, memory in board.apply(protection, memory: memory) })
    _ = run()
    #expect(machine.board.register(RegisterNumber.csr(0x342), hart: 0) == 1)
  }

  /// Translations are those of accesses, and looking changes nothing.
  @Test(arguments: 3...5)
  func translatesAsAccessesDo(levels: Int) throws {
    for level in 0..<levels {
      for isNapot in [false, true] where !isNapot || level == 0 {
        var tables = PageTables.identity(levels: levels, root: 0x8004_0000)
        let size: UInt64 = 4096 << UInt64(9 * level)
        let data = Guest.codeBase + 0x9000
        let virtual = (1 << UInt64(12 + 9 * levels - 2)) & ~(size - 1)
        let base = data & ~(size - 1)
        let bits = Bits.all & ~(Bits.accessed | Bits.dirty)
        if isNapot {
          let entry = PageTables.entry(Guest.codeBase + 0x8000, bits | Bits.napot)
          for page in 0..<16 as Range<UInt64> { tables.set(virtual + page * 4096, level: 0, entry: entry) }
        } else {
          tables.map(virtual, to: base, bits, level: level)
        }
        var guest = Guest.begin()
        guest.csrw(.menvcfg, value: 1 << 61)
        guest.csrw(.satp, value: tables.satp)
        guest.enter(.supervisor)
        let address = isNapot ? virtual + 0x3018 : virtual + (data & (size - 1)) + 0x18
        guest.li(.a0, address)
        guest.load(.lw, .a1, 0, .a0)
        guest.powerOff()
        var made = Guest(code: guest.finish())
        made.contents += tables.contents
        let machine = made.machine()
        machine.stopPoints.watchpoints = [Watchpoint(.virtual, address, byteCount: 1, onRead: true, onWrite: false)]
        var door = Door()
        guard case .hit(let hit) = machine.run(until: RunLimit(step: Step(1000)), door: &door),
          case .access(let access) = hit.kind
        else {
          Issue.record("no hit at level \(level)")
          continue
        }
        let digest = machine.digest()
        #expect(machine.board.translate(address, hart: 0, memory: machine.memory) == access.physicalAddress)
        #expect(machine.board.translate(0x7000_0000, hart: 0, memory: machine.memory) == nil)
        #expect(machine.board.translate(1 << 63, hart: 0, memory: machine.memory) == nil)
        #expect(machine.digest() == digest)
      }
    }
  }

  @Test func disassemblesWhatThereIs() throws {
    let board = Guest.echo().machine().board
    #expect(board.disassemble([0x01, 0x00], at: 0)?.byteCount == 2)
    #expect(board.disassemble([0x13], at: 0) == nil)
    #expect(board.disassemble([0x93, 0x00, 0x10], at: 0) == nil)
    let line = try #require(board.disassemble([0x93, 0x00, 0x10, 0x00, 0xff], at: 0))
    #expect(line.byteCount == 4)
    #expect(line.text == "addi\tra, zero, 1")
  }
}
