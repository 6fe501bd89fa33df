/// Seeded numbers (SplitMix64, Steele, Lea and Flood 2014): the same in every run of the tests.
public struct Numbers: Sendable {
  private var state: UInt64

  /// The sequence of `seed`.
  public init(seed: UInt64) { state = seed }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }

  /// A number from 0 to `limit - 1`.
  public mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

  /// A byte.
  public mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next()) }

  /// `count` bytes.
  public mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in byte() } }

  /// The first `count` bytes of the sequence of `seed`.
  public static func sequence(seed: UInt64, count: Int) -> [UInt8] {
    var numbers = Numbers(seed: seed)
    return numbers.bytes(count)
  }
}
