/// Page tables for test guests, built before the start (privileged specification, "Sv39: Page-Based 39-bit
/// Virtual-Memory System").
public struct PageTables: Sendable {
  /// Bits of an entry.
  public enum Bits {
    /// The bit V.
    public static let valid: UInt64 = 1
    /// The bit R.
    public static let read: UInt64 = 2
    /// The bit W.
    public static let write: UInt64 = 4
    /// The bit X.
    public static let execute: UInt64 = 8
    /// The bit U.
    public static let user: UInt64 = 16
    /// The bit A.
    public static let accessed: UInt64 = 64
    /// The bit D.
    public static let dirty: UInt64 = 128
    /// The bit N.
    public static let napot: UInt64 = 1 << 63
    /// A leaf that allows a supervisor everything and needs no update.
    public static let all: UInt64 = valid | read | write | execute | accessed | dirty
  }

  /// The entry that points to `physical`.
  public static func entry(_ physical: UInt64, _ bits: UInt64) -> UInt64 { (physical & ~4095) >> 2 | bits }

  /// How many levels: 3, 4 or 5.
  public let levels: Int
  /// The address of the root.
  public let root: UInt64
  private var tables: [(address: UInt64, entries: [UInt64])]
  private var nextTable: UInt64

  /// Empty tables of `levels`, the first at `root` and others behind it.
  public init(levels: Int = 3, root: UInt64) {
    (self.levels, self.root) = (levels, root)
    tables = [(root, [UInt64](repeating: 0, count: 512))]
    nextTable = root + 4096
  }

  /// The value of `satp` that uses them.
  public var satp: UInt64 { UInt64(levels + 5) << 60 | root >> 12 }

  /// Maps the page of `level` (0 for 4 KiB) at `virtual` to `physical`.
  /// - Returns: the address of its entry.
  @discardableResult
  public mutating func map(_ virtual: UInt64, to physical: UInt64, _ bits: UInt64, level: Int = 0) -> UInt64 {
    set(virtual, level: level, entry: Self.entry(physical, bits))
  }

  /// Sets the entry of `level` for `virtual`, making tables on the way.
  /// - Returns: the address of the entry.
  @discardableResult
  public mutating func set(_ virtual: UInt64, level: Int, entry: UInt64) -> UInt64 {
    var number = 0
    for above in stride(from: levels - 1, to: level, by: -1) {
      let index = Int(virtual >> UInt64(12 + 9 * above) & 511)
      let old = tables[number].entries[index]
      if old & 1 != 0, let known = tables.firstIndex(where: { $0.address == (old & ~0x3ff) << 2 }) {
        number = known
        continue
      }
      tables[number].entries[index] = Self.entry(nextTable, Bits.valid)
      tables.append((nextTable, [UInt64](repeating: 0, count: 512)))
      number = tables.count - 1
      nextTable += 4096
    }
    let index = Int(virtual >> UInt64(12 + 9 * level) & 511)
    tables[number].entries[index] = entry
    return tables[number].address + UInt64(index) * 8
  }

  /// Maps `pages` pages one to one.
  public mutating func mapIdentity(_ address: UInt64, pages: Int, _ bits: UInt64 = Bits.all) {
    for page in 0..<UInt64(pages) { map(address + page * 4096, to: address + page * 4096, bits) }
  }

  /// What is to be put into memory.
  public var contents: [(address: UInt64, bytes: [UInt8])] {
    tables.map { table in
      var bytes: [UInt8] = []
      for entry in table.entries {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: entry >> shift)) }
      }
      return (table.address, bytes)
    }
  }
}

extension PageTables {
  /// Tables that map the first 64 KiB of RAM, without themselves, and the finisher one to one.
  public static func identity(levels: Int = 3, root: UInt64, _ bits: UInt64 = Bits.all) -> PageTables {
    var tables = PageTables(levels: levels, root: root)
    tables.mapIdentity(Guest.codeBase, pages: 16, bits)
    tables.mapIdentity(Guest.finisher, pages: 1, bits)
    return tables
  }
}
