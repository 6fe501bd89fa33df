import Backplane
import Scenario
import Support
import Testing
import VirtualTime

/// What a script that waits for a pattern makes of console bytes that come in these pieces, with a look after each.
private func matches(_ pattern: Pattern, _ pieces: [[UInt8]]) -> Bool {
  let inputs = ScriptedInputs(
    Script([Script.Action(.expect(pattern, within: nil))]), console: Slot(1), clockHertz: 1_000)
  var moment = Moment(step: Step(1), cycle: Cycle(0))
  for piece in pieces {
    _ = inputs.take(at: moment)
    moment = Moment(step: Step(moment.step.count + 1), cycle: Cycle(moment.cycle.count + 10))
    inputs.observe(piece, at: moment)
  }
  _ = inputs.take(at: moment)
  return inputs.isFinished
}
private func matches(_ notation: String, _ text: String...) throws -> Bool {
  matches(try Pattern(notation: notation), text.map { Array($0.utf8) })
}

@Suite struct PatternTests {
  @Test func textIsFoundAcrossPieces() throws {
    #expect(try matches("abac", "ab", "ab", "ac"))
    #expect(try matches("b\r\nc", "ab\r", "\nc"))
    #expect(try !matches("abac", "aba", "bc"))
    let bytes = try Pattern(text: [0xff, 0x00])
    #expect(matches(bytes, [[1, 0xff], [0]]))
  }

  @Test func regexIsTriedLineByLine() throws {
    #expect(try matches(#"/up \d+ s/"#, "it is up 1", "23 s"))
    #expect(try !matches(#"/up.*s/"#, "it is up\r\n", "3 s"))
    #expect(try matches(#"/^b$/"#, "a\r\n", "b\r\nc"))
    #expect(try !matches(#"/^b$/"#, "ab\r\n", "c"))
    #expect(try matches(#"/^$ $/"#, "x") == false)
    #expect(try matches(#"/# $/"#, "~ #", " "))
  }

  @Test func regexSeesOtherBytesAsSubstitutes() throws {
    #expect(matches(try Pattern(regex: "^a.b é$"), [[0x61, 0xff, 0x62, 0x20, 0xc3], [0xa9]]))
    // Overlong, surrogate, cut off: none of them is a character.
    #expect(
      matches(
        try Pattern(regex: #"^\u{1a}{2}x\u{1a}{3}y\u{1a}{2}$"#),
        [[0xc0, 0x80, 0x78, 0xed, 0xa0, 0x80, 0x79, 0xe2, 0x82]]))
  }

  @Test func readingGoesOnBehindARegexToo() throws {
    let inputs = ScriptedInputs(
      Script([
        Script.Action(.expect(try Pattern(notation: "/é+/"), within: nil)),
        Script.Action(.expect(try Pattern(notation: "/^ rest$/"), within: nil)),
      ]), console: Slot(1), clockHertz: 1_000)
    inputs.observe([0xff] + Array("xéé rest".utf8), at: .zero)
    _ = inputs.take(at: .zero)
    #expect(inputs.isFinished)
  }

  @Test func linesAndMemoryAreBounded() throws {
    let long = [UInt8](repeating: UInt8(ascii: "x"), count: 300_000)
    #expect(matches(try Pattern(notation: "needle"), [long, Array("nee".utf8), Array("dle".utf8)]))
    #expect(!matches(try Pattern(notation: "needle"), [Array("needle".utf8) + long]))
    #expect(matches(try Pattern(notation: "/needle$/"), [long, Array("needle".utf8)]))
    #expect(matches(try Pattern(notation: "/^x{4096}/"), [long]))
    #expect(!matches(try Pattern(notation: "/^x{4097}/"), [long]))
  }

