import Archive
import Fuzzing
import Testing
import VirtualTime

/// Bytes that tell which of them were read.
private final class WatchedSource: ByteSource {
  let bytes: [UInt8]
  var ranges: [Range<Int>] = []
  var count: Int { bytes.count }

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func read(_ range: Range<Int>) -> [UInt8] {
    ranges.append(range)
    return Array(bytes[range])
  }

  func readCount(of section: Section) -> Int { ranges.count { $0.lowerBound == section.offset + 80 } }
}

@Suite struct CheckpointTests {
  static let digest = TraceDigest(high: 3, low: 4)

  static func record(
    at moment: Moment = moment(0, 0), board: [UInt8] = [7], _ pages: [PageReference] = []
  ) -> CheckpointRecord {
    CheckpointRecord(moment: moment, digest: digest, shape: TraceDigest(high: 5, low: 6), board: board, pages: pages)
  }

  static func page(_ number: Int) -> [UInt8] {
    SampleMachines.page(UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8))
  }

  @Test func pagesAreNumberedThroughTheFileAndReadBySection() throws {
    var writer = TraceWriter()
    var file = writer.header(Sample.header(images: []))
    let count = 2 * PageBlock.maximumPageCount + 3
    let contents = (0..<count).map(Self.page)
    file += writer.pages(Array(contents[..<1]))
    file += writer.pages(Array(contents[1...]))
    #expect(writer.nextPageNumber == UInt32(count))
    file += writer.pages([])
    let all = (0..<UInt32(count)).map { PageReference(page: 2 * $0, content: UInt32(count) - 1 - $0) }
    file += writer.checkpoint(Self.record(all))
    let source = WatchedSource(file)
    let reader = try TraceReader(source)
    let sections = reader.sections.filter { $0.head.kind == .pages }
    #expect(sections.map(\.head.itemCount) == [1, 2048, 2048, 2])
    #expect(reader.pageCount == UInt64(count))
    let section = try #require(reader.checkpoints.first)
    let record = try #require(try reader.checkpoint(section))
    #expect(record.pages == all)
    #expect(record.contentNumbers == Array(0..<UInt32(count)))
    var found: [UInt32] = []
    let wanted: [UInt32] = [0, 2049, 2050, 4096]
    let missing = try reader.forEachPage(wanted) { number, bytes in
      found.append(number)
      #expect(bytes.elementsEqual(contents[Int(number)]))
    }
    #expect(found == wanted && missing == [])
    #expect(
      sections.map(source.readCount(of:)) == [1, 0, 1, 0], "no section is read that is not needed, and none twice")
    #expect(try reader.forEachPage([1, UInt32(count), .max]) { _, _ in } == [UInt32(count), .max])
  }

  @Test func extremeRecordsSurvive() throws {
    var writer = TraceWriter()
    var file = writer.header(Sample.header(images: [])) + writer.pages([Self.page(1), Self.page(2)])
    let last = moment(.max, .max)
    let records = [
      Self.record(board: []), Self.record(at: last, [PageReference(page: .max, content: 1)]),
      Self.record([
        PageReference(page: 0, content: 1), PageReference(page: 1, content: PageReference.zeroPage),
        PageReference(page: 9, content: 0), PageReference(page: .max - 1, content: 0),
        PageReference(page: .max, content: PageReference.zeroPage),
      ]),
    ]
    for record in records { file += writer.checkpoint(record) }
    let reader = try TraceReader(file)
    #expect(reader.checkpoints.map(\.head.first) == [.zero, last, .zero])
    #expect(try reader.checkpoints.compactMap(reader.checkpoint) == records)
    #expect(records[2].contentNumbers == [0, 1])
  }

  @Test func aRecordTooLargeForASectionIsNotWritten() throws {
    let large = Self.record(board: [UInt8](repeating: 0, count: 1 << 24))
    var writer = TraceWriter()
    var file = writer.header(Sample.header(images: [])) + writer.origin(TraceOrigin(kind: .flightRecorder))
    let refused = writer.snapshot(large, pages: [Self.page(1)])
    let accepted = writer.snapshot(Self.record())
    #expect(refused == nil)
    file += try #require(accepted)
    let count = writer.writtenByteCount
    let nothing = writer.checkpoint(large)
    #expect(nothing == [] && writer.writtenByteCount == count && count == file.count)
    file += writer.checkpoint(Self.record(board: Array(large.board.dropLast(100))))
    #expect(try Contents.read(file).contents.checkpoints.map(\.record.board.count) == [(1 << 24) - 100])
  }

  @Test func equalCallsGiveEqualBytesWhereverTheyCompress() {
    let pages = (0..<300).map(Self.page)
    var (one, other) = (TraceWriter(), TraceWriter())
    _ = (one.header(Sample.header(images: [])), other.header(Sample.header(images: [])))
    let (first, second) = (one.pages(pages), other.pages(PageBlock(payload: Array(pages.joined()))))
    #expect(first == second)
    let (third, fourth) = (one.pages(pages), other.pages(Array(pages.reversed())))
    #expect(third != fourth, "the comparison would notice a difference")
  }

  @Test func damagedPagesAreNamedAndTheRestIsRead() throws {
    let sample = Sample.random(seed: 8, segmentCount: 6)
    let file = sample.file
    let clean = try TraceReader(file)
    var damagedCount = 0
    for section in clean.sections where section.head.kind == .pages {
      var damaged = file
      damaged[section.offset + 80 + Int(section.head.compressedByteCount) - 1] ^= 1
      let (contents, reader) = try Contents.read(damaged)
      let all = Array(0..<UInt32(reader.pageCount))
      #expect(try reader.forEachPage(all) { _, _ in }.count == Int(section.head.itemCount))
      #expect(contents.checkpoints.isPart(of: sample.checkpoints) && contents.isComplete)
      #expect(contents.inputs == sample.inputs && contents.effects == sample.effects)
      #expect(
        reader.damage.count { $0.section == .checkpoint } == sample.checkpoints.count - contents.checkpoints.count)
      damagedCount += sample.checkpoints.count - contents.checkpoints.count
    }
    #expect(damagedCount > 0, "some checkpoint had pages in the damaged section")
  }

  @Test func aDamagedCheckpointLeavesTheOthers() throws {
    let sample = Sample.random(seed: 8, segmentCount: 6)
    let clean = try TraceReader(sample.file)
    #expect(clean.checkpoints.count > 2)
    for (number, section) in clean.checkpoints.enumerated() {
      var damaged = sample.file
      damaged[section.offset + 80 + Int(section.head.compressedByteCount) - 1] ^= 1
      let (contents, reader) = try Contents.read(damaged)
      var expected = sample.contents
      expected.checkpoints.remove(at: number)
      #expect(contents == expected && reader.damage.map(\.offset) == [section.offset])
      #expect(reader.damage.first?.step == section.head.first.step)
    }
  }

  @Test func checkpointsCanBeAddedToACutTraceAndBehindTheEnd() throws {
    let sample = Sample.random(seed: 12, segmentCount: 6)
    for lost in [0, 1, 300] {
      let reader = try TraceReader(Array(sample.file.dropLast(lost)))
      var writer = try #require(TraceWriter(continuing: reader))
      #expect(UInt64(writer.nextPageNumber) == reader.pageCount)
      var file = Array(sample.file.prefix(writer.writtenByteCount))
      let number = writer.nextPageNumber
      let known = try reader.checkpoints.compactMap(reader.checkpoint)
      let record = Self.record(at: reader.covered, [PageReference(page: 4, content: number)])
      file += writer.pages([Self.page(99)]) + writer.checkpoint(record)
      if reader.end != nil { file += writer.amendment(marks: []) }
      let (contents, whole) = try Contents.read(file)
      #expect(whole.damage == [] && contents.isComplete == (reader.end != nil))
      #expect(contents.checkpoints.map(\.record) == known + [record])
      #expect(contents.checkpoints.last?.bytes == [Self.page(99)])
    }
  }
}

