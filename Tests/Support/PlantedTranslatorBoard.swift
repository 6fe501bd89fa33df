public import Backplane
public import Boards
public import RISCV
public import StateCoding

/// The board `virt` with a translator that makes a mistake. By the interpreter it runs as `virt` does.
public struct PlantedTranslatorBoard: WrappedBoard {
  /// The mistake: not part of the state.
  public struct Plant: Sendable, DefaultInitializable {
    /// What it is, if there is one.
    public var fault: TranslatorFault?
    /// Room for generated code, when it is not to be the usual.
    public var codeByteCount: Int?
    /// None.
    public init() {}
  }

  /// What makes the mistake.
  public var virt: VirtBoard
  @Derived private var plant: Plant

  /// `virt` with `fault` in its translator.
  public init(_ virt: VirtBoard, _ fault: TranslatorFault?, codeByteCount: Int? = nil) {
    self.virt = virt
    (plant.fault, plant.codeByteCount) = (fault, codeByteCount)
  }

  /// An engine that makes the mistake.
  public func makeCaches(for memory: Memory) -> Interpreter {
    Interpreter(memory: memory, fault: plant.fault, codeByteCount: plant.codeByteCount)
  }

  /// See `VirtBoard`.
  public mutating func run(
    until limit: RunLimit, memory: Memory, caches: Interpreter, door: inout Door, collecting effects: EffectSelection
  ) -> Stop {
    virt.run(until: limit, memory: memory, caches: caches, door: &door, collecting: effects)
  }
}

extension Guest {
  /// A machine with this guest and `fault` in its translator.
  public func machine(
    planting fault: TranslatorFault?, codeByteCount: Int? = nil
  ) -> Machine<PlantedTranslatorBoard> {
    let machine = machine()
    return Machine(
      board: PlantedTranslatorBoard(machine.board, fault, codeByteCount: codeByteCount), memory: machine.memory)
  }

  /// A guest in whose loop every mistake of `TranslatorFault` leaves something behind: branches and comparisons of
  /// numbers with and without sign, words that are sign-extended, counts beyond 31, divisions by zero, singles from
  /// memory, accesses across pages whose frames are apart, calls, code and page-table entries that change, and accesses
  /// to devices in the middle of blocks.
  public static func everyFault(rounds: UInt64 = 40) -> Guest {
    let window: UInt64 = 0x4000_0000
    let frames = [Guest.codeBase + 0xb000, Guest.codeBase + 0xd000, Guest.codeBase + 0xe000]
    var tables = PageTables.identity(root: 0x8004_0000)
    tables.mapIdentity(Guest.clint + 0xb000, pages: 1)
    tables.map(window, to: frames[0], PageTables.Bits.all)
    let entry = tables.map(window + 0x1000, to: frames[1], PageTables.Bits.all)
    tables.map(window + 0x8000, to: entry & ~4095, PageTables.Bits.all)
    var guest = Guest.begin()
    guest.csrs(.mstatus, mask: 1 << 13)
    guest.csrw(.satp, value: tables.satp)
    guest.enter(.supervisor)
    guest.li(.s2, rounds)
    guest.li(.s3, window + 0xffc)
    guest.li(.s4, window + 0x8000 + (entry & 4095))
    guest.li(.s5, PageTables.entry(frames[1], PageTables.Bits.all))
    guest.li(.s6, PageTables.entry(frames[2], PageTables.Bits.all))
    guest.li(.s7, Guest.clint + 0xbff8)
    guest.li(.s8, UInt64(GuestAssembler.bits(.addi, .s0, .s0, immediate: 1)))
    guest.li(.t0, ~0)
    guest.li(.t1, 1)
    guest.li(.t2, 37)
    let loop = guest.here()
    appendComparisons(&guest)
    appendArithmetic(&guest)
    appendMemory(&guest)
    guest.addi(.s2, .s2, -1)
    guest.branch(.bne, .s2, .zero, loop)
    guest.powerOff()
    guest.origin(patchedCode)
    guest.addi(.s0, .s0, 1)
    guest.jump(to: .sp)
    var made = Guest(code: guest.finish())
    made.contents += tables.contents
    let values: [UInt64] = [0x8765_4321_fedc_ba98, 0x1122_3344_9abc_def0, 0xfedc_ba98_8765_4321]
    for (index, value) in values.enumerated() {
      let bytes = (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
      made.contents.append((frames[index] + (index == 0 ? 0xff8 : 0), bytes))
    }
    return made
  }

  private static func appendComparisons(_ guest: inout GuestAssembler) {
    let (isLess, isBelow) = (guest.label(), guest.label())
    guest.branch(.blt, .t0, .t1, isLess)
    guest.addi(.gp, .gp, 1)
    guest.bind(isLess)
    guest.branch(.bltu, .t0, .t1, isBelow)
    guest.addi(.tp, .tp, 1)
    guest.bind(isBelow)
    guest.emit(.slt, .a0, .t0, .s2)
    guest.emit(.add, .ra, .ra, .a0)
  }

  private static func appendArithmetic(_ guest: inout GuestAssembler) {
    guest.emit(.sllw, .a1, .t0, .t2)
    guest.emit(.addw, .a2, .t0, .t0)
    guest.emit(.div, .a3, .t1, .zero)
    guest.emit(.rem, .a4, .t2, .zero)
    guest.emit(.mulhsu, .a5, .t2, .t0)
    let (behind, subroutine) = (guest.label(), guest.label())
    guest.la(.t3, subroutine)
    guest.jump(to: .t3, link: .sp)
    guest.jump(behind)
    guest.bind(subroutine)
    guest.addi(.t4, .sp, 0)
    guest.jump(to: .sp)
    guest.bind(behind)
  }

  /// `s8` is what the patched instruction becomes: what it adds is one more each time.
  private static func appendMemory(_ guest: inout GuestAssembler) {
    guest.load(.lw, .a6, -4, .s3)
    guest.load(.flw, .a0, -4, .s3)
    guest.emit(.fmvWX, .a1, .t1)
    guest.load(.ld, .a7, 0, .s3)
    guest.emit(.andi, .t3, .s2, immediate: 1)
    let (isOdd, stored) = (guest.label(), guest.label())
    guest.branch(.bne, .t3, .zero, isOdd)
    guest.store(.sd, .s5, 0, .s4)
    guest.jump(stored)
    guest.bind(isOdd)
    guest.store(.sd, .s6, 0, .s4)
    guest.bind(stored)
    guest.load(.ld, .t3, 4, .s3)
    guest.emit(.add, .s1, .s1, .t3)
    guest.load(.ld, .t5, 0, .s7)
    guest.li(.t3, patchedCode)
    guest.li(.t4, 1 << 20)
    guest.emit(.add, .s8, .s8, .t4)
    guest.store(.sw, .s8, 0, .t3)
    guest.jump(to: .t3, link: .sp)
  }

  /// In a page of its own, so that the rest stays translated.
  private static let patchedCode = codeBase + 0x2000
}
