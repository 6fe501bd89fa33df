internal import Archive
internal import ArgumentParser
internal import Backplane
internal import Boards
internal import Host
internal import Timeline
internal import VirtualTime

/// `reprise replay`.
struct ReplayCommand: Performing {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Replay a trace, and compare everything it holds.",
    discussion: """
      The machine is made from the trace alone. The guest's console goes to standard output, byte for byte as it was \
      recorded. Status 0: the same; 3: the replay differs from the recording.
      """)

  @Argument(help: ArgumentHelp("The trace.", valueName: "file"), completion: .file(extensions: ["reprise"]))
  var file: String

  @Option(
    help: ArgumentHelp(
      "Replay to this step, and no further: @12345, end-1000, mark:NAME or console:TEXT.", valueName: "position"))
  var until: String?

  @Option(
    help: ArgumentHelp(
      "Go there by the shortest way, and show where that is: @12345, end, end-1000, t=1.5s, mark:NAME, console:TEXT,"
        + " a symbol or *0xADDRESS.", valueName: "position"))
  var at: String?

  @OptionGroup var engine: EngineOptions
  @OptionGroup var checkpoints: CheckpointMemoryOptions
  @OptionGroup var symbols: SymbolOptions

  @Option(
    help: ArgumentHelp(
      "The file of an image that the trace only names: kernel=FILE, firmware=FILE or initrd=FILE.",
      valueName: "role=file"))
  var image: [String] = []

  @Flag(help: "Do not show the guest's console; the summary goes to standard output.")
  var quiet = false

  @Flag(help: "Write the summary as JSON to standard output; the guest's console goes to standard error.")
  var json = false

  func validate() throws {
    if at != nil, until != nil { throw ValidationError("--at and --until are two ways to say where to go: give one") }
  }

  func perform(_ streams: Streams) throws -> Int32 {
    let reader = try TraceFile.open(file)
    do {
      if let at { return try show(Position(at), reader, streams) }
      return try replay(reader, streams)
    } catch let error as TraceError {
      throw TraceFile.failure(error, file)
    }
  }

  /// Goes to `position` and shows where that is.
  private func show(_ position: Position, _ reader: TraceReader, _ streams: Streams) throws -> Int32 {
    let files = try ImageArgument.parse(image)
    let positions = Positions(reader, files: files, options: symbols)
    let display = Display(streams: streams, isQuiet: true, isJSON: json)
    streams.beginInterruptible()
    let playback = try TracePlayback.open(
      reader, files: files, checkpointBytes: checkpoints.byteCount, engine: engine.choice)
    let progress = Progress(display, clockHertz: reader.clockHertz, totalSteps: nil)
    playback.onProgress = { _ in progress.note(playback.moment) }
    playback.shouldStop = { streams.signal() != nil }
    let arrival = try positions.go(position, playback)
    progress.clear()
    streams.tellLimits(playback, reader, checkpoints)
    if case .interrupted = arrival, let signal = streams.signal() { return Interruption.exitStatus(for: signal) }
    let place = PlaceReport(playback, try positions.symbols().index)
    streams.print(json ? JSONText.document(place) : place.text)
    guard case .diverged(let found) = arrival else { return ExitStatus.success }
    streams.complain(
      "the replay differs from the recording after step @\(found.lastCommon.step.count), found at"
        + " @\(found.found.step.count) (\(found.subject.rawValue)); this is where it was found")
    streams.note("  reprise replay --quiet \(Show.shellWord(file))")
    return ExitStatus.diverged
  }

  private func replay(_ reader: TraceReader, _ streams: Streams) throws -> Int32 {
    let described = try TraceMachine.describe(reader.header)
    let target = until == "end" ? nil : try until.map { try reader.step(of: $0) }
    let machine = try TraceMachine.make(reader, files: try ImageArgument.parse(image))
    engine.apply(to: machine, streams)
    let display = Display(streams: streams, isQuiet: quiet, isJSON: json)
    streams.beginInterruptible()
    let last = min(target ?? reader.lastStep, reader.lastStep)
    let progress = Progress(display, clockHertz: described.clockHertz, totalSteps: last.count)
    let replayer = Replayer(machine: machine, reader: reader, collected: described.collected) { bytes, _ in
      display.console(bytes)
    }
    let report = try replayer.run(until: target) {
      progress.note(machine.moment)
      return streams.signal() != nil
    }
    progress.clear()
    let result = ReplayResult(
      report, reader, target: target, wasInterrupted: streams.signal() != nil && report.moment.step < last)
    if streams.tellEngineDifference(machine) { return ExitStatus.enginesDiffer }
    show(result, report, reader, display)
    if report.divergence != nil { return ExitStatus.diverged }
    if result.verdict == .interrupted, let signal = streams.signal() { return Interruption.exitStatus(for: signal) }
    return ExitStatus.success
  }

  private func show(_ result: ReplayResult, _ report: ReplayReport, _ reader: TraceReader, _ display: Display) {
    if json { display.streams.print(JSONText.document(result)) }
    display.summary("replayed \(file): \(result.length.sentence)")
    let compared =
      "\(Show.count(result.rungsCompared, "rung")), \(Show.count(result.effectsCompared, "effect")) compared"
    switch result.verdict {
    case .same: display.summary("the same as the recording, at every rung and at the end: \(compared)")
    case .sameSoFar where result.isComplete:
      display.summary("the same as the recording as far as it was replayed: \(compared)")
    case .sameSoFar:
      display.summary("the same as the recording as far as it goes: \(compared)")
    case .interrupted: display.summary("interrupted; the same as the recording so far: \(compared)")
    case .diverged: break
    }
    if let divergence = report.divergence { TraceFile.complain(of: divergence, in: file, display.streams) }
    if !result.isComplete, until == nil {
      display.streams.note(
        "note: the trace was cut short; it covers \(Show.count(reader.lastStep.count)) steps,"
          + " and what came after is lost"
      )
    }
    for damage in reader.damage { display.streams.note("note: \(damage)") }
  }
}

