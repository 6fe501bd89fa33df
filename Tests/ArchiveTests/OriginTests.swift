import Archive
import Fuzzing
import Testing
import VirtualTime

/// Traces that are a part of another, or start late.
@Suite struct OriginTests {
  private static let sample = Sample.random(seed: 21, segmentCount: 3, recordCount: 6, startsLate: true)
  private static let sections = Forge.renumbered(Forge.sections(of: sample.file))

  private func place(of kind: SectionKind) throws -> Int {
    try #require(Self.sections.firstIndex { $0.kind == kind.rawValue })
  }

  /// What is wrong with the sections as `change` leaves them.
  private func problem(_ change: (inout [ForgedSection]) throws -> Void) throws -> TraceError.Problem? {
    var sections = Self.sections
    try change(&sections)
    guard case .refused(let error) = try Outcome(Forge.file(Forge.renumbered(sections))) else { return nil }
    return error.problem
  }

  /// `sections` without the end: it counts and commits to what is before it, and would be the first to notice.
  private func problemWithoutEnd(_ change: (inout [ForgedSection]) throws -> Void) throws -> TraceError.Problem? {
    try problem { sections in
      try change(&sections)
      sections.removeAll { $0.kind == SectionKind.end.rawValue }
    }
  }

  @Test func aLateStartIsTold() throws {
    let (contents, reader) = try Contents.read(Self.sample.file)
    #expect(contents == Self.sample.contents)
    #expect(reader.origin == Self.sample.origin && reader.start == Self.sample.start && reader.start > .zero)
    #expect(try reader.snapshot() == Self.sample.snapshot?.record)
    let plain = try TraceReader(Sample.random(seed: 3).file)
    #expect(try plain.origin == nil && plain.start == .zero && plain.snapshot() == nil)
  }

  @Test func eachOriginSurvives() throws {
    for kind in TraceOrigin.Kind.allCases {
      for parent in [nil, TraceDigest(high: 1, low: 0), TraceDigest(high: .max, low: .max)] {
        let origin = TraceOrigin(kind: kind, parent: parent, parentMoment: parent == nil ? .zero : moment(.max, 1))
        #expect(
          try Contents.read(Sample(header: Sample.header(images: []), origin: origin).file).reader.origin == origin)
      }
    }
  }

  @Test func aStartAtPowerOnMayHaveASnapshot() throws {
    var sample = Sample.random(seed: 5)
    sample.origin = TraceOrigin(kind: .fork, parent: TraceDigest(high: 1, low: 2))
    var machines = SampleMachines(seed: 9)
    sample.snapshot = machines.next(at: .zero)
    #expect(try Contents.read(sample.file).contents == sample.contents)
  }

  @Test func whatIsNotInItsPlaceIsRefused() throws {
    let origin = try place(of: .origin)
    let pages = try place(of: .snapshotPages)
    let snapshot = try place(of: .snapshot)
    let inputs = try place(of: .inputs)
    #expect(try problemWithoutEnd { _ in } == nil)
    #expect(try problemWithoutEnd { $0.remove(at: snapshot) } == .inconsistent, "no snapshot")
    #expect(try problemWithoutEnd { $0.insert($0[snapshot], at: snapshot) } == .outOfOrder, "two snapshots")
    #expect(try problemWithoutEnd { $0.insert($0[origin], at: origin) } == .outOfOrder, "two origins")
    #expect(try problemWithoutEnd { $0.remove(at: origin) } == .outOfOrder, "a snapshot without an origin")
    #expect(try problemWithoutEnd { $0.removeSubrange(origin...snapshot) } == nil, "neither: a start at power-on")
    #expect(try problemWithoutEnd { $0.swapAt(origin, pages) } == .outOfOrder)
    #expect(try problemWithoutEnd { $0.swapAt(pages, snapshot) } == .outOfOrder)
    #expect(try problemWithoutEnd { $0.swapAt(snapshot, inputs) } != nil)
    #expect(try problemWithoutEnd { $0.append($0.remove(at: origin)) } == .outOfOrder)
    #expect(try problemWithoutEnd { $0.append($0.remove(at: snapshot)) } == .inconsistent)
    #expect(try problemWithoutEnd { $0[snapshot].times[0] += 1 } == .inconsistent, "a snapshot of elsewhere")
    #expect(try problemWithoutEnd { $0[snapshot].times[3] += 1 } == .damaged, "of more than one moment")
    #expect(try problemWithoutEnd { $0[origin].times[2] += 1 } == .damaged, "of more than one moment")
    #expect(try problemWithoutEnd { $0.remove(at: pages) } == .damaged, "the snapshot's pages are missing")
    #expect(try problemWithoutEnd { $0[pages].itemCount += 1 } == .inconsistent)
    // An image behind the origin.
    let image = ForgedSection(kind: 2, flags: 1, sequence: 0, itemCount: 1, payload: [0, 0, 1])
    #expect(try problemWithoutEnd { $0.insert(image, at: snapshot + 1) } == .outOfOrder)
  }

  @Test func whatCannotBeReadIsRefused() throws {
    let origin = try place(of: .origin)
    let snapshot = try place(of: .snapshot)
    #expect(try problemWithoutEnd { $0[origin].payload[0] = 0 } == .damaged)
    #expect(try problemWithoutEnd { $0[origin].payload[0] = 4 } == .damaged)
    #expect(try problemWithoutEnd { $0[origin].payload.append(0) } == .damaged)
    #expect(try problemWithoutEnd { $0[origin].payload.removeLast() } == .damaged)
    let orphan = [UInt8](repeating: 0, count: 16)
    #expect(try problemWithoutEnd { $0[origin].payload.replaceSubrange(1..<17, with: orphan) } == .damaged)
    #expect(try problemWithoutEnd { $0[snapshot].payload.append(0) } == .damaged)
    for kind in [SectionKind.origin, .snapshotPages, .snapshot] {
      let place = try place(of: kind)
      #expect(try problem { $0[place].version = 2 } == .newerSection(found: 2, known: 1))
      #expect(try problem { $0[place].flags = 0 } == .damaged)
      #expect(try problem { $0.remove(at: place) } != nil, "also with all else as it was")
    }
  }

  @Test func nothingHappensBeforeTheStart() throws {
    let start = Self.sample.start
    for kind in [SectionKind.inputs, .effects, .ladder] {
      let place = try place(of: kind)
      #expect(try problemWithoutEnd { $0[place].times[0] = start.step.count - 1 } == .outOfOrder)
      #expect(try problemWithoutEnd { $0[place].times[1] = start.cycle.count - 1 } == .outOfOrder)
    }
    // Nor do checkpoints of it count.
    var sections = Self.sections
    let place = try place(of: .checkpoint)
    sections[place].times = [1, 1, 1, 1]
    let reader = try Contents.read(Forge.file(sections)).reader
    #expect(reader.damage.map(\.section) == [.checkpoint])
  }

  @Test func aTraceCutBeforeItsSnapshotIsOpenedAndNotGoneOnWith() throws {
    let sample = Self.sample
    let pieces = sample.pieces
    let before = sample.images.count + 2
    let reader = try TraceReader(Array(pieces[..<before].joined()))
    #expect(reader.origin == sample.origin && !reader.isComplete && reader.covered == sample.start)
    #expect(throws: TraceError.self) { try reader.snapshot() }
    #expect(throws: TraceError.self) { try TraceCopy.prefix(of: reader, before: sample.start) { _ in } }
    #expect(TraceWriter(continuing: reader) == nil)
    let whole = try TraceReader(Array(pieces[...before].joined()))
    let writer = try #require(TraceWriter(continuing: whole))
    #expect(writer.covered == sample.start)
    #expect(Int(writer.nextSnapshotPageNumber) == sample.snapshot?.newContents.count)
  }
}

