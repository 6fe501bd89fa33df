// Times the operations of a debugger on one trace, and prints percentiles as JSON: Tools/bench has the figures.
//
// usage: time-travel-bench TRACE [SEED]

import Boards
import Commands
import Timeline
import VirtualTime

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

func seconds(_ body: () throws -> Void) rethrows -> Double {
  let took = try ContinuousClock().measure(body)
  return Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
}

/// `"name": {"p50": …, "p90": …, "p99": …, "max": …}` of `times`, in seconds.
func line(_ name: String, _ times: [Double]) -> String {
  let sorted = times.sorted()
  func percentile(_ part: Double) -> Double { sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))] }
  return "  \"\(name)\": {\"count\": \(times.count), \"p50\": \(percentile(0.5)), \"p90\": \(percentile(0.9)),"
    + " \"p99\": \(percentile(0.99)), \"max\": \(sorted[sorted.count - 1])}"
}

let arguments = CommandLine.arguments
var places = Places(state: arguments.count > 2 ? UInt64(arguments[2]) ?? 1 : 1)
var lines: [String] = []

var playback = try TracePlayback.open(arguments[1])
lines.append(
  line(
    "open at end",
    try (0..<5).map { _ in
      try seconds {
        playback = try TracePlayback.open(arguments[1])
        _ = playback.seek(to: playback.last)
      }
    }))

// The first pass over a trace without checkpoints: what a session pays once.
playback = try TracePlayback.open(arguments[1])
lines.append(line("full pass", [seconds { _ = playback.runForward() }]))
let last = playback.last.step.count

@MainActor func randomStep() -> Step { Step(UInt64.random(in: 1...last, using: &places)) }

lines.append(line("seek", (0..<200).map { _ in seconds { _ = playback.seek(to: randomStep()) } }))

var first: [Double] = []
var later: [Double] = []
for _ in 0..<50 {
  _ = playback.seek(to: randomStep())
  first.append(seconds { _ = playback.stepBack() })
  for _ in 0..<20 { later.append(seconds { _ = playback.stepBack() }) }
}
lines.append(line("first reverse-stepi", first))
lines.append(line("later reverse-stepi", later))
let use = playback.checkpointUse
lines.append("  \"checkpoints\": {\"count\": \(use.count), \"bytes\": \(use.byteCount)}")
print("{\n" + lines.joined(separator: ",\n") + "\n}")
