public import Backplane
public import Boards
public import RISCV
internal import VirtualTime

/// A bare-metal guest for tests on the board `virt`: its code, what else lies in memory, and what is read of it
/// afterwards.
///
/// `Guest.begin` writes a start and a trap handler for guests that do not bring their own. The handler runs in machine
/// mode, logs cause, pc and value, and goes on behind the instruction, or at the address in `s9` when that is not zero.
/// A call (`ecall`) from another mode comes back in machine mode. The handler uses `s9`, `s10` and `s11`.
public struct Guest: Sendable {
  /// Where code begins: the start of RAM.
  public static let codeBase: UInt64 = 0x8000_0000
  /// Where the standard handler logs traps: 24 bytes each.
  public static let logBase: UInt64 = 0x8000_8000
  /// A page for results.
  public static let resultBase: UInt64 = 0x8000_a000
  /// A write of 0x5555 switches off.
  public static let finisher: UInt64 = 0x10_0000
  /// The first data register of the serial port.
  public static let uart: UInt64 = 0x1000_0000
  /// The core-local interruptor.
  public static let clint: UInt64 = 0x200_0000
  /// The interrupt controller.
  public static let plic: UInt64 = 0xc00_0000

  /// What is put into memory before the start, by address.
  public var contents: [(address: UInt64, bytes: [UInt8])]
  /// RAM in bytes.
  public var ramSize: UInt64

  /// A guest of `code`.
  public init(code: [UInt8], ramSize: UInt64 = 1 << 20) {
    contents = [(Self.codeBase, code)]
    self.ramSize = ramSize
  }

  /// A machine with this guest, at power-on.
  public func machine() -> Machine<VirtBoard> {
    guard let memory = Memory(romBase: 0x1000, romSize: 0xf000, ramBase: Self.codeBase, ramSize: ramSize) else {
      preconditionFailure("The host has no room for a small guest.")
    }
    for (address, bytes) in contents { precondition(memory.write(address, bytes), "The guest is larger than RAM.") }
    return Machine(board: VirtBoard(resetVector: Self.codeBase, epochNanoseconds: 1_000_000_000), memory: memory)
  }

  /// Runs the guest as a whole.
  public func run(inputs: [StampedInput] = [], limitSteps: UInt64 = 100_000) -> GuestOutcome {
    let machine = machine()
    var door = Door(RecordedInputs(inputs))
    let stop = machine.run(until: RunLimit(step: Step(limitSteps)), door: &door)
    return GuestOutcome(stop: stop, machine: machine)
  }

  /// What a live `source` lets in while the guest runs, with the moments at which it entered.
  public func inputs(of source: any InputSource, limitSteps: UInt64 = 100_000) -> [StampedInput] {
    let machine = machine()
    var door = Door(source)
    _ = machine.run(until: RunLimit(step: Step(limitSteps)), door: &door)
    return door.takeLog()
  }

  /// The run of this guest for `checkBoard`.
  public func boardRun(
    inputs: [StampedInput] = [], limitSteps: UInt64 = 100_000, rungIntervalSteps: UInt64 = 100
  ) -> BoardRun<VirtBoard> {
    BoardRun(inputs: inputs, limitSteps: limitSteps, rungIntervalSteps: rungIntervalSteps) { machine() }
  }
}

/// A trap as the standard handler logs it.
public struct GuestTrap: Hashable, Sendable, CustomStringConvertible {
  /// `mcause`.
  public var cause: UInt64
  /// `mepc`.
  public var pc: UInt64
  /// `mtval`.
  public var value: UInt64

  /// A trap.
  public init(cause: UInt64, pc: UInt64, value: UInt64) { (self.cause, self.pc, self.value) = (cause, pc, value) }

  /// Cause, pc and value, in hexadecimal.
  public var description: String {
    "cause \(String(cause, radix: 16)) at \(String(pc, radix: 16)) value \(String(value, radix: 16))"
  }
}

/// What became of a guest.
public struct GuestOutcome {
  /// Why the run ended.
  public let stop: Stop
  /// The machine as it stands.
  public let machine: Machine<VirtBoard>

