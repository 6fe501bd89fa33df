/// Why no symbols can be had from a file.
public enum SymbolFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// It is compressed, in the way that is named.
  case compressed(String)
  /// An ELF file that is damaged, or of another kind; the text says how.
  case badELF(String)
  /// A well-formed ELF file without a symbol table.
  case stripped
  /// No ELF file, and no symbol tables of a Linux kernel are in it.
  case noKernelTables

  /// The error in a sentence, with what to do about it.
  public var description: String {
    switch self {
    case .compressed(let kind): "it is compressed (\(kind)): unpack it first"
    case .badELF(let why): "it is an ELF file that cannot be used: \(why)"
    case .stripped: "it is an ELF file without symbols: give the file as it was before it was stripped"
    case .noKernelTables:
      "it is no ELF file, and the symbol tables of a Linux kernel (CONFIG_KALLSYMS) are not in it"
    }
  }
}

/// Why a name has no address.
public enum SymbolLookupError: Error, Hashable, Sendable, CustomStringConvertible {
  /// No symbol has this name; some have names like it.
  case unknown(String, similar: [String])
  /// Several symbols at different addresses have this name.
  case ambiguous(String, [Location])

  /// The error in a sentence or two.
  public var description: String {
    switch self {
    case .unknown(let name, let similar):
      "there is no symbol '\(name)'" + (similar.isEmpty ? "" : "; there is \(similar.joined(separator: ", "))")
    case .ambiguous(let name, let places):
      "'\(name)' is the name of \(places.count) symbols; give the address of the one that is meant:"
        + places.prefix(Self.shownMax).map { "\n  \($0)" }.joined()
        + (places.count > Self.shownMax ? "\n  and \(places.count - Self.shownMax) more" : "")
    }
  }

  private static let shownMax = 20
}
