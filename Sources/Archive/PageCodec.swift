internal import CZstd

/// Packs pages of memory for keeping in memory: zstd without frame checksums, at its fastest ordinary level. Never
/// written to a file.
///
/// Holds what libzstd needs for the work, so one is made for many pages. Not to be used by two threads at once.
public final class PageCodec {
  private static let level: Int32 = 1

  private let compressor: OpaquePointer
  private let decompressor: OpaquePointer

  /// A codec.
  public init() {
    guard let compressor = ZSTD_createCCtx(), let decompressor = ZSTD_createDCtx() else {
      preconditionFailure("no memory for a zstd context")
    }
    (self.compressor, self.decompressor) = (compressor, decompressor)
  }

  deinit {
    ZSTD_freeCCtx(compressor)
    ZSTD_freeDCtx(decompressor)
  }

  /// `page`, packed; `nil` when that saves less than an eighth.
  public func pack(_ page: [UInt8]) -> [UInt8]? {
    let limit = page.count - page.count / 8
    var written = 0
    let packed = [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(page.count)) { buffer, count in
      written = page.withUnsafeBytes { source in
        ZSTD_compressCCtx(
          compressor, buffer.baseAddress, buffer.count, source.baseAddress, source.count, Self.level)
      }
      count = ZSTD_isError(written) == 0 ? written : 0
    }
    guard ZSTD_isError(written) == 0, written <= limit else { return nil }
    // A copy of the exact size: the buffer above is larger than a page.
    return packed.withUnsafeBytes { Array($0) }
  }

  /// Unpacks what `pack` returned into the `count` bytes at `place`; false when they do not come out.
  public func unpack(_ packed: [UInt8], into place: UnsafeMutableRawPointer, count: Int) -> Bool {
    let written = packed.withUnsafeBytes { source in
      ZSTD_decompressDCtx(decompressor, place, count, source.baseAddress, source.count)
    }
    return ZSTD_isError(written) == 0 && written == count
  }
}
