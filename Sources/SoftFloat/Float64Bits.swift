import Bits

/// IEEE 754 binary64 arithmetic on bit patterns, computed in integers: the D extension of RISC-V and the parts of Zfa
/// that belong to it. The same on every host.
///
/// `flags` is a raw `fflags` byte (`FloatFlags`); operations only set bits in it. A NaN result of arithmetic is always
/// the canonical NaN. Tininess is judged after rounding.
public enum Float64Bits {
  // MARK: Arithmetic

  /// `a + b`, rounded once (`fadd.d`).
  @inline(never)
  public static func add(_ a: UInt64, _ b: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    BinaryFormat.binary64.add(a, b, mode, &flags)
  }

  /// `a - b`, rounded once (`fsub.d`).
  @inline(never)
  public static func sub(_ a: UInt64, _ b: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    BinaryFormat.binary64.add(a, b ^ BinaryFormat.binary64.signBit, mode, &flags)
  }

  /// `a * b`, rounded once (`fmul.d`).
  @inline(never)
  public static func mul(_ a: UInt64, _ b: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    BinaryFormat.binary64.multiply(a, b, mode, &flags)
  }

  /// `a / b`, rounded once (`fdiv.d`). Raises DZ for a finite number over zero, NV for zero over zero.
  @inline(never)
  public static func div(_ a: UInt64, _ b: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    BinaryFormat.binary64.divide(a, b, mode, &flags)
  }

  /// The square root of `a`, rounded once (`fsqrt.d`). Raises NV for a negative number other than zero.
  @inline(never)
  public static func sqrt(_ a: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    BinaryFormat.binary64.squareRoot(a, mode, &flags)
  }

  /// `a * b + c`, rounded once (`fmadd.d`; the other three are this with signs changed). Raises NV for infinity times
  /// zero, even when `c` is a quiet NaN.
  @inline(never)
  public static func fma(
    _ a: UInt64, _ b: UInt64, _ c: UInt64, _ mode: RoundingMode, _ flags: inout UInt8
  ) -> UInt64 {
    BinaryFormat.binary64.multiplyAdd(a, b, c, mode, &flags)
  }

  /// `a` rounded to an integral value, zero keeping the sign of `a`: `fround.d`, or with `exact`, which raises NX for a
  /// changed value, `froundnx.d`.
  @inline(never)
  public static func roundToIntegral(_ a: UInt64, _ mode: RoundingMode, exact: Bool, _ flags: inout UInt8) -> UInt64 {
    BinaryFormat.binary64.roundToIntegral(a, mode, exact: exact, &flags)
  }

  // MARK: Minimum and maximum

  /// The smaller operand, -0 below +0; the other one when one is a NaN (`fmin.d`, as of version 2.2 of F). Raises NV
  /// for a signaling NaN.
  @inlinable @inline(__always)
  public static func min(_ a: UInt64, _ b: UInt64, _ flags: inout UInt8) -> UInt64 {
    BinaryFormat.binary64.extremum(a, b, takesLarger: false, propagatesNaN: false, &flags)
  }

  /// The larger operand, -0 below +0; the other one when one is a NaN (`fmax.d`, as of version 2.2 of F). Raises NV for
  /// a signaling NaN.
  @inlinable @inline(__always)
  public static func max(_ a: UInt64, _ b: UInt64, _ flags: inout UInt8) -> UInt64 {
    BinaryFormat.binary64.extremum(a, b, takesLarger: true, propagatesNaN: false, &flags)
  }

  /// The smaller operand, -0 below +0; the canonical NaN when one is a NaN (`fminm.d`).
  /// Raises NV for a signaling NaN.
  @inlinable @inline(__always)
  public static func minimumM(_ a: UInt64, _ b: UInt64, _ flags: inout UInt8) -> UInt64 {
    BinaryFormat.binary64.extremum(a, b, takesLarger: false, propagatesNaN: true, &flags)
  }

  /// The larger operand, -0 below +0; the canonical NaN when one is a NaN (`fmaxm.d`).
  /// Raises NV for a signaling NaN.
  @inlinable @inline(__always)
  public static func maximumM(_ a: UInt64, _ b: UInt64, _ flags: inout UInt8) -> UInt64 {
    BinaryFormat.binary64.extremum(a, b, takesLarger: true, propagatesNaN: true, &flags)
  }

  // MARK: Comparison

  /// Whether `a == b` (`feq.d`). Raises NV for a signaling NaN.
  @inlinable @inline(__always)
  public static func equal(_ a: UInt64, _ b: UInt64, _ flags: inout UInt8) -> Bool {
    BinaryFormat.binary64.equal(a, b, &flags)
  }

  /// Whether `a < b` (`flt.d`). Raises NV for any NaN.
  @inlinable @inline(__always)
  public static func less(_ a: UInt64, _ b: UInt64, _ flags: inout UInt8) -> Bool {
    BinaryFormat.binary64.less(a, b, signaling: true, &flags)
  }

