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
  /// How long one that is refused may go on asking.
  private static let refusalNanoseconds: UInt64 = 5_000_000_000
  private static let refusedMax = 4

  private let target: any DebugTarget
  private let listener: LoopbackListener?
  private let streams: Streams
  private let endsWithFirst: Bool
  private var connection: ByteStream?
  private var refused: [Refused] = []
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
          // What came last, and that nothing more will: only then is it known whether the place is taken.
          session.receive(connection.read() + connection.read())
          if session.ending == nil, !connection.isClosed { refuseOthers() }
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
    return waitables + refused.map(\.stream)
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

  /// A debugger that came while another was attached. It is told so in answer to whatever it says, until it goes.
  private struct Refused {
    let stream: ByteStream
    var decoder = PacketDecoder(bodyBytesMax: 4096, decodesRuns: false)
    let until: UInt64
  }

  private static let refusal = PacketEncoder(encodesRuns: false).packet(
    Array("E.another debugger is attached to this run; detach it first".utf8))

  /// Tells whoever else wants in that the place is taken.
  private func refuseOthers() {
    while let peer = listener?.accept() {
      guard refused.count < Self.refusedMax else { continue }
      refused.append(Refused(stream: peer, until: WallClock.nanoseconds + Self.refusalNanoseconds))
      streams.note("refused a second debugger: one is attached")
    }
    for index in refused.indices {
      refused[index].decoder.feed(refused[index].stream.read())
      while let event = try? refused[index].decoder.next() {
        if case .packet = event { refused[index].stream.write(Array("+".utf8) + Self.refusal) }
      }
    }
    refused.removeAll { $0.stream.isClosed || $0.until < WallClock.nanoseconds }
  }

  // MARK: - DebugLink

  func send(_ bytes: [UInt8]) { connection?.write(bytes) }

  func receiveNow() -> [UInt8] {
    let bytes = connection?.read() ?? []
    if connection?.isClosed == false { refuseOthers() }
    return bytes
  }

  var wantsEnd: Bool { streams.signal() != nil || connection?.isClosed ?? true }

  func restartProgress() { nextProgress = WallClock.nanoseconds + Self.progressNanoseconds }

  func isProgressDue() -> Bool {
    let now = WallClock.nanoseconds
    defer { if now >= nextProgress { nextProgress = now + Self.progressNanoseconds } }
    return now >= nextProgress
  }
}
