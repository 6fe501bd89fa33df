/// Text on its way to a file: kept until there is enough to be handed on, so that nothing but a piece is ever held.
public struct TextOutput {
  private static let chunkBytes = 1 << 16

  private var pending: [UInt8] = []
  private let sink: (_ bytes: [UInt8]) throws -> Void
  /// Bytes so far.
  public private(set) var byteCount: UInt64 = 0

  /// Text that goes to `sink`, in pieces.
  public init(to sink: @escaping (_ bytes: [UInt8]) throws -> Void) {
    self.sink = sink
    pending.reserveCapacity(Self.chunkBytes + 4096)
  }

  /// Adds `text`.
  public mutating func write(_ text: String) throws {
    pending.append(contentsOf: text.utf8)
    if pending.count >= Self.chunkBytes { try flush() }
  }

  /// Adds the character `byte`.
  mutating func write(_ byte: UInt8) { pending.append(byte) }

  /// Adds `value` in hexadecimal, with at least `count` digits.
  mutating func writeHexadecimal(_ value: UInt64, digits count: Int) {
    let count = max(count, (64 - value.leadingZeroBitCount + 3) / 4)
    for place in stride(from: count - 1, through: 0, by: -1) {
      let digit = place >= 16 ? 0 : UInt8(truncatingIfNeeded: value >> UInt64(place * 4) & 15)
      pending.append(digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10))
    }
  }

  /// Adds `value` in binary, as short as it can be.
  mutating func writeBinary(_ value: UInt64) {
    for place in stride(from: max(0, 63 - value.leadingZeroBitCount), through: 0, by: -1) {
      pending.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value >> UInt64(place) & 1))
    }
  }

  /// Adds `value` in decimal.
  mutating func writeDecimal(_ value: UInt64) {
    var (rest, first) = (value, pending.count)
    repeat {
      pending.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    // The last digit came first.
    var last = pending.count - 1
    while first < last {
      pending.swapAt(first, last)
      (first, last) = (first + 1, last - 1)
    }
  }

  /// Adds `text` as a string of JSON, with its quotes.
  mutating func writeJSON(_ text: String) throws { try write(JSONString.quoted(text)) }

  /// Hands on what waits.
  public mutating func flush() throws {
    guard !pending.isEmpty else { return }
    byteCount += UInt64(pending.count)
    try sink(pending)
    pending.removeAll(keepingCapacity: true)
  }
}

/// Strings of JSON (RFC 8259, section 7).
enum JSONString {
  /// `text` in quotes.
  static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case _ where scalar.value < 32 || scalar.value == 127:
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

/// Guest times as decimal fractions, exactly.
enum Decimal {
  /// `nanoseconds` in units of 10^`digits` nanoseconds, with as many digits behind the point.
  static func text(_ nanoseconds: UInt64, digits: Int) -> String {
    let unit = (0..<digits).reduce(1 as UInt64) { value, _ in value * 10 }
    let fraction = String(nanoseconds % unit)
    return "\(nanoseconds / unit)." + String(repeating: "0", count: digits - fraction.count) + fraction
  }
}
