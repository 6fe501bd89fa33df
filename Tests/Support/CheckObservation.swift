public import Backplane
internal import Boards
internal import RISCV
internal import StateCoding
internal import VirtualTime

/// What `checkObservation` has seen.
public struct ObservationReport {
  /// Steps that were told, by kind.
  public var instructionCount = 0, exceptionCount = 0, interruptCount = 0
  /// Accesses that instructions made.
  public var accessCount = 0
  /// Records of no step.
  public var pauseCount = 0
  /// Changes of wires.
  public var wireChangeCount = 0
  /// What went wrong, if anything.
  public var problem: String?
}

/// Looks at a run step by step, and compares what is told with the states before and after each step and with the text
/// of each instruction. Looks at it again for changes of mode and of wires alone, which must be the same ones. None of
/// it may change the run.
///
/// - Parameter spoil: changes records before they are compared, for a canary.
public func checkObservation(
  _ run: StopRun, spoil: (inout StepRecord) -> Void = { _ in }
) -> ObservationReport {
  var report = ObservationReport()
  var records: [StepRecord] = []
  let (digest, end) = observe(run, .steps) {
    var record = $0
    spoil(&record)
    records.append(record)
  }
  let machine = run.make()
  machine.collecting = [.output, .interrupts, .devices]
  var door = Door(RecordedInputs(run.inputs))
  var wires = machine.board.wires(hart: 0)
  var effects: [Effect] = []
  for record in records {
    effects += record.effects
    if record.wires != wires { report.wireChangeCount += 1 }
    wires = record.wires
    guard record.kind != .pause else {
      report.pauseCount += 1
      continue
    }
    let before = machine.board
    let plan = StepPlan(before, memory: machine.memory)
    _ = machine.run(until: RunLimit(step: Step(before.fabric.now.step.count + 1)), door: &door)
    let account = StepAccount(before: before, after: machine.board, memory: machine.memory, plan: plan)
    let comparison = RecordComparison(record, before, machine, account, plan)
    if let problem = comparison.problem {
      report.problem = "@\(before.fabric.now.step.count), \(plan.mnemonic): \(problem)"
      return report
    }
    switch record.kind {
    case .instruction: report.instructionCount += 1
    case .exception: report.exceptionCount += 1
    case .interrupt: report.interruptCount += 1
    case .pause: break
    }
    report.accessCount += record.accesses.count
  }
  _ = machine.run(until: RunLimit(step: Step(run.limitSteps)), door: &door)
  if machine.digest() != digest || machine.moment != end { report.problem = "the run is another when it is looked at" }
  if machine.takeEffects() != effects { report.problem = "the effects are others" }
  report.problem = report.problem ?? sparseProblem(run, records, digest)
  return report
}

private func observe(
  _ run: StopRun, _ detail: ObservationDetail, _ body: (StepRecord) -> Void
) -> (Digest, Moment) {
  let machine = run.make()
  machine.collecting = [.output, .interrupts, .devices]
  var door = Door(RecordedInputs(run.inputs))
  // In pieces, as anyone may cut a run, and ended now and then by whoever looks.
  var count = 0
  while machine.moment.step.count < run.limitSteps {
    let piece = RunLimit(step: Step(min(run.limitSteps, machine.moment.step.count + 777)))
    let stop = machine.observe(detail, until: piece, door: &door) { record in
      body(record)
      count += 1
      return count % 100 != 0
    }
    if stop != .limit, stop != .output { break }
  }
  return (machine.digest(), machine.moment)
}

/// Compares what is told of changes alone with what `records` say of every step.
private func sparseProblem(_ run: StopRun, _ records: [StepRecord], _ digest: Digest) -> String? {
  func isChange(_ record: StepRecord) -> Bool {
    record.kind == .exception || record.kind == .interrupt || record.flow == .trapReturn
  }
  for detail in [ObservationDetail.modes, .wires] {
    var told: [StepRecord] = []
    guard observe(run, detail, { told.append($0) }).0 == digest else { return "\(detail): the run is another" }
    let changes = told.filter(isChange)
    let expected = records.filter(isChange)
    guard changes.count == expected.count else {
      return "\(detail): \(changes.count) changes of mode instead of \(expected.count)"
    }
    for (one, other) in zip(changes, expected) {
      guard
        one.kind == other.kind, one.start == other.start, one.end == other.end, one.nextPC == other.nextPC,
        one.mode == other.mode, one.nextMode == other.nextMode, one.cause == other.cause,
        one.trapValue == other.trapValue, one.general == other.general, one.kind == .instruction || one.pc == other.pc
      else { return "\(detail): \(one) instead of \(other)" }
    }
    guard told.flatMap(\.effects) == records.flatMap(\.effects) else { return "\(detail): other effects" }
    guard detail == .wires else { continue }
    let (changed, expectedChanges) = (wireChanges(told), wireChanges(records))
    guard changed.map(\.wires) == expectedChanges.map(\.wires) else {
      return "wires: \(changed) instead of \(expectedChanges)"
    }
    // Seen step by step, what time alone changes within a step shows at its beginning or end.
    for (one, other) in zip(changed, expectedChanges)
    where one.cycle < other.from || one.cycle > other.to {
      return "wires: \(one) instead of \(other)"
    }
  }
  return nil
}

