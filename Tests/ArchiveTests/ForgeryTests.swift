import Archive
import Fuzzing
import Testing
import VirtualTime

/// Files with all checksums right that are wrong all the same, or newer than this reader.
@Suite struct ForgeryTests {
  static let sample = Sample.random(seed: 21, segmentCount: 3, recordCount: 6, startsLate: true)
  static let sections = Forge.sections(of: sample.file)

  private static func problem(_ sections: [ForgedSection]) throws -> TraceError.Problem? {
    if case .refused(let error) = try Outcome(Forge.file(sections)) { error.problem } else { nil }
  }

  private static func place(of kind: SectionKind) throws -> Int {
    try #require(sections.firstIndex { $0.kind == kind.rawValue })
  }

  @Test func theForgeMakesTheSameFileAsTheWriter() {
    #expect(Forge.file(Self.sections) == Self.sample.file)
  }

  @Test func theIndexAndTheEndAreWhatTheDocumentSays() throws {
    // The commitment, made anew by the document's words from the heads alone.
    var (commitment, offset): (UInt64, Int) = (0, 32)
    for section in Self.sections {
      let bytes = section.bytes
      if section.kind == SectionKind.end.rawValue { break }
      if section.flags == 1 {
        commitment = Forge.hash(Array(bytes[8..<16] + bytes[20..<24] + bytes[28..<72]), seed: commitment)
      }
      offset += bytes.count
    }
    #expect(Array(Self.sections[try Self.place(of: .end)].payload.suffix(8)) == Forge.little(commitment))
    #expect(try TraceReader(Self.sample.file).sections[Self.place(of: .end)].offset == offset)
  }

  @Test func zstdUnpacksAWholeTrace() throws {
    let payloads = Array(Self.sections.map(\.payload).joined())
    #expect(Forge.decompress(Self.sample.file, limit: payloads.count) == payloads)
    #expect(Forge.decompress(Self.sample.file.dropLast(), limit: payloads.count) == nil, "a cut file is noticed")
  }

  @Test func sectionsMovedRepeatedOrTakenOutAreNoticed() throws {
    let count = Self.sections.count
    let original = Self.sample.contents
    for first in 0..<count {
      var removed = Self.sections
      removed.remove(at: first)
      var repeated = Self.sections
      repeated.insert(repeated[first], at: first)
      var variants = [("\(first) removed", removed), ("\(first) repeated", repeated)]
      for second in 0..<first {
        var swapped = Self.sections
        swapped.swapAt(first, second)
        variants.append(("\(first) and \(second) swapped", swapped))
      }
      for (what, sections) in variants {
        for candidate in [sections, sections.filter { $0.kind != SectionKind.index.rawValue }] {
          let outcome = try Outcome(Forge.file(candidate))
          #expect(!outcome.misleads(original), "\(what)")
          if case .accepted = outcome { Issue.record("\(what), and nothing said so") }
        }
      }
    }
  }

