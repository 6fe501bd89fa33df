import Archive
import Backplane
import FoundationEssentials
import Testing
import VirtualTime

@testable import Commands
@testable import Timeline

/// What `verify` finds out, on the spot, of a replay that is not its recording.
@Suite struct VerifyOnTheSpotTests {
  private struct Document: Decodable {
    struct File: Decodable {
      struct Divergence: Decodable {
        var subject: String
        var lastCommonStep: UInt64
        var foundStep: UInt64
      }
      struct Spot: Decodable {
        struct Way: Decodable {
          var way: String
          var reproduces: Bool
        }
        var subject: String
        var lastCommonStep: UInt64
        var firstDifferentStep: UInt64
        var ways: [Way]
        var command: String
      }
      var verdict: String
      var divergence: Divergence?
      var onTheSpot: Spot?
      var next: String?
    }
    var files: [File]
  }

  /// What a trace holds, to be changed.
  private struct Parts {
    var inputs: [InputRecord]
    var effects: [EffectRecord] = []
    var rungs: [Rung]
  }

  /// A recording, and the same with a fault in it.
  private struct Planted {
    let recording: EchoRecording
    let trace: String
    let parts: Parts

    init(_ plant: (inout Parts) throws -> Void) throws {
      recording = try EchoRecording()
      let reader = try TraceReader(recording.folder.read("echo.reprise"))
      var parts = Parts(inputs: try reader.inputs(), rungs: try reader.rungs())
      try reader.effects { parts.effects.append($0) }
      self.parts = parts
      try plant(&parts)
      var writer = TraceWriter()
      var bytes = writer.header(reader.header)
      bytes += writer.image(0, bytes: try #require(try reader.image(0)))
      bytes += writer.segment(
        inputs: parts.inputs, effects: parts.effects, rungs: parts.rungs, marks: [], covering: .zero...reader.covered)
      bytes += writer.end(try #require(reader.end))
      trace = try recording.folder.write("planted.reprise", bytes)
    }

    /// What the command says of it.
    func verify() throws -> (file: Document.File, error: String) {
      let json = reprise("verify", trace, "--json")
      #expect(json.status == 3, "\(json.error)")
      let files = try JSONDecoder().decode(Document.self, from: Data(json.output)).files
      return (try #require(files.first), json.error)
    }

    /// The step with which the machine leaves the one that was recorded, by going beside it all the way.
    func parting() throws -> UInt64 {
      try #require(try SideBySide(a: recording.trace, b: trace).parting(stride: 1))
    }

    /// That the command that is told opens a debugger there, up to the place of the debugger.
    func check(_ command: String, at step: UInt64) {
      #expect(command == "reprise gdb \(trace) --at @\(step)")
      let there = reprise("replay", trace, "--at", "@\(step)", "--json")
      #expect(there.status == 0 && there.text.contains("\"step\" : \(step)"), "\(there.text)\(there.error)")
    }
  }

  @Test func aRungThatNoReplayHasIsFoundBetweenTwoRungs() throws {
    for place in [0, 1, 4] {
      let planted = try Planted { $0.rungs[place].digest.high ^= 1 }
      let (file, error) = try planted.verify()
      let last = place == 0 ? 0 : planted.parts.rungs[place - 1].moment.step.count
      let spot = try #require(file.onTheSpot)
      #expect(file.verdict == "diverged" && spot.subject == "rung")
      #expect(spot.lastCommonStep == last && spot.firstDifferentStep == planted.parts.rungs[place].moment.step.count)
      #expect(spot.ways.count == 3 && spot.ways.allSatisfy { !$0.reproduces })
      #expect(error.contains("replayed from the start, with caches dropped on the way: not as it was recorded"))
      #expect(error.contains("all ways lead to the same: the recording was made by a machine that does otherwise"))
      #expect(error.contains("to see it: \(spot.command)\n"))
      #expect(file.next == spot.command)
      planted.check(spot.command, at: last)
      // Nothing but the rung is wrong: the run is the recorded one.
      #expect(try SideBySide(a: planted.recording.trace, b: planted.trace).parting(stride: 1) == nil)
    }
  }

  @Test func anInputThatWasAnotherIsFoundWhereItIsFirstSeen() throws {
    for change in [{ $0.bytes[0] ^= 3 }, { $0.moment.step.count -= 1 }] as [(inout InputRecord) -> Void] {
      let planted = try Planted { change(&$0.inputs[1]) }
      let (file, error) = try planted.verify()
      let (parting, spot) = (try planted.parting(), try #require(file.onTheSpot))
      // No way leads to the recording, so no step can be told: but it is in the stretch that is.
      #expect(spot.lastCommonStep <= parting && parting < spot.firstDifferentStep)
      #expect(spot.ways.allSatisfy { !$0.reproduces })
      let rungs = planted.parts.rungs.map(\.moment.step.count)
      #expect(spot.lastCommonStep == rungs.last { $0 <= parting } ?? 0)
      #expect(spot.firstDifferentStep == rungs.first { $0 > parting })
      #expect(try #require(file.divergence).foundStep >= parting)
      #expect(error.contains("to see it: \(try #require(file.next))\n"))
      planted.check(spot.command, at: spot.lastCommonStep)
    }
  }

  @Test func whatTheTraceTellsBesideTheRunIsNamedAsThat() throws {
    let planted = try Planted { parts in
      let place = try #require(
        parts.effects.firstIndex { if case .output(_, UInt8(ascii: "b")) = $0.kind { true } else { false } })
      parts.effects[place].kind = .output(slot: 1, byte: UInt8(ascii: "c"))
    }
    let (file, error) = try planted.verify()
    let spot = try #require(file.onTheSpot)
    #expect(spot.subject == "effect" && spot.ways.allSatisfy(\.reproduces))
    #expect(error.contains("what the trace tells beside them is not what happens"))
    let shown = try #require(
      planted.parts.effects.first { if case .output(_, UInt8(ascii: "b")) = $0.kind { true } else { false } })
    #expect(file.divergence?.foundStep == shown.moment.step.count)
    #expect(try #require(file.divergence).lastCommonStep < shown.moment.step.count)
    planted.check(try #require(file.next), at: try #require(file.divergence).lastCommonStep)
  }

  @Test func aGoodTraceIsNotLookedInto() throws {
    let planted = try Planted { _ in }
    let json = reprise("verify", planted.trace, "--json")
    #expect(json.status == 0 && !json.text.contains("onTheSpot"))
  }

  /// Two ways that part: no board of a release does so, which is why this begins behind the search
  /// (`SpotBisectionTests` has boards that do).
  @Test func twoWaysThatPartAreToldWithTheirStep() throws {
    let moment = Moment(step: Step(511), cycle: Cycle(2044))
    var outcome = SpotOutcome(
      segment: Moment(step: Step(500), cycle: .zero)...Moment(step: Step(600), cycle: .zero))
    outcome.ways = [(.fromStart, true), (.fromCheckpoint(Moment(step: Step(500), cycle: .zero)), false)]
    outcome.pair = Sides(.fromStart, .fromCheckpoint(Moment(step: Step(500), cycle: .zero)))
    outcome.parting = Parting(common: moment, behind: Sides(moment, moment), measure: .machine)
    let report = SpotReport("a b.reprise", .rung, outcome)
    #expect(report.parting?.step == 511 && report.parting?.cycle == 2044)
    #expect(report.command == "reprise gdb 'a b.reprise' --at @511")
    #expect(
      report.lines == [
        "replayed from the start: as it was recorded",
        "replayed from the checkpoint at @500: not as it was recorded",
        "replays from the start and from the checkpoint at @500 part at @511",
      ])
  }
}
