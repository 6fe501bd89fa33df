internal import Glibc

/// Where keys come from, and the clock that says when: standard input, or what a test says.
public protocol KeySource: AnyObject {
  /// Nanoseconds on a clock that never goes back.
  var nanoseconds: UInt64 { get }
  /// Whether someone wants the run to end: nothing may wait any longer.
  var wantsEnd: Bool { get }
  /// Waits until there are keys to read, `nanoseconds` have passed or a signal has come, whichever is first.
  /// - Returns: whether there are keys to read.
  func wait(nanoseconds: UInt64) -> Bool
  /// The keys that are there, for the guest; `nil` when no more will ever come. Called when `wait` was true.
  func read() -> [UInt8]?
}

/// Keys from standard input; on a terminal, Ctrl-A escapes.
public final class StandardKeys: KeySource {
  private static let readBytesMax = 4096
  private var escapes: EscapeKeys?
  private let onHelp: () -> Void
  private var isClosed = false
  /// Whether `Ctrl-A x` was pressed.
  public private(set) var isEnded = false

  /// Keys from standard input, which is a terminal when `hasEscapes`. `onHelp` is called for `Ctrl-A h`.
  public init(hasEscapes: Bool, onHelp: @escaping () -> Void) {
    escapes = hasEscapes ? EscapeKeys() : nil
    self.onHelp = onHelp
  }

  /// See `WallClock.nanoseconds`.
  public var nanoseconds: UInt64 { WallClock.nanoseconds }
  /// Whether `Ctrl-A x` was pressed or a signal has come.
  public var wantsEnd: Bool { isEnded || Interruption.signal != nil }

  /// See `KeySource`.
  public func wait(nanoseconds: UInt64) -> Bool {
    // poll(2) counts in milliseconds; keys can wait for what is shorter.
    if nanoseconds > 0, nanoseconds < 1_000_000 {
      var span = timespec(tv_sec: 0, tv_nsec: Int(nanoseconds))
      nanosleep(&span, nil)
    }
    var request = pollfd(fd: isClosed ? -1 : 0, events: Int16(POLLIN), revents: 0)
    return poll(&request, 1, Int32(min(nanoseconds / 1_000_000, 60_000))) > 0
  }

  /// See `KeySource`.
  public func read() -> [UInt8]? {
    guard !isClosed else { return nil }
    var count = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: Self.readBytesMax) { buffer, filled in
      count = Glibc.read(0, buffer.baseAddress, Self.readBytesMax)
      filled = max(0, count)
    }
    if count < 0, errno == EINTR || errno == EAGAIN { return [] }
    guard count > 0 else {
      isClosed = true
      return nil
    }
    guard let meanings = escapes?.read(bytes) else { return bytes }
    var sent: [UInt8] = []
    for meaning in meanings {
      switch meaning {
      case .send(let bytes): sent += bytes
      case .help: onHelp()
      case .end: isEnded = true
      }
    }
    return sent
  }
}
