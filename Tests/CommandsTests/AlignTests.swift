import ArgumentParser
import FoundationEssentials
import Testing

@testable import Commands

@Suite struct AlignTests {
  private static let traces: String = {
    let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    return root + "/Traces/virt"
  }()
  private static let teach = traces + "/teach-shell.reprise"

  private struct Outcome {
    var status: Int32
    var text: String
  }

  /// What the comparison with `options` says of the traces at `files`.
  private func compare(_ options: [String], _ files: [String], isJSON: Bool = false) throws -> Outcome {
    final class Sink { var bytes: [UInt8] = [] }
    let sink = Sink()
    let streams = Streams(
      output: {
        sink.bytes += $0
        return true
      }, error: { _ in true })
    let status = try AlignArguments.parse(options).perform(
      files, images: files.map { _ in [:] }, symbols: SymbolOptions.parse([]), checkpointBytes: 1 << 28, isJSON: isJSON,
      streams)
    return Outcome(status: status, text: String(decoding: sink.bytes, as: UTF8.self))
  }

  private struct Report: Decodable {
    struct Event: Decodable {
      var key: String
      var text: String
      var step: UInt64
    }
    struct Pair: Decodable {
      var a: Event?
      var b: Event?
    }
    struct Resumption: Decodable {
      var onlyInA: Int
      var onlyInB: Int
      var common: Int
    }
    var schema: String
    var isExact: Bool
    var alignedBy: String
    var isSame: Bool
    var commonEvents: UInt64
    var lastCommon: [Pair]
    var differs: Pair?
    var agreesAgain: Resumption?
  }

  private func report(_ options: [String], _ files: [String]) throws -> Report {
    try JSONDecoder().decode(Report.self, from: Data(try compare(options, files, isJSON: true).text.utf8))
  }

  /// Another build of the echo guest: the same program behind a few instructions that do nothing.
  private static func otherBuild(prompt: UInt8 = UInt8(ascii: ">")) -> [UInt8] {
    let nothing: [UInt8] = [0x13, 0, 0, 0]
    var code = Guests.echo
    // addi t2, zero, '>': the prompt is in the upper twelve bits.
    let load = code.indices.first {
      $0 % 4 == 0 && code[$0..<($0 + 4)].elementsEqual([0x93, 0x03, 0xe0, 0x03])
    }
    if let load { (code[load + 2], code[load + 3]) = (code[load + 2] & 0x0f | prompt << 4, prompt >> 4) }
    return nothing + nothing + nothing + code
  }

  private func recording(of guest: [UInt8], in folder: Folder, _ name: String, text: String = "ab") throws -> String {
    let path = try folder.write(name + ".bin", guest)
    let trace = folder.file(name + ".reprise")
    let result = reprise(
      "record", "-o", trace, "--bios", path, "-m", "16M", "--max-steps", "1000000", "--type", text, "--when",
      "console:>", "--type", "q", "--when", "console:\(text.filter { $0 != "\n" }.suffix(1))")
    #expect(result.status == 0, "\(result.error)")
    return trace
  }

  @Test func buildsThatShowTheSameAreTheSame() throws {
    let folder = try Folder()
    let one = try recording(of: Guests.echo, in: folder, "one", text: "ab\ncd\n")
    let other = try recording(of: Self.otherBuild(), in: folder, "other", text: "ab\ncd\n")
    let same = try compare(["--align", "console"], [one, other])
    #expect(same.status == 0)
    #expect(same.text.hasPrefix("aligned by console lines: not an exact comparison"))
    let report = try report(["--align", "console"], [one, other])
    #expect(report.isSame && !report.isExact && report.schema == "reprise/bisect-align/1" && report.commonEvents >= 2)
  }

  @Test func theFirstLineThatDiffersIsTold() throws {
    let folder = try Folder()
    let one = try recording(of: Guests.echo, in: folder, "one", text: "a\nb\nc\nd\ne\n")
    let other = try recording(of: Self.otherBuild(), in: folder, "other", text: "a\nb\nX\nY\nc\nd\ne\n")
    let outcome = try compare(["--align", "console"], [one, other])
    #expect(outcome.status == 1)
    let report = try report(["--align", "console"], [one, other])
    #expect(report.commonEvents == 2 && report.differs?.a?.key == "c" && report.differs?.b?.key == "X")
    #expect(report.lastCommon.map { $0.a?.key } == [">a", "b"])
    #expect(report.agreesAgain?.onlyInA == 0 && report.agreesAgain?.onlyInB == 2 && report.agreesAgain?.common == 3)
    #expect(outcome.text.contains("reprise gdb \(one) --at @"))
  }

  @Test func theConsoleIsComputedWhereATraceDoesNotHoldIt() throws {
    let held = try EchoRecording()
    let silent = try EchoRecording("--effects", "none")
    #expect(try compare(["--align", "console"], [held.trace, silent.trace]).status == 0)
  }

  @Test(arguments: ["console", "traps", "syscalls", "functions"])
  func aTraceIsTheSameAsItself(events: String) throws {
    let functions = events == "functions" ? ["--functions", "sys*"] : []
    let report = try report(
      ["--align", events, "--from", "@2600000", "--to", "@2700000"] + functions, [Self.teach, Self.teach])
    #expect(report.isSame && report.alignedBy == events)
    #expect(report.commonEvents > 3)
  }

