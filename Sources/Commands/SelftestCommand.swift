internal import Archive
internal import ArgumentParser
internal import Boards
internal import Host
internal import Timeline
internal import VirtualTime

/// `reprise selftest`.
struct SelftestCommand: Performing {
  static let configuration = CommandConfiguration(
    commandName: "selftest",
    abstract: "Check that a trace comes out the same whatever is done to its machine.",
    discussion: """
      The trace is replayed, and the machine runs twice from the start. At every checkpoint another machine is put \
      back to there: its state encoded and decoded, its caches dropped, or from a checkpoint that the trace holds; and \
      goes on in lock step with the run that never stopped. The first difference is named by field and by step. \
      Status 0: none; 3: there is one.
      """)

  @Argument(help: ArgumentHelp("The trace.", valueName: "file"), completion: .file(extensions: ["reprise"]))
  var file: String

  @Option(
    help: ArgumentHelp("Steps between two checkpoints. (default: a 64th of the run)", valueName: "steps"),
    transform: Quantity.count)
  var every: UInt64?

  @Option(
    help: ArgumentHelp(
      "The file of an image that the trace only names: kernel=FILE, firmware=FILE or initrd=FILE.",
      valueName: "role=file"))
  var image: [String] = []

  @Flag(help: "Write what was done and found as JSON.")
  var json = false

  func validate() throws {
    if every == 0 { throw ValidationError("--every must be at least 1") }
  }

  func perform(_ streams: Streams) throws -> Int32 {
    let reader = try TraceFile.open(file)
    do {
      return try test(reader, streams)
    } catch let error as TraceError {
      throw TraceFile.failure(error, file)
    } catch let error as SnapshotProblem {
      throw Failure(ExitStatus.damaged, "\(file): \(error)")
    }
  }

  private func test(_ reader: TraceReader, _ streams: Streams) throws -> Int32 {
    let described = try TraceMachine.describe(reader.header)
    let files = try ImageArgument.parse(image)
    let trip = try RoundTrip(reader, collected: described.collected, everySteps: every, workers: HostThreads()) {
      try TraceMachine.make(reader, files: files)
    }
    guard trip.plannedCheckpoints <= RoundTrip<VirtBoard>.checkpointCountMax else {
      throw Failure(
        ExitStatus.usage,
        "--every \(trip.everySteps) makes \(Show.count(trip.plannedCheckpoints)) checkpoints, and at most"
          + " \(Show.count(RoundTrip<VirtBoard>.checkpointCountMax)) are taken")
    }
    streams.beginInterruptible()
    let display = Display(streams: streams, isQuiet: true, isJSON: json)
    let progress = WorkProgress(display)
    trip.shouldStop = { streams.signal() != nil }
    trip.onProgress = { progress.note($0.doneSteps, of: $0.totalSteps, $0.activity.sentence) }
    let report = try trip.run()
    progress.clear()
    let result = SelftestResult(file, report, reader, everySteps: trip.everySteps)
    if json { streams.print(JSONText.document(result)) } else { show(result, report, streams) }
    tell(report, reader, streams)
    if report.wasInterrupted, let signal = streams.signal() { return Interruption.exitStatus(for: signal) }
    return report.isSame ? ExitStatus.success : ExitStatus.diverged
  }

  private func show(_ result: SelftestResult, _ report: RoundTripReport, _ streams: Streams) {
    streams.print("tested \(file): \(result.length.sentence)")
    streams.print(
      "\(Show.count(result.runs, "run")), \(Show.count(result.rungsCompared, "rung")) and"
        + " \(Show.count(result.effectsCompared, "effect")) compared")
    var places = "\(Show.count(result.checkpoints, "checkpoint")), one every \(Show.count(result.everySteps)) steps"
    if result.storedCheckpoints > 0 { places += ", and \(Show.count(result.storedCheckpoints)) of the trace" }
    streams.print(
      "\(places): put back \(Show.count(result.restores, "time")), \(Show.count(result.stepsCompared)) steps in lock"
        + " step, \(Show.count(result.digestsCompared)) digests compared")
    switch result.verdict {
    case .same: streams.print("the same, whatever was done")
    case .interrupted: streams.print("interrupted; the same so far")
    case .diverged, .different: break
    }
  }

