import SoftFloat
import Testing

private func bits(_ value: Double) -> UInt64 { value.bitPattern }
private func extended(_ value: Int64) -> UInt64 { UInt64(bitPattern: value) }

@Suite struct ConversionTests {
  private typealias Conversion = (UInt64, RoundingMode, inout UInt8) -> UInt64
  private let toInt32: Conversion = { Float64Bits.toInt32($0, $1, &$2) }
  private let toUInt32: Conversion = { Float64Bits.toUInt32($0, $1, &$2) }
  private let toInt64: Conversion = { Float64Bits.toInt64($0, $1, &$2) }
  private let toUInt64: Conversion = { Float64Bits.toUInt64($0, $1, &$2) }

  @Test func halvesRoundToIntegersInEachMode() {
    for (value, expected) in [
      (0.5, [0, 0, 0, 1, 1]), (1.5, [2, 1, 1, 2, 2]), (2.5, [2, 2, 2, 3, 3]), (-0.5, [0, 0, -1, 0, -1]),
      (-1.5, [-2, -1, -2, -1, -2]), (-2.5, [-2, -2, -3, -2, -3]),
    ] as [(Double, [Int64])] {
      let results = RoundingMode.allCases.map { mode in Outcome { Float64Bits.toInt64(bits(value), mode, &$0) } }
      #expect(results == expected.map { Outcome(extended($0), .inexact) })
    }
  }

  @Test func theEndsOfTheRangesSaturate() {
    let cases: [(Conversion, Double, RoundingMode, Outcome)] = [
      (toInt32, 2_147_483_647.5, .towardZero, Outcome(0x7FFF_FFFF, .inexact)),
      (toInt32, 2_147_483_647.5, .nearestEven, Outcome(0x7FFF_FFFF, .invalid)),
      (toInt32, -2_147_483_648.5, .nearestEven, Outcome(extended(-2_147_483_648), .inexact)),
      (toInt32, -2_147_483_648.5, .down, Outcome(extended(-2_147_483_648), .invalid)),
      (toUInt32, 4_294_967_295, .up, Outcome(~0)),
      (toUInt32, 4_294_967_295.25, .up, Outcome(~0, .invalid)),
      (toUInt32, 2_147_483_648, .up, Outcome(extended(-2_147_483_648))),
      (toUInt32, -0.75, .towardZero, Outcome(0, .inexact)),
      (toUInt32, -0.75, .nearestEven, Outcome(0, .invalid)),
      (toUInt32, -0.0, .down, Outcome(0)),
      (toInt64, 9_223_372_036_854_774_784, .up, Outcome(9_223_372_036_854_774_784)),
      (toInt64, 9_223_372_036_854_775_808, .up, Outcome(extended(.max), .invalid)),
      (toInt64, -9_223_372_036_854_775_808, .up, Outcome(extended(.min))),
      (toInt64, -9_223_372_036_854_777_856, .up, Outcome(extended(.min), .invalid)),
      (toUInt64, 18_446_744_073_709_549_568, .up, Outcome(18_446_744_073_709_549_568)),
      (toUInt64, 18_446_744_073_709_551_616, .up, Outcome(~0, .invalid)),
      (toUInt64, -1, .up, Outcome(0, .invalid)),
    ]
    for (convert, value, mode, expected) in cases {
      #expect(Outcome { convert(bits(value), mode, &$0) } == expected, "\(value) \(mode)")
    }
  }

  @Test func infinitiesAndNaNsGiveTheEndsOfTheRange() {
    // NaNs of both signs and kinds give the upper end.
    for nan: UInt64 in [0x7FF8_0000_0000_0000, 0xFFF8_0000_0000_0000, 0x7FF0_0000_0000_0001, 0xFFF0_0000_0000_0001] {
      #expect(Outcome { toInt32(nan, .nearestEven, &$0) } == Outcome(0x7FFF_FFFF, .invalid))
      #expect(Outcome { toUInt32(nan, .nearestEven, &$0) } == Outcome(~0, .invalid))
      #expect(Outcome { toInt64(nan, .nearestEven, &$0) } == Outcome(extended(.max), .invalid))
      #expect(Outcome { toUInt64(nan, .nearestEven, &$0) } == Outcome(~0, .invalid))
    }
    #expect(Outcome { Float32Bits.toInt32(0xFFC0_0000, .nearestEven, &$0) } == Outcome(0x7FFF_FFFF, .invalid))
    #expect(Outcome { Float32Bits.toUInt64(0xFF80_0001, .nearestEven, &$0) } == Outcome(~0, .invalid))
    #expect(Outcome { toInt32(bits(-.infinity), .nearestEven, &$0) } == Outcome(extended(-2_147_483_648), .invalid))
    #expect(Outcome { toUInt32(bits(.infinity), .nearestEven, &$0) } == Outcome(~0, .invalid))
    #expect(Outcome { toUInt64(bits(-.infinity), .nearestEven, &$0) } == Outcome(0, .invalid))
    #expect(Outcome { toInt64(bits(.infinity), .nearestEven, &$0) } == Outcome(extended(.max), .invalid))
  }

