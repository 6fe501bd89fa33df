import Testing
import VirtualTime

@testable import Export

@Suite struct TimescaleTests {
  @Test(arguments: [
    (1_000_000_000 as UInt64, "1 ns", 1 as UInt64), (100_000_000, "10 ns", 1), (10_000_000, "100 ns", 1),
    (1, "1 s", 1), (1_000, "1 ms", 1), (500_000_000, "1 ns", 2), (3_000_000_000, "1 fs", 333_333),
    (4_000_000, "10 ns", 25),
  ])
  func aCycleIsAWholeNumberOfTheCoarsestUnit(_ clockHertz: UInt64, _ name: String, _ ticks: UInt64) {
    let timescale = Timescale(clockHertz: clockHertz)
    #expect(timescale.name == name)
    #expect(timescale.ticks.ticks(for: 1) == ticks)
  }

  @Test func charactersThatAreCutInTwoWaitForTheirRest() {
    #expect(UTF8Text.wholeCount(Array("aé".utf8)) == 3)
    #expect(UTF8Text.wholeCount(Array("aé".utf8.dropLast())) == 1)
    #expect(UTF8Text.wholeCount(Array("🦊".utf8.prefix(3))) == 0)
    #expect(UTF8Text.wholeCount([0x61, 0xff]) == 2)
    #expect(UTF8Text.wholeCount([0x80, 0x80, 0x80, 0x80]) == 4)
    #expect(UTF8Text.wholeCount([]) == 0)
  }

  @Test func stringsOfJSONHaveNoControlCharacters() {
    #expect(JSONString.quoted("a\"\\\n\u{1b}é") == "\"a\\\"\\\\\\n\\u001bé\"")
    #expect(Decimal.text(1_234_567_890, digits: 9) == "1.234567890")
    #expect(Decimal.text(45, digits: 3) == "0.045")
  }
}
