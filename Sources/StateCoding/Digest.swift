internal import CXXHash

/// An XXH3-128 digest with seed 0 (the xxHash specification's 128-bit result): equality of state, not proof against
/// forgery.
public struct Digest: Hashable, Codable, Sendable, CustomStringConvertible {
  /// The high 64 bits.
  public let high: UInt64
  /// The low 64 bits.
  public let low: UInt64

  /// A digest from its two halves.
  public init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

  /// The digest of `count` bytes at `base`.
  public init(_ base: UnsafeRawPointer, count: Int) {
    let hash = XXH3_128bits(base, count)
    self.init(high: hash.high64, low: hash.low64)
  }

  /// The digest of `bytes`.
  public init(of bytes: [UInt8]) {
    self = bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else {
        var nothing: UInt8 = 0
        return Digest(&nothing, count: 0)
      }
      return Digest(base, count: buffer.count)
    }
  }

  /// 32 lower-case hexadecimal digits, high half first, as `xxhsum -H128` prints it.
  public var description: String {
    func hexadecimal(_ value: UInt64) -> String {
      let digits = String(value, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
    return hexadecimal(high) + hexadecimal(low)
  }
}
