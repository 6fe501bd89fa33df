internal import Archive
internal import Boards
internal import Scenario
internal import Timeline
internal import VirtualTime

/// What a scenario makes of a run (decision 0023).
extension Scenario {
  /// When a test of it ends by itself, on a board that has a clock of `clockHertz`.
  func conductorLimits(_ clockHertz: UInt64) -> Conductor<VirtBoard>.Limits {
    let none = limits.time == nil && limits.steps == nil
    let nanoseconds = limits.time?.nanoseconds ?? (none ? ScenarioPlan.limitNanosecondsDefault : nil)
    return Conductor<VirtBoard>.Limits(
      step: limits.steps.map { Step($0) },
      cycle: nanoseconds.map { Cycle(Rate(clockHertz, per: 1_000_000_000).ticks(for: $0)) })
  }

  /// What is wrong with a run that ended for `reason`; `nil` when it is as the scenario wants it.
  /// - Parameter inputs: carried its script out.
  func problem(_ inputs: ScriptedInputs, _ reason: EndReason) -> ScenarioOutcome.Problem? {
    if let failure = inputs.failure {
      return ScenarioOutcome.Problem(
        kind: failure.action.kind.word, message: failure.summary,
        place: failure.action.place.isEmpty ? place : failure.action.place)
    }
    if case .running(let number) = inputs.status {
      let action = script.actions[number]
      return ScenarioOutcome.Problem(
        kind: "script", message: "\(reason.sentence), before the script had come further than to: \(action.kind)",
        place: action.place.isEmpty ? place : action.place)
    }
    if inputs.expectsEnd || reason == .poweredOff { return nil }
    return ScenarioOutcome.Problem(
      kind: "end", message: "\(reason.sentence), and the scenario does not say that it may (expect-exit)", place: place)
  }
}
