internal import FoundationEssentials
internal import Scenario
internal import VirtualTime

// Reading and showing sizes, times and counts.

/// What is wrong with an argument, for the one who typed it.
struct BadArgument: Error, CustomStringConvertible {
  let description: String
}

enum Quantity {
  /// Bytes: `256M`, `1G`, `1GiB`, or a plain number; as in QEMU, the letters alone are binary too.
  static func bytes(_ text: String) throws -> UInt64 {
    let isLong = ["KiB", "MiB", "GiB"].contains { text.hasSuffix($0) }
    return try Notation.size(isLong ? String(text.dropLast(2)) : text)
  }

  /// Nanoseconds of guest time: `30s`, `1.5s`, `200ms`.
  static func nanoseconds(_ text: String) throws -> UInt64 { try Notation.span(text).nanoseconds }

  /// A count: `1000000`, `1_000_000`, `0x1000`.
  static func count(_ text: String) throws -> UInt64 { try Notation.number(text.filter { $0 != "_" }) }

  /// Nanoseconds since 1970-01-01 00:00 UTC: a date, or a number of seconds.
  static func epoch(_ text: String) throws -> UInt64 {
    if let seconds = UInt64(text), seconds <= UInt64.max / 1_000_000_000 { return seconds * 1_000_000_000 }
    return try Notation.epoch(text)
  }
}

enum Show {
  /// `12345678` as `12,345,678`.
  static func count(_ value: some BinaryInteger) -> String {
    var text = ""
    for (place, digit) in String(value).reversed().enumerated() {
      if place > 0, place % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return String(text.reversed())
  }

  /// `1 input`, `2 inputs`.
  static func count(_ value: some BinaryInteger, _ noun: String) -> String {
    "\(count(value)) \(noun)\(value == 1 ? "" : "s")"
  }

  /// Nanoseconds as seconds: `12.345678s`, without zeros at the end.
  static func time(_ nanoseconds: UInt64) -> String {
    let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    guard rest > 0 else { return "\(whole)s" }
    var digits = String(String(rest + 1_000_000_000).dropFirst())
    while digits.hasSuffix("0") { digits.removeLast() }
    return "\(whole).\(digits)s"
  }

  /// Bytes, in the largest binary unit that divides them.
  static func size(_ bytes: UInt64) -> String {
    for (name, shift) in [("GiB", UInt64(30)), ("MiB", 20), ("KiB", 10)] where bytes >= 1 << shift {
      if bytes % (1 << shift) == 0 { return "\(bytes >> shift) \(name)" }
    }
    return "\(count(bytes)) bytes"
  }

  /// Bytes as hexadecimal digits, two each.
  static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }

  /// An address or a register's value.
  static func address(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

  /// The calendar time of nanoseconds since 1970-01-01 00:00 UTC.
  static func date(_ nanoseconds: UInt64) -> String {
    let date = Date(timeIntervalSince1970: Double(nanoseconds / 1_000_000_000))
    let rest = nanoseconds % 1_000_000_000
    return date.formatted(.iso8601) + (rest == 0 ? "" : " + \(rest) ns")
  }

  /// Guest bytes as text that is safe on a terminal: control characters and what is not UTF-8 are escaped.
  static func quoted(_ bytes: [UInt8]) -> String {
    "\"" + escaped(String(decoding: bytes, as: UTF8.self), quotes: true) + "\""
  }

  /// `text` as it is, but for control characters, which are escaped.
  static func plain(_ text: String) -> String { escaped(text, quotes: false) }

  private static func escaped(_ whole: String, quotes: Bool) -> String {
    var text = ""
    for scalar in whole.unicodeScalars {
      switch scalar {
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\"", "\\": text += quotes ? "\\\(scalar)" : "\(scalar)"
      case _ where scalar.value < 32 || (127..<160).contains(scalar.value):
        text += "\\x" + hexadecimal([UInt8(truncatingIfNeeded: scalar.value)])
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// `one`, `one and two`, `one, two and three`.
  static func list(_ texts: [String]) -> String {
    guard let last = texts.last, texts.count > 1 else { return texts.first ?? "" }
    return texts.dropLast().joined(separator: ", ") + " and " + last
  }

  /// A command to copy: `words`, each as one word of a shell.
  static func command(_ words: String...) -> String { words.map(shellWord).joined(separator: " ") }

  /// `text` as one word of a shell command.
  static func shellWord(_ text: String) -> String {
    let safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,@%+"
    if !text.isEmpty, text.allSatisfy({ safe.contains($0) }) { return text }
    return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
