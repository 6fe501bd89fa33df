internal import Archive
internal import Backplane
internal import Scenario
internal import Timeline
internal import VirtualTime

/// What it means that a run fails: `--fails`.
enum FailureCriterion: Hashable {
  /// The guest switches off and reports this failure code.
  case code(UInt16)
  /// The guest panics and says this.
  case panic(String)
  /// Either of them, whatever the code and the text.
  case exit
  /// The console shows this.
  case console(Pattern)
  /// The console shows one of those that the scenario in this file says that it must never show.
  case scenario(String, [Pattern])

  static let notation = "console:TEXT, console:/REGEX/, exit or scenario:FILE"

  /// What `text` asks for; without it, the failure that the trace of `reader` ended with.
  init(_ text: String?, _ reader: TraceReader, file: String) throws {
    guard let text else {
      switch reader.end?.reason {
      case .failure(let code): self = .code(code)
      case .panic(let text): self = .panic(text)
      default:
        let ended = reader.end.map { "it ended because \($0.reason.sentence)" } ?? "it was cut short"
        throw Failure(
          ExitStatus.usage, "\(file) does not end in a failure (\(ended)): say what fails, with --fails",
          next: Show.command("reprise", "shrink", file, "--fails", "console:/error/"))
      }
      return
    }
    if text == "exit" {
      self = .exit
    } else if text.hasPrefix("console:") {
      do {
        self = .console(try Pattern(notation: String(text.dropFirst("console:".count))))
      } catch {
        throw Failure(ExitStatus.usage, "--fails '\(text)': \(error)")
      }
    } else if text.hasPrefix("scenario:") {
      let path = String(text.dropFirst("scenario:".count))
      self = .scenario(path, try Self.never(path))
    } else {
      throw Failure(ExitStatus.usage, "--fails '\(text)': write \(Self.notation)")
    }
  }

  /// What the scenario at `path` says that the console must never show.
  private static func never(_ path: String) throws -> [Pattern] {
    let patterns = try LoadedScenario(path).scenario.script.actions.compactMap { action -> Pattern? in
      if case .never(let pattern) = action.kind { pattern } else { nil }
    }
    guard !patterns.isEmpty else {
      throw Failure(
        ExitStatus.usage,
        "--fails scenario:\(path): it says of nothing that it must never be shown (never), and only that can be looked"
          + " for without its keys: write --fails console:/REGEX/")
    }
    return patterns
  }

  /// What looks for it in a run.
  var makeSign: @Sendable () -> any FailureSign {
    switch self {
    case .code(let code): { ExitSign(code: code) }
    case .panic(let text): { PanicSign(text: text) }
    case .exit: { AnyExitSign() }
    case .console(let pattern): { PatternSign([pattern]) }
    case .scenario(_, let patterns): { PatternSign(patterns) }
    }
  }

  /// Whether the run that fails ends by itself, and tells in its trace why.
  var endsTheRun: Bool {
    switch self {
    case .code, .panic, .exit: true
    case .console, .scenario: false
    }
  }

  /// For people: `the console shows 'LOST UPDATE'`.
  var sentence: String {
    switch self {
    case .code(let code): "the guest switches the machine off with failure code \(code)"
    case .panic(let text): "the guest panics: \(Show.quoted(Array(text.utf8)))"
    case .exit: "the guest panics, or switches the machine off with a failure code"
    case .console(let pattern): "the console shows \(pattern)"
    case .scenario(let path, let patterns):
      "the console shows \(patterns.map(\.description).joined(separator: " or ")), which it must never by \(path)"
    }
  }
}

/// Looks for patterns on the console.
private struct PatternSign: FailureSign {
  private var searches: [ConsoleSearch]

  init(_ patterns: [Pattern]) { searches = patterns.map(ConsoleSearch.init) }

  mutating func note(_ byte: UInt8, at moment: Moment) -> Bool {
    // Each of them reads all of it.
    searches.indices.reduce(false) { searches[$1].note(byte) || $0 }
  }

  mutating func end(_ halt: Halt?) -> Bool { searches.indices.contains { searches[$0].finish() } }
}

/// Looks for any failure that ends a run.
private struct AnyExitSign: FailureSign {
  private var code = ExitSign(code: nil)
  private var panic = PanicSign(text: nil)

  mutating func note(_ byte: UInt8, at moment: Moment) -> Bool { panic.note(byte, at: moment) }
  mutating func end(_ halt: Halt?) -> Bool { code.end(halt) }
}
