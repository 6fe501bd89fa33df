public import Backplane
public import VirtualTime

/// The numbers of the threads of the one process.
private enum Thread {
  static let modes = 1
  static let traps = 2
  static let device = 100
  static let stack = 1000
}

/// What happened in a window as Perfetto and Chrome show it: the JSON of the Trace Event Format.
///
/// One process, with threads for the privilege modes of the hart, its traps, each stack of calls and each device.
/// Times are guest time in microseconds, with nanoseconds as decimals, and never go back. Slices of a thread are
/// balanced, whatever the guest does. They are told as their begin and end: where a complete event (`X`) is in a trace,
/// Perfetto puts the ends of a time before its begins, so that a call of no nanosecond never ends.
public struct TraceEvents<B: ObservableBoard> {
  private static var process: Int { 1 }

  private var output: TextOutput
  private let nanoseconds: Rate
  private var stacks: CallStacks?
  private let place: (_ address: UInt64) -> String?
  private var isFirst = true
  private var mode: UInt8
  /// The modes that traps interrupted whose handlers are still running.
  private var traps: [UInt8] = []
  private var namedStacks = 0
  private var namedDevices: [UInt8] = []
  private var interruptCount: UInt64 = 0
  private var exceptionCount: UInt64 = 0
  private var deviceCount: UInt64 = 0
  private var lastTime: UInt64 = 0

  /// How many events there are so far.
  public private(set) var eventCount: UInt64 = 0

  /// A trace that begins at `start`.
  /// - Parameters:
  ///   - title: the name of the process.
  ///   - function: the function at an address, to follow calls; every step must be told then.
  ///   - place: the name of an address, with a distance.
  public init(
    clockHertz: UInt64, title: String, start: StepRecord, function: ((_ address: UInt64) -> FunctionRange?)?,
    place: @escaping (_ address: UInt64) -> String?, to output: TextOutput
  ) throws {
    self.output = output
    nanoseconds = Rate(1_000_000_000, per: clockHertz)
    self.place = place
    stacks = function.map { CallStacks(function: $0, trapName: Self.name(of:)) }
    mode = start.mode
    lastTime = nanoseconds.ticks(for: start.start.cycle.count)
    try self.output.write("{\"displayTimeUnit\": \"ns\", \"traceEvents\": [")
    try name("process_name", thread: nil, title)
    try name("thread_name", thread: Thread.modes, "hart \(start.hart) mode")
    try name("thread_name", thread: Thread.traps, "hart \(start.hart) traps")
    try write("B", Thread.modes, at: lastTime, name: B.modeName(mode))
  }

  /// The board has done what `record` tells.
  public mutating func note(_ record: StepRecord) throws {
    for effect in record.effects { try note(effect) }
    let time = time(record.start)
    switch record.kind {
    case .exception, .interrupt: try noteTrap(record, at: time)
    case .instruction where record.flow == .trapReturn: try noteReturn(to: record.nextMode, at: self.time(record.end))
    case .instruction, .pause: break
    }
    if record.nextMode != mode { try changeMode(to: record.nextMode, at: self.time(record.end)) }
    guard var stacks else { return }
    self.stacks = nil
    let end = self.time(record.end)
    try stacks.note(record) { try call($0, at: end) }
    self.stacks = stacks
  }

  /// Ends what is open at `end`.
  public mutating func finish(at end: Moment) throws {
    let time = time(end)
    if var stacks {
      self.stacks = nil
      try stacks.finish { try call($0, at: time) }
    }
    while traps.popLast() != nil { try write("E", Thread.traps, at: time) }
    try write("E", Thread.modes, at: time)
    try output.write("\n]}\n")
    try output.flush()
  }

  // MARK: - What happens

  private static func name(of record: StepRecord) -> String {
    let isInterrupt = record.kind == .interrupt
    return (isInterrupt ? "interrupt: " : "exception: ") + B.causeName(record.cause, isInterrupt: isInterrupt)
  }

  private mutating func noteTrap(_ record: StepRecord, at time: UInt64) throws {
    // Handlers nest as deep as the guest likes; so many are told.
    guard traps.count < CallStacks.depthMax else { return }
    traps.append(record.mode)
    var details = "\"step\": \(record.start.step.count), \"pc\": \"0x\(String(record.pc, radix: 16))\""
    if let name = place(record.pc) { details += ", \"symbol\": \(JSONString.quoted(name))" }
    if record.kind == .exception { details += ", \"value\": \"0x\(String(record.trapValue, radix: 16))\"" }
    try write("B", Thread.traps, at: time, name: Self.name(of: record), details: details)
    if record.kind == .interrupt { interruptCount += 1 } else { exceptionCount += 1 }
    try write(
      "C", Thread.traps, at: time, name: "traps",
      details: "\"interrupts\": \(interruptCount), \"exceptions\": \(exceptionCount)")
  }

