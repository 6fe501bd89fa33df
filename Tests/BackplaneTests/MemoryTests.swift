import Backplane
import Testing

@Suite struct MemoryTests {
  /// Two pages of ROM at 0x1000 and three of RAM at 0x8000_0000.
  private func memory() throws -> Memory {
    try #require(Memory(romBase: 0x1000, romSize: 0x2000, ramBase: 0x8000_0000, ramSize: 0x3000))
  }

  @Test func startsAsZerosWithROMMarked() throws {
    let memory = try memory()
    #expect(memory.pageCount == 5)
    #expect(memory.read(0x1000, count: 0x2000) == Array(repeating: 0, count: 0x2000))
    #expect(memory.read(0x8000_0000, count: 0x3000) == Array(repeating: 0, count: 0x3000))
    let readOnly = Memory.PageFlags.readOnly
    #expect((0..<5).map { memory.flags[$0] } == [readOnly, readOnly, 0, 0, 0])
  }

  @Test func addressesAreFoundUpToTheEdgesOfEachRegion() throws {
    let memory = try memory()
    // Address, count, offset.
    for (address, count, offset) in [
      (0xfff, 1, nil), (0xfff, 2, nil), (0x1000, 1, 0), (0x1000, 0x2000, 0), (0x1000, 0x2001, nil),
      (0x1fff, 2, 0xfff), (0x2fff, 1, 0x1fff), (0x2fff, 2, nil), (0x3000, 1, nil), (0, 1, nil), (0, .max, nil),
      (0x7fff_ffff, 1, nil), (0x7fff_ffff, 2, nil), (0x8000_0000, 8, 0x2000), (0x8000_0000, 0x3000, 0x2000),
      (0x8000_0000, 0x3001, nil), (0x8000_2ff8, 8, 0x4ff8), (0x8000_2ff9, 8, nil), (0x8000_2fff, 1, 0x4fff),
      (0x8000_2fff, 2, nil), (0x8000_3000, 1, nil), (0x8000_0000, .max, nil), (.max, 1, nil), (.max, .max, nil),
    ] as [(UInt64, UInt64, UInt64?)] {
      #expect(memory.offset(of: address, count: count) == offset, "\(count) bytes at \(address)")
    }
  }

  @Test func nothingStraddlesRegionsThatTouch() throws {
    let memory = try #require(Memory(romBase: 0x1000, romSize: 0x1000, ramBase: 0x2000, ramSize: 0x1000))
    #expect(memory.offset(of: 0x1ffc, count: 4) == 0xffc)
    #expect(memory.offset(of: 0x1ffd, count: 4) == nil)
    #expect(memory.offset(of: 0x2000, count: 4) == 0x1000)
    #expect(memory.read(0x1fff, count: 2) == nil)
    #expect(!memory.write(0x1fff, [1, 2]))
    #expect(memory.read(0x1fff, count: 1) == [0] && memory.read(0x2000, count: 1) == [0])
  }

  @Test func memoryAtTheTopOfTheAddressSpaceEndsThere() throws {
    let base = UInt64.max - 0xfff
    let memory = try #require(Memory(romBase: 0, romSize: 0, ramBase: base, ramSize: 0x1000))
    #expect(memory.offset(of: .max, count: 1) == 0xfff)
    #expect(memory.offset(of: .max, count: 2) == nil)
    #expect(memory.offset(of: 0, count: 1) == nil)
    #expect(memory.address(ofPage: 0) == base)
  }

  @Test func pagesAreNumberedFromROMOn() throws {
    let memory = try memory()
    #expect((0..<5).map { memory.address(ofPage: $0) } == [0x1000, 0x2000, 0x8000_0000, 0x8000_1000, 0x8000_2000])
    for index in 0..<5 {
      #expect(memory.offset(of: memory.address(ofPage: index), count: 4096) == UInt64(index) * 4096)
    }
  }

  @Test func whatIsWrittenIsReadBackAndNothingElseChanges() throws {
    let memory = try memory()
    #expect(memory.write(0x8000_0ffe, [1, 2, 3, 4]))
    #expect(memory.write(0x2fff, [9]))
    #expect(memory.read(0x8000_0ffd, count: 6) == [0, 1, 2, 3, 4, 0])
    #expect(memory.read(0x2ffe, count: 2) == [0, 9])
    #expect(memory.read(0x8000_0000, count: 1) == [0])
    #expect(memory.base.load(fromByteOffset: 0x2ffe, as: UInt8.self) == 1)
  }

