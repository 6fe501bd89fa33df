/// Multiplication and the fused multiply-add.
extension BinaryFormat {
  /// `a * b` (IEEE 754-2019 §5.4.1).
  @inline(__always)
  func multiply(_ a: UInt64, _ b: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    let magnitudeA = magnitude(a)
    let magnitudeB = magnitude(b)
    let sign = (a ^ b) & signBit
    if magnitudeA >= infinity || magnitudeB >= infinity {
      return multiplyNonFinite(a, b, &flags)
    }
    if magnitudeA == 0 || magnitudeB == 0 { return sign }
    let product = exactProduct(magnitudeA, magnitudeB)
    return rounded(
      negative: sign != 0, exponent: product.exponent, significand: product.digits.sticky, mode, &flags)
  }

  /// `a * b + c` with a single rounding (IEEE 754-2019 §5.4.1).
  ///
  /// Infinity times zero raises NV even when `c` is a quiet NaN, which IEEE 754 leaves open and RISC-V requires (RISC-V
  /// unprivileged specification, "F" chapter, "Single-Precision Floating-Point Computational Instructions").
  @inline(__always)
  func multiplyAdd(
    _ a: UInt64, _ b: UInt64, _ c: UInt64, _ mode: RoundingMode, _ flags: inout UInt8
  ) -> UInt64 {
    let magnitudeA = magnitude(a)
    let magnitudeB = magnitude(b)
    let magnitudeC = magnitude(c)
    if magnitudeA >= infinity || magnitudeB >= infinity || magnitudeC >= infinity {
      return multiplyAddNonFinite(a, b, c, &flags)
    }
    let productNegative = (a ^ b) & signBit != 0
    let addendNegative = isNegative(c)
    if magnitudeA == 0 || magnitudeB == 0 {
      return magnitudeC == 0 ? zeroSum(productNegative, addendNegative, mode) : c
    }
    let product = exactProduct(magnitudeA, magnitudeB)
    if magnitudeC == 0 {
      return rounded(
        negative: productNegative, exponent: product.exponent, significand: product.digits.sticky, mode, &flags)
    }
    let addend = normalized(magnitudeC)
    return roundedSum(
      WideTerm(negative: productNegative, exponent: product.exponent, digits: product.digits),
      WideTerm(
        negative: addendNegative, exponent: addend.exponent, digits: WideDigits(high: addend.significand, low: 0)),
      mode, &flags)
  }

  /// The product of two finite magnitudes other than zero: all its digits, the leading one at bit 127, and the weight
  /// of that bit on the scale of the exponent field.
  @inline(__always)
  private func exactProduct(_ a: UInt64, _ b: UInt64) -> (exponent: Int, digits: WideDigits) {
    let first = normalized(a)
    let second = normalized(b)
    let (high, low) = first.significand.multipliedFullWidth(by: second.significand)
    let shift = high.leadingZeroBitCount  // 0 or 1
    return (
      first.exponent &+ second.exponent &- bias &+ 1 &- shift,
      WideDigits(high: high, low: low).shiftedLeft(shift)
    )
  }

  /// The sum of two terms, neither zero, leading ones at bit 127.
  @inline(__always)
  private func roundedSum(
    _ first: WideTerm, _ second: WideTerm, _ mode: RoundingMode, _ flags: inout UInt8
  ) -> UInt64 {
    let swapped = first.isSmaller(than: second)
    let larger = swapped ? second : first
    let smaller = swapped ? first : second
    // Leading ones to bit 126, room for a carry above. Neither term has digits in its last 20 bits, so this loses
    // nothing, and the argument about the sticky bit is the one in `add`.
    let distance = larger.exponent &- smaller.exponent
    let largerDigits = larger.digits.shiftedRightSticky(1)
    let smallerDigits = smaller.digits.shiftedRightSticky(distance &+ 1)
    let sum =
      larger.negative == smaller.negative
      ? largerDigits.adding(smallerDigits) : largerDigits.subtracting(smallerDigits)
    if sum.high | sum.low == 0 {
      return zeroSum(first.negative, second.negative, mode)
    }
    let shift = sum.leadingZeroBitCount
    return rounded(
      negative: larger.negative, exponent: larger.exponent &+ 1 &- shift, significand: sum.shiftedLeft(shift).sticky,
      mode, &flags)
  }

