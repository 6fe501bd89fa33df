public import Archive
public import Backplane
internal import StateCoding
internal import VirtualTime

/// Checks that a recorded run comes out the same whatever is done to it: the machine runs twice and is replayed, and at
/// every checkpoint it is put back in all ways there are, and goes on in lock step with the run that never stopped.
public final class RoundTrip<B: Board> {
  /// Checkpoints in a run, unless told otherwise.
  public static var checkpointCount: UInt64 { 64 }
  /// The most checkpoints in a run.
  public static var checkpointCountMax: UInt64 { 1 << 18 }

  /// Asked now and then: whether to stop.
  public var shouldStop: () -> Bool {
    get { watch.shouldStop }
    set { watch.shouldStop = newValue }
  }
  /// Told now and then how far it has come.
  public var onProgress: (RoundTripProgress) -> Void = { _ in }
  /// Steps between two checkpoints.
  public let everySteps: UInt64

  /// The start of the trace.
  let start: Moment
  private let reader: TraceReader
  private let collected: EffectSelection
  private let make: () throws -> Machine<B>
  private let store: PageStore
  private let inputs: [StampedInput]
  private let rungs: [Rung]
  private let end: Moment
  private let watch = LoneRun<B>.Watch()
  private var activity = RoundTripProgress.Activity.replaying
  private var totalSteps: UInt64 = 0
  private var report = RoundTripReport()

  /// Prepares to check the run in `reader`.
  /// - Parameters:
  ///   - collected: the effects that the recording collected.
  ///   - everySteps: steps between two checkpoints; so many that a run has about 64, unless told otherwise.
  ///   - workers: other threads to use.
  ///   - make: makes the machine of the trace's header and images, at power-on, each time anew.
  /// - Throws: `TraceError` when the trace cannot be read.
  public init(
    _ reader: TraceReader, collected: EffectSelection, everySteps: UInt64? = nil, workers: any Workers = NoWorkers(),
    make: @escaping () throws -> Machine<B>
  ) throws {
    (self.reader, self.collected, self.make, start) = (reader, collected, make, reader.start)
    store = PageStore(workers: workers)
    inputs = try reader.inputs().map {
      StampedInput(moment: $0.moment, input: Input(slot: Slot($0.slot), bytes: $0.bytes))
    }
    let end = reader.end?.moment ?? reader.covered
    self.end = end
    rungs = try reader.rungs().filter { $0.moment <= end }
    let length = end.step.count - min(reader.start.step.count, end.step.count)
    self.everySteps = max(1, everySteps ?? (length + Self.checkpointCount - 1) / Self.checkpointCount)
  }

  /// How many checkpoints there will be.
  public var plannedCheckpoints: UInt64 {
    (end.step.count - min(reader.start.step.count, end.step.count)) / everySteps + 1
  }

  /// Does it all, or as much as `shouldStop` lets it, up to the first difference.
  /// - Throws: `TraceError`, `SnapshotProblem`, and what `make` throws.
  public func run() throws -> RoundTripReport {
    let length = end.step.count - min(reader.start.step.count, end.step.count)
    totalSteps = length * (reader.checkpoints.isEmpty ? 5 : 6)
    watch.onSteps = { [unowned self] in note(steps: $0) }
    defer { watch.onSteps = { _ in } }
    report.end = end
    do {
      try replay()
      guard report.divergence == nil else { return report }
      try runTwice()
    } catch is LoneRun<B>.Interrupted {
      report.wasInterrupted = true
    }
    return report
  }

  private func note(steps: UInt64) {
    report.stepsRun += steps
    onProgress(RoundTripProgress(activity: activity, doneSteps: report.stepsRun, totalSteps: totalSteps))
  }

  /// Replays the recording, and compares all that it holds.
  private func replay() throws {
    activity = .replaying
    let machine = try make()
    var counted = start.step.count
    let count = { [unowned self] in
      note(steps: max(machine.moment.step.count, counted) - counted)
      counted = max(machine.moment.step.count, counted)
    }
    let replayer = Replayer(machine: machine, reader: reader, collected: collected) { _, _ in }
    let replayed = try replayer.run { [watch] in
      count()
      return watch.shouldStop()
    }
    count()
    if replayed.divergence == nil, replayed.moment < end { throw LoneRun<B>.Interrupted() }
    report.runs += 1
    report.divergence = replayed.divergence
    (report.rungsCompared, report.effectsCompared) = (replayed.rungsCompared, replayed.effectsCompared)
  }

