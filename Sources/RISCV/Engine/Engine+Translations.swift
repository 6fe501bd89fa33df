internal import Backplane

// The translation caches, and what keeps them coherent: a store to a page-table entry that a cached translation rests
// on drops the translations; a store to a page with decoded code drops the code (DESIGN §4).

extension Engine {
  private static let nothing = TranslationEntry(tag: .max, value: 0)

  private func clear(_ entries: UnsafeMutablePointer<TranslationEntry>, _ count: Int) {
    entries.update(repeating: Self.nothing, count: count)
  }

  /// Points the dispatch loop at the translations of the present mode.
  func selectBanks() {
    let status = hart.pointee.csr.mstatus
    let privilege = hart.pointee.privilege
    var data = privilege
    if privilege == .machine, status & MStatus.mprv != 0 {
      data = Privilege(rawValue: UInt8((status & MStatus.mpp) >> 11)) ?? .machine
    }
    core.pointee.dataPrivilege = data
    let bank: Core.DataBank =
      switch data {
      case .machine: .machine
      case .supervisor: status & MStatus.sum != 0 ? .supervisorUserMemory : .supervisor
      case .user: .user
      }
    let count = Core.translationCount
    core.pointee.readEntries = core.pointee.dataBanks + bank.rawValue * 2 * count
    core.pointee.writeEntries = core.pointee.readEntries + count
    let fetchBank = privilege == .machine ? 0 : privilege == .supervisor ? 1 : 2
    core.pointee.fetchEntries = core.pointee.fetchBanks + fetchBank * count
    core.pointee.clockIsReadable = hart.isCounterEnabled(CSRNumber.time & 31)
    core.pointee.floatIsReady = status & MStatus.fs == MStatus.fs && hart.pointee.csr.frm == 0
  }

  /// Forgets every translation, and works out the protections anew.
  func dropTranslations() {
    core.pointee.protection.update(hart.pointee.csr)
    dropDataTranslations()
    dropFetchTranslations()
    dropWatches()
  }

  /// Forgets which page-table entries translations rest on; there must be no translations left.
  private func dropWatches() {
    for watch in 0..<core.pointee.watchesUsed {
      let page = Int(core.pointee.pageOfWatch[watch])
      core.pointee.watchOfPage[page] = 0
      core.pointee.pageFlags[page] &= ~Memory.PageFlags.pageTable
    }
    core.pointee.watchesUsed = 0
  }

  /// Forgets the translations for loads and stores.
  func dropDataTranslations() {
    clear(core.pointee.dataBanks, Core.displacedDistance * 2)
    dropDeviceTranslations()
  }

  private func dropDeviceTranslations() {
    core.pointee.deviceLoad.tag = .max
    core.pointee.deviceStore.tag = .max
  }

  func dropFetchTranslations() { clear(core.pointee.fetchBanks, Core.translationCount * 3) }

  /// Forgets which pages may be written without a look at their flags.
  func dropWriteTranslations() {
    let count = Core.translationCount
    for bank in 0..<Core.DataBank.count {
      let entries = core.pointee.dataBanks + (bank * 2 + 1) * count
      clear(entries, count)
      clear(entries + Core.displacedDistance, count)
    }
  }

  /// Forgets everything.
  func dropAll() {
    core.pointee.protectionIsStale = true
    dropDataTranslations()
    dropCode()
  }

  /// Forgets everything and takes its marks off the pages of memory, so that stores to them are fast for whoever is
  /// next.
  func leaveMemory() {
    dropAll()
    dropWatches()
  }

  /// Makes sure that one walk finds watches enough: dropping translations in the middle would forget its own. The run
  /// under way must then end, because nothing watches the translation of its code any more.
  func reserveWatches() {
    guard core.pointee.watchesUsed + 5 > core.pointee.watchCount else { return }
    dropTranslations()
    core.pointee.mustLeave = true
  }

  /// Notes that a translation about to be cached rests on the page-table entry at `offset`: as its last, if it is of
  /// the one page at `address`.
  func watch(_ offset: UInt64, lastOf address: UInt64? = nil) {
    let page = Int(offset / 4096)
    var number = Int(core.pointee.watchOfPage[page])
    if number == 0 {
      precondition(core.pointee.watchesUsed < core.pointee.watchCount, "a walk begins with watches to spare")
      core.pointee.watchesUsed += 1
      number = core.pointee.watchesUsed
      core.pointee.watchOfPage[page] = UInt32(number)
      core.pointee.pageOfWatch[number - 1] = UInt32(page)
      (core.pointee.watches + (number - 1) * 8).update(repeating: 0, count: 8)
      core.pointee.pageFlags[page] |= Memory.PageFlags.pageTable
      dropWriteTranslations()
    }
    let entry = Int(offset % 4096) / 8
    let bit: UInt64 = 1 << UInt64(entry % 64)
    let word = core.pointee.watches + ((number - 1) * 8 + entry / 64)
    let dependent = core.pointee.dependents + ((number - 1) * 512 + entry)
    let mapped = address.map { $0 & ~4095 } ?? Core.manyPages
    dependent.pointee = word.pointee & bit == 0 || dependent.pointee == mapped ? mapped : Core.manyPages
    word.pointee |= bit
  }

