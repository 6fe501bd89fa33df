import Bits

/// Conversions to and from integers and between the formats, and rounding to an integral value.
extension BinaryFormat {
  /// The integer nearest to `a` in the direction of `mode`, saturated to `width` bits (32 or 64), as a register holds
  /// it: 32-bit results are sign-extended, unsigned ones too.
  ///
  /// A result out of range raises NV and nothing else, and gives the nearer end of the range; a NaN gives the upper end
  /// (RISC-V unprivileged specification, "F" chapter, table "Domains of float-to-integer conversions and behavior for
  /// invalid inputs").
  @inline(__always)
  func toInteger(
    _ a: UInt64, width: Int, isSigned: Bool, _ mode: RoundingMode, _ flags: inout UInt8
  ) -> UInt64 {
    let negative = isNegative(a) && !isNaN(a)
    let largest = UInt64.lowBits(isSigned ? width &- 1 : width)
    let limit = negative ? (isSigned ? largest &+ 1 : 0) : largest
    let (whole, remainder) = split(a)
    var size = whole ?? ~0
    let isTooLarge = whole == nil
    if remainder != 0, mode.roundsAway(negative: negative, odd: size & 1 != 0, remainder: remainder) {
      size &+= 1
    }
    if isTooLarge || size > limit {
      flags.raise(.invalid)
      size = limit
    } else if remainder != 0 {
      flags.raise(.inexact)
    }
    return (negative ? 0 &- size : size).signExtended(from: width)
  }

  /// The whole part of `a`'s magnitude and the fraction left, as 64 binary digits after the point with lower ones
  /// folded into the last. The whole part is `nil` when it needs more than 64 bits, or `a` is an infinity or a NaN.
  ///
  /// A magnitude with a fraction has a whole part of 53 bits at most, so rounding up cannot overflow.
  @inline(__always)
  private func split(_ a: UInt64) -> (whole: UInt64?, remainder: UInt64) {
    let size = magnitude(a)
    if size == 0 { return (0, 0) }
    let (field, significand) = normalized(size)
    let exponent = field &- bias
    if size >= infinity || exponent > 63 { return (nil, 0) }
    if exponent >= 0 {
      let shift = UInt64(truncatingIfNeeded: exponent)
      return (significand &>> (63 &- shift), (significand &<< 1) &<< shift)
    }
    return (0, significand.shiftedRightSticky(-1 &- exponent))
  }

  /// The integer part of `a` modulo 2^32, sign-extended, as JavaScript wants it: `fcvtmod.w.d` of Zfa. Infinities and
  /// NaNs give 0. The flags are those of the saturating conversion to a signed 32-bit integer, towards zero.
  @inline(__always)
  func toInteger32Modular(_ a: UInt64, _ flags: inout UInt8) -> UInt64 {
    _ = toInteger(a, width: 32, isSigned: true, .towardZero, &flags)
    let size = magnitude(a)
    guard size != 0, size < infinity else { return 0 }
    let (field, significand) = normalized(size)
    // Swift's checked shifts take any distance and give zero when all bits have left.
    let whole = significand << (field &- bias &- 63)
    return (isNegative(a) ? 0 &- whole : whole).signExtended(from: 32)
  }

  /// The value nearest to an integer given as sign and magnitude; zero gives positive zero.
  @inline(__always)
  func fromInteger(negative: Bool, magnitude: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    if magnitude == 0 { return 0 }
    let shift = magnitude.leadingZeroBitCount
    return rounded(
      negative: negative, exponent: bias &+ 63 &- shift,
      significand: magnitude &<< UInt64(truncatingIfNeeded: shift), mode, &flags)
  }

  /// `fromInteger` for a two's complement number.
  @inline(__always)
  func fromSigned(_ value: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    let negative = value &>> 63 != 0
    return fromInteger(negative: negative, magnitude: negative ? 0 &- value : value, mode, &flags)
  }

  /// `a` rounded to an integral value in the same format (IEEE 754-2019 §5.9), raising NX for a change only when
  /// `exact` is set: `froundnx`, and without it `fround`, of Zfa. A zero result keeps the sign of `a`.
  @inline(__always)
  func roundToIntegral(_ a: UInt64, _ mode: RoundingMode, exact: Bool, _ flags: inout UInt8) -> UInt64 {
    let size = magnitude(a)
    let sign = a & signBit
    let exponent = Int(truncatingIfNeeded: size &>> fractionBits) &- bias
    if size > infinity { return propagatedNaN(a, a, &flags) }
    if size == 0 || exponent >= Int(truncatingIfNeeded: fractionBits) { return a }

    let (whole, remainder) = split(a)
    if remainder == 0 { return a }
    if exact { flags.raise(.inexact) }
    let odd = (whole ?? 0) & 1 != 0
    let roundsAway = mode.roundsAway(negative: sign != 0, odd: odd, remainder: remainder)
    if exponent < 0 {
      return roundsAway ? sign | UInt64(truncatingIfNeeded: bias) &<< fractionBits : sign
    }
    // One in the last place of the whole part; a carry out of the fraction field goes where it should.
    let unit: UInt64 = 1 &<< (fractionBits &- UInt64(truncatingIfNeeded: exponent))
    let truncated = a & ~(unit &- 1)
    return roundsAway ? truncated &+ unit : truncated
  }

  /// `a`, a value of this format, in the format `target` (IEEE 754-2019 §5.4.2).
  @inline(__always)
  func convert(_ a: UInt64, to target: BinaryFormat, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    let size = magnitude(a)
    let sign = isNegative(a) ? target.signBit : 0
    if size > infinity {
      if isSignalingNaN(a) { flags.raise(.invalid) }
      return target.canonicalNaN
    }
    if size == infinity { return sign | target.infinity }
    if size == 0 { return sign }
    let (exponent, significand) = normalized(size)
    return target.rounded(
      negative: sign != 0, exponent: exponent &- bias &+ target.bias, significand: significand, mode, &flags)
  }
}
