internal import Backplane
public import VirtualTime

/// What can be seen at a moment at which the script acts.
struct Situation {
  /// The machine; `nil` in the middle of a run, when it cannot be looked at.
  var view: (any MachineView)?
  /// Whether the breakpoint that was asked for was hit.
  var isHit: Bool
}

extension ScriptedInputs {
  private static let unattended = "whoever runs the machine does not let the script look at it"

  /// Does all that can be done at `moment`: what must not have come first, then action after action.
  func act(at moment: Moment, _ situation: Situation, _ attendance: inout Attendance, _ taken: inout [Input]) {
    if let glance = watchGlance, glance <= moment.cycle {
      watchGlance = nil
      searchWatches(at: moment)
    }
    while advance(at: moment, situation, &attendance, &taken) {}
  }

  /// Does what can be done at `moment`. Whether it came further.
  private func advance(
    at moment: Moment, _ situation: Situation, _ attendance: inout Attendance, _ taken: inout [Input]
  ) -> Bool {
    switch work {
    case .over: return false
    case .next: return begin(script.actions[index].kind, at: moment, situation, &attendance)
    case .expecting(let pattern, let glance, let deadline):
      return look(for: pattern, at: moment, glance, deadline)
    case .typing(let keys, let next, let due, let interval):
      guard next < keys.count else { return finishAction() }
      guard due <= moment.cycle else { return false }
      taken.append(Input(slot: console, bytes: keys[next]))
      work = .typing(keys, next: next + 1, due: due.advanced(by: interval), intervalCycles: interval)
      return true
    case .waiting(let cycle):
      return cycle <= moment.cycle && finishAction()
    case .reaching(let destination, let deadline):
      if hasReached(destination, at: moment, situation) { return finishAction() }
      if deadline <= moment.cycle { fail(at: moment, "the machine did not come there") }
      return false
    case .asserting(let assertion):
      guard let view = situation.view else { return fail(at: moment, Self.unattended) }
      return check(assertion, view, at: moment)
    case .ending(_, let deadline):
      if deadline <= moment.cycle { fail(at: moment, "the run goes on") }
      return false
    }
  }

  private func begin(
    _ kind: Script.Kind, at moment: Moment, _ situation: Situation, _ attendance: inout Attendance
  ) -> Bool {
    func deadline(_ limit: Span?) -> Cycle {
      limit.map { moment.cycle.advanced(by: clock.ticks(for: $0.nanoseconds)) } ?? .never
    }
    func type(_ keys: [[UInt8]], _ interval: Span) {
      work = .typing(keys, next: 0, due: moment.cycle, intervalCycles: clock.ticks(for: interval.nanoseconds))
    }
    switch kind {
    case .expect(let pattern, let limit):
      reader.restart()
      work = .expecting(CompiledPattern(pattern), glance: moment.cycle, deadline: deadline(limit))
    case .type(let bytes, let interval): type(bytes.map { [$0] }, interval)
    case .press(let keys, let interval): type(keys.map(\.bytes), interval)
    case .wait(let span): work = .waiting(until: deadline(span))
    case .assert(let assertion): work = .asserting(assertion)
    case .exit(let exit, let limit): work = .ending(exit, deadline: deadline(limit))
    case .never(let pattern):
      watches.append(Watch(index: index, pattern: CompiledPattern(pattern)))
      return finishAction()
    case .at(let point, let limit): return goTo(point, deadline(limit), at: moment, situation)
    case .mark(let name), .snapshot(let name):
      attendance.marks.append(name)
      if case .snapshot = kind { attendance.storesCheckpoint = true }
      return finishAction()
    }
    return true
  }

  // MARK: Places

