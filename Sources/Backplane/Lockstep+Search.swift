internal import VirtualTime

/// What two engines made of the same stretch.
public struct EngineDifference<B: Board> {
  /// A run of bytes in memory that differ.
  public struct Bytes: Hashable, Sendable {
    /// The guest-physical address of the first.
    public let address: UInt64
    /// What the interpreter left there.
    public let expected: [UInt8]
    /// What the translator left there.
    public let found: [UInt8]
  }

  /// How well the place is known.
  public enum Place: String, Sendable {
    /// It is the block that begins at `before`.
    case block
    /// Block by block, all is the same. In one piece, the first step behind which something differs is the one at
    /// `before`: it ends a block that another block led to.
    case step
    /// With fresh caches, all is the same. It is somewhere between `before` and `found`.
    case stretch
  }

  /// How well the place is known.
  public let place: Place
  /// The board at the last moment at which the engines agreed.
  public let before: B
  /// The board as the interpreter left it.
  public let expected: B
  /// The board as the translator left it.
  public let found: B
  /// Why the interpreter came back.
  public let expectedStop: Stop
  /// Why the translator came back.
  public let foundStop: Stop
  /// What differs in memory; the beginning of it, when it is much.
  public let memory: [Bytes]
  /// Whether effects differ: output, interrupts, accesses to devices.
  public let effectsDiffer: Bool
}

extension Lockstep {
  private func difference(
    _ place: EngineDifference<B>.Place, _ before: B, _ board: B, _ stop: Stop
  ) -> EngineDifference<B> {
    EngineDifference(
      place: place, before: before, expected: otherBoard ?? before, found: board, expectedStop: otherStop,
      foundStop: stop, memory: memoryDifferences(), effectsDiffer: effectsDiffer)
  }

  /// Looks for the block in which the engines part, between the anchor and `stop`, where they differ. Leaves the
  /// machine where they last agreed, as far as is known.
  func search(
    _ board: inout B, _ stop: Stop, _ limit: RunLimit, _ collecting: EffectSelection
  ) -> EngineDifference<B> {
    let first = difference(.stretch, anchor ?? board, board, stop)
    var limit = limit
    (limit.pauseOnOutput, limit.passedBreakpoint) = (false, nil)
    // How far the stretch went, for either.
    let isCut = stop != .limit
    let reached = max(board.fabric.now, first.expected.fabric.now)
    if isCut { limit.moment = Moment(step: Step(reached.step.count &+ 1), cycle: .zero) }
    let inputs = entered
    rewind(&board)
    if let found = searchBlocks(&board, limit, inputs, collecting) {
      var agreed = limit
      agreed.moment = found.before.fabric.now
      _ = isSame(&board, agreed, .interpreter, inputs, collecting)
      return found
    }
    for engine in [EngineChoice.eagerTranslator, .translator] {
      if let found = searchSteps(&board, limit, engine, inputs, collecting) { return found }
    }
    rewind(&board)
    return first
  }

  private func searchBlocks(
    _ board: inout B, _ limit: RunLimit, _ inputs: [StampedInput], _ collecting: EffectSelection
  ) -> EngineDifference<B>? {
    let caches = board.makeCaches(for: memory)
    caches.leavesAfterBlock = true
    caches.engine = .eagerTranslator
    var told: [Effect] = []
    while true {
      let before = board
      let begun = board.fabric.now
      var door = Door(RecordedInputs(inputs, from: begun))
      let stop = board.run(until: limit, memory: memory, caches: caches, door: &door, collecting: collecting)
      let isSame = follow(&board, stop, limit, door.takeLog(), from: begun, collecting, into: &told)
      guard isSame, memoryDifferences(atMost: 1).isEmpty else { return difference(.block, before, board, stop) }
      let isOver = board.fabric.now >= limit.moment || board.fabric.now.cycle >= limit.cycle
      if stop != .limit || isOver || board.fabric.now == begun { return nil }
    }
  }

  /// Runs both in one piece from the anchor to `limit`. Whether all is the same there, and how it came to stop.
  private func isSame(
    _ board: inout B, _ limit: RunLimit, _ engine: EngineChoice, _ inputs: [StampedInput],
    _ collecting: EffectSelection
  ) -> (Bool, Stop) {
    rewind(&board)
    let caches = board.makeCaches(for: memory)
    caches.engine = engine
    var told: [Effect] = []
    let begun = board.fabric.now
    var door = Door(RecordedInputs(inputs, from: begun))
    let stop = board.run(until: limit, memory: memory, caches: caches, door: &door, collecting: collecting)
    let isSame = follow(&board, stop, limit, door.takeLog(), from: begun, collecting, into: &told)
    return (isSame && memoryDifferences(atMost: 1).isEmpty, stop)
  }

  private func searchSteps(
    _ board: inout B, _ limit: RunLimit, _ engine: EngineChoice, _ inputs: [StampedInput],
    _ collecting: EffectSelection
  ) -> EngineDifference<B>? {
    rewind(&board)
    var (low, high) = (board.fabric.now.step.count, limit.moment.step.count)
    func isSame(at step: UInt64, _ engine: EngineChoice, _ board: inout B) -> (Bool, Stop) {
      var part = limit
      part.moment = min(limit.moment, Moment(step: Step(step), cycle: .zero))
      return self.isSame(&board, part, engine, inputs, collecting)
    }
    guard low < high, !isSame(at: high, engine, &board).0 else { return nil }
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if isSame(at: middle, engine, &board).0 { low = middle } else { high = middle }
    }
    _ = isSame(at: low, .interpreter, &board)
    let before = board
    let (_, stop) = isSame(at: high, engine, &board)
    let found = difference(.step, before, board, stop)
    _ = isSame(at: low, .interpreter, &board)
    return found
  }
}
