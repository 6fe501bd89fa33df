public import Backplane
internal import CPages
internal import HostCode
internal import VirtualTime

/// The interpreter: portable, exact at every step, the reference.
///
/// It decodes each page of code once, into ops (`Op`), and keeps translations; both are caches in the sense of DESIGN
/// §1: coherent with every store, droppable at any step. What it does for one instruction is in `Engine+Dispatch`.
public final class Interpreter: BoardCaches {
  let parts: Engine
  private let memory: Memory
  private var generation: UInt64
  private var writeEpoch: UInt64
  /// Where runs stop.
  public var stopPoints = StopPoints() {
    didSet { parts.setStops(stopPoints) }
  }

  /// See `BoardCaches`.
  public var engine = EngineChoice.translator {
    didSet {
      parts.core.pointee.translates = engine != .interpreter
      parts.core.pointee.threshold = engine == .eagerTranslator ? 0 : Translating.threshold
    }
  }

  /// See `BoardCaches`.
  public var statistics: EngineStatistics { parts.statistics }

  /// Whether this host can have translated code. Worked out anew each time.
  public static var canTranslate: Bool { HostTranslator.isPossible }

  /// See `BoardCaches`. To be set before the first run.
  public var leavesAfterBlock = false {
    didSet { parts.core.pointee.leavesAfterBlock = leavesAfterBlock }
  }

  /// An interpreter for harts that use `memory`.
  /// - Parameters:
  ///   - fault: a mistake that its translator makes, for tests of what is to notice it.
  ///   - codeByteCount: room for generated code, when it is not to be the usual: 256 KiB or more.
  public init(memory: Memory, fault: TranslatorFault? = nil, codeByteCount: Int? = nil) {
    precondition(Hart.checkLayout(), "the engine addresses registers by number")
    self.memory = memory
    (generation, writeEpoch) = (memory.generation, memory.writeEpoch)
    parts = Engine.make(memory: memory)
    parts.core.pointee.threshold = Translating.threshold
    parts.core.pointee.translates = true
    parts.core.pointee.fault = fault
    if let codeByteCount { parts.core.pointee.codeByteCount = codeByteCount }
  }

  /// See `BoardCaches`: translations and protections are worked out anew; decoded code stays.
  public func boardWasReplaced() {
    parts.core.pointee.protectionIsStale = true
    parts.core.pointee.storm = TrapStorm()
  }

  deinit {
    parts.leaveMemory()
    parts.release(pageCount: memory.pageCount)
  }

  /// Why `run` returned.
  public enum Outcome: Equatable, Sendable {
    /// `steps` or `cycles` has reached its limit.
    case limit
    /// An instruction has retired after which the caller must look at interrupts and alarms again.
    case attention
    /// The hart waits for an interrupt.
    case waiting
    /// The instruction at `pc` accesses a device. The caller makes the access and calls `finish`.
    case device(DeviceAccess)
    /// The hart stands before the instruction of a breakpoint, or behind the step that touched a watchpoint or wrote a
    /// watched register.
    case hit(Hit)
  }

  /// A guest that gets nowhere: the same exception has been taken many times in a row.
  public struct Storm: Equatable, Sendable {
    /// The cause of the exception.
    public let cause: UInt8
    /// The address of the instruction that raises it.
    public let pc: UInt64
    /// When it had been taken so often.
    public let steps: UInt64, cycles: UInt64
  }

  /// Runs `hart` from `steps` and `cycles`, both brought up to date, until `stepLimit`, or the first instruction
  /// boundary at or after `cycleLimit`. The instruction of step `passedBreakpoint` is executed even if it has a
  /// breakpoint.
  public func run(
    _ hart: inout Hart, steps: inout UInt64, cycles: inout UInt64, stepLimit: UInt64, cycleLimit: UInt64,
    passedBreakpoint: UInt64? = nil
  ) -> Outcome {
    refresh()
    return withUnsafeMutablePointer(to: &hart) { pointer in
      parts.attach(pointer, steps: steps, cycles: cycles)
      let outcome = parts.run(stepLimit: stepLimit, cycleLimit: cycleLimit, passedBreakpoint: passedBreakpoint)
      parts.detach()
      (steps, cycles) = (parts.core.pointee.steps, parts.core.pointee.cycles)
      return outcome
    }
  }

