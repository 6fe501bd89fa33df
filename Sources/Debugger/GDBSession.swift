internal import Backplane
internal import GDBRemote
internal import VirtualTime

/// What carries a session's bytes: a socket, a pipe, or a test.
public protocol DebugLink: AnyObject {
  /// Sends `bytes`.
  func send(_ bytes: [UInt8])
  /// What has come since it was last asked, without waiting.
  func receiveNow() -> [UInt8]
  /// Whether nobody listens any more, or whoever owns the session wants it to end.
  var wantsEnd: Bool { get }
  /// A movement begins: it is not yet time to say how far it has come.
  func restartProgress()
  /// Whether it is time to say again how far a long movement has come.
  func isProgressDue() -> Bool
}

/// One debugger's session: packets in, packets out, no input or output of its own.
///
/// It serves gdb's remote serial protocol (gdb manual, "Remote Protocol"), with the packets of lldb's own that lldb
/// needs, over a `DebugTarget`. Whatever a debugger sends is answered: what is not known by an empty packet, what is
/// wrong by an error; nothing traps.
public final class GDBSession {
  /// How a session came to its end.
  public enum Ending: Hashable, Sendable {
    /// The debugger let go; another may come.
    case detached
    /// The debugger wants the run to be over.
    case killed
  }

  /// The longest body of a packet, either way, in bytes.
  public static let packetBytesMax = 0x4000

  /// What is debugged.
  let target: any DebugTarget
  /// The target's registers.
  let description: TargetDescription
  /// What debuggers must be told besides.
  let facts: ArchitectureFacts
  private let link: any DebugLink
  private var decoder = PacketDecoder(bodyBytesMax: packetBytesMax, decodesRuns: false)
  private var events: [Result<PacketEvent, PacketError>] = []
  private var encoder = PacketEncoder()
  private var sent: [UInt8] = []
  private var isSilentWhenReceived = false

  /// How the session ended, once it has.
  public internal(set) var ending: Ending?
  /// What the debugger said of itself.
  var client = Client()
  /// Where the debugger wants to stop.
  var points = PointSet()
  /// The hart whose registers and memory are meant.
  var selectedHart = 0
  /// Whether addresses of memory are guest-physical.
  var isPhysical = false
  /// Whether what a debugger does forwards is done backwards: for debuggers that know only one way.
  var goesBackward = false
  /// Whether single steps go into trap handlers.
  var showsTraps = false
  /// Where the last step ended that left a trap handler.
  var leftHandlerAt: Moment?
  /// What the debugger was told when the machine last stopped.
  var lastStop: [UInt8] = []
  /// What the user is to read as soon as the debugger can show it.
  var notices: [String] = []
  /// Whether a movement is under way, so that the debugger can show text and Ctrl-C means something.
  var isMoving = false
  private var wasInterrupted = false
  /// The program that is debugged, as far as it was asked for.
  var program: DebugProgram?
  var hasAskedForProgram = false
  var isProgramOpen = false

  /// What a debugger said of itself.
  struct Client {
    var knowsSoftwareBreaks = false
    var knowsHardwareBreaks = false
    var takesErrorText = false
    var takesErrorStrings = false
    var addsThreads = false
    var listsThreads = false
    var isLLDB = false
  }

  /// A session on `target`, which may have been moved by others before, over `link`.
  public init(_ target: any DebugTarget, link: any DebugLink) {
    (self.target, self.link) = (target, link)
    description = TargetDescription(target)
    facts = ArchitectureFacts(target.architecture)
    lastStop = stopReply(signal: 5, "")
  }

  /// Takes in what the debugger sent, and answers it.
  public func receive(_ bytes: [UInt8]) {
    take(bytes)
    while !events.isEmpty, ending == nil { handle(events.removeFirst()) }
  }

  private func take(_ bytes: [UInt8]) {
    decoder.feed(bytes)
    while true {
      do throws(PacketError) {
        guard let event = try decoder.next() else { return }
        events.append(.success(event))
      } catch {
        events.append(.failure(error))
      }
    }
  }

