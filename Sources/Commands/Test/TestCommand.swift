internal import ArgumentParser
internal import FoundationEssentials
internal import Host
internal import Scenario

/// `reprise test`.
struct TestCommand: Performing {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Run scenarios, and tell which pass.",
    discussion: """
      Scenarios run side by side. One passes when its script comes to its end and the run ends as the scenario says, \
      or else with the guest switching the machine off. Each that fails leaves its trace, with the mark 'failure' at \
      the moment at which it failed.

      Exit status: 0 all passed; 1 some failed; 66 a file is missing; 78 a scenario is wrong; 124 the watchdog ended a \
      run; 130 or 143 interrupted. Of several the worst, in the order 130 and 143, 70, 65, 66, 78, 1, 124.
      """)

  @Argument(
    help: ArgumentHelp(
      "Scenarios, and folders of them. In folders, files that begin with _ are parts of others. (default: Scenarios)",
      valueName: "path"), completion: .file(extensions: ["yaml", "yml"]))
  var paths: [String] = []

  @Option(
    name: [.customShort("j"), .long], help: ArgumentHelp("How many run at once. (default: one a processor)"))
  var jobs: Int?

  @Option(
    help: ArgumentHelp(
      "Only scenarios with this in their title. May be given again: any of them.", valueName: "text"))
  var filter: [String] = []

  @Option(
    help: ArgumentHelp(
      "A value for a parameter, in all scenarios that have it; a matrix then does not vary it.",
      valueName: "name=value"), transform: ParameterArgument.parse)
  var param: [Scenario.Parameter] = []

  @Flag(help: "Only list the scenarios.")
  var list = false

  @Flag(help: "Leave out scenarios of guests that have not been built, or whose image is nowhere.")
  var skipMissing = false

  @Option(help: ArgumentHelp("Where traces are kept.", valueName: "folder"), completion: .directory)
  var traces = "reprise-failures"

  @Option(help: ArgumentHelp("Which traces are kept: 'failed', 'all' or 'none'.", valueName: "which"))
  var keep = Keeping.failed

  @Option(
    help: ArgumentHelp(
      "End everything after so much of the host's time, with status 124: 10min, 90s. (default: never)",
      valueName: "time"), transform: Quantity.nanoseconds)
  var watchdog: UInt64?

  @Option(
    help: ArgumentHelp("Write the results to this file too, as JUnit does.", valueName: "file"), completion: .file())
  var junit: String?

  @OptionGroup(title: "Exploring") var exploring: ExplorationOptions

  @Flag(help: "Write the results as JSON.")
  var json = false

  enum Keeping: String, ExpressibleByArgument, CaseIterable {
    case failed, all, none
  }

  func validate() throws {
    if let jobs, !(1...1024).contains(jobs) { throw ValidationError("-j must be 1 to 1024") }
    if watchdog == 0 { throw ValidationError("--watchdog must be some time") }
  }

  func perform(_ streams: Streams) throws -> Int32 {
    let exploration = try exploring.exploration
    let plan = TestPlan(
      parameters: param, filters: filter, skipsMissing: skipMissing, environment: streams.environment)
    let entries = try plan.entries(paths.isEmpty ? ["Scenarios"] : paths)
    guard !entries.isEmpty else {
      throw Failure(
        ExitStatus.usage, "no scenario is called like this: \(Show.list(filter))", next: "reprise test --list")
    }
    if list { return listing(entries, streams) }
    streams.beginInterruptible()
    let hadFolder = FileManager.default.fileExists(atPath: traces)
    if keep != .none {
      do {
        try FileManager.default.createDirectory(atPath: traces, withIntermediateDirectories: true)
      } catch {
        throw Failure(ExitStatus.cannotCreate, "cannot create the folder \(traces): name another with --traces FOLDER")
      }
    }
    defer { if !hadFolder, keep != .none { rmdirIfEmpty() } }
    let names = TraceNames()
    let groups = TestGroups(entries, exploration, arguments: param.flatMap { ["--param", "\($0.name)=\($0.value)"] }) {
      plan, title in
      let trace: (String) -> String? = { keep == .none ? nil : "\(traces)/\(names.name(for: title + $0))" }
      return exploration?.runs(of: plan, keepsPassed: keep == .all, trace: trace)
        ?? [ScenarioRun(plan: plan, trace: trace(""), keepsPassed: keep == .all)]
    }
    let report = TestReport(entries, streams, isJSON: json)
    let jobs = max(1, min(jobs ?? HostThreads.available, groups.runs.count))
    let pool = TestPool(groups.runs, jobs: jobs, watchdogNanoseconds: watchdog, groups: groups.numbers)
    let progress = TestProgress(groups.titles, streams, isJSON: json)
    pool.run(signal: streams.signal) { results, running in
      progress.clear()
      report.note(groups.results(results))
      progress.note(results, running)
    }
    progress.clear()
    for trace in groups.traces(notToldOf: pool.results) { try? FileManager.default.removeItem(atPath: trace) }
    return try report.finish(groups.results(pool.results), signal: streams.signal(), junit: junit)
  }

  private func listing(_ entries: [TestEntry], _ streams: Streams) -> Int32 {
    if json {
      streams.print(JSONText.document(TestListing(entries)))
    } else {
      for entry in entries { streams.print("\(entry.title)  \(entry.file)") }
    }
    for case .refused(_, let message, _) in entries.map(\.readiness) { streams.complain(message) }
    return entries.reduce(ExitStatus.success) { TestStatus.worse($0, TestStatus.of($1.readiness)) }
  }

  private func rmdirIfEmpty() {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: traces), names.isEmpty else { return }
    try? FileManager.default.removeItem(atPath: traces)
  }
}

/// `NAME=VALUE`.
enum ParameterArgument {
  static func parse(_ text: String) throws -> Scenario.Parameter {
    guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
      throw BadArgument(description: "'\(text)' gives no value: write NAME=VALUE")
    }
    return Scenario.Parameter(String(text[..<sign]), String(text[text.index(after: sign)...]))
  }
}

/// Names for the traces of scenarios.
final class TraceNames {
  private var taken: Set<String> = []

  /// A name that every file system and shell takes, unlike those given before.
  func name(for title: String) -> String {
    var base = ""
    for character in title {
      switch character {
      case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".", "=", ",", "+": base.append(character)
      case "]": break
      default: base.append("-")
      }
    }
    base = String(base.prefix(180))
    var name = base
    var number = 2
    while !taken.insert(name).inserted {
      name = "\(base)-\(number)"
      number += 1
    }
    return name + ".reprise"
  }
}
