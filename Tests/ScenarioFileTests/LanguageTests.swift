import Scenario
import Support
import Testing
import VirtualTime

@testable import ScenarioFile

/// What a script can do beyond typing and waiting.
@Suite struct LanguageTests {
  private func kinds(_ script: String) throws -> [Script.Kind] {
    try parse(minimal("limits: {time: 1s}\nscript:\n\(script)")).script.actions.map(\.kind)
  }

  @Test func everyActionIsRead() throws {
    let kinds = try kinds(
      """
      - never: /panic|Oops/
      - key: ctrl-c
      - {key: [up, enter], every: 5ms}
      - {at: {step: 12345}, within: 1s}
      - at: {time: 1.5s}
      - at: {symbol: start_kernel}
      - at: {address: 0x80200000}
      - mark: here
      - snapshot: there-2
      - assert: {register: a0, equals: 0x2a}
      - assert: {memory: 0x80000000, size: 4, mask: 0xff, not: 1}
      - assert: {symbol: jiffies, offset: 16, less: 10}
      - {expect-exit: powered-off, within: 5s}
      """)
    let (enter, up, interrupt) = (Key(named: "enter"), Key(named: "up"), Key(named: "ctrl-c"))
    #expect(
      kinds == [
        .never(try Pattern(regex: "panic|Oops")),
        .press([interrupt].compactMap { $0 }, every: Script.keystrokeInterval),
        .press([up, enter].compactMap { $0 }, every: Span(nanoseconds: 5_000_000)),
        .at(.step(12_345), within: Span(nanoseconds: 1_000_000_000)),
        .at(.time(Span(nanoseconds: 1_500_000_000)), within: nil), .at(.code("start_kernel"), within: nil),
        .at(.code("*0x80200000"), within: nil), .mark("here"), .snapshot("there-2"),
        .assert(Assertion(.register("a0"), .equals(0x2a))),
        .assert(Assertion(.memory(0x8000_0000), byteCount: 4, mask: 0xff, .differs(1))),
        .assert(Assertion(.symbol("jiffies", offset: 16), .less(10))),
        .exit(.poweredOff, within: Span(nanoseconds: 5_000_000_000)),
      ])
  }

  @Test(arguments: ["powered-off", "failure", "reset", "stalled", "panic", "limit"])
  func everyEndHasAWord(_ word: String) throws {
    guard case .exit(let exit, nil) = try kinds("- expect-exit: \(word)").last else { throw Unexpected() }
    #expect(exit.word == word)
  }
  private struct Unexpected: Error {}

  @Test func aFailureMayHaveACode() throws {
    #expect(try kinds("- expect-exit: {failure: 7}") == [.exit(.failure(7), within: nil)])
  }

  @Test func symbolsAreKnownWithTheirPlaces() throws {
    let script = try parse(
      minimal("script:\n- at: {symbol: f}\n- assert: {symbol: g, less: 1}\n- at: {symbol: f}\n- at: {address: 1}")
    ).script
    #expect(script.symbols.map(\.name) == ["f", "g", "*0x1"])
    #expect(script.symbols.map(\.place) == ["x.yaml:4:3", "x.yaml:5:3", "x.yaml:7:3"])
  }

  @Test func goldenLaddersAreNamed() throws {
    let scenario = try parse(minimal("golden: ../Traces/a.ladder"))
    #expect(scenario.golden == Scenario.Golden(path: "../Traces/a.ladder", place: "x.yaml:3:9"))
    #expect(scenario.place == "x.yaml:1:7")
  }

  @Test(
    arguments: [
      ("- key: entr", "4:8: unknown key 'entr' in the action 'key'; did you mean 'enter'? allowed: "),
      ("- key: []", "4:8: there is no key to press"),
      ("- key: 5", "4:8: found the number 5 where the name of a key is needed"),
      ("- at: 5", "4:7: a point must be a mapping with step, time, symbol, address; found the number 5"),
      ("- at: {}", "4:7: a point must have exactly one of the keys 'step', 'time', 'symbol' or 'address'"),
      ("- at: {step: 1, time: 1s}", "4:17: a point must have exactly one of the keys"),
      ("- at: {step: -1}", "4:14: found the number -1 where a whole number from 0 to 2^64 - 1 is needed"),
      ("- at: {symbol: '*0x80'}", "4:16: this is no name of a symbol"),
      ("- mark: a b", "4:9: a mark's name is up to 100 letters"),
      ("- mark: panic", "4:9: 'panic' is a mark that recordings set by themselves: give another name"),
      ("- mark: a\n- snapshot: a", "5:3: the mark 'a' is set a second time; the first is in x.yaml:4:3"),
      ("- assert: {register: a0}", "4:11: an assertion must have exactly one of the keys 'equals', 'not' or 'less'"),
      (
        "- assert: {equals: 1}", "4:11: an assertion must have exactly one of the keys 'register', 'memory' or 'symbol'"
      ),
      ("- assert: {register: a0, memory: 1, equals: 1}", "4:26: an assertion must have exactly one of the keys"),
      ("- assert: {register: a0, equals: x}", "4:34: found the text 'x' where a whole number"),
      ("- assert: {register: a0, size: 4, equals: 1}", "4:32: a register is looked at whole: it has no size here"),
      ("- assert: {memory: 1, size: 3, equals: 1}", "4:29: a value has 1, 2, 4 or 8 bytes; found 3"),
      ("- assert: {memory: 1, offset: 3, equals: 1}", "4:31: an offset counts from a symbol, and there is none"),
      ("- expect-exit: sleep", "4:16: unknown end 'sleep' in the action 'expect-exit'; allowed: powered-off, failure"),
      ("- expect-exit: {failure: 65536}", "4:26: found the number 65536 where a whole number from 0 to 65535 is"),
      ("- expect-exit: limit", "4:3: the run must end at a limit, and the scenario has none: give it limits"),
      ("- expect-exit: panic\n- wait: 1s", "5:3: nothing can follow expect-exit: it waits for the end of the run"),
      ("- never: ''", "4:10: '': an empty text is always there"),
      ("- {never: a, within: 1s}", "4:14: unknown key 'within' in the action 'never'; allowed: never"),
    ] as [(String, String)])
  func whatIsWrongHasItsPlace(_ action: String, _ expected: String) {
    let found = complaint(minimal("script:\n\(action)"))
    #expect(found.hasPrefix("x.yaml:\(expected)"), "\(found)")
  }

  @Test func scriptsAreBounded() {
    let many = minimal("script:\n" + String(repeating: "- wait: 1s\n", count: Script.actionCountMax + 1))
    #expect(complaint(many) == "x.yaml:4:1: a script of 10001 actions; at most 10000 are possible")
    let nevers = minimal("script:\n" + (0..<33).map { "- never: a\($0)\n" }.joined())
    #expect(complaint(nevers) == "x.yaml:36:3: more than 32 patterns that must never come")
    let snapshots = minimal("script:\n" + (0..<65).map { "- snapshot: a\($0)\n" }.joined())
    #expect(complaint(snapshots) == "x.yaml:68:3: more than 64 snapshots")
  }
}
