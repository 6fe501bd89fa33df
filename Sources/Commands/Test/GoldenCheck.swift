internal import Archive
internal import Backplane
internal import Boards
internal import Host
internal import Timeline
internal import VirtualTime

/// Compares runs of a scenario with the golden ladder that it names.
struct GoldenCheck: Sendable {
  /// What every run must climb.
  let ladder: GoldenLadder
  /// Where the scenario names it.
  let place: String

  /// Reads the ladder at `path`.
  /// - Throws: `Failure`.
  init(_ path: String, place: String) throws {
    self.place = place
    let bytes: [UInt8]
    do {
      bytes = try InputFile.contents(of: path, limit: GoldenLadder.byteCountMax)
    } catch {
      throw Failure(ExitStatus.missingInput, "\(place): \(error)")
    }
    do {
      ladder = try GoldenLadder(parsing: String(decoding: bytes, as: UTF8.self))
    } catch {
      throw Failure(ExitStatus.badScenario, "\(place): \(path) is no golden ladder: \(error)")
    }
  }

  /// What of the run in `reader` is not as the ladder tells, and where; `nil` when nothing is.
  func problem(_ reader: TraceReader) throws -> (problem: ScenarioOutcome.Problem, moment: Moment)? {
    let outcome = try ladder.compare(with: reader)
    let last = reader.covered
    let (message, moment): (String, Moment)
    if let difference = outcome.machine.first {
      message =
        "the machine is not that of the golden ladder: \(difference.name) is \(difference.values.b), not"
        + " \(difference.values.a)"
      moment = reader.start
    } else if let rungs = outcome.ladder.firstDifferent {
      let same = outcome.ladder.lastSame.map { "; the last one that is the same is at @\($0.moment.step.count)" } ?? ""
      message = "the first rung that differs from the golden ladder is at @\(rungs.b.moment.step.count)\(same)"
      moment = rungs.b.moment
    } else if outcome.verdict == .endedEarly {
      message =
        "the run ended at @\(outcome.spans.b.upperBound.step.count), and the golden one at"
        + " @\(outcome.spans.a.upperBound.step.count)"
      moment = last
    } else if outcome.verdict != .identical || !outcome.notes.isEmpty {
      (message, moment) = (outcome.notes.first ?? "the run is not that of the golden ladder", last)
    } else {
      return nil
    }
    return (ScenarioOutcome.Problem(kind: "golden", message: message, place: place), moment)
  }
}

/// A trace that is kept in memory only, as long as someone looks at it.
final class MemoryTrace {
  private(set) var bytes: [UInt8] = []
  func append(_ more: [UInt8]) { bytes += more }
}
