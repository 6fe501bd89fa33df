internal import Archive
internal import Backplane
internal import VirtualTime

// Machines that are not the same to begin with. Their memories differ from the start, so what is looked for is the
// first step behind which the boards differ: registers, devices, time.
//
// A hart comes to feel a difference in memory by a load, by an instruction, or by a translation. Loads are stopped at,
// on one side, by watching the bytes that differ; until then both sides make the same accesses. The others show in the
// boards at the end of a stretch of steps, and are narrowed down from its start.
extension Bisection {
  private static var chunkSteps: UInt64 { 1 << 22 }
  /// Stretches of bytes that are watched at most: more are joined.
  private static var watchedMax: Int { 64 }
  /// Pages whose bytes are compared.
  private static var pagesMax: Int { 1 << 12 }
  /// Accesses that change nothing, before watching is given up.
  private static var vainMax: Int { 256 }

  /// The search under way.
  private struct Feeling {
    var watched: [ClosedRange<UInt64>] = []
    var isWatching = true
    var vainCount = 0
    var setAside: [String] = []

    var stops: StopPoints {
      guard isWatching else { return StopPoints() }
      return StopPoints(
        watchpoints: watched.map {
          Watchpoint(
            .physical, $0.lowerBound, byteCount: $0.upperBound - $0.lowerBound + 1, onRead: true, onWrite: true)
        })
    }
  }

  /// Finds the first step with which the difference shows in the board.
  func feel() throws {
    outcome.verdict = .differentMachine
    let lanes = try lanes()
    let (start, end) = (start, end)
    _ = try lanes.both(steps: start.step.count) { runner, _ in try runner.go(to: start) }
    var feeling = Feeling()
    feeling.setAside = try differingFields(lanes)
    if !feeling.setAside.isEmpty {
      outcome.notes.append(
        "the boards differ from the start, in \(feeling.setAside.joined(separator: ", ")): looked for is the first step"
          + " with which they differ in more")
    }
    try watch(&feeling, lanes)
    var low = start
    while low < end {
      _ = try lanes.both { runner, _ in
        runner.keep()
        runner.forgetDistant()
      }
      let target = Swift.min(end, Moment(step: Step(low.step.count + Self.chunkSteps), cycle: .zero))
      let stops = feeling.stops
      let hits = try lanes.both(steps: Self.chunkSteps) { runner, side in
        if side == .a { return try runner.advance(to: target, stops) }
        try runner.go(to: target)
        return nil
      }
      if try isFelt(hits.a, low, target, feeling, lanes) { return }
      guard hits.a != nil else {
        low = target
        continue
      }
      low = try lanes.with(.a) { $0.moment }
      feeling.vainCount += 1
      if feeling.vainCount >= Self.vainMax, feeling.isWatching {
        feeling.isWatching = false
        outcome.notes.append(
          "after \(Self.vainMax) accesses to bytes that differ, with nothing felt, they were not watched any more:"
            + " what is found is a step with which the boards part, and may not be the first")
      }
      try watch(&feeling, lanes)
    }
    outcome.notes.append("the difference is never felt: the boards are the same to the end")
  }

  /// Whether the boards differ behind `hit`, or at `target` when there was none; then the parting is found. They were
  /// the same at `low`.
  private func isFelt(
    _ hit: Hit?, _ low: Moment, _ target: Moment, _ feeling: Feeling, _ lanes: Lanes<B>
  ) throws -> Bool {
    var narrowing = Narrowing(lanes, .board, setAside: feeling.setAside)
    defer { outcome.comparisonCount += narrowing.comparisonCount }
    guard let hit else {
      guard try !narrowing.areSame(at: target) else { return false }
      outcome.segment = low...target
      outcome.parting = try narrowing.parting(from: backTo(low, lanes), to: target)
      return true
    }
    let (before, behind) = (
      Moment(step: Step(hit.step), cycle: .zero), Moment(step: Step(hit.step + 1), cycle: .zero)
    )
    guard try !narrowing.areSame(at: behind) else { return false }
    outcome.segment = low...behind
    // Something else may have been felt on the way.
    if try before <= low || narrowing.areSame(at: before) {
      outcome.parting = try narrowing.parting(from: backTo(Swift.max(low, before), lanes), to: behind)
    } else {
      outcome.parting = try narrowing.parting(from: backTo(low, lanes), to: before)
    }
    return true
  }

  private func backTo(_ moment: Moment, _ lanes: Lanes<B>) throws -> Moment {
    _ = try lanes.both { runner, _ in try runner.go(to: moment) }
    return moment
  }

  private func differingFields(_ lanes: Lanes<B>) throws -> [String] {
    BoardComparison.differingPaths(try lanes.both { runner, _ in runner.machine.board })
  }

  /// Watches the bytes that differ now, where the boards are the same.
  private func watch(_ feeling: inout Feeling, _ lanes: Lanes<B>) throws {
    guard feeling.isWatching else { return }
    let (pages, count) = try MemoryComparison.pages(lanes, limit: Self.pagesMax)
    if count > pages.count {
      feeling.isWatching = false
      outcome.notes.append(
        "\(count) pages of memory differ, too many to watch: what is found is a step with which the boards part, and"
          + " may not be the first")
      return
    }
    var gap: UInt64 = 1
    feeling.watched = MemoryComparison.stretches(pages, gap: gap)
    while feeling.watched.count > Self.watchedMax {
      gap *= 4
      feeling.watched = MemoryComparison.stretches(pages, gap: gap)
    }
  }
}
