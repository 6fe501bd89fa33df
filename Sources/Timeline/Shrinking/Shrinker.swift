public import Archive
public import Backplane
internal import StateCoding
internal import Synchronization
public import VirtualTime

/// Finds a smaller run that fails as a recorded one does: live runs of the same machine with some of the inputs, at
/// some guest times, each from the nearest checkpoint before the first input that is another.
///
/// The result depends on the trace, the sign and the limits alone: of several candidates that are tried at once, the
/// first in order that fails is taken, as if they had been tried one by one.
public final class Shrinker<B: Board> {
  /// What a search may take.
  public struct Limits: Hashable, Sendable {
    /// The most runs of candidates.
    public var runCountMax: Int
    /// Steps between two checkpoints, at least: to run so far takes about as long as to put one back.
    public var gapStepsMin: UInt64

    /// Limits; 5,000 runs unless told otherwise.
    public init(runCountMax: Int = 5000, gapStepsMin: UInt64 = 1 << 18) {
      precondition(runCountMax >= 0 && gapStepsMin > 0, "limits leave room")
      (self.runCountMax, self.gapStepsMin) = (runCountMax, gapStepsMin)
    }
  }

  /// What the recorded run is.
  public enum Verdict: Hashable, Sendable {
    /// It fails, at this moment.
    case fails(Moment)
    /// It does not, up to its end.
    case passes
    /// It is not what was recorded.
    case diverges(Divergence)
    /// Nobody waited for it.
    case interrupted
  }

  /// How far the search has come.
  public struct Progress: Hashable, Sendable {
    /// Runs of candidates.
    public var runCount = 0
    /// Their steps, together.
    public var steps: UInt64 = 0
    /// Inputs of the smallest run so far.
    public var inputCount = 0
  }

  /// Asked now and then, by the thread that waits: whether to stop.
  public var shouldStop: () -> Bool = { false }
  /// Told now and then, by the thread that waits.
  public var onProgress: (Progress) -> Void = { _ in }
  /// How far the search has come.
  public private(set) var progress = Progress()
  /// Where all runs start.
  public let start: Moment
  /// What entered in the recording, by guest time.
  public let recorded: [TimedInput]

  private let reader: TraceReader
  private let store: PageStore
  private let runner: CandidateRunner<B>
  private let makeSign: @Sendable () -> any FailureSign
  private let workers: any Workers
  private let limits: Limits
  private let clockHertz: UInt64
  private var best: FailingRun<B>
  /// Candidates that did not fail, by digest, in order of the digests.
  private var passed: [Digest] = []

  /// A search for a smaller run than that of `reader`.
  /// - Parameters:
  ///   - machine: stands at power-on, as the trace's header and images say.
  ///   - workers: threads to try candidates on, as many at once as they are.
  ///   - makeSign: makes what looks for the failure.
  /// - Throws: `TraceError` when the trace cannot be read, `SnapshotProblem` when it starts late and cannot be brought
  ///   to its start.
  public init(
    machine: Machine<B>, reader: TraceReader, workers: any Workers = NoWorkers(), limits: Limits = Limits(),
    makeSign: @escaping @Sendable () -> any FailureSign
  ) throws {
    (self.reader, self.workers, self.limits, self.makeSign) = (reader, workers, limits, makeSign)
    try TraceStart.bring(machine, to: reader)
    recorded = try reader.inputs().map {
      TimedInput(cycle: $0.moment.cycle, input: Input(slot: Slot($0.slot), bytes: $0.bytes))
    }
    start = machine.moment
    clockHertz = machine.board.fabric.clockHertz
    store = PageStore(workers: workers)
    runner = CandidateRunner(machine, store: store, makeSign: makeSign)
    best = FailingRun(
      inputs: [], console: [], failure: start,
      waypoints: [Waypoint(enteredCount: 0, consoleCount: 0, checkpoint: runner.checkpoint())])
  }

  /// The smallest run that fails, so far: its inputs, and when it fails.
  public var smallest: (inputs: [TimedInput], failure: Moment) { (best.inputs, best.failure) }

  /// Runs as recorded, and finds out whether and when that fails. Must come first.
  public func confirm() throws -> Verdict {
    let last = reader.end?.moment ?? reader.covered
    // A machine that waits stands at its last step long before its last moment.
    let limits = CandidateLimits(
      cycle: last.cycle, step: Step(last.step.count + 1), gapSteps: gapSteps(last.step.count - start.step.count),
      waypointCountMax: Self.waypointCountMax)
    let rungs = try reader.rungs().filter { $0.moment < last }
    switch runner.run(recorded, best, limits, rungs: rungs, isCancelled: shouldStop) {
    case .fails(let run, let steps):
      (best, progress.inputCount) = (run, run.inputs.count)
      progress.steps += steps
      return .fails(run.failure)
    case .passes: return .passes
    case .diverges(let found): return .diverges(found)
    case .cancelled: return .interrupted
    case .cannotBegin: throw Self.problem
    }
  }

  /// Makes the run smaller, as far as that goes.
  /// - Returns: why it did not go further; `nil` when nothing more could be taken away or moved.
  public func shrink() throws -> InputReduction.Ended? {
    var failed: (any Error)?
    var reduction = InputReduction(best.inputs, start: start.cycle, clockHertz: clockHertz) {
      [unowned self] count, candidate throws(InputReduction.Ended) in
      do {
        return try self.firstFailing(count, candidate)
      } catch let ended as InputReduction.Ended {
        throw ended
      } catch {
        failed = error
        throw .interrupted
      }
    }
    var ended: InputReduction.Ended?
    do { try reduction.run() } catch { ended = error }
    if let failed { throw failed }
    return ended
  }

  // MARK: Trying

