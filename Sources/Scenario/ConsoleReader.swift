/// What the console has shown since the last match, and the search in it.
struct ConsoleReader {
  /// How much is kept; when more comes without a match, the oldest goes.
  static let capacity = 64 << 10
  /// A longer line is tried in pieces of this length.
  static let lineLengthMax = 4 << 10

  private(set) var unread: [UInt8] = []
  /// How far `unread` has been searched for the present pattern: the first byte at which a text could still begin, or
  /// the beginning of the first line that was not complete.
  private var searched = 0
  /// Whether nothing has come since the last search.
  private var isSearched = false

  mutating func append(_ bytes: some Sequence<UInt8>) {
    unread += bytes
    isSearched = false
    guard unread.count > 2 * Self.capacity else { return }
    // Dropping only when twice too much is there keeps the cost of moving small for each byte.
    drop(unread.count - Self.capacity)
  }

  /// Forgets how far the search for the pattern before had come.
  mutating func restart() { (searched, isSearched) = (0, false) }

  /// Whether something like `pattern` has come. If so, reading goes on behind it.
  mutating func find(_ pattern: CompiledPattern) -> Bool {
    guard !isSearched else { return false }
    isSearched = true
    // What is older than the capacity must not count, however late it is dropped.
    if unread.count > Self.capacity { drop(unread.count - Self.capacity) }
    let end: Int? =
      switch pattern {
      case .text(let text): findText(text)
      case .regex(let regex): findLine(regex)
      }
    guard let end else { return false }
    drop(end)
    restart()
    return true
  }

  private mutating func drop(_ count: Int) {
    unread.removeFirst(count)
    searched = max(0, searched - count)
  }

  private mutating func findText(_ text: [UInt8]) -> Int? {
    var start = searched
    while start + text.count <= unread.count {
      if unread[start] == text[0], unread[start..<start + text.count].elementsEqual(text) { return start + text.count }
      start += 1
    }
    searched = start
    return nil
  }

  private mutating func findLine(_ regex: Regex<AnyRegexOutput>) -> Int? {
    while searched < unread.count {
      let limit = min(unread.count, searched + Self.lineLengthMax)
      let feed = unread[searched..<limit].firstIndex(of: UInt8(ascii: "\n"))
      var end = feed ?? limit
      while end > searched, unread[end - 1] == UInt8(ascii: "\r") { end -= 1 }
      // As many bytes as there were, so that an offset in the text is one in the line.
      let line = String(decoding: Self.asText(unread[searched..<end]), as: UTF8.self)
      if let match = try? regex.firstMatch(in: line) {
        return searched + line.utf8.distance(from: line.startIndex, to: match.range.upperBound)
      }
      guard let next = feed.map({ $0 + 1 }) ?? (limit < unread.count ? limit : nil) else { return nil }
      searched = next
    }
    return nil
  }

  /// `bytes` with every byte that is not part of well-formed UTF-8 replaced by SUB (0x1a, "substitute").
  static func asText(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count)
    var rest = bytes
    while let first = rest.first {
      let length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
      let piece = rest.prefix(length)
      let isGood = piece.count == length && String(validating: piece, as: UTF8.self) != nil
      text += isGood ? Array(piece) : [0x1a]
      rest = rest.dropFirst(isGood ? length : 1)
    }
    return text
  }
}

/// A pattern ready for use.
enum CompiledPattern {
  case text([UInt8])
  case regex(Regex<AnyRegexOutput>)

  init(_ pattern: Pattern) {
    switch pattern.kind {
    case .text(let bytes): self = .text(bytes)
    case .regex(let source):
      guard let regex = try? Regex(source) else { preconditionFailure("the pattern was tried when it was made") }
      self = .regex(regex.matchingSemantics(.unicodeScalar))
    }
  }
}
