/// Bit fields, sign extension and little-endian bytes: the vocabulary every other target shares.

extension FixedWidthInteger {
  /// The `count` bits of this value that start at bit `low`, moved down to bit 0.
  /// - Parameters:
  ///   - low: the lowest bit taken, 0 to `bitWidth - 1`.
  ///   - count: how many bits, 1 to `bitWidth - low`.
  @inlinable @inline(__always)
  public func bits(_ low: Int, _ count: Int) -> Self {
    (self &>> Self(truncatingIfNeeded: low)) & Self.lowBits(count)
  }

  /// Whether bit `index` is set.
  @inlinable @inline(__always)
  public func bit(_ index: Int) -> Bool {
    (self &>> Self(truncatingIfNeeded: index)) & 1 != 0
  }

  /// A value whose low `count` bits are ones, 1 to `bitWidth`.
  @inlinable @inline(__always)
  public static func lowBits(_ count: Int) -> Self {
    count >= bitWidth ? ~0 : ~(~0 &<< Self(truncatingIfNeeded: count))
  }

  /// This value with the bits of `mask` taken from `new`.
  @inlinable @inline(__always)
  public func replacing(_ mask: Self, with new: Self) -> Self {
    (self & ~mask) | (new & mask)
  }

  /// Rounds up to a multiple of `alignment`, a power of two. `nil` when the result does not fit.
  @inlinable
  public func roundedUp(to alignment: Self) -> Self? {
    let (sum, overflow) = addingReportingOverflow(alignment - 1)
    return overflow ? nil : sum & ~(alignment - 1)
  }
}

extension UInt64 {
  /// The low `width` bits of this value, sign-extended to 64 bits; `width` is 1 to 64.
  @inlinable @inline(__always)
  public func signExtended(from width: Int) -> UInt64 {
    let shift = Int64(64 &- width)
    return UInt64(bitPattern: (Int64(bitPattern: self) &<< shift) &>> shift)
  }
}

extension Array where Element == UInt8 {
  /// Appends the bytes of `value`, least significant first.
  @inlinable
  public mutating func appendLittleEndian<Value: FixedWidthInteger>(_ value: Value) {
    for index in 0..<(Value.bitWidth / 8) {
      append(UInt8(truncatingIfNeeded: value >> Value(index * 8)))
    }
  }
}

extension Collection where Element == UInt8, Index == Int {
  /// The little-endian value at `offset` bytes from the start, or `nil` when it is not wholly inside.
  @inlinable
  public func littleEndian<Value: FixedWidthInteger>(_ type: Value.Type, at offset: Int) -> Value? {
    let size = Value.bitWidth / 8
    guard offset >= 0, count >= size, offset <= count - size else { return nil }
    var value: Value = 0
    for index in 0..<size {
      value |= Value(truncatingIfNeeded: self[startIndex + offset + index]) << Value(index * 8)
    }
    return value
  }
}
