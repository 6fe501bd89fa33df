internal import Archive

/// How a run of a scenario came out.
struct ScenarioOutcome: Sendable {
  /// What became of it.
  enum Verdict: String, Sendable {
    case passed, failed
    /// Whoever ran it asked it to end.
    case interrupted
    /// The host's watchdog ended it: nothing is known of the guest.
    case watchdog
  }

  /// Why it failed.
  struct Problem: Sendable, Equatable {
    /// What was not as it should be: `expect`, `never`, `assert`, `at`, `exit`, `script`, `end`, `golden`.
    var kind: String
    /// A sentence.
    var message: String
    /// Where the scenario asks for it: `file:line:column`.
    var place: String
  }

  /// What became of it.
  var verdict: Verdict
  /// Why it failed, if it has.
  var problem: Problem?
  /// How the run ended.
  var end: EndRecord
  /// How long it was.
  var length: Length
  /// The last lines that the console showed, each without its end.
  var console: [String]
  /// Where its trace is, when it was kept.
  var trace: String?
  /// What came of all the runs of its scenario, when what hardware leaves open was varied.
  var findings: Exploration.Findings?
  /// How long the host worked on it, in nanoseconds. Never part of a result.
  var hostNanoseconds: UInt64 = 0
}

/// A place in a file, taken apart.
struct SourcePlace: Equatable {
  var file: String
  var line: Int?
  var column: Int?

  /// `file:line:column`, or anything else for a file alone.
  init(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count >= 3, let line = Int(parts[parts.count - 2]), let column = Int(parts[parts.count - 1]) else {
      file = text
      return
    }
    file = parts.dropLast(2).joined(separator: ":")
    (self.line, self.column) = (line, column)
  }
}

/// The end of what a console has shown, in lines.
struct ConsoleTail: Sendable {
  /// How many lines are kept.
  static let lineCount = 12
  /// How much of each line is kept, in bytes.
  static let lineBytesMax = 200
  private static let byteCount = 8 << 10

  private var bytes: [UInt8] = []

  /// Takes in what was shown.
  mutating func append(_ more: [UInt8]) {
    bytes += more
    if bytes.count > 4 * Self.byteCount { bytes.removeFirst(bytes.count - Self.byteCount) }
  }

  /// The last lines, safe to show.
  var lines: [String] {
    let lines = bytes.suffix(Self.byteCount).split(separator: 0x0a).suffix(Self.lineCount)
    return lines.map { line in
      var line = line
      while line.last == 0x0d { line.removeLast() }
      return Show.plain(String(decoding: line.suffix(Self.lineBytesMax), as: UTF8.self))
    }
  }
}
