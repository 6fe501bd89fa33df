internal import Archive
internal import Backplane
internal import Boards
internal import Host
internal import Scenario
internal import Timeline
internal import VirtualTime

/// One run of a scenario, from power-on to its verdict. What it finds depends on the plan alone: not on the host, nor
/// on what runs beside it.
struct ScenarioRun: Sendable {
  /// What is run.
  var plan: ScenarioPlan
  /// Where its trace is written; `nil` to run without one.
  var trace: String?
  /// Whether the trace of a run that passes is kept too.
  var keepsPassed = false
  /// Memory for the checkpoints of the trace, in bytes.
  var checkpointBytes = 256 << 20

  /// What is varied; `nil` for the run as it is written.
  var variation: Variation?

  /// Runs it.
  /// - Parameter watch: sees how far it is, and may ask it to end.
  /// - Throws: `HostError`, `ImageError`, `Failure`: then there is no verdict.
  func perform(_ watch: RunWatch = RunWatch()) throws -> ScenarioOutcome {
    let started = WallClock.nanoseconds
    let machine = try plan.makeMachine()
    let clockHertz = machine.board.fabric.clockHertz
    let driver = ScriptDriver(plan.scenario.script, clockHertz: clockHertz, addresses: plan.addresses)
    let tail = Locked(ConsoleTail())
    let (inputs, keepsPassed) = (driver.inputs, keepsPassed)
    driver.judge = { reason in
      // Of a run that somebody ended nothing is known but what had gone wrong before.
      let problem = watch.request == nil || inputs.failure != nil ? plan.scenario.problem(inputs, reason) : nil
      return ScriptDriver.Judgement(
        isFailure: problem != nil,
        dropsRecording: problem == nil && watch.request == nil && !keepsPassed && plan.golden == nil)
    }
    let file = try trace.map { try AppendFile(creating: $0, replacing: true) }
    defer { file?.close() }
    let memory = file == nil && plan.golden != nil ? MemoryTrace() : nil
    let sink: Journal.Sink? = file?.append ?? memory?.append
    let conductor = Conductor(
      machine: machine, journal: try sink.map { try begin($0, clockHertz) },
      keeper: file.flatMap { _ in keeper(machine) }, rungIntervalSteps: rungIntervalSteps,
      collecting: plan.scenario.recording.effects, attend: driver.attend
    ) { bytes, moment in
      inputs.observe(bytes, at: moment)
      tail.withLock { $0.append(bytes) }
    }
    var door = driver.makeDoor(variation, clockHertz: clockHertz)
    let end = try conductor.run(door: &door, limits: plan.scenario.conductorLimits(clockHertz)) {
      watch.note(machine.moment)
      return watch.request == nil ? nil : .interrupted
    }
    watch.note(machine.moment)
    var outcome = ScenarioOutcome(
      verdict: .passed, end: end, length: Length(end.moment, clockHertz: clockHertz),
      console: tail.withLock { $0.lines })
    if let problem = plan.scenario.problem(inputs, end.reason) {
      (outcome.verdict, outcome.problem) = (watch.request?.verdict ?? .failed, problem)
      if inputs.failure != nil { outcome.verdict = .failed }
    }
    if outcome.verdict == .passed { try compare(&outcome, file, memory) }
    outcome.hostNanoseconds = WallClock.nanoseconds - started
    if outcome.verdict == .passed, !keepsPassed { file?.remove() } else { outcome.trace = trace }
    return outcome
  }

  // MARK: The recording

  /// A ladder is climbed by its own rungs.
  private var rungIntervalSteps: UInt64 {
    plan.golden?.ladder.header.rungIntervalSteps ?? plan.scenario.recording.rungIntervalSteps
      ?? Recording.rungIntervalSteps
  }

  /// Compares the recording with the golden ladder, if there is one. The moment of a difference gets its mark.
  private func compare(_ outcome: inout ScenarioOutcome, _ file: AppendFile?, _ memory: MemoryTrace?) throws {
    guard let golden = plan.golden else { return }
    let reader: TraceReader
    if let trace, file != nil {
      reader = try TraceReader(TraceFile(trace))
    } else if let memory {
      reader = try TraceReader(memory.bytes)
    } else {
      return
    }
    guard let (problem, moment) = try golden.problem(reader) else { return }
    (outcome.verdict, outcome.problem) = (.failed, problem)
    guard var writer = TraceWriter(continuing: reader) else { return }
    let mark = Mark(moment: moment, name: ScriptDriver.failureMark, isAutomatic: true)
    try file?.append(writer.amendment(marks: [mark]))
  }

  private func begin(_ sink: @escaping Journal.Sink, _ clockHertz: UInt64) throws -> Journal {
    let header = TraceMachine.header(
      plan.configuration, clockHertz: clockHertz, images: plan.references,
      collecting: plan.scenario.recording.effects, rungIntervalSteps: rungIntervalSteps)
    guard header.fitsInTrace else {
      throw Failure(ExitStatus.badScenario, "\(plan.scenario.place): the kernel's arguments are too long for a trace")
    }
    var writer = TraceWriter()
    try sink(writer.header(header))
    for (number, image) in plan.images.enumerated() { try sink(writer.image(image.file.encoded(number))) }
    return Journal(writer: writer, sink: sink)
  }

  private func keeper(_ machine: Machine<VirtBoard>) -> CheckpointKeeper<VirtBoard> {
    // Other runs have the other processors.
    CheckpointKeeper(
      of: machine, plan: .end, byteCountMax: checkpointBytes,
      intervalSteps: max(rungIntervalSteps, CheckpointKeeper<VirtBoard>.defaultIntervalSteps))
  }
}

/// Between a run on one thread and those who watch it from another.
final class RunWatch: Sendable {
  /// Why someone wants the run to end.
  enum Request: Sendable {
    case interrupted, watchdog

    var verdict: ScenarioOutcome.Verdict {
      switch self {
      case .interrupted: .interrupted
      case .watchdog: .watchdog
      }
    }
  }

  private let state = Locked<(moment: Moment, request: Request?)>((.zero, nil))

  /// Where the machine was when it last paused.
  var moment: Moment { state.withLock { $0.moment } }
  /// Why it is to end, if it is.
  var request: Request? { state.withLock { $0.request } }

  /// Notes where the machine is.
  func note(_ moment: Moment) { state.withLock { $0.moment = moment } }
  /// Asks the run to end. The first who asks is heard.
  func end(_ request: Request) { state.withLock { $0.request = $0.request ?? request } }
}
