public import VirtualTime

/// Makes traces out of traces. Sections go over as they are wherever they can, and never more than one is in memory.
///
/// What is damaged in a section that goes over as it is stays damaged, and whoever reads the copy is told.
public enum TraceCopy {
  /// Where the bytes go; append-only.
  public typealias Sink = (_ bytes: [UInt8]) throws -> Void

  /// Bytes of a frame that are copied at a time.
  private static let chunkByteCount = 1 << 20

  /// All of a trace but what can be computed again: without checkpoints and their pages, and without effects when they
  /// are to go too. It replays as before, and its identity stays. A trace without its end stays without; one that lost
  /// only its index gets one.
  public static func strip(_ reader: TraceReader, droppingEffects: Bool = false, to sink: Sink) throws {
    try sink(Layout.preamble(version: TraceWriter.formatVersion))
    var writer = TraceWriter(copying: reader)
    for section in reader.sections {
      switch section.head.kind {
      case .checkpoint, .pages, .index: continue
      case .effects where droppingEffects: continue
      default: try copy(section, of: reader, &writer, sink)
      }
    }
    if reader.end != nil { try sink(writer.copiedIndex()) }
  }

  /// The beginning of a fork of `reader`: all that happened before `moment`, in a trace that names `reader` as its
  /// parent and goes on from there by itself. Marks at `moment`, provenance and checkpoints are left out.
  /// - Returns: a writer to go on with, from `moment`.
  /// - Throws: `TraceError` when `moment` is not inside the trace, or a part that is needed is damaged.
  public static func prefix(of reader: TraceReader, before moment: Moment, to sink: Sink) throws -> TraceWriter {
    try check(reader, reader.start, moment)
    _ = try reader.snapshot()
    let origin = TraceOrigin(kind: .fork, parent: reader.identity, parentMoment: moment, start: reader.start)
    var writer = try beginning(of: reader, origin: origin, to: sink)
    for section in reader.sections where section.head.kind == .snapshotPages || section.head.kind == .snapshot {
      try copy(section, of: reader, &writer, sink)
    }
    try records(of: reader, from: reader.start, to: moment, &writer, sink)
    return writer
  }

  /// A trace that starts at `start`, with all that happened from there to before the moment of `end`, and the marks up
  /// to and with that moment. Its origin names `reader` as the parent. Provenance and checkpoints are left out.
  /// - Parameters:
  ///   - snapshot: the machine at `start`; `nil` only when `reader` starts there too, as the images leave the machine.
  ///   - nextPages: gives the snapshot's pages, which get numbers from 0 on, piece by piece, and then `nil`.
  ///   - end: where the trace ends. Its number of inputs is put right here.
  /// - Throws: `TraceError` when the stretch is not inside the trace, a part that is needed is damaged, or the snapshot
  ///   is too large for a trace.
  public static func cut(
    _ reader: TraceReader, from start: Moment, snapshot: CheckpointRecord?, end: EndRecord,
    nextPages: () throws -> PageBlock? = { nil }, to sink: Sink
  ) throws {
    try check(reader, start, end.moment)
    let origin = TraceOrigin(kind: .cut, parent: reader.identity, parentMoment: start, start: start)
    var writer = try beginning(of: reader, origin: origin, to: sink)
    precondition(
      snapshot != nil || start == .zero && reader.snapshotPageCount == 0,
      "a trace that does not start at power-on needs a snapshot")
    if let snapshot {
      while let block = try nextPages() { try sink(writer.snapshotPages(block)) }
      guard let bytes = writer.snapshot(snapshot) else {
        throw TraceError(.tooLarge, at: writer.writtenByteCount, found: "the snapshot of the start")
      }
      try sink(bytes)
    }
    try records(of: reader, from: start, to: end.moment, &writer, sink, marksAtEnd: true)
    var end = end
    end.inputCount = writer.inputCount
    try sink(writer.end(end))
  }

  /// Header and images as `reader` has them, and `origin`: for traces that are made of another's machine.
  /// - Returns: a writer to go on with: with the snapshot when there is one, and then with what happened.
  public static func beginning(of reader: TraceReader, origin: TraceOrigin, to sink: Sink) throws -> TraceWriter {
    guard TraceTotals.isWhole(reader.sections, reader.header) else {
      throw reader.truncation
        ?? TraceError(.inconsistent, in: reader.sections[0], found: "its images are not all there")
    }
    try sink(Layout.preamble(version: TraceWriter.formatVersion))
    var writer = TraceWriter(copying: reader)
    for section in reader.sections where section.head.kind == .header || section.head.kind == .image {
      try copy(section, of: reader, &writer, sink)
    }
    try sink(writer.origin(origin))
    return writer
  }

