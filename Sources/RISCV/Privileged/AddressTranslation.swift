internal import Backplane
internal import Bits

/// What an access wants to do.
enum AccessKind: UInt8 {
  case fetch, load, store

  /// The permission it needs, in PMP terms.
  var permission: UInt8 {
    switch self {
    case .fetch: PMP.execute
    case .load: PMP.read
    case .store: PMP.write
    }
  }

  var pageFault: ExceptionCause {
    switch self {
    case .fetch: .instructionPage
    case .load: .loadPage
    case .store: .storePage
    }
  }

  var accessFault: ExceptionCause {
    switch self {
    case .fetch: .instructionAccess
    case .load: .loadAccess
    case .store: .storeAccess
    }
  }

  var misaligned: ExceptionCause {
    switch self {
    case .fetch: .instructionMisaligned
    case .load: .loadMisaligned
    case .store: .storeMisaligned
    }
  }
}

/// A page-table entry (privileged specification, "Sv39: Page-Based 39-bit Virtual-Memory System").
enum PTE {
  static let valid: UInt64 = 1
  static let read: UInt64 = 2
  static let write: UInt64 = 4
  static let execute: UInt64 = 8
  static let user: UInt64 = 16
  static let accessed: UInt64 = 64
  static let dirty: UInt64 = 128
  static let reserved: UInt64 = 0x7f << 54
  static let memoryType: UInt64 = 3 << 61
  static let napot: UInt64 = 1 << 63

  /// The page number in `entry`.
  static func number(_ entry: UInt64) -> UInt64 { entry.bits(10, 44) }

  /// Whether `entry` maps a page; else it points to a table, if it is well formed.
  static func isLeaf(_ entry: UInt64) -> Bool { entry & (read | execute) != 0 }

  /// Whether what is no leaf has no bits of one.
  static func isPointer(_ entry: UInt64) -> Bool { entry & (dirty | accessed | user | memoryType | napot) == 0 }

  /// Validity and reserved bits of `entry` at `level`, with Svpbmt and Svnapot.
  static func isWellFormed(_ entry: UInt64, _ level: Int, allowsMemoryTypes: Bool) -> Bool {
    guard entry & valid != 0, entry & (read | write) != write, entry & reserved == 0 else { return false }
    if entry & memoryType != 0 {
      guard allowsMemoryTypes, entry & memoryType != memoryType else { return false }
    }
    if entry & napot != 0, isLeaf(entry) { return level == 0 && entry.bits(10, 4) == 8 }
    return true
  }

  /// What the leaf `entry` at `level` makes of virtual `address`; `nil` when it is a great page that is not aligned.
  static func physicalAddress(_ entry: UInt64, _ level: Int, of address: UInt64) -> UInt64? {
    let spanned = UInt64.lowBits(9 * level + 1) >> 1
    guard number(entry) & spanned == 0 else { return nil }
    let low = entry & napot != 0 ? 15 : spanned
    let page = (number(entry) & ~low) | (address >> 12 & low)
    return page << 12 | address & 4095
  }
}

extension Engine {
  /// A virtual address made physical.
  struct Translation {
    var physical: UInt64
    /// Whether the same holds for all of the page, for accesses of this kind.
    var isWholePage: Bool
  }

  /// Translates `address` for an access of `count` bytes within one page. On failure `core.exception` is set, with
  /// `reported` as the address it tells of. A trial changes nothing else, not even an accessed bit.
  func translate(
    _ address: UInt64, count: UInt64, _ kind: AccessKind, reported: UInt64? = nil, isTrial: Bool = false
  ) -> Translation? {
    let privilege = kind == .fetch ? hart.pointee.privilege : core.pointee.dataPrivilege
    let told = reported ?? address
    var physical = address
    if privilege != .machine, hart.pointee.csr.satp >> 60 != 0 {
      guard let walked = walk(address, kind, privilege, told, isTrial) else { return nil }
      physical = walked
    }
    let page = physical & ~4095
    let permissions = core.pointee.protection.permissions(page, page | 4095, privilege)
    if permissions == ProtectionMap.mixed {
      guard core.pointee.protection.permits(physical, physical &+ count &- 1, privilege, kind.permission) else {
        return fault(kind.accessFault, told)
      }
      return Translation(physical: physical, isWholePage: false)
    }
    guard permissions & kind.permission != 0 else { return fault(kind.accessFault, told) }
    return Translation(physical: physical, isWholePage: true)
  }

  /// Sets the exception; returns `nil` for convenience.
  func fault(_ cause: ExceptionCause, _ value: UInt64) -> Translation? {
    core.pointee.exception = Exception(cause: cause, value: value)
    return nil
  }

