/// The symbols of several files together, where each was put in memory.
public struct SymbolIndex: Sendable {
  /// The symbols of one file.
  public struct Source: Sendable {
    /// What people call it.
    public var name: String
    /// Its symbols, by the addresses it was linked to.
    public var table: SymbolTable
    /// How far it was moved from there; wraps around.
    public var slide: UInt64
    /// Other slides under which the same bytes are seen, such as physical memory. They help to say where an address is,
    /// and never give an address for a name.
    public var otherSlides: [UInt64]

    /// Symbols of a file.
    public init(name: String, table: SymbolTable, slide: UInt64 = 0, otherSlides: [UInt64] = []) {
      (self.name, self.table, self.slide, self.otherSlides) = (name, table, slide, otherSlides)
    }
  }

  /// The files. Where two say something of the same address, the nearer symbol counts, then the earlier file.
  public var sources: [Source]

  /// An index of `sources`.
  public init(_ sources: [Source] = []) { self.sources = sources }

  /// How many symbols there are.
  public var count: Int { sources.reduce(0) { $0 + $1.table.count } }

  /// Whether there are no symbols.
  public var isEmpty: Bool { count == 0 }

  /// The address of `name`: the name of a symbol, or one with a distance behind it, as in `start_kernel+0x3c`.
  /// - Throws: `SymbolLookupError` when no symbol is called so, or several at different addresses. A name that is not
  ///   local hides local ones.
  public func address(of name: String) throws(SymbolLookupError) -> UInt64 {
    let found = symbols(named: name)
    if let address = try Self.only(name, found) { return address }
    // The sign is looked for from the end, and only after the whole, because it may be in a name.
    if let sign = name.lastIndex(of: "+"), let distance = Self.number(name[name.index(after: sign)...]) {
      let base = String(name[..<sign])
      if let address = try Self.only(base, symbols(named: base)) { return address &+ distance }
    }
    throw .unknown(name, similar: similar(to: name))
  }

  /// The last symbol at or before `address`, and the bytes between.
  public func symbol(at address: UInt64) -> (name: String, offset: UInt64)? {
    var best: (name: String, offset: UInt64)?
    for (source, slide) in views {
      guard let found = source.table.symbol(at: address &- slide) else { continue }
      if found.offset < best?.offset ?? .max { best = found }
    }
    return best
  }

  /// The line of source that `address` was compiled from.
  public func line(at address: UInt64) -> SourceLine? {
    for (source, slide) in views {
      if let line = source.table.line(at: address &- slide) { return line }
    }
    return nil
  }

  /// What is known of `address`.
  public func location(of address: UInt64) -> Location {
    let found = symbol(at: address)
    return Location(address, symbol: found?.name, offset: found?.offset ?? 0, source: line(at: address))
  }

  /// The symbols whose names match `pattern` (`*` any characters, `?` any one), by address within each file, at most
  /// `limit`.
  public func symbols(matching pattern: String, limit: Int = .max) -> [Symbol] {
    var found: [Symbol] = []
    for source in sources {
      found += source.table.symbols(matching: pattern, limit: limit - found.count).map { source.moved($0) }
    }
    return found
  }

  // MARK: - Parts

  /// Each file as it is seen.
  private var views: [(source: Source, slide: UInt64)] {
    sources.map { ($0, $0.slide) } + sources.flatMap { source in source.otherSlides.map { (source, $0) } }
  }

  private func symbols(named name: String) -> [(symbol: Symbol, line: SourceLine?)] {
    let found = sources.flatMap { source in
      source.table.symbols(named: name).map { (source.moved($0), source.table.line(at: $0.address)) }
    }
    let globals = found.filter { $0.0.type.isUppercase }
    return globals.isEmpty ? found : globals
  }

  private static func only(
    _ name: String, _ found: [(symbol: Symbol, line: SourceLine?)]
  ) throws(SymbolLookupError) -> UInt64? {
    var places: [Location] = []
    for (symbol, line) in found where !places.contains(where: { $0.address == symbol.address }) {
      places.append(Location(symbol.address, symbol: name, source: line))
    }
    guard places.count <= 1 else { throw .ambiguous(name, places) }
    return places.first?.address
  }

  /// A few names that contain `name`, in any case of letters; else those that begin like it.
  private func similar(to name: String) -> [String] {
    guard name.utf8.count >= 3, !name.contains("*"), !name.contains("?") else { return [] }
    var found = symbols(matching: "*\(name)*", limit: 3)
    if found.isEmpty { found = symbols(matching: "\(name.prefix(max(3, name.count / 2)))*", limit: 3) }
    return found.map(\.name)
  }

  private static func number(_ text: some StringProtocol) -> UInt64? {
    text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
  }
}

extension SymbolIndex.Source {
  /// `symbol` of its table, where it is in memory.
  public func moved(_ symbol: Symbol) -> Symbol {
    var symbol = symbol
    if symbol.type != "A" && symbol.type != "a" { symbol.address &+= slide }
    return symbol
  }
}
