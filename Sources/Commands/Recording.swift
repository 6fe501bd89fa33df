internal import Archive
internal import Backplane
internal import Boards
internal import Host
internal import Timeline
internal import VirtualTime

/// Writes the trace of one live run.
final class Recording {
  /// The effects that are kept unless told otherwise.
  static let collected: EffectSelection = [.output, .interrupts]
  /// Steps between two rungs unless told otherwise.
  static let rungIntervalSteps = Conductor<VirtBoard>.defaultRungIntervalSteps

  /// Where the trace is.
  let path: String
  private let replaces: Bool
  private let collecting: EffectSelection
  private let rungIntervalSteps: UInt64
  private let checkpoints: CheckpointOptions
  private let keep: Keep?
  private var file: AppendFile?
  private var flight: FlightFilePair?
  /// Whether the run itself has begun: from then on what is in the file is worth keeping.
  private(set) var hasBegun = false

  /// A recording into the file at `path`.
  init(
    path: String, replaces: Bool, collecting: EffectSelection, rungIntervalSteps: UInt64,
    checkpoints: CheckpointOptions, keep: Keep? = nil
  ) {
    (self.path, self.replaces, self.collecting) = (path, replaces, collecting)
    (self.rungIntervalSteps, self.checkpoints, self.keep) = (rungIntervalSteps, checkpoints, keep)
  }

  /// Whether the file could be created.
  var hasFile: Bool { file != nil }
  /// How many checkpoints the trace ended with.
  private(set) var checkpointCount = 0
  /// Why they are not all there that were wanted.
  private(set) var checkpointProblem: (any Error)?
  /// Bytes in the file.
  var byteCount: Int { (flight?.current ?? file)?.byteCount ?? 0 }
  /// The moment at which the trace begins.
  private(set) var keptFrom = Moment.zero

  /// What takes checkpoints of `machine`, which stands at power-on, for this recording; `nil` when none are needed.
  func keeper(of machine: Machine<VirtBoard>) -> CheckpointKeeper<VirtBoard>? {
    checkpoints.keeper(of: machine, rungIntervalSteps: rungIntervalSteps, takesSnapshots: keep != nil)
  }

  /// Runs `machine` to its end. A recording that does not come as far as to run leaves no file behind.
  /// - Parameters:
  ///   - console: what the guest has shown before.
  ///   - begin: writes what comes before what happens now.
  func record(
    _ machine: Machine<VirtBoard>, _ run: LiveRun, _ limits: Conductor<VirtBoard>.Limits,
    keeper: CheckpointKeeper<VirtBoard>?, console: ConsoleSoFar = ConsoleSoFar(),
    begin: (AppendFile) throws -> Journal
  ) throws -> EndRecord {
    let file = try AppendFile(creating: path, replacing: replaces)
    self.file = file
    defer {
      flight?.removeNext()
      (flight?.current ?? file).close()
    }
    let journal: Journal
    do {
      journal = try begin(file)
    } catch {
      file.remove()
      throw error
    }
    hasBegun = true
    let conductor = Conductor(
      machine: machine, journal: journal, keeper: keeper, flight: makeFlight(file, machine, keeper),
      console: console, rungIntervalSteps: rungIntervalSteps, collecting: collecting, attend: run.attend,
      onConsole: run.show)
    var door = run.makeDoor()
    let end = try conductor.run(door: &door, limits: limits, shouldEnd: run.shouldEnd)
    (checkpointCount, checkpointProblem) = (conductor.checkpointCount, conductor.checkpointProblem)
    keptFrom = conductor.keptFrom
    return end
  }

  /// What keeps the recent past only, if that was asked for.
  private func makeFlight(
    _ file: AppendFile, _ machine: Machine<VirtBoard>, _ keeper: CheckpointKeeper<VirtBoard>?
  ) -> FlightRecorder<VirtBoard>? {
    guard let keep, let keeper else { return nil }
    let files = FlightFilePair(file)
    flight = files
    return FlightRecorder(
      window: keep.window(clockHertz: machine.board.fabric.clockHertz), files: files, keeper: keeper)
  }
}

// MARK: - What is told of it

extension Recording {
  /// What it means that a file of the host could not be written while the machine was at `moment`.
  func explain(_ error: HostError, at moment: Moment) -> Failure {
    if error.isTaken { return Self.taken(path) }
    guard hasBegun else {
      return Failure(hasFile ? ExitStatus.inputOutput : ExitStatus.cannotCreate, "\(error)")
    }
    return Failure(
      ExitStatus.inputOutput,
      "\(error). The recording ends here: \(path) holds the run up to a little before step"
        + " \(Show.count(moment.step.count)), and can be replayed",
      next: "reprise replay \(Show.shellWord(path))")
  }

  /// That there is a file at `path` already.
  static func taken(_ path: String) -> Failure {
    Failure(ExitStatus.usage, "\(path) is there already: give another name, or --force to replace it")
  }

  /// Tells how the recording ended.
  /// - Parameter parent: the trace that this one left, and where.
  func report(
    _ outcome: LiveRun.Outcome, _ display: Display, schema: String, clockHertz: UInt64,
    parent: ParentReference? = nil
  ) {
    let length = Length(outcome.end.moment, clockHertz: clockHertz)
    display.summary("recorded \(path): \(length.sentence)")
    if let parent { display.summary("a fork of \(parent.file), which it leaves at @\(parent.moment.steps)") }
    display.summary(
      "ended because \(outcome.end.reason.sentence); \(Show.count(outcome.end.inputCount, "input")),"
        + " \(Show.count(outcome.end.consoleByteCount)) bytes of console,"
        + " \(Show.count(byteCount)) bytes of trace, \(Show.count(checkpointCount, "checkpoint"))")
    if keep != nil {
      let first = Length(keptFrom, clockHertz: clockHertz)
      let time = Show.time(length.guestNanoseconds - first.guestNanoseconds)
      display.summary("kept the last \(time) of guest time, from @\(first.steps) on")
    }
    if let checkpointProblem {
      display.streams.note("note: the trace is whole, but not all of its checkpoints are there: \(checkpointProblem)")
    }
    display.summary("replay it: reprise replay \(Show.shellWord(path))")
    guard display.isJSON else { return }
    var result = RunResult(schema: schema, length: length, outcome, trace: path, traceBytes: byteCount)
    (result.checkpoints, result.parent) = (checkpointCount, parent)
    if keep != nil { result.keptFrom = Length(keptFrom, clockHertz: clockHertz) }
    display.streams.print(JSONText.document(result))
  }
}
