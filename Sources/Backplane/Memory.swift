internal import CPages
public import StateCoding

/// Guest memory: one run of 4 KiB pages in the host's memory, read-only pages first, with what is known of each page.
///
/// Page numbers, not addresses, name pages here: page 0 is the first page of the read-only region, and RAM follows it.
public final class Memory {
  /// Bytes in a page.
  public static let pageSize: UInt64 = 4096

  /// What is known of a page, one byte each. A store may skip the slow path only when the byte is exactly `written`.
  public struct PageFlags {
    /// Written since the last digest.
    public static let written: UInt8 = 1
    /// Holds code that an engine has decoded.
    public static let code: UInt8 = 2
    /// Holds page-table entries that an engine has read.
    public static let pageTable: UInt8 = 4
    /// Cannot be written by the guest.
    public static let readOnly: UInt8 = 8
  }

  /// The guest-physical address of the read-only region.
  public let romBase: UInt64
  /// The size of the read-only region in bytes, a multiple of the page size.
  public let romSize: UInt64
  /// The guest-physical address of RAM.
  public let ramBase: UInt64
  /// The size of RAM in bytes, a multiple of the page size.
  public let ramSize: UInt64
  /// The host address of page 0.
  public let base: UnsafeMutableRawPointer
  /// One byte of `PageFlags` for each page.
  public let flags: UnsafeMutablePointer<UInt8>
  /// How many pages there are.
  public let pageCount: Int
  /// Changes when something other than a hart's store has changed memory or flags: engines then drop all they have
  /// cached.
  public private(set) var generation: UInt64 = 0
  var tree: PageDigests
  private var changes: PageSet
  /// Pages written since `takeWrittenPages`, for who has asked for them.
  private var kept: PageSet?

  /// Zero-filled memory.
  /// - Returns: `nil` when the host has no address space for it.
  public init?(romBase: UInt64, romSize: UInt64, ramBase: UInt64, ramSize: UInt64) {
    let page = Self.pageSize
    precondition((romBase | romSize | ramBase | ramSize) % page == 0 && ramSize > 0, "memory comes in whole pages")
    (self.romBase, self.romSize, self.ramBase, self.ramSize) = (romBase, romSize, ramBase, ramSize)
    let (size, overflow) = romSize.addingReportingOverflow(ramSize)
    guard !overflow, let byteCount = Int(exactly: size), let base = pages_zeroed(byteCount) else { return nil }
    pageCount = byteCount / Int(page)
    guard let flags = pages_zeroed(pageCount) else {
      pages_release(base, byteCount)
      return nil
    }
    self.base = base
    self.flags = flags.assumingMemoryBound(to: UInt8.self)
    tree = PageDigests(pageCount: pageCount)
    changes = PageSet(pageCount: pageCount)
    for index in 0..<Int(romSize / page) { self.flags[index] = PageFlags.readOnly }
  }

  deinit {
    pages_release(base, Int(romSize + ramSize))
    pages_release(flags, pageCount)
  }

  /// The byte offset from `base` of guest-physical `address`, when `count` bytes from there lie in one region.
  @inline(__always)
  public func offset(of address: UInt64, count: UInt64) -> UInt64? {
    let inRAM = address &- ramBase
    if inRAM < ramSize, ramSize &- inRAM >= count { return inRAM &+ romSize }
    let inROM = address &- romBase
    if inROM < romSize, romSize &- inROM >= count { return inROM }
    return nil
  }

  /// The guest-physical address of page `index`.
  public func address(ofPage index: Int) -> UInt64 {
    let offset = UInt64(index) * Self.pageSize
    return offset < romSize ? romBase + offset : ramBase + (offset - romSize)
  }

  /// Copies `count` bytes out from guest-physical `address`; `nil` when they do not all lie in one region.
  public func read(_ address: UInt64, count: Int) -> [UInt8]? {
    guard count >= 0, let offset = offset(of: address, count: UInt64(count)) else { return nil }
    return Array(UnsafeRawBufferPointer(start: base + Int(offset), count: count))
  }

  /// Copies `bytes` to guest-physical `address` from outside the machine, read-only region included: for loading images
  /// and for DMA. Engines drop their caches.
  /// - Returns: false, with nothing changed, when they do not all lie in one region.
  @discardableResult
  public func write(_ address: UInt64, _ bytes: [UInt8]) -> Bool {
    guard let offset = offset(of: address, count: UInt64(bytes.count)) else { return false }
    guard !bytes.isEmpty else { return true }
    bytes.withUnsafeBytes { source in
      guard let start = source.baseAddress else { return }
      (base + Int(offset)).copyMemory(from: start, byteCount: source.count)
    }
    for index in Int(offset / Self.pageSize)...Int((offset + UInt64(bytes.count) - 1) / Self.pageSize) {
      markWritten(index)
    }
    generation += 1
    return true
  }

