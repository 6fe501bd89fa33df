import Backplane
import Support
import Testing
import Timeline
import VirtualTime

@Suite struct InputReductionTests {
  private static func list(_ inputs: [(UInt64, String)]) -> [TimedInput] {
    inputs.map { TimedInput(cycle: Cycle($0.0), input: Input(slot: Slot(1), bytes: Array($0.1.utf8))) }
  }

  private static func text(_ inputs: [TimedInput]) -> String {
    String(decoding: inputs.flatMap(\.input.bytes), as: UTF8.self)
  }

  /// Reduces `inputs` while `fails` says so; tells how often it was asked.
  private static func reduce(
    _ inputs: [TimedInput], start: UInt64 = 0, limit: Int = .max, _ fails: @escaping ([TimedInput]) -> Bool
  ) -> (inputs: [TimedInput], count: Int, ended: InputReduction.Ended?) {
    #expect(fails(inputs))
    var count = 0
    var reduction = InputReduction(inputs, start: Cycle(start), clockHertz: 1_000_000_000) {
      candidates, candidate throws(InputReduction.Ended) in
      for number in 0..<candidates {
        guard count < limit else { throw .budget }
        count += 1
        let inputs = candidate(number)
        if fails(inputs) { return (number, inputs) }
      }
      return nil
    }
    do { try reduction.run() } catch { return (reduction.inputs, count, error) }
    return (reduction.inputs, count, nil)
  }

  private static let ten = list(
    "abcdefghij".enumerated().map { (UInt64($0.offset + 1) * 1_234_567, String($0.element)) })

  /// The size of the smallest part of `inputs` that fails, by trying them all.
  private static func smallest(_ inputs: [TimedInput], _ fails: ([TimedInput]) -> Bool) -> Int {
    var least = inputs.count
    for choice in 0..<(1 << inputs.count) where choice.nonzeroBitCount < least {
      if fails(inputs.indices.filter { choice >> $0 & 1 != 0 }.map { inputs[$0] }) { least = choice.nonzeroBitCount }
    }
    return least
  }

  @Test func whatIsNeededStaysAndNothingElse() {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<40 {
      let needed = Self.ten.filter { _ in random.chance(1, in: 3) }.map(\.input)
      let fails: ([TimedInput]) -> Bool = { inputs in needed.allSatisfy { inputs.map(\.input).contains($0) } }
      let result = Self.reduce(Self.ten, fails)
      #expect(result.inputs.map(\.input) == needed)
      #expect(result.inputs.count == Self.smallest(Self.ten, fails))
      // Nothing holds them back, so that they all come at the start.
      #expect(result.inputs.allSatisfy { $0.cycle == .zero })
    }
  }

  @Test func whatFailsInStrangeWaysIsMadeSoSmallThatNoInputCanBeTakenAway() {
    for seed in 0..<40 as Range<UInt64> {
      // Any mixture of inputs fails or does not, whatever its parts do; the whole does.
      let fails: ([TimedInput]) -> Bool = { inputs in
        if inputs.count == Self.ten.count { return true }
        var mixed = inputs.reduce(seed) { ($0 &+ UInt64($1.input.bytes[0])) &* 0x9e37_79b9_7f4a_7c15 }
        mixed ^= mixed >> 29
        return !inputs.isEmpty && mixed % 3 == 0
      }
      let result = Self.reduce(Self.ten, fails).inputs
      #expect(fails(result))
      for index in result.indices {
        var less = result
        less.remove(at: index)
        #expect(!fails(less), "\(seed)")
      }
    }
  }

  @Test func inputsThatMustBeApartStayJustSoFarApart() {
    let inputs = Self.list([
      (7_000_123, "x"), (50_000_001, "b"), (51_000_007, "y"), (90_000_123, "a"), (95_000_000, "z"),
    ])
    let fails: ([TimedInput]) -> Bool = { inputs in
      guard let first = inputs.first(where: { $0.input.bytes == [0x62] }),
        let second = inputs.last(where: { $0.input.bytes == [0x61] })
      else { return false }
      return second.cycle >= first.cycle.advanced(by: 5_000_000)
    }
    let result = Self.reduce(inputs, fails).inputs
    #expect(Self.text(result) == "ba")
    #expect(result.map(\.cycle.count) == [0, 5_000_000])
  }

  @Test func anInputCanTakeThePlaceOfAnother() {
    // A key at the wrong moment, and enter at the end: enter alone, at that moment, does too.
    let inputs = Self.list([(1_000_000, "p"), (7_654_321, "k"), (9_000_000, "m"), (20_000_000, "\n")])
    let fails: ([TimedInput]) -> Bool = { inputs in
      inputs.last?.input.bytes == [10] && inputs.contains { (7_654_000...7_655_000).contains($0.cycle.count) }
    }
    let result = Self.reduce(inputs, fails).inputs
    #expect(Self.text(result) == "\n")
    #expect((7_654_000...7_655_000).contains(result[0].cycle.count))
  }

  @Test func timesAreRoundAsFarAsTheyMay() {
    let inputs = Self.list([(123_456_789, "k")])
    let result = Self.reduce(inputs) { inputs in inputs.first.map { $0.cycle.count >= 122_300_000 } ?? false }
    #expect(result.inputs.map(\.cycle.count) == [123_000_000])
  }

  @Test func nothingComesBeforeTheStart() {
    let result = Self.reduce(Self.list([(5000, "k"), (9000, "l")]), start: 4321) { $0.count == 2 }
    #expect(result.inputs.map(\.cycle.count) == [4321, 4321])
  }

  @Test func aBudgetLeavesWhatWasReached() {
    let fails: ([TimedInput]) -> Bool = { Self.text($0).contains("e") }
    let whole = Self.reduce(Self.ten, fails)
    #expect(whole.ended == nil)
    for limit in 0..<whole.count {
      let result = Self.reduce(Self.ten, limit: limit, fails)
      #expect(result.ended == .budget)
      #expect(fails(result.inputs))
      #expect(limit < whole.count - 1 || result.inputs.count == 1)
    }
  }

  @Test func manyInputsTakeFewTrials() {
    var keys = Array(repeating: "-", count: 1000)
    (keys[300], keys[800]) = ("b", "a")
    let many = Self.list(keys.enumerated().map { (UInt64($0.offset + 1) * 1000, $0.element) })
    let result = Self.reduce(many) { inputs in
      Self.text(inputs).filter { $0 != "-" } == "ba"
    }
    #expect(Self.text(result.inputs) == "ba")
    #expect(result.count < 200)
  }
}