  // MARK: - Machines

  /// A machine, and what can put it back.
  struct Berth {
    let machine: Machine<B>
    let checkpointer: Checkpointer<B>
    let powerOn: Checkpoint<B>
  }

  /// A machine at the start of the trace.
  func machineAtStart() throws -> Berth {
    let machine = try make()
    let checkpointer = Checkpointer(machine, store: store)
    let powerOn = checkpointer.take().checkpoint
    let start = try StoredCheckpoints(reader, powerOn: powerOn, rungs: rungs, store: store).start()
    guard start === powerOn || checkpointer.restore(start) else {
      throw SnapshotProblem(description: "the snapshot at the start of the trace does not have the digest it tells")
    }
    return Berth(machine: machine, checkpointer: checkpointer, powerOn: powerOn)
  }

  /// A run from the start that nothing is done to.
  func undisturbed() throws -> LoneRun<B> { run(of: try machineAtStart().machine) }

  /// A run of `machine` from where it stands.
  func run(of machine: Machine<B>, dropsCaches: Bool = false) -> LoneRun<B> {
    LoneRun(machine, inputs, until: end, dropsCaches: dropsCaches, watch: watch)
  }

  // MARK: - Running

  /// Runs the machine once, looking at every place, and then again, putting another one back on the way.
  private func runTwice() throws {
    activity = .running
    let other = try machineAtStart()
    let stored = StoredCheckpoints(reader, powerOn: other.powerOn, rungs: rungs, store: store)
    let waypoints = Waypoints(
      from: reader.start, to: end, everySteps: everySteps, rungs: rungs, stored: stored.moments)
    let standings = try undisturbedStandings(waypoints)
    activity = .roundTrips
    let live = try machineAtStart()
    let loops = Loops(trip: self, live: live, other: other, waypoints: waypoints, standings: standings)
    defer { report.problems = stored.problems }
    var second = run(of: live.machine)
    for (index, waypoint) in waypoints.list.enumerated() {
      try second.advance(to: waypoint.target)
      report.digestsCompared += 1
      guard second.standing == standings[index] else {
        report.difference = try loops.tellRunsApart(index, live.machine)
        return
      }
      if waypoint.rung != nil { report.rungsCompared += 1 }
      if waypoint.isRestored, let difference = try loopBack(loops, stored, index, waypoint) {
        report.difference = difference
        return
      }
    }
    report.runs += 1
  }

  /// What a run that nothing is done to has at each of `waypoints`.
  private func undisturbedStandings(_ waypoints: Waypoints) throws -> [Standing] {
    var run = try undisturbed()
    let standings = try waypoints.list.map { waypoint in
      try run.advance(to: waypoint.target)
      return run.standing
    }
    report.runs += 1
    return standings
  }

  /// Puts the other machine back to here, where the run that never stops stands, in all ways.
  private func loopBack(
    _ loops: Loops<B>, _ stored: StoredCheckpoints<B>, _ index: Int, _ waypoint: Waypoints.Waypoint
  ) throws -> RoundTripDifference? {
    let checkpoint = loops.live.checkpointer.take().checkpoint
    if waypoint.takesCheckpoint {
      report.checkpoints += 1
      for way in [RoundTripWay.decoded, .cachesDropped] {
        if let difference = try loops.loop(way, checkpoint, at: index) { return difference }
      }
    }
    guard waypoint.hasStored, waypoint.target > .zero else { return nil }
    let before = index > 0 ? loops.waypoints.list[index - 1].target : .zero
    guard let kept = stored.takeLatest(notAfter: waypoint.target, laterThan: before) else { return nil }
    report.storedCheckpoints += 1
    return try loops.loop(.stored, kept, at: index)
  }

  /// Notes a machine that was put back and went on for `steps` without a difference at `places`.
  func note(restored steps: UInt64, places: Int) {
    report.restores += 1
    report.stepsCompared += steps
    report.digestsCompared += places
  }

  /// Says that a difference is looked for from now on.
  func noteNarrowing() { activity = .narrowing }
}
