internal import Bits

/// Building payloads: the primitives of `Documentation/TraceFormat.md`, "Primitives".
extension [UInt8] {
  /// Appends `value` in LEB128: seven bits a byte, lowest first, bit 7 set on all but the last.
  mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(rest))
  }

  /// Appends the difference `value - previous` modulo 2^64, small in either direction: zigzag, then LEB128.
  mutating func appendDifference(_ value: UInt64, from previous: UInt64) {
    appendVarint(UInt64.zigzag(value &- previous))
  }

  /// Appends the number of UTF-8 bytes of `text` and the bytes.
  mutating func appendText(_ text: String) {
    appendVarint(UInt64(text.utf8.count))
    append(contentsOf: text.utf8)
  }

  /// Appends a digest, low half first.
  mutating func appendDigest(_ digest: TraceDigest) {
    appendLittleEndian(digest.low)
    appendLittleEndian(digest.high)
  }
}

extension UInt64 {
  /// A difference modulo 2^64 as a number that is small when the difference is, in either direction.
  static func zigzag(_ difference: UInt64) -> UInt64 {
    let signed = Int64(bitPattern: difference)
    return UInt64(bitPattern: (signed &<< 1) ^ (signed &>> 63))
  }

  /// The difference whose `zigzag` is `code`.
  static func unzigzag(_ code: UInt64) -> UInt64 { (code >> 1) ^ (0 &- (code & 1)) }
}

/// What is wrong with a payload, before it is known which section it is of.
struct PayloadFault: Error, Equatable {
  /// What was found, and at which byte of the payload.
  let found: String
}

/// Reads a payload from front to back. Every length is checked against the bytes left before anything is allocated.
struct PayloadReader {
  /// The most bytes of UTF-8 in one text.
  static let maximumTextByteCount = 1 << 20

  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Bytes not read yet.
  var remaining: Int { bytes.count - position }

  func fault(_ found: String) -> PayloadFault { PayloadFault(found: "\(found), at byte \(position) of the payload") }

  mutating func byte() throws(PayloadFault) -> UInt8 {
    guard position < bytes.count else { throw fault("the payload ends too soon") }
    defer { position += 1 }
    return bytes[position]
  }

  /// A LEB128 number in its shortest form.
  mutating func varint() throws(PayloadFault) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let next = try byte()
      if shift == 63, next > 1 { throw fault("a number of more than 64 bits") }
      value |= UInt64(next & 0x7F) << shift
      if next & 0x80 == 0 {
        if next == 0, shift > 0 { throw fault("a number that is not in its shortest form") }
        return value
      }
      shift += 7
    }
  }

  /// The value that stands at a zigzag difference from `previous`.
  mutating func difference(from previous: UInt64) throws(PayloadFault) -> UInt64 {
    previous &+ UInt64.unzigzag(try varint())
  }

  /// A number that must not be above `limit`.
  mutating func count(limit: Int, of what: String) throws(PayloadFault) -> Int {
    let value = try varint()
    guard value <= UInt64(limit) else { throw fault("\(value) \(what) where at most \(limit) can be") }
    return Int(value)
  }

  /// How many records follow: no more than `limit`, and no more than the bytes left can hold at `minimum` bytes each.
  mutating func recordCount(limit: Int, minimum: Int) throws(PayloadFault) -> Int {
    let count = try count(limit: limit, of: "records")
    guard count <= remaining / minimum else {
      throw fault("\(count) records declared where \(remaining) bytes are left")
    }
    return count
  }

  mutating func take(_ count: Int) throws(PayloadFault) -> [UInt8] {
    guard count >= 0, count <= remaining else { throw fault("\(count) bytes declared where \(remaining) are left") }
    defer { position += count }
    return Array(bytes[position..<(position + count)])
  }

  mutating func text() throws(PayloadFault) -> String {
    let count = try count(limit: min(remaining, Self.maximumTextByteCount), of: "bytes of text")
    guard let text = String(validating: try take(count), as: UTF8.self) else { throw fault("text that is not UTF-8") }
    return text
  }

  mutating func flag() throws(PayloadFault) -> Bool {
    let value = try byte()
    guard value <= 1 else { throw fault("\(value) where 0 or 1 must stand") }
    return value == 1
  }

  mutating func word() throws(PayloadFault) -> UInt64 {
    guard let value = bytes.littleEndian(UInt64.self, at: position) else { throw fault("the payload ends too soon") }
    position += 8
    return value
  }

  mutating func digest() throws(PayloadFault) -> TraceDigest {
    let low = try word()
    return TraceDigest(high: try word(), low: low)
  }

  /// `count` numbers that never fall, each the sum of all the LEB128 differences so far, starting from `start`.
  mutating func risingColumn(_ count: Int, from start: UInt64) throws(PayloadFault) -> [UInt64] {
    var column: [UInt64] = []
    column.reserveCapacity(count)
    var value = start
    for _ in 0..<count {
      let (sum, overflow) = value.addingReportingOverflow(try varint())
      guard !overflow else { throw fault("a step or cycle past the end of time") }
      value = sum
      column.append(value)
    }
    return column
  }

  /// Fails unless everything has been read.
  func finish() throws(PayloadFault) {
    guard remaining == 0 else { throw fault("\(remaining) bytes more than the records need") }
  }
}
