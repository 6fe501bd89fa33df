internal import Archive
internal import ArgumentParser
internal import Backplane
internal import Boards
internal import Host
internal import Scenario
internal import StateCoding
internal import Timeline
internal import VirtualTime

/// `reprise record`.
struct RecordCommand: Performing {
  static let configuration = CommandConfiguration(
    commandName: "record",
    abstract: "Run a machine and record the run.",
    discussion: """
      The guest's console goes to standard output. On a terminal the run is interactive: keys go to the guest, guest \
      time keeps pace with the wall clock, and Ctrl-A x ends the run. Otherwise nobody types and it runs as fast as it \
      can.

      Whatever ends the run (the guest, a limit, Ctrl-C, SIGTERM, even kill -9) leaves a trace that can be replayed.
      """)

  @OptionGroup var launch: LaunchOptions
  @OptionGroup(title: "Checkpoints") var checkpoints: CheckpointOptions

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The trace to write. (default: the scenario's name with .reprise)", valueName: "file"))
  var output: String?

  @Flag(help: "Replace the file if it is there.")
  var force = false

  @Flag(help: "Only name the images in the trace, by their SHA-256 digests; a replay then needs the files.")
  var referenceImages = false

  @Option(
    help: ArgumentHelp(
      "What the trace keeps besides causes: 'all', 'none', or some of output,interrupts,devices."
        + " (default: output,interrupts)", valueName: "kinds"), transform: RecordCommand.effects)
  var effects: EffectSelection?

  @Option(
    help: ArgumentHelp("Steps between two digests of the whole machine. (default: 16777216)", valueName: "steps"),
    transform: Quantity.count)
  var rungInterval: UInt64?

  @Option(
    help: ArgumentHelp(
      "Keep the recent past only: at least so much guest time (60s), and no more than about twice as much; or at most"
        + " so many bytes (2GiB), and at least half as many. While recording, FILE.next beside the trace takes up to"
        + " half as much again.", valueName: "window"), transform: Keep.init)
  var keep: Keep?

  @Flag(help: "Tell on standard error what the engine did: how much was translated, and into how much code.")
  var stats = false

  func validate() throws {
    if rungInterval == 0 { throw ValidationError("--rung-interval must be at least 1") }
  }

  func perform(_ streams: Streams) throws -> Int32 {
    let launch = try Launch(launch, streams)
    guard let path = output ?? launch.scenario.map({ $0.name + ".reprise" }) else {
      throw Failure(ExitStatus.usage, "name the trace to write: -o FILE", next: "reprise help record")
    }
    for path in [path] + (keep == nil ? [] : [FlightFilePair.nextPath(path)]) where !force && InputFile.exists(path) {
      throw Recording.taken(path)
    }
    let (machine, references) = try ImageFiles.makeMachine(launch.plan, embedding: !referenceImages)
    let (effects, rungIntervalSteps) = (
      effects ?? launch.scenario?.recording.effects ?? Recording.collected,
      rungInterval ?? launch.scenario?.recording.rungIntervalSteps ?? Recording.rungIntervalSteps
    )
    let recording = Recording(
      path: path, replaces: force, collecting: effects, rungIntervalSteps: rungIntervalSteps,
      checkpoints: checkpoints, keep: keep)
    let clockHertz = machine.board.fabric.clockHertz
    launch.chooseEngine(of: machine, streams)
    let run = try launch.makeRun(machine)
    defer { run.leave() }
    do {
      let limits = launch.conductorLimits(machine)
      let end = try recording.record(machine, run, limits, keeper: recording.keeper(of: machine)) { file in
        try begin(
          file, launch.plan, references,
          TraceMachine.header(
            launch.plan.configuration, clockHertz: clockHertz, images: references, collecting: effects,
            rungIntervalSteps: rungIntervalSteps))
      }
      let outcome = run.finish(end)
      recording.report(outcome, launch.display, schema: "reprise/record/1", clockHertz: clockHertz)
      if streams.tellEngineDifference(machine) { return ExitStatus.enginesDiffer }
      if stats { streams.note(machine.engineStatistics.text(steps: machine.moment.step.count)) }
      return outcome.status
    } catch let error as HostError {
      run.leave()
      throw recording.explain(error, at: machine.moment)
    }
  }

  /// Writes the header and the images.
  private func begin(
    _ file: AppendFile, _ plan: MachinePlan, _ references: [ImageReference], _ header: TraceHeader
  ) throws -> Journal {
    guard header.fitsInTrace else {
      throw Failure(ExitStatus.usage, "--append: the kernel's arguments are too long for a trace")
    }
    var writer = TraceWriter()
    try file.append(writer.header(header))
    try ImageFiles.embed(plan, references, &writer, sink: file.append)
    return Journal(writer: writer, sink: file.append)
  }

  private static func effects(_ text: String) throws -> EffectSelection {
    switch text {
    case "all": return [.output, .interrupts, .devices]
    case "none": return []
    default: break
    }
    var selection: EffectSelection = []
    for word in text.split(separator: ",", omittingEmptySubsequences: false) {
      switch word {
      case "output": selection.insert(.output)
      case "interrupts": selection.insert(.interrupts)
      case "devices": selection.insert(.devices)
      default: throw BadArgument(description: "'\(word)' is not a kind of effect: output, interrupts or devices")
      }
    }
    return selection
  }
}

/// What `record` and `run` report as JSON. Described in Documentation/JSON.md.
struct RunResult: Encodable {
  var schema: String
  var length: Length
  var endReason: String
  var endDetail: String?
  var consoleBytes: UInt64
  var inputs: UInt64?
  var digest: String?
  var trace: String?
  var traceBytes: Int?
  var checkpoints: Int?
  var keptFrom: Length?
  var parent: ParentReference?
  var scriptFailure: String?
  var tohost: UInt64?

  init(schema: String, length: Length, _ outcome: LiveRun.Outcome, trace: String? = nil, traceBytes: Int? = nil) {
    let end = outcome.end
    scriptFailure = outcome.scriptFailure
    (self.schema, self.length, self.trace, self.traceBytes) = (schema, length, trace, traceBytes)
    (endReason, endDetail, consoleBytes) = (end.reason.word, end.reason.detail, end.consoleByteCount)
    if trace != nil {
      inputs = end.inputCount
      digest = Digest(high: end.digest.high, low: end.digest.low).description
    }
  }
}
