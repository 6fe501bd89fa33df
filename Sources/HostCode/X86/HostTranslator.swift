#if arch(x86_64)
  internal import CPages

  /// Generates code for this host, and runs it.
  ///
  /// Not state, and nothing of it can be seen in any: what it generates does what the operations say, on every host.
  public final class HostTranslator {
    private let tables: HostTables
    private var memory: CodeMemory
    private let linksBlocks: Bool
    private let stubs: Stubs
    private let entry: @convention(c) (UnsafeMutableRawPointer, UInt) -> UInt32
    /// How often all code has been thrown away for want of room.
    public private(set) var flushCount: UInt64 = 0
    /// Blocks generated so far.
    public private(set) var blockCount: UInt64 = 0
    /// The bytes of their code that runs often.
    public private(set) var hotByteCount: UInt64 = 0
    /// The bytes of their code that does not.
    public private(set) var coldByteCount: UInt64 = 0

    /// The size of a block, at most, in operations.
    public static let blockCountMax = 1024

    /// Whether this host has executable memory for us.
    public static var isPossible: Bool {
      guard let memory = CodeMemory(byteCount: 4096) else { return false }
      memory.release()
      return true
    }

    /// A translator with `byteCount` bytes of code at most. With `linksBlocks` false, every block ends with a way out.
    /// - Returns: `nil` when the host has no executable memory, or refuses it.
    public init?(_ layout: StateLayout, byteCount: Int, linksBlocks: Bool) {
      guard var memory = CodeMemory(byteCount: byteCount) else { return nil }
      self.linksBlocks = linksBlocks
      tables = HostTables(layout)
      var writer = StubWriter(tables: tables, assembler: Assembler(next: memory.writable))
      stubs = writer.write()
      precondition(writer.assembler.next - memory.writable <= Int(layout.firstCode), "stubs end where code begins")
      memory.reset(hotStart: Int(layout.firstCode))
      self.memory = memory
      let address = memory.executable + UInt(stubs.enter - memory.writable)
      entry = unsafeBitCast(address, to: (@convention(c) (UnsafeMutableRawPointer, UInt) -> UInt32).self)
    }

    deinit {
      tables.release()
      memory.release()
    }

    /// Whether blocks may hold operations of `kind` on this host.
    public func supports(_ kind: MicroOperation.Kind) -> Bool {
      switch kind {
      case .leadingZeros, .leadingZerosWord: tables.features & host_feature_lzcnt != 0
      case .trailingZeros, .trailingZerosWord: tables.features & host_feature_bmi1 != 0
      case .ones, .onesWord: tables.features & host_feature_popcnt != 0
      case .floatFused, .floatFusedSubtract, .floatNegatedFused, .floatNegatedFusedSubtract:
        tables.features & host_feature_fma != 0
      default: true
      }
    }

    /// Generates the block of the `count` operations at `operations`.
    /// - Returns: its place; 0 when there is no room, and `flush` must come first.
    public func translate(_ operations: UnsafePointer<MicroOperation>, _ count: Int) -> UInt32 {
      precondition(count <= Self.blockCountMax, "a block has a greatest size")
      let room = BlockWriter.byteCountMax * (count + 1)
      guard memory.hasRoom(hot: room, cold: room) else { return 0 }
      let start = memory.writable + memory.hotNext
      var writer = BlockWriter(
        tables: tables, stubs: stubs, base: memory.writable, start: start, cold: memory.writable + memory.coldNext,
        linksBlocks: linksBlocks)
      for index in 0..<count { writer.write(operations[index]) }
      let hotEnd = writer.hot.next - memory.writable
      let coldEnd = writer.cold.next - memory.writable
      blockCount += 1
      hotByteCount += UInt64(hotEnd - memory.hotNext)
      coldByteCount += UInt64(coldEnd - memory.coldNext)
      memory.hotNext = (hotEnd + 15) & ~15
      memory.coldNext = coldEnd
      return UInt32(start - memory.writable)
    }

    /// Hands out the code that runs often of the block at `place`, the one made last: for tests that change it.
    public func withBlock(at place: UInt32, _ body: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
      body(UnsafeMutableBufferPointer(start: memory.writable + Int(place), count: memory.hotNext - Int(place)))
    }

    /// Runs the code at `place` on `context`, until it is left. Returns why: one of `StateLayout.Reasons`, or what the
    /// helper said.
    @inline(__always)
    public func enter(_ context: UnsafeMutableRawPointer, _ place: UInt32) -> UInt32 {
      entry(context, memory.executable + UInt(place))
    }

    /// Makes the jump at `site`, which left generated code, go on at `place`.
    public func link(_ site: UInt32, to place: UInt32) {
      Assembler.patch(memory.writable + Int(site), memory.writable + Int(place))
    }

    /// Throws away all code: no place is valid any more.
    public func flush() {
      flushCount += 1
      memory.reset(hotStart: Int(tables.firstCode))
    }
  }
#endif
