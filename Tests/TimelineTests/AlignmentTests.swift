import Support
import Testing
import Timeline
import VirtualTime

@Suite struct AlignmentTests {
  private func events(_ text: String, every: UInt64 = 10) -> [AlignedEvent] {
    text.enumerated().map { index, character in
      AlignedEvent(key: String(character), moment: Moment(step: Step(UInt64(index) * every), cycle: .zero))
    }
  }

  private func align(_ one: String, _ other: String, horizonCount: Int = 512) throws -> Alignment {
    var (ones, others) = (events(one)[...], events(other, every: 7)[...])
    return try Alignment(
      first: { ones.popFirst() }, second: { others.popFirst() }, contextCount: 3, horizonCount: horizonCount)
  }

  @Test func theSameEventsAtOtherTimesAreTheSame() throws {
    let same = try align("abcabc", "abcabc")
    #expect(same.difference == nil && same.commonCount == 6)
    #expect(same.lastCommon.map(\.first.key) == ["a", "b", "c"])
    #expect(same.lastCommon.last?.second.moment.step == Step(35))
    #expect(try align("", "").difference == nil)
  }

  @Test func theFirstDifferenceIsTold() throws {
    let found = try align("abcdefgh", "abcXYefgh")
    let difference = try #require(found.difference)
    #expect(found.commonCount == 3)
    #expect(difference.first?.key == "d" && difference.second?.key == "X")
    let resumption = try #require(difference.resumption)
    #expect(resumption.firstSkipped == 1 && resumption.secondSkipped == 2 && resumption.length == 4)
    #expect(resumption.pair.first.key == "e")
  }

  @Test func oneMayEndEarly() throws {
    let difference = try #require(try align("abc", "ab").difference)
    #expect(difference.first?.key == "c" && difference.second == nil && difference.resumption == nil)
    #expect(try align("", "x").difference?.second?.key == "x")
  }

  @Test func noMoreThanTheHorizonIsReadBehindADifference() throws {
    var count = 0
    let endless = {
      count += 1
      return AlignedEvent(key: "\(count)", moment: .zero)
    }
    let found = try Alignment(
      first: endless, second: { AlignedEvent(key: "other", moment: .zero) }, horizonCount: 50)
    #expect(found.difference != nil && found.difference?.resumption == nil)
    #expect(count == 50)
  }

  /// Against the plain way: every pair of places, as far as they go together.
  @Test(arguments: 1...30 as ClosedRange<UInt64>)
  func theLongestCommonStretchIsFound(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let letters = Array("abcd")
    let make = { (count: UInt64) in String((0..<count).map { _ in random.pick(letters) }) }
    let (one, other) = ("x" + make(random.below(40)), "y" + make(random.below(40)))
    let (ones, others) = (Array(one), Array(other))
    var best: (length: Int, skipped: Int) = (0, 0)
    for i in ones.indices {
      for j in others.indices {
        var length = 0
        while i + length < ones.count, j + length < others.count, ones[i + length] == others[j + length] { length += 1 }
        if (length, -i - j) > (best.length, -best.skipped) { best = (length, i + j) }
      }
    }
    let found = try align(one, other).difference?.resumption
    #expect((found?.length ?? 0) == best.length)
    if let found { #expect(found.firstSkipped + found.secondSkipped == best.skipped) }
  }
}
