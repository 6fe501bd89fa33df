internal import Backplane
internal import Boards
internal import RISCV

// A slow, plain account of what one step did, from the state before and after it and from the text of the instruction.

/// What one step did that stop points may be hit by.
struct StepAccount {
  /// The pc, when the instruction there was executed or raised an exception, but not one of its fetch.
  private(set) var startedInstruction: UInt64?
  private(set) var accesses: [Access] = []
  private(set) var registers: [Int] = []

  /// An access in one piece or, when it crosses pages, in two.
  struct Access {
    var parts: [(virtual: UInt64?, physical: UInt64, count: UInt64)]
    var told: UInt64
    var reads: Bool
    var writes: Bool
  }

  private let before: VirtBoard
  private let after: VirtBoard
  private let memory: Memory

  /// The account of the step from `before` to `after`. `entries` are the page-table entries that the step may have
  /// changed by walking, as they were before it.
  init(before: VirtBoard, after: VirtBoard, memory: Memory, plan: StepPlan) {
    (self.before, self.after, self.memory) = (before, after, memory)
    let retired = after.hart.retired != before.hart.retired
    noteWalks(plan)
    if retired {
      startedInstruction = before.hart.pc
      notePlanned(plan)
      noteDestinations(plan)
    } else {
      let isMachine = after.hart.privilege == .machine
      let cause = register(after, csr: isMachine ? 0x342 : 0x142)
      if ![0, 1, 12].contains(cause), cause >> 63 == 0 { startedInstruction = before.hart.pc }
      registers =
        (isMachine ? [0x341, 0x342, 0x343] : [0x141, 0x142, 0x143]).map { 65 + $0 } + [65 + 0x300, 65 + 0x100]
      registers.append(4161)
    }
  }

  /// Bits that walks set, in the order in which they set them.
  private mutating func noteWalks(_ plan: StepPlan) {
    for walk in plan.walks {
      guard let entry = double(memory, walk.entryAddress), entry != walk.entry, entry & ~0xc0 == walk.entry & ~0xc0,
        !accesses.contains(where: { $0.parts[0].physical == walk.entryAddress })
      else { continue }
      accesses.append(
        Access(parts: [(nil, walk.entryAddress, 8)], told: walk.address, reads: false, writes: true))
    }
  }

  private mutating func notePlanned(_ plan: StepPlan) {
    guard let access = plan.access else { return }
    var (reads, writes) = (access.reads, access.writes)
    if plan.mnemonic.hasPrefix("sc.") {
      let offset = access.parts.first.flatMap { memory.offset(of: $0.physical, count: 4) }
      if offset != before.hart.reservation { return }
      (reads, writes) = (false, true)
    }
    accesses.append(
      Access(
        parts: access.parts.map { ($0.virtual, $0.physical, $0.count) }, told: access.parts[0].virtual, reads: reads,
        writes: writes))
  }

  private mutating func noteDestinations(_ plan: StepPlan) {
    registers = plan.destinations
    let flags = [65 + 1, 65 + 3]
    if register(before, csr: 1) != register(after, csr: 1) { registers += flags }
    if register(before, csr: 0x300) != register(after, csr: 0x300) { registers += [65 + 0x300, 65 + 0x100] }
  }

  /// What `points` make of the step numbered `step`: the hit before it and the hit behind it.
  func hits(_ points: StopPoints, step: UInt64) -> [Hit] {
    var hits: [Hit] = []
    if let pc = startedInstruction, points.breakpoints.contains(pc) {
      hits.append(Hit(hart: 0, step: step, kind: .breakpoint(pc)))
    }
    for (index, watchpoint) in points.watchpoints.enumerated() {
      if let access = accesses.first(where: { Self.touches(watchpoint, $0) }) {
        let told = MemoryAccess(
          watchpoint: index, virtualAddress: access.told, physicalAddress: access.parts[0].physical,
          byteCount: Int(access.parts.reduce(0) { $0 + $1.count }), isWrite: access.writes)
        return hits + [Hit(hart: 0, step: step, kind: .access(told))]
      }
    }
    if let number = points.registers.first(where: { registers.contains($0) && $0 != 32 }) {
      hits.append(Hit(hart: 0, step: step, kind: .register(number)))
    }
    return hits
  }

