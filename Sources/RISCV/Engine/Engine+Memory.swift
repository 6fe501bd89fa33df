internal import Backplane
internal import Bits

// Loads and stores that the dispatch loop does not do by itself: first touches, page crossings, devices, faults.

/// What became of an op that the dispatch loop handed on.
enum Status {
  /// Done; the run goes on.
  case next
  /// Done; the run ends here.
  case leave
  /// Done, and `core.pc` is set to what comes next; the run ends here.
  case transfer
  /// Done at the end of a run; the next run begins behind it.
  case nextRun
  /// Not done: `core.exception` says why.
  case exception
  /// Not done: `core.access` is for the board to make.
  case device
}

extension Engine {
  /// The bytes that `code` moves, and whether to memory.
  private static func shape(of code: Code) -> (bytes: Int, isStore: Bool, operation: Operation) {
    switch code {
    case .lb: (1, false, .lb)
    case .lbu: (1, false, .lbu)
    case .lh: (2, false, .lh)
    case .lhu: (2, false, .lhu)
    case .lw: (4, false, .lw)
    case .lwu: (4, false, .lwu)
    case .ld: (8, false, .ld)
    case .flw: (4, false, .flw)
    case .fld: (8, false, .fld)
    case .sb: (1, true, .sb)
    case .sh: (2, true, .sh)
    case .sw: (4, true, .sw)
    case .sd: (8, true, .sd)
    case .fsw: (4, true, .fsw)
    case .fsd: (8, true, .fsd)
    default: preconditionFailure("only loads and stores come here")
    }
  }

  /// Executes the load or store `op` of the instruction at `core.pc`.
  @inline(never)
  func slowMemory(_ op: Op) -> Status {
    let (bytes, isStore, operation) = Self.shape(of: op.code)
    let isFloat = op.code == .flw || op.code == .fld || op.code == .fsw || op.code == .fsd
    if isFloat, hart.pointee.csr.mstatus & MStatus.fs == 0 { return illegal() }
    let address = core.pointee.x[Int(op.rs1)] &+ UInt64(bitPattern: Int64(op.immediate))
    core.pointee.mustLeave = false
    if isStore {
      let value = isFloat ? core.pointee.f[Int(op.rs2)] : core.pointee.x[Int(op.rs2)]
      let status = store(address, bytes, value)
      if status == .device {
        core.pointee.access.operation = operation
        core.pointee.access.length = op.stride / 8
      }
      return status
    }
    guard let loaded = load(address, bytes) else { return .exception }
    core.pointee.access.operation = operation
    core.pointee.access.length = op.stride / 8
    core.pointee.access.destination = op.rd
    guard case .value(let value) = loaded else { return .device }
    switch op.code {
    case .lb: core.pointee.x[Int(op.rd)] = value.signExtended(from: 8)
    case .lh: core.pointee.x[Int(op.rd)] = value.signExtended(from: 16)
    case .lw: core.pointee.x[Int(op.rd)] = value.signExtended(from: 32)
    case .flw: core.pointee.f[Int(op.rd)] = value | 0xffff_ffff_0000_0000
    case .fld: core.pointee.f[Int(op.rd)] = value
    default: core.pointee.x[Int(op.rd)] = value
    }
    if isFloat { dirtyFloat() }
    return core.pointee.mustLeave ? .leave : .next
  }

  /// Raises an illegal-instruction exception; the run loop fills in the instruction's bits.
  func illegal() -> Status {
    core.pointee.exception = Exception(cause: .illegalInstruction, value: 0)
    return .exception
  }

  /// Floating-point state has been written.
  func dirtyFloat() {
    hart.pointee.csr.mstatus |= MStatus.fs
    core.pointee.floatIsReady = hart.pointee.csr.frm == 0
  }

  enum Loaded {
    case value(UInt64)
    case device
  }

  private func load(_ address: UInt64, _ bytes: Int) -> Loaded? {
    if Int(address & 4095) + bytes > 4096 {
      return loadAcrossPages(address, bytes).map { .value($0) }
    }
    if let host = recall(core.pointee.readEntries, address) { return .value(read(host, bytes)) }
    if let physical = core.pointee.deviceLoad.physical(of: address, in: core.pointee.readEntries) {
      return beginDevice(address, physical, bytes, isStore: false) ? .device : nil
    }
    guard let translation = translate(address, count: UInt64(bytes), .load) else { return nil }
    guard let offset = memoryOffset(translation.physical) else {
      if translation.isWholePage {
        core.pointee.deviceLoad = DeviceTranslation(address, translation.physical, core.pointee.readEntries)
      }
      guard beginDevice(address, translation.physical, bytes, isStore: false) else { return nil }
      return .device
    }
    let host = core.pointee.memoryBase + Int(offset)
    if translation.isWholePage { rememberForLoads(address, host) }
    noteAccess(Touch(address: address, physical: translation.physical, count: bytes), reads: true, writes: false)
    return .value(read(host, bytes))
  }

