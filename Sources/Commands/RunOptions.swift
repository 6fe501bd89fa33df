internal import Archive
internal import ArgumentParser
internal import VirtualTime

/// When a live run ends by itself.
struct LimitOptions: ParsableArguments {
  @Option(help: ArgumentHelp("End after so many steps.", valueName: "steps"), transform: Quantity.count)
  var maxSteps: UInt64?

  @Option(
    help: ArgumentHelp("End after so much guest time: 30s, 1.5s, 200ms.", valueName: "time"),
    transform: Quantity.nanoseconds)
  var maxTime: UInt64?
}

/// Who types, and what is shown.
struct ConsoleOptions: ParsableArguments {
  @Flag(help: "Pass standard input on to the guest, at the pace of the wall clock. (default on a terminal)")
  var interactive = false

  @Flag(help: "Let nobody type, and run as fast as possible. (default when not on a terminal)")
  var unattended = false

  @Flag(help: "Do not show the guest's console; the summary goes to standard output.")
  var quiet = false

  @Flag(help: "Write the summary as JSON to standard output; the guest's console goes to standard error.")
  var json = false

  func validate() throws {
    if interactive, unattended { throw ValidationError("--interactive and --unattended exclude each other") }
  }

  /// Whether someone types.
  func isLive(_ streams: Streams, hasScript: Bool) -> Bool {
    if interactive { return true }
    return !unattended && !hasScript && !json && !quiet && streams.isInputTerminal && streams.isOutputTerminal
  }
}

/// Where text goes while a command runs, and where its summary goes.
struct Display {
  let streams: Streams
  let isQuiet: Bool
  let isJSON: Bool

  /// Shows bytes of the guest's console.
  func console(_ bytes: [UInt8]) {
    if isJSON {
      if !isQuiet { _ = streams.error(bytes) }
    } else if !isQuiet {
      _ = streams.output(bytes)
    }
  }

  /// Shows a line of the summary: on standard output unless the console goes there.
  func summary(_ line: String) {
    if isJSON { return }
    if isQuiet { streams.print(line) } else { streams.note(line) }
  }

  /// Whether a line on standard error that is written over and over disturbs nobody.
  var showsProgress: Bool {
    let consoleIsOnTerminal = !isQuiet && (isJSON || streams.isOutputTerminal)
    return streams.isErrorTerminal && !consoleIsOnTerminal && streams.environment("CI") == nil
  }
}
