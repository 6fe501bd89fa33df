/// The parameters of an IEEE 754 binary interchange format (IEEE 754-2019 §3.4) and all arithmetic on it.
///
/// Values of every format are handled as bit patterns zero-extended to 64 bits. The arithmetic is written once, as
/// methods that are always inlined into the entry points of `Float32Bits` and `Float64Bits`; there the parameters are
/// constants and fold away. No generics are needed, so nothing depends on specialisation.
@usableFromInline
struct BinaryFormat {
  /// Width of the trailing significand field.
  @usableFromInline let fractionBits: UInt64
  /// Width of the biased exponent field.
  @usableFromInline let exponentBits: UInt64

  @inlinable @inline(__always)
  init(fractionBits: UInt64, exponentBits: UInt64) {
    self.fractionBits = fractionBits
    self.exponentBits = exponentBits
  }

  /// Single precision, the RISC-V F extension.
  @inlinable static var binary32: BinaryFormat {
    @inline(__always) get { BinaryFormat(fractionBits: 23, exponentBits: 8) }
  }

  /// Double precision, the RISC-V D extension.
  @inlinable static var binary64: BinaryFormat {
    @inline(__always) get { BinaryFormat(fractionBits: 52, exponentBits: 11) }
  }

  /// The sign, alone.
  @inlinable var signBit: UInt64 {
    @inline(__always) get { 1 &<< (fractionBits &+ exponentBits) }
  }

  /// Positive infinity. Every finite magnitude is below it and every NaN's magnitude is above it.
  @inlinable var infinity: UInt64 {
    @inline(__always) get { ((1 &<< exponentBits) &- 1) &<< fractionBits }
  }

  /// The bit that is set in a quiet NaN and clear in a signaling one.
  @inlinable var quietBit: UInt64 {
    @inline(__always) get { 1 &<< (fractionBits &- 1) }
  }

  /// The only NaN that arithmetic returns: positive, quiet, no payload (RISC-V unprivileged specification, "F" chapter,
  /// "NaN Generation and Propagation").
  @inlinable var canonicalNaN: UInt64 {
    @inline(__always) get { infinity | quietBit }
  }

  /// What is added to an exponent to give the exponent field; also the exponent field of 1.
  @inlinable var bias: Int {
    @inline(__always) get { Int(truncatingIfNeeded: (1 &<< (exponentBits &- 1)) &- 1 as UInt64) }
  }

  /// The exponent field of infinities and NaNs.
  @inlinable var topExponent: Int {
    @inline(__always) get { Int(truncatingIfNeeded: (1 &<< exponentBits) &- 1 as UInt64) }
  }

  /// `value` without its sign.
  @inlinable @inline(__always)
  func magnitude(_ value: UInt64) -> UInt64 {
    value & (signBit &- 1)
  }

  /// Whether the sign bit is set.
  @inlinable @inline(__always)
  func isNegative(_ value: UInt64) -> Bool {
    value & signBit != 0
  }

  /// Whether `value` is a NaN of either kind.
  @inlinable @inline(__always)
  func isNaN(_ value: UInt64) -> Bool {
    magnitude(value) > infinity
  }

  /// Whether `value` is a signaling NaN.
  @inlinable @inline(__always)
  func isSignalingNaN(_ value: UInt64) -> Bool {
    isNaN(value) && value & quietBit == 0
  }

  /// The canonical NaN, raising NV: the result of an operation with no sensible one.
  @inline(__always)
  func invalidOperation(_ flags: inout UInt8) -> UInt64 {
    flags.raise(.invalid)
    return canonicalNaN
  }

  /// The canonical NaN, raising NV when one of the operands is signaling.
  @inline(__always)
  func propagatedNaN(_ a: UInt64, _ b: UInt64, _ flags: inout UInt8) -> UInt64 {
    if isSignalingNaN(a) || isSignalingNaN(b) { flags.raise(.invalid) }
    return canonicalNaN
  }

  /// A finite magnitude other than zero, as an exponent on the scale of the exponent field (which for a subnormal
  /// number goes below 1) and a significand whose leading one is bit 63.
  @inline(__always)
  func normalized(_ magnitude: UInt64) -> (exponent: Int, significand: UInt64) {
    let field = Int(truncatingIfNeeded: magnitude &>> fractionBits)
    if field != 0 {
      return (field, magnitude &<< (63 &- fractionBits) | 1 &<< 63)
    }
    let shift = magnitude.leadingZeroBitCount
    return (64 &- Int(truncatingIfNeeded: fractionBits) &- shift, magnitude &<< UInt64(truncatingIfNeeded: shift))
  }
}

extension UInt64 {
  /// This value moved right by `distance` bits, at least 0, with bit 0 set if any bit that fell off was set: enough to
  /// round by, since rounding only asks how what fell off compares with a half.
  @inline(__always)
  func shiftedRightSticky(_ distance: Int) -> UInt64 {
    guard distance < 64 else { return self == 0 ? 0 : 1 }
    let shift = UInt64(truncatingIfNeeded: distance)
    let kept = self &>> shift
    return kept &<< shift == self ? kept : kept | 1
  }
}
