internal import Archive
internal import Backplane
internal import StateCoding
internal import VirtualTime

/// The checkpoints that a trace holds, read when they are needed.
///
/// What cannot be read, or is not what it says, is left out and told in `problems`: everything can be had from the log.
final class StoredCheckpoints<B: Board> {
  private let reader: TraceReader
  private let store: PageStore
  /// The machine at power-on, which checkpoints differ from.
  private let powerOn: Checkpoint<B>
  private let shape: TraceDigest
  /// Digests that the log has, in order of time: a checkpoint at one of these moments must agree.
  private let rungs: [Rung]
  /// In order of their moments.
  private var sections: [Section]
  /// Contents that were read before and are still in use, by number.
  private var contents: [WeakContents] = []
  /// What was wrong with checkpoints, for people.
  private(set) var problems: [String] = []

  private struct WeakContents {
    weak var contents: PageContents?
  }

  /// The checkpoints in `reader`, of a machine that is `powerOn` at power-on; `rungs` are all digests of the log.
  init(_ reader: TraceReader, powerOn: Checkpoint<B>, rungs: [Rung], store: PageStore) {
    (self.reader, self.powerOn, self.rungs, self.store) = (reader, powerOn, rungs, store)
    shape = TraceStart.shape(of: powerOn.board)
    sections = reader.checkpoints.sorted { $0.head.first < $1.head.first }
  }

  /// The moments of those that have not been read, ascending.
  var moments: [Moment] { sections.map(\.head.first) }

  /// Forgets those at `moment` and later.
  func forget(from moment: Moment) { sections.removeAll { $0.head.first >= moment } }

  /// Reads the latest that is no later than `moment`, and later than `floor`; `nil` when there is none. It is not
  /// offered again.
  func takeLatest(notAfter moment: Moment, laterThan floor: Moment) -> Checkpoint<B>? {
    takeLatest(laterThan: floor) { $0 <= moment }
  }

  /// The same for the latest that is earlier than `cycle`.
  func takeLatest(before cycle: Cycle, laterThan floor: Moment) -> Checkpoint<B>? {
    takeLatest(laterThan: floor) { $0.cycle < cycle }
  }

  private func takeLatest(laterThan floor: Moment, where isWanted: (Moment) -> Bool) -> Checkpoint<B>? {
    while let index = sections.lastIndex(where: { isWanted($0.head.first) }), sections[index].head.first > floor {
      let section = sections.remove(at: index)
      do {
        guard let record = try reader.checkpoint(section) else {
          problems.append("the checkpoint at @\(section.head.first.step.count) is damaged")
          continue
        }
        if let checkpoint = try load(record, isSnapshot: false) { return checkpoint }
      } catch {
        problems.append("\(error)")
      }
    }
    return nil
  }

  /// The machine at the start of the trace.
  /// - Throws: `TraceError` when a trace that starts later than at power-on does not have it.
  func start() throws -> Checkpoint<B> {
    guard let record = try reader.snapshot() else { return powerOn }
    guard let checkpoint = try load(record, isSnapshot: true) else {
      throw SnapshotProblem(description: problems.last ?? "the snapshot at the start of the trace is damaged")
    }
    return checkpoint
  }

  /// The checkpoint of `record`; `nil`, told in `problems`, when it is not one of this machine.
  private func load(_ record: CheckpointRecord, isSnapshot: Bool) throws -> Checkpoint<B>? {
    let name = "the \(isSnapshot ? "snapshot" : "checkpoint") at @\(record.moment.step.count)"
    let board: B
    do {
      board = try record.board(name, shape: shape, pageCount: powerOn.pages.pageCount)
    } catch {
      problems.append(error.description)
      return nil
    }
    guard !rungs.contains(where: { $0.moment == record.moment && $0.digest != record.digest }) else {
      problems.append("\(name) is not the machine that the log has there")
      return nil
    }
    var held: [PageContents] = []
    guard try read(record.contentNumbers, isSnapshot: isSnapshot, into: &held) else {
      problems.append("\(name) is missing pages that are damaged")
      return nil
    }
    var pages = powerOn.pages
    pages.set(
      record.pages.map { reference in
        let isZero = reference.content == PageReference.zeroPage
        return (Int(reference.page), isZero ? nil : contents[Int(reference.content)].contents)
      })
    if isSnapshot { contents = [] }
    let digest = Digest(high: record.digest.high, low: record.digest.low)
    return withExtendedLifetime(held) { Checkpoint(board: board, pages: pages, digest: digest, store: store) }
  }

  /// Sees to it that the contents of `numbers` are in `contents`, and keeps them alive in `held`.
  /// - Returns: false when some are damaged.
  private func read(_ numbers: [UInt32], isSnapshot: Bool, into held: inout [PageContents]) throws -> Bool {
    if let last = numbers.last, Int(last) >= contents.count {
      contents += Array(repeating: WeakContents(), count: Int(last) + 1 - contents.count)
    }
    let missing = numbers.filter { number in
      guard let page = contents[Int(number)].contents else { return true }
      held.append(page)
      return false
    }
    return try reader.forEachPage(missing, snapshot: isSnapshot) { number, bytes in
      guard let base = bytes.baseAddress else { return }
      let page = store.page(Digest(base, count: bytes.count), bytes)
      contents[Int(number)].contents = page
      held.append(page)
    }.isEmpty
  }
}

/// Why a trace cannot be opened at its start.
public struct SnapshotProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// In plain words.
  public let description: String
}
