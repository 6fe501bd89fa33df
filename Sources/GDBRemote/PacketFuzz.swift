/// Feeds the codec with bytes that no debugger would send, and checks what must hold of every answer. All of it follows
/// from the seed.
public enum PacketFuzz {
  /// What was done.
  public struct Report: Hashable, Sendable {
    /// Bytes fed.
    public var byteCount = 0
    /// Packets taken.
    public var packetCount = 0
    /// Packets refused.
    public var errorCount = 0
    /// What did not hold, if something did not.
    public var failure: String?
  }

  /// Does `rounds` rounds from `seed`, and stops at the first failure.
  /// - Parameter encode: makes the packets; a test may hand in one that is wrong.
  public static func run(
    seed: UInt64, rounds: Int, encode: ([UInt8]) -> [UInt8] = { PacketEncoder().packet($0) }
  ) -> Report {
    var report = Report()
    var random = Generator(state: seed)
    for round in 0..<rounds where report.failure == nil {
      var stream: [UInt8] = []
      var sent: [[UInt8]] = []
      for _ in 0..<(random.below(4) + 1) {
        let body = random.body(lengthMax: 96)
        if random.below(3) == 0 {
          stream += random.damaged(PacketEncoder().packet(body))
        } else {
          sent.append(body)
          stream += PacketEncoder(encodesRuns: random.below(2) == 0).packet(body)
        }
      }
      check(stream, &random, &report, "round \(round) of seed \(seed)")
      for body in sent where outcomes(of: [encode(body)], 256) != [.packet(body)] {
        report.failure = "round \(round) of seed \(seed): a body is not what was sent"
      }
    }
    return report
  }

  /// However a stream is cut, it says the same; nothing that comes out is longer than the decoder takes.
  private static func check(
    _ stream: [UInt8], _ random: inout Generator, _ report: inout Report, _ place: String
  ) {
    let bodyBytesMax = 64
    let whole = outcomes(of: [stream], bodyBytesMax)
    var pieces: [[UInt8]] = []
    var start = 0
    while start < stream.count {
      let end = min(stream.count, start + 1 + random.below(9))
      pieces.append(Array(stream[start..<end]))
      start = end
    }
    report.byteCount += stream.count
    for outcome in whole {
      if case .packet(let body) = outcome {
        report.packetCount += 1
        if body.count > bodyBytesMax { report.failure = "\(place): a body of \(body.count) bytes" }
      }
      if case .error = outcome { report.errorCount += 1 }
    }
    if outcomes(of: pieces, bodyBytesMax) != whole { report.failure = "\(place): says something else in pieces" }
  }

  private enum Outcome: Hashable {
    case packet([UInt8])
    case other(PacketEvent)
    case error(PacketError)
  }

  private static func outcomes(of pieces: [[UInt8]], _ bodyBytesMax: Int) -> [Outcome] {
    var decoder = PacketDecoder(bodyBytesMax: bodyBytesMax, decodesRuns: true)
    var outcomes: [Outcome] = []
    for piece in pieces {
      decoder.feed(piece)
      while true {
        do throws(PacketError) {
          guard let event = try decoder.next() else { break }
          if case .packet(let body) = event { outcomes.append(.packet(body)) } else { outcomes.append(.other(event)) }
        } catch {
          outcomes.append(.error(error))
        }
      }
    }
    return outcomes
  }

  /// Marsaglia's xorshift64 ("Xorshift RNGs", 2003).
  private struct Generator {
    private var state: UInt64

    init(state: UInt64) {
      // Seeds that follow one another are to have nothing in common; zero would stay zero.
      self.state = (state &+ 1) &* 0x9e37_79b9_7f4a_7c15
      if self.state == 0 { self.state = 1 }
    }

    mutating func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// Bytes among which those are frequent that mean something.
    mutating func body(lengthMax: Int) -> [UInt8] {
      let special = Array("$#}*+-\u{3} 0".utf8)
      return (0..<below(lengthMax)).map { _ in
        below(3) == 0 ? special[below(special.count)] : UInt8(truncatingIfNeeded: next())
      }
    }

    /// `packet` with something wrong.
    mutating func damaged(_ packet: [UInt8]) -> [UInt8] {
      var bytes = packet
      switch below(4) {
      case 0: bytes[below(bytes.count)] = UInt8(truncatingIfNeeded: next())
      case 1: bytes.removeLast(below(bytes.count))
      case 2: bytes.insert(contentsOf: body(lengthMax: 8), at: below(bytes.count))
      default: bytes = body(lengthMax: 200)
      }
      return bytes
    }
  }
}
