/// Changes to bytes and to sections, as damage, chance and malice make them.
extension Numbers {
  /// Changes `bytes` in one place.
  public mutating func change(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else { return bytes.append(byte()) }
    let place = below(bytes.count)
    let end = min(bytes.count, place + 1 + below(40))
    switch below(8) {
    case 0, 1: bytes[place] ^= 1 << UInt8(below(8))
    case 2: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF][below(5)]
    case 3: bytes.insert(contentsOf: Forge.varint(next() >> UInt64(below(64))), at: place)
    case 4: bytes.removeSubrange(place..<end)
    case 5: bytes.insert(contentsOf: bytes[place..<end], at: below(bytes.count))
    case 6: bytes.replaceSubrange(place..<end, with: self.bytes(end - place))
    default: bytes.removeSubrange(place...)
    }
  }

  /// Changes one of `sections`, or which there are. `others` are of another file.
  mutating func change(_ sections: inout [ForgedSection], _ others: [ForgedSection]) {
    guard !sections.isEmpty else { return }
    let place = below(sections.count)
    switch below(24) {
    case 0: sections.remove(at: place)
    case 1: sections.insert(sections[place], at: below(sections.count))
    case 2: sections.swapAt(place, below(sections.count))
    case 3: sections.insert(others[below(others.count)], at: place)
    case 4: sections[place] = others[below(others.count)]
    case 5: sections[place].kind = UInt16(below(17))
    case 6: sections[place].version = UInt16(below(3))
    case 7: sections[place].flags = UInt32(below(4))
    case 8: sections[place].itemCount = UInt32(truncatingIfNeeded: next() >> UInt64(32 + below(32)))
    case 9: sections[place].times[below(4)] = next() >> UInt64(below(64))
    case 10:
      let (from, to) = (below(sections.count), below(sections.count))
      sections[to].times = sections[from].times
    case 11: sections[place].payloadByteCount = UInt32(truncatingIfNeeded: next() >> UInt64(32 + below(32)))
    case 12: sections[place].payloadHash = next()
    case 13: sections[place].frame = Forge.compress(sections[below(sections.count)].payload)
    case 14:
      var frame = Forge.compress(sections[place].payload)
      change(&frame)
      sections[place].frame = frame
    case 15: if below(8) == 0 { inflate(&sections[place]) }
    default: change(&sections[place].payload)
    }
  }

  /// Makes a payload that packs to almost nothing and unpacks to very much, with as many records as fit.
  private mutating func inflate(_ section: inout ForgedSection) {
    let size = [1 << 16, 1 << 20, (1 << 24) - 64][below(3)]
    let filler = UInt8(below(3))
    // A record of a checkpoint starts with two digests and the board, the others with their number of records.
    let start = section.kind == 6 || section.kind == 14 ? section.payload.prefix(32) + [0] : []
    let count = section.kind == 5 ? size / 18 : size / [2, 4, 5][below(3)]
    let limited = [3: min(count, 1 << 16), 4: min(count, 1 << 18), 5: min(count, 1 << 18)][section.kind] ?? count
    section.payload = start + Forge.varint(UInt64(limited)) + [UInt8](repeating: filler, count: size)
    if (3...5).contains(section.kind) { section.itemCount = UInt32(limited) }
  }
}
