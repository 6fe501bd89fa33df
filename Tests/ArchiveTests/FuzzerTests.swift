import Archive
import Fuzzing
import Testing

@Suite struct FuzzerTests {
  @Test(arguments: 0..<8) func changedTracesAreReadOrRefused(part: UInt64) {
    let fuzzer = TraceFuzzer()
    var tally = (refused: 0, read: 0)
    var failures: [String] = []
    for seed in (part * 400)..<((part + 1) * 400) {
      switch fuzzer.round(seed: seed) {
      case .refused: tally.refused += 1
      case .read: tally.read += 1
      case .failed(let what): failures.append("seed \(seed): \(what)")
      }
    }
    #expect(failures == [])
    #expect(tally.refused > 40 && tally.read > 40, "both happen, or the changes are not what they should be")
  }

  @Test func aReaderThatKeepsDamageToItselfIsNoticed() {
    let fuzzer = TraceFuzzer { file in
      var summary = try TraceSummary(file)
      summary.isReported = false
      return summary
    }
    let found = (0..<200).compactMap { seed in Self.failure(fuzzer.round(seed: seed)) }
    #expect(found.contains("damage was taken for what was written"))
  }

  @Test func aReaderThatThrowsAnythingElseIsNoticed() {
    struct Surprise: Error {}
    let fuzzer = TraceFuzzer { file in
      do { return try TraceSummary(file) } catch let error as TraceError where error.problem == .outOfOrder {
        throw Surprise()
      }
    }
    let found = (0..<200).compactMap { seed in Self.failure(fuzzer.round(seed: seed)) }
    #expect(found.contains { $0.contains("Surprise") })
  }

  @Test func aSeedIsTheWholeReproduction() {
    let outcomes = (0..<50).map { TraceFuzzer().round(seed: $0) }
    #expect((0..<50).map { TraceFuzzer().round(seed: $0) } == outcomes)
  }

  private static func failure(_ outcome: TraceFuzzer.Outcome) -> String? {
    if case .failed(let what) = outcome { what } else { nil }
  }
}
