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
/// from a pause, and pause it at least whenever this source says; `Conductor` does. Whoever also calls `attend` at each
/// pause, before the machine goes on, lets the script see the machine as it stands there, before what is due: only then
/// can it wait for a place (`at`) and look (`assert`). The other actions happen at the same moments with `attend` and
/// without.
public final class ScriptedInputs: InputSource {
  /// How far the script is.
  public enum Status: Hashable, Sendable {
    /// It is at, or waits in, this action, counted from 0.
    case running(action: Int)
    /// All actions are done.
    case finished
    /// What was to come did not come in time, or what must not come did. Nothing more will be done.
    case failed(Failure)
  }

  /// What did not come, or should not have.
  public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The action, counted from 0.
    public let index: Int
    /// The action.
    public let action: Script.Action
    /// When its time was over.
    public let moment: Moment
    /// What was found instead, when the action alone does not say it.
    public let reason: String?
    /// The last of what the console had shown since the match before, at most `ScriptedInputs.shownLength` bytes.
    public let console: [UInt8]

    /// A sentence for people, beginning with the place if it is known.
    public var description: String {
      let place = action.place.isEmpty ? "action \(index + 1)" : action.place
      return "\(place): failed: \(summary)"
    }

    /// The same without the place.
    public var summary: String {
      if let reason { return "\(action.kind): \(reason)" }
      let seen = console.isEmpty ? "the console showed nothing" : "the console's last: \(Notation.text(console))"
      return "\(action.kind); \(seen)"
    }
  }

  /// What the script wants of whoever runs the machine, before that goes on.
  public struct Attendance: Hashable, Sendable {
    /// Names for this moment.
    public var marks: [String] = []
    /// Whether a checkpoint of this moment is to be stored.
    public var storesCheckpoint = false
    /// Whether the run is over, because the script has failed.
    public var isOver = false
    /// Where to pause next, at the latest: at the first moment of this step,
    public var step = Step(.max)
    /// at the first moment at or after this cycle,
    public var cycle = Cycle.never
    /// or when the instruction at this address is about to be executed,
    public var breakpoint: UInt64?
    /// but not for the one at this step.
    public var passedBreakpoint: Step?
  }

  /// How much of the console a failure quotes, in bytes.
  public static let shownLength = 400
  /// Time between two looks at the console.
  public static let glance = Span(nanoseconds: 1_000_000)

  /// How far the script is.
  public internal(set) var status: Status
  /// Why the script failed, if it has.
  public var failure: Failure? { if case .failed(let failure) = status { failure } else { nil } }
  /// Whether all actions are done.
  public var isFinished: Bool { status == .finished }

  /// Whether the script says how the run must end.
  public var expectsEnd: Bool { if case .exit = script.actions.last?.kind { true } else { false } }

  let script: Script
  let console: Slot
  let clock: Rate
  let glanceCycles: UInt64
  let address: (String) -> UInt64?
  private let mostCyclesPerStep: UInt64

  var index = 0
  var work = Work.next
  var reader = ConsoleReader()
  /// What must not come any more.
  var watches: [Watch] = []
  /// When to look for it next; `nil` when nothing has come since the last look.
  var watchGlance: Cycle?
  /// Inputs that are due at the moment at which the machine stands.
  private var pending: [Input] = []
  /// Whether the script is attended, so that the machine pauses where it must.
  private var isAttended = false
  /// The cycle at which, with no alarm set, it is certain that no more output is on its way; and the step it is for.
  private var quiet: (step: Step, cycle: Cycle)?

  enum Work {
    /// The action at `index` is to be begun.
    case next
    /// Looks for the pattern, next at `glance`; fails at `deadline`.
    case expecting(CompiledPattern, glance: Cycle, deadline: Cycle)
    /// The keys at `next` are due at `due`.
    case typing([[UInt8]], next: Int, due: Cycle, intervalCycles: UInt64)
    case waiting(until: Cycle)
    /// Waits for a place; fails at `deadline`.
    case reaching(Destination, deadline: Cycle)
    /// Is to look at the machine.
    case asserting(Assertion)
    /// Waits for the end; fails at `deadline`.
    case ending(Exit, deadline: Cycle)
    /// Nothing more to do: done, or failed.
    case over
  }

  /// A place as the machine can be paused there.
  enum Destination {
    case step(Step)
    case cycle(Cycle)
    /// Before the instruction at `address`, but for the one at the step `passed`.
    case code(address: UInt64, passed: Step)
  }

  /// Something that must not come.
  struct Watch {
    let index: Int
    let pattern: CompiledPattern
    var reader = ConsoleReader()
  }

  /// Carries out `script`.
  /// - Parameters:
  ///   - console: the device that the keys are for.
  ///   - clockHertz: the board's clock.
  ///   - mostCyclesPerStep: no step may cost more. Without `attend` the machine can be told to pause at a step but not
  ///     at a cycle, so a cycle is approached by steps that cannot go beyond it. The default is above the dearest
  ///     instruction of the cost model (25).
  ///   - address: the address of each of `script.symbols`.
  public init(
    _ script: Script, console: Slot, clockHertz: UInt64, mostCyclesPerStep: UInt64 = 32,
    address: @escaping (String) -> UInt64? = { _ in nil }
  ) {
    precondition(mostCyclesPerStep > 0, "steps cost something")
    (self.script, self.console, self.mostCyclesPerStep) = (script, console, mostCyclesPerStep)
    self.address = address
    clock = Rate(clockHertz, per: 1_000_000_000)
    glanceCycles = max(1, clock.ticks(for: Self.glance.nanoseconds))
    status = script.actions.isEmpty ? .finished : .running(action: 0)
    if script.actions.isEmpty { work = .over }
  }

  /// Takes note of what the console has shown. To be called before the machine goes on from `moment`.
  public func observe(_ bytes: [UInt8], at moment: Moment) {
    guard failure == nil, !bytes.isEmpty else { return }
    quiet = nil
    if case .running = status { reader.append(bytes) }
    guard !watches.isEmpty else { return }
    for place in watches.indices { watches[place].reader.append(bytes) }
    if watchGlance == nil { watchGlance = nextGlance(after: moment.cycle) }
  }

  /// Does what can be done at `moment`, where the machine stands before what is due. To be called at each pause,
  /// before the machine goes on.
  /// - Parameters:
  ///   - view: the machine.
  ///   - isHit: whether it stands there because the breakpoint that was asked for was hit.
  public func attend(at moment: Moment, _ view: some MachineView, isHit: Bool = false) -> Attendance {
    isAttended = true
    var attendance = Attendance()
    act(at: moment, Situation(view: view, isHit: isHit), &attendance, &pending)
    attendance.isOver = failure != nil
    attendance.cycle = nextStop ?? .never
    guard case .reaching(let destination, _) = work else { return attendance }
    switch destination {
    case .step(let step): attendance.step = step
    case .cycle: break
    case .code(let address, let passed): (attendance.breakpoint, attendance.passedBreakpoint) = (address, passed)
    }
    return attendance
  }

  // MARK: InputSource

  /// No later than the next moment at which the script acts.
  public func horizon(after moment: Moment) -> Step {
    // Whoever attends the script pauses the machine there.
    guard !isAttended, let stop = nextStop else { return Step(.max) }
    return moment.horizon(before: stop, mostCyclesPerStep: mostCyclesPerStep)
  }

  /// The keys that are pressed at `moment`.
  public func take(at moment: Moment) -> [Input] {
    var taken = pending
    pending = []
    if !isAttended {
      var attendance = Attendance()
      act(at: moment, Situation(view: nil, isHit: false), &attendance, &taken)
    }
    return taken
  }

  /// To the alarm, or to the next moment at which the script acts.
  public func idle(from moment: Moment, until alarm: Cycle?) -> Cycle? {
    guard let stop = nextStop else { return alarm }
    if let alarm { return min(stop, alarm) }
    if watchGlance != nil { return stop }
    // A guest that nothing will ever wake has come to its end, however long that was waited for.
    if case .ending = work { return nil }
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

  /// The next cycle at which there is something to do; `nil` when there is not, ever.
  private var nextStop: Cycle? {
    let own: Cycle? =
      switch work {
      case .next: .zero
      case .expecting(_, let glance, let deadline): min(glance, deadline)
      case .typing(_, _, let due, _): due
      case .waiting(let cycle): cycle
      case .reaching(.cycle(let cycle), let deadline): min(cycle, deadline)
      case .reaching(_, let deadline), .ending(_, let deadline): deadline == .never ? nil : deadline
      case .asserting, .over: nil
      }
    guard let watch = watchGlance else { return own }
    return min(own ?? .never, watch)
  }

  /// The first full millisecond after `cycle`.
  func nextGlance(after cycle: Cycle) -> Cycle {
    let next = Cycle((cycle.count / glanceCycles + 1).multipliedReportingOverflow(by: glanceCycles).partialValue)
    return next > cycle ? next : .never
  }
}
