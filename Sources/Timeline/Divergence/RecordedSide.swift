public import Archive
public import Backplane

/// One of two recordings that are compared, and how to make its machine.
///
/// Opened on the thread that goes through it: nothing but this value crosses threads.
public struct RecordedSide<B: Board>: Sendable {
  /// Opens the trace.
  public let open: @Sendable () throws -> sending TraceReader
  /// Makes the machine of the trace, at power-on, each time anew.
  public let make: @Sendable (TraceReader) throws -> Machine<B>

  /// A recording.
  public init(
    open: @escaping @Sendable () throws -> sending TraceReader,
    make: @escaping @Sendable (TraceReader) throws -> Machine<B>
  ) {
    (self.open, self.make) = (open, make)
  }

  /// A recording in memory.
  public init(bytes: [UInt8], make: @escaping @Sendable (TraceReader) throws -> Machine<B>) {
    self.init(open: { try TraceReader(bytes) }, make: make)
  }
}

/// Something said of each of two sides.
public struct Sides<Value> {
  /// Of the first, A.
  public var a: Value
  /// Of the second, B.
  public var b: Value

  /// What is said of A, and of B.
  public init(_ a: Value, _ b: Value) { (self.a, self.b) = (a, b) }

  /// The same of both.
  public init(both value: Value) { (a, b) = (value, value) }

  /// What is said of `side`.
  public subscript(_ side: Side) -> Value {
    get { side == .a ? a : b }
    set { if side == .a { a = newValue } else { b = newValue } }
  }

  /// `transform` of both.
  public func map<Other>(_ transform: (Value) throws -> Other) rethrows -> Sides<Other> {
    Sides<Other>(try transform(a), try transform(b))
  }
}

extension Sides: Sendable where Value: Sendable {}
extension Sides: Equatable where Value: Equatable {}
extension Sides: Hashable where Value: Hashable {}

/// One of two recordings that are compared.
public enum Side: String, CaseIterable, Sendable {
  /// The first.
  case a = "A"
  /// The second.
  case b = "B"
}
