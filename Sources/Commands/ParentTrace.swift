internal import Archive
internal import Backplane
internal import Boards
internal import Host
internal import StateCoding
internal import Timeline
internal import VirtualTime

/// A trace that a part of a new one is made of, gone through from its start, and compared on the way.
final class ParentTrace {
  let file: String
  let reader: TraceReader
  let described: TraceMachine.Described
  let files: [ImageRole: String]
  /// Finds what the trace alone does not tell.
  private var playback: Playback<VirtBoard>?

  /// - Parameter images: where images are that the trace only names, as `ROLE=FILE`.
  init(_ file: String, images: [String]) throws {
    (self.file, files) = (file, try ImageArgument.parse(images))
    reader = try TraceFile.open(file)
    described = try TraceMachine.describe(reader.header)
  }

  /// The machine at power-on. All moments have been found.
  func machine() throws -> Machine<VirtBoard> {
    playback = nil
    return try TraceMachine.make(reader, files: files)
  }

  /// Whether the trace holds the effects that it was recorded with.
  var holdsEffects: Bool { reader.sections.contains { $0.head.kind == .effects } }

  /// The moment of `position`: the first of its step unless a guest time, a place in the code or a mark is asked for.
  /// When `streams` have a signal to end, some moment: nothing may come of it.
  func moment(_ text: String, _ streams: Streams) throws -> Moment {
    let position = try Position(text)
    switch position {
    case .beforeEnd(0): return reader.covered
    case .time, .code:
      let playback =
        try playback
        ?? TracePlayback.open(
          reader, files: files, checkpointBytes: CheckpointMemoryOptions.defaultByteCount)
      self.playback = playback
      playback.shouldStop = { streams.signal() != nil }
      if case .diverged(let found) = try Positions(reader, files: files).go(position, playback) {
        throw DivergedFailure(divergence: found)
      }
      return playback.moment
    default:
      let moment = try reader.moment(of: position)
      guard moment.step >= reader.start.step, moment.step <= reader.covered.step else {
        throw Failure(
          ExitStatus.usage,
          "'\(text)' is not in the trace, which goes from @\(reader.start.step.count) to @\(reader.covered.step.count)")
      }
      return max(reader.start, moment)
    }
  }

  /// Goes on with `replayer` to `moment`.
  /// - Returns: false when it was interrupted.
  func go(
    to moment: Moment, _ replayer: Replayer<VirtBoard>, _ machine: Machine<VirtBoard>, _ display: Display
  ) throws -> Bool {
    let progress = Progress(display, clockHertz: reader.clockHertz, totalSteps: moment.step.count)
    defer { progress.clear() }
    let report = try replayer.run(to: moment) {
      progress.note(machine.moment)
      return display.streams.signal() != nil
    }
    if let found = report.divergence { throw DivergedFailure(divergence: found) }
    return display.streams.signal() == nil
  }

  /// Runs `body`; what the reader finds, or a divergence, is told as of this file.
  func explaining(_ streams: Streams, _ body: () throws -> Int32) throws -> Int32 {
    do {
      return try body()
    } catch let error as TraceError {
      throw TraceFile.failure(error, file)
    } catch let error as DivergedFailure {
      TraceFile.complain(of: error.divergence, in: file, streams)
      return ExitStatus.diverged
    }
  }
}

/// A replay on the way differs from its recording.
struct DivergedFailure: Error {
  let divergence: Divergence
}

/// What another trace tells of the one it was made from, in JSON.
struct ParentReference: Encodable {
  var file: String
  var identity: String
  var moment: Length

  init(_ parent: ParentTrace, at moment: Moment) {
    file = parent.file
    let digest = parent.reader.identity
    identity = Digest(high: digest.high, low: digest.low).description
    self.moment = Length(moment, clockHertz: parent.reader.clockHertz)
  }
}
