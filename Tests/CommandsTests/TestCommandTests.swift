import Archive
import Testing
import VirtualTime

@testable import Commands

/// Scenarios for the guest `echo`, in a folder of their own.
private struct Scenarios {
  let folder: Folder
  var traces: String { folder.file("traces") }

  init(_ scenarios: [(name: String, rest: String)]) throws {
    folder = try Folder()
    _ = try folder.write("echo.bin", Guests.echo)
    _ = try folder.write("ticker.bin", Guests.ticker)
    _ = try folder.write("waiter.bin", Guests.waiter)
    for (name, rest) in scenarios {
      let images = rest.contains("images:") ? "" : "images: {firmware: echo.bin}\n"
      _ = try folder.write(
        "\(name).yaml", Array("name: \(name)\nmachine: {ram: 16M}\n\(images)\(rest)\n".utf8))
    }
  }

  func test(_ arguments: String..., environment: [String: String] = [:], signal: Int32? = nil) -> Result {
    reprise(
      ["test", folder.path, "--traces", traces] + arguments, environment: environment, signal: signal)
  }
}

private let passing = """
  script:
    - {expect: ">", within: 1s}
    - type: "abq"
  """
private let failing = """
  script:
    - type: "ab"
    - {expect: nothing like it, within: 20ms}
  """

