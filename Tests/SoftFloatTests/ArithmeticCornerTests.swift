import SoftFloat
import Testing

/// What one operation gives in each rounding mode.
private struct Row: Sendable, CustomTestStringConvertible {
  let name: String
  let operation: @Sendable (RoundingMode, inout UInt8) -> UInt64
  /// In the order of `RoundingMode`: nearest even, towards zero, down, up, nearest with ties away.
  let outcomes: [Outcome]

  var testDescription: String { name }

  /// A row with a value for each mode and the same flags in all.
  init(
    _ name: String, _ flags: FloatFlags, _ values: [UInt64],
    _ operation: @escaping @Sendable (RoundingMode, inout UInt8) -> UInt64
  ) {
    self.init(name, values.map { Outcome($0, flags) }, operation)
  }

  /// A row with the same value and flags in all modes.
  init(
    _ name: String, _ flags: FloatFlags, _ value: UInt64,
    _ operation: @escaping @Sendable (RoundingMode, inout UInt8) -> UInt64
  ) {
    self.init(name, Array(repeating: Outcome(value, flags), count: 5), operation)
  }

  init(
    _ name: String, _ outcomes: [Outcome], _ operation: @escaping @Sendable (RoundingMode, inout UInt8) -> UInt64
  ) {
    (self.name, self.outcomes, self.operation) = (name, outcomes, operation)
  }
}

private let one: UInt64 = 0x3FF0_0000_0000_0000
private let ulp: UInt64 = 1
private let sign: UInt64 = 1 << 63
private let infinity: UInt64 = 0x7FF0_0000_0000_0000
private let largest: UInt64 = 0x7FEF_FFFF_FFFF_FFFF
private let smallestNormal: UInt64 = 0x0010_0000_0000_0000
private let canonical: UInt64 = 0x7FF8_0000_0000_0000
private let quietNaN: UInt64 = 0xFFF8_0000_0000_1234
private let signalingNaN: UInt64 = 0x7FF0_0000_0000_0001
/// Half a unit in the last place of 1.
private let halfUlp: UInt64 = 0x3CA0_0000_0000_0000

private let tiny: FloatFlags = [.underflow, .inexact]
private let huge: FloatFlags = [.overflow, .inexact]

private let additions: [Row] = [
  Row("1 + half an ulp", .inexact, [one, one, one, one + ulp, one + ulp]) { Float64Bits.add(one, halfUlp, $0, &$1) },
  Row("1 + ulp + half an ulp", .inexact, [one + 2, one + 1, one + 1, one + 2, one + 2]) {
    Float64Bits.add(one + ulp, halfUlp, $0, &$1)
  },
  Row(
    "-1 - half an ulp", .inexact, [sign | one, sign | one, sign | one + 1, sign | one, sign | one + 1]
  ) { Float64Bits.sub(sign | one, halfUlp, $0, &$1) },
  Row("1 - the smallest", .inexact, [one, one - 1, one - 1, one, one]) { Float64Bits.sub(one, 1, $0, &$1) },
  Row("1 + -1", [], [0, 0, sign, 0, 0]) { Float64Bits.add(one, sign | one, $0, &$1) },
  Row("0 + -0", [], [0, 0, sign, 0, 0]) { Float64Bits.add(0, sign, $0, &$1) },
  Row("0 - 0", [], [0, 0, sign, 0, 0]) { Float64Bits.sub(0, 0, $0, &$1) },
  Row("-0 + -0", [], sign) { Float64Bits.add(sign, sign, $0, &$1) },
  Row("-0 - +0", [], sign) { Float64Bits.sub(sign, 0, $0, &$1) },
  Row("subnormal sum", [], 2) { Float64Bits.add(1, 1, $0, &$1) },
  Row("subnormal to normal", [], smallestNormal) { Float64Bits.add(smallestNormal - 1, 1, $0, &$1) },
  Row("normal to subnormal", [], smallestNormal - 1) { Float64Bits.sub(smallestNormal, 1, $0, &$1) },
  Row("largest + largest", huge, [infinity, largest, largest, infinity, infinity]) {
    Float64Bits.add(largest, largest, $0, &$1)
  },
  Row(
    "-largest - largest", huge,
    [sign | infinity, sign | largest, sign | infinity, sign | largest, sign | infinity]
  ) { Float64Bits.sub(sign | largest, largest, $0, &$1) },
  Row(
    "largest + half its ulp",
    [
      Outcome(infinity, huge), Outcome(largest, .inexact), Outcome(largest, .inexact), Outcome(infinity, huge),
      Outcome(infinity, huge),
    ]
  ) { Float64Bits.add(largest, 0x7C90_0000_0000_0000, $0, &$1) },
  Row("infinity + -infinity", .invalid, canonical) { Float64Bits.add(infinity, sign | infinity, $0, &$1) },
  Row("infinity - infinity", .invalid, canonical) { Float64Bits.sub(infinity, infinity, $0, &$1) },
  Row("infinity + infinity", [], infinity) { Float64Bits.add(infinity, infinity, $0, &$1) },
  Row("1 - infinity", [], sign | infinity) { Float64Bits.sub(one, infinity, $0, &$1) },
  Row("quiet NaN + 1", [], canonical) { Float64Bits.add(quietNaN, one, $0, &$1) },
  Row("1 - signaling NaN", .invalid, canonical) { Float64Bits.sub(one, signalingNaN, $0, &$1) },
  Row("infinity + quiet NaN", [], canonical) { Float64Bits.add(infinity, quietNaN, $0, &$1) },
]