  /// Walks the page table ("Virtual Address Translation Process"). The numbers in comments are that section's steps.
  private func walk(
    _ address: UInt64, _ kind: AccessKind, _ privilege: Privilege, _ told: UInt64, _ isTrial: Bool
  ) -> UInt64? {
    let satp = hart.pointee.csr.satp
    let levels = Int(satp >> 60) - 5
    func pageFault() -> UInt64? {
      _ = fault(kind.pageFault, told)
      return nil
    }
    guard address.signExtended(from: 12 + 9 * levels) == address else { return pageFault() }
    if !isTrial { reserveWatches() }
    var table = (satp & UInt64.lowBits(44)) << 12
    var level = levels - 1
    while true {
      let entryAddress = table &+ address.bits(12 + 9 * level, 9) * 8
      guard let offset = memoryOffset(entryAddress), isPermitted(entryAddress, PMP.read) else {
        _ = fault(kind.accessFault, told)
        return nil
      }
      let place = core.pointee.memoryBase + Int(offset)
      let entry = UInt64(littleEndian: place.load(as: UInt64.self))  // 2
      guard PTE.isWellFormed(entry, level, allowsMemoryTypes: allowsMemoryTypes) else { return pageFault() }  // 3
      if !PTE.isLeaf(entry) {  // 4
        guard PTE.isPointer(entry), level > 0 else { return pageFault() }
        if !isTrial { watch(offset) }
        table = PTE.number(entry) << 12
        level -= 1
        continue
      }
      guard permits(entry, kind, privilege) else { return pageFault() }  // 5, 8
      guard let physical = PTE.physicalAddress(entry, level, of: address) else { return pageFault() }  // 6
      let update = AccessedUpdate(entry: entry, place: place, offset: offset, address: entryAddress)
      guard updateAccessed(update, kind, for: address, isTrial) else {  // 7, 9
        core.pointee.exception.value = told
        return nil
      }
      if !isTrial { watch(offset, lastOf: level == 0 ? address : nil) }
      return physical
    }
  }

  private var allowsMemoryTypes: Bool {
    hart.pointee.csr.menvcfg & EnvironmentConfiguration.pbmte != 0
  }

  private func permits(_ entry: UInt64, _ kind: AccessKind, _ privilege: Privilege) -> Bool {
    let status = hart.pointee.csr.mstatus
    if entry & PTE.user != 0 {
      if privilege == .supervisor, kind == .fetch || status & MStatus.sum == 0 { return false }
    } else if privilege == .user {
      return false
    }
    switch kind {
    case .fetch: return entry & PTE.execute != 0
    case .load: return entry & PTE.read != 0 || (status & MStatus.mxr != 0 && entry & PTE.execute != 0)
    case .store: return entry & PTE.write != 0
    }
  }

  /// A page-table entry in memory: its value, its host address, its offset, its guest-physical address.
  private struct AccessedUpdate {
    let entry: UInt64
    let place: UnsafeMutableRawPointer
    let offset: UInt64
    let address: UInt64
  }

  /// Sets the accessed and dirty bits where hardware does (Svadu), in a walk for virtual `address`. Returns false for a
  /// fault, whose cause it has set in `core.exception`.
  private func updateAccessed(
    _ update: AccessedUpdate, _ kind: AccessKind, for address: UInt64, _ isTrial: Bool
  ) -> Bool {
    let (entry, offset) = (update.entry, update.offset)
    let wanted = PTE.accessed | (kind == .store ? PTE.dirty : 0)
    guard entry & wanted != wanted else { return true }
    core.pointee.exception.cause = kind.pageFault
    guard hart.pointee.csr.menvcfg & EnvironmentConfiguration.adue != 0 else { return false }
    guard isPermitted(update.address, PMP.write),
      core.pointee.pageFlags[Int(offset / 4096)] & Memory.PageFlags.readOnly == 0
    else {
      core.pointee.exception.cause = kind.accessFault
      return false
    }
    if isTrial { return true }
    update.place.storeBytes(of: (entry | wanted).littleEndian, as: UInt64.self)
    noteTableWrite(update.address, for: address)
    markWritten(Int(offset / 4096))
    // Setting these bits takes nothing from any translation, so no watch is asked; decoded code is another matter.
    codeWasWritten(Int(offset / 4096), offset: Int(offset % 4096), count: 8)
    return true
  }

  /// Whether page-table walks, which have supervisor privilege, may touch the 8 bytes at `address`.
  private func isPermitted(_ address: UInt64, _ permission: UInt8) -> Bool {
    core.pointee.protection.permits(address, address &+ 7, .supervisor, permission)
  }

  /// The offset in host memory of guest-physical `address`, when it is memory.
  @inline(__always)
  func memoryOffset(_ address: UInt64) -> UInt64? {
    let inRAM = address &- core.pointee.ramBase
    if inRAM < core.pointee.ramSize { return inRAM &+ core.pointee.romSize }
    let inROM = address &- core.pointee.romBase
    return inROM < core.pointee.romSize ? inROM : nil
  }

  func markWritten(_ page: Int) {
    if core.pointee.pageFlags[page] & Memory.PageFlags.written == 0 {
      core.pointee.memory._withUnsafeGuaranteedRef { $0.markWritten(page) }
    }
  }
}
