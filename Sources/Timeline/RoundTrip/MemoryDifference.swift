internal import Backplane
internal import StateCoding

/// How two memories of one size differ, for people.
enum MemoryDifference {
  /// A line for the first eight bytes that differ in each page that does: `0x80001000: 0x1 → 0x0`. One more line tells
  /// how many pages there are beyond `limit`.
  static func between(_ left: Memory, _ right: Memory, limit: Int = 8) -> [String] {
    guard left.digest() != right.digest() else { return [] }
    var lines: [String] = []
    var count = 0
    for index in 0..<min(left.pageCount, right.pageCount)
    where left.digest(ofPage: index) != right.digest(ofPage: index) {
      count += 1
      guard lines.count < limit else { continue }
      lines.append(line(left, right, index))
    }
    return count > limit ? lines + ["… and \(count - limit) more pages"] : lines
  }

  private static func line(_ left: Memory, _ right: Memory, _ index: Int) -> String {
    let (ours, theirs) = (left.page(index), right.page(index))
    for offset in stride(from: 0, to: Int(Memory.pageSize), by: 8) {
      let (mine, other) = (word(ours, offset), word(theirs, offset))
      if mine != other {
        return "\(hexadecimal(left.address(ofPage: index) + UInt64(offset))):"
          + " \(hexadecimal(mine)) → \(hexadecimal(other))"
      }
    }
    return "\(hexadecimal(left.address(ofPage: index))): written, and nobody was told"
  }

  private static func word(_ page: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
    UInt64(littleEndian: page.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  private static func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
}
