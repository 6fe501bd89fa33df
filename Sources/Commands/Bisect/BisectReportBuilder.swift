internal import Archive
internal import Backplane
internal import Boards
internal import Symbols
internal import Timeline
internal import VirtualTime

/// Makes the report of a bisection out of what was found, with names where there are some.
struct BisectReportBuilder {
  /// One side as people know it.
  struct Subject {
    var path: String
    var kind: String
    /// The trace; of a ladder alone there is none.
    var reader: TraceReader?
    var clockHertz: UInt64
    var isComplete: Bool
    var endReason: String?
  }

  private static let recentCount = 8

  let subjects: Sides<Subject>
  let isForced: Bool
  let symbols: SymbolIndex
  private var board: String { subjects.a.reader?.header.board ?? subjects.b.reader?.header.board ?? "" }

  /// The report of `outcome`; with `bisection`, which has found it, the machines are looked at.
  func report(_ outcome: BisectionOutcome, _ bisection: Bisection<VirtBoard>?) throws -> BisectReport {
    var report = BisectReport(
      verdict: outcome.verdict.rawValue, isForced: isForced,
      sides: BisectReport.Both(recorded(.a, outcome), recorded(.b, outcome)),
      machine: outcome.machine.map {
        BisectReport.MachineDifference(name: $0.name, isImage: $0.isImage, a: $0.values.a, b: $0.values.b)
      },
      input: outcome.input.map {
        BisectReport.InputDifference(
          index: $0.index, a: $0.inputs.a.map(input), b: $0.inputs.b.map(input))
      },
      ladder: ladder(outcome.ladder),
      segment: outcome.segment.map {
        BisectReport.Segment(fromStep: $0.lowerBound.step.count, toStep: $0.upperBound.step.count)
      }, comparisons: outcome.comparisonCount, stepsRun: outcome.stepsRun, notes: outcome.notes, commands: [])
    report.divergence = outcome.divergence.map { side, found in
      BisectReport.ReplayDivergence(
        side: side.rawValue, file: subjects[side].path, subject: found.subject.rawValue,
        lastCommonStep: found.lastCommon.step.count, foundStep: found.found.step.count, recorded: found.recorded,
        replayed: found.replayed)
    }
    if let parting = outcome.parting, let bisection { report.parting = try describe(parting, bisection) }
    report.commands = commands(outcome)
    return report
  }

  private func recorded(_ side: Side, _ outcome: BisectionOutcome) -> BisectReport.Recorded {
    let (subject, span) = (subjects[side], outcome.spans[side])
    return BisectReport.Recorded(
      file: subject.path, kind: subject.kind, first: Length(span.lowerBound, clockHertz: subject.clockHertz),
      last: Length(span.upperBound, clockHertz: subject.clockHertz), isComplete: subject.isComplete,
      endReason: subject.endReason)
  }

  private func ladder(_ ladder: LadderDifference) -> BisectReport.Ladder {
    BisectReport.Ladder(
      commonRungs: ladder.commonCount, lastSameStep: ladder.lastSame?.moment.step.count,
      firstDifferentStep: ladder.firstDifferent?.a.moment.step.count, sameAgainRungs: ladder.sameAgainCount,
      comparisons: ladder.comparisonCount)
  }

  private func input(_ record: InputRecord) -> BisectReport.Input {
    BisectReport.Input(
      step: record.moment.step.count, cycle: record.moment.cycle.count,
      device: TraceFile.slotName(record.slot, board: board), bytes: Show.hexadecimal(record.bytes),
      text: String(decoding: record.bytes, as: UTF8.self))
  }

  /// What to type to look at it.
  private func commands(_ outcome: BisectionOutcome) -> [String] {
    if let side = outcome.divergence?.side {
      return [Show.command("reprise", "replay", "--quiet", subjects[side].path)]
    }
    let traces = Side.allCases.filter { subjects[$0].reader != nil }.map { subjects[$0].path }
    if let step = outcome.parting?.step.count {
      return traces.map { Show.command("reprise", "gdb", $0, "--at", "@\(step)") }
    }
    if outcome.verdict == .differentMachine, !isForced, traces.count == 2 {
      return [Show.command("reprise", "bisect", "--force", traces[0], traces[1])]
    }
    if let segment = outcome.segment {
      return traces.map { Show.command("reprise", "gdb", $0, "--at", "@\(segment.lowerBound.step.count)") }
    }
    return []
  }

  // MARK: - The parting

