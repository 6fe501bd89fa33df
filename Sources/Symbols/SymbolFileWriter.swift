internal import Bits

/// Writes symbols as a small ELF file without contents, for debuggers: a kernel that came without symbols can then be
/// debugged by name. Source: System V ABI, gABI chapters 4 and 5; RISC-V ELF psABI, "File Header".
public enum SymbolFileWriter {
  /// The ELF file with all symbols of `index`, where they are in memory.
  public static func elf(_ index: SymbolIndex) -> [UInt8] {
    var symbols: [Placed] = []
    for (number, source) in index.sources.enumerated() {
      for place in 0..<source.table.count {
        let symbol = source.table[place]
        let region = source.table.region(of: symbol.address).map {
          Region(source: number, start: $0.lowerBound &+ source.slide, end: $0.upperBound &+ source.slide)
        }
        symbols.append(Placed(symbol: source.moved(symbol), region: region))
      }
    }
    symbols.sort { $0.symbol.address < $1.symbol.address }
    return File(symbols).bytes()
  }

  private struct Region: Equatable {
    var source: Int
    var start: UInt64
    var end: UInt64
  }

  private struct Placed {
    var symbol: Symbol
    var region: Region?
    var isAbsolute: Bool { symbol.type == "A" || symbol.type == "a" }
  }

  private struct Section {
    var isCode: Bool
    var region: Region?
    var start: UInt64
    var end: UInt64
  }

  private struct File {
    var symbols: [Placed]
    /// Without the empty first one, the symbols and the strings.
    var sections: [Section] = []
    /// The section of each symbol, counted from 1.
    var sectionOf: [UInt16] = []

    /// More sections than this, and all symbols are without one: numbers from 0xff00 mean other things.
    private static let sectionsMax = 4096
    private static let noSection: UInt16 = 0xfff1
    private static let sectionNames: [UInt8] = Array("\0.text\0.data\0.symtab\0.strtab\0.shstrtab\0".utf8)

    /// A section is a run of symbols that are all code, or all not, in the same part of memory.
    init(_ symbols: [Placed]) {
      self.symbols = symbols
      for placed in symbols {
        guard !placed.isAbsolute, let region = placed.region else {
          sectionOf.append(Self.noSection)
          continue
        }
        let (address, isCode) = (placed.symbol.address, placed.symbol.isCode)
        if let last = sections.last, last.isCode == isCode, last.region == region {
          sectionOf.append(UInt16(clamping: sections.count))
          continue
        }
        if let last = sections.last { sections[sections.count - 1].end = min(last.end, address) }
        sections.append(Section(isCode: isCode, region: region, start: address, end: region.end))
        sectionOf.append(UInt16(clamping: sections.count))
        guard sections.count <= Self.sectionsMax else {
          sections = []
          sectionOf = symbols.map { _ in Self.noSection }
          return
        }
      }
    }

    func bytes() -> [UInt8] {
      let (table, strings, localCount) = symbolTable()
      let tableStart = 64
      let stringsStart = tableStart + table.count
      let namesStart = stringsStart + strings.count
      let headersStart = (namesStart + Self.sectionNames.count + 7) & ~7
      var file = header(sectionHeaders: headersStart)
      file.reserveCapacity(headersStart + 64 * (sections.count + 4))
      file += table
      file += strings
      file += Self.sectionNames
      file += [UInt8](repeating: 0, count: headersStart - file.count)
      file += [UInt8](repeating: 0, count: 64)
      for section in sections {
        // No contents (SHT_NOBITS): a debugger then reads the code from the machine, which may have patched it.
        file += sectionHeader(
          name: section.isCode ? ".text" : ".data", type: 8, flags: section.isCode ? 2 | 4 : 1 | 2,
          address: section.start, offset: tableStart, size: max(section.start, section.end) - section.start)
      }
      file += sectionHeader(
        name: ".symtab", type: 2, offset: tableStart, size: UInt64(table.count), link: sections.count + 2,
        info: localCount, alignment: 8, entrySize: 24)
      file += sectionHeader(name: ".strtab", type: 3, offset: stringsStart, size: UInt64(strings.count))
      file += sectionHeader(
        name: ".shstrtab", type: 3, offset: namesStart, size: UInt64(Self.sectionNames.count))
      return file
    }

