internal import Archive
internal import ArgumentParser
internal import Backplane
internal import Boards
internal import Host
internal import Scenario
internal import VirtualTime

/// `reprise plan`.
struct PlanCommand: Performing {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Write a manifest: tasks for a farm, one a line.",
    discussion: """
      A task names the files that it reads, by path and SHA-256 digest. The same input is the same manifest, byte for \
      byte. Tasks are run with 'reprise run-task', by whatever runs jobs: Slurm, GNU parallel, a CI service. Relative \
      paths are those of the folder that plan and run-task are started in.
      """)

  @Argument(
    help: ArgumentHelp("Traces to verify, and folders of traces.", valueName: "file"),
    completion: .file(extensions: ["reprise"]))
  var files: [String] = []

  @Option(
    help: ArgumentHelp(
      "A scenario file to run, with all of its matrix. May be given again.", valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var scenario: [String] = []

  @Option(
    help: ArgumentHelp("A value for a parameter of the scenarios.", valueName: "name=value"),
    transform: ParameterArgument.parse)
  var param: [Scenario.Parameter] = []

  @Option(
    help: ArgumentHelp(
      "Vary what hardware leaves open, as 'reprise test --vary' does. May be given again.", valueName: "kind"))
  var vary: [String] = []

  @Option(
    name: .customLong("repeat"),
    help: ArgumentHelp("With --vary: so many tasks for each scenario, each with the next seed.", valueName: "count"))
  var count: Int?

  @Option(help: ArgumentHelp("The seed of the first. (default: 1)", valueName: "number"), transform: Quantity.count)
  var seed: UInt64?

  @Option(name: .shortAndLong, help: ArgumentHelp("The manifest. (default: standard output)", valueName: "file"))
  var output: String?

  @Option(
    help: ArgumentHelp("Do not replay a trace of more steps than these.", valueName: "steps"),
    transform: Quantity.count)
  var maxSteps: UInt64?

  @Option(
    help: ArgumentHelp(
      "The file of an image that traces only name: kernel=FILE, firmware=FILE or initrd=FILE.", valueName: "role=file"))
  var image: [String] = []

  func validate() throws {
    if files.isEmpty, scenario.isEmpty { throw ValidationError("give traces to verify, or scenarios with --scenario") }
    if let count, !(1...1_000_000).contains(count) { throw ValidationError("--repeat: from 1 to 1,000,000") }
    if vary.isEmpty, count != nil || seed != nil {
      throw ValidationError("--repeat and --seed go with --vary: without it all runs of a scenario are the same")
    }
  }

  func perform(_ streams: Streams) throws -> Int32 {
    var tasks = files.isEmpty ? [] : try verifyTasks()
    let scenarios = ScenarioTasks(
      parameters: param, vary: vary, seed: seed, count: count ?? 1, environment: streams.environment)
    for path in scenario { tasks += try scenarios.tasks(path) }
    let text = tasks.map { $0.line + "\n" }.joined()
    if let output { try ReportFile.write(text, to: output) } else { _ = streams.output(Array(text.utf8)) }
    if let output {
      let cost = tasks.reduce(UInt64(0)) { $0.addingReportingOverflow($1.cost).partialValue }
      streams.note("\(output): \(Show.count(tasks.count, "task")), \(Show.count(cost)) steps in all")
      streams.note(
        "next: \(Show.command("reprise", "run-task", "--manifest", output, "--results", "results", "--all"))")
    }
    return ExitStatus.success
  }

  private func verifyTasks() throws -> [FarmTask] {
    let images = try ImageArgument.parse(image).map { role, path in
      FarmTask.Input(path: path, sha256: try Self.digest(path), role: role.rawValue)
    }.sorted { ($0.role ?? "") < ($1.role ?? "") }
    return try TraceFinder.traces(files).map { path in
      let reader = try TraceFile.open(path)
      // Those that the trace holds itself are not needed.
      let roles = reader.header.images.filter { !$0.isEmbedded }.map(\.role)
      return FarmTask(
        kind: .verify, name: "verify \(path)",
        inputs: [FarmTask.Input(path: path, sha256: try Self.digest(path))]
          + images.filter { roles.contains($0.role ?? "") },
        cost: reader.covered.step.count - min(reader.covered.step.count, reader.start.step.count),
        limitSteps: maxSteps
      ).sealed
    }
  }

  static func digest(_ path: String) throws -> String {
    Show.hexadecimal(try ContentDigest.sha256(of: InputFile(path)))
  }
}
