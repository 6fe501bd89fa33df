import Archive
import Fuzzing
import Testing
import VirtualTime

/// What came of reading a file that may have been damaged.
enum Outcome: Equatable, CustomTestStringConvertible {
  /// It was refused.
  case refused(TraceError)
  /// It was read, and the reader says that something is missing or damaged.
  case reported(Contents)
  /// It was read, and the reader says that all is well.
  case accepted(Contents)

  init(_ file: [UInt8]) throws {
    do {
      let (contents, reader) = try Contents.read(file)
      let isReported = !reader.damage.isEmpty || reader.truncation != nil || !reader.isComplete
      self = isReported ? .reported(contents) : .accepted(contents)
    } catch let error as TraceError {
      self = .refused(error)
    }
  }

  var testDescription: String {
    switch self {
    case .refused(let error): "refused: \(error)"
    case .reported: "reported"
    case .accepted: "accepted"
    }
  }

  /// Whether a user would be misled: content that differs from `original` in a way that nothing tells of.
  func misleads(_ original: Contents) -> Bool {
    switch self {
    case .refused: return false
    case .accepted(let contents): return contents != original
    case .reported(let contents):
      // What is missing is told of. What is there must be what was written.
      let isWhole = contents.isComplete
      return contents.header != original.header || contents.images != original.images
        || !contents.inputs.isStart(of: original.inputs, whole: isWhole)
        || !contents.rungs.isStart(of: original.rungs, whole: isWhole)
        || contents.end != nil && contents.end != original.end
        || !contents.effects.isPart(of: original.effects) || !contents.marks.isPart(of: original.marks)
        || !contents.start.isPart(of: original, contents)
        || !contents.checkpoints.isPart(of: original.checkpoints)
        || !contents.provenance.isPart(of: original.provenance)
    }
  }
}

extension Contents.Start {
  /// Whether it is where `original` starts. A file that was cut before it tells where it starts has nothing but images.
  func isPart(of original: Contents, _ contents: Contents) -> Bool {
    let isEmpty = contents.inputs.isEmpty && contents.rungs.isEmpty && contents.end == nil && contents.effects.isEmpty
    return self == original.start || self == Contents.Start() && isEmpty && contents.checkpoints.isEmpty
  }
}

extension Array where Element: Equatable {
  func isStart(of whole: [Element], whole isWhole: Bool) -> Bool { isWhole ? self == whole : whole.starts(with: self) }

  /// Whether the elements are some of `whole`, in the same order.
  func isPart(of whole: [Element]) -> Bool {
    var rest = whole[...]
    for element in self {
      guard let place = rest.firstIndex(of: element) else { return false }
      rest = rest[(place + 1)...]
    }
    return true
  }
}

@Suite struct DamageTests {
  static let sample = Sample.random(seed: 21, segmentCount: 3, recordCount: 6, startsLate: true)

  @Test func theCheckOfSilentDamageNoticesIt() throws {
    let original = Self.sample.contents
    #expect(try !Outcome(Self.sample.file).misleads(original))
    var other = Self.sample
    other.segments[0].effects[0].moment.cycle.count += 1
    #expect(try Outcome(other.file).misleads(original), "an effect changed, and all checksums right")
    other = Self.sample
    other.segments.removeLast()
    other.end = nil
    #expect(try !Outcome(other.file).misleads(original), "a file that says it is cut does not mislead")
    let place = try #require(other.segments.firstIndex { !$0.inputs.isEmpty })
    other.segments[place].inputs[0].slot ^= 1
    #expect(try Outcome(other.file).misleads(original), "an input changed in a file that says it is cut")
  }

  @Test func aFileCutAtAnyByteIsNeverTakenForWhole() throws {
    let file = Self.sample.file
    let original = Self.sample.contents
    var openedCount = 0
    for length in 0..<file.count {
      let outcome = try Outcome(Array(file[..<length]))
      #expect(!outcome.misleads(original), "cut at \(length)")
      switch outcome {
      case .refused(let error): #expect([.truncated, .notATrace].contains(error.problem), "cut at \(length): \(error)")
      case .accepted: Issue.record("cut at \(length), and taken for whole")
      case .reported(let contents):
        openedCount += 1
        #expect(!contents.isComplete)
      }
    }
    #expect(openedCount > file.count / 2, "most of a cut file can still be read")
    #expect(try Outcome(file) == .accepted(original))
  }

