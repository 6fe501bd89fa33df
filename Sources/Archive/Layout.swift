internal import Bits
internal import CXXHash
public import VirtualTime

/// The numbers and fixed-size parts of the container. Source: `Documentation/TraceFormat.md`, "Container".
enum Layout {
  /// The magic number of our skippable frames, one of the sixteen of RFC 8878 section 3.1.2.
  static let skippableMagic: UInt32 = 0x184D_2A52
  /// The magic number of a zstd frame, RFC 8878 section 3.1.1.
  static let frameMagic: UInt32 = 0xFD2F_B528
  /// "REPRISE" and a zero byte.
  static let preambleMagic: [UInt8] = [0x52, 0x45, 0x50, 0x52, 0x49, 0x53, 0x45, 0x00]
  /// "RPRINDEX".
  static let locatorMagic: [UInt8] = [0x52, 0x50, 0x52, 0x49, 0x4E, 0x44, 0x45, 0x58]
  /// Bytes in the preamble and in the locator.
  static let preambleByteCount = 32
  static let locatorByteCount = 32
  /// Bytes in a section's head, the frame's own eight included.
  static let headByteCount = 80
  /// Bytes in the smallest zstd frame that a section can have: magic, descriptor, size, one empty block, checksum.
  static let minimumFrameByteCount = 13

  /// XXH3-64 of `bytes` with `seed`.
  static func hash(_ bytes: some Collection<UInt8>, seed: UInt64 = 0) -> UInt64 {
    let result = bytes.withContiguousStorageIfAvailable { buffer in
      guard let base = buffer.baseAddress else {
        var nothing: UInt8 = 0
        return XXH3_64bits_withSeed(&nothing, 0, seed)
      }
      return XXH3_64bits_withSeed(base, buffer.count, seed)
    }
    return result ?? hash(Array(bytes), seed: seed)
  }

  /// XXH3-128 of `bytes`, seed 0.
  static func digest(_ bytes: [UInt8]) -> TraceDigest {
    let hash = bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else {
        var nothing: UInt8 = 0
        return XXH3_128bits(&nothing, 0)
      }
      return XXH3_128bits(base, buffer.count)
    }
    return TraceDigest(high: hash.high64, low: hash.low64)
  }

  /// The first bytes of every trace.
  static func preamble(version: UInt32) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendLittleEndian(skippableMagic)
    bytes.appendLittleEndian(UInt32(preambleByteCount - 8))
    bytes += preambleMagic
    bytes.appendLittleEndian(version)
    bytes.appendLittleEndian(UInt32(0))
    bytes.appendLittleEndian(hash(bytes))
    return bytes
  }

  /// What follows an index: it tells where the index starts.
  static func locator(indexOffset: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendLittleEndian(skippableMagic)
    bytes.appendLittleEndian(UInt32(locatorByteCount - 8))
    bytes += locatorMagic
    bytes.appendLittleEndian(UInt64(indexOffset))
    bytes.appendLittleEndian(hash(bytes))
    return bytes
  }
}

/// The head of a section: what it holds, how large it is, which part of the run it covers.
public struct SectionHead: Hashable, Sendable {
  /// The number of the kind; see `SectionKind`.
  public var kindNumber: UInt16
  /// The version of the payload's layout.
  public var version: UInt16
  /// Bit 0: critical. The other bits are zero.
  public var flags: UInt32
  /// The place of the section in the file, counted from 0.
  public var sequence: UInt32
  /// How many records the payload holds; for an image, how many of its bytes.
  public var itemCount: UInt32
  /// Bytes in the zstd frame.
  public var compressedByteCount: UInt32
  /// Bytes in the payload.
  public var payloadByteCount: UInt32
  /// The first moment the section covers; zero where that means nothing.
  public var first: Moment
  /// The last moment the section covers; zero where that means nothing.
  public var last: Moment
  /// XXH3-64 of the payload, seed 0.
  public var payloadHash: UInt64