  @Test func aNeededSectionTakenOutWithCareIsMissedByTheEnd() throws {
    for (index, section) in Self.sections.enumerated() {
      guard section.flags == 1, section.kind != SectionKind.end.rawValue else { continue }
      var sections = Self.sections
      sections.remove(at: index)
      let problem = try Self.problem(Forge.renumbered(sections))
      #expect(
        problem == .inconsistent || problem == .outOfOrder, "section \(index) removed: \(String(describing: problem))")
    }
    // One that can be done without may go.
    var sections = Self.sections
    sections.remove(at: try Self.place(of: .effects))
    let reader = try TraceReader(Forge.file(Forge.renumbered(sections)))
    #expect(reader.end == Self.sample.end)
    #expect(try reader.inputs() == Self.sample.inputs)
  }

  @Test func aSectionOfAnotherRunIsNoticed() throws {
    var other = Self.sample
    let segment = try #require(other.segments.firstIndex { !$0.inputs.isEmpty })
    other.segments[segment].inputs[0].slot ^= 1
    let place = try Self.place(of: .inputs)
    var sections = Self.sections
    sections[place] = Forge.sections(of: other.file)[place]
    #expect(try Self.problem(sections.filter { $0.kind != 8 }) == .inconsistent)
    #expect(try Self.problem(sections) != nil, "also with an index")
  }

  @Test func unknownSectionsAreSkippedUnlessCritical() throws {
    let last = Self.sections.count - 2
    var stranger = ForgedSection(kind: 999, version: 9, flags: 0, sequence: 0, itemCount: 77, payload: [1, 2, 3])
    var sections = Self.sections
    sections.insert(stranger, at: last)
    let (contents, reader) = try Contents.read(Forge.file(Forge.renumbered(sections)))
    #expect(reader.unknownSections.map(\.head.kindNumber) == [999])
    #expect(contents.inputs == Self.sample.inputs && contents.effects == Self.sample.effects)
    #expect(contents.end == Self.sample.end)
    stranger.flags = 1
    sections[last] = stranger
    #expect(try Self.problem(Forge.renumbered(sections)) == .unknownCriticalSection(kind: 999))
    stranger.flags = 2
    sections[last] = stranger
    #expect(try Self.problem(Forge.renumbered(sections)) == .damaged)
  }

  @Test func newerSectionsAreRefusedOrLeftOut() throws {
    for kind in SectionKind.allCases where kind != .index {
      var sections = Self.sections
      sections[try Self.place(of: kind)].version = 2
      let outcome = try Outcome(Forge.file(Forge.renumbered(sections)))
      switch outcome {
      case .refused(let error):
        #expect(kind.isCritical && error.problem == .newerSection(found: 2, known: 1), "\(kind.name)")
      case .reported: #expect(!kind.isCritical, "\(kind.name)")
      case .accepted: Issue.record("a newer \(kind.name) section was read as if it were known")
      }
    }
  }

  @Test func flagsThatDoNotFitTheKindAreRefused() throws {
    for (index, section) in Self.sections.enumerated() {
      var sections = Self.sections
      sections[index].flags = section.flags ^ 1
      #expect(try Self.problem(sections.filter { $0.kind != 8 || section.kind == 8 }) == .damaged)
    }
  }

  @Test func anIndexThatLiesIsNotBelieved() throws {
    let index = try Self.place(of: .index)
    let original = Self.sample.contents
    for offset in Self.sections[index].payload.indices {
      for change in [UInt8(1), 0x40, 0xFF] {
        var sections = Self.sections
        sections[index].payload[offset] ^= change
        let outcome = try Outcome(Forge.file(sections))
        #expect(!outcome.misleads(original), "byte \(offset) of the index")
        if case .accepted = outcome { Issue.record("byte \(offset) of the index lies, and nothing said so") }
      }
    }
  }

  @Test func nothingIsUnpackedBeyondWhatAHeadMayDeclare() throws {
    let place = try Self.place(of: .inputs)
    let zeros = [UInt8](repeating: 0, count: 1 << 25)
    let limit = UInt32(SectionKind.inputs.maximumPayloadByteCount)
    func problem(_ change: (inout ForgedSection) -> Void) throws -> TraceError.Problem? {
      var sections = Self.sections.filter { $0.kind != SectionKind.index.rawValue }
      change(&sections[place])
      sections.removeAll { $0.kind == SectionKind.end.rawValue }
      return try Self.problem(sections)
    }
    #expect(try problem { _ in } == nil, "unchanged, it is read")
    #expect(try problem { $0.payload = zeros } == .damaged, "more than the kind may have")
    #expect(try problem { ($0.frame, $0.payloadByteCount) = (Forge.compress(zeros), limit) } == .damaged)
    #expect(try problem { ($0.frame, $0.payloadByteCount) = (Forge.compress(zeros), .max) } == .damaged)
    #expect(try problem { $0.payloadByteCount = limit } == .damaged, "less in the frame than the head declares")
    #expect(try problem { $0.frame = Forge.compress($0.payload) + Forge.compress([]) } == .damaged, "two frames")
    #expect(try problem { $0.frame = Forge.compress($0.payload, checksum: false) } == .damaged)
    #expect(try problem { $0.frame = [] } == .damaged)
    #expect(try problem { $0.frame = Forge.preamble() } == .damaged, "a skippable frame in place of a frame")
    #expect(try problem { $0.payloadHash = 1 } == .damaged)
    // A frame whose own header lies about its size: bytes 5 to 8 are the content size of a frame above 64 KiB.
    var frame = Forge.compress(zeros)
    frame.replaceSubrange(5..<9, with: Forge.little(UInt32(1 << 20)))
    #expect(try problem { ($0.frame, $0.payloadByteCount) = (frame, 1 << 20) } == .damaged)
  }

  @Test func partsOfImagesOutOfPlaceAreFoundAlsoWithoutAnIndex() throws {
    let image = Numbers.sequence(seed: 4, count: 50)
    let sample = Sample(header: Sample.header(images: [image]), images: [image])
    for end in [sample.end, Self.sample.end] {
      var whole = sample
      whole.end = end.map { record in
        var record = record
        record.inputCount = 0
        return record
      }
      var sections = Forge.renumbered(Forge.sections(of: whole.file))
      #expect(try Outcome(Forge.file(sections)) == .reported(whole.contents.withoutIndex))
      sections[1].payload[1] = 1
      #expect(try Self.problem(Forge.committed(sections)) == .outOfOrder)
    }
  }

  @Test func manySmallBombsTogetherAreRefused() throws {
    // 60,000 empty inputs that compress to almost nothing, many times over.
    let count: UInt64 = 60_000
    var payload: [UInt8] = [0xE0, 0xD4, 0x03]
    payload += [UInt8](repeating: 0, count: Int(count) * 4)
    let bomb = ForgedSection(kind: 3, flags: 1, sequence: 0, itemCount: UInt32(count), payload: payload)
    let file = Forge.file(Forge.renumbered([Self.sections[0]] + Array(repeating: bomb, count: 100)))
    #expect(file.count < 20_000)
    let reader = try TraceReader(file)
    let error = try #require(throws: TraceError.self) { try reader.inputs() }
    #expect(error.problem == .tooLarge)
  }

  @Test func countsBeyondTheBytesAreRefusedBeforeAnythingIsAllocated() throws {
    for kind in [SectionKind.inputs, .effects, .ladder, .marks, .provenance, .header] {
      for count: [UInt8] in [
        [0x7F], [0xFF, 0xFF, 0x03], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
      ] {
        var sections = Self.sections.filter {
          $0.kind != SectionKind.index.rawValue && $0.kind != SectionKind.end.rawValue
        }
        sections[try Self.place(of: kind)].payload = count + [1, 2, 3]
        let outcome = try Outcome(Forge.file(sections))
        guard case .refused(let error) = outcome else {
          #expect(!kind.isCritical)
          continue
        }
        #expect(error.problem == .damaged && kind.isCritical, "\(kind.name)")
      }
    }
  }
}
