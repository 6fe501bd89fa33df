internal import CElfutils

extension SymbolTable {
  /// The symbols of the 64-bit RISC-V ELF file in `bytes`, and its lines of source when it holds DWARF.
  /// - Throws: `SymbolFileError`. Where only a part is damaged, the rest is used.
  public init(elf bytes: [UInt8]) throws(SymbolFileError) {
    let file = try ELFFile(bytes)
    var builder = SymbolTableBuilder()
    let sections = file.sections()
    try file.readSymbols(sections, into: &builder)
    guard !builder.entries.isEmpty else { throw .stripped }
    self.init(builder, regions: sections.compactMap(\.region), lines: DebugLines(file))
  }
}

/// An ELF file in memory, held open by libelf.
final class ELFFile {
  let handle: OpaquePointer
  private let bytes: UnsafeMutableRawBufferPointer

  /// Bytes in the header of a 64-bit file.
  private static let headerByteCount = 64

  init(_ contents: [UInt8]) throws(SymbolFileError) {
    guard contents.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else { throw .badELF("it does not begin as one") }
    guard contents.count >= Self.headerByteCount else { throw .badELF("it ends inside its header") }
    guard contents[4] == UInt8(ELFCLASS64), contents[5] == UInt8(ELFDATA2LSB) else {
      throw .badELF("it is not 64-bit little-endian")
    }
    guard elf_version(UInt32(EV_CURRENT)) != UInt32(EV_NONE) else { throw .badELF("libelf is too old") }
    // A copy, because libelf keeps pointers into it for as long as the file is open.
    bytes = .allocate(byteCount: contents.count, alignment: 16)
    bytes.copyBytes(from: contents)
    guard let opened = elf_memory(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count) else {
      bytes.deallocate()
      throw .badELF(Self.lastError)
    }
    handle = opened
    var header = GElf_Ehdr()
    guard gelf_getehdr(handle, &header) != nil else { throw .badELF(Self.lastError) }
    guard Int32(header.e_machine) == EM_RISCV else { throw .badELF("it is not for RISC-V") }
    guard Int32(header.e_type) == ET_EXEC || Int32(header.e_type) == ET_DYN else {
      throw .badELF("it is not linked: its addresses are not known")
    }
  }

  deinit {
    elf_end(handle)
    bytes.deallocate()
  }

  private static var lastError: String {
    elf_errmsg(-1).map { String(cString: $0) } ?? "libelf does not say why"
  }

  struct Section {
    let handle: OpaquePointer
    let header: GElf_Shdr
    /// Where it is in the guest's memory, if it is.
    var region: Range<UInt64>? {
      let (end, overflow) = header.sh_addr.addingReportingOverflow(header.sh_size)
      guard header.sh_flags & UInt64(SHF_ALLOC) != 0, header.sh_flags & UInt64(SHF_TLS) == 0, !overflow,
        header.sh_size > 0
      else { return nil }
      return header.sh_addr..<end
    }
  }

  /// Its sections, without the empty first one.
  func sections() -> [Section] {
    var sections: [Section] = []
    var next = elf_nextscn(handle, nil)
    while let section = next {
      var header = GElf_Shdr()
      // One that cannot be read keeps its place, because symbols name sections by number.
      if gelf_getshdr(section, &header) == nil { header = GElf_Shdr() }
      sections.append(Section(handle: section, header: header))
      next = elf_nextscn(handle, section)
    }
    return sections
  }

  /// Adds what its symbol tables hold, the dynamic ones when there are no others.
  func readSymbols(_ sections: [Section], into builder: inout SymbolTableBuilder) throws(SymbolFileError) {
    for kind in [SHT_SYMTAB, SHT_DYNSYM] where builder.entries.isEmpty {
      for section in sections where section.header.sh_type == UInt32(kind) {
        try readSymbols(section, sections, into: &builder)
      }
    }
  }

  private func readSymbols(
    _ table: Section, _ sections: [Section], into builder: inout SymbolTableBuilder
  ) throws(SymbolFileError) {
    guard let data = elf_getdata(table.handle, nil) else { return }
    let count = data.pointee.d_size / MemoryLayout<Elf64_Sym>.size
    for index in 0..<count {
      var symbol = GElf_Sym()
      guard let index = Int32(exactly: index), gelf_getsym(data, index, &symbol) != nil else { return }
      guard let name = elf_strptr(handle, Int(table.header.sh_link), Int(symbol.st_name)),
        let type = Self.type(of: symbol, sections)
      else { continue }
      let text = UnsafeRawBufferPointer(start: name, count: Self.length(of: name))
      // `$x` and `$d` only tell code from data (RISC-V psABI, "Mapping Symbol"); `.L` names are the compiler's own.
      guard let first = text.first, first != UInt8(ascii: "$"), !text.starts(with: [0x2e, 0x4c]) else { continue }
      let size = symbol.st_size == 0 ? nil : symbol.st_size
      guard
        builder.add(
          name: text, address: symbol.st_value, size: size, type: type, rank: Self.rank(symbol, type, text))
      else { throw .badELF("its names are too long") }
    }
  }

  private static func length(of name: UnsafeMutablePointer<CChar>) -> Int {
    var length = 0
    // libelf gives no string that does not end inside its section.
    while name[length] != 0 { length += 1 }
    return length
  }

  /// The letter that `nm` has for it; `nil` for what is no symbol of a program.
  private static func type(of symbol: GElf_Sym, _ sections: [Section]) -> UInt8? {
    let (kind, binding) = (Int32(symbol.st_info & 15), Int32(symbol.st_info >> 4))
    guard kind != STT_SECTION, kind != STT_FILE, kind != STT_TLS else { return nil }
    let letter: UInt8
    switch Int32(symbol.st_shndx) {
    case SHN_UNDEF, SHN_COMMON: return nil
    case SHN_ABS: letter = UInt8(ascii: "A")
    case SHN_LORESERVE..<SHN_XINDEX: return nil
    case let number:
      let section = number - 1 < sections.count ? sections[Int(number) - 1].header : GElf_Shdr()
      if binding == STB_WEAK { return UInt8(ascii: kind == STT_OBJECT ? "V" : "W") }
      if section.sh_flags & UInt64(SHF_EXECINSTR) != 0 || kind == STT_FUNC {
        letter = UInt8(ascii: "T")
      } else if section.sh_type == UInt32(SHT_NOBITS) {
        letter = UInt8(ascii: "B")
      } else {
        letter = UInt8(ascii: section.sh_flags & UInt64(SHF_WRITE) != 0 ? "D" : "R")
      }
    }
    return binding == STB_LOCAL ? letter | 0x20 : letter
  }

  /// Of several names for the same address: functions and objects before mere labels, global before local names,
  /// and those with fewer underscores in front.
  private static func rank(_ symbol: GElf_Sym, _ type: UInt8, _ name: UnsafeRawBufferPointer) -> UInt8 {
    let kind = Int32(symbol.st_info & 15)
    let isLabel = kind != STT_FUNC && kind != STT_OBJECT
    let isLocal = type & 0x20 != 0
    let underscores = min(3, name.prefix { $0 == UInt8(ascii: "_") }.count)
    return (isLabel ? 16 : 0) + (isLocal ? 8 : 0) + (type == UInt8(ascii: "W") ? 4 : 0) + UInt8(underscores)
  }
}
