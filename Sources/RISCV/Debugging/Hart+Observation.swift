public import Backplane
internal import Bits
internal import VirtualTime

// What a step of a hart did, worked out from the hart before it and behind it. Every step of a hart retires one
// instruction or enters one trap (decision 0001), so both are enough.

/// The instruction that a hart is about to execute.
public struct FetchedInstruction: Sendable {
  /// The bits; zero when they cannot be fetched.
  public var bits: UInt32 = 0
  /// Bytes; zero when it cannot be fetched.
  public var byteCount: UInt8 = 0
}

extension Hart {
  /// The instruction at `pc`, when it can be fetched. Changes nothing, not even an accessed bit.
  public func fetched(from memory: Memory) -> FetchedInstruction {
    guard let low = halfword(at: pc, memory) else { return FetchedInstruction() }
    guard low & 3 == 3 else { return FetchedInstruction(bits: UInt32(low), byteCount: 2) }
    guard let high = halfword(at: pc &+ 2, memory) else { return FetchedInstruction() }
    return FetchedInstruction(bits: UInt32(low) | UInt32(high) << 16, byteCount: 4)
  }

  private func halfword(at address: UInt64, _ memory: Memory) -> UInt16? {
    guard let physical = physicalAddress(of: address, in: memory), let offset = memory.offset(of: physical, count: 2)
    else { return nil }
    return UInt16(littleEndian: (memory.base + Int(offset)).loadUnaligned(as: UInt16.self))
  }

  /// Completes `record` with what the step did that led from `before` to this hart: all but its moments, wires and
  /// effects. `record.end` is set.
  public func tell(_ record: inout StepRecord, since before: Hart, _ fetched: FetchedInstruction, _ memory: Memory) {
    record.hart = Int(truncatingIfNeeded: identifier)
    (record.pc, record.nextPC) = (before.pc, pc)
    (record.mode, record.nextMode) = (before.privilege.rawValue, privilege.rawValue)
    record.stackPointer = x.x2
    (record.bits, record.byteCount) = (fetched.bits, fetched.byteCount)
    record.writes.removeAll(keepingCapacity: true)
    record.accesses.removeAll(keepingCapacity: true)
    (record.cause, record.trapValue, record.flow) = (0, 0, .none)
    if retired == before.retired {
      tellTrap(&record)
    } else {
      record.kind = .instruction
      tellInstruction(&record, since: before, Decoder.decode(fetched.bits), memory)
    }
    if !record.general.isEmpty { record.general.removeAll(keepingCapacity: true) }
    if record.kind != .instruction || record.flow == .trapReturn { tellGeneral(&record) }
  }

  /// Completes `record` with the general registers.
  public func tellGeneral(_ record: inout StepRecord) { for number in 0..<32 { record.general.append(x[number]) } }

  /// Completes `record` with the trap that has just been entered.
  public func tellTrap(_ record: inout StepRecord) {
    let isSupervisor = privilege == .supervisor
    let cause = isSupervisor ? csr.scause : csr.mcause
    record.cause = cause & ~(1 << 63)
    record.trapValue = isSupervisor ? csr.stval : csr.mtval
    record.kind = cause >> 63 != 0 ? .interrupt : .exception
    if record.kind == .interrupt { (record.bits, record.byteCount) = (0, 0) }
    let status = csr.mstatus
    let numbers =
      isSupervisor
      ? [CSRNumber.sepc, CSRNumber.scause, CSRNumber.stval, CSRNumber.sstatus]
      : [CSRNumber.mepc, CSRNumber.mcause, CSRNumber.mtval, CSRNumber.mstatus]
    let values =
      isSupervisor
      ? [csr.sepc, csr.scause, csr.stval, seen(status) & MStatus.supervisorView]
      : [csr.mepc, csr.mcause, csr.mtval, seen(status)]
    for (number, value) in zip(numbers, values) { record.writes.append(.init(RegisterNumber.csr(number), value)) }
  }

