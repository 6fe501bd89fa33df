import Backplane
import Boards
import Support
import Testing
import VirtualTime

/// Runs stop exactly at their stop points, whatever the pieces in which they run, and in the states of a run without.
@Suite struct StopPointTests {
  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func randomGuestsStopWhereAPlainAccountSays(seed: UInt64) {
    let made = StopGuest(seed: seed)
    var hits = 0
    for variant in 0..<3 as Range<UInt64> {
      let points = made.points(seed: seed &* 31 &+ variant)
      let run = StopRun(points) { made.guest.machine() }
      let report = checkStops(run, seed: seed)
      #expect(report.problem == nil, "seed \(seed), variant \(variant), \(points)")
      hits += report.hits.count
    }
    #expect(hits > 0)
  }
}