  private func describe(_ parting: Parting, _ bisection: Bisection<VirtBoard>) throws -> BisectReport.Parting {
    let details = try bisection.details(of: parting)
    let clockHertz = subjects.a.clockHertz
    let common = Length(parting.common, clockHertz: clockHertz)
    func inputsBefore(_ side: Side) -> [BisectReport.Input] {
      bisection.inputs(of: side, before: parting.common, count: Self.recentCount).map(input)
    }
    return BisectReport.Parting(
      step: parting.step.count, cycle: common.cycles, guestNanoseconds: common.guestNanoseconds,
      measure: parting.measure.rawValue, place: instruction(details.place),
      behind: BisectReport.Both(
        Length(parting.behind.a, clockHertz: clockHertz), Length(parting.behind.b, clockHertz: clockHertz)),
      done: BisectReport.Both(details.done.a.map(effect), details.done.b.map(effect)),
      entered: BisectReport.Both(details.entered.a.map(input), details.entered.b.map(input)),
      registers: details.registers.map {
        BisectReport.Register(
          hart: $0.hart, name: $0.name, a: Show.address($0.values.a), b: Show.address($0.values.b))
      },
      fields: details.fields.map { BisectReport.Field(path: $0.path, a: $0.values.a, b: $0.values.b) },
      memory: details.memory.map {
        BisectReport.Word(
          address: Show.address($0.address), symbol: symbols.location(of: $0.address).place,
          a: Show.address($0.values.a), b: Show.address($0.values.b))
      }, moreWords: details.moreWordCount, morePages: details.morePageCount, recent: details.recent.map(instruction),
      inputsBefore: BisectReport.Both(inputsBefore(.a), inputsBefore(.b)),
      interruptsBefore: BisectReport.Both(
        try interrupts(.a, before: parting.common), try interrupts(.b, before: parting.common)))
  }

  private func instruction(_ step: ExecutedStep) -> BisectReport.Instruction {
    let location = symbols.location(of: step.pc)
    return BisectReport.Instruction(
      step: step.step, hart: step.hart, privilege: step.privilege, pc: Show.address(step.pc), symbol: location.place,
      source: location.source.map { "\($0)" },
      instruction: step.text?.split(separator: "\t").joined(separator: " "),
      instructionBytes: step.bytes.isEmpty ? nil : Show.hexadecimal(step.bytes),
      interrupt: step.interrupt.map(InterruptName.of))
  }

  private func effect(_ record: EffectRecord) -> String {
    func name(_ slot: UInt8) -> String { TraceFile.slotName(slot, board: board) }
    switch record.kind {
    case .output(let slot, let byte): return "\(name(slot)) sends \(Show.quoted([byte]))"
    case .interrupt(_, let cause, let pc):
      return "\(InterruptName.of(cause)) interrupt (cause \(cause)) taken at pc \(Show.address(pc))"
    case .read(let slot, let offset, let width, let value):
      return "reads \(Show.address(value)), \(width) bytes, from \(name(slot))+\(Show.address(offset))"
    case .write(let slot, let offset, let width, let value):
      return "writes \(Show.address(value)), \(width) bytes, to \(name(slot))+\(Show.address(offset))"
    }
  }

  /// The last interrupts before `moment`; `nil` when the trace does not hold interrupts.
  private func interrupts(_ side: Side, before moment: Moment) throws -> [BisectReport.Interrupt]? {
    guard let reader = subjects[side].reader, LogKinds(heldBy: reader).contains(.interrupts) else { return nil }
    var found: [EffectRecord] = []
    // Newest sections first, and no more of them than it takes.
    for section in reader.sections.reversed() where section.head.kind == .effects {
      guard section.head.first < moment else { continue }
      guard found.count < Self.recentCount else { break }
      var part: [EffectRecord] = []
      try reader.effects(in: section.head.first.step...section.head.last.step, kinds: .interrupts) { effect in
        if effect.moment < moment, effect.moment < found.first?.moment ?? moment { part.append(effect) }
      }
      found = part + found
    }
    return found.suffix(Self.recentCount).compactMap { effect in
      guard case .interrupt(let hart, let cause, let pc) = effect.kind else { return nil }
      return BisectReport.Interrupt(
        step: effect.moment.step.count, cycle: effect.moment.cycle.count, hart: Int(hart), cause: Int(cause),
        causeName: InterruptName.of(cause), pc: Show.address(pc), symbol: symbols.location(of: pc).place)
    }
  }
}
