public import Backplane
public import Boards
internal import RISCV
internal import VirtualTime

/// A run gone through one step at a time, with a note of everything that each step wrote: slow and plain. What
/// instructions do is taken from their text.
public struct PlainRun {
  /// What one step did.
  public struct Deed {
    /// Whether it was the entry of a trap.
    public let isTrap: Bool
    /// The instruction, without its operands; empty when it could not be fetched.
    public let mnemonic: String
    /// The registers that it wrote.
    public let registers: [Int]
    /// The guest-physical bytes that it wrote.
    public let memory: [Range<UInt64>]
    /// The integer and floating-point registers that its result is made of, those of addresses not among them.
    public let sources: [Int]
    /// The registers that say where it reads or writes memory.
    public let addresses: [Int]
    /// The guest-physical bytes that it read, or would have.
    public let read: [Range<UInt64>]
  }

  /// The steps.
  public private(set) var deeds: [Deed] = []
  /// The board before each step, and behind the last.
  public private(set) var boards: [VirtBoard] = []
  private var writes: [(step: Int, address: UInt64, bytes: [UInt8])] = []
  private let initial: Machine<VirtBoard>

  /// Goes through what `make` makes, with `inputs`, for `limitSteps` at most.
  public init(inputs: [StampedInput], limitSteps: UInt64, make: () -> Machine<VirtBoard>) {
    initial = make()
    let machine = make()
    var door = Door(RecordedInputs(inputs))
    while machine.moment.step.count < limitSteps {
      let (before, step) = (machine.board, machine.moment.step.count)
      let plan = StepPlan(before, memory: machine.memory)
      let stop = machine.run(until: RunLimit(step: Step(step + 1)), door: &door)
      guard machine.moment.step.count > step else { break }
      boards.append(before)
      let account = StepAccount(before: before, after: machine.board, memory: machine.memory, plan: plan)
      note(account, plan, isTrap: before.hart.retired == machine.board.hart.retired, machine.memory)
      if stop != .limit { break }
    }
    boards.append(machine.board)
  }

  private mutating func note(_ account: StepAccount, _ plan: StepPlan, isTrap: Bool, _ memory: Memory) {
    func ranges(_ parts: [(virtual: UInt64?, physical: UInt64, count: UInt64)]) -> [Range<UInt64>] {
      parts.map { $0.physical..<$0.physical + $0.count }
    }
    let written = account.accesses.filter(\.writes).flatMap { ranges($0.parts) }
      .filter { memory.offset(of: $0.lowerBound, count: UInt64($0.count)) != nil }
    for range in written {
      guard let bytes = memory.read(range.lowerBound, count: range.count) else { continue }
      writes.append((deeds.count, range.lowerBound, bytes))
    }
    let read = plan.access.map { ranges($0.parts.map { ($0.virtual, $0.physical, $0.count) }) } ?? []
    deeds.append(
      Deed(
        isTrap: isTrap, mnemonic: plan.mnemonic, registers: account.registers, memory: written,
        sources: isTrap ? [] : plan.sources, addresses: plan.addresses, read: read))
  }

  /// The latest step before `limit` that wrote `register`.
  public func lastWriter(of register: Int, before limit: Int) -> Int? {
    deeds[..<limit].lastIndex { $0.registers.contains(register) }
  }

  /// The latest step before `limit` that wrote the byte at `address`.
  public func lastWriter(ofByte address: UInt64, before limit: Int) -> Int? {
    deeds[..<limit].lastIndex { $0.memory.contains { $0.contains(address) } }
  }

  /// The byte at `address` before step `limit`.
  public func byte(_ address: UInt64, at limit: Int) -> UInt8? {
    if let write = writes.last(where: {
      $0.step < limit && address >= $0.address && address - $0.address < $0.bytes.count
    }) {
      return write.bytes[Int(address - write.address)]
    }
    return initial.memory.read(address, count: 1)?[0]
  }
}