  @Test func zerosAtTheEndCountAsCut() throws {
    let pieces = Self.sample.pieces
    let start = Array(pieces.dropLast(2).joined())
    for count in [1, 79, 80, 100_000] {
      let reader = try TraceReader(start + [UInt8](repeating: 0, count: count))
      #expect(!reader.isComplete)
      #expect(reader.truncation?.offset == start.count)
    }
    #expect(throws: TraceError.self) { try TraceReader(start + [UInt8](repeating: 0, count: 100) + [1]) }
  }

  @Test(arguments: [true, false]) func noFlippedBitGoesUnnoticed(hasIndex: Bool) throws {
    var sample = Self.sample
    if !hasIndex { (sample.end, sample.lastMarks) = (nil, []) }
    let original = sample.contents
    let baseline = try TraceReader(sample.file).isComplete
    #expect(baseline == hasIndex)
    var file = sample.file
    let compressed = try TraceReader(file).sections.compactMap { section in
      let start = section.offset + 80
      return section.head.kind == .pages || section.head.kind == .snapshotPages
        ? start..<(start + Int(section.head.compressedByteCount)) : nil
    }
    var tally = (refused: 0, reported: 0)
    for offset in file.indices {
      for bit in [UInt8(offset % 8), UInt8((offset + 3) % 8)] {
        file[offset] ^= 1 << bit
        let outcome = try Outcome(file)
        file[offset] ^= 1 << bit
        #expect(!outcome.misleads(original), "bit \(bit) of byte \(offset)")
        switch outcome {
        case .refused: tally.refused += 1
        case .reported: tally.reported += 1
        case .accepted:
          // A frame may have a bit that means nothing: what it unpacks to has its own checksums.
          let isIdle = outcome == .accepted(original) && compressed.contains { $0.contains(offset) }
          #expect(isIdle, "bit \(bit) of byte \(offset) was flipped, and nothing said so")
        }
      }
    }
    #expect(tally.refused > 0 && tally.reported > 0)
  }

  @Test func aDamagedPartThatCanBeDoneWithoutIsLeftOutAndTold() throws {
    let file = Self.sample.file
    let clean = try TraceReader(file)
    for section in clean.sections where section.head.kind?.isCritical == false {
      var damaged = file
      damaged[section.offset + 80 + Int(section.head.compressedByteCount) - 1] ^= 1
      let (contents, reader) = try Contents.read(damaged)
      #expect(reader.isComplete)
      // Checkpoints that refer to damaged pages are damaged with them.
      #expect(reader.damage.first?.offset == section.offset)
      #expect(reader.damage.dropFirst().allSatisfy { section.head.kind == .pages && $0.section == .checkpoint })
      #expect(reader.damage.first?.section == section.head.kind)
      #expect(contents.inputs == Self.sample.inputs && contents.rungs == Self.sample.rungs)
    }
  }

  @Test func damageToWhatAReplayNeedsNamesThePlace() throws {
    let file = Self.sample.file
    let clean = try TraceReader(file)
    for section in clean.sections where section.head.kind?.isCritical == true {
      var damaged = file
      damaged[section.offset + 80 + Int(section.head.compressedByteCount) - 1] ^= 1
      let error = try #require(throws: TraceError.self) { try Contents.read(damaged) }
      #expect(error.problem == .damaged && error.offset == section.offset && error.section == section.head.kind)
      #expect(error.exitStatus == 65)
      #expect(error.description.contains("offset \(section.offset)") && error.description.contains("reprise record"))
    }
  }

  @Test func strangersAreRecognised() {
    func problem(_ bytes: [UInt8]) -> TraceError.Problem? {
      do {
        _ = try TraceReader(bytes)
        return nil
      } catch { return (error as? TraceError)?.problem }
    }
    #expect(problem([]) == .notATrace)
    #expect(problem([0]) == .notATrace)
    #expect(problem(Array("#!/bin/sh\n".utf8)) == .notATrace)
    #expect(problem([UInt8](repeating: 0, count: 4096)) == .notATrace)
    #expect(problem(Forge.compress(Array("a zstd file".utf8))) == .notATrace)
    #expect(problem(Forge.preamble()) == .truncated)
    #expect(
      problem(Forge.preamble() + Array("more of something else, and long enough to be a head: ".utf8) + [1]) != nil)
    #expect(problem(Forge.preamble(version: 7)) == .newerFormat(found: 7, known: 1))
    #expect(problem(Forge.preamble(version: 0)) == .damaged)
    #expect(problem(Forge.preamble(flags: 1)) == .damaged)
  }
}