  /// Handlers are over down to the one that had interrupted `mode`.
  private mutating func noteReturn(to mode: UInt8, at time: UInt64) throws {
    let keep = traps.lastIndex(of: mode) ?? traps.firstIndex { $0 < mode } ?? traps.count
    while traps.count > keep {
      traps.removeLast()
      try write("E", Thread.traps, at: time)
    }
  }

  private mutating func changeMode(to next: UInt8, at time: UInt64) throws {
    mode = next
    try write("E", Thread.modes, at: time)
    try write("B", Thread.modes, at: time, name: B.modeName(mode))
  }

  private mutating func note(_ effect: Effect) throws {
    let time = time(effect.moment)
    switch effect.kind {
    case .read(let slot, let offset, let width, let value):
      try access("read", slot.number, offset, width, value, at: time)
    case .write(let slot, let offset, let width, let value):
      try access("write", slot.number, offset, width, value, at: time)
    case .output(let slot, let byte):
      try write(
        "i", try thread(of: slot.number), at: time, name: "sent", details: "\"byte\": \(byte)", isInstant: true)
    case .interrupt, .trapStorm: break
    }
  }

  private mutating func access(
    _ name: String, _ slot: UInt8, _ offset: UInt64, _ width: Width, _ value: UInt64, at time: UInt64
  ) throws {
    deviceCount += 1
    try write(
      "i", try thread(of: slot), at: time, name: name,
      details: "\"offset\": \"0x\(String(offset, radix: 16))\", \"bytes\": \(width.rawValue),"
        + " \"value\": \"0x\(String(value, radix: 16))\"", isInstant: true)
    try write(
      "C", Thread.modes, at: time, name: "device accesses", details: "\"accesses\": \(deviceCount)")
  }

  private mutating func call(_ event: CallEvent, at time: UInt64) throws {
    switch event {
    case .enter(let stack, let name, let isTrap):
      if stack > namedStacks {
        namedStacks = stack
        try self.name("thread_name", thread: Thread.stack + stack, "calls, stack \(stack)")
      }
      try write("B", Thread.stack + stack, at: time, name: name, category: isTrap ? "trap" : "function")
    case .leave(let stack): try write("E", Thread.stack + stack, at: time)
    }
  }

  // MARK: - Writing

  private mutating func thread(of slot: UInt8) throws -> Int {
    let thread = Thread.device + Int(slot)
    if !namedDevices.contains(slot) {
      namedDevices.append(slot)
      try name("thread_name", thread: thread, B.deviceName(slot))
    }
    return thread
  }

  /// Guest time in nanoseconds, which never goes back.
  private mutating func time(_ moment: Moment) -> UInt64 {
    lastTime = max(lastTime, nanoseconds.ticks(for: moment.cycle.count))
    return lastTime
  }

  private mutating func name(_ what: String, thread: Int?, _ name: String) throws {
    try separate()
    try output.write("{\"ph\": \"M\", \"pid\": \(Self.process), ")
    if let thread { try output.write("\"tid\": \(thread), ") }
    try output.write("\"name\": \"\(what)\", \"args\": {\"name\": ")
    try output.writeJSON(name)
    try output.write("}}")
  }

  private mutating func write(
    _ phase: String, _ thread: Int, at time: UInt64, name: String? = nil, category: String? = nil,
    details: String? = nil, isInstant: Bool = false
  ) throws {
    try separate()
    eventCount += 1
    try output.write(
      "{\"ph\": \"\(phase)\", \"pid\": \(Self.process), \"tid\": \(thread), \"ts\": \(Decimal.text(time, digits: 3))")
    if isInstant { try output.write(", \"s\": \"t\"") }
    if let name {
      try output.write(", \"name\": ")
      try output.writeJSON(name)
    }
    if let category { try output.write(", \"cat\": \"\(category)\"") }
    if let details { try output.write(", \"args\": {\(details)}") }
    try output.write("}")
  }

  private mutating func separate() throws {
    try output.write(isFirst ? "\n" : ",\n")
    isFirst = false
  }
}
