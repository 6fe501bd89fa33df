internal import Archive
internal import Backplane
internal import StateCoding
internal import VirtualTime

/// Everything about one file.
struct VerifyFile<B: Board>: Sendable {
  /// What a pass from the start to the end has found.
  struct OnePass: Sendable {
    var report: ReplayReport
    var units: [VerifyRun<B>.Unit] = []
    var isDone = false
  }

  var plan: VerifyPlan?
  var hasBegun = false
  /// By unit: whether someone has taken it, and what was found.
  var isTaken: [Bool] = []
  var units: [VerifyRun<B>.Unit?] = []
  /// Where those who are on the way are: the unit, and the step.
  var active: [(worker: Int, unit: Int, step: UInt64)] = []
  var wantsOnePass = false
  var onePass: OnePass?
  /// What was found by going on from a checkpoint, when that made one pass necessary.
  var parting: Divergence?
  var contentsAreTaken = false
  var contents: VerifyContents?
  var damage: [TraceError] = []
  /// What it came to, once nothing more is to be done.
  private(set) var result: VerifyResult?
  var isFinished: Bool { result != nil }
  var doneSteps: UInt64 = 0
  var totalSteps: UInt64 = 0
}

extension VerifyFile {
  /// Whether its units may be done by several threads: as long as all is as it was recorded.
  var isSharedOut: Bool { !isFinished && !wantsOnePass && onePass == nil && plan != nil }

  mutating func take(_ unit: Int, _ worker: Int) {
    guard let plan else { return }
    isTaken[unit] = true
    active.removeAll { $0.worker == worker }
    active.append((worker, unit, plan.edges[unit].step.count))
  }

  /// Notes that `worker` is at `step`.
  mutating func note(_ worker: Int, _ step: UInt64) {
    guard let place = active.firstIndex(where: { $0.worker == worker }), step > active[place].step else { return }
    doneSteps += step - active[place].step
    active[place].step = step
  }

  /// Notes the plan of what is to be done.
  mutating func begin(_ plan: VerifyPlan) {
    self.plan = plan
    isTaken = Array(repeating: false, count: plan.unitCount)
    units = Array(repeating: nil, count: plan.unitCount)
    totalSteps = plan.stepCount(0..<plan.unitCount)
  }

  /// Notes what was found in `unit`.
  mutating func note(_ found: VerifyRun<B>.Unit, of unit: Int) {
    if unit < units.count { units[unit] = found }
  }

  /// Notes what is damaged, each place once.
  mutating func note(_ found: [TraceError]) {
    for error in found where !damage.contains(where: { $0.offset == error.offset }) { damage.append(error) }
  }

  /// Notes that nothing more is to be done, if that is so.
  mutating func finish() {
    guard !isFinished, let contents, let plan else { return }
    if let onePass {
      if onePass.isDone { settle(plan, contents) }
    } else if !wantsOnePass, units.allSatisfy({ $0 != nil }) {
      // The console is compared over the whole: where its parts were wrong, one pass tells what is.
      if plan.end.map({ Self.console(of: units.compactMap { $0 }).isAs($0) }) ?? true {
        settle(plan, contents)
      } else {
        wantsOnePass = true
      }
    }
  }

  private static func console(of units: [VerifyRun<B>.Unit]) -> ConsoleTotals {
    var totals = ConsoleTotals()
    for unit in units { totals.note(unit.console) }
    return totals
  }

  /// Notes that it could not be replayed.
  mutating func fail(_ error: any Error) {
    settle(.failed(error))
  }

  private mutating func settle(_ plan: VerifyPlan, _ contents: VerifyContents) {
    let units = onePass?.units ?? units.compactMap { $0 }
    let faults = Self.faults(units, plan, contents)
    let replay = onePass?.report ?? Self.report(of: units, plan)
    settle(
      .replayed(
        VerifyReport(
          header: plan.header, identity: plan.identity, start: plan.start, last: plan.last, isComplete: plan.isComplete,
          replay: replay, faults: faults, damage: damage.sorted { $0.offset < $1.offset },
          notes: contents.notes + Self.notes(units, plan, contents, replay),
          hidden: replay.divergence == nil && faults.isEmpty ? parting : nil)))
  }

  /// Nothing but the result is needed any more.
  private mutating func settle(_ result: VerifyResult) {
    guard self.result == nil else { return }
    self.result = result
    (plan, contents, onePass, units, isTaken, active, wantsOnePass) = (nil, nil, nil, [], [], [], false)
  }

  /// What was not compared.
  private static func notes(
    _ units: [VerifyRun<B>.Unit], _ plan: VerifyPlan, _ contents: VerifyContents, _ replay: ReplayReport
  ) -> [String] {
    guard replay.divergence == nil else { return [] }
    let found = units.flatMap(\.pages)
    return contents.pages.filter { pages in !found.contains { $0.moment == pages.moment } }.map {
      "the checkpoint at @\($0.moment.step.count) is of a moment at which the run was not stopped: not compared"
    }
  }

  /// What one pass would have told.
  private static func report(of units: [VerifyRun<B>.Unit], _ plan: VerifyPlan) -> ReplayReport {
    var report = ReplayReport(moment: plan.last)
    report.reachedEnd = plan.end != nil
    for unit in units {
      report.rungsCompared += unit.rungsCompared
      report.effectsCompared += unit.effectsCompared
      report.comparesEffects = report.comparesEffects && unit.comparesEffects
      report.consoleByteCount += UInt64(unit.console.count)
    }
    return report
  }

  /// What checkpoints say that is not so, one for each, in order of time.
  private static func faults(
    _ units: [VerifyRun<B>.Unit], _ plan: VerifyPlan, _ contents: VerifyContents
  ) -> [CheckpointFault] {
    var faults = contents.faults + units.flatMap(\.faults)
    let found = units.flatMap(\.pages)
    for pages in contents.pages {
      guard let signature = pages.signature, let place = found.firstIndex(where: { $0.moment == pages.moment }),
        found[place].signature != signature
      else { continue }
      faults.append(CheckpointFault(moment: pages.moment, what: "does not have the pages of the machine there"))
    }
    var told: [CheckpointFault] = []
    for fault in faults where !told.contains(where: { $0.moment == fault.moment }) { told.append(fault) }
    return told.sorted { $0.moment < $1.moment }
  }
}

extension ConsoleTotals {
  fileprivate func isAs(_ end: EndRecord) -> Bool {
    TraceDigest(digest) == end.consoleDigest && byteCount == end.consoleByteCount
  }
}
