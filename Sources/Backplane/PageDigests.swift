internal import StateCoding

/// The digest tree of memory: page digests, group digests over 512 page digests, a root over all group digests.
///
/// All XXH3-128, a digest written as its low half and then its high half, little-endian. The root also takes in the
/// page count. Groups never written are not stored: their pages are all zero.
struct PageDigests {
  private static let fanOut = 512
  private let pageCount: Int
  private var groups: [[Pair]?]
  private var groupDigests: [Pair]
  private var noted: [Int] = []

  /// A digest as it lies in memory when hashed.
  struct Pair: Equatable {
    var low: UInt64
    var high: UInt64
    init(_ digest: Digest) { (low, high) = (digest.low.littleEndian, digest.high.littleEndian) }
  }

  private let zeroPage: Pair

  init(pageCount: Int) {
    self.pageCount = pageCount
    zeroPage = Pair(Digest(of: [UInt8](repeating: 0, count: 4096)))
    let groupCount = (pageCount + Self.fanOut - 1) / Self.fanOut
    groups = Array(repeating: nil, count: groupCount)
    let zeroGroup = Self.hash(Array(repeating: zeroPage, count: Self.fanOut))
    groupDigests = Array(repeating: Pair(zeroGroup), count: groupCount)
  }

  /// Notes that page `index` is to be digested anew.
  mutating func note(_ index: Int) { noted.append(index) }

  /// The pages noted, and forgets them.
  mutating func takeNoted() -> [Int] {
    defer { noted.removeAll(keepingCapacity: true) }
    return noted
  }

  /// Whether page `index` had other bytes than zero when last digested.
  func isKnownNonzero(_ index: Int) -> Bool {
    guard let group = groups[index / Self.fanOut] else { return false }
    return group[index % Self.fanOut] != zeroPage
  }

  /// The digest of page `index` when last digested.
  func digest(of index: Int) -> Digest {
    let pair = groups[index / Self.fanOut]?[index % Self.fanOut] ?? zeroPage
    return Digest(high: UInt64(littleEndian: pair.high), low: UInt64(littleEndian: pair.low))
  }

  /// Digests the pages of `indices`, whose bytes start at `base`, and the groups they are in.
  mutating func update(_ indices: [Int], base: UnsafeMutableRawPointer) {
    var touched: [Int] = []
    for index in indices {
      let group = index / Self.fanOut
      if groups[group] == nil { groups[group] = Array(repeating: zeroPage, count: Self.fanOut) }
      groups[group]?[index % Self.fanOut] = Pair(Digest(base + index * 4096, count: 4096))
      touched.append(group)
    }
    touched.sort()
    var last = -1
    for group in touched where group != last {
      last = group
      if let pages = groups[group] { groupDigests[group] = Pair(Self.hash(pages)) }
    }
  }

  /// The digest over all groups and the page count.
  func root() -> Digest {
    Self.hash(groupDigests + [Pair(Digest(high: 0, low: UInt64(pageCount)))])
  }

  private static func hash(_ pairs: [Pair]) -> Digest {
    pairs.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else { return Digest(of: []) }
      return Digest(base, count: buffer.count)
    }
  }
}
