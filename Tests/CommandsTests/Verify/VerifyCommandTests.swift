import Archive
import Glibc
import Testing
import VirtualTime

@testable import Commands

@Suite struct VerifyCommandTests {
  /// A folder with a good trace, one cut short, a damaged one, one whose replay differs, and one in a folder.
  private struct Traces {
    let recording: EchoRecording
    let folder: Folder

    init() throws {
      recording = try EchoRecording()
      folder = recording.folder
      let bytes = try folder.read("echo.reprise")
      let reader = try TraceReader(bytes)
      _ = try folder.write("b-cut.reprise", Array(bytes[..<reader.sections[3].offset]))
      _ = try folder.write("c-damaged.reprise", Array("no trace, but longer than nothing".utf8))
      _ = try folder.write("d-forged.reprise", try VerifyCommandTests.forged(bytes))
      _ = try folder.write("notes.txt", [])
    }
  }

  /// `bytes`, a trace with one image, with a rung in it that no replay has.
  static func forged(_ bytes: [UInt8]) throws -> [UInt8] {
    let reader = try TraceReader(bytes)
    var rungs = try reader.rungs()
    rungs[2].digest.low ^= 1
    var writer = TraceWriter()
    var bytes = writer.header(reader.header)
    bytes += writer.image(0, bytes: try #require(try reader.image(0)))
    bytes += writer.segment(inputs: try reader.inputs(), rungs: rungs, covering: .zero...reader.covered)
    return bytes + writer.end(try #require(reader.end))
  }

  @Test(arguments: [[], ["--serial"], ["-j", "3"], ["--every-checkpoint"]] as [[String]])
  func aGoodTraceIsTheSame(options: [String]) throws {
    let recording = try EchoRecording("--checkpoints", "3")
    let result = reprise(["verify", recording.trace] + options)
    #expect(result.status == 0, "\(result.error)")
    #expect(result.text.hasPrefix("same       \(recording.trace): "))
    #expect(result.text.hasSuffix("1 trace: 1 same\n"))
    #expect(result.error.isEmpty)
    let replayed = reprise("replay", recording.trace, "--json")
    let verified = reprise(["verify", recording.trace, "--json"] + options)
    for key in ["rungsCompared", "effectsCompared", "consoleBytes"] {
      let line = try #require(replayed.text.split(separator: "\n").first { $0.contains("\"\(key)\"") })
      let value = line.split(separator: ":")[1].filter(\.isNumber)
      #expect(verified.text.contains("\"\(key)\" : \(value)"), "\(key)")
    }
  }

  @Test(arguments: [[], ["--serial"], ["--every-checkpoint"]] as [[String]])
  func aTraceThatEndsWhileTheGuestWaitsForNothingIsTheSame(options: [String]) throws {
    let folder = try Folder()
    _ = try folder.write("echo.bin", Guests.echo)
    let lines = [
      "name: idle", "machine: {ram: 16M}", "images: {firmware: echo.bin}", "script:",
      "  - {expect: '>', within: 1s}", "  - {expect: never, within: 5ms}",
    ]
    let scenario = try folder.write("idle.yaml", Array(lines.joined(separator: "\n").utf8))
    let trace = folder.file("idle.reprise")
    let recorded = reprise(
      "record", "-o", trace, "--rung-interval", "10", "--checkpoints", "3", scenario)
    #expect(recorded.status == 1, "the script waits in vain")
    let result = reprise(["verify", trace] + options)
    #expect(result.status == 0, "\(result.text)\(result.error)")
  }

  @Test func eachTraceGetsALineAndTheWorstSetsTheStatus() throws {
    let traces = try Traces()
    let path = traces.folder.path
    let result = reprise("verify", path, "\(path)/echo.reprise", traces.folder.file("nothing.reprise"))
    #expect(result.status == 3)
    let lines = result.text.split(separator: "\n").map(String.init)
    #expect(lines.count == 6)
    #expect(lines[0].hasPrefix("cut short  \(path)/b-cut.reprise: "))
    #expect(lines[1].hasPrefix("damaged    \(path)/c-damaged.reprise: ") && lines[1].contains("not a trace"))
    #expect(lines[2].hasPrefix("diverged   \(path)/d-forged.reprise: the replay differs after step @"))
    #expect(lines[3].hasPrefix("same       \(path)/echo.reprise: "))
    #expect(lines[4].hasPrefix("missing    \(path)/nothing.reprise: "))
    #expect(lines[5] == "5 traces: 1 same, 1 cut short, 1 diverged, 1 damaged, 1 missing")
    #expect(result.error.contains("to see it: reprise gdb \(path)/d-forged.reprise --at @"))
    #expect(result.error.contains("to see it: reprise info \(path)/c-damaged.reprise"))
    #expect(result.error.contains("what came after is lost"))
  }

  @Test func theStatusIsThatOfTheWorst() throws {
    let traces = try Traces()
    func status(_ names: String..., options: [String] = []) -> Int32 {
      reprise(["verify"] + names.map { traces.folder.file($0) } + options).status
    }
    #expect(status("echo.reprise", "b-cut.reprise") == 0)
    #expect(status("echo.reprise", "c-damaged.reprise", "nothing") == 65)
    #expect(status("echo.reprise", "nothing") == 66)
    #expect(status("nothing", "d-forged.reprise", "c-damaged.reprise") == 3)
    #expect(status("echo.reprise", options: ["--max-steps", "5"]) == 124)
    #expect(status("echo.reprise", "nothing", options: ["--max-steps", "5"]) == 66)
    #expect(ExitStatus.worst([]) == 0 && ExitStatus.worst([0, 99, 3]) == 99)
    #expect(ExitStatus.worst([124, 1, 0]) == 1 && ExitStatus.worst([70, 3]) == 70)
  }

  @Test func foldersAreLookedThrough() throws {
    let traces = try Traces()
    let inner = traces.folder.file("inner")
    mkdir(inner, 0o755)
    mkdir("\(inner)/.hidden", 0o755)
    symlink(traces.folder.path, "\(inner)/loop")
    defer {
      unlink("\(inner)/loop")
      unlink("\(inner)/a.reprise")
      unlink("\(inner)/.hidden/b.reprise")
      rmdir("\(inner)/.hidden")
      rmdir(inner)
    }
    symlink(traces.recording.trace, "\(inner)/a.reprise")
    symlink(traces.recording.trace, "\(inner)/.hidden/b.reprise")
    #expect(reprise("verify", inner).text.hasPrefix("same       \(inner)/a.reprise: "))
    let found = try TraceFinder.traces([traces.folder.path + "/"])
    #expect(
      found.map { $0.split(separator: "/").last }
        == ["b-cut", "c-damaged", "d-forged", "echo", "a"].map { "\($0).reprise" })
    unlink("\(inner)/a.reprise")
    let nothing = reprise("verify", inner)
    #expect(nothing.status == 64)
    #expect(nothing.error.contains("no trace found") && nothing.error.contains("try: reprise record"))
    #expect(reprise("verify").status == 64)
  }

  @Test func theReportsTellTheSame() throws {
    let traces = try Traces()
    let (junit, summary) = (traces.folder.file("out.xml"), traces.folder.file("summary.md"))
    let page = try traces.folder.write("page.md", Array("# Job\n".utf8))
    let result = reprise(
      ["verify", traces.folder.path, "--junit", junit, "--summary", summary, "--json"],
      environment: ["GITHUB_STEP_SUMMARY": page, "GITHUB_ACTIONS": "true"])
    #expect(result.status == 3)
    let xml = try String(decoding: traces.folder.read("out.xml"), as: UTF8.self)
    #expect(faultsOfJUnit(xml) == [])
    let root = try #require(XMLParser.root(of: xml))
    #expect(root["tests"] == "4" && root["failures"] == "1" && root["errors"] == "1")
    let forged = try #require(root.children[0].children.first { $0["name"]?.hasSuffix("d-forged.reprise") == true })
    #expect(forged.children[0].name == "failure" && forged.children[0]["type"] == "diverged")
    #expect(forged.children[0].text.contains("reprise gdb"))
    #expect(forged["time"] != nil)
    let markdown = try String(decoding: traces.folder.read("summary.md"), as: UTF8.self)
    #expect(markdown.contains("| **diverged** |") && markdown.contains("    to see it: reprise gdb"))
    #expect(try String(decoding: traces.folder.read("page.md"), as: UTF8.self) == "# Job\n" + markdown)
    #expect(result.error.split(separator: "\n").filter { $0.hasPrefix("::error file=") }.count == 2)
    #expect(result.text.contains("\"schema\" : \"reprise/verify/1\"") && result.text.contains("\"diverged\" : 1"))
    #expect(!result.text.contains("\"seconds\""))
    let again = reprise("verify", traces.folder.path, "--json", "-j", "2")
    #expect(again.output == result.output)
    #expect(reprise("verify", traces.recording.trace, "--junit", "/no/such/folder/x.xml").status == 73)
  }

  @Test func anInterruptionIsNoResult() throws {
    let traces = try Traces()
    let result = reprise(["verify", traces.recording.trace, "--json"], signal: 15)
    #expect(result.status == 143)
    #expect(result.text.contains("\"interrupted\" : 1"))
  }

  @Test func namedImagesMustBeGiven() throws {
    let recording = try EchoRecording("--reference-images")
    let missing = reprise("verify", recording.trace)
    #expect(missing.status == 66)
    #expect(missing.error.contains("--image firmware=FILE"))
    #expect(reprise("verify", recording.trace, "--image", "firmware=\(recording.guest)").status == 0)
  }

  @Test(arguments: [["-j", "0"], ["-j", "9999"], ["--serial", "--every-checkpoint"], ["--max-steps", "few"]])
  func wrongOptionsAreRefused(options: [String]) throws {
    let folder = try Folder()
    #expect(reprise(["verify", folder.path] + options).status == 64)
  }
}
