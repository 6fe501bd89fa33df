internal import Bits

/// The loadable parts of a 64-bit little-endian RISC-V ELF file (System V ABI, gABI chapters 4 and 5).
///
/// The file is treated as hostile: every offset is checked, and nothing is believed that is not used.
struct ELFImage {
  /// A part that is loaded: `bytes` at `address`, followed by zeros up to `memorySize`.
  struct Segment {
    let address: UInt64
    let bytes: Range<Int>
    let memorySize: UInt64
  }

  let entry: UInt64
  let segments: [Segment]
  /// Addresses of the symbols asked for, if the file has a symbol table.
  private let file: [UInt8]

  /// Whether `bytes` begin like an ELF file.
  static func isELF(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) }

  /// Reads the program headers of `file`.
  init(_ file: [UInt8]) throws(ImageProblem) {
    guard Self.isELF(file) else { throw .notELF }
    guard file.count >= 64 else { throw .truncated(what: "the ELF header", at: file.count) }
    guard file[4] == 2, file[5] == 1 else { throw .unsupportedELF("it is not 64-bit little-endian") }
    guard file.littleEndian(UInt16.self, at: 18) == 243 else { throw .unsupportedELF("it is not for RISC-V") }
    guard let entry = file.littleEndian(UInt64.self, at: 24), let table = file.littleEndian(UInt64.self, at: 32),
      let entrySize = file.littleEndian(UInt16.self, at: 54), let count = file.littleEndian(UInt16.self, at: 56)
    else { throw .truncated(what: "the ELF header", at: file.count) }
    guard entrySize >= 56 || count == 0 else { throw .unsupportedELF("its program headers are too small") }
    var segments: [Segment] = []
    for index in 0..<UInt64(count) {
      let (start, overflow) = table.addingReportingOverflow(index * UInt64(entrySize))
      guard !overflow, start <= UInt64(file.count), UInt64(file.count) - start >= 56 else {
        throw .truncated(what: "program header \(index)", at: file.count)
      }
      if let segment = try Self.segment(file, Int(start), index) { segments.append(segment) }
    }
    guard !segments.isEmpty else { throw .unsupportedELF("it has nothing to load") }
    (self.entry, self.segments, self.file) = (entry, segments, file)
  }

  private static func segment(_ file: [UInt8], _ start: Int, _ index: UInt64) throws(ImageProblem) -> Segment? {
    func field(_ offset: Int) -> UInt64 { file.littleEndian(UInt64.self, at: start + offset) ?? 0 }
    guard file.littleEndian(UInt32.self, at: start) == 1, field(40) > 0 else { return nil }
    let (offset, fileSize, memorySize) = (field(8), field(32), field(40))
    guard fileSize <= memorySize else { throw .unsupportedELF("segment \(index) is larger in the file than in memory") }
    guard offset <= UInt64(file.count), fileSize <= UInt64(file.count) - offset else {
      throw .truncated(what: "segment \(index)", at: file.count)
    }
    return Segment(address: field(24), bytes: Int(offset)..<Int(offset + fileSize), memorySize: memorySize)
  }

  /// The value of symbol `name`; `nil` when the file has no such symbol or no well-formed symbol table.
  func symbol(_ name: String) -> UInt64? {
    let wanted = Array(name.utf8)
    guard let table = file.littleEndian(UInt64.self, at: 40), let size = file.littleEndian(UInt16.self, at: 58),
      let count = file.littleEndian(UInt16.self, at: 60), size >= 64
    else { return nil }
    func section(_ index: UInt64) -> Int? {
      let (start, overflow) = table.addingReportingOverflow(index * UInt64(size))
      guard !overflow, index < UInt64(count), start <= UInt64(file.count), UInt64(file.count) - start >= 64 else {
        return nil
      }
      return Int(start)
    }
    for index in 0..<UInt64(count) {
      guard let symbols = section(index), file.littleEndian(UInt32.self, at: symbols + 4) == 2 else { continue }
      guard let link = file.littleEndian(UInt32.self, at: symbols + 40), let strings = section(UInt64(link)) else {
        continue
      }
      if let value = find(wanted, in: range(symbols), strings: range(strings)) { return value }
    }
    return nil
  }

  private func range(_ section: Int) -> Range<Int> {
    guard let offset = file.littleEndian(UInt64.self, at: section + 24),
      let size = file.littleEndian(UInt64.self, at: section + 32), offset <= UInt64(file.count),
      size <= UInt64(file.count) - offset
    else { return 0..<0 }
    return Int(offset)..<Int(offset + size)
  }

  private func find(_ wanted: [UInt8], in symbols: Range<Int>, strings: Range<Int>) -> UInt64? {
    for symbol in stride(from: symbols.lowerBound, to: symbols.upperBound - 23, by: 24) {
      guard let name = file.littleEndian(UInt32.self, at: symbol) else { return nil }
      let start = strings.lowerBound + Int(name)
      guard start + wanted.count < strings.upperBound, file[start + wanted.count] == 0 else { continue }
      if file[start..<(start + wanted.count)].elementsEqual(wanted) {
        return file.littleEndian(UInt64.self, at: symbol + 8)
      }
    }
    return nil
  }
}
