internal import Backplane
internal import VirtualTime

/// Single steps as a person means them: the next instruction of the code under their eyes, in either direction.
///
/// A trap may come between two instructions, or an instruction may be done by a handler: interrupts, faults that are
/// put right, system calls. Handlers are passed over as a whole, unless the user wants to see them or has a stop point
/// in them: otherwise stepping through lines of source would end up in the kernel. A handler that does not come back is
/// not passed over: the step ends at its entry.
struct Stepper {
  /// How many trap entries are looked at on the way back to the one that began a handler.
  private static let entriesMax = 4096
  /// How long a handler may take, in steps.
  private static let handlerStepsMax: UInt64 = 1 << 28
  /// Steps of a range between two looks at whether the user wants to stop.
  private static let lookSteps = 256

  private let session: GDBSession
  private let target: any DebugTarget
  private let facts: ArchitectureFacts
  private let hart: Int

  init(_ session: GDBSession) {
    (self.session, target, facts, hart) = (session, session.target, session.facts, session.selectedHart)
  }

  private var stops: StopPoints { session.points.stops }
  private var watches: StopPoints { StopPoints(watchpoints: session.points.watchpoints) }
  private var programCounter: UInt64 { target.programCounter(hart: hart) }

  /// What tells one place of a program from another that has the same program counter.
  private struct Place: Equatable {
    var programCounter: UInt64
    let stackPointer: UInt64?
    let privilege: String
  }

  private var place: Place {
    Place(
      programCounter: programCounter,
      stackPointer: target.register(of: .stackPointer).flatMap { target.register($0.number, hart: hart) },
      privilege: target.privilegeName(hart: hart))
  }

  /// The instruction that comes next.
  private var instruction: (text: String, byteCount: Int)? {
    let address = programCounter
    return target.disassemble(target.memory(virtual: address, count: 4, hart: hart), at: address)
  }

  private var standsAtReturn: Bool {
    instruction.map { instruction in facts.trapReturns.contains { $0 == instruction.text } } ?? false
  }

  // MARK: - Forwards

  /// Takes one step.
  func forward() throws -> DebugArrival {
    let leavesHandler = standsAtReturn
    while true {
      let before = place
      let length = UInt64(instruction?.byteCount ?? 0)
      let arrival = try target.runForward(watches, until: Step(target.moment.step.count + 1))
      if leavesHandler { session.leftHandlerAt = target.moment }
      guard arrival == .reached, !session.showsTraps, hasEntered(from: before.programCounter) else { return arrival }
      switch try runHandler(of: before, length) {
      case .again: continue
      case .done: return .reached
      case .stopped(let other): return other
      }
    }
  }

  /// Steps until the program counter is outside `stretch`, or at a breakpoint.
  func forward(inside stretch: Range<UInt64>) throws -> DebugArrival {
    var count = 0
    while true {
      let arrival = try forward()
      guard arrival == .reached else { return arrival }
      let here = programCounter
      guard stretch.contains(here) else { return .reached }
      if session.points.breakpoint(at: here) != nil {
        return .hit(Hit(hart: hart, step: target.moment.step.count, kind: .breakpoint(here)))
      }
      count += 1
      if count % Self.lookSteps == 0, session.poll() { return .interrupted }
    }
  }

  private enum WayOver {
    /// The handler has come back, and the instruction is still to be executed.
    case again
    /// The handler has come back behind the instruction.
    case done
    case stopped(DebugArrival)
  }

