internal import Archive
internal import Backplane
internal import Boards
internal import Scenario
internal import Timeline
internal import VirtualTime

/// What it means that a run fails: `--fails`.
enum FailureCriterion: Sendable {
  /// The guest switches off and reports this failure code.
  case code(UInt16)
  /// The guest panics and says this.
  case panic(String)
  /// Either of them, whatever the code and the text.
  case exit
  /// The guest ends the run in this way.
  case halt(Halt)
  /// The console shows this.
  case console(Pattern)
  /// The console shows one of those that the scenario in this file says that it must never show.
  case never(String, [Pattern])
  /// The scenario fails like this.
  case judged(JudgedScenario, JudgedScenario.Found)

  static let notation = "console:TEXT, console:/REGEX/, exit or scenario:FILE"
  private static let scenarioPrefix = "scenario:"

  /// The file of the scenario that `text` says must fail; `nil` when it says something else.
  static func scenarioPath(_ text: String?) -> String? {
    guard let text, text.hasPrefix(scenarioPrefix) else { return nil }
    return String(text.dropFirst(scenarioPrefix.count))
  }

  /// What `text` asks for, which names no scenario; without it, the failure that the trace of `reader` ended with.
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
    } else {
      throw Failure(ExitStatus.usage, "--fails '\(text)': write \(Self.notation)")
    }
  }

  /// What looks for it in a run.
  var makeSign: @Sendable () -> any FailureSign {
    switch self {
    case .code(let code): { ExitSign(code: code) }
    case .panic(let text): { PanicSign(text: text) }
    case .exit: { AnyExitSign() }
    case .halt(let halt): { HaltSign(halt) }
    case .console(let pattern): { PatternSign([pattern]) }
    case .never(_, let patterns): { PatternSign(patterns) }
    case .judged(let judged, let found): { ScenarioSign(judged, wanted: found) }
    }
  }

  /// When to end the recording of a run that fails at `failure`. What ends the run by itself does; the limit is for
  /// what cannot be.
  func endCycle(_ failure: Moment) -> Cycle {
    switch self {
    case .code, .panic, .exit, .halt:
      failure.cycle.advanced(by: Conductor<VirtBoard>.panicGraceCycles + 1_000_000_000)
    case .console, .never, .judged: failure.cycle.advanced(by: 1)
    }
  }

  /// Until when a machine is waited for that nothing will ever wake, because whoever judges it still looks for
  /// something.
  func waitingEnd(_ failure: Moment) -> Cycle? {
    guard case .judged(_, let found) = self else { return nil }
    return found.end == .stalled ? failure.cycle : endCycle(failure)
  }

  /// Whether the failure shows only to who looks at the machine while it runs.
  var isSeenLiveOnly: Bool { if case .judged = self { true } else { false } }

  /// For people: `the console shows 'LOST UPDATE'`.
  var sentence: String {
    switch self {
    case .code(let code): "the guest switches the machine off with failure code \(code)"
    case .panic(let text): "the guest panics: \(Show.quoted(Array(text.utf8)))"
    case .exit: "the guest panics, or switches the machine off with a failure code"
    case .halt(.reset): "the guest asks for a reset"
    case .halt: "the guest switches the machine off"
    case .console(let pattern): "the console shows \(pattern)"
    case .never(let path, let patterns):
      "the console shows \(patterns.map(\.description).joined(separator: " or ")), which it must never by \(path)"
    case .judged(_, let found): "\(found.problem.place): \(found.problem.message)"
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
