internal import Glibc

/// The three streams that every process has.
public enum StandardStreams {
  /// One of the two that are written to.
  public enum Writable: Int32, Sendable {
    case output = 1
    case error = 2
  }

  /// Whether standard input is a terminal.
  public static var isInputTerminal: Bool { isatty(0) == 1 }
  /// Whether `stream` is a terminal.
  public static func isTerminal(_ stream: Writable) -> Bool { isatty(stream.rawValue) == 1 }

  /// Writes all of `bytes` to `stream`, in one call to the host when it takes them.
  /// - Returns: false when nobody reads the stream any more, or it cannot be written to.
  @discardableResult
  public static func write(_ bytes: [UInt8], to stream: Writable) -> Bool {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.write(stream.rawValue, buffer.baseAddress.map { $0 + written }, buffer.count - written)
      }
      if count >= 0 {
        written += count
      } else if errno == EAGAIN {
        // Someone we share the terminal with has set it not to wait.
        var request = pollfd(fd: stream.rawValue, events: Int16(POLLOUT), revents: 0)
        poll(&request, 1, 100)
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }

  /// The value of the environment variable `name`, if it is set and not empty.
  public static func environment(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }
}
