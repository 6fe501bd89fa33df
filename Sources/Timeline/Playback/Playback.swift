public import Archive
public import Backplane
internal import StateCoding
public import VirtualTime

/// How far something that takes long has come.
public struct PlaybackProgress: Hashable, Sendable {
  /// What is being done.
  public enum Activity: Hashable, Sendable {
    /// Running to a place.
    case running
    /// Looking back for the last hit of a stop point.
    case searching
  }

  /// What is being done.
  public let activity: Activity
  /// Steps gone through so far.
  public let doneSteps: UInt64
  /// Steps to go through, at most.
  public let totalSteps: UInt64
}

/// A recorded run opened for moving about in: to any step, forwards and backwards, to stop points.
///
/// It compares the rungs that it comes past. Wherever it stops, the machine stands at a moment before what is due
/// there, so that every way to a moment leads to the same state (decision 0008).
public final class Playback<B: Board> {
  /// How a movement ended.
  public enum Arrival: Hashable, Sendable {
    /// Where it was to go.
    case reached
    /// At a stop point.
    case hit(Hit)
    /// At the start of the recording; nothing was hit on the way.
    case start
    /// At the end of the recording, or, in a fork, where the machine stopped by itself.
    case end
    /// Where it was when it was told to stop; a search leaves it where it began.
    case interrupted
    /// The machine did what the recording does not have. Told once; after that it goes on as the machine does.
    case diverged(Divergence)
  }

  /// What a playback may take.
  public struct Limits: Hashable, Sendable {
    /// Memory for checkpoints, in bytes.
    public var checkpointBytes: Int
    /// Checkpoints need not be closer together than this many steps: to run so far takes about as long as to put one
    /// back.
    public var gapStepsMin: UInt64

    /// Limits; 1 GiB for checkpoints unless told otherwise.
    public init(checkpointBytes: Int = 1 << 30, gapStepsMin: UInt64 = 1 << 16) {
      precondition(checkpointBytes > 0 && (1...1 << 40).contains(gapStepsMin), "limits leave room")
      (self.checkpointBytes, self.gapStepsMin) = (checkpointBytes, gapStepsMin)
    }
  }

  /// The machine, as it stands at `moment`. Look at it; to change it, use `edit`.
  public var machine: Machine<B> { traveller.machine }
  /// Where the machine stands.
  public var moment: Moment { traveller.machine.moment }
  /// The start of the recording.
  public let first: Moment
  /// The end of the recording; in a fork, the furthest that the machine has been.
  public private(set) var last: Moment
  /// Where a fork left the recording; `nil` as long as nothing was edited.
  public private(set) var forkedAt: Moment?
  /// The first difference between the machine and the recording, once one was found.
  public private(set) var divergence: Divergence?
  /// Asked now and then: whether to stop.
  public var shouldStop: () -> Bool = { false }
  /// Told now and then how far a long movement has come.
  public var onProgress: (PlaybackProgress) -> Void = { _ in }

  let traveller: Traveller<B>
  let store: PageStore
  let stored: StoredCheckpoints<B>
  let workers: any Workers
  let limits: Limits
  /// The first moment of the step that the machine is at, when that is known.
  private var stepBegan: Moment?
  /// What was wrong with checkpoints that could be read, and not put back.
  private var wrong: [String] = []
  var checkpoints: CheckpointSet<B>
  var written = WrittenPages()