  private static var waypointCountMax: Int { 128 }
  private static var problem: SnapshotProblem {
    SnapshotProblem(description: "a checkpoint that was just taken cannot be put back: the host's memory fails")
  }

  private func gapSteps(_ steps: UInt64) -> UInt64 { max(limits.gapStepsMin, steps / 64) }

  /// What a candidate may take: somewhat longer than the run that it is to be smaller than, because without some inputs
  /// the failure can come later; and not for ever.
  private var candidateLimits: CandidateLimits {
    let (cycles, steps) = (best.failure.cycle.count - start.cycle.count, best.failure.step.count - start.step.count)
    let more = steps.multipliedReportingOverflow(by: 3)
    return CandidateLimits(
      cycle: best.failure.cycle.advanced(by: cycles / 8 + clockHertz / 50),
      step: Step(best.failure.step.count &+ (more.overflow ? 1 << 62 : min(more.partialValue, 1 << 62)) + 1 << 22),
      gapSteps: gapSteps(steps), waypointCountMax: Self.waypointCountMax)
  }

  /// The first of `count` candidates that fails, which becomes the smallest run.
  private func firstFailing(
    _ count: Int, _ candidate: @escaping @Sendable (Int) -> [TimedInput]
  ) throws -> (number: Int, inputs: [TimedInput])? {
    var number = 0
    while true {
      var batch: [(number: Int, inputs: [TimedInput], digest: Digest)] = []
      while number < count, batch.count < max(1, workers.count) {
        let inputs = candidate(number)
        let digest = Self.digest(of: inputs)
        if !hasPassed(digest), !batch.contains(where: { $0.digest == digest }) {
          batch.append((number, inputs, digest))
        }
        number += 1
      }
      guard !batch.isEmpty else { return nil }
      if shouldStop() { throw InputReduction.Ended.interrupted }
      let tried = Array(batch.prefix(limits.runCountMax - progress.runCount))
      guard !tried.isEmpty else { throw InputReduction.Ended.budget }
      let outcomes = tried.count > 1 ? tryTogether(tried.map(\.inputs)) : tried.map { tryAlone($0.inputs) }
      for (tried, outcome) in zip(tried, outcomes) {
        switch outcome {
        case .fails(let run, let steps):
          note(steps)
          (best, progress.inputCount) = (run, run.inputs.count)
          onProgress(progress)
          return (tried.number, run.inputs)
        case .passes(let steps):
          note(steps)
          passed.insert(tried.digest, at: place(of: tried.digest))
        case .cancelled: throw InputReduction.Ended.interrupted
        case .cannotBegin, .diverges: throw Self.problem
        }
      }
      if tried.count < batch.count { throw InputReduction.Ended.budget }
      onProgress(progress)
    }
  }

  private func note(_ steps: UInt64) {
    progress.runCount += 1
    progress.steps &+= steps
  }

  private func tryAlone(_ inputs: [TimedInput]) -> CandidateOutcome<B> {
    runner.run(inputs, best, candidateLimits, isCancelled: shouldStop)
  }

  /// Tries `candidates`, each on a thread and a machine of its own. Those behind the first that fails are of no
  /// interest.
  private func tryTogether(_ candidates: [[TimedInput]]) -> [CandidateOutcome<B>] {
    let shared = SharedTrial<B>(count: candidates.count)
    let (best, limits, store, makeSign) = (best, candidateLimits, store, makeSign)
    let (board, geometry) = (best.waypoints[0].checkpoint.board, MemoryGeometry(runner.machine.memory))
    let (poll, engine) = (shouldStop, runner.machine.engine)
    workers.perform(
      candidates.count,
      { number in
        guard let memory = geometry.makeMemory() else { return shared.note(.cannotBegin, number) }
        let runner = CandidateRunner(
          Machine(board: board, memory: memory, engine: engine), store: store, makeSign: makeSign)
        let outcome = runner.run(candidates[number], best, limits) { shared.isDone(with: number) }
        shared.note(outcome, number)
      },
      whileWaiting: { if poll() { shared.cancel() } })
    return shared.outcomes
  }

  // MARK: What is known

  private static func digest(of inputs: [TimedInput]) -> Digest {
    var bytes: [UInt8] = []
    func append(_ number: UInt64) {
      for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
    for timed in inputs {
      append(timed.cycle.count)
      append(UInt64(timed.input.slot.number) << 32 | UInt64(timed.input.bytes.count))
      bytes += timed.input.bytes
    }
    return Digest(of: bytes)
  }

  private func place(of digest: Digest) -> Int {
    var (low, high) = (0, passed.count)
    while low < high {
      let middle = (low + high) / 2
      if (passed[middle].high, passed[middle].low) < (digest.high, digest.low) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }

  private func hasPassed(_ digest: Digest) -> Bool {
    let place = place(of: digest)
    return place < passed.count && passed[place] == digest
  }
}

/// What the threads of one trial share.
private final class SharedTrial<B: Board>: Sendable {
  private struct State {
    var outcomes: [CandidateOutcome<B>]
    var firstFailing: Int
    var isCancelled = false
  }

  private let state: Mutex<State>

  init(count: Int) {
    state = Mutex(State(outcomes: Array(repeating: .cancelled, count: count), firstFailing: count))
  }

  func note(_ outcome: CandidateOutcome<B>, _ number: Int) {
    state.withLock { state in
      state.outcomes[number] = outcome
      if case .fails = outcome { state.firstFailing = min(state.firstFailing, number) }
    }
  }

  func cancel() { state.withLock { $0.isCancelled = true } }

  /// Whether nobody wants to know any more what becomes of candidate `number`.
  func isDone(with number: Int) -> Bool { state.withLock { $0.isCancelled || number > $0.firstFailing } }

  var outcomes: [CandidateOutcome<B>] { state.withLock { $0.outcomes } }
}
