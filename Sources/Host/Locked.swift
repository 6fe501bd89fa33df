internal import Synchronization

/// A value that threads share, one at a time.
public final class Locked<Value: Sendable>: Sendable {
  private let value: Mutex<Value>

  /// `value`, shared.
  public init(_ value: Value) { self.value = Mutex(value) }

  /// What `body` makes of the value, while nobody else sees it.
  public func withLock<Result>(_ body: (inout sending Value) throws -> sending Result) rethrows -> sending Result {
    try value.withLock(body)
  }
}
