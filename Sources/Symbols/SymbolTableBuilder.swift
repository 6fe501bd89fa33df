/// Symbols on their way into a table.
struct SymbolTableBuilder {
  struct Entry {
    var address: UInt64
    var size: UInt64?
    var type: UInt8
    /// How much it says of its address, compared with others of the same: less is better.
    var rank: UInt8
    var name: Range<Int>
  }

  private(set) var entries: [Entry] = []
  private(set) var nameBytes: [UInt8] = []

  /// The most bytes of names that are kept: places in them are 32 bits wide.
  static let nameBytesMax = 1 << 30

  /// Adds a symbol; false when there is no more room for names.
  mutating func add(
    name: some Collection<UInt8>, address: UInt64, size: UInt64? = nil, type: UInt8, rank: UInt8 = 0
  ) -> Bool {
    let start = nameBytes.count
    guard name.count <= Self.nameBytesMax - start, entries.count < Int(Int32.max) else { return false }
    nameBytes += name
    entries.append(Entry(address: address, size: size, type: type, rank: rank, name: start..<nameBytes.count))
    return true
  }

  /// The places of the entries in ascending order of addresses, then ranks, then as they were added.
  func order() -> [Int] {
    entries.indices.sorted {
      let (one, other) = (entries[$0], entries[$1])
      return (one.address, one.rank, $0) < (other.address, other.rank, $1)
    }
  }
}
