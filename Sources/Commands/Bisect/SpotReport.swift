internal import Archive
internal import Backplane
internal import Boards
internal import Host
internal import Timeline
internal import VirtualTime

/// What can be known of a replay that left its recording, found on the spot: for commands that verify. As JSON it is
/// described in Documentation/JSON.md.
struct SpotReport: Codable, Equatable {
  /// A way to run the recording again, and whether it leads to what was recorded.
  struct Way: Codable, Equatable {
    var way: String
    var reproduces: Bool
  }

  /// Two ways that part, and where.
  struct Parting: Codable, Equatable {
    var a: String
    var b: String
    /// The step with which they part; nothing when it was not found.
    var step: UInt64?
    var cycle: UInt64?
  }

  /// What was compared when the difference was found: `rung`, `effect` or `end`.
  var subject: String
  /// The last moment at which replay and recording are the same, and the first at which the digests differ.
  var lastCommonStep: UInt64
  var firstDifferentStep: UInt64
  var ways: [Way]
  var parting: Parting?
  /// The command that opens a debugger where it happened.
  var command: String

  /// Looks into `divergence`, found in a replay of the trace at `path`.
  /// - Parameter files: where images are that the trace only names.
  /// - Throws: `Failure`, `TraceError`.
  init(
    _ path: String, files: [ImageRole: String], _ divergence: Divergence, shouldStop: @escaping () -> Bool = { false },
    onProgress: @escaping (UInt64) -> Void = { _ in }
  ) throws {
    let side = RecordedSide<VirtBoard>(
      open: { try TraceFile.open(path) }, make: { try TraceMachine.make($0, files: files) })
    let bisection = try SpotBisection(side, divergence, workers: HostThreads())
    (bisection.shouldStop, bisection.onProgress) = (shouldStop, onProgress)
    self.init(path, divergence.subject, try bisection.run())
  }

  init(_ path: String, _ subject: Divergence.Subject, _ outcome: SpotOutcome) {
    self.subject = subject.rawValue
    (lastCommonStep, firstDifferentStep) = (
      outcome.segment.lowerBound.step.count, outcome.segment.upperBound.step.count
    )
    ways = outcome.ways.map { Way(way: "\($0.way)", reproduces: $0.reproduces) }
    parting = outcome.pair.map {
      Parting(
        a: "\($0.a)", b: "\($0.b)", step: outcome.parting?.step.count, cycle: outcome.parting?.common.cycle.count)
    }
    let step = outcome.parting?.step.count ?? lastCommonStep
    command = Show.command("reprise", "gdb", path, "--at", "@\(step)")
  }

  /// What the ways of running it say, in lines for people.
  var lines: [String] {
    var lines = ways.map { "replayed \($0.way): \($0.reproduces ? "as it was recorded" : "not as it was recorded")" }
    if let parting {
      let place = parting.step.map { "part at @\($0)" } ?? "do not lead to the same, and their parting was not found"
      lines.append("replays \(parting.a) and \(parting.b) \(place)")
    } else if !ways.isEmpty {
      lines.append(agreement)
    }
    return lines
  }

  /// What it means that all ways lead to the same.
  private var agreement: String {
    guard ways.contains(where: { $0.reproduces }) else {
      return "all ways lead to the same: the recording was made by a machine that does otherwise"
    }
    return subject == Divergence.Subject.effect.rawValue
      ? "all ways lead to the states that were recorded: what the trace tells beside them is not what happens"
      : "all ways lead to what was recorded now: the host or its memory failed once"
  }
}
