internal import Debugger
internal import GDBRemote
internal import Host
internal import VirtualTime

/// Serves one debugger after the other over a loopback port, or a single one over standard input and output.
final class GDBServer: DebugLink {
  /// How a server waits for debuggers.
  enum Entrance {
    case port(LoopbackListener)
    case pipe
  }

  private static let progressNanoseconds: UInt64 = 1_000_000_000
  /// How long one that is refused has for its first words, which it must have sent before it hears an answer.
  private static let refusalMilliseconds: Int32 = 200

  private let target: any DebugTarget
  private let listener: LoopbackListener?
  private let streams: Streams
  private let endsWithFirst: Bool
  private var connection: ByteStream?
  private var nextProgress: UInt64 = 0

  /// A server of `target`. `endsWithFirst`: it ends when the first debugger has gone.
  init(_ target: any DebugTarget, _ entrance: Entrance, _ streams: Streams, endsWithFirst: Bool) {
    (self.target, self.streams) = (target, streams)
    switch entrance {
    case .port(let listener): (self.listener, self.endsWithFirst) = (listener, endsWithFirst)
    case .pipe: (listener, self.endsWithFirst, connection) = (nil, true, .standard())
    }
  }

  /// Serves until the run is killed, the only debugger has gone, or a signal has come.
  /// - Returns: the exit status.
  func serve() -> Int32 {
    while true {
      if connection == nil, !waitForDebugger() { break }
      do {
        let session = GDBSession(target, link: self)
        while session.ending == nil, let connection, !connection.isClosed {
          if streams.signal() != nil { return ended() }
          _ = Waiting.wait(for: waitables, milliseconds: 1000)
          refuseOthers()
          session.receive(connection.read())
        }
        if session.ending == .killed {
          connection?.close()
          streams.note("the debugger ended the session")
          return ExitStatus.success
        }
        let how = session.ending == .detached ? "detached" : "has gone"
        streams.note("the debugger \(how); the run stands at @\(target.moment.step.count)")
      }
      connection?.close()
      connection = nil
      if endsWithFirst { break }
    }
    return ended()
  }

  private func ended() -> Int32 {
    connection?.close()
    return streams.signal().map(Interruption.exitStatus(for:)) ?? ExitStatus.success
  }

  private var waitables: [any Waitable] {
    var waitables: [any Waitable] = []
    if let connection { waitables.append(connection) }
    if let listener { waitables.append(listener) }
    return waitables
  }

  private func waitForDebugger() -> Bool {
    while streams.signal() == nil, let listener {
      if let peer = listener.accept() {
        connection = peer
        streams.note("a debugger has attached")
        return true
      }
      _ = Waiting.wait(for: [listener], milliseconds: 1000)
    }
    return false
  }

  /// Tells whoever else wants in that the place is taken.
  private func refuseOthers() {
    guard let listener else { return }
    while let peer = listener.accept() {
      // What is closed with something unread is closed before the answer is read.
      _ = Waiting.wait(for: [peer], milliseconds: Self.refusalMilliseconds)
      _ = peer.read()
      let text = "E.another debugger is attached to this run; detach it first"
      peer.write(Array("+".utf8) + PacketEncoder(encodesRuns: false).packet(Array(text.utf8)))
      peer.close()
      streams.note("refused a second debugger: one is attached")
    }
  }

  // MARK: - DebugLink

  func send(_ bytes: [UInt8]) { connection?.write(bytes) }

  func receiveNow() -> [UInt8] {
    refuseOthers()
    return connection?.read() ?? []
  }

  var wantsEnd: Bool { streams.signal() != nil || connection?.isClosed ?? true }

  func isProgressDue() -> Bool {
    let now = WallClock.nanoseconds
    defer { if now >= nextProgress { nextProgress = now + Self.progressNanoseconds } }
    return now >= nextProgress
  }
}
