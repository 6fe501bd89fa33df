internal import GDBRemote

/// The body of a packet, read from left to right.
struct PacketText {
  private let bytes: ArraySlice<UInt8>
  private var place: Int

  init(_ bytes: some Sequence<UInt8>) {
    self.bytes = Array(bytes)[...]
    place = self.bytes.startIndex
  }

  /// What has not been read.
  var rest: ArraySlice<UInt8> { bytes[place...] }
  /// What has not been read, as text.
  var restText: String { String(decoding: rest, as: UTF8.self) }
  var isAtEnd: Bool { place == bytes.endIndex }

  /// Passes `text`, if that is what comes next.
  mutating func take(_ text: String) -> Bool {
    guard rest.starts(with: text.utf8) else { return false }
    place += text.utf8.count
    return true
  }

  /// Reads a hexadecimal number of all digits that come next.
  mutating func number() -> UInt64? {
    let digits = rest.prefix { Hexadecimal.digit($0) != nil }
    guard let number = Hexadecimal.number(digits) else { return nil }
    place += digits.count
    return number
  }

  /// Reads a hexadecimal number that fits `Int`.
  mutating func count() -> Int? { number().flatMap { Int(exactly: $0) } }

  /// Reads up to `character`, which is passed and left out; to the end when there is none.
  mutating func part(until character: Character) -> ArraySlice<UInt8> {
    let part = rest.prefix { $0 != character.asciiValue }
    place += part.count
    if place < bytes.endIndex { place += 1 }
    return part
  }
}

extension [UInt8] {
  /// The UTF-8 of `text`.
  init(text: String) { self = Array(text.utf8) }
}
