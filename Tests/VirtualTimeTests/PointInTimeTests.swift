import Testing
import VirtualTime

@Suite struct PointInTimeTests {
  private let edges: [UInt64] = [0, 1, 2, 1 << 32, 1 << 63, .max - 1, .max]

  @Test func momentsAreOrderedByStepAndThenByCycle() {
    let moments = edges.flatMap { step in edges.map { Moment(step: Step(step), cycle: Cycle($0)) } }
    for (place, one) in moments.enumerated() {
      for (otherPlace, other) in moments.enumerated() {
        #expect((one < other) == (place < otherPlace), "\(one), \(other)")
        #expect((one == other) == (place == otherPlace), "\(one), \(other)")
      }
    }
  }

  @Test func aLaterStepIsLaterWhateverTheCycle() {
    #expect(Moment(step: Step(1), cycle: .never) < Moment(step: Step(2), cycle: .zero))
    #expect(Moment(step: Step(1), cycle: Cycle(3)) < Moment(step: Step(1), cycle: Cycle(4)))
    #expect(Moment.zero == Moment(step: .zero, cycle: .zero))
  }

  @Test func stepsCyclesAndSpansAreOrderedByTheirCounts() {
    for (place, one) in edges.enumerated() {
      for (otherPlace, other) in edges.enumerated() {
        #expect((Step(one) < Step(other)) == (place < otherPlace))
        #expect((Cycle(one) < Cycle(other)) == (place < otherPlace))
        #expect((Span(nanoseconds: one) < Span(nanoseconds: other)) == (place < otherPlace))
      }
    }
    #expect(edges.allSatisfy { Cycle($0) <= .never && Step($0) >= .zero })
  }

  @Test func advancingPastTheEndOfTimeIsNever() {
    #expect(Cycle(5).advanced(by: 7) == Cycle(12))
    #expect(Cycle(.max - 3).advanced(by: 2) == Cycle(.max - 1))
    #expect(Cycle(.max - 3).advanced(by: 3) == .never)
    #expect(Cycle(.max - 3).advanced(by: 4) == .never)
    #expect(Cycle(.max - 3).advanced(by: .max) == .never)
    #expect(Cycle.never.advanced(by: 0) == .never)
    #expect(Cycle.never.advanced(by: 1) == .never)
  }
}
