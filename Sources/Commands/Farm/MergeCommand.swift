internal import ArgumentParser

/// `reprise merge`.
struct MergeCommand: Performing {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Make one report of the results of a manifest's tasks.",
    discussion: """
      Tasks without a result are named, and the status is then 3. Otherwise it is that of the worst task, as for \
      'reprise verify'.
      """)

  @OptionGroup var farm: FarmOptions
  @OptionGroup var reports: ReportOptions

  func perform(_ streams: Streams) throws -> Int32 {
    let report = FarmReport(try Manifest(farm.manifest), ResultFolder(farm.results))
    if reports.json { streams.print(JSONText.document(report.withoutTimes)) } else { streams.print(report.text) }
    try reports.write(report, streams)
    guard !report.missing.isEmpty else { return report.status }
    streams.complain(
      "\(Show.count(report.missing.count, "task")) of \(Show.count(report.taskCount)) have no result:"
        + " run them, and merge again")
    let all = Show.command("reprise", "run-task", "--manifest", farm.manifest, "--results", farm.results)
    streams.note(report.missing.count == 1 ? "  \(all) --index \(report.missing[0].index)" : "  \(all) --all")
    return report.status
  }
}

/// What became of all tasks of a manifest.
struct FarmReport: Encodable {
  struct Missing: Encodable, Equatable {
    /// The number of the task, from 0.
    var index: Int
    var name: String
    var digest: String
    /// What the last try came to, if there was one.
    var lastTry: String?
  }

  var schema = "reprise/merge/1"
  var status: Int32
  var taskCount: Int
  var missing: [Missing] = []
  var results: [TaskResult] = []

  init(_ manifest: Manifest, _ folder: ResultFolder) {
    taskCount = manifest.tasks.count
    for (number, task) in manifest.tasks.enumerated() {
      if let result = folder.result(of: task) {
        results.append(result)
      } else {
        let attempt = folder.attempt(of: task)
        missing.append(
          Missing(
            index: number, name: task.name, digest: task.digest,
            lastTry: attempt.map { $0.message ?? $0.state.rawValue }))
      }
    }
    let worst = ExitStatus.worst(results.map(\.status))
    status = missing.isEmpty ? worst : ExitStatus.worst([ExitStatus.diverged, worst])
  }

  /// The same without how long it took, which is the host's affair.
  var withoutTimes: FarmReport {
    var report = self
    for place in results.indices {
      report.results[place].verify?.seconds = nil
      report.results[place].test?.seconds = nil
    }
    return report
  }

  /// One line for each task, the missing ones last.
  var text: String {
    var lines = results.flatMap { ($0.verify.map { [$0.line] } ?? []) + $0.testLines }
    for task in missing {
      lines.append("no result  \(Show.plain(task.name))" + (task.lastTry.map { ": \(Show.plain($0))" } ?? ""))
    }
    return (lines + [sentence]).joined(separator: "\n")
  }

  var sentence: String {
    let failed = results.filter { $0.status != ExitStatus.success }.count
    var text = "\(Show.count(taskCount, "task")): \(Show.count(results.count - failed)) as expected"
    if failed > 0 { text += ", \(Show.count(failed)) not" }
    if !missing.isEmpty { text += ", \(Show.count(missing.count)) without a result" }
    return text
  }
}

extension FarmReport: ResultReport {
  private var verified: VerifyResults { VerifyResults(results.compactMap(\.verify)) }
  /// The scenarios that were run, and their results.
  private var tested: [(result: TaskResult, entry: ScenarioResults.Entry)] {
    results.flatMap { result in (result.test?.scenarios ?? []).map { (result, $0) } }
  }

  var junit: JUnitReport {
    var report = verified.junit
    for (result, entry) in tested {
      let details = entry.details.joined(separator: "\n")
      let message = entry.failure?.message ?? entry.message ?? ""
      let outcome: JUnitReport.Outcome =
        switch entry.result {
        case "passed": .passed
        case "skipped": .skipped(message: message)
        case "failed": .failed(type: "failed", message: message, details: details)
        default: .error(type: entry.result, message: message, details: details)
        }
      // What one task took is told where it has one scenario: with several, nobody knows which took how much.
      let seconds = result.test?.scenarios.count == 1 ? result.test?.seconds : nil
      report.add(
        JUnitReport.Case(
          suite: "reprise test", name: result.testName(entry), seconds: seconds, outcome: outcome, file: entry.file))
    }
    for task in missing {
      let lastTry = task.lastTry.map { "The last try: \($0)" } ?? "Nobody tried"
      report.add(
        JUnitReport.Case(
          suite: "reprise merge", name: task.name,
          outcome: .error(
            type: "missing", message: "no result",
            details: "task \(task.index), \(task.digest): no result. \(lastTry)")))
    }
    return report
  }

  var markdown: String {
    var text = "### reprise merge: \(sentence)\n\n"
    if !verified.files.isEmpty { text += verified.table }
    if !tested.isEmpty { text += "\n" + testTable }
    guard !missing.isEmpty else { return text }
    text += "\n**Tasks without a result**\n\n"
    return text
      + Markdown.table(
        ["Number", "Task", "Last try"],
        missing.map { ["\($0.index)", Markdown.code($0.name), Markdown.plain($0.lastTry ?? "none")] })
  }

  private var testTable: String {
    var text = Markdown.table(
      ["Scenario", "Result", "Steps", "Guest time"],
      tested.map { result, entry in
        let mark = entry.isFine ? "" : "**"
        return [
          Markdown.code(result.testName(entry)), mark + Markdown.plain(entry.result) + mark,
          entry.length.map { Show.count($0.steps) } ?? "", entry.length.map { Show.time($0.guestNanoseconds) } ?? "",
        ]
      })
    for (result, entry) in tested where !entry.isFine {
      text += "\n\(Markdown.code(result.testName(entry)))\n\n"
      text += entry.details.map { "    \(Show.plain($0))\n" }.joined()
    }
    return text
  }

  var failures: [(title: String, file: String?, message: String)] {
    verified.failures
      + tested.filter { !$0.entry.isFine }.map {
        ("reprise test: \($0.entry.result)", $0.entry.file, $0.entry.details.joined(separator: "\n"))
      }
      + missing.map { ("reprise merge: no result", nil, $0.name) }
  }
}
