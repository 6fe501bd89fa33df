internal import Archive
internal import ArgumentParser
internal import Backplane
internal import Boards
internal import Host
internal import Scenario
internal import Timeline
internal import VirtualTime

/// `reprise fork`.
struct ForkCommand: Performing {
  static let configuration = CommandConfiguration(
    commandName: "fork",
    abstract: "Go on live from a place in a trace, into a new trace.",
    discussion: """
      The machine is replayed to the place, compared with the recording, and then runs on as in record: someone types, \
      or a script does, or nobody. The new trace replays alone and names its parent, which stays as it is. \
      Limits count from the place on.
      """)

  @Argument(help: ArgumentHelp("The trace.", valueName: "file"), completion: .file(extensions: ["reprise"]))
  var file: String

  @Option(
    help: ArgumentHelp("Where to leave the trace: \(Position.notation).", valueName: "position"))
  var at: String

  @Option(
    name: [.customShort("o"), .customLong("output")], help: ArgumentHelp("The trace to write.", valueName: "file"))
  var output: String

  @Flag(help: "Replace the file if it is there.")
  var force = false

  @Option(
    help: ArgumentHelp("A scenario whose script is carried out from there on.", valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var scenario: String?

  @OptionGroup(title: "Limits") var limits: LimitOptions
  @OptionGroup(title: "Console") var console: ConsoleOptions
  @OptionGroup(title: "Typing") var typing: TypingOptions
  @OptionGroup(title: "Checkpoints") var checkpoints: CheckpointOptions

  @Option(
    help: ArgumentHelp(
      "The file of an image that the trace only names: kernel=FILE, firmware=FILE or initrd=FILE.",
      valueName: "role=file"))
  var image: [String] = []

  func perform(_ streams: Streams) throws -> Int32 {
    guard !(try TraceFile(file).isSame(as: output)) else {
      throw Failure(ExitStatus.usage, "\(output) is the trace itself: give the fork another name")
    }
    if !force, InputFile.exists(output) { throw Recording.taken(output) }
    let script = try script()
    let parent = try ParentTrace(file, images: image)
    return try parent.explaining(streams) { try fork(parent, script, streams) }
  }

  private func fork(_ parent: ParentTrace, _ script: Script?, _ streams: Streams) throws -> Int32 {
    let display = Display(streams: streams, isQuiet: console.quiet, isJSON: console.json)
    streams.beginInterruptible()
    let moment = try parent.moment(at, streams)
    let machine = try parent.machine()
    let recording = Recording(
      path: output, replaces: force, collecting: parent.holdsEffects ? parent.described.collected : [],
      rungIntervalSteps: parent.reader.header.rungIntervalSteps, checkpoints: checkpoints)
    let keeper = recording.keeper(of: machine)
    let shown = Shown()
    let replayer = Replayer(machine: machine, reader: parent.reader, collected: parent.described.collected) {
      shown.console.note($0, at: $1)
    }
    // The new trace holds the run from the parent's start on, and so it does checkpoints of it.
    replayer.keeper = keeper
    guard try parent.go(to: moment, replayer, machine, display) else {
      return streams.signal().map(Interruption.exitStatus) ?? ExitStatus.success
    }
    let left = machine.moment
    streams.note("at @\(left.step.count) of \(file): live from here")
    let addresses = try script.map { script in
      try ScriptSymbols.addresses(script) {
        let symbols = try Positions(parent.reader, files: parent.files, options: SymbolOptions.parse([])).symbols()
        return (symbols.index, symbols.notes)
      }
    }
    let run = try LiveRun(
      machine, display, script: script, addresses: addresses ?? [:],
      isLive: console.isLive(streams, hasScript: script != nil), totalSteps: nil)
    defer { run.leave() }
    do {
      let limits = limits(from: left, clockHertz: parent.reader.clockHertz)
      let end = try recording.record(machine, run, limits, keeper: keeper, console: shown.console) { child in
        let writer = try TraceCopy.prefix(of: parent.reader, before: left, to: child.append)
        return Journal(writer: writer, console: shown.console.totals, sink: child.append)
      }
      let outcome = run.finish(end)
      recording.report(
        outcome, display, schema: "reprise/fork/1", clockHertz: parent.reader.clockHertz,
        parent: ParentReference(parent, at: left))
      return outcome.status
    } catch let error as HostError {
      run.leave()
      throw recording.explain(error, at: machine.moment)
    }
  }

  /// What the guest has shown up to the fork.
  private final class Shown {
    var console = ConsoleSoFar()
  }

  private func script() throws -> Script? {
    var script = try scenario.map { try LoadedScenario($0).scenario.script } ?? Script()
    if !typing.type.isEmpty { script = try typing.script }
    guard !console.interactive || script.actions.isEmpty else {
      throw Failure(
        ExitStatus.usage, "either someone types (--interactive) or a script does (--type, or the scenario's script)")
    }
    return script.actions.isEmpty ? nil : script
  }

  private func limits(from moment: Moment, clockHertz: UInt64) -> Conductor<VirtBoard>.Limits {
    let rate = Rate(clockHertz, per: 1_000_000_000)
    return Conductor<VirtBoard>.Limits(
      step: limits.maxSteps.map { Step(moment.step.count.addingSaturating($0)) },
      cycle: limits.maxTime.map { moment.cycle.advanced(by: rate.ticks(for: $0)) })
  }
}

extension UInt64 {
  /// The sum, or the largest number when it does not fit.
  fileprivate func addingSaturating(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