  @Test func whatIsNoPatternIsRefused() {
    #expect(throws: PatternError.self) { try Pattern(notation: "") }
    #expect(throws: PatternError.self) { try Pattern(notation: "//") }
    #expect(throws: PatternError.self) { try Pattern(notation: "/(/") }
    #expect(throws: PatternError.self) { try Pattern(notation: "/a*/") }
    #expect(throws: PatternError.self) { try Pattern(text: Array(repeating: 1, count: 5000)) }
    #expect(throws: Never.self) { try Pattern(notation: "/") }
    #expect(throws: Never.self) { try Pattern(notation: "/ # ") }
  }

  @Test func patternsAreShownAsWritten() throws {
    #expect("\(try Pattern(notation: "/a+/"))" == "/a+/")
    #expect("\(try Pattern(text: [0x61, 0x0d, 0x0a, 0x1b, 0x27, 0xff]))" == #"'a\r\n\x1b\'"# + "\u{fffd}'")
  }
}

@Suite struct NotationTests {
  @Test(
    arguments: [
      ("20s", 20_000_000_000), ("500ms", 500_000_000), ("2us", 2_000), ("1.5s", 1_500_000_000), ("7ns", 7), ("0s", 0),
      ("2min", 120_000_000_000), ("0.000000001s", 1), ("18446744073709551615ns", UInt64.max),
    ] as [(String, UInt64)])
  func guestTime(_ text: String, _ nanoseconds: UInt64) throws {
    #expect(try Notation.span(text).nanoseconds == nanoseconds)
  }

  @Test(arguments: [
    "", "s", "20", "-1s", "+1s", "1.s", ".5s", "1.2.3s", "1 s", "1.5ns", "0.0000000001s", "18446744073709551616ns",
    "99999999999999s", "1S", "1h", "0x1s", "١s",
  ])
  func whatIsNoGuestTime(_ text: String) {
    #expect(throws: Notation.Problem.self) { try Notation.span(text) }
  }

  @Test func spansAreShownWhole() {
    #expect(Notation.text(Span(nanoseconds: 1_500_000_000)) == "1500ms")
    #expect(Notation.text(Span(nanoseconds: 20_000_000_000)) == "20s")
    #expect(Notation.text(Span(nanoseconds: 0)) == "0ns")
  }

  @Test func sizes() throws {
    #expect(try Notation.size("256M") == 256 << 20)
    #expect(try Notation.size("1G") == 1 << 30)
    #expect(try Notation.size("64K") == 65536)
    #expect(try Notation.size("4096") == 4096)
    for text in ["", "M", "1.5G", "-1M", "1T", "1 M", "17179869184G", "1MB"] {
      #expect(throws: Notation.Problem.self) { try Notation.size(text) }
    }
  }

  @Test func numbers() throws {
    #expect(try Notation.number("0xff") == 255)
    #expect(try Notation.number("18446744073709551615") == .max)
    for text in ["", "-1", "+1", "0x", "0x+1", "18446744073709551616", "1e3", "1_000"] {
      #expect(throws: Notation.Problem.self) { try Notation.number(text) }
    }
  }

  /// The seconds were computed by GNU `date --date=… +%s`.
  @Test(
    arguments: [
      ("1970-01-01", 0), ("1970-01-01T00:00:01Z", 1), ("2000-02-29T23:59:59Z", 951_868_799),
      ("2026-01-31", 1_769_817_600),
      ("2100-03-01", 4_107_542_400), ("2261-12-31T23:59:59Z", 9_214_646_399),
    ] as [(String, UInt64)])
  func dates(_ text: String, _ seconds: UInt64) throws {
    #expect(try Notation.epoch(text) == seconds * 1_000_000_000)
  }

  @Test func theDefaultDateIsTheOneItIsSaidToBe() throws {
    #expect(try Notation.epoch("2026-01-01") == Scenario.Machine.epochDefaultNanoseconds)
  }

  @Test(arguments: [
    "", "1969-12-31", "2262-01-01", "2025-02-29", "2100-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "2026-1-1",
    "2026-01-01T24:00:00Z", "2026-01-01T00:00:00", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00+01:00",
  ])
  func whatIsNoDate(_ text: String) {
    #expect(throws: Notation.Problem.self) { try Notation.epoch(text) }
  }
}
