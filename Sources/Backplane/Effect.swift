public import VirtualTime

/// Something the machine did that a person may want to see and a replay can check: recomputed by every run, never a
/// cause.
public struct Effect: Hashable, Sendable {
  /// When it happened.
  public let moment: Moment
  /// What happened.
  public let kind: Kind

  /// An effect of `kind` at `moment`.
  public init(moment: Moment, kind: Kind) { (self.moment, self.kind) = (moment, kind) }

  /// The kinds of effect.
  public enum Kind: Hashable, Sendable {
    /// A device sent a byte to the outside: console output.
    case output(Slot, UInt8)
    /// A hart took an interrupt: its number, the cause without the interrupt bit, and the pc that was interrupted.
    case interrupt(hart: UInt8, cause: UInt8, pc: UInt64)
    /// The guest read `value` from a device register at `offset` from the device's base.
    case read(Slot, offset: UInt64, Width, value: UInt64)
    /// The guest wrote `value` to a device register at `offset` from the device's base.
    case write(Slot, offset: UInt64, Width, value: UInt64)
    /// A hart has taken the same exception, with this cause, at the same pc, many times in a row: the guest gets
    /// nowhere. Whether it is noticed depends on where the run began, so it is for people, and nothing to compare.
    case trapStorm(hart: UInt8, cause: UInt8, pc: UInt64)
  }
}

/// Which kinds of effect a run collects.
public struct EffectSelection: OptionSet, Hashable, Codable, Sendable {
  /// One bit a kind.
  public let rawValue: UInt8
  /// The kinds of these bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Bytes sent to the outside. Always collected by `Fabric`, whoever asks.
  public static let output = EffectSelection(rawValue: 1)
  /// Interrupts taken.
  public static let interrupts = EffectSelection(rawValue: 2)
  /// Device registers read and written.
  public static let devices = EffectSelection(rawValue: 4)
}

/// The width of an access.
public enum Width: UInt8, Hashable, Codable, Sendable {
  case byte = 1
  case half = 2
  case word = 4
  case double = 8

  /// How many bytes.
  @inlinable public var bytes: UInt64 { UInt64(rawValue) }
  /// The bits that an access of this width can carry.
  @inlinable public var mask: UInt64 { self == .double ? ~0 : (1 << (UInt64(rawValue) * 8)) - 1 }
}

extension Effect {
  /// Whether it is a byte sent to the outside.
  public var isOutput: Bool {
    if case .output = kind { true } else { false }
  }
}
