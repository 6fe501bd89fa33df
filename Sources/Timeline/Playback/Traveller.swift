internal import Archive
internal import Backplane
internal import StateCoding
internal import VirtualTime

/// What a recording says of its run: all that is needed to go through it again from any checkpoint.
struct Course<B: Board>: Sendable {
  /// What entered, in order.
  var inputs: [StampedInput]
  /// Digests of the whole machine, in order.
  var rungs: [Rung]
  /// The last moment of what was recorded; `nil` once a fork has left it.
  var end: Moment?
  /// Changes that people made, in order of their moments. Each is in force from its moment on, and making it again
  /// there changes nothing.
  var edits: [(moment: Moment, make: @Sendable (inout B, Memory) -> Void)] = []
}

/// Goes through a course with one machine: runs forward, and jumps to checkpoints.
final class Traveller<B: Board> {
  /// How an advance ended.
  enum Arrival {
    case reached
    case hit(Hit)
    /// The machine has stopped by itself, and was not expected to.
    case stopped(Stop)
    case interrupted
  }

  /// Where checkpoints are taken on the way.
  enum Captures {
    case none
    /// At rungs, and as far apart as rungs usually are where there are none.
    case evenly
    /// At rungs, and closer and closer together on the way to where the advance ends.
    case approaching
  }

  let machine: Machine<B>
  private let checkpointer: Checkpointer<B>
  private(set) var course: Course<B>
  private var door: Door
  /// Where the machine stood when the pages that it has written since began to be counted.
  private var countedFrom: Moment
  /// The first difference from the recording that was found.
  private(set) var divergence: Divergence?
  /// Whether the machine is one that can be relied on: not when the last jump failed.
  private(set) var isWhole = true
  /// Checkpoints taken, and stretches whose written pages are known, since they were last asked for.
  private(set) var taken: [Checkpoint<B>] = []
  private(set) var stretches: [WrittenPages.Stretch] = []

  /// Asked now and then: whether to stop at the next good place.
  var shouldStop: () -> Bool = { false }
  /// Told now and then where the machine is.
  var onProgress: (Moment) -> Void = { _ in }
  /// Handed what the machine did, as far as it collects that; nobody, mostly.
  var onEffects: (([Effect]) -> Void)?

  /// How many steps to run, at most, between two questions whether to stop.
  private static var pauseSteps: UInt64 { 1 << 22 }
  /// The least number of steps between two checkpoints.
  private let gapStepsMin: UInt64
  /// Steps between two checkpoints when they are taken evenly, and the most in any case.
  private var evenSteps: UInt64 { gapStepsMin << 8 }

  /// Travels with `machine`, which stands at a moment of `course`.
  init(_ machine: Machine<B>, _ course: Course<B>, store: PageStore, gapStepsMin: UInt64) {
    (self.machine, self.course, self.gapStepsMin) = (machine, course, gapStepsMin)
    checkpointer = Checkpointer(machine, store: store)
    door = Door(RecordedInputs(course.inputs, from: machine.moment, until: course.end))
    countedFrom = machine.moment
    machine.collecting = []
  }

  /// A checkpoint of where the machine stands; it is not one of `taken`.
  func checkpoint() -> Checkpoint<B> {
    let (checkpoint, written) = checkpointer.take()
    stretches.append(
      WrittenPages.Stretch(
        first: countedFrom, last: machine.moment, pages: written.map(Int32.init(truncatingIfNeeded:))))
    countedFrom = machine.moment
    return checkpoint
  }

  /// What was taken and counted since the last call; forgets it.
  func takeTaken() -> (checkpoints: [Checkpoint<B>], stretches: [WrittenPages.Stretch]) {
    defer { (taken, stretches) = ([], []) }
    return (taken, stretches)
  }

  /// Jumps to `checkpoint`.
  /// - Returns: false when it could not be put back whole: another must be.
  func restore(_ checkpoint: Checkpoint<B>) -> Bool {
    isWhole = checkpointer.restore(checkpoint)
    guard isWhole else { return false }
    countedFrom = machine.moment
    makeEdits()
    openDoor()
    return true
  }

  /// Goes on with another course, which is the same as far as the machine has come.
  func change(_ course: Course<B>) {
    self.course = course
    makeEdits()
    openDoor()
  }

  /// Runs to `target`, to the first moment at or after `cycle`, or to a stop point of the machine.
  func advance(
    to target: Moment, cycle: Cycle = .never, captures: Captures = .none, passing passed: Step? = nil
  ) -> Arrival {
    while machine.moment < target, machine.moment.cycle < cycle {
      if shouldStop() { return .interrupted }
      let before = machine.moment
      let (pause, captured) = nextPause(target, captures)
      let stop = machine.run(until: RunLimit(moment: pause, cycle: cycle, passedBreakpoint: passed), door: &door)
      _ = door.takeLog()
      let effects = machine.takeEffects()
      onEffects?(effects)
      compareRungs(after: before)
      if case .hit(let hit) = stop {
        // What was let in at this moment has been put back with the rest. Behind an access there may be an edit to
        // make.
        makeEdits()
        openDoor()
        return .hit(hit)
      }
      if stop != .limit, machine.moment < target { return .stopped(stop) }
      if stop == .limit, machine.moment < pause, machine.moment.cycle < cycle { return .stopped(.limit) }
      makeEdits()
      if captures != .none, isAtRung || captured.map({ $0 <= machine.moment }) == true { capture() }
      onProgress(machine.moment)
    }
    return .reached
  }

