internal import Archive
internal import ArgumentParser
internal import Backplane
internal import Boards
internal import Host
internal import Scenario
internal import Timeline

/// What `bisect --run` is asked for.
struct BisectRunOptions: ParsableArguments {
  @Flag(
    name: .customLong("run"),
    help: "Run a scenario and judge it, for 'git bisect run': status 0 good, 1 bad, 125 not to be judged.")
  var isRun = false

  @Option(
    help: ArgumentHelp(
      """
      What the run must be like: a ladder or a trace of the same images, which it must equal; or a trace of another \
      build, whose console it must show.
      """, valueName: "file"))
  var expect: String?

  @Option(
    help: ArgumentHelp(
      "Lines of the console that are not compared: a text in them, or /REGEX/. May be given again.",
      valueName: "pattern"))
  var ignore: [String] = []

  @Option(help: ArgumentHelp("The kernel to start, whatever the scenario names.", valueName: "file"))
  var kernel: String?

  @Option(help: ArgumentHelp("The firmware to start, whatever the scenario names.", valueName: "file"))
  var bios: String?

  @Option(help: ArgumentHelp("The initial RAM disk, whatever the scenario names.", valueName: "file"))
  var initrd: String?

  @Option(
    help: ArgumentHelp(
      "Where the trace of the run goes, and stays. (default: in the folder for temporary files)", valueName: "file"))
  var trace: String?

  /// Refuses what means nothing without `--run`.
  func checkUnused() throws {
    let given = [
      ("--expect", expect != nil), ("--ignore", !ignore.isEmpty), ("--kernel", kernel != nil), ("--bios", bios != nil),
      ("--initrd", initrd != nil), ("--trace", trace != nil),
    ].filter(\.1)
    if let first = given.first { throw ValidationError("\(first.0) is for --run") }
  }
}

/// Runs a scenario with the guest as it is now, and says whether that is good.
struct BisectRun {
  let scenario: String
  let options: BisectRunOptions
  let isJSON: Bool

  /// Whether `arguments` ask for a status that `git bisect run` reads: there a mistake in the command line must not
  /// make a commit bad.
  static func isAsked(_ arguments: [String]) -> Bool { arguments.first == "bisect" && arguments.contains("--run") }

  /// Does it. Whatever keeps it from judging is 125, so that `git bisect` goes on elsewhere.
  func perform(_ streams: Streams) throws -> Int32 {
    var verdict: Verdict
    do {
      verdict = try judge(streams)
    } catch {
      verdict = Verdict(.skip, Reprise.explain(error).message)
    }
    verdict.scenario = scenario
    if isJSON { streams.print(JSONText.document(verdict)) } else { streams.print(verdict.text) }
    if let signal = streams.signal() { return Interruption.exitStatus(for: signal) }
    return verdict.status
  }

  /// What `bisect --run` reports as JSON. Described in Documentation/JSON.md.
  struct Verdict: Encodable {
    enum Word: String, Encodable {
      case good, bad, skip
    }

    var schema = "reprise/bisect-run/1"
    var verdict: Word
    /// Why, in a sentence.
    var reason: String
    var scenario = ""
    var trace: String?
    /// What the comparison with a recording of the same images found.
    var comparison: BisectReport?

    init(_ verdict: Word, _ reason: String) { (self.verdict, self.reason) = (verdict, reason) }

    var status: Int32 {
      switch verdict {
      case .good: ExitStatus.success
      case .bad: ExitStatus.no
      case .skip: ExitStatus.cannotJudge
      }
    }

    var text: String {
      var lines = ["\(verdict == .skip ? "cannot judge" : verdict.rawValue): \(reason)"]
      if let comparison { lines += comparison.text.split(separator: "\n").map { "  \($0)" } }
      if let trace, verdict != .skip { lines.append("the run is in \(trace)") }
      return lines.joined(separator: "\n")
    }
  }

  private func judge(_ streams: Streams) throws -> Verdict {
    let loaded = try LoadedScenario(scenario)
    let trace =
      options.trace
      ?? "\(streams.environment("TMPDIR") ?? "/tmp")/reprise-bisect-\(loaded.scenario.name).reprise"
    let plan = try ScenarioPlan(loaded, options: machineOptions, SharedImages(), streams.environment)
    streams.beginInterruptible()
    let outcome: ScenarioOutcome
    switch run(ScenarioRun(plan: plan, trace: trace, keepsPassed: true), streams) {
    case .ran(let ran): outcome = ran
    case .broke(let status, let message):
      return Verdict(.skip, "the scenario could not be run, status \(status): \(message)")
    case .notBegun, nil: return Verdict(.skip, "the run was interrupted")
    }
    switch outcome.verdict {
    case .passed: break
    case .failed:
      if let problem = try otherGolden(outcome, plan, trace) { return problem }
      return bad("the scenario failed\(outcome.problem.map { ": \($0.place): \($0.message)" } ?? "")", trace)
    case .interrupted, .watchdog: return Verdict(.skip, "the run was interrupted")
    }
    var verdict = Verdict(.good, "the scenario passed")
    verdict.trace = trace
    guard let expect = options.expect else { return verdict }
    return try compare(trace, with: expect) ?? verdict
  }

  /// Runs the scenario as `reprise test` does. Nobody types, and what the guest shows goes nowhere: it is in the trace.
  private func run(_ run: ScenarioRun, _ streams: Streams) -> TestResult? {
    let pool = TestPool([run], jobs: 1)
    pool.run(signal: streams.signal) { _, _ in }
    return pool.results[0]
  }

