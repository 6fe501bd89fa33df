internal import Backplane
internal import StateCoding
internal import VirtualTime

/// Where the memories of two machines differ, by guest-physical address, whether or not they have the same size.
enum MemoryComparison {
  /// A page of both memories that does not hold the same.
  struct Page: Sendable {
    let address: UInt64
    let bytes: Sides<[UInt8]>
  }

  /// The pages that differ where the machines stand, ascending: the contents of the first `limit`, and how many there
  /// are. Pages that only one of them has are left out.
  static func pages<B: Board>(_ lanes: Lanes<B>, limit: Int) throws -> (pages: [Page], count: Int) {
    let digests = try lanes.both { runner, _ in pageDigests(of: runner.machine.memory) }
    var addresses: [UInt64] = []
    var (left, right) = (digests.a[...], digests.b[...])
    while let one = left.first, let other = right.first {
      if one.address == other.address {
        if one.digest != other.digest { addresses.append(one.address) }
        left.removeFirst()
        right.removeFirst()
      } else if one.address < other.address {
        left.removeFirst()
      } else {
        right.removeFirst()
      }
    }
    let wanted = Array(addresses.prefix(limit))
    let contents = try lanes.both { runner, _ in
      wanted.map { runner.machine.memory.read($0, count: Int(Memory.pageSize)) ?? [] }
    }
    let pages = wanted.indices.map {
      Page(address: wanted[$0], bytes: Sides(contents.a[$0], contents.b[$0]))
    }
    return (pages, addresses.count)
  }

  private static func pageDigests(of memory: Memory) -> [(address: UInt64, digest: Digest)] {
    _ = memory.digest()
    var pages = (0..<memory.pageCount).map { (memory.address(ofPage: $0), memory.digest(ofPage: $0)) }
    if memory.romBase > memory.ramBase { pages.sort { $0.0 < $1.0 } }
    return pages
  }

  /// The stretches of bytes of `pages` that differ, ascending. Stretches closer together than `gap` bytes are one.
  static func stretches(_ pages: [Page], gap: UInt64) -> [ClosedRange<UInt64>] {
    var stretches: [ClosedRange<UInt64>] = []
    for page in pages {
      for index in 0..<min(page.bytes.a.count, page.bytes.b.count) where page.bytes.a[index] != page.bytes.b[index] {
        let address = page.address + UInt64(index)
        if let last = stretches.last, address - last.upperBound <= gap {
          stretches[stretches.count - 1] = last.lowerBound...address
        } else {
          stretches.append(address...address)
        }
      }
    }
    return stretches
  }
}
