internal import Archive
internal import Host

/// The exit statuses of a test.
enum TestStatus {
  /// The worse of two.
  static func worse(_ one: Int32, _ other: Int32) -> Int32 { ExitStatus.worst([one, other]) }

  /// That of an entry that is not run.
  static func of(_ readiness: TestEntry.Readiness) -> Int32 {
    if case .refused(let status, _, _) = readiness { status } else { ExitStatus.success }
  }
}

/// What is told of a test, entry by entry.
struct TestRow {
  /// One word for what came of it.
  enum Word: String, CaseIterable, Encodable {
    case passed, failed, skipped, error, watchdog, interrupted
  }

  var entry: TestEntry
  var word: Word
  var status: Int32
  var outcome: ScenarioOutcome?
  /// Why it did not pass.
  var message: String?
  /// Where that is written.
  var place: SourcePlace
  /// What to do about it.
  var next: String?

  /// - Parameter result: what came of it; `nil` when there was nothing to run, or nothing has come yet.
  init?(_ entry: TestEntry, _ result: TestResult?, signal: Int32?) {
    self.entry = entry
    place = SourcePlace(entry.file)
    switch (entry.readiness, result) {
    case (.skipped(let why), _): (word, status, message) = (.skipped, ExitStatus.success, why)
    case (.refused(let status, let message, let next), _):
      (word, self.status, self.message, self.next) = (.error, status, message, next)
      place = SourcePlace(SourcePlace.beginning(of: message) ?? entry.file)
    case (.ready, nil): return nil
    case (.ready, .broke(let status, let message)): (word, self.status, self.message) = (.error, status, message)
    case (.ready, .notBegun(let request)):
      (word, status) = Self.ended(by: request, signal)
      message = "it was not begun"
    case (.ready, .ran(let outcome)):
      self.outcome = outcome
      if let problem = outcome.problem, outcome.verdict == .failed {
        (message, place) = (problem.message, SourcePlace(problem.place))
      }
      switch outcome.verdict {
      case .passed: (word, status) = (.passed, ExitStatus.success)
      case .failed: (word, status) = (.failed, ExitStatus.no)
      case .interrupted: (word, status) = Self.ended(by: .interrupted, signal)
      case .watchdog: (word, status) = Self.ended(by: .watchdog, signal)
      }
      if word == .interrupted || word == .watchdog { message = "it was ended before it came to a verdict" }
      if let trace = outcome.trace, outcome.verdict == .failed {
        next = Show.command("reprise", "gdb", trace, "--at", "mark:\(ScriptDriver.failureMark)")
      }
    }
  }

  private static func ended(by request: RunWatch.Request, _ signal: Int32?) -> (Word, Int32) {
    switch request {
    case .watchdog: (.watchdog, ExitStatus.budget)
    case .interrupted: (.interrupted, signal.map(Interruption.exitStatus) ?? ExitStatus.success)
    }
  }
}

extension SourcePlace {
  /// The place that a message begins with, if it begins with one.
  static func beginning(of message: String) -> String? {
    let parts = message.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, Int(parts[1]) != nil, Int(parts[2]) != nil else { return nil }
    return parts[..<3].joined(separator: ":")
  }

  /// `file:line:column`, as far as they are known.
  var text: String { [file, line.map(String.init), column.map(String.init)].compactMap { $0 }.joined(separator: ":") }
}

/// Tells of a test while it goes on, and at its end.
final class TestReport {
  private let entries: [TestEntry]
  private let streams: Streams
  private let isJSON: Bool
  /// How many entries have been told of: they are told in their order, whenever they end.
  private var toldCount = 0

  init(_ entries: [TestEntry], _ streams: Streams, isJSON: Bool) {
    (self.entries, self.streams, self.isJSON) = (entries, streams, isJSON)
  }

  /// Tells of those that have ended and of which all before them have.
  func note(_ results: [TestResult?]) {
    while toldCount < entries.count,
      let row = TestRow(entries[toldCount], results[toldCount], signal: streams.signal())
    {
      toldCount += 1
      if !isJSON { streams.print(Self.line(row)) }
    }
  }

  private static func line(_ row: TestRow) -> String {
    var line = "\(row.word.rawValue)  \(row.entry.title)"
    if let outcome = row.outcome {
      line += "  (guest time \(Show.time(outcome.length.guestNanoseconds)), \(Show.count(outcome.length.steps)) steps)"
    }
    if let findings = row.outcome?.findings, findings.runs > 1 || !findings.failedSeeds.isEmpty {
      line += "  (\(Show.count(findings.failedSeeds.count)) of \(Show.count(findings.runs, "run")) failed)"
    }
    if row.word == .skipped, let message = row.message { line += "  (\(message))" }
    return line
  }

