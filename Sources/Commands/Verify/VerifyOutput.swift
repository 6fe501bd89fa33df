internal import ArgumentParser
internal import Host

/// Where results are reported besides standard output.
struct ReportOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Write a JUnit report to this file.", valueName: "file"))
  var junit: String?

  @Option(
    help: ArgumentHelp(
      "Write a table in Markdown to this file. On GitHub, it is added to the page of the job too.", valueName: "file"))
  var summary: String?

  @Flag(help: "Write the results as JSON to standard output.")
  var json = false

  /// Writes what was asked for, and what GitHub shows.
  func write(_ results: some ResultReport, _ streams: Streams) throws {
    if let junit { try ReportFile.write(results.junit.xml, to: junit) }
    if let summary { try ReportFile.write(results.markdown, to: summary) }
    StepSummary.append(markdown: results.markdown, streams)
    for failure in results.failures {
      Annotations.error(file: failure.file, title: failure.title, message: failure.message, streams)
    }
  }
}

/// Results of many things, in the forms that CI services read.
protocol ResultReport {
  var junit: JUnitReport { get }
  var markdown: String { get }
  /// What is to be annotated.
  var failures: [(title: String, file: String?, message: String)] { get }
}

/// A report in a file.
enum ReportFile {
  /// Writes `text` to the file at `path`, whatever was in it.
  static func write(_ text: String, to path: String) throws {
    do {
      let file = try AppendFile(creating: path, replacing: true)
      try file.append(Array(text.utf8))
      file.close()
    } catch {
      throw Failure(ExitStatus.cannotCreate, "\(error)")
    }
  }
}

extension VerifiedFile {
  /// One line for people.
  var line: String {
    let title = verdict.words.padding(to: 11) + Show.plain(file)
    switch verdict {
    case .same, .cutShort: return "\(title): \(length?.sentence ?? ""); \(compared)"
    case .diverged: return "\(title): \(place)"
    case .interrupted: return title
    case .damaged where divergence == nil && length != nil:
      return "\(title): the replay is the same as the recording as far as that is whole"
    case .damaged, .missing, .tooLong, .failed: return "\(title): \(problems.first ?? "")"
    }
  }

  private var compared: String {
    "\(Show.count(rungsCompared, "rung")), \(Show.count(effectsCompared, "effect")) compared"
  }

  private var place: String {
    guard let divergence else { return "" }
    return "the replay differs after step @\(divergence.lastCommonStep), found at @\(divergence.foundStep)"
      + " (\(divergence.subject))"
  }

  /// What is wrong, line by line; nothing when all is well.
  var details: [String] {
    guard status != ExitStatus.success else { return [] }
    var lines: [String] = []
    if let divergence {
      lines.append(place)
      lines.append("recorded: \(divergence.recorded)")
      lines.append("replayed: \(divergence.replayed)")
    }
    lines += problems + (onTheSpot?.lines ?? [])
    if let next { lines.append("to see it: \(next)") }
    return lines
  }

  /// Tells of what is wrong, and of what was not compared.
  func explain(_ streams: Streams) {
    if status != ExitStatus.success {
      streams.complain("\(file): \(verdict.words)")
      for line in details { streams.note("  \(line)") }
    }
    for note in notes { streams.note("note: \(file): \(note)") }
  }
}

extension VerifyResults: ResultReport {
  /// As a JUnit report: a difference is a failure, what cannot be replayed is an error.
  var junit: JUnitReport {
    var report = JUnitReport(name: "reprise verify")
    for file in files {
      let details = file.details.joined(separator: "\n")
      let outcome: JUnitReport.Outcome
      switch file.verdict {
      case .same, .cutShort: outcome = .passed
      case .diverged: outcome = .failed(type: "diverged", message: file.line, details: details)
      case .interrupted: outcome = .skipped(message: "interrupted")
      case .damaged, .missing, .tooLong, .failed:
        outcome = .error(type: file.verdict.rawValue, message: file.line, details: details)
      }
      report.add(
        JUnitReport.Case(
          suite: "reprise verify", name: file.file, seconds: file.seconds, outcome: outcome,
          output: file.notes.map { "note: \($0)\n" }.joined(), file: file.file))
    }
    return report
  }

  /// As a page in Markdown.
  var markdown: String { "### reprise verify: \(sentence)\n\n" + table }

  /// A table in Markdown, and what is wrong below it.
  var table: String {
    let rows = files.map { file in
      let mark = file.status == ExitStatus.success ? "" : "**"
      return [
        Markdown.code(file.file), mark + file.verdict.words + mark,
        file.length.map { Show.count($0.steps) } ?? "", file.length.map { Show.time($0.guestNanoseconds) } ?? "",
        Show.count(file.rungsCompared), Show.count(file.effectsCompared),
      ]
    }
    var text = Markdown.table(["Trace", "Verdict", "Steps", "Guest time", "Rungs", "Effects"], rows)
    for file in files where file.status != ExitStatus.success {
      text += "\n\(Markdown.code(file.file)): \(file.verdict.words)\n\n"
      text += file.details.map { "    \(Show.plain($0))\n" }.joined()
    }
    return text
  }

  var failures: [(title: String, file: String?, message: String)] {
    files.filter { $0.status != ExitStatus.success }.map {
      ("reprise verify: \($0.verdict.words)", $0.file, $0.details.joined(separator: "\n"))
    }
  }
}
