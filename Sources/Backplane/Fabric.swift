public import StateCoding
public import VirtualTime

/// A wire of the board: an interrupt source of the PLIC (1 to 63).
public struct Line: Hashable, Codable, Sendable {
  /// The number of the wire, 1 to 63.
  public let number: UInt8

  /// The wire `number`.
  public init(_ number: UInt8) {
    precondition(number > 0 && number < 64, "interrupt lines are 1 to 63")
    self.number = number
  }
}

/// All that a device may touch besides itself: time, wires, alarms, and the way out.
public struct Fabric: MachineState, SelfChecking {
  /// The present moment, brought up to date by the board before every access, alarm and input.
  public internal(set) var now: Moment = .zero
  /// The board's clock in hertz.
  public let clockHertz: UInt64
  /// The level of each line, by number.
  public private(set) var levels: UInt64 = 0
  /// The interrupt-pending wires that run to each hart, in the bit positions of `mip`.
  public private(set) var hartLines: [UInt64]
  /// The alarms that are set.
  public internal(set) var queue = EventQueue()
  /// Why the machine has stopped for good, once it has.
  public private(set) var halt: Halt?
  /// What has happened since the board's owner last looked. Not state.
  @Derived public var effects: [Effect]

  /// A fabric for `hartCount` harts and a board clock of `clockHertz`.
  public init(hartCount: Int, clockHertz: UInt64) {
    precondition(clockHertz > 0 && hartCount > 0, "a board has a clock and a hart")
    self.clockHertz = clockHertz
    hartLines = Array(repeating: 0, count: hartCount)
  }

  /// What makes a decoded value impossible.
  public var fault: String? {
    if clockHertz == 0 { return "a clock that stands still" }
    if hartLines.isEmpty { return "wires to no hart" }
    return queue.fault
  }

  /// Sets the level of `line`. Levels, not edges: restoring a machine makes no interrupt.
  public mutating func set(_ line: Line, high: Bool) {
    let mask = UInt64(1) << UInt64(line.number)
    levels = high ? levels | mask : levels & ~mask
  }

  /// Sets the wire to bit `bit` of `mip` of hart `hart`.
  public mutating func setHartLine(_ hart: Int, bit: Int, high: Bool) {
    let mask = UInt64(1) << UInt64(bit)
    hartLines[hart] = high ? hartLines[hart] | mask : hartLines[hart] & ~mask
  }

  /// Wakes `slot` with `code` when `span` has passed, rounded up to a whole cycle and at least one.
  public mutating func wake(_ slot: Slot, _ code: UInt8, after span: Span) {
    let cycles = Rate(1_000_000_000, per: clockHertz).count(until: span.nanoseconds)
    wake(slot, code, at: now.cycle.advanced(by: max(1, cycles)))
  }

  /// Wakes `slot` with `code` at `cycle`; in the next cycle when that has passed, so that no device can hold time up.
  public mutating func wake(_ slot: Slot, _ code: UInt8, at cycle: Cycle) {
    queue.set(slot.number, code, at: max(cycle, now.cycle.advanced(by: 1)))
  }

  /// Takes back an alarm.
  public mutating func cancel(_ slot: Slot, _ code: UInt8) { queue.cancel(slot.number, code) }

  /// Sends `byte` to the outside.
  public mutating func emit(_ slot: Slot, _ byte: UInt8) {
    effects.append(Effect(moment: now, kind: .output(slot, byte)))
  }

  /// Stops the machine for good after the present step.
  public mutating func stop(_ reason: Halt) { if halt == nil { halt = reason } }

  /// Nanoseconds of guest time since power-on.
  public var nanoseconds: UInt64 { Rate(1_000_000_000, per: clockHertz).ticks(for: now.cycle.count) }

  /// Moves time to `moment`. Only a board does this.
  public mutating func advance(to moment: Moment) {
    precondition(moment.step >= now.step && moment.cycle >= now.cycle, "time went backwards")
    now = moment
  }

  /// The next alarm due now, removed from the queue.
  public mutating func popDue() -> Alarm? { queue.popDue(by: now.cycle) }
}

/// Why a machine stopped for good.
public enum Halt: Hashable, Codable, Sendable {
  /// The guest switched the machine off and reported success.
  case powerOff
  /// The guest switched the machine off and reported this failure code.
  case failure(code: UInt16)
  /// The guest asked for a reset.
  case reset
}
