import Backplane
import Debugger
import VirtualTime

/// A run that is written down: what each step does. Everything that a session can ask is answered from the list, so
/// that what a session says can be compared with what is true.
final class ScriptedTarget: DebugTarget {
  /// What one step does.
  struct Deed {
    /// The address of the instruction.
    var pc: UInt64
    /// Memory that it touches.
    var access: (address: UInt64, value: UInt8?)?
    /// A register that it writes.
    var register: (number: Int, value: UInt64)?
    /// Whether it is the entry of an interrupt, not an instruction; `pc` is what was interrupted.
    var isInterrupt = false
    var text = "nop"
    /// What it makes of what it writes.
    var sources: [ValueSource] = []
  }

  static let features = [
    RegisterFeature(
      "org.gnu.gdb.riscv.cpu",
      [
        RegisterDescription(0, "x0", group: .general), RegisterDescription(1, "ra", group: .general, type: "code_ptr"),
        RegisterDescription(2, "sp", group: .general, type: "data_ptr", role: .stackPointer),
        RegisterDescription(3, "pc", group: .general, type: "code_ptr", role: .programCounter),
      ]),
    RegisterFeature(
      "org.gnu.gdb.riscv.csr",
      [
        RegisterDescription(70, "scause", group: .system), RegisterDescription(71, "sepc", group: .system),
        RegisterDescription(72, "stvec", group: .system), RegisterDescription(73, "narrow", bits: 16, group: .system),
      ]),
  ]
  static let handler: UInt64 = 0x9000
  /// Virtual memory lies this much above physical memory.
  static let offset: UInt64 = 0x1_0000
  static let memorySize = 0x3000

  let deeds: [Deed]
  private(set) var step = 0
  private var initial: [UInt64] = [0, 0x111, 0x8000]
  private var edits: [(step: Int, Edit)] = []
  private var marksSet: [DebugMark] = []
  /// The step at which the run turns out to be another.
  var divergesAt: Int?
  var pausesEverySteps = 1
  var translates = true

  init(_ deeds: [Deed]) { self.deeds = deeds }

  var architecture: String { "riscv:rv64" }
  var features: [RegisterFeature] { Self.features }
  var hartCount: Int { 1 }
  var moment: Moment { at(step) }
  var first: Moment { at(0) }
  var last: Moment { at(deeds.count) }
  var timeText: String { "t=\(step) ns" }
  var shouldStop: () -> Bool = { false }
  var progressText: String? = "half way"
  var problems: [String] = []
  func takeProblems() -> [String] {
    defer { problems = [] }
    return problems
  }
  var file: DebugProgram?
  var hasProgram: Bool { file != nil }
  func program() throws -> DebugProgram? { file }

  private func at(_ step: Int) -> Moment { Moment(step: Step(UInt64(step)), cycle: Cycle(UInt64(step))) }

  // MARK: State, made anew from the list each time

  private func pc(_ step: Int) -> UInt64 { step < deeds.count ? deeds[step].pc : 0xdead }

  func register(_ number: Int, hart: Int) -> UInt64? {
    var value: UInt64? = number == 3 ? pc(step) : number < 3 ? initial[number] : 0
    if number == 72 { value = Self.handler }
    for index in 0...step {
      for (place, edit) in edits where place == index {
        if case .register(_, number, let new) = edit { value = new }
      }
      guard index < step else { break }
      if let write = deeds[index].register, write.number == number { value = write.value }
      if deeds[index].isInterrupt, number == 70 { value = 1 << 63 | 5 }
      if deeds[index].isInterrupt, number == 71 { value = deeds[index].pc }
    }
    return value
  }

  func privilegeName(hart: Int) -> String { "supervisor" }

  func translate(_ address: UInt64, hart: Int) -> UInt64? {
    guard translates, address >= Self.offset, address < Self.offset + UInt64(Self.memorySize) + 0x1000 else {
      return nil
    }
    return address - Self.offset
  }

  func memory(_ address: UInt64, count: Int) -> [UInt8]? {
    guard let start = Int(exactly: address), start + count <= Self.memorySize else { return nil }
    var bytes = (start..<(start + count)).map { UInt8(truncatingIfNeeded: $0 >> 4) }
    for index in 0...step {
      for (place, edit) in edits where place == index {
        if case .memory(let from, let new) = edit {
          for (shift, byte) in new.enumerated() where (start..<(start + count)).contains(Int(from) + shift) {
            bytes[Int(from) + shift - start] = byte
          }
        }
      }
      guard index < step else { break }
      guard let access = deeds[index].access, let value = access.value else { continue }
      let physical = Int(access.address - Self.offset)
      if (start..<(start + count)).contains(physical) { bytes[physical - start] = value }
    }
    return bytes
  }

  func disassemble(_ bytes: [UInt8], at address: UInt64) -> (text: String, byteCount: Int)? {
    deeds.first { $0.pc == address && !$0.isInterrupt }.map { ($0.text, 4) }
  }

  func symbol(at address: UInt64) -> String? { address == 0x1_0000 ? "start (teach.c:7)" : nil }
  func address(of symbol: String) throws -> UInt64 {
    guard symbol == "start" else { throw DebugProblem("no symbol '\(symbol)'") }
    return 0x1_0000
  }

  // MARK: Movement