  private func loadAcrossPages(_ address: UInt64, _ bytes: Int) -> UInt64? {
    let inFirst = 4096 - Int(address & 4095)
    guard let (first, second) = twoPages(address, inFirst, bytes - inFirst, .load) else { return nil }
    var value: UInt64 = 0
    for index in 0..<bytes {
      let offset = index < inFirst ? first + index : second + index - inFirst
      value |= UInt64(core.pointee.memoryBase.load(fromByteOffset: offset, as: UInt8.self)) << UInt64(index * 8)
    }
    noteAccess(address, first, inFirst, second, bytes - inFirst, isStore: false)
    return value
  }

  /// The offsets in memory of the two parts of an access that crosses a page border; `nil` with the exception set. Such
  /// an access to a device is misaligned.
  private func twoPages(_ address: UInt64, _ inFirst: Int, _ inSecond: Int, _ kind: AccessKind) -> (Int, Int)? {
    let border = address &+ UInt64(inFirst)
    guard let first = translate(address, count: UInt64(inFirst), kind),
      let second = translate(border, count: UInt64(inSecond), kind)
    else { return nil }
    guard let firstOffset = memoryOffset(first.physical), let secondOffset = memoryOffset(second.physical) else {
      _ = fault(kind.misaligned, address)
      return nil
    }
    return (Int(firstOffset), Int(secondOffset))
  }

  func store(_ address: UInt64, _ bytes: Int, _ value: UInt64) -> Status {
    if Int(address & 4095) + bytes > 4096 { return storeAcrossPages(address, bytes, value) }
    if let host = recall(core.pointee.writeEntries, address) {
      write(host, bytes, value)
      return .next
    }
    if let physical = core.pointee.deviceStore.physical(of: address, in: core.pointee.writeEntries) {
      return storeToDevice(address, physical, bytes, value)
    }
    guard let translation = translate(address, count: UInt64(bytes), .store) else { return .exception }
    guard let offset = memoryOffset(translation.physical) else {
      if translation.isWholePage {
        core.pointee.deviceStore = DeviceTranslation(address, translation.physical, core.pointee.writeEntries)
      }
      return storeToDevice(address, translation.physical, bytes, value)
    }
    let page = Int(offset / 4096)
    guard isWritable(page, address) else { return .exception }
    let host = core.pointee.memoryBase + Int(offset)
    write(host, bytes, value)
    noteAccess(Touch(address: address, physical: translation.physical, count: bytes), reads: false, writes: true)
    wasWritten(page, offset: Int(offset % 4096), count: bytes)
    // Not when translations have just been dropped: this one may have rested on what was stored.
    if translation.isWholePage, !core.pointee.mustLeave, core.pointee.pageFlags[page] == Memory.PageFlags.written {
      rememberForStores(address, host)
    }
    return core.pointee.mustLeave ? .leave : .next
  }

  private func storeToDevice(_ address: UInt64, _ physical: UInt64, _ bytes: Int, _ value: UInt64) -> Status {
    guard beginDevice(address, physical, bytes, isStore: true) else { return .exception }
    core.pointee.access.value = value & (bytes == 8 ? ~0 : UInt64.lowBits(bytes * 8))
    return .device
  }

  private func storeAcrossPages(_ address: UInt64, _ bytes: Int, _ value: UInt64) -> Status {
    let inFirst = 4096 - Int(address & 4095)
    guard let (first, second) = twoPages(address, inFirst, bytes - inFirst, .store),
      isWritable(first / 4096, address), isWritable(second / 4096, address)
    else { return .exception }
    for index in 0..<bytes {
      let offset = index < inFirst ? first + index : second + index - inFirst
      let byte = UInt8(truncatingIfNeeded: value >> UInt64(index * 8))
      core.pointee.memoryBase.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
    }
    noteAccess(address, first, inFirst, second, bytes - inFirst, isStore: true)
    wasWritten(first / 4096, offset: first % 4096, count: inFirst)
    wasWritten(second / 4096, offset: second % 4096, count: bytes - inFirst)
    return core.pointee.mustLeave ? .leave : .next
  }

