import Archive
import Fuzzing
import Testing
import VirtualTime

@Suite struct RoundTripTests {
  @Test(arguments: 0..<60) func whatIsWrittenIsRead(seed: UInt64) throws {
    let sample = Sample.random(seed: seed, startsLate: seed % 2 == 1)
    let (contents, reader) = try Contents.read(sample.file)
    #expect(contents == sample.contents)
    #expect(reader.damage == [])
    #expect(reader.truncation == nil)
    #expect(reader.covered == sample.end?.moment)
    #expect(reader.sectionSizes.reduce(32) { $0 + $1.byteCount } == sample.file.count)
  }

  @Test func theSameContentGivesTheSameBytes() {
    #expect(Sample.random(seed: 5).file == Sample.random(seed: 5).file)
    #expect(Sample.random(seed: 5).file != Sample.random(seed: 6).file, "the comparison would notice a difference")
  }

  @Test func aFileWithoutItsIndexIsReadFromHeadToHead() throws {
    let sample = Sample.random(seed: 3)
    var expected = sample.contents
    (expected.end, expected.isComplete) = (nil, false)
    expected.marks.removeLast()
    let (contents, reader) = try Contents.read(Array(sample.pieces.dropLast().joined()))
    #expect(contents == expected)
    #expect(reader.truncation?.problem == .truncated)
    #expect(reader.covered == sample.segments.last?.covering.upperBound)
  }

  @Test func effectsAreChosenByStepAndKind() throws {
    let sample = Sample.random(seed: 11, segmentCount: 10, recordCount: 60)
    let reader = try TraceReader(sample.file)
    let (low, high) = (sample.effects[40].moment.step, sample.effects[90].moment.step)
    for kinds in [EffectKinds.all, .output, [.reads, .writes], .interrupts, []] {
      var found: [EffectRecord] = []
      try reader.effects(in: low...high, kinds: kinds) { found.append($0) }
      #expect(found == sample.effects.filter { (low...high).contains($0.moment.step) && kinds.contains($0.kinds) })
    }
  }

  @Test func extremeNumbersSurvive() throws {
    let last = moment(.max, .max)
    var sample = Sample(header: Sample.header(images: []))
    let kind = EffectRecord.Kind.write(slot: 255, offset: .max, width: 8, value: .max)
    sample.segments = [
      SampleSegment(
        inputs: [InputRecord(moment: .zero, slot: 0, bytes: []), InputRecord(moment: last, slot: 255, bytes: [0])],
        effects: [
          EffectRecord(moment: .zero, kind: .interrupt(hart: 255, cause: 255, pc: .max)),
          EffectRecord(moment: .zero, kind: .interrupt(hart: 0, cause: 0, pc: 1 << 63)),
          EffectRecord(moment: last, kind: kind),
        ],
        rungs: [Rung(moment: last, digest: TraceDigest(high: .max, low: 0))],
        marks: [Mark(moment: last, name: "", isAutomatic: false), Mark(moment: .zero, name: "ü", isAutomatic: true)],
        covering: .zero...last)
    ]
    sample.end = EndRecord(
      moment: last, digest: TraceDigest(high: 0, low: .max), reason: .failure(code: .max),
      consoleDigest: TraceDigest(high: 1, low: 2), consoleByteCount: .max, inputCount: 2)
    #expect(try Contents.read(sample.file).contents == sample.contents)
  }

  @Test func aHeaderTooLargeForATraceIsKnownBeforeItIsWritten() throws {
    var header = Sample.header(images: [])
    header.textParameters = [Parameter("append", String(repeating: "x", count: 1_000_000))]
    #expect(header.fitsInTrace)
    #expect(try Contents.read(Sample(header: header).file).contents.header == header)
    header.textParameters.append(header.textParameters[0])
    #expect(!header.fitsInTrace)
    header.textParameters = Array(repeating: Parameter("", ""), count: 4097)
    #expect(!header.fitsInTrace)
  }

  @Test func aLargeImageIsSplitAndGivenBackInParts() throws {
    var numbers = Numbers(seed: 1)
    let block = numbers.bytes(1 << 16)
    let image = Array(repeatElement(block, count: 130).joined()) + [1, 2, 3]
    var sample = Sample(header: Sample.header(images: [[9], image]), images: [[9], image])
    sample.header.images.insert(
      ImageReference(
        role: "initrd", name: "absent", loadAddress: 0, byteCount: 5, sha256: [UInt8](repeating: 1, count: 32),
        isEmbedded: false), at: 2)
    let reader = try TraceReader(sample.file)
    #expect(try reader.image(1) == image)
    #expect(try reader.image(2) == nil)
    #expect(try reader.image(3) == nil)
    var sizes: [Int] = []
    try reader.forEachPart(ofImage: 1) { sizes.append($0.count) }
    #expect(sizes == [1 << 23, image.count - (1 << 23)])
  }

