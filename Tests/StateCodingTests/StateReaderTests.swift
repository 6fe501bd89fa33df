import StateCoding
import Testing

@Suite struct StateReaderTests {
  private let sample = StateWriter.bytes(of: Sample())

  private func failure<State: MachineState>(_ type: State.Type, _ bytes: [UInt8]) -> StateError? {
    do {
      _ = try StateReader.decode(type, from: bytes)
      return nil
    } catch {
      return error
    }
  }

  @Test func whatWasWrittenIsReadBack() throws {
    var state = Sample()
    #expect(try StateReader.decode(Sample.self, from: sample) == state)
    state.event = .text("long enough not to be stored inline")
    state.halt = Sample.Event.none
    state.nested = .some(.some(4))
    state.inners = []
    #expect(try StateReader.decode(Sample.self, from: StateWriter.bytes(of: state)) == state)
  }

  @Test func derivedValuesComeBackFresh() throws {
    var state = Sample()
    state.cache = [1]
    #expect(try StateReader.decode(Sample.self, from: StateWriter.bytes(of: state)).cache.isEmpty)
  }

  @Test func everyTruncationIsAnErrorAndNotATrap() {
    for length in sample.indices {
      #expect(failure(Sample.self, Array(sample.prefix(length))) != nil, "cut to \(length) bytes")
    }
  }

  /// What is accepted after a change must be exactly what its own bytes say: there is one encoding of each state.
  @Test func everyChangedByteIsAnErrorOrAnotherStateWithThoseBytes() throws {
    for index in sample.indices {
      for change: UInt8 in [0x01, 0x02, 0x10, 0x80, 0xff] {
        var bytes = sample
        bytes[index] ^= change
        guard failure(Sample.self, bytes) == nil else { continue }
        #expect(StateWriter.bytes(of: try StateReader.decode(Sample.self, from: bytes)) == bytes)
      }
    }
  }

  @Test func excessBytesAreRefused() {
    #expect(failure(Sample.self, sample + [0, 0])?.problem == .excess(count: 2))
  }

  @Test func errorsNameTheOffsetAndTheField() {
    var bytes = sample
    bytes[0] = 2
    #expect(failure(Sample.self, bytes) == StateError(offset: 1, path: "flag", problem: .notFlag(2)))
    let nested = failure(HoldsEven.self, [2, 0, 0, 0, 0, 0, 0, 0, 4, 5])
    #expect(nested == StateError(offset: 10, path: "evens[1]", problem: .invalid("5 is odd")))
    #expect(nested?.description == "offset 10, evens[1]: 5 is odd")
  }

  @Test func hugeCountsAreRefusedBeforeAnythingIsReserved() {
    let count: [UInt8] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]
    #expect(failure(HoldsEven.self, count)?.problem == .count(.max >> 1))
  }

  @Test func unknownCasesAndRawValuesAreRefused() throws {
    let raw = try #require(sample.firstRange(of: [2, 0x01, 0x80]))
    var bytes = sample
    bytes[raw.lowerBound] = 3
    #expect(failure(Sample.self, bytes)?.path == "colour")
    let name = try #require(sample.firstRange(of: [0x6b, 0x65, 0x79]))
    bytes = sample
    bytes[name.lowerBound] = 0x6c
    #expect(failure(Sample.self, bytes)?.problem == .invalid("no such Event"))
  }

  @Test func textThatIsNotUTF8IsRefused() throws {
    let name = try #require(sample.firstRange(of: [0xc3, 0xa4]))
    var bytes = sample
    bytes[name.lowerBound] = 0xff
    #expect(failure(Sample.self, bytes)?.problem == .notText)
  }

  @Test func deepNestingEndsInAnError() {
    var bytes: [UInt8] = []
    for _ in 0..<100_000 { bytes += [1, 0, 0, 0, 0, 0, 0, 0] }
    #expect(failure(Nest.self, bytes)?.problem == .depth)
    #expect(failure(Nest.self, Array(bytes.prefix(80)) + [0, 0, 0, 0, 0, 0, 0, 0]) == nil)
  }

  @Test func randomBytesNeverTrap() {
    // xorshift64 (Marsaglia 2003), so that a failure can be repeated.
    var random: UInt64 = 0x9e37_79b9_7f4a_7c15
    var refused = 0
    for round in 0..<2000 {
      var bytes = sample
      for _ in 0..<(round % 7 + 1) {
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        bytes[Int(random % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random >> 32)
      }
      if failure(Sample.self, bytes) != nil { refused += 1 }
    }
    #expect(refused > 500)
  }
}