private struct WireChange: Equatable {
  var wires: UInt64
  var cycle: UInt64
  var from: UInt64
  var to: UInt64
}

private func wireChanges(_ records: [StepRecord]) -> [WireChange] {
  var changes: [WireChange] = []
  for record in records where record.wires != changes.last?.wires ?? 0 {
    changes.append(
      WireChange(
        wires: record.wires, cycle: record.wiresMoment.cycle.count, from: record.start.cycle.count,
        to: record.end.cycle.count))
  }
  return changes
}

/// One record against the account of its step.
private struct RecordComparison {
  private let record: StepRecord
  private let before: VirtBoard
  private let after: VirtBoard
  private let memory: Memory
  private let account: StepAccount
  private let plan: StepPlan

  init(
    _ record: StepRecord, _ before: VirtBoard, _ machine: Machine<VirtBoard>, _ account: StepAccount, _ plan: StepPlan
  ) {
    (self.record, self.before, self.after, self.memory) = (record, before, machine.board, machine.memory)
    (self.account, self.plan) = (account, plan)
  }

  var problem: String? {
    guard record.end == after.fabric.now else { return "ends at \(record.end) instead of \(after.fabric.now)" }
    guard record.pc == before.hart.pc, record.nextPC == after.hart.pc else { return "another pc: \(record)" }
    guard record.mode == before.hart.privilege.rawValue, record.nextMode == after.hart.privilege.rawValue else {
      return "another mode"
    }
    if !before.hart.waiting, record.start != before.fabric.now { return "starts at \(record.start)" }
    guard record.start.step == before.fabric.now.step, record.start >= before.fabric.now else { return "starts early" }
    guard record.wires == after.wires(hart: 0) else { return "wires \(record.wires)" }
    let hasRetired = after.hart.retired != before.hart.retired
    guard hasRetired == (record.kind == .instruction) else { return "\(record.kind)" }
    return hasRetired ? registerProblem ?? accessProblem : trapProblem
  }

  private var trapProblem: String? {
    let csrs = record.nextMode == 3 ? [0x341, 0x342, 0x343] : [0x141, 0x142, 0x143]
    let values = csrs.map { after.register(65 + $0, hart: 0) ?? 0 }
    guard values[0] == record.pc else { return "interrupts \(values[0])" }
    let cause = record.cause | (record.kind == .interrupt ? 1 << 63 : 0)
    guard cause == values[1], record.trapValue == values[2] else { return "cause \(record.cause)" }
    return record.accesses.isEmpty ? valueProblem : "a trap with an access"
  }

  private var registerProblem: String? {
    for write in record.writes where !account.registers.contains(write.number) { return "writes \(write.number)" }
    let changesFile = before.hart.x != after.hart.x || before.hart.f != after.hart.f
    let changesCSR = before.hart.csr != after.hart.csr
    for feature in VirtBoard.features {
      for register in feature.registers {
        let number = register.number
        guard number < 65 ? changesFile : changesCSR else { continue }
        // Counters, what interrupts are pending, the pc, and the mode: of these everybody knows.
        if [32, 4161, 65 + 0x344, 65 + 0x144, 65 + 0x003].contains(number) { continue }
        if [0xc00, 0xc01, 0xc02, 0xb00, 0xb02].contains(number - 65) { continue }
        guard before.register(number, hart: 0) != after.register(number, hart: 0) else { continue }
        guard record.writes.contains(where: { $0.number == number }) else { return "does not write \(register.name)" }
      }
    }
    let planned = plan.destinations.filter { $0 < 65 || !plan.mnemonic.hasSuffix("ret") }
    for number in planned where number != 4161 && !record.writes.contains(where: { $0.number == number }) {
      return "does not write \(number), which it names"
    }
    return valueProblem
  }

  private var valueProblem: String? {
    for write in record.writes where after.register(write.number, hart: 0) != write.value {
      return "\(write.number) is not \(write.value)"
    }
    return nil
  }

  private var accessProblem: String? {
    let accesses = account.accesses.filter { $0.parts.first?.virtual != nil }
    let expected = accesses.flatMap { access in
      (access.reads ? [false] : []) + (access.writes ? [true] : [])
    }
    guard record.accesses.map(\.isWrite) == expected else { return "accesses \(record.accesses)" }
    for access in record.accesses {
      guard let told = accesses.first, access.address == told.told else { return "accesses \(access.address)" }
      let count = told.parts.reduce(0) { $0 + $1.count }
      guard UInt64(access.byteCount) == count else { return "accesses \(access.byteCount) bytes" }
      guard access.isWrite || !told.writes, count <= 8 else { continue }
      var bytes: [UInt8] = []
      for part in told.parts {
        guard let more = memory.read(part.physical, count: Int(part.count)) else { return nil }
        bytes += more
      }
      let value = bytes.reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
      if let seen = access.value, seen != value { return "accesses the value \(seen) instead of \(value)" }
      if access.value == nil, access.isWrite { return "writes nothing known" }
    }
    return nil
  }
}