  /// Opens the recording in `reader`, at its start.
  /// - Parameters:
  ///   - machine: stands at power-on, as the trace's header and images say.
  ///   - workers: other threads to use.
  /// - Throws: `TraceError` when the trace cannot be read, `SnapshotProblem` when it starts late and cannot be brought
  /// to
  ///   its start.
  public init(
    machine: Machine<B>, reader: TraceReader, workers: any Workers = NoWorkers(), limits: Limits = Limits()
  ) throws {
    let inputs = try reader.inputs().map {
      StampedInput(moment: $0.moment, input: Input(slot: Slot($0.slot), bytes: $0.bytes))
    }
    let last = reader.end?.moment ?? reader.covered
    var rungs = try reader.rungs().filter { $0.moment < last }
    // The end has a digest too, of the same kind.
    if let end = reader.end { rungs.append(Rung(moment: end.moment, digest: end.digest)) }
    let course = Course<B>(inputs: inputs, rungs: rungs, end: last)
    (first, self.last, self.workers, self.limits) = (reader.start, last, workers, limits)
    store = PageStore(workers: workers)
    traveller = Traveller(machine, course, store: store, gapStepsMin: limits.gapStepsMin)
    let powerOn = traveller.checkpoint()
    stored = StoredCheckpoints(reader, powerOn: powerOn, rungs: rungs, store: store)
    let start = try stored.start()
    checkpoints = CheckpointSet(start: start, gapStepsMin: limits.gapStepsMin)
    _ = traveller.takeTaken()
    guard start === powerOn || traveller.restore(start) else {
      throw SnapshotProblem(description: "the snapshot at the start of the trace does not have the digest it tells")
    }
  }

  /// What was wrong with checkpoints of the trace: they were done without.
  public var problems: [String] { stored.problems + wrong }

  /// How many checkpoints there are, and the bytes that they take.
  public var checkpointUse: (count: Int, byteCount: Int) { (checkpoints.checkpoints.count, store.byteCount) }

  // MARK: - Moving

  /// Goes to the first moment of `step`; no further than the start and the end.
  public func seek(to step: Step) -> Arrival { seek(to: Moment(step: step, cycle: .zero)) }

  /// Goes to `moment`; no further than the start and the end. In a fork, what comes after the furthest place so far is
  /// run live.
  public func seek(to moment: Moment) -> Arrival {
    let arrival = place(at: min(max(moment, first), last))
    guard case .reached = arrival else { return arrival }
    if forkedAt != nil, moment > last { return runForward(until: moment.step) }
    return moment > last ? .end : moment < first ? .start : .reached
  }

  /// Goes to the first moment at or after `cycle`; no further than the end.
  public func seek(to cycle: Cycle) -> Arrival {
    guard cycle > first.cycle else { return seek(to: first) }
    guard cycle <= last.cycle else {
      let arrival = seek(to: last)
      return arrival == .reached ? .end : arrival
    }
    let nearest = checkpoints.latest(before: cycle).moment
    if let read = stored.takeLatest(before: cycle, laterThan: nearest) { checkpoints.insert(read) }
    let base = checkpoints.latest(before: cycle).moment
    // From here, when nothing is nearer.
    let arrival = place(at: moment.cycle < cycle && traveller.isWhole ? max(base, moment) : base)
    guard case .reached = arrival else { return arrival }
    begin(.running, to: last)
    return finish(traveller.advance(to: last, cycle: cycle, captures: .evenly), wasCut: false)
  }

  /// Runs until a stop point is hit, or the first moment of `until`. A breakpoint at the instruction it starts with is
  /// passed, unless told otherwise.
  public func runForward(
    _ stops: StopPoints = StopPoints(), until: Step? = nil, passingHere: Bool = true
  ) -> Arrival {
    let target = until.map { Moment(step: $0, cycle: .zero) } ?? Moment(step: Step(.max), cycle: .zero)
    let limit = forkedAt == nil ? min(target, last) : target
    begin(.running, to: limit)
    machine.stopPoints = stops
    defer { machine.stopPoints = StopPoints() }
    // Where it will stop is not known, so checkpoints are taken at rungs alone, not closer and closer.
    let start = moment
    let arrival = traveller.advance(to: limit, captures: .evenly, passing: passingHere ? start.step : nil)
    if case .reached = arrival, limit.cycle == .zero, moment > start { stepBegan = moment }
    return finish(arrival, wasCut: target > limit)
  }

