/// A piece of Swift code: a word (with its `@` or `#`), a number, a string literal with its quotes, or one other
/// character.
struct Token: Hashable, Sendable {
  let text: String
  let line: Int
  /// Whether it follows the token before without a space.
  var isJoined = false

  var isString: Bool { text.hasPrefix("\"") }
  /// What stands between the quotes.
  var content: String { isString ? String(text.dropFirst().dropLast()) : text }
  var beginsWithCapital: Bool { text.first.map { $0.isUppercase } ?? false }
}

/// Takes Swift code apart, as far as the rules need it: comments are dropped, string literals are kept whole, and code
/// interpolated into them follows them as code.
struct Lexer {
  private let bytes: [UInt8]
  private var index = 0
  private var line = 1
  private var tokens: [Token] = []
  /// Where the last token ended.
  private var end = -1

  static func tokens(of text: String) -> [Token] {
    var lexer = Lexer(bytes: Array(text.utf8))
    lexer.code(untilParenthesis: false)
    return lexer.tokens
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private func byte(_ offset: Int = 0) -> UInt8 { index + offset < bytes.count ? bytes[index + offset] : 0 }

  private func at(_ text: String) -> Bool {
    let wanted = Array(text.utf8)
    return index + wanted.count <= bytes.count && bytes[index..<(index + wanted.count)].elementsEqual(wanted)
  }

  private mutating func advance() {
    if byte() == UInt8(ascii: "\n") { line += 1 }
    index += 1
  }

  /// Reads code to the end, or to the parenthesis that closes an interpolation.
  private mutating func code(untilParenthesis isInterpolated: Bool) {
    var depth = 0
    while index < bytes.count {
      if at("//") {
        while index < bytes.count, byte() != UInt8(ascii: "\n") { advance() }
      } else if at("/*") {
        blockComment()
      } else if byte() == UInt8(ascii: "\"") || (byte() == UInt8(ascii: "#") && rawQuote() != nil) {
        string()
      } else if isWord(byte()) || byte() == UInt8(ascii: "@") || byte() == UInt8(ascii: "#") {
        word()
      } else {
        let character = byte()
        if character == UInt8(ascii: "(") { depth += 1 }
        if character == UInt8(ascii: ")") { depth -= 1 }
        if isInterpolated, depth < 0 { return }
        if character > 32, character < 127 {
          tokens.append(Token(text: String(UnicodeScalar(character)), line: line, isJoined: end == index))
          end = index + 1
        }
        advance()
      }
    }
  }

  private func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "_"), 128...255:
      true
    default: false
    }
  }

  private mutating func word() {
    let start = index
    advance()
    while isWord(byte()) { advance() }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    tokens.append(Token(text: text, line: line, isJoined: end == start))
    end = index
  }

  private mutating func blockComment() {
    var depth = 0
    while index < bytes.count {
      if at("/*") {
        depth += 1
        index += 2
      } else if at("*/") {
        depth -= 1
        index += 2
        if depth == 0 { return }
      } else {
        advance()
      }
    }
  }

  /// How many `#` stand before a quote here; `nil` when none follows.
  private func rawQuote() -> Int? {
    var count = 0
    while byte(count) == UInt8(ascii: "#") { count += 1 }
    return byte(count) == UInt8(ascii: "\"") ? count : nil
  }

  private mutating func string() {
    let hashes = String(repeating: "#", count: rawQuote() ?? 0)
    index += hashes.utf8.count
    let quote = at("\"\"\"") ? "\"\"\"" : "\""
    index += quote.utf8.count
    let (firstLine, place) = (line, tokens.count)
    let (end, escape) = (quote + hashes, "\\" + hashes)
    var content: [UInt8] = []
    while index < bytes.count, !at(end) {
      if at(escape + "(") {
        index += escape.utf8.count + 1
        code(untilParenthesis: true)
        index += 1
      } else if at(escape) {
        index += escape.utf8.count
        advance()
      } else {
        content.append(byte())
        advance()
      }
    }
    index += end.utf8.count
    tokens.insert(Token(text: "\"" + String(decoding: content, as: UTF8.self) + "\"", line: firstLine), at: place)
  }
}
