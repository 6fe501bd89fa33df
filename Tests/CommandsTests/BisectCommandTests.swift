import Archive
import Foundation
import Testing
import VirtualTime

@testable import Commands

@Suite struct BisectCommandTests {
  /// The report as JSON.
  private struct Report: Decodable {
    struct Pair<Value: Decodable>: Decodable {
      var a: Value
      var b: Value
    }
    struct Parting: Decodable {
      struct Place: Decodable {
        var pc: String
        var instruction: String?
      }
      struct Register: Decodable {
        var name: String
        var a: String
        var b: String
      }
      struct Field: Decodable { var path: String }
      struct Entered: Decodable { var text: String }
      var step: UInt64
      var measure: String
      var place: Place
      var registers: [Register]
      var fields: [Field]
      var recent: [Place]
      var entered: Pair<[Entered]>
    }
    struct Difference: Decodable {
      var name: String
      var a: String
      var b: String
    }
    var schema: String
    var verdict: String
    var machine: [Difference]
    var parting: Parting?
    var notes: [String]
    var commands: [String]
  }

  private static func bisect(_ arguments: String...) throws -> (status: Int32, report: Report) {
    let result = reprise(["bisect", "--json"] + arguments)
    let report = try JSONDecoder().decode(Report.self, from: Data(result.output))
    #expect(report.schema == "reprise/bisect/1" && result.error.isEmpty, "\(result.error)")
    return (result.status, report)
  }

  private static func record(_ folder: Folder, _ name: String, _ guest: [UInt8], _ options: String...) throws -> String
  {
    let (guest, trace) = (try folder.write(name + ".bin", guest), folder.file(name + ".reprise"))
    let result = reprise(
      ["record", "-o", trace, "--bios", guest, "--max-steps", "100000", "--rung-interval", "100"] + options)
    #expect([0, 124].contains(result.status), "\(result.error)")
    return trace
  }

  @Test func theSameRunTwiceIsIdentical() throws {
    let (one, other) = (try EchoRecording(), try EchoRecording("--seed", "0"))
    let result = reprise("bisect", one.trace, other.trace)
    #expect(result.status == 0 && result.text.hasPrefix("identical: "), "\(result.text)\(result.error)")
    #expect(try Self.bisect(one.trace, other.trace).report.verdict == "identical")
  }

  @Test func otherInputsAreShownWhereTheyEnter() throws {
    let one = try EchoRecording()
    let other = one.folder.file("other.reprise")
    let result = reprise(
      "record", "-o", other, "--bios", one.guest, "-m", "16M", "--max-steps", "1000000", "--rung-interval", "10",
      "--type",
      "ac", "--when", "console:>", "--type", "q", "--when", "console:c")
    #expect(result.status == 0)
    let (status, report) = try Self.bisect(one.trace, other)
    #expect(status == 1 && report.verdict == "different-inputs")
    let parting = try #require(report.parting)
    #expect(parting.entered.a.first?.text.hasSuffix("b") == true)
    #expect(parting.entered.b.first?.text.hasSuffix("c") == true)
    #expect(parting.fields.contains { $0.path.hasPrefix("uart.") } && parting.registers.isEmpty)
    let text = reprise("bisect", one.trace, other).text
    #expect(text.hasPrefix("different inputs: A and B part at @\(parting.step), cycle "), "\(text)")
    #expect(text.contains("the last instructions of both:"))
    #expect(text.contains("  reprise gdb \(other) --at @\(parting.step)"))
  }

  @Test func theShorterRunEndedEarly() throws {
    let folder = try Folder()
    let long = try Self.record(folder, "long", Guests.ticker)
    let short = folder.file("short.reprise")
    let result = reprise(
      "record", "-o", short, "--bios", folder.file("long.bin"), "--max-steps", "51234", "--rung-interval", "100")
    #expect(result.status == 124)
    let (status, report) = try Self.bisect(long, short)
    #expect(status == 1 && report.verdict == "ended-early" && report.parting == nil)
    #expect(reprise("bisect", short, long).text.hasPrefix("one ended early: the same up to the end of A, @51234"))
  }

