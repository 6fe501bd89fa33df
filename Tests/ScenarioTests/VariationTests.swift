import Scenario
import Testing
import VirtualTime

@Suite struct VariationTests {
  @Test func notationsAreRead() throws {
    let usual = try Variation(["arrival", "latency"], seed: 7)
    #expect(usual.arrival == Variation.arrivalDefault)
    #expect(usual.latencyPercent == 0...100)
    #expect(usual.seed == 7)
    #expect(usual.notations == ["arrival", "latency"])
    let chosen = try Variation(["latency=10..20%", "arrival=1ms..1.5ms"], seed: 0)
    #expect(chosen.arrival == Span(nanoseconds: 1_000_000)...Span(nanoseconds: 1_500_000))
    #expect(chosen.latencyPercent == 10...20)
    #expect(chosen.notations == ["arrival=1ms..1500us", "latency=10..20%"])
    #expect(try Variation(["arrival=3s"], seed: 0).arrival == Span(nanoseconds: 0)...Span(nanoseconds: 3_000_000_000))
    #expect(try Variation(["arrival=0..5us"], seed: 0).arrival == Span(nanoseconds: 0)...Span(nanoseconds: 5000))
    #expect(try Variation(["latency=50%"], seed: 0).latencyPercent == 0...50)
    #expect(try Variation(chosen.notations, seed: 0) == chosen)
  }

  @Test(arguments: [
    "", "arrivals", "arrival=", "arrival=5", "arrival=2ms..1ms", "arrival=..", "arrival=61min", "latency=50",
    "latency=60..50%", "latency=0..101%", "latency=-1..5%", "quantum=3", "arrival=1ms..2ms..3ms",
  ])
  func whatCannotBeVariedIsRefused(_ notation: String) {
    #expect(throws: VariationError.self) { try Variation([notation], seed: 0) }
  }

  @Test func theOrderOfOneHartCannotBeVaried() throws {
    let error = #expect(throws: VariationError.self) { try Variation(["quantum"], seed: 0) }
    #expect(error?.reason.contains("the board has one") == true)
    let twice = #expect(throws: VariationError.self) { try Variation(["arrival", "arrival=1ms"], seed: 0) }
    #expect(twice?.reason == "arrival is given twice")
  }

  @Test func aRunsSeedIsTheSeedAndItsNumber() {
    #expect(Variation(seed: 5).run(3).seed == 8)
    #expect(Variation(seed: .max).run(1).seed == 0)
  }
}
