import Archive
import Backplane
import Boards
import Host
import Support
import Synchronization
import Testing
import Timeline
import VirtualTime

/// Traces of the echo guest to be verified, and changed ones.
enum VerifySubjects {
  static let effects: EffectSelection = [.output, .interrupts, .devices]

  /// A recording with checkpoints all along.
  static func record(seed: UInt64 = 1, checkpoints: CheckpointPlan = .evenly(8)) throws -> Recording {
    try Recording(
      .echo(), source: RandomTyping("The quick onyx goblin jumps over the lazy dwarf. q", seed: seed),
      rungIntervalSteps: 100, checkpoints: .init(plan: checkpoints, intervalSteps: 100))
  }

  /// Counts the machines that are made.
  final class Counter: Sendable {
    let count = Atomic<Int>(0)
  }

  static func subject(_ bytes: [UInt8], counter: Counter = Counter()) -> VerifySubject<VirtBoard> {
    VerifySubject(
      open: { try TraceReader(bytes) },
      equip: { _ in
        counter.count.wrappingAdd(1, ordering: .relaxed)
        return (Guest.echo().machine(), effects)
      })
  }

  /// How the work is divided.
  enum Way: CaseIterable, Sendable {
    case serial, oneThread, twoThreads, fourThreads
    /// Every checkpoint is begun from, whatever the threads do when.
    case everyCheckpoint

    var options: VerifyOptions {
      VerifyOptions(
        threadCount: [.serial: 2, .oneThread: 1, .fourThreads: 4][self] ?? 2, isSerial: self == .serial,
        beginsEverywhere: self == .everyCheckpoint, shareStepsMin: 1)
    }
  }

  static func verify(_ files: [[UInt8]], _ way: Way) -> [VerifyResult] {
    let options = way.options
    return Verifier(files.map { subject($0) }, options, workers: HostThreads(count: options.threadCount)).run()
  }

  /// The report on one trace, which must be one that can be replayed.
  static func report(_ bytes: [UInt8], _ way: Way) throws -> VerifyReport {
    let result = try #require(verify([bytes], way).first)
    guard case .replayed(let report) = result else {
      Issue.record("\(result)")
      throw Recording.DiskFull()
    }
    return report
  }
}

extension Recording {
  /// Everything in it, to be written again.
  struct Parts {
    var inputs: [InputRecord]
    var effects: [EffectRecord] = []
    var rungs: [Rung]
    var end: EndRecord
    var checkpoints: [CheckpointRecord] = []
    /// By number.
    var contents: [[UInt8]] = []
  }

  /// The same recording, checkpoints and all, with other records in it.
  func changed(_ change: (inout Parts) throws -> Void) throws -> [UInt8] {
    let reader = try TraceReader(bytes)
    var parts = Parts(inputs: try reader.inputs(), rungs: try reader.rungs(), end: end)
    try reader.effects { parts.effects.append($0) }
    parts.checkpoints = try reader.checkpoints.compactMap { try reader.checkpoint($0) }
    _ = try reader.forEachPage(Array(0..<UInt32(reader.pageCount))) { _, page in parts.contents.append(Array(page)) }
    try change(&parts)
    parts.end.inputCount = UInt64(parts.inputs.count)
    var writer = TraceWriter()
    var bytes = writer.header(reader.header)
    bytes += writer.segment(
      inputs: parts.inputs, effects: parts.effects, rungs: parts.rungs, marks: try reader.marks(),
      covering: .zero...parts.end.moment)
    bytes += writer.pages(parts.contents)
    for checkpoint in parts.checkpoints { bytes += writer.checkpoint(checkpoint) }
    return bytes + writer.end(parts.end)
  }
}
