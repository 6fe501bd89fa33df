internal import Archive
internal import Backplane
internal import StateCoding
internal import VirtualTime

/// Goes through one recording with a machine of its own: forward, and back to where it has been.
///
/// Unlike a playback it may be sent to moments that the recording does not have: then it stands where it could get no
/// further, and that is compared.
final class SideRunner<B: Board> {
  /// How a side is run, when the recording allows several ways.
  enum Way: Hashable, Sendable {
    /// From the nearest checkpoint, as a playback does.
    case nearest
    /// From the start of the trace, never from a checkpoint in it.
    case fromStart
    /// From the start of the trace, dropping all caches every so many steps.
    case droppingCaches(everySteps: UInt64)
    /// From the stored checkpoint at this moment, or from the start when it cannot be had.
    case fromStored(Moment)
  }

  let machine: Machine<B>
  /// The first and the last moment of the recording.
  let first: Moment
  let last: Moment
  private let way: Way
  private let traveller: Traveller<B>
  private let stored: StoredCheckpoints<B>
  private let start: Checkpoint<B>
  /// The latest that were read or taken, in order of time.
  private var kept: [Checkpoint<B>] = []
  private var isPlaced = false
  /// What was read and is not the machine that it says.
  private(set) var problems: [String] = []
  /// Steps run so far.
  private(set) var stepsRun: UInt64 = 0

  /// Opens `side`, at its start.
  init(_ side: RecordedSide<B>, _ way: Way = .nearest, comparesRungs: Bool = true, store: PageStore) throws {
    let reader = try side.open()
    machine = try side.make(reader)
    self.way = way
    let recorded = try RecordedRun(reader)
    (first, last) = (recorded.first, recorded.last)
    let course = Course<B>(inputs: recorded.inputs, rungs: comparesRungs ? recorded.digests : [], end: recorded.last)
    traveller = Traveller(machine, course, store: store, gapStepsMin: 1 << 16)
    let powerOn = traveller.checkpoint()
    stored = StoredCheckpoints(reader, powerOn: powerOn, rungs: recorded.digests, store: store)
    start = try stored.start()
    _ = traveller.takeTaken()
    guard start === powerOn || traveller.restore(start) else {
      throw SnapshotProblem(description: "the snapshot at the start of the trace does not have the digest it tells")
    }
    isPlaced = true
  }

  var moment: Moment { machine.moment }

  /// The first difference between the machine and its own recording.
  var divergence: Divergence? { traveller.divergence }

  /// Asked now and then: whether to stop.
  var shouldStop: () -> Bool {
    get { traveller.shouldStop }
    set { traveller.shouldStop = newValue }
  }

  /// Told how many steps were run since it was last told.
  var onSteps: (UInt64) -> Void = { _ in }

  /// The digest of the whole machine, and where it stands.
  var standing: Standing { Standing(moment: moment, digest: machine.digest()) }

  // MARK: - Moving

  /// Goes to `target` from the nearest place that is no later; see `advance(to:)`.
  func go(to target: Moment) throws {
    while true {
      let base = nearest(target)
      let isOnTheWay = isPlaced && moment <= target && moment >= base.moment
      if !isOnTheWay, !restore(base) { continue }
      return try advance(to: target)
    }
  }

  /// Runs forward to `target`. Where the machine stops by itself, or cannot come to the moment because it does not idle
  /// there, it stays.
  func advance(to target: Moment) throws {
    while moment < target {
      var part = target
      if case .droppingCaches(let everySteps) = way {
        machine.dropCaches()
        part = min(target, Moment(step: Step(moment.step.count + everySteps), cycle: .zero))
      }
      let before = moment
      defer {
        stepsRun += moment.step.count - before.step.count
        onSteps(moment.step.count - before.step.count)
      }
      switch traveller.advance(to: part) {
      case .reached: break
      case .interrupted: throw BisectionInterrupted()
      case .hit, .stopped:
        // What is due here has happened, or a cycle has passed: not what comes here by running has.
        isPlaced = false
        return
      }
    }
  }

  /// Runs forward to `target` or to a stop point.
  func advance(to target: Moment, _ stops: StopPoints) throws -> Hit? {
    machine.stopPoints = stops
    defer { machine.stopPoints = StopPoints() }
    let before = moment
    defer {
      stepsRun += moment.step.count - before.step.count
      onSteps(moment.step.count - before.step.count)
    }
    switch traveller.advance(to: target) {
    case .reached: return nil
    case .stopped:
      isPlaced = false
      return nil
    case .interrupted: throw BisectionInterrupted()
    case .hit(let hit): return hit
    }
  }