    private func header(sectionHeaders: Int) -> [UInt8] {
      var header: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
      header.appendLittleEndian(UInt16(2))  // ET_EXEC
      header.appendLittleEndian(UInt16(243))  // EM_RISCV
      header.appendLittleEndian(UInt32(1))
      header.appendLittleEndian(sections.first { $0.isCode }?.start ?? 0)
      header.appendLittleEndian(UInt64(0))
      header.appendLittleEndian(UInt64(sectionHeaders))
      header.appendLittleEndian(UInt32(1 | 4))  // compressed instructions, double-precision arguments: RV64GC
      for half in [64, 56, 0, 64, sections.count + 4, sections.count + 3] {
        header.appendLittleEndian(UInt16(half))
      }
      return header
    }

    private func sectionHeader(
      name: String, type: UInt32, flags: UInt64 = 0, address: UInt64 = 0, offset: Int, size: UInt64, link: Int = 0,
      info: Int = 0, alignment: UInt64 = 1, entrySize: UInt64 = 0
    ) -> [UInt8] {
      let text = String(decoding: Self.sectionNames, as: UTF8.self)
      let place = text.split(separator: "\0", omittingEmptySubsequences: false).prefix { $0 != name }
        .reduce(0) { $0 + $1.utf8.count + 1 }
      var header: [UInt8] = []
      header.appendLittleEndian(UInt32(place))
      header.appendLittleEndian(type)
      for word in [flags, address, UInt64(offset), size] { header.appendLittleEndian(word) }
      header.appendLittleEndian(UInt32(link))
      header.appendLittleEndian(UInt32(info))
      for word in [alignment, entrySize] { header.appendLittleEndian(word) }
      return header
    }

    /// The symbols, local ones first as the format asks, and their names.
    private func symbolTable() -> (table: [UInt8], strings: [UInt8], localCount: Int) {
      var table = [UInt8](repeating: 0, count: 24)
      var strings: [UInt8] = [0]
      var localCount = 1
      let reaches = reaches()
      for wantsLocal in [true, false] {
        for (number, placed) in symbols.enumerated() where placed.symbol.type.isLowercase == wantsLocal {
          let symbol = placed.symbol
          if wantsLocal { localCount += 1 }
          let binding: UInt8 = wantsLocal ? 0 : "WV".contains(symbol.type) ? 2 : 1
          let kind: UInt8 = placed.isAbsolute ? 0 : symbol.isCode ? 2 : 1
          table.appendLittleEndian(UInt32(truncatingIfNeeded: strings.count))
          table += [binding << 4 | kind, 0]
          table.appendLittleEndian(sectionOf[number])
          table.appendLittleEndian(symbol.address)
          table.appendLittleEndian(symbol.size ?? reaches[number])
          strings += symbol.name.utf8
          strings.append(0)
        }
      }
      return (table, strings, localCount)
    }

    /// Of each symbol, the bytes up to the next one in the same section: debuggers look up addresses by sizes.
    private func reaches() -> [UInt64] {
      var reaches = [UInt64](repeating: 0, count: symbols.count)
      var (this, next) = (UInt64.max, UInt64.max)
      for number in symbols.indices.reversed() {
        let address = symbols[number].symbol.address
        if address != this { (this, next) = (address, this) }
        guard sectionOf[number] != Self.noSection else { continue }
        let end = min(next, sections[Int(sectionOf[number]) - 1].end)
        reaches[number] = end > address ? end - address : 0
      }
      return reaches
    }
  }
}