  /// What a trap that has just been entered interrupted: the address, and the mode.
  public var interrupted: (pc: UInt64, mode: UInt8) {
    privilege == .supervisor
      ? (csr.sepc, csr.mstatus & MStatus.spp != 0 ? 1 : 0) : (csr.mepc, UInt8(csr.mstatus.bits(11, 2)))
  }

  /// `mip` at `cycle`.
  public func pendingInterrupts(at cycle: UInt64) -> UInt64 {
    let bits = lines | csr.softwarePending
    guard csr.menvcfg & EnvironmentConfiguration.stce != 0 else { return bits }
    return bits & ~InterruptBit.sti | (time(at: cycle) >= csr.stimecmp ? InterruptBit.sti : 0)
  }

  private func seen(_ status: UInt64) -> UInt64 {
    status & MStatus.fs == MStatus.fs ? status | MStatus.sd : status
  }

  private func tellInstruction(
    _ record: inout StepRecord, since before: Hart, _ instruction: Instruction, _ memory: Memory
  ) {
    let facts = OperationFacts.of(instruction.operation)
    switch facts.destination {
    case .none: break
    case .integer where instruction.rd == 0: break
    case .integer: record.writes.append(.init(Int(instruction.rd), x[Int(instruction.rd)]))
    case .float: record.writes.append(.init(RegisterNumber.f0 + Int(instruction.rd), f[Int(instruction.rd)]))
    }
    if facts.namesCSR, instruction.writesCSR {
      // Under all names under which what was written can be read.
      for csr in CSRNumber.views(of: Int(instruction.immediate)) { tellCSR(csr, &record) }
      if csr.mstatus != before.csr.mstatus { tellStatus(&record) }
    } else if facts.changesStatus {
      if csr.fflags != before.csr.fflags { tellCSR(CSRNumber.fflags, &record) }
      if csr.mstatus != before.csr.mstatus { tellStatus(&record) }
    }
    if facts.memory != .none { tellAccess(&record, since: before, instruction, facts, memory) }
    record.flow = instruction.flow(isTaken: pc != before.pc &+ UInt64(record.byteCount))
  }

  private func tellCSR(_ number: Int, _ record: inout StepRecord) {
    let register = RegisterNumber.csr(number)
    guard !record.writes.contains(where: { $0.number == register }),
      let value = self.register(register, cycle: record.end.cycle.count)
    else { return }
    record.writes.append(.init(register, value))
  }

  private func tellStatus(_ record: inout StepRecord) {
    for number in CSRNumber.views(of: CSRNumber.mstatus) { tellCSR(number, &record) }
  }

  private func tellAccess(
    _ record: inout StepRecord, since before: Hart, _ instruction: Instruction, _ facts: OperationFacts,
    _ memory: Memory
  ) {
    let base = before.x[Int(instruction.rs1)]
    let count = facts.byteCount
    let mask = count >= 8 ? ~0 : UInt64.lowBits(Int(count) * 8)
    let isFloat = instruction.operation.isFloatMemory
    func loaded() -> UInt64? {
      if isFloat { return f[Int(instruction.rd)] & mask }
      return instruction.rd == 0 ? nil : x[Int(instruction.rd)] & mask
    }
    func stored() -> UInt64 {
      (isFloat ? before.f[Int(instruction.rs2)] : before.x[Int(instruction.rs2)]) & mask
    }
    switch facts.memory {
    case .none: break
    case .load:
      record.accesses.append(
        .init(
          base &+ UInt64(bitPattern: Int64(instruction.immediate)), byteCount: count, isWrite: false, value: loaded()))
    case .loadReserved: record.accesses.append(.init(base, byteCount: count, isWrite: false, value: loaded()))
    case .store:
      record.accesses.append(
        .init(
          base &+ UInt64(bitPattern: Int64(instruction.immediate)), byteCount: count, isWrite: true, value: stored()))
    case .storeConditional:
      guard succeeded(instruction, since: before, base, count, memory) else { break }
      record.accesses.append(.init(base, byteCount: count, isWrite: true, value: stored()))
    case .atomic:
      record.accesses.append(.init(base, byteCount: count, isWrite: false, value: loaded()))
      record.accesses.append(
        .init(base, byteCount: count, isWrite: true, value: value(at: base, count, seenBy: before, memory)))
    case .zero:
      record.accesses.append(.init(base & ~UInt64(count - 1), byteCount: count, isWrite: true, value: 0))
    }
  }

