extension SymbolTable {
  /// The symbols of the Linux kernel in `bytes`, which are its `Image` or a copy of it from memory, by its own tables
  /// (CONFIG_KALLSYMS): all symbols with CONFIG_KALLSYMS_ALL, functions otherwise. Kernels from Linux 5.0 on, 64-bit
  /// little-endian, are read.
  ///
  /// The addresses are those the kernel was linked to, whatever it moved itself to since.
  /// - Throws: `SymbolFileError`.
  public init(kernelImage bytes: [UInt8]) throws(SymbolFileError) {
    if let kind = Self.compression(of: bytes) { throw .compressed(kind) }
    let found = bytes.withUnsafeBytes { KernelTables.find(in: Span8($0)) }
    guard let found else { throw .noKernelTables }
    var builder = SymbolTableBuilder()
    let isWhole = bytes.withUnsafeBytes { found.read(Span8($0), into: &builder) }
    guard isWhole, let first = builder.entries.first(where: { $0.type | 0x20 != UInt8(ascii: "a") })?.address,
      let last = builder.entries.last?.address, last < UInt64.max
    else { throw .noKernelTables }
    // The last symbol is the end of the kernel. Smaller numbers before it are offsets within per-processor data.
    self.init(builder, regions: [first..<(max(first, last) + 1)], lines: nil)
  }

  /// The symbols of `bytes`: an ELF file, or a Linux kernel by its own tables.
  /// - Throws: `SymbolFileError`.
  public init(file bytes: [UInt8]) throws(SymbolFileError) {
    if bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) {
      try self.init(elf: bytes)
    } else {
      try self.init(kernelImage: bytes)
    }
  }

  private static func compression(of bytes: [UInt8]) -> String? {
    let kinds: [(name: String, magic: [UInt8])] = [
      ("gzip", [0x1f, 0x8b]), ("xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a]), ("zstd", [0x28, 0xb5, 0x2f, 0xfd]),
      ("bzip2", [0x42, 0x5a, 0x68]), ("lz4", [0x02, 0x21, 0x4c, 0x18]), ("lzo", [0x89, 0x4c, 0x5a, 0x4f]),
    ]
    if let kind = kinds.first(where: { bytes.starts(with: $0.magic) }) { return kind.name }
    // Kernel documentation, "EFI zboot": a small EFI program around a compressed Image.
    if bytes.starts(with: [0x4d, 0x5a]), bytes.dropFirst(4).starts(with: [0x7a, 0x69, 0x6d, 0x67]) {
      return "an EFI zboot image"
    }
    return nil
  }
}

/// Bytes that are read with a check of each place.
struct Span8 {
  private let bytes: UnsafeRawBufferPointer
  let count: Int

  init(_ bytes: UnsafeRawBufferPointer) { (self.bytes, count) = (bytes, bytes.count) }

  /// The byte at `place`; zero outside.
  subscript(place: Int) -> UInt8 {
    place >= 0 && place < count ? bytes[place] : 0
  }

  /// The little-endian number at `place`; `nil` when it is not all there.
  func number<Number: FixedWidthInteger>(_ type: Number.Type, at place: Int) -> Number? {
    guard place >= 0, place <= count - MemoryLayout<Number>.size else { return nil }
    return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: type))
  }

  /// The 16-bit number at `place`; zero outside.
  func half(_ place: Int) -> UInt16 { number(UInt16.self, at: place) ?? 0 }

  /// The 32-bit number at `place`; zero outside.
  func word(_ place: Int) -> UInt32 { number(UInt32.self, at: place) ?? 0 }

  func slice(_ range: Range<Int>) -> Slice<UnsafeRawBufferPointer> { bytes[range.clamped(to: 0..<count)] }
}
