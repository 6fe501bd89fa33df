internal import Archive
internal import Backplane
internal import StateCoding
public import VirtualTime

/// One machine on its way through a trace, from the start or from a checkpoint, unit by unit.
final class VerifyRun<B: Board> {
  /// What was found in a unit that is as it was recorded.
  struct Unit: Sendable {
    var console: [UInt8] = []
    var rungsCompared = 0
    var effectsCompared: UInt64 = 0
    var comparesEffects = true
    /// The pages of memory where there are checkpoints.
    var pages: [(moment: Moment, signature: Digest)] = []
    /// What checkpoints say of the machine that is not so.
    var faults: [CheckpointFault] = []
  }

  /// How a unit ended.
  enum Outcome {
    case same(Unit)
    case parted(ReplayReport)
    case stopped
  }

  /// What the replay has found so far.
  private(set) var report: ReplayReport
  private let plan: VerifyPlan
  private let reader: TraceReader
  private let machine: Machine<B>
  private let replayer: Replayer<B>
  private let shape: TraceDigest
  private let console: Console
  private var next: Int

  private final class Console { var bytes: [UInt8] = [] }

  /// A machine at the beginning of `unit`.
  /// - Parameter comparesConsole: whether to compare what the console showed in all: only from the start on.
  /// - Throws: what opening and making the machine throw; `SnapshotProblem` when the checkpoint is not one to begin
  ///   from.
  init(_ subject: VerifySubject<B>, _ plan: VerifyPlan, from unit: Int, comparesConsole: Bool) throws {
    (self.plan, next) = (plan, unit)
    reader = try plan.reopen(subject)
    let (machine, collected) = try subject.equip(reader)
    self.machine = machine
    shape = TraceStart.shape(of: machine.board)
    if unit == 0 {
      try TraceStart.bring(machine, to: reader)
    } else {
      try Self.bring(machine, to: plan.edges[unit], of: reader, shape)
    }
    let console = Console()
    self.console = console
    var passage = plan.passage(from: unit)
    passage.comparesConsole = comparesConsole
    replayer = Replayer(machine: machine, reader: reader, collected: collected, passage: passage) { bytes, _ in
      console.bytes += bytes
    }
    report = ReplayReport(moment: machine.moment)
  }

  /// What has been found wrong in the file so far.
  var damage: [TraceError] { reader.damage }

  /// Where the machine stands.
  var moment: Moment { machine.moment }

  /// Replays the next unit, and compares the machine with the checkpoints in it and at its end.
  func runUnit(shouldStop: () -> Bool) throws -> Outcome {
    let before = report
    let edge = plan.edges[next + 1]
    var unit = Unit()
    // Checkpoints mostly lie at rungs, and are edges then. Whatever the moment of another one is, a run may be cut at
    // the first moment of its step.
    var others = reader.checkpoints.map(\.head.first).filter { $0 > plan.edges[next] && $0 < edge }.sorted()[...]
    while let moment = others.popFirst() {
      report = try replayer.run(to: Moment(step: moment.step, cycle: .zero), shouldStop: shouldStop)
      if report.divergence != nil { return .parted(report) }
      guard report.moment.step >= moment.step else { return .stopped }
      if report.moment == moment { try compareCheckpoints(&unit) }
    }
    report = try replayer.run(to: edge, shouldStop: shouldStop)
    if report.divergence != nil { return .parted(report) }
    guard report.moment >= edge else { return .stopped }
    next += 1
    try compareCheckpoints(&unit)
    (unit.console, console.bytes) = (console.bytes, [])
    unit.rungsCompared = report.rungsCompared - before.rungsCompared
    unit.effectsCompared = report.effectsCompared - before.effectsCompared
    unit.comparesEffects = report.comparesEffects
    return .same(unit)
  }

  /// Compares the machine with the checkpoints of where it stands.
  private func compareCheckpoints(_ unit: inout Unit) throws {
    let moment = machine.moment
    let sections = reader.checkpoints.filter { $0.head.first == moment }
    guard !sections.isEmpty else { return }
    let digest = machine.digest()
    unit.pages.append((moment, PageSignature.of(machine.memory)))
    let board = StateWriter.bytes(of: machine.board)
    for section in sections {
      // What cannot be read is told as damage; what another release wrote is nothing to compare with.
      guard let record = try reader.checkpoint(section), record.shape == shape else { continue }
      if record.digest != TraceDigest(digest) {
        unit.faults.append(CheckpointFault(moment: moment, what: "does not have the digest of the machine there"))
      } else if record.board != board {
        unit.faults.append(CheckpointFault(moment: moment, what: "does not have the board of the machine there"))
      }
    }
  }

  /// Brings `machine`, which stands at power-on, to the checkpoint at `moment`.
  private static func bring(
    _ machine: Machine<B>, to moment: Moment, of reader: TraceReader, _ shape: TraceDigest
  ) throws {
    guard let section = reader.checkpoints.first(where: { $0.head.first == moment }),
      let record = try reader.checkpoint(section)
    else { throw SnapshotProblem(description: "the checkpoint at @\(moment.step.count) is damaged") }
    try TraceStart.bring(
      machine, to: record, of: reader, name: "the checkpoint at @\(moment.step.count)", isSnapshot: false)
  }
}

/// What a checkpoint of a trace says that is not so.
public struct CheckpointFault: Hashable, Sendable, CustomStringConvertible {
  /// Which one.
  public let moment: Moment
  let what: String

  /// In a sentence.
  public var description: String { "the checkpoint at @\(moment.step.count) \(what)" }
}

/// A digest of all pages of a memory by their digests: told from a machine that runs, and from what a trace holds.
enum PageSignature {
  /// Of `memory`, as it was when it was last digested.
  static func of(_ memory: Memory) -> Digest {
    of(pageCount: memory.pageCount) { memory.digest(ofPage: $0) }
  }

  /// Of `pageCount` pages with these digests.
  static func of(pageCount: Int, _ digest: (_ page: Int) -> Digest) -> Digest {
    let zero = Digest(of: [UInt8](repeating: 0, count: Int(Memory.pageSize)))
    var words: [UInt64] = []
    for page in 0..<pageCount {
      let digest = digest(page)
      guard digest != zero else { continue }
      words += [UInt64(page), digest.low, digest.high]
    }
    return words.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else { return zero }
      return Digest(base, count: buffer.count)
    }
  }
}
