internal import Archive
public import Backplane
internal import StateCoding
internal import VirtualTime

/// Finds the first step with which two recorded runs part (DESIGN §8).
///
/// What the files say comes first: what the machines are made of, what entered, the ladders. Then the one stretch in
/// which the runs part is gone through on both sides, and narrowed down by comparing whole machines.
public final class Bisection<B: Board> {
  /// Asked now and then: whether to stop.
  public var shouldStop: () -> Bool = { false }
  /// Told now and then how many steps were run so far, on both sides.
  public var onProgress: (UInt64) -> Void = { _ in }

  let sides: Sides<RecordedSide<B>>
  let workers: any Workers
  /// Longer ways than this are gone on one side only; see `init`.
  let sharedWaySteps: UInt64
  let runs: Sides<RecordedRun>
  /// The part that both recordings have.
  let start: Moment
  let end: Moment
  var outcome: BisectionOutcome
  private var opened: Lanes<B>?

  /// Prepares to compare two recordings.
  /// - Parameters:
  ///   - workers: threads for the two sides.
  ///   - sharedWaySteps: where both sides' machines are made by the same emulator, one with the digest that both
  ///     ladders have at a moment does for both: only one of them goes the way there, when it is longer than this.
  /// - Throws: `TraceError` when a trace cannot be read.
  public init(
    _ sides: Sides<RecordedSide<B>>, workers: any Workers = NoWorkers(), sharedWaySteps: UInt64 = .max
  ) throws {
    (self.sides, self.workers, self.sharedWaySteps) = (sides, workers, sharedWaySteps)
    let readers = try sides.map { try $0.open() }
    runs = try readers.map { try RecordedRun($0) }
    (start, end) = (max(runs.a.first, runs.b.first), min(runs.a.last, runs.b.last))
    outcome = BisectionOutcome(spans: runs.map { $0.first...max($0.first, $0.last) })
    outcome.machine = HeaderDifference.between(readers.a.header, readers.b.header)
    let (start, end) = (start, end)
    let inputs = try readers.map { try $0.inputs().filter { $0.moment >= start && $0.moment < end } }
    outcome.input = InputDifference.between(inputs.a, inputs.b)
    let ladders = runs.map { run in run.rungs.filter { $0.moment >= start && $0.moment < end } }
    let ends = runs.map { $0.digest(at: end) }
    let last = ends.map { $0.map { [Rung(moment: end, digest: $0)] } ?? [] }
    let haveBoth = ends.a != nil && ends.b != nil
    outcome.ladder = LadderDifference(
      ladders.a + (haveBoth ? last.a : []), ladders.b + (haveBoth ? last.b : []))
    if !outcome.machine.isEmpty { outcome.verdict = .differentMachine }
  }

  /// What the files alone say of the machines: empty when they are the same.
  public var machineDifferences: [HeaderDifference] { outcome.machine }

  /// Does it all, or as much as `shouldStop` lets it.
  /// - Parameter force: to go on though the machines differ: then it looks for the first step with which the difference
  ///   shows in the board.
  /// - Throws: `TraceError`, `SnapshotProblem`, and what the sides' makers throw.
  public func run(force: Bool = false) throws -> BisectionOutcome {
    guard outcome.machine.isEmpty || force else { return outcome }
    guard start <= end else {
      outcome.verdict = .endedEarly
      outcome.notes.append("one recording ends before the other begins: they have no moment in common")
      return outcome
    }
    do {
      if outcome.machine.isEmpty {
        try search()
      } else {
        try feel()
        if try !noDivergence(known: start) { decide(nil) }
      }
    } catch is BisectionInterrupted {
      outcome.verdict = .interrupted
    }
    if let opened { outcome.stepsRun = opened.stepsRun }
    return outcome
  }

  /// Both sides, opened when they are first needed.
  func lanes() throws -> Lanes<B> {
    if let opened { return opened }
    let lanes = try Lanes(sides, workers: workers)
    lanes.shouldStop = { [unowned self] in shouldStop() }
    lanes.onSteps = { [unowned self] in onProgress($0) }
    opened = lanes
    return lanes
  }

  // MARK: - The same machine

