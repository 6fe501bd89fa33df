import Testing

@testable import StateCoding

@Suite struct StateWriterTests {
  @Test func bytesFollowTheDeclarationLittleEndianAndWithoutNames() {
    let expected: [[UInt8]] = [
      [1], [0x11], [0x33, 0x22], [0xff, 0xff, 0xff, 0xff], [8, 7, 6, 5, 4, 3, 2, 1],
      [0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],  // native
      [3, 0, 0, 0, 0, 0, 0, 0, 0xc3, 0xa4, 0x62],  // name
      [3, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3],  // bytes
      [1, 0, 0, 0, 0, 0, 0, 0, 0xbb, 0xaa, 0, 0, 0, 0, 0, 0],  // doubles
      [1, 0, 0, 0, 0, 0, 0, 0, 0xfe],  // inners, small
      [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [1, 0x34, 0x12], [0],  // wide, optional, missing
      [2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 7], [1, 0], [2], [0x01, 0x80],  // maybe, nested, colour, flags
      [3, 0, 0, 0, 0, 0, 0, 0, 0x6b, 0x65, 0x79, 9, 1],  // event: "key", payload
      [0],  // halt
      [2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0],  // table
    ]
    #expect(StateWriter.bytes(of: Sample()) == expected.flatMap { $0 })
  }

  @Test func derivedValuesLeaveNoTraceInTheBytes() {
    var other = Sample()
    other.cache = [1, 2, 3]
    #expect(StateWriter.bytes(of: other) == StateWriter.bytes(of: Sample()))
  }

  @Test func bytesTellApartWhatALyingEqualityDoesNot() {
    let (left, right) = (Liar(secret: 1), Liar(secret: 2))
    #expect(left == right)
    #expect(StateWriter.bytes(of: left) != StateWriter.bytes(of: right))
    #expect(StateDifference.between(left, right) == ["secret: 1 → 2"])
  }

  @Test func realStateInADroppableWrapperShowsInBytesAndShape() throws {
    var full = Forgetful()
    full.lost = [1]
    #expect(StateWriter.shape(of: full) == "kept: UInt8\n")
    let bytes = StateWriter.bytes(of: full)
    #expect(bytes == [0])
    #expect(try StateReader.decode(Forgetful.self, from: bytes).lost.isEmpty)
  }

  @Test func whatHasNoCanonicalBytesIsRefused() {
    func isRefused<State: MachineState>(_ state: State) -> Bool {
      do {
        _ = try StateWalk.over(state, ByteSink())
        return false
      } catch {
        guard case .refused = error.problem else { return false }
        return true
      }
    }
    #expect(!isRefused(Sample()))
    #expect(isRefused(Floating()))
    #expect(isRefused(FloatingArray()))
    #expect(isRefused(MaybeFloating()))
    #expect(isRefused(TooWide()))
    #expect(isRefused(Unordered()))
    #expect(isRefused(Keyed()))
    #expect(isRefused(KeyedByNumber()))
    #expect(isRefused(Hollow()))
  }

  @Test func shapeNamesEveryFieldAndItsType() {
    #expect(
      StateWriter.shape(of: Sample()) == """
        flag: Bool
        byte: UInt8
        half: UInt16
        word: Int32
        double: UInt64
        native: Int
        name: String
        bytes: Array<UInt8>
        doubles: Array<UInt64>
        inners: Array<Inner>
        inners[].small: Int8
        inners[].wide: Int64
        inners[].optional: Optional<UInt16>
        inners[].missing: Optional<UInt64>
        maybe: Array<Optional<UInt8>>
        maybe[]: Optional<UInt8>
        nested: Optional<Optional<UInt8>>
        colour: Colour
        flags: Flags
        event: Event
        event._0: UInt8
        event.shift: Bool
        halt: Optional<Event>
        table: Array<Array<UInt16>>
        table[]: Array<UInt16>

        """)
  }
}

@Suite struct StateDifferenceTests {
  @Test func differencesAreNamedByPath() {
    var other = Sample()
    other.byte = 0x12
    other.bytes[1] = 9
    other.inners[0].optional = nil
    other.inners[0].missing = 5
    other.maybe[0] = 1
    other.event = .text("x")
    other.halt = .key(1, shift: false)
    other.table.append([4])
    #expect(
      StateDifference.between(Sample(), other) == [
        "byte: 17 → 18", "bytes[1]: 2 → 9", "inners[0].optional: 4660 → nil", "inners[0].missing: nil → 5",
        "maybe[0]: nil → 1", "event: key → text", "halt: nil → key", "table.count: 2 → 3",
      ])
  }

  @Test func equalStatesHaveNoDifference() {
    #expect(StateDifference.between(Sample(), Sample()).isEmpty)
  }

  @Test func differencesAreCapped() {
    var other = Sample()
    other.bytes = [7, 7, 7]
    #expect(StateDifference.between(Sample(), other, limit: 1) == ["bytes[0]: 1 → 7", "… and 2 more"])
  }
}
