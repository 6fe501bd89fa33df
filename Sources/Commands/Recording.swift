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

  private let plan: MachinePlan
  /// Where the trace is.
  let path: String
  private let replaces: Bool
  private let references: [ImageReference]
  private let collecting: EffectSelection
  private let rungIntervalSteps: UInt64
  private let checkpoints: CheckpointOptions
  private let keep: Keep?
  private var file: AppendFile?
  private var flight: FlightFilePair?
  /// Whether the run itself has begun: from then on what is in the file is worth keeping.
  private(set) var hasBegun = false

  /// A recording of the machine of `plan` into the file at `path`.
  init(
    plan: MachinePlan, path: String, replaces: Bool, references: [ImageReference], collecting: EffectSelection,
    rungIntervalSteps: UInt64, checkpoints: CheckpointOptions, keep: Keep? = nil
  ) {
    (self.plan, self.path, self.replaces, self.references) = (plan, path, replaces, references)
    (self.collecting, self.rungIntervalSteps, self.checkpoints) = (collecting, rungIntervalSteps, checkpoints)
    self.keep = keep
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

  /// Runs `machine` to its end. A recording that does not come as far as to run leaves no file behind.
  func record(
    _ machine: Machine<VirtBoard>, _ run: LiveRun, _ limits: Conductor<VirtBoard>.Limits
  ) throws -> EndRecord {
    let file = try AppendFile(creating: path, replacing: replaces)
    self.file = file
    defer {
      flight?.removeNext()
      (flight?.current ?? file).close()
    }
    let journal: Journal
    do {
      journal = try begin(file, machine)
    } catch {
      file.remove()
      throw error
    }
    hasBegun = true
    let keeper = checkpoints.keeper(
      of: machine, rungIntervalSteps: rungIntervalSteps, takesSnapshots: keep != nil)
    let conductor = Conductor(
      machine: machine, journal: journal, keeper: keeper, flight: makeFlight(file, machine, keeper),
      rungIntervalSteps: rungIntervalSteps, collecting: collecting, onConsole: run.show)
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

  /// Writes the header and the images.
  private func begin(_ file: AppendFile, _ machine: Machine<VirtBoard>) throws -> Journal {
    let header = TraceMachine.header(
      plan.configuration, clockHertz: machine.board.fabric.clockHertz, images: references, collecting: collecting,
      rungIntervalSteps: rungIntervalSteps)
    guard header.fitsInTrace else {
      throw Failure(ExitStatus.usage, "--append: the kernel's arguments are too long for a trace")
    }
    var writer = TraceWriter()
    try file.append(writer.header(header))
    try ImageFiles.embed(plan, references, &writer, sink: file.append)
    return Journal(writer: writer, sink: file.append)
  }
}