  private func search() throws {
    let entered = outcome.input?.moment
    let different = outcome.ladder.firstDifferent.map { Swift.min($0.a.moment, $0.b.moment) }
    if let different, different <= entered ?? different {
      // A rung is taken before what is due at its moment: what entered there is not in it.
      try part(from: outcome.ladder.lastSame?.moment ?? start, to: different)
    } else if let entered {
      try part(entered, different)
    } else if different == nil, runs.a.digest(at: end) == nil || runs.b.digest(at: end) == nil {
      try compareEnds()
    }
    decide(entered)
  }

  /// What it all comes to.
  private func decide(_ entered: Moment?) {
    if outcome.divergence != nil {
      (outcome.verdict, outcome.parting) = (.replayDiverged, nil)
    } else if let parting = outcome.parting {
      outcome.verdict = entered.map { parting.common >= $0 } == true ? .differentInputs : .differentState
    } else if entered != nil {
      outcome.verdict = .differentInputs
    } else if outcome.ladder.firstDifferent != nil || outcome.segment != nil {
      outcome.verdict = .differentState
    } else {
      outcome.verdict = runs.a.last == runs.b.last ? .identical : .endedEarly
    }
  }

  /// The last moment up to `moment` at which both ladders have a rung; the common start when there is none.
  private func lastCommon(notAfter moment: Moment) -> Moment {
    let same = runs.a.rungs.last { $0.moment >= start && $0.moment <= moment && runs.b.rung(at: $0.moment.step) != nil }
    return same?.moment ?? start
  }

  /// Brings both sides to `low`, where the ladders are the same, or near it.
  private func approach(_ low: Moment, _ lanes: Lanes<B>) throws {
    guard outcome.machine.isEmpty, let digest = runs.a.digest(at: low), digest == runs.b.digest(at: low) else { return }
    let ways = try lanes.both { runner, _ in runner.wayLength(to: low) }
    guard max(ways.a, ways.b) > sharedWaySteps else { return }
    let nearer: Side = ways.a <= ways.b ? .a : .b
    // The report tells of the steps before the parting, and that may be here.
    let before = Self.shortly(before: low)
    let reached = try lanes.both(steps: ways[nearer]) { runner, side -> [Checkpoint<B>] in
      guard side == nearer else { return [] }
      return try [before, low].compactMap { moment in
        try runner.go(to: moment)
        return runner.keep()
      }
    }
    guard let last = reached[nearer].last, last.moment == low, TraceDigest(last.digest) == digest else { return }
    try lanes.with(nearer == .a ? .b : .a) { runner in reached[nearer].forEach(runner.adopt) }
  }

  /// A little before `moment`: more steps than a report tells of.
  private static func shortly(before moment: Moment) -> Moment {
    Moment(step: Step(moment.step.count - Swift.min(64, moment.step.count)), cycle: .zero)
  }

  /// Finds the parting between `low`, where the files say that all is the same, and `high`, where they say that it is
  /// not.
  private func part(from low: Moment, to high: Moment) throws {
    outcome.segment = low...high
    let lanes = try lanes()
    try approach(low, lanes)
    guard try confirm(low, known: low), try areSameAtStart(of: low, lanes) else { return }
    var narrowing = Narrowing(lanes)
    let target = Moment(step: high.step, cycle: high == end ? high.cycle : .zero)
    outcome.parting = try narrowing.parting(from: low, to: target)
    outcome.comparisonCount += narrowing.comparisonCount
    guard try confirm(high, known: low), outcome.parting == nil else { return }
    outcome.notes.append("the ladders differ at @\(high.step.count), and the replays do not")
  }

