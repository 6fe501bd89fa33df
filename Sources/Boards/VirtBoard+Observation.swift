public import Backplane
public import RISCV
internal import VirtualTime

extension VirtBoard: ObservableBoard {
  /// The lines of the interrupt controller, then the interrupts pending at the hart, as in `mip`.
  public static var wireNames: [String] { wireTable.map(\.name) }

  private enum Wire {
    /// A source of the interrupt controller.
    case line(Line)
    /// A bit of `mip`.
    case pending(Int)
  }

  private static let wireTable: [(name: String, wire: Wire)] = [
    ("uart", .line(VirtMap.uartLine)), ("rtc", .line(VirtMap.rtcLine)), ("ssip", .pending(1)), ("msip", .pending(3)),
    ("stip", .pending(5)), ("mtip", .pending(7)), ("seip", .pending(9)), ("meip", .pending(11)),
  ]

  /// Machine mode.
  public static var modeMax: UInt8 { Privilege.machine.rawValue }
  /// See `ObservableBoard`.
  public var clockHertz: UInt64 { fabric.clockHertz }

  /// That of Linux (riscv-elf-psabi-doc, "Integer Calling Convention"; syscall(2)): `a7`, `a0` to `a5`, `a0`, `tp`.
  public static var callConvention: CallConvention {
    CallConvention(callNumber: 17, arguments: Array(10...15), result: 10, thread: 4)
  }

  /// `user`, `supervisor` or `machine`.
  public static func modeName(_ number: UInt8) -> String { Privilege(rawValue: number)?.name ?? "mode \(number)" }

  /// See `ObservableBoard`.
  public static func causeName(_ cause: UInt64, isInterrupt: Bool) -> String {
    isInterrupt ? CauseName.interrupt(cause) : CauseName.exception(cause)
  }

  /// `ecall` in user mode.
  public static func isSystemCall(_ cause: UInt64) -> Bool { cause == 8 }

  /// See `VirtSlot.name`.
  public static func deviceName(_ slot: UInt8) -> String { VirtSlot(rawValue: slot)?.name ?? "slot \(slot)" }

  /// See `ObservableBoard`.
  public func mode(hart: Int) -> UInt8 { self.hart.privilege.rawValue }

  /// See `ObservableBoard`.
  public func wires(hart: Int) -> UInt64 {
    let pending = self.hart.pendingInterrupts(at: fabric.now.cycle.count)
    let levels = fabric.levels
    var bits: UInt64 = 0
    for (index, entry) in Self.wireTable.enumerated() {
      let level: UInt64 =
        switch entry.wire {
        case .line(let line): levels >> UInt64(line.number)
        case .pending(let bit): pending >> UInt64(bit)
        }
      bits |= (level & 1) << UInt64(index)
    }
    return bits
  }

  /// See `ObservableBoard`.
  public mutating func observe(
    _ detail: ObservationDetail, until limit: RunLimit, memory: Memory, caches: Interpreter, door: inout Door,
    collecting effects: EffectSelection, _ body: (inout StepRecord) -> Bool
  ) -> Stop {
    let stops = Self.stops(for: detail)
    if caches.stopPoints != stops { caches.stopPoints = stops }
    return switch detail {
    case .steps: observeSteps(until: limit, memory, caches, &door, effects, body)
    case .modes: observeModes(until: limit, withWires: false, memory, caches, &door, effects, body)
    case .wires: observeModes(until: limit, withWires: true, memory, caches, &door, effects, body)
    case .addresses: observeAddresses(until: limit, memory, caches, &door, effects, body)
    }
  }

  /// Where runs stop for what happens between two records.
  private static func stops(for detail: ObservationDetail) -> StopPoints {
    switch detail {
    case .steps: StopPoints()
    case .modes: StopPoints(registers: [RegisterNumber.privilege])
    case .wires:
      StopPoints(
        watchpoints: VirtSlot.allCases.map {
          Watchpoint(.physical, $0.window.base, byteCount: $0.window.size, onRead: true, onWrite: true)
        }, registers: [RegisterNumber.privilege] + RegisterNumber.pendingInterrupts)
    case .addresses(let addresses): StopPoints(breakpoints: addresses)
    }
  }

  /// The next cycle at which something is due. What is due now is over in the next cycle.
  private mutating func nextDue() -> Cycle {
    let now = fabric.now.cycle
    let soonest = fabric.queue.soonest
    return min(soonest > now ? soonest : now.advanced(by: 1), Cycle(hart.timerCycle(after: now.count)))
  }

  // MARK: - Every step

