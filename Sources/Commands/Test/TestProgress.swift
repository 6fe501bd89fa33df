internal import Host
internal import VirtualTime

/// A line on standard error that tells what is under way. Never part of a result.
final class TestProgress {
  private static let intervalNanoseconds: UInt64 = 200_000_000
  private static let namesMax = 4
  private let titles: [String]
  private let streams: Streams
  private let isShown: Bool
  private var last: UInt64 = 0
  private var hasWritten = false

  init(_ titles: [String], _ streams: Streams, isJSON: Bool) {
    (self.titles, self.streams) = (titles, streams)
    isShown = streams.isErrorTerminal && streams.environment("CI") == nil
  }

  /// Notes what is done and what is under way.
  func note(_ results: [TestResult?], _ running: [TestPool.Running]) {
    let now = WallClock.nanoseconds
    guard isShown, !running.isEmpty, now - last >= Self.intervalNanoseconds else { return }
    last = now
    let done = results.count { $0 != nil }
    let failed = results.count { if case .ran(let outcome) = $0 { outcome.verdict == .failed } else { false } }
    let names = running.prefix(Self.namesMax).map { running in
      // The clock of a board that does not pause is not known here: millions of steps tell that it goes on.
      "\(titles[running.index]) (\(Show.count(running.moment.step.count / 1_000_000)) million steps)"
    }
    var line = "\(done) of \(results.count) done"
    if failed > 0 { line += ", \(failed) failed" }
    line += "; running: " + names.joined(separator: ", ")
    if running.count > Self.namesMax { line += " and \(running.count - Self.namesMax) more" }
    hasWritten = true
    _ = streams.error(Array("\r\u{1b}[K\(line)".utf8))
  }

  /// Takes the line away.
  func clear() {
    guard hasWritten else { return }
    hasWritten = false
    _ = streams.error(Array("\r\u{1b}[K".utf8))
  }
}
