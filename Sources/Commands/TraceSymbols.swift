internal import Archive
internal import Backplane
internal import Boards
internal import Symbols

/// The symbols of what runs in a trace: of its own images, and of files given besides.
struct TraceSymbols {
  /// All of them.
  let index: SymbolIndex
  /// Which images have no symbols, and why, in a sentence each.
  let notes: [String]

  /// Reads the symbols for the trace `reader`. Images without symbols are told in `notes`, and are no error.
  /// - Parameter files: where images are that the trace only names.
  /// - Throws: `Failure` when a file that is asked for cannot be used, `TraceError` when the trace is damaged.
  init(_ reader: TraceReader, files: [ImageRole: String] = [:], options: SymbolOptions = .none) throws {
    // What was asked for comes first: where two files name an address, the first counts.
    var sources = try options.sources()
    var notes: [String] = []
    for (number, image) in reader.header.images.enumerated() {
      guard let role = ImageRole(rawValue: image.role), role != .initrd else { continue }
      guard image.isEmbedded || files[role] != nil else {
        notes.append("no symbols of the \(role.rawValue): the trace only names it; give --image \(role.rawValue)=FILE")
        continue
      }
      let bytes = try TraceMachine.bytes(ofImage: number, reader, from: files[role])
      do {
        let table = try SymbolTable(file: bytes)
        sources.append(Self.source(image.name, role, table, isELF: bytes.starts(with: [0x7f]), options))
      } catch {
        notes.append("no symbols of the \(role.rawValue) (\(image.name)): \(error)")
      }
    }
    (index, self.notes) = (SymbolIndex(sources), notes)
  }

  /// Where the board puts an Image: behind 2 MiB for the firmware (Documentation/GuestInterface.md).
  private static let imageBase: UInt64 = 0x8020_0000

  static func source(
    _ name: String, _ role: ImageRole, _ table: SymbolTable, isELF: Bool, _ options: SymbolOptions
  ) -> SymbolIndex.Source {
    var source = SymbolIndex.Source(name: name, table: table)
    guard role == .kernel else { return source }
    source.slide = options.kernelSlide
    // Before it has its page tables a kernel runs where the board put it. It is linked to the start of its Image.
    if !isELF, table.count > 0 {
      source.otherSlides = [imageBase &- (table[0].address & ~0x1f_ffff)]
    }
    return source
  }
}