  /// Byte for byte, as it is meant.
  private static func touches(_ watchpoint: Watchpoint, _ access: Access) -> Bool {
    guard access.reads && watchpoint.onRead || access.writes && watchpoint.onWrite else { return false }
    return access.parts.contains { part in
      guard let start = watchpoint.space == .physical ? part.physical : part.virtual else { return false }
      return (0..<part.count).contains { start &+ $0 &- watchpoint.address < watchpoint.byteCount }
    }
  }
}

/// What the next step would do if it executed the instruction at the pc, from the state before it.
struct StepPlan {
  struct Walk {
    var address: UInt64
    var entryAddress: UInt64
    var entry: UInt64
  }
  private(set) var walks: [Walk] = []
  private(set) var mnemonic = ""
  private(set) var access: (parts: [(virtual: UInt64, physical: UInt64, count: UInt64)], reads: Bool, writes: Bool)?
  private(set) var destinations: [Int] = []
  /// The integer and floating-point registers among the operands: those that make up the result, and those in brackets.
  private(set) var sources: [Int] = []
  private(set) var addresses: [Int] = []

  private let board: VirtBoard
  private let memory: Memory

  init(_ board: VirtBoard, memory: Memory) {
    (self.board, self.memory) = (board, memory)
    guard let instruction = fetch() else { return }
    let words = Disassembler.text(instruction, at: board.hart.pc).split(separator: "\t").map(String.init)
    mnemonic = words[0]
    let operands = (words.count > 1 ? words[1] : "").components(separatedBy: ", ")
    noteDestinations(operands)
    noteSources(operands)
    planAccess(instruction)
  }

  private mutating func fetch() -> Instruction? {
    let pc = board.hart.pc
    guard let low = half(pc) else { return nil }
    guard low & 3 == 3 else { return Decoder.decode(UInt32(low)) }
    guard let high = half(pc &+ 2) else { return nil }
    return Decoder.decode(UInt32(low) | UInt32(high) << 16)
  }

  private mutating func half(_ address: UInt64) -> UInt16? {
    note(walk: address, as: board)
    guard let physical = board.translate(address, hart: 0, memory: memory), let bytes = memory.read(physical, count: 2)
    else { return nil }
    return UInt16(bytes[0]) | UInt16(bytes[1]) << 8
  }

  // MARK: Destinations

  private static let withoutDestination = [
    "sb", "sh", "sw", "sd", "fsw", "fsd", "beq", "bne", "blt", "bge", "bltu", "bgeu", "ecall", "ebreak", "wfi", "pause",
  ]
  private static let views = [
    "fflags": ["fcsr"], "frm": ["fcsr"], "fcsr": ["fflags", "frm"], "sstatus": ["mstatus"], "mstatus": ["sstatus"],
    "sie": ["mie"], "mie": ["sie"], "sip": ["mip"], "mip": ["sip"],
  ]

  private mutating func noteDestinations(_ operands: [String]) {
    if mnemonic == "mret" || mnemonic == "sret" { return destinations = [65 + 0x300, 65 + 0x100, 4161] }
    let families = ["fence", "sfence", "sinval", "cbo.", "prefetch.", "wrs.", "illegal"]
    guard !Self.withoutDestination.contains(mnemonic), !families.contains(where: { mnemonic.hasPrefix($0) }) else {
      return
    }
    if let number = Self.number(operands[0]), number != 0 { destinations.append(number) }
    guard mnemonic.hasPrefix("csrr") else { return }
    if mnemonic.hasPrefix("csrrw") || (operands[2] != "zero" && operands[2] != "0") {
      destinations += ([operands[1]] + (Self.views[operands[1]] ?? [])).compactMap(Self.number)
    }
  }

  /// The first operand is the destination, but of a store; what is in brackets is an address.
  private mutating func noteSources(_ operands: [String]) {
    let isStore = ["sb", "sh", "sw", "sd", "fsw", "fsd"].contains(mnemonic)
    for operand in isStore ? operands : Array(operands.dropFirst()) {
      guard let bracket = operand.firstIndex(of: "(") else {
        if let number = Self.number(operand), (1..<65).contains(number) { sources.append(number) }
        continue
      }
      let name = operand[operand.index(after: bracket)...].dropLast()
      if let number = Self.number(String(name)), number != 0 { addresses.append(number) }
    }
  }

