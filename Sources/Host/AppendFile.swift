internal import Glibc

/// A file that only grows, held by nobody else who appends to it. Every `append` is in the file when it returns, or the
/// file is as it was before.
public final class AppendFile {
  /// Where it is.
  public private(set) var path: String
  /// Bytes in it.
  public private(set) var byteCount = 0
  private let descriptor: Int32
  private var isOpen = true

  /// Creates the file at `path`.
  /// - Parameter replacing: whether a file that is there already is emptied; otherwise that is an error (`isTaken`).
  ///   One that someone appends to stays as it is (`isBusy`).
  public init(creating path: String, replacing: Bool) throws(HostError) {
    self.path = path
    let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (replacing ? 0 : O_EXCL)
    descriptor = retrying { open(path, flags, 0o666) }
    guard descriptor >= 0 else { throw HostError("create", path) }
    guard try hold() != nil else { return }
    guard retrying({ ftruncate(descriptor, 0) }) == 0 else { throw HostError("empty", path) }
  }

  /// Opens the file at `path`, which must be a regular file that nobody else appends to (`isBusy`), to append to it.
  public init(extending path: String) throws(HostError) {
    self.path = path
    descriptor = retrying { open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else { throw HostError("open for writing", path) }
    guard let size = try hold() else {
      throw HostError("append to", path, reason: "it is not a regular file")
    }
    byteCount = size
  }

  /// Sees to it that nobody else appends to the file; locks go with the process, however it ends.
  /// - Returns: the size of the file; `nil` when it is not a regular file, which has no need to be held.
  private func hold() throws(HostError) -> Int? {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw HostError("open", path) }
    guard status.st_mode & S_IFMT == S_IFREG else { return nil }
    // Some file systems have no locks; there everyone must take care.
    guard retrying({ flock(descriptor, LOCK_EX | LOCK_NB) }) == 0 || errno != EWOULDBLOCK else {
      throw HostError("write to", path, code: EWOULDBLOCK, reason: "another process is writing to it")
    }
    // The size may have changed until it was held.
    guard fstat(descriptor, &status) == 0 else { throw HostError("open", path) }
    return Int(status.st_size)
  }

  /// Takes away what is behind the first `count` bytes.
  public func cut(to count: Int) throws(HostError) {
    precondition(count <= byteCount, "a file is cut to what it has")
    guard retrying({ ftruncate(descriptor, off_t(count)) }) == 0 else { throw HostError("cut", path) }
    byteCount = count
  }

  /// Gives the file the name `path`, in its folder; whatever had it before loses it in the same moment.
  public func rename(to path: String) throws(HostError) {
    guard Glibc.rename(self.path, path) == 0 else { throw HostError("rename", self.path) }
    self.path = path
  }

  /// Returns when what was appended would outlive a crash of the host.
  public func settle() throws(HostError) {
    guard retrying({ fsync(descriptor) }) == 0 || errno == EINVAL || errno == EROFS else {
      throw HostError("write to", path)
    }
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

  /// Whether its path still leads to it: somebody may have taken it away, or have put another one there.
  public var isInPlace: Bool {
    var (mine, named) = (stat(), stat())
    return isOpen && fstat(descriptor, &mine) == 0 && stat(path, &named) == 0
      && (mine.st_dev, mine.st_ino) == (named.st_dev, named.st_ino)
  }

  /// Takes the file away and closes it. What is not a regular file, such as a device, stays.
  public func remove() {
    var status = stat()
    let isRegular = isOpen && fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    // As long as it is held: else it might be somebody else's by now.
    if isRegular { _ = unlink(path) }
    close()
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
