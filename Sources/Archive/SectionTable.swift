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

/// The rules that the heads of a file obey together. Source: `Documentation/TraceFormat.md`, "Order".
enum SectionOrder {
  static func check(_ sections: [Section]) throws(TraceError) {
    var lastOfKind: [Moment] = Array(repeating: .zero, count: SectionKind.allCases.count + 1)
    var hasBody = false
    var end: Section?
    for (place, section) in sections.enumerated() {
      let head = section.head
      guard head.sequence == UInt32(truncatingIfNeeded: place) else {
        throw TraceError(
          .outOfOrder, in: section, found: "section \(head.sequence) stands where section \(place) belongs")
      }
      try checkKind(section)
      guard (place == 0) == (head.kind == .header) else {
        throw TraceError(.outOfOrder, in: section, found: "the header is the first section, and no other is")
      }
      guard let kind = head.kind else { continue }
      if let end, head.isCritical {
        throw TraceError(.outOfOrder, in: section, found: "it follows the end, which is at offset \(end.offset)")
      }
      if kind == .end { end = section }
      if kind == .image, hasBody {
        throw TraceError(.outOfOrder, in: section, found: "images stand before everything that happened")
      }
      hasBody = hasBody || kind.isOrderedInTime
      try checkTime(section, kind, &lastOfKind)
    }
  }

  private static func checkKind(_ section: Section) throws(TraceError) {
    let head = section.head
    guard head.flags & ~SectionHead.criticalFlag == 0 else {
      throw TraceError(.damaged, in: section, found: "flags \(head.flags), of which this format has only bit 0")
    }
    guard let kind = head.kind else {
      guard !head.isCritical else {
        throw TraceError(
          .unknownCriticalSection(kind: head.kindNumber), in: section, found: "\(head.payloadByteCount) bytes")
      }
      return
    }
    guard head.isCritical == kind.isCritical else {
      throw TraceError(.damaged, in: section, found: "the flag for critical sections is wrong")
    }
    if kind.isCritical, head.version > kind.knownVersion {
      throw TraceError(
        .newerSection(found: head.version, known: kind.knownVersion), in: section, found: "it is critical")
    }
    guard head.version > 0 else { throw TraceError(.damaged, in: section, found: "version 0, which is none") }
  }

  private static func checkTime(
    _ section: Section, _ kind: SectionKind, _ lastOfKind: inout [Moment]
  ) throws(TraceError) {
    let head = section.head
    guard head.first.step <= head.last.step, head.first.cycle <= head.last.cycle || kind == .marks else {
      throw TraceError(.outOfOrder, in: section, found: "it ends before it starts")
    }
    guard kind.isOrderedInTime || kind == .end else { return }
    // The end comes no earlier than anything that happened; other sections, than the one of their kind before them.
    let before = kind == .end ? lastOfKind : [lastOfKind[Int(kind.rawValue)]]
    for moment in before where head.first.step < moment.step || head.first.cycle < moment.cycle {
      throw TraceError(
        .outOfOrder, in: section, found: "it starts at step \(head.first.step.count), before step \(moment.step.count)")
    }
    lastOfKind[Int(kind.rawValue)] = head.last
  }
}

/// The payload of one section, with everything about it checked against its head.
enum SectionPayload {
  static func read(_ section: Section, from source: any ByteSource, _ frames: FrameReader) throws -> [UInt8] {
    let head = section.head
    guard let kind = head.kind else { preconditionFailure("only known kinds are read") }
    let limit = kind == .index ? section.offset : kind.maximumPayloadByteCount
    let size = Int(head.payloadByteCount)
    guard size <= limit, Int(head.itemCount) <= kind.maximumItemCount,
      Int(head.compressedByteCount) <= Frame.bound(size)
    else {
      throw TraceError(
        .damaged, in: section,
        found: "\(size) bytes of payload and \(head.itemCount) records, where at most \(limit) and"
          + " \(kind.maximumItemCount) can be")
    }
    let start = section.offset + Layout.headByteCount
    let end = start + Int(head.compressedByteCount)
    // What an index tells of a section is believed only when the section says the same.
    guard try source.bytes(section.offset..<start) == head.bytes else {
      throw TraceError(.damaged, in: section, found: "the section's head is not what was written")
    }
    do {
      let payload = try frames.decompress(try source.bytes(start..<end), byteCount: size)
      guard Layout.hash(payload) == head.payloadHash else {
        throw PayloadFault(found: "the checksum of the payload is wrong")
      }
      return payload
    } catch let fault as PayloadFault {
      throw TraceError(.damaged, in: section, found: fault.found)
    }
  }
}
