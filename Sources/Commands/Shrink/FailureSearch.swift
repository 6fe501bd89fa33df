internal import Archive
internal import Boards
internal import Host
internal import Scenario
internal import Timeline
internal import VirtualTime

/// Finds out whether and how a recorded run fails, before it is made smaller.
final class FailureSearch {
  /// A run that fails, and what makes it smaller.
  struct Begun {
    var criterion: FailureCriterion
    var shrinker: Shrinker<VirtBoard>
    var failure: Moment
  }

  var shouldStop: () -> Bool = { false }
  var onProgress: (Shrinker<VirtBoard>.Progress) -> Void = { _ in }
  private let parent: ParentTrace
  private let file: String
  private let limits: Shrinker<VirtBoard>.Limits
  private let jobs: Int?

  init(_ parent: ParentTrace, file: String, limits: Shrinker<VirtBoard>.Limits, jobs: Int?) {
    (self.parent, self.file, self.limits, self.jobs) = (parent, file, limits, jobs)
  }

  /// Looks for `criterion`.
  /// - Returns: `nil` when it was interrupted.
  /// - Throws: `Failure` when the run does not fail, `DivergedFailure` when it is not what was recorded.
  func begin(_ criterion: FailureCriterion) throws -> Begun? {
    try begin(criterion) { [file] in
      throw Failure(
        ExitStatus.no, "\(file) does not fail: it is not so that \(criterion.sentence), up to its end",
        next: Show.command("reprise", "log", "--kind", "output", file))
    }
  }

  /// Looks for what `scenario` finds: what must never be shown first, which needs no script; then all the rest.
  func begin(_ scenario: JudgedScenario) throws -> Begun? {
    if !scenario.never.isEmpty {
      let never = FailureCriterion.never(scenario.path, scenario.never)
      var isAbsent = false
      let begun = try begin(never) { isAbsent = true }
      guard isAbsent else { return begun }
    }
    guard parent.reader.start == .zero else {
      throw Failure(
        ExitStatus.usage,
        "\(file) starts at @\(parent.reader.start.step.count), and the script of \(scenario.path) at power-on: of such"
          + " a trace only what must never be shown (never) can be looked for, and it is not shown. Shrink the whole"
          + " trace")
    }
    let found = Locked<JudgedScenario.Found?>(nil)
    let shrinker = try makeShrinker { ScenarioSign(scenario) { one in found.withLock { $0 = one } } }
    switch try shrinker.confirm() {
    case .fails, .passes: break
    case .diverges(let divergence): throw DivergedFailure(divergence: divergence)
    case .interrupted: return nil
    }
    guard let found = found.withLock({ $0 }) else {
      throw Failure(
        ExitStatus.no, "\(file) does not fail: \(scenario.path) finds nothing wrong with it, up to its end",
        next: Show.command("reprise", "test", scenario.path))
    }
    return try begin(scenario.criterion(found))
  }

  private func begin(_ criterion: FailureCriterion, otherwise: () throws -> Void) throws -> Begun? {
    let shrinker = try makeShrinker(criterion.makeSign)
    switch try shrinker.confirm() {
    case .fails(let moment): return Begun(criterion: criterion, shrinker: shrinker, failure: moment)
    case .passes: try otherwise()
    case .diverges(let found): throw DivergedFailure(divergence: found)
    case .interrupted: break
    }
    return nil
  }

  private func makeShrinker(_ makeSign: @escaping @Sendable () -> any FailureSign) throws -> Shrinker<VirtBoard> {
    let shrinker = try Shrinker(
      machine: parent.machine(), reader: parent.reader, workers: HostThreads(count: jobs), limits: limits,
      makeSign: makeSign)
    (shrinker.shouldStop, shrinker.onProgress) = (shouldStop, onProgress)
    return shrinker
  }
}
