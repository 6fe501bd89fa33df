internal import Archive
internal import ArgumentParser
internal import Boards
internal import Host
internal import Timeline
internal import VirtualTime

/// `reprise mark`.
struct MarkCommand: Performing {
  static let configuration = CommandConfiguration(
    commandName: "mark",
    abstract: "Give a moment of a trace a name, in the trace itself.",
    discussion: """
      The mark is appended; nothing that was in the file changes, and neither does what is replayed. To tell the cycle \
      of a step, the machine is run to it.
      """)

  @Argument(help: ArgumentHelp("The trace.", valueName: "file"), completion: .file(extensions: ["reprise"]))
  var file: String

  @Argument(help: ArgumentHelp("Where: \(Position.notation).", valueName: "position"))
  var position: String

  @Argument(help: ArgumentHelp("The name, which mark:NAME then finds.", valueName: "name"))
  var name: String

  @Option(
    help: ArgumentHelp(
      "The file of an image that the trace only names: kernel=FILE, firmware=FILE or initrd=FILE.",
      valueName: "role=file"))
  var image: [String] = []

  @OptionGroup var checkpoints: CheckpointMemoryOptions
  @OptionGroup var symbols: SymbolOptions

  @Flag(help: "Write the mark as JSON.")
  var json = false

  func perform(_ streams: Streams) throws -> Int32 {
    try MarkName.check(name)
    let held = try hold()
    defer { held.close() }
    do {
      return try mark(held, TraceFile.open(file), streams)
    } catch let error as TraceError {
      throw TraceFile.failure(error, file)
    }
  }

  private func mark(_ held: AppendFile, _ reader: TraceReader, _ streams: Streams) throws -> Int32 {
    try checkEnd(reader)
    let marks = try reader.marks()
    guard reader.damage.isEmpty, var writer = TraceWriter(continuing: reader) else { throw damaged(reader) }
    if let taken = marks.first(where: { $0.name == name }) {
      let names = marks.map(\.name)
      let free = (2...).lazy.map { "\(name)-\($0)" }.first { !names.contains($0) } ?? name
      throw Failure(
        ExitStatus.usage,
        "the trace has a mark '\(name)' already, at @\(taken.moment.step.count): give another name, such as '\(free)'",
        next: Show.command("reprise", "mark", file, position, free))
    }
    streams.beginInterruptible()
    switch try moment(reader, streams) {
    case .interrupted(let signal):
      streams.note("interrupted; nothing was written")
      return Interruption.exitStatus(for: signal)
    case .diverged(let divergence):
      TraceFile.complain(of: divergence, in: file, streams)
      return ExitStatus.diverged
    case .found(let moment):
      let mark = Mark(moment: moment, name: name, isAutomatic: false)
      try append(mark, to: held, &writer)
      report(mark, reader, streams)
      return ExitStatus.success
    }
  }

  private func hold() throws -> AppendFile {
    do {
      return try AppendFile(extending: file)
    } catch {
      guard error.isBusy else { throw error }
      throw Failure(
        ExitStatus.inputOutput,
        "\(file) is being recorded, or marked, by another process: set the mark when that has ended")
    }
  }

  private func checkEnd(_ reader: TraceReader) throws {
    guard reader.end == nil else { return }
    throw Failure(
      ExitStatus.damaged,
      "\(file) was cut short: it has no end that a mark could follow. It replays as far as it goes, to"
        + " @\(reader.lastStep.count)", next: Show.command("reprise", "info", file))
  }

  private func damaged(_ reader: TraceReader) -> Failure {
    Failure(
      ExitStatus.damaged,
      "\(file) is damaged in what can be done without, and to append to it could lose more"
        + (reader.damage.first.map { ": \($0)" } ?? "") + " A stripped copy can be marked",
      next: Show.command("reprise", "strip", file, "-o", "stripped.reprise"))
  }

  /// Appends the mark and a new index behind it, in one piece. Whatever interrupts that leaves the whole recording
  /// behind, with or without the mark; what it leaves of the piece, the next mark takes away.
  private func append(_ mark: Mark, to held: AppendFile, _ writer: inout TraceWriter) throws {
    do {
      if writer.writtenByteCount < held.byteCount { try held.cut(to: writer.writtenByteCount) }
      try held.append(writer.amendment(marks: [mark]))
      try held.settle()
    } catch {
      throw Failure(ExitStatus.inputOutput, "\(error). The mark was not set; the recording is as it was")
    }
  }

  // MARK: - The moment

  private enum Finding {
    case found(Moment)
    case interrupted(Int32)
    case diverged(Divergence)
  }

  /// The moment of the position. Which cycle a step begins at, and what is executed when, only the run tells.
  private func moment(_ reader: TraceReader, _ streams: Streams) throws -> Finding {
    let place = try Position(position)
    if place == .beforeEnd(0) { return .found(reader.covered) }
    if case .mark(let other) = place, let mark = try reader.marks().first(where: { $0.name == other }) {
      return .found(mark.moment)
    }
    let files = try ImageArgument.parse(image)
    let positions = Positions(reader, files: files, options: symbols)
    let playback = try TracePlayback.open(reader, files: files, checkpointBytes: checkpoints.byteCount)
    let display = Display(streams: streams, isQuiet: true, isJSON: false)
    let progress = Progress(display, clockHertz: reader.clockHertz)
    playback.onProgress = { [unowned playback] _ in progress.note(playback.moment) }
    playback.shouldStop = { streams.signal() != nil }
    let arrival = try positions.go(place, playback)
    progress.clear()
    for problem in playback.problems { streams.note("note: \(problem); done without") }
    switch arrival {
    case .interrupted: return .interrupted(streams.signal() ?? 0)
    case .diverged(let divergence): return .diverged(divergence)
    case .reached, .hit, .start: return .found(playback.moment)
    case .end:
      throw Failure(
        ExitStatus.usage, "'\(position)' is behind the end of the trace, which is at @\(reader.lastStep.count)")
    }
  }

  private func report(_ mark: Mark, _ reader: TraceReader, _ streams: Streams) {
    if json {
      return streams.print(JSONText.document(MarkResult(file, mark, clockHertz: reader.clockHertz)))
    }
    let length = Length(mark.moment, clockHertz: reader.clockHertz)
    streams.print(
      "marked @\(length.steps) (cycle \(length.cycles), guest time \(Show.time(length.guestNanoseconds)))"
        + " of \(file) as '\(name)'")
  }
}

/// What `mark` reports as JSON. Described in Documentation/JSON.md.
struct MarkResult: Encodable {
  var schema = "reprise/mark/1"
  var file: String
  var mark: MarkList.Entry

  init(_ file: String, _ mark: Mark, clockHertz: UInt64) {
    (self.file, self.mark) = (file, MarkList.Entry(mark, clockHertz: clockHertz))
  }
}

/// The names that people may give to moments.
enum MarkName {
  /// The most bytes of UTF-8.
  static let byteCountMax = 200

  /// - Throws: `Failure`, when `name` could not be typed behind `mark:` or shown on one line.
  static func check(_ name: String) throws {
    let isPlain = Show.plain(name) == name && name.first?.isWhitespace == false && name.last?.isWhitespace == false
    guard isPlain, name.utf8.count <= byteCountMax else {
      throw Failure(
        ExitStatus.usage,
        "\(Show.quoted(Array(name.utf8))) cannot be a mark's name: names have 1 to \(byteCountMax) bytes, no control"
          + " characters, and no blanks at their ends")
    }
  }
}