  /// Whether `a <= b` (`fle.d`). Raises NV for any NaN.
  @inlinable @inline(__always)
  public static func lessOrEqual(_ a: UInt64, _ b: UInt64, _ flags: inout UInt8) -> Bool {
    BinaryFormat.binary64.lessOrEqual(a, b, signaling: true, &flags)
  }

  /// Whether `a < b` (`fltq.d`). Raises NV for a signaling NaN.
  @inlinable @inline(__always)
  public static func lessQuiet(_ a: UInt64, _ b: UInt64, _ flags: inout UInt8) -> Bool {
    BinaryFormat.binary64.less(a, b, signaling: false, &flags)
  }

  /// Whether `a <= b` (`fleq.d`). Raises NV for a signaling NaN.
  @inlinable @inline(__always)
  public static func lessOrEqualQuiet(_ a: UInt64, _ b: UInt64, _ flags: inout UInt8) -> Bool {
    BinaryFormat.binary64.lessOrEqual(a, b, signaling: false, &flags)
  }

  /// The class of `a` as a mask with one of ten bits set (`fclass.d`): from bit 0, negative infinity, normal,
  /// subnormal, zero; from bit 4, positive zero, subnormal, normal, infinity; bit 8, signaling NaN; bit 9, quiet NaN.
  @inlinable @inline(__always)
  public static func classify(_ a: UInt64) -> UInt64 {
    BinaryFormat.binary64.classify(a)
  }

  // MARK: To integers

  // Out of range raises NV and gives the nearer end of the range; a NaN gives the upper end. 32-bit results are sign-
  // extended to 64 bits, unsigned ones too, as the instructions leave them in a register.

  /// `a` as a signed 32-bit integer (`fcvt.w.d`).
  @inline(never)
  public static func toInt32(_ a: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    BinaryFormat.binary64.toInteger(a, width: 32, isSigned: true, mode, &flags)
  }

  /// `a` as an unsigned 32-bit integer (`fcvt.wu.d`).
  @inline(never)
  public static func toUInt32(_ a: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    BinaryFormat.binary64.toInteger(a, width: 32, isSigned: false, mode, &flags)
  }

  /// `a` as a signed 64-bit integer (`fcvt.l.d`).
  @inline(never)
  public static func toInt64(_ a: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    BinaryFormat.binary64.toInteger(a, width: 64, isSigned: true, mode, &flags)
  }

  /// `a` as an unsigned 64-bit integer (`fcvt.lu.d`).
  @inline(never)
  public static func toUInt64(_ a: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    BinaryFormat.binary64.toInteger(a, width: 64, isSigned: false, mode, &flags)
  }

  /// The integer part of `a` modulo 2^32, sign-extended; 0 for infinities and NaNs (`fcvtmod.w.d`). The flags are those
  /// of `toInt32` towards zero.
  @inline(never)
  public static func toInt32Modular(_ a: UInt64, _ flags: inout UInt8) -> UInt64 {
    BinaryFormat.binary64.toInteger32Modular(a, &flags)
  }

  // MARK: From integers

  // `value` is what a register holds; the 32-bit conversions ignore its upper half.

  /// The signed integer in the lower half of `value` (`fcvt.d.w`).
  @inline(never)
  public static func fromInt32(_ value: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    BinaryFormat.binary64.fromSigned(value.signExtended(from: 32), mode, &flags)
  }

  /// The unsigned integer in the lower half of `value` (`fcvt.d.wu`).
  @inline(never)
  public static func fromUInt32(_ value: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    BinaryFormat.binary64.fromInteger(negative: false, magnitude: value & 0xFFFF_FFFF, mode, &flags)
  }

  /// The signed integer in `value` (`fcvt.d.l`).
  @inline(never)
  public static func fromInt64(_ value: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    BinaryFormat.binary64.fromSigned(value, mode, &flags)
  }

  /// The unsigned integer in `value` (`fcvt.d.lu`).
  @inline(never)
  public static func fromUInt64(_ value: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    BinaryFormat.binary64.fromInteger(negative: false, magnitude: value, mode, &flags)
  }

  // MARK: Between the formats

  /// The binary32 value `a`, exactly (`fcvt.d.s`). Raises NV for a signaling NaN.
  @inline(never)
  public static func fromFloat32(_ a: UInt32, _ flags: inout UInt8) -> UInt64 {
    BinaryFormat.binary32.convert(UInt64(a), to: .binary64, .nearestEven, &flags)
  }

  /// `a` rounded to binary32 (`fcvt.s.d`).
  @inline(never)
  public static func toFloat32(_ a: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt32 {
    UInt32(truncatingIfNeeded: BinaryFormat.binary64.convert(a, to: .binary32, mode, &flags))
  }
}
