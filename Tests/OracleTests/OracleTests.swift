import Foundation
import RISCV
import Support
import Testing

/// The seeds of every run: 20 images of 50 programs, and one more image that is new each time.
enum Seeds {
  static let fixed: [UInt64] = (1...20).map { 0x5eed_0000 + $0 }

  /// REPRISE_SEED, or else a number nobody has seen; printed by the test, so that it can be given again.
  static let fresh: UInt64 = number("REPRISE_SEED") ?? .random(in: 0...(.max))

  /// How many images follow from the fresh seed: REPRISE_SEED_COUNT, for long searches, or 1.
  static let freshCount = number("REPRISE_SEED_COUNT") ?? 1

  private static func number(_ variable: String) -> UInt64? {
    ProcessInfo.processInfo.environment[variable].flatMap { UInt64($0) }
  }
}

@Suite("Random programs leave on Reprise what they leave on QEMU")
struct OracleTests {
  @Test("QEMU is installed", .enabled(if: QEMU.isWanted, "REPRISE_WITHOUT_QEMU=1"))
  func isInstalled() {
    #expect(QEMU.find() != nil, "\(QEMU.howToInstall)")
  }

  @Test(
    "Registers, traps and memory are equal after every program", .enabled(if: QEMU.isWanted, "REPRISE_WITHOUT_QEMU=1"),
    arguments: Seeds.fixed)
  func fixedSeeds(seed: UInt64) throws {
    try expectEqual(ProgramImage(seed: seed))
  }

  @Test("The same for programs nobody has seen", .enabled(if: QEMU.isWanted, "REPRISE_WITHOUT_QEMU=1"))
  func freshSeed() throws {
    print("Programs of a fresh seed; to repeat: REPRISE_SEED=\(Seeds.fresh) swift test --filter OracleTests")
    for count in 0..<Seeds.freshCount { try expectEqual(ProgramImage(seed: Seeds.fresh &+ count)) }
  }

  private func expectEqual(_ image: ProgramImage) throws {
    let comparison = Comparison(image: image, expected: QEMU.side(), actual: .reprise)
    let differing = try comparison.differingPrograms()
    #expect(differing.isEmpty)
    if let first = differing.first {
      Issue.record(Comment(rawValue: try comparison.explanation(program: first)))
    }
  }
}