  /// Completes `access`, which `run` returned for `hart`: a load with the `value` the device gave, or a store. `nil`
  /// says that nothing answers there, and the instruction takes an access fault. Takes one step either way.
  /// - Returns: what that step has hit.
  public func finish(
    _ hart: inout Hart, _ access: DeviceAccess, value: UInt64?, steps: inout UInt64, cycles: inout UInt64
  ) -> Hit? {
    withUnsafeMutablePointer(to: &hart) { pointer in
      parts.attach(pointer, steps: steps, cycles: cycles)
      parts.finish(access, value: value)
      parts.detach()
      (steps, cycles) = (parts.core.pointee.steps, parts.core.pointee.cycles)
      return parts.takeHit()
    }
  }

  /// The hit, if any, of the interrupt that `hart` has just taken as the step before `steps`: the registers that this
  /// writes may be watched.
  public func hit(byInterruptOf hart: inout Hart, steps: UInt64) -> Hit? {
    guard parts.core.pointee.hasRegisters else { return nil }
    return withUnsafeMutablePointer(to: &hart) { pointer in
      parts.attach(pointer, steps: steps, cycles: parts.core.pointee.cycles)
      parts.noteTrap(into: pointer.pointee.privilege)
      parts.detach()
      return parts.takeHit()
    }
  }

  /// The storm of exceptions that was noticed since this was last called; not state, and not noticed again when caches
  /// are dropped within it.
  public func takeStorm() -> Storm? {
    guard let seen = parts.core.pointee.storm.seen else { return nil }
    parts.core.pointee.storm.forget()
    return Storm(cause: seen.cause, pc: seen.pc, steps: seen.steps, cycles: seen.cycles)
  }

  /// Takes note of what others did to memory since the last run.
  private func refresh() {
    if generation != memory.generation {
      generation = memory.generation
      parts.dropAll()
    }
    if writeEpoch != memory.writeEpoch {
      writeEpoch = memory.writeEpoch
      parts.dropWriteTranslations()
    }
  }
}

/// The working parts of the interpreter: one pointer, so it costs nothing to pass around.
struct Engine {
  let core: UnsafeMutablePointer<Core>

  var hart: UnsafeMutablePointer<Hart> { core.pointee.hart }

  /// Zeroed memory, or a trap with a sentence when the host has none.
  private static func zeroed<Element>(_ count: Int, of type: Element.Type) -> UnsafeMutablePointer<Element> {
    guard let base = pages_zeroed(count * MemoryLayout<Element>.stride) else {
      preconditionFailure("the host has no address space for the engine's tables")
    }
    return base.bindMemory(to: Element.self, capacity: count)
  }