  /// Tells of all that did not pass, and sums up.
  /// - Parameter junit: the file for services that read JUnit's, if there is to be one.
  /// - Returns: the exit status.
  func finish(_ results: [TestResult?], signal: Int32?, junit: String?) throws -> Int32 {
    note(results)
    let rows = zip(entries, results).compactMap { TestRow($0, $1, signal: signal) }
    let status = rows.reduce(ExitStatus.success) { TestStatus.worse($0, $1.status) }
    if isJSON {
      streams.print(JSONText.document(TestDocument(rows)))
    } else {
      for row in rows where row.word == .failed || row.word == .error { tell(row) }
      streams.print(Self.summary(rows))
    }
    TestReports.tellServices(rows, summary: Self.summary(rows), streams)
    if let junit { try TestReports.writeJUnit(rows, to: junit) }
    return status
  }

  private func tell(_ row: TestRow) {
    streams.print("")
    streams.print("\(row.word.rawValue): \(row.entry.title)")
    if let message = row.message {
      streams.print(
        row.word == .error && SourcePlace.beginning(of: message) != nil
          ? "  \(message)" : "  \(row.place.text): \(message)")
    }
    if let outcome = row.outcome {
      streams.print("  at @\(outcome.length.steps), guest time \(Show.time(outcome.length.guestNanoseconds))")
      if !outcome.console.isEmpty {
        streams.print("  the console's last lines:")
        for line in outcome.console { streams.print("  | \(line)") }
      }
      if let findings = outcome.findings { tell(findings) }
      if let trace = outcome.trace {
        streams.print("  replay it: \(Show.command("reprise", "replay", trace, "--at", "mark:failure"))")
      }
    }
    if let next = row.next { streams.print("  \(row.outcome == nil ? "try:" : "debug it:") \(next)") }
  }

  private func tell(_ findings: Exploration.Findings) {
    let seeds = findings.failedSeeds
    guard let first = seeds.first else { return }
    streams.print(
      "  \(Show.count(seeds.count)) of \(Show.count(findings.runs, "run")) failed, the first with seed \(first)")
    if seeds.count > 1 {
      let more = seeds.count > 10 ? ", …" : ""
      streams.print(
        "  the seeds of those that failed: \(seeds.prefix(10).map(String.init).joined(separator: ", "))\(more)")
    }
    if let command = findings.repeatCommand { streams.print("  run it again: \(command)") }
    if let command = findings.shrinkCommand { streams.print("  make it small: \(command)") }
  }

  private static func summary(_ rows: [TestRow]) -> String {
    let counts = TestRow.Word.allCases.compactMap { word in
      let count = rows.count { $0.word == word }
      return count > 0 || word == .passed ? "\(Show.count(count)) \(word.rawValue)" : nil
    }
    return "\(Show.count(rows.count, "scenario")): \(counts.joined(separator: ", "))"
  }
}

/// What `test` reports as JSON. Described in Documentation/JSON.md.
struct TestDocument: Encodable {
  struct Entry: Encodable {
    var title: String
    var file: String
    var result: TestRow.Word
    var length: Length?
    var endReason: String?
    var endDetail: String?
    var trace: String?
    var failure: Failure?
    var message: String?
    var exploration: Exploration.Findings?
  }

  struct Failure: Encodable {
    var kind: String
    var message: String
    var file: String
    var line: Int?
    var column: Int?
    var console: [String]
  }

  var schema = "reprise/test/1"
  var scenarios: [Entry]
  var counts: [String: Int]

  init(_ rows: [TestRow]) {
    scenarios = rows.map { row in
      var entry = Entry(
        title: row.entry.title, file: row.entry.file, result: row.word, length: row.outcome?.length,
        endReason: row.outcome?.end.reason.word, endDetail: row.outcome?.end.reason.detail, trace: row.outcome?.trace)
      entry.exploration = row.outcome?.findings
      if let outcome = row.outcome, let problem = outcome.problem, row.word == .failed {
        entry.failure = Failure(
          kind: problem.kind, message: problem.message, file: row.place.file, line: row.place.line,
          column: row.place.column, console: outcome.console)
      } else {
        entry.message = row.message
      }
      return entry
    }
    counts = Dictionary(
      uniqueKeysWithValues: TestRow.Word.allCases.map { word in (word.rawValue, rows.count { $0.word == word }) })
  }
}

/// What `test --list` reports as JSON.
struct TestListing: Encodable {
  struct Entry: Encodable {
    var title: String
    var file: String
  }

  var schema = "reprise/test-list/1"
  var scenarios: [Entry]

  init(_ entries: [TestEntry]) { scenarios = entries.map { Entry(title: $0.title, file: $0.file) } }
}
