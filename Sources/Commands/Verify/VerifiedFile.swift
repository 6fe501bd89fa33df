internal import Archive
internal import Backplane
internal import Boards
internal import StateCoding
internal import Timeline
internal import VirtualTime

/// What became of one trace, for people and as JSON (Documentation/JSON.md).
struct VerifiedFile: Codable, Equatable {
  enum Verdict: String, Codable, CaseIterable {
    /// All the same, to the end.
    case same
    /// All the same as far as it goes, and it has no end.
    case cutShort = "cut-short"
    /// The replay differs from the recording.
    case diverged
    /// The trace, or part of it, is damaged or foreign.
    case damaged
    /// The trace, or an image that it names, is not there.
    case missing
    /// It is longer than was allowed, and was not replayed.
    case tooLong = "too-long"
    /// It was not finished.
    case interrupted
    /// Anything else.
    case failed

    /// In a line for people.
    var words: String {
      switch self {
      case .cutShort: "cut short"
      case .tooLong: "too long"
      default: rawValue
      }
    }
  }

  var file: String
  var verdict: Verdict
  /// The exit status of a command that verified this trace alone; 0 when it was interrupted.
  var status: Int32
  /// The identity of the trace.
  var identity: String?
  /// How far it was replayed.
  var length: Length?
  var rungsCompared = 0
  var effectsCompared: UInt64 = 0
  var consoleBytes: UInt64 = 0
  var divergence: ReplayResult.Difference?
  /// What other ways of running the trace say of the difference.
  var onTheSpot: SpotReport?
  /// What is wrong, in a sentence each.
  var problems: [String] = []
  /// What was not compared, and is not wrong.
  var notes: [String] = []
  /// The command to try next.
  var next: String?
  /// How long it took; never in JSON.
  var seconds: Double?

  /// What became of the trace at `path`.
  init(_ path: String, _ result: VerifyResult, seconds: Double?) {
    (file, self.seconds) = (path, seconds)
    switch result {
    case .interrupted: (verdict, status) = (.interrupted, ExitStatus.success)
    case .failed(let error):
      let failure = Self.failure(error)
      (verdict, status, problems) = (Self.verdict(ofStatus: failure.status), failure.status, [failure.message])
      next = failure.next ?? Self.command(for: verdict, path)
    case .replayed(let report):
      (verdict, status) = (.same, ExitStatus.success)
      take(report)
    }
  }

  private mutating func take(_ report: VerifyReport) {
    identity = Digest(high: report.identity.high, low: report.identity.low).description
    length = Length(report.replay.moment, clockHertz: report.header.clockHertz)
    rungsCompared = report.replay.rungsCompared
    (effectsCompared, consoleBytes) = (report.replay.effectsCompared, report.replay.consoleByteCount)
    notes = report.notes
    problems = report.faults.map { "\($0): what is shown when the trace is opened there is wrong" }
    problems += report.damage.map { "\($0)" }
    if let divergence = report.replay.divergence ?? report.hidden {
      self.divergence = ReplayResult.Difference(divergence)
      if report.replay.divergence == nil {
        problems.append(
          "the run from the start is as it was recorded, and one that goes on from a checkpoint is not: the checkpoint"
            + " does not hold the whole machine")
      }
      verdict = .diverged
    } else if !problems.isEmpty {
      verdict = .damaged
    } else if !report.isComplete {
      verdict = .cutShort
      notes.append(
        "the trace was cut short; it covers \(Show.count(report.last.step.count)) steps, and what came after is lost")
    }
    status = Self.status(of: verdict)
    next = Self.command(for: verdict, file, at: report.replay.divergence?.lastCommon.step)
    guard report.replay.divergence?.subject == .engine else { return }
    status = ExitStatus.enginesDiffer
    next = Show.command("reprise", "replay", "--engine", "lockstep", "--quiet", file)
  }