  static func make(memory: Memory) -> Engine {
    let pages = memory.pageCount
    // Code of a whole system is a few thousand pages; the arrays are touched only as far as they are used.
    let arrays = max(16, min(512, pages))
    let watches = max(16, min(8192, pages))
    let fetch = zeroed(Core.translationCount * 3, of: TranslationEntry.self)
    let data = zeroed(Core.displacedDistance * 2, of: TranslationEntry.self)
    let protection = zeroed(ProtectionMap.capacity, of: ProtectionMap.Entry.self)
    let unused = zeroed(1, of: Hart.self)
    let core = zeroed(1, of: Core.self)
    let opMemory = UnsafeMutableRawPointer(zeroed((arrays + 2) * Op.pageBytes, of: UInt8.self))
    let opArrays = opMemory.alignedUp(toMultipleOf: Op.pageBytes)
    let singleStepArray = opArrays + arrays * Op.pageBytes
    let singleStepOps = singleStepArray.assumingMemoryBound(to: Op.self)
    let stops = zeroed(1, of: StopTable.self)
    stops.initialize(to: StopTable())
    core.initialize(
      to: Core(
        hart: unused, x: UnsafeMutableRawPointer(unused).assumingMemoryBound(to: UInt64.self),
        f: UnsafeMutableRawPointer(unused).assumingMemoryBound(to: UInt64.self),
        floatFlags: UnsafeMutableRawPointer(unused).assumingMemoryBound(to: UInt8.self), memoryBase: memory.base,
        pageFlags: memory.flags, stops: stops, guardedSlots: zeroed(Op.slotsPerPage / 64, of: UInt64.self),
        readEntries: data, writeEntries: data, fetchEntries: fetch, dataBanks: data,
        fetchBanks: fetch, protection: ProtectionMap(at: protection),
        opArrays: opArrays, opArraysMemory: opMemory, opArrayCount: arrays,
        opArrayOfPage: zeroed(pages, of: UInt32.self),
        pageOfOpArray: zeroed(arrays, of: UInt32.self),
        singleStepOps: singleStepOps, runSlots: zeroed(Op.slotsPerPage + 8, of: UInt16.self),
        costs: zeroed(256, of: UInt32.self), watchOfPage: zeroed(pages, of: UInt32.self),
        watches: zeroed(watches * 8, of: UInt64.self), dependents: zeroed(watches * 512, of: UInt64.self),
        watchCount: watches,
        pageOfWatch: zeroed(watches, of: UInt32.self),
        memory: Unmanaged.passUnretained(memory), romBase: memory.romBase, romSize: memory.romSize,
        ramBase: memory.ramBase,
        ramSize: memory.ramSize, protectionEntries: protection, pageOps: opArrays,
        operations: zeroed(Translating.operationCountMax, of: MicroOperation.self)))
    for index in 0..<8 { Op.cell(of: singleStepArray + index * 16).pointee = Translating.refused }
    let engine = Engine(core: core)
    for operation in Operation.allCases {
      core.pointee.costs[Int(operation.rawValue)] = CostModel.cycles(of: InstructionSet.costClass(of: operation))
    }
    engine.dropAll()
    pages_release(unused, MemoryLayout<Hart>.stride)
    return engine
  }

  func release(pageCount: Int) {
    func release<Element>(_ pointer: UnsafeMutablePointer<Element>, _ count: Int) {
      pages_release(pointer, count * MemoryLayout<Element>.stride)
    }
    let c = core.pointee
    c.stops.deinitialize(count: 1)
    release(c.stops, 1)
    release(c.guardedSlots, Op.slotsPerPage / 64)
    release(c.protectionEntries, ProtectionMap.capacity)
    release(c.fetchBanks, Core.translationCount * 3)
    release(c.dataBanks, Core.displacedDistance * 2)
    c.translator?.release()
    release(c.operations, Translating.operationCountMax)
    pages_release(c.opArraysMemory, (c.opArrayCount + 2) * Op.pageBytes)
    release(c.opArrayOfPage, pageCount)
    release(c.pageOfOpArray, c.opArrayCount)
    release(c.runSlots, Op.slotsPerPage + 8)
    release(c.costs, 256)
    release(c.watchOfPage, pageCount)
    release(c.watches, c.watchCount * 8)
    release(c.dependents, c.watchCount * 512)
    release(c.pageOfWatch, c.watchCount)
    release(core, 1)
  }

  func attach(_ hart: UnsafeMutablePointer<Hart>, steps: UInt64, cycles: UInt64) {
    let raw = UnsafeMutableRawPointer(hart)
    guard let x = MemoryLayout<Hart>.offset(of: \.x), let f = MemoryLayout<Hart>.offset(of: \.f),
      let flags = MemoryLayout<Hart>.offset(of: \.csr.fflags)
    else {
      preconditionFailure("the registers are stored in the hart")
    }
    core.pointee.hart = hart
    core.pointee.x = (raw + x).assumingMemoryBound(to: UInt64.self)
    core.pointee.f = (raw + f).assumingMemoryBound(to: UInt64.self)
    core.pointee.floatFlags = (raw + flags).assumingMemoryBound(to: UInt8.self)
    core.pointee.steps = steps
    core.pointee.cycles = cycles
    core.pointee.pc = hart.pointee.pc
    if core.pointee.protectionIsStale {
      core.pointee.protectionIsStale = false
      dropTranslations()
    }
    selectBanks()
    core.pointee.clockNumerator = hart.pointee.timebase.numerator
    core.pointee.clockDenominator = hart.pointee.timebase.denominator
    core.pointee.clockOffset = hart.pointee.timeOffset
  }

  func detach() { hart.pointee.pc = core.pointee.pc }
}
