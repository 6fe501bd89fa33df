internal import Archive
public import Backplane
public import StateCoding
public import VirtualTime

/// A machine as it stood at a moment.
public final class Checkpoint<B: Board>: Sendable {
  /// The board; its time says when.
  public let board: B
  let pages: PageMap
  /// The digest of the whole machine.
  public let digest: Digest
  private let store: PageStore
  private let byteCount: Int

  init(board: B, pages: PageMap, digest: Digest, store: PageStore) {
    (self.board, self.pages, self.digest, self.store) = (board, pages, digest, store)
    byteCount = pages.ownByteCount + StateWriter.bytes(of: board).count * 2 + 512
    store.account(byteCount)
  }

  deinit { store.account(-byteCount) }

  /// When.
  public var moment: Moment { board.fabric.now }

  /// The same memory with `board`, which is said to be the same.
  func with(_ board: B) -> Checkpoint { Checkpoint(board: board, pages: pages, digest: digest, store: store) }
}

/// Takes checkpoints of a machine and puts them back, at the cost of the pages that differ: keeps the map of what
/// memory held when it last did either.
final class Checkpointer<B: Board> {
  private let machine: Machine<B>
  private let store: PageStore
  private let codec = PageCodec()
  private var map: PageMap

  /// Takes note of all that `machine` holds.
  init(_ machine: Machine<B>, store: PageStore) {
    (self.machine, self.store) = (machine, store)
    map = PageMap(pageCount: machine.memory.pageCount, store: store)
    _ = update()
  }

  /// A checkpoint of the machine as it stands, and the pages written since the last one was taken or put back.
  func take() -> (checkpoint: Checkpoint<B>, written: [Int]) {
    let written = update()
    var board = machine.board
    board.fabric.effects = []
    return (Checkpoint(board: board, pages: map, digest: machine.digest(), store: store), written)
  }

  /// Makes the machine what it was at `checkpoint`.
  /// - Returns: false when it could not be: then it is nothing that anyone may rely on, until another has been put
  /// back.
  func restore(_ checkpoint: Checkpoint<B>) -> Bool {
    _ = update()
    let indices = checkpoint.pages.differences(from: map)
    var isWhole = true
    machine.memory.replacePages(indices) { index, place in
      guard let contents = checkpoint.pages[index] else {
        place.initializeMemory(as: UInt8.self, repeating: 0, count: Int(Memory.pageSize))
        return
      }
      if !contents.copy(to: place, codec) { isWhole = false }
    }
    map = checkpoint.pages
    machine.restore(checkpoint.board)
    return isWhole && machine.digest() == checkpoint.digest
  }

  /// Brings the map up to date with memory; returns the pages written.
  private func update() -> [Int] {
    let written = machine.memory.takeChanges()
    let memory = machine.memory
    let zero = Self.zeroPage
    map.set(
      written.map { index in
        let digest = memory.digest(ofPage: index)
        return (index, digest == zero ? nil : store.page(digest, memory.page(index)))
      })
    return written
  }

  private static var zeroPage: Digest { Digest(of: [UInt8](repeating: 0, count: Int(Memory.pageSize))) }
}