  /// Notes an access to two pages, of which `first` and `second` are the offsets in memory.
  private func noteAccess(
    _ address: UInt64, _ first: Int, _ inFirst: Int, _ second: Int, _ inSecond: Int, isStore: Bool
  ) {
    noteAccess(
      Touch(address: address, physical: physicalAddress(first), count: inFirst),
      Touch(address: address &+ UInt64(inFirst), physical: physicalAddress(second), count: inSecond),
      reads: !isStore, writes: isStore)
  }

  func isWritable(_ page: Int, _ address: UInt64) -> Bool {
    guard core.pointee.pageFlags[page] & Memory.PageFlags.readOnly != 0 else { return true }
    _ = fault(.storeAccess, address)
    return false
  }

  /// Describes an access to a device; false, with the exception set, when it is misaligned.
  private func beginDevice(_ address: UInt64, _ physical: UInt64, _ bytes: Int, isStore: Bool) -> Bool {
    guard address & UInt64(bytes - 1) == 0 else {
      _ = fault(isStore ? .storeMisaligned : .loadMisaligned, address)
      return false
    }
    core.pointee.access.address = physical
    core.pointee.access.virtualAddress = address
    core.pointee.access.bytes = UInt8(bytes)
    core.pointee.access.isStore = isStore
    return true
  }

  /// Caches the translation of the page of `address`, whose byte is at `host`, for loads, unless it is watched.
  func rememberForLoads(_ address: UInt64, _ host: UnsafeMutableRawPointer) {
    if !isWatched(address, host, stores: false) { remember(core.pointee.readEntries, address, host) }
  }

  /// The same for stores and atomics.
  func rememberForStores(_ address: UInt64, _ host: UnsafeMutableRawPointer) {
    if !isWatched(address, host, stores: true) { remember(core.pointee.writeEntries, address, host) }
  }

  /// The host address of `address` if the translation of its page is among `entries`, or has lately been displaced from
  /// there: then it comes back. Pages that are watched are never there, nor, for stores, those whose flags matter.
  @inline(__always)
  private func recall(
    _ entries: UnsafeMutablePointer<TranslationEntry>, _ address: UInt64
  ) -> UnsafeMutableRawPointer? {
    let entry = entries + (Int(truncatingIfNeeded: address >> 12) & (Core.translationCount - 1))
    let page = address & ~4095
    if entry.pointee.tag != page {
      let displaced = entry + Core.displacedDistance
      guard displaced.pointee.tag == page else { return nil }
      swap(&entry.pointee, &displaced.pointee)
    }
    return UnsafeMutableRawPointer(bitPattern: entry.pointee.value &+ UInt(truncatingIfNeeded: address))
  }

  private func remember(
    _ entries: UnsafeMutablePointer<TranslationEntry>, _ address: UInt64, _ host: UnsafeMutableRawPointer
  ) {
    let index = Int(truncatingIfNeeded: address >> 12) & (Core.translationCount - 1)
    entries[index + Core.displacedDistance] = entries[index]
    entries[index] = TranslationEntry(
      tag: address & ~4095, value: UInt(bitPattern: host) &- UInt(truncatingIfNeeded: address))
  }

  func read(_ host: UnsafeRawPointer, _ bytes: Int) -> UInt64 {
    switch bytes {
    case 1: UInt64(host.load(as: UInt8.self))
    case 2: UInt64(UInt16(littleEndian: host.loadUnaligned(as: UInt16.self)))
    case 4: UInt64(UInt32(littleEndian: host.loadUnaligned(as: UInt32.self)))
    default: UInt64(littleEndian: host.loadUnaligned(as: UInt64.self))
    }
  }

  func write(_ host: UnsafeMutableRawPointer, _ bytes: Int, _ value: UInt64) {
    switch bytes {
    case 1: host.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
    case 2: host.storeBytes(of: UInt16(truncatingIfNeeded: value).littleEndian, as: UInt16.self)
    case 4: host.storeBytes(of: UInt32(truncatingIfNeeded: value).littleEndian, as: UInt32.self)
    default: host.storeBytes(of: value.littleEndian, as: UInt64.self)
    }
  }
}

extension DeviceTranslation {
  init(_ address: UInt64, _ physical: UInt64, _ bank: UnsafeMutablePointer<TranslationEntry>) {
    (tag, self.physical, self.bank) = (address & ~4095, physical & ~4095, bank)
  }

  /// Where `address` lies, for accesses by way of `bank`.
  func physical(of address: UInt64, in bank: UnsafeMutablePointer<TranslationEntry>) -> UInt64? {
    tag == address & ~4095 && self.bank == bank ? physical | address & 4095 : nil
  }
}
