/// Hexadecimal digits as the remote protocol writes them: lower case, two a byte, no prefix (gdb manual, "Overview" of
/// the remote serial protocol).
public enum Hexadecimal {
  private static let digits = Array("0123456789abcdef".utf8)

  /// Two digits for each byte.
  public static func text(of bytes: some Sequence<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.underestimatedCount * 2)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return text
  }

  /// The digits of `number`, without leading zeros.
  public static func text(of number: UInt64) -> [UInt8] { Array(String(number, radix: 16).utf8) }

  /// Two digits for each byte of the UTF-8 of `string`.
  public static func text(of string: String) -> [UInt8] { text(of: Array(string.utf8)) }

  /// The bytes that `text` writes; `nil` when it has an odd number of characters, or one that is no digit.
  public static func bytes(_ text: some Collection<UInt8>) -> [UInt8]? {
    guard text.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 2)
    var high: UInt8?
    for character in text {
      guard let digit = digit(character) else { return nil }
      if let upper = high {
        bytes.append(upper << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return bytes
  }

  /// The number that `text` writes; `nil` when it is empty, too large for 64 bits, or has a character that is no digit.
  public static func number(_ text: some Collection<UInt8>) -> UInt64? {
    guard !text.isEmpty else { return nil }
    var number: UInt64 = 0
    for character in text {
      guard let digit = digit(character), number >> 60 == 0 else { return nil }
      number = number << 4 | UInt64(digit)
    }
    return number
  }

  /// The value of a digit in either case.
  public static func digit(_ character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
