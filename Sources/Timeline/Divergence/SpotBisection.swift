internal import Archive
public import Backplane
public import VirtualTime

/// A way to run a recording again. All of them must lead to the same states.
public enum ReplayWay: Hashable, Sendable, CustomStringConvertible {
  /// From the start of the trace in one go.
  case fromStart
  /// The same once more, with another machine.
  case fromStartAgain
  /// From the start, with all caches dropped again and again.
  case droppingCaches
  /// From the checkpoint that the trace holds at this moment.
  case fromCheckpoint(Moment)

  /// In a few words.
  public var description: String {
    switch self {
    case .fromStart: "from the start"
    case .fromStartAgain: "from the start, once more"
    case .droppingCaches: "from the start, with caches dropped on the way"
    case .fromCheckpoint(let moment): "from the checkpoint at @\(moment.step.count)"
    }
  }
}

/// What can be known of a replay that is not its recording.
public struct SpotOutcome: Sendable {
  /// Where they were last known to be the same, and the first moment at which the recording's digest is another.
  public var segment: ClosedRange<Moment>
  /// The ways that were tried, and whether each leads to what was recorded.
  public var ways: [(way: ReplayWay, reproduces: Bool)] = []
  /// Two ways that do not lead to the same: A to what was recorded, if one does.
  public var pair: Sides<ReplayWay>?
  /// The step with which those two part, if it was found.
  public var parting: Parting?
  /// Whether it was told to stop.
  public var isInterrupted = false
}

/// Looks into a replay that has left its recording, where it happened: with one trace alone there is no other run to
/// compare with but other ways of running it.
public final class SpotBisection<B: Board> {
  /// Asked now and then: whether to stop.
  public var shouldStop: () -> Bool = { false }
  /// Told now and then how many steps were run so far.
  public var onProgress: (UInt64) -> Void = { _ in }

  private let side: RecordedSide<B>
  private let workers: any Workers
  private let lastCommon: Moment
  private let recorded: Rung
  /// The latest checkpoint of the trace before the difference.
  private let stored: Moment?
  private let dropSteps: UInt64

  /// Prepares to look into `divergence`, which a replay of `side` has found.
  /// - Throws: `TraceError` when the trace cannot be read.
  public init(_ side: RecordedSide<B>, _ divergence: Divergence, workers: any Workers = NoWorkers()) throws {
    (self.side, self.workers) = (side, workers)
    let reader = try side.open()
    let run = try RecordedRun(reader)
    let digests = run.digests
    let found = max(divergence.found, divergence.lastCommon)
    let different = digests.first { $0.moment > divergence.lastCommon && $0.moment.step >= found.step }
    // Behind the last digest there is nothing to compare with but the way there.
    recorded = different ?? digests.last ?? Rung(moment: run.last, digest: TraceDigest(high: 0, low: 0))
    let (limit, target) = (divergence.lastCommon, recorded.moment)
    lastCommon = digests.last { $0.moment <= limit && $0.moment < target }?.moment ?? run.first
    let last = lastCommon
    stored = reader.checkpoints.map(\.head.first).filter { $0 <= last && $0 > run.first }.max()
    dropSteps = max(1, (recorded.moment.step.count - run.first.step.count) / 256)
  }

  /// Does it.
  public func run() throws -> SpotOutcome {
    var outcome = SpotOutcome(segment: min(lastCommon, recorded.moment)...recorded.moment)
    do {
      try tryWays(&outcome)
      guard let pair = outcome.pair else { return outcome }
      let lanes = try lanes(pair)
      var narrowing = Narrowing(lanes)
      guard try narrowing.areSame(at: lastCommon, steps: lastCommon.step.count) else { return outcome }
      outcome.parting = try narrowing.parting(from: lastCommon, to: recorded.moment)
    } catch is BisectionInterrupted {
      outcome.isInterrupted = true
    }
    return outcome
  }

  private func tryWays(_ outcome: inout SpotOutcome) throws {
    var standings: [(way: ReplayWay, standing: Standing)] = []
    let last: ReplayWay = stored.map { .fromCheckpoint($0) } ?? .fromStartAgain
    for pair in [Sides<ReplayWay>(.fromStart, .droppingCaches), Sides(last, .fromStartAgain)] {
      if pair.a == pair.b, standings.contains(where: { $0.way == pair.a }) { continue }
      let target = recorded.moment
      let reached = try lanes(pair).both(steps: target.step.count) { runner, _ in
        try runner.go(to: target)
        return runner.standing
      }
      standings.append((pair.a, reached.a))
      if pair.b != pair.a { standings.append((pair.b, reached.b)) }
    }
    outcome.ways = standings.map { way, standing in
      (way, standing.moment == recorded.moment && TraceDigest(standing.digest) == recorded.digest)
    }
    let right = outcome.ways.first { $0.reproduces }?.way ?? .fromStart
    let measure = standings.first { $0.way == right }?.standing
    if let other = standings.first(where: { $0.standing != measure }) { outcome.pair = Sides(right, other.way) }
  }

  private func lanes(_ pair: Sides<ReplayWay>) throws -> Lanes<B> {
    let dropSteps = dropSteps
    let ways = pair.map { way -> SideRunner<B>.Way in
      switch way {
      case .fromStart, .fromStartAgain: .fromStart
      case .droppingCaches: .droppingCaches(everySteps: dropSteps)
      case .fromCheckpoint(let moment): .fromStored(moment)
      }
    }
    let lanes = try Lanes(Sides(side, side), ways, comparesRungs: false, workers: workers)
    lanes.shouldStop = { [unowned self] in shouldStop() }
    lanes.onSteps = { [unowned self] in onProgress($0) }
    return lanes
  }
}