  /// Runs the handler of a trap at `place`, where the instruction has `length` bytes. Stands at its entry.
  private func runHandler(of place: Place, _ length: UInt64) throws -> WayOver {
    let entry = target.moment
    if session.points.breakpoint(at: programCounter) != nil {
      return .stopped(.hit(Hit(hart: hart, step: entry.step.count, kind: .breakpoint(programCounter))))
    }
    let limit = Step(entry.step.count &+ Self.handlerStepsMax)
    let returns = [place.programCounter, place.programCounter &+ length]
    var stops = stops
    let own = returns.filter { !stops.breakpoints.contains($0) }
    stops.breakpoints += own
    while true {
      let arrival = try target.runForward(stops, until: limit)
      switch arrival {
      case .hit(let hit):
        guard case .breakpoint(let address) = hit.kind, returns.contains(address) else { return .stopped(arrival) }
        var expected = place
        expected.programCounter = address
        if self.place == expected { return address == place.programCounter ? .again : .done }
        if !own.contains(address) { return .stopped(arrival) }
      case .reached, .end:
        // It does not come back: somebody else runs now, or nobody.
        return .stopped(try target.seek(to: entry))
      case .start, .interrupted, .diverged: return .stopped(arrival)
      }
    }
  }

  /// Whether the step just taken entered a trap handler, and `address` is where it came from.
  private func hasEntered(from address: UInt64) -> Bool {
    let here = programCounter
    // A handler that cannot be executed is trapped into again and again: there is nothing to pass over.
    guard here != address else { return false }
    return facts.traps.contains { trap in
      guard value(trap.interrupted) == address, let entry = value(trap.entry), let cause = value(trap.cause) else {
        return false
      }
      let base = entry & ~3
      if here == base { return true }
      return cause >> 63 == 1 && entry & 1 == 1 && here == base &+ (cause & .max >> 1) &* 4
    }
  }

  private func value(_ name: String) -> UInt64? {
    target.register(named: name).flatMap { target.register($0.number, hart: hart) }
  }

  // MARK: - Backwards

  /// Takes one step back.
  func backward() throws -> DebugArrival {
    // Who has just stepped out of a handler wants to go back into it.
    let passes = !session.showsTraps && session.leftHandlerAt != target.moment
    while true {
      let here = place
      let arrival = try stepBack()
      guard arrival == .reached, passes, standsAtReturn else { return arrival }
      switch try runHandlerBack(to: here) {
      case .again: continue
      case .done: return .reached
      case .stopped(let other): return other
      }
    }
  }

  private func stepBack() throws -> DebugArrival {
    let from = target.moment
    guard !watches.isEmpty, from.step > target.first.step else { return try target.stepBack() }
    let arrival = try target.runBackward(watches, notBefore: Step(from.step.count - 1))
    // To arrive at the start is not to have run into it.
    return arrival == .start && target.moment < from ? .reached : arrival
  }

  /// Goes back from the end of a handler, which came back to `place`, to before the trap that it served: `.again` when
  /// `place` is where it came from, `.done` when that is the instruction before. Otherwise it stays where it is.
  private func runHandlerBack(to place: Place) throws -> WayOver {
    let end = target.moment
    let floor = Step(max(target.first.step.count, end.step.count - min(end.step.count, Self.handlerStepsMax)))
    var stops = stops
    stops.registers = facts.traps.compactMap { target.register(named: $0.interrupted)?.number }
    for _ in 0..<Self.entriesMax {
      let arrival = try target.runBackward(stops, notBefore: floor)
      guard case .hit(let hit) = arrival, case .register = hit.kind else {
        guard arrival == .reached || arrival == .start else { return .stopped(arrival) }
        break
      }
      let length = UInt64(instruction?.byteCount ?? 0)
      var cameFrom = self.place
      let isSame = cameFrom == place
      let address = cameFrom.programCounter
      cameFrom.programCounter &+= length
      guard isSame || cameFrom == place else { continue }
      let entry = target.moment
      let onward = try target.runForward(StopPoints(), until: Step(entry.step.count + 1))
      guard onward == .reached else { return .stopped(onward) }
      guard hasEntered(from: address) else { break }
      let back = try target.seek(to: entry)
      return back == .reached ? (isSame ? .again : .done) : .stopped(back)
    }
    return .stopped(try target.seek(to: end))
  }
}
