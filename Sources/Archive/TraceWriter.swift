public import VirtualTime

/// Turns a run into the bytes of a trace. A value that holds no file: every method returns the bytes to append.
///
/// The order is: `header`, then `image` for each embedded image, then any number of `segment`, `checkpoint` and
/// `provenance`, then `end`. The same calls give the same bytes. A wrong order is a mistake of the program and traps.
public struct TraceWriter: Sendable {
  /// The version of the format that this writer writes.
  public static let formatVersion: UInt32 = 1

  private enum Stage { case header, images, body, ended }

  private var stage = Stage.header
  private var heads: [SectionHead] = []
  private var byteCount = 0
  private var inputCount: UInt64 = 0
  private var commitment: UInt64 = 0
  private var images: [ImageReference] = []
  private var nextImage = 0
  private var covered: Moment = .zero

  /// A writer at the start of a file.
  public init() {}

  /// A writer that goes on where the trace of `reader` ends or was cut: with `segment` and `end`, or, when the trace
  /// has its end, with `amendment`. The file must first be cut to `writtenByteCount`.
  /// - Returns: `nil` when the trace was cut before its images were whole.
  public init?(continuing reader: TraceReader) {
    // An index without its locator is written anew.
    let isIndexCut = reader.truncation != nil && reader.sections.last?.head.kind == .index
    let sections = isIndexCut ? reader.sections.dropLast() : reader.sections[...]
    heads = sections.map(\.head)
    byteCount = heads.reduce(Layout.preambleByteCount) { $0 + $1.byteCount }
    inputCount = reader.inputCount
    for head in heads where head.isCritical && head.kind != .end { commitment = head.commitment(after: commitment) }
    images = reader.header.images
    nextImage = images.count
    covered = reader.covered
    stage = reader.end == nil ? .body : .ended
    guard TraceTotals.embeddedByteCount(images) == TraceTotals.imageByteCount(heads) else { return nil }
  }

  /// Bytes in the file so far.
  public var writtenByteCount: Int { byteCount }

  /// The first bytes of the file: the preamble and the header.
  public mutating func header(_ header: TraceHeader) -> [UInt8] {
    precondition(stage == .header, "a trace has one header, at its start")
    precondition(header.fitsInTrace, "a header's texts and lists have a largest size")
    stage = .images
    images = header.images
    let preamble = Layout.preamble(version: Self.formatVersion)
    byteCount = preamble.count
    return preamble + section(.header, header.payload, items: 1)
  }

