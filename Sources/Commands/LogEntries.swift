internal import Archive
internal import Backplane
internal import Boards
internal import StateCoding
internal import Timeline
internal import VirtualTime

/// One thing that happened in a run.
struct LogEntry {
  enum Kind {
    case input(slot: UInt8, bytes: [UInt8])
    case effect(EffectRecord.Kind)
  }

  var moment: Moment
  var kind: Kind
}

/// Which entries are wanted.
struct LogFilter {
  var kinds: LogKinds
  var steps: ClosedRange<Step>
  /// Only of these devices; `nil` for all. An interrupt is of no device.
  var slots: [UInt8]?

  func accepts(_ entry: LogEntry) -> Bool {
    guard steps.contains(entry.moment.step) else { return false }
    switch entry.kind {
    case .input(let slot, _): return kinds.contains(.inputs) && isWanted(slot)
    case .effect(.interrupt): return kinds.contains(.interrupts) && slots == nil
    case .effect(.output(let slot, _)): return kinds.contains(.output) && isWanted(slot)
    case .effect(.read(let slot, _, _, _)): return kinds.contains(.reads) && isWanted(slot)
    case .effect(.write(let slot, _, _, _)): return kinds.contains(.writes) && isWanted(slot)
    }
  }

  private func isWanted(_ slot: UInt8) -> Bool { slots?.contains(slot) ?? true }
}

/// Inputs and effects in the order in which they happened: what entered at a moment before what was done at it.
private struct Merger {
  private var inputs: [InputRecord]
  private var next = 0
  private let filter: LogFilter
  private let body: (LogEntry) -> Void

  init(_ reader: TraceReader, _ filter: LogFilter, _ body: @escaping (LogEntry) -> Void) throws {
    (self.filter, self.body) = (filter, body)
    inputs = filter.kinds.contains(.inputs) ? try reader.inputs() : []
  }

  mutating func add(_ effect: EffectRecord) {
    addInputs { $0 <= effect.moment }
    pass(LogEntry(moment: effect.moment, kind: .effect(effect.kind)))
  }

  mutating func finish() { addInputs { _ in true } }

  private mutating func addInputs(_ isDue: (Moment) -> Bool) {
    while next < inputs.count, isDue(inputs[next].moment) {
      pass(LogEntry(moment: inputs[next].moment, kind: .input(slot: inputs[next].slot, bytes: inputs[next].bytes)))
      next += 1
    }
  }

  private func pass(_ entry: LogEntry) { if filter.accepts(entry) { body(entry) } }
}

/// What a trace holds.
struct RecordedLog {
  private let reader: TraceReader

  init(_ reader: TraceReader) { self.reader = reader }

  /// Hands every entry that `filter` wants to `body`, in order.
  func forEach(_ filter: LogFilter, _ body: @escaping (LogEntry) -> Void) throws {
    var merger = try Merger(reader, filter, body)
    try reader.effects(in: filter.steps) { merger.add($0) }
    merger.finish()
  }
}

/// What a trace does not hold, computed by running the machine again.
struct ReplayedLog {
  /// Steps between two looks at what was collected: device accesses take memory.
  private static let pauseSteps: UInt64 = 1 << 20
  private let reader: TraceReader
  private let machine: Machine<VirtBoard>

  init(_ reader: TraceReader, files: [ImageRole: String], collecting: LogKinds) throws {
    self.reader = reader
    machine = try TraceMachine.make(reader, files: files)
    try TraceStart.bring(machine, to: reader)
    machine.collecting = collecting.collected
  }

  /// Hands every entry that `filter` wants to `body`, in order, up to the end of the recording or of the filter's
  /// steps.
  /// - Returns: the step of the rung at which the run differs from the recording, if it does.
  func forEach(
    _ filter: LogFilter, shouldStop: () -> Bool, _ body: @escaping (LogEntry) -> Void
  ) throws -> Step? {
    var merger = try Merger(reader, filter, body)
    var door = Door(
      RecordedInputs(
        try reader.inputs().map {
          StampedInput(moment: $0.moment, input: Input(slot: Slot($0.slot), bytes: $0.bytes))
        }, until: reader.covered))
    let (afterLast, overflow) = filter.steps.upperBound.count.addingReportingOverflow(1)
    let last = min(reader.covered, Moment(step: Step(overflow ? .max : afterLast), cycle: .zero))
    for rung in try reader.rungs() where rung.moment <= last {
      guard advance(to: rung.moment, &door, shouldStop, &merger) else { return nil }
      guard machine.moment == rung.moment, TraceDigest(machine.digest()) == rung.digest else { return rung.moment.step }
    }
    if advance(to: last, &door, shouldStop, &merger) { merger.finish() }
    return nil
  }

  /// Runs to `moment`. False when it was stopped on the way, or the machine stopped by itself.
  private func advance(
    to moment: Moment, _ door: inout Door, _ shouldStop: () -> Bool, _ merger: inout Merger
  ) -> Bool {
    while machine.moment < moment {
      if shouldStop() { return false }
      let pause = Moment(step: Step(machine.moment.step.count + Self.pauseSteps), cycle: .zero)
      let stop = machine.run(until: RunLimit(moment: min(moment, pause)), door: &door)
      for record in machine.takeEffects().compactMap(EffectRecord.init) { merger.add(record) }
      if stop != .limit, machine.moment < moment { return false }
      if stop == .limit, machine.moment < min(moment, pause) { return false }
    }
    return true
  }
}