/// Checkpoints with all checksums right that are wrong all the same.
@Suite struct CheckpointForgeryTests {
  /// A trace of two sections of pages, a checkpoint, and an end, without its index.
  private static let sections: [ForgedSection] = {
    var writer = TraceWriter()
    var file = writer.header(Sample.header(images: []))
    file += writer.segment(covering: .zero...moment(10, 10))
    file += writer.pages([CheckpointTests.page(1), CheckpointTests.page(2)]) + writer.pages([CheckpointTests.page(3)])
    let references = [PageReference(page: 5, content: 2), PageReference(page: 6, content: 0)]
    file += writer.checkpoint(CheckpointTests.record(at: moment(10, 10), references))
    let nothing = TraceDigest(high: 0, low: 0)
    file += writer.end(
      EndRecord(
        moment: moment(20, 20), digest: nothing, reason: .limit, consoleDigest: nothing, consoleByteCount: 0,
        inputCount: 0))
    return Forge.renumbered(Forge.sections(of: file))
  }()

  /// The kinds of damage told when section `place` is changed.
  private func damage(_ place: Int, _ change: (inout ForgedSection) -> Void) throws -> Set<SectionKind> {
    var sections = Self.sections
    change(&sections[place])
    let reader = try Contents.read(Forge.file(sections)).reader
    return Set(reader.damage.compactMap(\.section))
  }

