public import VirtualTime

/// Turns a run into the bytes of a trace. A value that holds no file: every method returns the bytes to append.
///
/// The order is: `header`, then `image` for each embedded image; then, when the trace is a part of another or does not
/// start at power-on, `origin`, and `snapshot` behind `snapshotPages`; then any number of `segment`, `pages`,
/// `checkpoint` and `provenance`; then `end`, and any number of amendments. The same calls give the same bytes. A wrong
/// order is a mistake of the program and traps.
public struct TraceWriter: Sendable {
  /// The version of the format that this writer writes.
  public static let formatVersion: UInt32 = 1

  enum Stage { case header, images, snapshot, body, ended }

  private(set) var stage = Stage.header
  /// What the trace was said to be a part of.
  private(set) var origin: TraceOrigin?
  /// The moment up to which the stretches written so far reach; where the trace starts, when there are none.
  public private(set) var covered: Moment = .zero
  /// Where the trace starts.
  public var start: Moment { origin?.start ?? .zero }
  /// The number that the next page given to `pages` gets.
  public private(set) var nextPageNumber: UInt32 = 0
  /// The number that the next page given to `snapshotPages` gets.
  public private(set) var nextSnapshotPageNumber: UInt32 = 0
  private var heads: [SectionHead] = []
  private var byteCount = 0
  /// How many inputs have been written.
  public private(set) var inputCount: UInt64 = 0
  private var commitment: UInt64 = 0
  private var images: [ImageReference] = []
  private var nextImage = 0

  /// A writer at the start of a file.
  public init() {}

  /// A writer that goes on where the trace of `reader` ends or was cut: with `segment` and `end`, or, when the trace
  /// has its end, with `amendment`. The file must first be cut to `writtenByteCount`.
  /// - Returns: `nil` when the trace was cut before its images and its snapshot were whole.
  public init?(continuing reader: TraceReader) {
    // An index without its locator is written anew; one before what was cut stays.
    let last = reader.sections.last?.head
    let isIndexCut = last?.kind == .index && reader.truncation?.sequence == last?.sequence
    let sections = isIndexCut ? reader.sections.dropLast() : reader.sections[...]
    heads = sections.map(\.head)
    byteCount = heads.reduce(Layout.preambleByteCount) { $0 + $1.byteCount }
    inputCount = reader.inputCount
    for head in heads where head.isCritical && head.kind != .end { commitment = head.commitment(after: commitment) }
    images = reader.header.images
    nextImage = images.count
    covered = reader.covered
    origin = reader.origin
    stage = reader.end == nil ? .body : .ended
    guard let pages = UInt32(exactly: reader.pageCount), pages < PageReference.zeroPage,
      let snapshotPages = UInt32(exactly: reader.snapshotPageCount), snapshotPages < PageReference.zeroPage,
      reader.start == .zero && snapshotPages == 0 || heads.contains(where: { $0.kind == .snapshot })
    else { return nil }
    (nextPageNumber, nextSnapshotPageNumber) = (pages, snapshotPages)
    guard TraceTotals.embeddedByteCount(images) == TraceTotals.imageByteCount(heads) else { return nil }
  }

