internal import Bits
public import VirtualTime

/// Reads a trace. Treats it as hostile: every length is checked before anything is allocated, and what is wrong is told
/// with its place, never guessed over.
///
/// What a replay needs (header, images, origin, snapshot, inputs, ladder, end) must be whole, or the method that reads
/// it throws a `TraceError`. What it can do without (effects, checkpoints and their pages, marks, index, provenance) is
/// left out where it is damaged, and `damage` then says so. A file cut short opens, with `isComplete` false. Errors of
/// the source pass through.
public final class TraceReader {
  /// The newest format this reader reads.
  public static let formatVersion = TraceWriter.formatVersion
  /// The most memory that a method which returns everything at once agrees to fill, in bytes.
  public static let defaultMemoryLimit = 1 << 28

  /// The version of the format the file is in.
  public let formatVersion: UInt32
  /// What the run starts from.
  public let header: TraceHeader
  /// What the trace is a part of, and where it starts; `nil` when it was recorded from power-on.
  public let origin: TraceOrigin?
  /// The end; `nil` when the file was cut before it.
  public let end: EndRecord?
  /// The sections, in the order of the file.
  public let sections: [Section]
  /// Where the file was cut, when it was.
  public let truncation: TraceError?
  /// What has been found wrong so far in parts that can be done without: the first hundred. Grows as they are read.
  public private(set) var damage: [TraceError]

  let source: any ByteSource
  let pageTable: PageTable
  let snapshotPageTable: PageTable
  /// How many sections of pages have been found to be as the index tells; `nil` before any page has been asked for.
  var trustedPageSectionCount: Int?
  private let frames = FrameReader()

  /// Opens the trace in `source`.
  public init(_ source: any ByteSource) throws {
    self.source = source
    formatVersion = try Self.checkPreamble(source)
    let table = try SectionTable(source, frames: frames)
    (sections, truncation, damage) = (table.sections, table.truncation, table.damage)
    guard let first = table.sections.first else {
      throw table.truncation ?? TraceError(.truncated, at: Layout.preambleByteCount, found: "the header is missing")
    }
    let payload = try SectionPayload.read(first, from: source, frames)
    header = try Self.decoded(first) { () throws(PayloadFault) in try TraceHeader(payload: payload) }
    pageTable = PageTable(table.sections, kind: .pages)
    snapshotPageTable = PageTable(table.sections, kind: .snapshotPages)
    let frames = frames
    if let section = table.sections.first(where: { $0.head.kind == .origin }) {
      let payload = try SectionPayload.read(section, from: source, frames)
      origin = try Self.decoded(section) { () throws(PayloadFault) in try OriginCodec.origin(payload, section.head) }
    } else {
      origin = nil
    }
    if let section = table.sections.last(where: { $0.head.kind == .end }) {
      let payload = try SectionPayload.read(section, from: source, frames)
      let codec = try Self.decoded(section) { () throws(PayloadFault) in try EndCodec(payload: payload) }
      try TraceTotals.check(codec, in: section, against: table.sections, header)
      end = codec.record
    } else {
      end = nil
    }
  }

  /// Whether the file has its end and was not cut: everything that was recorded is there.
  public var isComplete: Bool { end != nil && truncation == nil }

  /// The first moment of the trace: power-on, unless its origin says otherwise.
  public var start: Moment { origin?.start ?? .zero }

  /// The moment before which all inputs are known to be in the file; of a trace with its end, the last moment.
  public var covered: Moment {
    if let end { return end.moment }
    let lasts = sections.filter { $0.head.kind?.isOrderedInTime == true }.map(\.head.last)
    return Moment(
      step: lasts.map(\.step).max() ?? start.step, cycle: lasts.map(\.cycle).max() ?? start.cycle)
  }

  /// A digest of what is replayed: of the machine, where it starts, the images, the inputs and the ladder. Neither
  /// marks nor checkpoints nor effects change it, and where the recording ends does not either.
  ///
  /// It is the XXH3-128, seed 0, of the 56 bytes of each head that the commitment is made of, of all critical sections
  /// but the end (`Documentation/TraceFormat.md`, "Identity"). Of a file cut short it tells what is there.
  public var identity: TraceDigest {
    Layout.digest(sections.flatMap { $0.head.isCritical && $0.head.kind != .end ? $0.head.committedBytes : [] })
  }

