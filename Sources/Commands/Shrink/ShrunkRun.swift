internal import Archive
internal import Backplane
internal import Boards
internal import Host
internal import Timeline
internal import VirtualTime

/// A run that is smaller than that of a trace, and fails as it does: a fork of it.
struct ShrunkRun {
  /// What enters, by guest time.
  let inputs: [TimedInput]
  /// When it fails.
  let failure: Moment
  /// Where it leaves the trace: no later than the first difference.
  let left: Moment
  private let parent: ParentTrace
  private let criterion: FailureCriterion
  /// What enters from there on.
  private let rest: [TimedInput]

  init(_ parent: ParentTrace, _ shrinker: Shrinker<VirtBoard>, _ criterion: FailureCriterion) throws {
    (self.parent, self.criterion) = (parent, criterion)
    (inputs, failure) = shrinker.smallest
    let moments = try parent.reader.inputs().map(\.moment)
    let common = zip(inputs, shrinker.recorded).prefix { $0 == $1 }.count
    let isEarlier = common < inputs.count && common < moments.count && inputs[common].cycle < moments[common].cycle
    if common < moments.count, !isEarlier, moments[common] <= failure {
      left = moments[common]
    } else {
      // What is different comes at a moment of which the recording knows nothing: leave it at the last one before.
      left = common > 0 ? moments[common - 1] : shrinker.start
    }
    let before = left
    rest = Array(inputs[moments.prefix { $0 < before }.count...])
  }

  /// Records it into `file`, as a fork.
  func record(to file: AppendFile, _ display: Display) throws {
    let reader = parent.reader
    let machine = try parent.machine()
    let keeper = CheckpointKeeper(
      of: machine, plan: .end,
      intervalSteps: max(reader.header.rungIntervalSteps, CheckpointKeeper<VirtBoard>.defaultIntervalSteps),
      workers: HostThreads())
    let shown = Shown()
    let collecting = parent.holdsEffects ? parent.described.collected : []
    let replayer = Replayer(machine: machine, reader: reader, collected: parent.described.collected) {
      shown.console.note($0, at: $1)
    }
    _ = try parent.go(to: left, replayer, machine, display)
    let writer = try TraceCopy.prefix(of: reader, before: machine.moment, to: file.append)
    let conductor = Conductor(
      machine: machine, journal: Journal(writer: writer, console: shown.console.totals, sink: file.append),
      keeper: keeper, console: shown.console, rungIntervalSteps: reader.header.rungIntervalSteps,
      collecting: collecting
    ) { _, _ in }
    var door = Door(TimedInputs(rest, until: criterion.waitingEnd(failure)))
    _ = try conductor.run(door: &door, limits: .init(cycle: criterion.endCycle(failure)))
    if let problem = conductor.checkpointProblem { throw problem }
  }

  /// Replays the trace at `path` to its end, and looks for the failure.
  func check(_ path: String, images: [String], _ display: Display) throws {
    let child = try ParentTrace(path, images: images)
    try child.reader.verify()
    let machine = try child.machine()
    let seen = Seen(criterion.makeSign())
    let replayer = Replayer(machine: machine, reader: child.reader, collected: child.described.collected) {
      bytes, moment in
      for byte in bytes where seen.sign.note(byte, at: moment) { seen.hasFailed = true }
    }
    do {
      _ = try child.go(to: child.reader.covered, replayer, machine, display)
    } catch let error as DivergedFailure {
      throw Self.fault(
        "does not replay: at @\(error.divergence.found.step.count) it has \(error.divergence.replayed) instead of"
          + " \(error.divergence.recorded)")
    }
    if criterion.isSeenLiveOnly { return try checkLive(child) }
    guard seen.hasFailed || seen.sign.end(machine.board.fabric.halt) else { throw Self.fault("does not fail") }
  }

  /// Runs the trace of `child` live, to its end, and looks for the failure on the way.
  private func checkLive(_ child: ParentTrace) throws {
    let shrinker = try Shrinker(machine: child.machine(), reader: child.reader, makeSign: criterion.makeSign)
    guard case .fails = try shrinker.confirm() else { throw Self.fault("does not fail") }
  }

  private static func fault(_ what: String) -> Failure {
    Failure(
      ExitStatus.internalError,
      "the smaller run \(what). This is a fault of Reprise; what was written was taken away")
  }

  private final class Shown {
    var console = ConsoleSoFar()
  }

  private final class Seen {
    var sign: any FailureSign
    var hasFailed = false
    init(_ sign: any FailureSign) { self.sign = sign }
  }
}
