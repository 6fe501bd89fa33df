internal import Bits
internal import VirtualTime

/// The payload of the index: the heads of all sections before it, in columns. Source: `Documentation/TraceFormat.md`,
/// "index".
enum IndexCodec {
  static func payload(_ heads: [SectionHead]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendVarint(UInt64(heads.count))
    for head in heads { bytes.appendVarint(UInt64(head.kindNumber)) }
    for head in heads { bytes.appendVarint(UInt64(head.version)) }
    for head in heads { bytes.appendVarint(UInt64(head.flags)) }
    for head in heads { bytes.appendVarint(UInt64(head.itemCount)) }
    for head in heads { bytes.appendVarint(UInt64(head.compressedByteCount)) }
    for head in heads { bytes.appendVarint(UInt64(head.payloadByteCount)) }
    appendTimes(heads.map { ($0.first.step.count, $0.last.step.count) }, to: &bytes)
    appendTimes(heads.map { ($0.first.cycle.count, $0.last.cycle.count) }, to: &bytes)
    for head in heads { bytes.appendLittleEndian(head.payloadHash) }
    return bytes
  }

  /// Where each section starts, seen from where the one before it ends, and then how far it reaches.
  private static func appendTimes(_ times: [(first: UInt64, last: UInt64)], to bytes: inout [UInt8]) {
    var previous: UInt64 = 0
    for time in times {
      bytes.appendDifference(time.first, from: previous)
      previous = time.last
    }
    for time in times { bytes.appendVarint(time.last &- time.first) }
  }

  /// The heads, of which there may be no more than `limit`.
  static func heads(_ payload: [UInt8], limit: Int) throws(PayloadFault) -> [SectionHead] {
    var reader = PayloadReader(payload)
    let count = try reader.recordCount(limit: limit, minimum: 18)
    let kinds = try column(count, limit: 0xFFFF, from: &reader)
    let versions = try column(count, limit: 0xFFFF, from: &reader)
    let flags = try column(count, limit: 0xFFFF_FFFF, from: &reader)
    let items = try column(count, limit: 0xFFFF_FFFF, from: &reader)
    let compressed = try column(count, limit: 0xFFFF_FFFF, from: &reader)
    let sizes = try column(count, limit: 0xFFFF_FFFF, from: &reader)
    let steps = try times(count, from: &reader)
    let cycles = try times(count, from: &reader)
    var heads: [SectionHead] = []
    heads.reserveCapacity(count)
    for index in 0..<count {
      heads.append(
        SectionHead(
          kindNumber: UInt16(kinds[index]), version: UInt16(versions[index]), flags: UInt32(flags[index]),
          sequence: UInt32(index), itemCount: UInt32(items[index]), compressedByteCount: UInt32(compressed[index]),
          payloadByteCount: UInt32(sizes[index]),
          first: Moment(step: Step(steps[index].first), cycle: Cycle(cycles[index].first)),
          last: Moment(step: Step(steps[index].last), cycle: Cycle(cycles[index].last)), payloadHash: try reader.word())
      )
    }
    try reader.finish()
    return heads
  }

  private static func column(
    _ count: Int, limit: Int, from reader: inout PayloadReader
  ) throws(PayloadFault) -> [Int] {
    var column: [Int] = []
    column.reserveCapacity(count)
    for _ in 0..<count { column.append(try reader.count(limit: limit, of: "in a column of the index")) }
    return column
  }

  private static func times(
    _ count: Int, from reader: inout PayloadReader
  ) throws(PayloadFault) -> [(first: UInt64, last: UInt64)] {
    // A start is told from the end before it, so both columns are needed before either can be read.
    var starts: [UInt64] = []
    starts.reserveCapacity(count)
    for _ in 0..<count { starts.append(try reader.difference(from: 0)) }
    var times: [(first: UInt64, last: UInt64)] = []
    times.reserveCapacity(count)
    var previous: UInt64 = 0
    for index in 0..<count {
      let first = previous &+ starts[index]
      previous = first &+ (try reader.varint())
      times.append((first, previous))
    }
    return times
  }
}
