internal import VirtualTime

/// Which pages of memory were written when: stretches of a run, each with its pages. A stretch that is not known may
/// have written any page.
struct WrittenPages {
  /// What is known of one stretch.
  struct Stretch: Sendable {
    var first: Moment
    var last: Moment
    /// Ascending.
    var pages: [Int32]
  }

  /// The most pages kept, over all stretches: beyond that, neighbours become one.
  private static let pagesMax = 1 << 24

  /// In order of time; they do not overlap.
  private(set) var stretches: [Stretch] = []
  private var total = 0

  /// Notes that exactly the pages of `stretch` were written in it. It takes the place of shorter ones that lie in it;
  /// when it overlaps with another in part, it is left out.
  mutating func note(_ stretch: Stretch) {
    guard stretch.first < stretch.last else { return }
    var start = place(behind: stretch.first)
    if start > 0, stretches[start - 1].first == stretch.first { start -= 1 }
    if start > 0, stretches[start - 1].last > stretch.first { return }
    var end = start
    while end < stretches.count, stretches[end].last <= stretch.last { end += 1 }
    if end < stretches.count, stretches[end].first < stretch.last { return }
    total += stretch.pages.count - stretches[start..<end].reduce(0) { $0 + $1.pages.count }
    stretches.replaceSubrange(start..<end, with: [stretch])
    while total > Self.pagesMax, stretches.count > 1 { join() }
  }

  /// Whether any of `pages` may have been written between `first` and `last`.
  func mayHaveWritten(_ pages: ClosedRange<Int>, from first: Moment, to last: Moment) -> Bool {
    var known = first
    var index = max(0, place(behind: first) - 1)
    while known < last {
      guard index < stretches.count, stretches[index].first <= known else { return true }
      if stretches[index].last > known {
        if stretches[index].holds(pages) { return true }
        known = stretches[index].last
      }
      index += 1
    }
    return false
  }

  /// Forgets what happened after `moment`.
  mutating func removeAll(from moment: Moment) {
    stretches.removeAll { $0.last > moment }
    total = stretches.reduce(0) { $0 + $1.pages.count }
  }

  /// The index of the first stretch that begins later than `moment`.
  private func place(behind moment: Moment) -> Int {
    var (low, high) = (0, stretches.count)
    while low < high {
      let middle = (low + high) / 2
      if stretches[middle].first <= moment { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Makes one stretch of each two neighbours that meet.
  private mutating func join() {
    var joined: [Stretch] = []
    var isEven = true
    for stretch in stretches {
      if isEven, let last = joined.last, last.last == stretch.first {
        joined[joined.count - 1] = Stretch(
          first: last.first, last: stretch.last, pages: Self.union(last.pages, stretch.pages))
        isEven = false
      } else {
        joined.append(stretch)
        isEven = true
      }
    }
    // Nothing meets: the oldest goes, and is unknown from now on.
    if joined.count == stretches.count { joined.removeFirst() }
    stretches = joined
    total = stretches.reduce(0) { $0 + $1.pages.count }
  }

  private static func union(_ one: [Int32], _ other: [Int32]) -> [Int32] {
    var all = (one + other).sorted()
    var count = 0
    for index in all.indices where index == 0 || all[index] != all[index - 1] {
      all[count] = all[index]
      count += 1
    }
    all.removeSubrange(count...)
    return all
  }
}

extension WrittenPages.Stretch {
  /// Whether it has one of `range`.
  func holds(_ range: ClosedRange<Int>) -> Bool {
    var (low, high) = (0, pages.count)
    while low < high {
      let middle = (low + high) / 2
      if Int(pages[middle]) < range.lowerBound { low = middle + 1 } else { high = middle }
    }
    return low < pages.count && Int(pages[low]) <= range.upperBound
  }
}
