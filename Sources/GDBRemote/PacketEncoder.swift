/// Makes packets of bodies (gdb manual, "Overview" of the remote serial protocol).
public struct PacketEncoder: Sendable {
  /// The shortest run that gets shorter by being encoded.
  private static let runMin = 4
  /// The longest run in one piece: a character, and up to 97 more.
  private static let runMax = 98

  /// Whether repeated characters are sent as runs.
  public var encodesRuns: Bool

  /// An encoder, which sends runs unless told otherwise.
  public init(encodesRuns: Bool = true) { self.encodesRuns = encodesRuns }

  /// The packet of `body`.
  public func packet(_ body: some Sequence<UInt8>) -> [UInt8] {
    let escaped = Self.escaped(body)
    let content = encodesRuns ? Self.runs(of: escaped) : escaped
    var sum: UInt8 = 0
    for byte in content { sum &+= byte }
    return [UInt8(ascii: "$")] + content + [UInt8(ascii: "#")] + Hexadecimal.text(of: [sum])
  }

  /// `body` with everything escaped that means something to the protocol.
  static func escaped(_ body: some Sequence<UInt8>) -> [UInt8] {
    var escaped: [UInt8] = []
    escaped.reserveCapacity(body.underestimatedCount)
    for byte in body {
      switch byte {
      case UInt8(ascii: "$"), UInt8(ascii: "#"), UInt8(ascii: "}"), UInt8(ascii: "*"):
        escaped.append(UInt8(ascii: "}"))
        escaped.append(byte ^ 0x20)
      default: escaped.append(byte)
      }
    }
    return escaped
  }

  /// `text` with runs in place of repetitions.
  private static func runs(of text: [UInt8]) -> [UInt8] {
    var encoded: [UInt8] = []
    encoded.reserveCapacity(text.count)
    var start = 0
    while start < text.count {
      // A run begins behind an escape: debuggers differ in what a run right behind one repeats.
      if text[start] == UInt8(ascii: "}") {
        encoded += text[start...].prefix(2)
        start += 2
        continue
      }
      var count = 1
      while count < runMax, start + count < text.count, text[start + count] == text[start] { count += 1 }
      if count >= runMin {
        // The characters of 6, 7, 14 and 16 repetitions are `#`, `$`, `+` and `-`.
        while [6, 7, 14, 16].contains(count - 1) { count -= 1 }
        encoded += [text[start], UInt8(ascii: "*"), UInt8(count - 1 + 29)]
      } else {
        count = 1
        encoded.append(text[start])
      }
      start += count
    }
    return encoded
  }
}
