import Archive
import Support
import Testing
import VirtualTime

@testable import Commands

/// A guest that cannot bear `a` within half a millisecond of `b`, and a scenario that types them a millisecond apart.
private struct Fuse {
  let folder: Folder
  let scenario: String

  init() throws {
    folder = try Folder()
    _ = try folder.write("fuse.bin", Guest.fuse(500_000).contents[0].bytes)
    scenario = try folder.write(
      "fuse.yaml",
      Array(
        """
        name: fuse
        machine: {ram: 16M}
        images: {firmware: fuse.bin}
        script:
          - never: BAD
          - type: "xb"
          - wait: 1ms
          - type: "ya"
          - wait: 20ms
          - expect-exit: stalled
        record: {rung-interval: 100}
        """.utf8))
  }

  func explore(_ arguments: String..., traces: String = "traces") -> Result {
    reprise(["test", scenario, "--traces", folder.file(traces)] + arguments)
  }

  func trace(_ seed: Int, in traces: String = "traces") throws -> [UInt8] {
    try folder.read("\(traces)/fuse-seed-\(seed).reprise")
  }
}

@Suite struct ExplorationTests {
  private static let vary = "arrival=0..4ms"

  /// The seed of the first run that failed, as the report tells it.
  private static func seed(_ result: Result) throws -> Int {
    let word = try #require(result.text.split(separator: "the first with seed ").last)
    return try #require(Int(word.prefix { $0.isNumber }))
  }

  @Test func whatShowsOnlyAtSomeTimesIsFound() throws {
    let fuse = try Fuse()
    #expect(fuse.explore().status == 0)
    let found = fuse.explore("--repeat", "50", "--vary", Self.vary, "--seed", "100")
    #expect(found.status == 1, "\(found.error)")
    let seed = try Self.seed(found)
    #expect((100..<150).contains(seed))
    #expect(found.text.contains("(1 of \(seed - 99) runs failed)"))
    #expect(
      found.text.contains("run it again: reprise test \(fuse.scenario) --vary \(Self.vary) --seed \(seed)\n"))
    let trace = try fuse.trace(seed)
    // The trace alone is the run, and the seed alone makes it again.
    #expect(reprise("replay", fuse.folder.file("traces/fuse-seed-\(seed).reprise")).status == 0)
    let again = fuse.explore("--vary", Self.vary, "--seed", "\(seed)", traces: "again")
    #expect(again.status == 1)
    #expect(try fuse.trace(seed, in: "again") == trace)
    // And it shrinks to the two keys.
    let small = fuse.folder.file("small.reprise")
    let shrunk = reprise(
      "shrink", fuse.folder.file("traces/fuse-seed-\(seed).reprise"), "--fails", "scenario:\(fuse.scenario)", "-o",
      small)
    #expect(shrunk.status == 0, "\(shrunk.error)")
    #expect(try TraceReader(fuse.folder.read("small.reprise")).inputs().flatMap(\.bytes) == Array("ba".utf8))
  }

  @Test func howManyRunAtOnceChangesNothing() throws {
    let fuse = try Fuse()
    let results = ["1", "2", "7"].map { fuse.explore("--repeat", "50", "--vary", Self.vary, "-j", $0) }
    #expect(results.allSatisfy { $0.status == 1 && $0.text == results[0].text })
    // Nothing is left of runs that were begun behind the first that failed.
    let seed = try Self.seed(results[0])
    #expect((1...50).filter { fuse.folder.has("traces/fuse-seed-\($0).reprise") } == [seed])
  }

  @Test func allRunsAreMadeWhenAskedFor() throws {
    let fuse = try Fuse()
    let result = fuse.explore("--repeat", "30", "--vary", Self.vary, "--keep-going", "--json")
    #expect(result.status == 1)
    #expect(result.text.contains("\"runs\" : 30"))
    let failed = (1...30).filter { fuse.folder.has("traces/fuse-seed-\($0).reprise") }
    #expect((2..<30).contains(failed.count))
    for seed in failed {
      #expect(fuse.explore("--vary", Self.vary, "--seed", "\(seed)", "--keep", "none").status == 1)
    }
    let shown = fuse.explore("--repeat", "30", "--vary", Self.vary, "--keep-going").text
    #expect(shown.contains("\(failed.count) of 30 runs failed, the first with seed \(failed[0])"))
  }

  @Test func runsThatPassLeaveNothing() throws {
    let fuse = try Fuse()
    let result = fuse.explore("--repeat", "5", "--vary", "arrival=0..1us", "--vary", "latency=0..1%")
    #expect(result.status == 0, "\(result.text)")
    #expect(result.text.contains("(0 of 5 runs failed)"))
    #expect(!fuse.folder.has("traces"))
  }

  @Test func latencyIsInTheTraceAsInputs() throws {
    let fuse = try Fuse()
    let result = fuse.explore("--vary", "latency=0..1%", "--seed", "3", "--keep", "all")
    #expect(result.status == 0, "\(result.text)")
    let reader = try TraceReader(fuse.trace(3))
    #expect(try reader.inputs().contains { $0.slot == 0 })
    #expect(reprise("replay", fuse.folder.file("traces/fuse-seed-3.reprise")).status == 0)
    #expect(reprise("selftest", fuse.folder.file("traces/fuse-seed-3.reprise")).status == 0)
  }

  @Test func whatCannotBeExploredIsRefused() throws {
    let fuse = try Fuse()
    for arguments in [
      ["--repeat", "5"], ["--seed", "5"], ["--keep-going"], ["--vary", "quantum"], ["--vary", "arrival=1"],
      ["--vary", "arrival", "--vary", "arrival"], ["--vary", "arrival", "--repeat", "0"],
      ["--vary", "arrival", "--seed", "-1"],
    ] {
      let result = reprise(["test", fuse.scenario, "--traces", fuse.folder.file("traces")] + arguments)
      #expect(result.status == 64, "\(arguments): \(result.text)")
    }
    #expect(fuse.explore("--vary", "quantum").error.contains("the board has one"))
    let nothing = reprise(
      "shrink", try EchoRecording().trace, "--fails", "scenario:\(fuse.scenario)-not-there")
    #expect(nothing.status == 66)
  }
}