  @Test func aChangedByteOfTheInitialRAMDiskIsFeltAtItsLoad() throws {
    let folder = try Folder()
    let disk = try folder.write("disk", Array(repeating: 7, count: 4096))
    var bytes = [UInt8](repeating: 7, count: 4096)
    bytes[41] = 8
    let changed = try folder.write("changed", bytes)
    let one = try Self.record(folder, "one", Guests.reader, "--initrd", disk)
    let other = try Self.record(folder, "other", Guests.reader, "--initrd", changed)
    let (refused, first) = try Self.bisect(one, other)
    #expect(refused == 1 && first.verdict == "different-machine" && first.parting == nil)
    #expect(first.machine.map(\.name) == ["initrd"] && first.machine.first?.a.contains("SHA-256") == true)
    #expect(first.commands == ["reprise bisect --force \(one) \(other)"])
    let (status, report) = try Self.bisect("--force", one, other)
    #expect(status == 1)
    let parting = try #require(report.parting)
    #expect(parting.measure == "board" && parting.place.instruction == "lbu t3, 0(t0)", "\(parting)")
    #expect(parting.registers.map(\.name) == ["t3"])
    #expect(parting.registers.first?.a == "0x7" && parting.registers.first?.b == "0x8")
    // Six instructions in the boot ROM, three before the loop, six in each of its rounds.
    #expect(parting.step == 6 + 3 + 41 * 6)
  }

  @Test func aChangedKernelArgumentIsFeltWhereTheDeviceTreeIsRead() throws {
    let folder = try Folder()
    let one = try Self.record(folder, "one", Guests.treeReader, "-m", "16M", "--append", "quiet")
    let other = try Self.record(folder, "other", Guests.treeReader, "-m", "16M", "--append", "noise")
    let (_, report) = try Self.bisect("--force", one, other)
    #expect(report.machine.map(\.name) == ["bootArguments"])
    #expect(report.machine.first?.b == "\"noise\"")
    #expect(report.parting?.place.instruction == "lbu t3, 0(t0)" && report.parting?.registers.first?.name == "t3")
    // A guest that never looks does not feel it.
    let blind = try Self.record(folder, "blind", Guests.waiter, "--append", "quiet")
    let blinder = try Self.record(folder, "blinder", Guests.waiter, "--append", "noise")
    let never = try Self.bisect("--force", blind, blinder).report
    #expect(never.parting == nil && never.notes.contains { $0.contains("never felt") })
  }

  @Test func anotherSizeOfMemoryIsRefusedAndFoundWhenForced() throws {
    let folder = try Folder()
    let one = try Self.record(folder, "one", Guests.ticker, "-m", "16M")
    let other = try Self.record(folder, "other", Guests.ticker, "-m", "32M")
    #expect(try Self.bisect(one, other).report.machine.map(\.name) == ["ramSize"])
    let (status, report) = try Self.bisect("--force", one, other)
    // The boot ROM hands on where the device tree is, which is at the top of memory.
    #expect(status == 1 && report.parting?.step == 3 && report.parting?.registers.map(\.name) == ["a1"])
  }

  @Test func anotherCostModelCannotBeReplayed() throws {
    let one = try EchoRecording()
    let reader = try TraceReader(one.folder.read("echo.reprise"))
    var header = reader.header
    header.costModelRevision += 1
    var writer = TraceWriter()
    var bytes = writer.header(header)
    bytes += writer.image(0, bytes: Guests.echo)
    let end = try #require(reader.end)
    bytes += writer.segment(
      inputs: try reader.inputs(), effects: [], rungs: try reader.rungs(), marks: [], covering: .zero...end.moment)
    bytes += writer.end(end)
    let other = try one.folder.write("other.reprise", bytes)
    let (status, report) = try Self.bisect(one.trace, other)
    #expect(status == 1 && report.machine.map(\.name) == ["costModel"])
    let forced = try Self.bisect("--force", one.trace, other)
    #expect(forced.status == 1 && forced.report.parting == nil)
    #expect(forced.report.notes.contains { $0.contains("from the files alone") })
    #expect(forced.report.notes.contains { $0.hasPrefix("the same 3 inputs entered") })
  }

  @Test func whatIsNoTraceIsNamed() throws {
    let one = try EchoRecording()
    let broken = try one.folder.write("broken.reprise", Array("not a trace".utf8))
    let result = reprise("bisect", one.trace, broken)
    #expect(result.status == 65 && result.error.contains(broken))
    #expect(reprise("bisect", one.trace, one.folder.file("none")).status == 66)
    #expect(reprise("bisect", one.trace).status == 64)
    #expect(reprise("bisect", one.trace, one.trace, "--expect", "x").status == 64)
  }
}