  /// The product when an operand is an infinity or a NaN.
  @inline(never)
  private func multiplyNonFinite(_ a: UInt64, _ b: UInt64, _ flags: inout UInt8) -> UInt64 {
    if isNaN(a) || isNaN(b) { return propagatedNaN(a, b, &flags) }
    if magnitude(a) == 0 || magnitude(b) == 0 { return invalidOperation(&flags) }
    return (a ^ b) & signBit | infinity
  }

  /// The fused multiply-add when an operand is an infinity or a NaN.
  @inline(never)
  private func multiplyAddNonFinite(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ flags: inout UInt8) -> UInt64 {
    let isInfinityTimesZero =
      (magnitude(a) == infinity && magnitude(b) == 0) || (magnitude(a) == 0 && magnitude(b) == infinity)
    if isInfinityTimesZero { flags.raise(.invalid) }
    if isNaN(a) || isNaN(b) || isNaN(c) || isInfinityTimesZero {
      if isSignalingNaN(c) { flags.raise(.invalid) }
      return propagatedNaN(a, b, &flags)
    }
    guard magnitude(a) == infinity || magnitude(b) == infinity else { return c }
    let product = (a ^ b) & signBit | infinity
    return c == product ^ signBit ? invalidOperation(&flags) : product
  }
}

/// One signed term of a sum: `digits`, whose bit 127 weighs `exponent` on the scale of the exponent field.
private struct WideTerm {
  let negative: Bool
  let exponent: Int
  let digits: WideDigits

  /// Whether this term's magnitude is below the other's; both have bit 127 set.
  @inline(__always)
  func isSmaller(than other: WideTerm) -> Bool {
    if exponent != other.exponent { return exponent < other.exponent }
    if digits.high != other.digits.high { return digits.high < other.digits.high }
    return digits.low < other.digits.low
  }
}

/// 128 binary digits: enough for every product of two significands. Two words rather than `UInt128`, which older
/// systems lack and whose shifts by a variable distance check more than is needed here.
private struct WideDigits {
  let high: UInt64
  let low: UInt64

  /// The upper 64 bits, bit 0 set if any lower bit was.
  @inline(__always)
  var sticky: UInt64 {
    low == 0 ? high : high | 1
  }

  /// 0 to 128.
  @inline(__always)
  var leadingZeroBitCount: Int {
    high == 0 ? 64 &+ low.leadingZeroBitCount : high.leadingZeroBitCount
  }

  /// Moved left by `distance`, 0 to 127.
  @inline(__always)
  func shiftedLeft(_ distance: Int) -> WideDigits {
    let shift = UInt64(truncatingIfNeeded: distance & 63)
    let source = distance >= 64 ? WideDigits(high: low, low: 0) : self
    // Two steps, since a shift by 64 would be taken as a shift by 0.
    return WideDigits(
      high: source.high &<< shift | (source.low &>> 1) &>> (63 &- shift),
      low: source.low &<< shift)
  }

  /// Moved right by `distance`, at least 0, bit 0 set if any bit that fell off was.
  @inline(__always)
  func shiftedRightSticky(_ distance: Int) -> WideDigits {
    if distance >= 64 {
      return WideDigits(high: 0, low: sticky.shiftedRightSticky(distance &- 64))
    }
    let shift = UInt64(truncatingIfNeeded: distance)
    let shifted = WideDigits(
      high: high &>> shift,
      low: low &>> shift | (high &<< 1) &<< (63 &- shift))
    return (low &>> shift) &<< shift == low ? shifted : WideDigits(high: shifted.high, low: shifted.low | 1)
  }

  /// The sum, which must fit.
  @inline(__always)
  func adding(_ other: WideDigits) -> WideDigits {
    let (sum, carry) = low.addingReportingOverflow(other.low)
    return WideDigits(high: high &+ other.high &+ (carry ? 1 : 0), low: sum)
  }

  /// The difference, which must not be negative.
  @inline(__always)
  func subtracting(_ other: WideDigits) -> WideDigits {
    let (difference, borrow) = low.subtractingReportingOverflow(other.low)
    return WideDigits(high: high &- other.high &- (borrow ? 1 : 0), low: difference)
  }
}
