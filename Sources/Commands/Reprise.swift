internal import Archive
public import ArgumentParser
internal import Boards
internal import Host
internal import Timeline

/// A command that does its work on given streams and tells its exit status.
protocol Performing: ParsableCommand {
  /// Does the work.
  /// - Throws: `Failure`, `TraceError`, `ImageError`, `HostError`, or an error of the argument parser.
  func perform(_ streams: Streams) throws -> Int32
}

/// The command `reprise`.
public struct Reprise: ParsableCommand {
  /// The version of this release.
  public static let version = "0.1.0"

  /// Its name and its subcommands.
  public static let configuration = CommandConfiguration(
    commandName: "reprise",
    abstract: "Records a run of a guest machine, and replays it exactly.",
    discussion: """
      Exit status: 0 as expected; 1 the verdict is no (the guest failed); 3 a replay diverged from its recording; 64 \
      usage; 65 damaged or foreign trace or image; 66 an input is missing; 70 internal; 73 a file cannot be created; \
      74 a file cannot be written; 78 bad scenario; 124 a budget ran out; 125 under 'bisect --run' only: not to be \
      judged; 129, 130 and 143 asked to end, by a hang-up, an interrupt or SIGTERM.
      """,
    version: version,
    subcommands: [
      VerifyCommand.self,
      PlanCommand.self, RunTaskCommand.self, MergeCommand.self, SubmitCommand.self,
      RecordCommand.self, RunCommand.self, ReplayCommand.self, InfoCommand.self, LogCommand.self, MarkCommand.self,
      MarksCommand.self, GDBCommand.self, SymbolsCommand.self, StripCommand.self, SelftestCommand.self,
      ForkCommand.self, CutCommand.self,
      WhyCommand.self,
      BisectCommand.self,
      ManualCommand.self,
      TestCommand.self,
      ShrinkCommand.self,
      ExportCommand.self,
    ])

  /// A command without subcommand.
  public init() {}

  /// Runs the command of this process and ends the process.
  public static func runProcess() -> Never {
    Interruption.leave(perform(Array(CommandLine.arguments.dropFirst()), .process))
  }

  /// Runs the command that `arguments` ask for.
  /// - Returns: the exit status.
  public static func perform(_ arguments: [String], _ streams: Streams) -> Int32 {
    do {
      var command = try parseAsRoot(Typing.completingPairs(arguments))
      if let command = command as? any Performing { return try command.perform(streams) }
      try command.run()
      return ExitStatus.success
    } catch {
      let failure = explain(error)
      if failure.status == ExitStatus.success {
        streams.print(failure.message)
      } else if failure.isFromParser {
        streams.note(failure.message)
      } else {
        streams.complain(failure.message)
        if let next = failure.next { streams.note("try: \(next)") }
      }
      return BisectRun.isAsked(arguments) && failure.status != 0 ? ExitStatus.cannotJudge : failure.status
    }
  }

  /// What `error` means to whoever gave the command.
  static func explain(_ error: any Error) -> (status: Int32, message: String, next: String?, isFromParser: Bool) {
    switch error {
    case let error as Failure: (error.status, error.message, error.next, false)
    case let error as TraceError: (error.exitStatus, error.description, nil, false)
    case let error as SnapshotProblem: (ExitStatus.damaged, "\(error)", nil, false)
    case let error as ImageError: (ExitStatus.damaged, error.description, nil, false)
    case let error as HostError:
      (ExitStatus.missingInput, error.description, nil, false)
    default: (exitCode(for: error).rawValue, fullMessage(for: error), nil, true)
    }
  }
}
