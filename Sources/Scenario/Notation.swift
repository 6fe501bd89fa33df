public import VirtualTime

/// How guest time, sizes and dates are written in scenarios and on the command line.
public enum Notation {
  /// Why something cannot be read.
  public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
    /// In plain words: what was found and what would be right.
    public let reason: String
    /// The same.
    public var description: String { reason }
  }

  private static let spanUnits: [(name: String, nanoseconds: UInt64)] = [
    ("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("min", 60_000_000_000), ("s", 1_000_000_000),
  ]
  private static let sizeUnits: [(name: String, bytes: UInt64)] = [
    ("K", 1 << 10), ("M", 1 << 20), ("G", 1 << 30),
  ]

  /// A span of guest time: digits, with a decimal point if wanted, and `ns`, `us`, `ms`, `s` or `min`. No finer than a
  /// nanosecond: `20s`, `500ms`, `1.5s`.
  public static func span(_ text: String) throws(Problem) -> Span {
    let problem = Problem(
      reason: "'\(text)' is no guest time: a number with ns, us, ms, s or min, such as 20s or 1.5ms")
    guard let unit = spanUnits.first(where: { text.hasSuffix($0.name) }) else { throw problem }
    let parts = text.dropLast(unit.name.count).split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let first = parts.first, let whole = digits(first) else { throw problem }
    var (nanoseconds, overflow) = whole.multipliedReportingOverflow(by: unit.nanoseconds)
    if parts.count == 2 {
      guard let rest = fraction(parts[1], of: unit.nanoseconds) else { throw problem }
      let (sum, carried) = nanoseconds.addingReportingOverflow(rest)
      (nanoseconds, overflow) = (sum, overflow || carried)
    }
    guard !overflow else { throw Problem(reason: "'\(text)' is longer than guest time can last (584 years)") }
    return Span(nanoseconds: nanoseconds)
  }

  /// A size in bytes: digits, and `K`, `M` or `G` (powers of 1,024) or nothing: `256M`.
  public static func size(_ text: String) throws(Problem) -> UInt64 {
    let unit = sizeUnits.first { text.hasSuffix($0.name) }
    guard let number = digits(text.dropLast(unit?.name.count ?? 0)) else {
      throw Problem(reason: "'\(text)' is no size: a whole number with K, M or G, such as 256M")
    }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: unit?.bytes ?? 1)
    guard !overflow else { throw Problem(reason: "'\(text)' is larger than 2^64 bytes") }
    return bytes
  }

  /// A point on the calendar, in nanoseconds since 1970-01-01 00:00 UTC: `2026-01-31T12:00:00Z` (RFC 3339, UTC only,
  /// whole seconds, 1970 to 2261), or the date alone for its midnight.
  public static func epoch(_ text: String) throws(Problem) -> UInt64 {
    let problem = Problem(reason: "'\(text)' is no date: UTC between 1970 and 2261, such as 2026-01-31T12:00:00Z")
    let bytes = Array(text.utf8)
    let shape = Array((bytes.count == 10 ? "0000-00-00" : "0000-00-00T00:00:00Z").utf8)
    guard bytes.count == shape.count else { throw problem }
    var fields: [UInt64] = [0]
    for (byte, expected) in zip(bytes, shape) {
      if expected == UInt8(ascii: "0") {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { throw problem }
        fields[fields.count - 1] = fields[fields.count - 1] * 10 + UInt64(byte - UInt8(ascii: "0"))
      } else {
        guard byte == expected else { throw problem }
        fields.append(0)
      }
    }
    while fields.count < 7 { fields.append(0) }
    let (year, month, day) = (fields[0], fields[1], fields[2])
    guard (1970...2261).contains(year), (1...12).contains(month), day >= 1, day <= length(ofMonth: month, year),
      fields[3] < 24, fields[4] < 60, fields[5] < 60
    else { throw problem }
    var days = day - 1
    for earlier in 1970..<year { days += isLeap(earlier) ? 366 : 365 }
    for earlier in 1..<month { days += length(ofMonth: earlier, year) }
    return (((days * 24 + fields[3]) * 60 + fields[4]) * 60 + fields[5]) * 1_000_000_000
  }

  /// A whole number, decimal or hexadecimal with `0x`.
  public static func number(_ text: String) throws(Problem) -> UInt64 {
    let isHexadecimal = text.hasPrefix("0x")
    let body = isHexadecimal ? text.dropFirst(2) : text[...]
    guard !body.isEmpty, body.utf8.first != UInt8(ascii: "+"), let number = UInt64(body, radix: isHexadecimal ? 16 : 10)
    else { throw Problem(reason: "'\(text)' is no whole number from 0 to 2^64 - 1") }
    return number
  }

  /// `span` in the largest unit that leaves it whole: `1500ms`.
  public static func text(_ span: Span) -> String {
    for (name, size) in [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000)] as [(String, UInt64)]
    where span.nanoseconds >= size && span.nanoseconds % size == 0 {
      return "\(span.nanoseconds / size)\(name)"
    }
    return "\(span.nanoseconds)ns"
  }

  /// `value` in hexadecimal digits: `0x2a`.
  public static func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

  /// `bytes` in single quotes, on one line: control characters and what is not UTF-8 as escapes.
  public static func text(_ bytes: some Sequence<UInt8>) -> String {
    var shown = "'"
    for scalar in String(decoding: Array(bytes), as: UTF8.self).unicodeScalars {
      switch scalar {
      case "\n": shown += "\\n"
      case "\r": shown += "\\r"
      case "\t": shown += "\\t"
      case "'": shown += "\\'"
      case "\\": shown += "\\\\"
      case "\u{0}"..<" ", "\u{7f}"..<"\u{a0}":
        let digits = String(scalar.value, radix: 16)
        shown += "\\x" + (digits.count < 2 ? "0" : "") + digits
      default: shown.unicodeScalars.append(scalar)
      }
    }
    return shown + "'"
  }

  // MARK: Pieces

  private static func digits(_ text: Substring) -> UInt64? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return nil
    }
    return UInt64(text)
  }

  /// The digits behind a decimal point, in units of 1/`unit`; `nil` when there are none, or they do not come out whole.
  private static func fraction(_ text: Substring, of unit: UInt64) -> UInt64? {
    guard text.utf8.count <= 11, let number = digits(text) else { return nil }
    var scale: UInt64 = 1
    for _ in text.utf8 { scale *= 10 }
    let (product, overflow) = number.multipliedReportingOverflow(by: unit)
    guard !overflow, product % scale == 0 else { return nil }
    return product / scale
  }

  private static func isLeap(_ year: UInt64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  private static func length(ofMonth month: UInt64, _ year: UInt64) -> UInt64 {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