  /// The doubleword at `address`; zero outside memory.
  public func double(_ address: UInt64) -> UInt64 {
    (machine.memory.read(address, count: 8) ?? []).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// `count` doublewords of the result page.
  public func results(_ count: Int) -> [UInt64] { (0..<count).map { double(Guest.resultBase + UInt64($0) * 8) } }

  /// The value of an integer register.
  public func register(_ register: Register) -> UInt64 { machine.board.hart.x[Int(register.rawValue)] }

  /// The traps that the standard handler has logged.
  public var traps: [GuestTrap] {
    let end = register(.s10)
    guard end >= Guest.logBase, end < Guest.resultBase else { return [] }
    return stride(from: Guest.logBase, to: end, by: 24).map {
      GuestTrap(cause: double($0), pc: double($0 + 8), value: double($0 + 16))
    }
  }

  /// The causes of those traps.
  public var causes: [UInt64] { traps.map(\.cause) }
}

extension Guest {
  /// Where the standard start and handler end and the guest's own code begins.
  public static let mainOffset: UInt64 = 0x100

  /// An assembler after the standard start: all of memory allowed to all modes (PMP entry 15), traps handled and
  /// logged.
  public static func begin(allowsAll: Bool = true) -> GuestAssembler {
    var guest = GuestAssembler(at: codeBase)
    let main = guest.label()
    let handler = guest.label()
    guest.la(.t0, handler)
    guest.csrw(.mtvec, .t0)
    guest.li(.s10, logBase)
    guest.li(.s9, 0)
    if allowsAll {
      guest.csrw(.pmpaddr15, value: (1 << 54) - 1)
      guest.csrw(.pmpcfg2, value: 0x1f << 56)
    }
    guest.jump(main)
    appendHandler(&guest, handler)
    guest.origin(codeBase + mainOffset)
    guest.bind(main)
    return guest
  }

  private static func appendHandler(_ guest: inout GuestAssembler, _ handler: GuestAssembler.Label) {
    let isNoCall = guest.label()
    let elsewhere = guest.label()
    guest.origin(codeBase + 0x60)
    guest.bind(handler)
    for (csr, offset) in [(CSR.mcause, 0), (.mepc, 8), (.mtval, 16)] {
      guest.csrr(.s11, csr)
      guest.store(.sd, .s11, offset, .s10)
    }
    guest.addi(.s10, .s10, 24)
    guest.branch(.bne, .s9, .zero, elsewhere)
    guest.csrr(.s9, .mepc)
    guest.addi(.s9, .s9, 4)
    guest.csrw(.mepc, .s9)
    // Causes 8 and 9 are calls from user and supervisor mode: come back in machine mode.
    guest.csrr(.s11, .mcause)
    guest.addi(.s9, .s11, -8)
    guest.li(.s11, 2)
    guest.branch(.bgeu, .s9, .s11, isNoCall)
    guest.li(.s9, 3 << 11)
    guest.emit(.csrrs, .zero, .s9, immediate: CSR.mstatus.rawValue)
    guest.bind(isNoCall)
    guest.li(.s9, 0)
    guest.emit(.mret)
    guest.bind(elsewhere)
    guest.csrw(.mepc, .s9)
    guest.li(.s9, 0)
    guest.emit(.mret)
  }
}

extension GuestAssembler {
  /// Switches the machine off.
  public mutating func powerOff() {
    li(.t5, Guest.finisher)
    li(.t6, 0x5555)
    store(.sw, .t6, 0, .t5)
  }

  /// Goes on in `privilege` at the next instruction; overwrites `t5` and `t6`.
  public mutating func enter(_ privilege: Privilege) {
    csrc(.mstatus, mask: 3 << 11)
    csrs(.mstatus, mask: UInt64(privilege.rawValue) << 11)
    let next = label()
    la(.t5, next)
    csrw(.mepc, .t5)
    emit(.mret)
    bind(next)
  }

  /// Stores `register` as result number `index`; overwrites `t5`.
  public mutating func result(_ index: Int, _ register: Register) {
    li(.t5, Guest.resultBase)
    store(.sd, register, index * 8, .t5)
  }
}