  private func succeeded(
    _ instruction: Instruction, since before: Hart, _ address: UInt64, _ count: UInt8, _ memory: Memory
  ) -> Bool {
    if instruction.rd != 0 { return x[Int(instruction.rd)] == 0 }
    return before.dataOffset(of: address, count, memory).map { $0 == before.reservation } ?? false
  }

  private func value(at address: UInt64, _ count: UInt8, seenBy before: Hart, _ memory: Memory) -> UInt64? {
    guard let offset = before.dataOffset(of: address, count, memory) else { return nil }
    let place = memory.base + Int(offset)
    return count == 4
      ? UInt64(UInt32(littleEndian: place.loadUnaligned(as: UInt32.self)))
      : UInt64(littleEndian: place.loadUnaligned(as: UInt64.self))
  }

  /// Where loads and stores find virtual `address` in memory.
  private func dataOffset(of address: UInt64, _ count: UInt8, _ memory: Memory) -> UInt64? {
    var seer = self
    if privilege == .machine, csr.mstatus & MStatus.mprv != 0 {
      seer.privilege = Privilege(rawValue: UInt8(csr.mstatus.bits(11, 2))) ?? .user
    }
    return seer.physicalAddress(of: address, in: memory).flatMap { memory.offset(of: $0, count: UInt64(count)) }
  }
}

extension Operation {
  /// Whether it moves a floating-point register from or to memory.
  fileprivate var isFloatMemory: Bool { self == .flw || self == .fld || self == .fsw || self == .fsd }
}

extension Instruction {
  /// What it means for the stack of calls (unprivileged specification, "Unconditional Jumps", table of return-address
  /// stack hints).
  func flow(isTaken: Bool) -> StepRecord.Flow {
    switch operation {
    case .jal: return Self.isLink(rd) ? .call : .jump
    case .jalr where !Self.isLink(rd): return Self.isLink(rs1) ? .return : .jump
    case .jalr: return Self.isLink(rs1) && rs1 != rd ? .exchange : .call
    case .mret, .sret: return .trapReturn
    default: return isTaken ? .jump : .none
    }
  }

  private static func isLink(_ register: UInt8) -> Bool { register == 1 || register == 5 }
}

extension StepRecord {
  /// The cycles that the step itself took.
  public var cycles: UInt64 {
    switch kind {
    case .pause: 0
    case .exception, .interrupt: CostModel.trapCycles
    case .instruction: byteCount == 0 ? 0 : OperationFacts.of(Decoder.decode(bits).operation).cycles
    }
  }
}

/// The names of causes of traps (privileged specification, table "Machine cause register values").
public enum CauseName {
  /// The name of the exception `cause`.
  public static func exception(_ cause: UInt64) -> String {
    switch cause {
    case 0: "instruction address misaligned"
    case 1: "instruction access fault"
    case 2: "illegal instruction"
    case 3: "breakpoint"
    case 4: "load address misaligned"
    case 5: "load access fault"
    case 6: "store address misaligned"
    case 7: "store access fault"
    case 8: "call from user mode"
    case 9: "call from supervisor mode"
    case 11: "call from machine mode"
    case 12: "instruction page fault"
    case 13: "load page fault"
    case 15: "store page fault"
    default: "exception \(cause)"
    }
  }

  /// The name of the interrupt `cause`.
  public static func interrupt(_ cause: UInt64) -> String {
    switch cause {
    case 1: "supervisor software"
    case 3: "machine software"
    case 5: "supervisor timer"
    case 7: "machine timer"
    case 9: "supervisor external"
    case 11: "machine external"
    default: "interrupt \(cause)"
    }
  }
}
