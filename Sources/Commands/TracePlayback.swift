internal import Archive
internal import ArgumentParser
internal import Backplane
public import Boards
internal import Host
public import Timeline
internal import VirtualTime

/// Traces opened for moving about in.
public enum TracePlayback {
  /// Opens the trace at `path`.
  /// - Parameter checkpointBytes: memory for checkpoints, as much as `replay --at` takes unless told otherwise.
  public static func open(_ path: String, checkpointBytes: Int? = nil) throws -> Playback<VirtBoard> {
    try open(
      TraceFile.open(path), files: [:],
      checkpointBytes: checkpointBytes ?? CheckpointMemoryOptions.defaultByteCount)
  }

  /// Opens the trace of `reader`.
  /// - Parameters:
  ///   - files: where images are that the trace only names.
  ///   - checkpointBytes: memory for checkpoints.
  ///   - engine: how the machine runs.
  static func open(
    _ reader: TraceReader, files: [ImageRole: String], checkpointBytes: Int, engine: EngineChoice = .translator
  ) throws -> Playback<VirtBoard> {
    let machine = try TraceMachine.make(reader, files: files)
    machine.engine = engine
    return try Playback(
      machine: machine, reader: reader, workers: HostThreads(), limits: .init(checkpointBytes: checkpointBytes))
  }
}

extension Streams {
  /// Tells what a person who moves about in the trace of `reader` should know of it: that it was cut short, that memory
  /// is short, which checkpoints were done without.
  func tellLimits(_ playback: Playback<VirtBoard>, _ reader: TraceReader, _ memory: CheckpointMemoryOptions) {
    if !reader.isComplete {
      note(
        "note: the trace was cut short; it covers \(Show.count(reader.lastStep.count)) steps, and what came after is"
          + " lost")
    }
    let use = playback.checkpointUse
    if use.count == 1, use.byteCount > memory.byteCount {
      note(
        "note: the start of the trace alone takes \(Show.count(use.byteCount)) bytes, more than --checkpoint-memory"
          + " allows: every jump begins there")
    }
    for problem in playback.problems { note("note: \(problem); done without") }
  }
}

/// How much memory checkpoints may take.
struct CheckpointMemoryOptions: ParsableArguments {
  static let defaultByteCount = Playback<VirtBoard>.Limits().checkpointBytes

  @Option(
    help: ArgumentHelp("Memory for checkpoints. (default: 1G)", valueName: "size"), transform: Quantity.bytes)
  var checkpointMemory: UInt64?

  func validate() throws {
    if let checkpointMemory, !(1 << 20...1 << 50).contains(checkpointMemory) {
      throw ValidationError("--checkpoint-memory: from 1M to 1024G")
    }
  }

  var byteCount: Int { checkpointMemory.map { Int($0) } ?? Self.defaultByteCount }
}
