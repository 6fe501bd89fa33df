import Archive
import Backplane
import FoundationEssentials
import StateCoding
import Testing
import VirtualTime

@testable import Commands

/// `bisect` on boots of the guest that ships, each answer held against a replay of both sides beside each other. Boots
/// end a little behind the guest's first words, at step 411,488.
@Suite struct BisectTeachTests {
  private struct Report: Decodable {
    struct Parting: Decodable {
      struct Place: Decodable {
        var symbol: String?
        var instruction: String?
      }
      struct Named: Decodable { var name: String }
      struct Field: Decodable { var path: String }
      var step: UInt64
      var measure: String
      var place: Place
      var registers: [Named]
      var fields: [Field]
    }
    struct Difference: Decodable { var name: String }
    struct Ladder: Decodable {
      var lastSameStep: UInt64?
      var firstDifferentStep: UInt64?
    }
    var verdict: String
    var machine: [Difference]
    var parting: Parting?
    var ladder: Ladder
  }

  private static let length = 500_000 as UInt64

  private static func bisect(_ arguments: String...) throws -> (status: Int32, report: Report) {
    let result = reprise(["bisect", "--json", "--no-why"] + arguments)
    #expect(result.error.isEmpty, "\(result.error)")
    return (result.status, try JSONDecoder().decode(Report.self, from: Data(result.output)))
  }

  /// A boot of the guest, of which one byte may be another.
  private static func record(
    _ folder: Folder, _ name: String, _ options: String..., steps: UInt64 = length, changing change: Int? = nil
  ) throws -> String {
    var kernel = try Teach.kernel()
    if let change { kernel[change] ^= 0x20 }
    let (image, trace) = (try folder.write(name + ".elf", kernel), folder.file(name + ".reprise"))
    let result = reprise(
      ["record", "--quiet", "-o", trace, "--kernel", image, "--max-steps", "\(steps)"]
        + ["--rung-interval", "50000"] + (options.contains("-m") ? [] : ["-m", "16M"]) + options)
    #expect(result.status == 124, "\(result.error)")
    return trace
  }

  /// `trace`, left at `step`, where a key is pressed.
  private static func press(_ trace: String, at step: UInt64, in folder: Folder) throws -> String {
    let fork = folder.file("key-\(step).reprise")
    let result = reprise(
      "fork", "--quiet", trace, "--at", "@\(step)", "--type", "x", "--max-steps", "\(length)", "-o", fork)
    #expect(result.status == 124, "\(result.error)")
    return fork
  }

  @Test func aKeyOneStepLaterIsFoundWhereItEnters() throws {
    let folder = try Folder()
    let base = try Self.record(folder, "base")
    let (step, behind) = (450_123 as UInt64, 450_124 as UInt64)
    let (one, other) = (try Self.press(base, at: step, in: folder), try Self.press(base, at: behind, in: folder))
    let (status, report) = try Self.bisect(one, other)
    #expect(status == 1 && report.verdict == "different-inputs")
    #expect(report.parting?.step == step && report.parting?.measure == "machine")
    #expect(report.parting?.fields.contains { $0.path.hasPrefix("uart.") } == true)
    #expect(try SideBySide(a: one, b: other).parting() == step)
    // Against the run without a key it is found at the same place.
    let without = try Self.bisect(base, other).report
    #expect(without.parting?.step == behind)
    #expect(try SideBySide(a: base, b: other).parting() == behind)
  }

  @Test func theSameBootTwiceIsIdentical() throws {
    let folder = try Folder()
    let one = try Self.record(folder, "one")
    let other = try Self.record(folder, "other", "--checkpoints", "none")
    #expect(try folder.read("one.reprise") != folder.read("other.reprise"))
    let (status, report) = try Self.bisect(one, other)
    #expect(status == 0 && report.verdict == "identical" && report.parting == nil)
    #expect(try SideBySide(a: one, b: other).parting() == nil)
  }

  @Test func theShorterOfTwoBootsEndedEarly() throws {
    let folder = try Folder()
    let (long, short) = (try Self.record(folder, "long"), try Self.record(folder, "short", steps: 432_100))
    for pair in [(long, short), (short, long)] {
      let (status, report) = try Self.bisect(pair.0, pair.1)
      #expect(status == 1 && report.verdict == "ended-early" && report.parting == nil)
    }
    #expect(try SideBySide(a: long, b: short).parting() == nil)
  }

  @Test func anotherSizeOfMemoryIsRefusedAndFeltByTheGuest() throws {
    let folder = try Folder()
    let one = try Self.record(folder, "one", steps: 2000)
    let other = try Self.record(folder, "other", "-m", "32M", steps: 2000)
    let (refused, first) = try Self.bisect(one, other)
    #expect(refused == 1 && first.verdict == "different-machine" && first.parting == nil)
    #expect(first.machine.map(\.name) == ["ramSize"])
    let (status, report) = try Self.bisect("--force", one, other)
    #expect(status == 1 && report.parting?.measure == "board")
    let expected = try SideBySide(a: one, b: other).registerParting(before: 2000)
    #expect(expected != nil && report.parting?.step == expected)
    // The boot ROM hands on where the device tree is.
    #expect(report.parting?.registers.map(\.name) == ["a1"])
  }

  @Test func aChangedByteOfTheKernelIsFeltWhereItIsRead() throws {
    let folder = try Folder()
    let words = Array("teach: hello".utf8)
    let kernel = try Teach.kernel()
    let place = try #require(
      kernel.indices.first { kernel[$0] == words[0] && kernel[$0...].starts(with: words) })
    let one = try Self.record(folder, "one", steps: 420_000)
    let other = try Self.record(folder, "other", steps: 420_000, changing: place + 7)
    let (refused, first) = try Self.bisect(one, other)
    #expect(refused == 1 && first.machine.map(\.name) == ["kernel"] && first.parting == nil)
    let (status, report) = try Self.bisect("--force", one, other)
    #expect(status == 1)
    let parting = try #require(report.parting)
    #expect(parting.place.instruction?.hasPrefix("lbu ") == true && parting.measure == "board")
    #expect(parting.registers.count == 1)
    #expect(try SideBySide(a: one, b: other).boardParting(before: 420_000) == parting.step)
  }

  @Test func aLadderAloneNamesTheStretch() throws {
    let folder = try Folder()
    let base = try Self.record(folder, "base")
    let ladder = try folder.write("base.ladder", reprise("info", "--ladder", base).output)
    let same = try Self.bisect(ladder, base)
    #expect(same.status == 0 && same.report.verdict == "identical")
    let other = try Self.press(base, at: 420_001, in: folder)
    let (status, report) = try Self.bisect(ladder, other)
    #expect(status == 1 && report.verdict == "different-inputs")
    // The rungs, made anew by a replay of each.
    var (one, two) = (try SideBySide.Replay(base), try SideBySide.Replay(other))
    var (lastSame, firstDifferent): (UInt64?, UInt64?)
    for step in stride(from: 50_000, through: Self.length, by: 50_000) where firstDifferent == nil {
      one.go(to: step)
      two.go(to: step)
      if one.machine.digest() == two.machine.digest() { lastSame = step } else { firstDifferent = step }
    }
    #expect(lastSame == 400_000 && firstDifferent == 450_000)
    #expect(report.ladder.lastSameStep == lastSame && report.ladder.firstDifferentStep == firstDifferent)
  }
}