  private func handle(_ event: Result<PacketEvent, PacketError>) {
    switch event {
    case .success(.packet(let body)):
      acknowledge("+")
      answer(body)
    case .success(.refused):
      if !isSilentWhenReceived, !sent.isEmpty { link.send(sent) }
    case .success(.acknowledged), .success(.interrupt): break
    case .failure(.badChecksum): acknowledge("-")
    case .failure(.oversized):
      acknowledge("+")
      reply(error(.tooLarge, "a packet may have \(Self.packetBytesMax) bytes"))
    case .failure(.badEncoding):
      acknowledge("+")
      reply(error(.invalid, "an escape that makes no sense"))
    }
  }

  private func acknowledge(_ sign: String) {
    if !isSilentWhenReceived { link.send(Array(sign.utf8)) }
  }

  /// Sends a packet of `body`.
  func reply(_ body: [UInt8]) {
    sent = encoder.packet(body)
    link.send(sent)
  }

  /// Sends a packet of `text`.
  func reply(_ text: String) { reply(Array(text.utf8)) }

  /// Ends acknowledgements, behind the answer that agrees to it.
  func endAcknowledgements() {
    reply("OK")
    isSilentWhenReceived = true
    decoder.checksChecksums = false
  }

  // MARK: - Movements

  /// Does `body`, which moves the target; meanwhile Ctrl-C is heard and progress told.
  func moving<Outcome>(_ body: () throws -> Outcome) rethrows -> Outcome {
    (isMoving, wasInterrupted) = (true, false)
    target.shouldStop = { [unowned self] in poll() }
    defer {
      isMoving = false
      target.shouldStop = { false }
    }
    flushNotices()
    link.restartProgress()
    defer { for problem in target.takeProblems() { console("reprise: \(problem); done without\n") } }
    return try body()
  }

  /// Whether a movement is to stop: somebody pressed Ctrl-C, or has gone.
  func poll() -> Bool {
    if wasInterrupted || link.wantsEnd { return true }
    let bytes = link.receiveNow()
    if !bytes.isEmpty { take(bytes) }
    // It may have come together with the packet that began the movement.
    let before = events.count
    events.removeAll { if case .success(.interrupt) = $0 { true } else { false } }
    wasInterrupted = events.count < before
    if link.isProgressDue(), let text = target.progressText { console(text + "\n") }
    return wasInterrupted
  }

  /// Shows `text` to the user, while a movement is under way.
  func console(_ text: String) {
    // Two digits a byte, one byte for the `O`.
    let bytes = Array(text.utf8)
    let pieceBytes = Self.packetBytesMax / 2 - 1
    for start in stride(from: 0, to: bytes.count, by: pieceBytes) {
      let piece = bytes[start..<min(bytes.count, start + pieceBytes)]
      reply([UInt8(ascii: "O")] + Hexadecimal.text(of: piece))
    }
  }

  /// Shows what the user was to be told.
  func flushNotices() {
    for notice in notices { console(notice + "\n") }
    notices = []
  }

  // MARK: - Errors

  /// The numbers of errors: those of `errno` on Linux, which debuggers show.
  enum ErrorNumber: Int {
    case general = 1
    case unreachable = 14
    case invalid = 22
    case tooLarge = 7
    case refused = 95
  }

  /// The answer that tells of an error; `text` too, where the debugger takes it.
  func error(_ number: ErrorNumber, _ text: String) -> [UInt8] {
    if client.takesErrorText { return Array("E.\(text)".utf8) }
    let digits = String(decoding: Hexadecimal.text(of: [UInt8(number.rawValue)]), as: UTF8.self)
    if client.takesErrorStrings { return Array("E\(digits);".utf8) + Hexadecimal.text(of: text) }
    return Array("E\(digits)".utf8)
  }
}
