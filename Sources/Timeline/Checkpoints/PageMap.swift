internal import Synchronization

/// What each page of a memory holds: a value whose copies share what is the same in them.
struct PageMap: Sendable {
  /// Pages in a part that copies share.
  static let partPages = 128

  /// The parts; `nil` for one that is all zero.
  private(set) var parts: [PagePart?]
  let pageCount: Int
  private let store: PageStore

  /// A memory of `pageCount` pages, all zero.
  init(pageCount: Int, store: PageStore) {
    (self.pageCount, self.store) = (pageCount, store)
    parts = Array(repeating: nil, count: (pageCount + Self.partPages - 1) / Self.partPages)
  }

  /// What page `index` holds; `nil` for zeros.
  subscript(_ index: Int) -> PageContents? { parts[index / Self.partPages]?.pages[index % Self.partPages] }

  /// Changes the pages of `changes`, which are in ascending order; `nil` for zeros.
  mutating func set(_ changes: [(index: Int, contents: PageContents?)]) {
    var next = 0
    while next < changes.count {
      let part = changes[next].index / Self.partPages
      var pages = parts[part]?.pages ?? Array(repeating: nil, count: Self.partPages)
      while next < changes.count, changes[next].index / Self.partPages == part {
        pages[changes[next].index % Self.partPages] = changes[next].contents
        next += 1
      }
      parts[part] = pages.allSatisfy { $0 == nil } ? nil : PagePart(pages, store: store)
    }
  }

  /// The pages that `self` and `other`, a map of a memory of the same size, do not have in common, ascending.
  func differences(from other: PageMap) -> [Int] {
    precondition(pageCount == other.pageCount, "maps of one memory have one size")
    var indices: [Int] = []
    for part in parts.indices where parts[part] !== other.parts[part] {
      let (ours, theirs) = (parts[part]?.pages, other.parts[part]?.pages)
      for index in 0..<Self.partPages where ours?[index] !== theirs?[index] {
        indices.append(part * Self.partPages + index)
      }
    }
    return indices
  }

  /// The pages that are not all zero, ascending.
  func forEach(_ body: (_ index: Int, _ contents: PageContents) throws -> Void) rethrows {
    for (number, part) in parts.enumerated() {
      guard let part else { continue }
      for (place, page) in part.pages.enumerated() {
        if let page { try body(number * Self.partPages + place, page) }
      }
    }
  }

  /// Bytes that a copy takes for itself.
  var ownByteCount: Int { parts.count * MemoryLayout<PagePart?>.stride + 64 }
}

/// A stretch of a map.
final class PagePart: Sendable {
  private static let byteCount = PageMap.partPages * MemoryLayout<PageContents?>.stride + 96

  let pages: [PageContents?]
  private let store: PageStore

  init(_ pages: [PageContents?], store: PageStore) {
    (self.pages, self.store) = (pages, store)
    store.account(Self.byteCount)
  }

  deinit { store.account(-Self.byteCount) }
}
