import Backplane
import Scenario
import Support
import VirtualTime

/// A guest of a few lines that keeps the contract between boards and doors: it computes, idles, prints at certain
/// cycles, and echoes what it is sent. It can be paused at any moment.
struct ToyGuest {
  static let console = Slot(1)
  /// Slow, so that tests are quick.
  static let clockHertz: UInt64 = 1_000_000

  var now = Moment.zero
  /// What it prints by itself, and when.
  var prints: [(cycle: UInt64, text: [UInt8])] = []
  /// Cycles at which it wakes from idling for no other reason.
  var ticks: [UInt64] = []
  /// Computes before this cycle, idles from then on.
  var busyUntil: UInt64 = 0
  /// How long after a key it prints its echo, in cycles; 0 for never.
  var echoAfter: UInt64 = 0
  var received: [StampedInput] = []

  enum Stop { case cut, stalled, output, ended }

  /// Runs to `end` or to the first moment at or after the cycle `cut`, or until something was printed.
  mutating func run(_ door: inout Door, end: UInt64, cut: UInt64, output: inout [UInt8]) -> Stop {
    while true {
      if now.cycle.count >= end { return .ended }
      if now.cycle.count >= cut { return .cut }
      if !output.isEmpty { return .output }
      while let first = prints.first, first.cycle <= now.cycle.count {
        output += first.text
        prints.removeFirst()
      }
      while let first = ticks.first, first <= now.cycle.count { ticks.removeFirst() }
      for input in door.take(at: now) {
        received.append(StampedInput(moment: now, input: input))
        guard echoAfter > 0, input.slot == Self.console else { continue }
        prints.append((now.cycle.count + echoAfter, input.bytes))
        prints.sort { $0.cycle < $1.cycle }
      }
      guard progress(&door, limit: min(end, cut)) else { return .stalled }
    }
  }

  private mutating func progress(_ door: inout Door, limit: UInt64) -> Bool {
    let alarm = min(prints.first?.cycle ?? .max, ticks.first ?? .max)
    if now.cycle.count >= busyUntil {
      guard let cycle = door.idle(from: now, until: alarm == .max ? nil : Cycle(alarm)) else { return false }
      now.cycle = Cycle(min(cycle.count, limit))
      return true
    }
    let horizon = door.horizon(after: now)
    let stop = min(alarm, limit, busyUntil)
    repeat {
      var random = SeededGenerator(seed: now.step.count)
      now = Moment(
        step: Step(now.step.count + 1),
        cycle: Cycle(now.cycle.count + (random.chance(1, in: 20) ? 25 : 1 + random.below(3))))
    } while now.step < horizon && now.cycle.count < stop
    return true
  }
}

/// One run of a script on a toy guest.
struct ToyRun {
  var guest: ToyGuest
  let inputs: ScriptedInputs
  var console: [UInt8] = []
  var isStalled = false

  /// Runs `actions` up to the cycle `end`, cut at `cuts` (cycles, rising) besides where it prints.
  /// - Parameters:
  ///   - late: a fault to plant: the script takes the guest's steps for cheaper than they are.
  ///   - variation: what is varied.
  ///   - timed: what enters besides: the script must be empty then.
  ///   - attended: whether the script is attended at each pause, and the guest paused where it asks for it.
  init(
    _ guest: ToyGuest, _ actions: [Script.Kind], end: UInt64 = 100_000, cuts: [UInt64] = [], late: Bool = false,
    variation: Variation? = nil, timed: [TimedInput] = [], attended: Bool = false
  ) {
    self.guest = guest
    inputs = ScriptedInputs(
      Script(actions.map { Script.Action($0) }), console: ToyGuest.console, clockHertz: ToyGuest.clockHertz,
      mostCyclesPerStep: late ? 1 : 32)
    var door = Door(inputs)
    if let variation {
      door = Door(
        VariedInputs(
          inputs, variation, alarms: VariedInputs.Alarms(owner: ToyGuest.console, sent: 0, received: 1),
          clockHertz: ToyGuest.clockHertz, mostCyclesPerStep: late ? 1 : 32))
    } else if !timed.isEmpty {
      door = Door(TimedInputs(timed, mostCyclesPerStep: late ? 1 : 32))
    }
    var cuts = cuts[...]
    while true {
      var output: [UInt8] = []
      var cut = cuts.first ?? .max
      if attended { cut = min(cut, inputs.attend(at: self.guest.now, NoView()).cycle.count) }
      let stop = self.guest.run(&door, end: end, cut: cut, output: &output)
      console += output
      inputs.observe(output, at: self.guest.now)
      switch stop {
      case .ended: return
      case .stalled:
        isStalled = true
        return
      case .output: break
      case .cut: while let first = cuts.first, first <= self.guest.now.cycle.count { cuts.removeFirst() }
      }
    }
  }

  /// What was typed, in one text.
  var typed: String { String(decoding: keys.flatMap(\.input.bytes), as: UTF8.self) }
  /// What was typed.
  var keys: [StampedInput] { guest.received.filter { $0.input.slot == ToyGuest.console } }
  /// When each key came, in cycles.
  var cycles: [UInt64] { keys.map(\.moment.cycle.count) }
}
