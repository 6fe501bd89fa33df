internal import Archive
internal import ArgumentParser
internal import Host
internal import StateCoding

/// `reprise strip`.
struct StripCommand: Performing {
  static let configuration = CommandConfiguration(
    commandName: "strip",
    abstract: "Copy a trace without what can be computed again.",
    discussion: """
      Checkpoints and their pages are left out. What remains replays the same, and its identity is the same: going to \
      a place in it takes longer.
      """)

  @Argument(help: ArgumentHelp("The trace.", valueName: "file"), completion: .file(extensions: ["reprise"]))
  var file: String

  @Option(
    name: [.customShort("o"), .customLong("output")], help: ArgumentHelp("The trace to write.", valueName: "file"))
  var output: String

  @Flag(help: "Leave out the effects too: a replay then compares rungs and the end alone.")
  var effects = false

  @Flag(help: "Replace the file if it is there.")
  var force = false

  @Flag(help: "Write what was done as JSON.")
  var json = false

  func perform(_ streams: Streams) throws -> Int32 {
    let source = try TraceFile(file)
    guard !source.isSame(as: output) else {
      throw Failure(ExitStatus.usage, "\(output) is the trace itself: give the copy another name")
    }
    do {
      return try strip(TraceReader(source), source.count, streams)
    } catch let error as TraceError {
      throw TraceFile.failure(error, file)
    }
  }

  private func strip(_ reader: TraceReader, _ byteCountBefore: Int, _ streams: Streams) throws -> Int32 {
    let copy = try create()
    streams.beginInterruptible()
    do {
      try TraceCopy.strip(reader, droppingEffects: effects) { bytes in
        if let signal = streams.signal() { throw Interrupted(signal: signal) }
        try copy.append(bytes)
      }
      try copy.settle()
      let stripped = try TraceFile.open(output)
      guard stripped.identity == reader.identity, stripped.end == reader.end else {
        throw Failure(
          ExitStatus.internalError,
          "the copy is not the same run: its identity is \(Self.text(stripped.identity)), and that of \(file) is"
            + " \(Self.text(reader.identity)). This is a fault of Reprise; the copy was taken away")
      }
    } catch let error as Interrupted {
      copy.remove()
      streams.note("interrupted; \(output) was taken away")
      return Interruption.exitStatus(for: error.signal)
    } catch let error as HostError {
      copy.remove()
      throw Failure(ExitStatus.inputOutput, "\(error). The copy was taken away")
    } catch {
      copy.remove()
      throw error
    }
    report(StripResult(self, reader, byteCountBefore: byteCountBefore, byteCountAfter: copy.byteCount), streams)
    if !reader.isComplete { streams.note("note: the trace was cut short, and so is the copy") }
    for damage in reader.damage { streams.note("note: \(damage)") }
    return ExitStatus.success
  }

  private func create() throws -> AppendFile {
    do {
      return try AppendFile(creating: output, replacing: force)
    } catch {
      guard !error.isTaken else {
        throw Failure(ExitStatus.usage, "\(output) is there already: give another name, or --force to replace it")
      }
      throw Failure(ExitStatus.cannotCreate, "\(error)")
    }
  }

  private func report(_ result: StripResult, _ streams: Streams) {
    guard !json else { return streams.print(JSONText.document(result)) }
    let dropped = result.dropped.map { "\($0.kind) (\(Show.count($0.bytes, "byte")))" }
    streams.print(
      "stripped \(file) into \(output): \(Show.count(result.bytesBefore)) bytes before,"
        + " \(Show.count(result.bytesAfter)) after")
    streams.print("left out: \(dropped.isEmpty ? "nothing, there was nothing to leave out" : Show.list(dropped))")
    streams.print("it replays the same: identity \(result.identity)")
  }

  private struct Interrupted: Error {
    let signal: Int32
  }

  fileprivate static func text(_ digest: TraceDigest) -> String {
    Digest(high: digest.high, low: digest.low).description
  }
}

/// What `strip` reports as JSON. Described in Documentation/JSON.md.
struct StripResult: Encodable {
  var schema = "reprise/strip/1"
  var file: String
  var trace: String
  var bytesBefore: Int
  var bytesAfter: Int
  var identity: String
  var isComplete: Bool
  var dropped: [TraceInfo.Section]

  init(_ command: StripCommand, _ reader: TraceReader, byteCountBefore: Int, byteCountAfter: Int) {
    (file, trace, isComplete) = (command.file, command.output, reader.isComplete)
    (bytesBefore, bytesAfter) = (byteCountBefore, byteCountAfter)
    identity = StripCommand.text(reader.identity)
    dropped = reader.sectionSizes.filter {
      $0.kind == .checkpoint || $0.kind == .pages || $0.kind == .effects && command.effects
    }.map { TraceInfo.Section(kind: $0.kind.name, count: $0.sectionCount, bytes: $0.byteCount) }
  }
}
