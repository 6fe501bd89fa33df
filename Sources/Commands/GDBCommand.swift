internal import Archive
internal import ArgumentParser
internal import Backplane
internal import Boards
internal import Debugger
internal import Host
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
      "Where to stand at first: @12345, end, end-1000, t=1.5s, mark:NAME, console:TEXT, a symbol or *0xADDRESS."
        + " (default: the start)", valueName: "position"))
  var at: String?

  @Option(help: ArgumentHelp("The port; 0 for any that is free.", valueName: "number"))
  var port: UInt16 = 0

  @Flag(help: "Talk over standard input and output.")
  var stdio = false

  @Flag(help: "End when the first debugger has gone.")
  var once = false

  @Option(
    help: ArgumentHelp(
      "The file of an image that the trace only names: kernel=FILE, firmware=FILE or initrd=FILE.",
      valueName: "role=file"))
  var image: [String] = []

  @OptionGroup var memory: CheckpointMemoryOptions
  @OptionGroup var symbols: SymbolOptions

  func perform(_ streams: Streams) throws -> Int32 {
    let reader = try TraceFile.open(file)
    do {
      return try serve(reader, streams)
    } catch let error as TraceError {
      throw TraceFile.failure(error, file)
    }
  }

  private func serve(_ reader: TraceReader, _ streams: Streams) throws -> Int32 {
    if stdio, port != 0 { throw Failure(ExitStatus.usage, "--stdio has no port: leave --port out") }
    streams.beginInterruptible()
    if stdio { Interruption.leaveControlCToParent() }
    let files = try ImageArgument.parse(image)
    let open = { try TracePlayback.open(reader, files: files, checkpointBytes: memory.byteCount) }
    let knowledge = TraceKnowledge(reader, Positions(reader, files: files, options: symbols))
    let playback = try open()
    playback.shouldStop = { streams.signal() != nil }
    if let at {
      let arrival = try knowledge.positions.go(Position(at), playback)
      if case .diverged(let found) = arrival {
        streams.complain("the replay differs from the recording at @\(found.found.step.count): \(found.replayed)")
      }
    }
    if let signal = streams.signal() { return Interruption.exitStatus(for: signal) }
    let target = PlaybackTarget(playback, knowledge.forPlayback(reopen: open))
    guard !stdio else { return GDBServer(target, .pipe, streams, endsWithFirst: true).serve() }
    let listener = try LoopbackListener(port: port)
    invite(listener.port, knowledge, streams)
    return GDBServer(target, .port(listener), streams, endsWithFirst: once).serve()
  }

  /// Says how to start a debugger.
  private func invite(_ port: UInt16, _ knowledge: TraceKnowledge, _ streams: Streams) {
    streams.print("gdb-multiarch -ex 'target extended-remote localhost:\(port)'")
    if let name = knowledge.programName {
      streams.note("gdb reads the symbols of \(name) from the trace, unless it is given another file")
      streams.note("or: lldb -o 'gdb-remote localhost:\(port)' \(Show.shellWord(name))")
    } else {
      streams.note("the trace has no file with symbols: give gdb one, such as vmlinux, in front of -ex")
      streams.note("or: lldb -o 'gdb-remote localhost:\(port)'")
    }
    streams.note("waiting for a debugger; Ctrl-C ends")
  }
}
