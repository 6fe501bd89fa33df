internal import Bits
internal import CZstd

/// One zstd frame, RFC 8878, with its content size and checksum.
enum Frame {
  /// The level for everything but pages: 3 is fast enough not to be noticed while recording.
  static let level: Int32 = 3
  /// The level for pages, of which there can be gigabytes.
  static let pageLevel: Int32 = 1

  /// `payload` as one frame. The same bytes for the same payload, level and release of libzstd.
  ///
  /// A fresh context each time: what a context did before must never be able to change what it writes.
  static func compress(_ payload: [UInt8], level: Int32 = Frame.level) -> [UInt8] {
    guard let context = ZSTD_createCCtx() else { preconditionFailure("no memory for a zstd context") }
    defer { ZSTD_freeCCtx(context) }
    let parameters = [
      (ZSTD_c_compressionLevel, level), (ZSTD_c_contentSizeFlag, 1), (ZSTD_c_checksumFlag, 1), (ZSTD_c_nbWorkers, 0),
    ]
    for (parameter, value) in parameters {
      let code = ZSTD_CCtx_setParameter(context, parameter, value)
      precondition(ZSTD_isError(code) == 0, "zstd refuses a parameter it has always had")
    }
    return [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(payload.count)) { buffer, count in
      count = payload.withUnsafeBytes { source in
        ZSTD_compress2(context, buffer.baseAddress, buffer.count, source.baseAddress, source.count)
      }
      precondition(ZSTD_isError(count) == 0, "zstd could not compress into a buffer of the size it asked for")
    }
  }

  /// The most bytes a frame of `payloadByteCount` bytes may take.
  static func bound(_ payloadByteCount: Int) -> Int { ZSTD_compressBound(payloadByteCount) }
}

/// Unpacks frames. Never writes, and never allocates for the content, more than the caller says the content has.
final class FrameReader {
  private let context: OpaquePointer

  init() {
    guard let context = ZSTD_createDCtx() else { preconditionFailure("no memory for a zstd context") }
    self.context = context
  }

  deinit { ZSTD_freeDCtx(context) }

  /// The content of `frame`, which must be exactly one frame that declares and has exactly `byteCount` bytes.
  func decompress(_ frame: [UInt8], byteCount: Int) throws(PayloadFault) -> [UInt8] {
    // Frame header descriptor: no dictionary, no reserved or unused bit, checksum present (RFC 8878 section 3.1.1.1.1).
    guard frame.littleEndian(UInt32.self, at: 0) == Layout.frameMagic, frame.count > 4, frame[4] & 0x1F == 0x04 else {
      throw PayloadFault(found: "no zstd frame of the expected form behind the section's head")
    }
    let (size, extent) = frame.withUnsafeBytes { buffer in
      (
        ZSTD_getFrameContentSize(buffer.baseAddress, buffer.count),
        ZSTD_findFrameCompressedSize(buffer.baseAddress, buffer.count)
      )
    }
    guard size == UInt64(byteCount) else {
      throw PayloadFault(found: "the zstd frame does not declare the \(byteCount) bytes that the section's head does")
    }
    guard ZSTD_isError(extent) == 0, extent == frame.count else {
      throw PayloadFault(found: "the zstd frame does not have the \(frame.count) bytes that the section's head says")
    }
    var written = 0
    let content = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
      written = frame.withUnsafeBytes { source in
        ZSTD_decompressDCtx(context, buffer.baseAddress, buffer.count, source.baseAddress, source.count)
      }
      count = ZSTD_isError(written) == 0 ? written : 0
    }
    guard ZSTD_isError(written) == 0 else {
      throw PayloadFault(found: "zstd cannot unpack it: \(String(cString: ZSTD_getErrorName(written)))")
    }
    guard written == byteCount else {
      throw PayloadFault(found: "the zstd frame holds \(written) bytes where \(byteCount) are declared")
    }
    return content
  }
}
