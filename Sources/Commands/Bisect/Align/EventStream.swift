internal import Archive
internal import Backplane
internal import Boards
internal import Export
internal import Timeline
internal import VirtualTime

/// What runs of different builds are compared by.
enum AlignSubject: String, CaseIterable, Encodable {
  case console, traps, syscalls, functions

  /// One of its events, and several.
  var noun: String {
    switch self {
    case .console: "console line"
    case .traps: "trap"
    case .syscalls: "system call event"
    case .functions: "function entry"
    }
  }
}

/// How events are made, and what of them is left out of the comparison.
struct AlignOptions {
  var subject: AlignSubject
  /// Interrupts are traps too, but come when they come.
  var ignoresInterrupts = false
  /// Arguments of system calls count, but for those that look like addresses.
  var comparesArguments = false
  /// The numbers in front of the lines of Linux's log are of guest time.
  var ignoresLogTimes = true
  /// The functions that count.
  var functions = "*"
}

/// The events of one run, one after the other, made while they are asked for. No more than a batch is held.
final class EventStream {
  private static let batchCountMax = 1024

  private let window: TraceWindow
  private let options: AlignOptions
  private let functions: FunctionMap
  private let file: String
  private let display: Display
  private var batch: ArraySlice<AlignedEvent> = []
  private var isOver = false
  private var line = LineReader()
  private var calls = SystemCalls()
  private var recordedFrom: Step
  private let detail: ObservationDetail

  /// - Throws: `Failure` when no function has such a name.
  init(_ window: TraceWindow, _ options: AlignOptions, _ functions: FunctionMap, file: String, _ display: Display)
    throws
  {
    (self.window, self.options, self.functions, self.file) = (window, options, functions, file)
    self.display = display
    recordedFrom = window.start.step
    line.ignoresLogTimes = options.ignoresLogTimes
    guard options.subject == .functions else {
      detail = .modes
      return
    }
    let wanted = functions.matching(options.functions)
    guard !wanted.isEmpty else {
      throw Failure(
        ExitStatus.usage, "\(file): no function is called '\(options.functions)'",
        next: Show.command("reprise", "symbols", file))
    }
    detail = .addresses(wanted.map(\.start))
  }

  /// The next event; `nil` at the end, and when the host wants to end.
  func next() throws -> AlignedEvent? {
    while batch.isEmpty {
      guard !isOver, display.streams.signal() == nil else { return nil }
      if options.subject == .console, LogKinds(heldBy: window.reader).contains(.output) {
        try readConsole()
      } else {
        try replay()
      }
    }
    return batch.removeFirst()
  }

  // MARK: - The console, as the trace holds it

  private func readConsole() throws {
    // Pieces of a few rungs each: a trace is not to be held whole.
    let last = window.end.step
    let end = Step(min(last.count, recordedFrom.count.addingReportingOverflow(1 << 26).partialValue))
    var events: [AlignedEvent] = []
    try window.reader.effects(in: recordedFrom...end, kinds: .output) { effect in
      guard effect.moment >= window.start, effect.moment < window.end,
        case .output(VirtSlot.uart.rawValue, let byte) = effect.kind
      else { return }
      if let event = line.note(byte, at: effect.moment) { events.append(event) }
    }
    if end >= last || end < recordedFrom {
      isOver = true
      if let rest = line.finish() { events.append(rest) }
    }
    recordedFrom = Step(end.count + 1)
    batch = events[...]
  }

  // MARK: - By replaying

  private func replay() throws {
    var events: [AlignedEvent] = []
    let goesOn = try window.forEach(
      detail, effects: options.subject == .console ? [.output] : [], display, file: file
    ) { record in
      note(record, &events)
      return events.count < Self.batchCountMax
    }
    if !goesOn || window.playback.moment >= window.end { isOver = true }
    if isOver, let rest = line.finish() { events.append(rest) }
    batch = events[...]
  }

  private func note(_ record: StepRecord, _ events: inout [AlignedEvent]) {
    switch options.subject {
    case .console:
      for effect in record.effects {
        guard case .output(let slot, let byte) = effect.kind, slot.number == VirtSlot.uart.rawValue else { continue }
        if let event = line.note(byte, at: effect.moment) { events.append(event) }
      }
    case .traps: if let event = trap(record) { events.append(event) }
    case .syscalls:
      if let event = calls.note(record, comparesArguments: options.comparesArguments) { events.append(event) }
    case .functions:
      guard let name = functions.function(at: record.pc)?.name else { return }
      events.append(AlignedEvent(key: name, moment: record.end))
    }
  }

