internal import Archive
internal import Backplane
internal import StateCoding
internal import VirtualTime

/// A machine on the way of a run, before what is due at that moment.
struct Waypoint<B: Board>: Sendable {
  /// How many inputs have entered.
  var enteredCount: Int
  /// How many bytes the console has shown.
  var consoleCount: Int
  var checkpoint: Checkpoint<B>
}

/// A run that fails.
struct FailingRun<B: Board>: Sendable {
  /// What entered before it failed.
  var inputs: [TimedInput]
  /// What the console showed up to then.
  var console: [UInt8]
  /// When it failed.
  var failure: Moment
  /// In order of time; the first is where all runs start.
  var waypoints: [Waypoint<B>]

  /// The latest waypoint that a run with `candidate` comes past as this one does.
  func waypoint(for candidate: [TimedInput]) -> Waypoint<B> {
    let common = zip(candidate, inputs).prefix { $0 == $1 }.count
    // What enters where the first difference is in this run must not enter earlier in the other.
    let isEarlier = common < candidate.count && common < inputs.count && candidate[common].cycle < inputs[common].cycle
    let countMax = isEarlier ? common - 1 : common
    return waypoints.last { $0.enteredCount <= countMax } ?? waypoints[0]
  }
}

/// How far a run of a candidate may go.
struct CandidateLimits: Sendable {
  var cycle: Cycle
  var step: Step
  /// Steps between two waypoints, at least.
  var gapSteps: UInt64
  /// The most waypoints.
  var waypointCountMax: Int
}

/// What became of a run.
enum CandidateOutcome<B: Board>: Sendable {
  case fails(FailingRun<B>, steps: UInt64)
  case passes(steps: UInt64)
  /// It is not what was recorded, at a rung.
  case diverges(Divergence)
  case cancelled
  /// The waypoint could not be put back.
  case cannotBegin
}

/// Runs candidates, one after the other, on one machine.
final class CandidateRunner<B: Board> {
  private static var pauseSteps: UInt64 { 1 << 20 }

  let machine: Machine<B>
  private let checkpointer: Checkpointer<B>
  private let makeSign: @Sendable () -> any FailureSign

  /// Runs on `machine`, which is as its memory was made and then written to.
  init(_ machine: Machine<B>, store: PageStore, makeSign: @escaping @Sendable () -> any FailureSign) {
    (self.machine, self.makeSign) = (machine, makeSign)
    checkpointer = Checkpointer(machine, store: store)
    machine.collecting = []
  }

  /// A checkpoint of where the machine stands.
  func checkpoint() -> Checkpoint<B> { checkpointer.take().checkpoint }

  /// Runs with `inputs` from the waypoint of `base`, with which they have everything in common up to there.
  /// - Parameters:
  ///   - rungs: digests to compare on the way.
  ///   - isCancelled: asked now and then.
  func run(
    _ inputs: [TimedInput], _ base: FailingRun<B>, _ limits: CandidateLimits, rungs: [Rung] = [],
    isCancelled: () -> Bool
  ) -> CandidateOutcome<B> {
    let sign = makeSign()
    let judge = sign as? any AttendingSign<B>
    let start = judge == nil ? base.waypoint(for: inputs) : base.waypoints[0]
    guard checkpointer.restore(start.checkpoint) else { return .cannotBegin }
    machine.stopPoints = StopPoints()
    // A machine that stops at a limit has not stopped for what the judge waits for at that very moment.
    var limits = limits
    if judge != nil { limits.cycle = limits.cycle.advanced(by: 1) }
    var run = Run(inputs, base, start, sign, judge)
    var rungs = rungs.drop { $0.moment < machine.moment }
    var stopped: Stop?
    while true {
      if isCancelled() { return .cancelled }
      if let rung = rungs.first, rung.moment <= machine.moment {
        if let found = compare(rung, lastCommon: start.checkpoint.moment) { return .diverges(found) }
        rungs.removeFirst()
      }
      let now = machine.moment
      let attention = attend(judge, stopped)
      if attention.end != nil { return run.outcome(at: now) }
      if run.isEntering(at: now) {
        if run.isWaypointDue(at: now, limits) { run.note(checkpoint()) }
        run.enter(at: now)
      }
      guard machine.board.fabric.halt == nil, now.cycle < limits.cycle, now.step < limits.step else {
        return end(&run, judge, nil)
      }
      let limit = nextPause(limits, attention, rungs.first?.moment, inputCycle: run.nextCycle)
      let stop = machine.run(until: limit, door: &run.door)
      stopped = stop
      if let failed = run.note(machine.takeEffects(), at: machine.moment) { return failed }
      if stop == .stalled || stop == .limit && machine.moment == now { return end(&run, judge, .stalled) }
    }
  }

  private func nextPause(
    _ limits: CandidateLimits, _ attention: Attention, _ rung: Moment?, inputCycle: Cycle
  ) -> RunLimit {
    let step = min(limits.step, attention.step, Step(machine.moment.step.count + Self.pauseSteps))
    var pause = Moment(step: step, cycle: .zero)
    if let rung { pause = min(pause, rung) }
    return RunLimit(
      moment: pause, cycle: min(limits.cycle, attention.cycle, inputCycle), pauseOnOutput: true,
      passedBreakpoint: attention.passedBreakpoint)
  }

