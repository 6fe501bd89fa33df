public import Backplane
internal import Bits

// What the next instruction of a hart does with values. Nothing here traps or changes anything.

extension Hart {
  /// What the instruction at the pc writes if it retires, whatever its access is to; `nil` when it cannot be fetched.
  public func dataflow(in memory: Memory) -> [ValueWrite]? {
    guard let instruction = nextInstruction(in: memory) else { return nil }
    let flow = InstructionDataflow(of: instruction)
    let place = flow.access.map { pieces(of: $0, in: memory) } ?? []
    let addresses: [ValueSource] =
      flow.access.map { $0.base == 0 ? [] : [.register(RegisterNumber.x0 + Int($0.base))] } ?? []
    return flow.writes.map { write in
      let usesMemory = write.target == .memory || write.sources.contains(.memory)
      let target: ValueTarget =
        switch write.target {
        case .register(let number): .register(number)
        case .memory: .memory(place)
        }
      return ValueWrite(
        target, from: write.sources.map { source($0, place) }, addressSources: usesMemory ? addresses : [])
    }
  }

  private func source(_ source: InstructionDataflow.Source, _ place: [MemoryPiece]) -> ValueSource {
    switch source {
    case .register(let number): .register(number)
    case .memory: place.isEmpty ? .named("memory that does not translate") : .memory(place)
    case .constant(let value): .constant(value)
    case .relative(let offset): .address(pc &+ UInt64(bitPattern: offset))
    case .floatConstant(let number): .named("floating-point constant \(number)")
    case .reservation: .named("reservation")
    }
  }

  private func nextInstruction(in memory: Memory) -> Instruction? {
    guard let low = half(at: pc, in: memory) else { return nil }
    guard low & 3 == 3 else { return Decoder.decode(low) }
    return half(at: pc &+ 2, in: memory).map { Decoder.decode(low | $0 << 16) }
  }

  private func half(at address: UInt64, in memory: Memory) -> UInt32? {
    guard let physical = physicalAddress(of: address, in: memory), let bytes = memory.read(physical, count: 2) else {
      return nil
    }
    return UInt32(bytes[0]) | UInt32(bytes[1]) << 8
  }

  /// Where `access` goes; empty when a part of it does not translate.
  private func pieces(of access: InstructionDataflow.Access, in memory: Memory) -> [MemoryPiece] {
    var address = x[Int(access.base)] &+ UInt64(bitPattern: access.offset)
    if access.isAligned { address &= ~UInt64(access.byteCount - 1) }
    var data = self
    // Loads and stores of machine mode may be those of the mode before ("Memory Privilege in mstatus Register").
    if privilege == .machine, csr.mstatus & MStatus.mprv != 0 {
      data.privilege = Privilege(rawValue: UInt8(csr.mstatus.bits(11, 2))) ?? .machine
    }
    var pieces: [MemoryPiece] = []
    var done = 0
    while done < access.byteCount {
      let place = address &+ UInt64(done)
      let count = min(access.byteCount - done, Int(Memory.pageSize - place % Memory.pageSize))
      guard let physical = data.physicalAddress(of: place, in: memory) else { return [] }
      pieces.append(MemoryPiece(virtualAddress: place, physicalAddress: physical, byteCount: count))
      done += count
    }
    return pieces
  }
}

// MARK: - Traps

