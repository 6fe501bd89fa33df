public import Archive
public import Backplane
internal import StateCoding
public import VirtualTime

/// Runs a machine live, with or without a recording: the loop around `Machine.run` that keeps the journal, reads along
/// with the console, and ends the run.
public final class Conductor<B: Board> {
  /// What a live run can be told.
  public struct Limits: Sendable {
    /// The step to end at.
    public var step: Step?
    /// The guest time to end at.
    public var cycle: Cycle?
    /// Whether to end when the guest has panicked: `panicGraceCycles` after it said so.
    public var endsOnPanic: Bool

    /// Limits, none by default.
    public init(step: Step? = nil, cycle: Cycle? = nil, endsOnPanic: Bool = true) {
      (self.step, self.cycle, self.endsOnPanic) = (step, cycle, endsOnPanic)
    }

    /// When a guest that has panicked has had its time to talk; `nil` when that ends nothing.
    public func end(of panic: Panic?) -> Cycle? {
      endsOnPanic ? panic?.moment.cycle.advanced(by: panicGraceCycles) : nil
    }

    /// Why a run ends at `now`, though its machine goes on.
    public func reasonToEnd(at now: Moment, _ panic: Panic?) -> EndReason? {
      if let panic, let end = end(of: panic), now.cycle >= end { return .panic(panic.text) }
      if let step, now.step >= step { return .limit }
      if let cycle, now.cycle >= cycle { return .limit }
      return nil
    }
  }

  /// What a guest has said before it gave up, and when.
  public typealias Panic = (text: String, moment: Moment)

  /// How long a panicked guest may go on talking, in cycles.
  public static var panicGraceCycles: UInt64 { 500_000_000 }
  /// Steps between two rungs of the ladder, unless told otherwise.
  public static var defaultRungIntervalSteps: UInt64 { 1 << 24 }

  private static var hearingSteps: UInt64 { 1 << 24 }

  private let machine: Machine<B>
  private var journal: Journal?
  private var flight: FlightRecorder<B>?
  private let keeper: CheckpointKeeper<B>?
  private let rungIntervalSteps: UInt64
  private let collecting: EffectSelection
  private let onConsole: (_ bytes: [UInt8], _ moment: Moment) -> Void
  private let attend: ((Machine<B>, Occasion) -> Attention)?
  private var console: ConsoleSoFar
  private var nextRung: UInt64
  private var nextFlush: Cycle
  private var stormMarkCount = 0
  /// No more trap storms than these get a mark.
  private static var stormMarksMax: Int { 16 }
  /// Why the recording does not hold all the checkpoints that it was to hold: what the journal's sink threw.
  public private(set) var checkpointProblem: (any Error)?
  /// How many checkpoints the recording ended with.
  public private(set) var checkpointCount = 0

  /// Conducts `machine` from where it stands.
  /// - Parameters:
  ///   - journal: keeps the recording; `nil` to run without one.
  ///   - keeper: takes checkpoints of `machine` for the journal.
  ///   - flight: makes the journal keep the recent past only.
  ///   - console: what the guest has shown before.
  ///   - collecting: which effects the recording is to hold.
  ///   - attend: looks at the machine at each pause, before it goes on, and at the end.
  ///   - onConsole: is handed the console's bytes as they come, and the moment by which they had come.
  public init(
    machine: Machine<B>, journal: Journal?, keeper: CheckpointKeeper<B>? = nil,
    flight: FlightRecorder<B>? = nil, console: ConsoleSoFar = ConsoleSoFar(),
    rungIntervalSteps: UInt64 = defaultRungIntervalSteps,
    collecting: EffectSelection = [.output, .interrupts],
    attend: ((Machine<B>, Occasion) -> Attention)? = nil,
    onConsole: @escaping (_ bytes: [UInt8], _ moment: Moment) -> Void
  ) {
    precondition(rungIntervalSteps > 0, "rungs are apart")
    (self.machine, self.journal, self.keeper, self.flight) = (machine, journal, keeper, flight)
    (self.console, self.attend) = (console, attend)
    (self.rungIntervalSteps, self.collecting, self.onConsole) = (rungIntervalSteps, collecting, onConsole)
    machine.collecting = journal == nil ? .output : collecting
    let (now, clockHertz) = (machine.moment, machine.board.fabric.clockHertz)
    nextRung = (now.step.count / rungIntervalSteps + 1).multipliedReportingOverflow(by: rungIntervalSteps).partialValue
    nextFlush = now.cycle.advanced(by: clockHertz)
  }

  /// The moment at which the recording that is kept begins.
  public var keptFrom: Moment { journal?.start ?? machine.moment }

  /// Runs until the machine stops, a limit is reached, or `shouldEnd`, asked at every pause, gives a reason. Then ends
  /// the recording, if there is one.
  /// - Throws: what the journal's sink throws; what was written before stays readable.
  public func run(
    door: inout Door, limits: Limits = Limits(), shouldEnd: () -> EndReason? = { nil }
  ) throws -> EndRecord {
    var stopped: Stop?
    while true {
      let attention = look(.pause(stopped))
      if let reason = attention.end { return try end(reason) }
      let stop = machine.run(until: nextPause(limits, attention), door: &door)
      stopped = stop
      let entered = door.takeLog()
      note { $0.note(entered) }
      take(machine.takeEffects())
      try keepJournal()
      if let reason = reasonToEnd(stop, limits) ?? shouldEnd() { return try end(reason) }
    }
  }

