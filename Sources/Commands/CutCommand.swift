internal import Archive
internal import ArgumentParser
internal import Backplane
internal import Boards
internal import Host
internal import Timeline
internal import VirtualTime

/// `reprise cut`.
struct CutCommand: Performing {
  static let configuration = CommandConfiguration(
    commandName: "cut",
    abstract: "Make a trace of a part of a trace.",
    discussion: """
      The new trace begins with a snapshot and replays alone. It is written beside its place, replayed from start to \
      end and compared, and only then given its name.
      """)

  @Argument(help: ArgumentHelp("The trace.", valueName: "file"), completion: .file(extensions: ["reprise"]))
  var file: String

  @Option(
    help: ArgumentHelp("Where the part begins: \(Position.notation). (default: the start)", valueName: "position"))
  var from: String?

  @Option(help: ArgumentHelp("Where it ends. (default: the end)", valueName: "position"))
  var to: String?

  @Option(
    name: [.customShort("o"), .customLong("output")], help: ArgumentHelp("The trace to write.", valueName: "file"))
  var output: String

  @Flag(help: "Replace the file if it is there.")
  var force = false

  @Option(
    help: ArgumentHelp(
      "The file of an image that the trace only names: kernel=FILE, firmware=FILE or initrd=FILE.",
      valueName: "role=file"))
  var image: [String] = []

  @Flag(help: "Write what was done as JSON.")
  var json = false

  func perform(_ streams: Streams) throws -> Int32 {
    guard !(try TraceFile(file).isSame(as: output)) else {
      throw Failure(ExitStatus.usage, "\(output) is the trace itself: give the part another name")
    }
    if !force, InputFile.exists(output) { throw Recording.taken(output) }
    let parent = try ParentTrace(file, images: image)
    return try parent.explaining(streams) { try cut(parent, streams) }
  }

  private func cut(_ parent: ParentTrace, _ streams: Streams) throws -> Int32 {
    streams.beginInterruptible()
    let start = try from.map { try parent.moment($0, streams) } ?? parent.reader.start
    let end = try to.map { try parent.moment($0, streams) } ?? parent.reader.covered
    guard streams.signal() == nil else { return Self.interrupted(streams) }
    guard start < end else {
      throw Failure(
        ExitStatus.usage, "the part would be empty: it begins at @\(start.step.count) and ends at @\(end.step.count)")
    }
    let display = Display(streams: streams, isQuiet: true, isJSON: json)
    guard let part = try TracePart(parent, from: start, to: end, display) else { return Self.interrupted(streams) }
    let temporary = output + ".part"
    let copy = try create(temporary)
    do {
      try part.write(to: copy)
      try copy.settle()
      guard try verify(temporary, display) else {
        copy.remove()
        return Self.interrupted(streams)
      }
      if !force, InputFile.exists(output) { throw Recording.taken(output) }
      try copy.rename(to: output)
    } catch let error as HostError {
      copy.remove()
      throw Failure(ExitStatus.inputOutput, "\(error). What was written was taken away")
    } catch {
      copy.remove()
      throw error
    }
    report(CutResult(self, parent, part, byteCount: copy.byteCount), display)
    for damage in parent.reader.damage { streams.note("note: \(damage)") }
    return ExitStatus.success
  }

  private static func interrupted(_ streams: Streams) -> Int32 {
    streams.note("interrupted; nothing was written")
    return streams.signal().map(Interruption.exitStatus) ?? ExitStatus.success
  }

  private func create(_ path: String) throws -> AppendFile {
    do {
      return try AppendFile(creating: path, replacing: true)
    } catch {
      throw Failure(ExitStatus.cannotCreate, "\(error)")
    }
  }

  /// Replays the trace at `path` to its end.
  /// - Returns: false when that was interrupted.
  private func verify(_ path: String, _ display: Display) throws -> Bool {
    let part = try ParentTrace(path, images: image)
    try part.reader.verify()
    let machine = try part.machine()
    let replayer = Replayer(machine: machine, reader: part.reader, collected: part.described.collected) { _, _ in }
    do {
      guard try part.go(to: part.reader.covered, replayer, machine, display) else { return false }
    } catch let error as DivergedFailure {
      throw Failure(
        ExitStatus.internalError,
        "the part does not replay as the trace does: at @\(error.divergence.found.step.count) it has"
          + " \(error.divergence.replayed) instead of \(error.divergence.recorded). This is a fault of Reprise; what"
          + " was written was taken away")
    }
    return true
  }

  private func report(_ result: CutResult, _ display: Display) {
    guard !json else { return display.streams.print(JSONText.document(result)) }
    display.summary(
      "cut \(output) out of \(file): from @\(result.start.steps) to @\(result.length.steps),"
        + " \(Show.count(result.bytes)) bytes")
    display.summary("it was replayed, and is the same as the recording at every rung and at the end")
  }
}

/// A part of a trace, ready to be written.
struct TracePart {
  private let reader: TraceReader
  /// Where it starts.
  let start: Moment
  /// Where it ends.
  let end: EndRecord
  private let snapshot: Snapshot?

  /// Goes through `parent` to `end`; `nil` when that was interrupted.
  init?(_ parent: ParentTrace, from start: Moment, to end: Moment, _ display: Display) throws {
    reader = parent.reader
    let machine = try parent.machine()
    // It must see the machine at power-on.
    let snapshots = SnapshotTaker(of: machine, workers: HostThreads())
    let shown = Shown()
    let replayer = Replayer(machine: machine, reader: reader, collected: parent.described.collected) { bytes, _ in
      shown.totals.note(bytes)
    }
    guard try parent.go(to: start, replayer, machine, display) else { return nil }
    self.start = machine.moment
    snapshot = machine.moment == .zero && reader.snapshotPageCount == 0 ? nil : snapshots.take()
    shown.totals = ConsoleTotals()
    guard try parent.go(to: end, replayer, machine, display) else { return nil }
    let isEnd = reader.end?.moment == machine.moment
    self.end = EndRecord(
      moment: machine.moment, digest: TraceDigest(machine.digest()),
      reason: isEnd ? reader.end?.reason ?? .limit : .limit, consoleDigest: TraceDigest(shown.totals.digest),
      consoleByteCount: shown.totals.byteCount, inputCount: 0)
  }

  private final class Shown {
    var totals = ConsoleTotals()
  }

  func write(to file: AppendFile) throws {
    guard var snapshot else {
      return try TraceCopy.cut(reader, from: start, snapshot: nil, end: end, to: file.append)
    }
    try TraceCopy.cut(
      reader, from: start, snapshot: snapshot.record, end: end, nextPages: { snapshot.nextPages() }, to: file.append)
  }
}

/// What `cut` reports as JSON. Described in Documentation/JSON.md.
struct CutResult: Encodable {
  var schema = "reprise/cut/1"
  var trace: String
  var bytes: Int
  var parent: ParentReference
  var start: Length
  var length: Length

  init(_ command: CutCommand, _ parent: ParentTrace, _ part: TracePart, byteCount: Int) {
    (trace, bytes, self.parent) = (command.output, byteCount, ParentReference(parent, at: part.start))
    start = Length(part.start, clockHertz: parent.reader.clockHertz)
    length = Length(part.end.moment, clockHertz: parent.reader.clockHertz)
  }
}
