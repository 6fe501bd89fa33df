internal import ArgumentParser
internal import Host
internal import Symbols

/// Which symbols are known beside those of the trace's own images.
struct SymbolOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Symbols, and lines of source where it has them, from this ELF file or Linux Image; SLIDE is how far it was moved \
      from the addresses it was linked to. May be repeated.
      """, valueName: "file[@slide]"))
  var symbols: [String] = []

  @Option(
    help: ArgumentHelp(
      "How far the kernel moved itself from the addresses it was linked to.", valueName: "slide"),
    transform: SymbolArgument.slide)
  var kernelSlide: UInt64 = 0

  /// None besides the images' own. What the argument parser has not filled in cannot be read.
  static var none: SymbolOptions {
    var options = SymbolOptions()
    (options.symbols, options.kernelSlide) = ([], 0)
    return options
  }

  /// The files of `--symbols`, read.
  /// - Throws: `Failure`.
  func sources() throws -> [SymbolIndex.Source] {
    try symbols.map { argument in
      let (path, slide) = SymbolArgument.parse(argument)
      return SymbolIndex.Source(
        name: ImageFiles.baseName(path), table: try SymbolArgument.table(path), slide: slide)
    }
  }
}

/// `FILE[@SLIDE]`.
enum SymbolArgument {
  /// The path and the slide. What is behind the last `@` belongs to the path when it is not a number.
  static func parse(_ argument: String) -> (path: String, slide: UInt64) {
    guard let sign = argument.lastIndex(of: "@"), sign != argument.startIndex,
      let slide = try? slide(String(argument[argument.index(after: sign)...]))
    else { return (argument, 0) }
    return (String(argument[..<sign]), slide)
  }

  /// A distance in bytes: `0x1000`, `-0x1000`.
  static func slide(_ text: String) throws -> UInt64 {
    text.hasPrefix("-") ? 0 &- (try Quantity.count(String(text.dropFirst()))) : try Quantity.count(text)
  }

  /// The symbols of the file at `path`.
  /// - Throws: `Failure`.
  static func table(_ path: String) throws -> SymbolTable {
    let bytes = try InputFile.contents(of: path, limit: ImageFiles.byteCountMax)
    do {
      return try SymbolTable(file: bytes)
    } catch {
      throw Failure(ExitStatus.damaged, "\(path): \(error)")
    }
  }
}
