import Bits
import Support
import Testing

@Suite struct LittleEndianTests {
  private let bytes = (1...20).map { UInt8($0 * 13 & 0xff) }

  /// The value at `offset` put together by multiplication, or `nil` when a byte of it is missing.
  private func slow<Value: FixedWidthInteger>(_ type: Value.Type, _ bytes: [UInt8], _ offset: Int) -> Value? {
    let size = Value.bitWidth / 8
    guard (0...bytes.count).contains(offset), bytes.count - offset >= size else { return nil }
    var value: UInt64 = 0
    for byte in bytes[offset..<offset + size].reversed() { value = value &* 256 &+ UInt64(byte) }
    return Value(truncatingIfNeeded: value)
  }

  private func check<Value: FixedWidthInteger>(_ type: Value.Type) {
    for count in 0...bytes.count {
      let some = Array(bytes.prefix(count))
      for offset in -9...30 {
        #expect(some.littleEndian(type, at: offset) == slow(type, some, offset), "\(type) at \(offset) of \(count)")
      }
    }
  }

  @Test func everyOffsetInsideIsReadAndNoneOutside() {
    check(UInt8.self)
    check(UInt16.self)
    check(UInt32.self)
    check(UInt64.self)
    check(Int8.self)
    check(Int16.self)
    check(Int32.self)
    check(Int64.self)
  }

  @Test func offsetsAtTheEndsOfTheNumbersAreOutside() {
    #expect(bytes.littleEndian(UInt64.self, at: .max) == nil)
    #expect(bytes.littleEndian(UInt64.self, at: .min) == nil)
    #expect(bytes.littleEndian(UInt8.self, at: .max) == nil)
    #expect([UInt8]().littleEndian(UInt8.self, at: 0) == nil)
  }

  @Test func aSliceIsReadFromItsOwnStart() {
    let slice = bytes[5..<12]
    for offset in -1...8 {
      #expect(
        slice.littleEndian(UInt32.self, at: offset) == slow(UInt32.self, Array(slice), offset), "offset \(offset)")
    }
    // Bytes on both sides of the slice exist, and are not read.
    #expect(slice.littleEndian(UInt32.self, at: 4) == nil)
    #expect(slice.littleEndian(UInt8.self, at: -1) == nil)
  }

  @Test func theLeastSignificantByteComesFirst() {
    var written: [UInt8] = [0xee]
    written.appendLittleEndian(UInt32(0x0102_0304))
    written.appendLittleEndian(UInt8(5))
    written.appendLittleEndian(Int16(-2))
    #expect(written == [0xee, 4, 3, 2, 1, 5, 0xfe, 0xff])
    #expect(written.littleEndian(UInt32.self, at: 1) == 0x0102_0304)
  }

  @Test func whatIsAppendedIsReadBack() {
    var generator = SeededGenerator(seed: 3)
    for value in [0, 1, .max, 1 << 63, generator.next(), generator.next()] {
      var written: [UInt8] = []
      written.appendLittleEndian(value)
      written.appendLittleEndian(Int64(bitPattern: value))
      written.appendLittleEndian(UInt16(truncatingIfNeeded: value))
      #expect(written.count == 18)
      #expect(written.littleEndian(UInt64.self, at: 0) == value)
      #expect(written.littleEndian(Int64.self, at: 8) == Int64(bitPattern: value))
      #expect(written.littleEndian(UInt16.self, at: 16) == UInt16(truncatingIfNeeded: value))
    }
  }
}