  /// Lets the judge look, if there is one. A machine that has halted is looked at as one whose run has ended.
  private func attend(_ judge: (any AttendingSign<B>)?, _ stop: Stop?) -> Attention {
    guard let judge, machine.board.fabric.halt == nil else { return Attention() }
    let attention = judge.attend(machine, stop)
    machine.stopPoints = StopPoints(breakpoints: attention.breakpoint.map { [$0] } ?? [])
    return attention
  }

  /// What became of a run that is over, for `reason` unless the guest ended it. One that nobody wants to see more of
  /// has not ended, to a judge.
  private func end(_ run: inout Run, _ judge: (any AttendingSign<B>)?, _ reason: EndReason?) -> CandidateOutcome<B> {
    let halt = machine.board.fabric.halt
    guard let judge else { return run.end(at: machine.moment, halt) }
    if let reason = halt.map({ EndReason($0) }) ?? reason { judge.conclude(machine, reason) }
    return run.outcome(at: machine.moment)
  }

  private func compare(_ rung: Rung, lastCommon: Moment) -> Divergence? {
    let digest = TraceDigest(machine.digest())
    guard machine.moment != rung.moment || digest != rung.digest else { return nil }
    return Divergence(
      subject: .rung, lastCommon: lastCommon, found: machine.moment,
      recorded: Self.text(rung.moment, rung.digest), replayed: Self.text(machine.moment, digest))
  }

  private static func text(_ moment: Moment, _ digest: TraceDigest) -> String {
    "@\(moment.step.count) (cycle \(moment.cycle.count)), digest \(Digest(high: digest.high, low: digest.low))"
  }

  /// What is known of one run on its way.
  private struct Run {
    private let inputs: [TimedInput]
    private let start: Moment
    private var sign: any FailureSign
    private let judge: (any AttendingSign<B>)?
    private var next: Int
    private var console: [UInt8]
    private var waypoints: [Waypoint<B>]
    var door: Door

    init(
      _ inputs: [TimedInput], _ base: FailingRun<B>, _ waypoint: Waypoint<B>, _ sign: any FailureSign,
      _ judge: (any AttendingSign<B>)?
    ) {
      (self.inputs, self.sign, self.judge, next) = (inputs, sign, judge, waypoint.enteredCount)
      let start = waypoint.checkpoint.moment
      self.start = start
      console = Array(base.console.prefix(waypoint.consoleCount))
      waypoints = base.waypoints.filter { $0.checkpoint.moment <= start }
      let rest = Array(inputs[waypoint.enteredCount...])
      door = Door(judge?.source(rest) ?? TimedInputs(rest))
      for byte in console { _ = self.sign.note(byte, at: start) }
    }

    /// The cycle of the next input; never when there is none.
    var nextCycle: Cycle { next < inputs.count ? inputs[next].cycle : .never }

    func isEntering(at moment: Moment) -> Bool { nextCycle <= moment.cycle && next < inputs.count }

    mutating func enter(at moment: Moment) {
      while isEntering(at: moment) {
        judge?.enter(inputs[next].input)
        next += 1
      }
    }

    func isWaypointDue(at moment: Moment, _ limits: CandidateLimits) -> Bool {
      guard let last = waypoints.last?.checkpoint.moment, moment > last else { return false }
      return moment.step.count - last.step.count >= limits.gapSteps && waypoints.count < limits.waypointCountMax
    }

    mutating func note(_ checkpoint: Checkpoint<B>) {
      waypoints.append(Waypoint(enteredCount: next, consoleCount: console.count, checkpoint: checkpoint))
    }

    /// Takes in what the machine did; the outcome, when it has failed.
    mutating func note(_ effects: [Effect], at moment: Moment) -> CandidateOutcome<B>? {
      for effect in effects {
        guard case .output(_, let byte) = effect.kind else { continue }
        console.append(byte)
        if sign.note(byte, at: effect.moment) { return failed(at: effect.moment) }
      }
      return nil
    }

    mutating func end(at moment: Moment, _ halt: Halt?) -> CandidateOutcome<B> {
      sign.end(halt) ? failed(at: moment) : .passes(steps: moment.step.count - start.step.count)
    }

    /// What the judge makes of the run.
    func outcome(at moment: Moment) -> CandidateOutcome<B> {
      judge?.hasFailed == true ? failed(at: moment) : .passes(steps: moment.step.count - start.step.count)
    }

    private func failed(at moment: Moment) -> CandidateOutcome<B> {
      let entered = inputs.filter { $0.cycle <= moment.cycle }
      let kept = waypoints.filter { $0.enteredCount <= entered.count }
      return .fails(
        FailingRun(inputs: entered, console: console, failure: moment, waypoints: kept),
        steps: moment.step.count - start.step.count)
    }
  }
}
