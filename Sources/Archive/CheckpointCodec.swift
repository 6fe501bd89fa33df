internal import Bits
internal import VirtualTime

/// The payload of checkpoints and snapshots. Source: `Documentation/TraceFormat.md`, "checkpoint".
enum CheckpointCodec {
  /// Stands in the column of contents for a page of zeros.
  private static let zeroCode: UInt64 = 0

  /// The payload, or `nil` when it is larger than a section may be.
  static func payload(_ record: CheckpointRecord) -> [UInt8]? {
    let limit = SectionKind.checkpoint.maximumPayloadByteCount
    guard record.board.count <= limit, record.pages.count <= limit / 2 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(64 + record.board.count + 3 * record.pages.count)
    bytes.appendDigest(record.digest)
    bytes.appendDigest(record.shape)
    bytes.appendVarint(UInt64(record.board.count))
    bytes += record.board
    bytes.appendVarint(UInt64(record.pages.count))
    var next: UInt64 = 0
    for reference in record.pages {
      bytes.appendVarint(UInt64(reference.page) - next)
      next = UInt64(reference.page) + 1
    }
    next = 0
    for reference in record.pages {
      guard reference.content != PageReference.zeroPage else {
        bytes.appendVarint(zeroCode)
        continue
      }
      bytes.appendVarint(UInt64.zigzag(UInt64(reference.content) &- next) + 1)
      next = UInt64(reference.content) + 1
    }
    return bytes.count <= limit ? bytes : nil
  }

  /// The record in `payload`, whose contents have numbers below `contentCount`.
  static func record(
    _ payload: [UInt8], _ head: SectionHead, contentCount: UInt64
  ) throws(PayloadFault) -> CheckpointRecord {
    guard head.first == head.last else { throw PayloadFault(found: "it is of more than one moment") }
    var reader = PayloadReader(payload)
    let digest = try reader.digest()
    let shape = try reader.digest()
    let board = try reader.take(try reader.count(limit: reader.remaining, of: "bytes of the board"))
    let count = try reader.recordCount(limit: payload.count, minimum: 2)
    var pages: [PageReference] = []
    pages.reserveCapacity(count)
    var next: UInt64 = 0
    for _ in 0..<count {
      let (page, overflow) = next.addingReportingOverflow(try reader.varint())
      guard !overflow, page <= UInt64(UInt32.max) else {
        throw reader.fault("a page past the last that memory can have")
      }
      pages.append(PageReference(page: UInt32(page), content: PageReference.zeroPage))
      next = page + 1
    }
    next = 0
    for index in 0..<count {
      let code = try reader.varint()
      guard code != zeroCode else { continue }
      let content = next &+ UInt64.unzigzag(code - 1)
      guard content < contentCount, content < UInt64(PageReference.zeroPage) else {
        throw reader.fault("the content \(content) of a page, where \(contentCount) stand before it")
      }
      pages[index].content = UInt32(content)
      next = content + 1
    }
    try reader.finish()
    return CheckpointRecord(moment: head.first, digest: digest, shape: shape, board: board, pages: pages)
  }
}

/// The payload of an origin. Source: `Documentation/TraceFormat.md`, "origin".
enum OriginCodec {
  private static let noParent = TraceDigest(high: 0, low: 0)

  static func payload(_ origin: TraceOrigin) -> [UInt8] {
    var bytes = [origin.kind.rawValue]
    bytes.appendDigest(origin.parent ?? noParent)
    bytes.appendVarint(origin.parentMoment.step.count)
    bytes.appendVarint(origin.parentMoment.cycle.count)
    return bytes
  }

  static func origin(_ payload: [UInt8], _ head: SectionHead) throws(PayloadFault) -> TraceOrigin {
    var reader = PayloadReader(payload)
    let code = try reader.byte()
    guard let kind = TraceOrigin.Kind(rawValue: code) else { throw reader.fault("\(code) as the kind of an origin") }
    let parent = try reader.digest()
    let moment = Moment(step: Step(try reader.varint()), cycle: Cycle(try reader.varint()))
    try reader.finish()
    guard parent != noParent || moment == .zero else { throw reader.fault("a moment of a parent that there is not") }
    return TraceOrigin(kind: kind, parent: parent == noParent ? nil : parent, parentMoment: moment, start: head.first)
  }
}
