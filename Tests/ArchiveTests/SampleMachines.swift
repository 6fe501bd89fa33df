import Archive
import Fuzzing
import VirtualTime

/// A checkpoint or snapshot to be written, with the contents that are new with it.
struct SampleMachine: Equatable {
  var record: CheckpointRecord
  var newContents: [[UInt8]]
}

/// Saved machines of one file, which share pages.
struct SampleMachines {
  private var numbers: Numbers
  private var contentCount: UInt32 = 0

  init(seed: UInt64) { numbers = Numbers(seed: seed &+ 77) }

  mutating func next(at moment: Moment) -> SampleMachine {
    let newContents = (0..<numbers.below(4)).map { _ in Self.page(numbers.byte(), numbers.byte()) }
    contentCount += UInt32(newContents.count)
    var pages: [PageReference] = []
    var page: UInt32 = 0
    for _ in 0..<numbers.below(8) {
      page += UInt32(numbers.below(4) == 0 ? numbers.below(1 << 20) : 0)
      let isZero = contentCount == 0 || numbers.below(4) == 0
      let content = isZero ? PageReference.zeroPage : UInt32(numbers.below(Int(contentCount)))
      pages.append(PageReference(page: page, content: content))
      page += 1
    }
    return SampleMachine(
      record: CheckpointRecord(
        moment: moment, digest: numbers.digest(), shape: numbers.digest(), board: numbers.bytes(numbers.below(20)),
        pages: pages), newContents: newContents)
  }

  /// A page that compresses well.
  static func page(_ first: UInt8, _ second: UInt8) -> [UInt8] {
    (0..<PageBlock.pageByteCount).map { $0 % 2 == 0 ? first : second }
  }
}

/// A saved machine as a user gets it: the record, and the bytes of its pages.
struct SavedMachine: Equatable {
  var record: CheckpointRecord
  var bytes: [[UInt8]]

  private static let zeros = [UInt8](repeating: 0, count: PageBlock.pageByteCount)

  init(_ record: CheckpointRecord, _ content: (UInt32) throws -> [UInt8]) rethrows {
    self.record = record
    bytes = try record.pages.map { $0.content == PageReference.zeroPage ? Self.zeros : try content($0.content) }
  }

  /// The machine of `record`; `nil` when pages are missing.
  init?(_ record: CheckpointRecord, _ reader: TraceReader, snapshot: Bool) throws {
    let numbers = record.contentNumbers
    var contents: [[UInt8]] = []
    let missing = try reader.forEachPage(numbers, snapshot: snapshot) { _, bytes in contents.append([UInt8](bytes)) }
    guard missing.isEmpty else { return nil }
    self.init(record) { number in contents[numbers.firstIndex(of: number) ?? .max] }
  }
}
