public import Backplane
public import VirtualTime

// Not within the dump, which is generic: they are looked at in every step.

private struct DumpedSignal {
  let identifier: String
  /// Bits; zero for an event, which has no value.
  let bits: Int
  var value: UInt64?
}

private struct DumpedDevice {
  let read: Int
  let write: Int
  let offset: Int
  let value: Int
  let sent: Int
}

/// Signals over guest time as waveform viewers show them: a value change dump (IEEE 1364-2005, clause 18).
public struct ValueChangeDump<B: ObservableBoard> {
  private var output: TextOutput
  private var signals: [DumpedSignal] = []
  private var wires: [Int] = []
  private var devices: [(slot: UInt8, signals: DumpedDevice)] = []
  private var mode = 0
  private var trap = 0
  private var interrupt = 0
  private var cause = 0
  private var programCounter: Int?
  private let ticks: Rate
  private var time: UInt64?
  /// Cycles at which nothing changed that has not been told yet.
  private var lastCycle: UInt64 = 0

  /// How many changes there are so far.
  public private(set) var changeCount: UInt64 = 0

  /// A dump of the signals of a board.
  /// - Parameters:
  ///   - board: its name.
  ///   - slots: the devices whose activity is told.
  ///   - hasProgramCounter: whether the program counter is one of the signals; every step must be told then.
  ///   - start: what the board has when the dump begins: moment, mode, wires and `pc` are taken from it.
  public init(
    board: String, clockHertz: UInt64, slots: [UInt8], hasProgramCounter: Bool, start: StepRecord, to output: TextOutput
  ) throws {
    let timescale = Timescale(clockHertz: clockHertz)
    (self.output, ticks) = (output, timescale.ticks)
    try self.output.write("$version Reprise $end\n$timescale \(timescale.name) $end\n$scope module \(board) $end\n")
    try scope("wires") { dump in
      for name in B.wireNames { dump.wires.append(try dump.declare("wire", 1, name)) }
    }
    try scope("hart0") { dump in
      let bits = 8 - B.modeMax.leadingZeroBitCount
      dump.mode = try dump.declare("reg", bits, "mode")
      dump.trap = try dump.declare("event", 0, "exception")
      dump.interrupt = try dump.declare("event", 0, "interrupt")
      dump.cause = try dump.declare("reg", 8, "cause")
      if hasProgramCounter { dump.programCounter = try dump.declare("reg", 64, "pc") }
    }
    for slot in slots {
      try scope(B.deviceName(slot)) { dump in
        dump.devices.append(
          (
            slot,
            DumpedDevice(
              read: try dump.declare("event", 0, "read"), write: try dump.declare("event", 0, "write"),
              offset: try dump.declare("reg", 32, "offset"), value: try dump.declare("reg", 64, "value"),
              sent: try dump.declare("reg", 8, "sent"))
          ))
      }
    }
    try self.output.write("$upscope $end\n$enddefinitions $end\n")
    try begin(start)
  }

  /// The board has done what `record` tells.
  public mutating func note(_ record: StepRecord) throws {
    for effect in record.effects { try note(effect) }
    if let programCounter, record.kind != .pause { try set(programCounter, record.pc, at: record.start) }
    switch record.kind {
    case .exception, .interrupt:
      try set(cause, record.cause, at: record.start)
      try fire(record.kind == .interrupt ? interrupt : trap, at: record.start)
    case .instruction, .pause: break
    }
    for (bit, signal) in wires.enumerated() { try set(signal, record.wires >> UInt64(bit) & 1, at: record.wiresMoment) }
    try set(mode, UInt64(record.nextMode), at: record.end)
    lastCycle = max(lastCycle, record.end.cycle.count)
  }

  /// Ends the dump at `end`.
  public mutating func finish(at end: Moment) throws {
    try move(to: end)
    try output.flush()
  }

  // MARK: - Parts