  @Test func aRefusedWriteChangesNothing() throws {
    let memory = try memory()
    let before = (memory.save(), memory.generation)
    #expect(!memory.write(0x8000_2fff, [1, 2]))
    #expect(!memory.write(0x3000, [1]))
    #expect(!memory.write(0x2fff, [1, 2]))
    #expect(!memory.write(.max, [1, 2]))
    #expect(memory.save() == before.0 && memory.generation == before.1)
    #expect((2..<5).allSatisfy { memory.flags[$0] == 0 })
  }

  @Test func nothingIsReadWrittenOrCountedForNoBytes() throws {
    let memory = try memory()
    #expect(memory.read(0x8000_2fff, count: 0) == [])
    #expect(memory.read(0x8000_0000, count: -1) == nil)
    #expect(memory.read(0x8000_0000, count: .max) == nil)
    #expect(memory.write(0x8000_0000, []))
    #expect(memory.generation == 0 && memory.flags[2] == 0)
  }

  @Test func writtenPagesAreMarkedAndKeepTheirOtherMarks() throws {
    let memory = try memory()
    let flags = Memory.PageFlags.self
    memory.flags[3] |= flags.code | flags.pageTable
    memory.write(0x2ffe, [1, 2])
    memory.write(0x8000_0fff, [1, 2])
    #expect(
      (0..<5).map { memory.flags[$0] } == [
        flags.readOnly, flags.readOnly | flags.written, flags.written, flags.written | flags.code | flags.pageTable, 0,
      ])
    _ = memory.digest()
    #expect(
      (0..<5).map { memory.flags[$0] } == [flags.readOnly, flags.readOnly, 0, flags.code | flags.pageTable, 0])
  }

  @Test func writesFromOutsideChangeTheGeneration() throws {
    let memory = try memory()
    memory.write(0x8000_0000, [1])
    let first = memory.generation
    // The same byte again: engines may have cached either.
    memory.write(0x8000_0000, [1])
    #expect(first != 0 && memory.generation != first)
    let second = memory.generation
    // A hart's own store, and looking, change nothing.
    memory.markWritten(2)
    _ = memory.digest()
    _ = memory.save()
    _ = memory.read(0x8000_0000, count: 8)
    #expect(memory.generation == second)
    memory.restore(memory.save())
    #expect(memory.generation != second)
  }

  @Test func permissionToWriteEndsWithTheDigestThatClearedTheMarks() throws {
    let memory = try memory()
    let start = memory.writeEpoch
    _ = memory.digest()
    #expect(memory.writeEpoch == start)
    memory.markWritten(3)
    #expect(memory.writeEpoch == start)
    _ = memory.digest()
    let first = memory.writeEpoch
    #expect(first != start)
    _ = memory.digest()
    #expect(memory.writeEpoch == first)
    memory.restore(memory.save())
    #expect(memory.writeEpoch != first)
  }

  @Test func memoryComesInWholePages() async {
    await #expect(processExitsWith: .failure) { _ = Memory(romBase: 0, romSize: 0, ramBase: 0, ramSize: 4095) }
    await #expect(processExitsWith: .failure) { _ = Memory(romBase: 8, romSize: 4096, ramBase: 0, ramSize: 4096) }
    await #expect(processExitsWith: .failure) { _ = Memory(romBase: 0, romSize: 4096, ramBase: 0, ramSize: 0) }
    await #expect(processExitsWith: .success) { _ = Memory(romBase: 0, romSize: 0, ramBase: 0, ramSize: 4096) }
  }

  @Test func memoryThatNoHostHasIsRefused() {
    for size in [1 << 62, 1 << 63, UInt64.max - 4095] {
      #expect(Memory(romBase: 0, romSize: 0, ramBase: 0, ramSize: size) == nil)
      #expect(Memory(romBase: 0, romSize: size, ramBase: 0, ramSize: 1 << 63) == nil)
    }
  }
}
