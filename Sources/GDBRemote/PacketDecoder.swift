/// What a debugger's bytes say.
public enum PacketEvent: Hashable, Sendable {
  /// A packet whose checksum is right. Its body without `$`, `#` and checksum, with nothing of it escaped any more.
  case packet([UInt8])
  /// Ctrl-C: a byte 0x03 outside a packet.
  case interrupt
  /// The last packet that was sent has come whole.
  case acknowledged
  /// The last packet that was sent is wanted again.
  case refused
}

/// A packet that cannot be taken. The decoder stands behind it, and goes on with the next call.
public enum PacketError: Error, Hashable, Sendable {
  /// The checksum is wrong, or is not two hexadecimal digits.
  case badChecksum
  /// The body is longer than the decoder takes.
  case oversized
  /// An escape or a run-length encoding has no sense: it repeats nothing, or stands at the end.
  case badEncoding
}

/// Takes the bytes that come from a debugger apart (gdb manual, "Overview" of the remote serial protocol).
///
/// Bytes may come in any pieces. What stands between packets and means nothing is dropped. A packet that is begun anew
/// before its end, as happens when a line fails, is dropped for the new one. However long a packet pretends to be, no
/// more than `bodyBytesMax` of it is kept.
public struct PacketDecoder: Sendable {
  private enum State: Sendable {
    case outside
    case body
    case checksum(high: UInt8?)
  }

  /// The longest body that is taken, in bytes, as it is on the wire.
  public let bodyBytesMax: Int
  /// Whether checksums count; without acknowledgements they need not be right, though they must be there.
  public var checksChecksums = true
  /// Whether `*` stands for a run. Only what a target sends has runs; in what a debugger sends it is a character.
  public let decodesRuns: Bool
  private var input: [UInt8] = []
  private var place = 0
  private var state = State.outside
  private var body: [UInt8] = []
  private var sum: UInt8 = 0
  private var isOversized = false

  /// A decoder that takes bodies of up to `bodyBytesMax` bytes.
  public init(bodyBytesMax: Int, decodesRuns: Bool) {
    precondition(bodyBytesMax > 0, "a packet has a body")
    (self.bodyBytesMax, self.decodesRuns) = (bodyBytesMax, decodesRuns)
  }

  /// Takes in `bytes`.
  public mutating func feed(_ bytes: some Sequence<UInt8>) {
    if place > 0 {
      input.removeFirst(place)
      place = 0
    }
    input += bytes
  }

  /// What the next bytes say; `nil` when more are needed.
  /// - Throws: `PacketError` for a packet that cannot be taken; the next call goes on behind it.
  public mutating func next() throws(PacketError) -> PacketEvent? {
    while place < input.count {
      let byte = input[place]
      place += 1
      if let event = try take(byte) { return event }
    }
    return nil
  }

  private mutating func take(_ byte: UInt8) throws(PacketError) -> PacketEvent? {
    switch state {
    case .outside:
      switch byte {
      case UInt8(ascii: "$"): begin()
      case UInt8(ascii: "+"): return .acknowledged
      case UInt8(ascii: "-"): return .refused
      case 3: return .interrupt
      default: break
      }
    case .body:
      switch byte {
      case UInt8(ascii: "$"): begin()
      case UInt8(ascii: "#"): state = .checksum(high: nil)
      default: keep(byte)
      }
    case .checksum(high: nil):
      state = .checksum(high: byte)
    case .checksum(let high?):
      state = .outside
      return try finish(high, byte)
    }
    return nil
  }

  private mutating func begin() {
    state = .body
    body.removeAll(keepingCapacity: true)
    (sum, isOversized) = (0, false)
  }

  private mutating func keep(_ byte: UInt8) {
    sum &+= byte
    if body.count < bodyBytesMax { body.append(byte) } else { isOversized = true }
  }

  private mutating func finish(_ high: UInt8, _ low: UInt8) throws(PacketError) -> PacketEvent {
    guard let high = Hexadecimal.digit(high), let low = Hexadecimal.digit(low) else { throw .badChecksum }
    guard !checksChecksums || high << 4 | low == sum else { throw .badChecksum }
    guard !isOversized else { throw .oversized }
    return .packet(try decoded())
  }

  /// The body with its escapes and runs undone.
  private func decoded() throws(PacketError) -> [UInt8] {
    guard body.contains(where: { $0 == UInt8(ascii: "}") || $0 == UInt8(ascii: "*") }) else { return body }
    var decoded: [UInt8] = []
    var place = 0
    while place < body.count {
      let byte = body[place]
      place += 1
      switch byte {
      case UInt8(ascii: "}"):
        guard place < body.count else { throw .badEncoding }
        decoded.append(body[place] ^ 0x20)
        place += 1
      case UInt8(ascii: "*") where decodesRuns:
        guard place < body.count, let repeated = decoded.last, (32...126).contains(body[place]) else {
          throw .badEncoding
        }
        let count = Int(body[place]) - 29
        guard decoded.count + count <= bodyBytesMax else { throw .oversized }
        decoded += [UInt8](repeating: repeated, count: count)
        place += 1
      default: decoded.append(byte)
      }
    }
    guard decoded.count <= bodyBytesMax else { throw .oversized }
    return decoded
  }
}