  static let criticalFlag: UInt32 = 1

  /// The kind, or `nil` when this reader does not know it.
  public var kind: SectionKind? { SectionKind(rawValue: kindNumber) }
  /// Whether a reader that does not know the section must refuse the trace.
  public var isCritical: Bool { flags & Self.criticalFlag != 0 }
  /// What follows the frame: an index has its locator behind it.
  var tailByteCount: Int { kind == .index ? Layout.locatorByteCount : 0 }
  /// Bytes of the whole section in the file.
  public var byteCount: Int { Layout.headByteCount + Int(compressedByteCount) + tailByteCount }

  /// The head as it stands in the file: one skippable frame.
  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Layout.headByteCount)
    bytes.appendLittleEndian(Layout.skippableMagic)
    bytes.appendLittleEndian(UInt32(Layout.headByteCount - 8))
    bytes.appendLittleEndian(kindNumber)
    bytes.appendLittleEndian(version)
    bytes.appendLittleEndian(flags)
    bytes.appendLittleEndian(sequence)
    bytes.appendLittleEndian(itemCount)
    bytes.appendLittleEndian(compressedByteCount)
    bytes.appendLittleEndian(payloadByteCount)
    appendMoments(to: &bytes)
    bytes.appendLittleEndian(payloadHash)
    bytes.appendLittleEndian(Layout.hash(bytes))
    return bytes
  }

  /// The commitment to this section and the critical ones before it. It leaves out the sequence number and the
  /// compressed size, so that dropping other sections or compressing anew does not change it.
  func commitment(after previous: UInt64) -> UInt64 { Layout.hash(committedBytes, seed: previous) }

  /// The 56 bytes of the head that commitments and identities are made of.
  var committedBytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(56)
    bytes.appendLittleEndian(kindNumber)
    bytes.appendLittleEndian(version)
    bytes.appendLittleEndian(flags)
    bytes.appendLittleEndian(itemCount)
    bytes.appendLittleEndian(payloadByteCount)
    appendMoments(to: &bytes)
    bytes.appendLittleEndian(payloadHash)
    return bytes
  }

  private func appendMoments(to bytes: inout [UInt8]) {
    for moment in [first, last] {
      bytes.appendLittleEndian(moment.step.count)
      bytes.appendLittleEndian(moment.cycle.count)
    }
  }
}

extension SectionHead {
  /// The head in `bytes`, or `nil` when they are not a head with a right checksum.
  init?(_ bytes: [UInt8]) {
    guard bytes.count == Layout.headByteCount,
      bytes.littleEndian(UInt32.self, at: 0) == Layout.skippableMagic,
      bytes.littleEndian(UInt32.self, at: 4) == UInt32(Layout.headByteCount - 8),
      bytes.littleEndian(UInt64.self, at: 72) == Layout.hash(bytes[0..<72])
    else { return nil }
    func short(_ offset: Int) -> UInt16 { bytes.littleEndian(UInt16.self, at: offset) ?? 0 }
    func word(_ offset: Int) -> UInt32 { bytes.littleEndian(UInt32.self, at: offset) ?? 0 }
    func long(_ offset: Int) -> UInt64 { bytes.littleEndian(UInt64.self, at: offset) ?? 0 }
    self.init(
      kindNumber: short(8), version: short(10), flags: word(12), sequence: word(16), itemCount: word(20),
      compressedByteCount: word(24), payloadByteCount: word(28),
      first: Moment(step: Step(long(32)), cycle: Cycle(long(40))),
      last: Moment(step: Step(long(48)), cycle: Cycle(long(56))), payloadHash: long(64))
  }
}

/// A section of a trace: its head and where it starts.
public struct Section: Hashable, Sendable {
  /// The head.
  public let head: SectionHead
  /// The offset in the file of the section's first byte.
  public let offset: Int
}
