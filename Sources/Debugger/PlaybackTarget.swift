public import Backplane
public import Timeline
public import VirtualTime

/// What a playback does not know by itself, and whoever opened the trace does.
public struct PlaybackKnowledge<B: DebuggableBoard> {
  /// Opens the recording again, as it was.
  public var reopen: () throws -> Playback<B>
  /// Goes to a position. When there is no such place it throws, and the run may stand anywhere.
  public var go: (_ position: String, _ playback: Playback<B>) throws -> Playback<B>.Arrival
  /// What is at a virtual address.
  public var symbol: (_ address: UInt64) -> String?
  /// The address of a symbol.
  public var address: (_ symbol: String) throws -> UInt64
  /// Whether there may be a program with symbols.
  public var hasProgram = false
  /// The program with symbols, if there is one.
  public var program: () throws -> DebugProgram?
  /// The marks of the trace, in order of time.
  public var marks: () throws -> [DebugMark]
  /// What the trace holds around a moment, in at most so many lines.
  public var log: (_ moment: Moment, _ count: Int) throws -> [String]
  /// How memory came to hold what it did at power-on: stretches that together are `count` bytes.
  public var origin: (_ address: UInt64, _ count: Int) throws -> [MemoryOriginStretch]

  /// Knowledge of nothing but how to open the recording again.
  public init(reopen: @escaping () throws -> Playback<B>) {
    self.reopen = reopen
    go = { position, _ in throw DebugProblem("'\(position)' is not a position that is known here") }
    symbol = { _ in nil }
    address = { throw DebugProblem("there are no symbols, so '\($0)' is none") }
    program = { nil }
    marks = { [] }
    log = { _, _ in [] }
    origin = { _, count in [MemoryOriginStretch(byteCount: count, origin: .unknown)] }
  }
}

/// A recorded run for a debugger's session.
public final class PlaybackTarget<B: DebuggableBoard>: DebugTarget {
  /// The run.
  public private(set) var playback: Playback<B>
  let knowledge: PlaybackKnowledge<B>
  private var ownMarks: [DebugMark] = []
  private var editCount = 0
  private var progress: PlaybackProgress?
  private var toldCount = 0

  /// A target over `playback`, wherever it stands.
  public init(_ playback: Playback<B>, _ knowledge: PlaybackKnowledge<B>) {
    (self.playback, self.knowledge) = (playback, knowledge)
    listen()
  }

  private func listen() {
    toldCount = 0
    playback.onProgress = { [unowned self] in progress = $0 }
    playback.shouldStop = shouldStop
  }

  // MARK: - Looking

  /// See `DebugTarget`.
  public var architecture: String { B.architecture }
  /// See `DebugTarget`.
  public var features: [RegisterFeature] { B.features }
  /// See `DebugTarget`.
  public var hartCount: Int { playback.machine.board.hartCount }
  /// See `DebugTarget`.
  public var moment: Moment { playback.moment }
  /// See `DebugTarget`.
  public var first: Moment { playback.first }
  /// See `DebugTarget`.
  public var last: Moment { playback.last }

  /// The cycle and the guest time.
  public var timeText: String {
    let cycle = playback.moment.cycle.count
    let clock = Rate(1_000_000_000, per: max(1, playback.machine.board.fabric.clockHertz))
    let nanoseconds = clock.ticks(for: cycle)
    let fraction = String(nanoseconds % 1_000_000_000)
    let zeros = String(repeating: "0", count: 9 - fraction.count)
    return "cycle \(cycle), t=\(nanoseconds / 1_000_000_000).\(zeros)\(fraction)s"
  }

  /// See `DebugTarget`.
  public func register(_ number: Int, hart: Int) -> UInt64? { playback.machine.board.register(number, hart: hart) }
  /// See `DebugTarget`.
  public func privilegeName(hart: Int) -> String { playback.machine.board.privilegeName(hart: hart) }

  /// See `DebugTarget`.
  public func translate(_ address: UInt64, hart: Int) -> UInt64? {
    playback.machine.board.translate(address, hart: hart, memory: playback.machine.memory)
  }

  /// See `DebugTarget`.
  public func memory(_ address: UInt64, count: Int) -> [UInt8]? { playback.machine.memory.read(address, count: count) }

  /// See `DebugTarget`.
  public func disassemble(_ bytes: [UInt8], at address: UInt64) -> (text: String, byteCount: Int)? {
    playback.machine.board.disassemble(bytes, at: address)
  }