  /// A writer of a copy: `reader`'s header and images are copied next.
  init(copying reader: TraceReader) {
    images = reader.header.images
    nextImage = images.count
    byteCount = Layout.preambleByteCount
    stage = .images
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
  public mutating func image(_ number: Int, bytes: [UInt8]) -> [UInt8] { image(EncodedImage(number, bytes)) }

  /// The bytes of an image that was encoded before.
  public mutating func image(_ image: EncodedImage) -> [UInt8] {
    let number = image.number
    precondition(stage == .images, "images follow the header, before everything else")
    precondition(
      number >= nextImage && number < images.count && images[number].isEmbedded, "the header names embedded images")
    precondition(
      images[nextImage..<number].allSatisfy { !$0.isEmbedded }, "images come in the order of the header's list")
    nextImage = number + 1
    precondition(images[number].byteCount == UInt64(image.byteCount), "the header says how large an image is")
    var written: [UInt8] = []
    for part in image.parts { written += append(part.head).bytes + part.frame }
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
    return columns(inputs, effects, rungs, covering) + self.marks(marks)
  }

  /// Contents of pages for checkpoints to refer to, each of `PageBlock.pageByteCount` bytes. They get the numbers from
  /// `nextPageNumber` on. Written behind the end, they need an `amendment` behind them.
  public mutating func pages(_ contents: [[UInt8]]) -> [UInt8] {
    var bytes: [UInt8] = []
    for start in stride(from: 0, to: contents.count, by: PageBlock.maximumPageCount) {
      bytes += pages(PageBlock(contents[start..<min(start + PageBlock.maximumPageCount, contents.count)]))
    }
    return bytes
  }

  /// Contents of pages for checkpoints to refer to, compressed before.
  public mutating func pages(_ block: PageBlock) -> [UInt8] {
    if stage != .ended { enterBody() }
    nextPageNumber = Self.number(after: nextPageNumber, block)
    return section(.pages, block)
  }

  /// A checkpoint, whose pages have been written. Written behind the end, it needs an `amendment` behind it.
  /// - Returns: nothing, and nothing is written, when the record is larger than a section may be: 16 MiB for the board
  ///   and two to ten bytes for each page.
  public mutating func checkpoint(_ record: CheckpointRecord) -> [UInt8] {
    if stage != .ended { enterBody() }
    Self.check(record, pageCount: nextPageNumber)
    guard let payload = CheckpointCodec.payload(record) else { return [] }
    return section(.checkpoint, payload, items: 1, covering: record.moment...record.moment)
  }

  /// What the trace is a part of, and where it starts. Follows the images.
  public mutating func origin(_ origin: TraceOrigin) -> [UInt8] {
    precondition(stage == .images && self.origin == nil, "the one origin follows the images, before everything else")
    finishImages()
    (self.origin, covered, stage) = (origin, origin.start, .snapshot)
    return section(.origin, OriginCodec.payload(origin), items: 1, covering: origin.start...origin.start)
  }

  /// Contents of pages for the snapshot to refer to. They get the numbers from `nextSnapshotPageNumber` on. Any number
  /// of calls, so that not all need be in memory.
  public mutating func snapshotPages(_ contents: [[UInt8]]) -> [UInt8] {
    var bytes: [UInt8] = []
    for start in stride(from: 0, to: contents.count, by: PageBlock.maximumPageCount) {
      bytes += snapshotPages(PageBlock(contents[start..<min(start + PageBlock.maximumPageCount, contents.count)]))
    }
    return bytes
  }

  /// Contents of pages for the snapshot to refer to, compressed before.
  public mutating func snapshotPages(_ block: PageBlock) -> [UInt8] {
    precondition(stage == .snapshot, "the snapshot's pages follow the origin")
    nextSnapshotPageNumber = Self.number(after: nextSnapshotPageNumber, block)
    return section(.snapshotPages, block)
  }

  /// The machine at the start, behind `contents`, the last of its pages. Needed when the trace does not start at
  /// power-on, and allowed when it does: the machine is then not as the images leave it.
  /// - Returns: `nil`, and nothing is written, when the record is larger than a section may be: 16 MiB for the
  ///   board and two to ten bytes for each page.
  public mutating func snapshot(_ record: CheckpointRecord, pages contents: [[UInt8]] = []) -> [UInt8]? {
    precondition(stage == .snapshot, "the one snapshot follows the origin")
    precondition(record.moment == origin?.start, "the snapshot is of the moment at which the trace starts")
    guard let payload = CheckpointCodec.payload(record) else { return nil }
    let pages = snapshotPages(contents)
    Self.check(record, pageCount: nextSnapshotPageNumber)
    stage = .body
    return pages + section(.snapshot, payload, items: 1, covering: record.moment...record.moment)
  }

  /// Where the file came from: what no digest covers and anyone may drop. Makes files of identical runs differ.
  public mutating func provenance(_ entries: [Parameter<String>]) -> [UInt8] {
    precondition(stage != .header && stage != .ended, "provenance stands between the header and the end")
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

  /// The head for a section of another trace that is copied as it is.
  mutating func copied(_ head: SectionHead) -> [UInt8] {
    switch head.kind {
    case .inputs, .effects, .ladder:
      extendCovered(to: head.last)
      stage = .body
      if head.kind == .inputs { inputCount += UInt64(head.itemCount) }
    case .snapshotPages: nextSnapshotPageNumber &+= head.itemCount
    case .snapshot: stage = .body
    case .end: stage = .ended
    case .header, .image, .origin, .marks, .provenance, nil: break
    case .pages, .checkpoint, .index: preconditionFailure("what refers to places in a file is not copied")
    }
    return append(head).bytes
  }

  /// Records of one section of another trace, all of which lie in `covering`.
  mutating func part(
    inputs: [InputRecord] = [], effects: [EffectRecord] = [], rungs: [Rung] = [], covering: ClosedRange<Moment>
  ) -> [UInt8] {
    enterBody()
    extendCovered(to: covering.upperBound)
    inputCount += UInt64(inputs.count)
    return columns(inputs, effects, rungs, covering)
  }

  /// Marks alone.
  mutating func part(marks: [Mark]) -> [UInt8] {
    enterBody()
    return self.marks(marks)
  }

  /// The index of a copy that has its end.
  mutating func copiedIndex() -> [UInt8] { index() }

  private mutating func extendCovered(to moment: Moment) {
    covered = Moment(step: max(covered.step, moment.step), cycle: max(covered.cycle, moment.cycle))
  }

  private mutating func columns(
    _ inputs: [InputRecord], _ effects: [EffectRecord], _ rungs: [Rung], _ covering: ClosedRange<Moment>
  ) -> [UInt8] {
    column(.inputs, inputs, { $0.moment }, covering, size: { $0.bytes.count + 31 }, InputCodec.payload)
      + column(.effects, effects, { $0.moment }, covering, size: { _ in 45 }, EffectCodec.payload)
      + column(.ladder, rungs, { $0.moment }, covering, size: { _ in 36 }, LadderCodec.payload)
  }

  private mutating func index() -> [UInt8] {
    let offset = byteCount
    let index = section(.index, IndexCodec.payload(heads), items: heads.count)
    return index + Layout.locator(indexOffset: offset)
  }

  private mutating func enterBody() {
    precondition(stage != .header && stage != .ended, "what happened stands between the header and the one end")
    precondition(
      stage != .snapshot || covered == .zero && nextSnapshotPageNumber == 0, "the snapshot of the start is missing")
    finishImages()
    stage = .body
  }

  private mutating func finishImages() {
    precondition(images[nextImage...].allSatisfy { !$0.isEmbedded }, "an embedded image has not been written")
    nextImage = images.count
  }

  private static func number(after first: UInt32, _ block: PageBlock) -> UInt32 {
    precondition(UInt64(first) + UInt64(block.pageCount) < UInt64(PageReference.zeroPage), "more than 16 TiB of pages")
    return first + UInt32(block.pageCount)
  }

  private static func check(_ record: CheckpointRecord, pageCount: UInt32) {
    precondition(
      zip(record.pages, record.pages.dropFirst()).allSatisfy { $0.page < $1.page }, "pages are in ascending order")
    precondition(
      record.pages.allSatisfy { $0.content < pageCount || $0.content == PageReference.zeroPage },
      "pages are written before what refers to them")
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
    let section = EncodedSection(kind, payload, items: items, covering: covering)
    return append(section.head).bytes + section.frame
  }

  private mutating func section(_ kind: SectionKind, _ block: PageBlock) -> [UInt8] {
    let head = SectionHead(
      kindNumber: kind.rawValue, version: kind.knownVersion, flags: kind.isCritical ? SectionHead.criticalFlag : 0,
      sequence: 0, itemCount: UInt32(block.pageCount), compressedByteCount: UInt32(block.frame.count),
      payloadByteCount: UInt32(block.payloadByteCount), first: .zero, last: .zero, payloadHash: block.payloadHash)
    return append(head).bytes + block.frame
  }

  /// Gives `head` its place in the file.
  private mutating func append(_ head: SectionHead) -> SectionHead {
    var head = head
    head.sequence = UInt32(heads.count)
    heads.append(head)
    if head.isCritical { commitment = head.commitment(after: commitment) }
    byteCount += head.byteCount
    return head
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