private let products: [Row] = [
  Row("(1 + ulp)^2", .inexact, [one + 2, one + 2, one + 2, one + 3, one + 2]) {
    Float64Bits.mul(one + 1, one + 1, $0, &$1)
  },
  Row("-1 * 0", [], sign) { Float64Bits.mul(sign | one, 0, $0, &$1) },
  Row("0 * infinity", .invalid, canonical) { Float64Bits.mul(0, sign | infinity, $0, &$1) },
  Row("-1 * infinity", [], sign | infinity) { Float64Bits.mul(sign | one, infinity, $0, &$1) },
  Row("0 * quiet NaN", [], canonical) { Float64Bits.mul(0, quietNaN, $0, &$1) },
  Row("infinity * signaling NaN", .invalid, canonical) { Float64Bits.mul(infinity, signalingNaN, $0, &$1) },
  Row("largest * 2", huge, [infinity, largest, largest, infinity, infinity]) {
    Float64Bits.mul(largest, 0x4000_0000_0000_0000, $0, &$1)
  },
  Row("smallest / 2", tiny, [0, 0, 0, 1, 1]) { Float64Bits.mul(1, 0x3FE0_0000_0000_0000, $0, &$1) },
  Row("-smallest / 2", tiny, [sign, sign, sign | 1, sign, sign | 1]) {
    Float64Bits.mul(sign | 1, 0x3FE0_0000_0000_0000, $0, &$1)
  },
  Row("smallest * smallest", tiny, [0, 0, 0, 1, 0]) { Float64Bits.mul(1, 1, $0, &$1) },
  Row("exact subnormal", [], smallestNormal >> 1) {
    Float64Bits.mul(smallestNormal, 0x3FE0_0000_0000_0000, $0, &$1)
  },
  // 2^-1022 (1 - 2^-53): 53 digits hold it, so it is tiny in every mode although it may round to the smallest normal.
  Row(
    "tiny, rounds to normal", tiny,
    [smallestNormal, smallestNormal - 1, smallestNormal - 1, smallestNormal, smallestNormal]
  ) { Float64Bits.mul(smallestNormal, one - 1, $0, &$1) },
  // 2^-1022 (1 - 2^-104): tiny only when 53 digits round it down.
  Row(
    "tininess is judged after rounding",
    [
      Outcome(smallestNormal, .inexact), Outcome(smallestNormal - 1, tiny), Outcome(smallestNormal - 1, tiny),
      Outcome(smallestNormal, .inexact), Outcome(smallestNormal, .inexact),
    ]
  ) { Float64Bits.mul(one + 1, smallestNormal - 1, $0, &$1) },
  Row(
    "tininess is judged after rounding, binary32",
    [
      Outcome(0x0080_0000, .inexact), Outcome(0x007F_FFFF, tiny), Outcome(0x007F_FFFF, tiny),
      Outcome(0x0080_0000, .inexact), Outcome(0x0080_0000, .inexact),
    ]
  ) { UInt64(Float32Bits.mul(0x3F80_0001, 0x007F_FFFF, $0, &$1)) },
]

