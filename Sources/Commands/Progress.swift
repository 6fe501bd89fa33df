internal import Host
internal import VirtualTime

/// A line on standard error that tells how far a run is. Never part of a result.
final class Progress {
  private static let intervalNanoseconds: UInt64 = 500_000_000
  private let streams: Streams
  private let isShown: Bool
  private let clockHertz: UInt64
  private let totalSteps: UInt64?
  private let start = WallClock.nanoseconds
  private var last = WallClock.nanoseconds
  private var hasWritten = false

  init(_ display: Display, clockHertz: UInt64, totalSteps: UInt64? = nil) {
    (streams, isShown, self.clockHertz, self.totalSteps) =
      (display.streams, display.showsProgress, clockHertz, totalSteps)
  }

  /// Notes that the run is at `moment`.
  func note(_ moment: Moment) {
    guard isShown else { return }
    let now = WallClock.nanoseconds
    guard now - last >= Self.intervalNanoseconds else { return }
    last = now
    let speed = moment.step.count / max(1, (now - start) / 1000)
    let guest = Rate(1_000_000_000, per: clockHertz).ticks(for: moment.cycle.count) / 10_000_000 * 10_000_000
    var line = "\(Show.count(moment.step.count)) steps, guest time \(Show.time(guest)), \(speed) million steps/s"
    if let totalSteps, totalSteps > 0, speed > 0, totalSteps >= moment.step.count {
      line += ", \((totalSteps - moment.step.count) / (speed * 1_000_000)) s left"
    }
    hasWritten = true
    _ = streams.error(Array("\r\u{1b}[K\(line)".utf8))
  }

  /// Takes the line away.
  func clear() {
    if hasWritten { _ = streams.error(Array("\r\u{1b}[K".utf8)) }
    hasWritten = false
  }
}

/// A line on standard error that tells how far a piece of work is that goes over a run several times.
final class WorkProgress {
  private static let intervalNanoseconds: UInt64 = 500_000_000
  private let streams: Streams
  private let isShown: Bool
  private let start = WallClock.nanoseconds
  private var last = WallClock.nanoseconds
  private var hasWritten = false

  init(_ display: Display) { (streams, isShown) = (display.streams, display.showsProgress) }

  /// Notes that `done` of `total` steps are done.
  func note(_ done: UInt64, of total: UInt64, _ activity: String) {
    guard isShown else { return }
    let now = WallClock.nanoseconds
    guard now - last >= Self.intervalNanoseconds else { return }
    last = now
    let speed = done / max(1, (now - start) / 1000)
    var line = "\(activity): \(Show.count(done)) steps, \(speed) million steps/s"
    if total > done {
      line += ", \(done / max(1, total / 100)) %"
      if speed > 0 { line += ", \((total - done) / (speed * 1_000_000)) s left" }
    }
    hasWritten = true
    _ = streams.error(Array("\r\u{1b}[K\(line)".utf8))
  }

  /// Takes the line away.
  func clear() {
    if hasWritten { _ = streams.error(Array("\r\u{1b}[K".utf8)) }
    hasWritten = false
  }
}