  private mutating func note(_ effect: Effect) throws {
    let slot: Slot
    switch effect.kind {
    case .output(let place, _), .read(let place, _, _, _), .write(let place, _, _, _): slot = place
    case .interrupt, .trapStorm: return
    }
    guard let device = devices.first(where: { $0.slot == slot.number })?.signals else { return }
    switch effect.kind {
    case .output(_, let byte): try set(device.sent, UInt64(byte), at: effect.moment)
    case .read(_, let offset, _, let value):
      try set(device.offset, offset, at: effect.moment)
      try set(device.value, value, at: effect.moment)
      try fire(device.read, at: effect.moment)
    case .write(_, let offset, _, let value):
      try set(device.offset, offset, at: effect.moment)
      try set(device.value, value, at: effect.moment)
      try fire(device.write, at: effect.moment)
    case .interrupt, .trapStorm: break
    }
  }

  private mutating func scope(_ name: String, _ body: (inout Self) throws -> Void) throws {
    try output.write("$scope module \(name) $end\n")
    try body(&self)
    try output.write("$upscope $end\n")
  }

  private mutating func declare(_ kind: String, _ bits: Int, _ name: String) throws -> Int {
    var number = signals.count
    var identifier = ""
    // The printable characters, "!" to "~".
    repeat {
      identifier.unicodeScalars.append(Unicode.Scalar(UInt8(33 + number % 94)))
      number /= 94
    } while number > 0
    let range = bits > 1 ? " [\(bits - 1):0]" : ""
    try output.write("$var \(kind) \(max(1, bits)) \(identifier) \(name)\(range) $end\n")
    signals.append(DumpedSignal(identifier: identifier, bits: bits, value: nil))
    return signals.count - 1
  }

  private mutating func begin(_ start: StepRecord) throws {
    try move(to: start.start)
    try output.write("$dumpvars\n")
    for (bit, signal) in wires.enumerated() { try set(signal, start.wires >> UInt64(bit) & 1, at: start.start) }
    try set(mode, UInt64(start.mode), at: start.start)
    if let programCounter { try set(programCounter, start.pc, at: start.start) }
    for index in signals.indices where signals[index].bits > 0 && signals[index].value == nil {
      let signal = signals[index]
      try output.write(signal.bits == 1 ? "x\(signal.identifier)\n" : "bx \(signal.identifier)\n")
    }
    try output.write("$end\n")
  }

  private mutating func set(_ index: Int, _ value: UInt64, at moment: Moment) throws {
    guard signals[index].value != value else { return }
    signals[index].value = value
    try move(to: moment)
    changeCount += 1
    if signals[index].bits == 1 {
      output.writeBinary(value & 1)
    } else {
      output.write(UInt8(ascii: "b"))
      output.writeBinary(value)
      output.write(UInt8(ascii: " "))
    }
    try output.write(signals[index].identifier)
    output.write(UInt8(ascii: "\n"))
  }

  private mutating func fire(_ index: Int, at moment: Moment) throws {
    try move(to: moment)
    changeCount += 1
    output.write(UInt8(ascii: "1"))
    try output.write(signals[index].identifier)
    output.write(UInt8(ascii: "\n"))
  }

  /// Tells the time, which never goes back.
  private mutating func move(to moment: Moment) throws {
    let now = max(time ?? 0, ticks.ticks(for: moment.cycle.count))
    guard now != time else { return }
    time = now
    output.write(UInt8(ascii: "#"))
    output.writeDecimal(now)
    output.write(UInt8(ascii: "\n"))
  }
}

/// The unit of time of a dump.
struct Timescale: Equatable {
  /// As the dump names it: 1, 10 or 100 of a unit.
  let name: String
  /// Units for cycles of the clock.
  let ticks: Rate

  /// The coarsest unit in which each cycle of a clock of `clockHertz` is a whole number; 1 fs when there is none.
  init(clockHertz: UInt64) {
    let units = ["s", "ms", "us", "ns", "ps", "fs"]
    var perSecond: UInt64 = 1
    var exponent = 0
    while exponent < 15, perSecond % clockHertz != 0 {
      perSecond *= 10
      exponent += 1
    }
    let (unit, rest) = ((exponent + 2) / 3, (3 - exponent % 3) % 3)
    name = "\([1, 10, 100][rest]) \(units[unit])"
    ticks = Rate(perSecond, per: clockHertz)
  }
}
