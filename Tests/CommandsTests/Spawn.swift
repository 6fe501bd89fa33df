import Glibc
import Synchronization
import Testing

/// A process of the built product, its standard output and error in pipes, its standard input empty.
final class Process {
  private let identifier: pid_t
  private let output: Int32
  private let error: Int32

  /// The path of the product beside the bundle of the tests.
  static func product() throws -> String {
    let arguments = CommandLine.arguments
    let bundle = arguments.firstIndex(of: "--test-bundle-path").map { arguments[$0 + 1] } ?? arguments[0]
    let parts = bundle.split(separator: "/", omittingEmptySubsequences: false)
    for length in stride(from: parts.count - 1, to: 0, by: -1) {
      let path = parts[..<length].joined(separator: "/") + "/reprise"
      var status = stat()
      if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG { return path }
    }
    throw Problem(description: "the product 'reprise' is not beside \(bundle)")
  }

  /// Held from where pipes are made until the process has them, so that no other process gets them too.
  private static let spawning = Mutex(())

  convenience init(_ arguments: [String]) throws { try self.init(executable: Self.product(), arguments) }

  /// A process of any program.
  init(executable: String, _ arguments: [String]) throws {
    (identifier, output, error) = try Self.spawning.withLock { _ in try Self.spawn(executable, arguments) }
  }

  private static func spawn(
    _ product: String, _ arguments: [String]
  ) throws -> (identifier: pid_t, output: Int32, error: Int32) {
    var pipes: [[Int32]] = []
    for _ in 0..<2 {
      var ends: [Int32] = [0, 0]
      guard pipe(&ends) == 0 else { throw Problem(description: "no pipe") }
      // So that processes started later do not keep them open.
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      pipes.append(ends)
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, pipes[0][1], 1)
    posix_spawn_file_actions_adddup2(&actions, pipes[1][1], 2)
    var words: [UnsafeMutablePointer<CChar>?] = ([product] + arguments).map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var identifier = pid_t()
    let failure = posix_spawn(&identifier, product, &actions, nil, words, environ)
    _ = (close(pipes[0][1]), close(pipes[1][1]))
    guard failure == 0 else { throw Problem(description: "cannot start \(product): \(failure)") }
    return (identifier, pipes[0][0], pipes[1][0])
  }

  /// Waits until the process has written `count` bytes to standard output, and returns them.
  func read(_ count: Int) -> [UInt8] { Self.read(output, count) }

  func send(_ signal: Int32) { kill(identifier, signal) }

  /// Waits for the end. The status of a process that a signal ended is the signal's number, negative.
  func finish() -> Result {
    let rest = Self.read(output, .max)
    let errorText = Self.read(error, .max)
    var status: Int32 = 0
    waitpid(identifier, &status, 0)
    _ = (close(output), close(error))
    let signal = status & 0x7f
    return Result(
      status: signal == 0 ? status >> 8 & 0xff : -signal, output: rest,
      error: String(decoding: errorText, as: UTF8.self))
  }

  private static func read(_ descriptor: Int32, _ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 4096)
    while bytes.count < count {
      let received = Glibc.read(descriptor, &part, min(part.count, count - bytes.count))
      if received < 0, errno == EINTR { continue }
      guard received > 0 else { break }
      bytes += part[..<received]
    }
    return bytes
  }
}
