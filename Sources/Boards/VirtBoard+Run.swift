public import Backplane
public import RISCV
internal import VirtualTime

extension VirtBoard {
  /// The slice loop (DESIGN §3). Each round begins at a moment: first the limits, then what is due at that moment, then
  /// exactly one kind of progress. So a run can be cut at any moment, always before what is due there, and the pieces
  /// are the same as the whole.
  public mutating func run(
    until limit: RunLimit, memory: Memory, caches: Interpreter, door: inout Door, collecting effects: EffectSelection
  ) -> Stop {
    let outputs = limit.pauseOnOutput
    let hasBreakpoints = !caches.stopPoints.breakpoints.isEmpty
    var seen = fabric.effects.count
    while true {
      if let halt = fabric.halt { return .halted(halt) }
      if fabric.now >= limit.moment || fabric.now.cycle >= limit.cycle { return .limit }
      if outputs, fabric.effects.count > seen {
        if fabric.effects[seen...].contains(where: { $0.isOutput }) { return .output }
        seen = fabric.effects.count
      }
      let before = hasBreakpoints ? RoundStart(self) : nil
      let entered = settle(&door)
      if let cause = hart.interruptToTake(at: fabric.now.cycle.count) {
        if let hit = takeInterrupt(cause, caches, effects) { return .hit(hit) }
      } else if hart.waiting, !hart.isWoken(at: fabric.now.cycle.count) {
        guard idle(limit, &door) else { return .stalled }
      } else {
        hart.waiting = false
        guard let stop = runHart(limit, caches, &door, effects) else {
          if caches.leavesAfterBlock { return .limit }
          continue
        }
        if case .hit = stop, let before, before.board.fabric.now == fabric.now { putBack(before, entered, &door) }
        return stop
      }
    }
  }

  /// The board at the beginning of a round, for the round to be undone.
  private final class RoundStart {
    let board: VirtBoard
    let effectCount: Int

    init(_ original: VirtBoard) {
      var board = original
      effectCount = board.fabric.effects.count
      // Effects are only ever added: their count is enough, and a copy that shared them would have them copied.
      board.fabric.effects = []
      self.board = board
    }
  }

  /// Undoes what was due at the moment at which a breakpoint stopped the run, so that the machine stands before it.
  /// Memory has not changed: no alarm and no input reaches it. Effects that were before the round stay, and are not
  /// told twice.
  private mutating func putBack(_ before: RoundStart, _ entered: Int, _ door: inout Door) {
    var effects = fabric.effects
    fabric.effects = []
    effects.removeLast(effects.count - before.effectCount)
    self = before.board
    fabric.effects = effects
    door.putBack(entered)
  }

  /// Lets happen what is due now: alarms first, in their order, then inputs, in theirs.
  /// - Returns: how many inputs there were.
  private mutating func settle(_ door: inout Door) -> Int {
    var acted = false
    var entered = 0
    while let alarm = fabric.popDue() {
      if let place = VirtSlot(rawValue: alarm.owner) { wake(place, alarm.code) }
      acted = true
    }
    for input in door.take(at: fabric.now) {
      if let place = VirtSlot(rawValue: input.slot.number) { receive(place, input) } else { postpone(input) }
      acted = true
      entered += 1
    }
    if acted { connectWires() }
    return entered
  }

  private mutating func takeInterrupt(
    _ cause: UInt8, _ interpreter: Interpreter, _ effects: EffectSelection
  ) -> Hit? {
    if effects.contains(.interrupts) {
      fabric.effects.append(Effect(moment: fabric.now, kind: .interrupt(hart: 0, cause: cause, pc: hart.pc)))
    }
    hart.takeInterrupt(cause)
    fabric.advance(
      to: Moment(
        step: Step(fabric.now.step.count + 1), cycle: fabric.now.cycle.advanced(by: CostModel.trapCycles)))
    return interpreter.hit(byInterruptOf: &hart, steps: fabric.now.step.count)
  }

