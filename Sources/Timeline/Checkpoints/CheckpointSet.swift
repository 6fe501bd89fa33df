internal import Backplane
internal import VirtualTime

/// Checkpoints in order of time, the first at the start of the run. Close together near where someone works and near
/// the end, further and further apart with the distance from both, so that there are O(log n) of them for n steps.
struct CheckpointSet<B: Board> {
  /// How many there may be each time the run's length doubles.
  private static var perDoubling: Int { 24 }

  /// In order of their moments, which all differ.
  private(set) var checkpoints: [Checkpoint<B>]
  private let gapStepsMin: UInt64

  /// The checkpoint at the start of the run alone; those that follow need not be closer together than `gapStepsMin`.
  init(start: Checkpoint<B>, gapStepsMin: UInt64) { (checkpoints, self.gapStepsMin) = ([start], gapStepsMin) }

  /// The latest that is no later than `moment`; the first when there is none.
  func latest(notAfter moment: Moment) -> Checkpoint<B> { checkpoints[max(0, place(behind: moment) - 1)] }

  /// The latest that is earlier than `cycle`; the first when there is none.
  func latest(before cycle: Cycle) -> Checkpoint<B> {
    checkpoints.last { $0.moment.cycle < cycle } ?? checkpoints[0]
  }

  /// Whether there is one at `moment`.
  func contains(_ moment: Moment) -> Bool { latest(notAfter: moment).moment == moment }

  /// Puts `checkpoint` in, unless there is one at its moment.
  mutating func insert(_ checkpoint: Checkpoint<B>) {
    let place = place(behind: checkpoint.moment)
    if place > 0, checkpoints[place - 1].moment == checkpoint.moment { return }
    checkpoints.insert(checkpoint, at: place)
  }

  /// Takes out those at `moment` and later, but the first.
  mutating func removeAll(from moment: Moment) {
    let first = checkpoints[0]
    checkpoints.removeAll { $0.moment >= moment && $0 !== first }
  }

  /// Takes `checkpoint` out; false when it is the first, which stays.
  mutating func remove(_ checkpoint: Checkpoint<B>) -> Bool {
    guard checkpoint !== checkpoints[0] else { return false }
    checkpoints.removeAll { $0 === checkpoint }
    return true
  }

  /// Takes out what is missed least until there are no more than a run of `end` steps may have, and `isTooMuch` says
  /// no.
  /// - Parameter cursor: the step at which someone works.
  mutating func thin(cursor: UInt64, end: UInt64, isTooMuch: () -> Bool) {
    let doublings = 64 - (end / gapStepsMin).leadingZeroBitCount
    let countMax = Self.perDoubling * (doublings + 1)
    while checkpoints.count > 1, checkpoints.count > countMax || isTooMuch() {
      checkpoints.remove(at: leastMissed(cursor: cursor, end: end))
    }
  }

  /// The one whose removal leaves the smallest gap for its distance from where checkpoints are wanted.
  private func leastMissed(cursor: UInt64, end: UInt64) -> Int {
    var least = (index: checkpoints.count - 1, merit: UInt64.max)
    for index in 1..<checkpoints.count {
      let step = checkpoints[index].moment.step.count
      let behind = index + 1 < checkpoints.count ? checkpoints[index + 1].moment.step.count : max(end, step)
      let gap = behind - checkpoints[index - 1].moment.step.count
      let distance = min(step > cursor ? step - cursor : cursor - step, end > step ? end - step : 0)
      let merit = min(gap, 1 << 52) << 10 / max(distance, gapStepsMin)
      if merit < least.merit { least = (index, merit) }
    }
    return least.index
  }

  /// The index of the first that is later than `moment`.
  private func place(behind moment: Moment) -> Int {
    var (low, high) = (0, checkpoints.count)
    while low < high {
      let middle = (low + high) / 2
      if checkpoints[middle].moment <= moment { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
