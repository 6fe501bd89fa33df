import Testing

@testable import Commands

/// `bisect --run` judges all of a scenario: what `reprise test` calls passed is good, what it calls failed is bad, and
/// what it cannot run is not judged.
@Suite struct BisectRunVerdictTests {
  private struct Case {
    var name: String
    var rest: String
    var status: Int32
    var message: String

    init(_ name: String, _ rest: String, _ status: Int32, _ message: String) {
      (self.name, self.rest, self.status, self.message) = (name, rest, status, message)
    }
  }

  private static let cases = [
    Case("passes", "script: [{expect: '>', within: 1s}, {type: abq}]", 0, "the scenario passed"),
    Case("assert", "script: [{expect: '>'}, {assert: {register: t2, equals: 1}}, {type: q}]", 1, "t2 equals 0x1"),
    Case("asserted", "script: [{expect: '>'}, {assert: {register: t2, equals: 0x3e}}, {type: q}]", 0, "passed"),
    Case("never", "script: [{never: ab}, {type: abq}]", 1, "never 'ab'"),
    Case("expect", "script: [{expect: no such thing, within: 5ms}, {type: q}]", 1, "within 5ms"),
    Case("early", "script: [{type: q}, {expect: more}]", 1, "before the script had come further than to"),
    Case("exit", "script: [{type: q}, {expect-exit: reset}]", 1, "it ended otherwise: powered-off"),
    Case(
      "late", "images: {firmware: ticker.bin}\nscript: [{expect-exit: powered-off, within: 50us}]", 1,
      "the run goes on"),
    Case("code", "script: [{type: f}]", 1, "with failure code 7"),
    Case("wanted", "script: [{type: f}, {expect-exit: {failure: 7}}]", 0, "passed"),
    // These were good, or not judged, as long as `record` was asked.
    Case("stalled", "images: {firmware: waiter.bin}", 1, "nothing will ever wake it"),
    Case("waits", "images: {firmware: waiter.bin}\nscript: [expect-exit: stalled]", 0, "passed"),
    Case("limit", "images: {firmware: ticker.bin}\nlimits: {steps: 1000}", 1, "a limit was reached"),
    Case("golden", "golden: other.ladder\nscript: [{expect: '>'}, {type: abq}]", 1, "differs from the golden ladder"),
    Case("climbs", "golden: other.ladder\nscript: [{expect: '>'}, {wait: 2ms}, {type: abq}]", 0, "passed"),
    // What is broken is not the guest's fault.
    Case("symbol", "script: [at: {symbol: nowhere}]", 125, "nowhere"),
    Case("register", "script: [assert: {register: x99, equals: 1}]", 125, "no register 'x99'"),
    Case("missing", "images: {firmware: gone.bin}", 125, "gone.bin"),
    Case("broken", "images: {kernel: broken.elf}", 125, "could not be run"),
    Case("ladder", "golden: gone.ladder", 125, "gone.ladder"),
    Case("key", "scripts: []", 125, "unknown key 'scripts'"),
  ]

  private static func makeFolder() throws -> Folder {
    let folder = try Folder()
    for (name, bytes) in [
      ("echo.bin", Guests.echo), ("ticker.bin", Guests.ticker), ("waiter.bin", Guests.waiter),
      ("broken.elf", [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]),
    ] {
      _ = try folder.write(name, bytes)
    }
    // The ladder of the run that waits before it types.
    let slow = try write(Case("slow", "script: [{expect: '>'}, {wait: 2ms}, {type: abq}]", 0, ""), folder)
    let trace = folder.file("slow.reprise")
    #expect(reprise("record", "--quiet", "-o", trace, slow).status == 0)
    _ = try folder.write("other.ladder", reprise("info", "--ladder", trace).output)
    return folder
  }

  private static func write(_ scenario: Case, _ folder: Folder) throws -> String {
    let images = scenario.rest.contains("images:") ? "" : "images: {firmware: echo.bin}\n"
    let text = "name: \(scenario.name)\nmachine: {ram: 16M}\nrecord: {rung-interval: 10}\n\(images)\(scenario.rest)\n"
    return try folder.write("\(scenario.name).yaml", Array(text.utf8))
  }

  @Test func theVerdictIsThatOfTheTest() throws {
    let folder = try Self.makeFolder()
    for scenario in Self.cases {
      let file = try Self.write(scenario, folder)
      let judged = reprise("bisect", "--run", file, "--trace", folder.file("run.reprise"))
      #expect(judged.status == scenario.status, "\(scenario.name): \(judged.text)\(judged.error)")
      #expect(judged.text.contains(scenario.message), "\(scenario.name): \(judged.text)")
      let tested = reprise("test", file, "--keep", "none")
      let expected = [0, 1].contains(tested.status) ? tested.status : 125
      #expect(judged.status == expected, "\(scenario.name): \(tested.text)\(tested.error)")
    }
  }

  @Test func theTraceOfAFailureHasItsMark() throws {
    let folder = try Self.makeFolder()
    let file = try Self.write(Self.cases[1], folder)
    #expect(reprise("bisect", "--run", file, "--trace", folder.file("run.reprise")).status == 1)
    #expect(reprise("marks", folder.file("run.reprise")).text.contains("failure"))
    #expect(reprise("replay", "--quiet", folder.file("run.reprise")).status == 0)
  }

  @Test func aGoldenLadderOfAnotherBuildIsNotJudged() throws {
    let folder = try Self.makeFolder()
    let file = try Self.write(Self.cases.first { $0.name == "climbs" } ?? Self.cases[0], folder)
    func judge() -> Result { reprise("bisect", "--run", file, "--trace", folder.file("run.reprise")) }
    #expect(judge().status == 0)
    _ = try folder.write("echo.bin", Guests.echo + [1, 0, 0, 0])
    let other = judge()
    #expect(other.status == 125 && other.text.contains("the golden ladder is of another build"), "\(other.text)")
    // A script that fails is bad all the same.
    _ = try folder.write("echo.bin", Guests.waiter)
    #expect(judge().status == 1)
  }

  @Test func anInterruptedRunIsNotJudged() throws {
    let folder = try Self.makeFolder()
    let file = try Self.write(Case("endless", "images: {firmware: ticker.bin}", 125, ""), folder)
    let result = reprise(["bisect", "--run", file, "--trace", folder.file("run.reprise")], signal: 2)
    #expect(result.status == 130 && result.text.contains("cannot judge"), "\(result.text)")
  }
}
