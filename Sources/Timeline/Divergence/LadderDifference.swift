public import Archive
internal import VirtualTime

/// What the ladders of two recordings say of each other.
public struct LadderDifference: Hashable, Sendable {
  /// Rungs at steps that both ladders have.
  public var commonCount = 0
  /// The last of those before the first difference that are the same; `nil` when there are none.
  public var lastSame: Rung?
  /// The first that differs, on each side; `nil` when all are the same.
  public var firstDifferent: Sides<Rung>?
  /// How many rungs behind the first difference are the same again.
  public var sameAgainCount = 0
  /// Comparisons that the first difference took.
  public var comparisonCount = 0

  /// Nothing compared.
  public init() {}

  /// Compares two ladders, in order of time. Rungs are taken at the first moment of a step: of two at one step, that
  /// have different cycles, the machines have taken different times.
  public init(_ a: [Rung], _ b: [Rung]) {
    let common = Self.pairs(a, b)
    commonCount = common.count
    // By halves, as long as ladders do what they mostly do: the same, and then different.
    var (low, high) = (0, common.count)
    while low < high {
      let middle = (low + high) / 2
      comparisonCount += 1
      if common[middle].a == common[middle].b { low = middle + 1 } else { high = middle }
    }
    // Runs can differ for a while and be the same again; the digests are all here, so nothing is left to chance.
    if let earlier = common[..<low].firstIndex(where: { $0.a != $0.b }) { low = earlier }
    if low > 0 { lastSame = common[low - 1].a }
    guard low < common.count else { return }
    firstDifferent = common[low]
    sameAgainCount = common[low...].count { $0.a == $0.b }
  }

  private static func pairs(_ a: [Rung], _ b: [Rung]) -> [Sides<Rung>] {
    var pairs: [Sides<Rung>] = []
    var (left, right) = (a[...], b[...])
    while let one = left.first, let other = right.first {
      if one.moment.step == other.moment.step {
        pairs.append(Sides(one, other))
        left.removeFirst()
        right.removeFirst()
      } else if one.moment.step < other.moment.step {
        left.removeFirst()
      } else {
        right.removeFirst()
      }
    }
    return pairs
  }
}
