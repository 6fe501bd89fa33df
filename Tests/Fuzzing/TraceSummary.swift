internal import Archive
internal import VirtualTime

/// All that a reader gives of a file, and whether it says that something is missing.
public struct TraceSummary: Equatable, Sendable {
  /// Whether the reader says that the file is damaged or cut.
  public var isReported: Bool
  /// Digests of what each part holds, and what is small enough to be compared itself.
  var header: TraceHeader
  var origin: TraceOrigin?
  var end: EndRecord?
  var inputs: [InputRecord]
  var parts: [UInt64]

  /// What memory a reader may fill with inputs, rungs and marks here, in bytes.
  private static let memoryLimit = 1 << 26

  /// Reads everything in `file` and verifies it.
  /// - Throws: `TraceError` when it is refused, and nothing else.
  public init(_ file: [UInt8]) throws {
    let reader = try TraceReader(file)
    try reader.verify()
    try self.init(reader)
  }

  init(_ reader: TraceReader) throws {
    var parts: [UInt64] = []
    func note(_ value: Any) { parts.append(Forge.hash(Array("\(value)".utf8))) }
    for number in reader.header.images.indices where reader.header.images[number].isEmbedded {
      try reader.forEachPart(ofImage: number) { parts.append(Forge.hash($0)) }
    }
    var effects: UInt64 = 0
    try reader.effects { effect in effects = effects &* 31 &+ UInt64(effect.kinds.rawValue) &+ effect.moment.step.count
    }
    parts.append(effects)
    for rung in try reader.rungs(memoryLimit: Self.memoryLimit) { note(rung) }
    for mark in try reader.marks(memoryLimit: Self.memoryLimit) { note(mark) }
    note(try reader.provenance(memoryLimit: Self.memoryLimit))
    if let snapshot = try reader.snapshot() { try Self.note(snapshot, reader, snapshot: true, &parts) }
    for section in reader.checkpoints {
      if let record = try reader.checkpoint(section) { try Self.note(record, reader, snapshot: false, &parts) }
    }
    note(reader.identity)
    inputs = try reader.inputs(memoryLimit: Self.memoryLimit)
    (header, origin, end) = (reader.header, reader.origin, reader.end)
    self.parts = parts
    isReported = !reader.isComplete || !reader.damage.isEmpty || reader.truncation != nil
  }

  private static func note(
    _ record: CheckpointRecord, _ reader: TraceReader, snapshot: Bool, _ parts: inout [UInt64]
  ) throws {
    parts += [record.digest.low, record.shape.low, Forge.hash(record.board), UInt64(record.pages.count)]
    for reference in record.pages.prefix(100) { parts.append(UInt64(reference.page) << 32 | UInt64(reference.content)) }
    let missing = try reader.forEachPage(record.contentNumbers, snapshot: snapshot) { number, bytes in
      parts.append(UInt64(number) &+ Forge.hash([UInt8](bytes)))
    }
    parts.append(UInt64(missing.count))
  }
}