  /// The options of a machine with the images that are given here.
  private var machineOptions: MachineOptions {
    get throws {
      var machine = try MachineOptions.parse([])
      (machine.kernel, machine.bios, machine.initrd) = (options.kernel, options.bios, options.initrd)
      return machine
    }
  }

  /// What it means that a run is not that of the scenario's golden ladder, when that was made with another build or on
  /// another machine: nothing, because no two rungs could be the same.
  private func otherGolden(_ outcome: ScenarioOutcome, _ plan: ScenarioPlan, _ trace: String) throws -> Verdict? {
    guard outcome.problem?.kind == "golden", let golden = plan.golden else { return nil }
    let differences = HeaderDifference.between(golden.ladder.header, try TraceFile.open(trace).header)
    guard !differences.isEmpty else { return nil }
    let names = Show.list(differences.map(\.name))
    return Verdict(
      .skip,
      "\(golden.place): the golden ladder is of another build or machine (\(names) differ), with no rung in common:"
        + " leave it out of the scenario that is bisected, or expect a trace, to compare consoles")
  }

  private func bad(_ reason: String, _ trace: String) -> Verdict {
    var verdict = Verdict(.bad, reason)
    verdict.trace = trace
    return verdict
  }

  // MARK: - Expectations

  /// Why `trace` is not as `expect` has it, or cannot be compared; `nil` when it is.
  private func compare(_ trace: String, with expect: String) throws -> Verdict? {
    let reader = try TraceFile.open(trace)
    let isLadder = try LadderFile.isOne(expect)
    let header = isLadder ? try LadderFile.read(expect).header : try TraceFile.open(expect).header
    let differences = HeaderDifference.between(header, reader.header)
    guard differences.allSatisfy(\.isImage) else {
      let names = Show.list(differences.filter { !$0.isImage }.map(\.name))
      return Verdict(.skip, "\(expect) is of another machine: \(names) differ")
    }
    if differences.isEmpty {
      let job = BisectJob(
        paths: Sides(expect, trace), images: try SideImages([]), symbols: try SymbolOptions.parse([]), isForced: false,
        tellsWhy: false)
      let report = try job.perform(shouldStop: { false }, onProgress: { _ in })
      if report.verdict == BisectionVerdict.identical.rawValue { return nil }
      if report.verdict == BisectionVerdict.replayDiverged.rawValue {
        return Verdict(.skip, "a replay is not its own recording: \(report.headline)")
      }
      var verdict = bad("the run is not the one of \(expect)", trace)
      verdict.comparison = report
      return verdict
    }
    guard !isLadder else {
      return Verdict(
        .skip,
        "\(expect) is a ladder of other images, which have no rung in common: expect a trace, to compare consoles")
    }
    let lines = try Sides(consoleLines(TraceFile.open(expect)), consoleLines(reader))
    let first = (0..<max(lines.a.count, lines.b.count)).first { index in
      index >= lines.a.count || index >= lines.b.count || lines.a[index] != lines.b[index]
    }
    guard let first else { return nil }
    func shown(_ lines: [String]) -> String {
      first < lines.count ? Show.quoted(Array(lines[first].utf8)) : "nothing more"
    }
    return bad(
      "the console is not the one of \(expect): in line \(first + 1) of those compared it shows \(shown(lines.b)), and"
        + " should show \(shown(lines.a))", trace)
  }

  /// The lines that the console showed and that are compared, without the times that Linux puts before them.
  private func consoleLines(_ reader: TraceReader) throws -> [String] {
    guard LogKinds(heldBy: reader).contains(.output) else {
      throw Failure(ExitStatus.usage, "a trace does not hold what the console showed: record with --effects output")
    }
    var bytes: [UInt8] = []
    try reader.effects(kinds: .output) { effect in
      if case .output(_, let byte) = effect.kind, bytes.count < 1 << 26, byte != 13 { bytes.append(byte) }
    }
    let ignored = try options.ignore.map { try ConsoleLine.matcher($0) }
    return bytes.split(separator: 10).map { ConsoleLine.withoutTime(String(decoding: $0, as: UTF8.self)) }.filter {
      line in
      !ignored.contains { $0(line) }
    }
  }
}

/// A line of a console, as it is compared between builds.
enum ConsoleLine {
  /// `line` without `[    1.234567] ` before it.
  static func withoutTime(_ line: String) -> String {
    guard line.hasPrefix("["), let end = line.firstIndex(of: "]") else { return line }
    let time = line[line.index(after: line.startIndex)..<end]
    guard time.contains("."), time.allSatisfy({ $0 == " " || $0 == "." || $0.isASCII && $0.isNumber }) else {
      return line
    }
    return String(line[line.index(after: end)...].drop { $0 == " " })
  }

  /// Whether a line matches `notation`: a text, or `/REGEX/`.
  static func matcher(_ notation: String) throws -> (String) -> Bool {
    guard notation.count > 2, notation.hasPrefix("/"), notation.hasSuffix("/") else {
      guard !notation.isEmpty else { throw Failure(ExitStatus.usage, "--ignore: an empty text is in every line") }
      return { $0.contains(notation) }
    }
    let regex: Regex<AnyRegexOutput>
    do {
      regex = try Regex(String(notation.dropFirst().dropLast()))
    } catch {
      throw Failure(ExitStatus.usage, "--ignore: \(notation) is not a regular expression: \(error)")
    }
    return { (try? regex.firstMatch(in: $0)) != nil }
  }
}
