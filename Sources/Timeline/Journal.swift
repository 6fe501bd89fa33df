public import Archive
public import Backplane
public import StateCoding
public import VirtualTime

/// Writes one recording: collects what happens between two flushes and hands the trace's bytes on as they come to be.
///
/// When a segment is written depends on the run alone, never on the host, so that identical runs make identical files.
public struct Journal {
  /// Where the bytes go; append-only.
  public typealias Sink = (_ bytes: [UInt8]) throws -> Void

  private var writer: TraceWriter
  private let sink: Sink
  private var inputs: [InputRecord] = []
  private var effects: [EffectRecord] = []
  private var rungs: [Rung] = []
  private var marks: [Mark] = []
  private var covered: Moment
  private var inputCount: UInt64
  private var console: ConsoleTotals
  /// The moment at which the trace starts: not later than where the journal begins.
  let start: Moment
  /// Bytes of the trace when the journal began.
  let startByteCount: Int

  /// A journal that goes on where `writer` has come to: behind the images, behind a snapshot, or behind what happened
  /// so far, when the console had shown what `console` counts.
  public init(writer: TraceWriter, console: ConsoleTotals = ConsoleTotals(), sink: @escaping Sink) {
    (self.writer, self.console, self.sink) = (writer, console, sink)
    (start, covered, inputCount) = (writer.start, writer.covered, writer.inputCount)
    startByteCount = writer.writtenByteCount
  }

  /// Bytes of the trace so far.
  var byteCount: Int { writer.writtenByteCount }

  /// Notes what the console showed.
  public mutating func note(console bytes: [UInt8]) { console.note(bytes) }

  /// Notes what entered the machine.
  public mutating func note(_ entered: [StampedInput]) {
    inputCount += UInt64(entered.count)
    for stamped in entered {
      inputs.append(
        InputRecord(moment: stamped.moment, slot: stamped.input.slot.number, bytes: stamped.input.bytes))
    }
  }

  /// Notes what the machine did, as far as traces hold it.
  public mutating func note(_ happened: [Effect]) { effects += happened.compactMap(EffectRecord.init) }

  /// Notes the digest of the machine at `moment`.
  public mutating func note(rung digest: Digest, at moment: Moment) {
    rungs.append(Rung(moment: moment, digest: TraceDigest(digest)))
  }

  /// Notes a mark.
  public mutating func note(_ mark: Mark) { marks.append(mark) }

  /// Whether something waits that could not be had again: an input.
  public var holdsInputs: Bool { !inputs.isEmpty }

  /// Writes what has been noted up to `moment`.
  public mutating func flush(at moment: Moment) throws {
    guard !(inputs.isEmpty && effects.isEmpty && rungs.isEmpty && marks.isEmpty) else { return }
    let bytes = writer.segment(
      inputs: inputs, effects: effects, rungs: rungs, marks: marks, covering: covered...moment)
    covered = moment
    inputs.removeAll(keepingCapacity: true)
    effects.removeAll(keepingCapacity: true)
    rungs.removeAll(keepingCapacity: true)
    marks.removeAll(keepingCapacity: true)
    try sink(bytes)
  }

  /// Writes `checkpoints`, behind everything noted so far.
  /// - Returns: what the sink threw meanwhile, if it did: what was written whole stays, and the journal goes on behind
  /// it.
  mutating func write<B>(
    _ checkpoints: [Checkpoint<B>], _ sections: CheckpointSections<B>, at moment: Moment
  ) throws -> (any Error)? {
    try flush(at: moment)
    do {
      try sections.append(checkpoints, to: &writer, sink)
    } catch {
      return error
    }
    return nil
  }

  /// Writes the end.
  public mutating func finish(at moment: Moment, digest: Digest, reason: EndReason) throws -> EndRecord {
    try flush(at: moment)
    let record = EndRecord(
      moment: moment, digest: TraceDigest(digest), reason: reason, consoleDigest: TraceDigest(console.digest),
      consoleByteCount: console.byteCount, inputCount: inputCount)
    try sink(writer.end(record))
    return record
  }
}

extension TraceDigest {
  /// The same digest, as traces hold it.
  public init(_ digest: Digest) { self.init(high: digest.high, low: digest.low) }
}

extension EffectRecord {
  /// The same effect, as traces hold it; `nil` when they do not.
  public init?(_ effect: Effect) {
    let kind: Kind? =
      switch effect.kind {
      case .output(let slot, let byte): .output(slot: slot.number, byte: byte)
      case .interrupt(let hart, let cause, let pc): .interrupt(hart: hart, cause: cause, pc: pc)
      case .read(let slot, let offset, let width, let value):
        .read(slot: slot.number, offset: offset, width: width.rawValue, value: value)
      case .write(let slot, let offset, let width, let value):
        .write(slot: slot.number, offset: offset, width: width.rawValue, value: value)
      case .trapStorm: nil
      }
    guard let kind else { return nil }
    self.init(moment: effect.moment, kind: kind)
  }
}