  private mutating func observeSteps(
    until limit: RunLimit, _ memory: Memory, _ caches: Interpreter, _ door: inout Door, _ effects: EffectSelection,
    _ body: (inout StepRecord) -> Bool
  ) -> Stop {
    var record = StepRecord()
    var levels = wires(hart: 0)
    while fabric.now < limit.moment, fabric.now.cycle < limit.cycle {
      let before = hart
      let start = fabric.now
      let isDue = fabric.queue.soonest <= start.cycle
      let fetched = hart.fetched(from: memory)
      let next = Moment(step: Step(start.step.count + 1), cycle: .zero)
      // Idling is cut wherever something is due, so that what that does is seen when it is done.
      let cycle = hart.waiting ? min(limit.cycle, nextDue()) : limit.cycle
      let stop = run(
        until: RunLimit(moment: min(limit.moment, next), cycle: cycle), memory: memory, caches: caches, door: &door,
        collecting: effects)
      record.end = fabric.now
      takeEffects(&record)
      record.wires = wires(hart: 0)
      if fabric.now.step > start.step {
        hart.tell(&record, since: before, fetched, memory)
        record.start = Moment(step: start.step, cycle: Cycle(fabric.now.cycle.count - record.cycles))
        record.wiresMoment = record.start
      } else {
        tellPause(&record, from: start)
        record.wiresMoment = isDue ? start : record.end
      }
      if record.kind != .pause || record.wires != levels || !record.effects.isEmpty {
        levels = record.wires
        guard body(&record) else { return .output }
      }
      if stop != .limit { return stop }
    }
    return .limit
  }

  private mutating func takeEffects(_ record: inout StepRecord) {
    if !record.effects.isEmpty { record.effects = [] }
    if !fabric.effects.isEmpty { swap(&record.effects, &fabric.effects) }
  }

  private func tellPause(_ record: inout StepRecord, from start: Moment) {
    record.kind = .pause
    record.start = start
    (record.pc, record.nextPC, record.stackPointer) = (hart.pc, hart.pc, hart.x.x2)
    (record.mode, record.nextMode) = (hart.privilege.rawValue, hart.privilege.rawValue)
    (record.bits, record.byteCount, record.cause, record.trapValue, record.flow) = (0, 0, 0, 0, .none)
    record.writes.removeAll(keepingCapacity: true)
    record.accesses.removeAll(keepingCapacity: true)
    record.general.removeAll(keepingCapacity: true)
  }

  // MARK: - Changes of mode, and of wires

  private mutating func observeModes(
    until limit: RunLimit, withWires: Bool, _ memory: Memory, _ caches: Interpreter, _ door: inout Door,
    _ effects: EffectSelection, _ body: (inout StepRecord) -> Bool
  ) -> Stop {
    var record = StepRecord()
    var levels = wires(hart: 0)
    while fabric.now < limit.moment, fabric.now.cycle < limit.cycle {
      let start = fabric.now
      let mode = hart.privilege.rawValue
      let trapCount = start.step.count &- hart.retired
      var piece = RunLimit(moment: limit.moment, cycle: limit.cycle)
      let isDue = fabric.queue.soonest <= start.cycle
      if withWires {
        piece.cycle = min(piece.cycle, nextDue())
        // What is due now shows behind the one step that is taken with it.
        if isDue { piece.moment = min(piece.moment, Moment(step: Step(start.step.count + 1), cycle: .zero)) }
      }
      let stop = run(until: piece, memory: memory, caches: caches, door: &door, collecting: effects)
      record.end = fabric.now
      takeEffects(&record)
      tellPause(&record, from: start)
      if withWires { record.wires = wires(hart: 0) }
      if fabric.now.step.count &- hart.retired != trapCount {
        let interrupted = hart.interrupted
        hart.tellTrap(&record)
        (record.pc, record.mode) = (interrupted.pc, interrupted.mode)
        hart.tellGeneral(&record)
        record.start = lastStep(of: record.cycles)
      } else if case .hit(let hit) = stop {
        record.kind = .instruction
        record.mode = mode
        record.start = lastStep(of: 0)
        if hit.kind == .register(RegisterNumber.privilege) {
          record.flow = .trapReturn
          hart.tellGeneral(&record)
          record.start = lastStep(of: UInt64(CostModel.cycles(of: .system)))
        }
      }
      record.wiresMoment = isDue || record.kind != .pause ? record.start : record.end
      if record.kind != .pause || record.wires != levels || !record.effects.isEmpty {
        levels = record.wires
        guard body(&record) else { return .output }
      }
      if case .hit = stop { continue }
      if stop != .limit { return stop }
    }
    return .limit
  }

  // MARK: - Addresses

  private mutating func observeAddresses(
    until limit: RunLimit, _ memory: Memory, _ caches: Interpreter, _ door: inout Door, _ effects: EffectSelection,
    _ body: (inout StepRecord) -> Bool
  ) -> Stop {
    var record = StepRecord()
    var piece = limit
    while true {
      let start = fabric.now
      let stop = run(until: piece, memory: memory, caches: caches, door: &door, collecting: effects)
      guard case .hit(let hit) = stop else { return stop }
      record.end = fabric.now
      takeEffects(&record)
      tellPause(&record, from: start)
      piece.passedBreakpoint = Step(hit.step)
      if body(&record) { continue }
      // Past it, or it would be told again by whoever goes on from here.
      piece.moment = min(limit.moment, Moment(step: Step(hit.step + 1), cycle: .zero))
      let stopBehind = run(until: piece, memory: memory, caches: caches, door: &door, collecting: effects)
      return stopBehind == .limit ? .output : stopBehind
    }
  }

  /// The moment at which the step that ends now began, which took `cycles`.
  private func lastStep(of cycles: UInt64) -> Moment {
    Moment(step: Step(fabric.now.step.count - 1), cycle: Cycle(fabric.now.cycle.count - cycles))
  }
}
