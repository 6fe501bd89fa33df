internal import Glibc

/// A call to the operating system that failed: what was tried, on what, and why it failed.
public struct HostError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was tried, as it stands in a sentence: `open`, `write to`.
  public let attempt: String
  /// The file it was tried on.
  public let path: String
  /// The `errno` it failed with; zero when the file itself is the reason.
  public let code: Int32
  /// Why it failed.
  public let reason: String

  init(_ attempt: String, _ path: String, code: Int32 = errno) {
    (self.attempt, self.path, self.code) = (attempt, path, code)
    reason = strerror(code).map { String(cString: $0) } ?? "error \(code)"
  }

  init(_ attempt: String, _ path: String, code: Int32 = 0, reason: String) {
    (self.attempt, self.path, self.code, self.reason) = (attempt, path, code, reason)
  }

  /// Whether the file is there already.
  public var isTaken: Bool { code == EEXIST }

  /// Whether another process is writing to the file.
  public var isBusy: Bool { code == EWOULDBLOCK }

  /// The error in a sentence.
  public var description: String { "cannot \(attempt) \(path): \(reason)" }
}
