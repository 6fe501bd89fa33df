import Archive
import Testing
import VirtualTime

@testable import Commands

/// `shrink --fails scenario:FILE` judges all that the scenario does, of runs into which other inputs enter than it
/// types. The runs are varied in latency, so that each has inputs that no failure needs.
@Suite struct ShrinkScenarioTests {
  /// A failing run of a scenario for the guest `echo`, and what `shrink` made of it.
  private struct Shrunk {
    let folder: Folder
    let scenario: String
    let result: Result
    var small: String { folder.file("small.reprise") }

    init(_ rest: String, vary: String = "latency=1..9%", options: String...) throws {
      folder = try Folder()
      _ = try folder.write("echo.bin", Guests.echo)
      _ = try folder.write("ticker.bin", Guests.ticker)
      let images = rest.contains("images:") ? "" : "images: {firmware: echo.bin}\n"
      let text = "name: one\nmachine: {ram: 16M}\nrecord: {rung-interval: 50}\n\(images)\(rest)\n"
      scenario = try folder.write("one.yaml", Array(text.utf8))
      let failed = reprise(
        ["test", scenario, "--traces", folder.path, "--vary", vary, "--seed", "7"] + options)
      #expect(failed.status == 1, "\(failed.text)\(failed.error)")
      result = reprise(
        ["shrink", folder.file("one-seed-7.reprise"), "--fails", "scenario:\(scenario)", "-o"]
          + [folder.file("small.reprise")] + options)
    }

    /// The keys that are left; fails when other inputs are, or the trace does not replay.
    func keys() throws -> String {
      #expect(result.status == 0, "\(result.text)\(result.error)")
      #expect(reprise("replay", "--quiet", small).status == 0)
      let inputs = try TraceReader(folder.read("small.reprise")).inputs()
      #expect(inputs.allSatisfy { $0.slot != 0 })
      return String(decoding: inputs.flatMap(\.bytes), as: UTF8.self)
    }

    /// What the guest shows in the smaller run.
    var console: String { reprise("replay", small).text }
  }

  @Test func whatWasExpectedAndNeverCameKeepsTheKeysThatWereTyped() throws {
    let shrunk = try Shrunk("script: [{type: ab}, {expect: 'b'}, {type: c}, {expect: no such thing, within: 4ms}]")
    let before = try TraceReader(shrunk.folder.read("one-seed-7.reprise")).inputs()
    #expect(before.count > 5)
    // Without them it would not come either, and that would say nothing.
    #expect(try shrunk.keys() == "abc")
    #expect(shrunk.result.text.contains("one.yaml:5:48: expect 'no such thing' within 4ms"), "\(shrunk.result.text)")
    #expect(!shrunk.console.contains("no such thing"))
    // Each key enters no sooner than the script types it: behind what it waits for.
    let inputs = try TraceReader(shrunk.folder.read("small.reprise")).inputs()
    #expect(inputs[1].moment.cycle.count >= 1_000_000 && inputs[2].moment >= inputs[1].moment)
  }

  @Test func anAssertionIsMadeWhereTheScriptMakesIt() throws {
    let places = [
      "{expect: y}", "{at: {step: 40}}", "{at: {time: 3ms}}",
      // Where the guest is about to show what it was told.
      "{at: {address: 0x80000064}}",
    ]
    for place in places {
      let shrunk = try Shrunk("script: [{type: xy}, \(place), {assert: {register: t6, equals: 5}}, {type: zq}]")
      #expect(try shrunk.keys() == "xy", "\(place)")
      #expect(shrunk.result.text.contains("assert t6 equals 0x5: it is 0xc200000"), "\(shrunk.result.text)")
    }
  }

  @Test func anEndThatWasNotWantedNeedsOnlyWhatBringsItAbout() throws {
    let reset = try Shrunk("script: [{type: xyzq}, {expect-exit: reset}]")
    #expect(try reset.keys() == "q")
    #expect(reset.result.text.contains("it fails as before: the guest switches the machine off"))
    let early = try Shrunk("script: [{type: xyf}, {expect: more, within: 9ms}]")
    #expect(try early.keys() == "f")
    #expect(early.result.text.contains("failure code 7"))
    let unwanted = try Shrunk("script: [{expect: '>'}, {type: xyzq}, {expect: more}]")
    #expect(try unwanted.keys() == "q")
  }

