public import Backplane
public import VirtualTime

/// A script whose keys are not as punctual as written: an input source between the script and the door that lets inputs
/// in later, and devices take longer, as a seed says (`Variation`).
///
/// - Arrival: each input enters a span later than the script gives it, and no earlier than the one before it. The
///   script does not notice: it goes on as if the input had entered.
/// - Latency: behind each input a postponement enters, of the frame that the serial port then receives; and while the
///   script has something to do, once in every half to one and a half milliseconds of guest time, one of the frame that
///   it sends. When there is no such frame, it does nothing.
///
/// What happens depends on the run alone, and not on how it is cut into pieces: everything enters at the first moment
/// at or after a cycle that only the seed and the moments of the script's inputs decide.
public final class VariedInputs: InputSource {
  /// The alarms of the console's device that latency postpones.
  public struct Alarms: Hashable, Sendable {
    /// The device.
    public var owner: Slot
    /// A frame was sent.
    public var sent: UInt8
    /// A frame has come in.
    public var received: UInt8

    /// Alarms of `owner`.
    public init(owner: Slot, sent: UInt8, received: UInt8) {
      (self.owner, self.sent, self.received) = (owner, sent, received)
    }
  }

  private static let tickGap: ClosedRange<UInt64> = 500_000...1_500_000

  private let script: ScriptedInputs
  private let variation: Variation
  private let alarms: Alarms
  private let clock: Rate
  private let mostCyclesPerStep: UInt64
  private var arrivals: SplitMix64
  private var latencies: SplitMix64
  /// What the script has given and has not entered yet, in order.
  private var held: [TimedInput] = []
  /// When the last of them enters.
  private var lastDue = Cycle.zero
  /// When the next frame that is sent is postponed; `nil` when none ever is.
  private var tick: Cycle?

  /// Varies what `script` does.
  /// - Parameters:
  ///   - clockHertz: the board's clock.
  ///   - mostCyclesPerStep: as for `ScriptedInputs`.
  public init(
    _ script: ScriptedInputs, _ variation: Variation, alarms: Alarms, clockHertz: UInt64,
    mostCyclesPerStep: UInt64 = 32
  ) {
    (self.script, self.variation, self.alarms) = (script, variation, alarms)
    self.mostCyclesPerStep = mostCyclesPerStep
    clock = Rate(clockHertz, per: 1_000_000_000)
    var seeds = SplitMix64(seed: variation.seed)
    arrivals = SplitMix64(seed: seeds.next())
    latencies = SplitMix64(seed: seeds.next())
    if variation.latencyPercent != nil { tick = nextTick(after: .zero) }
  }

  // MARK: InputSource

  /// No later than the next moment at which the script acts, or something enters.
  public func horizon(after moment: Moment) -> Step {
    let horizon = script.horizon(after: moment)
    guard let stop = nextStop else { return horizon }
    return min(horizon, moment.horizon(before: stop, mostCyclesPerStep: mostCyclesPerStep))
  }

  /// What enters at `moment`.
  public func take(at moment: Moment) -> [Input] {
    for input in script.take(at: moment) {
      lastDue = max(lastDue, moment.cycle.advanced(by: delayCycles()))
      held.append(TimedInput(cycle: lastDue, input: input))
    }
    var entered: [Input] = []
    while let first = held.first, first.cycle <= moment.cycle {
      entered.append(held.removeFirst().input)
      if variation.latencyPercent != nil { entered.append(postponement(of: alarms.received)) }
    }
    while let due = tick, due <= moment.cycle {
      entered.append(postponement(of: alarms.sent))
      tick = nextTick(after: due)
    }
    if case .running = script.status {} else { tick = nil }
    return entered
  }

  /// To the alarm, or to the next moment at which the script acts, or something enters.
  public func idle(from moment: Moment, until alarm: Cycle?) -> Cycle? {
    // To the script, what is on its way is something that will happen by itself.
    let known = held.first.map { min($0.cycle, alarm ?? .never) } ?? alarm
    guard let cycle = script.idle(from: moment, until: known) else { return nil }
    return min(cycle, tick ?? .never)
  }

  // MARK: What the seed says

  private var nextStop: Cycle? {
    guard let first = held.first else { return tick }
    return min(first.cycle, tick ?? .never)
  }

  private func delayCycles() -> UInt64 {
    guard let range = variation.arrival else { return 0 }
    let nanoseconds = arrivals.next(in: range.lowerBound.nanoseconds...range.upperBound.nanoseconds)
    return clock.ticks(for: nanoseconds)
  }

  private func nextTick(after cycle: Cycle) -> Cycle {
    cycle.advanced(by: max(1, clock.ticks(for: latencies.next(in: Self.tickGap))))
  }

  private func postponement(of code: UInt8) -> Input {
    let percent = variation.latencyPercent ?? Variation.latencyDefault
    func share(_ percent: UInt64) -> UInt64 { min(UInt64(UInt32.max), percent << 32 / 100) }
    let chosen = latencies.next(in: share(percent.lowerBound)...share(percent.upperBound))
    return Postponement(owner: alarms.owner, code: code, share: UInt32(chosen)).input
  }
}