  /// Other inputs enter at `entered`, and the ladders say that all is the same up to there.
  private func part(_ entered: Moment, _ different: Moment?) throws {
    let lanes = try lanes()
    let low = lastCommon(notAfter: entered)
    try approach(low, lanes)
    var narrowing = Narrowing(lanes)
    defer { outcome.comparisonCount += narrowing.comparisonCount }
    // The report tells of the steps before the parting, which is likely here: nobody should come this long way twice.
    let before = Self.shortly(before: entered)
    if before > low {
      _ = try lanes.both(steps: before.step.count) { runner, _ in
        try runner.go(to: before)
        runner.keep()
      }
    }
    let isSame = try narrowing.areSame(at: entered, steps: entered.step.count)
    guard try noDivergence(known: low) else { return }
    guard isSame else {
      outcome.segment = low...entered
      guard try areSameAtStart(of: low, lanes) else { return }
      outcome.parting = try narrowing.parting(from: low, to: entered)
      return
    }
    // No further than to the next rung: what other inputs do shows at once, or has come to nothing there.
    let next = runs.a.rungs.first { $0.moment > entered && $0.moment < end }?.moment
    let high = Swift.min(different ?? end, next ?? end, end)
    outcome.segment = entered...high
    outcome.parting = try narrowing.parting(from: entered, to: high, isNear: true)
    guard try noDivergence(known: low) else { return }
    if outcome.parting == nil {
      outcome.notes.append(
        "the inputs differ from @\(entered.step.count) on, and the machines do not, at \(narrowing.comparisonCount)"
          + " moments up to @\(high.step.count)")
    }
    if different == nil {
      outcome.notes.append("the runs are the same again later: all rungs behind that are common to both are the same")
    }
  }

  /// The ladders are the same as far as they go, and one side has no digest at the end of the other.
  private func compareEnds() throws {
    let lanes = try lanes()
    let low = lastCommon(notAfter: end)
    try approach(low, lanes)
    var narrowing = Narrowing(lanes)
    defer { outcome.comparisonCount += narrowing.comparisonCount }
    let isSame = try narrowing.areSame(at: end, steps: end.step.count)
    guard try noDivergence(known: low), try confirm(end, known: low) else { return }
    guard !isSame else { return }
    outcome.segment = low...end
    guard try areSameAtStart(of: low, lanes) else { return }
    outcome.parting = try narrowing.parting(from: low, to: end)
  }

  private func areSameAtStart(of low: Moment, _ lanes: Lanes<B>) throws -> Bool {
    var narrowing = Narrowing(lanes)
    outcome.comparisonCount += 1
    if try narrowing.areSame(at: low, steps: low.step.count) { return true }
    outcome.notes.append(
      "the machines differ already at @\(low.step.count), the first moment that both recordings have")
    return false
  }

  // MARK: - Whether replays are what was recorded

  /// Whether neither replay has left its recording so far.
  func noDivergence(known: Moment) throws -> Bool {
    for side in Side.allCases {
      if let found = try lanes().with(side, { $0.divergence }) {
        outcome.divergence = (side, found)
        outcome.segment = Swift.min(known, found.found)...Swift.max(known, found.found)
        return false
      }
    }
    return true
  }

  /// Goes to `moment` on both sides, and compares with what each recording has there, if it has something.
  private func confirm(_ moment: Moment, known: Moment) throws -> Bool {
    let lanes = try lanes()
    let (step, isEnd, runs) = (moment.step, moment == end, runs)
    let found = try lanes.both(steps: step.count) { runner, side -> Divergence? in
      let run = runs[side]
      let recorded = isEnd ? run.digest(at: moment).map { Rung(moment: moment, digest: $0) } : run.rung(at: step)
      guard let recorded else { return runner.divergence }
      try runner.go(to: recorded.moment)
      if let found = runner.divergence { return found }
      let standing = runner.standing
      guard standing.moment != recorded.moment || TraceDigest(standing.digest) != recorded.digest else { return nil }
      return Divergence(rung: recorded, replayed: standing, lastCommon: known)
    }
    for side in Side.allCases {
      if let divergence = found[side] {
        outcome.divergence = (side, divergence)
        outcome.segment = Swift.min(known, divergence.found)...Swift.max(known, divergence.found)
        return false
      }
    }
    return true
  }
}

extension Divergence {
  /// The replay stands where `rung` should be, and is not the same.
  init(rung: Rung, replayed: Standing, lastCommon: Moment) {
    func text(_ moment: Moment, _ digest: Digest) -> String {
      "@\(moment.step.count) (cycle \(moment.cycle.count)), digest \(digest)"
    }
    self.init(
      subject: .rung, lastCommon: lastCommon, found: replayed.moment,
      recorded: text(rung.moment, Digest(high: rung.digest.high, low: rung.digest.low)),
      replayed: text(replayed.moment, replayed.digest))
  }
}
