/// Division and the square root.
extension BinaryFormat {
  /// `a / b` (IEEE 754-2019 §5.4.1).
  @inline(__always)
  func divide(_ a: UInt64, _ b: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    let magnitudeA = magnitude(a)
    let magnitudeB = magnitude(b)
    let sign = (a ^ b) & signBit
    if magnitudeA >= infinity || magnitudeB >= infinity || magnitudeB == 0 {
      return divideSpecial(a, b, &flags)
    }
    if magnitudeA == 0 { return sign }
    let dividend = normalized(magnitudeA)
    let divisor = normalized(magnitudeB)
    // Scale the dividend so that the quotient has its leading one at bit 63.
    let isBelow = dividend.significand < divisor.significand
    let high = isBelow ? dividend.significand : dividend.significand &>> 1
    let low = isBelow ? 0 : dividend.significand &<< 63
    let (quotient, remainder) = divisor.significand.dividingFullWidth((high, low))
    return rounded(
      negative: sign != 0, exponent: dividend.exponent &- divisor.exponent &+ bias &- (isBelow ? 1 : 0),
      significand: remainder == 0 ? quotient : quotient | 1, mode, &flags)
  }

  /// The quotient when an operand is an infinity or a NaN, or the divisor is zero.
  @inline(never)
  private func divideSpecial(_ a: UInt64, _ b: UInt64, _ flags: inout UInt8) -> UInt64 {
    if isNaN(a) || isNaN(b) { return propagatedNaN(a, b, &flags) }
    let sign = (a ^ b) & signBit
    if magnitude(a) == infinity {
      return magnitude(b) == infinity ? invalidOperation(&flags) : sign | infinity
    }
    if magnitude(b) == infinity { return sign }
    if magnitude(a) == 0 { return invalidOperation(&flags) }
    flags.raise(.divideByZero)
    return sign | infinity
  }

  /// The square root of `a` (IEEE 754-2019 §5.4.1); of negative zero, negative zero.
  @inline(__always)
  func squareRoot(_ a: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    if isNaN(a) { return propagatedNaN(a, a, &flags) }
    if magnitude(a) == 0 { return a }
    if isNegative(a) { return invalidOperation(&flags) }
    if a == infinity { return a }

    let operand = normalized(a)
    let exponent = operand.exponent &- bias
    // Radicand in [1, 4) with an even exponent: the integer part is the upper two bits. The last bit is zero.
    var radicand = exponent & 1 == 0 ? operand.significand &>> 1 : operand.significand
    // Digit by digit, as on paper: two digits of the radicand come down for each digit of the root, and two more digits
    // of the root than the format holds are enough to round by.
    let digitCount = fractionBits &+ 3
    var root: UInt64 = 0
    var remainder: UInt64 = 0
    for _ in 0..<Int(truncatingIfNeeded: digitCount) {
      remainder = remainder &<< 2 | radicand &>> 62
      radicand &<<= 2
      let trial = root &<< 2 | 1
      let fits = remainder >= trial
      remainder = fits ? remainder &- trial : remainder
      root = root &<< 1 | (fits ? 1 : 0)
    }
    let significand = root &<< (64 &- digitCount)
    return rounded(
      negative: false, exponent: (exponent &>> 1) &+ bias,
      significand: remainder == 0 ? significand : significand | 1, mode, &flags)
  }
}
