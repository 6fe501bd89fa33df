/// A line of a source file.
public struct SourceLine: Hashable, Sendable, CustomStringConvertible {
  /// The file, relative to the folder in which it was compiled where it lies below that.
  public var file: String
  /// The line, from 1.
  public var line: Int

  /// A line of a file.
  public init(file: String, line: Int) { (self.file, self.line) = (file, line) }

  /// `init/main.c:1234`.
  public var description: String { "\(file):\(line)" }
}

/// An address with what is known of it.
public struct Location: Hashable, Sendable, CustomStringConvertible {
  /// The address.
  public var address: UInt64
  /// The symbol at or before it.
  public var symbol: String?
  /// Bytes from the symbol to the address; zero without a symbol.
  public var offset: UInt64
  /// The source it was compiled from.
  public var source: SourceLine?

  /// An address and what is known of it.
  public init(_ address: UInt64, symbol: String? = nil, offset: UInt64 = 0, source: SourceLine? = nil) {
    (self.address, self.symbol, self.offset, self.source) = (address, symbol, offset, source)
  }

  /// `do_one_initcall+0x3c`; `nil` without a symbol.
  public var place: String? {
    symbol.map { offset == 0 ? $0 : "\($0)+0x\(String(offset, radix: 16))" }
  }

  /// `0xffffffff80012345 do_one_initcall+0x3c, init/main.c:1234`, as far as it is known.
  public var description: String {
    "0x" + String(address, radix: 16) + (place.map { " \($0)" } ?? "") + (source.map { ", \($0)" } ?? "")
  }
}
