import Archive
import Backplane
import Boards
import StateCoding
import Support
import Timeline
import VirtualTime

/// A board with one mistake that a round trip is to notice.
struct FlawedBoard: Board {
  enum Flaw: String, Codable, CaseIterable, Sendable {
    case none
    /// A register that is left out of the state, and matters now and then.
    case forgottenField
    /// A cache that holds what has changed since.
    case staleCache
    /// A store to memory that nobody is told of.
    case unmarkedStore
    /// A state that cannot be decoded.
    case refusedState
    /// A state that depends on which machine it is.
    case differsEachTime
    /// A state that depends on how often it was asked to run.
    case countsRuns
  }

  final class Caches: BoardCaches {
    var value: UInt64?
    var stopPoints = StopPoints()
    var engine = EngineChoice.interpreter
    func boardWasReplaced() {}
  }

  /// What two devices would be.
  struct Device: MachineState, SelfChecking {
    var count: UInt64 = 0
    @Derived var latch: UInt64
    var fault: String? { count == 300 ? "a count of 300" : nil }
  }

  /// The register shows every so many steps.
  static let period: UInt64 = 50

  let flaw: Flaw
  var fabric = Fabric(hartCount: 1, clockHertz: 1000)
  var device = Device()
  private var sum: UInt64 = 0

  init(_ flaw: Flaw, number: UInt64) {
    self.flaw = flaw
    // What cannot be seen at once: a fault of the host, so to speak.
    if flaw == .differsEachTime { device.latch = number }
  }

  func makeCaches(for memory: Memory) -> Caches { Caches() }

  mutating func run(
    until limit: RunLimit, memory: Memory, caches: Caches, door: inout Door, collecting: EffectSelection
  ) -> Stop {
    if flaw == .countsRuns { sum &+= 1 }
    while fabric.now < limit.moment, fabric.now.cycle < limit.cycle {
      for input in door.take(at: fabric.now) { sum += UInt64(input.bytes.count) }
      work(memory, caches)
    }
    return .limit
  }

  private mutating func work(_ memory: Memory, _ caches: Caches) {
    let step = fabric.now.step.count
    let page = Int(step % 8)
    if flaw != .unmarkedStore { memory.markWritten(page) }
    (memory.base + 4096 * page).storeBytes(of: step &+ sum, as: UInt64.self)
    if flaw != .differsEachTime { device.latch &+= step }
    if flaw == .refusedState { device.count = step }
    if flaw == .forgottenField || flaw == .differsEachTime, step % Self.period == 0 { device.count &+= device.latch }
    let value = memory.base.load(as: UInt64.self)
    if flaw == .staleCache {
      if caches.value == nil { caches.value = value }
      sum &+= caches.value ?? 0
    } else if step % 8 == 7 {
      sum &+= value
    }
    fabric.advance(to: Moment(step: Step(step + 1), cycle: Cycle(fabric.now.cycle.count + 1 + step % 4)))
  }

  /// Makes machines with this flaw.
  static func maker(_ flaw: Flaw) -> () -> Machine<FlawedBoard> {
    var number: UInt64 = 0
    return {
      number += 1
      return machine(flaw, number: number)
    }
  }

  /// The machine of that number with this flaw.
  static func machine(_ flaw: Flaw, number: UInt64) -> Machine<FlawedBoard> {
    guard let memory = Memory(romBase: 0, romSize: 0, ramBase: 0, ramSize: 8 * 4096) else {
      preconditionFailure("The host has no room for eight pages.")
    }
    return Machine(board: FlawedBoard(flaw, number: number), memory: memory)
  }
}

/// The board `virt` with one register more, which shows in the guest's `t6` every 64 steps, and which decoding forgets.
struct ForgetfulBoard: Board {
  static let period: UInt64 = 64

  var virt: VirtBoard
  @Derived var latch: UInt64
  var fabric: Fabric {
    get { virt.fabric }
    set { virt.fabric = newValue }
  }

  func makeCaches(for memory: Memory) -> VirtBoard.Caches { virt.makeCaches(for: memory) }

  mutating func run(
    until limit: RunLimit, memory: Memory, caches: VirtBoard.Caches, door: inout Door,
    collecting effects: EffectSelection
  ) -> Stop {
    while true {
      let next = (fabric.now.step.count / Self.period + 1) * Self.period
      var part = limit
      part.moment = min(limit.moment, Moment(step: Step(next), cycle: .zero))
      let stop = virt.run(until: part, memory: memory, caches: caches, door: &door, collecting: effects)
      if fabric.now.step.count == next {
        latch = latch &* 31 &+ next
        _ = virt.apply(.register(hart: 0, number: 31, value: latch), memory: memory)
        (caches as any BoardCaches).boardWasReplaced()
      }
      // A limit at a cycle that only waiting could come to is never reached.
      guard stop == .limit, fabric.now >= part.moment, fabric.now < limit.moment, fabric.now.cycle < limit.cycle
      else { return stop }
    }
  }
}

/// The trace of a run of any board, in memory.
enum AnyRecording {
  private final class File { var bytes: [UInt8] = [] }

  static func bytes<B: Board>(
    _ machine: Machine<B>, _ inputs: [StampedInput] = [], limitSteps: UInt64, rungIntervalSteps: UInt64 = 100
  ) throws -> [UInt8] {
    let file = File()
    var writer = TraceWriter()
    file.bytes = writer.header(
      TraceHeader(
        board: "any", costModel: "none", costModelRevision: 1, seed: 0, epochNanoseconds: 0,
        rungIntervalSteps: rungIntervalSteps))
    let journal = Journal(writer: writer) { file.bytes += $0 }
    let conductor = Conductor(
      machine: machine, journal: journal, rungIntervalSteps: rungIntervalSteps, collecting: [.output, .interrupts]
    ) { _, _ in }
    var door = Door(RecordedInputs(inputs))
    _ = try conductor.run(door: &door, limits: .init(step: Step(limitSteps)))
    return file.bytes
  }

  /// `bytes`, the trace of a run that is over, with the checkpoint of `machine` behind it. `powerOn` is one at
  /// power-on.
  static func adding<B: Board>(_ machine: Machine<B>, to bytes: [UInt8], powerOn: Machine<B>) throws -> [UInt8] {
    let reader = try TraceReader(bytes)
    guard var writer = TraceWriter(continuing: reader) else { return [] }
    let digest = machine.digest()
    _ = powerOn.digest()
    var references: [PageReference] = []
    var contents: [[UInt8]] = []
    for index in 0..<machine.memory.pageCount
    where machine.memory.digest(ofPage: index) != powerOn.memory.digest(ofPage: index) {
      references.append(PageReference(page: UInt32(index), content: writer.nextPageNumber + UInt32(contents.count)))
      contents.append(Array(machine.memory.page(index)))
    }
    let pages = writer.pages(contents)
    let record = CheckpointRecord(
      moment: machine.moment, digest: TraceDigest(digest),
      shape: TraceDigest(Digest(of: Array(StateWriter.shape(of: powerOn.board).utf8))),
      board: StateWriter.bytes(of: machine.board), pages: references)
    return bytes + pages + writer.checkpoint(record) + writer.amendment(marks: [])
  }
}
