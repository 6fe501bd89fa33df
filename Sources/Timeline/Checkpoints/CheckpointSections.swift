internal import Archive
internal import Backplane
internal import StateCoding
internal import Synchronization

/// Turns checkpoints into what a trace holds: contents of pages, each once, and records that refer to them by number.
struct CheckpointSections<B: Board> {
  /// What memory holds at power-on: checkpoints in a trace tell what differs from it.
  private let powerOn: PageMap
  private let shape: TraceDigest
  private let workers: any Workers

  /// Sections for the machine that is `powerOn` at power-on; `workers` compress.
  init(powerOn: Checkpoint<B>, workers: any Workers) {
    (self.powerOn, self.workers) = (powerOn.pages, workers)
    shape = TraceStart.shape(of: powerOn.board)
  }

  /// Appends `checkpoints`, which are in order of time. The pages of the last come first, and by themselves: whoever
  /// opens the trace there reads no others.
  ///
  /// When `sink` throws, `writer` is as it was before the bytes that `sink` did not take.
  func append(
    _ checkpoints: [Checkpoint<B>], to writer: inout TraceWriter, _ sink: ([UInt8]) throws -> Void
  ) throws {
    var contents = NumberedContents(first: writer.nextPageNumber)
    var records: [CheckpointRecord] = []
    for (place, checkpoint) in checkpoints.reversed().enumerated() {
      records.append(record(of: checkpoint, &contents))
      guard place == 0 || place == checkpoints.count - 1 else { continue }
      var blocks = PageBlocks(contents.takeNew(), workers: workers)
      while let block = blocks.next() { try write(to: &writer, sink) { $0.pages(block) } }
    }
    for record in records.reversed() {
      // Nothing when the board is larger than a trace allows: then it is done without.
      try write(to: &writer, sink) { $0.checkpoint(record) }
    }
  }

  private func write(
    to writer: inout TraceWriter, _ sink: ([UInt8]) throws -> Void, _ make: (inout TraceWriter) -> [UInt8]
  ) throws {
    var next = writer
    let bytes = make(&next)
    if !bytes.isEmpty { try sink(bytes) }
    writer = next
  }

  /// The start of a trace: the machine at `checkpoint`, and its pages, for `TraceWriter.snapshot` and `TraceCopy.cut`.
  func snapshot(of checkpoint: Checkpoint<B>) -> (record: CheckpointRecord, blocks: PageBlocks) {
    var contents = NumberedContents(first: 0)
    let record = record(of: checkpoint, &contents)
    return (record, PageBlocks(contents.takeNew(), workers: workers))
  }

  private func record(of checkpoint: Checkpoint<B>, _ contents: inout NumberedContents) -> CheckpointRecord {
    CheckpointRecord(
      moment: checkpoint.moment, digest: TraceDigest(checkpoint.digest), shape: shape,
      board: StateWriter.bytes(of: checkpoint.board), pages: contents.references(in: checkpoint.pages, powerOn))
  }
}

/// Contents of pages and the numbers that they get in a trace, in the order in which they are asked for.
private struct NumberedContents {
  // Looked up only, never gone through: its order differs between processes. A store has each content once.
  private var numbers: [UInt64: UInt32] = [:]
  private var new: [PageContents] = []
  private var next: UInt32
  /// What the last map had in each part: the map before it shares most of them.
  private var last: [(part: PagePart?, references: [PageReference])] = []

  /// The first number to give is `first`.
  init(first: UInt32) { next = first }

  /// The pages of `map` that are not as in `powerOn`.
  mutating func references(in map: PageMap, _ powerOn: PageMap) -> [PageReference] {
    if last.isEmpty { last = powerOn.parts.map { ($0, []) } }
    var all: [PageReference] = []
    for (index, part) in map.parts.enumerated() {
      if part !== last[index].part { last[index] = (part, references(index, part, powerOn.parts[index])) }
      all += last[index].references
    }
    return all
  }

  private mutating func references(_ index: Int, _ part: PagePart?, _ powerOn: PagePart?) -> [PageReference] {
    var references: [PageReference] = []
    for place in 0..<PageMap.partPages {
      let page = part?.pages[place]
      guard page !== powerOn?.pages[place] else { continue }
      let content = page.map { number(of: $0) } ?? PageReference.zeroPage
      references.append(PageReference(page: UInt32(index * PageMap.partPages + place), content: content))
    }
    return references
  }

  mutating func number(of contents: PageContents) -> UInt32 {
    if let number = numbers[contents.number] { return number }
    defer { next += 1 }
    numbers[contents.number] = next
    new.append(contents)
    return next
  }

  /// Those that got a number since this was last asked for, in order.
  mutating func takeNew() -> [PageContents] {
    defer { new = [] }
    return new
  }
}

/// Contents of pages as blocks for a trace, compressed by as many threads as there are, a few at a time. The same
/// blocks however many threads there are.
struct PageBlocks {
  private let contents: [PageContents]
  private let workers: any Workers
  private var done = 0
  /// Compressed ahead, the next one last.
  private var ready: [PageBlock] = []

  init(_ contents: [PageContents], workers: any Workers) { (self.contents, self.workers) = (contents, workers) }

  /// The next block; `nil` behind the last.
  mutating func next() -> PageBlock? {
    if ready.isEmpty { compress() }
    return ready.popLast()
  }

  private mutating func compress() {
    var parts: [ArraySlice<PageContents>] = []
    while parts.count < workers.count, done < contents.count {
      let end = min(contents.count, done + PageBlock.maximumPageCount)
      parts.append(contents[done..<end])
      done = end
    }
    guard parts.count > 1 else {
      ready = parts.map(Self.block)
      return
    }
    let blocks = CompressedBlocks(count: parts.count)
    let shared = parts
    workers.perform(parts.count, { number in blocks.set(number, Self.block(shared[number])) }, whileWaiting: {})
    ready = blocks.all.reversed()
  }

  private static func block(_ part: ArraySlice<PageContents>) -> PageBlock {
    let codec = PageCodec()
    let size = PageBlock.pageByteCount
    var payload = [UInt8](repeating: 0, count: part.count * size)
    payload.withUnsafeMutableBytes { buffer in
      guard let base = buffer.baseAddress else { return }
      for (place, page) in part.enumerated() {
        let start = base + place * size
        // What cannot be unpacked any more is written as zeros: the digest of what refers to it will not be right.
        if !page.copy(to: start, codec) { start.initializeMemory(as: UInt8.self, repeating: 0, count: size) }
      }
    }
    return PageBlock(payload: payload)
  }
}

/// Where threads put the blocks that they have made.
private final class CompressedBlocks: Sendable {
  private let blocks: Mutex<[PageBlock?]>

  init(count: Int) { blocks = Mutex(Array(repeating: nil, count: count)) }

  func set(_ number: Int, _ block: PageBlock) { blocks.withLock { $0[number] = block } }

  var all: [PageBlock] { blocks.withLock { $0.compactMap { $0 } } }
}
