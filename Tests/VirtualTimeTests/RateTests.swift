import FoundationEssentials
import Support
import Testing
import VirtualTime

@Suite struct RateTests {
  @Test func isKeptInLowestTerms() {
    #expect(Rate(10_000_000, per: 1_000_000_000) == Rate(1, per: 100))
    let rate = Rate(48, per: 36)
    #expect(rate.numerator == 4 && rate.denominator == 3)
    let ends = Rate(.max, per: .max)
    #expect(ends.numerator == 1 && ends.denominator == 1)
    let prime = Rate(.max, per: .max - 1)
    #expect(prime.numerator == .max && prime.denominator == .max - 1)

    var generator = SeededGenerator(seed: 4)
    for _ in 0..<500 {
      let factor = generator.below(1 << 20) + 1
      let (one, other) = (generator.below(1 << 40) + 1, generator.below(1 << 40) + 1)
      let rate = Rate(one * factor, per: other * factor)
      #expect(rate == Rate(one, per: other))
      // Cross products: it is still the same ratio.
      #expect(UInt128(rate.numerator) * UInt128(other) == UInt128(rate.denominator) * UInt128(one))
      #expect((2...50).allSatisfy { rate.numerator % $0 != 0 || rate.denominator % $0 != 0 })
      #expect(rate.isValid)
    }
  }

  @Test func refusesZero() async {
    await #expect(processExitsWith: .failure) { _ = Rate(0, per: 1) }
    await #expect(processExitsWith: .failure) { _ = Rate(1, per: 0) }
  }

  @Test func onlyRatesThatCanHaveBeenMadeAreValid() throws {
    for (numerator, denominator, isValid) in [
      (1, 1, true), (3, 2, true), (.max, .max - 1, true), (0, 1, false), (1, 0, false), (0, 0, false), (2, 2, false),
      (4, 6, false), (.max, .max, false),
    ] as [(UInt64, UInt64, Bool)] {
      let text = "{\"numerator\":\(numerator),\"denominator\":\(denominator)}"
      let rate = try JSONDecoder().decode(Rate.self, from: Data(text.utf8))
      #expect(rate.isValid == isValid, "\(text)")
    }
  }

  @Test func convertsTheClocksOfABoard() {
    let timebase = Rate(10_000_000, per: 1_000_000_000)
    #expect(timebase.ticks(for: 99) == 0)
    #expect(timebase.ticks(for: 100) == 1)
    #expect(timebase.count(until: 0) == 0)
    #expect(timebase.count(until: 1) == 100)
    // A clock that does not divide a second: nothing drifts, however long the run.
    let odd = Rate(1_000_000_000, per: 33_333_333)
    #expect(odd.ticks(for: 33_333_333 * 86_400 * 365) == 1_000_000_000 * 86_400 * 365)
  }

  @Test func saturatesAtTheEnds() {
    let double = Rate(2, per: 1)
    #expect(double.ticks(for: .max / 2) == UInt64.max - 1)
    #expect(double.ticks(for: .max / 2 + 1) == .max)
    #expect(double.ticks(for: .max) == .max)
    #expect(double.count(until: .max) == 1 << 63)
    let half = Rate(1, per: 2)
    #expect(half.count(until: .max / 2) == UInt64.max - 1)
    #expect(half.count(until: .max / 2 + 1) == .max)
    #expect(half.count(until: .max) == .max)
    #expect(half.ticks(for: .max) == UInt64.max / 2)
    #expect(Rate(1, per: .max).count(until: 1) == .max)
    #expect(Rate(1, per: .max).ticks(for: .max) == 1)
    #expect(Rate(.max, per: 1).ticks(for: 1) == .max)
    #expect(Rate(.max, per: 1).count(until: .max) == 1)
    #expect(Rate(.max - 1, per: .max).count(until: .max - 1) == .max)
    #expect(Rate(.max - 1, per: .max).count(until: .max) == .max)
    // The exact quotient is the last count and three fifths: rounding it up must not go past the end.
    #expect(Rate(5, per: 15_372_286_728_091_293_013).count(until: 6) == .max)
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func agreesWithArithmeticOf128Bits(_ seed: UInt64) {
    #expect(disagreement(seed, ticks: { $0.ticks(for: $1) }, count: { $0.count(until: $1) }) == nil)
  }

  /// The check itself: each of these is wrong in one way only.
  @Test func aWrongConversionIsNoticed() {
    let (ticks, count) = ({ (rate: Rate, from: UInt64) in rate.ticks(for: from) }, leastCount)
    #expect(disagreement(1, ticks: ticks, count: count) == nil)
    #expect(disagreement(1, ticks: { $0.numerator &* $1 / $0.denominator }, count: count) != nil)
    #expect(disagreement(1, ticks: { $1 == .max ? $0.ticks(for: $1) &+ 1 : $0.ticks(for: $1) }, count: count) != nil)
    #expect(disagreement(1, ticks: ticks, count: { max($0.count(until: $1), 1) - 1 }) != nil)
    #expect(disagreement(1, ticks: ticks, count: { Rate($0.denominator, per: $0.numerator).ticks(for: $1) }) != nil)
  }

  private func leastCount(_ rate: Rate, _ ticks: UInt64) -> UInt64 { rate.count(until: ticks) }
}

/// A number of any magnitude, and often one at the end of a range.
private func number(_ generator: inout SeededGenerator) -> UInt64 {
  if generator.chance(1, in: 8) { return generator.pick([0, 1, 2, .max, .max - 1, 1 << 63, 1 << 32]) }
  return generator.next() >> generator.below(64)
}

/// Where the conversions of random rates part from slow ones in 128 bits, or from being inverse bounds of each other:
/// the count until some ticks is the least that produces them.
private func disagreement(
  _ seed: UInt64, ticks: (Rate, UInt64) -> UInt64, count: (Rate, UInt64) -> UInt64
) -> String? {
  var generator = SeededGenerator(seed: seed)
  for _ in 0..<5000 {
    let rate = Rate(max(1, number(&generator)), per: max(1, number(&generator)))
    let value = number(&generator)
    let (over, under) = (UInt128(rate.numerator), UInt128(rate.denominator))
    let produced = UInt128(value) * over / under
    if ticks(rate, value) != UInt64(clamping: produced) { return "ticks for \(value) at \(rate)" }

    let product = UInt128(value) * under
    let needed = product / over + (product % over == 0 ? 0 : 1)
    let least = count(rate, value)
    if least != UInt64(clamping: needed) { return "count until \(value) at \(rate)" }
    guard needed <= UInt128(UInt64.max) else { continue }
    if ticks(rate, least) < value { return "\(least) is too early for \(value) at \(rate)" }
    if least > 0, ticks(rate, least - 1) >= value { return "\(least) is too late for \(value) at \(rate)" }
  }
  return nil
}
