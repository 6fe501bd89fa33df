internal import Glibc
internal import Synchronization

/// Requests from outside the process to come to an end: the signals SIGINT, SIGTERM and SIGHUP.
///
/// The first one is only noted, so that whoever runs can finish what it writes. Another one ends the process at once,
/// unless it comes right behind the first: `timeout` and shells send the same signal twice.
public enum Interruption {
  private static let received = Atomic<Int32>(0)
  private static let receivedAt = Atomic<UInt64>(0)
  private static let patienceNanoseconds: UInt64 = 1_000_000_000

  /// The signal that asked to end, once one has.
  public static var signal: Int32? {
    let number = received.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }

  /// The exit status that tells of the signal `number`: 130 for SIGINT, 143 for SIGTERM.
  public static func exitStatus(for number: Int32) -> Int32 { 128 + number }

  /// Begins to note signals, and to be told by errors, not by a signal, that nobody reads what is written.
  public static func begin() {
    // The handler must find the value made: it may not make it.
    _ = (received.load(ordering: .relaxed), receivedAt.load(ordering: .relaxed), patienceNanoseconds)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { number in
      let now = WallClock.nanoseconds
      let (isFirst, _) = Interruption.received.compareExchange(expected: 0, desired: number, ordering: .relaxed)
      if isFirst {
        Interruption.receivedAt.store(now, ordering: .relaxed)
      } else if now &- Interruption.receivedAt.load(ordering: .relaxed) > Interruption.patienceNanoseconds {
        Terminal.restoreFromSignalHandler()
        _exit(128 + number)
      }
    }
    sigemptyset(&action.sa_mask)
    var numbers = sigset_t()
    sigemptyset(&numbers)
    for number in [SIGINT, SIGTERM, SIGHUP] where number != SIGHUP || !isIgnored(SIGHUP) {
      sigaction(number, &action, nil)
      sigaddset(&numbers, number)
    }
    // Who started us may have blocked them for itself.
    pthread_sigmask(SIG_UNBLOCK, &numbers, nil)
    Glibc.signal(SIGPIPE, SIG_IGN)
  }

  /// Whether whoever started us had `number` ignored, as nohup does.
  private static func isIgnored(_ number: Int32) -> Bool {
    var former = sigaction()
    sigaction(number, nil, &former)
    let handler = unsafeBitCast(former.__sigaction_handler.sa_handler, to: UInt.self)
    return handler == unsafeBitCast(SIG_IGN, to: UInt.self)
  }

  /// Ends the process with `status`.
  public static func leave(_ status: Int32) -> Never { exit(status) }
}
