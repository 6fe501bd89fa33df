import Support
import Testing

@testable import Symbols

@Suite struct KernelImageTests {
  @Test(arguments: KernelImageBuilder.Release.allCases, [1, 2, 255, 256, 257, 1000])
  func tablesOfAllReleasesAreFound(release: KernelImageBuilder.Release, count: Int) throws {
    var builder = KernelImageBuilder(count: count)
    builder.release = release
    let table = try SymbolTable(kernelImage: builder.bytes())
    #expect(table.count == count)
    for index in 0..<table.count {
      let expected = builder.symbols[index]
      #expect(table[index] == Symbol(expected.name, address: expected.address, type: expected.type))
    }
  }

  @Test func valuesThatAreNoAddressesAreTold() throws {
    var builder = KernelImageBuilder([
      ("D", "per_processor_start", 0), ("d", "current_task", 0x1000), ("T", "_text", KernelImageBuilder.link),
      ("T", "start_kernel", KernelImageBuilder.link + 0x400), ("B", "_end", KernelImageBuilder.link + 0x2000),
    ])
    builder.hasAbsoluteValues = true
    let table = try SymbolTable(kernelImage: builder.bytes())
    #expect(table.symbols(named: "current_task") == [Symbol("current_task", address: 0x1000, type: "a")])
    #expect(table.address(of: "start_kernel") == KernelImageBuilder.link + 0x400)
    #expect(table.symbol(at: 0x1004) == nil)
    #expect(table.symbol(at: KernelImageBuilder.link + 0x404)?.name == "start_kernel")
    #expect(table.symbol(at: KernelImageBuilder.link + 0x404)?.offset == 4)
  }

  @Test func aBaseThatWasLeftToRelocationIsTheLinkAddress() throws {
    var builder = KernelImageBuilder(count: 20)
    builder.base = 0
    #expect(try SymbolTable(kernelImage: builder.bytes())[0].address == KernelImageBuilder.link)
    // And what can be no base is not believed.
    builder.base = 0x8020_0000
    #expect(throws: SymbolFileError.noKernelTables) { try SymbolTable(kernelImage: builder.bytes()) }
  }

  @Test func longNamesHaveALengthOfTwoBytes() throws {
    let long = String(repeating: "x", count: 300)
    let table = try SymbolTable(kernelImage: KernelImageBuilder([("T", long, KernelImageBuilder.link)]).bytes())
    #expect(table[0].name == long)
  }

  @Test func boundariesAreThoseOfTheKernel() throws {
    let link = KernelImageBuilder.link
    let table = try SymbolTable(
      kernelImage: KernelImageBuilder([
        ("T", "_start", link), ("T", "_text", link), ("t", "twin", link + 64), ("T", "middle", link + 128),
        ("t", "twin", link + 256), ("B", "_end", link + 512),
      ]).bytes())
    #expect(table.symbol(at: link - 1) == nil)
    #expect(table.symbol(at: 0) == nil)
    // Of two names for an address, the kernel's first.
    #expect(table.symbol(at: link)?.name == "_start")
    #expect(table.symbol(at: link + 63)?.name == "_start")
    #expect(table.symbol(at: link + 63)?.offset == 63)
    #expect(table.symbol(at: link + 64)?.offset == 0)
    #expect(table.symbol(at: link + 512)?.name == "_end")
    #expect(table.symbol(at: link + 513) == nil)
    #expect(table.symbol(at: .max) == nil)
    #expect(table.line(at: link) == nil)
    #expect(table.address(of: "twin") == nil)
    #expect(table.symbols(named: "twin").map(\.address) == [link + 64, link + 256])
    #expect(table.address(of: "_text") == link)
    #expect(table.address(of: "_tex") == nil)
    #expect(table.address(of: "") == nil)
  }

  @Test func compressedKernelsAreNamed() {
    #expect(throws: SymbolFileError.compressed("gzip")) { try SymbolTable(kernelImage: [0x1f, 0x8b, 8, 0]) }
    #expect(throws: SymbolFileError.compressed("an EFI zboot image")) {
      try SymbolTable(kernelImage: Array("MZ\0\0zimg".utf8))
    }
    #expect(throws: SymbolFileError.noKernelTables) { try SymbolTable(kernelImage: []) }
    #expect(throws: SymbolFileError.noKernelTables) { try SymbolTable(file: [UInt8](repeating: 0, count: 5000)) }
  }

  @Test(arguments: KernelImageBuilder.Release.allCases)
  func truncatedTablesAreNoTables(release: KernelImageBuilder.Release) throws {
    var builder = KernelImageBuilder(count: 300)
    (builder.release, builder.margin) = (release, 64)
    let whole = builder.bytes()
    #expect(try SymbolTable(kernelImage: whole).count == 300)
    // All but the margin behind is needed.
    for length in stride(from: 0, through: whole.count - 72, by: 41) {
      #expect(throws: SymbolFileError.noKernelTables, "\(length)") {
        try SymbolTable(kernelImage: Array(whole[..<length]))
      }
    }
  }

  @Test(arguments: KernelImageBuilder.Release.allCases)
  func damagedTablesNeitherTrapNorHang(release: KernelImageBuilder.Release) throws {
    var builder = KernelImageBuilder(count: 270)
    (builder.release, builder.margin) = (release, 64)
    let whole = builder.bytes()
    var random = SeededGenerator(seed: 5)
    var refused = 0
    for _ in 0..<400 {
      var bytes = whole
      for _ in 0..<(1 + random.next() % 3) {
        let place = Int(random.next() % UInt64(bytes.count))
        bytes[place] = [0, 0xff, UInt8(truncatingIfNeeded: random.next())][Int(random.next() % 3)]
      }
      do {
        let table = try SymbolTable(kernelImage: bytes)
        for index in stride(from: 0, to: table.count, by: 17) {
          let symbol = table[index]
          #expect(symbol.type == "A" || symbol.type == "a" || table.symbol(at: symbol.address) != nil)
        }
      } catch {
        refused += 1
      }
    }
    // Much of what the tables say is checked against the rest of them.
    #expect(refused > 100)
  }

  @Test func bytesMadeToMisleadTakeBoundedTime() throws {
    // A token index after token index, each with all it needs before it but names.
    let tokens = Array(KernelImageBuilder(count: 1).bytes()[4096...].dropFirst(24).dropLast(4096 + 16))
    var bytes: [UInt8] = []
    while bytes.count < 1 << 19 { bytes += tokens }
    #expect(throws: SymbolFileError.noKernelTables) { try SymbolTable(kernelImage: bytes) }
  }
}