  private func goTo(_ point: Script.Point, _ deadline: Cycle, at moment: Moment, _ situation: Situation) -> Bool {
    // Only who attends can stop the machine there.
    guard situation.view != nil else { return fail(at: moment, Self.unattended) }
    switch point {
    case .step(let count):
      guard moment.step <= Step(count) else { return fail(at: moment, "it is at step \(moment.step.count) already") }
      work = .reaching(.step(Step(count)), deadline: deadline)
    case .time(let span):
      let cycle = Cycle(clock.ticks(for: span.nanoseconds))
      guard moment.cycle <= cycle else {
        return fail(at: moment, "it is at cycle \(moment.cycle.count) already, and that time is cycle \(cycle.count)")
      }
      work = .reaching(.cycle(cycle), deadline: deadline)
    case .code(let name):
      guard let address = address(name) else { return fail(at: moment, "the symbol has no address") }
      work = .reaching(.code(address: address, passed: moment.step), deadline: deadline)
    }
    return true
  }

  private func hasReached(_ destination: Destination, at moment: Moment, _ situation: Situation) -> Bool {
    switch destination {
    case .step(let step): step <= moment.step
    case .cycle(let cycle): cycle <= moment.cycle
    case .code(_, let passed): situation.isHit && moment.step > passed
    }
  }

  private func check(_ assertion: Assertion, _ view: any MachineView, at moment: Moment) -> Bool {
    var symbol: UInt64?
    if case .symbol(let name, _) = assertion.subject { symbol = address(name) }
    guard let objection = assertion.objection(view, address: symbol) else { return finishAction() }
    return fail(at: moment, objection)
  }

  // MARK: The console

  private func look(for pattern: CompiledPattern, at moment: Moment, _ glance: Cycle, _ deadline: Cycle) -> Bool {
    guard min(glance, deadline) <= moment.cycle else { return false }
    if reader.find(pattern) { return finishAction() }
    guard deadline > moment.cycle else { return fail(at: moment, nil) }
    work = .expecting(pattern, glance: nextGlance(after: moment.cycle), deadline: deadline)
    return false
  }

  /// Fails when something has come that must not.
  private func searchWatches(at moment: Moment) {
    for place in watches.indices {
      let shown = watches[place].reader.unread
      guard watches[place].reader.find(watches[place].pattern) else { continue }
      let end = shown.count - watches[place].reader.unread.count
      let line = shown[..<end].suffix(Self.shownLength).split { $0 == 0x0a || $0 == 0x0d }.last ?? []
      fail(at: moment, "the console showed \(Notation.text(line))", action: watches[place].index)
      return
    }
  }

  // MARK: The end

  /// Says how the run ended at `moment`: by then all that the console showed has been handed over. What was shown since
  /// the last look counts. Fails the script when the run should have ended otherwise, and ends it when it waited for
  /// this.
  /// - Parameter exit: how; `nil` when whoever ran it ended it.
  public func conclude(_ exit: Exit?, at moment: Moment) {
    guard failure == nil else { return }
    if watchGlance != nil { searchWatches(at: moment) }
    guard failure == nil, let exit else { return }
    while case .expecting(let pattern, _, _) = work, reader.find(pattern) {
      guard finishAction(), case .next = work else { return }
      switch script.actions[index].kind {
      case .expect(let next, _):
        reader.restart()
        work = .expecting(CompiledPattern(next), glance: .never, deadline: .never)
      case .exit(let wanted, _): work = .ending(wanted, deadline: .never)
      // There is no machine any more to do anything to.
      default: return
      }
    }
    guard case .ending(let wanted, _) = work else { return }
    if wanted.allows(exit) { _ = finishAction() } else { fail(at: moment, "it ended otherwise: \(exit)") }
  }

  /// - Returns: false: nothing more can be done.
  @discardableResult
  private func fail(at moment: Moment, _ reason: String?, action: Int? = nil) -> Bool {
    let failed = action ?? index
    status = .failed(
      Failure(
        index: failed, action: script.actions[failed], moment: moment, reason: reason,
        console: Array(reader.unread.suffix(Self.shownLength))))
    work = .over
    return false
  }

  private func finishAction() -> Bool {
    index += 1
    if index < script.actions.count {
      status = .running(action: index)
      work = .next
    } else {
      status = .finished
      work = .over
    }
    return true
  }
}