@Suite struct TestCommandTests {
  @Test func passingScenariosPassAndLeaveNothing() throws {
    let scenarios = try Scenarios([("one", passing), ("two", passing)])
    let result = scenarios.test()
    #expect(result.status == 0, "\(result.error)")
    let lines = result.text.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[0].hasPrefix("passed  one  (guest time "))
    #expect(lines[1].hasPrefix("passed  two  (guest time "))
    #expect(lines[2] == "2 scenarios: 2 passed")
    #expect(!scenarios.folder.has("traces"))
  }

  @Test func aFailureTellsItsPlaceAndLeavesItsTrace() throws {
    let scenarios = try Scenarios([("bad", failing), ("good", passing)])
    let result = scenarios.test()
    #expect(result.status == 1)
    let file = scenarios.folder.file("bad.yaml")
    #expect(result.text.contains("\n  \(file):6:5: expect 'nothing like it' within 20ms; the console's last: '>ab'\n"))
    #expect(result.text.contains("\n  | >ab\n"))
    #expect(result.text.hasSuffix("2 scenarios: 1 passed, 1 failed\n"))
    let trace = "\(scenarios.traces)/bad.reprise"
    #expect(result.text.contains("  debug it: reprise gdb \(trace) --at mark:failure\n"))
    #expect(reprise("replay", "--quiet", trace).status == 0)
    // The run ends where it failed, and that moment has a name.
    let reader = try TraceReader(TraceFile(trace))
    let end = try #require(reader.end)
    #expect(try reader.marks().contains(Mark(moment: end.moment, name: "failure", isAutomatic: true)))
    #expect(end.moment.cycle.count < 23_000_000)
    #expect(!scenarios.folder.has("traces/good.reprise"))
  }

  @Test func keptTracesAreThoseThatWereAskedFor() throws {
    let scenarios = try Scenarios([("bad", failing), ("good", passing)])
    #expect(scenarios.test("--keep", "all").status == 1)
    #expect(scenarios.folder.has("traces/good.reprise"))
    #expect(reprise("replay", "--quiet", "\(scenarios.traces)/good.reprise").status == 0)
    // What passes now has no failure left over.
    #expect(scenarios.test().status == 1)
    #expect(!scenarios.folder.has("traces/good.reprise"))
    let none = try Scenarios([("bad", failing)])
    #expect(none.test("--keep", "none").status == 1)
    #expect(!none.folder.has("traces"))
  }

  @Test func aRunMustEndAsAnUnattendedRunShould() throws {
    for (name, rest, message) in [
      ("limit", "images: {firmware: ticker.bin}\nlimits: {steps: 1000}", "a limit was reached"),
      ("stalled", "images: {firmware: waiter.bin}", "the guest waits and nothing will ever wake it"),
      ("code", "script: [type: f]", "with failure code 7"),
      ("early", "script: [{type: q}, {expect: more}]", "before the script had come further than to: expect 'more'"),
    ] {
      let scenarios = try Scenarios([(name, rest)])
      let result = scenarios.test()
      #expect(result.status == 1, "\(name)")
      #expect(result.text.contains(message), "\(result.text)")
      #expect(scenarios.folder.has("traces/\(name).reprise"))
    }
  }

  @Test func theSameTestIsTheSameWithAnyNumberOfJobs() throws {
    let scenarios = try Scenarios((0..<9).map { ("s\($0)", $0 % 3 == 1 ? failing : passing) })
    let one = scenarios.test("-j", "1", "--json", "--keep", "all")
    let trace = try scenarios.folder.read("traces/s1.reprise")
    let four = scenarios.test("-j", "4", "--json", "--keep", "all")
    #expect(one.status == 1)
    #expect(one.output == four.output)
    #expect(one.text.contains("\"schema\" : \"reprise/test/1\""))
    #expect(one.text.contains("\"failed\" : 3"))
    #expect(try scenarios.folder.read("traces/s1.reprise") == trace)
  }

  @Test func scenariosAreFilteredAndListed() throws {
    let scenarios = try Scenarios([("boot-a", passing), ("boot-b", passing), ("other", failing)])
    _ = try scenarios.folder.write("_part.yaml", Array("script: []".utf8))
    let list = scenarios.test("--list")
    #expect(list.status == 0)
    #expect(list.text.split(separator: "\n").map { $0.prefix { $0 != " " } } == ["boot-a", "boot-b", "other"])
    #expect(scenarios.test("--filter", "boot").text.hasSuffix("2 scenarios: 2 passed\n"))
    #expect(scenarios.test("--filter", "nothing").status == 64)
  }

  @Test func whatCannotRunIsToldBesideWhatCan() throws {
    let scenarios = try Scenarios([("good", passing), ("bad", "scrpt: []")])
    let result = scenarios.test()
    #expect(result.status == 78)
    #expect(result.text.contains("bad.yaml:4:1: unknown key 'scrpt'"))
    #expect(result.text.contains("passed  good"))
    let missing = try Scenarios([("good", passing), ("gone", "images: {firmware: gone.bin}")])
    #expect(missing.test().status == 66)
    let guest = try Scenarios([("good", passing), ("gone", "images: {kernel: {guest: nobody/built.elf}}")])
    #expect(guest.test().status == 66)
    #expect(guest.test().text.contains("try: Tools/guests nobody"))
    let skipped = guest.test("--skip-missing")
    #expect(skipped.status == 0)
    #expect(skipped.text.contains("skipped  gone  (the guest 'nobody' has not been built)"))
    #expect(reprise("test", "/nonexistent").status == 66)
  }

  /// The canaries: for everything that a scenario can ask for, one that asks for what is not so.
  @Test(
    arguments: [
      ("expect", "{expect: nothing like it, within: 5ms}", "within 5ms; the console showed nothing"),
      ("never", "{type: abcq, every: 2ms}", "the console showed 'abc'"),
      ("at", "{at: {step: 1000000000}, within: 5ms}", "the machine did not come there"),
      ("at", "{at: {step: 3}}", "it is at step "),
      ("assert", "{assert: {register: t2, equals: 7}}", "assert t2 equals 0x7: it is 0x"),
      ("assert", "{assert: {memory: 0x80000000, size: 4, mask: 0x7f, equals: 1}}", "it is 0x37, of 0x"),
      ("expect-exit", "{expect-exit: reset, within: 5ms}", "expect-exit reset within 5ms: it ended otherwise: stalled"),
      ("expect-exit", "type: f, then: {expect-exit: {failure: 8}}", "it ended otherwise: failure 7"),
      ("expect-exit", "type: q, then: {expect-exit: stalled}", "it ended otherwise: powered-off"),
      ("script", "type: q, then: {wait: 1s}", "the guest switched the machine off, before the script"),
      ("script", "{expect: nothing like it}", "the guest waits and nothing will ever wake it, before the script"),
      ("end", "type: f", "with failure code 7, and the scenario does not say that it may (expect-exit)"),
    ])
  func whatIsNotSoFails(_ kind: String, _ action: String, _ message: String) throws {
    var actions = ["{expect: '>'}"]
    if kind == "never" { actions.append("{never: bc}") }
    actions += action.split(separator: ", then: ").map { $0.hasPrefix("{") ? String($0) : "{\($0)}" }
    let script = "script:\n" + actions.map { "  - \($0)\n" }.joined()
    let scenarios = try Scenarios([("canary", script)])
    let result = scenarios.test("--json")
    #expect(result.status == 1, "\(result.error)")
    #expect(result.text.contains("\"kind\" : \"\(kind)\""), "\(result.text)")
    #expect(result.text.contains(message), "\(result.text)")
    #expect(reprise("replay", "--quiet", "\(scenarios.traces)/canary.reprise").status == 0)
  }

  @Test func wrongNamesOfTheMachineAreMistakesOfTheScenario() throws {
    let scenarios = try Scenarios([
      ("register", "script: [assert: {register: x99, equals: 1}]"), ("symbol", "script: [at: {symbol: nowhere}]"),
    ])
    let result = scenarios.test()
    #expect(result.status == 78)
    #expect(result.text.contains("register.yaml:4:10: the board has no register 'x99'"), "\(result.text)")
    #expect(result.text.contains("symbol.yaml:4:10: "), "\(result.text)")
  }

  @Test func snapshotsAreCheckpointsOfTheirMoments() throws {
    let scenarios = try Scenarios([
      ("snap", "script: [{expect: '>'}, {at: {time: 3ms}}, {snapshot: here}, {mark: too}, {type: q}]")
    ])
    #expect(scenarios.test("--keep", "all").status == 0)
    let reader = try TraceReader(TraceFile("\(scenarios.traces)/snap.reprise"))
    let marks = try reader.marks().filter { !$0.isAutomatic }
    #expect(marks.map(\.name) == ["here", "too"])
    #expect(Set(marks.map(\.moment)).count == 1)
    #expect(reader.checkpoints.map(\.head.last).contains(marks[0].moment))
    #expect(reprise("selftest", "\(scenarios.traces)/snap.reprise").status == 0)
  }

  @Test func aRunMustClimbItsGoldenLadder() throws {
    let golden = "golden: golden.ladder\nrecord: {rung-interval: 10}\n"
    let scenarios = try Scenarios([
      ("first", "record: {rung-interval: 10}\n" + passing), ("same", golden + passing),
      ("other", golden + passing.replacing("abq", with: "acq")),
      ("early", golden + passing.replacing("abq", with: "q")),
    ])
    #expect(scenarios.test("--filter", "first", "--keep", "all").status == 0)
    let ladder = reprise("info", "--ladder", "\(scenarios.traces)/first.reprise")
    #expect(ladder.status == 0)
    _ = try scenarios.folder.write("golden.ladder", ladder.output)
    for keep in ["failed", "none"] {
      #expect(scenarios.test("--filter", "same", "--keep", keep).status == 0)
      for name in ["other", "early"] {
        let result = scenarios.test("--filter", name, "--keep", keep, "--json")
        #expect(result.status == 1)
        #expect(result.text.contains("\"kind\" : \"golden\""), "\(result.text)")
        #expect(result.text.contains("the first rung that differs from the golden ladder is at @"), "\(result.text)")
        #expect(result.text.contains("\"line\" : 4"))
      }
    }
    #expect(scenarios.test("--filter", "other").status == 1)
    let trace = "\(scenarios.traces)/other.reprise"
    #expect(try TraceReader(TraceFile(trace)).marks().contains { $0.name == "failure" })
    #expect(reprise("replay", "--quiet", trace).status == 0)
    let file = scenarios.folder.file("same.yaml")
    _ = try scenarios.folder.write(
      "same.yaml",
      Array(
        String(decoding: try scenarios.folder.read("same.yaml"), as: UTF8.self)
          .replacing("16M}", with: "32M}").utf8))
    let machine = reprise("test", file, "--traces", scenarios.traces)
    #expect(machine.status == 1)
    #expect(machine.text.contains("the machine is not that of the golden ladder: "), "\(machine.text)")
    _ = try scenarios.folder.write("golden.ladder", Array("no ladder\n".utf8))
    let bad = reprise("test", file, "--traces", scenarios.traces)
    #expect(bad.status == 78)
    #expect(bad.text.contains("same.yaml:4:9: "), "\(bad.text)")
  }

  @Test func aMatrixIsRunInAllItsCombinations() throws {
    let scenarios = try Scenarios([
      (
        "vary",
        """
        parameters: {key: q, seed: 1}
        matrix: {key: [q, f], seed: [1, 2]}
        script:
          - type: ${key}
        """
      )
    ])
    let result = scenarios.test()
    #expect(result.status == 1)
    let titles = result.text.split(separator: "\n").prefix(4).map {
      $0.split(separator: " ").prefix(2).joined(separator: " ")
    }
    #expect(
      titles == [
        "passed vary[key=q,seed=1]", "passed vary[key=q,seed=2]", "failed vary[key=f,seed=1]",
        "failed vary[key=f,seed=2]",
      ])
    #expect(scenarios.folder.has("traces/vary-key=f,seed=1.reprise"))
    let one = scenarios.test("--param", "key=q", "--param", "seed=7")
    #expect(one.status == 0)
    #expect(one.text.hasPrefix("passed  vary  "))
    let stranger = scenarios.test("--param", "colour=red")
    #expect(stranger.status == 64)
    #expect(stranger.error.contains("there is no such parameter; there are key and seed"))
    let file = scenarios.folder.file("vary.yaml")
    #expect(reprise("run", "--quiet", file).status == 0)
    #expect(reprise("run", "--quiet", file, "--param", "key=f").status == 1)
    #expect(reprise("run", "--quiet", file, "--param", "kye=f").status == 64)
  }

  @Test func servicesAreTold() throws {
    let scenarios = try Scenarios([("bad", failing), ("good", passing), ("gone", "images: {firmware: gone.bin}")])
    let (junit, page) = (scenarios.folder.file("out.xml"), scenarios.folder.file("page.md"))
    let result = scenarios.test(
      "--junit", junit, environment: ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": page])
    #expect(result.status == 66)
    let xml = String(decoding: try scenarios.folder.read("out.xml"), as: UTF8.self)
    #expect(xml.contains("<testsuites name=\"reprise test\" tests=\"3\" failures=\"1\" errors=\"1\""))
    #expect(xml.contains("<failure type=\"expect\" message=\"expect 'nothing like it' within 20ms;"))
    #expect(xml.contains("bad.yaml:6\n"))
    #expect(faultsOfJUnit(xml) == [])
    let text = String(decoding: try scenarios.folder.read("page.md"), as: UTF8.self)
    #expect(text.contains("| **failed** | `bad` | 0.021s |"))
    #expect(
      result.error.contains("::error file=\(scenarios.folder.file("bad.yaml")),line=6,title=bad::expect 'nothing"))
  }

  @Test func interruptionIsTold() throws {
    let scenarios = try Scenarios([("endless", "images: {firmware: ticker.bin}")])
    let result = scenarios.test(signal: 15)
    #expect(result.status == 143)
    #expect(result.text.contains("interrupted  endless"))
  }

  @Test func theWatchdogIsNoFailure() throws {
    let scenarios = try Scenarios([("endless", "images: {firmware: ticker.bin}")])
    let result = scenarios.test("--watchdog", "10ms")
    #expect(result.status == 124)
    #expect(result.text.contains("watchdog  endless"))
    #expect(result.text.hasSuffix("1 scenario: 0 passed, 1 watchdog\n"))
  }

  @Test func aScriptThatFailsEndsARecordingThere() throws {
    let scenarios = try Scenarios([("bad", failing)])
    let trace = scenarios.folder.file("bad.reprise")
    #expect(reprise("record", scenarios.folder.file("bad.yaml"), "-o", trace).status == 1)
    let tested = scenarios.test()
    #expect(tested.status == 1)
    #expect(try scenarios.folder.read("bad.reprise") == scenarios.folder.read("traces/bad.reprise"))
  }

  @Test func tracesHaveNamesThatShellsTake() {
    let names = TraceNames()
    #expect(names.name(for: "boot[ram=64M,mode=work]") == "boot-ram=64M,mode=work.reprise")
    #expect(names.name(for: "boot[ram=64M,mode=work]") == "boot-ram=64M,mode=work-2.reprise")
    #expect(names.name(for: "a b/c") == "a-b-c.reprise")
  }
}
