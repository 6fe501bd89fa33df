internal import Glibc

/// A file that is there, for reading in any order.
public final class InputFile {
  /// Where it is.
  public let path: String
  /// Bytes in it when it was opened.
  public let count: Int
  private let descriptor: Int32

  /// Opens the file at `path`, which must be a regular file.
  public init(_ path: String) throws(HostError) {
    self.path = path
    descriptor = retrying { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else { throw HostError("open", path) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let error = HostError("open", path)
      _ = close(descriptor)
      throw error
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      _ = close(descriptor)
      let what = status.st_mode & S_IFMT == S_IFDIR ? "it is a folder" : "it is not a regular file"
      throw HostError("read", path, reason: what)
    }
    count = Int(status.st_size)
  }

  deinit { _ = close(descriptor) }

  /// The bytes of `range`; fewer when the file has become shorter.
  public func read(_ range: Range<Int>) throws(HostError) -> [UInt8] {
    var failure: HostError?
    let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
      while filled < range.count {
        let count = retrying {
          pread(
            descriptor, buffer.baseAddress.map { $0 + filled }, range.count - filled,
            off_t(range.lowerBound + filled))
        }
        if count < 0 { failure = HostError("read", path) }
        guard count > 0 else { return }
        filled += count
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Whether this file is the one at `path`, under whatever name.
  public func isSame(as path: String) -> Bool {
    var (ours, theirs) = (stat(), stat())
    guard fstat(descriptor, &ours) == 0, stat(path, &theirs) == 0 else { return false }
    return ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino
  }

  /// All bytes of the file at `path`, of at most `limit` bytes.
  public static func contents(of path: String, limit: Int) throws(HostError) -> [UInt8] {
    let file = try InputFile(path)
    guard file.count <= limit else {
      throw HostError("read", path, reason: "it has \(file.count) bytes, and at most \(limit) are taken")
    }
    return try file.read(0..<file.count)
  }

  /// The absolute path, without links, of the folder in which the file at `path` is.
  public static func folder(of path: String) throws(HostError) -> String {
    guard let resolved = realpath(path, nil) else { throw HostError("find", path) }
    defer { free(resolved) }
    let parts = String(cString: resolved).split(separator: "/")
    return "/" + parts.dropLast().joined(separator: "/")
  }

  /// Whether there is anything at `path`.
  public static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }
}
