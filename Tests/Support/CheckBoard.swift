public import Backplane
internal import StateCoding
internal import VirtualTime

/// A run of a board that is to come out the same however it is cut.
public struct BoardRun<B: Board> {
  /// A machine at power-on; the same each time.
  public var make: () -> Machine<B>
  /// What enters the machine, in order of moments.
  public var inputs: [StampedInput]
  /// The step to end at, when the machine does not stop before.
  public var limitSteps: UInt64
  /// Steps between two rungs, at which digests are compared.
  public var rungIntervalSteps: UInt64

  /// A run of what `make` makes.
  public init(
    inputs: [StampedInput] = [], limitSteps: UInt64 = 100_000, rungIntervalSteps: UInt64 = 1000,
    make: @escaping () -> Machine<B>
  ) {
    precondition(limitSteps > 0 && rungIntervalSteps > 0, "A run has steps, and rungs are apart.")
    (self.inputs, self.make) = (inputs, make)
    (self.limitSteps, self.rungIntervalSteps) = (limitSteps, rungIntervalSteps)
  }
}

/// Runs the machine as a whole, by the interpreter, then with nothing but pauses at the rungs, by either engine, then,
/// `passes` times, in pieces: cut at random steps and cycles, where its caches are dropped, its engine is swapped, its
/// state is encoded and decoded, it moves into another machine, and its memory is digested. All runs must have the same
/// digest at every rung, the same effects, and the same end.
/// - Returns: what went wrong, with the seed and the cuts that repeat it; `nil` when nothing did.
public func checkBoard<B: Board>(_ run: BoardRun<B>, seed: UInt64, passes: Int = 4) -> String? {
  var unbroken = CutRun(run, generator: nil)
  unbroken.run(by: .interpreter, rungs: false)
  var whole = CutRun(run, generator: nil)
  whole.run(by: .interpreter)
  if let difference = whole.result.difference(from: unbroken.result, rungs: false) {
    return "seed \(seed), with rungs only: \(difference)"
  }
  for engine in [EngineChoice.translator, .eagerTranslator] {
    var translated = CutRun(run, generator: nil)
    translated.run(by: engine)
    if let difference = translated.result.difference(from: whole.result) {
      let states = StateDifference.between(whole.machine.board, translated.machine.board, limit: 8)
      return "seed \(seed), by the \(engine): \(difference)\nstates at the end: \(states)"
    }
  }
  for pass in 0..<passes {
    var cut = CutRun(run, generator: SeededGenerator(seed: seed &+ UInt64(pass) << 32))
    // From single steps to long pieces; of a long run, only stretches are cut so finely.
    cut.longestPiece = 2 << UInt64(pass % 4 * 3)
    cut.longestSkip = whole.result.end.step.count / 8
    cut.run(by: pass % 2 == 0 ? .eagerTranslator : .translator)
    if let difference = cut.result.difference(from: whole.result) {
      let states = StateDifference.between(whole.machine.board, cut.machine.board, limit: 8)
      return "seed \(seed), pass \(pass): \(difference)\nstates at the end: \(states)\n"
        + "last cuts: \(cut.cuts.suffix(12).joined(separator: "; "))"
    }
  }
  return nil
}

/// All that is compared of a run.
private struct RunResult {
  var rungs: [(moment: Moment, digest: Digest)] = []
  var effects: [Effect] = []
  var stop = Stop.limit
  var end = Moment.zero
  var digest = Digest(high: 0, low: 0)
  var problem: String?

  /// The first thing in which this differs from `other`.
  func difference(from other: RunResult, rungs comparesRungs: Bool = true) -> String? {
    if let problem { return problem }
    for (index, (ours, theirs)) in zip(rungs, other.rungs).enumerated() where comparesRungs {
      if ours.moment != theirs.moment { return "rung \(index) is at \(ours.moment) and was at \(theirs.moment)" }
      if ours.digest != theirs.digest { return "the digest differs at rung \(index), \(ours.moment)" }
    }
    for (ours, theirs) in zip(effects, other.effects) where ours != theirs { return "\(ours) was \(theirs)" }
    if effects.count != other.effects.count { return "\(effects.count) effects were \(other.effects.count)" }
    if stop != other.stop { return "it stopped with \(stop), not \(other.stop)" }
    if end != other.end { return "it ended at \(end), not \(other.end)" }
    if comparesRungs, rungs.count != other.rungs.count { return "\(rungs.count) rungs were \(other.rungs.count)" }
    return digest == other.digest ? nil : "the digest at the end differs"
  }
}

