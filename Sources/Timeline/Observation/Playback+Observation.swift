internal import Archive
public import Backplane
internal import StateCoding
public import VirtualTime

extension Playback where B: ObservableBoard {
  /// Runs forward to `target`, or to the end when that comes first, and tells `body` what `detail` asks for.
  /// - Parameters:
  ///   - effects: which effects are told.
  ///   - body: returns false to stop behind the record it was given.
  /// - Returns: `.interrupted` when `body` or `shouldStop` wanted it.
  public func observe(
    _ detail: ObservationDetail, to target: Moment, effects: EffectSelection = [],
    _ body: (inout StepRecord) -> Bool
  ) -> Arrival {
    let limit = forkedAt == nil ? min(target, last) : target
    begin(.running, to: limit)
    defer { machine.stopPoints = StopPoints() }
    return finish(traveller.observe(detail, to: limit, effects: effects, body), wasCut: target > limit)
  }
}

extension Traveller where B: ObservableBoard {
  /// Runs to `target` and tells `body` of the way; leaves the stop points of the last observation in force.
  func observe(
    _ detail: ObservationDetail, to target: Moment, effects: EffectSelection, _ body: (inout StepRecord) -> Bool
  ) -> Arrival {
    let collecting = machine.collecting
    machine.collecting = effects
    defer { machine.collecting = collecting }
    // Every step takes a few hundred times as long as without being looked at.
    let pauseSteps: UInt64 = detail == .steps ? 1 << 16 : 1 << 22
    while machine.moment < target {
      if shouldStop() { return .interrupted }
      let pause = observationPause(before: target, within: pauseSteps)
      let stop = goOn { door in
        machine.observe(detail, until: pause, door: &door, body)
      }
      if stop == .output { return .interrupted }
      if stop != .limit, machine.moment < target { return .stopped(stop) }
      if stop == .limit, machine.moment < pause.moment, machine.moment.cycle < pause.cycle { return .stopped(.limit) }
      onProgress(machine.moment)
    }
    return .reached
  }

  /// As `pause`, but no further than to the next input, and from one no further than it takes for it to have come in.
  private func observationPause(before target: Moment, within steps: UInt64) -> RunLimit {
    let now = machine.moment
    var limit = RunLimit(moment: pause(before: target, within: steps))
    let inputs = course.inputs
    var (low, high) = (0, inputs.count)
    while low < high {
      let middle = (low + high) / 2
      if inputs[middle].moment < now { low = middle + 1 } else { high = middle }
    }
    guard low < inputs.count else { return limit }
    if inputs[low].moment > now {
      limit.moment = min(limit.moment, inputs[low].moment)
    } else {
      limit.moment = min(limit.moment, Moment(step: Step(now.step.count + 1), cycle: .zero))
      limit.cycle = now.cycle.advanced(by: 1)
    }
    return limit
  }
}