  /// Lets whoever attends look at the machine as it stands, and puts down what they want put down.
  private func look(_ occasion: Occasion) -> Attention {
    guard let attend else { return Attention() }
    let attention = attend(machine, occasion)
    for mark in attention.marks { note(mark) }
    if attention.storesCheckpoint, journal != nil { keeper?.pin() }
    machine.stopPoints = StopPoints(breakpoints: attention.breakpoint.map { [$0] } ?? [])
    return attention
  }

  /// The nearest of: the next rung, the next flush, the limits, and what whoever attends wants.
  private func nextPause(_ limits: Limits, _ attention: Attention) -> RunLimit {
    // No further than that a request to end is heard soon, by a guest that works as by one that idles.
    let now = machine.moment
    var step = min(limits.step ?? Step(.max), attention.step, Step(now.step.count + Self.hearingSteps))
    var cycle = min(
      limits.cycle ?? .never, attention.cycle, now.cycle.advanced(by: machine.board.fabric.clockHertz / 10))
    if journal != nil {
      step = min(step, Step(nextRung))
      cycle = min(cycle, nextFlush)
    }
    if let end = limits.end(of: console.watcher.panic) { cycle = min(cycle, end) }
    return RunLimit(
      moment: Moment(step: step, cycle: .zero), cycle: cycle, pauseOnOutput: true,
      passedBreakpoint: attention.passedBreakpoint)
  }

  private func take(_ effects: [Effect]) {
    var bytes: [UInt8] = []
    for effect in effects {
      if case .trapStorm = effect.kind, stormMarkCount < Self.stormMarksMax {
        stormMarkCount += 1
        note(Mark(moment: effect.moment, name: "trap-storm", isAutomatic: true))
      }
      guard case .output(_, let byte) = effect.kind else { continue }
      bytes.append(byte)
      for mark in console.watcher.note(byte, at: effect.moment) { note(mark) }
    }
    if !bytes.isEmpty {
      console.totals.note(bytes)
      note { $0.note(console: bytes) }
      onConsole(bytes, machine.moment)
    }
    // Machines collect output whoever asks; the recording holds it only if it is to.
    let recorded = collecting.contains(.output) ? effects : effects.filter { !$0.isOutput }
    note { $0.note(recorded) }
  }

  private func note(_ mark: Mark) { note { $0.note(mark) } }

  /// Tells the journal, and the next one of a flight recorder.
  private func note(_ body: (inout Journal) throws -> Void) rethrows {
    guard var journal else { return }
    self.journal = nil
    defer { self.journal = journal }
    try body(&journal)
    try flight?.note(body)
  }

  /// Takes the rung that is due, and flushes at rungs and once in a second of guest time.
  private func keepJournal() throws {
    guard journal != nil else { return }
    let now = machine.moment
    var isDue = false
    if now.step.count >= nextRung {
      let rung = keeper?.keepIfDue(at: now) ?? machine.digest()
      note { $0.note(rung: rung, at: now) }
      nextRung += rungIntervalSteps
      isDue = true
    }
    if now.cycle >= nextFlush {
      nextFlush = now.cycle.advanced(by: machine.board.fabric.clockHertz)
      isDue = true
    }
    guard isDue else { return }
    try note { try $0.flush(at: now) }
    guard flight != nil, var journal else { return }
    defer { self.journal = journal }
    try flight?.turn(&journal, at: now)
  }

  private func reasonToEnd(_ stop: Stop, _ limits: Limits) -> EndReason? {
    switch stop {
    case .halted(let halt): return EndReason(halt)
    case .stalled: return .stalled
    case .enginesDiffer: return .interrupted
    case .limit, .output, .hit: return limits.reasonToEnd(at: machine.moment, console.watcher.panic)
    }
  }

  private func end(_ reason: EndReason) throws -> EndRecord {
    let now = machine.moment
    flight?.finish()
    let attention = look(.end(reason))
    switch reason {
    case .poweredOff, .failure: note(Mark(moment: now, name: "power-off", isAutomatic: true))
    case .reset: note(Mark(moment: now, name: "reset", isAutomatic: true))
    default: break
    }
    if let keeper, journal != nil, !attention.dropsRecording {
      let checkpoints = keeper.final(from: keptFrom)
      checkpointProblem = try journal?.write(checkpoints, keeper.sections, at: now)
      checkpointCount = checkpointProblem == nil ? checkpoints.count : 0
    }
    if let record = try journal?.finish(at: now, digest: machine.digest(), reason: reason) {
      return record
    }
    let nothing = TraceDigest(high: 0, low: 0)
    return EndRecord(
      moment: now, digest: nothing, reason: reason, consoleDigest: TraceDigest(console.totals.digest),
      consoleByteCount: console.totals.byteCount, inputCount: 0)
  }
}

extension EndReason {
  /// The end of a run that `halt` ended.
  init(_ halt: Halt) {
    switch halt {
    case .powerOff: self = .poweredOff
    case .failure(let code): self = .failure(code: code)
    case .reset: self = .reset
    }
  }
}
