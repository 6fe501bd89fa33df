import Testing

@testable import Export

@Suite struct CommitLogReaderTests {
  /// All entries of `text`, read in pieces of `pieceBytes`.
  private func read(_ text: String, pieceBytes: Int = 7) throws -> [CommitLogEntry] {
    var rest = Array(text.utf8)[...]
    var reader = CommitLogReader {
      defer { rest = rest.dropFirst(pieceBytes) }
      return Array(rest.prefix(pieceBytes))
    }
    var entries: [CommitLogEntry] = []
    while let entry = try reader.next() { entries.append(entry) }
    return entries
  }

  private func error(_ text: String) -> CommitLogError? {
    do {
      _ = try read(text)
      return nil
    } catch {
      return error as? CommitLogError
    }
  }

  @Test func aLineOfSpikeIsRead() throws {
    let line = "core   0: 3 0x0000000080000000 (0x00000297) x5  0x0000000080000000\n"
    let entries = try read(line)
    #expect(
      entries == [
        CommitLogEntry(
          line: 1, hart: 0, mode: 3, pc: 0x8000_0000, bits: 0x297, byteCount: 4,
          registers: [.init(number: 5, value: 0x8000_0000)])
      ])
  }

  @Test func registersAccessesAndShortInstructionsAreRead() throws {
    let entries = try read(
      """
      core   0: 1 0xffffffff80000000 (0x4501) x10 0x0000000000000000\r

      core   0: 0 0x0000000000010000 (0x0005b787) c768_mstatus 0x8000000a00006000 f15 0x3ff0000000000000 mem 0x100f0
      core   3: 3 0x0000000080000004 (0x00b53023) mem 0x0000000080001000 0x0123456789abcdef
      core   0: 3 0x0000000080000008 (0x0ab5202f) mem 0x0000000080001000 mem 0x0000000080001000 0x00000001
      """)
    #expect(entries.count == 4)
    #expect(entries[0].byteCount == 2 && entries[0].registers == [.init(number: 10, value: 0)])
    #expect(
      entries[1].registers == [
        .init(number: 65 + 768, value: 0x8000_000a_0000_6000), .init(number: 33 + 15, value: 0x3ff0_0000_0000_0000),
      ])
    #expect(entries[1].accesses == [.init(address: 0x100f0)])
    #expect(
      entries[2].hart == 3 && entries[2].accesses == [.init(address: 0x8000_1000, stored: (0x0123_4567_89ab_cdef, 8))])
    #expect(entries[3].accesses.count == 2 && entries[3].accesses[1].stored?.byteCount == 4)
    #expect(entries.map(\.line) == [1, 3, 4, 5])
  }

  @Test func whatSpikeAddsWithDisassemblyIsPassedOver() throws {
    let entries = try read(
      """
      core   0: 0x0000000000001000 (0x00000297) auipc   t0, 0x0
      core   0: 3 0x0000000000001000 (0x00000297) x5  0x0000000000001000
      core   0: >>>>  _start
      core   0: exception trap_machine_ecall, epc 0x0000000080000010
      core   0:           tval 0x0000000000000000
      """)
    #expect(entries.count == 1)
  }

  @Test(arguments: [
    ("hello\n", "'core'"), ("core   0: 9 0x0 (0x0000)\n", "privilege mode"),
    ("core   0: 3 80000000 (0x0000)\n", "address of the instruction"),
    ("core   0: 3 0x80000000 (0x000)\n", "bits of the instruction"),
    ("core   0: 3 0x80000000 (0x00000013) x32 0x0\n", "x0 to x31"),
    ("core   0: 3 0x80000000 (0x00000013) x5\n", "the value of x5"),
    ("core   0: 3 0x80000000 (0x00000013) x5 0x00000000000000000\n", "the value of x5"),
    ("core   0: 3 0x80000000 (0x00000013) x5 0x+1\n", "the value of x5"),
    ("core   0: 3 0x80000000 (0x00000013) mem\n", "an address"),
    ("core   0: 3 0x80000000 (0x00000013) mem 0x80 0x123\n", "2, 4, 8 or 16 digits"),
    ("core   0: 3 0x80000000 (0x00000013) v5 0x0\n", "'v5'"), ("core -1: 3 0x0 (0x0000)\n", "number of a hart"),
    ("core   0: 3 0x0000000080000000 (0x000002", "bits of the instruction"),
  ])
  func aLineThatIsNoneIsAnErrorWithItsNumber(_ line: String, _ message: String) throws {
    let good = "core   0: 3 0x0000000080000000 (0x00000297) x5  0x0000000080000000\n"
    let found = try #require(error(good + line))
    #expect(found.line == 2)
    #expect(found.message.contains(message), "\(found)")
  }

  @Test func hugeLinesAndGarbageAreRefusedWithoutBeingKept() {
    #expect(error(String(repeating: "x", count: 1 << 20))?.message.contains("longer than") == true)
    #expect(error("core   0: 3 0x0 (0x0001)" + String(repeating: " mem 0x1", count: 400) + "\n")?.line == 1)
    var reader = CommitLogReader { [0xff, 0xfe, 0x0a] }
    #expect(throws: CommitLogError.self) { try reader.next() }
    // A source that never ends and never has an end of line is read no further than a line may be long.
    var pieceCount = 0
    var endless = CommitLogReader {
      pieceCount += 1
      return [UInt8](repeating: 32, count: 1000)
    }
    #expect(throws: CommitLogError.self) { try endless.next() }
    #expect(pieceCount <= 5)
  }
}
