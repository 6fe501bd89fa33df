import Archive
import Backplane
import Boards
import StateCoding
import Support
import Timeline
import VirtualTime

/// The board `virt` as an emulator with a mistake in it would run it: what an instruction leaves behind is wrong.
struct FaultyBoard: DebuggableBoard {
  enum Fault: Hashable, Codable, Sendable {
    case none
    /// A register is wrong behind the instruction at this step, and stays so.
    case register(Int, atStep: UInt64)
    /// It is wrong, and right again so many steps later.
    case passing(Int, atStep: UInt64, steps: UInt64)
    /// A byte of memory is wrong.
    case memory(UInt64, atStep: UInt64)
    /// A register of a device is wrong: the software interrupt of the hart is pending.
    case device(atStep: UInt64)

    /// The steps whose end is tampered with.
    var places: [UInt64] {
      switch self {
      case .none: []
      case .register(_, let step), .memory(_, let step), .device(let step): [step + 1]
      case .passing(_, let step, let steps): [step + 1, step + 1 + steps]
      }
    }
  }

  var virt: VirtBoard
  private var hidden: UInt64 = 0
  @Derived private var kind: FaultBox

  init(_ virt: VirtBoard, _ fault: Fault) {
    self.virt = virt
    kind = FaultBox(fault)
  }

  struct FaultBox: Sendable, DefaultInitializable {
    var fault = Fault.none
    init() {}
    init(_ fault: Fault) { self.fault = fault }
  }

  var fabric: Fabric {
    get { virt.fabric }
    set { virt.fabric = newValue }
  }

  final class Caches: BoardCaches {
    let virt: VirtBoard.Caches
    let fault: Fault
    init(_ virt: VirtBoard.Caches, _ fault: Fault) { (self.virt, self.fault) = (virt, fault) }
    var stopPoints: StopPoints {
      get { (virt as any BoardCaches).stopPoints }
      set { (virt as any BoardCaches).stopPoints = newValue }
    }
    var engine: EngineChoice {
      get { (virt as any BoardCaches).engine }
      set { (virt as any BoardCaches).engine = newValue }
    }
    func boardWasReplaced() { (virt as any BoardCaches).boardWasReplaced() }
  }

  func makeCaches(for memory: Memory) -> Caches { Caches(virt.makeCaches(for: memory), kind.fault) }

  mutating func run(
    until limit: RunLimit, memory: Memory, caches: Caches, door: inout Door, collecting effects: EffectSelection
  ) -> Stop {
    while true {
      let next = caches.fault.places.first { $0 > fabric.now.step.count }
      var part = limit
      if let next { part.moment = min(limit.moment, Moment(step: Step(next), cycle: .zero)) }
      let stop = virt.run(until: part, memory: memory, caches: caches.virt, door: &door, collecting: effects)
      if let next, fabric.now.step.count == next {
        tamper(caches.fault, next, memory)
        caches.boardWasReplaced()
      }
      // A limit at a cycle that only waiting could come to is never reached.
      guard stop == .limit, fabric.now >= part.moment, fabric.now < limit.moment, fabric.now.cycle < limit.cycle
      else { return stop }
    }
  }

  private mutating func tamper(_ fault: Fault, _ place: UInt64, _ memory: Memory) {
    switch fault {
    case .none: break
    case .register(let number, _), .passing(let number, _, _):
      let value = virt.register(number, hart: 0) ?? 0
      _ = virt.apply(.register(hart: 0, number: number, value: value ^ 1), memory: memory)
    case .memory(let address, _):
      if let byte = memory.read(address, count: 1) { memory.write(address, [byte[0] ^ 0x80]) }
    case .device: hidden += 1
    }
  }

  static var architecture: String { VirtBoard.architecture }
  static var features: [RegisterFeature] { VirtBoard.features }
  var hartCount: Int { 1 }
  func register(_ number: Int, hart: Int) -> UInt64? { virt.register(number, hart: hart) }
  func translate(_ address: UInt64, hart: Int, memory: Memory) -> UInt64? {
    virt.translate(address, hart: hart, memory: memory)
  }
  func privilegeName(hart: Int) -> String { virt.privilegeName(hart: hart) }
  func disassemble(_ bytes: [UInt8], at address: UInt64) -> (text: String, byteCount: Int)? {
    virt.disassemble(bytes, at: address)
  }
  mutating func apply(_ edit: Edit, memory: Memory) -> Bool { virt.apply(edit, memory: memory) }
}