  /// Goes one step on, and returns what the machine did in it, as far as `collected` says.
  func takeStep(collecting collected: EffectSelection) throws -> [Effect] {
    var effects: [Effect] = []
    machine.collecting = collected
    traveller.onEffects = { effects += $0 }
    defer {
      machine.collecting = []
      traveller.onEffects = nil
    }
    try advance(to: Moment(step: Step(moment.step.count + 1), cycle: .zero))
    return effects
  }

  /// Keeps where the machine stands, to come back to; not what stands there because it could get no further.
  /// - Returns: what is kept there.
  @discardableResult
  func keep() -> Checkpoint<B>? {
    let here = moment
    guard isPlaced else { return nil }
    if let known = kept.first(where: { $0.moment == here }) { return known }
    let checkpoint = traveller.checkpoint()
    insert(checkpoint)
    return checkpoint
  }

  /// Keeps a place to come back to that another machine has come to, as this one would.
  func adopt(_ checkpoint: Checkpoint<B>) {
    guard way == .nearest, !kept.contains(where: { $0.moment == checkpoint.moment }) else { return }
    insert(checkpoint)
  }

  /// How many steps the machine would run to come to `target`.
  func wayLength(to target: Moment) -> UInt64 {
    var base = stored.moments.last { $0 <= target } ?? start.moment
    if let near = kept.last(where: { $0.moment <= target }) { base = max(base, near.moment) }
    if isPlaced, moment <= target { base = max(base, moment) }
    return target.step.count - min(target.step.count, base.step.count)
  }

  /// Forgets what was kept, but for the near past and the latest before that: whoever looks at what came before a step
  /// must not have to begin at the start.
  func forgetDistant() {
    let near = moment.step.count - min(Self.nearSteps, moment.step.count)
    guard let latest = kept.lastIndex(where: { $0.moment.step.count <= near }) else { return }
    kept.removeFirst(latest)
  }

  private static var nearSteps: UInt64 { 1 << 16 }

  private func insert(_ checkpoint: Checkpoint<B>) {
    let place = kept.firstIndex { $0.moment > checkpoint.moment } ?? kept.count
    kept.insert(checkpoint, at: place)
  }

  private func nearest(_ target: Moment) -> Checkpoint<B> {
    let base = kept.last { $0.moment <= target } ?? start
    let limit: Moment
    switch way {
    case .nearest: limit = target
    case .fromStart, .droppingCaches: return base
    case .fromStored(let place): limit = min(place, target)
    }
    // Where the machine stands is as good as a checkpoint there.
    let floor = isPlaced && moment <= target ? max(moment, base.moment) : base.moment
    guard let read = stored.takeLatest(notAfter: limit, laterThan: floor) else { return base }
    insert(read)
    return kept.last { $0.moment <= target } ?? start
  }

  /// Jumps to `checkpoint`; when it cannot be put back, it is forgotten.
  private func restore(_ checkpoint: Checkpoint<B>) -> Bool {
    isPlaced = traveller.restore(checkpoint)
    if isPlaced { return true }
    precondition(checkpoint !== start, "the start of the recording cannot be put back: the host's memory fails")
    problems.append("the checkpoint at @\(checkpoint.moment.step.count) is not the machine that it says")
    kept.removeAll { $0 === checkpoint }
    return false
  }
}

/// A bisection was told to stop before it knew.
struct BisectionInterrupted: Error {}

/// What a trace tells of its run, without the machine.
struct RecordedRun: Sendable {
  let first: Moment
  let last: Moment
  let inputs: [StampedInput]
  /// The rungs of the ladder that lie in the recording.
  let rungs: [Rung]
  /// The end, as a rung.
  let end: Rung?

  init(_ reader: TraceReader) throws {
    let last = reader.end?.moment ?? reader.covered
    inputs = try reader.inputs().map {
      StampedInput(moment: $0.moment, input: Input(slot: Slot($0.slot), bytes: $0.bytes))
    }
    (first, self.last) = (reader.start, last)
    rungs = try reader.rungs().filter { $0.moment <= last }
    end = reader.end.map { Rung(moment: $0.moment, digest: $0.digest) }
  }

  /// All digests of the machine that the log has, in order of time.
  var digests: [Rung] { end.map { end in rungs.filter { $0.moment < end.moment } + [end] } ?? rungs }

  /// The digest at exactly `moment`, if the log has one.
  func digest(at moment: Moment) -> TraceDigest? {
    if let end, end.moment == moment { return end.digest }
    return rung(at: moment.step).flatMap { $0.moment == moment ? $0.digest : nil }
  }

  /// The rung at `step`, if the ladder has one.
  func rung(at step: Step) -> Rung? {
    var (low, high) = (0, rungs.count)
    while low < high {
      let middle = (low + high) / 2
      if rungs[middle].moment.step < step { low = middle + 1 } else { high = middle }
    }
    return low < rungs.count && rungs[low].moment.step == step ? rungs[low] : nil
  }
}
