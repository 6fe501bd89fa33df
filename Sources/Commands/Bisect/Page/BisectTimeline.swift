internal import Archive
internal import Backplane
internal import Timeline
internal import VirtualTime

/// What happened in two runs and when, for the timelines of the page.
struct BisectTimeline: Equatable {
  /// What one rung says of the two runs.
  enum RungState: String {
    /// Both have the same digest here.
    case same
    /// Both have a rung at this step, and not the same one.
    case different
    /// The other run has no rung at this step.
    case alone
  }

  struct Rung: Equatable {
    var step: UInt64
    var state: RungState
  }

  /// An input or a mark.
  struct Event: Equatable {
    var step: UInt64
    var text: String
  }

  /// One run.
  struct Lane: Equatable {
    var first: UInt64 = 0
    var last: UInt64 = 0
    var rungs: [Rung] = []
    var inputs: [Event] = []
    var marks: [Event] = []
    /// Steps at which interrupts were taken; nothing when the trace does not hold them.
    var interrupts: [UInt64]?
  }

  /// More interrupts than this are not read: the last are what matters, and memory is not without end.
  private static let interruptsMax = 1 << 22

  var a = Lane()
  var b = Lane()
  /// The step with which they part.
  var parting: UInt64?

  /// The timelines of what `report` tells of; a side without a trace has its length alone.
  /// - Throws: `TraceError`.
  init(_ report: BisectReport, _ readers: Sides<TraceReader?>) throws {
    parting = report.parting?.step
    a = try Self.lane(report.sides.a, readers.a, other: readers.b)
    b = try Self.lane(report.sides.b, readers.b, other: readers.a)
  }

  init() {}

  private static func lane(
    _ recorded: BisectReport.Recorded, _ reader: TraceReader?, other: TraceReader?
  ) throws -> Lane {
    var lane = Lane(first: recorded.first.steps, last: recorded.last.steps)
    guard let reader else { return lane }
    lane.rungs = try rungs(reader, other)
    lane.inputs = try reader.inputs().map {
      Event(
        step: $0.moment.step.count,
        text: "\(TraceFile.slotName($0.slot, board: reader.header.board)) \(Show.quoted($0.bytes))")
    }
    lane.marks = try reader.marks().map { Event(step: $0.moment.step.count, text: $0.name) }
    if LogKinds(heldBy: reader).contains(.interrupts) {
      var interrupts: [UInt64] = []
      try reader.effects(kinds: .interrupts) { effect in
        if interrupts.count < interruptsMax { interrupts.append(effect.moment.step.count) }
      }
      lane.interrupts = interrupts
    }
    return lane
  }

  private static func rungs(_ reader: TraceReader, _ other: TraceReader?) throws -> [Rung] {
    let others = try other?.rungs() ?? []
    var next = 0
    return try reader.rungs().map { rung in
      // Rungs are taken at steps; where the runs have parted, a step need not be at the same cycle in both.
      while next < others.count, others[next].moment.step < rung.moment.step { next += 1 }
      guard next < others.count, others[next].moment.step == rung.moment.step else {
        return Rung(step: rung.moment.step.count, state: .alone)
      }
      return Rung(step: rung.moment.step.count, state: others[next] == rung ? .same : .different)
    }
  }

  /// All of both runs.
  var whole: ClosedRange<UInt64> {
    let first = min(a.first, b.first)
    return first...max(first + 1, a.last, b.last)
  }

  /// What is around the parting: the last inputs and interrupts before it, and as much behind it.
  var near: ClosedRange<UInt64>? {
    guard let parting else { return nil }
    var first = parting
    for lane in [a, b] {
      let before = (lane.inputs.map(\.step) + (lane.interrupts ?? [])).filter { $0 <= parting }.sorted().suffix(8)
      first = min(first, before.first ?? parting)
    }
    let distance = max(64, parting - first) + max(4, (parting - first) / 16)
    let (end, overflow) = parting.addingReportingOverflow(distance)
    return max(whole.lowerBound, parting - min(parting, distance))...min(whole.upperBound, overflow ? .max : end)
  }
}
