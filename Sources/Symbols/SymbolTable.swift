/// A symbol.
public struct Symbol: Hashable, Sendable {
  /// Its name.
  public var name: String
  /// Where it is.
  public var address: UInt64
  /// Bytes from it on that are its own, where that is known.
  public var size: UInt64?
  /// What it is, as `nm` writes it: `T` code, `D` data, `R` constants, `B` zeroed data, `W` and `V` weak, `A` a number
  /// that is no address. Lower case: it is local, and others may have its name.
  public var type: Character

  /// A symbol.
  public init(_ name: String, address: UInt64, size: UInt64? = nil, type: Character) {
    (self.name, self.address, self.size, self.type) = (name, address, size, type)
  }

  /// Whether it is code.
  public var isCode: Bool { "tTwW".contains(type) }
}

/// The symbols of one file by the addresses it was linked to, and its lines of source where it has them.
///
/// Looking up an address or a name takes time that grows with the logarithm of the number of symbols. A symbol takes
/// about 30 bytes and its name; lines are read when the first is asked for.
public struct SymbolTable: Sendable {
  /// Bytes that belong together: a section, or a whole kernel. Symbols say nothing of addresses outside their own.
  let regions: [Range<UInt64>]
  // In ascending order of addresses; of the same address, the one that says most comes first.
  private let addresses: [UInt64]
  private let sizes: [UInt32]
  private let types: [UInt8]
  private let nameStarts: [UInt32]
  private let nameBytes: [UInt8]
  /// For each symbol, the one that stands for the addresses behind it: an earlier one where it has the same address
  /// or is no address.
  private let spokesmen: [UInt32]
  /// A hash of the name above the number of the symbol, ascending.
  private let byName: [UInt64]
  private let lines: DebugLines?

  private static let nobody = UInt32.max
  private static let unknownSize = UInt32.max

  init(_ builder: consuming SymbolTableBuilder, regions: [Range<UInt64>], lines: DebugLines?) {
    let order = builder.order()
    self.regions = Self.merged(regions)
    self.lines = lines
    addresses = order.map { builder.entries[$0].address }
    types = order.map { builder.entries[$0].type }
    sizes = order.map { UInt32(clamping: builder.entries[$0].size ?? UInt64.max) }
    var names: [UInt8] = []
    var starts: [UInt32] = [0]
    names.reserveCapacity(builder.nameBytes.count)
    starts.reserveCapacity(order.count + 1)
    for index in order {
      names += builder.nameBytes[builder.entries[index].name]
      starts.append(UInt32(names.count))
    }
    (nameBytes, nameStarts) = (names, starts)
    var spokesmen = [UInt32](repeating: Self.nobody, count: order.count)
    for index in order.indices {
      let before = index > 0 ? spokesmen[index - 1] : Self.nobody
      let isTaken = before != Self.nobody && addresses[Int(before)] == addresses[index]
      spokesmen[index] = isTaken || types[index] | 0x20 == UInt8(ascii: "a") ? before : UInt32(index)
    }
    self.spokesmen = spokesmen
    byName = order.indices.map { index in
      UInt64(Self.hash(names[Int(starts[index])..<Int(starts[index + 1])])) << 32 | UInt64(index)
    }.sorted()
  }

  /// How many symbols there are.
  public var count: Int { addresses.count }

  /// Whether lines of source are known too.
  public var hasLines: Bool { lines != nil }

  /// Symbol `index`, counted from zero in ascending order of addresses.
  public subscript(index: Int) -> Symbol {
    Symbol(
      name(index), address: addresses[index], size: sizes[index] == Self.unknownSize ? nil : UInt64(sizes[index]),
      type: Character(Unicode.Scalar(types[index])))
  }

  /// The symbols that are called `name`, in ascending order of addresses. Where one of them is not local, those that
  /// are local are left out.
  public func symbols(named name: String) -> [Symbol] {
    let wanted = Array(name.utf8)
    let hash = Self.hash(wanted[...])
    var place = Self.firstIndex(byName.count) { byName[$0] >> 32 >= UInt64(hash) }
    var found: [Symbol] = []
    while place < byName.count, byName[place] >> 32 == UInt64(hash) {
      let index = Int(truncatingIfNeeded: byName[place] & 0xffff_ffff)
      if nameBytes[nameRange(index)].elementsEqual(wanted) { found.append(self[index]) }
      place += 1
    }
    let globals = found.filter(\.type.isUppercase)
    return globals.isEmpty ? found : globals
  }