@Suite struct IdentityTests {
  private func identity(_ sample: Sample) throws -> TraceDigest { try TraceReader(sample.file).identity }

  @Test func whatIsReplayedMakesTheIdentity() throws {
    let sample = Sample.random(seed: 9, startsLate: true)
    let original = try identity(sample)
    func other(_ change: (inout Sample) throws -> Void) throws -> TraceDigest {
      var changed = sample
      try change(&changed)
      #expect(changed != sample)
      return try identity(changed)
    }
    let input = try #require(sample.segments.firstIndex { !$0.inputs.isEmpty })
    let effect = try #require(sample.segments.firstIndex { !$0.effects.isEmpty })
    let rung = try #require(sample.segments.firstIndex { !$0.rungs.isEmpty })
    let different = [
      try other { $0.header.seed += 1 }, try other { $0.segments[input].inputs[0].slot ^= 1 },
      try other { $0.segments[rung].rungs[0].digest.low ^= 1 }, try other { $0.origin?.parentMoment.step.count ^= 1 },
      try other { $0.snapshot?.record.board.append(1) }, try other { $0.snapshot?.newContents[0][5] ^= 1 },
    ]
    #expect(!different.contains(original) && Set(different).count == different.count)
    let same = [
      try other { $0.segments[effect].effects.removeLast() }, try other { $0.removeCheckpoints() },
      try other { $0.lastMarks = [] }, try other { $0.provenance = [] }, try other { $0.end?.digest.low ^= 1 },
    ]
    #expect(same.allSatisfy { $0 == original })
  }

  @Test func aCutFileHasTheIdentityOfWhatIsThere() throws {
    let sample = Sample.random(seed: 9)
    let whole = try identity(sample)
    var shorter = sample
    (shorter.end, shorter.lastMarks) = (nil, [])
    #expect(try identity(shorter) == whole, "where it ends is not part of it")
    while shorter.segments.last?.inputs.isEmpty == true { shorter.segments.removeLast() }
    shorter.segments.removeLast()
    #expect(try identity(shorter) != whole)
  }

  @Test func theIdentityIsWhatTheDocumentSays() throws {
    let sample = Sample.random(seed: 4, startsLate: true)
    var bytes: [UInt8] = []
    for section in Forge.sections(of: sample.file) where section.flags == 1 && section.kind != 9 {
      let head = section.bytes
      bytes += head[8..<16] + head[20..<24] + head[28..<72]
    }
    #expect(try identity(sample) == Forge.digest(bytes))
  }
}
