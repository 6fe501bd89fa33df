/// The five rounding modes of IEEE 754-2019 §4.3, numbered as the RISC-V `rm` and `frm` fields number them
/// (RISC-V unprivileged specification, "F" chapter, table of rounding modes). The reserved and dynamic encodings are
/// not here: whoever decodes an instruction resolves or refuses them first.
public enum RoundingMode: UInt8, Sendable, CaseIterable {
  /// To the nearest value; a tie goes to the one with an even significand (RNE).
  case nearestEven = 0
  /// Towards zero (RTZ).
  case towardZero = 1
  /// Towards negative infinity (RDN).
  case down = 2
  /// Towards positive infinity (RUP).
  case up = 3
  /// To the nearest value; a tie goes away from zero (RMM).
  case nearestMaxMagnitude = 4

  /// Whether a value that is not representable is rounded away from zero, to the next larger magnitude.
  /// - Parameters:
  ///   - negative: the sign of the value.
  ///   - odd: whether the last bit that is kept is one.
  ///   - remainder: what is cut off, not zero, as a fraction of the last kept bit: bit 63 is a half. Bits that do not
  ///     fit may be folded into bit 0.
  @inline(__always)
  func roundsAway(negative: Bool, odd: Bool, remainder: UInt64) -> Bool {
    let half: UInt64 = 1 &<< 63
    switch self {
    case .nearestEven: return remainder > half || (remainder == half && odd)
    case .towardZero: return false
    case .down: return negative
    case .up: return !negative
    case .nearestMaxMagnitude: return remainder >= half
    }
  }
}

/// The accrued exceptions, in the bit order of the RISC-V `fflags` register (RISC-V unprivileged specification, "F"
/// chapter, "Floating-Point Control and Status Register").
///
/// The arithmetic takes the raw byte and only ever sets bits in it, so that a hart can pass its `fflags` directly.
public struct FloatFlags: OptionSet, Sendable {
  /// The five flag bits, as in `fflags`.
  public let rawValue: UInt8

  /// Flags from the bits of `fflags`.
  @inlinable
  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// NX: the result was rounded.
  @inlinable public static var inexact: FloatFlags { FloatFlags(rawValue: 1) }
  /// UF: the result was rounded and is tiny, where tininess is judged after rounding.
  @inlinable public static var underflow: FloatFlags { FloatFlags(rawValue: 2) }
  /// OF: the rounded result is too large for the format.
  @inlinable public static var overflow: FloatFlags { FloatFlags(rawValue: 4) }
  /// DZ: a finite operand gave an exact infinity.
  @inlinable public static var divideByZero: FloatFlags { FloatFlags(rawValue: 8) }
  /// NV: the operation has no usefully definable result.
  @inlinable public static var invalid: FloatFlags { FloatFlags(rawValue: 16) }
}

extension UInt8 {
  /// Sets `flags` in this raw `fflags` byte.
  @inlinable @inline(__always)
  mutating func raise(_ flags: FloatFlags) {
    self |= flags.rawValue
  }
}
