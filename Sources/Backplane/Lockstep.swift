internal import StateCoding
internal import VirtualTime

/// Runs a machine by the translator with the interpreter beside it, on memory of its own, and compares them.
///
/// Both run the same stretches, of odd lengths, so that budgets end in the middle of blocks; behind each the boards are
/// compared, and behind many the pages written since. When something differs, all goes back to the last moment at which
/// all was the same, and the way is gone again block by block, with everything compared behind each.
final class Lockstep<B: Board> {
  let memory: Memory
  let other: Memory
  /// Memory as it was at `anchor`.
  private let agreed: Memory
  private(set) var otherCaches: B.Caches?
  var otherBoard: B?
  /// The board when all was last compared, and was the same.
  private(set) var anchor: B?
  /// Pages that may since have become other than in `agreed`, besides those not yet taken.
  private var touched: PageSet
  /// What has entered since.
  private(set) var entered: [StampedInput] = []
  /// Whether someone else has changed the machine.
  var isStale = true
  private(set) var difference: EngineDifference<B>?
  private var stretch = 0

  /// Steps of a stretch, one after the other.
  private static var stretches: [UInt64] { [1021, 17, 4099, 251, 1, 8191, 61, 2053, 509, 7] }
  /// Steps after which memory is compared.
  private static var memorySteps: UInt64 { 1 << 20 }

  init(_ memory: Memory) {
    func same() -> Memory {
      let made = Memory(
        romBase: memory.romBase, romSize: memory.romSize, ramBase: memory.ramBase, ramSize: memory.ramSize)
      guard let made else { preconditionFailure("the host has no address space for two machines side by side") }
      return made
    }
    (self.memory, other, agreed) = (memory, same(), same())
    touched = PageSet(pageCount: memory.pageCount)
  }

  /// See `Machine.run`.
  func run(
    _ board: inout B, _ caches: B.Caches, until limit: RunLimit, door: inout Door, collecting: EffectSelection
  ) -> Stop {
    guard difference == nil else { return .enginesDiffer }
    // Effects are told to whoever runs the machine, and compared as they come.
    var told = board.fabric.effects
    let toldBefore = told.count
    board.fabric.effects = []
    begin(board)
    while true {
      var part = limit
      let begun = board.fabric.now
      let length = Self.stretches[stretch % Self.stretches.count]
      stretch += 1
      part.moment = min(limit.moment, Moment(step: Step(begun.step.count &+ length), cycle: .zero))
      let logged = door.log.count
      let stop = board.run(until: part, memory: memory, caches: caches, door: &door, collecting: collecting)
      let inputs = Array(door.log.dropFirst(logged))
      entered += inputs
      let isSame = follow(&board, stop, part, inputs, from: begun, collecting, into: &told)
      let isOver = stop != .limit || part.moment == limit.moment || board.fabric.now.cycle >= limit.cycle
      let isDue = isOver || board.fabric.now.step.count &- (anchor?.fabric.now.step.count ?? 0) >= Self.memorySteps
      guard isSame, !isDue || settle(board) else {
        difference = search(&board, stop, part, collecting)
        caches.boardWasReplaced()
        let now = board.fabric.now
        door.putBack(door.log.reversed().prefix { $0.moment >= now }.count)
        board.fabric.effects = told[..<toldBefore] + told[toldBefore...].filter { $0.moment < now }
        return .enginesDiffer
      }
      guard isOver else { continue }
      board.fabric.effects = told
      return stop
    }
  }

  /// Makes the two machines and what is known of them the same.
  private func begin(_ board: B) {
    if isStale {
      other.become(memory)
      agreed.become(memory)
      memory.keepWrittenPages()
      other.keepWrittenPages()
      otherCaches = board.makeCaches(for: other)
      otherCaches?.engine = .interpreter
      isStale = false
    }
    // Whoever owns the machine may have written to its memory.
    for page in memory.takeWrittenPages() {
      other.write(other.address(ofPage: page), Array(memory.page(page)))
      agreed.write(agreed.address(ofPage: page), Array(memory.page(page)))
    }
    _ = other.takeWrittenPages()
    (anchor, otherBoard, entered) = (board, board, [])
  }

