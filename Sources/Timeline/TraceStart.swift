public import Archive
public import Backplane
internal import StateCoding
internal import VirtualTime

/// Where a trace starts: at power-on, or at the snapshot that it holds.
public enum TraceStart {
  /// Brings `machine`, which stands at power-on as the trace's header and images say, to the start of the trace.
  /// - Throws: `TraceError` when the snapshot is damaged or missing; `SnapshotProblem` when it is not one of this
  ///   machine, which then is nothing that anyone may rely on.
  public static func bring<B: Board>(_ machine: Machine<B>, to reader: TraceReader) throws {
    guard let record = try reader.snapshot() else { return }
    try bring(
      machine, to: record, of: reader, name: "the snapshot at @\(record.moment.step.count), where the trace starts,",
      isSnapshot: true)
  }

  /// Brings `machine`, which stands at power-on, to where it stood at `record` of `reader`, which messages call `name`.
  static func bring<B: Board>(
    _ machine: Machine<B>, to record: CheckpointRecord, of reader: TraceReader, name: String, isSnapshot: Bool
  ) throws {
    let board: B = try record.board(name, shape: shape(of: machine.board), pageCount: machine.memory.pageCount)
    try write(record.pages, of: reader, to: machine.memory, name, isSnapshot: isSnapshot)
    machine.restore(board)
    guard TraceDigest(machine.digest()) == record.digest else {
      throw SnapshotProblem(description: "\(name) does not have the digest that it tells")
    }
  }

  /// The digest of the shape of a board's state, from the board at power-on: shapes are those of fresh values.
  static func shape<B: Board>(of powerOn: B) -> TraceDigest {
    TraceDigest(Digest(of: Array(StateWriter.shape(of: powerOn).utf8)))
  }

  private static func write(
    _ pages: [PageReference], of reader: TraceReader, to memory: Memory, _ name: String, isSnapshot: Bool
  ) throws {
    let zeros = [UInt8](repeating: 0, count: Int(Memory.pageSize))
    for page in pages where page.content == PageReference.zeroPage {
      memory.write(memory.address(ofPage: Int(page.page)), zeros)
    }
    // Contents are read in the order of their numbers, each once.
    var rest = pages.filter { $0.content != PageReference.zeroPage }.sorted { $0.content < $1.content }[...]
    var numbers: [UInt32] = []
    for page in rest where numbers.last != page.content { numbers.append(page.content) }
    let missing = try reader.forEachPage(numbers, snapshot: isSnapshot) { number, bytes in
      let content = Array(bytes)
      while let page = rest.first, page.content == number {
        memory.write(memory.address(ofPage: Int(page.page)), content)
        rest.removeFirst()
      }
    }
    guard missing.isEmpty else {
      throw SnapshotProblem(description: "\(name) is missing pages")
    }
  }
}

extension CheckpointRecord {
  /// The board of this record, which messages call `name`, when it is one of a machine whose board has `shape` and
  /// whose memory has `pageCount` pages.
  func board<B: Board>(_ name: String, shape: TraceDigest, pageCount: Int) throws(SnapshotProblem) -> B {
    guard self.shape == shape else {
      throw SnapshotProblem(description: "\(name) was made by a release whose board has other state")
    }
    guard let board = try? StateReader.decode(B.self, from: self.board), board.fabric.now == moment else {
      throw SnapshotProblem(description: "\(name) holds a board that cannot be")
    }
    guard pages.last.map({ Int($0.page) < pageCount }) ?? true else {
      throw SnapshotProblem(description: "\(name) holds pages past the end of memory")
    }
    return board
  }
}
