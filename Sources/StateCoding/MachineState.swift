/// A part of the machine: a value that can be encoded, compared and sent.
///
/// Conformance is always synthesised, so that no field can be forgotten; the tidy test forbids hand-written coding.
public protocol MachineState: Codable, Equatable, Sendable {}

/// Marks a stored property that is not state: it encodes to nothing, comes back as it is when new, and never makes two
/// values differ. What wears it can be dropped at any time without the guest noticing.
@propertyWrapper
public struct Derived<Value: Sendable & DefaultInitializable>: Codable, Equatable, Sendable {
  /// The derived value.
  public var wrappedValue: Value

  /// Wraps a fresh value.
  public init() { wrappedValue = Value() }
  /// Wraps `wrappedValue`.
  public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }

  /// A fresh value, whatever the bytes.
  public init(from decoder: any Decoder) throws { wrappedValue = Value() }
  /// Writes nothing.
  public func encode(to encoder: any Encoder) throws {}
  /// Always equal.
  public static func == (left: Self, right: Self) -> Bool { true }
}

/// A type with a fresh value, as `Derived` needs.
public protocol DefaultInitializable {
  /// The fresh value.
  init()
}

extension Array: DefaultInitializable {}
extension UInt64: DefaultInitializable {}
