internal import Archive
public import Backplane
internal import StateCoding
internal import VirtualTime

/// Which checkpoints a recording ends with.
public enum CheckpointPlan: Hashable, Sendable {
  /// None.
  case none
  /// One at the very end, and more before it, further and further apart: about eight each time the distance from the
  /// end doubles.
  case end
  /// So many, evenly over the run, and one at the very end.
  case evenly(Int)
}

/// Takes checkpoints of a machine that is being recorded, at moments that depend on its run alone, and keeps few enough
/// of them.
public final class CheckpointKeeper<B: Board> {
  /// Steps between two checkpoints unless told otherwise.
  public static var defaultIntervalSteps: UInt64 { 1 << 26 }
  /// Checkpoints as far from the present as 2^n intervals are 2^(n − this) intervals apart.
  private static var nearDoublings: Int { 3 }

  private struct Kept {
    /// How many intervals had passed.
    let interval: UInt64
    let checkpoint: Checkpoint<B>
  }

  private let plan: CheckpointPlan
  private let byteCountMax: Int
  private let intervalSteps: UInt64
  private let checkpointer: Checkpointer<B>
  private let store: PageStore
  let sections: CheckpointSections<B>
  /// In order of time.
  private var kept: [Kept] = []
  /// Those that someone asked for, in order of time: they are never thinned.
  private var pinned: [Checkpoint<B>] = []
  private var nextInterval: UInt64
  /// By how many doublings those far away are closer together than those near; fewer when memory is short.
  private var nearDoublings = CheckpointKeeper.nearDoublings
  /// How many doublings those of an even plan are apart.
  private var evenDoublings = 0

  /// Keeps checkpoints of `machine`, which stands at power-on.
  /// - Parameters:
  ///   - byteCountMax: the memory they may take, in bytes.
  ///   - intervalSteps: steps between two checkpoints. They are taken at rungs, so that it is no less than what is
  ///     between those. An even plan begins with rungs alone.
  ///   - workers: other threads, which compress.
  public init(
    of machine: Machine<B>, plan: CheckpointPlan, byteCountMax: Int = 1 << 30,
    intervalSteps: UInt64 = defaultIntervalSteps, workers: any Workers = NoWorkers()
  ) {
    precondition(byteCountMax > 0 && intervalSteps > 0, "checkpoints take room, and are apart")
    (self.plan, self.byteCountMax, self.intervalSteps) = (plan, byteCountMax, intervalSteps)
    // To compress what is soon dropped again is work for nothing, as long as there is room.
    store = PageStore(workers: workers, plainByteCount: byteCountMax / 4, byteCountMax: byteCountMax)
    checkpointer = Checkpointer(machine, store: store)
    sections = CheckpointSections(powerOn: checkpointer.take().checkpoint, workers: workers)
    nextInterval = machine.moment.step.count / intervalSteps + 1
  }

  /// How many checkpoints there are, and the bytes that they and what is at power-on take.
  public var use: (count: Int, byteCount: Int) { (kept.count, store.byteCount) }

  /// Whether it is time for a checkpoint.
  private func isDue(at moment: Moment) -> Bool { plan != .none && moment.step.count / intervalSteps >= nextInterval }

  /// Keeps a checkpoint of the machine as it stands, if it is time for one.
  /// - Returns: its digest, which is the machine's.
  func keepIfDue(at moment: Moment) -> Digest? { isDue(at: moment) ? keep().digest : nil }

  /// Takes a checkpoint of the machine as it stands, and keeps it.
  private func keep() -> Checkpoint<B> {
    let checkpoint = take()
    let interval = checkpoint.moment.step.count / intervalSteps
    if kept.last?.checkpoint.moment != checkpoint.moment {
      kept.append(Kept(interval: interval, checkpoint: checkpoint))
    }
    thin(at: interval)
    let gap = evenDoublings < 63 ? UInt64(1) << UInt64(evenDoublings) : 1 << 63
    nextInterval = (interval / gap + 1).multipliedReportingOverflow(by: gap).partialValue
    return checkpoint
  }

  /// Takes a checkpoint of the machine as it stands, and keeps it whatever the plan says.
  func pin() {
    let checkpoint = take()
    if pinned.last?.moment != checkpoint.moment { pinned.append(checkpoint) }
  }

  /// A checkpoint of the machine as it stands, which is not kept.
  func take() -> Checkpoint<B> { checkpointer.take().checkpoint }

  /// Drops those before `moment`.
  func forget(before moment: Moment) {
    kept.removeAll { $0.checkpoint.moment < moment }
    pinned.removeAll { $0.moment < moment }
  }

  /// The checkpoints that belong in the file of a recording that ends here, from `start` on, the last one of the
  /// machine as it stands. With a plan of none, only those that were asked for.
  func final(from start: Moment) -> [Checkpoint<B>] {
    let planned = planned(from: start)
    let others = pinned.filter { pinned in
      pinned.moment > start && !planned.contains { $0.moment == pinned.moment }
    }
    return others.isEmpty ? planned : (planned + others).sorted { $0.moment < $1.moment }
  }

  private func planned(from start: Moment) -> [Checkpoint<B>] {
    guard plan != .none else { return [] }
    let last = take()
    thin(at: last.moment.step.count / intervalSteps)
    let before = kept.map(\.checkpoint).filter { $0.moment > start && $0.moment < last.moment }
    guard case .evenly(let count) = plan else { return before + [last] }
    var chosen: [Checkpoint<B>] = []
    let length = last.moment.step.count - start.step.count
    for number in 1..<(UInt64(max(0, count)) + 1) {
      let (high, low) = length.multipliedFullWidth(by: number)
      let wanted = start.step.count + (UInt64(count) + 1).dividingFullWidth((high, low)).quotient
      // The nearest that is behind the one chosen before.
      let rest = before.filter { $0.moment > chosen.last?.moment ?? start }
      if let nearest = rest.min(by: { $0.distance(to: wanted) < $1.distance(to: wanted) }) { chosen.append(nearest) }
    }
    return chosen + [last]
  }

  // MARK: - Thinning

  /// Drops what the plan does not want any more at interval `now`, and more when memory is short. Only what is
  /// compressed is measured, so that what stays does not depend on how fast the host is.
  private func thin(at now: UInt64) {
    if case .evenly(let count) = plan {
      while kept.count > 4 * max(1, min(count, 1 << 20)) { coarsen(now) }
    }
    drop(now)
    guard store.byteCount > byteCountMax else { return }
    store.settle()
    while store.byteCount > byteCountMax, !kept.isEmpty { coarsen(now) }
  }

  private func coarsen(_ now: UInt64) {
    if case .evenly = plan { evenDoublings += 1 } else { nearDoublings -= 1 }
    drop(now)
  }

  private func drop(_ now: UInt64) {
    kept.removeAll { kept in
      let doublings =
        if case .evenly = plan {
          evenDoublings
        } else {
          max(0, 63 - max(1, now - kept.interval).leadingZeroBitCount - nearDoublings)
        }
      return doublings > 63 || kept.interval & (UInt64(1) << UInt64(doublings) - 1) != 0
    }
  }
}

extension Checkpoint {
  fileprivate func distance(to step: UInt64) -> UInt64 {
    moment.step.count > step ? moment.step.count - step : step - moment.step.count
  }
}
