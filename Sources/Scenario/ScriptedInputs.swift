public import Backplane
public import VirtualTime

/// Carries out a script on a running machine: an input source that reads along with the console.
///
/// All it does depends on the run alone, and not on how the run is cut into pieces: it acts at moments at which it asks
/// to be paused, exactly. While it looks for something on the console it looks once in a millisecond of guest time
/// (`glance`), at the first moment at or after each full millisecond, on what had come before that moment; a wait or a
/// keystroke acts at the first moment at or after its cycle.
///
/// For this to be exact, whoever runs the machine must hand over console bytes (`observe`) before the machine goes on
/// from a pause, and pause it at least whenever this source says; `Conductor` does.
public final class ScriptedInputs: InputSource {
  /// How far the script is.
  public enum Status: Hashable, Sendable {
    /// It is at, or waits in, this action, counted from 0.
    case running(action: Int)
    /// All actions are done.
    case finished
    /// What was to come did not come in time. Nothing more will be done.
    case failed(Failure)
  }

  /// What did not come.
  public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The action, counted from 0.
    public let index: Int
    /// The action.
    public let action: Script.Action
    /// When its time was over.
    public let moment: Moment
    /// The last of what the console had shown since the match before, at most `ScriptedInputs.shownLength` bytes.
    public let console: [UInt8]

