import SoftFloat

/// What an operation gave: the value, zero-extended to 64 bits, and the accrued flags.
struct Outcome: Equatable, CustomStringConvertible {
  let value: UInt64
  let flags: UInt8

  init(_ value: UInt64, _ flags: FloatFlags = []) {
    self.value = value
    self.flags = flags.rawValue
  }

  /// The outcome of `operation`, begun with `presetFlags`.
  init(presetFlags: UInt8 = 0, of operation: (inout UInt8) -> UInt64) {
    var flags = presetFlags
    value = operation(&flags)
    self.flags = flags
  }

  var description: String {
    "0x" + String(value, radix: 16) + " flags 0x" + String(flags, radix: 16)
  }
}

/// SplitMix64: the same numbers from the same seed on every host.
struct Generator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  /// 0 to `bound - 1`.
  mutating func below(_ bound: UInt64) -> UInt64 {
    next() % bound
  }
}

/// A format as the tests see it: field widths, nothing of the tested code.
struct Format {
  let fractionBits: UInt64
  let exponentBits: UInt64

  static let binary32 = Format(fractionBits: 23, exponentBits: 8)
  static let binary64 = Format(fractionBits: 52, exponentBits: 11)

  var signBit: UInt64 { 1 << (fractionBits + exponentBits) }
  var fractionMask: UInt64 { (1 << fractionBits) - 1 }
  var topExponent: UInt64 { (1 << exponentBits) - 1 }
  var bias: UInt64 { topExponent >> 1 }
  var infinity: UInt64 { topExponent << fractionBits }
  var canonicalNaN: UInt64 { infinity | 1 << (fractionBits - 1) }

  func exponentField(_ value: UInt64) -> UInt64 {
    value >> fractionBits & topExponent
  }

  func isNaN(_ value: UInt64) -> Bool {
    value & ~signBit > infinity
  }

  /// Values at which something changes, of both signs: 58 in all.
  var corners: [UInt64] {
    let one = bias << fractionBits
    let smallestNormal: UInt64 = 1 << fractionBits
    let positive: [UInt64] = [
      0, 1, 2, smallestNormal - 1, smallestNormal, smallestNormal + 1, 2 * smallestNormal - 1, 2 * smallestNormal,
      2 * smallestNormal + 1, 3 * smallestNormal, one - smallestNormal, one - 1, one, one + 1, one + 2,
      one + smallestNormal / 2, one + smallestNormal, power(31) - 1, power(31), power(32), power(63), power(64),
      power(fractionBits), power(fractionBits + 1), infinity - smallestNormal, infinity - 1, infinity, infinity + 1,
      canonicalNaN,
    ]
    return positive + positive.map { $0 | signBit }
  }

  /// Two to the power of `exponent`.
  func power(_ exponent: UInt64) -> UInt64 {
    (bias + exponent) << fractionBits
  }

  /// A random value, often a corner, often near 1 so that operands meet, often with long runs of equal digits.
  func sample(_ generator: inout Generator) -> UInt64 {
    let bits = generator.next()
    let sign = bits & 1 != 0 ? signBit : 0
    switch bits >> 1 & 7 {
    case 0:
      let all = corners
      return all[Int(generator.below(UInt64(all.count)))]
    case 1:
      return generator.next() & (signBit | (signBit - 1))
    case 2:
      return sign | generator.below(topExponent) << fractionBits | runs(&generator)
    case 3:
      return sign | generator.below(4) << fractionBits | runs(&generator)
    case 4:
      let exponent = bias / 2 + generator.below(bias)
      return sign | exponent << fractionBits | generator.next() & fractionMask
    default:
      let exponent = bias - fractionBits + generator.below(2 * fractionBits)
      return sign | exponent << fractionBits | (bits & 64 != 0 ? runs(&generator) : generator.next() & fractionMask)
    }
  }

  /// A fraction made of two runs of ones or zeros, with a bit flipped now and then.
  private func runs(_ generator: inout Generator) -> UInt64 {
    let first: UInt64 = (1 << generator.below(fractionBits + 1)) - 1
    let second: UInt64 = (1 << generator.below(fractionBits + 1)) - 1
    let flipped: UInt64 = generator.below(4) == 0 ? 1 << generator.below(fractionBits) : 0
    return (first ^ second ^ flipped) & fractionMask
  }

  /// `count` operand triples.
  func triples(_ count: Int, seed: UInt64) -> [Triple] {
    var generator = Generator(seed: seed)
    return (0..<count).map { _ in
      Triple(a: sample(&generator), b: sample(&generator), c: sample(&generator))
    }
  }
}

/// Operands of one operation; those with fewer ignore the rest.
struct Triple: CustomStringConvertible {
  let a: UInt64
  let b: UInt64
  let c: UInt64

  var description: String {
    [a, b, c].map { "0x" + String($0, radix: 16) }.joined(separator: " ")
  }
}

/// An operation on triples in either format.
typealias TripleOperation = @Sendable (Triple, RoundingMode, inout UInt8) -> UInt64

/// Where two implementations differ in value or flags, for every triple, mode and set of flags already raised.
func disagreements(
  _ triples: [Triple], modes: [RoundingMode] = RoundingMode.allCases, presetFlags: [UInt8] = [0, 1, 0x1E, 0x1F],
  _ expected: TripleOperation, _ actual: TripleOperation
) -> [String] {
  var found: [String] = []
  for triple in triples {
    for mode in modes {
      for preset in presetFlags {
        let first = Outcome(presetFlags: preset) { expected(triple, mode, &$0) }
        let second = Outcome(presetFlags: preset) { actual(triple, mode, &$0) }
        if first != second { found.append("\(triple) \(mode) preset \(preset): expected \(first), got \(second)") }
      }
    }
  }
  return found
}
