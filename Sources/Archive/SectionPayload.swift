/// The payload of one section, with everything about it checked against its head.
enum SectionPayload {
  static func read(_ section: Section, from source: any ByteSource, _ frames: FrameReader) throws -> [UInt8] {
    let frame = try checkHead(section, source)
    do {
      let payload = try frames.decompress(try source.bytes(frame), byteCount: Int(section.head.payloadByteCount))
      guard Layout.hash(payload) == section.head.payloadHash else {
        throw PayloadFault(found: "the checksum of the payload is wrong")
      }
      return payload
    } catch let fault as PayloadFault {
      throw TraceError(.damaged, in: section, found: fault.found)
    }
  }

  /// Checks that the head of `section`, of a known kind, is what stands in the file and asks for no more than it may.
  /// - Returns: where the frame stands.
  static func checkHead(_ section: Section, _ source: any ByteSource) throws -> Range<Int> {
    let head = section.head
    guard let kind = head.kind else { preconditionFailure("only known kinds are read") }
    let limit = kind == .index ? section.offset : kind.maximumPayloadByteCount
    let size = Int(head.payloadByteCount)
    guard size <= limit, Int(head.itemCount) <= kind.maximumItemCount,
      Int(head.compressedByteCount) <= Frame.bound(size)
    else {
      throw TraceError(
        .damaged, in: section,
        found: "\(size) bytes of payload and \(head.itemCount) records, where at most \(limit) and"
          + " \(kind.maximumItemCount) can be")
    }
    let start = section.offset + Layout.headByteCount
    let end = start + Int(head.compressedByteCount)
    // What an index tells of a section is believed only when the section says the same.
    guard try source.bytes(section.offset..<start) == head.bytes else {
      throw TraceError(.damaged, in: section, found: "the section's head is not what was written")
    }
    return start..<end
  }
}