/// What `replay` reports as JSON. Described in Documentation/JSON.md.
struct ReplayResult: Encodable {
  enum Verdict: String, Encodable {
    case same
    case sameSoFar = "same-so-far"
    case diverged
    case interrupted
  }

  struct Difference: Codable, Equatable {
    var subject: String
    var lastCommonStep: UInt64
    var foundStep: UInt64
    var recorded: String
    var replayed: String

    init(_ divergence: Divergence) {
      subject = divergence.subject.rawValue
      (lastCommonStep, foundStep) = (divergence.lastCommon.step.count, divergence.found.step.count)
      (recorded, replayed) = (divergence.recorded, divergence.replayed)
    }
  }

  var schema = "reprise/replay/1"
  var verdict: Verdict
  var length: Length
  var isComplete: Bool
  var reachedEnd: Bool
  var rungsCompared: Int
  var effectsCompared: UInt64
  var consoleBytes: UInt64
  var divergence: Difference?

  init(_ report: ReplayReport, _ reader: TraceReader, target: Step?, wasInterrupted: Bool) {
    length = Length(report.moment, clockHertz: reader.clockHertz)
    (isComplete, reachedEnd) = (reader.isComplete, report.reachedEnd)
    (rungsCompared, effectsCompared) = (report.rungsCompared, report.effectsCompared)
    consoleBytes = report.consoleByteCount
    divergence = report.divergence.map(Difference.init)
    verdict =
      report.divergence != nil ? .diverged : wasInterrupted ? .interrupted : report.reachedEnd ? .same : .sameSoFar
  }
}

/// `--image ROLE=FILE`.
enum ImageArgument {
  static func parse(_ arguments: [String]) throws -> [ImageRole: String] {
    var files: [ImageRole: String] = [:]
    for argument in arguments {
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, let role = ImageRole(rawValue: parts[0]) else {
        throw Failure(
          ExitStatus.usage, "--image '\(argument)': write kernel=FILE, firmware=FILE or initrd=FILE")
      }
      files[role] = parts[1]
    }
    return files
  }
}
