/// Addition; subtraction is addition of the negated second operand.
extension BinaryFormat {
  /// `a + b` (IEEE 754-2019 §5.4.1).
  @inline(__always)
  func add(_ a: UInt64, _ b: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    let magnitudeA = magnitude(a)
    let magnitudeB = magnitude(b)
    if magnitudeA >= infinity || magnitudeB >= infinity {
      return addNonFinite(a, b, &flags)
    }
    let swapped = magnitudeB > magnitudeA
    let larger = swapped ? magnitudeB : magnitudeA
    let smaller = swapped ? magnitudeA : magnitudeB
    let negative = isNegative(swapped ? b : a)

    // Leading ones at bit 62, room for a carry above. When the smaller operand moves by two places or more, a
    // difference loses at most one leading bit, so the sticky bit stays below what is rounded by.
    let (exponent, largerDigits) = aligned(larger)
    let (smallerExponent, smallerFull) = aligned(smaller)
    let smallerDigits = smallerFull.shiftedRightSticky(exponent &- smallerExponent)
    let isSum = (a ^ b) & signBit == 0
    let digits = isSum ? largerDigits &+ smallerDigits : largerDigits &- smallerDigits
    if digits == 0 {
      return zeroSum(isNegative(a), isNegative(b), mode)
    }
    let shift = digits.leadingZeroBitCount
    return rounded(
      negative: negative, exponent: exponent &+ 1 &- shift,
      significand: digits &<< UInt64(truncatingIfNeeded: shift), mode, &flags)
  }

  /// A finite magnitude as its exponent field, at least 1, and its digits with the place of the implicit one at bit 62.
  /// Subnormal numbers and zero keep their leading zeros.
  @inline(__always)
  private func aligned(_ magnitude: UInt64) -> (exponent: Int, digits: UInt64) {
    let field = magnitude &>> fractionBits
    let fraction = magnitude & ((1 &<< fractionBits) &- 1)
    let implicit: UInt64 = field == 0 ? 0 : 1 &<< 62
    let exponent = field == 0 ? 1 : Int(truncatingIfNeeded: field)
    return (exponent, fraction &<< (62 &- fractionBits) | implicit)
  }

  /// The sum when an operand is an infinity or a NaN.
  @inline(never)
  private func addNonFinite(_ a: UInt64, _ b: UInt64, _ flags: inout UInt8) -> UInt64 {
    if isNaN(a) || isNaN(b) { return propagatedNaN(a, b, &flags) }
    guard magnitude(a) == infinity else { return b }
    if b == a ^ signBit { return invalidOperation(&flags) }
    return a
  }
}