private let quotientsAndRoots: [Row] = [
  Row(
    "1 / 3", .inexact,
    [
      0x3FD5_5555_5555_5555, 0x3FD5_5555_5555_5555, 0x3FD5_5555_5555_5555, 0x3FD5_5555_5555_5556,
      0x3FD5_5555_5555_5555,
    ]
  ) { Float64Bits.div(one, 0x4008_0000_0000_0000, $0, &$1) },
  Row("6 / 3", [], 0x4000_0000_0000_0000) {
    Float64Bits.div(0x4018_0000_0000_0000, 0x4008_0000_0000_0000, $0, &$1)
  },
  Row("1 / -0", .divideByZero, sign | infinity) { Float64Bits.div(one, sign, $0, &$1) },
  Row("0 / 0", .invalid, canonical) { Float64Bits.div(0, sign, $0, &$1) },
  Row("infinity / 0", [], infinity) { Float64Bits.div(infinity, 0, $0, &$1) },
  Row("infinity / infinity", .invalid, canonical) { Float64Bits.div(infinity, infinity, $0, &$1) },
  Row("-1 / infinity", [], sign) { Float64Bits.div(sign | one, infinity, $0, &$1) },
  Row("0 / -1", [], sign) { Float64Bits.div(0, sign | one, $0, &$1) },
  Row("signaling NaN / 0", .invalid, canonical) { Float64Bits.div(signalingNaN, 0, $0, &$1) },
  Row("smallest / largest", tiny, [0, 0, 0, 1, 0]) { Float64Bits.div(1, largest, $0, &$1) },
  Row("largest / smallest", huge, [infinity, largest, largest, infinity, infinity]) {
    Float64Bits.div(largest, 1, $0, &$1)
  },
  Row(
    "square root of 2", .inexact,
    [
      0x3FF6_A09E_667F_3BCD, 0x3FF6_A09E_667F_3BCC, 0x3FF6_A09E_667F_3BCC, 0x3FF6_A09E_667F_3BCD,
      0x3FF6_A09E_667F_3BCD,
    ]
  ) { Float64Bits.sqrt(0x4000_0000_0000_0000, $0, &$1) },
  Row("square root of 4", [], 0x4000_0000_0000_0000) { Float64Bits.sqrt(0x4010_0000_0000_0000, $0, &$1) },
  Row("square root of the smallest", [], 0x1E60_0000_0000_0000) { Float64Bits.sqrt(1, $0, &$1) },
  Row("square root of 1 - ulp", .inexact, [one - 1, one - 1, one - 1, one, one - 1]) {
    Float64Bits.sqrt(one - 1, $0, &$1)
  },
  Row("square root of -0", [], sign) { Float64Bits.sqrt(sign, $0, &$1) },
  Row("square root of -1", .invalid, canonical) { Float64Bits.sqrt(sign | one, $0, &$1) },
  Row("square root of -infinity", .invalid, canonical) { Float64Bits.sqrt(sign | infinity, $0, &$1) },
  Row("square root of infinity", [], infinity) { Float64Bits.sqrt(infinity, $0, &$1) },
  Row("square root of a negative quiet NaN", [], canonical) { Float64Bits.sqrt(quietNaN, $0, &$1) },
  Row("square root of a signaling NaN", .invalid, canonical) { Float64Bits.sqrt(signalingNaN, $0, &$1) },
]

