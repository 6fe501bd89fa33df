internal import Backplane
internal import Bits

// Atomics and cache-block operations: accesses to memory only, never to devices.

extension Engine {
  /// Executes the atomic or cache-block operation; `nil` when `operation` is neither.
  func atomicOrBlock(_ op: Op, _ operation: Operation) -> Status? {
    core.pointee.mustLeave = false
    // Finding the place can end the run, just as the store can: it may set an accessed bit among the code that runs.
    guard let status = access(op, operation) else { return nil }
    return status == .next && core.pointee.mustLeave ? .leave : status
  }

  private func access(_ op: Op, _ operation: Operation) -> Status? {
    switch operation {
    case .lrW: return loadReserved(op, 4)
    case .lrD: return loadReserved(op, 8)
    case .scW: return storeConditional(op, 4)
    case .scD: return storeConditional(op, 8)
    case .cboZero, .cboClean, .cboFlush, .cboInval: return cacheBlock(op, operation)
    default:
      switch InstructionSet.costClass(of: operation) {
      case .atomic: return atomic(op, operation)
      default: return nil
      }
    }
  }

  /// The place in memory of an aligned access of `bytes` at `address`; `nil` with `core.exception` set.
  private func place(
    _ address: UInt64, _ bytes: Int, _ kind: AccessKind, reported: UInt64? = nil
  ) -> (offset: Int, host: UnsafeMutableRawPointer)? {
    let told = reported ?? address
    guard address & UInt64(bytes - 1) == 0 else {
      _ = fault(kind.misaligned, address)
      return nil
    }
    if kind == .store, let host = writableHost(address) { return (host - core.pointee.memoryBase, host) }
    guard let translation = translate(address, count: UInt64(bytes), kind, reported: told) else { return nil }
    guard let offset = memoryOffset(translation.physical) else {
      _ = fault(kind.accessFault, told)
      return nil
    }
    if kind == .store, !isWritable(Int(offset / 4096), told) { return nil }
    let host = core.pointee.memoryBase + Int(offset)
    if translation.isWholePage {
      if kind == .load { rememberForLoads(address, host) }
      if kind == .store {
        // So that the next atomic on this page finds it at once.
        markWritten(Int(offset / 4096))
        if core.pointee.pageFlags[Int(offset / 4096)] == Memory.PageFlags.written {
          rememberForStores(address, host)
        }
      }
    }
    return (Int(offset), host)
  }

  /// The host address for a store to `address` when its page may be written without further ado.
  private func writableHost(_ address: UInt64) -> UnsafeMutableRawPointer? {
    let entry = core.pointee.writeEntries[Int(truncatingIfNeeded: address >> 12) & (Core.translationCount - 1)]
    guard entry.tag == address & ~4095 else { return nil }
    return UnsafeMutableRawPointer(bitPattern: entry.value &+ UInt(truncatingIfNeeded: address))
  }

  /// `bytes` have been stored at `offset` in memory, by an access to virtual `address`.
  private func stored(_ address: UInt64, _ offset: Int, _ bytes: Int, reads: Bool = false) -> Status {
    noteAccess(
      Touch(address: address, physical: physicalAddress(offset), count: bytes), reads: reads, writes: true)
    wasWritten(offset / 4096, offset: offset % 4096, count: bytes)
    return .next
  }

  private func set(_ register: UInt8, _ value: UInt64) {
    if register != 0 { core.pointee.x[Int(register)] = value }
  }

  /// A loaded value as registers hold it: words are sign-extended.
  private func extended(_ value: UInt64, _ bytes: Int) -> UInt64 { bytes == 4 ? word(value) : value }

  private func loadReserved(_ op: Op, _ bytes: Int) -> Status {
    let address = core.pointee.x[Int(op.rs1)]
    guard let (offset, host) = place(address, bytes, .load) else { return .exception }
    noteAccess(Touch(address: address, physical: physicalAddress(offset), count: bytes), reads: true, writes: false)
    hart.pointee.reservation = UInt64(offset)
    set(op.rd, extended(read(host, bytes), bytes))
    return .next
  }

