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
      "Where to stand at first: @12345, end-1000 or mark:NAME. (default: the start)", valueName: "position"))
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
    let playback = try TracePlayback.open(file, images: image)
    playback.shouldStop = { streams.signal() != nil }
    if let at {
      let arrival = playback.seek(to: try reader.step(of: at))
      if case .diverged(let found) = arrival {
        streams.complain("the replay differs from the recording at @\(found.found.step.count): \(found.replayed)")
      }
    }
    if let signal = streams.signal() { return Interruption.exitStatus(for: signal) }
    let target = PlaybackTarget(playback, knowledge(reader))
    guard !stdio else { return GDBServer(target, .pipe, streams, endsWithFirst: true).serve() }
    let listener = try LoopbackListener(port: port)
    invite(listener.port, reader, streams)
    return GDBServer(target, .port(listener), streams, endsWithFirst: once).serve()
  }

  /// Says how to start a debugger.
  private func invite(_ port: UInt16, _ reader: TraceReader, _ streams: Streams) {
    streams.print("gdb-multiarch -ex 'target extended-remote localhost:\(port)'")
    if let number = Self.program(reader) {
      let name = reader.header.images[number].name
      streams.note("gdb reads the symbols of \(name) from the trace, unless it is given another file")
      streams.note("or: lldb -o 'gdb-remote localhost:\(port)' \(Show.shellWord(name))")
    } else {
      streams.note("the trace has no file with symbols: give gdb one, such as vmlinux, in front of -ex")
      streams.note("or: lldb -o 'gdb-remote localhost:\(port)'")
    }
    streams.note("waiting for a debugger; Ctrl-C ends")
  }

  /// The number of an image in the trace that may have symbols: an ELF file, the kernel if it is one.
  private static func program(_ reader: TraceReader) -> Int? {
    let images = reader.header.images
    let programs = images.indices.filter { number in
      guard images[number].isEmbedded else { return false }
      var start: [UInt8] = []
      try? reader.forEachPart(ofImage: number) { if start.isEmpty { start = Array($0.prefix(4)) } }
      return start == [0x7f] + Array("ELF".utf8)
    }
    return programs.first { images[$0].role == ImageRole.kernel.rawValue } ?? programs.first
  }

  private func knowledge(_ reader: TraceReader) -> PlaybackKnowledge<VirtBoard> {
    var knowledge = PlaybackKnowledge<VirtBoard> { try TracePlayback.open(file, images: image) }
    knowledge.step = { position in
      do {
        return try reader.step(of: position)
      } catch let failure as Failure {
        throw DebugProblem(failure.message)
      }
    }
    if let number = Self.program(reader) {
      knowledge.programName = reader.header.images[number].name
      knowledge.program = { try reader.image(number) ?? [] }
    }
    knowledge.marks = { try reader.marks().map { DebugMark(moment: $0.moment, name: $0.name) } }
    knowledge.log = { moment, count in try LogExcerpt(reader).lines(around: moment, count: count) }
    return knowledge
  }
}

/// The lines of a trace's log around a moment.
struct LogExcerpt {
  private let reader: TraceReader

  init(_ reader: TraceReader) { self.reader = reader }

  /// At most `count` lines, half of them before `moment`.
  func lines(around moment: Moment, count: Int) throws -> [String] {
    var before: [LogEntry] = []
    var behind: [LogEntry] = []
    // Many entries are a byte each of one line of output.
    let entriesMax = count * 128
    // Devices are read and written so often that nothing else would be seen.
    let kinds = LogKinds(heldBy: reader).subtracting([.reads, .writes])
    let filter = LogFilter(kinds: kinds, steps: .zero...Step(.max), slots: nil)
    try RecordedLog(reader).forEach(filter) { entry in
      if entry.moment < moment {
        before.append(entry)
        if before.count > 2 * entriesMax { before.removeFirst(entriesMax) }
      } else if behind.count < entriesMax {
        behind.append(entry)
      }
    }
    let early = text(before).suffix(max(count / 2, 1))
    let late = text(behind).prefix(count - early.count)
    return early + ["@\(moment.step.count)  here"] + late
  }

  private func text(_ entries: [LogEntry]) -> [String] {
    var bytes: [UInt8] = []
    var printer = LogPrinter(
      Streams(
        output: {
          bytes += $0
          return true
        }, error: { _ in true }), board: reader.header.board, isJSON: false)
    for entry in entries { printer.print(entry) }
    printer.finish()
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
