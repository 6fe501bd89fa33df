internal import Archive
internal import ArgumentParser
internal import Backplane
internal import Boards
internal import Host
internal import Timeline
internal import VirtualTime

/// `reprise run`.
struct RunCommand: Performing {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a machine without recording it.",
    discussion: "The same as record, but for the trace.")

  @OptionGroup var launch: LaunchOptions

  @Flag(
    help: ArgumentHelp(
      "End when the kernel's symbol tohost becomes other than 0: status 0 when it becomes 1, else 1. For riscv-tests."))
  var tohost = false

  /// Steps between two looks at `tohost`.
  private static let tohostIntervalSteps: UInt64 = 10_000

  func perform(_ streams: Streams) throws -> Int32 {
    let launch = try Launch(launch, streams)
    var address: UInt64?
    let (machine, _) = try ImageFiles.makeMachine(launch.plan, embedding: false) { image in
      if tohost, image.role == .kernel { address = VirtMachine.symbol("tohost", in: image.bytes) }
    }
    if tohost, address == nil {
      throw Failure(ExitStatus.damaged, "--tohost: the kernel has no symbol 'tohost'")
    }
    launch.chooseEngine(of: machine, streams)
    let run = try launch.makeRun(machine)
    defer { run.leave() }
    let conductor = Conductor(machine: machine, journal: nil, attend: run.attend, onConsole: run.show)
    var door = run.makeDoor()
    let (end, value) = try Self.conduct(
      conductor, machine, &door, launch.conductorLimits(machine), run, tohost: address)
    var outcome = run.finish(end)
    if let value { outcome.status = value == 1 ? ExitStatus.success : ExitStatus.no }
    report(outcome, value, launch.display, machine.board.fabric.clockHertz)
    if streams.tellEngineDifference(machine) { return ExitStatus.enginesDiffer }
    return outcome.status
  }

  /// Runs to the end, or until `tohost` is set.
  private static func conduct(
    _ conductor: Conductor<VirtBoard>, _ machine: Machine<VirtBoard>, _ door: inout Door,
    _ limits: Conductor<VirtBoard>.Limits, _ run: LiveRun, tohost: UInt64?
  ) throws -> (EndRecord, UInt64?) {
    guard let tohost else { return (try conductor.run(door: &door, limits: limits, shouldEnd: run.shouldEnd), nil) }
    while true {
      var part = limits
      part.step = min(limits.step ?? Step(.max), Step(machine.moment.step.count + tohostIntervalSteps))
      let end = try conductor.run(door: &door, limits: part, shouldEnd: run.shouldEnd)
      let value = word(machine.memory, at: tohost)
      if value != 0 { return (end, value) }
      let isLast = limits.step.map { machine.moment.step >= $0 } ?? false
      let isLate = limits.cycle.map { machine.moment.cycle >= $0 } ?? false
      if end.reason != .limit || isLast || isLate { return (end, nil) }
    }
  }

  private static func word(_ memory: Memory, at address: UInt64) -> UInt64 {
    (memory.read(address, count: 8) ?? []).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private func report(_ outcome: LiveRun.Outcome, _ value: UInt64?, _ display: Display, _ clockHertz: UInt64) {
    let length = Length(outcome.end.moment, clockHertz: clockHertz)
    if let value {
      display.summary(value == 1 ? "tohost: passed" : "tohost: \(value) (test \(value >> 1) failed)")
    } else if tohost {
      display.summary("tohost: not set; ended because \(outcome.end.reason.sentence)")
    } else {
      display.summary("ended because \(outcome.end.reason.sentence)")
    }
    display.summary("ran \(length.sentence)")
    if display.isJSON {
      var result = RunResult(schema: "reprise/run/1", length: length, outcome)
      result.tohost = value
      display.streams.print(JSONText.document(result))
    }
  }
}