  /// The address of the only symbol that is called `name`; `nil` when there is none, or when there are several at
  /// different addresses, none of which is the only one that is not local.
  public func address(of name: String) -> UInt64? {
    let found = symbols(named: name)
    guard let first = found.first, found.allSatisfy({ $0.address == first.address }) else { return nil }
    return first.address
  }

  /// The last symbol at or before `address`, of the same section, and the bytes between.
  public func symbol(at address: UInt64) -> (name: String, offset: UInt64)? {
    guard let region = region(of: address) else { return nil }
    let behind = Self.firstIndex(addresses.count) { addresses[$0] > address }
    guard behind > 0, spokesmen[behind - 1] != Self.nobody else { return nil }
    let index = Int(spokesmen[behind - 1])
    guard addresses[index] >= region.lowerBound else { return nil }
    return (name(index), address - addresses[index])
  }

  /// The line of source that `address` was compiled from.
  public func line(at address: UInt64) -> SourceLine? {
    guard region(of: address) != nil else { return nil }
    return lines?.line(at: address)
  }

  /// The symbols whose names match `pattern`, in ascending order of addresses, at most `limit`. In the pattern, `*`
  /// stands for any characters and `?` for any one.
  public func symbols(matching pattern: String, limit: Int = .max) -> [Symbol] {
    let pattern = Array(pattern.utf8)
    var found: [Symbol] = []
    for index in addresses.indices where found.count < limit {
      if Glob.matches(nameBytes[nameRange(index)], pattern[...]) { found.append(self[index]) }
    }
    return found
  }

  // MARK: - Parts

  private func nameRange(_ index: Int) -> Range<Int> { Int(nameStarts[index])..<Int(nameStarts[index + 1]) }

  private func name(_ index: Int) -> String { String(decoding: nameBytes[nameRange(index)], as: UTF8.self) }

  func region(of address: UInt64) -> Range<UInt64>? {
    let behind = Self.firstIndex(regions.count) { regions[$0].lowerBound > address }
    return behind > 0 && regions[behind - 1].contains(address) ? regions[behind - 1] : nil
  }

  /// The first of `count` numbers for which `isBehind` is true; it is false before and true from there on.
  private static func firstIndex(_ count: Int, where isBehind: (Int) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isBehind(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// `regions` in ascending order without overlaps: of a byte that two claim, the first keeps it.
  private static func merged(_ regions: [Range<UInt64>]) -> [Range<UInt64>] {
    var merged: [Range<UInt64>] = []
    for region in regions.sorted(by: { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }) {
      let start = max(region.lowerBound, merged.last?.upperBound ?? 0)
      if start < region.upperBound { merged.append(start..<region.upperBound) }
    }
    return merged
  }

  /// FNV-1a, 32 bits.
  private static func hash(_ name: ArraySlice<UInt8>) -> UInt32 {
    name.reduce(0x811c_9dc5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
  }
}

/// Patterns with `*` and `?`.
enum Glob {
  /// Whether `text` as a whole matches `pattern`. Takes time of the product of their lengths at worst.
  static func matches(_ text: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
    var (place, wanted) = (text.startIndex, pattern.startIndex)
    var retry: (place: Int, wanted: Int)?
    while place < text.endIndex {
      if wanted < pattern.endIndex, pattern[wanted] == UInt8(ascii: "*") {
        retry = (place, wanted + 1)
        wanted += 1
      } else if wanted < pattern.endIndex, pattern[wanted] == UInt8(ascii: "?") || pattern[wanted] == text[place] {
        (place, wanted) = (place + 1, wanted + 1)
      } else if let again = retry {
        retry = (again.place + 1, again.wanted)
        (place, wanted) = (again.place + 1, again.wanted)
      } else {
        return false
      }
    }
    return pattern[wanted...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