  /// See `DebugTarget`.
  public func symbol(at address: UInt64) -> String? { knowledge.symbol(address) }
  /// See `DebugTarget`.
  public func address(of symbol: String) throws -> UInt64 { try knowledge.address(symbol) }

  /// See `DebugTarget`.
  public var hasProgram: Bool { knowledge.hasProgram }
  /// See `DebugTarget`.
  public func program() throws -> DebugProgram? { try knowledge.program() }

  // MARK: - Moving

  /// See `DebugTarget`.
  public var shouldStop: () -> Bool = { false } {
    didSet {
      progress = nil
      playback.shouldStop = shouldStop
    }
  }

  /// See `DebugTarget`.
  public func takeProblems() -> [String] {
    defer { toldCount = playback.problems.count }
    return Array(playback.problems.dropFirst(toldCount))
  }

  /// What is under way, and how much of it is done.
  public var progressText: String? {
    guard let progress, progress.totalSteps > 0 else { return nil }
    let what = progress.activity == .searching ? "searching" : "running"
    let millions = { (count: UInt64) in "\(count / 1_000_000)" }
    return "reprise: \(what), \(millions(progress.doneSteps)) of \(millions(progress.totalSteps)) million steps"
  }

  /// See `DebugTarget`.
  public func runForward(_ stops: StopPoints, until: Step?) throws -> DebugArrival {
    arrival(playback.runForward(stops, until: until))
  }

  /// See `DebugTarget`.
  public func runBackward(_ stops: StopPoints, notBefore: Step?) throws -> DebugArrival {
    arrival(playback.runBackward(stops, notBefore: notBefore))
  }

  /// See `DebugTarget`.
  public func stepBack() throws -> DebugArrival { arrival(playback.stepBack()) }
  /// See `DebugTarget`.
  public func seek(to moment: Moment) throws -> DebugArrival { arrival(playback.seek(to: moment)) }
  /// See `DebugTarget`.
  public func seek(to step: Step) throws -> DebugArrival { arrival(playback.seek(to: step)) }

  /// See `DebugTarget`.
  public func go(to position: String) throws -> DebugArrival {
    if position.hasPrefix("mark:"), let own = ownMarks.last(where: { $0.name == position.dropFirst(5) }) {
      return arrival(playback.seek(to: own.moment))
    }
    let here = moment
    do {
      return arrival(try knowledge.go(position, playback))
    } catch {
      playback.shouldStop = { false }
      _ = playback.seek(to: here)
      playback.shouldStop = shouldStop
      throw error
    }
  }

  private func arrival(_ arrival: Playback<B>.Arrival) -> DebugArrival {
    switch arrival {
    case .reached: .reached
    case .hit(let hit): .hit(hit)
    case .start: .start
    case .end: .end
    case .interrupted: .interrupted
    case .diverged(let found): .diverged(Self.text(found))
    }
  }

  static func text(_ divergence: Divergence) -> String {
    "they parted after @\(divergence.lastCommon.step.count) and by @\(divergence.found.step.count)"
      + " (\(divergence.subject.rawValue)); recorded: \(divergence.recorded); replayed: \(divergence.replayed)"
  }

  // MARK: - Changing

  /// See `DebugTarget`.
  public func edit(_ edit: Edit) throws -> Bool {
    guard playback.edit(edit) else { return false }
    editCount += 1
    return true
  }

  /// See `DebugTarget`.
  public var fork: DebugFork? { playback.forkedAt.map { DebugFork(moment: $0, editCount: editCount) } }

  /// See `DebugTarget`.
  public func leaveFork() throws {
    guard let fork = playback.forkedAt else { return }
    playback = try knowledge.reopen()
    editCount = 0
    listen()
    _ = playback.seek(to: fork)
  }

  // MARK: - Marks and the log

  /// See `DebugTarget`.
  public func marks() throws -> [DebugMark] {
    let all = try knowledge.marks().filter { mark in !ownMarks.contains { $0.name == mark.name } } + ownMarks
    return all.sorted { ($0.moment, $0.name) < ($1.moment, $1.name) }
  }

  /// See `DebugTarget`.
  public func mark(_ name: String) throws {
    ownMarks.removeAll { $0.name == name }
    ownMarks.append(DebugMark(moment: moment, name: name))
  }

  /// See `DebugTarget`.
  public func log(_ count: Int) throws -> [String] { try knowledge.log(moment, count) }

  /// See `DebugTarget`.
  public func checkpoints() -> [String] {
    let use = playback.checkpointUse
    return ["\(use.count) checkpoints, \((use.byteCount + 1023) / 1024) KiB"] + playback.problems
  }
}