  /// The hit that step `index` makes.
  private func hit(_ index: Int, _ stops: StopPoints) -> Hit? {
    let deed = deeds[index]
    func made(_ kind: Hit.Kind) -> Hit { Hit(hart: 0, step: UInt64(index), kind: kind) }
    if !deed.isInterrupt, stops.breakpoints.contains(deed.pc) { return made(.breakpoint(deed.pc)) }
    if let access = deed.access {
      for (number, watch) in stops.watchpoints.enumerated() {
        let address = watch.space == .virtual ? access.address : access.address - Self.offset
        guard watch.touches(address, count: 1), access.value == nil ? watch.onRead : watch.onWrite else { continue }
        return made(
          .access(
            MemoryAccess(
              watchpoint: number, virtualAddress: access.address, physicalAddress: access.address - Self.offset,
              byteCount: 1, isWrite: access.value != nil)))
      }
    }
    if let written = deed.register?.number, stops.registers.contains(written) { return made(.register(written)) }
    if deed.isInterrupt, stops.registers.contains(71) { return made(.register(71)) }
    return nil
  }

  func runForward(_ stops: StopPoints, until: Step?) -> DebugArrival {
    let start = step
    let target = min(deeds.count, until.map { Int(clamping: $0.count) } ?? .max)
    while step < target {
      if (step - start) % pausesEverySteps == 0, shouldStop() { return .interrupted }
      let found = hit(step, stops)
      if let found, case .breakpoint = found.kind {
        if step != start { return .hit(found) }
        step += 1
        continue
      }
      step += 1
      if step == divergesAt {
        divergesAt = nil
        return .diverged("a digest differs")
      }
      if let found { return .hit(found) }
    }
    return until.map { Int(clamping: $0.count) > deeds.count } ?? true ? .end : .reached
  }

  func runBackward(_ stops: StopPoints, notBefore: Step?) -> DebugArrival {
    let floor = notBefore.map { Int(clamping: $0.count) } ?? 0
    for index in stride(from: step - 1, through: floor, by: -1) {
      if shouldStop() { return .interrupted }
      guard let found = hit(index, stops) else { continue }
      step = index
      return .hit(found)
    }
    step = min(step, floor)
    return floor == 0 ? .start : .reached
  }

  func stepBack() -> DebugArrival {
    guard step > 0 else { return .start }
    step -= 1
    return .reached
  }

  func seek(to moment: Moment) -> DebugArrival { seek(to: moment.step) }
  func seek(to target: Step) -> DebugArrival {
    step = min(deeds.count, Int(clamping: target.count))
    return target.count > UInt64(deeds.count) ? .end : .reached
  }

  func lastWrite(_ stops: StopPoints, before limit: Moment) -> Hit? {
    (0..<Int(limit.step.count)).reversed().lazy.compactMap { self.hit($0, stops) }.first
  }

  func go(to position: String) throws -> DebugArrival {
    if position == "end" { return seek(to: last) }
    guard position.hasPrefix("@"), let count = UInt64(position.dropFirst()) else {
      throw DebugProblem("'\(position)' is not a position")
    }
    return seek(to: Step(count))
  }

  // MARK: Where values come from

  func dataflow(hart: Int) -> [ValueWrite]? {
    guard step < deeds.count else { return nil }
    var writes: [ValueWrite] = []
    if let register = deeds[step].register {
      writes.append(ValueWrite(.register(register.number), from: deeds[step].sources))
    }
    if let access = deeds[step].access, access.value != nil {
      let piece = MemoryPiece(
        virtualAddress: access.address, physicalAddress: access.address - Self.offset, byteCount: 1)
      writes.append(ValueWrite(.memory([piece]), from: deeds[step].sources))
    }
    return writes
  }

  func takeStep(hart: Int) -> StepOutcome {
    defer { step += 1 }
    guard deeds[step].isInterrupt else { return StepOutcome() }
    let writes = [70, 71].map { ValueWrite(.register($0), from: [.named("bell")]) }
    return StepOutcome(trap: TrapDescription(isInterrupt: true, name: "timer interrupt", writes: writes))
  }

  func nature(ofRegister number: Int) -> RegisterNature { number == 0 ? .fixed : .plain }
  func name(of slot: Slot) -> String { "slot \(slot.number)" }
  func origin(of address: UInt64, count: Int) -> [MemoryOriginStretch] {
    [MemoryOriginStretch(byteCount: count, origin: .image(role: "kernel", name: "teach.elf", offset: address))]
  }

  // MARK: Changes

  func edit(_ edit: Edit) -> Bool {
    if case .register(_, 0, _) = edit { return false }
    edits.append((step, edit))
    return true
  }

  var fork: DebugFork? { edits.first.map { DebugFork(moment: at($0.step), editCount: edits.count) } }
  func leaveFork() {
    step = edits.first?.step ?? step
    edits = []
  }

  func marks() -> [DebugMark] { marksSet }
  func mark(_ name: String) { marksSet.append(DebugMark(moment: moment, name: name)) }
  func log(_ count: Int) -> [String] { (0..<min(count, 3)).map { "line \($0)" } }
  func checkpoints() -> [String] { ["1 checkpoint"] }
}

/// A debugger with a session, and nothing between them.
final class Wire: DebugLink {
  let target: ScriptedTarget
  private(set) var sent: [UInt8] = []
  /// What arrives while the target runs, a piece each time somebody looks.
  var arriving: [[UInt8]] = []
  var wantsEnd = false
  var progressEvery = 0
  private var asked = 0
  private(set) lazy var session = GDBSession(target, link: self)

  init(_ target: ScriptedTarget) { self.target = target }

  func send(_ bytes: [UInt8]) { sent += bytes }
  func receiveNow() -> [UInt8] { arriving.isEmpty ? [] : arriving.removeFirst() }
  func restartProgress() { asked = 0 }
  func isProgressDue() -> Bool {
    asked += 1
    return progressEvery > 0 && asked % progressEvery == 0
  }

  /// Hands `bytes` to the session and returns the bytes that it sends.
  func raw(_ bytes: [UInt8]) -> [UInt8] {
    sent = []
    session.receive(bytes)
    return sent
  }
}
