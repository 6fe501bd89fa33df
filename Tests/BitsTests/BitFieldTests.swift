import Bits
import Support
import Testing

@Suite struct BitFieldTests {
  @Test func aFieldIsCutOutOfEveryByteAtEveryPlace() {
    #expect(firstWrongField { $0.bits($1, $2) } == nil)
  }

  /// The check itself: each of these cuts wrongly at one edge only.
  @Test func aWrongCutIsNoticed() {
    #expect(firstWrongField { value, low, _ in value &>> UInt8(low) } != nil)
    #expect(firstWrongField { ($0 &>> UInt8($1)) & ((1 << UInt8($2)) &- 1 | ($2 == 7 ? 0x80 : 0)) } != nil)
    #expect(firstWrongField { $2 == 8 ? 0 : $0.bits($1, $2) } != nil)
  }

  @Test func fieldsOfSixtyFourBitsReachBothEnds() {
    let value: UInt64 = 0x8000_0000_0000_0001
    #expect(value.bits(0, 64) == value)
    #expect(value.bits(0, 1) == 1)
    #expect(value.bits(1, 1) == 0)
    #expect(value.bits(63, 1) == 1)
    #expect(value.bits(1, 63) == 0x4000_0000_0000_0000)
    #expect(value.bits(0, 63) == 1)
    #expect(value.bits(62, 2) == 2)
  }

  @Test func fieldsOfSignedValuesAreNotSigned() {
    #expect(Int64(-1).bits(63, 1) == 1)
    #expect(Int64(-1).bits(32, 32) == 0xffff_ffff)
    #expect(Int32.min.bits(30, 2) == 2)
    #expect(Int64.min.bits(0, 64) == .min)
  }

  @Test func aSingleBitIsTold() {
    for index in 0..<64 {
      let value = UInt64(1) << UInt64(index)
      #expect((0..<64).filter { value.bit($0) } == [index])
      #expect((0..<64).filter { !(~value).bit($0) } == [index])
    }
    #expect(Int8.min.bit(7) && !Int8.min.bit(6))
  }

  @Test func lowBitsAreOnesUpToTheirCount() {
    for count in 1...64 {
      #expect(UInt64.lowBits(count).nonzeroBitCount == count)
      #expect(UInt64.lowBits(count).trailingZeroBitCount == 0)
      #expect(UInt64.lowBits(count).leadingZeroBitCount == 64 - count)
    }
    #expect(UInt8.lowBits(8) == 0xff)
    #expect(UInt32.lowBits(31) == 0x7fff_ffff)
    #expect(Int64.lowBits(64) == -1)
  }

  @Test func replacingTakesTheMaskedBitsOnly() {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<200 {
      let (old, mask, new) = (generator.next(), generator.next(), generator.next())
      let mixed = old.replacing(mask, with: new)
      for index in 0..<64 where mixed.bit(index) != (mask.bit(index) ? new : old).bit(index) {
        Issue.record("bit \(index) of \(old) replaced by \(new) under \(mask)")
      }
    }
    #expect(UInt64(5).replacing(0, with: .max) == 5)
    #expect(UInt64(5).replacing(.max, with: 9) == 9)
  }
}

@Suite struct SignExtensionTests {
  /// Bit by bit: bits from `width` up copy bit `width - 1`.
  private func slow(_ value: UInt64, _ width: Int) -> UInt64 {
    var result: UInt64 = 0
    for index in 0..<64 where value.bit(min(index, width - 1)) { result |= 1 << UInt64(index) }
    return result
  }

  private func firstWrong(_ extend: (UInt64, Int) -> UInt64) -> String? {
    var generator = SeededGenerator(seed: 2)
    for width in 1...64 {
      let top = UInt64(1) << UInt64(width - 1)
      for value in [0, .max, top, top - 1, ~top, generator.next(), generator.next()]
      where extend(value, width) != slow(value, width) {
        return "\(value) from \(width) bits"
      }
    }
    return nil
  }

  @Test func everyWidthCopiesItsTopBit() {
    #expect(firstWrong { $0.signExtended(from: $1) } == nil)
    #expect(UInt64(1).signExtended(from: 1) == .max)
    #expect(UInt64(0xfffe).signExtended(from: 1) == 0)
    #expect(UInt64(0x800).signExtended(from: 12) == 0xffff_ffff_ffff_f800)
    #expect(UInt64(0x8000_0000_0000_0000).signExtended(from: 64) == 0x8000_0000_0000_0000)
  }

  /// The check itself.
  @Test func aWrongExtensionIsNoticed() {
    #expect(firstWrong { value, _ in value } != nil)
    #expect(firstWrong { $1 == 1 ? $0 & 1 : $0.signExtended(from: $1) } != nil)
    #expect(firstWrong { $1 == 64 ? $0 & .max >> 1 : $0.signExtended(from: $1) } != nil)
  }
}

@Suite struct RoundedUpTests {
  @Test func everyByteIsRoundedToEveryAlignmentThatFits() {
    for shift in 0..<8 as Range<UInt8> {
      let alignment = UInt8(1) << shift
      for value in 0...UInt8.max {
        let multiple = (Int(value)...512).first { $0 % Int(alignment) == 0 } ?? 512
        #expect(value.roundedUp(to: alignment) == UInt8(exactly: multiple), "\(value) to \(alignment)")
      }
    }
  }

  @Test func theLastMultipleFitsAndNothingPastIt() {
    #expect(UInt64.max.roundedUp(to: 1) == .max)
    #expect(UInt64.max.roundedUp(to: 2) == nil)
    #expect((UInt64.max - 1).roundedUp(to: 2) == UInt64.max - 1)
    #expect((UInt64.max - 4095).roundedUp(to: 4096) == UInt64.max - 4095)
    #expect((UInt64.max - 4094).roundedUp(to: 4096) == nil)
    #expect(UInt64(1).roundedUp(to: 1 << 63) == 1 << 63)
    #expect((1 << 63 as UInt64).roundedUp(to: 1 << 63) == 1 << 63)
    #expect(((1 << 63 as UInt64) + 1).roundedUp(to: 1 << 63) == nil)
    #expect(Int.max.roundedUp(to: 8) == nil)
    #expect(UInt64(0).roundedUp(to: 4096) == 0)
  }
}

/// The first field of a byte that `cut(value, low, count)` does not cut out as counting bit by bit does.
private func firstWrongField(_ cut: (UInt8, Int, Int) -> UInt8) -> String? {
  for value in 0...UInt8.max {
    for low in 0..<8 {
      for count in 1...(8 - low) {
        var slow: UInt8 = 0
        for index in 0..<count where (Int(value) >> (low + index)) % 2 == 1 { slow += 1 << UInt8(index) }
        if cut(value, low, count) != slow { return "\(count) bits of \(value) from bit \(low)" }
      }
    }
  }
  return nil
}