  /// Goes back one step, or to the first moment of this one when time has passed in it.
  public func stepBack() -> Arrival {
    let here = moment
    guard here > first else { return .start }
    if stepBegan != here {
      let arrival = place(at: max(first, Moment(step: here.step, cycle: .zero)))
      if arrival != .reached || moment < here { return arrival }
    }
    guard here.step > first.step else { return .start }
    return place(at: max(first, Moment(step: Step(here.step.count - 1), cycle: .zero)))
  }

  /// Goes back to before the instruction of the hit of `stops` that is the latest before here.
  /// - Parameter floor: where to stop when there is none behind it; the start unless told otherwise.
  public func runBackward(_ stops: StopPoints, notBefore floor: Step? = nil) -> Arrival {
    let here = moment
    let floorStep = max(floor ?? first.step, first.step)
    switch search(stops, before: here, notBefore: floorStep) {
    case .found(let hit):
      let arrival = place(at: max(first, Moment(step: Step(hit.step), cycle: .zero)))
      return arrival == .reached ? .hit(hit) : arrival
    case .nothing:
      let arrival = place(at: max(first, Moment(step: floorStep, cycle: .zero)))
      return arrival == .reached && floorStep == first.step ? .start : arrival
    case .interrupted:
      returnTo(here)
      return .interrupted
    case .diverged(let found):
      returnTo(here)
      return .diverged(found)
    }
  }

  /// The last write to what `stops` watch that was made before here; stays here.
  public func lastHit(of stops: StopPoints, notBefore floor: Step? = nil) -> SearchResult {
    let here = moment
    let result = search(stops, before: here, notBefore: max(floor ?? first.step, first.step))
    returnTo(here)
    return result
  }

  /// The latest hit of `stops` before `limit`; stands anywhere afterwards.
  public func lastHit(of stops: StopPoints, before limit: Moment) -> SearchResult {
    search(stops, before: min(limit, last), notBefore: first.step)
  }

  /// What enters the machine, in order: in a fork, what entered before it.
  public var inputs: [StampedInput] { traveller.course.inputs }

  /// Takes one step, from wherever it stands to the first moment of the next, and tells of the interrupts and device
  /// accesses in it.
  public func takeStep() -> (arrival: Arrival, effects: [Effect]) {
    guard moment < last else { return (.end, []) }
    begin(.running, to: last)
    let (arrival, effects) = traveller.takeStep()
    if case .reached = arrival { stepBegan = moment }
    return (finish(arrival, wasCut: false), effects)
  }

  // MARK: - Placing

  /// Puts the machine at `target`, which lies in the recording, by the shortest way.
  func place(at target: Moment) -> Arrival {
    if target.cycle == .zero, stepBegan == moment, target.step == moment.step, traveller.isWhole { return .reached }
    while true {
      var base = checkpoints.latest(notAfter: target)
      let nearest = moment <= target && traveller.isWhole ? max(moment, base.moment) : base.moment
      if let read = stored.takeLatest(notAfter: target, laterThan: nearest) {
        checkpoints.insert(read)
        base = read
      }
      // Behind a jump that failed, the machine stands at the moment of the checkpoint, and is not the one of then.
      let isOnTheWay = traveller.isWhole && moment <= target && moment >= base.moment
      if !isOnTheWay, !traveller.restore(base) {
        giveUp(base)
        continue
      }
      begin(.running, to: target)
      let arrival = traveller.advance(to: target, captures: .approaching)
      if case .reached = arrival, target.cycle == .zero { stepBegan = moment }
      return finish(arrival, wasCut: false)
    }
  }

  /// Does without `checkpoint`, which could not be put back. The start is what all else can be made from again.
  func giveUp(_ checkpoint: Checkpoint<B>) {
    precondition(
      checkpoints.remove(checkpoint), "the start of the recording cannot be put back: the host's memory fails")
    wrong.append("the checkpoint at @\(checkpoint.moment.step.count) is not the machine that it says")
  }

