/// A set of page numbers that remembers what was put in, so that taking it costs no more than its size.
struct PageSet {
  private var bits: [UInt64]
  private var members: [Int] = []

  /// An empty set of pages below `pageCount`.
  init(pageCount: Int) { bits = Array(repeating: 0, count: (pageCount + 63) / 64) }

  /// Puts `page` in.
  mutating func insert(_ page: Int) {
    let mask = UInt64(1) << UInt64(page & 63)
    guard bits[page >> 6] & mask == 0 else { return }
    bits[page >> 6] |= mask
    members.append(page)
  }

  /// Takes `pages` out.
  mutating func remove(_ pages: [Int]) {
    for page in pages { bits[page >> 6] &= ~(1 << UInt64(page & 63)) }
    members.removeAll { bits[$0 >> 6] >> UInt64($0 & 63) & 1 == 0 }
  }

  /// The members, ascending; the set is empty afterwards.
  mutating func take() -> [Int] {
    for page in members { bits[page >> 6] = 0 }
    defer { members.removeAll(keepingCapacity: true) }
    return members.sorted()
  }
}
