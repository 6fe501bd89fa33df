public import StateCoding
public import VirtualTime

/// Why a run returned.
public enum Stop: Hashable, Sendable {
  /// It reached the moment or the cycle it was to run to.
  case limit
  /// The machine has stopped for good.
  case halted(Halt)
  /// All harts wait, no alarm is set and no input will ever come. One cycle has passed since that became certain, so
  /// that here too the machine stands before what is due.
  case stalled
  /// The engines came to different ends, where they run side by side: the machine has been put back to the last
  /// moment at which they agreed. See `Machine.engineDifference`.
  case enginesDiffer
  /// Whoever owns the run asked for a pause: see `RunLimit.pauseOnOutput`.
  case output
  /// It came to a stop point. Here too the machine stands at a moment before what is due: before the instruction of a
  /// breakpoint, behind the one that touched a watchpoint or wrote a register.
  case hit(Hit)
}

/// How far a run may go.
public struct RunLimit: Hashable, Sendable {
  /// The moment to stop at, before anything due at that moment happens.
  public var moment: Moment
  /// The guest time to stop at: the first moment at or after this cycle.
  public var cycle: Cycle
  /// Whether to come back whenever something was sent to the outside.
  public var pauseOnOutput: Bool
  /// The step whose instruction is executed even if it has a breakpoint: to go on from one.
  public var passedBreakpoint: Step?

  /// A limit at `moment`, or `cycle` when that comes first.
  public init(
    moment: Moment, cycle: Cycle = .never, pauseOnOutput: Bool = false, passedBreakpoint: Step? = nil
  ) {
    (self.moment, self.cycle, self.pauseOnOutput) = (moment, cycle, pauseOnOutput)
    self.passedBreakpoint = passedBreakpoint
  }

  /// A limit at the first moment of `step`.
  public init(step: Step) { self.init(moment: Moment(step: step, cycle: .zero)) }
}

/// How instructions are executed. Not state, and never in a trace: all ways do the same to the last bit.
public enum EngineChoice: String, CaseIterable, Sendable {
  /// One by one, by portable code: the reference.
  case interpreter
  /// What is executed often is translated into code of the host; where the host cannot have that, the interpreter.
  case translator
  /// The same, but everything is translated before it is first executed: for tests, and slow.
  case eagerTranslator
  /// The translator, with the interpreter beside it: what they come to is compared all along, and the first difference
  /// ends the run.
  case lockstep
  /// The same with `eagerTranslator`: for tests.
  case eagerLockstep
}

/// What an engine has done so far. Not state: it depends on the engine, and on the host.
public struct EngineStatistics: Equatable, Sendable {
  /// Steps taken in translated code.
  public var translatedSteps: UInt64 = 0
  /// Blocks translated, their instructions, and their code in bytes: what runs often, and what does not.
  public var blocks: UInt64 = 0, translatedInstructions: UInt64 = 0, hotBytes: UInt64 = 0, coldBytes: UInt64 = 0
  /// How often all translated code has been thrown away for want of room.
  public var flushes: UInt64 = 0

  /// Nothing.
  public init() {}
}

/// What a board's engine keeps between runs, and what it is told to stop at.
public protocol BoardCaches: AnyObject {
  /// Where runs stop.
  var stopPoints: StopPoints { get set }
  /// How runs are executed.
  var engine: EngineChoice { get set }
  /// Whether runs return behind every block of translated code, at the latest; to be set before the first run.
  var leavesAfterBlock: Bool { get set }
  /// What has been done with these caches.
  var statistics: EngineStatistics { get }
  /// Someone other than a run has changed the board: what rests on its state is void, what rests on memory alone is
  /// not.
  func boardWasReplaced()
}

extension BoardCaches {
  /// Nothing, for engines that do not count.
  public var statistics: EngineStatistics { EngineStatistics() }
  /// Never, for engines that do not translate.
  public var leavesAfterBlock: Bool {
    get { false }
    set { _ = newValue }
  }
}

/// A board: harts, devices and wires as one value. Guest memory stands beside it.
///
/// Invariant: running to A and then to B leaves the same state as running to B at once, for every A; dropping the
/// caches, or encoding and decoding the board, at any moment changes nothing.
public protocol Board: MachineState {
  /// What the board's engine keeps between runs only to be fast: TLBs, decoded code. Dropping it changes nothing.
  associatedtype Caches: BoardCaches

