internal import Archive
internal import ArgumentParser
internal import Scenario

/// How often scenarios are run, and what is varied: `--repeat`, `--vary`, `--seed`.
struct ExplorationOptions: ParsableArguments {
  /// The most runs of one scenario.
  private static let runCountMax = 1_000_000

  @Option(
    help: ArgumentHelp(
      "Vary what hardware leaves open, by a seed: arrival=0..20ms, when keys enter; latency=0..100%, how much of their"
        + " leeway devices take. The ranges may be left out. May be given again.", valueName: "kind"))
  var vary: [String] = []

  @Option(
    name: .customLong("repeat"),
    help: ArgumentHelp("Run each scenario so often, each time with the next seed. (default: 1)", valueName: "count"))
  var count: Int?

  @Option(
    help: ArgumentHelp("The seed of the first run. (default: 1)", valueName: "number"), transform: Quantity.count)
  var seed: UInt64?

  @Flag(help: "Make all the runs of --repeat, even if one has failed.")
  var keepGoing = false

  func validate() throws {
    if let count, !(1...Self.runCountMax).contains(count) {
      throw ValidationError("--repeat: from 1 to \(Show.count(Self.runCountMax))")
    }
    guard vary.isEmpty, count != nil || seed != nil || keepGoing else { return }
    throw ValidationError(
      "--repeat, --seed and --keep-going go with --vary: without it all runs of a scenario are the same to the last bit"
    )
  }

  /// What is asked for; `nil` when nothing is varied.
  var exploration: Exploration? {
    get throws {
      guard !vary.isEmpty else { return nil }
      do {
        let variation = try Variation(vary, seed: seed ?? 1)
        return Exploration(variation: variation, runCount: count ?? 1, keepsGoing: keepGoing)
      } catch {
        throw Failure(ExitStatus.usage, "--vary: \(error)", next: "reprise help test")
      }
    }
  }
}

/// Several runs of each scenario, with what hardware leaves open varied by seeds that follow one another.
struct Exploration: Sendable {
  /// What is varied, with the seed of the first run.
  var variation: Variation
  /// How many runs each scenario has.
  var runCount: Int
  /// Whether all of them are made, even if one has failed.
  var keepsGoing: Bool

  /// What came of the runs of one scenario.
  struct Findings: Sendable, Encodable {
    /// How many were made: up to the first that failed, or all.
    var runs: Int
    /// The seeds of those that failed, ascending.
    var failedSeeds: [UInt64]
    /// What was varied, as `--vary` takes it.
    var vary: [String]
    /// What repeats the first that failed, and only that.
    var repeatCommand: String?
    /// What makes its trace small.
    var shrinkCommand: String?
  }

  /// The runs of the scenario of `plan`.
  /// - Parameter trace: the path of the trace of a run, from what its name is to have in it.
  func runs(of plan: ScenarioPlan, keepsPassed: Bool, trace: (String) -> String?) -> [ScenarioRun] {
    (0..<runCount).map { number in
      let variation = variation.run(UInt64(number))
      return ScenarioRun(
        plan: plan, trace: trace("-seed-\(variation.seed)"), keepsPassed: keepsPassed, variation: variation)
    }
  }

  /// What is told of the scenario of `entry`: its first run that failed, or else the last, with what was found of all.
  /// - Parameter results: of its runs, as far as they have come.
  /// - Returns: `nil` as long as it is not known which that is.
  func result(_ entry: TestEntry, _ results: [TestResult?], arguments: [String]) -> TestResult? {
    let madeCount: Int
    if !keepsGoing, let bad = results.firstIndex(where: { $0?.isBad == true }) {
      madeCount = bad + 1
    } else {
      madeCount = results.count
    }
    let made = results.prefix(madeCount).compactMap { $0 }
    guard made.count == madeCount, let told = made.first(where: { $0.isBad }) ?? made.last else { return nil }
    guard case .ran(var outcome) = told else { return told }
    let failed = made.indices.filter { made[$0].hasFailed }
    var findings = Findings(
      runs: madeCount, failedSeeds: failed.map { variation.run(UInt64($0)).seed }, vary: variation.notations)
    if let seed = findings.failedSeeds.first, outcome.verdict == .failed {
      findings.repeatCommand = repeatCommand(entry, seed: seed, arguments: arguments)
      findings.shrinkCommand = shrinkCommand(entry, outcome, arguments: arguments)
    }
    outcome.findings = findings
    return .ran(outcome)
  }

  private func repeatCommand(_ entry: TestEntry, seed: UInt64, arguments: [String]) -> String {
    var words = ["reprise", "test", entry.file]
    if entry.title.hasSuffix("]") { words += ["--filter", entry.title] }
    words += arguments
    for notation in variation.notations { words += ["--vary", notation] }
    words += ["--seed", String(seed)]
    return words.map(Show.shellWord).joined(separator: " ")
  }

  /// What makes the trace of a failure small, when `shrink` can tell the failure.
  private func shrinkCommand(_ entry: TestEntry, _ outcome: ScenarioOutcome, arguments: [String]) -> String? {
    guard let trace = outcome.trace, let problem = outcome.problem else { return nil }
    switch (problem.kind, outcome.end.reason) {
    case ("golden", _): return nil
    case ("end", .failure), ("end", .panic): return Show.command("reprise", "shrink", trace)
    default:
      var words = ["reprise", "shrink", trace, "--fails", "scenario:\(entry.file)"]
      if case .ready(let plan) = entry.readiness {
        for parameter in plan.scenario.parameters {
          let argument = "\(parameter.name)=\(parameter.value)"
          // What the matrix gave it, or whoever asked for the test.
          if plan.scenario.variant.contains(parameter) || arguments.contains(argument) {
            words += ["--param", argument]
          }
        }
      }
      return words.map(Show.shellWord).joined(separator: " ")
    }
  }
}

extension TestResult {
  /// Whether the run failed.
  var hasFailed: Bool { if case .ran(let outcome) = self { outcome.verdict == .failed } else { false } }

  /// Whether it is no run that passed.
  var isBad: Bool { if case .ran(let outcome) = self { outcome.verdict != .passed } else { true } }

  /// The trace that it left.
  var trace: String? { if case .ran(let outcome) = self { outcome.trace } else { nil } }
}
