// Host floating point for binary32. `Float64Fast.swift` says why it is allowed and when.

extension Float32Bits {
  /// Whether a host result can be used when NX is already set: finite, and its exponent above that of the smallest
  /// normal numbers. The exponent field is 2 to 254.
  @inlinable @inline(__always)
  static func isSafe(_ result: UInt32) -> Bool {
    (result &<< 1) &- (2 &<< 24) < 253 &<< 24
  }

  /// `add`, by the host where that is exact.
  @inlinable @inline(__always)
  public static func addFast(_ a: UInt32, _ b: UInt32, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt32 {
    if Float64Bits.allowsHost(mode, flags) {
      let result = (Float(bitPattern: a) + Float(bitPattern: b)).bitPattern
      if isSafe(result) { return result }
    }
    return add(a, b, mode, &flags)
  }

  /// `sub`, by the host where that is exact.
  @inlinable @inline(__always)
  public static func subFast(_ a: UInt32, _ b: UInt32, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt32 {
    if Float64Bits.allowsHost(mode, flags) {
      let result = (Float(bitPattern: a) - Float(bitPattern: b)).bitPattern
      if isSafe(result) { return result }
    }
    return sub(a, b, mode, &flags)
  }

  /// `mul`, by the host where that is exact.
  @inlinable @inline(__always)
  public static func mulFast(_ a: UInt32, _ b: UInt32, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt32 {
    if Float64Bits.allowsHost(mode, flags) {
      let result = (Float(bitPattern: a) * Float(bitPattern: b)).bitPattern
      if isSafe(result) { return result }
    }
    return mul(a, b, mode, &flags)
  }

  /// `div`, by the host where that is exact.
  @inlinable @inline(__always)
  public static func divFast(_ a: UInt32, _ b: UInt32, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt32 {
    if Float64Bits.allowsHost(mode, flags) {
      let result = (Float(bitPattern: a) / Float(bitPattern: b)).bitPattern
      if isSafe(result) { return result }
    }
    return div(a, b, mode, &flags)
  }

  /// `sqrt`, by the host where that is exact.
  @inlinable @inline(__always)
  public static func sqrtFast(_ a: UInt32, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt32 {
    if Float64Bits.allowsHost(mode, flags) {
      let result = Float(bitPattern: a).squareRoot().bitPattern
      if isSafe(result) { return result }
    }
    return sqrt(a, mode, &flags)
  }

  /// `fma`, by the host where that is exact.
  ///
  /// Not by the host's own fused operation, which may be a library call, but in binary64. There the product is exact
  /// (24 and 24 digits make 48), the sum is rounded once, and the conversion to binary32 rounds a second time. The
  /// second rounding is wrong only if the first one moved the sum onto a point half-way between two binary32 numbers:
  /// such points are binary64 numbers, so the first rounding cannot carry the sum across one. A sum that lies on one is
  /// thrown away. (Half-way points of subnormal binary32 numbers look different, but such results are thrown away as
  /// well.)
  @inlinable @inline(__always)
  public static func fmaFast(
    _ a: UInt32, _ b: UInt32, _ c: UInt32, _ mode: RoundingMode, _ flags: inout UInt8
  ) -> UInt32 {
    if Float64Bits.allowsHost(mode, flags) {
      let product = Double(Float(bitPattern: a)) * Double(Float(bitPattern: b))
      let sum = product + Double(Float(bitPattern: c))
      let isHalfWay = sum.bitPattern & 0x1FFF_FFFF == 0x1000_0000
      let result = Float(sum).bitPattern
      if isSafe(result), !isHalfWay { return result }
    }
    return fma(a, b, c, mode, &flags)
  }
}
