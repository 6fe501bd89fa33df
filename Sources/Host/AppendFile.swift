internal import Glibc

/// A new file that only grows. Every `append` is in the file when it returns, or the file is as it was before.
public final class AppendFile {
  /// Where it is.
  public let path: String
  /// Bytes in it.
  public private(set) var byteCount = 0
  private let descriptor: Int32
  private var isOpen = true

  /// Creates the file at `path`.
  /// - Parameter replacing: whether a file that is there already is emptied; otherwise that is an error (`isTaken`).
  public init(creating path: String, replacing: Bool) throws(HostError) {
    self.path = path
    let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (replacing ? O_TRUNC : O_EXCL)
    descriptor = retrying { open(path, flags, 0o666) }
    guard descriptor >= 0 else { throw HostError("create", path) }
  }

  deinit { close() }

  /// Writes `bytes` at the end.
  ///
  /// A write may be short, or be interrupted by a signal: it goes on. When the host cannot take the rest, what it did
  /// take is cut off again, so that the file ends as it did before.
  public func append(_ bytes: [UInt8]) throws(HostError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        retrying { write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written) }
      }
      guard count > 0 else {
        let error = count < 0 ? HostError("write to", path) : HostError("write to", path, code: ENOSPC)
        _ = retrying { ftruncate(descriptor, off_t(byteCount)) }
        _ = lseek(descriptor, off_t(byteCount), SEEK_SET)
        throw error
      }
      written += count
    }
    byteCount += bytes.count
  }

  /// Closes the file. Nothing can be appended after that.
  public func close() {
    guard isOpen else { return }
    isOpen = false
    _ = Glibc.close(descriptor)
  }

  /// Closes the file and takes it away. What is not a regular file, such as a device, stays.
  public func remove() {
    var status = stat()
    let isRegular = isOpen && fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    close()
    if isRegular { _ = unlink(path) }
  }
}

/// Calls `body` again for as long as a signal interrupts it.
@discardableResult
func retrying<Result: SignedInteger>(_ body: () -> Result) -> Result {
  while true {
    let result = body()
    if result >= 0 || errno != EINTR { return result }
  }
}
