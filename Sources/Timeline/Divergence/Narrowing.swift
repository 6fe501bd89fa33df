internal import Archive
internal import Backplane
internal import StateCoding
internal import VirtualTime

/// Finds the step with which two runs part, between a moment at which their machines are the same and one at which they
/// are not.
///
/// All comparisons are of whole machines. Should the machines be the same again in between, what is found is a parting
/// all the same, and not every one before it is excluded: the moments compared tell which are.
struct Narrowing<B: Board> {
  /// Into how many pieces a long way is cut at first.
  private static var pieces: UInt64 { 16 }

  let lanes: Lanes<B>
  let measure: Parting.Measure
  /// Fields in which the boards differ from the start; of no account where boards are compared.
  let setAside: [String]
  private(set) var comparisonCount = 0

  init(_ lanes: Lanes<B>, _ measure: Parting.Measure = .machine, setAside: [String] = []) {
    (self.lanes, self.measure, self.setAside) = (lanes, measure, setAside)
  }

  /// Goes to `target` on both sides, and compares.
  mutating func areSame(at target: Moment, steps: UInt64 = 0) throws -> Bool {
    comparisonCount += 1
    switch measure {
    case .machine:
      let standings = try lanes.both(steps: steps) { runner, _ in
        try runner.go(to: target)
        return runner.standing
      }
      return standings.a == standings.b
    case .board:
      let boards = try lanes.both(steps: steps) { runner, _ in
        try runner.go(to: target)
        return runner.machine.board
      }
      return BoardComparison.areSame(boards, setAside: setAside)
    }
  }

  /// Keeps where both stand, to come back to.
  private func keep() throws {
    _ = try lanes.both { runner, _ in
      runner.keep()
      runner.forgetDistant()
    }
  }

  /// Finds the parting between `low`, where the machines stand and are the same, and `high`.
  /// - Parameter isNear: whether the step at `low` is likely the one.
  /// - Returns: `nil` when the machines are the same at all moments that were compared, `high` among them.
  mutating func parting(from low: Moment, to high: Moment, isNear: Bool = false) throws -> Parting? {
    try keep()
    var (low, high) = (low, high)
    if isNear {
      let next = Moment(step: Step(low.step.count + 1), cycle: .zero)
      if try !areSame(at: min(next, high)) { return try settled(low) }
    }
    guard let piece = try firstDifferentPiece(low, high) else { return nil }
    (low, high) = (piece.low, piece.high)
    while high.step.count - low.step.count > 1 {
      let middle = Moment(step: Step(low.step.count + (high.step.count - low.step.count) / 2), cycle: .zero)
      if try areSame(at: middle, steps: middle.step.count - low.step.count) {
        low = middle
        try keep()
      } else {
        high = middle
      }
    }
    return try settled(low)
  }

  private mutating func firstDifferentPiece(_ low: Moment, _ high: Moment) throws -> (low: Moment, high: Moment)? {
    let piece = max(1, (high.step.count - low.step.count) / Self.pieces)
    var low = low
    while low < high {
      let next = Moment(step: Step(low.step.count + piece), cycle: .zero)
      let target = next.step < high.step ? next : high
      guard try areSame(at: target, steps: piece) else { return (low, target) }
      low = target
      try keep()
    }
    return nil
  }

  /// The parting whose step begins at `low` or before it: `low` is at that step, and the machines differ behind it.
  /// Looks how long they are the same while they wait.
  private mutating func settled(_ low: Moment) throws -> Parting {
    let next = Moment(step: Step(low.step.count + 1), cycle: .zero)
    let starts = try stand(at: low)
    let behind = try stand(at: next)
    var common = starts.a
    var (from, to) = (common.cycle.count, min(behind.a.cycle.count, behind.b.cycle.count))
    // A machine that does not wait does not come to the next cycle of a step.
    if to > from + 1, try reach(common.step, from + 1) == nil { to = from }
    while to > from + 1 {
      let middle = from + (to - from) / 2
      if let same = try reach(common.step, middle) {
        (from, common) = (middle, same)
      } else {
        to = middle
      }
    }
    return Parting(common: common, behind: try stand(at: next), measure: measure)
  }

  /// The moment at `step` and `cycle`, when both machines wait until then and are the same there.
  private mutating func reach(_ step: Step, _ cycle: UInt64) throws -> Moment? {
    let target = Moment(step: step, cycle: Cycle(cycle))
    guard try areSame(at: target) else { return nil }
    let moments = try lanes.both { runner, _ in runner.moment }
    return moments.a == target && moments.b == target ? target : nil
  }

  private func stand(at target: Moment) throws -> Sides<Moment> {
    try lanes.both { runner, _ in
      try runner.go(to: target)
      return runner.moment
    }
  }
}

/// Whether two boards are the same, but for what is set aside.
enum BoardComparison {
  static func areSame<B: Board>(_ boards: Sides<B>, setAside: [String]) -> Bool {
    if setAside.isEmpty { return StateWriter.bytes(of: boards.a) == StateWriter.bytes(of: boards.b) }
    return differingPaths(boards).allSatisfy { setAside.contains($0) }
  }

  /// The paths of the fields in which `boards` differ.
  static func differingPaths<B: Board>(_ boards: Sides<B>) -> [String] {
    StateDifference.between(boards.a, boards.b, limit: .max).map { line in
      String(line.prefix { $0 != ":" })
    }
  }
}
