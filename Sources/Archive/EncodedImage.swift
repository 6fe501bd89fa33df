internal import VirtualTime

/// An image as traces hold it: compressed once, for any number of traces in which it has the same number.
public struct EncodedImage: Sendable {
  /// Its place in the headers' lists of images.
  public let number: Int
  /// Bytes of the image itself.
  public let byteCount: Int
  let parts: [EncodedSection]

  /// Image `number`, which has these bytes.
  public init(_ number: Int, _ bytes: [UInt8]) {
    (self.number, byteCount) = (number, bytes.count)
    parts = stride(from: 0, to: bytes.count, by: ImagePart.maximumByteCount).map { start in
      let part = bytes[start..<min(start + ImagePart.maximumByteCount, bytes.count)]
      var payload: [UInt8] = []
      payload.reserveCapacity(part.count + 16)
      payload.appendVarint(UInt64(number))
      payload.appendVarint(UInt64(start))
      payload += part
      return EncodedSection(.image, payload, items: part.count)
    }
  }
}

/// A section that has no place in a file yet.
struct EncodedSection: Sendable {
  let head: SectionHead
  let frame: [UInt8]

  init(
    _ kind: SectionKind, _ payload: [UInt8], items: Int, covering: ClosedRange<Moment> = .zero ... .zero
  ) {
    precondition(payload.count <= kind.maximumPayloadByteCount, "a \(kind.name) section is too large")
    precondition(items <= kind.maximumItemCount, "a \(kind.name) section holds too much")
    frame = Frame.compress(payload)
    head = SectionHead(
      kindNumber: kind.rawValue, version: kind.knownVersion, flags: kind.isCritical ? SectionHead.criticalFlag : 0,
      sequence: 0, itemCount: UInt32(items), compressedByteCount: UInt32(frame.count),
      payloadByteCount: UInt32(payload.count), first: covering.lowerBound, last: covering.upperBound,
      payloadHash: Layout.hash(payload))
  }
}
