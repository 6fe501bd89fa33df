// Host floating point, the one place it is allowed inside the wall. Why this cannot make two hosts differ:
//
// 1. IEEE 754-2019 §5.4.1 fixes the result of addition, subtraction, multiplication, division, square root and fused
//    multiply-add to the last bit: the exact result, rounded once. With the default rounding (to nearest, ties to
//    even) there is one right answer, and a conforming host gives it. What the standard leaves open is not used:
//    - which NaN comes out: a NaN result is thrown away and computed again in integers;
//    - whether tininess is judged before or after rounding: that shows only next to the smallest normal number, and a
//      result below twice that number is thrown away too;
//    - the exception flags: never read. With NX already set and a result that is neither infinite nor near the
//      subnormal numbers, no operation here could raise anything new: OF comes with an infinite result or a mode not
//      used here, DZ with an infinity, NV with a NaN, UF only with a tiny result. Hence the condition that NX be set.
//    The check on the result alone covers the operands: an infinite or NaN operand gives a result that is infinite,
//    NaN or zero, all thrown away, and subnormal operands are ordinary numbers to the standard.
// 2. The host must evaluate in the format itself, with gradual underflow and default rounding. Every 64-bit host that
//    Swift supports does (SSE2 on x86-64, not the x87 stack with its double rounding). The compiler neither contracts
//    nor reassociates `Double` and `Float` operations. Whoever changes the thread's floating-point control register,
//    as a translator's generated code may, must restore it before calling into Swift: a rule of the ABI anyway.
// 3. `addingProduct` is an instruction on arm64, but on x86-64, whose base instruction set has none, a call of `fma` in
//    the C library. The C standard (Annex F) asks that it round correctly; today's glibc, musl and Apple's library do,
//    but there have been libraries that did not, an early glibc and MinGW's among them. So `fmaFast` uses it only on
//    Linux and Apple systems, and binary32 does without: see `Float32Fast.swift`. (`squareRoot` is an instruction on
//    both. On x86-64 the C library is called as well when the operand is negative or a NaN; what it returns then is
//    thrown away.)
//
// The tests compare every function here with the integer reference, so a host that breaks these promises fails them.

extension Float64Bits {
  /// Whether a host result can be used when NX is already set: finite, and its exponent above that of the smallest
  /// normal numbers. The exponent field is 2 to 2046.
  @inlinable @inline(__always)
  static func isSafe(_ result: UInt64) -> Bool {
    (result &<< 1) &- (2 &<< 53) < 2045 &<< 53
  }

  /// Whether the rounding and the flags allow a host result at all.
  @inlinable @inline(__always)
  static func allowsHost(_ mode: RoundingMode, _ flags: UInt8) -> Bool {
    mode == .nearestEven && flags & FloatFlags.inexact.rawValue != 0
  }

  /// `add`, by the host where that is exact.
  @inlinable @inline(__always)
  public static func addFast(_ a: UInt64, _ b: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    if allowsHost(mode, flags) {
      let result = (Double(bitPattern: a) + Double(bitPattern: b)).bitPattern
      if isSafe(result) { return result }
    }
    return add(a, b, mode, &flags)
  }

  /// `sub`, by the host where that is exact.
  @inlinable @inline(__always)
  public static func subFast(_ a: UInt64, _ b: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    if allowsHost(mode, flags) {
      let result = (Double(bitPattern: a) - Double(bitPattern: b)).bitPattern
      if isSafe(result) { return result }
    }
    return sub(a, b, mode, &flags)
  }

  /// `mul`, by the host where that is exact.
  @inlinable @inline(__always)
  public static func mulFast(_ a: UInt64, _ b: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    if allowsHost(mode, flags) {
      let result = (Double(bitPattern: a) * Double(bitPattern: b)).bitPattern
      if isSafe(result) { return result }
    }
    return mul(a, b, mode, &flags)
  }

  /// `div`, by the host where that is exact.
  @inlinable @inline(__always)
  public static func divFast(_ a: UInt64, _ b: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    if allowsHost(mode, flags) {
      let result = (Double(bitPattern: a) / Double(bitPattern: b)).bitPattern
      if isSafe(result) { return result }
    }
    return div(a, b, mode, &flags)
  }

  /// `sqrt`, by the host where that is exact.
  @inlinable @inline(__always)
  public static func sqrtFast(_ a: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    if allowsHost(mode, flags) {
      let result = Double(bitPattern: a).squareRoot().bitPattern
      if isSafe(result) { return result }
    }
    return sqrt(a, mode, &flags)
  }

  /// `fma`, by the host where that is exact.
  @inlinable @inline(__always)
  public static func fmaFast(
    _ a: UInt64, _ b: UInt64, _ c: UInt64, _ mode: RoundingMode, _ flags: inout UInt8
  ) -> UInt64 {
    #if os(Linux) || canImport(Darwin)
      if allowsHost(mode, flags) {
        let result = Double(bitPattern: c).addingProduct(Double(bitPattern: a), Double(bitPattern: b)).bitPattern
        if isSafe(result) { return result }
      }
    #endif
    return fma(a, b, c, mode, &flags)
  }
}