  @Test func anEndThatDoesNotComeKeepsTheKeys() throws {
    let late = try Shrunk("script: [{type: ab}, {expect-exit: powered-off, within: 3ms}]")
    #expect(try late.keys() == "ab")
    #expect(late.result.text.contains("powered-off within 3ms: it ended otherwise: stalled"), "\(late.result.text)")
    let stalled = try Shrunk("script: [{type: ab}, {expect: b}]")
    #expect(try stalled.keys() == "ab")
    #expect(stalled.result.text.contains("waits and nothing will ever wake it"), "\(stalled.result.text)")
    let limit = try Shrunk("images: {firmware: ticker.bin}\nlimits: {time: 50us}")
    #expect(try limit.keys() == "")
    #expect(limit.result.text.contains("a limit was reached"), "\(limit.result.text)")
  }

  @Test func whatTheConsoleMustNeverShowIsLookedForAlone() throws {
    let shrunk = try Shrunk("script: [{never: bc}, {type: abcd}, {expect: no such thing, within: 9ms}]")
    #expect(try shrunk.keys() == "bc")
  }

  @Test func keysThatCameTooLateAreNotNeeded() throws {
    let shrunk = try Shrunk("script: [{type: ab}, {expect: ab, within: 2ms}]", vary: "arrival=2500us..2600us")
    // The script had typed both, and when it had waited long enough the first had entered.
    #expect(try shrunk.keys() == "a", "\(shrunk.result.text)")
  }

  @Test func parametersAreThoseOfTheRun() throws {
    let text = "parameters: {key: q}\nmatrix: {key: [q, a]}\nscript:\n  - type: ${key}\n  - {expect: b, within: 2ms}"
    let shrunk = try Shrunk(text, options: "--param", "key=a")
    #expect(try shrunk.keys() == "a")
    // With another key the guest would have gone: the judge would wait for the end that was recorded.
    let other = reprise(
      "shrink", shrunk.folder.file("one-seed-7.reprise"), "--fails", "scenario:\(shrunk.scenario)", "-o",
      shrunk.folder.file("other.reprise"), "--param", "kye=a")
    #expect(other.status == 64 && other.error.contains("no such parameter"), "\(other.error)")
    #expect(
      reprise("shrink", shrunk.folder.file("one-seed-7.reprise"), "--fails", "exit", "--param", "key=a").status == 64)
  }

  @Test func theReportOfATestHasTheCommand() throws {
    let folder = try Folder()
    _ = try folder.write("echo.bin", Guests.echo)
    let text = """
      name: one
      machine: {ram: 16M}
      images: {firmware: echo.bin}
      parameters: {key: a}
      matrix: {key: [a, b]}
      script:
        - type: ${key}
        - {assert: {register: t6, equals: 5}}
      """
    let file = try folder.write("one.yaml", Array(text.utf8))
    let failed = reprise("test", file, "--traces", folder.path, "--vary", "latency", "--seed", "3", "--filter", "key=b")
    let line = try #require(failed.text.split(separator: "\n").first { $0.contains("make it small: ") })
    let words = line.split(separator: " ").map { word in String(word.filter { $0 != "'" }) }
    #expect(words.suffix(2) == ["--param", "key=b"], "\(line)")
    let index = try #require(words.firstIndex(of: "shrink"))
    let result = reprise(Array(words[(index)...]))
    #expect(result.status == 0, "\(result.error)")
  }

  @Test func whatTheScenarioDoesNotFindIsToldSo() throws {
    let shrunk = try Shrunk("script: [{type: abq}, {expect-exit: reset}]")
    let passing = try shrunk.folder.write(
      "passes.yaml",
      Array(
        String(decoding: shrunk.folder.read("one.yaml"), as: UTF8.self).replacing("reset", with: "powered-off").utf8))
    let result = reprise("shrink", shrunk.folder.file("one-seed-7.reprise"), "--fails", "scenario:\(passing)")
    #expect(result.status == 1 && result.error.contains("finds nothing wrong with it"), "\(result.error)")
    // A part of a trace begins where the script has been, and nobody knows how far that was.
    let part = shrunk.folder.file("part.reprise")
    #expect(reprise("cut", shrunk.folder.file("one-seed-7.reprise"), "--from", "@40", "-o", part).status == 0)
    let cut = reprise("shrink", part, "--fails", "scenario:\(shrunk.scenario)")
    #expect(cut.status == 64 && cut.error.contains("Shrink the whole trace"), "\(cut.error)")
  }

  @Test func theThreadsChangeNothing() throws {
    let shrunk = try Shrunk("script: [{type: ab}, {expect: 'b'}, {type: c}, {expect: no such thing, within: 4ms}]")
    let bytes = try shrunk.folder.read("small.reprise")
    for jobs in ["1", "3"] {
      let again = reprise(
        "shrink", shrunk.folder.file("one-seed-7.reprise"), "--fails", "scenario:\(shrunk.scenario)", "-j", jobs, "-o",
        shrunk.small, "--force")
      #expect(again.text == shrunk.result.text)
      #expect(try shrunk.folder.read("small.reprise") == bytes)
    }
  }
}