  private func trap(_ record: StepRecord) -> AlignedEvent? {
    let isInterrupt = record.kind == .interrupt
    guard isInterrupt || record.kind == .exception, !(isInterrupt && options.ignoresInterrupts) else { return nil }
    let cause = (isInterrupt ? "interrupt: " : "") + VirtBoard.causeName(record.cause, isInterrupt: isInterrupt)
    // Not the address, and not the distance from the symbol: they differ between builds.
    let name = functions.function(at: record.pc)?.name
    let mode = VirtBoard.modeName(record.mode)
    return AlignedEvent(
      key: "\(cause) in \(name ?? "\(mode) mode")", moment: record.start,
      place: name.map { _ in functions.place(of: record.pc) } ?? Show.address(record.pc))
  }
}

/// Lines of the console.
struct LineReader {
  private static let lineBytesMax = 1024
  var ignoresLogTimes = false
  private var bytes: [UInt8] = []
  private var start = Moment.zero

  /// Takes in `byte`; the line that it completes.
  mutating func note(_ byte: UInt8, at moment: Moment) -> AlignedEvent? {
    if byte == 10 { return take(at: moment, isWhole: true) }
    guard byte != 13 else { return nil }
    if bytes.isEmpty { start = moment }
    bytes.append(byte)
    return bytes.count >= Self.lineBytesMax ? take(at: moment, isWhole: false) : nil
  }

  /// What is left, which has no end of line.
  mutating func finish() -> AlignedEvent? { bytes.isEmpty ? nil : take(at: start, isWhole: false) }

  private mutating func take(at moment: Moment, isWhole: Bool) -> AlignedEvent {
    let text = Show.plain(String(decoding: bytes, as: UTF8.self))
    let first = bytes.isEmpty ? moment : start
    bytes.removeAll(keepingCapacity: true)
    return AlignedEvent(key: ignoresLogTimes ? Self.withoutTime(text) : text, text: text, moment: first)
  }

  /// `text` without `[    1.234567] ` in front.
  static func withoutTime(_ text: String) -> String {
    guard text.hasPrefix("["), let end = text.firstIndex(of: "]") else { return text }
    let time = text[text.index(after: text.startIndex)..<end].drop { $0 == " " }
    let parts = time.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isNumber } }) else {
      return text
    }
    return String(text[text.index(after: end)...].drop { $0 == " " })
  }
}

/// Calls to the system, and their returns.
struct SystemCalls {
  private struct Pending {
    var number: UInt64
    var returnPC: UInt64
    var stackPointer: UInt64
    var thread: UInt64
  }

  private static let pendingCountMax = 4096
  private var pending: [Pending] = []

  /// What `record` means: a call, or a return from one.
  mutating func note(_ record: StepRecord, comparesArguments: Bool) -> AlignedEvent? {
    let convention = VirtBoard.callConvention
    guard record.general.count > convention.callNumber else { return nil }
    if record.kind == .exception, VirtBoard.isSystemCall(record.cause) {
      let number = record.general[convention.callNumber]
      if pending.count == Self.pendingCountMax { pending.removeFirst() }
      // The call is four bytes long, whatever the instruction set has besides.
      pending.append(
        Pending(
          number: number, returnPC: record.pc &+ 4, stackPointer: record.stackPointer,
          thread: record.general[convention.thread]))
      let values = convention.arguments.map { record.general[$0] }
      let name = "call \(Int64(bitPattern: number))"
      let key = comparesArguments ? "\(name)(\(values.map(Self.masked).joined(separator: ", ")))" : name
      return AlignedEvent(
        key: key, text: "\(name)(\(values.map(Show.address).joined(separator: ", ")))", moment: record.start,
        place: Show.address(record.pc))
    }
    guard record.flow == .trapReturn, record.nextMode == 0 else { return nil }
    let thread = record.general[convention.thread]
    let place = pending.lastIndex {
      $0.returnPC == record.nextPC && $0.stackPointer == record.stackPointer && $0.thread == thread
    }
    guard let place else { return nil }
    let number = Int64(bitPattern: pending.remove(at: place).number)
    let value = record.general[convention.result]
    return AlignedEvent(
      key: "call \(number) returns \(Self.masked(value))",
      text:
        "call \(number) returns \(Int64(bitPattern: value) < 0 ? "\(Int64(bitPattern: value))" : Show.address(value))",
      moment: record.end, place: Show.address(record.nextPC))
  }

  /// A value, unless it may be an address: small numbers, and the negative ones that tell of errors, are what they are.
  static func masked(_ value: UInt64) -> String {
    let signed = Int64(bitPattern: value)
    return (-4096..<65536).contains(signed) ? "\(signed)" : "*"
  }
}