  /// The bytes of image `number` of the header's list. Images come in the order of the list.
  public mutating func image(_ number: Int, bytes: [UInt8]) -> [UInt8] {
    precondition(stage == .images, "images follow the header, before everything else")
    precondition(
      number >= nextImage && number < images.count && images[number].isEmbedded, "the header names embedded images")
    precondition(
      images[nextImage..<number].allSatisfy { !$0.isEmbedded }, "images come in the order of the header's list")
    nextImage = number + 1
    precondition(images[number].byteCount == UInt64(bytes.count), "the header says how large an image is")
    var written: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: ImagePart.maximumByteCount) {
      let part = bytes[start..<min(start + ImagePart.maximumByteCount, bytes.count)]
      var payload: [UInt8] = []
      payload.reserveCapacity(part.count + 16)
      payload.appendVarint(UInt64(number))
      payload.appendVarint(UInt64(start))
      payload += part
      written += section(.image, payload, items: part.count)
    }
    return written
  }

  /// What happened in one stretch of the run. Only sections with something in them are written, inputs first: a section
  /// that is whole in a file cut short thus tells that all inputs before its last moment are there.
  /// - Parameters:
  ///   - inputs: in order of their moments, each of at most `InputRecord.maximumByteCount` bytes.
  ///   - effects: in order of their moments.
  ///   - rungs: in order of their moments.
  ///   - marks: in any order, of any moments.
  ///   - covering: the stretch: it starts no earlier than the last one ended, and all but the marks lie in it.
  public mutating func segment(
    inputs: [InputRecord] = [], effects: [EffectRecord] = [], rungs: [Rung] = [], marks: [Mark] = [],
    covering: ClosedRange<Moment>
  ) -> [UInt8] {
    enterBody()
    precondition(
      Self.inOrder([covered, covering.lowerBound, covering.upperBound]), "segments follow one another in time")
    covered = covering.upperBound
    inputCount += UInt64(inputs.count)
    return column(.inputs, inputs, { $0.moment }, covering, size: { $0.bytes.count + 31 }, InputCodec.payload)
      + column(.effects, effects, { $0.moment }, covering, size: { _ in 45 }, EffectCodec.payload)
      + column(.ladder, rungs, { $0.moment }, covering, size: { _ in 36 }, LadderCodec.payload)
      + self.marks(marks)
  }

  /// A saved machine at `moment`, opaque to the archive, of at most 16 MiB.
  public mutating func checkpoint(at moment: Moment, bytes: [UInt8]) -> [UInt8] {
    enterBody()
    return section(.checkpoint, bytes, items: 1, covering: moment...moment)
  }

  /// Where the file came from: what no digest covers and anyone may drop. Makes files of identical runs differ.
  public mutating func provenance(_ entries: [Parameter<String>]) -> [UInt8] {
    precondition(stage == .images || stage == .body, "provenance stands between the header and the end")
    return section(.provenance, ProvenanceCodec.payload(entries), items: entries.count)
  }

  /// The end: the last marks, the end record, and the index of the whole file.
  public mutating func end(_ record: EndRecord, marks: [Mark] = []) -> [UInt8] {
    enterBody()
    precondition(Self.inOrder([covered, record.moment]), "a run ends no earlier than its last segment")
    precondition(record.inputCount == inputCount, "the end counts the inputs that were written")
    stage = .ended
    var record = record
    if case .panic(let text) = record.reason { record.reason = .panic(Self.shortened(text)) }
    let before = self.marks(marks)
    let end = EndCodec(record: record, commitment: commitment)
    return before + section(.end, end.payload, items: 1, covering: record.moment...record.moment) + index()
  }

  /// More marks behind the end, and a new index: the bytes before them stay as they are.
  public mutating func amendment(marks: [Mark]) -> [UInt8] {
    precondition(stage == .ended, "an amendment follows the end")
    let marks = self.marks(marks)
    return marks + index()
  }

  private mutating func index() -> [UInt8] {
    let offset = byteCount
    let index = section(.index, IndexCodec.payload(heads), items: heads.count)
    return index + Layout.locator(indexOffset: offset)
  }

  private mutating func enterBody() {
    precondition(stage == .images || stage == .body, "what happened stands between the header and the one end")
    precondition(images[nextImage...].allSatisfy { !$0.isEmbedded }, "an embedded image has not been written")
    (stage, nextImage) = (.body, images.count)
  }

  private mutating func marks(_ marks: [Mark]) -> [UInt8] {
    // A mark takes at most 4,121 bytes, so a hundred stay far below what a section may hold.
    var bytes: [UInt8] = []
    for start in stride(from: 0, to: marks.count, by: 100) {
      let part = marks[start..<min(start + 100, marks.count)].map { mark in
        Mark(moment: mark.moment, name: Self.shortened(mark.name), isAutomatic: mark.isAutomatic)
      }
      let moments = part.map(\.moment)
      let covering = (moments.min() ?? .zero)...(moments.max() ?? .zero)
      bytes += section(.marks, MarkCodec.payload(part), items: part.count, covering: covering)
    }
    return bytes
  }

  /// As many sections of `kind` as `records` need: none for none, and more than one only for very many.
  private mutating func column<Record>(
    _ kind: SectionKind, _ records: [Record], _ moment: (Record) -> Moment, _ covering: ClosedRange<Moment>,
    size: (Record) -> Int, _ payload: (ArraySlice<Record>, Moment) -> [UInt8]
  ) -> [UInt8] {
    let moments = records.map(moment)
    precondition(
      Self.inOrder([covering.lowerBound] + moments + [covering.upperBound]),
      "records are in order, inside their segment")
    var bytes: [UInt8] = []
    var start = covering.lowerBound
    var next = 0
    while next < records.count {
      let from = next
      var room = kind.maximumPayloadByteCount - 16
      repeat {
        room -= size(records[next])
        next += 1
      } while next < records.count && next - from < kind.maximumItemCount && size(records[next]) <= room
      precondition(room >= 0, "an input is too large for a trace")
      let last = next == records.count ? covering.upperBound : moments[next - 1]
      bytes += section(kind, payload(records[from..<next], start), items: next - from, covering: start...last)
      start = last
    }
    return bytes
  }

  private mutating func section(
    _ kind: SectionKind, _ payload: [UInt8], items: Int, covering: ClosedRange<Moment> = .zero ... .zero
  ) -> [UInt8] {
    precondition(payload.count <= kind.maximumPayloadByteCount, "a \(kind.name) section is too large")
    precondition(items <= kind.maximumItemCount, "a \(kind.name) section holds too much")
    let frame = Frame.compress(payload)
    let head = SectionHead(
      kindNumber: kind.rawValue, version: kind.knownVersion, flags: kind.isCritical ? SectionHead.criticalFlag : 0,
      sequence: UInt32(heads.count), itemCount: UInt32(items), compressedByteCount: UInt32(frame.count),
      payloadByteCount: UInt32(payload.count), first: covering.lowerBound, last: covering.upperBound,
      payloadHash: Layout.hash(payload))
    heads.append(head)
    if head.isCritical { commitment = head.commitment(after: commitment) }
    byteCount += head.byteCount
    return head.bytes + frame
  }

  /// Whether neither step nor cycle ever falls.
  private static func inOrder(_ moments: [Moment]) -> Bool {
    zip(moments, moments.dropFirst()).allSatisfy { $0.step <= $1.step && $0.cycle <= $1.cycle }
  }

  /// The longest start of `text`, in whole characters, of at most 4,096 bytes of UTF-8: a guest may say anything.
  private static func shortened(_ text: String) -> String {
    guard text.utf8.count > 4096 else { return text }
    var scalars = String.UnicodeScalarView()
    var count = 0
    for scalar in text.unicodeScalars {
      count += UTF8.width(scalar)
      guard count <= 4096 else { break }
      scalars.append(scalar)
    }
    return String(scalars)
  }
}
