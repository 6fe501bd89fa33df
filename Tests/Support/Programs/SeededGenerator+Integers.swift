extension SeededGenerator {
  /// A number from 0 up to, not including, `bound`, which must be positive.
  mutating func below(_ bound: Int) -> Int { Int(below(UInt64(bound))) }

  /// A number of `range`.
  mutating func number(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + below(range.upperBound - range.lowerBound + 1)
  }
}
