import StateCoding
import Testing

@Suite struct DigestTests {
  /// The digest of nothing is the published one of XXH3-128 with seed 0; the others were computed with the C library
  /// (libxxhash 0.8.1) over bytes `(7 i + 3) mod 256`, and lie on both sides of each of the algorithm's length limits.
  @Test(arguments: [
    (0, "99aa06d3014798d86001c324468d497f"), (1, "22bbb76b211a39ba13e608bc156defed"),
    (3, "ce31763cbf8245a5a9088dda485b481c"), (8, "e3bc8a5f461715553cd024e3d63a1588"),
    (16, "ce0b9647ab24f88460d75c5e47d40a24"), (17, "bfd327edcc2fbd12eeed7654312a26d7"),
    (100, "2207ed96998d91f20cc97f05750182b2"), (200, "32200a52a918beaf380142cdd5843bbd"),
    (241, "ac6c3492c3d6b45d8beadd3a8874fe17"), (1000, "6bcc7eff62da44c26c4f14bd97bd9e82"),
    (4096, "1546867423105cd5d7428746842be37e"),
  ])
  func agreesWithTheLibraryAtEveryLength(_ count: Int, _ expected: String) {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + 3) }
    #expect(Digest(of: bytes).description == expected)
  }

  @Test func agreesWithThePublishedDigestOfABC() {
    #expect(Digest(of: Array("abc".utf8)).description == "06b05ab6733a618578af5f94892f3950")
  }

  @Test func printsTheHighHalfFirstWithItsZeros() {
    #expect(Digest(high: 1, low: 0xab).description == "000000000000000100000000000000ab")
  }
}