  /// Forgets the translations of the page at `page`, in all modes.
  private func dropTranslations(ofPage page: UInt64) {
    let index = Int(truncatingIfNeeded: page >> 12) & (Core.translationCount - 1)
    dropDeviceTranslations()
    for part in 0..<Core.DataBank.count * 4 {
      let entry = core.pointee.dataBanks + (part * Core.translationCount + index)
      if entry.pointee.tag == page { entry.pointee = Self.nothing }
    }
    for part in 0..<3 {
      let entry = core.pointee.fetchBanks + (part * Core.translationCount + index)
      if entry.pointee.tag == page { entry.pointee = Self.nothing }
    }
  }

  /// A store has changed `count` bytes at `offset` in `page`, which holds page-table entries.
  /// Drops the translations that rest on them, and sets `core.mustLeave`, if there may be any.
  private func tableWasWritten(_ page: Int, offset: Int, count: Int) {
    let number = Int(core.pointee.watchOfPage[page])
    guard number != 0 else { return }
    for entry in (offset / 8)...((offset + count - 1) / 8) {
      let word = core.pointee.watches + ((number - 1) * 8 + entry / 64)
      let bit: UInt64 = 1 << UInt64(entry % 64)
      guard word.pointee & bit != 0 else { continue }
      core.pointee.mustLeave = true
      if core.pointee.fault == .staleTranslation, core.pointee.translates { continue }
      let page = core.pointee.dependents[(number - 1) * 512 + entry]
      guard page != Core.manyPages else { return dropTranslations() }
      dropTranslations(ofPage: page)
      word.pointee &= ~bit
    }
  }

  /// A hart has stored `count` bytes at `offset` in `page`. Sets `core.mustLeave` when the run must end, because code
  /// or translations have been dropped.
  func wasWritten(_ page: Int, offset: Int, count: Int) {
    let flags = core.pointee.pageFlags[page]
    if flags == Memory.PageFlags.written { return }
    markWritten(page)
    if flags & Memory.PageFlags.code != 0 { codeWasWritten(page, offset: offset, count: count) }
    if flags & Memory.PageFlags.pageTable != 0 { tableWasWritten(page, offset: offset, count: count) }
  }

  /// The ops for the code at `pc`, through the cache of fetch translations; `nil` with `core.exception` set.
  @inline(__always)
  func locate(_ pc: UInt64) -> UnsafeMutablePointer<Op>? {
    let entry = core.pointee.fetchEntries[Int(truncatingIfNeeded: pc >> 12) & (Core.translationCount - 1)]
    if entry.tag == pc & ~4095 {
      return UnsafeMutablePointer(bitPattern: entry.value &+ UInt((pc & 0xffe) << 3))
    }
    return locateSlowly(pc)
  }

  @inline(never)
  func locateSlowly(_ pc: UInt64) -> UnsafeMutablePointer<Op>? {
    // A run that stops before this instruction leaves its page's accessed bit alone.
    if hasBreakpoint(at: pc) { return guardOp() }
    guard let translation = translate(pc, count: 2, .fetch) else { return nil }
    guard let offset = memoryOffset(translation.physical) else {
      _ = fault(.instructionAccess, pc)
      return nil
    }
    // A page that the PMP permits only in part is executed one step at a time, each half checked. An instruction whose
    // fetch has set a bit in a page table that is watched is the last of this run.
    guard translation.isWholePage, !core.pointee.isHit else { return guardOp() }
    let ops = opsOfPage(Int(offset / 4096))
    let index = Int(truncatingIfNeeded: pc >> 12) & (Core.translationCount - 1)
    core.pointee.fetchEntries[index] = TranslationEntry(tag: pc & ~4095, value: UInt(bitPattern: ops))
    return ops + Int(pc & 0xffe) / 2
  }

  /// The instruction at `pc`, which may straddle two pages; `nil` with `core.exception` set.
  func fetchBits(_ pc: UInt64) -> UInt32? {
    guard let low = fetchHalf(pc, pc) else { return nil }
    guard low & 3 == 3 else { return low }
    guard let high = fetchHalf(pc &+ 2, pc &+ 2) else { return nil }
    return low | high << 16
  }

  private func fetchHalf(_ address: UInt64, _ told: UInt64) -> UInt32? {
    guard let translation = translate(address, count: 2, .fetch, reported: told) else { return nil }
    guard let offset = memoryOffset(translation.physical) else {
      _ = fault(.instructionAccess, told)
      return nil
    }
    // Decoded or not, the page now backs an instruction only for this step, so it needs no flag.
    return UInt32(UInt16(littleEndian: (core.pointee.memoryBase + Int(offset)).load(as: UInt16.self)))
  }
}