  /// Goes back to where something began, whatever the host asks for.
  private func returnTo(_ here: Moment) {
    let asked = shouldStop
    shouldStop = { false }
    defer { shouldStop = asked }
    _ = place(at: here)
  }

  func begin(_ activity: PlaybackProgress.Activity, to target: Moment) {
    let start = moment
    let total = min(target, last).step.count - min(start, last).step.count
    traveller.shouldStop = shouldStop
    let report = onProgress
    traveller.onProgress = { [weak self] now in
      // Not only at the end of a long way: what is taken on it may not take more memory than there is to be.
      self?.keepTaken()
      report(
        PlaybackProgress(activity: activity, doneSteps: now.step.count - start.step.count, totalSteps: total))
    }
  }

  /// What the end of an advance means; keeps what was taken on the way.
  func finish(_ arrival: Traveller<B>.Arrival, wasCut: Bool) -> Arrival {
    keepTaken()
    if forkedAt != nil { last = max(last, moment) }
    if let found = takeDivergence() { return .diverged(found) }
    switch arrival {
    case .reached: return wasCut ? .end : .reached
    case .hit(let hit): return .hit(hit)
    case .interrupted: return .interrupted
    case .stopped(let stop):
      if forkedAt != nil || moment >= last || divergence != nil { return .end }
      return .diverged(diverge(stop))
    }
  }

  /// The difference that was found, if it was not told yet.
  func takeDivergence() -> Divergence? {
    guard divergence == nil, let found = traveller.divergence else { return nil }
    divergence = found
    return found
  }

  /// The machine has stopped by itself where the recording goes on.
  func diverge(_ stop: Stop) -> Divergence {
    let found = Divergence(
      subject: .end, lastCommon: checkpoints.latest(notAfter: moment).moment, found: moment,
      recorded: "goes on to @\(last.step.count) (cycle \(last.cycle.count))", replayed: "stops here: \(stop)")
    divergence = found
    return found
  }

  /// Keeps the checkpoints and the written pages that came to be, within the limits.
  func keepTaken() {
    let (taken, stretches) = traveller.takeTaken()
    keep(taken, stretches)
  }

  /// Keeps `taken` and `stretches`, within the limits.
  func keep(_ taken: [Checkpoint<B>], _ stretches: [WrittenPages.Stretch]) {
    for stretch in stretches { written.note(stretch) }
    for checkpoint in taken { checkpoints.insert(checkpoint) }
    guard !taken.isEmpty else { return }
    var isSettled = false
    checkpoints.thin(cursor: moment.step.count, end: last.step.count) {
      guard store.byteCount > limits.checkpointBytes else { return false }
      if !isSettled {
        // Only what is compressed is measured, so that what stays does not depend on how fast the host is.
        store.settle()
        isSettled = true
      }
      return store.byteCount > limits.checkpointBytes
    }
  }
}

// MARK: - Forks

extension Playback where B: DebuggableBoard {
  /// Makes `edit` here. The first one opens a fork: what was recorded behind this moment no longer applies, and running
  /// forward is live, with nobody typing. Going back over the moment, and forward again, makes the edit again.
  /// - Returns: false, with nothing changed, when the board refuses.
  public func edit(_ edit: Edit) -> Bool {
    guard machine.change({ $0.apply(edit, memory: $1) }) else { return false }
    let here = moment
    var course = traveller.course
    // Who goes back behind the place where the fork left, and changes something there, leaves the recording there.
    forkedAt = min(forkedAt ?? here, here)
    course.inputs.removeAll { $0.moment >= here }
    course.rungs.removeAll { $0.moment >= here }
    course.edits.removeAll { $0.moment > here }
    course.end = nil
    course.edits.append((here, { board, memory in _ = board.apply(edit, memory: memory) }))
    last = here
    checkpoints.removeAll(from: here)
    stored.forget(from: here)
    written.removeAll(from: here)
    traveller.change(course)
    return true
  }
}
