internal import ArgumentParser
internal import Backplane
internal import Boards
internal import Host
internal import Scenario
internal import Timeline
internal import VirtualTime

/// What `record` and `run` have in common: a machine, what is done to it, how long it runs, what is shown.
struct LaunchOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp("A scenario; options that are given go before what it says.", valueName: "scenario"),
    completion: .file(extensions: ["yaml", "yml"]))
  var scenario: String?

  @Option(
    help: ArgumentHelp("A value for a parameter of the scenario.", valueName: "name=value"),
    transform: ParameterArgument.parse)
  var param: [Scenario.Parameter] = []

  @OptionGroup(title: "Machine") var machine: MachineOptions
  @OptionGroup(title: "Engine") var engine: EngineOptions
  @OptionGroup(title: "Limits") var limits: LimitOptions
  @OptionGroup(title: "Console") var console: ConsoleOptions
  @OptionGroup(title: "Typing") var typing: TypingOptions
}

/// A live run as it was asked for, by options and a scenario.
struct Launch {
  let plan: MachinePlan
  /// What is done to the machine; `nil` when nothing is.
  let script: Script?
  /// The scenario, if there is one.
  let scenario: Scenario?
  /// Whether someone types.
  let isLive: Bool
  let display: Display
  private let limits: LimitOptions
  private let engine: EngineOptions

  init(_ options: LaunchOptions, _ streams: Streams) throws {
    guard options.scenario != nil || options.param.isEmpty else {
      throw Failure(ExitStatus.usage, "--param is for the parameters of a scenario, and there is none")
    }
    let loaded = try options.scenario.map { try LoadedScenario($0, parameters: options.param) }
    scenario = loaded?.scenario
    plan = try MachinePlan(options.machine, loaded, streams.environment)
    var script = scenario?.script ?? Script()
    if !options.typing.type.isEmpty { script = try options.typing.script }
    if options.console.interactive, !script.actions.isEmpty {
      throw Failure(
        ExitStatus.usage, "either someone types (--interactive) or a script does (--type, or the scenario's script)")
    }
    isLive = options.console.isLive(streams, hasScript: !script.actions.isEmpty)
    self.script = script.actions.isEmpty ? nil : script
    display = Display(streams: streams, isQuiet: options.console.quiet, isJSON: options.console.json)
    (limits, engine) = (options.limits, options.engine)
  }

  /// Has `machine` run by the engine that was asked for.
  func chooseEngine(of machine: Machine<VirtBoard>, _ streams: Streams) { engine.apply(to: machine, streams) }

  /// When the run ends by itself.
  func conductorLimits(_ machine: Machine<VirtBoard>) -> Conductor<VirtBoard>.Limits {
    let rate = Rate(machine.board.fabric.clockHertz, per: 1_000_000_000)
    let nanoseconds = limits.maxTime ?? scenario?.limits.time?.nanoseconds
    return Conductor<VirtBoard>.Limits(
      step: (limits.maxSteps ?? scenario?.limits.steps).map { Step($0) },
      cycle: nanoseconds.map { Cycle(rate.ticks(for: $0)) })
  }

  /// The run of `machine`.
  func makeRun(_ machine: Machine<VirtBoard>) throws -> LiveRun {
    let addresses = try script.map { script in
      try ScriptSymbols.addresses(script) {
        try plan.images.filter { $0.role != .initrd }.map { image in
          ScriptSymbols.Image(
            role: image.role, name: ImageFiles.baseName(image.path),
            bytes: try InputFile.contents(of: image.path, limit: ImageFiles.byteCountMax))
        }
      }
    }
    return try LiveRun(
      machine, display, script: script, addresses: addresses ?? [:], isLive: isLive,
      totalSteps: limits.maxSteps ?? scenario?.limits.steps)
  }
}