  /// Looks into the difference that `result` tells of, where it happened.
  /// - Parameter images: where images are that traces only name.
  mutating func look(into result: VerifyResult, images: [ImageRole: String], _ streams: Streams) {
    guard case .replayed(let report) = result, let divergence = report.replay.divergence ?? report.hidden,
      divergence.subject != .engine
    else { return }
    do {
      let found = try SpotReport(file, files: images, divergence, shouldStop: { streams.signal() != nil })
      onTheSpot = found
      if found.parting?.step != nil { next = found.command }
    } catch {
      notes.append("nothing more is known of the difference: \(Reprise.explain(error).message)")
    }
  }

  private static func failure(_ error: any Error) -> Failure {
    switch error {
    case VerifyProblem.tooLong(let count, let limit):
      return Failure(
        ExitStatus.budget, "it has \(Show.count(count)) steps, and --max-steps allows \(Show.count(limit))")
    case VerifyProblem.changed:
      return Failure(ExitStatus.damaged, "another file has taken its place while it was read")
    default:
      let found = Reprise.explain(error)
      return Failure(found.status, found.message, next: found.next)
    }
  }

  static func verdict(ofStatus status: Int32) -> Verdict {
    switch status {
    case ExitStatus.damaged: .damaged
    case ExitStatus.missingInput: .missing
    case ExitStatus.budget: .tooLong
    default: .failed
    }
  }

  private static func status(of verdict: Verdict) -> Int32 {
    switch verdict {
    case .same, .cutShort, .interrupted: ExitStatus.success
    case .diverged: ExitStatus.diverged
    case .damaged: ExitStatus.damaged
    case .missing: ExitStatus.missingInput
    case .tooLong: ExitStatus.budget
    case .failed: ExitStatus.internalError
    }
  }

  /// The command that shows more.
  private static func command(for verdict: Verdict, _ path: String, at step: Step? = nil) -> String? {
    switch verdict {
    case .diverged:
      step.map { Show.command("reprise", "gdb", path, "--at", "@\($0.count)") }
        ?? Show.command("reprise", "selftest", path)
    case .damaged: Show.command("reprise", "info", path)
    case .tooLong: Show.command("reprise", "verify", path)
    case .same, .cutShort, .missing, .interrupted, .failed: nil
    }
  }
}

/// What became of all traces.
struct VerifyResults: Encodable {
  struct Counts: Encodable, Equatable {
    var same = 0
    var cutShort = 0
    var diverged = 0
    var damaged = 0
    var missing = 0
    var tooLong = 0
    var interrupted = 0
    var failed = 0

    mutating func count(_ verdict: VerifiedFile.Verdict) {
      switch verdict {
      case .same: same += 1
      case .cutShort: cutShort += 1
      case .diverged: diverged += 1
      case .damaged: damaged += 1
      case .missing: missing += 1
      case .tooLong: tooLong += 1
      case .interrupted: interrupted += 1
      case .failed: failed += 1
      }
    }

    func count(of verdict: VerifiedFile.Verdict) -> Int {
      switch verdict {
      case .same: same
      case .cutShort: cutShort
      case .diverged: diverged
      case .damaged: damaged
      case .missing: missing
      case .tooLong: tooLong
      case .interrupted: interrupted
      case .failed: failed
      }
    }
  }

  var schema = "reprise/verify/1"
  var status: Int32
  var counts = Counts()
  var files: [VerifiedFile]

  init(_ files: [VerifiedFile]) {
    self.files = files
    status = ExitStatus.worst(files.map(\.status))
    for file in files { counts.count(file.verdict) }
  }

  /// The same without how long it took, which is the host's affair.
  var withoutTimes: VerifyResults {
    VerifyResults(
      files.map { file in
        var file = file
        file.seconds = nil
        return file
      })
  }

  /// All in a sentence.
  var sentence: String {
    let parts = VerifiedFile.Verdict.allCases.compactMap { verdict in
      let count = counts.count(of: verdict)
      return count > 0 ? "\(Show.count(count)) \(verdict.words)" : nil
    }
    return "\(Show.count(files.count, "trace")): \(parts.joined(separator: ", "))"
  }
}
