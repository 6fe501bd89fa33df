internal import Archive
internal import ArgumentParser
internal import Backplane
internal import Boards
internal import Debugger
internal import Host
internal import Symbols
internal import Timeline
internal import VirtualTime

/// `reprise gdb`.
struct GDBCommand: Performing {
  static let configuration = CommandConfiguration(
    commandName: "gdb",
    abstract: "Debug a recorded run with gdb or lldb, forwards and backwards.",
    discussion: """
      Prints the line that starts the debugger, and serves it on a port that only this machine can reach. With --stdio \
      the debugger starts this command itself: target remote | reprise gdb --stdio FILE. In gdb, `monitor help` lists \
      the commands that gdb does not have: going to any step, who wrote a value last, the log, marks. What is changed \
      in the debugger changes a fork in memory, never the trace.
      """)

  @Argument(help: ArgumentHelp("The trace.", valueName: "file"), completion: .file(extensions: ["reprise"]))
  var file: String

  @Option(
    help: ArgumentHelp(
      "Where to stand at first: \(Position.notation). (default: the start)", valueName: "position"))
  var at: String?

  @Option(help: ArgumentHelp("The port; 0 for any that is free.", valueName: "number"))
  var port: UInt16 = 0

  @Flag(help: "Talk over standard input and output.")
  var stdio = false

  @Flag(help: "End when the first debugger has gone.")
  var once = false

  @OptionGroup var checkpoints: CheckpointMemoryOptions
  @OptionGroup var symbols: SymbolOptions

  @Option(
    help: ArgumentHelp(
      "The file of an image that the trace only names: kernel=FILE, firmware=FILE or initrd=FILE.",
      valueName: "role=file"))
  var image: [String] = []

  func validate() throws {
    if stdio, port != 0 { throw ValidationError("--stdio has no port: leave --port out") }
  }

  func perform(_ streams: Streams) throws -> Int32 {
    let reader = try TraceFile.open(file)
    do {
      return try serve(reader, streams)
    } catch let error as TraceError {
      throw TraceFile.failure(error, file)
    }
  }

  private func serve(_ reader: TraceReader, _ streams: Streams) throws -> Int32 {
    let files = try ImageArgument.parse(image)
    let knowledge = TraceKnowledge(
      reader, files: files, options: symbols, checkpointBytes: checkpoints.byteCount)
    streams.beginInterruptible()
    if stdio { Interruption.leaveControlCToParent() }
    let playback = try knowledge.open()
    playback.shouldStop = { streams.signal() != nil }
    if let at {
      let arrival = try knowledge.positions.go(Position(at), playback)
      if case .diverged(let found) = arrival { TraceFile.complain(of: found, in: file, streams) }
    }
    if let signal = streams.signal() { return Interruption.exitStatus(for: signal) }
    let target = PlaybackTarget(playback, knowledge.forTarget)
    streams.tellLimits(playback, reader, checkpoints)
    _ = target.takeProblems()
    guard !stdio else { return GDBServer(target, .pipe, streams, endsWithFirst: true).serve() }
    let listener = try listen()
    streams.print("gdb-multiarch -ex 'target extended-remote localhost:\(listener.port)'")
    let program = knowledge.programImage.map { " " + Show.shellWord(reader.header.images[$0].name) } ?? ""
    streams.note("or: lldb -o 'gdb-remote localhost:\(listener.port)'\(program)")
    streams.note("gdb reads the symbols from here, unless it is given a file; waiting for a debugger, Ctrl-C ends")
    return GDBServer(target, .port(listener), streams, endsWithFirst: once).serve()
  }

  private func listen() throws -> LoopbackListener {
    do {
      return try LoopbackListener(port: port)
    } catch {
      throw Failure(ExitStatus.inputOutput, "\(error)", next: Show.command("reprise", "gdb", file))
    }
  }
}