extension Hart {
  /// The trap that the hart has entered in the step before.
  /// - Parameters:
  ///   - planned: what the instruction would have written that an exception came instead of.
  ///   - origins: where the interrupt with this cause comes from.
  public func trap(insteadOf planned: [ValueWrite], origins: (_ cause: UInt64) -> [ValueSource]) -> TrapDescription {
    let isMachine = privilege == .machine
    let code = isMachine ? csr.mcause : csr.scause
    let (isInterrupt, cause) = (code >> 63 == 1, code & UInt64.lowBits(63))
    let written =
      isMachine
      ? [CSRNumber.mepc, CSRNumber.mcause, CSRNumber.mtval] : [CSRNumber.sepc, CSRNumber.scause, CSRNumber.stval]
    let numbers = written.map(RegisterNumber.csr)
    let (address, value) = isMachine ? (csr.mepc, csr.mtval) : (csr.sepc, csr.stval)
    var valueSources: [ValueSource] = []
    switch ExceptionCause(rawValue: UInt8(truncatingIfNeeded: cause)) {
    case _ where isInterrupt: break
    case .loadMisaligned, .loadAccess, .storeMisaligned, .storeAccess, .loadPage, .storePage:
      valueSources = planned.reduce(into: []) { all, write in all += write.addressSources.filter { !all.contains($0) } }
    case .instructionMisaligned, .instructionAccess, .instructionPage, .breakpoint: valueSources = [.address(value)]
    default: break
    }
    let cameFrom = isInterrupt ? origins(cause) : []
    let status = ValueSource.register(RegisterNumber.csr(CSRNumber.mstatus))
    var writes = [
      ValueWrite(.register(numbers[0]), from: [.address(address)]),
      ValueWrite(.register(numbers[1]), from: cameFrom),
      ValueWrite(.register(numbers[2]), from: valueSources),
      ValueWrite(.register(RegisterNumber.privilege), from: cameFrom),
    ]
    for view in CSRNumber.views(of: CSRNumber.mstatus) {
      writes.append(ValueWrite(.register(RegisterNumber.csr(view)), from: [status]))
    }
    return TrapDescription(
      isInterrupt: isInterrupt, name: Self.trapName(cause, isInterrupt: isInterrupt), writes: writes)
  }

  /// Whether the timer of `stimecmp` makes the supervisor timer interrupt.
  public var hasSupervisorTimer: Bool { csr.menvcfg & EnvironmentConfiguration.stce != 0 }

  /// The names of causes (privileged specification, table "Machine cause register values").
  private static func trapName(_ cause: UInt64, isInterrupt: Bool) -> String {
    guard let number = UInt8(exactly: cause) else { return "cause \(cause)" }
    if isInterrupt {
      let names: [(UInt8, String)] = [
        (1, "supervisor software"), (3, "machine software"), (5, "supervisor timer"), (7, "machine timer"),
        (9, "supervisor external"), (11, "machine external"),
      ]
      return (names.first { $0.0 == number }?.1 ?? "\(cause)") + " interrupt"
    }
    return switch ExceptionCause(rawValue: number) {
    case .instructionMisaligned: "instruction address misaligned"
    case .instructionAccess: "instruction access fault"
    case .illegalInstruction: "illegal instruction"
    case .breakpoint: "breakpoint"
    case .loadMisaligned: "load address misaligned"
    case .loadAccess: "load access fault"
    case .storeMisaligned: "store address misaligned"
    case .storeAccess: "store access fault"
    case .userCall: "call from user mode"
    case .supervisorCall: "call from supervisor mode"
    case .machineCall: "call from machine mode"
    case .instructionPage: "instruction page fault"
    case .loadPage: "load page fault"
    case .storePage: "store page fault"
    case nil: "exception \(cause)"
    }
  }
}

// MARK: - Registers

extension RegisterNumber {
  /// What kind of value register `number` holds.
  public static func nature(of number: Int) -> RegisterNature {
    if number == x0 { return .fixed }
    guard let csr = csr(of: number) else { return .plain }
    switch csr {
    case 0xc00...0xc1f, 0xb00...0xb1f: return .counter
    case CSRNumber.mip, CSRNumber.sip: return .wires
    case CSRNumber.misa, 0x323...0x33f, CSRNumber.tselect...CSRNumber.tinfo, 0xf11...0xf15: return .fixed
    default: return .plain
    }
  }

  /// `mip`, by which software makes interrupts.
  public static let softwareInterrupts = csr(CSRNumber.mip)
  /// `stimecmp`, which makes the supervisor timer interrupt.
  public static let supervisorTimer = csr(CSRNumber.stimecmp)
}
