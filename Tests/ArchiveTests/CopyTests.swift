import Archive
import Fuzzing
import Testing
import VirtualTime

@Suite struct StripTests {
  private static func strip(_ file: [UInt8], droppingEffects: Bool = false) throws -> [UInt8] {
    var copy: [UInt8] = []
    try TraceCopy.strip(TraceReader(file), droppingEffects: droppingEffects) { copy += $0 }
    return copy
  }

  @Test(arguments: 0..<12) func aStrippedTraceIsOneThatNeverHadCheckpoints(seed: UInt64) throws {
    let sample = Sample.random(seed: seed, startsLate: seed % 2 == 0)
    let stripped = try Self.strip(sample.file)
    var plain = sample
    plain.removeCheckpoints()
    #expect(!sample.checkpoints.isEmpty && stripped == plain.file)
    #expect(try TraceReader(stripped).identity == TraceReader(sample.file).identity)
    #expect(try Self.strip(stripped) == stripped)
    let bare = try Self.strip(sample.file, droppingEffects: true)
    for index in plain.segments.indices { plain.segments[index].effects = [] }
    #expect(try Contents.read(bare).contents == plain.contents)
    #expect(try TraceReader(bare).identity == TraceReader(sample.file).identity)
  }

  @Test func amendmentsAndStrangersStayAndOldIndexesGo() throws {
    let sample = Sample.random(seed: 9)
    var sections = Forge.renumbered(Forge.sections(of: sample.file))
    sections.insert(
      ForgedSection(kind: 999, flags: 0, sequence: 0, itemCount: 7, payload: [1, 2, 3]), at: sections.count - 1)
    var file = Forge.file(Forge.renumbered(sections))
    let mark = Mark(moment: moment(1, 1), name: "later", isAutomatic: false)
    for _ in 0..<2 {
      var writer = try #require(TraceWriter(continuing: TraceReader(file)))
      file += writer.amendment(marks: [mark])
    }
    let (contents, reader) = try Contents.read(Self.strip(file))
    var expected = sample.contents
    expected.marks += [mark, mark]
    expected.checkpoints = []
    #expect(contents == expected && reader.damage == [])
    #expect(reader.unknownSections.map(\.head.kindNumber) == [999])
    #expect(reader.sections.count { $0.head.kind == .index } == 1)
  }

  @Test func aCutTraceStaysCutAndADamagedOneDamaged() throws {
    let sample = Sample.random(seed: 14, segmentCount: 6)
    let cut = try Contents.read(Self.strip(Array(sample.file.dropLast(1000))))
    #expect(!cut.contents.isComplete && cut.contents.inputs.isStart(of: sample.inputs, whole: false))
    #expect(!cut.contents.inputs.isEmpty && cut.contents.checkpoints == [])
    let clean = try TraceReader(sample.file)
    for section in clean.sections {
      for offset in [section.offset + 70, section.offset + 80 + Int(section.head.compressedByteCount) - 1] {
        var damaged = sample.file
        damaged[offset] ^= 1
        let isNeeded = section.head.isCritical
        let outcome = Result { try Contents.read(Self.strip(damaged)) }
        switch outcome {
        case .failure(let error): #expect(isNeeded && error is TraceError, "\(section.head.kind?.name ?? "")")
        case .success(let (contents, _)): #expect(!isNeeded && contents.inputs == sample.inputs)
        }
      }
    }
  }
}

@Suite struct PrefixTests {
  /// What `sample` holds of the time before `moment`.
  private static func start(of sample: Sample, before moment: Moment) -> Contents {
    var contents = sample.contents
    contents.inputs.removeAll { $0.moment >= moment }
    contents.effects.removeAll { $0.moment >= moment }
    contents.rungs.removeAll { $0.moment >= moment }
    contents.marks.removeAll { $0.moment >= moment }
    (contents.checkpoints, contents.provenance, contents.end, contents.isComplete) = ([], [], nil, false)
    return contents
  }

  @Test(arguments: 0..<8) func aForkBeginsAsItsParent(seed: UInt64) throws {
    let sample = Sample.random(seed: 40 + seed, segmentCount: 3, startsLate: seed % 2 == 0)
    let reader = try TraceReader(sample.file)
    let happened = sample.inputs.map(\.moment) + sample.effects.map(\.moment) + sample.rungs.map(\.moment)
    let moments = [sample.start, reader.covered] + happened + sample.segments.map(\.covering.upperBound)
    for place in moments {
      var fork: [UInt8] = []
      var writer = try TraceCopy.prefix(of: reader, before: place) { fork += $0 }
      var expected = Self.start(of: sample, before: place)
      expected.start.origin = TraceOrigin(
        kind: .fork, parent: reader.identity, parentMoment: place, start: reader.start)
      #expect(writer.covered <= place && writer.inputCount == UInt64(expected.inputs.count))
      #expect(writer.writtenByteCount == fork.count)
      let (cut, cutReader) = try Contents.read(fork)
      #expect(cut == expected && cutReader.damage == [] && cutReader.covered <= place)
      // Then it goes its own way.
      let input = InputRecord(moment: place, slot: 9, bytes: [1])
      fork += writer.segment(inputs: [input], covering: place...place)
      var end = try #require(sample.end)
      (end.moment, end.inputCount) = (place, writer.inputCount)
      fork += writer.end(end)
      let (whole, wholeReader) = try Contents.read(fork)
      (expected.inputs, expected.end, expected.isComplete) = (expected.inputs + [input], end, true)
      #expect(whole == expected && wholeReader.damage == [])
      #expect(wholeReader.identity != reader.identity)
    }
  }

