internal import Archive
internal import Backplane
internal import Boards
internal import Export
internal import Host
internal import Timeline
internal import VirtualTime

/// Writes a window in the format that an `export` asks for.
struct Exporter {
  private let command: ExportCommand
  private let window: TraceWindow
  private let positions: Positions
  private let display: Display

  init(_ command: ExportCommand, _ window: TraceWindow, _ positions: Positions, _ display: Display) {
    (self.command, self.window, self.positions, self.display) = (command, window, positions, display)
  }

  private var reader: TraceReader { window.reader }
  private var title: String { ImageFiles.baseName(command.file) }

  /// Writes it to `text`.
  /// - Returns: how many items there are; `nil` when that was interrupted.
  func write(to text: TextOutput) throws -> UInt64? {
    switch command.format {
    case .asciicast: try writeConsole(text)
    case .vcd: try writeSignals(text)
    case .commitLog: try writeInstructions(text)
    case .perfetto: try writeEvents(text)
    }
  }

  private func writeInstructions(_ text: TextOutput) throws -> UInt64? {
    var log = CommitLogWriter(to: text)
    guard
      try window.forEach(
        .steps, effects: [], display, file: command.file,
        {
          try log.note($0)
          return true
        })
    else { return nil }
    try log.finish()
    return log.lineCount
  }

  private func writeSignals(_ text: TextOutput) throws -> UInt64? {
    var dump = try ValueChangeDump<VirtBoard>(
      board: reader.header.board, clockHertz: reader.clockHertz, slots: VirtSlot.allCases.map(\.rawValue),
      hasProgramCounter: command.pc, start: window.startRecord, to: text)
    guard
      try window.forEach(
        command.pc ? .steps : .wires, effects: [.output, .devices], display, file: command.file,
        {
          try dump.note($0)
          return true
        })
    else { return nil }
    try dump.finish(at: window.end)
    return dump.changeCount
  }

  private func writeEvents(_ text: TextOutput) throws -> UInt64? {
    let symbols = try positions.symbols()
    let functions = FunctionMap(symbols.index)
    if !command.noFunctions, functions.isEmpty {
      for note in symbols.notes { display.streams.note("note: \(note)") }
      display.streams.note("note: functions have no names: give a file with --symbols FILE, or --no-functions")
    }
    var events = try TraceEvents<VirtBoard>(
      clockHertz: reader.clockHertz, title: title, start: window.startRecord,
      function: command.noFunctions ? nil : { functions.function(at: $0) },
      place: { functions.function(at: $0) == nil ? nil : functions.place(of: $0) }, to: text)
    guard
      try window.forEach(
        command.noFunctions ? .wires : .steps, effects: [.output, .devices], display, file: command.file,
        {
          try events.note($0)
          return true
        })
    else { return nil }
    try events.finish(at: window.end)
    return events.eventCount
  }

  // MARK: - The console

  private func writeConsole(_ text: TextOutput) throws -> UInt64? {
    let clock = Rate(1_000_000_000, per: reader.clockHertz)
    func time(_ moment: Moment) -> UInt64 { clock.ticks(for: moment.cycle.count) }
    let start = time(window.start)
    let size = try command.terminalSize()
    let cast = try Asciicast(
      columns: size.columns, rows: size.rows, start: start,
      epochSeconds: (reader.header.epochNanoseconds + start) / 1_000_000_000, title: title, to: text)
    var merger = ConsoleMerger(cast, window, marks: try reader.marks(), inputs: try reader.inputs(), time: time)
    if LogKinds(heldBy: reader).contains(.output) {
      let steps = window.start.step...window.end.step
      try reader.effects(in: steps, kinds: .output) { effect in
        guard effect.moment >= window.start, effect.moment < window.end,
          case .output(VirtSlot.uart.rawValue, let byte) = effect.kind
        else { return }
        try merger.show(byte, at: effect.moment)
      }
    } else {
      let isDone = try window.forEach(.modes, effects: [.output], display, file: command.file) { record in
        for effect in record.effects {
          guard case .output(let slot, let byte) = effect.kind, slot.number == VirtSlot.uart.rawValue else { continue }
          try merger.show(byte, at: effect.moment)
        }
        return true
      }
      guard isDone else { return nil }
    }
    return try merger.finish()
  }
}

/// Output with the marks and inputs that were before it.
private struct ConsoleMerger {
  private var cast: Asciicast
  private var marks: ArraySlice<Mark>
  private var inputs: ArraySlice<InputRecord>
  private let time: (Moment) -> UInt64

  init(
    _ cast: Asciicast, _ window: TraceWindow, marks: [Mark], inputs: [InputRecord],
    time: @escaping (Moment) -> UInt64
  ) {
    (self.cast, self.time) = (cast, time)
    let range = window.start..<window.end
    self.marks =
      marks.filter { range.contains($0.moment) || $0.moment == window.end }.sorted { $0.moment < $1.moment }[...]
    self.inputs = inputs.filter { range.contains($0.moment) && $0.slot == VirtSlot.uart.rawValue }[...]
  }

  mutating func show(_ byte: UInt8, at moment: Moment) throws {
    try tell { $0 <= moment }
    try cast.show(byte, at: time(moment))
  }

  mutating func finish() throws -> UInt64 {
    try tell { _ in true }
    try cast.finish()
    return cast.eventCount
  }

  private mutating func tell(_ isDue: (Moment) -> Bool) throws {
    while true {
      let mark = marks.first.flatMap { isDue($0.moment) ? $0 : nil }
      let input = inputs.first.flatMap { isDue($0.moment) ? $0 : nil }
      if let input, mark.map({ input.moment <= $0.moment }) ?? true {
        try cast.type(input.bytes, at: time(input.moment))
        inputs.removeFirst()
      } else if let mark {
        try cast.mark("\(mark.name) @\(mark.moment.step.count)", at: time(mark.moment))
        marks.removeFirst()
      } else {
        return
      }
    }
  }
}
