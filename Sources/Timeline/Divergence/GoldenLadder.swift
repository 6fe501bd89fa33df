public import Archive
internal import Backplane
public import StateCoding
public import VirtualTime

/// A run in a page of text: what its machine was made of, the digest of the machine at each rung, and the end. Small
/// enough to be kept with the sources; a later run is compared with it without the trace it was made from.
public struct GoldenLadder: Equatable, Sendable {
  /// How much there was of something by some moment, and a digest of it.
  public struct Total: Hashable, Sendable {
    /// Inputs, or bytes of console.
    public var count: UInt64
    /// Of all of them.
    public var digest: Digest
  }

  /// What is known of a moment.
  public struct Entry: Hashable, Sendable {
    /// The moment and the digest of the whole machine.
    public var rung: Rung
    /// What had entered before it.
    public var inputs: Total
    /// What the console had shown before it; `nil` when the trace did not hold that.
    public var console: Total?
  }

  /// What the run starts from. Images are named, never embedded.
  public var header: TraceHeader
  /// Where the run starts.
  public var start: Moment
  /// The rungs, in order of time, without the end.
  public var entries: [Entry]
  /// The end; `nil` when the recording was cut short.
  public var end: Entry?
  /// Why it ended, in a word.
  public var reason: String?

  init(header: TraceHeader, start: Moment, entries: [Entry], end: Entry? = nil, reason: String? = nil) {
    (self.header, self.start, self.entries, self.end, self.reason) = (header, start, entries, end, reason)
  }

  /// The ladder of the trace `reader`.
  /// - Throws: `TraceError` when the trace cannot be read.
  public init(_ reader: TraceReader) throws {
    let run = try RecordedRun(reader)
    let places = run.rungs.filter { $0.moment != run.end?.moment } + (run.end.map { [$0] } ?? [])
    let inputs = try Self.inputTotals(reader, places)
    let console = try Self.consoleTotals(reader, places)
    var entries: [Entry] = []
    for (index, rung) in places.enumerated() {
      entries.append(Entry(rung: rung, inputs: inputs[index], console: console?[index]))
    }
    var header = reader.header
    header.parameters.removeAll { $0.name == "effects" }
    for index in header.images.indices { header.images[index].isEmbedded = false }
    let end = run.end == nil ? nil : entries.popLast()
    self.init(
      header: header, start: reader.start, entries: entries, end: end, reason: reader.end.map { Self.word($0.reason) })
  }

  /// The rungs, the end among them.
  public var rungs: [Rung] { (entries + (end.map { [$0] } ?? [])).map(\.rung) }

  // MARK: - Comparing

  /// Compares the trace `reader` with this ladder, from the files alone. Where they part is known no closer than a
  /// segment: the stretch between two rungs.
  /// - Returns: an outcome whose side A is this ladder, and side B the trace.
  /// - Throws: `TraceError` when the trace cannot be read.
  public func compare(with reader: TraceReader) throws -> BisectionOutcome {
    let other = try GoldenLadder(reader)
    var outcome = BisectionOutcome(spans: Sides(span, other.span))
    outcome.machine = HeaderDifference.between(header, other.header)
    outcome.ladder = LadderDifference(rungs, other.rungs)
    guard outcome.machine.isEmpty else {
      outcome.verdict = .differentMachine
      return outcome
    }
    guard let different = outcome.ladder.firstDifferent else {
      outcome.verdict = outcome.spans.a.upperBound == outcome.spans.b.upperBound ? .identical : .endedEarly
      if outcome.ladder.commonCount == 0 {
        outcome.verdict = .differentState
        outcome.notes.append(
          "the ladders have no moment in common: record with --rung-interval \(header.rungIntervalSteps)")
      } else if (reason, end?.console) != (other.reason, other.end?.console), outcome.verdict == .identical {
        outcome.notes.append("they end for other reasons: \(reason ?? "cut short") and \(other.reason ?? "cut short")")
      }
      return outcome
    }
    let low = outcome.ladder.lastSame?.moment ?? max(start, other.start)
    outcome.segment = min(low, different.a.moment)...max(different.a.moment, different.b.moment)
    let entries = Sides(entry(at: different.a.moment), other.entry(at: different.b.moment))
    outcome.verdict = entries.a?.inputs == entries.b?.inputs ? .differentState : .differentInputs
    if let a = entries.a?.console, let b = entries.b?.console {
      outcome.notes.append(
        a == b
          ? "up to the first rung that differs the console has shown the same \(a.count) bytes"
          : "up to the first rung that differs the console has shown \(a.count) and \(b.count) bytes, which are not the"
            + " same")
    }
    return outcome
  }

  private var span: ClosedRange<Moment> { start...max(start, rungs.last?.moment ?? start) }

  private func entry(at moment: Moment) -> Entry? {
    (entries + (end.map { [$0] } ?? [])).first { $0.rung.moment == moment }
  }

  // MARK: - Totals

  private static func inputTotals(_ reader: TraceReader, _ places: [Rung]) throws -> [Total] {
    var (total, count) = (ConsoleTotals(), UInt64(0))
    var rest = try reader.inputs()[...]
    return places.map { place in
      while let input = rest.first, input.moment < place.moment {
        for number in [
          input.moment.step.count, input.moment.cycle.count, UInt64(input.slot), UInt64(input.bytes.count),
        ] {
          total.note((0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) })
        }
        total.note(input.bytes)
        count += 1
        rest.removeFirst()
      }
      return Total(count: count, digest: total.digest)
    }
  }

  /// What the console has shown by each of `places`; `nil` when the trace does not hold all of it.
  private static func consoleTotals(_ reader: TraceReader, _ places: [Rung]) throws -> [Total]? {
    let held = EffectSelection(rawValue: UInt8(truncatingIfNeeded: reader.header.parameter("effects") ?? 0))
    guard held.contains(.output), reader.start == .zero else { return nil }
    var totals: [Total] = []
    var total = ConsoleTotals()
    var rest = places[...]
    try reader.effects(kinds: .output) { effect in
      while let place = rest.first, place.moment <= effect.moment {
        totals.append(Total(count: total.byteCount, digest: total.digest))
        rest.removeFirst()
      }
      if case .output(_, let byte) = effect.kind { total.note([byte]) }
    }
    totals += rest.map { _ in Total(count: total.byteCount, digest: total.digest) }
    // What is missing in the file would make a digest of something else.
    if let end = reader.end, total.byteCount != end.consoleByteCount { return nil }
    return totals
  }

  private static func word(_ reason: EndReason) -> String {
    switch reason {
    case .poweredOff: "powered-off"
    case .failure(let code): "failure-\(code)"
    case .reset: "reset"
    case .stalled: "stalled"
    case .limit: "limit"
    case .interrupted: "interrupted"
    case .panic: "panic"
    }
  }
}
