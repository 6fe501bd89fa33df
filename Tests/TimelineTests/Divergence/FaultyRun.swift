import Archive
import Backplane
import Boards
import StateCoding
import Support
import Timeline
import VirtualTime

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