  /// Tells on standard error what is wrong.
  private func tell(_ report: RoundTripReport, _ reader: TraceReader, _ streams: Streams) {
    if let divergence = report.divergence { TraceFile.complain(of: divergence, in: file, streams) }
    if let difference = report.difference {
      streams.complain(difference.sentence)
      for line in difference.fields { streams.note("  \(Show.plain(line))") }
      for line in difference.memory { streams.note("  memory \(line)") }
      if !difference.forgotten.isEmpty {
        streams.note("Not part of the state, and not brought back; what was forgotten is likely here:")
        for line in difference.forgotten { streams.note("  \(Show.plain(line))") }
      }
      streams.note("The run that never stopped is on the left. This is a fault of Reprise. To see it again:")
      streams.note("  " + Show.command("reprise", "selftest", file) + (every.map { " --every \($0)" } ?? ""))
    }
    if !reader.isComplete {
      streams.note(
        "note: the trace was cut short; it was tested as far as it goes, to @\(reader.lastStep.count)")
    }
    for problem in report.problems { streams.note("note: \(problem); it was done without") }
    for damage in reader.damage { streams.note("note: \(damage)") }
  }
}

/// What `selftest` reports as JSON. Described in Documentation/JSON.md.
struct SelftestResult: Encodable {
  enum Verdict: String, Encodable {
    case same
    case different
    case diverged
    case interrupted
  }

  struct Difference: Encodable {
    var subject: String
    var way: String?
    var checkpointStep: UInt64
    var lastCommonStep: UInt64
    var foundStep: UInt64
    var isNarrowed: Bool
    var fields: [String]
    var memory: [String]
    var forgotten: [String]
  }

  var schema = "reprise/selftest/1"
  var file: String
  var verdict: Verdict
  var length: Length
  var isComplete: Bool
  var everySteps: UInt64
  var runs: Int
  var rungsCompared: Int
  var effectsCompared: UInt64
  var checkpoints: Int
  var storedCheckpoints: Int
  var restores: Int
  var digestsCompared: Int
  var stepsCompared: UInt64
  var stepsRun: UInt64
  var problems: [String]
  var divergence: ReplayResult.Difference?
  var difference: Difference?

  init(_ file: String, _ report: RoundTripReport, _ reader: TraceReader, everySteps: UInt64) {
    (self.file, self.everySteps, isComplete) = (file, everySteps, reader.isComplete)
    length = Length(report.end, clockHertz: reader.clockHertz)
    verdict =
      report.divergence != nil
      ? .diverged : report.difference != nil ? .different : report.wasInterrupted ? .interrupted : .same
    (runs, rungsCompared, effectsCompared) = (report.runs, report.rungsCompared, report.effectsCompared)
    (checkpoints, storedCheckpoints, restores) = (report.checkpoints, report.storedCheckpoints, report.restores)
    (digestsCompared, stepsCompared, stepsRun) = (report.digestsCompared, report.stepsCompared, report.stepsRun)
    problems = report.problems
    divergence = report.divergence.map(ReplayResult.Difference.init)
    difference = report.difference.map {
      Difference(
        subject: $0.subject.words.subject, way: $0.subject.words.way, checkpointStep: $0.checkpoint.step.count,
        lastCommonStep: $0.lastCommon.step.count, foundStep: $0.found.step.count, isNarrowed: $0.isNarrowed,
        fields: $0.fields, memory: $0.memory, forgotten: $0.forgotten)
    }
  }
}

extension RoundTripDifference.Subject {
  /// The words for it in JSON.
  var words: (subject: String, way: String?) {
    switch self {
    case .wholeRuns: ("whole-runs", nil)
    case .coding: ("coding", nil)
    case .restored(let way): ("restored", way.rawValue)
    case .continued(let way): ("continued", way.rawValue)
    }
  }
}

extension RoundTripWay {
  /// How it is said.
  var phrase: String {
    switch self {
    case .decoded: "whose state was encoded and decoded"
    case .cachesDropped: "whose caches were dropped"
    case .stored: "that was put back from the checkpoint in the trace"
    }
  }
}

extension RoundTripDifference {
  /// What differs from what, and where.
  var sentence: String {
    let here = "@\(checkpoint.step.count)"
    let place =
      isNarrowed
      ? "the same at @\(lastCommon.step.count), not at @\(found.step.count)"
      : "the same at @\(lastCommon.step.count), not at @\(found.step.count); when the step was looked for, it did not"
        + " show again"
    return switch subject {
    case .wholeRuns: "two runs from the start differ: \(place)"
    case .coding: "the state at \(here) does not survive being encoded and decoded"
    case .restored(let way): "a machine \(way.phrase) at \(here) is not the one that the run has there"
    case .continued(let way): "a machine \(way.phrase) at \(here) goes on differently: \(place)"
    }
  }
}

extension RoundTripProgress.Activity {
  /// How it is said.
  var sentence: String {
    switch self {
    case .replaying: "replaying"
    case .running: "running"
    case .roundTrips: "putting back and going on"
    case .narrowing: "looking for the first step that differs"
    }
  }
}