  /// Fresh caches for `memory`.
  func makeCaches(for memory: Memory) -> Caches

  /// The board's wires and clock.
  var fabric: Fabric { get set }

  /// Runs until `limit`, or until the machine stops by itself.
  mutating func run(
    until limit: RunLimit, memory: Memory, caches: Caches, door: inout Door, collecting effects: EffectSelection
  ) -> Stop
}

/// A board with its memory and caches: what runs.
public final class Machine<B: Board> {
  /// The board, a value.
  public private(set) var board: B
  /// Guest memory.
  public let memory: Memory
  private var caches: B.Caches
  private var lockstep: Lockstep<B>?
  /// Which effects to collect.
  public var collecting: EffectSelection = .output

  /// A machine of `board` and `memory`.
  public init(board: B, memory: Memory, engine: EngineChoice = .translator) {
    (self.board, self.memory) = (board, memory)
    caches = board.makeCaches(for: memory)
    self.engine = engine
  }

  /// Where the machine stands.
  public var moment: Moment { board.fabric.now }

  /// Runs until `limit` or until the machine stops by itself.
  public func run(until limit: RunLimit, door: inout Door) -> Stop {
    guard let lockstep else {
      return board.run(until: limit, memory: memory, caches: caches, door: &door, collecting: collecting)
    }
    return lockstep.run(&board, caches, until: limit, door: &door, collecting: collecting)
  }

  /// Runs the board in another way than `run`.
  func observing(_ body: (inout B, B.Caches, EffectSelection) -> Stop) -> Stop {
    lockstep?.isStale = true
    return body(&board, caches, collecting)
  }

  /// Makes the machine what it was when `board` was copied and `saved` was saved; without `saved`, memory stays.
  public func restore(_ board: B, _ saved: SavedMemory? = nil) {
    self.board = board
    if let saved { memory.restore(saved) }
    wasChanged()
  }

  /// Changes the machine from outside.
  public func change<Result>(_ body: (inout B, Memory) -> Result) -> Result {
    defer { wasChanged() }
    return body(&board, memory)
  }

  private func wasChanged() {
    caches.boardWasReplaced()
    lockstep?.isStale = true
  }

  /// Drops everything that was kept only to be fast.
  public func dropCaches() {
    let (stopPoints, engine) = (caches.stopPoints, caches.engine)
    caches = board.makeCaches(for: memory)
    (caches.stopPoints, caches.engine) = (stopPoints, engine)
  }

  /// Where runs stop; nowhere at first.
  public var stopPoints: StopPoints {
    get { caches.stopPoints }
    set { if caches.stopPoints != newValue { caches.stopPoints = newValue } }
  }

  /// How runs are executed; by the translator at first.
  public var engine: EngineChoice {
    get {
      guard lockstep != nil else { return caches.engine }
      return caches.engine == .eagerTranslator ? .eagerLockstep : .lockstep
    }
    set {
      guard newValue != engine else { return }
      lockstep = newValue == .lockstep || newValue == .eagerLockstep ? Lockstep(memory) : nil
      switch newValue {
      case .lockstep: caches.engine = .translator
      case .eagerLockstep: caches.engine = .eagerTranslator
      default: caches.engine = newValue
      }
    }
  }

  /// In which the engines differ, where they run side by side: see `Stop.enginesDiffer`.
  public var engineDifference: EngineDifference<B>? { lockstep?.difference }

  /// What the engine has done since the caches were last dropped.
  public var engineStatistics: EngineStatistics { caches.statistics }

  /// Returns the effects since the last call and forgets them.
  public func takeEffects() -> [Effect] {
    let effects = board.fabric.effects
    board.fabric.effects = []
    return effects
  }

  /// The digest of the whole machine: XXH3-128 over the board's canonical bytes followed by the digest of memory
  /// (high half, then low half, little-endian).
  public func digest() -> Digest {
    var bytes = StateWriter.bytes(of: board)
    let memoryDigest = memory.digest()
    for half in [memoryDigest.high, memoryDigest.low] {
      for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: half >> shift)) }
    }
    return Digest(of: bytes)
  }
}