  /// Runs to the first moment of the next step, and tells of the interrupts and device accesses on the way.
  func takeStep() -> (arrival: Arrival, effects: [Effect]) {
    var effects: [Effect] = []
    machine.collecting = [.interrupts, .devices]
    onEffects = { effects += $0 }
    defer {
      machine.collecting = []
      onEffects = nil
    }
    let arrival = advance(to: Moment(step: Step(machine.moment.step.count + 1), cycle: .zero))
    return (arrival, effects)
  }

  /// Goes from `checkpoint` to `end` and looks for the last hit of `stops`, at a step no earlier than `floor`.
  func lastHit(
    _ stops: StopPoints, from checkpoint: Checkpoint<B>, to end: Moment, notBefore floor: Step, captures: Captures
  ) -> Way {
    guard restore(checkpoint) else { return .cannotBegin }
    machine.stopPoints = stops
    defer { machine.stopPoints = StopPoints() }
    var last: Hit?
    var passed: Step?
    while true {
      switch advance(to: end, captures: captures, passing: passed) {
      case .hit(let hit):
        if hit.step >= floor.count { last = hit }
        if case .breakpoint = hit.kind { passed = Step(hit.step) }
      case .reached: return .gone(last)
      case .interrupted: return .interrupted
      case .stopped(let stop): return .stopped(stop)
      }
    }
  }

  /// What became of looking for hits on a way.
  enum Way: Sendable {
    /// It was gone to its end; the last hit on it.
    case gone(Hit?)
    case interrupted
    /// The checkpoint could not be put back.
    case cannotBegin
    /// The machine stopped by itself before the end of the way.
    case stopped(Stop)
  }

  // MARK: - Pauses

  /// Where to pause next, and where a checkpoint is to be taken, if that is there.
  private func nextPause(_ target: Moment, _ captures: Captures) -> (pause: Moment, captured: Moment?) {
    let now = machine.moment
    let pause = pause(before: target, within: Self.pauseSteps)
    guard captures != .none else { return (pause, nil) }
    let distance = target.step.count - now.step.count
    guard distance > gapStepsMin else { return (pause, nil) }
    let gap = captures == .evenly ? evenSteps : max(gapStepsMin, min(evenSteps, distance / 4))
    let captured = Moment(step: max(Step(countedFrom.step.count + gap), Step(now.step.count + 1)), cycle: .zero)
    guard captured < target else { return (pause, nil) }
    return (min(pause, captured), captured)
  }

  /// The next place behind here where something is to be done, at most `steps` on, and `target` at the latest.
  func pause(before target: Moment, within steps: UInt64) -> Moment {
    let now = machine.moment
    var pause = min(target, Moment(step: Step(now.step.count + steps), cycle: .zero))
    if let rung = rung(after: now) { pause = min(pause, rung.moment) }
    if let edit = course.edits.first(where: { $0.moment > now }) { pause = min(pause, edit.moment) }
    return pause
  }

  /// Runs in the way of `run`, and then does what is to be done where the machine has come to.
  func goOn(_ run: (inout Door) -> Stop) -> Stop {
    let before = machine.moment
    let stop = run(&door)
    _ = door.takeLog()
    _ = machine.takeEffects()
    compareRungs(after: before)
    makeEdits()
    return stop
  }

  private func capture() { taken.append(checkpoint()) }

  private func openDoor() {
    door = Door(RecordedInputs(course.inputs, from: machine.moment, until: course.end))
  }

  private func makeEdits() {
    for edit in course.edits where edit.moment == machine.moment { machine.change(edit.make) }
  }

  // MARK: - Rungs

  private func rung(after moment: Moment) -> Rung? {
    let index = place(behind: moment)
    return index < course.rungs.count ? course.rungs[index] : nil
  }

  private var isAtRung: Bool {
    let index = place(behind: machine.moment)
    return index > 0 && course.rungs[index - 1].moment == machine.moment
  }

  private func place(behind moment: Moment) -> Int {
    var (low, high) = (0, course.rungs.count)
    while low < high {
      let middle = (low + high) / 2
      if course.rungs[middle].moment <= moment { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Compares the rung that the machine has come to; one that it has run past is a difference too.
  private func compareRungs(after before: Moment) {
    guard divergence == nil, let rung = rung(after: before), rung.moment <= machine.moment else { return }
    let digest = TraceDigest(machine.digest())
    guard rung.moment != machine.moment || rung.digest != digest else { return }
    let index = place(behind: before)
    divergence = Divergence(
      subject: .rung, lastCommon: index > 0 ? course.rungs[index - 1].moment : .zero, found: machine.moment,
      recorded: "\(Self.text(rung.moment)), digest \(Self.text(rung.digest))",
      replayed: "\(Self.text(machine.moment)), digest \(Self.text(digest))")
  }

  private static func text(_ moment: Moment) -> String { "@\(moment.step.count) (cycle \(moment.cycle.count))" }

  private static func text(_ digest: TraceDigest) -> String { Digest(high: digest.high, low: digest.low).description }
}
