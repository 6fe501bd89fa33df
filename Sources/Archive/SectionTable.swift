internal import Bits
internal import VirtualTime

/// The sections of a file, found by the index or by going from head to head, and what is missing or wrong around them.
struct SectionTable {
  /// The sections, in the order of the file.
  private(set) var sections: [Section] = []
  /// Where the file was cut, when it was.
  private(set) var truncation: TraceError?
  /// What is wrong but can be done without.
  private(set) var damage: [TraceError] = []

  private let source: any ByteSource

  /// The sections of `source`, whose preamble has been checked.
  init(_ source: any ByteSource, frames: FrameReader) throws {
    self.source = source
    if let indexed = try Self.indexed(source, frames), (try? SectionOrder.check(indexed)) != nil {
      sections = indexed
      return
    }
    try scan()
    try SectionOrder.check(sections)
    if let last = sections.last, truncation == nil, last.head.kind != .index {
      truncation = TraceError(.truncated, at: source.count, found: "the file ends without an index")
    }
  }

  /// The sections as the index tells them; `nil` when there is no index, or it is wrong in any way.
  private static func indexed(_ source: any ByteSource, _ frames: FrameReader) throws -> [Section]? {
    let end = source.count - Layout.locatorByteCount
    guard end >= Layout.preambleByteCount else { return nil }
    let locator = try source.bytes(end..<source.count)
    guard let field = locator.littleEndian(UInt64.self, at: 16), field <= UInt64(end) else { return nil }
    let offset = Int(field)
    guard locator == Layout.locator(indexOffset: offset), offset >= Layout.preambleByteCount,
      end - offset >= Layout.headByteCount,
      let head = SectionHead(try source.bytes(offset..<(offset + Layout.headByteCount))),
      head.kind == .index, head.version == SectionKind.index.knownVersion, offset + head.byteCount == source.count
    else { return nil }
    let index = Section(head: head, offset: offset)
    guard let payload = try? SectionPayload.read(index, from: source, frames),
      let heads = try? IndexCodec.heads(payload, limit: offset / (Layout.headByteCount + Layout.minimumFrameByteCount)),
      heads.count == Int(head.itemCount), heads.count == Int(head.sequence)
    else { return nil }
    var sections: [Section] = []
    sections.reserveCapacity(heads.count + 1)
    var place = Layout.preambleByteCount
    for head in heads {
      guard head.byteCount <= offset - place else { return nil }
      sections.append(Section(head: head, offset: place))
      place += head.byteCount
    }
    guard place == offset, heads.contains(where: { $0.kind == .end }) else { return nil }
    return sections + [index]
  }

  private mutating func scan() throws {
    var offset = Layout.preambleByteCount
    while offset < source.count, truncation == nil {
      guard let head = try readHead(at: offset) else { return }
      let section = Section(head: head, offset: offset)
      guard head.byteCount - head.tailByteCount <= source.count - offset else {
        cut(section, "\(source.count - offset) of \(head.byteCount) bytes are there")
        return
      }
      sections.append(section)
      offset += head.byteCount
      if head.kind == .index { try checkLocator(of: section, endingAt: offset) }
    }
  }

  /// The head at `offset`; `nil` when the file ends there, which `truncation` or `damage` then tell.
  private mutating func readHead(at offset: Int) throws -> SectionHead? {
    let bytes = try source.bytes(offset..<min(offset + Layout.headByteCount, source.count))
    if let head = SectionHead(bytes) { return head }
    var start: [UInt8] = []
    start.appendLittleEndian(Layout.skippableMagic)
    start.appendLittleEndian(UInt32(Layout.headByteCount - 8))
    let isCut = bytes.count < Layout.headByteCount && bytes.prefix(8).elementsEqual(start.prefix(bytes.count))
    if try isCut || source.isZero(from: offset) {
      let found = isCut ? "\(bytes.count) bytes of a section's head" : "only zeros, as a crash of the host leaves them"
      truncation = TraceError(.truncated, at: offset, found: found)
      return nil
    }
    let error = TraceError(.damaged, at: offset, found: "no section's head, or one whose checksum is wrong")
    guard sections.contains(where: { $0.head.kind == .end }) else { throw error }
    // Only what can be done without follows the end.
    damage.append(error)
    truncation = TraceError(.truncated, at: offset, found: "what follows the end cannot be read")
    return nil
  }

  private mutating func cut(_ section: Section, _ found: String) {
    truncation = TraceError(.truncated, in: section, found: found)
  }

  private mutating func checkLocator(of index: Section, endingAt end: Int) throws {
    guard end <= source.count else {
      return cut(index, "the file ends inside the locator behind the index")
    }
    guard try source.bytes((end - Layout.locatorByteCount)..<end) != Layout.locator(indexOffset: index.offset) else {
      return
    }
    damage.append(TraceError(.damaged, in: index, found: "the locator behind the index is not right"))
  }
}
