internal import VirtualTime

/// The rules that the heads of a file obey together. Source: `Documentation/TraceFormat.md`, "Order".
struct SectionOrder {
  private var lastOfKind: [Moment] = Array(repeating: .zero, count: SectionKind.allCases.count + 1)
  private var hasRecords = false
  private var hasBody = false
  private var origin: Section?
  private var hasSnapshotPages = false
  private var snapshot: Section?
  private var end: Section?

  static func check(_ sections: [Section]) throws(TraceError) {
    var order = SectionOrder()
    for (place, section) in sections.enumerated() { try order.take(section, place) }
  }

  private mutating func take(_ section: Section, _ place: Int) throws(TraceError) {
    let head = section.head
    guard head.sequence == UInt32(truncatingIfNeeded: place) else {
      throw TraceError(
        .outOfOrder, in: section, found: "section \(head.sequence) stands where section \(place) belongs")
    }
    try Self.checkKind(section)
    guard (place == 0) == (head.kind == .header) else {
      throw TraceError(.outOfOrder, in: section, found: "the header is the first section, and no other is")
    }
    guard let kind = head.kind else { return }
    if let end, head.isCritical {
      throw TraceError(.outOfOrder, in: section, found: "it follows the end, which is at offset \(end.offset)")
    }
    try takePlace(section, kind)
    try checkTime(section, kind)
  }

  /// Images, origin, snapshot, body, end: each in its place.
  private mutating func takePlace(_ section: Section, _ kind: SectionKind) throws(TraceError) {
    switch kind {
    case .image:
      guard !hasRecords, origin == nil else {
        throw TraceError(.outOfOrder, in: section, found: "images stand before everything that happened")
      }
    case .origin:
      guard origin == nil, !hasBody else {
        throw TraceError(.outOfOrder, in: section, found: "the one origin stands directly behind the images")
      }
      origin = section
      lastOfKind = Array(repeating: section.head.last, count: lastOfKind.count)
    case .snapshotPages, .snapshot:
      try takeSnapshot(section, kind)
    case .inputs, .effects, .ladder, .checkpoint, .marks, .pages, .end:
      hasRecords = hasRecords || kind.isOrderedInTime
      hasBody = true
      if kind == .end { end = section }
      guard snapshot != nil || !hasSnapshotPages && (origin?.head.first ?? .zero) == .zero else {
        throw TraceError(
          .inconsistent, in: section, found: "the snapshot of the trace's start is missing")
      }
    case .header, .index, .provenance: break
    }
  }

  private mutating func takeSnapshot(_ section: Section, _ kind: SectionKind) throws(TraceError) {
    guard let origin, snapshot == nil, !hasBody else {
      throw TraceError(.outOfOrder, in: section, found: "the one snapshot stands directly behind the origin")
    }
    hasSnapshotPages = true
    guard kind == .snapshot else { return }
    guard section.head.first == origin.head.first else {
      throw TraceError(
        .inconsistent, in: section, found: "the trace starts at step \(origin.head.first.step.count), elsewhere")
    }
    snapshot = section
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

  private mutating func checkTime(_ section: Section, _ kind: SectionKind) throws(TraceError) {
    let head = section.head
    guard head.first == head.last || !kind.isCritical || !kind.isOfOneMoment else {
      throw TraceError(.damaged, in: section, found: "it is of more than one moment")
    }
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
