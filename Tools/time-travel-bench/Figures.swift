/// A small generator of its own, so that the same places are measured each time (SplitMix64).
struct Places: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// What `body` comes to, and the seconds that it takes.
func timed<Result>(_ body: () throws -> Result) rethrows -> (result: Result, seconds: Double) {
  let clock = ContinuousClock()
  let start = clock.now
  let result = try body()
  let took = (clock.now - start).components
  return (result, Double(took.seconds) + Double(took.attoseconds) / 1e18)
}

/// Prints `times`, in seconds, as a line of JSON.
func report(_ operation: String, _ times: [Double]) {
  let sorted = times.sorted()
  guard let most = sorted.last else { return }
  // The nearest rank: of fewer than 100 times, the 99th percentile is the greatest.
  func percentile(_ part: Double) -> Double {
    sorted[min(sorted.count - 1, Int((Double(sorted.count) * part).rounded(.up)) - 1)]
  }
  print(
    "{\"operation\": \"\(operation)\", \"count\": \(sorted.count), \"p50\": \(percentile(0.5)),"
      + " \"p90\": \(percentile(0.9)), \"p99\": \(percentile(0.99)), \"max\": \(most), \"times\": \(times)}")
}
