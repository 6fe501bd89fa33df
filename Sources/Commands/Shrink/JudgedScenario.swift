internal import Archive
internal import Backplane
internal import Boards
internal import Host
internal import Scenario
internal import Timeline
internal import VirtualTime

/// A scenario that judges runs into which other inputs enter than those that it types itself.
struct JudgedScenario: Sendable {
  /// The file, as it was named.
  let path: String
  let scenario: Scenario
  /// Of the script's symbols, in the images of the trace.
  let addresses: [String: UInt64]
  let clockHertz: UInt64

  /// Reads the scenario at `path`, for runs of the machine of `parent`.
  /// - Parameter parameters: values that go before the defaults of its own.
  init(_ path: String, _ parameters: [Scenario.Parameter], _ parent: ParentTrace) throws {
    self.path = path
    scenario = try LoadedScenario(path, parameters: parameters).scenario
    clockHertz = parent.reader.clockHertz
    addresses = try ScriptSymbols.addresses(scenario.script) {
      let symbols = try TraceSymbols(parent.reader, files: parent.files)
      return (symbols.index, symbols.notes)
    }
  }

  /// What it says that the console must never show.
  var never: [Pattern] {
    scenario.script.actions.compactMap { if case .never(let pattern) = $0.kind { pattern } else { nil } }
  }

  /// How a run failed.
  struct Found: Sendable {
    /// What was not as it should be.
    var problem: ScenarioOutcome.Problem
    /// How the run had ended by then; `nil` when it had not, and the script failed.
    var end: EndReason?
    /// How many of the keys that the script had typed by then had entered, in their order.
    var enteredCount: Int

    /// Whether a run that failed in this way failed as `wanted` says.
    func fits(_ wanted: Found) -> Bool {
      (problem.kind, problem.place, end?.word) == (wanted.problem.kind, wanted.problem.place, wanted.end?.word)
        && enteredCount >= wanted.enteredCount
    }
  }

  /// What shows that a run fails as one did in which this was found.
  ///
  /// What a guest did and should not have done is looked for alone, whatever was typed. What it should have done and
  /// did not could always be had by not typing what makes it do so: then all that the script had typed must be typed.
  func criterion(_ found: Found) -> FailureCriterion {
    switch found.end {
    case .failure(let code): .code(code)
    case .panic(let text): .panic(text)
    case .poweredOff: .halt(.powerOff)
    case .reset: .halt(.reset)
    case .stalled, .limit, .interrupted, nil: .judged(self, found)
    }
  }
}

/// Carries the script of a scenario out on a run, but for its keys: those that enter are others.
///
/// The script goes on as if its keys had entered, as it does when they are late (`VariedInputs`). So it finds of a
/// recorded run just what it found when that was made.
final class ScenarioSign: AttendingSign {
  private let judged: JudgedScenario
  private let wanted: JudgedScenario.Found?
  private let note: @Sendable (JudgedScenario.Found) -> Void
  private let driver: ScriptDriver
  private let limits: Conductor<VirtBoard>.Limits
  private var watcher = ConsoleWatcher()
  private var shown: [UInt8] = []
  /// The keys that the script has typed and that have not entered since.
  private var typed: [[UInt8]] = []
  private var enteredCount = 0
  private(set) var hasFailed = false

  /// - Parameters:
  ///   - wanted: the failure that is looked for; `nil` for any.
  ///   - note: is told of the failure that is found.
  init(
    _ judged: JudgedScenario, wanted: JudgedScenario.Found? = nil,
    note: @escaping @Sendable (JudgedScenario.Found) -> Void = { _ in }
  ) {
    (self.judged, self.wanted, self.note) = (judged, wanted, note)
    driver = ScriptDriver(
      judged.scenario.script, clockHertz: judged.clockHertz, addresses: judged.addresses)
    limits = judged.scenario.conductorLimits(judged.clockHertz)
  }

  // MARK: FailureSign

  func note(_ byte: UInt8, at moment: Moment) -> Bool {
    shown.append(byte)
    _ = watcher.note(byte, at: moment)
    return false
  }

  func end(_ halt: Halt?) -> Bool { hasFailed }

  // MARK: AttendingSign

  func source(_ inputs: [TimedInput]) -> any InputSource { JudgedInputs(inputs, driver.inputs) }

  func enter(_ input: Input) {
    guard input.slot == ScriptDriver.console, input.bytes == typed.first else { return }
    typed.removeFirst()
    enteredCount += 1
  }

  func attend(_ machine: Machine<VirtBoard>, _ stop: Stop?) -> Attention {
    handOver(machine.moment)
    if let reason = limits.reasonToEnd(at: machine.moment, watcher.panic) {
      conclude(machine, reason)
      var attention = Attention()
      attention.end = reason
      return attention
    }
    var attention = driver.attend(machine, .pause(stop))
    typed += driver.inputs.take(at: machine.moment).map(\.bytes)
    if attention.end != nil { judge(nil) }
    attention.step = min(attention.step, limits.step ?? Step(.max))
    attention.cycle = min(attention.cycle, limits.cycle ?? .never, limits.end(of: watcher.panic) ?? .never)
    return attention
  }

  func conclude(_ machine: Machine<VirtBoard>, _ reason: EndReason) {
    handOver(machine.moment)
    _ = driver.attend(machine, .end(reason))
    judge(reason)
  }

  // MARK: -

  private func handOver(_ moment: Moment) {
    driver.inputs.observe(shown, at: moment)
    shown = []
  }

  /// - Parameter end: how the run ended; `nil` when the script did that.
  private func judge(_ end: EndReason?) {
    guard let problem = judged.scenario.problem(driver.inputs, end ?? .interrupted) else { return }
    let found = JudgedScenario.Found(problem: problem, end: end, enteredCount: enteredCount)
    note(found)
    hasFailed = wanted.map { found.fits($0) } ?? true
  }
}

/// Lets inputs in by guest time, while a script looks on and waits.
private struct JudgedInputs: InputSource {
  private var inputs: TimedInputs
  private let script: ScriptedInputs

  init(_ inputs: [TimedInput], _ script: ScriptedInputs) { (self.inputs, self.script) = (TimedInputs(inputs), script) }

  func horizon(after moment: Moment) -> Step { min(inputs.horizon(after: moment), script.horizon(after: moment)) }

  mutating func take(at moment: Moment) -> [Input] { inputs.take(at: moment) }

  func idle(from moment: Moment, until alarm: Cycle?) -> Cycle? {
    // To the script, what is on its way is something that will happen by itself.
    script.idle(from: moment, until: inputs.idle(from: moment, until: alarm))
  }
}