  @Test func theSampleIsAsExpected() throws {
    #expect(Self.sections.map(\.kind) == [1, 11, 11, 6, 9])
    #expect(try damage(3) { _ in } == [])
    // Digest and shape, the board's one byte, two pages: gaps, then codes of contents.
    #expect(Array(Self.sections[3].payload.dropFirst(32)) == [1, 7, 2, 5, 0, 5, 6])
  }

  @Test func checkpointsThatCannotBeAreLeftOut() throws {
    let tails: [[UInt8]] = [
      [1, 7, 2, 5, 0, 5, 5],  // Content 2 and then 5, of which there are 3.
      [1, 7, 2, 5, 0, 2, 1],  // A content before the first.
      [1, 7, 2, 5, 0, 5],  // A column too short.
      [1, 7, 2, 5, 0, 5, 6, 0],  // A byte too many.
      [2, 7, 2, 5, 0, 5, 6], [9, 7, 2, 5, 0, 5, 6], [1, 7, 0x7F, 5, 0, 5, 6], [1, 7],
      // Two pages of which the second would come before the first, or after the last that can be.
      [1, 7, 2, 5, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 5, 6],
      [1, 7, 2, 5, 0xFA, 0xFF, 0xFF, 0xFF, 0x0F, 5, 6],
      // More pages, or a larger board, than there are bytes.
      [1, 7, 0xFF, 0xFF, 0xFF, 0x03, 0, 0, 0], [1, 7, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 0],
      [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 7, 2, 5, 0, 5, 6],
    ]
    for tail in tails {
      let found = try damage(3) { $0.payload = Array($0.payload.prefix(32)) + tail }
      // A changed content that exists is no damage: the digest of the machine is for whoever restores it.
      #expect(found == [.checkpoint], "\(tail)")
    }
    #expect(try damage(3) { $0.payload = Array($0.payload.prefix(32)) + [1, 7, 2, 5, 0, 1, 0] } == [])
    #expect(try damage(3) { $0.payload = [] } == [.checkpoint])
    #expect(try damage(3) { $0.itemCount = 0 } == [.checkpoint])
    #expect(try damage(3) { $0.version = 2 } == [.checkpoint])
    #expect(try damage(3) { $0.times = [10, 10, 11, 11] } == [.checkpoint], "of more than one moment")
    #expect(try damage(3) { $0.times = [21, 20, 21, 20] } == [.checkpoint], "behind the end")
  }

  @Test func pagesThatCannotBeAreMissing() throws {
    #expect(try damage(1) { $0.payload.removeLast() } == [.pages, .checkpoint])
    #expect(try damage(1) { $0.payload += [0] } == [.pages, .checkpoint])
    #expect(try damage(1) { $0.version = 2 } == [.pages, .checkpoint], "nor are newer ones known")
    #expect(try damage(1) { ($0.payload, $0.itemCount) = ([], 0) } == [.pages, .checkpoint], "content 2 is missing")
    // A number of pages that is not that of the bytes; then the numbers of those behind it mean nothing either.
    #expect(try damage(2) { $0.itemCount = 2 } == [.pages, .checkpoint])
    #expect(try damage(1) { $0.itemCount = .max } == [.pages, .checkpoint])
    let zeros = [UInt8](repeating: 0, count: (PageBlock.maximumPageCount + 1) * PageBlock.pageByteCount)
    #expect(try damage(2) { ($0.payload, $0.itemCount) = (zeros, 2049) } == [.pages, .checkpoint])
  }

  @Test func pagesBehindACheckpointAreNotItsPages() throws {
    var sections = Self.sections
    sections.swapAt(2, 3)
    let (contents, reader) = try Contents.read(Forge.file(Forge.renumbered(sections)))
    #expect(contents.checkpoints == [] && reader.damage.map(\.section) == [.checkpoint])
  }
}
