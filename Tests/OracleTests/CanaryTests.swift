import RISCV
import Support
import Testing

/// The comparison itself: that it would notice, that it says the right thing, and that what it compares is settled by
/// the seed alone.
@Suite("The comparison with QEMU notices what it should")
struct CanaryTests {
  private static let image = ProgramImage(seed: 0xca_9a27)

  /// A side on which program `index` has one wrong instruction.
  private static func wrong(_ side: Side, in index: Int) -> Side {
    Side(name: side.name + " with a planted bug") { try side.run($0.withPlantedBug(program: index)) }
  }

  @Test("One wrong instruction is reported with its program", arguments: [0, 17, 49])
  func plantedBug(index: Int) throws {
    let comparison = Comparison(image: Self.image, expected: .reprise, actual: Self.wrong(.reprise, in: index))
    #expect(try comparison.differingPrograms() == [index])
  }

  @Test("The same against QEMU", .enabled(if: QEMU.isWanted, "REPRISE_WITHOUT_QEMU=1"))
  func plantedBugAgainstQEMU() throws {
    let comparison = Comparison(image: Self.image, expected: QEMU.side(), actual: Self.wrong(.reprise, in: 23))
    #expect(try comparison.differingPrograms() == [23])
  }

  @Test("The explanation names the program, the register and the ways to run it again")
  func explanation() throws {
    let index = 17
    let comparison = Comparison(image: Self.image, expected: .reprise, actual: Self.wrong(.reprise, in: index))
    let text = try comparison.explanation(program: index)
    let last = Self.image.instruction(at: Self.image.programs[index].lastInstruction)
    #expect(text.contains("program \(index)"))
    #expect(text.contains("  x\(last.rd): "))
    #expect(text.contains(Self.image.disassembly(program: index)[0]))
    #expect(text.contains(QEMU.program))
    #expect(text.contains("reprise run"))
  }

  @Test("A side that stops early differs from there on")
  func stopsEarly() throws {
    let short = Side(name: "short") { Array(try Side.reprise.run($0).prefix(40)) }
    let comparison = Comparison(image: Self.image, expected: .reprise, actual: short)
    #expect(try comparison.differingPrograms() == Array(40..<50))
  }

  @Test("A side on which every program is silent differs in all")
  func silent() throws {
    let silent = Side(name: "silent") { _ in [] }
    let comparison = Comparison(image: Self.image, expected: silent, actual: silent)
    #expect(try comparison.differingPrograms() == Array(0..<50))
  }

  @Test("Programs run to their ends, and trap on the way", arguments: Seeds.fixed)
  func programsEnd(seed: UInt64) throws {
    let lines = try Side.reprise.run(ProgramImage(seed: seed))
    #expect(lines.last == "end")
    let traps = lines.dropLast().compactMap(ProgramImage.traps)
    #expect(traps.count == 50)
    #expect(!traps.contains { $0.wasStopped })
    #expect(traps.contains { $0.count > 0 })
  }

  @Test("A seed names the same image every time, and another seed another one")
  func seeds() {
    #expect(ProgramImage(seed: 7).bytes == ProgramImage(seed: 7).bytes)
    #expect(ProgramImage(seed: 7).bytes != ProgramImage(seed: 8).bytes)
  }

  @Test(
    "Time does not matter: QEMU counting instructions agrees", .enabled(if: QEMU.isWanted, "REPRISE_WITHOUT_QEMU=1"))
  func timeDoesNotMatter() throws {
    let counting = QEMU.side(["-icount", "shift=0"])
    #expect(try Comparison(image: Self.image, expected: QEMU.side(), actual: counting).differingPrograms().isEmpty)
  }

  @Test("A verbose image prints every word that is compared")
  func verbose() throws {
    let lines = try Side.reprise.run(Self.image.verbose(program: 3))
    #expect(lines.filter { $0.hasPrefix("=") }.count == ComparedWord.all.count)
    #expect(lines.filter { !$0.hasPrefix("=") } == (try Side.reprise.run(Self.image)))
  }
}