  @Test func manyRecordsAreSplitIntoSections() throws {
    var sample = Sample(header: Sample.header(images: []))
    let count = SectionKind.inputs.maximumItemCount + 10
    let inputs = (0..<count).map { InputRecord(moment: moment(UInt64($0), UInt64($0)), slot: 1, bytes: [65]) }
    let large = (0..<20).map { number in
      InputRecord(
        moment: moment(UInt64(count), UInt64(count)), slot: 2,
        bytes: [UInt8](repeating: UInt8(number), count: InputRecord.maximumByteCount))
    }
    let end = moment(UInt64(count), UInt64(count))
    sample.segments = [SampleSegment(inputs: inputs + large, covering: .zero...end)]
    let reader = try TraceReader(sample.file)
    #expect(reader.sections.count { $0.head.kind == .inputs } == 3)
    #expect(try reader.inputs() == inputs + large)
    var streamed = 0
    try reader.forEachInput { _ in streamed += 1 }
    #expect(streamed == count + 20)
    #expect(throws: TraceError.self) { try reader.inputs(memoryLimit: 1 << 20) }
  }

  @Test func longNamesFromAGuestAreShortened() throws {
    let long = String(repeating: "é", count: 5000)
    var sample = Sample(header: Sample.header(images: []))
    sample.lastMarks = [Mark(moment: .zero, name: long, isAutomatic: true)]
    sample.end = EndRecord(
      moment: .zero, digest: TraceDigest(high: 0, low: 0), reason: .panic(long),
      consoleDigest: TraceDigest(high: 0, low: 0), consoleByteCount: 0, inputCount: 0)
    let reader = try TraceReader(sample.file)
    #expect(try reader.marks().first?.name == String(repeating: "é", count: 2048))
    #expect(reader.end?.reason == .panic(String(repeating: "é", count: 2048)))
  }
}

@Suite struct ContinuationTests {
  @Test func marksCanBeAddedBehindTheEnd() throws {
    let sample = Sample.random(seed: 9)
    var file = sample.file
    let mark = Mark(moment: moment(1, 1), name: "here it goes wrong", isAutomatic: false)
    for _ in 0..<2 {
      var writer = try #require(TraceWriter(continuing: TraceReader(file)))
      #expect(writer.writtenByteCount == file.count)
      file += writer.amendment(marks: [mark])
    }
    var expected = sample.contents
    expected.marks += [mark, mark]
    let (contents, reader) = try Contents.read(file)
    #expect(contents == expected)
    #expect(reader.damage == [])
    // Without the last index the file is gone through from head to head, over the two that were overtaken.
    let cut = try Contents.read(Array(file.dropLast())).reader
    #expect(!cut.isComplete && cut.end == sample.end && cut.damage == [])
    #expect(try cut.marks() == expected.marks)
  }

  @Test(arguments: [1, 40, 200, 400, 700]) func aCutTraceCanGoOn(lost: Int) throws {
    let sample = Sample.random(seed: 33)
    let reader = try TraceReader(Array(sample.file.dropLast(lost)))
    var writer = try #require(TraceWriter(continuing: reader))
    var file = Array(sample.file.prefix(writer.writtenByteCount))
    if reader.end == nil {
      var end = try #require(sample.end)
      end.inputCount = reader.inputCount
      file += writer.end(end)
    } else {
      file += writer.amendment(marks: [])
    }
    let (contents, whole) = try Contents.read(file)
    #expect(contents.isComplete && whole.damage == [])
    #expect(contents.inputs == Array(sample.inputs.prefix(contents.inputs.count)))
  }

  @Test func aTraceCutInsideItsImagesCannotGoOn() throws {
    let image = Numbers.sequence(seed: 4, count: 500)
    let sample = Sample(header: Sample.header(images: [image]), images: [image])
    let reader = try TraceReader(Array(sample.file.dropLast()))
    #expect(TraceWriter(continuing: reader) == nil)
    #expect(TraceWriter(continuing: try TraceReader(sample.file)) != nil)
    #expect(throws: TraceError.self) { try reader.image(0) }
  }
}
