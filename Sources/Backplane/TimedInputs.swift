public import VirtualTime

/// An input and the guest time at which it is to enter.
public struct TimedInput: Hashable, Codable, Sendable {
  /// It enters at the first moment at or after this cycle.
  public var cycle: Cycle
  /// What enters.
  public var input: Input

  /// `input`, entering at the first moment at or after `cycle`.
  public init(cycle: Cycle, input: Input) { (self.cycle, self.input) = (cycle, input) }
}

/// Lets inputs in by guest time: each at the first moment at or after its cycle.
///
/// The recording's stamps name steps, which mean another moment as soon as anything before them is different; guest
/// time still means the same then. How the run is cut into pieces changes nothing.
public struct TimedInputs: InputSource {
  private let inputs: [TimedInput]
  private let mostCyclesPerStep: UInt64
  private let end: Cycle?
  private var next = 0

  /// Lets in `inputs`, whose cycles do not fall.
  /// - Parameters:
  ///   - mostCyclesPerStep: no step may cost more. The default is above the dearest instruction of the cost model (25).
  ///   - end: until then a machine goes on waiting that waits with nothing to wake it.
  public init(_ inputs: [TimedInput], mostCyclesPerStep: UInt64 = 32, until end: Cycle? = nil) {
    precondition(zip(inputs, inputs.dropFirst()).allSatisfy { $0.cycle <= $1.cycle }, "inputs are in order of time")
    (self.inputs, self.mostCyclesPerStep, self.end) = (inputs, mostCyclesPerStep, end)
  }

  /// No later than the moment of the next input.
  public func horizon(after moment: Moment) -> Step {
    guard next < inputs.count else { return Step(.max) }
    return moment.horizon(before: inputs[next].cycle, mostCyclesPerStep: mostCyclesPerStep)
  }

  /// What is due at `moment`.
  public mutating func take(at moment: Moment) -> [Input] {
    var taken: [Input] = []
    while next < inputs.count, inputs[next].cycle <= moment.cycle {
      taken.append(inputs[next].input)
      next += 1
    }
    return taken
  }

  /// To the alarm, or to the next input. Without either, to the end.
  public func idle(from moment: Moment, until alarm: Cycle?) -> Cycle? {
    guard next < inputs.count else {
      guard alarm == nil, let end, end > moment.cycle else { return alarm }
      return end
    }
    return min(inputs[next].cycle, alarm ?? .never)
  }
}

extension Moment {
  /// The last step that a machine that stands here can run to without coming past `cycle`, when no step costs more
  /// than `mostCyclesPerStep`; at least the next. A machine can be told to pause at a step but not at a cycle, so a
  /// cycle is approached by such horizons, one after the other.
  public func horizon(before cycle: Cycle, mostCyclesPerStep: UInt64) -> Step {
    let cycles = cycle > self.cycle ? cycle.count - self.cycle.count : 0
    let (sum, overflow) = step.count.addingReportingOverflow(max(1, cycles / mostCyclesPerStep))
    return Step(overflow ? .max : sum)
  }
}
