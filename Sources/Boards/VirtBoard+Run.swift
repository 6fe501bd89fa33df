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
    var seen = fabric.effects.count
    while true {
      if let halt = fabric.halt { return .halted(halt) }
      if fabric.now >= limit.moment || fabric.now.cycle >= limit.cycle { return .limit }
      if outputs, fabric.effects.count > seen {
        if fabric.effects[seen...].contains(where: { $0.isOutput }) { return .output }
        seen = fabric.effects.count
      }
      settle(&door)
      if let cause = hart.interruptToTake(at: fabric.now.cycle.count) {
        takeInterrupt(cause, effects)
      } else if hart.waiting, !hart.isWoken(at: fabric.now.cycle.count) {
        guard idle(limit, &door) else { return .stalled }
      } else {
        hart.waiting = false
        guard runHart(limit, caches, &door, effects) else { return .limit }
      }
    }
  }

  /// Lets happen what is due now: alarms first, in their order, then inputs, in theirs.
  private mutating func settle(_ door: inout Door) {
    var acted = false
    while let alarm = fabric.popDue() {
      if let place = VirtSlot(rawValue: alarm.owner) { wake(place, alarm.code) }
      acted = true
    }
    for input in door.take(at: fabric.now) {
      if let place = VirtSlot(rawValue: input.slot.number) { receive(place, input) }
      acted = true
    }
    if acted { connectWires() }
  }

  private mutating func takeInterrupt(_ cause: UInt8, _ effects: EffectSelection) {
    if effects.contains(.interrupts) {
      fabric.effects.append(Effect(moment: fabric.now, kind: .interrupt(hart: 0, cause: cause, pc: hart.pc)))
    }
    hart.takeInterrupt(cause)
    fabric.advance(
      to: Moment(
        step: Step(fabric.now.step.count + 1), cycle: fabric.now.cycle.advanced(by: CostModel.trapCycles)))
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
  /// False when the limit is at this step, at a cycle that only idling could reach.
  private mutating func runHart(
    _ limit: RunLimit, _ interpreter: Interpreter, _ door: inout Door, _ effects: EffectSelection
  ) -> Bool {
    guard limit.moment.step > fabric.now.step else { return false }
    var steps = fabric.now.step.count
    var cycles = fabric.now.cycle.count
    let horizon = min(limit.moment.step, door.horizon(after: fabric.now))
    let alarm = min(fabric.queue.soonest, limit.cycle, Cycle(hart.timerCycle(after: cycles)))
    let outcome = interpreter.run(
      &hart, steps: &steps, cycles: &cycles, stepLimit: horizon.count, cycleLimit: alarm.count)
    fabric.advance(to: Moment(step: Step(steps), cycle: Cycle(cycles)))
    guard case .device(let access) = outcome else { return true }
    let value = perform(access, effects)
    interpreter.finish(&hart, access, value: value, steps: &steps, cycles: &cycles)
    fabric.advance(to: Moment(step: Step(steps), cycle: Cycle(cycles)))
    return true
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