  private static func check(_ reader: TraceReader, _ start: Moment, _ end: Moment) throws(TraceError) {
    let (first, last) = (reader.start, reader.covered)
    guard TraceBox(first, last).holds(start), TraceBox(start, last).holds(end) else {
      throw TraceError(
        .truncated, at: reader.source.count,
        found: "steps \(first.step.count) to \(last.step.count) are there, not all of \(start.step.count) to"
          + " \(end.step.count)")
    }
  }

  /// What happened from `start` to before `end`.
  private static func records(
    of reader: TraceReader, from start: Moment, to end: Moment, _ writer: inout TraceWriter, _ sink: Sink,
    marksAtEnd: Bool = false
  ) throws {
    let box = TraceBox(start, end)
    for section in reader.sections {
      let head = section.head
      switch head.kind {
      case .inputs, .effects, .ladder:
        guard head.last >= start, head.first < end else { continue }
        if box.holds(head.first), box.holds(head.last), head.last < end {
          try copy(section, of: reader, &writer, sink)
        } else {
          try copyPart(of: section, reader, box, &writer, sink)
        }
      case .marks:
        let marks = try reader.marks(in: section) ?? []
        let chosen = marks.filter { $0.moment >= start && ($0.moment < end || marksAtEnd && $0.moment == end) }
        if !chosen.isEmpty { try sink(writer.part(marks: chosen)) }
      default: continue
      }
    }
  }

  private static func copyPart(
    of section: Section, _ reader: TraceReader, _ box: TraceBox, _ writer: inout TraceWriter, _ sink: Sink
  ) throws {
    let (first, last) = (box.clamped(section.head.first), box.clamped(section.head.last))
    func isChosen(_ moment: Moment) -> Bool { box.holds(moment) && moment < box.last }
    switch section.head.kind {
    case .inputs:
      let inputs = try reader.inputs(in: section).filter { isChosen($0.moment) }
      try sink(writer.part(inputs: inputs, covering: first...last))
    case .effects:
      let effects = (try reader.effects(in: section) ?? []).filter { isChosen($0.moment) }
      try sink(writer.part(effects: effects, covering: first...last))
    default:
      let rungs = try reader.rungs(in: section).filter { isChosen($0.moment) }
      try sink(writer.part(rungs: rungs, covering: first...last))
    }
  }

  /// `section` as it is, under its new number. One that can be done without is left out, told in `damage`, when its
  /// head is not what was written.
  private static func copy(
    _ section: Section, of reader: TraceReader, _ writer: inout TraceWriter, _ sink: Sink
  ) throws {
    let start = section.offset + Layout.headByteCount
    let end = start + Int(section.head.compressedByteCount)
    do {
      if section.head.kind != nil {
        _ = try SectionPayload.checkHead(section, reader.source)
      } else if try reader.source.bytes(section.offset..<start) != section.head.bytes {
        throw TraceError(.damaged, in: section, found: "the section's head is not what was written")
      }
    } catch let error as TraceError where !section.head.isCritical {
      return reader.note(error)
    }
    try sink(writer.copied(section.head))
    for chunk in stride(from: start, to: end, by: chunkByteCount) {
      try sink(try reader.source.bytes(chunk..<min(chunk + chunkByteCount, end)))
    }
  }
}

/// All moments whose steps and cycles both lie between two moments.
private struct TraceBox {
  let first: Moment
  let last: Moment

  init(_ first: Moment, _ last: Moment) { (self.first, self.last) = (first, last) }

  func holds(_ moment: Moment) -> Bool {
    moment.step >= first.step && moment.step <= last.step && moment.cycle >= first.cycle && moment.cycle <= last.cycle
  }

  /// The moment inside that is nearest to `moment`.
  func clamped(_ moment: Moment) -> Moment {
    Moment(
      step: min(max(moment.step, first.step), last.step), cycle: min(max(moment.cycle, first.cycle), last.cycle))
  }
}