private let fused: [Row] = [
  Row("(1 + 2u)(1 - 2u) - 1 has one rounding", [], 0xB970_0000_0000_0000) {
    Float64Bits.fma(one + 1, one - 2, sign | one, $0, &$1)
  },
  Row("1 * 1 + smallest", .inexact, [one, one, one, one + 1, one]) { Float64Bits.fma(one, one, 1, $0, &$1) },
  Row("1 * 1 - smallest", .inexact, [one, one - 1, one - 1, one, one]) {
    Float64Bits.fma(one, one, sign | 1, $0, &$1)
  },
  Row("smallest * smallest + 1", .inexact, [one, one, one, one + 1, one]) { Float64Bits.fma(1, 1, one, $0, &$1) },
  Row("1 * 1 + -1", [], [0, 0, sign, 0, 0]) { Float64Bits.fma(one, one, sign | one, $0, &$1) },
  Row("-0 * 1 + -0", [], sign) { Float64Bits.fma(sign, one, sign, $0, &$1) },
  Row("-0 * 1 + 0", [], [0, 0, sign, 0, 0]) { Float64Bits.fma(sign, one, 0, $0, &$1) },
  Row("0 * 1 + smallest", [], 1) { Float64Bits.fma(0, one, 1, $0, &$1) },
  Row("underflow to zero keeps the sign", tiny, [sign, sign, sign | 1, sign, sign]) {
    Float64Bits.fma(sign | 1, 1, 0, $0, &$1)
  },
  Row("infinity * 0 + quiet NaN", .invalid, canonical) { Float64Bits.fma(infinity, 0, quietNaN, $0, &$1) },
  Row("0 * infinity + 1", .invalid, canonical) { Float64Bits.fma(0, infinity, one, $0, &$1) },
  Row("infinity * 1 + quiet NaN", [], canonical) { Float64Bits.fma(infinity, one, quietNaN, $0, &$1) },
  Row("1 * 1 + signaling NaN", .invalid, canonical) { Float64Bits.fma(one, one, signalingNaN, $0, &$1) },
  Row("infinity * 1 - infinity", .invalid, canonical) {
    Float64Bits.fma(infinity, one, sign | infinity, $0, &$1)
  },
  Row("infinity * -1 - infinity", [], sign | infinity) {
    Float64Bits.fma(infinity, sign | one, sign | infinity, $0, &$1)
  },
  Row("largest * largest - infinity", [], sign | infinity) {
    Float64Bits.fma(largest, largest, sign | infinity, $0, &$1)
  },
  Row("largest * 2 - largest", [], largest) {
    Float64Bits.fma(largest, 0x4000_0000_0000_0000, sign | largest, $0, &$1)
  },
  // 1 + 2^-24 + 2^-60: above half-way by less than binary64 can see.
  Row(
    "binary32, just above half-way", .inexact,
    [0x3F80_0001, 0x3F80_0000, 0x3F80_0000, 0x3F80_0001, 0x3F80_0001]
  ) { UInt64(Float32Bits.fma(0x3F80_0800, 0x337F_F001, 0x3F80_0000, $0, &$1)) },
]

@Suite struct ArithmeticCornerTests {
  @Test(arguments: additions + products + quotientsAndRoots + fused)
  private func eachModeGivesItsValueAndFlags(_ row: Row) {
    let outcomes = RoundingMode.allCases.map { mode in Outcome { row.operation(mode, &$0) } }
    #expect(outcomes == row.outcomes)
  }

  @Test func flagsAccumulate() {
    var flags: UInt8 = 0
    _ = Float64Bits.div(one, 0, .nearestEven, &flags)
    _ = Float64Bits.add(one, 1, .nearestEven, &flags)
    _ = Float64Bits.add(one, one, .nearestEven, &flags)
    #expect(FloatFlags(rawValue: flags) == [.divideByZero, .inexact])
  }

  @Test func flagsAndModesHaveTheBitsOfTheControlRegister() {
    #expect(FloatFlags.inexact.rawValue == 1 && FloatFlags.underflow.rawValue == 2)
    #expect(FloatFlags.overflow.rawValue == 4 && FloatFlags.divideByZero.rawValue == 8)
    #expect(FloatFlags.invalid.rawValue == 16)
    #expect(RoundingMode.allCases.map(\.rawValue) == [0, 1, 2, 3, 4])
    #expect(RoundingMode(rawValue: 5) == nil && RoundingMode(rawValue: 7) == nil)
  }
}
