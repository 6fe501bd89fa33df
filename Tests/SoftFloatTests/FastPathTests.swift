import SoftFloat
import Testing

/// An operation in its two implementations.
struct Pair: Sendable, CustomTestStringConvertible {
  let name: String
  let format: Format
  let reference: TripleOperation
  let fast: TripleOperation

  var testDescription: String { name }

  private static func narrow(_ value: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: value)
  }

  static let binary64: [Pair] = [
    Pair(
      name: "binary64 add", format: .binary64, reference: { Float64Bits.add($0.a, $0.b, $1, &$2) },
      fast: { Float64Bits.addFast($0.a, $0.b, $1, &$2) }),
    Pair(
      name: "binary64 sub", format: .binary64, reference: { Float64Bits.sub($0.a, $0.b, $1, &$2) },
      fast: { Float64Bits.subFast($0.a, $0.b, $1, &$2) }),
    Pair(
      name: "binary64 mul", format: .binary64, reference: { Float64Bits.mul($0.a, $0.b, $1, &$2) },
      fast: { Float64Bits.mulFast($0.a, $0.b, $1, &$2) }),
    Pair(
      name: "binary64 div", format: .binary64, reference: { Float64Bits.div($0.a, $0.b, $1, &$2) },
      fast: { Float64Bits.divFast($0.a, $0.b, $1, &$2) }),
    Pair(
      name: "binary64 sqrt", format: .binary64, reference: { Float64Bits.sqrt($0.a, $1, &$2) },
      fast: { Float64Bits.sqrtFast($0.a, $1, &$2) }),
    Pair(
      name: "binary64 fma", format: .binary64, reference: { Float64Bits.fma($0.a, $0.b, $0.c, $1, &$2) },
      fast: { Float64Bits.fmaFast($0.a, $0.b, $0.c, $1, &$2) }),
  ]

  static let binary32: [Pair] = [
    Pair(
      name: "binary32 add", format: .binary32,
      reference: { UInt64(Float32Bits.add(narrow($0.a), narrow($0.b), $1, &$2)) },
      fast: { UInt64(Float32Bits.addFast(narrow($0.a), narrow($0.b), $1, &$2)) }),
    Pair(
      name: "binary32 sub", format: .binary32,
      reference: { UInt64(Float32Bits.sub(narrow($0.a), narrow($0.b), $1, &$2)) },
      fast: { UInt64(Float32Bits.subFast(narrow($0.a), narrow($0.b), $1, &$2)) }),
    Pair(
      name: "binary32 mul", format: .binary32,
      reference: { UInt64(Float32Bits.mul(narrow($0.a), narrow($0.b), $1, &$2)) },
      fast: { UInt64(Float32Bits.mulFast(narrow($0.a), narrow($0.b), $1, &$2)) }),
    Pair(
      name: "binary32 div", format: .binary32,
      reference: { UInt64(Float32Bits.div(narrow($0.a), narrow($0.b), $1, &$2)) },
      fast: { UInt64(Float32Bits.divFast(narrow($0.a), narrow($0.b), $1, &$2)) }),
    Pair(
      name: "binary32 sqrt", format: .binary32, reference: { UInt64(Float32Bits.sqrt(narrow($0.a), $1, &$2)) },
      fast: { UInt64(Float32Bits.sqrtFast(narrow($0.a), $1, &$2)) }),
    Pair(
      name: "binary32 fma", format: .binary32,
      reference: { UInt64(Float32Bits.fma(narrow($0.a), narrow($0.b), narrow($0.c), $1, &$2)) },
      fast: { UInt64(Float32Bits.fmaFast(narrow($0.a), narrow($0.b), narrow($0.c), $1, &$2)) }),
  ]
}

@Suite struct FastPathTests {
  @Test(arguments: Pair.binary64 + Pair.binary32)
  func fastPathsGiveTheReferenceValueAndFlags(_ pair: Pair) {
    let found = disagreements(pair.format.triples(30_000, seed: 1), pair.reference, pair.fast)
    #expect(found.isEmpty, "\(found.count), first: \(found.first ?? "")")
  }

  @Test(arguments: Pair.binary64 + Pair.binary32)
  func fastPathsGiveTheReferenceValueAndFlagsOnAllPairsOfCorners(_ pair: Pair) {
    let corners = pair.format.corners
    var generator = Generator(seed: 2)
    let triples = corners.flatMap { a in
      corners.map { Triple(a: a, b: $0, c: corners[Int(generator.below(UInt64(corners.count)))]) }
    }
    let found = disagreements(triples, pair.reference, pair.fast)
    #expect(found.isEmpty, "\(found.count), first: \(found.first ?? "")")
  }

