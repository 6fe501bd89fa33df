internal import Bits

/// Contents of pages, compressed and ready to be written. Making one needs neither a writer nor a reader, so that any
/// thread can do it.
public struct PageBlock: Sendable {
  /// Bytes in a page.
  public static let pageByteCount = 4096
  /// The most pages in one block: one section of a trace.
  public static let maximumPageCount = 2048

  /// How many pages there are.
  public let pageCount: Int
  let frame: [UInt8]
  let payloadHash: UInt64

  var payloadByteCount: Int { pageCount * Self.pageByteCount }

  /// Compresses `contents`: 1 to `maximumPageCount` pages of `pageByteCount` bytes each.
  public init(_ contents: some Collection<[UInt8]>) {
    precondition(
      !contents.isEmpty && contents.count <= Self.maximumPageCount, "a block has at least one page, and not too many")
    var payload: [UInt8] = []
    payload.reserveCapacity(contents.count * Self.pageByteCount)
    for content in contents {
      precondition(content.count == Self.pageByteCount, "a page has 4,096 bytes")
      payload += content
    }
    self.init(payload: payload)
  }

  /// Compresses `payload`: 1 to `maximumPageCount` pages, one after another.
  public init(payload: [UInt8]) {
    let count = payload.count / Self.pageByteCount
    precondition(
      count > 0 && count <= Self.maximumPageCount && count * Self.pageByteCount == payload.count,
      "a block has at least one page, not too many, and only whole ones")
    pageCount = count
    frame = Frame.compress(payload, level: Frame.pageLevel)
    payloadHash = Layout.hash(payload)
  }
}

/// Where the contents of pages of one kind stand in a file: their numbers, section by section.
struct PageTable {
  /// A section, and the number of its first page.
  struct Entry {
    let section: Section
    let first: UInt64
  }

  private(set) var entries: [Entry] = []
  /// How many pages there are.
  private(set) var count: UInt64 = 0

  /// The pages of `kind` in `sections`.
  init(_ sections: [Section], kind: SectionKind) {
    for section in sections where section.head.kind == kind {
      entries.append(Entry(section: section, first: count))
      count += UInt64(section.head.itemCount)
    }
  }

  /// How many pages stand before `section`.
  func count(before section: Section) -> UInt64 {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].section.head.sequence < section.head.sequence { low = middle + 1 } else { high = middle }
    }
    return low < entries.count ? entries[low].first : count
  }
}
