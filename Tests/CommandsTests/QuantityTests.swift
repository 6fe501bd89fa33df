import ArgumentParser
import Scenario
import Testing

@testable import Commands

@Suite struct QuantityTests {
  @Test func sizesTimesAndDatesAreExact() throws {
    #expect(try Quantity.bytes("256M") == 256 << 20)
    #expect(try Quantity.bytes("1G") == 1 << 30)
    #expect(try Quantity.bytes("2GiB") == 2 << 30)
    #expect(try Quantity.bytes("3MiB") == 3 << 20)
    #expect(throws: (any Error).self) { try Quantity.bytes("3iB") }
    #expect(try Quantity.bytes("16777216") == 16 << 20)
    #expect(try Quantity.nanoseconds("1.5s") == 1_500_000_000)
    #expect(try Quantity.epoch("2026-01-01T00:00:00Z") == MachinePlan.defaultEpochNanoseconds)
    #expect(try Quantity.epoch("86400") == 86_400_000_000_000)
    #expect(try Quantity.count("1_000") == 1000)
    #expect(throws: (any Error).self) { try Quantity.count("-1") }
    #expect(throws: (any Error).self) { try Quantity.epoch("99999999999999999999") }
  }

  @Test func numbersAreShownForPeople() {
    #expect(Show.count(UInt64(1_234_567)) == "1,234,567")
    #expect(Show.count(7) == "7")
    #expect(Show.time(6_174_853_428) == "6.174853428s")
    #expect(Show.time(1_500_000_000) == "1.5s")
    #expect(Show.time(2_000_000_000) == "2s")
    #expect(Show.size(16 << 20) == "16 MiB")
    #expect(Show.size(1000) == "1,000 bytes")
    #expect(Show.hexadecimal([0, 0xff, 0x1a]) == "00ff1a")
  }

  @Test func guestTextIsSafeOnATerminal() {
    #expect(Show.quoted(Array("a\u{1b}[2J\r\n\"".utf8)) == #""a\x1b[2J\r\n\"""#)
  }

  @Test func wordsAreQuotedForTheShell() {
    #expect(Show.shellWord("boot.reprise") == "boot.reprise")
    #expect(Show.shellWord("my boot.reprise") == "'my boot.reprise'")
    #expect(Show.shellWord("it's") == #"'it'\''s'"#)
    #expect(Show.shellWord("") == "''")
  }
}

@Suite struct TypingTests {
  @Test func escapesBecomeKeys() throws {
    #expect(try Typing.keys(#"a\r\n\t\e\\\x03"#) == [97, 13, 10, 9, 27, 92, 3])
    #expect(try Typing.keys("é") == [0xc3, 0xa9])
    for bad in [#"\"#, #"\q"#, #"\x1"#, #"\xzz"#] {
      #expect(throws: (any Error).self, "\(bad)") { try Typing.keys(bad) }
    }
  }

  @Test func eachWhenIsForTheTypeBeforeIt() throws {
    let words = Typing.completingPairs(["record", "--type", "a", "--type=b", "--when", "console:x", "--type", "--when"])
    #expect(
      words == [
        "record", "--type", "a", "--when", "", "--type=b", "--when", "console:x", "--type", "--when", "--when", "",
      ])
    #expect(Typing.completingPairs(["a", "--", "--type", "b"]) == ["a", "--", "--type", "b"])
  }

  @Test func scriptsWaitAndType() throws {
    let options = try TypingOptions.parse(
      Typing.completingPairs(["--type", "a", "--type", "b", "--when", "console:/x+/", "--type=-q"]))
    let kinds = try options.script.actions.map { "\($0.kind)" }
    #expect(kinds == ["type 'a'", "expect /x+/", "type 'b'", "type '-q'"])
  }
}