  /// Succeeds when the reservation is for the same place, and ends it either way.
  private func storeConditional(_ op: Op, _ bytes: Int) -> Status {
    let address = core.pointee.x[Int(op.rs1)]
    guard let (offset, host) = place(address, bytes, .store) else { return .exception }
    let holds = hart.pointee.reservation == UInt64(offset)
    hart.pointee.reservation = .max
    guard holds else {
      set(op.rd, 1)
      return .next
    }
    write(host, bytes, core.pointee.x[Int(op.rs2)])
    set(op.rd, 0)
    return stored(address, offset, bytes)
  }

  private func atomic(_ op: Op, _ operation: Operation) -> Status {
    let bytes = operation.isAtomicDouble ? 8 : 4
    let address = core.pointee.x[Int(op.rs1)]
    guard let (offset, host) = place(address, bytes, .store) else { return .exception }
    let old = extended(read(host, bytes), bytes)
    let source = extended(core.pointee.x[Int(op.rs2)], bytes)
    write(host, bytes, operation.combine(old, source))
    set(op.rd, old)
    return stored(address, offset, bytes, reads: true)
  }

  /// Cache-block operations ("Base Cache Management Operation ISA Extensions"): there is no cache to manage, so all but
  /// `cbo.zero` only check that they are allowed.
  private func cacheBlock(_ op: Op, _ operation: Operation) -> Status {
    guard isEnabled(operation) else { return illegal() }
    // Faults tell of the address as given, not of the block's ("Page Fault, Guest-Page Fault, and Access Fault
    // Exceptions" there).
    let given = core.pointee.x[Int(op.rs1)]
    let address = given & ~(HartDescription.cacheBlockBytes - 1)
    let bytes = Int(HartDescription.cacheBlockBytes)
    if operation == .cboZero {
      guard let (offset, host) = place(address, bytes, .store, reported: given) else { return .exception }
      host.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      return stored(address, offset, bytes)
    }
    // Either permission will do; a failure is reported as that of a store, at the address given.
    if translate(address, count: UInt64(bytes), .load) != nil { return .next }
    guard translate(address, count: UInt64(bytes), .store, reported: given) != nil else {
      return .exception
    }
    return .next
  }

  private func isEnabled(_ operation: Operation) -> Bool {
    let needed: UInt64 =
      switch operation {
      case .cboZero: EnvironmentConfiguration.cbze
      case .cboInval: EnvironmentConfiguration.cbie
      default: EnvironmentConfiguration.cbcfe
      }
    let privilege = hart.pointee.privilege
    if privilege != .machine, hart.pointee.csr.menvcfg & needed == 0 { return false }
    return privilege != .user || hart.pointee.csr.senvcfg & needed != 0
  }
}

extension Operation {
  /// Whether an atomic works on 8 bytes.
  fileprivate var isAtomicDouble: Bool {
    switch self {
    case .amoswapD, .amoaddD, .amoxorD, .amoandD, .amoorD, .amominD, .amomaxD, .amominuD, .amomaxuD: true
    default: false
    }
  }

  /// What an atomic stores, from what was there and its source; words come sign-extended, which keeps their order.
  fileprivate func combine(_ old: UInt64, _ source: UInt64) -> UInt64 {
    switch self {
    case .amoaddW, .amoaddD: old &+ source
    case .amoxorW, .amoxorD: old ^ source
    case .amoandW, .amoandD: old & source
    case .amoorW, .amoorD: old | source
    case .amominW, .amominD: signed(old) < signed(source) ? old : source
    case .amomaxW, .amomaxD: signed(old) > signed(source) ? old : source
    case .amominuW, .amominuD: Swift.min(old, source)
    case .amomaxuW, .amomaxuD: Swift.max(old, source)
    default: source
    }
  }
}
