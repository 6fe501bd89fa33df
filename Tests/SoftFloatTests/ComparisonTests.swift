import SoftFloat
import Testing

private let sign: UInt64 = 1 << 63
private let one: UInt64 = 0x3FF0_0000_0000_0000
private let canonical: UInt64 = 0x7FF8_0000_0000_0000
private let quietNaN: UInt64 = 0xFFF8_0000_0000_1234
private let signalingNaN: UInt64 = 0x7FF0_0000_0000_0001

@Suite struct ComparisonTests {
  @Test func signalingComparisonsRaiseInvalidForQuietNaNs() {
    for (a, b) in [(quietNaN, one), (one, quietNaN), (canonical, canonical)] {
      #expect(Outcome { Float64Bits.less(a, b, &$0) ? 1 : 0 } == Outcome(0, .invalid))
      #expect(Outcome { Float64Bits.lessOrEqual(a, b, &$0) ? 1 : 0 } == Outcome(0, .invalid))
      #expect(Outcome { Float64Bits.equal(a, b, &$0) ? 1 : 0 } == Outcome(0))
      #expect(Outcome { Float64Bits.lessQuiet(a, b, &$0) ? 1 : 0 } == Outcome(0))
      #expect(Outcome { Float64Bits.lessOrEqualQuiet(a, b, &$0) ? 1 : 0 } == Outcome(0))
    }
  }

  @Test func everyComparisonRaisesInvalidForSignalingNaNs() {
    for (a, b) in [(signalingNaN, one), (one, signalingNaN), (quietNaN, signalingNaN)] {
      let operations: [(UInt64, UInt64, inout UInt8) -> Bool] = [
        { Float64Bits.equal($0, $1, &$2) }, { Float64Bits.less($0, $1, &$2) },
        { Float64Bits.lessOrEqual($0, $1, &$2) }, { Float64Bits.lessQuiet($0, $1, &$2) },
        { Float64Bits.lessOrEqualQuiet($0, $1, &$2) },
      ]
      for operation in operations {
        #expect(Outcome { operation(a, b, &$0) ? 1 : 0 } == Outcome(0, .invalid))
      }
    }
    #expect(Outcome { Float32Bits.equal(0x7F80_0001, 0, &$0) ? 1 : 0 } == Outcome(0, .invalid))
    #expect(Outcome { Float32Bits.less(0x7FC0_0000, 0, &$0) ? 1 : 0 } == Outcome(0, .invalid))
    #expect(Outcome { Float32Bits.lessQuiet(0x7FC0_0000, 0, &$0) ? 1 : 0 } == Outcome(0))
  }

  @Test func zerosOfBothSignsCompareEqual() {
    var flags: UInt8 = 0
    #expect(Float64Bits.equal(0, sign, &flags) && Float32Bits.equal(0, 1 << 31, &flags))
    #expect(!Float64Bits.less(sign, 0, &flags) && !Float32Bits.less(1 << 31, 0, &flags))
    #expect(Float64Bits.lessOrEqual(0, sign, &flags) && Float32Bits.lessOrEqual(0, 1 << 31, &flags))
    #expect(flags == 0)
  }

  @Test func minimumAndMaximumOrderZerosAndPreferNumbers() {
    // Operands, then fmin, fmax, fminm, fmaxm, and the flags of all four.
    let rows: [(UInt64, UInt64, [UInt64], FloatFlags)] = [
      (0, sign, [sign, 0, sign, 0], []),
      (sign, 0, [sign, 0, sign, 0], []),
      (one, sign | one, [sign | one, one, sign | one, one], []),
      (one, one + 1, [one, one + 1, one, one + 1], []),
      (sign | one, sign | one + 1, [sign | one + 1, sign | one, sign | one + 1, sign | one], []),
      (one, quietNaN, [one, one, canonical, canonical], []),
      (quietNaN, one, [one, one, canonical, canonical], []),
      (one, signalingNaN, [one, one, canonical, canonical], .invalid),
      (signalingNaN, one, [one, one, canonical, canonical], .invalid),
      (quietNaN, quietNaN, [canonical, canonical, canonical, canonical], []),
      (quietNaN, signalingNaN, [canonical, canonical, canonical, canonical], .invalid),
    ]
    for (a, b, expected, flags) in rows {
      let results = [
        Outcome { Float64Bits.min(a, b, &$0) }, Outcome { Float64Bits.max(a, b, &$0) },
        Outcome { Float64Bits.minimumM(a, b, &$0) }, Outcome { Float64Bits.maximumM(a, b, &$0) },
      ]
      #expect(results == expected.map { Outcome($0, flags) })
    }
  }

  @Test func minimumAndMaximumOfBinary32FollowTheSameRules() {
    let zeros = (UInt32(0), UInt32(1) << 31)
    #expect(Outcome { UInt64(Float32Bits.min(zeros.0, zeros.1, &$0)) } == Outcome(0x8000_0000))
    #expect(Outcome { UInt64(Float32Bits.max(zeros.1, zeros.0, &$0)) } == Outcome(0))
    #expect(Outcome { UInt64(Float32Bits.min(0x7F80_0001, 0x3F80_0000, &$0)) } == Outcome(0x3F80_0000, .invalid))
    #expect(Outcome { UInt64(Float32Bits.max(0xFFC0_0000, 0xFFC0_0001, &$0)) } == Outcome(0x7FC0_0000))
    #expect(Outcome { UInt64(Float32Bits.minimumM(0xFFC0_0000, 0, &$0)) } == Outcome(0x7FC0_0000))
    #expect(Outcome { UInt64(Float32Bits.maximumM(0, 0x7F80_0001, &$0)) } == Outcome(0x7FC0_0000, .invalid))
  }

  @Test func everyClassHasItsBit() {
    let wide: [UInt64] = [
      0xFFF0_0000_0000_0000, 0xFFEF_FFFF_FFFF_FFFF, 0x800F_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0, 1,
      0x0010_0000_0000_0000, 0x7FF0_0000_0000_0000, 0xFFF7_FFFF_FFFF_FFFF, 0x7FF8_0000_0000_0000,
    ]
    #expect(wide.map(Float64Bits.classify) == (0..<10).map { 1 << UInt64($0) })
    let narrow: [UInt32] = [
      0xFF80_0000, 0x8080_0000, 0x8000_0001, 0x8000_0000, 0, 0x007F_FFFF, 0x7F7F_FFFF, 0x7F80_0000, 0x7F80_0001,
      0xFFC0_0000,
    ]
    #expect(narrow.map(Float32Bits.classify) == (0..<10).map { 1 << UInt64($0) })
  }
}
