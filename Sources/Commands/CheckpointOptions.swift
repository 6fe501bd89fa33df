internal import ArgumentParser
internal import Backplane
internal import Boards
internal import Host
internal import Timeline

/// Which checkpoints a recording ends with, and what they may take.
struct CheckpointOptions: ParsableArguments {
  /// Memory for checkpoints unless told otherwise, in bytes.
  static let byteCountDefault = 1 << 30

  @Option(
    help: ArgumentHelp(
      "Checkpoints that the trace ends with, so that it opens quickly at its end and elsewhere: 'end' for one at the"
        + " end and a few before it, further and further apart; a number for so many over the whole run and one at"
        + " the end; 'none'. (default: end)", valueName: "which"), transform: CheckpointOptions.plan)
  var checkpoints: CheckpointPlan = .end

  @Option(
    help: ArgumentHelp(
      "Memory that checkpoints may take while recording: 1GiB, 256M. (default: 1GiB)", valueName: "size"),
    transform: Quantity.bytes)
  var checkpointMemory: UInt64?

  func validate() throws {
    if let size = checkpointMemory, !(1 << 20...1 << 44).contains(size) {
      throw ValidationError("--checkpoint-memory must be at least 1MiB, and at most 16384GiB")
    }
  }

  /// The memory, in bytes.
  var byteCountMax: Int { checkpointMemory.map { Int($0) } ?? Self.byteCountDefault }

  /// A keeper for `machine`, which stands at power-on; `nil` when neither checkpoints nor snapshots are wanted.
  func keeper(
    of machine: Machine<VirtBoard>, rungIntervalSteps: UInt64, takesSnapshots: Bool = false
  ) -> CheckpointKeeper<VirtBoard>? {
    guard checkpoints != .none || takesSnapshots else { return nil }
    let interval: UInt64
    switch checkpoints {
    case .none, .end: interval = max(rungIntervalSteps, CheckpointKeeper<VirtBoard>.defaultIntervalSteps)
    case .evenly: interval = rungIntervalSteps
    }
    return CheckpointKeeper(
      of: machine, plan: checkpoints, byteCountMax: byteCountMax, intervalSteps: interval, workers: HostThreads())
  }

  private static func plan(_ text: String) throws -> CheckpointPlan {
    switch text {
    case "none": return .none
    case "end": return .end
    default: break
    }
    guard let count = Int(text), (1...1000).contains(count) else {
      throw BadArgument(description: "'\(text)' is neither 'end' nor 'none' nor a number from 1 to 1000")
    }
    return .evenly(count)
  }
}
