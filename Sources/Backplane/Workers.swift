/// Other threads, lent by the host. Nothing that is computed depends on how many there are or on when they run.
public protocol Workers: Sendable {
  /// How many can work at once; at least one.
  var count: Int { get }

  /// Does `work` some time, on another thread or at once.
  func submit(_ work: @escaping @Sendable () -> Void)

  /// Returns when everything submitted before is done.
  func drain()

  /// Calls `body` with each number below `count`, each on a thread of its own, and returns when all have returned.
  /// - Parameter whileWaiting: called by the caller's thread, again and again.
  func perform(_ count: Int, _ body: @escaping @Sendable (Int) -> Void, whileWaiting: () -> Void)
}

/// No other threads: everything is done at once, by the caller.
public struct NoWorkers: Workers {
  /// The caller alone.
  public init() {}
  /// One.
  public var count: Int { 1 }
  /// Does it now.
  public func submit(_ work: @escaping @Sendable () -> Void) { work() }
  /// Nothing is ever left to do.
  public func drain() {}
  /// One after the other.
  public func perform(_ count: Int, _ body: @escaping @Sendable (Int) -> Void, whileWaiting: () -> Void) {
    for number in 0..<count {
      body(number)
      whileWaiting()
    }
  }
}
