/// What registers and memory hold before a program: random, with a bias to the values at which arithmetic turns.
struct StartingValues {
  private var random: SeededGenerator
  /// Most doubles and singles of one program are near one another: sums of far apart numbers seldom round in any
  /// interesting way, and products of extreme ones only overflow.
  private let doubleExponent: UInt64
  private let singleExponent: UInt64

  init(random: SeededGenerator) {
    self.random = random
    doubleExponent = UInt64(self.random.number(in: 1...2046))
    singleExponent = UInt64(self.random.number(in: 1...254))
  }

  /// A value for an integer register or a doubleword of memory.
  mutating func integer() -> UInt64 {
    switch random.below(8) {
    case 0: UInt64(random.below(16))
    case 1: 0 &- UInt64(random.below(16))
    case 2: random.pick(Self.integerCorners)
    case 3: 1 << UInt64(random.below(64))
    case 4: (1 << UInt64(random.below(64))) &- 1
    case 5: UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: random.next())))
    default: random.next()
    }
  }

  /// A value for a floating-point register: a double, a single in its NaN box, or a single whose box is broken.
  mutating func float() -> UInt64 {
    switch random.below(16) {
    case 0...7: double()
    case 8...14: single() | 0xffff_ffff_0000_0000
    default: single() | (random.next() << 32)
    }
  }

  private mutating func double() -> UInt64 {
    switch random.below(8) {
    case 0, 1: return random.pick(Self.doubleCorners) ^ (random.next() & (1 << 63))
    case 2: return random.next()
    case 3: return (random.next() & (1 << 63)) | (UInt64(random.number(in: 1020...1090)) << 52) | roundFraction(52)
    default:
      let exponent = min(max(Int(doubleExponent) + random.number(in: -2...2), 0), 2046)
      return (random.next() & (1 << 63)) | (UInt64(exponent) << 52) | roundFraction(52)
    }
  }

  private mutating func single() -> UInt64 {
    switch random.below(8) {
    case 0, 1: return random.pick(Self.singleCorners) ^ (random.next() & (1 << 31))
    case 2: return random.next() & 0xffff_ffff
    case 3: return (random.next() & (1 << 31)) | (UInt64(random.number(in: 124...192)) << 23) | roundFraction(23)
    default:
      let exponent = min(max(Int(singleExponent) + random.number(in: -2...2), 0), 254)
      return (random.next() & (1 << 31)) | (UInt64(exponent) << 23) | roundFraction(23)
    }
  }

  /// A fraction of `width` bits; half the time with long runs of zeros or ones, so that results lie on ties.
  private mutating func roundFraction(_ width: UInt64) -> UInt64 {
    let mask: UInt64 = (1 << width) - 1
    let low: UInt64 = (1 << UInt64(random.below(Int(width)))) - 1
    switch random.below(4) {
    case 0: return random.next() & mask & ~low
    case 1: return (random.next() | low) & mask
    default: return random.next() & mask
    }
  }

  private static let integerCorners: [UInt64] = [
    0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000,
    0x7fff_ffff_ffff_ffff, 0x8000_0000_0000_0000, 0xffff_ffff_8000_0000, 0xffff_ffff_7fff_ffff, 0xffff_ffff_ffff_ffff,
    0x5555_5555_5555_5555, 0xaaaa_aaaa_aaaa_aaaa,
  ]

  /// Zero, subnormals, the normal range's ends, infinity, NaNs, and the ends of the integer types and their neighbours.
  private static let doubleCorners: [UInt64] = [
    0, 1, 2, 0x000f_ffff_ffff_ffff, 0x0010_0000_0000_0000, 0x0010_0000_0000_0001, 0x7fef_ffff_ffff_ffff,
    0x7ff0_0000_0000_0000, 0x7ff8_0000_0000_0000, 0x7ff0_0000_0000_0001, 0x7fff_ffff_ffff_ffff,
    0x3ff0_0000_0000_0000, 0x3fe0_0000_0000_0000, 0x3fdf_ffff_ffff_ffff, 0x4000_0000_0000_0000,
    0x41df_ffff_ffc0_0000, 0x41e0_0000_0000_0000, 0x41ef_ffff_ffe0_0000, 0x41f0_0000_0000_0000,
    0x43df_ffff_ffff_ffff, 0x43e0_0000_0000_0000, 0x43ef_ffff_ffff_ffff, 0x43f0_0000_0000_0000,
    0x3690_0000_0000_0000, 0x36a0_0000_0000_0000, 0x380f_ffff_ffff_ffff, 0x3810_0000_0000_0000,
    0x47ef_ffff_e000_0000, 0x47ef_ffff_f000_0000, 0x47f0_0000_0000_0000,
  ]

  private static let singleCorners: [UInt64] = [
    0, 1, 2, 0x007f_ffff, 0x0080_0000, 0x0080_0001, 0x7f7f_ffff, 0x7f80_0000, 0x7fc0_0000, 0x7f80_0001, 0x7fff_ffff,
    0x3f80_0000, 0x3f00_0000, 0x3eff_ffff, 0x4000_0000, 0x4eff_ffff, 0x4f00_0000, 0x4f7f_ffff, 0x4f80_0000,
    0x5eff_ffff, 0x5f00_0000, 0x5f7f_ffff, 0x5f80_0000,
  ]
}