  /// Has the interpreter go where the translator went, from `begun` to `stop`, and compares the boards.
  func follow(
    _ board: inout B, _ stop: Stop, _ limit: RunLimit, _ inputs: [StampedInput], from begun: Moment,
    _ collecting: EffectSelection, into told: inout [Effect]
  ) -> Bool {
    guard let caches = otherCaches, var otherBoard else { return false }
    var part = limit
    (part.pauseOnOutput, part.passedBreakpoint) = (false, nil)
    var isPause = false
    switch stop {
    case .output, .hit: isPause = true
    case .limit: isPause = board.fabric.now.step < limit.moment.step && board.fabric.now.cycle < limit.cycle
    default: break
    }
    if isPause { part = RunLimit(moment: board.fabric.now) }
    // Where nothing wakes the machine, it waits as long as it did.
    let end = stop == .stalled ? nil : board.fabric.now
    var door = Door(RecordedInputs(inputs, from: begun, until: end))
    let otherStop = otherBoard.run(
      until: part, memory: other, caches: caches, door: &door, collecting: collecting)
    let (ours, theirs) = (board.fabric.effects, otherBoard.fabric.effects)
    (board.fabric.effects, otherBoard.fabric.effects) = ([], [])
    self.otherBoard = otherBoard
    self.otherStop = otherStop
    effectsDiffer = ours.filter(\.isComparable) != theirs.filter(\.isComparable)
    told += ours
    return board == otherBoard && (isPause ? .limit : stop) == otherStop && !effectsDiffer
  }

  /// How the interpreter stopped, and whether it had other effects, when it last followed.
  private(set) var otherStop = Stop.limit
  private(set) var effectsDiffer = false

  /// Compares memory. If it is the same, this is the moment to go back to from now on.
  private func settle(_ board: B) -> Bool {
    guard takeWritten().allSatisfy({ memory.digest(ofPage: $0) == other.digest(ofPage: $0) }) else { return false }
    for page in touched.take() {
      (agreed.base + page * 4096).copyMemory(from: memory.base + page * 4096, byteCount: 4096)
    }
    (anchor, entered) = (board, entered.filter { $0.moment >= board.fabric.now })
    return true
  }

  /// The pages that either has written since the anchor.
  private func takeWritten() -> [Int] {
    for page in memory.takeWrittenPages() + other.takeWrittenPages() + touched.take() { touched.insert(page) }
    let pages = touched.take()
    for page in pages { touched.insert(page) }
    return pages
  }

  /// Goes back to the anchor, with both.
  func rewind(_ board: inout B) {
    guard let anchor else { return }
    _ = takeWritten()
    for page in touched.take() {
      let bytes = Array(agreed.page(page))
      memory.write(memory.address(ofPage: page), bytes)
      other.write(other.address(ofPage: page), bytes)
    }
    _ = (memory.takeWrittenPages(), other.takeWrittenPages())
    (board, otherBoard) = (anchor, anchor)
    otherCaches?.boardWasReplaced()
  }

  /// Where memory differs, at most so many places.
  func memoryDifferences(atMost limit: Int = 16) -> [EngineDifference<B>.Bytes] {
    var found: [EngineDifference<B>.Bytes] = []
    for page in takeWritten() where memory.digest(ofPage: page) != other.digest(ofPage: page) {
      let (ours, theirs) = (memory.page(page), other.page(page))
      var offset = 0
      while offset < 4096, found.count < limit {
        let start = offset
        while offset < 4096, ours[offset] != theirs[offset] { offset += 1 }
        if offset > start {
          found.append(
            .init(
              address: memory.address(ofPage: page) + UInt64(start), expected: Array(theirs[start..<offset]),
              found: Array(ours[start..<offset])))
        }
        offset += 1
      }
    }
    return found
  }
}

extension Effect {
  /// Storms of traps are noticed by caches, and are nothing to compare.
  fileprivate var isComparable: Bool { if case .trapStorm = kind { false } else { true } }
}
