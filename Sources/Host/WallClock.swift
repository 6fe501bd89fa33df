internal import Glibc

/// The clocks of the host. Nothing they say may reach the machine but as the stamp of an input.
public enum WallClock {
  /// Nanoseconds on a clock that never goes back.
  public static var nanoseconds: UInt64 { read(CLOCK_MONOTONIC) }
  /// Nanoseconds since 1970-01-01 00:00 UTC.
  public static var epochNanoseconds: UInt64 { read(CLOCK_REALTIME) }

  private static func read(_ clock: clockid_t) -> UInt64 {
    var now = timespec()
    clock_gettime(clock, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
  }
}
