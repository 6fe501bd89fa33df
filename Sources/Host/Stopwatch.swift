internal import Synchronization

/// How long something took on the host: for reports, never for a result.
public final class Stopwatch: Sendable {
  private let times = Mutex<(start: UInt64?, end: UInt64?)>((nil, nil))

  /// One that has not been started.
  public init() {}

  /// Starts it, if it was not before.
  public func start() { times.withLock { if $0.start == nil { $0.start = WallClock.nanoseconds } } }

  /// Stops it.
  public func stop() { times.withLock { $0.end = WallClock.nanoseconds } }

  /// The seconds from the start to the stop; `nil` when there were not both.
  public var seconds: Double? {
    times.withLock { times in
      guard let start = times.start, let end = times.end, end >= start else { return nil }
      return Double(end - start) / 1_000_000_000
    }
  }
}