  /// The products of neighbours of the smallest normal number: where host and reference could judge tininess
  /// differently.
  @Test func fastMultiplicationAgreesAroundTheSmallestNormalNumber() {
    var generator = Generator(seed: 3)
    let triples = (0..<20_000).map { _ in
      let exponent = 1 + generator.below(2044)
      let fraction = generator.next() & Format.binary64.fractionMask
      let other = 1021 + 1023 - exponent + generator.below(4)
      return Triple(a: exponent << 52 | fraction, b: min(other, 2046) << 52 | ~fraction & (1 << 52 - 1), c: 0)
    }
    let found = disagreements(triples, Pair.binary64[2].reference, Pair.binary64[2].fast)
    #expect(found.isEmpty, "\(found.count), first: \(found.first ?? "")")
  }

  @Test func fastFusedMultiplyAddDoesNotRoundTwiceInBinary32() {
    let found = disagreements(nearlyHalfWay, Pair.binary32[5].reference, Pair.binary32[5].fast)
    #expect(found.isEmpty, "\(found.count), first: \(found.first ?? "")")
  }

  /// Binary32 operands whose exact sum is so near a half-way point that binary64 rounds it onto that point: `c` is
  /// about 1 and the product differs from half its last place by a factor 1 + 2^-36 or 1 - 2^-33. From (1 + t)(1 - t +
  /// t^2) = 1 + t^3 with t = 2^-12, and (1 - t)(1 + t + t^2) = 1 - t^3 with t = 2^-11.
  private var nearlyHalfWay: [Triple] {
    var triples: [Triple] = []
    for scale: UInt64 in 0..<60 {
      for last: UInt64 in 0..<8 {
        for signs: UInt64 in 0..<4 {
          let factorSign = (signs & 1) << 31
          let sumSign = (signs >> 1) << 31
          let c = 0x3F80_0000 + last | sumSign
          let up = scale << 23
          triples.append(Triple(a: 0x3F80_0800 + up | factorSign, b: 0x337F_F001 - up, c: c))
          triples.append(Triple(a: 0x3F7F_E000 + up | factorSign, b: 0x3380_1002 - up, c: c))
        }
      }
    }
    return triples
  }

  /// The comparisons above prove something only if many samples do take the host's result.
  @Test(arguments: Pair.binary64 + Pair.binary32)
  func manySamplesAreWithinReachOfTheHost(_ pair: Pair) {
    let triples = pair.format.triples(2000, seed: 1)
    let count = triples.count { triple in
      let field = pair.format.exponentField(Outcome { pair.reference(triple, .nearestEven, &$0) }.value)
      return field > 1 && field < pair.format.topExponent
    }
    #expect(count > triples.count / 5)
  }

  // MARK: Canaries

  @Test(arguments: Pair.binary64 + Pair.binary32)
  func roundingTiesAwayFromZeroIsCaught(_ pair: Pair) {
    let wrong: TripleOperation = { triple, mode, flags in
      pair.reference(triple, mode == .nearestEven ? .nearestMaxMagnitude : mode, &flags)
    }
    let found = disagreements(pair.format.triples(30_000, seed: 1), modes: [.nearestEven], pair.reference, wrong)
    // A square root is never half-way between two numbers, so for it this change is no error.
    #expect(found.isEmpty == pair.name.hasSuffix("sqrt"))
  }

  @Test(arguments: Pair.binary64 + Pair.binary32)
  func aMissingFlagIsCaught(_ pair: Pair) {
    let wrong: TripleOperation = { triple, mode, flags in
      let before = flags
      let value = pair.reference(triple, mode, &flags)
      flags = flags & ~FloatFlags.inexact.rawValue | before
      return value
    }
    #expect(!disagreements(pair.format.triples(1000, seed: 1), pair.reference, wrong).isEmpty)
  }

  @Test func roundingTwiceInBinary32IsCaught() {
    let wrong: TripleOperation = { triple, mode, flags in
      let wide = [triple.a, triple.b, triple.c].map { Double(Float(bitPattern: UInt32(truncatingIfNeeded: $0))) }
      let twice = UInt64(Float(wide[0] * wide[1] + wide[2]).bitPattern)
      return mode == .nearestEven && flags & 1 != 0 ? twice : Pair.binary32[5].reference(triple, mode, &flags)
    }
    #expect(!disagreements(nearlyHalfWay, Pair.binary32[5].reference, wrong).isEmpty)
  }
}
