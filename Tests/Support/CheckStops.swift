public import Backplane
public import Boards
internal import StateCoding
internal import VirtualTime

/// A run that is to stop at its stop points and nowhere else.
public struct StopRun {
  /// A machine at power-on; the same each time.
  public var make: () -> Machine<VirtBoard>
  /// What enters the machine, in order of moments.
  public var inputs: [StampedInput]
  /// Where it is to stop.
  public var points: StopPoints
  /// Where the engine is told to stop: `points`, unless a canary says otherwise.
  public var toldPoints: StopPoints?
  /// The step to end at, when the machine does not stop before.
  public var limitSteps: UInt64

  /// A run of what `make` makes.
  public init(
    _ points: StopPoints, inputs: [StampedInput] = [], limitSteps: UInt64 = 20_000,
    make: @escaping () -> Machine<VirtBoard>
  ) {
    (self.make, self.inputs, self.points, self.limitSteps) = (make, inputs, points, limitSteps)
  }
}

/// What `checkStops` has seen.
public struct StopReport {
  /// The hits there must be.
  public var hits: [Hit] = []
  /// What went wrong, if anything.
  public var problem: String?
}

/// Runs the machine one step at a time without stop points, and tells from the states before and after each step where
/// it must stop. Then runs it with stop points, in pieces of several lengths, its caches dropped now and then: it must
/// stop there and nowhere else, each time in the state of a run without stop points that was cut there, with the same
/// effects and the same end.
public func checkStops(_ run: StopRun, seed: UInt64, budgets: [UInt64] = [1, 2, 7, 500, .max]) -> StopReport {
  let reference = Reference(run)
  var report = StopReport(hits: reference.hits)
  for budget in budgets {
    var stopping = StoppingRun(run, budget: budget, generator: SeededGenerator(seed: seed ^ budget))
    stopping.run()
    if let problem = stopping.problem ?? stopping.difference(from: reference) {
      report.problem = "seed \(seed), pieces of \(budget) steps: \(problem)"
      return report
    }
  }
  return report
}

/// The plain run.
private struct Reference {
  private(set) var hits: [Hit] = []
  private(set) var effects: [Effect] = []
  let digest: Digest
  let end: Moment

  init(_ run: StopRun) {
    let machine = run.make()
    machine.engine = .interpreter
    machine.collecting = [.output, .interrupts, .devices]
    var door = Door(RecordedInputs(run.inputs))
    while machine.moment.step.count < run.limitSteps {
      let before = machine.board
      let step = machine.moment.step.count
      let plan = StepPlan(before, memory: machine.memory)
      let stop = machine.run(until: RunLimit(step: Step(step + 1)), door: &door)
      if machine.moment.step.count > step {
        let account = StepAccount(before: before, after: machine.board, memory: machine.memory, plan: plan)
        hits += account.hits(run.points, step: step)
      }
      if stop != .limit { break }
    }
    effects = withoutStorms(machine.takeEffects())
    (digest, end) = (machine.digest(), machine.moment)
  }
}

private func withoutStorms(_ effects: [Effect]) -> [Effect] {
  effects.filter { if case .trapStorm = $0.kind { false } else { true } }
}

/// The run that stops.
private struct StoppingRun {
  private let plan: StopRun
  private let budget: UInt64
  private var generator: SeededGenerator
  private let machine: Machine<VirtBoard>
  private var door: Door
  /// Runs without stop points to where `machine` has stopped.
  private let plain: Machine<VirtBoard>
  private var plainDoor: Door
  private var hits: [Hit] = []
  private var effects: [Effect] = []
  private(set) var problem: String?

  init(_ plan: StopRun, budget: UInt64, generator: SeededGenerator) {
    (self.plan, self.budget, self.generator) = (plan, budget, generator)
    machine = plan.make()
    machine.collecting = [.output, .interrupts, .devices]
    machine.stopPoints = plan.toldPoints ?? plan.points
    machine.engine = budget % 2 == 0 ? .eagerTranslator : .translator
    door = Door(RecordedInputs(plan.inputs))
    plain = plan.make()
    plain.engine = .interpreter
    plainDoor = Door(RecordedInputs(plan.inputs))
  }

  mutating func run() {
    var passed: Step?
    while problem == nil, machine.moment.step.count < plan.limitSteps {
      let now = machine.moment.step.count
      let limit = budget == .max ? plan.limitSteps : min(plan.limitSteps, now + 1 + generator.below(budget))
      let stop = machine.run(
        until: RunLimit(moment: Moment(step: Step(limit), cycle: .zero), passedBreakpoint: passed), door: &door)
      effects += withoutStorms(machine.takeEffects())
      if case .hit(let hit) = stop {
        note(hit)
        if case .breakpoint = hit.kind { passed = Step(hit.step) }
      } else if stop != .limit {
        return
      }
      if generator.chance(1, in: 16) { machine.dropCaches() }
    }
  }

  private mutating func note(_ hit: Hit) {
    hits.append(hit)
    var step = hit.step
    if case .breakpoint = hit.kind {} else { step += 1 }
    if machine.moment.step.count != step { problem = "\(hit) left the machine at \(machine.moment)" }
    if hits.count > 4, !generator.chance(1, in: 1 + UInt64(hits.count) / 16) { return }
    if generator.chance(1, in: 2) { door = Door(RecordedInputs(plan.inputs, from: machine.moment)) }
    let stop = plain.run(until: RunLimit(moment: machine.moment), door: &plainDoor)
    if plain.moment != machine.moment || plain.digest() != machine.digest() {
      let states = StateDifference.between(plain.board, machine.board, limit: 8)
      problem = "\(hit) stopped at \(machine.moment); a plain run to there: \(stop) at \(plain.moment); \(states)"
    }
  }

  func difference(from reference: Reference) -> String? {
    for index in 0..<max(hits.count, reference.hits.count) {
      let ours = index < hits.count ? hits[index] : nil
      let theirs = index < reference.hits.count ? reference.hits[index] : nil
      if ours != theirs {
        return "hit \(index) of \(reference.hits.count) is \(ours.map { "\($0)" } ?? "missing"), "
          + "not \(theirs.map { "\($0)" } ?? "there")"
      }
    }
    if machine.moment != reference.end { return "it ended at \(machine.moment), not \(reference.end)" }
    if effects != reference.effects { return "\(effects.count) effects differ from \(reference.effects.count)" }
    return machine.digest() == reference.digest ? nil : "the digest at the end differs"
  }
}
