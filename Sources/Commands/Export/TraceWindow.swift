internal import Archive
internal import Backplane
internal import Boards
internal import Host
internal import Timeline
internal import VirtualTime

/// A window of a recording, gone through from its start.
struct TraceWindow {
  let reader: TraceReader
  let playback: Playback<VirtBoard>
  /// Where it starts; the playback stands there.
  let start: Moment
  /// Where it ends.
  let end: Moment

  /// Opens the window of the trace of `reader` from the position `from` to the position `to`, the start and the end
  /// when they are not given.
  /// - Returns: `nil` when that was interrupted.
  /// - Throws: `Failure`, `TraceError`.
  init?(
    _ reader: TraceReader, _ positions: Positions, from: String?, to: String?, files: [ImageRole: String],
    checkpointBytes: Int, _ display: Display
  ) throws {
    self.reader = reader
    playback = try TracePlayback.open(reader, files: files, checkpointBytes: checkpointBytes)
    let playback = playback
    let streams = display.streams
    let progress = Progress(display, clockHertz: reader.clockHertz)
    playback.onProgress = { _ in progress.note(playback.moment) }
    playback.shouldStop = { streams.signal() != nil }
    defer { progress.clear() }
    guard let end = try Self.find(to, reader, positions, playback, otherwise: playback.last),
      let start = try Self.find(from, reader, positions, playback, otherwise: playback.first)
    else { return nil }
    guard start < end else {
      throw Failure(
        ExitStatus.usage,
        "the window would be empty: it begins at @\(start.step.count) and ends at @\(end.step.count)")
    }
    let arrival = playback.seek(to: start)
    if case .interrupted = arrival { return nil }
    (self.start, self.end) = (start, end)
  }

  private static func find(
    _ text: String?, _ reader: TraceReader, _ positions: Positions, _ playback: Playback<VirtBoard>,
    otherwise: Moment
  ) throws -> Moment? {
    guard let text else { return otherwise }
    let position = try Position(text)
    switch position {
    case .step, .beforeEnd, .mark, .console:
      // The trace alone tells it: nobody has to go there.
      let moment = try reader.moment(of: position)
      guard moment >= Moment(step: playback.first.step, cycle: .zero), moment <= playback.last else {
        throw Failure(
          ExitStatus.usage,
          "@\(moment.step.count) is not in the trace: it has the steps @\(playback.first.step.count) to"
            + " @\(playback.last.step.count)")
      }
      return max(moment, playback.first)
    case .time, .code:
      if case .interrupted = try positions.go(position, playback) { return nil }
      return playback.moment
    }
  }

  /// What the board has at the start of the window.
  var startRecord: StepRecord { playback.machine.board.presentRecord }

  /// Goes through the window, and tells `body` what `detail` asks for.
  /// - Parameter body: throws to end it.
  /// - Returns: false when it was interrupted.
  /// - Throws: what `body` threw, and `Failure` when the replay differs from the recording.
  func forEach(
    _ detail: ObservationDetail, effects: EffectSelection, _ display: Display, file: String,
    _ body: (inout StepRecord) throws -> Bool
  ) throws -> Bool {
    let progress = WindowProgress(display, start: start, end: end)
    defer { progress.clear() }
    let playback = playback
    playback.onProgress = { _ in progress.note(playback.moment) }
    var failure: (any Error)?
    var isOver = false
    let arrival = playback.observe(detail, to: end, effects: effects) { record in
      do {
        isOver = try !body(&record)
      } catch {
        failure = error
        return false
      }
      return !isOver
    }
    if let failure { throw failure }
    switch arrival {
    case .interrupted: return isOver
    case .diverged(let found):
      throw Failure(
        ExitStatus.diverged,
        "the replay differs from the recording after step @\(found.lastCommon.step.count): what was written of it may"
          + " be wrong", next: Show.command("reprise", "replay", "--quiet", file))
    case .reached, .hit, .start, .end: return true
    }
  }
}

/// How far a window has been gone through, for a person.
final class WindowProgress {
  private let work: WorkProgress
  private let start: UInt64
  private let total: UInt64

  init(_ display: Display, start: Moment, end: Moment) {
    work = WorkProgress(display)
    (self.start, total) = (start.step.count, end.step.count - start.step.count)
  }

  func note(_ moment: Moment) { work.note(moment.step.count - min(start, moment.step.count), of: total, "window") }
  func clear() { work.clear() }
}
