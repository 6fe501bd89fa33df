internal import Glibc

/// A port on this machine that only this machine can reach.
public final class LoopbackListener: Waitable {
  /// The port.
  public let port: UInt16
  private let descriptor: Int32

  /// Listens on `port` of the loopback interface; on any free one when it is zero.
  public init(port: UInt16) throws(HostError) {
    let place = "port \(port) of localhost"
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let descriptor = socket(AF_INET, type, 0)
    guard descriptor >= 0 else { throw HostError("listen on", place) }
    var yes: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        guard bind(descriptor, pointer, length) == 0, listen(descriptor, 4) == 0 else { return Int32(-1) }
        return getsockname(descriptor, pointer, &length)
      }
    }
    guard status == 0 else {
      let error = HostError("listen on", place)
      _ = Glibc.close(descriptor)
      throw error
    }
    (self.port, self.descriptor) = (UInt16(bigEndian: address.sin_port), descriptor)
  }

  deinit { _ = Glibc.close(descriptor) }

  /// See `Waitable`.
  public var waitDescriptor: Int32 { descriptor }

  /// The next peer that wants to talk, if there is one; does not wait.
  public func accept() -> ByteStream? {
    let socket = Glibc.accept(descriptor, nil, nil)
    guard socket >= 0 else { return nil }
    _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
    _ = fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK)
    // Packets are small, and each waits for its answer.
    var yes: Int32 = 1
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    return ByteStream(socket: socket)
  }
}

extension Interruption {
  /// From now on Ctrl-C at the terminal does not end the process: whoever started us has its own use for it, and sends
  /// us a byte when it means us.
  public static func leaveControlCToParent() { Glibc.signal(SIGINT, SIG_IGN) }
}
