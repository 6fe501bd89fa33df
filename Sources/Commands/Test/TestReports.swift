internal import Host

/// What CI services are told of a test.
enum TestReports {
  /// The results for services that read JUnit's files.
  static func junit(_ rows: [TestRow]) -> JUnitReport {
    var report = JUnitReport(name: "reprise test")
    for row in rows {
      let console = row.outcome.map { $0.console.joined(separator: "\n") } ?? ""
      report.add(
        JUnitReport.Case(
          suite: row.entry.file, name: row.entry.title,
          seconds: row.outcome.map { Double($0.hostNanoseconds) / 1e9 }, outcome: outcome(row), output: console,
          file: row.place.file, line: row.place.line))
    }
    return report
  }

  private static func outcome(_ row: TestRow) -> JUnitReport.Outcome {
    let message = row.message ?? ""
    switch row.word {
    case .passed: return .passed
    case .skipped: return .skipped(message: message)
    case .failed: return .failed(type: row.outcome?.problem?.kind ?? "failed", message: message, details: details(row))
    case .error, .watchdog, .interrupted:
      return .error(type: row.word.rawValue, message: message, details: details(row))
    }
  }

  /// Where it happened, and how to see it again.
  private static func details(_ row: TestRow) -> String {
    var lines: [String] = []
    if let outcome = row.outcome {
      lines.append("@\(outcome.length.steps), guest time \(Show.time(outcome.length.guestNanoseconds))")
    }
    if let next = row.next { lines.append(next) }
    return lines.joined(separator: "\n")
  }

  /// Writes the results for services that read JUnit's files to `path`.
  static func writeJUnit(_ rows: [TestRow], to path: String) throws {
    do {
      let file = try AppendFile(creating: path, replacing: true)
      defer { file.close() }
      try file.append(Array(junit(rows).xml.utf8))
    } catch {
      throw Failure(ExitStatus.cannotCreate, "--junit: \(error)")
    }
  }

  /// The page of the job, and annotations at the lines of the scenarios.
  static func tellServices(_ rows: [TestRow], summary: String, _ streams: Streams) {
    let cells = rows.map { row in
      [
        row.word == .passed ? "passed" : "**\(row.word.rawValue)**", Markdown.code(row.entry.title),
        row.outcome.map { Show.time($0.length.guestNanoseconds) } ?? "",
        row.outcome.map { Show.count($0.length.steps) } ?? "", Markdown.plain(row.message ?? ""),
      ]
    }
    var text = "### reprise test\n\n\(Markdown.plain(summary))\n\n"
    text += Markdown.table(["result", "scenario", "guest time", "steps", "why"], cells)
    for row in rows where row.word == .failed {
      if let next = row.next { text += "\n    \(next)\n" }
    }
    StepSummary.append(markdown: text, streams)
    for row in rows where row.word == .failed || row.word == .error {
      let details = details(row)
      Annotations.error(
        file: row.place.file, line: row.place.line, title: row.entry.title,
        message: (row.message ?? "") + (details.isEmpty ? "" : "\n\(details)"), streams)
    }
  }
}
