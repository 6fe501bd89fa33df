import Foundation
import Testing

/// Documentation/GuestInterface.md against the sources that it describes.
@Suite struct GuestInterfaceTests {
  private static let document = Repository.whole.file("Documentation/GuestInterface.md")

  private static func lines(_ path: String) throws -> [String] {
    try #require(Repository.whole.file(path), "\(path) has moved").lines
  }

  /// The cells of the rows of all tables of `document`.
  private static func rows(_ document: SourceFile) -> [[String]] {
    document.lines.filter { $0.hasPrefix("| ") }.map { row in
      row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces).replacingOccurrences(of: "`", with: "") }
    }
  }

  /// What stands between `start` and `end` in `line`.
  private static func between(_ start: String, _ end: String, _ line: String) -> String? {
    guard let from = line.range(of: start), let to = line.range(of: end, range: from.upperBound..<line.endIndex) else {
      return nil
    }
    return String(line[from.upperBound..<to.lowerBound])
  }

  /// What of the memory map, lines and clocks in `source` is missing from `document`.
  private static func missing(from document: SourceFile, source: [String]) -> [String] {
    let rows = rows(document)
    return source.compactMap { line in
      if let base = between("Window(base: ", ",", line), let size = between("size: ", ")", line) {
        return rows.contains { $0.starts(with: [base, size]) } ? nil : line
      }
      if let number = between("Line = Line(", ")", line) ?? between("Line(", ")", line), line.contains("static let") {
        return rows.contains { $0.first == number } ? nil : line
      }
      if line.contains("Hertz: UInt64 = "), let value = line.components(separatedBy: " = ").last {
        return rows.contains { $0.count > 1 && $0[1] == value } ? nil : line
      }
      return nil
    }
  }

  @Test("The memory map, lines and clocks are the board's") func memoryMap() throws {
    let document = try #require(Self.document)
    let source = try Self.lines("Sources/Boards/VirtMap.swift")
    #expect(source.filter { $0.contains("Window(base:") }.count >= 7)
    #expect(Self.missing(from: document, source: source) == [])
  }

  @Test("A device, line or clock that is not described is noticed") func memoryMapCanary() throws {
    let document = try #require(Self.document)
    let source = [
      "static let disk = Window(base: 0x1000_1000, size: 0x1000)", "static let diskLine = Line(9)",
      "static let clockHertz: UInt64 = 2_000_000_000",
    ]
    #expect(Self.missing(from: document, source: source).count == 3)
  }

  /// The classes that cost each number of cycles, from the cases of a switch.
  private static func costs(_ source: [String]) -> [[String]] {
    source.compactMap { line in
      let parts = line.trimmingCharacters(in: .whitespaces).components(separatedBy: ": ")
      guard parts.count == 2, parts[0].hasPrefix("case ."), Int(parts[1]) != nil else { return nil }
      return [parts[1], parts[0].dropFirst("case ".count).replacingOccurrences(of: ".", with: "")]
    }
  }

  @Test("The cost model is the engine's") func costModel() throws {
    let document = try #require(Self.document)
    let costs = Self.costs(try Self.lines("Sources/RISCV/Engine/CostModel.swift"))
    #expect(costs.count >= 7)
    let rows = Self.rows(document)
    for cost in costs { #expect(rows.contains(cost), "\(cost) is not a row") }
    #expect(!rows.contains(["2", "multiply"]))
    let source = try Self.lines("Sources/RISCV/Engine/CostModel.swift").joined(separator: "\n")
    let trap = try #require(Self.between("trapCycles: UInt64 = ", "\n", source))
    let text = document.lines.joined(separator: " ")
    #expect(text.contains("Entering a trap handler costs \(trap) cycles"))
    let revision = try #require(Self.between("revision: UInt64 = ", "\n", source))
    let name = try #require(Self.between("name = \"", "\"", source))
    #expect(text.contains("`\(name)` and revision \(revision) "))
  }

  @Test("The extensions are the device tree's") func extensions() throws {
    let document = try #require(Self.document)
    let source = try Self.lines("Sources/RISCV/Hart/Hart.swift").joined(separator: " ")
    let list = try #require(Self.between("isaExtensions = [", "]", source))
    let extensions = list.split { !$0.isLetter && !$0.isNumber }.map(String.init)
    let described = document.lines.filter { $0.hasPrefix("    ") }.flatMap { $0.split(separator: " ").map(String.init) }
    #expect(extensions.count > 20)
    #expect(described.sorted() == extensions.sorted())
  }
}