extension FaultyBoard {
  func dataflow(hart: Int, memory: Memory) -> [ValueWrite]? { virt.dataflow(hart: hart, memory: memory) }
  func retiredCount(hart: Int) -> UInt64 { virt.retiredCount(hart: hart) }
  func trap(hart: Int, insteadOf planned: [ValueWrite]) -> TrapDescription {
    virt.trap(hart: hart, insteadOf: planned)
  }
  static func nature(ofRegister number: Int) -> RegisterNature { VirtBoard.nature(ofRegister: number) }
  static func name(of slot: Slot) -> String { VirtBoard.name(of: slot) }
  static func inputOffset(of slot: Slot) -> UInt64? { VirtBoard.inputOffset(of: slot) }
  func waitingBytes(at slot: Slot) -> [UInt8] { virt.waitingBytes(at: slot) }
}

/// A recorded run of a guest on a board that may have a fault.
struct FaultyRun: Sendable {
  let guest: Guest
  let fault: FaultyBoard.Fault
  let bytes: [UInt8]

  /// Records `guest` while `inputs` enter, each at the first moment at or behind its cycle.
  init(
    _ guest: Guest, _ fault: FaultyBoard.Fault = .none, _ inputs: [(cycle: UInt64, text: String)] = [],
    limitSteps: UInt64 = 2000, rungIntervalSteps: UInt64 = 100, checkpoints: Bool = false,
    change: (inout TraceHeader) -> Void = { _ in }
  ) throws {
    (self.guest, self.fault) = (guest, fault)
    final class File { var bytes: [UInt8] = [] }
    let file = File()
    var writer = TraceWriter()
    var header = TraceHeader(
      board: "any", costModel: "none", costModelRevision: 1, seed: 0, epochNanoseconds: 0,
      rungIntervalSteps: rungIntervalSteps)
    change(&header)
    file.bytes = writer.header(header)
    let journal = Journal(writer: writer) { file.bytes += $0 }
    let machine = Self.machine(guest, fault)
    let keeper = checkpoints ? CheckpointKeeper(of: machine, plan: .evenly(8), intervalSteps: rungIntervalSteps) : nil
    let conductor = Conductor(
      machine: machine, journal: journal, keeper: keeper, rungIntervalSteps: rungIntervalSteps,
      collecting: [.output, .interrupts]
    ) { _, _ in }
    var door = Door(TimedInputs(inputs))
    _ = try conductor.run(door: &door, limits: .init(step: Step(limitSteps)))
    bytes = file.bytes
  }

  static func machine(_ guest: Guest, _ fault: FaultyBoard.Fault) -> Machine<FaultyBoard> {
    let machine = guest.machine()
    return Machine(board: FaultyBoard(machine.board, fault), memory: machine.memory)
  }

  /// For a bisection.
  var side: RecordedSide<FaultyBoard> {
    let (guest, fault) = (guest, fault)
    return RecordedSide(bytes: bytes) { _ in Self.machine(guest, fault) }
  }

  /// The machine going through its recording.
  func replay() throws -> (machine: Machine<FaultyBoard>, door: Door, last: Moment) {
    let reader = try TraceReader(bytes)
    let inputs = try reader.inputs().map {
      StampedInput(moment: $0.moment, input: Input(slot: Slot($0.slot), bytes: $0.bytes))
    }
    return (Self.machine(guest, fault), Door(RecordedInputs(inputs)), reader.end?.moment ?? reader.covered)
  }
}

/// Inputs that enter at the first moment at or behind their cycle.
struct TimedInputs: InputSource {
  private var rest: ArraySlice<(cycle: UInt64, text: String)>

  init(_ inputs: [(cycle: UInt64, text: String)]) { rest = inputs[...] }

  func horizon(after moment: Moment) -> Step { rest.isEmpty ? Step(.max) : Step(moment.step.count + 1) }

  mutating func take(at moment: Moment) -> [Input] {
    var inputs: [Input] = []
    while let next = rest.first, next.cycle <= moment.cycle.count {
      inputs.append(Input(slot: Slot(1), bytes: Array(next.text.utf8)))
      rest.removeFirst()
    }
    return inputs
  }

  func idle(from moment: Moment, until alarm: Cycle?) -> Cycle? {
    guard let next = rest.first else { return alarm }
    return min(alarm ?? .never, Cycle(max(next.cycle, moment.cycle.count + 1)))
  }
}

/// What a bisection is to find, found the slow way: both machines one step at a time, compared as a whole at each.
enum Lockstep {
  /// The first step behind which the machines differ; `nil` when there is none.
  static func parting(_ a: FaultyRun, _ b: FaultyRun) throws -> UInt64? {
    var (one, other) = (try a.replay(), try b.replay())
    guard one.machine.digest() == other.machine.digest() else { return nil }
    let last = min(one.last, other.last)
    while true {
      let step = one.machine.moment.step.count
      let next = min(Moment(step: Step(step + 1), cycle: .zero), last)
      let before = one.machine.moment
      _ = one.machine.run(until: RunLimit(moment: next), door: &one.door)
      _ = other.machine.run(until: RunLimit(moment: next), door: &other.door)
      if one.machine.digest() != other.machine.digest() { return step }
      if one.machine.moment >= last || one.machine.moment == before { return nil }
    }
  }
}
