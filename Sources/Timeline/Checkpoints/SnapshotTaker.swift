public import Archive
public import Backplane

/// Takes snapshots of a machine for traces that start there.
public final class SnapshotTaker<B: Board> {
  private let keeper: CheckpointKeeper<B>

  /// Snapshots of `machine`, which stands at power-on.
  public init(of machine: Machine<B>, workers: any Workers = NoWorkers()) {
    keeper = CheckpointKeeper(of: machine, plan: .none, workers: workers)
  }

  /// The machine as it stands.
  public func take() -> Snapshot {
    let (record, blocks) = keeper.sections.snapshot(of: keeper.take())
    return Snapshot(record: record, blocks: blocks)
  }
}

/// A machine at the start of a trace, as `TraceWriter` and `TraceCopy` take it.
public struct Snapshot {
  /// The machine. Its pages have numbers from 0 on.
  public let record: CheckpointRecord
  var blocks: PageBlocks

  /// The next pages, in order of their numbers; `nil` behind the last.
  public mutating func nextPages() -> PageBlock? { blocks.next() }
}