  @Test func onlySectionsAtTheBorderAreWrittenAnew() throws {
    let sample = Sample.random(seed: 41, segmentCount: 8)
    let reader = try TraceReader(sample.file)
    let place = try #require(sample.inputs.last).moment
    var fork: [UInt8] = []
    _ = try TraceCopy.prefix(of: reader, before: place) { fork += $0 }
    let hashes = Set(reader.sections.map(\.head.payloadHash))
    let kinds = try TraceReader(fork).sections.filter { !hashes.contains($0.head.payloadHash) }.map(\.head.kind)
    #expect(Set(kinds).isSubset(of: [.origin, .inputs, .effects, .ladder, .marks]) && kinds.count <= 5)
  }

  @Test func aForkOutsideItsParentIsRefused() throws {
    let sample = Sample.random(seed: 42, startsLate: true)
    for file in [sample.file, Array(sample.file.dropLast(300))] {
      let reader = try TraceReader(file)
      var (before, after) = (reader.start, reader.covered)
      before.step.count -= 1
      after.step.count += 1
      for place in [before, after, moment(.max, .max), .zero] {
        #expect(throws: TraceError.self) { try TraceCopy.prefix(of: reader, before: place) { _ in } }
      }
    }
  }
}

@Suite struct CutTests {
  private static func cut(_ sample: Sample, from start: Moment, to end: Moment) throws -> [UInt8] {
    var machines = SampleMachines(seed: 3)
    let machine = machines.next(at: start)
    var record = try #require(sample.end)
    record.moment = end
    var rest = machine.newContents[...]
    var file: [UInt8] = []
    try TraceCopy.cut(
      TraceReader(sample.file), from: start, snapshot: machine.record, end: record,
      nextPages: { rest.popFirst().map { PageBlock([$0]) } }, to: { file += $0 })
    return file
  }

  @Test(arguments: 0..<8) func aCutHoldsWhatHappenedInIt(seed: UInt64) throws {
    var numbers = Numbers(seed: seed)
    let sample = Sample.random(seed: 60 + seed, segmentCount: 4, startsLate: seed % 2 == 0)
    let parent = try TraceReader(sample.file)
    let moments = ([sample.start, parent.covered] + sample.effects.map(\.moment) + sample.rungs.map(\.moment)).sorted()
    for _ in 0..<30 {
      let chosen = [moments[numbers.below(moments.count)], moments[numbers.below(moments.count)]].sorted()
      let (start, end) = (chosen[0], chosen[1])
      let (contents, reader) = try Contents.read(Self.cut(sample, from: start, to: end))
      func isInside(_ moment: Moment) -> Bool { moment >= start && moment < end }
      #expect(contents.isComplete && reader.damage == [] && reader.start == start && reader.end?.moment == end)
      #expect(contents.inputs == sample.inputs.filter { isInside($0.moment) })
      #expect(contents.effects == sample.effects.filter { isInside($0.moment) })
      #expect(contents.rungs == sample.rungs.filter { isInside($0.moment) })
      #expect(contents.marks == sample.marks.filter { isInside($0.moment) || $0.moment == end })
      #expect(contents.end?.inputCount == UInt64(contents.inputs.count))
      #expect(contents.images == sample.images && contents.header == sample.header)
      #expect(
        reader.origin == TraceOrigin(kind: .cut, parent: parent.identity, parentMoment: start, start: start))
      #expect(contents.start.snapshot?.record.moment == start)
    }
  }

  @Test func aCutFromPowerOnNeedsNoSnapshot() throws {
    let sample = Sample.random(seed: 71)
    var file: [UInt8] = []
    var end = try #require(sample.end)
    end.inputCount = 1 << 40
    try TraceCopy.cut(TraceReader(sample.file), from: .zero, snapshot: nil, end: end) { file += $0 }
    let contents = try Contents.read(file).contents
    #expect(contents.inputs == sample.inputs && contents.start.snapshot == nil && contents.isComplete)
    #expect(contents.end == sample.end, "the number of inputs was put right")
  }

  @Test func whatCannotBeCutIsRefused() throws {
    let sample = Sample.random(seed: 72, startsLate: true)
    let last = try TraceReader(sample.file).covered
    #expect(throws: TraceError.self) { try Self.cut(sample, from: .zero, to: last) }
    #expect(throws: TraceError.self) { try Self.cut(sample, from: last, to: sample.start) }
    #expect(throws: TraceError.self) { try Self.cut(sample, from: sample.start, to: moment(.max, .max)) }
    // A snapshot too large for a trace.
    let board = [UInt8](repeating: 0, count: 1 << 24)
    let large = CheckpointTests.record(at: sample.start, board: board)
    let error = #expect(throws: TraceError.self) {
      let end = try #require(sample.end)
      try TraceCopy.cut(TraceReader(sample.file), from: sample.start, snapshot: large, end: end) { _ in }
    }
    #expect(error?.problem == .tooLarge)
  }

  @Test func imagesThatAreNotAllThereAreNotCopied() throws {
    let image = Numbers.sequence(seed: 4, count: 500)
    let sample = Sample(header: Sample.header(images: [image]), images: [image])
    let reader = try TraceReader(Array(sample.file.dropLast()))
    #expect(throws: TraceError.self) { try TraceCopy.prefix(of: reader, before: .zero) { _ in } }
  }
}
