import Archive
import Fuzzing
import Testing

/// Files changed at random, many times: no crash, no endless loop, nothing that misleads.
@Suite struct MutationTests {
  @Test(arguments: 0..<8) func bytesChangedAtRandomNeverMislead(seed: UInt64) throws {
    var numbers = Numbers(seed: 1000 + seed)
    let sample = Sample.random(seed: 100 + seed, segmentCount: 2, recordCount: 5, startsLate: seed % 2 == 0)
    let (file, original) = (sample.file, sample.contents)
    for round in 0..<250 {
      var changed = file
      for _ in 0...numbers.below(4) { Self.change(&changed, &numbers) }
      let outcome = try Outcome(changed)
      #expect(!outcome.misleads(original), "round \(round)")
      if case .accepted = outcome, changed != file { Issue.record("round \(round): changed, and nothing said so") }
    }
  }

  /// Payloads are changed and all checksums made right again, so that every decoder meets every kind of nonsense.
  @Test(arguments: 0..<8) func payloadsChangedAtRandomAreReadOrRefused(seed: UInt64) throws {
    var numbers = Numbers(seed: 2000 + seed)
    let sections = Forge.sections(
      of: Sample.random(seed: 200 + seed, segmentCount: 2, recordCount: 5, startsLate: seed % 2 == 0).file)
    var tally = (refused: 0, read: 0)
    for _ in 0..<250 {
      var changed = sections
      if numbers.below(2) == 0 { changed = Forge.renumbered(changed) }
      let place = numbers.below(changed.count)
      switch numbers.below(6) {
      case 0: changed[place].itemCount = UInt32(truncatingIfNeeded: numbers.next() >> UInt64(32 + numbers.below(32)))
      case 1: changed[place].times[numbers.below(4)] = numbers.next() >> UInt64(numbers.below(64))
      case 2: changed[place].kind = UInt16(numbers.below(16))
      default: Self.change(&changed[place].payload, &numbers)
      }
      if case .refused = try Outcome(Forge.file(changed)) { tally.refused += 1 } else { tally.read += 1 }
    }
    #expect(tally.refused > 0 && tally.read > 0, "both happen, or the changes are not what they should be")
  }

  private static func change(_ bytes: inout [UInt8], _ numbers: inout Numbers) {
    guard !bytes.isEmpty else { return bytes.append(numbers.byte()) }
    let place = numbers.below(bytes.count)
    let end = min(bytes.count, place + 1 + numbers.below(40))
    switch numbers.below(7) {
    case 0: bytes[place] ^= 1 << UInt8(numbers.below(8))
    case 1: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF][numbers.below(5)]
    case 2: bytes.insert(numbers.byte(), at: place)
    case 3: bytes.removeSubrange(place..<end)
    case 4: bytes.insert(contentsOf: bytes[place..<end], at: numbers.below(bytes.count))
    case 5: bytes.replaceSubrange(place..<end, with: numbers.bytes(end - place))
    default: bytes.removeSubrange(place...)
    }
  }
}