  /// How many inputs the file holds.
  public var inputCount: UInt64 {
    sections.reduce(0) { $1.head.kind == .inputs ? $0 + UInt64($1.head.itemCount) : $0 }
  }

  /// Bytes in the file of each kind that it has, heads included, with the number of sections.
  public var sectionSizes: [(kind: SectionKind, sectionCount: Int, byteCount: Int)] {
    SectionKind.allCases.compactMap { kind in
      let those = sections.filter { $0.head.kind == kind }
      return those.isEmpty ? nil : (kind, those.count, those.reduce(0) { $0 + $1.head.byteCount })
    }
  }

  /// The sections of kinds that this reader does not know, and need not.
  public var unknownSections: [Section] { sections.filter { $0.head.kind == nil } }

  /// Reads every byte of the file and checks it. What can be done without is told in `damage`; the rest is thrown.
  public func verify() throws {
    var damagedPages: [Range<UInt64>] = []
    for section in sections {
      switch section.head.kind {
      case .pages: if let range = try verifyPages(section) { damagedPages.append(range) }
      case .snapshotPages: _ = try pagePayload(section)
      case .checkpoint: try verifyCheckpoint(section, damagedPages)
      case .snapshot: _ = try checkpointRecord(section)
      case .image: _ = try imagePart(section)
      case .inputs: _ = try inputs(in: section)
      case .effects: _ = try effects(in: section)
      case .ladder: _ = try rungs(in: section)
      case .marks: _ = try marks(in: section)
      case .provenance: _ = try provenance(in: section)
      case .index: try verifyIndex(section)
      case .header, .end, .origin: break
      case nil: try verifyUnknown(section)
      }
    }
    // Of a file cut inside its images, what is there has been read above.
    guard truncation == nil || TraceTotals.isWhole(sections, header) else { return }
    for number in header.images.indices where header.images[number].isEmbedded {
      try forEachPart(ofImage: number) { _ in }
    }
  }

  // MARK: - Sections

  /// The payload of `section`, decoded by `decode`; `nil`, told in `damage`, when it is wrong and can be done without.
  func read<Value>(
    _ section: Section, _ decode: ([UInt8]) throws(PayloadFault) -> (value: Value, itemCount: Int)
  ) throws -> Value? {
    guard let kind = section.head.kind else { return nil }
    do {
      guard section.head.version <= kind.knownVersion else {
        throw TraceError(
          .newerSection(found: section.head.version, known: kind.knownVersion), in: section, found: "left out")
      }
      let payload = try SectionPayload.read(section, from: source, frames)
      let decoded = try Self.decoded(section) { () throws(PayloadFault) in try decode(payload) }
      guard decoded.itemCount == Int(section.head.itemCount) else {
        throw TraceError(
          .inconsistent, in: section,
          found: "\(decoded.itemCount) records where the head says \(section.head.itemCount)")
      }
      return decoded.value
    } catch let error as TraceError where !kind.isCritical {
      note(error)
      return nil
    }
  }

  func note(_ error: TraceError) {
    guard damage.count < 100 else { return }
    if !damage.contains(where: { $0.offset == error.offset }) { damage.append(error) }
  }

  private static func decoded<Value>(
    _ section: Section, _ decode: () throws(PayloadFault) -> Value
  ) throws(TraceError) -> Value {
    do {
      return try decode()
    } catch {
      throw TraceError(.damaged, in: section, found: error.found)
    }
  }

  private func verifyIndex(_ index: Section) throws {
    let before = sections.prefix(Int(index.head.sequence)).map(\.head)
    let heads = try read(index) { payload throws(PayloadFault) in
      let heads = try IndexCodec.heads(payload, limit: before.count)
      return (heads, heads.count)
    }
    if let heads, heads != before {
      note(TraceError(.inconsistent, in: index, found: "it does not list the sections before it"))
    }
  }

