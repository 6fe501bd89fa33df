internal import ArgumentParser
internal import Boards
internal import Host
internal import Scenario
internal import ScenarioFile

/// What a task of the kind `test` runs: a scenario file, as `reprise test` takes it.
struct ScenarioArguments: Codable, Equatable {
  /// `NAME=VALUE`, for all scenarios of the file that have the parameter.
  var parameters: [String]?
  /// What is varied, as `reprise test --vary` takes it.
  var vary: [String]?
  /// The seed of what is varied.
  var seed: UInt64?

  /// The words of `reprise test` for the scenario at `path`.
  func words(_ path: String) -> [String] {
    var words = ["test", path]
    for parameter in parameters ?? [] { words += ["--param", parameter] }
    for kind in vary ?? [] { words += ["--vary", kind] }
    if let seed { words += ["--seed", "\(seed)"] }
    return words
  }
}

/// Makes tasks of scenarios.
struct ScenarioTasks {
  /// What a run is thought to cost when its scenario sets no limit, in steps.
  static let costDefault: UInt64 = 100_000_000

  var parameters: [Scenario.Parameter]
  var vary: [String]
  /// The seed of the first run.
  var seed: UInt64?
  var count: Int
  var environment: (String) -> String?

  /// The tasks of the scenario file at `path`: one, or one for each seed.
  /// - Throws: `Failure`: the scenario is wrong, or something that it needs is missing.
  func tasks(_ path: String) throws -> [FarmTask] {
    let scenarios = try LoadedScenario.all(path, parameters: parameters)
    let inputs = try inputs(path, scenarios)
    var cost: UInt64 = 0
    for scenario in scenarios {
      cost = cost.addingReportingOverflow(scenario.scenario.limits.steps ?? Self.costDefault).partialValue
    }
    var arguments = ScenarioArguments()
    if !parameters.isEmpty { arguments.parameters = parameters.map { "\($0.name)=\($0.value)" } }
    guard !vary.isEmpty else {
      return [FarmTask(kind: .test, name: "test \(path)", inputs: inputs, cost: cost, test: arguments).sealed]
    }
    arguments.vary = vary
    return (0..<UInt64(count)).map { number in
      let seed = (seed ?? 1) &+ number
      arguments.seed = seed
      return FarmTask(
        kind: .test, name: "test \(path) seed \(seed)", inputs: inputs, cost: cost, test: arguments
      ).sealed
    }
  }

  /// The file, those that it includes, the images of its machines, and its golden ladder; each once.
  private func inputs(_ path: String, _ scenarios: [LoadedScenario]) throws -> [FarmTask.Input] {
    var paths = [path]
    let bytes = try InputFile.contents(of: path, limit: 1 << 20)
    _ = try? ScenarioFile.expand(bytes: bytes, name: path, parameters: parameters) { file in
      paths.append(file)
      return try InputFile.contents(of: file, limit: 1 << 20)
    }
    for scenario in scenarios {
      paths += try MachinePlan(MachineOptions.parse([]), scenario, environment).images.map(\.path)
      if let golden = scenario.scenario.golden { paths.append(scenario.file(golden.path)) }
    }
    var inputs: [FarmTask.Input] = []
    for path in paths where !inputs.contains(where: { $0.path == path }) {
      inputs.append(FarmTask.Input(path: path, sha256: try PlanCommand.digest(path)))
    }
    return inputs
  }
}

/// What `reprise test --json` told of a task's scenarios: of its document, what reports show.
struct ScenarioResults: Codable, Equatable {
  struct Entry: Codable, Equatable {
    struct Failure: Codable, Equatable {
      var message: String
      var console: [String]?
    }

    struct Exploration: Codable, Equatable {
      var failedSeeds: [UInt64]?
      var repeatCommand: String?
      var shrinkCommand: String?
    }

    var title: String
    var file: String
    var result: String
    var length: Length?
    var message: String?
    var failure: Failure?
    var exploration: Exploration?
    var trace: String?
  }

  var scenarios: [Entry]
  /// How long it took; never in JSON for people.
  var seconds: Double?
}

extension ScenarioResults.Entry {
  /// Whether nothing is wrong.
  var isFine: Bool { result == "passed" || result == "skipped" }

  /// What is wrong, line by line.
  var details: [String] {
    guard !isFine else { return [] }
    var lines = [failure?.message, message].compactMap { $0 }
    lines += (failure?.console ?? []).map { "| \($0)" }
    if let trace { lines.append("to see it: \(Show.command("reprise", "gdb", trace, "--at", "mark:failure"))") }
    if let command = exploration?.repeatCommand { lines.append("to run it again: \(command)") }
    if let command = exploration?.shrinkCommand { lines.append("to make it small: \(command)") }
    return lines
  }
}

extension TaskResult {
  /// One line for each scenario of a task of the kind `test`.
  var testLines: [String] {
    (test?.scenarios ?? []).map { entry in
      let why = entry.failure?.message ?? entry.message
      return entry.result.padding(to: 11) + Show.plain(testName(entry)) + (why.map { ": \(Show.plain($0))" } ?? "")
    }
  }

  /// The name of a scenario of this task, unlike that of any other.
  func testName(_ entry: ScenarioResults.Entry) -> String {
    let name = entry.title == entry.file ? entry.title : "\(entry.title) (\(entry.file))"
    return name + (task.test?.seed.map { " seed \($0)" } ?? "")
  }
}

extension String {
  /// With spaces behind it, so that it is at least `count` characters long.
  func padding(to count: Int) -> String { self + String(repeating: " ", count: max(0, count - self.count)) }
}
