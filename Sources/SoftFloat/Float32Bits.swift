import Bits

/// IEEE 754 binary32 arithmetic on bit patterns, computed in integers: the F extension of RISC-V and the parts of Zfa
/// that belong to it. The same on every host. What `Float64Bits` says about flags and NaNs holds here too. The
/// conversions between the formats are `Float64Bits.fromFloat32` and `Float64Bits.toFloat32`.
public enum Float32Bits {
  // MARK: Arithmetic

  /// `a + b`, rounded once (`fadd.s`).
  @inline(never)
  public static func add(_ a: UInt32, _ b: UInt32, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt32 {
    UInt32(truncatingIfNeeded: BinaryFormat.binary32.add(UInt64(a), UInt64(b), mode, &flags))
  }

  /// `a - b`, rounded once (`fsub.s`).
  @inline(never)
  public static func sub(_ a: UInt32, _ b: UInt32, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt32 {
    UInt32(
      truncatingIfNeeded: BinaryFormat.binary32.add(UInt64(a), UInt64(b) ^ BinaryFormat.binary32.signBit, mode, &flags))
  }

  /// `a * b`, rounded once (`fmul.s`).
  @inline(never)
  public static func mul(_ a: UInt32, _ b: UInt32, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt32 {
    UInt32(truncatingIfNeeded: BinaryFormat.binary32.multiply(UInt64(a), UInt64(b), mode, &flags))
  }

  /// `a / b`, rounded once (`fdiv.s`). Raises DZ for a finite number over zero, NV for zero over zero.
  @inline(never)
  public static func div(_ a: UInt32, _ b: UInt32, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt32 {
    UInt32(truncatingIfNeeded: BinaryFormat.binary32.divide(UInt64(a), UInt64(b), mode, &flags))
  }

  /// The square root of `a`, rounded once (`fsqrt.s`). Raises NV for a negative number other than zero.
  @inline(never)
  public static func sqrt(_ a: UInt32, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt32 {
    UInt32(truncatingIfNeeded: BinaryFormat.binary32.squareRoot(UInt64(a), mode, &flags))
  }

  /// `a * b + c`, rounded once (`fmadd.s`; the other three are this with signs changed). Raises NV for infinity times
  /// zero, even when `c` is a quiet NaN.
  @inline(never)
  public static func fma(
    _ a: UInt32, _ b: UInt32, _ c: UInt32, _ mode: RoundingMode, _ flags: inout UInt8
  ) -> UInt32 {
    UInt32(truncatingIfNeeded: BinaryFormat.binary32.multiplyAdd(UInt64(a), UInt64(b), UInt64(c), mode, &flags))
  }

  /// `a` rounded to an integral value, zero keeping the sign of `a`: `fround.s`, or with `exact`, which raises NX for a
  /// changed value, `froundnx.s`.
  @inline(never)
  public static func roundToIntegral(_ a: UInt32, _ mode: RoundingMode, exact: Bool, _ flags: inout UInt8) -> UInt32 {
    UInt32(truncatingIfNeeded: BinaryFormat.binary32.roundToIntegral(UInt64(a), mode, exact: exact, &flags))
  }

  // MARK: Minimum and maximum

  /// The smaller operand, -0 below +0; the other one when one is a NaN (`fmin.s`, as of version 2.2 of F). Raises NV
  /// for a signaling NaN.
  @inlinable @inline(__always)
  public static func min(_ a: UInt32, _ b: UInt32, _ flags: inout UInt8) -> UInt32 {
    UInt32(
      truncatingIfNeeded: BinaryFormat.binary32.extremum(
        UInt64(a), UInt64(b), takesLarger: false, propagatesNaN: false, &flags))
  }

  /// The larger operand, -0 below +0; the other one when one is a NaN (`fmax.s`, as of version 2.2 of F). Raises NV for
  /// a signaling NaN.
  @inlinable @inline(__always)
  public static func max(_ a: UInt32, _ b: UInt32, _ flags: inout UInt8) -> UInt32 {
    UInt32(
      truncatingIfNeeded: BinaryFormat.binary32.extremum(
        UInt64(a), UInt64(b), takesLarger: true, propagatesNaN: false, &flags))
  }

  /// The smaller operand, -0 below +0; the canonical NaN when one is a NaN (`fminm.s`).
  /// Raises NV for a signaling NaN.
  @inlinable @inline(__always)
  public static func minimumM(_ a: UInt32, _ b: UInt32, _ flags: inout UInt8) -> UInt32 {
    UInt32(
      truncatingIfNeeded: BinaryFormat.binary32.extremum(
        UInt64(a), UInt64(b), takesLarger: false, propagatesNaN: true, &flags))
  }

  /// The larger operand, -0 below +0; the canonical NaN when one is a NaN (`fmaxm.s`).
  /// Raises NV for a signaling NaN.
  @inlinable @inline(__always)
  public static func maximumM(_ a: UInt32, _ b: UInt32, _ flags: inout UInt8) -> UInt32 {
    UInt32(
      truncatingIfNeeded: BinaryFormat.binary32.extremum(
        UInt64(a), UInt64(b), takesLarger: true, propagatesNaN: true, &flags))
  }

  // MARK: Comparison

  /// Whether `a == b` (`feq.s`). Raises NV for a signaling NaN.
  @inlinable @inline(__always)
  public static func equal(_ a: UInt32, _ b: UInt32, _ flags: inout UInt8) -> Bool {
    BinaryFormat.binary32.equal(UInt64(a), UInt64(b), &flags)
  }

  /// Whether `a < b` (`flt.s`). Raises NV for any NaN.
  @inlinable @inline(__always)
  public static func less(_ a: UInt32, _ b: UInt32, _ flags: inout UInt8) -> Bool {
    BinaryFormat.binary32.less(UInt64(a), UInt64(b), signaling: true, &flags)
  }

  /// Whether `a <= b` (`fle.s`). Raises NV for any NaN.
  @inlinable @inline(__always)
  public static func lessOrEqual(_ a: UInt32, _ b: UInt32, _ flags: inout UInt8) -> Bool {
    BinaryFormat.binary32.lessOrEqual(UInt64(a), UInt64(b), signaling: true, &flags)
  }

  /// Whether `a < b` (`fltq.s`). Raises NV for a signaling NaN.
  @inlinable @inline(__always)
  public static func lessQuiet(_ a: UInt32, _ b: UInt32, _ flags: inout UInt8) -> Bool {
    BinaryFormat.binary32.less(UInt64(a), UInt64(b), signaling: false, &flags)
  }

  /// Whether `a <= b` (`fleq.s`). Raises NV for a signaling NaN.
  @inlinable @inline(__always)
  public static func lessOrEqualQuiet(_ a: UInt32, _ b: UInt32, _ flags: inout UInt8) -> Bool {
    BinaryFormat.binary32.lessOrEqual(UInt64(a), UInt64(b), signaling: false, &flags)
  }

  /// The class of `a` as a mask with one of ten bits set (`fclass.s`): from bit 0, negative infinity, normal,
  /// subnormal, zero; from bit 4, positive zero, subnormal, normal, infinity; bit 8, signaling NaN; bit 9, quiet NaN.
  @inlinable @inline(__always)
  public static func classify(_ a: UInt32) -> UInt64 {
    BinaryFormat.binary32.classify(UInt64(a))
  }

  // MARK: To integers

  // Out of range raises NV and gives the nearer end of the range; a NaN gives the upper end. 32-bit results are sign-
  // extended to 64 bits, unsigned ones too, as the instructions leave them in a register.

  /// `a` as a signed 32-bit integer (`fcvt.w.s`).
  @inline(never)
  public static func toInt32(_ a: UInt32, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    BinaryFormat.binary32.toInteger(UInt64(a), width: 32, isSigned: true, mode, &flags)
  }

  /// `a` as an unsigned 32-bit integer (`fcvt.wu.s`).
  @inline(never)
  public static func toUInt32(_ a: UInt32, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    BinaryFormat.binary32.toInteger(UInt64(a), width: 32, isSigned: false, mode, &flags)
  }

  /// `a` as a signed 64-bit integer (`fcvt.l.s`).
  @inline(never)
  public static func toInt64(_ a: UInt32, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    BinaryFormat.binary32.toInteger(UInt64(a), width: 64, isSigned: true, mode, &flags)
  }

  /// `a` as an unsigned 64-bit integer (`fcvt.lu.s`).
  @inline(never)
  public static func toUInt64(_ a: UInt32, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt64 {
    BinaryFormat.binary32.toInteger(UInt64(a), width: 64, isSigned: false, mode, &flags)
  }

  // MARK: From integers

  // `value` is what a register holds; the 32-bit conversions ignore its upper half.

  /// The signed integer in the lower half of `value` (`fcvt.s.w`).
  @inline(never)
  public static func fromInt32(_ value: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt32 {
    UInt32(truncatingIfNeeded: BinaryFormat.binary32.fromSigned(value.signExtended(from: 32), mode, &flags))
  }

  /// The unsigned integer in the lower half of `value` (`fcvt.s.wu`).
  @inline(never)
  public static func fromUInt32(_ value: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt32 {
    UInt32(
      truncatingIfNeeded: BinaryFormat.binary32.fromInteger(
        negative: false, magnitude: value & 0xFFFF_FFFF, mode, &flags))
  }

  /// The signed integer in `value` (`fcvt.s.l`).
  @inline(never)
  public static func fromInt64(_ value: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt32 {
    UInt32(truncatingIfNeeded: BinaryFormat.binary32.fromSigned(value, mode, &flags))
  }

  /// The unsigned integer in `value` (`fcvt.s.lu`).
  @inline(never)
  public static func fromUInt64(_ value: UInt64, _ mode: RoundingMode, _ flags: inout UInt8) -> UInt32 {
    UInt32(truncatingIfNeeded: BinaryFormat.binary32.fromInteger(negative: false, magnitude: value, mode, &flags))
  }
}
