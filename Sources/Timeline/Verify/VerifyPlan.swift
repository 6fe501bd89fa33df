public import Archive
public import Backplane
internal import StateCoding
internal import VirtualTime

/// A trace to be verified: where each thread gets a reader and a machine of its own from.
public struct VerifySubject<B: Board>: Sendable {
  /// A machine at power-on, as the trace's header and images say, and the effects that the recording collected.
  public typealias Equipment = (machine: Machine<B>, collected: EffectSelection)

  let open: @Sendable () throws -> TraceReader
  let equip: @Sendable (TraceReader) throws -> Equipment

  /// A trace that `open` opens, each time anew, and for which `equip` makes machines.
  public init(
    open: @escaping @Sendable () throws -> TraceReader, equip: @escaping @Sendable (TraceReader) throws -> Equipment
  ) {
    (self.open, self.equip) = (open, equip)
  }
}

/// Why a trace was not verified, when neither its bytes nor its machine are the reason.
public enum VerifyProblem: Error, Hashable, Sendable {
  /// It has more steps than were to be replayed.
  case tooLong(stepCount: UInt64, limit: UInt64)
  /// Another file has taken its place while it was read.
  case changed
}

/// What the threads that verify one trace share of it: what entered, what is compared, and where it can be divided.
struct VerifyPlan: Sendable {
  let header: TraceHeader
  let identity: TraceDigest
  let inputs: [StampedInput]
  /// In order of time, none behind the end.
  let rungs: [Rung]
  let end: EndRecord?
  let isComplete: Bool
  /// The start, the moments at which there is a checkpoint to begin from, and the end. Between two of them is a unit.
  let edges: [Moment]

  var start: Moment { edges[0] }
  var last: Moment { edges[edges.count - 1] }
  var unitCount: Int { edges.count - 1 }

  /// Steps in `units`.
  func stepCount(_ units: Range<Int>) -> UInt64 {
    edges[units.upperBound].step.count - edges[units.lowerBound].step.count
  }

  init(_ reader: TraceReader) throws {
    (header, identity, end, isComplete) = (reader.header, reader.identity, reader.end, reader.isComplete)
    inputs = try reader.inputs().map {
      StampedInput(moment: $0.moment, input: Input(slot: Slot($0.slot), bytes: $0.bytes))
    }
    let last = reader.end?.moment ?? reader.covered
    let rungs = try reader.rungs().filter { $0.moment <= last }
    self.rungs = rungs
    var edges = [reader.start]
    // A file that was cut has no end to close the chain with.
    for moment in reader.end == nil ? [] : reader.checkpoints.map(\.head.first).sorted()
    where moment > edges[edges.count - 1] && moment < last && rungs.holds(moment) {
      edges.append(moment)
    }
    self.edges = edges + [last]
  }

  /// Opens `subject` again.
  /// - Throws: `VerifyProblem.changed` when it is another trace by now.
  func reopen<B: Board>(_ subject: VerifySubject<B>) throws -> TraceReader {
    let reader = try subject.open()
    guard reader.identity == identity, reader.end == end else { throw VerifyProblem.changed }
    return reader
  }

  /// What is replayed from the beginning of `unit` on.
  func passage(from unit: Int) -> Passage {
    let start = edges[unit]
    // What is compared at an edge is compared by who arrives there.
    return Passage(start: start, inputs: inputs, rungs: unit == 0 ? rungs[...] : rungs[rungs.place(behind: start)...])
  }
}

extension [Rung] {
  /// The index of the first that is later than `moment`.
  func place(behind moment: Moment) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle].moment <= moment { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Whether one is at `moment`.
  func holds(_ moment: Moment) -> Bool {
    let place = place(behind: moment)
    return place > 0 && self[place - 1].moment == moment
  }
}
