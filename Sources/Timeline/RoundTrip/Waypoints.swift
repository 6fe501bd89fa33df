internal import Archive
internal import VirtualTime

/// Where a run is looked at: in order of time, each place once.
struct Waypoints {
  struct Waypoint {
    /// Where to run to.
    var target: Moment
    /// Whether a checkpoint is taken there.
    var takesCheckpoint = false
    /// Whether the trace holds a checkpoint of this moment.
    var hasStored = false
    /// What the recording has there.
    var rung: Rung?

    /// Whether machines are put back to there.
    var isRestored: Bool { takesCheckpoint || hasStored }
  }

  private(set) var list: [Waypoint] = []

  /// The places from `start` on, to `end`: a checkpoint every `spacing` steps, places closer and closer to the one
  /// before it in between, the rungs, and the moments of `stored` checkpoints.
  init(from start: Moment, to end: Moment, everySteps spacing: UInt64, rungs: [Rung], stored: [Moment]) {
    precondition(spacing > 0, "checkpoints are apart")
    var all = [Waypoint(target: start, takesCheckpoint: true)]
    var step = start.step.count
    while step < end.step.count {
      // What was not put back shows at once, or when something comes back to it.
      for part in [1024, 32, 4] as [UInt64] where spacing / part > 0 {
        all.append(Waypoint(target: Moment(step: Step(step + spacing / part), cycle: .zero)))
      }
      let (next, overflow) = step.addingReportingOverflow(spacing)
      guard !overflow else { break }
      step = next
      all.append(Waypoint(target: Moment(step: Step(step), cycle: .zero), takesCheckpoint: true))
    }
    all += rungs.map { Waypoint(target: $0.moment, rung: $0) }
    all += stored.map { Waypoint(target: $0, hasStored: true) }
    all.removeAll { $0.target < start || $0.target > end }
    all.append(Waypoint(target: end))
    for waypoint in all.sorted(by: { $0.target < $1.target }) {
      guard let last = list.last, last.target == waypoint.target else {
        list.append(waypoint)
        continue
      }
      list[list.count - 1].takesCheckpoint = last.takesCheckpoint || waypoint.takesCheckpoint
      list[list.count - 1].hasStored = last.hasStored || waypoint.hasStored
      list[list.count - 1].rung = last.rung ?? waypoint.rung
    }
  }

  /// The indices behind `index` up to the next place where a checkpoint is taken, or to the end; with `stored`, also no
  /// further than to the next checkpoint of the trace.
  func stretch(behind index: Int, stored: Bool) -> Range<Int> {
    let next = list[(index + 1)...].firstIndex { $0.takesCheckpoint || stored && $0.hasStored } ?? list.count - 1
    return (index + 1)..<max(index + 1, next + 1)
  }
}
