public import VirtualTime

/// Where inputs come from: a live host, a script, or the log of a trace. Recording and replaying differ in this alone.
public protocol InputSource {
  /// The last step the machine may run to before it asks again; later than `moment.step`.
  mutating func horizon(after moment: Moment) -> Step

  /// The inputs that enter at `moment`, and have not been taken. Asked at every moment at which the machine pauses.
  mutating func take(at moment: Moment) -> [Input]

  /// The machine waits and nothing is due before `alarm` (`nil`: nothing is due at all). Returns the cycle to idle to,
  /// later than `moment.cycle` and no later than `alarm`; `nil` when there is no alarm and no input will ever come.
  mutating func idle(from moment: Moment, until alarm: Cycle?) -> Cycle?
}

/// The one opening through which inputs enter the machine; keeps the log of what entered.
public struct Door {
  /// What has entered since the log was last taken, in order.
  public private(set) var log: [StampedInput] = []
  private var source: any InputSource
  private var lastAsked: Moment?
  /// What was put back at `lastAsked`.
  private var held: [Input] = []

  /// A door supplied by `source`.
  public init(_ source: any InputSource) { self.source = source }

  /// A sealed door: nothing ever comes.
  public init() { self.init(NoInputs()) }

  /// See `InputSource.horizon`.
  public mutating func horizon(after moment: Moment) -> Step {
    let step = source.horizon(after: moment)
    precondition(step > moment.step, "an input source must let the machine move")
    return step
  }

  /// Lets in what enters at `moment`, stamps it and logs it. Asked twice at one moment when a run ended there without
  /// getting any further: as stalled, or at a limit that cannot be reached by running.
  public mutating func take(at moment: Moment) -> [Input] {
    if let last = lastAsked {
      precondition(last <= moment, "the machine went back")
      // As of a recording: an input whose moment has been run past is never given.
      if last < moment { held = [] }
    }
    lastAsked = moment
    var inputs = source.take(at: moment)
    if !held.isEmpty {
      inputs = held + inputs
      held = []
    }
    for input in inputs { log.append(StampedInput(moment: moment, input: input)) }
    return inputs
  }

  /// Takes back the last `count` inputs, which entered at the moment last asked about: the board has been put back to
  /// what it was before. They are given again when the door is asked at that moment.
  public mutating func putBack(_ count: Int) {
    precondition(count <= log.count, "only what has entered is put back")
    held = log.suffix(count).map(\.input) + held
    log.removeLast(count)
  }

  /// See `InputSource.idle`.
  public mutating func idle(from moment: Moment, until alarm: Cycle?) -> Cycle? {
    guard let cycle = source.idle(from: moment, until: alarm) else { return nil }
    precondition(cycle > moment.cycle, "idling must take time")
    return min(cycle, alarm ?? .never)
  }

  /// Returns the log and empties it.
  public mutating func takeLog() -> [StampedInput] {
    defer { log.removeAll(keepingCapacity: true) }
    return log
  }
}

/// An input source from which nothing ever comes.
public struct NoInputs: InputSource {
  /// The sealed source.
  public init() {}
  /// Never a reason to pause.
  public func horizon(after moment: Moment) -> Step { Step(.max) }
  /// Nothing.
  public func take(at moment: Moment) -> [Input] { [] }
  /// Straight to the alarm.
  public func idle(from moment: Moment, until alarm: Cycle?) -> Cycle? { alarm }
}

/// Gives back the inputs of a recording at the moments of their stamps.
public struct RecordedInputs: InputSource {
  private let inputs: [StampedInput]
  private let end: Moment?
  private var next = 0

  /// Plays `inputs`, in order of their moments, leaving out what entered before `start`.
  /// - Parameter end: a moment that the recorded run is known to have come to: a machine that waits, with nothing to
  ///   wake it, waits until then, as it did.
  public init(_ inputs: [StampedInput], from start: Moment = .zero, until end: Moment? = nil) {
    (self.inputs, self.end) = (inputs, end)
    var behind = inputs.count
    while next < behind {
      let middle = (next + behind) / 2
      if inputs[middle].moment < start { next = middle + 1 } else { behind = middle }
    }
  }

  /// The step of the next input.
  public func horizon(after moment: Moment) -> Step {
    guard next < inputs.count, inputs[next].moment.step > moment.step else { return Step(.max) }
    return inputs[next].moment.step
  }

  /// What the recording let in at `moment`. An input whose moment the machine has run past is never given: the missing
  /// input then shows as a divergence.
  public mutating func take(at moment: Moment) -> [Input] {
    var taken: [Input] = []
    while next < inputs.count, inputs[next].moment <= moment {
      if inputs[next].moment == moment { taken.append(inputs[next].input) }
      next += 1
    }
    return taken
  }

  /// To the alarm, or to the next input when it comes at this step before the alarm. Without either, to the moment
  /// that the run is known to have come to.
  public func idle(from moment: Moment, until alarm: Cycle?) -> Cycle? {
    guard next < inputs.count, inputs[next].moment.step == moment.step, inputs[next].moment > moment else {
      guard alarm == nil, let end, end.step == moment.step, end > moment else { return alarm }
      return end.cycle
    }
    return min(inputs[next].moment.cycle, alarm ?? .never)
  }
}
