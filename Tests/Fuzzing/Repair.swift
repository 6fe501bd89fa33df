/// Making right again what a change made wrong elsewhere in a file, so that a reader gets as far as the change itself.
extension Forge {
  /// `sections` numbered anew.
  public static func numbered(_ sections: [ForgedSection]) -> [ForgedSection] {
    var result = sections
    for index in result.indices { result[index].sequence = UInt32(index) }
    return result
  }

  /// `sections` with the commitment in each end that belongs there.
  public static func committed(_ sections: [ForgedSection]) -> [ForgedSection] {
    var result = sections
    var commitment: UInt64 = 0
    for index in result.indices where result[index].flags & 1 == 1 {
      if result[index].kind == 9, result[index].payload.count >= 8 {
        result[index].payload.replaceSubrange((result[index].payload.count - 8)..., with: little(commitment))
      } else {
        let head = result[index].bytes
        commitment = hash(Array(head[8..<16] + head[20..<24] + head[28..<72]), seed: commitment)
      }
    }
    return result
  }

  /// `sections`, each of whose indexes lists the sections before it.
  public static func indexed(_ sections: [ForgedSection]) -> [ForgedSection] {
    var result = sections
    for index in result.indices where result[index].kind == 8 {
      result[index].payload = indexPayload(Array(result[..<index]))
      result[index].itemCount = UInt32(index)
    }
    return result
  }

  private static func indexPayload(_ sections: [ForgedSection]) -> [UInt8] {
    let heads = sections.map { Array($0.bytes.prefix(80)) }
    var bytes = varint(UInt64(heads.count))
    for offset in [8, 10] { for head in heads { bytes += varint(UInt64(number(head, offset, as: UInt16.self))) } }
    for offset in [12, 20, 24, 28] {
      for head in heads { bytes += varint(UInt64(number(head, offset, as: UInt32.self))) }
    }
    for offset in [32, 40] {
      var previous: UInt64 = 0
      for head in heads {
        let difference = Int64(bitPattern: number(head, offset, as: UInt64.self) &- previous)
        bytes += varint(UInt64(bitPattern: (difference &<< 1) ^ (difference &>> 63)))
        previous = number(head, offset + 16, as: UInt64.self)
      }
      for head in heads {
        bytes += varint(number(head, offset + 16, as: UInt64.self) &- number(head, offset, as: UInt64.self))
      }
    }
    for head in heads { bytes += head[64..<72] }
    return bytes
  }

  /// `value` in LEB128.
  public static func varint(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}