  /// The last cycle that may be waited for: 292 years. What is due later is never due, so that the count of cycles,
  /// which only waiting can drive so high, never overflows.
  private static let lastIdleCycle = Cycle(1 << 63)

  /// Moves time to the next alarm, or to when the door lets something in. False, one cycle on, when nothing will ever
  /// happen.
  private mutating func idle(_ limit: RunLimit, _ door: inout Door) -> Bool {
    let timer = Cycle(hart.timerCycle(after: fabric.now.cycle.count))
    let alarm = min(fabric.queue.soonest, timer)
    let isDue = alarm <= Self.lastIdleCycle
    var idledTo = door.idle(from: fabric.now, until: isDue ? alarm : nil)
    if let cycle = idledTo, cycle > Self.lastIdleCycle { idledTo = nil }
    var cycle = min(idledTo ?? fabric.now.cycle.advanced(by: 1), limit.cycle)
    if limit.moment.step == fabric.now.step { cycle = min(cycle, limit.moment.cycle) }
    fabric.advance(to: Moment(step: fabric.now.step, cycle: cycle))
    return idledTo != nil
  }

  /// Runs the hart up to the next alarm, the next input or the limit, and makes the device access it stops at, if any.
  /// - Returns: why the run must end, when it must. It is the limit when that is at this step, at a cycle that only
  /// idling
  ///   could reach.
  private mutating func runHart(
    _ limit: RunLimit, _ interpreter: Interpreter, _ door: inout Door, _ effects: EffectSelection
  ) -> Stop? {
    guard limit.moment.step > fabric.now.step else { return .limit }
    var steps = fabric.now.step.count
    var cycles = fabric.now.cycle.count
    let horizon = min(limit.moment.step, door.horizon(after: fabric.now))
    let alarm = min(fabric.queue.soonest, limit.cycle, Cycle(hart.timerCycle(after: cycles)))
    let outcome = interpreter.run(
      &hart, steps: &steps, cycles: &cycles, stepLimit: horizon.count, cycleLimit: alarm.count,
      passedBreakpoint: limit.passedBreakpoint?.count)
    fabric.advance(to: Moment(step: Step(steps), cycle: Cycle(cycles)))
    noteStorm(interpreter)
    if case .hit(let hit) = outcome { return .hit(hit) }
    guard case .device(let access) = outcome else { return nil }
    let value = perform(access, effects)
    let hit = interpreter.finish(&hart, access, value: value, steps: &steps, cycles: &cycles)
    fabric.advance(to: Moment(step: Step(steps), cycle: Cycle(cycles)))
    return hit.map { .hit($0) }
  }

  /// Tells of a guest that takes the same exception for ever.
  private mutating func noteStorm(_ interpreter: Interpreter) {
    guard let storm = interpreter.takeStorm() else { return }
    let moment = Moment(step: Step(storm.steps), cycle: Cycle(storm.cycles))
    fabric.effects.append(Effect(moment: moment, kind: .trapStorm(hart: 0, cause: storm.cause, pc: storm.pc)))
  }

  /// Makes an access to a device. `nil` when nothing answers there.
  private mutating func perform(_ access: DeviceAccess, _ effects: EffectSelection) -> UInt64? {
    guard let place = VirtSlot.at(access.address), let width = Width(rawValue: access.bytes) else { return nil }
    let offset = access.address - place.window.base
    guard offset + width.bytes <= place.window.size else { return nil }
    var value = access.value
    if access.isStore {
      guard store(place, offset, width, access.value) else { return nil }
    } else {
      guard let read = load(place, offset, width) else { return nil }
      value = read & width.mask
    }
    connectWires()
    if effects.contains(.devices) {
      let kind: Effect.Kind =
        access.isStore
        ? .write(place.slot, offset: offset, width, value: value)
        : .read(place.slot, offset: offset, width, value: value)
      fabric.effects.append(Effect(moment: fabric.now, kind: kind))
    }
    return value
  }
}
