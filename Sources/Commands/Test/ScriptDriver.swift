internal import Archive
internal import Backplane
internal import Boards
internal import Scenario
internal import Timeline

/// Carries a script out on a live run: between the script, which knows no machine, and the conductor, which knows no
/// script.
final class ScriptDriver {
  let inputs: ScriptedInputs
  /// What is to be made of the end of a run.
  struct Judgement {
    /// Whether the run has failed, so that its last moment gets the mark of a failure if no other has.
    var isFailure = false
    /// Whether nobody wants the recording.
    var dropsRecording = false
  }

  /// What is made of a run that ended for a reason, when the script knows of it.
  var judge: (EndReason) -> Judgement = { _ in Judgement() }

  /// The mark of the moment at which a script fails.
  static let failureMark = "failure"

  /// Carries out `script` on a machine that has a clock of `clockHertz`.
  /// - Parameter addresses: of the script's symbols.
  init(_ script: Script, clockHertz: UInt64, addresses: [String: UInt64]) {
    inputs = ScriptedInputs(script, console: Self.console, clockHertz: clockHertz) { addresses[$0] }
  }

  /// The device that keys are for.
  static var console: Slot { Slot(VirtSlot.uart.rawValue) }

  /// The way in for the script's keys.
  /// - Parameter variation: what is varied, if anything is.
  func makeDoor(_ variation: Variation?, clockHertz: UInt64) -> Door {
    guard let variation else { return Door(inputs) }
    let alarms = VariedInputs.Alarms(
      owner: VirtTiming.sent.owner, sent: VirtTiming.sent.code, received: VirtTiming.received.code)
    return Door(VariedInputs(inputs, variation, alarms: alarms, clockHertz: clockHertz))
  }

  /// See `Conductor`.
  func attend(_ machine: Machine<VirtBoard>, _ occasion: Occasion) -> Attention {
    var attention = Attention()
    let hadFailed = inputs.failure != nil
    var fails = false
    switch occasion {
    case .end(let reason):
      inputs.conclude(Exit(reason), at: machine.moment)
      let judgement = judge(reason)
      (fails, attention.dropsRecording) = (judgement.isFailure, judgement.dropsRecording)
    case .pause(let stop):
      var isHit = false
      if case .hit = stop { isHit = true }
      let wanted = inputs.attend(at: machine.moment, BoardView(machine), isHit: isHit)
      attention.marks = wanted.marks.map { Mark(moment: machine.moment, name: $0, isAutomatic: false) }
      (attention.storesCheckpoint, attention.end) = (wanted.storesCheckpoint, wanted.isOver ? .interrupted : nil)
      (attention.step, attention.cycle) = (wanted.step, wanted.cycle)
      (attention.breakpoint, attention.passedBreakpoint) = (wanted.breakpoint, wanted.passedBreakpoint)
    }
    if !hadFailed, fails || inputs.failure != nil {
      attention.marks.append(Mark(moment: machine.moment, name: Self.failureMark, isAutomatic: true))
    }
    return attention
  }
}

extension Exit {
  /// What scenarios call `reason`; `nil` when it is nothing that they can ask for.
  init?(_ reason: EndReason) {
    switch reason {
    case .poweredOff: self = .poweredOff
    case .failure(let code): self = .failure(code)
    case .reset: self = .reset
    case .stalled: self = .stalled
    case .limit: self = .limit
    case .panic: self = .panic
    case .interrupted: return nil
    }
  }
}
