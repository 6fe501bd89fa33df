import Archive
import Backplane
import Boards
import Support
import Testing
import Timeline
import VirtualTime

/// A recording of a guest, in memory.
struct Recording {
  /// The bytes of the trace.
  var bytes: [UInt8]
  /// How long the file was after each write.
  var lengths: [Int]
  var end: EndRecord
  var console: [UInt8]
  /// How many checkpoints it ended with, and why they are not all there.
  var checkpointCount: Int
  var checkpointProblem: (any Error)?
  /// The most bytes that checkpoints took while recording.
  var checkpointBytesMax = 0

  /// Records `guest` with what `source` lets in.
  init(
    _ guest: Guest, source: any InputSource, rungIntervalSteps: UInt64 = 1000, limitSteps: UInt64? = nil,
    collecting: EffectSelection = [.output, .interrupts, .devices], checkpoints: Checkpoints? = nil,
    fails: @escaping (_ written: Int) -> Bool = { _ in false }
  ) throws {
    final class File {
      var bytes: [UInt8] = []
      var checkpointBytesMax = 0
      var lengths: [Int] = []
      var console: [UInt8] = []
    }
    let file = File()
    var writer = TraceWriter()
    file.bytes = writer.header(
      TraceHeader(
        board: "virt", costModel: "in-order", costModelRevision: 1, seed: 0, epochNanoseconds: 0,
        rungIntervalSteps: rungIntervalSteps))
    file.lengths.append(file.bytes.count)
    let journal = Journal(writer: writer) { bytes in
      if fails(file.bytes.count) { throw DiskFull() }
      file.bytes += bytes
      file.lengths.append(file.bytes.count)
    }
    let machine = guest.machine()
    let keeper = checkpoints.map { checkpoints in
      CheckpointKeeper(
        of: machine, plan: checkpoints.plan, byteCountMax: checkpoints.byteCountMax,
        intervalSteps: checkpoints.intervalSteps, workers: checkpoints.workers)
    }
    let conductor = Conductor(
      machine: machine, journal: journal, keeper: keeper, rungIntervalSteps: rungIntervalSteps,
      collecting: collecting
    ) { bytes, _ in file.console += bytes }
    var door = Door(source)
    end = try conductor.run(door: &door, limits: .init(step: limitSteps.map { Step($0) })) {
      file.checkpointBytesMax = max(file.checkpointBytesMax, keeper?.use.byteCount ?? 0)
      return nil
    }
    (checkpointCount, checkpointProblem) = (conductor.checkpointCount, conductor.checkpointProblem)
    checkpointBytesMax = file.checkpointBytesMax
    (bytes, lengths, console) = (file.bytes, file.lengths, file.console)
  }

  /// Which checkpoints a recording is to end with.
  struct Checkpoints {
    var plan = CheckpointPlan.end
    var byteCountMax = 1 << 30
    var intervalSteps: UInt64 = 1000
    var workers: any Workers = NoWorkers()
  }

  struct DiskFull: Error {}

  /// Replays `bytes` on `guest`.
  static func replay(
    _ bytes: [UInt8], _ guest: Guest, until: Step? = nil, collected: EffectSelection = [.output, .interrupts, .devices]
  ) throws -> (report: ReplayReport, console: [UInt8]) {
    final class Console { var bytes: [UInt8] = [] }
    let console = Console()
    let replayer = Replayer(machine: guest.machine(), reader: try TraceReader(bytes), collected: collected) {
      bytes, _ in
      console.bytes += bytes
    }
    return (try replayer.run(until: until), console.bytes)
  }

  /// The same recording with other records in it.
  func rewritten(_ change: (inout [InputRecord], inout [EffectRecord], inout [Rung]) -> Void) throws -> [UInt8] {
    let reader = try TraceReader(bytes)
    var (inputs, rungs) = (try reader.inputs(), try reader.rungs())
    var effects: [EffectRecord] = []
    try reader.effects { effects.append($0) }
    change(&inputs, &effects, &rungs)
    var writer = TraceWriter()
    var bytes = writer.header(reader.header)
    bytes += writer.segment(
      inputs: inputs, effects: effects, rungs: rungs, marks: try reader.marks(), covering: .zero...end.moment)
    var end = end
    end.inputCount = UInt64(inputs.count)
    bytes += writer.end(end)
    return bytes
  }
}
