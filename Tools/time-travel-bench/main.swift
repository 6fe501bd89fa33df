// Times what a debugger does with one trace, and prints a line of JSON for each operation: Tools/bench-time-travel
// makes tables of them.
//
// usage: time-travel-bench TRACE OPERATION [MIBIBYTES [COUNT [SEED]]]
//
// Operations, with MIBIBYTES of memory for checkpoints (1024) and COUNT tries (each has its own default):
//   seek     to random steps, in a session that has just opened the trace, and after a first pass over it
//   reverse  a reverse-stepi at random steps, and 20 more behind each
//   writers  the last writer of random places in memory, from the end, each in a session that has just opened the
//            trace, and all in one after a first pass; both must find the same
//   memory   a first pass and random seeks: for whoever measures the memory of the process
//   pass     a first pass alone

import Backplane
import Boards
import Commands
import Timeline
import VirtualTime

struct Bench {
  let path: String
  let mibibytes: Int
  let count: Int?
  var places: Places

  func open() throws -> Playback<VirtBoard> { try TracePlayback.open(path, checkpointBytes: mibibytes << 20) }

  mutating func randomStep(_ playback: Playback<VirtBoard>) -> Step {
    Step(UInt64.random(in: playback.first.step.count + 1...playback.last.step.count, using: &places))
  }

  /// Seconds of each of `count` seeks to random steps.
  mutating func seeks(_ playback: Playback<VirtBoard>, _ count: Int) -> [Double] {
    (0..<count).map { _ in
      let step = randomStep(playback)
      return timed { playback.seek(to: step) }.seconds
    }
  }

  func firstPass() throws -> Playback<VirtBoard> {
    let playback = try open()
    report("first pass", [timed { playback.runForward() }.seconds])
    return playback
  }

  func tell(_ playback: Playback<VirtBoard>) {
    let use = playback.checkpointUse
    print("{\"operation\": \"checkpoints\", \"count\": \(use.count), \"bytes\": \(use.byteCount)}")
    for problem in playback.problems { print("{\"operation\": \"problem: \(problem)\"}") }
    if let divergence = playback.divergence { print("{\"operation\": \"diverged: \(divergence.subject)\"}") }
  }

  mutating func seek() throws {
    var playback = try open()
    report("seek, just opened", seeks(playback, count ?? 200))
    tell(playback)
    playback = try firstPass()
    report("seek, after a first pass", seeks(playback, count ?? 200))
    tell(playback)
  }

  mutating func reverse() throws {
    let playback = try open()
    var first: [Double] = []
    var later: [Double] = []
    for _ in 0..<(count ?? 100) {
      _ = playback.seek(to: randomStep(playback))
      first.append(timed { playback.stepBack() }.seconds)
      for _ in 0..<20 { later.append(timed { playback.stepBack() }.seconds) }
    }
    report("first reverse-stepi, after a seek", first)
    // Where a breakpoint has stopped it, no checkpoints have been left on the way.
    first = (0..<(count ?? 100)).map { _ in
      let step = randomStep(playback)
      _ = playback.seek(to: Step(step.count - min(step.count, 40_000_000)))
      _ = playback.runForward(until: step)
      return timed { playback.stepBack() }.seconds
    }
    report("first reverse-stepi, after running there", first)
    report("later reverse-stepi", later)
    tell(playback)
  }

  mutating func memory() throws {
    let playback = try firstPass()
    report("seek", seeks(playback, count ?? 200))
    tell(playback)
  }

  mutating func writers() throws {
    let atStart = try open().machine.memory
    let playback = try open()
    let survey = Survey(playback, atStart: atStart)
    for kind in Survey.Kind.allCases {
      let addresses = survey.addresses(kind, count: count ?? 20, &places)
      let after = addresses.map { address in timed { Self.lastWriter(of: address, playback) } }
      report("last writer, \(kind.rawValue), after a first pass", after.map(\.seconds))
      // Each of these is a session of its own, and may run through all of the trace: fewer do.
      let fresh = try addresses.prefix(max(1, addresses.count / 2)).map { address in
        let playback = try open()
        _ = playback.seek(to: playback.last)
        return timed { Self.lastWriter(of: address, playback) }
      }
      report("last writer, \(kind.rawValue), just opened", fresh.map(\.seconds))
      let different = zip(fresh, after).count { $0.result != $1.result }
      let found = after.count { if case .found = $0.result { true } else { false } }
      print(
        "{\"operation\": \"answers, \(kind.rawValue)\", \"pages\": \(survey.pages(kind).count),"
          + " \"count\": \(after.count), \"found\": \(found), \"different\": \(different)}")
    }
    tell(playback)
  }

  private static func lastWriter(
    of address: UInt64, _ playback: Playback<VirtBoard>
  ) -> Playback<VirtBoard>.SearchResult {
    playback.lastHit(
      of: StopPoints(watchpoints: [Watchpoint(.physical, address, byteCount: 8, onRead: false, onWrite: true)]))
  }
}

let arguments = CommandLine.arguments
precondition(arguments.count >= 3, "usage: time-travel-bench TRACE OPERATION [MEBIBYTES [COUNT [SEED]]]")
func number(_ place: Int) -> Int? { arguments.count > place ? Int(arguments[place]) : nil }
var bench = Bench(
  path: arguments[1], mibibytes: number(3) ?? 1024, count: number(4), places: Places(state: UInt64(number(5) ?? 1)))
switch arguments[2] {
case "seek": try bench.seek()
case "reverse": try bench.reverse()
case "writers": try bench.writers()
case "memory": try bench.memory()
case "pass": _ = try bench.firstPass()
default: preconditionFailure("no operation \(arguments[2])")
}
