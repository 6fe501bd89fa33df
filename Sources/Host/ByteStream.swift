internal import Glibc

/// Something whose turn can be waited for.
public protocol Waitable: AnyObject {
  /// The descriptor that can be read from when it is its turn; negative when it never will be.
  var waitDescriptor: Int32 { get }
}

/// Waiting for several things at once.
public enum Waiting {
  /// Waits until one of `things` has its turn, a signal has come, or `milliseconds` have passed.
  /// - Returns: for each, whether it has its turn.
  public static func wait(for things: [any Waitable], milliseconds: Int32) -> [Bool] {
    var requests = things.map { pollfd(fd: $0.waitDescriptor, events: Int16(POLLIN), revents: 0) }
    guard poll(&requests, nfds_t(requests.count), milliseconds) > 0 else { return things.map { _ in false } }
    return requests.map { $0.revents != 0 }
  }
}

/// Bytes to and from one peer: a socket, or standard input and output.
public final class ByteStream: Waitable {
  private static let readBytesMax = 1 << 16

  private let input: Int32
  private let output: Int32
  private let isOwner: Bool
  /// Whether nothing more will come, and nothing more can be sent.
  public private(set) var isClosed = false

  init(socket: Int32) { (input, output, isOwner) = (socket, socket, true) }

  private init(input: Int32, output: Int32) { (self.input, self.output, isOwner) = (input, output, false) }

  deinit { close() }

  /// Standard input and output.
  public static func standard() -> ByteStream { ByteStream(input: 0, output: 1) }

  /// See `Waitable`.
  public var waitDescriptor: Int32 { isClosed ? -1 : input }

  /// What has come, without waiting; empty when that is nothing. When the peer has gone, `isClosed` is true afterwards.
  public func read() -> [UInt8] {
    guard Waiting.wait(for: [self], milliseconds: 0)[0], !isClosed else { return [] }
    var count = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: Self.readBytesMax) { buffer, filled in
      count = Glibc.read(input, buffer.baseAddress, Self.readBytesMax)
      filled = max(0, count)
    }
    if count < 0, errno == EINTR || errno == EAGAIN { return [] }
    if count <= 0 { close() }
    return bytes
  }

  /// Sends all of `bytes`. A peer that has gone, or takes nothing for ten seconds, closes the stream.
  public func write(_ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count, !isClosed {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.write(output, buffer.baseAddress.map { $0 + sent }, buffer.count - sent)
      }
      if count >= 0 {
        sent += count
      } else if errno == EAGAIN {
        var request = pollfd(fd: output, events: Int16(POLLOUT), revents: 0)
        if poll(&request, 1, 10_000) == 0 { close() }
      } else if errno != EINTR {
        close()
      }
    }
  }

  /// Ends the connection.
  public func close() {
    guard !isClosed else { return }
    isClosed = true
    if isOwner { _ = Glibc.close(input) }
  }
}