    /// A sentence for people, beginning with the place if it is known.
    public var description: String {
      let place = action.place.isEmpty ? "action \(index + 1)" : action.place
      let seen = console.isEmpty ? "the console showed nothing" : "the console's last: \(Notation.text(console))"
      return "\(place): failed: \(action.kind); \(seen)"
    }
  }

  /// How much of the console a failure quotes, in bytes.
  public static let shownLength = 400
  /// Time between two looks at the console.
  public static let glance = Span(nanoseconds: 1_000_000)

  /// How far the script is.
  public private(set) var status: Status
  /// Why the script failed, if it has.
  public var failure: Failure? { if case .failed(let failure) = status { failure } else { nil } }
  /// Whether all actions are done.
  public var isFinished: Bool { status == .finished }

  private let script: Script
  private let console: Slot
  private let clock: Rate
  private let glanceCycles: UInt64
  private let mostCyclesPerStep: UInt64

  private var index = 0
  private var work = Work.next
  private var reader = ConsoleReader()
  /// The cycle at which, with no alarm set, it is certain that no more output is on its way; and the step it is for.
  private var quiet: (step: Step, cycle: Cycle)?

  private enum Work {
    /// The action at `index` is to be begun.
    case next
    /// Looks for the pattern, next at `glance`; fails at `deadline`.
    case expecting(CompiledPattern, glance: Cycle, deadline: Cycle)
    /// The byte at `next` is due at `due`.
    case typing([UInt8], next: Int, due: Cycle, intervalCycles: UInt64)
    case waiting(until: Cycle)
    /// Nothing more to do: done, or failed.
    case over
  }

  /// Carries out `script`.
  /// - Parameters:
  ///   - console: the device that the keys are for.
  ///   - clockHertz: the board's clock.
  ///   - mostCyclesPerStep: no step may cost more. The machine can be told to pause at a step but not at a cycle, so a
  ///     cycle is approached by steps that cannot go beyond it. The default is above the dearest instruction of the
  ///     cost model (25).
  public init(_ script: Script, console: Slot, clockHertz: UInt64, mostCyclesPerStep: UInt64 = 32) {
    precondition(mostCyclesPerStep > 0, "steps cost something")
    (self.script, self.console, self.mostCyclesPerStep) = (script, console, mostCyclesPerStep)
    clock = Rate(clockHertz, per: 1_000_000_000)
    glanceCycles = max(1, clock.ticks(for: Self.glance.nanoseconds))
    status = script.actions.isEmpty ? .finished : .running(action: 0)
    if script.actions.isEmpty { work = .over }
  }

  /// Takes note of what the console has shown. To be called before the machine goes on from `moment`.
  public func observe(_ bytes: [UInt8], at moment: Moment) {
    guard case .running = status, !bytes.isEmpty else { return }
    quiet = nil
    reader.append(bytes)
  }

  // MARK: InputSource

  /// No later than the next moment at which the script acts.
  public func horizon(after moment: Moment) -> Step {
    guard let stop = nextStop else { return Step(.max) }
    let cycles = stop > moment.cycle ? stop.count - moment.cycle.count : 0
    let (step, overflow) = moment.step.count.addingReportingOverflow(max(1, cycles / mostCyclesPerStep))
    return Step(overflow ? .max : step)
  }

  /// The keys that are pressed at `moment`.
  public func take(at moment: Moment) -> [Input] {
    var taken: [Input] = []
    while advance(at: moment, &taken) {}
    return taken
  }

  /// To the alarm, or to the next moment at which the script acts.
  public func idle(from moment: Moment, until alarm: Cycle?) -> Cycle? {
    guard let stop = nextStop else { return alarm }
    if let alarm { return min(stop, alarm) }
    guard case .expecting(_, let glance, let deadline) = work else { return stop }
    // Nothing will happen by itself. But output of this very moment may not have been handed over yet: let one glance
    // pass before giving up.
    guard let known = quiet, known.step == moment.step else {
      quiet = (moment.step, glance)
      return stop
    }
    if moment.cycle < known.cycle { return stop }
    return deadline == .never ? nil : deadline
  }

  // MARK: The script

  /// The next cycle at which there is something to do; `nil` when there is not, ever.
  private var nextStop: Cycle? {
    switch work {
    case .next: .zero
    case .expecting(_, let glance, let deadline): min(glance, deadline)
    case .typing(_, _, let due, _): due
    case .waiting(let cycle): cycle
    case .over: nil
    }
  }

  /// Does what can be done at `moment`. Whether it came further.
  private func advance(at moment: Moment, _ taken: inout [Input]) -> Bool {
    switch work {
    case .over: return false
    case .next:
      begin(script.actions[index].kind, at: moment)
      return true
    case .expecting(let pattern, let glance, let deadline):
      return look(for: pattern, at: moment, glance, deadline)
    case .typing(let bytes, let next, let due, let interval):
      guard next < bytes.count else { return finishAction() }
      guard due <= moment.cycle else { return false }
      taken.append(Input(slot: console, bytes: [bytes[next]]))
      work = .typing(bytes, next: next + 1, due: due.advanced(by: interval), intervalCycles: interval)
      return true
    case .waiting(let cycle):
      return cycle <= moment.cycle && finishAction()
    }
  }

  private func begin(_ kind: Script.Kind, at moment: Moment) {
    switch kind {
    case .expect(let pattern, let limit):
      reader.restart()
      let deadline = limit.map { moment.cycle.advanced(by: clock.ticks(for: $0.nanoseconds)) } ?? .never
      work = .expecting(CompiledPattern(pattern), glance: moment.cycle, deadline: deadline)
    case .type(let bytes, let interval):
      work = .typing(bytes, next: 0, due: moment.cycle, intervalCycles: clock.ticks(for: interval.nanoseconds))
    case .wait(let span):
      work = .waiting(until: moment.cycle.advanced(by: clock.ticks(for: span.nanoseconds)))
    }
  }

  private func look(for pattern: CompiledPattern, at moment: Moment, _ glance: Cycle, _ deadline: Cycle) -> Bool {
    guard min(glance, deadline) <= moment.cycle else { return false }
    if reader.find(pattern) { return finishAction() }
    guard deadline > moment.cycle else {
      status = .failed(
        Failure(
          index: index, action: script.actions[index], moment: moment,
          console: Array(reader.unread.suffix(Self.shownLength))))
      work = .over
      return false
    }
    let next = Cycle((moment.cycle.count / glanceCycles + 1).multipliedReportingOverflow(by: glanceCycles).partialValue)
    work = .expecting(pattern, glance: next > moment.cycle ? next : .never, deadline: deadline)
    return false
  }

  private func finishAction() -> Bool {
    index += 1
    if index < script.actions.count {
      status = .running(action: index)
      work = .next
    } else {
      status = .finished
      work = .over
    }
    return true
  }
}
