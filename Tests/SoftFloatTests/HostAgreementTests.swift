import SoftFloat
import Testing

/// The integer reference against the host's own arithmetic: values only, since Swift cannot read the host's flags.
@Suite struct HostAgreementTests {
  private let wide = Format.binary64.triples(40_000, seed: 10)
  private let narrow = Format.binary32.triples(40_000, seed: 11)

  /// Where our values differ from the host's, with every NaN counted as the canonical one.
  private func valueDisagreements(
    _ triples: [Triple], _ format: Format, host: (Triple) -> UInt64, ours: (Triple, inout UInt8) -> UInt64
  ) -> [String] {
    triples.compactMap { triple in
      let raw = host(triple)
      let expected = format.isNaN(raw) ? format.canonicalNaN : raw
      let actual = Outcome { ours(triple, &$0) }.value
      return actual == expected
        ? nil : "\(triple): host \(String(expected, radix: 16)), ours \(String(actual, radix: 16))"
    }
  }

  private func double(_ bits: UInt64) -> Double { Double(bitPattern: bits) }
  private func float(_ bits: UInt64) -> Float { Float(bitPattern: UInt32(truncatingIfNeeded: bits)) }
  private func low(_ bits: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: bits) }

  @Test func binary64ArithmeticRoundedToNearestEvenIsTheHosts() {
    typealias Check = (name: String, host: (Triple) -> Double, ours: (Triple, inout UInt8) -> UInt64)
    let checks: [Check] = [
      ("add", { double($0.a) + double($0.b) }, { Float64Bits.add($0.a, $0.b, .nearestEven, &$1) }),
      ("sub", { double($0.a) - double($0.b) }, { Float64Bits.sub($0.a, $0.b, .nearestEven, &$1) }),
      ("mul", { double($0.a) * double($0.b) }, { Float64Bits.mul($0.a, $0.b, .nearestEven, &$1) }),
      ("div", { double($0.a) / double($0.b) }, { Float64Bits.div($0.a, $0.b, .nearestEven, &$1) }),
      ("sqrt", { double($0.a).squareRoot() }, { Float64Bits.sqrt($0.a, .nearestEven, &$1) }),
      (
        "fma", { double($0.c).addingProduct(double($0.a), double($0.b)) },
        { Float64Bits.fma($0.a, $0.b, $0.c, .nearestEven, &$1) }
      ),
    ]
    for check in checks {
      let found = valueDisagreements(wide, .binary64, host: { check.host($0).bitPattern }, ours: check.ours)
      #expect(found.isEmpty, "\(check.name): \(found.count), first: \(found.first ?? "")")
    }
  }

  @Test func binary32ArithmeticRoundedToNearestEvenIsTheHosts() {
    typealias Check = (name: String, host: (Triple) -> Float, ours: (Triple, inout UInt8) -> UInt32)
    let checks: [Check] = [
      ("add", { float($0.a) + float($0.b) }, { Float32Bits.add(low($0.a), low($0.b), .nearestEven, &$1) }),
      ("sub", { float($0.a) - float($0.b) }, { Float32Bits.sub(low($0.a), low($0.b), .nearestEven, &$1) }),
      ("mul", { float($0.a) * float($0.b) }, { Float32Bits.mul(low($0.a), low($0.b), .nearestEven, &$1) }),
      ("div", { float($0.a) / float($0.b) }, { Float32Bits.div(low($0.a), low($0.b), .nearestEven, &$1) }),
      ("sqrt", { float($0.a).squareRoot() }, { Float32Bits.sqrt(low($0.a), .nearestEven, &$1) }),
      (
        "fma", { float($0.c).addingProduct(float($0.a), float($0.b)) },
        { Float32Bits.fma(low($0.a), low($0.b), low($0.c), .nearestEven, &$1) }
      ),
    ]
    for check in checks {
      let found = valueDisagreements(
        narrow, .binary32, host: { UInt64(check.host($0).bitPattern) }, ours: { UInt64(check.ours($0, &$1)) })
      #expect(found.isEmpty, "\(check.name): \(found.count), first: \(found.first ?? "")")
    }
  }

  @Test func conversionsBetweenTheFormatsAreTheHosts() {
    let narrowed = valueDisagreements(
      wide, .binary32, host: { UInt64(Float(double($0.a)).bitPattern) },
      ours: { UInt64(Float64Bits.toFloat32($0.a, .nearestEven, &$1)) })
    #expect(narrowed.isEmpty, "\(narrowed.first ?? "")")
    let widened = valueDisagreements(
      narrow, .binary64, host: { Double(float($0.a)).bitPattern }, ours: { Float64Bits.fromFloat32(low($0.a), &$1) })
    #expect(widened.isEmpty, "\(widened.first ?? "")")
  }

  @Test func integersConvertAsOnTheHost() {
    var generator = Generator(seed: 12)
    for _ in 0..<20_000 {
      // All lengths of integers, of both signs.
      let value = UInt64(bitPattern: Int64(bitPattern: generator.next()) >> Int64(generator.below(64)))
      let signed = Int64(bitPattern: value)
      var flags: UInt8 = 0
      #expect(Float64Bits.fromInt64(value, .nearestEven, &flags) == Double(signed).bitPattern)
      #expect(Float64Bits.fromUInt64(value, .nearestEven, &flags) == Double(value).bitPattern)
      #expect(Float32Bits.fromInt64(value, .nearestEven, &flags) == Float(signed).bitPattern)
      #expect(Float32Bits.fromUInt64(value, .nearestEven, &flags) == Float(value).bitPattern)
      let word = Int32(truncatingIfNeeded: value)
      #expect(Float64Bits.fromInt32(value, .nearestEven, &flags) == Double(word).bitPattern)
      #expect(Float64Bits.fromUInt32(value, .nearestEven, &flags) == Double(UInt32(bitPattern: word)).bitPattern)
      #expect(Float32Bits.fromInt32(value, .nearestEven, &flags) == Float(word).bitPattern)
      #expect(Float32Bits.fromUInt32(value, .nearestEven, &flags) == Float(UInt32(bitPattern: word)).bitPattern)
    }
  }

  private let hostRules: [(RoundingMode, FloatingPointRoundingRule)] = [
    (.nearestEven, .toNearestOrEven), (.towardZero, .towardZero), (.down, .down), (.up, .up),
    (.nearestMaxMagnitude, .toNearestOrAwayFromZero),
  ]

  @Test func roundingToIntegralValuesIsTheHostsInAllModes() {
    for (mode, rule) in hostRules {
      let doubles = valueDisagreements(
        wide, .binary64, host: { double($0.a).rounded(rule).bitPattern },
        ours: { Float64Bits.roundToIntegral($0.a, mode, exact: false, &$1) })
      #expect(doubles.isEmpty, "\(mode): \(doubles.first ?? "")")
      let floats = valueDisagreements(
        narrow, .binary32, host: { UInt64(float($0.a).rounded(rule).bitPattern) },
        ours: { UInt64(Float32Bits.roundToIntegral(low($0.a), mode, exact: false, &$1)) })
      #expect(floats.isEmpty, "\(mode): \(floats.first ?? "")")
    }
  }

  /// The outcome RISC-V requires of a conversion to `Target`, by way of the host.
  private func saturated<Target: FixedWidthInteger>(
    _ value: Double, _ rule: FloatingPointRoundingRule, _ type: Target.Type
  ) -> Outcome {
    let rounded = value.rounded(rule)
    let (result, flags): (Target, FloatFlags) =
      if value.isNaN {
        (.max, .invalid)
      } else if let exact = Target(exactly: rounded) {
        (exact, rounded == value ? [] : .inexact)
      } else {
        (value < 0 ? .min : .max, .invalid)
      }
    let extended =
      Target.bitWidth == 32
      ? UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: result))) : UInt64(truncatingIfNeeded: result)
    return Outcome(extended, flags)
  }

  @Test func conversionsToIntegersSaturateAndRoundInAllModes() {
    for (mode, rule) in hostRules {
      for triple in wide.prefix(15_000) {
        let a = triple.a
        let value = double(a)
        #expect(Outcome { Float64Bits.toInt32(a, mode, &$0) } == saturated(value, rule, Int32.self))
        #expect(Outcome { Float64Bits.toUInt32(a, mode, &$0) } == saturated(value, rule, UInt32.self))
        #expect(Outcome { Float64Bits.toInt64(a, mode, &$0) } == saturated(value, rule, Int64.self))
        #expect(Outcome { Float64Bits.toUInt64(a, mode, &$0) } == saturated(value, rule, UInt64.self))
      }
      for triple in narrow.prefix(15_000) {
        let a = low(triple.a)
        let value = Double(float(triple.a))
        #expect(Outcome { Float32Bits.toInt32(a, mode, &$0) } == saturated(value, rule, Int32.self))
        #expect(Outcome { Float32Bits.toUInt32(a, mode, &$0) } == saturated(value, rule, UInt32.self))
        #expect(Outcome { Float32Bits.toInt64(a, mode, &$0) } == saturated(value, rule, Int64.self))
        #expect(Outcome { Float32Bits.toUInt64(a, mode, &$0) } == saturated(value, rule, UInt64.self))
      }
    }
  }

  @Test func modularConversionKeepsTheLowBitsOfTheWholePart() {
    for triple in wide {
      let value = double(triple.a)
      var flags: UInt8 = 0
      _ = Float64Bits.toInt32(triple.a, .towardZero, &flags)
      // The host's remainder is exact, and below 2^32 in magnitude.
      let remainder = value.rounded(.towardZero).truncatingRemainder(dividingBy: 4_294_967_296)
      let whole = value.isFinite ? Int64(remainder) : 0
      let expected = UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: whole)))
      #expect(Outcome { Float64Bits.toInt32Modular(triple.a, &$0) } == Outcome(expected, FloatFlags(rawValue: flags)))
    }
  }

  @Test func comparisonsAreTheHosts() {
    for triple in wide {
      var flags: UInt8 = 0
      let (a, b) = (double(triple.a), double(triple.b))
      #expect(Float64Bits.equal(triple.a, triple.b, &flags) == (a == b))
      #expect(Float64Bits.less(triple.a, triple.b, &flags) == (a < b))
      #expect(Float64Bits.lessOrEqual(triple.a, triple.b, &flags) == (a <= b))
      #expect(Float64Bits.lessQuiet(triple.a, triple.b, &flags) == (a < b))
      #expect(Float64Bits.lessOrEqualQuiet(triple.a, triple.b, &flags) == (a <= b))
    }
    for triple in narrow {
      var flags: UInt8 = 0
      let (a, b) = (float(triple.a), float(triple.b))
      #expect(Float32Bits.equal(low(triple.a), low(triple.b), &flags) == (a == b))
      #expect(Float32Bits.less(low(triple.a), low(triple.b), &flags) == (a < b))
      #expect(Float32Bits.lessOrEqual(low(triple.a), low(triple.b), &flags) == (a <= b))
      #expect(Float32Bits.lessQuiet(low(triple.a), low(triple.b), &flags) == (a < b))
      #expect(Float32Bits.lessOrEqualQuiet(low(triple.a), low(triple.b), &flags) == (a <= b))
    }
  }

  // MARK: Canary

  @Test func aValueOffByOneInTheLastPlaceIsCaught() {
    let found = valueDisagreements(
      wide, .binary64, host: { (double($0.a) + double($0.b)).bitPattern },
      ours: { Float64Bits.add($0.a, $0.b, .nearestMaxMagnitude, &$1) })
    #expect(!found.isEmpty)
  }
}
