/// What to look for on the console: a text, byte for byte, or a regular expression within one line.
public struct Pattern: Hashable, Sendable, CustomStringConvertible {
  /// The two kinds.
  enum Kind: Hashable, Sendable {
    case text([UInt8])
    case regex(String)
  }

  let kind: Kind

  /// The text `bytes`. It may run over several lines; the console ends its lines with CR LF.
  /// - Throws: `PatternError` when there is nothing to look for.
  public init(text bytes: [UInt8]) throws(PatternError) {
    guard !bytes.isEmpty else { throw PatternError(reason: "an empty text is always there: nothing to wait for") }
    guard bytes.count <= Self.textLengthMax else {
      throw PatternError(reason: "a text of \(bytes.count) bytes; at most \(Self.textLengthMax) are possible")
    }
    kind = .text(bytes)
  }

  /// The regular expression `source`, in Swift's syntax (that of Perl and PCRE, largely). It is tried on each line by
  /// itself, without the line's end, and on the last line while it still grows. `^` is the beginning of the line or, on
  /// the line of the match before, the place behind that match.
  /// - Throws: `PatternError` when it is not one, or would match a line with nothing on it.
  public init(regex source: String) throws(PatternError) {
    let regex: Regex<AnyRegexOutput>
    do { regex = try Regex(source) } catch {
      throw PatternError(reason: "not a regular expression: \(error)")
    }
    guard (try? regex.firstMatch(in: "")) == nil else {
      throw PatternError(reason: "a regular expression that matches an empty line: it would not wait for anything")
    }
    kind = .regex(source)
  }

  /// A pattern as people write it: `/…/` is a regular expression, anything else a text.
  /// - Throws: `PatternError`.
  public init(notation: String) throws(PatternError) {
    if notation.utf8.count >= 2, notation.hasPrefix("/"), notation.hasSuffix("/") {
      try self.init(regex: String(notation.dropFirst().dropLast()))
    } else {
      try self.init(text: Array(notation.utf8))
    }
  }

  /// The longest text that can be looked for, in bytes.
  public static let textLengthMax = 4096

  /// For messages: `'teach> '` or `/up \d+/`.
  public var description: String {
    switch kind {
    case .text(let bytes): Notation.text(bytes)
    case .regex(let source): "/\(source)/"
    }
  }
}

/// Why something is no pattern.
public struct PatternError: Error, Hashable, Sendable, CustomStringConvertible {
  /// In plain words.
  public let reason: String
  /// The same.
  public var description: String { reason }
}