  /// Other keys typed: other traps, calls and functions, by names that are the same in each build.
  @Test(arguments: ["traps", "syscalls", "functions"])
  func otherRunsDiffer(events: String) throws {
    let files = [Self.teach, Self.traces + "/teach-race.reprise"]
    let functions = events == "functions" ? ["--functions", "sys*"] : []
    let report = try report(["--align", events, "--from", "@2600000", "--to", "@2800000"] + functions, files)
    #expect(!report.isSame && report.commonEvents > 8 && report.lastCommon.count == 8)
    #expect(report.differs?.a != nil || report.differs?.b != nil)
  }

  @Test func bisectTakesTheOptions() throws {
    let recording = try EchoRecording()
    let same = reprise("bisect", "--align", "console", recording.trace, recording.trace)
    #expect(same.status == 0 && same.text.hasPrefix("aligned by console lines: not an exact comparison"))
    let log = recording.folder.file("echo.log")
    #expect(reprise("export", "commit-log", recording.trace, "-o", log).status == 0)
    let compared = reprise("bisect", "--commit-log", log, recording.trace)
    #expect(compared.status == 0 && compared.text.contains("no difference"), "\(compared.error)")
    #expect(reprise("bisect", "--commit-log", log, recording.trace, recording.trace).status == 64)
    #expect(reprise("bisect", "--align", "console", recording.trace).status == 64)
    #expect(reprise("bisect", "--align", "console", "--force", recording.trace, recording.trace).status == 64)
    let bad = try recording.folder.write("bad.log", Array("core\n".utf8))
    let refused = reprise("bisect", "--commit-log", bad, recording.trace)
    #expect(refused.status == 65 && refused.error.contains("bad.log: line 1: "))
  }

  @Test func linesOfLinuxLoseTheirTimes() {
    #expect(LineReader.withoutTime("[    0.000000] Linux version") == "Linux version")
    #expect(LineReader.withoutTime("[   12.5] x") == "x")
    for text in ["[x] y", "[1] y", "[1.2.3] y", "[1.2", "", "[.] a", "1.2] b"] {
      #expect(LineReader.withoutTime(text) == text)
    }
  }

  @Test func valuesThatMayBeAddressesAreMasked() {
    #expect(SystemCalls.masked(5) == "5" && SystemCalls.masked(0 &- 11) == "-11")
    #expect(SystemCalls.masked(0x8000_0000) == "*" && SystemCalls.masked(65536) == "*")
  }

  @Test func aCommitLogOfTheTraceItselfIsTheSame() throws {
    let folder = try Folder()
    let log = folder.file("teach.log")
    #expect(reprise("export", "commit-log", Self.teach, "--from", "@400000", "--to", "@420000", "-o", log).status == 0)
    let same = try compare(["--commit-log", log, "--from", "@400000"], [Self.teach])
    #expect(same.status == 0)
    #expect(same.text.contains("no difference; the log ends first"))
    // A value that is wrong is found at its step.
    var lines = String(decoding: try folder.read("teach.log"), as: UTF8.self).split(separator: "\n").map(String.init)
    let number = try #require(lines.indices.first { $0 > 500 && lines[$0].contains(" x10 0x000000000000") })
    lines[number] = lines[number].replacing(" x10 0x000000000000", with: " x10 0x000000000001")
    let broken = try folder.write("broken.log", Array(lines.joined(separator: "\n").utf8))
    let found = try compare(["--commit-log", broken, "--from", "@400000"], [Self.teach])
    #expect(found.status == 1)
    #expect(found.text.contains("line \(number + 1) of the log") && found.text.contains("a0: log 0x1"))
    let json = try compare(["--commit-log", broken, "--from", "@400000"], [Self.teach], isJSON: true)
    #expect(json.text.contains("\"schema\" : \"reprise/bisect-commit-log/1\""))
  }

  @Test func hostileLogsAreErrorsWithTheirLine() throws {
    let folder = try Folder()
    let good = "core   0: 3 0x0000000000001000 (0x00000297) x5  0x0000000000001000\n"
    for (name, text) in [
      ("garbage", good + "what is this\n"), ("huge", good + String(repeating: "x", count: 100_000)),
      ("truncated", good + "core   0: 3 0x00000000000010"), ("empty", ""),
    ] {
      let log = try folder.write(name, Array(text.utf8))
      let failure = #expect(throws: Failure.self) { try compare(["--commit-log", log], [Self.teach]) }
      #expect(failure?.status == 65)
      #expect(failure?.message.contains(name == "empty" ? "line 1: " : "line 2: ") == true)
    }
    let binary = try folder.write("binary", (0..<5000).map { UInt8(truncatingIfNeeded: $0) })
    #expect(throws: Failure.self) { try compare(["--commit-log", binary], [Self.teach]) }
    let missing = #expect(throws: Failure.self) { try compare(["--commit-log", folder.file("none")], [Self.teach]) }
    #expect(missing?.status == 66)
    let elsewhere = try folder.write("elsewhere", Array("core   0: 3 0x0000000000000400 (0x0001)\n".utf8))
    let nowhere = #expect(throws: Failure.self) {
      try compare(["--commit-log", elsewhere, "--to", "@1000"], [Self.teach])
    }
    #expect(nowhere?.status == 1)
  }

  @Test(arguments: [
    ["--align", "console", "--commit-log", "x"], ["--functions", "x"], ["--align", "traps", "--arguments"],
    ["--align", "nothing"], ["--ignore-csr", "time"], ["--commit-log", "x", "--ignore-csr", "nothing"],
    ["--align", "console", "--ignore-interrupts"],
  ])
  func optionsThatDoNotBelongTogetherAreRefused(options: [String]) {
    #expect(throws: (any Error).self) { try AlignArguments.parse(options) }
  }
}