  private static let numbers = Dictionary(
    uniqueKeysWithValues: VirtBoard.features.flatMap(\.registers).map { ($0.name, $0.number) })

  private static func number(_ name: String) -> Int? { numbers[name] }

  // MARK: Accesses

  private mutating func planAccess(_ instruction: Instruction) {
    var address = board.hart.x[Int(instruction.rs1)]
    let kind = mnemonic.split(separator: ".").map(String.init)
    var (reads, writes) = (false, false)
    var count: UInt64 = 0
    let sizes: [String: UInt64] = [
      "lb": 1, "lbu": 1, "lh": 2, "lhu": 2, "lw": 4, "lwu": 4, "ld": 8, "flw": 4, "fld": 8, "sb": 1, "sh": 2, "sw": 4,
      "sd": 8, "fsw": 4, "fsd": 8,
    ]
    if let size = sizes[mnemonic] {
      address &+= UInt64(bitPattern: Int64(instruction.immediate))
      (count, writes) = (size, mnemonic.hasPrefix("s") || mnemonic.hasPrefix("fs"))
      reads = !writes
    } else if kind[0] == "lr" || kind[0] == "sc" || kind[0].hasPrefix("amo") {
      (count, reads, writes) = (kind[1] == "d" ? 8 : 4, kind[0] != "sc", kind[0] != "lr")
    } else if kind[0] == "cbo" {
      address &= ~63
      (count, writes) = (64, kind[1] == "zero")
    } else {
      return
    }
    place(address, count, reads, writes)
  }

  private mutating func place(_ address: UInt64, _ count: UInt64, _ reads: Bool, _ writes: Bool) {
    var data = board
    let status = register(board, csr: 0x300)
    if board.hart.privilege == .machine, status >> 17 & 1 != 0 {
      data.hart.privilege = Privilege(rawValue: UInt8(status >> 11 & 3)) ?? .machine
    }
    let inFirst = min(count, 4096 - address % 4096)
    var parts: [(virtual: UInt64, physical: UInt64, count: UInt64)] = []
    for (start, size) in [(address, inFirst), (address &+ inFirst, count - inFirst)] where size > 0 {
      note(walk: start, as: data)
      guard let physical = data.translate(start, hart: 0, memory: memory) else { return }
      parts.append((start, physical, size))
    }
    if reads || writes { access = (parts, reads, writes) }
  }

  /// Notes the leaf that a walk for `address` comes to.
  private mutating func note(walk address: UInt64, as board: VirtBoard) {
    let satp = register(board, csr: 0x180)
    guard board.hart.privilege != .machine, satp >> 60 != 0 else { return }
    var table = (satp & 0xfff_ffff_ffff) << 12
    for level in stride(from: Int(satp >> 60) - 6, through: 0, by: -1) {
      let place = table + (address >> UInt64(12 + 9 * level) & 511) * 8
      guard let entry = double(memory, place), entry & 1 != 0 else { return }
      if entry & 10 != 0 { return walks.append(Walk(address: address, entryAddress: place, entry: entry)) }
      table = (entry >> 10 & 0xfff_ffff_ffff) << 12
    }
  }
}

private func double(_ memory: Memory, _ address: UInt64) -> UInt64? {
  memory.read(address, count: 8)?.reversed().reduce(0) { $0 << 8 | UInt64($1) }
}

private func register(_ board: VirtBoard, csr: Int) -> UInt64 { board.register(65 + csr, hart: 0) ?? 0 }

extension String {
  fileprivate func components(separatedBy separator: String) -> [String] {
    var parts: [String] = [""]
    var rest = self[...]
    while let first = rest.first {
      if rest.hasPrefix(separator) {
        parts.append("")
        rest = rest.dropFirst(separator.count)
      } else {
        parts[parts.count - 1].append(first)
        rest = rest.dropFirst()
      }
    }
    return parts
  }
}
