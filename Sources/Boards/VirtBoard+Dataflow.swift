public import Backplane
internal import Devices
internal import RISCV

extension VirtBoard {
  /// What the next instruction writes if it retires; an access that is not to memory is one to a device.
  public func dataflow(hart index: Int, memory: Memory) -> [ValueWrite]? {
    guard index == 0 else { return nil }
    return hart.dataflow(in: memory)?.compactMap { write in
      if case .memory(let pieces) = write.target, !Self.isMemory(pieces, memory) { return nil }
      return ValueWrite(
        write.target, from: write.sources.map { Self.resolved($0, memory) }, addressSources: write.addressSources)
    }
  }

  private static func isMemory(_ pieces: [MemoryPiece], _ memory: Memory) -> Bool {
    !pieces.isEmpty && pieces.allSatisfy { memory.offset(of: $0.physicalAddress, count: UInt64($0.byteCount)) != nil }
  }

  private static func resolved(_ source: ValueSource, _ memory: Memory) -> ValueSource {
    guard case .memory(let pieces) = source, !isMemory(pieces, memory), let first = pieces.first else { return source }
    guard let place = VirtSlot.at(first.physicalAddress) else { return .named("no device") }
    return .device(
      place.slot, offset: first.physicalAddress - place.window.base, byteCount: pieces.reduce(0) { $0 + $1.byteCount })
  }

  /// The instructions that the hart has retired.
  public func retiredCount(hart index: Int) -> UInt64 { index == 0 ? hart.retired : 0 }

  /// The trap that the hart has just entered.
  public func trap(hart index: Int, insteadOf planned: [ValueWrite]) -> TrapDescription {
    hart.trap(insteadOf: planned) { origins(ofInterrupt: $0) }
  }

  /// Where the interrupt that has just been taken came from: no device has moved since.
  private func origins(ofInterrupt cause: UInt64) -> [ValueSource] {
    switch cause {
    case 9, 11:
      let source = plic.pendingSource(context: cause == 11 ? 0 : 1)
      let places: [(Line, VirtSlot)] = [(VirtMap.uartLine, .uart), (VirtMap.rtcLine, .rtc)]
      guard let place = places.first(where: { Int($0.0.number) == source })?.1 else {
        return [.register(RegisterNumber.softwareInterrupts)]
      }
      return [.line(place.slot)]
    case 3, 7: return [.line(VirtSlot.aclint.slot)]
    case 5 where hart.hasSupervisorTimer: return [.register(RegisterNumber.supervisorTimer)]
    default: return [.register(RegisterNumber.softwareInterrupts)]
    }
  }

  /// What kind of value register `number` holds.
  public static func nature(ofRegister number: Int) -> RegisterNature { RegisterNumber.nature(of: number) }

  /// The name that people know the device by.
  public static func name(of slot: Slot) -> String { VirtSlot(rawValue: slot.number)?.name ?? "slot \(slot.number)" }

  /// The receiver buffer of the serial port.
  public static func inputOffset(of slot: Slot) -> UInt64? { slot == VirtSlot.uart.slot ? 0 : nil }

  /// What the serial port, or the far end of its wire, still holds back.
  public func waitingBytes(at slot: Slot) -> [UInt8] { slot == VirtSlot.uart.slot ? uart.unread : [] }
}
