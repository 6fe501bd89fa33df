internal import Archive
internal import ArgumentParser
internal import Backplane
internal import Boards
internal import Debugger
internal import Host
internal import Timeline
internal import VirtualTime

/// `reprise why`.
struct WhyCommand: Performing {
  static let configuration = CommandConfiguration(
    commandName: "why",
    abstract: "Tell where a value in a recorded run came from.",
    discussion: """
      Shows the step that wrote a register or memory last, what it made the value of, who wrote that last, and so on, \
      back to numbers in the program, what devices gave, what was typed, and what lay in memory at power-on.
      """)

  @Argument(help: ArgumentHelp("The trace.", valueName: "file"), completion: .file(extensions: ["reprise"]))
  var file: String

  @Argument(
    help: ArgumentHelp(
      "A register, or memory: an address or a symbol, and how many bytes. (8 unless told otherwise)",
      valueName: "register|address[:bytes]|symbol[+offset][:bytes]"))
  var subject: String

  @Option(help: ArgumentHelp("When: \(Position.notation). (default: end)", valueName: "position"))
  var at = "end"

  @Option(help: ArgumentHelp("The most writers behind one another, 1 to 1000.", valueName: "writers"))
  var depth = 4

  @Option(help: ArgumentHelp("The most values shown, 1 to 100000.", valueName: "values"))
  var limit = 200

  @Flag(help: "Follow the registers, too, that only say where memory is read or written.")
  var addresses = false

  @Option(help: ArgumentHelp("The hart whose registers and addresses are meant.", valueName: "number"))
  var hart = 0

  @Flag(help: "Write JSON (Documentation/JSON.md).")
  var json = false

  @OptionGroup var checkpoints: CheckpointMemoryOptions
  @OptionGroup var symbols: SymbolOptions

  @Option(
    help: ArgumentHelp(
      "The file of an image that the trace only names: kernel=FILE, firmware=FILE or initrd=FILE.",
      valueName: "role=file"))
  var image: [String] = []

  func validate() throws {
    guard (1...1000).contains(depth) else { throw ValidationError("--depth: from 1 to 1000 writers") }
    guard (1...100_000).contains(limit) else { throw ValidationError("--limit: from 1 to 100000 values") }
  }

  func perform(_ streams: Streams) throws -> Int32 {
    let reader = try TraceFile.open(file)
    do {
      return try tell(reader, streams)
    } catch let error as TraceError {
      throw TraceFile.failure(error, file)
    }
  }

  private func tell(_ reader: TraceReader, _ streams: Streams) throws -> Int32 {
    let knowledge = TraceKnowledge(
      reader, files: try ImageArgument.parse(image), options: symbols, checkpointBytes: checkpoints.byteCount)
    streams.beginInterruptible()
    let playback = try knowledge.open()
    let target = PlaybackTarget(playback, knowledge.forTarget)
    target.shouldStop = { streams.signal() != nil }
    streams.tellLimits(playback, reader, checkpoints)
    if case .diverged(let found) = try knowledge.positions.go(Position(at), playback) {
      TraceFile.complain(of: found, in: file, streams)
      return ExitStatus.diverged
    }
    let again = Show.command("reprise", "replay", file, "--at", "@\(playback.moment.step.count)")
    guard (0..<target.hartCount).contains(hart) else {
      throw Failure(ExitStatus.usage, "there is no hart \(hart); the machine has \(target.hartCount)", next: again)
    }
    do {
      let subject = try WhySubject(subject, in: target, hart: hart)
      let options = WhyOptions(depth: depth, followsAddresses: addresses, nodeCountMax: limit, hart: hart)
      let tree = try WhyTree(of: subject, at: playback.moment, in: target, options)
      show(tree, reader, streams)
    } catch let problem as DebugProblem {
      if let signal = streams.signal() { return Interruption.exitStatus(for: signal) }
      throw Failure(ExitStatus.usage, "\(problem)", next: again)
    }
    return ExitStatus.success
  }

  private func show(_ tree: WhyTree, _ reader: TraceReader, _ streams: Streams) {
    guard !json else { return streams.print(JSONText.document(WhyReport(tree, clockHertz: reader.clockHertz))) }
    for line in tree.lines() { streams.print(line) }
    if tree.isCut { streams.note("note: there was more than --limit \(limit) values; the rest was left out") }
  }
}