  @Test func modularConversionWrapsAndStillRaisesInvalid() {
    let cases: [(Double, Int64, FloatFlags)] = [
      (4_294_967_301, 5, .invalid), (-4_294_967_301, -5, .invalid), (2_147_483_648, -2_147_483_648, .invalid),
      (-2_147_483_648, -2_147_483_648, []), (1.75, 1, .inexact), (-1.75, -1, .inexact), (-0.0, 0, []),
      (4_294_967_297.5, 1, .invalid), (.infinity, 0, .invalid), (-.infinity, 0, .invalid), (.nan, 0, .invalid),
      (.leastNonzeroMagnitude, 0, .inexact), (1e300, 0, .invalid), (4_503_599_627_370_497 * 1024, 1024, .invalid),
    ]
    for (value, expected, flags) in cases {
      #expect(
        Outcome { Float64Bits.toInt32Modular(bits(value), &$0) } == Outcome(extended(expected), flags), "\(value)")
    }
  }

  @Test func integersRoundInEachMode() {
    // 2^53 + 1 is half-way in binary64, 2^24 + 1 in binary32.
    let base: UInt64 = 0x4340_0000_0000_0000
    let wide = RoundingMode.allCases.map { mode in Outcome { Float64Bits.fromUInt64(1 << 53 + 1, mode, &$0) } }
    #expect(wide == [base, base, base, base + 1, base + 1].map { Outcome($0, .inexact) })
    let negative = RoundingMode.allCases.map { mode in
      Outcome { UInt64(Float32Bits.fromInt64(0 &- (1 << 24 + 1), mode, &$0)) }
    }
    let small: UInt64 = 0xCB80_0000
    #expect(negative == [small, small, small + 1, small, small + 1].map { Outcome($0, .inexact) })
  }

  @Test func integersOf32BitsIgnoreTheUpperHalfOfTheRegister() {
    #expect(Outcome { Float64Bits.fromInt32(0x1234_5678_FFFF_FFFF, .down, &$0) } == Outcome(bits(-1)))
    #expect(Outcome { Float64Bits.fromUInt32(0x1234_5678_FFFF_FFFF, .down, &$0) } == Outcome(bits(4_294_967_295)))
    #expect(Outcome { UInt64(Float32Bits.fromInt32(0xFFFF_FFFF_0000_0001, .down, &$0)) } == Outcome(0x3F80_0000))
    #expect(Outcome { UInt64(Float32Bits.fromUInt32(~0 << 32, .down, &$0)) } == Outcome(0))
    #expect(Outcome { Float64Bits.fromInt64(1 << 63, .down, &$0) } == Outcome(bits(-9_223_372_036_854_775_808)))
  }

  @Test func roundingToIntegralValuesRaisesInexactOnlyWhenAsked() {
    for (value, expected) in [(2.5, 2), (-0.25, -0.0), (1e300, 1e300), (7, 7)] as [(Double, Double)] {
      let flags: FloatFlags = value == expected ? [] : .inexact
      #expect(
        Outcome { Float64Bits.roundToIntegral(bits(value), .nearestEven, exact: true, &$0) }
          == Outcome(bits(expected), flags))
      #expect(
        Outcome { Float64Bits.roundToIntegral(bits(value), .nearestEven, exact: false, &$0) }
          == Outcome(bits(expected)))
    }
    #expect(
      Outcome { Float64Bits.roundToIntegral(0xFFF8_0000_0000_0001, .up, exact: true, &$0) }
        == Outcome(0x7FF8_0000_0000_0000))
    #expect(
      Outcome { UInt64(Float32Bits.roundToIntegral(0x7F80_0001, .up, exact: false, &$0)) }
        == Outcome(0x7FC0_0000, .invalid))
  }

  @Test func narrowingRoundsOverflowsAndUnderflows() {
    let cases: [(UInt64, [UInt64], FloatFlags)] = [
      // 1 + 2^-24: half-way.
      (
        0x3FF0_0000_1000_0000, [0x3F80_0000, 0x3F80_0000, 0x3F80_0000, 0x3F80_0001, 0x3F80_0001], .inexact
      ),
      (bits(1e39), [0x7F80_0000, 0x7F7F_FFFF, 0x7F7F_FFFF, 0x7F80_0000, 0x7F80_0000], [.overflow, .inexact]),
      (bits(-1e-60), [1 << 31, 1 << 31, 1 << 31 | 1, 1 << 31, 1 << 31], [.underflow, .inexact]),
      (bits(0x1p-149), [1, 1, 1, 1, 1], []),
      (bits(-.infinity), Array(repeating: 0xFF80_0000, count: 5), []),
      (0xFFF8_0000_0000_0000, Array(repeating: 0x7FC0_0000, count: 5), []),
      (0x7FF0_0000_0000_0001, Array(repeating: 0x7FC0_0000, count: 5), .invalid),
    ]
    for (value, expected, flags) in cases {
      let results = RoundingMode.allCases.map { mode in Outcome { UInt64(Float64Bits.toFloat32(value, mode, &$0)) } }
      #expect(results == expected.map { Outcome($0, flags) })
    }
  }

  @Test func wideningIsExact() {
    #expect(Outcome { Float64Bits.fromFloat32(1, &$0) } == Outcome(bits(0x1p-149)))
    #expect(Outcome { Float64Bits.fromFloat32(0x8000_0000, &$0) } == Outcome(1 << 63))
    #expect(Outcome { Float64Bits.fromFloat32(0xFF80_0000, &$0) } == Outcome(bits(-.infinity)))
    #expect(Outcome { Float64Bits.fromFloat32(0xFFC0_1234, &$0) } == Outcome(0x7FF8_0000_0000_0000))
    #expect(Outcome { Float64Bits.fromFloat32(0x7F80_0001, &$0) } == Outcome(0x7FF8_0000_0000_0000, .invalid))
  }
}
