import Foundation
import Support
import Testing

@testable import Symbols

/// The teaching guest, which `Tools/guests teach` builds: an ELF file with symbols and DWARF 5.
enum Teach {
  static let bytes: [UInt8] = {
    var folder = URL(filePath: #filePath)
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    let file = folder.appending(path: ".cache/guests/teach/teach.elf")
    return (try? Data(contentsOf: file)).map { [UInt8]($0) } ?? []
  }()

  static func table() throws -> SymbolTable {
    try #require(!bytes.isEmpty, "the teaching guest is not built: run Tools/guests teach")
    return try SymbolTable(elf: bytes)
  }
}

@Suite struct ELFTests {
  @Test func functionsAreFoundBothWays() throws {
    let table = try Teach.table()
    let main = try #require(table.address(of: "kernel_main"))
    let symbol = try #require(table.symbols(named: "kernel_main").first)
    #expect(symbol.type == "T" && symbol.isCode)
    let size = try #require(symbol.size)
    #expect(size > 16)
    #expect(table.symbol(at: main)?.name == "kernel_main")
    #expect(table.symbol(at: main + size - 1)?.name == "kernel_main")
    #expect(table.symbol(at: main + size - 1)?.offset == size - 1)
    #expect(table.symbol(at: main + size)?.name != "kernel_main")
    #expect(table.address(of: "no_such_function") == nil)
  }

  @Test func linesAreThoseOfTheSource() throws {
    let table = try Teach.table()
    #expect(table.hasLines)
    let main = try #require(table.address(of: "kernel_main"))
    let line = try #require(table.line(at: main))
    #expect(line.file == "Scenarios/guests/teach/kernel/main.c")
    var folder = URL(filePath: #filePath)
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    let source = try String(contentsOf: folder.appending(path: line.file), encoding: .utf8)
    let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
    try #require(lines.indices.contains(line.line - 1))
    #expect(lines[line.line - 1].contains("kernel_main"))
    // Further on in the function the line is another, of the same file or of what was inlined.
    #expect(table.line(at: main + 16) != line)
    #expect(table.line(at: 0) == nil)
    #expect(table.line(at: .max) == nil)
    let index = SymbolIndex([SymbolIndex.Source(name: "teach.elf", table: table)])
    #expect(
      index.location(of: main).description
        == "0x\(String(main, radix: 16)) kernel_main, Scenarios/guests/teach/kernel/main.c:\(line.line)")
  }

  @Test func everySymbolIsFoundByItsAddress() throws {
    let table = try Teach.table()
    #expect(table.count > 100)
    for index in 0..<table.count {
      let symbol = table[index]
      #expect(table.symbols(named: symbol.name).contains(symbol) || symbol.type.isLowercase)
      #expect(!symbol.name.hasPrefix("$") && !symbol.name.hasPrefix(".L"))
      guard symbol.isCode, symbol.size != nil else { continue }
      #expect(table.symbol(at: symbol.address)?.offset == 0, "\(symbol)")
    }
    // What is outside all sections is nobody's.
    #expect(table.symbol(at: 0x1000) == nil)
  }

  @Test func otherFilesAreRefusedWithTheReason() throws {
    let bytes = Teach.bytes
    try #require(bytes.count > 64)
    var other = bytes
    other[18] = 62
    #expect(throws: SymbolFileError.badELF("it is not for RISC-V")) { try SymbolTable(elf: other) }
    other = bytes
    other[4] = 1
    #expect(throws: SymbolFileError.badELF("it is not 64-bit little-endian")) { try SymbolTable(elf: other) }
    other = bytes
    other[16] = 1
    #expect(throws: SymbolFileError.self) { try SymbolTable(elf: other) }
    // Without its section headers, a file has no symbols.
    other = bytes
    for place in 40..<48 { other[place] = 0 }
    for place in 58..<64 { other[place] = 0 }
    #expect(throws: SymbolFileError.stripped) { try SymbolTable(elf: other) }
    #expect(throws: SymbolFileError.badELF("it ends inside its header")) { try SymbolTable(elf: Array(bytes[..<40])) }
    #expect(throws: SymbolFileError.badELF("it does not begin as one")) { try SymbolTable(elf: []) }
  }

  @Test func damagedFilesNeitherTrapNorHang() throws {
    let bytes = Teach.bytes
    let main = try #require(try Teach.table().address(of: "kernel_main"))
    var random = SeededGenerator(seed: 11)
    var (usable, told) = (0, 0)
    for round in 0..<300 {
      var damaged = bytes
      if round % 10 == 0 { damaged.removeLast(Int(random.next() % UInt64(bytes.count))) }
      // Behind the code: sections of lines, symbols and strings, and the section headers.
      let start = round % 3 == 0 ? 0 : 0x8000
      for _ in 0..<(1 + random.next() % 20) where damaged.count > start {
        let place = start + Int(random.next() % UInt64(damaged.count - start))
        damaged[place] = [0, 0xff, UInt8(truncatingIfNeeded: random.next())][Int(random.next() % 3)]
      }
      guard let table = try? SymbolTable(elf: damaged) else { continue }
      usable += 1
      for step in 0..<20 {
        let address = main + UInt64(step) * 0x51
        if table.line(at: address) != nil { told += 1 }
        _ = table.symbol(at: address)
      }
    }
    #expect(usable > 100)
    #expect(told > 1000)
  }
}
