internal import Archive
internal import Backplane
internal import Boards
internal import Host
internal import Scenario
internal import Timeline
internal import VirtualTime

/// One live run of a machine, recorded or not: the common part of `record` and `run`.
final class LiveRun {
  /// How a run ended.
  struct Outcome {
    var end: EndRecord
    var status: Int32
    /// What the script waited for in vain.
    var scriptFailure: String?
  }

  private let machine: Machine<VirtBoard>
  private let display: Display
  private let keys: StandardKeys?
  private let terminal: Terminal?
  private let driver: ScriptDriver?
  private let progress: Progress
  /// Whether the terminal's cursor is behind something that the guest has shown.
  private var isInLine = false

  /// Prepares to run `machine`.
  /// - Parameters:
  ///   - script: what is done to it, when nobody types.
  ///   - addresses: of the script's symbols.
  ///   - isLive: whether someone types on standard input.
  init(
    _ machine: Machine<VirtBoard>, _ display: Display, script: Script?, addresses: [String: UInt64] = [:], isLive: Bool,
    totalSteps: UInt64?
  ) throws {
    (self.machine, self.display) = (machine, display)
    let streams = display.streams
    streams.beginInterruptible()
    progress = Progress(display, clockHertz: machine.board.fabric.clockHertz, totalSteps: totalSteps)
    driver = script.map {
      ScriptDriver($0, clockHertz: machine.board.fabric.clockHertz, addresses: addresses)
    }
    guard isLive else {
      (keys, terminal) = (nil, nil)
      return
    }
    if streams.isInputTerminal { streams.note("Ctrl-A x ends the run, Ctrl-A h shows the keys.") }
    keys = StandardKeys(hasEscapes: streams.isInputTerminal) { streams.note("\n" + EscapeKeys.help) }
    terminal = streams.isInputTerminal ? try Terminal() : nil
  }

  /// The way in for what is typed.
  func makeDoor() -> Door {
    if let driver { return Door(driver.inputs) }
    guard let keys else { return Door() }
    return Door(LiveInputs(keys, slot: ScriptDriver.console, clockHertz: machine.board.fabric.clockHertz))
  }

  /// What lets the script look at the machine; see `Conductor`.
  var attend: ((Machine<VirtBoard>, Occasion) -> Attention)? { driver?.attend }

  /// Shows bytes of the guest's console.
  func show(_ bytes: [UInt8], _ moment: Moment) {
    driver?.inputs.observe(bytes, at: moment)
    isInLine = bytes.last != UInt8(ascii: "\n")
    display.console(bytes)
  }

  /// Asked at every pause: why the run is to end now, if it is.
  func shouldEnd() -> EndReason? {
    progress.note(machine.moment)
    let isOver = keys?.isEnded == true || display.streams.signal() != nil
    return isOver ? .interrupted : nil
  }

  /// Gives the terminal back and says what the end of the run means for the exit status.
  func finish(_ end: EndRecord) -> Outcome {
    leave()
    var status: Int32
    switch end.reason {
    case .poweredOff, .reset, .stalled: status = ExitStatus.success
    case .failure, .panic: status = ExitStatus.no
    case .limit: status = ExitStatus.budget
    case .interrupted:
      status = display.streams.signal().map(Interruption.exitStatus) ?? ExitStatus.success
    }
    let script = driver?.inputs
    if let failure = script?.failure {
      status = ExitStatus.no
      display.streams.complain(failure.description)
    } else if let script, script.isFinished, script.expectsEnd {
      status = ExitStatus.success
    } else if let script, !script.isFinished, case .running(let action) = script.status {
      display.streams.note("note: the script did not come to its end; it was at action \(action + 1)")
      if status == ExitStatus.success { status = ExitStatus.no }
    }
    return Outcome(end: end, status: status, scriptFailure: script?.failure?.description)
  }

  /// Gives the terminal back.
  func leave() {
    terminal?.restore()
    if terminal != nil, isInLine { display.streams.note("") }
    isInLine = false
    progress.clear()
  }
}

extension EndReason {
  /// The word for it in JSON.
  var word: String {
    switch self {
    case .poweredOff: "powered-off"
    case .failure: "failure"
    case .reset: "reset"
    case .stalled: "stalled"
    case .limit: "limit"
    case .interrupted: "interrupted"
    case .panic: "panic"
    }
  }

  /// What it says beyond the word.
  var detail: String? {
    switch self {
    case .failure(let code): String(code)
    case .panic(let text): text
    default: nil
    }
  }

  /// The sentence for people.
  var sentence: String {
    switch self {
    case .poweredOff: "the guest switched the machine off"
    case .failure(let code): "the guest switched the machine off with failure code \(code)"
    case .reset: "the guest asked for a reset"
    case .stalled: "the guest waits and nothing will ever wake it"
    case .limit: "a limit was reached"
    case .interrupted: "it was interrupted"
    case .panic(let text): "the guest panicked: \(Show.quoted(Array(text.utf8)))"
    }
  }
}

/// How long a run is, in every measure.
struct Length: Codable, Equatable {
  var steps: UInt64
  var cycles: UInt64
  var guestNanoseconds: UInt64

  init(_ moment: Moment, clockHertz: UInt64) {
    (steps, cycles) = (moment.step.count, moment.cycle.count)
    guestNanoseconds = Rate(1_000_000_000, per: max(1, clockHertz)).ticks(for: moment.cycle.count)
  }

  var sentence: String {
    "\(Show.count(steps)) steps, \(Show.count(cycles)) cycles, guest time \(Show.time(guestNanoseconds))"
  }
}
