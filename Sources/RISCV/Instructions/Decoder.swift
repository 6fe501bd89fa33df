import Bits

/// From bits to an `Instruction`.
public enum Decoder {
  /// Decodes the instruction whose first bytes are `bits`, little-endian.
  ///
  /// When the two low bits are not both set, the instruction is the low 16 bits and the rest is ignored. Undefined and
  /// reserved encodings give `illegal`, with the length the low bits announce: 2, or 4 for everything else, the
  /// encodings longer than 32 bits included.
  public static func decode(_ bits: UInt32) -> Instruction {
    guard bits & 0b11 == 0b11 else { return CompressedDecoder.expand(bits & 0xffff) }
    return index.decode(bits)
  }

  private static let index = DecoderIndex(InstructionSet.all)
}

/// The lines of the instruction set, sorted for searching: one bucket for each major opcode and funct3.
struct DecoderIndex: Sendable {
  private struct Entry {
    let mask: UInt32
    let match: UInt32
    /// The register and rounding fields to keep.
    let fieldBits: UInt32
    let operation: Operation
    let immediateLayout: ImmediateLayout
  }

  private let entries: [Entry]
  /// Where the entries of each bucket start; the last element is the end of the last bucket.
  private let starts: [Int]

  init(_ lines: [InstructionDescription]) {
    var entries: [Entry] = []
    var starts = [0]
    for bucket in UInt32(0)..<256 {
      // A line belongs to a bucket unless one of its fixed bits says otherwise; a line without funct3 is in eight.
      let word = (bucket >> 3) << 2 | (bucket & 7) << 12
      let candidates = lines.filter { line in (word ^ line.match) & line.mask & 0x707c == 0 }
      // The line with more fixed bits wins, so it comes first (`InstructionSet.all`).
      for fixedCount in stride(from: 32, through: 0, by: -1) {
        for line in candidates where line.mask.nonzeroBitCount == fixedCount {
          entries.append(
            Entry(
              mask: line.mask, match: line.match, fieldBits: line.format.fieldBits, operation: line.operation,
              immediateLayout: line.format.immediateLayout))
        }
      }
      starts.append(entries.count)
    }
    self.entries = entries
    self.starts = starts
  }

  func decode(_ word: UInt32) -> Instruction {
    let bucket = Int(word.bits(2, 5) << 3 | word.bits(12, 3))
    for position in starts[bucket]..<starts[bucket + 1] {
      let entry = entries[position]
      guard word & entry.mask == entry.match else { continue }
      let fields = word & entry.fieldBits
      return Instruction(
        entry.operation,
        rd: UInt8(truncatingIfNeeded: fields.bits(7, 5)),
        rs1: UInt8(truncatingIfNeeded: fields.bits(15, 5)),
        rs2: UInt8(truncatingIfNeeded: fields.bits(20, 5)),
        rs3: UInt8(truncatingIfNeeded: fields.bits(27, 5)),
        rounding: UInt8(truncatingIfNeeded: fields.bits(12, 3)),
        immediate: entry.immediateLayout.value(in: word),
        bits: word)
    }
    return Instruction(.illegal, bits: word)
  }
}

extension ImmediateLayout {
  /// The immediate in `word`.
  func value(in word: UInt32) -> Int32 {
    let signed = Int32(bitPattern: word)
    switch self {
    case .none:
      return 0
    case .i:
      return signed >> 20
    case .s:
      return (signed >> 25) << 5 | Int32(bitPattern: word.bits(7, 5))
    case .b:
      return (signed >> 31) << 12
        | Int32(bitPattern: word.bits(7, 1) << 11 | word.bits(25, 6) << 5 | word.bits(8, 4) << 1)
    case .u:
      return signed & ~0xfff
    case .j:
      return (signed >> 31) << 20
        | Int32(bitPattern: word.bits(12, 8) << 12 | word.bits(20, 1) << 11 | word.bits(21, 10) << 1)
    case .shift6:
      return Int32(bitPattern: word.bits(20, 6))
    case .shift5:
      return Int32(bitPattern: word.bits(20, 5))
    case .unsigned12:
      return Int32(bitPattern: word.bits(20, 12))
    case .ordering:
      return Int32(bitPattern: word.bits(25, 2))
    case .blockOffset:
      return (signed >> 25) << 5
    }
  }
}