  /// Notes that page `index` has been written since the last digest.
  @inline(__always)
  public func markWritten(_ index: Int) {
    if flags[index] & PageFlags.written == 0 {
      flags[index] |= PageFlags.written
      tree.note(index)
    }
  }

  /// The digest of all of memory, brought up to date from the pages written since it was last asked for. Engines drop
  /// their caches of writable pages, because every first write to a page must be noticed again.
  public func digest() -> Digest {
    let written = tree.takeNoted()
    for index in written {
      flags[index] &= ~PageFlags.written
      changes.insert(index)
      kept?.insert(index)
    }
    if !written.isEmpty { writeEpoch += 1 }
    tree.update(written, base: base)
    return tree.root()
  }

  /// Changes when pages marked as written have been marked as not written: cached permission to write is then void.
  public private(set) var writeEpoch: UInt64 = 0

  /// The pages written since this was last called, ascending, and forgets them. A page that was written with what it
  /// held before is one of them. Brings the digest up to date, so engines drop what they do there.
  public func takeChanges() -> [Int] {
    _ = digest()
    return changes.take()
  }

  /// Keeps the pages that are written from now on, besides `takeChanges`, for `takeWrittenPages`.
  func keepWrittenPages() {
    _ = digest()
    kept = PageSet(pageCount: pageCount)
  }

  /// The pages written since `keepWrittenPages` or since this was last called, ascending.
  func takeWrittenPages() -> [Int] {
    _ = digest()
    return kept?.take() ?? []
  }

  /// Takes over all that is in `other`, a memory of the same shape. Engines drop their caches.
  func become(_ other: Memory) {
    precondition(pageCount == other.pageCount && romSize == other.romSize, "a copy has the shape of the original")
    pages_clear(base, Int(romSize + ramSize))
    tree = PageDigests(pageCount: pageCount)
    for index in 0..<pageCount {
      flags[index] &= PageFlags.readOnly
      guard other.flags[index] & PageFlags.written != 0 || other.tree.isKnownNonzero(index) else { continue }
      (base + index * 4096).copyMemory(from: other.base + index * 4096, byteCount: 4096)
      markWritten(index)
    }
    generation += 1
    writeEpoch += 1
  }

  /// The digest of page `index` when memory was last digested.
  public func digest(ofPage index: Int) -> Digest { tree.digest(of: index) }

  /// The bytes of page `index`. Valid until memory is next changed.
  public func page(_ index: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: base + index * Int(Self.pageSize), count: Int(Self.pageSize))
  }

  /// Puts other contents into the pages of `indices`, the read-only ones too: `fill` is handed the place of each. None
  /// of them counts as a change. Engines drop their caches of what they replace.
  public func replacePages<Failure: Error>(
    _ indices: [Int], _ fill: (_ index: Int, _ place: UnsafeMutableRawPointer) throws(Failure) -> Void
  ) throws(Failure) {
    guard !indices.isEmpty else { return }
    for index in indices {
      if flags[index] & (PageFlags.code | PageFlags.pageTable) != 0 { generation += 1 }
      markWritten(index)
    }
    defer {
      _ = digest()
      changes.remove(indices)
    }
    for index in indices { try fill(index, base + index * Int(Self.pageSize)) }
  }

  /// A full copy of the pages that are not all zero.
  public func save() -> SavedMemory {
    var pages: [SavedMemory.Page] = []
    for index in 0..<pageCount {
      let page = UnsafeRawBufferPointer(start: base + index * 4096, count: 4096)
      if flags[index] & PageFlags.written != 0 || tree.isKnownNonzero(index), page.contains(where: { $0 != 0 }) {
        pages.append(SavedMemory.Page(index: index, bytes: Array(page)))
      }
    }
    return SavedMemory(pageCount: pageCount, pages: pages)
  }

  /// Makes memory what it was at `save()`. Engines drop their caches.
  /// - Parameter saved: what a memory of this size saved.
  public func restore(_ saved: SavedMemory) {
    precondition(saved.pageCount == pageCount, "what was saved is of a memory of another size")
    pages_clear(base, Int(romSize + ramSize))
    for page in saved.pages {
      page.bytes.withUnsafeBytes { source in
        guard let start = source.baseAddress else { return }
        (base + page.index * 4096).copyMemory(from: start, byteCount: 4096)
      }
    }
    for index in 0..<pageCount {
      flags[index] &= PageFlags.readOnly
      if tree.isKnownNonzero(index) { changes.insert(index) }
    }
    tree = PageDigests(pageCount: pageCount)
    for page in saved.pages { markWritten(page.index) }
    generation += 1
    writeEpoch += 1
  }
}

/// The contents of memory at one moment.
public struct SavedMemory: Equatable, Sendable {
  struct Page: Equatable, Sendable {
    let index: Int
    let bytes: [UInt8]
  }
  let pageCount: Int
  let pages: [Page]
}
