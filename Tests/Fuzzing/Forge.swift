public import Archive
internal import CXXHash
internal import CZstd

/// A section taken apart and put together by the rules of `Documentation/TraceFormat.md` alone, not by the code under
/// test: what a stranger, a newer release or an attacker would write, with all checksums right.
public struct ForgedSection: Equatable, Sendable {
  /// The number of the kind.
  public var kind: UInt16
  /// The version of the payload.
  public var version: UInt16 = 1
  /// Bit 0: critical.
  public var flags: UInt32
  /// The place in the file.
  public var sequence: UInt32
  /// How many records the head says there are.
  public var itemCount: UInt32
  /// First step and cycle, last step and cycle.
  public var times: [UInt64] = [0, 0, 0, 0]
  /// What is compressed.
  public var payload: [UInt8]
  /// Put in place of the true frame.
  public var frame: [UInt8]?
  /// Put in place of the true size of the payload.
  public var payloadByteCount: UInt32?
  /// Put in place of the true hash of the payload.
  public var payloadHash: UInt64?

  /// A section with all checksums right.
  public init(
    kind: UInt16, version: UInt16 = 1, flags: UInt32, sequence: UInt32, itemCount: UInt32,
    times: [UInt64] = [0, 0, 0, 0], payload: [UInt8]
  ) {
    (self.kind, self.version, self.flags, self.sequence) = (kind, version, flags, sequence)
    (self.itemCount, self.times, self.payload) = (itemCount, times, payload)
  }

  /// Head and frame.
  public var bytes: [UInt8] {
    let frame = self.frame ?? Forge.compress(payload, level: kind == 11 || kind == 13 ? 1 : 3)
    var head = Forge.little(UInt32(0x184D_2A52)) + Forge.little(UInt32(72))
    head += Forge.little(kind) + Forge.little(version) + Forge.little(flags)
    head += Forge.little(sequence) + Forge.little(itemCount)
    head += Forge.little(UInt32(frame.count)) + Forge.little(payloadByteCount ?? UInt32(payload.count))
    for time in times { head += Forge.little(time) }
    head += Forge.little(payloadHash ?? Forge.hash(payload))
    head += Forge.little(Forge.hash(head))
    return head + frame
  }
}

/// Traces taken apart and put together.
public enum Forge {
  /// `value` in little-endian order.
  public static func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    (0..<(Value.bitWidth / 8)).map { UInt8(truncatingIfNeeded: value >> Value($0 * 8)) }
  }

  /// The number at `offset`, in little-endian order.
  public static func number<Value: FixedWidthInteger>(_ bytes: [UInt8], _ offset: Int, as type: Value.Type) -> Value {
    (0..<(Value.bitWidth / 8)).reduce(0) { $0 | Value(truncatingIfNeeded: bytes[offset + $1]) << Value($1 * 8) }
  }

  /// XXH3-64.
  public static func hash(_ bytes: [UInt8], seed: UInt64 = 0) -> UInt64 {
    XXH3_64bits_withSeed(bytes, bytes.count, seed)
  }

  /// XXH3-128, seed 0.
  public static func digest(_ bytes: [UInt8]) -> TraceDigest {
    let hash = XXH3_128bits(bytes, bytes.count)
    return TraceDigest(high: hash.high64, low: hash.low64)
  }

  /// One zstd frame.
  public static func compress(_ payload: [UInt8], checksum: Bool = true, level: Int32 = 3) -> [UInt8] {
    let context = ZSTD_createCCtx()
    defer { ZSTD_freeCCtx(context) }
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, checksum ? 1 : 0)
    var frame = [UInt8](repeating: 0, count: ZSTD_compressBound(payload.count))
    let count = ZSTD_compress2(context, &frame, frame.count, payload, payload.count)
    return Array(frame.prefix(count))
  }

  /// What `frames` unpack to, when that is at most `limit` bytes.
  public static func decompress(_ frames: some Collection<UInt8>, limit: Int) -> [UInt8]? {
    var content = [UInt8](repeating: 0, count: limit)
    let count = ZSTD_decompress(&content, limit, Array(frames), frames.count)
    return ZSTD_isError(count) == 0 ? Array(content.prefix(count)) : nil
  }

  /// The first bytes of a file.
  public static func preamble(version: UInt32 = 1, flags: UInt32 = 0) -> [UInt8] {
    let start =
      little(UInt32(0x184D_2A52)) + little(UInt32(24)) + Array("REPRISE\0".utf8) + little(version) + little(flags)
    return start + little(hash(start))
  }

  /// What stands behind an index.
  public static func locator(indexOffset: Int) -> [UInt8] {
    let start = little(UInt32(0x184D_2A52)) + little(UInt32(24)) + Array("RPRINDEX".utf8) + little(UInt64(indexOffset))
    return start + little(hash(start))
  }

  /// The sections of a whole, undamaged file.
  public static func sections(of file: [UInt8]) -> [ForgedSection] {
    var sections: [ForgedSection] = []
    var offset = 32
    while offset < file.count {
      let head = Array(file[offset..<(offset + 80)])
      let frameSize = Int(number(head, 24, as: UInt32.self))
      let frame = file[(offset + 80)..<(offset + 80 + frameSize)]
      let section = ForgedSection(
        kind: number(head, 8, as: UInt16.self), version: number(head, 10, as: UInt16.self),
        flags: number(head, 12, as: UInt32.self), sequence: number(head, 16, as: UInt32.self),
        itemCount: number(head, 20, as: UInt32.self), times: (0..<4).map { number(head, 32 + 8 * $0, as: UInt64.self) },
        payload: decompress(frame, limit: Int(number(head, 28, as: UInt32.self))) ?? [])
      sections.append(section)
      offset += 80 + frameSize + (section.kind == SectionKind.index.rawValue ? 32 : 0)
    }
    return sections
  }

  /// A file of `sections`. An index gets the locator that belongs behind it.
  public static func file(_ sections: [ForgedSection]) -> [UInt8] {
    var file = preamble()
    for section in sections {
      let offset = file.count
      file += section.bytes
      if section.kind == SectionKind.index.rawValue { file += locator(indexOffset: offset) }
    }
    return file
  }

  /// `sections` without their index, numbered anew: as a careful hand would leave them.
  public static func renumbered(_ sections: [ForgedSection]) -> [ForgedSection] {
    var result = sections.filter { $0.kind != SectionKind.index.rawValue }
    for index in result.indices { result[index].sequence = UInt32(index) }
    return result
  }
}
