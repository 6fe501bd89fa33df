#if !arch(x86_64)
  /// There is no code generator for this kind of host: engines do without.
  public final class HostTranslator {
    /// See the translator for x86-64.
    public static let blockCountMax = 0
    /// See the translator for x86-64.
    public var flushCount: UInt64 { 0 }
    /// See the translator for x86-64.
    public var blockCount: UInt64 { 0 }
    /// See the translator for x86-64.
    public var hotByteCount: UInt64 { 0 }
    /// See the translator for x86-64.
    public var coldByteCount: UInt64 { 0 }

    /// See the translator for x86-64.
    public static var isPossible: Bool { false }

    /// - Returns: `nil`, always.
    public init?(_ layout: StateLayout, byteCount: Int, linksBlocks: Bool) { nil }
    /// See the translator for x86-64.
    public func supports(_ kind: MicroOperation.Kind) -> Bool { false }
    /// See the translator for x86-64.
    public func translate(_ operations: UnsafePointer<MicroOperation>, _ count: Int) -> UInt32 { 0 }
    /// See the translator for x86-64.
    public func withBlock(at place: UInt32, _ body: (UnsafeMutableBufferPointer<UInt8>) -> Void) {}
    /// See the translator for x86-64.
    public func enter(_ context: UnsafeMutableRawPointer, _ place: UInt32) -> UInt32 { 0 }
    /// See the translator for x86-64.
    public func link(_ site: UInt32, to place: UInt32) {}
    /// See the translator for x86-64.
    public func flush() {}
  }
#endif