  private func verifyUnknown(_ section: Section) throws {
    let start = section.offset
    if try source.bytes(start..<(start + Layout.headByteCount)) != section.head.bytes {
      note(TraceError(.damaged, in: section, found: "the section's head is not what was written"))
    }
  }

  private static func checkPreamble(_ source: any ByteSource) throws -> UInt32 {
    let bytes = try source.bytes(0..<min(source.count, Layout.preambleByteCount))
    let expected = Layout.preamble(version: TraceWriter.formatVersion)
    guard !bytes.isEmpty, bytes.prefix(16).elementsEqual(expected.prefix(min(16, bytes.count))) else {
      throw TraceError(
        .notATrace, at: 0, found: bytes.isEmpty ? "an empty file" : "it does not begin with the magic bytes")
    }
    guard bytes.count == Layout.preambleByteCount else {
      throw TraceError(
        .truncated, at: bytes.count, found: "the file ends inside its first \(Layout.preambleByteCount) bytes")
    }
    guard bytes.littleEndian(UInt64.self, at: 24) == Layout.hash(bytes[0..<24]) else {
      throw TraceError(.damaged, at: 0, found: "the checksum of the first \(Layout.preambleByteCount) bytes is wrong")
    }
    let version = bytes.littleEndian(UInt32.self, at: 16) ?? 0
    guard version <= TraceWriter.formatVersion else {
      throw TraceError(
        .newerFormat(found: version, known: TraceWriter.formatVersion), at: 16, found: "the first bytes say so")
    }
    guard bytes == Layout.preamble(version: version), version > 0 else {
      throw TraceError(.damaged, at: 16, found: "format version \(version), or flags that this format does not have")
    }
    return version
  }
}

/// What the end says against what is there. The checks of silent loss: see `Documentation/TraceFormat.md`,
/// "Completeness".
enum TraceTotals {
  /// Bytes of images that the sections of `heads` hold.
  static func imageByteCount(_ heads: [SectionHead]) -> UInt64 {
    heads.reduce(0) { $1.kind == .image ? $0 + UInt64($1.itemCount) : $0 }
  }

  /// Bytes of images that the header wants embedded; saturates.
  static func embeddedByteCount(_ images: some Sequence<ImageReference>) -> UInt64 {
    images.reduce(0) { $1.isEmbedded ? $0.addingSaturating($1.byteCount) : $0 }
  }

  /// Whether all images that the header wants embedded are there.
  static func isWhole(_ sections: [Section], _ header: TraceHeader) -> Bool {
    imageByteCount(sections.map(\.head)) == embeddedByteCount(header.images)
  }

  static func check(
    _ end: EndCodec, in section: Section, against sections: [Section], _ header: TraceHeader
  ) throws(TraceError) {
    guard end.record.moment == section.head.first, end.record.moment == section.head.last else {
      throw TraceError(.inconsistent, in: section, found: "the end's moment is not the one in its head")
    }
    var commitment: UInt64 = 0
    var inputCount: UInt64 = 0
    for other in sections where other.head.isCritical && other.head.sequence < section.head.sequence {
      commitment = other.head.commitment(after: commitment)
      if other.head.kind == .inputs { inputCount += UInt64(other.head.itemCount) }
    }
    guard inputCount == end.record.inputCount else {
      throw TraceError(
        .inconsistent, in: section,
        found: "\(inputCount) inputs are there where the end counts \(end.record.inputCount)")
    }
    let (imageByteCount, expected) = (imageByteCount(sections.map(\.head)), embeddedByteCount(header.images))
    guard imageByteCount == expected else {
      throw TraceError(
        .inconsistent, in: section,
        found: "\(imageByteCount) bytes of images are there where the header has \(expected)")
    }
    guard commitment == end.commitment else {
      throw TraceError(.inconsistent, in: section, found: "a section before the end is missing or was exchanged")
    }
  }
}

extension UInt64 {
  /// The sum, or the largest number when it does not fit.
  func addingSaturating(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
