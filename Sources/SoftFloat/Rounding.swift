/// From an exact result to a bit pattern: every operation ends here.
extension BinaryFormat {
  /// The representable value for an exact result, with the flags that rounding raises.
  /// - Parameters:
  ///   - negative: the sign of the result.
  ///   - exponent: the weight of bit 63, on the scale of the exponent field; any value.
  ///   - significand: the result's digits with bit 63 set, what lies below bit 0 folded into bit 0.
  @inline(__always)
  func rounded(
    negative: Bool, exponent: Int, significand: UInt64, _ mode: RoundingMode, _ flags: inout UInt8
  ) -> UInt64 {
    let sign = negative ? signBit : 0
    if exponent < 1 {
      return sign | roundedSubnormal(negative, exponent, significand, mode, &flags)
    }
    if exponent >= topExponent {
      return sign | overflowed(negative, mode, &flags)
    }
    let kept = significand &>> (63 &- fractionBits)
    let remainder = significand &<< (fractionBits &+ 1)
    // The leading one of `kept` adds 1 to the exponent field, and so does a carry out of rounding.
    var packed = UInt64(truncatingIfNeeded: exponent &- 1) &<< fractionBits &+ kept
    if remainder != 0 {
      flags.raise(.inexact)
      if mode.roundsAway(negative: negative, odd: kept & 1 != 0, remainder: remainder) {
        packed &+= 1
        if packed == infinity { return sign | overflowed(negative, mode, &flags) }
      }
    }
    return sign | packed
  }

  /// The magnitude for a result below the smallest normal number (`exponent` below 1).
  ///
  /// RISC-V judges tininess after rounding: a result is tiny when, rounded to full precision as if exponents had no
  /// lower end, it still is below the smallest normal number. UF is raised only for a tiny result that is also inexact.
  @inline(never)
  func roundedSubnormal(
    _ negative: Bool, _ exponent: Int, _ significand: UInt64, _ mode: RoundingMode, _ flags: inout UInt8
  ) -> UInt64 {
    let shifted = significand.shiftedRightSticky(1 &- exponent)
    let kept = shifted &>> (63 &- fractionBits)
    let remainder = shifted &<< (fractionBits &+ 1)
    guard remainder != 0 else { return kept }

    let keptInFull = significand &>> (63 &- fractionBits)
    let remainderInFull = significand &<< (fractionBits &+ 1)
    let reachesNormal =
      exponent == 0 && keptInFull == (1 &<< (fractionBits &+ 1)) &- 1 && remainderInFull != 0
      && mode.roundsAway(negative: negative, odd: true, remainder: remainderInFull)
    flags.raise(reachesNormal ? .inexact : [.inexact, .underflow])
    return mode.roundsAway(negative: negative, odd: kept & 1 != 0, remainder: remainder) ? kept &+ 1 : kept
  }

  /// The magnitude for a result too large for the format: infinity, or the largest finite number when the mode rounds
  /// towards it (IEEE 754-2019 §7.4).
  @inline(never)
  func overflowed(_ negative: Bool, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    flags.raise([.overflow, .inexact])
    let isInfinite =
      switch mode {
      case .nearestEven, .nearestMaxMagnitude: true
      case .towardZero: false
      case .down: negative
      case .up: !negative
      }
    return isInfinite ? infinity : infinity &- 1
  }

  /// The zero that is the exact sum of two numbers with the given signs: their common sign, or else positive except
  /// when rounding down (IEEE 754-2019 §6.3).
  @inline(__always)
  func zeroSum(_ firstNegative: Bool, _ secondNegative: Bool, _ mode: RoundingMode) -> UInt64 {
    let negative = firstNegative == secondNegative ? firstNegative : mode == .down
    return negative ? signBit : 0
  }
}
