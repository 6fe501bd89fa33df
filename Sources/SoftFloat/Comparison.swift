/// Comparisons, minimum and maximum, classification.
extension BinaryFormat {
  /// Whether the operands are equal; zeros of either sign are. Raises NV only for a signaling NaN.
  @inlinable @inline(__always)
  func equal(_ a: UInt64, _ b: UInt64, _ flags: inout UInt8) -> Bool {
    if isNaN(a) || isNaN(b) {
      if isSignalingNaN(a) || isSignalingNaN(b) { flags.raise(.invalid) }
      return false
    }
    return a == b || magnitude(a | b) == 0
  }

  /// Whether `a < b`. Raises NV for a signaling NaN, and for a quiet one too when `signaling` is set.
  @inlinable @inline(__always)
  func less(_ a: UInt64, _ b: UInt64, signaling: Bool, _ flags: inout UInt8) -> Bool {
    if isNaN(a) || isNaN(b) {
      if signaling || isSignalingNaN(a) || isSignalingNaN(b) { flags.raise(.invalid) }
      return false
    }
    return isOrderedLess(a, b)
  }

  /// Whether `a <= b`, with the flags of `less`.
  @inlinable @inline(__always)
  func lessOrEqual(_ a: UInt64, _ b: UInt64, signaling: Bool, _ flags: inout UInt8) -> Bool {
    if isNaN(a) || isNaN(b) {
      if signaling || isSignalingNaN(a) || isSignalingNaN(b) { flags.raise(.invalid) }
      return false
    }
    return !isOrderedLess(b, a)
  }

  /// `a < b` for operands that are not NaN.
  @inlinable @inline(__always)
  func isOrderedLess(_ a: UInt64, _ b: UInt64) -> Bool {
    if (a ^ b) & signBit != 0 {
      return isNegative(a) && magnitude(a | b) != 0
    }
    return isNegative(a) ? b < a : a < b
  }

  /// The smaller operand, or with `takesLarger` the larger one, where -0 is below +0.
  ///
  /// A single NaN gives the other operand, two give the canonical NaN: IEEE 754-2019 `minimumNumber`, which RISC-V has
  /// used since version 2.2 of the F extension. With `propagatesNaN`, any NaN gives the canonical NaN: IEEE 754-2019
  /// `minimum`, the instructions `fminm` and `fmaxm` of Zfa.
  @inlinable @inline(__always)
  func extremum(
    _ a: UInt64, _ b: UInt64, takesLarger: Bool, propagatesNaN: Bool, _ flags: inout UInt8
  ) -> UInt64 {
    if isNaN(a) || isNaN(b) {
      if isSignalingNaN(a) || isSignalingNaN(b) { flags.raise(.invalid) }
      if propagatesNaN || (isNaN(a) && isNaN(b)) { return canonicalNaN }
      return isNaN(a) ? b : a
    }
    let isFirstSmaller = isOrderedLess(a, b) || (isNegative(a) && !isNegative(b))
    return isFirstSmaller != takesLarger ? a : b
  }

  /// The ten-bit mask of `fclass`, exactly one bit set (RISC-V unprivileged specification, "F" chapter, table "Format
  /// of result of FCLASS instruction").
  @inlinable @inline(__always)
  func classify(_ a: UInt64) -> UInt64 {
    let size = magnitude(a)
    if size > infinity { return isSignalingNaN(a) ? 1 &<< 8 : 1 &<< 9 }
    let negative = isNegative(a)
    if size == infinity { return negative ? 1 &<< 0 : 1 &<< 7 }
    if size == 0 { return negative ? 1 &<< 3 : 1 &<< 4 }
    if size &>> fractionBits == 0 { return negative ? 1 &<< 2 : 1 &<< 5 }
    return negative ? 1 &<< 1 : 1 &<< 6
  }
}
