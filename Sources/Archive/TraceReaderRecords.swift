internal import Bits
public import VirtualTime

// What a trace holds, part by part.
extension TraceReader {
  /// All inputs, in order.
  /// - Throws: `TraceError`; `tooLarge` when they would take more memory than `memoryLimit` bytes.
  public func inputs(memoryLimit: Int = TraceReader.defaultMemoryLimit) throws -> [InputRecord] {
    try collect(.inputs, bytesPerItem: 64, memoryLimit) { try inputs(in: $0) }
  }

  /// Hands the inputs to `body` in order, one section in memory at a time.
  public func forEachInput(_ body: (InputRecord) throws -> Void) throws {
    for section in sections where section.head.kind == .inputs { try inputs(in: section).forEach(body) }
  }

  /// The rungs of the ladder, in order.
  /// - Throws: `TraceError`; `tooLarge` when they would take more memory than `memoryLimit` bytes.
  public func rungs(memoryLimit: Int = TraceReader.defaultMemoryLimit) throws -> [Rung] {
    try collect(.ladder, bytesPerItem: 32, memoryLimit) { try rungs(in: $0) }
  }

  /// The marks, in the order in which they were written. Damaged sections are left out and told in `damage`.
  public func marks(memoryLimit: Int = TraceReader.defaultMemoryLimit) throws -> [Mark] {
    try collect(.marks, bytesPerItem: 64, memoryLimit) { try marks(in: $0) ?? [] }
  }

  /// Hands the effects of `kinds` at `steps` to `body` in order, one section in memory at a time. Damaged sections are
  /// left out and told in `damage`.
  public func effects(
    in steps: ClosedRange<Step> = .zero...Step(.max), kinds: EffectKinds = .all, _ body: (EffectRecord) throws -> Void
  ) throws {
    for section in sections where section.head.kind == .effects {
      guard section.head.first.step <= steps.upperBound, section.head.last.step >= steps.lowerBound else { continue }
      guard let records = try effects(in: section) else { continue }
      for record in records where kinds.contains(record.kinds) && steps.contains(record.moment.step) {
        try body(record)
      }
    }
  }

  /// The bytes of image `number` of the header's list; `nil` when the trace only names it.
  ///
  /// Whether they have the SHA-256 digest that the header names is for the caller to check.
  /// - Throws: `TraceError`; `tooLarge` when the image is larger than `memoryLimit` bytes.
  public func image(_ number: Int, memoryLimit: Int = 1 << 30) throws -> [UInt8]? {
    guard header.images.indices.contains(number), header.images[number].isEmbedded else { return nil }
    guard header.images[number].byteCount <= UInt64(memoryLimit) else {
      throw TraceError(
        .tooLarge, at: sections[0].offset, found: "image \(number) has \(header.images[number].byteCount) bytes")
    }
    var bytes: [UInt8] = []
    try forEachPart(ofImage: number) { bytes += $0 }
    return bytes
  }

  /// Hands image `number`, which must be embedded, to `body` in parts of at most 8 MiB, in order.
  public func forEachPart(ofImage number: Int, _ body: ([UInt8]) throws -> Void) throws {
    // Images stand in the order of the list, so the sizes alone tell which sections are this one's.
    let before = TraceTotals.embeddedByteCount(header.images[..<number])
    let byteCount = header.images[number].byteCount
    var place: UInt64 = 0
    var done: UInt64 = 0
    for section in sections where section.head.kind == .image && done < byteCount {
      defer { place += UInt64(section.head.itemCount) }
      guard place >= before else { continue }
      let part = try imagePart(section)
      guard part.number == number, part.offset == done, UInt64(part.bytes.count) <= byteCount - done else {
        throw TraceError(
          .outOfOrder, in: section,
          found: "byte \(part.offset) of image \(part.number) where byte \(done) of image"
            + " \(number) belongs")
      }
      done += UInt64(part.bytes.count)
      try body(part.bytes)
    }
    guard done == byteCount else {
      throw truncation
        ?? TraceError(
          .inconsistent, in: sections[0], found: "\(done) of the \(byteCount) bytes of image \(number) are there")
    }
  }

  /// Where the file came from, if it says so. Damaged sections are left out and told in `damage`.
  public func provenance(memoryLimit: Int = TraceReader.defaultMemoryLimit) throws -> [Parameter<String>] {
    try collect(.provenance, bytesPerItem: 64, memoryLimit) { try provenance(in: $0) ?? [] }
  }

  // MARK: - One section

  func inputs(in section: Section) throws -> [InputRecord] {
    let records = try read(section) { payload throws(PayloadFault) in
      let records = try InputCodec.records(payload, section.head)
      return (records, records.count)
    }
    return records ?? []
  }

  func rungs(in section: Section) throws -> [Rung] {
    let rungs = try read(section) { payload throws(PayloadFault) in
      let rungs = try LadderCodec.rungs(payload, section.head)
      return (rungs, rungs.count)
    }
    return rungs ?? []
  }

  func effects(in section: Section) throws -> [EffectRecord]? {
    try read(section) { payload throws(PayloadFault) in
      let records = try EffectCodec.records(payload, section.head)
      return (records, records.count)
    }
  }

  func marks(in section: Section) throws -> [Mark]? {
    try read(section) { payload throws(PayloadFault) in
      let marks = try MarkCodec.marks(payload)
      return (marks, marks.count)
    }
  }

  func provenance(in section: Section) throws -> [Parameter<String>]? {
    try read(section) { payload throws(PayloadFault) in
      let entries = try ProvenanceCodec.entries(payload)
      return (entries, entries.count)
    }
  }

  func imagePart(_ section: Section) throws -> (number: Int, offset: UInt64, bytes: [UInt8]) {
    let part = try read(section) { payload throws(PayloadFault) in
      var reader = PayloadReader(payload)
      let number = try reader.count(limit: max(0, header.images.count - 1), of: "as the number of an image")
      let offset = try reader.varint()
      let bytes = try reader.take(reader.remaining)
      return ((number, offset, bytes), bytes.count)
    }
    guard let part, header.images.indices.contains(part.0), header.images[part.0].isEmbedded, !part.2.isEmpty else {
      throw TraceError(.inconsistent, in: section, found: "part of an image that the header does not have")
    }
    return part
  }

  private func collect<Record>(
    _ kind: SectionKind, bytesPerItem: Int, _ limit: Int, _ read: (Section) throws -> [Record]
  ) throws -> [Record] {
    var records: [Record] = []
    var total = 0
    for section in sections where section.head.kind == kind {
      // A head that says more than its kind may have is refused when it is read.
      total += min(Int(section.head.payloadByteCount), kind.maximumPayloadByteCount)
      total += min(Int(section.head.itemCount), kind.maximumItemCount) * bytesPerItem
      guard total <= limit else {
        throw TraceError(
          .tooLarge, in: section, found: "all \(kind.name) together take more than \(limit) bytes of memory")
      }
      records += try read(section)
    }
    return records
  }
}