/// One run, in one piece but for its rungs, or cut at random.
private struct CutRun<B: Board> {
  private let plan: BoardRun<B>
  private var generator: SeededGenerator?
  private(set) var machine: Machine<B>
  private var door: Door
  private(set) var result = RunResult()
  /// What was done at each cut, for the report.
  private(set) var cuts: [String] = []
  /// The most steps, or cycles, between two cuts, most of the time.
  var longestPiece: UInt64 = 1
  /// The most steps left whole between two stretches that are cut finely.
  var longestSkip: UInt64 = 0
  private var cutsUntilSkip: UInt64 = 40

  init(_ plan: BoardRun<B>, generator: SeededGenerator?) {
    (self.plan, self.generator) = (plan, generator)
    machine = plan.make()
    machine.collecting = [.output, .interrupts, .devices]
    door = Door(RecordedInputs(plan.inputs))
  }

  mutating func run(by engine: EngineChoice, rungs: Bool = true) {
    machine.engine = engine
    var nextRung = rungs ? plan.rungIntervalSteps : .max
    while result.problem == nil {
      let limit = nextLimit(min(nextRung, plan.limitSteps))
      let stop = machine.run(until: limit, door: &door)
      // Storms are noticed by what is dropped here, and are nothing to compare.
      result.effects += machine.takeEffects().filter { if case .trapStorm = $0.kind { false } else { true } }
      let now = machine.moment
      if now.step > limit.moment.step { result.problem = "told to run to \(limit), it ran to \(now)" }
      switch stop {
      case .halted, .stalled: return end(stop)
      case .enginesDiffer:
        result.problem = "the engines differ"
      case .limit, .output, .hit: break
      }
      if now.step.count >= nextRung {
        result.rungs.append((now, machine.digest()))
        nextRung += plan.rungIntervalSteps
      }
      if now.step.count >= plan.limitSteps { return end(.limit) }
      disturb()
    }
  }

  private mutating func end(_ stop: Stop) {
    (result.stop, result.end, result.digest) = (stop, machine.moment, machine.digest())
  }

  /// Where to pause next: at step `rung` at the latest.
  private mutating func nextLimit(_ rung: UInt64) -> RunLimit {
    guard var numbers = generator else { return RunLimit(step: Step(rung)) }
    defer { generator = numbers }
    let now = machine.moment
    var limit = RunLimit(step: Step(rung))
    if cutsUntilSkip == 0, longestSkip > 100 {
      cutsUntilSkip = 1 + numbers.below(60)
      limit.moment = min(
        limit.moment, Moment(step: Step(now.step.count + 1 + numbers.below(longestSkip)), cycle: .zero))
      return limit
    }
    cutsUntilSkip &-= 1
    let piece = 1 + numbers.below(longestPiece)
    switch numbers.below(16) {
    case 0..<6: limit.cycle = now.cycle.advanced(by: piece)
    // Beyond the ends of idlings too, which are long.
    case 6: limit.cycle = now.cycle.advanced(by: piece &* (1 + numbers.below(2000)))
    default: limit.moment = min(limit.moment, Moment(step: Step(now.step.count + piece), cycle: .zero))
    }
    limit.pauseOnOutput = numbers.chance(1, in: 3)
    return limit
  }

  /// Does to the machine what must not be seen.
  private mutating func disturb() {
    guard var numbers = generator else { return }
    defer { generator = numbers }
    var done = "@\(machine.moment.step.count)/\(machine.moment.cycle.count)"
    if numbers.chance(1, in: 3) {
      machine.dropCaches()
      done += " caches"
    }
    if numbers.chance(1, in: 4) {
      _ = machine.digest()
      done += " digest"
    }
    if numbers.chance(1, in: 4) {
      machine.engine = numbers.pick([.interpreter, .translator, .eagerTranslator])
      done += " \(machine.engine)"
    }
    if numbers.chance(1, in: 4) {
      do {
        machine.restore(try StateReader.decode(B.self, from: StateWriter.bytes(of: machine.board)))
      } catch {
        result.problem = "the board's own bytes are refused: \(error)"
      }
      done += " decode"
    }
    if numbers.chance(1, in: 8) {
      let other = plan.make()
      other.restore(machine.board, machine.memory.save())
      other.collecting = machine.collecting
      other.engine = machine.engine
      machine = other
      done += " move"
    }
    if numbers.chance(1, in: 8) {
      door = Door(RecordedInputs(plan.inputs, from: machine.moment))
      done += " door"
    }
    cuts.append(done)
  }
}
