import Testing

@testable import Symbols

@Suite struct SymbolIndexTests {
  static let link = KernelImageBuilder.link

  static func source(
    _ name: String, _ symbols: [(type: Character, name: String, address: UInt64)], slide: UInt64 = 0,
    otherSlides: [UInt64] = []
  ) throws -> SymbolIndex.Source {
    SymbolIndex.Source(
      name: name, table: try SymbolTable(kernelImage: KernelImageBuilder(symbols).bytes()), slide: slide,
      otherSlides: otherSlides)
  }

  @Test func namesMayHaveADistanceBehindThem() throws {
    let index = SymbolIndex([try Self.source("a", [("T", "one", Self.link), ("T", "two", Self.link + 64)])])
    #expect(try index.address(of: "two") == Self.link + 64)
    #expect(try index.address(of: "two+0x10") == Self.link + 80)
    #expect(try index.address(of: "one+16") == Self.link + 16)
    #expect(throws: SymbolLookupError.unknown("two+x", similar: ["two"])) { try index.address(of: "two+x") }
    #expect(throws: SymbolLookupError.unknown("ONE", similar: [])) { try index.address(of: "ONE") }
    #expect(throws: SymbolLookupError.unknown("twofold", similar: ["two"])) { try index.address(of: "twofold") }
    #expect(throws: SymbolLookupError.unknown("", similar: [])) { try index.address(of: "") }
  }

  @Test func severalSymbolsOfOneNameAreListed() throws {
    let index = SymbolIndex([
      try Self.source(
        "a",
        [
          ("t", "init", Self.link), ("t", "init", Self.link + 64), ("t", "main", Self.link + 128),
          ("T", "main", Self.link + 192),
        ])
    ])
    let places = [Location(Self.link, symbol: "init"), Location(Self.link + 64, symbol: "init")]
    let error = SymbolLookupError.ambiguous("init", places)
    #expect(throws: error) { try index.address(of: "init") }
    #expect(throws: error) { try index.address(of: "init") }
    #expect(error.description.contains("\n  0xffffffff80000040 init"))
    // One that is not local hides those that are.
    #expect(try index.address(of: "main") == Self.link + 192)
  }

  @Test func slidesMoveAddressesBothWays() throws {
    let index = SymbolIndex([
      try Self.source(
        "kernel", [("T", "one", Self.link), ("B", "_end", Self.link + 64)], slide: 0x20_0000,
        otherSlides: [0x8020_0000 &- Self.link])
    ])
    #expect(try index.address(of: "one") == Self.link + 0x20_0000)
    #expect(index.symbol(at: Self.link) == nil)
    #expect(index.symbol(at: Self.link + 0x20_0004)?.offset == 4)
    #expect(index.symbol(at: 0x8020_0004)?.name == "one")
    #expect(index.location(of: 0x8020_0004).description == "0x80200004 one+0x4")
    #expect(index.location(of: 0x1234).description == "0x1234")
    #expect(index.symbols(matching: "o*").map(\.address) == [Self.link + 0x20_0000])
  }

  @Test func sourcesAreSeenTogether() throws {
    let wide = try Self.source("wide", [("T", "first", Self.link), ("T", "last", Self.link + 4096)])
    let narrow = try Self.source("narrow", [("T", "inner", Self.link + 512), ("T", "last", Self.link + 4096)])
    let index = SymbolIndex([wide, narrow])
    #expect(index.count == 4)
    // The nearer symbol counts.
    #expect(index.symbol(at: Self.link + 100)?.name == "first")
    #expect(index.symbol(at: Self.link + 600)?.name == "inner")
    // The same name at the same address is no contradiction.
    #expect(try index.address(of: "last") == Self.link + 4096)
    #expect(SymbolIndex().isEmpty)
    #expect(SymbolIndex().location(of: 5) == Location(5))
  }

  @Test func patternsMatchWholeNames() {
    func matches(_ text: String, _ pattern: String) -> Bool {
      Glob.matches(Array(text.utf8)[...], Array(pattern.utf8)[...])
    }
    #expect(matches("schedule", "schedule"))
    #expect(matches("schedule", "sch*"))
    #expect(matches("schedule", "*ule"))
    #expect(matches("schedule", "s*d?le"))
    #expect(matches("", "*"))
    #expect(matches("aab", "*ab"))
    #expect(!matches("schedule", "sched"))
    #expect(!matches("schedule", "chedule"))
    #expect(!matches("schedule", "sch*x"))
    #expect(!matches("", "?"))
    // The worst case takes the product of the lengths, not a power of them.
    #expect(!matches(String(repeating: "a", count: 2000), String(repeating: "a*", count: 50) + "b"))
  }
}

@Suite struct SymbolFileWriterTests {
  @Test func whatIsWrittenReadsBackTheSame() throws {
    let table = try SymbolTable(kernelImage: KernelImageBuilder(count: 600).bytes())
    let slide: UInt64 = 0x4000
    let index = SymbolIndex([SymbolIndex.Source(name: "kernel", table: table, slide: slide)])
    let file = SymbolFileWriter.elf(index)
    let back = try SymbolTable(elf: file)
    #expect(back.count == table.count)
    for place in 0..<table.count {
      let (was, reads) = (table[place], back[place])
      #expect(reads.address == was.address + slide)
      #expect(reads.name == was.name)
      #expect(reads.isCode == was.isCode)
      #expect(reads.type.isUppercase == was.type.isUppercase)
      // Up to the next symbol; the last has one byte.
      #expect(reads.size == (place == table.count - 1 ? 1 : 16))
      #expect(back.symbol(at: was.address + slide + (reads.size ?? 1) - 1)?.name == was.name)
    }
    #expect(back.symbol(at: table[0].address + slide - 1) == nil)
  }

  @Test func anyIndexCanBeWritten() throws {
    #expect(throws: SymbolFileError.stripped) { try SymbolTable(elf: SymbolFileWriter.elf(SymbolIndex())) }
    // A slide that takes the end around the end of the address space, and sources that lie on each other.
    let table = try SymbolTable(kernelImage: KernelImageBuilder(count: 40).bytes())
    let index = SymbolIndex([
      SymbolIndex.Source(name: "a", table: table, slide: 0x8000_0000 &- 24),
      SymbolIndex.Source(name: "b", table: table, slide: 8), SymbolIndex.Source(name: "c", table: table, slide: 12),
      SymbolIndex.Source(name: "d", table: try Teach.table()),
    ])
    let back = try SymbolTable(elf: SymbolFileWriter.elf(index))
    #expect(back.count == index.count)
    #expect(back.address(of: "kernel_main") == (try Teach.table()).address(of: "kernel_main"))
  }
}
