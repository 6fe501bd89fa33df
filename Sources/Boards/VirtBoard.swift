public import Backplane
internal import Devices
public import RISCV
public import StateCoding
internal import VirtualTime

/// The board `virt`: one RV64GC hart and the devices stock software needs, at QEMU's addresses.
///
/// The memory map is in `VirtMap`, the loop that runs it in `VirtBoard+Run`.
public struct VirtBoard: Board, SelfChecking {
  /// Time, wires and alarms.
  public var fabric: Fabric
  /// The hart.
  public var hart: Hart
  var uart: UART16550
  var aclint: ACLINT
  var supervisorSWI: ACLINTSupervisorSWI
  var plic: PLIC
  var rtc: GoldfishRTC
  var finisher: Finisher

  /// The board at power-on: the hart comes out of reset at `resetVector`, the calendar clock shows `epochNanoseconds`
  /// since 1970-01-01 00:00 UTC.
  public init(resetVector: UInt64, epochNanoseconds: UInt64) {
    let timebase = Rate(VirtMap.timebaseHertz, per: VirtMap.clockHertz)
    fabric = Fabric(hartCount: 1, clockHertz: VirtMap.clockHertz)
    hart = Hart(identifier: 0, pc: resetVector, timebase: timebase)
    uart = UART16550(slot: VirtSlot.uart.slot, line: VirtMap.uartLine, inputHertz: VirtMap.uartHertz)
    aclint = ACLINT(slot: VirtSlot.aclint.slot, hartCount: 1, rate: timebase)
    supervisorSWI = ACLINTSupervisorSWI(hartCount: 1)
    plic = PLIC(hartCount: 1)
    rtc = GoldfishRTC(slot: VirtSlot.rtc.slot, line: VirtMap.rtcLine, epochNanoseconds: epochNanoseconds)
    finisher = Finisher()
  }

  /// What makes a decoded value impossible; the parts check themselves.
  public var fault: String? { fabric.hartLines.count == 1 ? nil : "wires to another number of harts" }

  /// A fresh interpreter.
  public func makeCaches(for memory: Memory) -> Interpreter { Interpreter(memory: memory) }

  // MARK: The memory map

  /// Reads `width` at `offset` of the device at `place`; `nil` when it has no such access.
  mutating func load(_ place: VirtSlot, _ offset: UInt64, _ width: Width) -> UInt64? {
    switch place {
    case .uart: UART16550.accepts(width) ? uart.read(offset, width, &fabric) : nil
    case .aclint: ACLINT.accepts(width) ? aclint.read(offset, width, &fabric) : nil
    case .supervisorSWI: ACLINTSupervisorSWI.accepts(width) ? supervisorSWI.read(offset, width, &fabric) : nil
    case .plic: PLIC.accepts(width) ? plic.read(offset, width, &fabric) : nil
    case .rtc: GoldfishRTC.accepts(width) ? rtc.read(offset, width, &fabric) : nil
    case .finisher: Finisher.accepts(width) ? finisher.read(offset, width, &fabric) : nil
    }
  }

  /// Writes `width` of `value` at `offset` of the device at `place`; false when it has no such access.
  mutating func store(_ place: VirtSlot, _ offset: UInt64, _ width: Width, _ value: UInt64) -> Bool {
    switch place {
    case .uart:
      guard UART16550.accepts(width) else { return false }
      uart.write(offset, width, value, &fabric)
    case .aclint:
      guard ACLINT.accepts(width) else { return false }
      aclint.write(offset, width, value, &fabric)
    case .supervisorSWI:
      guard ACLINTSupervisorSWI.accepts(width) else { return false }
      supervisorSWI.write(offset, width, value, &fabric)
    case .plic:
      guard PLIC.accepts(width) else { return false }
      plic.write(offset, width, value, &fabric)
    case .rtc:
      guard GoldfishRTC.accepts(width) else { return false }
      rtc.write(offset, width, value, &fabric)
    case .finisher:
      guard Finisher.accepts(width) else { return false }
      finisher.write(offset, width, value, &fabric)
    }
    return true
  }

  /// Hands an alarm that has come due to the device that set it.
  mutating func wake(_ place: VirtSlot, _ code: UInt8) {
    switch place {
    case .uart: uart.wake(code, &fabric)
    case .aclint: aclint.wake(code, &fabric)
    case .supervisorSWI: supervisorSWI.wake(code, &fabric)
    case .plic: plic.wake(code, &fabric)
    case .rtc: rtc.wake(code, &fabric)
    case .finisher: finisher.wake(code, &fabric)
    }
  }

  /// Hands an input to the device it is for.
  mutating func receive(_ place: VirtSlot, _ input: Input) {
    switch place {
    case .uart: uart.receive(input, &fabric)
    case .aclint: aclint.receive(input, &fabric)
    case .supervisorSWI: supervisorSWI.receive(input, &fabric)
    case .plic: plic.receive(input, &fabric)
    case .rtc: rtc.receive(input, &fabric)
    case .finisher: finisher.receive(input, &fabric)
    }
  }

  /// Brings the wires to the hart up to date after anything a device did.
  mutating func connectWires() {
    plic.update(&fabric)
    hart.lines = fabric.hartLines[0]
    hart.timeOffset = aclint.timeOffset
    if supervisorSWI.takeRequests() & 1 != 0 { hart.requestSupervisorSoftwareInterrupt() }
  }
}
