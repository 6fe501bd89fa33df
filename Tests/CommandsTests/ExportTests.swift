import FoundationEssentials
import Testing

@testable import Commands

@Suite struct ExportTests {
  /// A golden trace of the teaching guest, which has symbols.
  private static let teach: String = {
    let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    return root + "/Traces/virt/teach-shell.reprise"
  }()

  private struct Event: Decodable {
    var ph: String
    var tid: Int?
    var ts: Double?
    var name: String?
    var cat: String?
  }

  private struct Events: Decodable { var traceEvents: [Event] }

  @Test func theWindowsOfACommitLogMakeTheWhole() throws {
    let recording = try EchoRecording()
    let whole = reprise("export", "commit-log", recording.trace)
    #expect(whole.status == 0)
    #expect(whole.text.hasPrefix("core   0: 3 0x0000000000001000 (0x00000297) x5  0x0000000000001000\n"))
    let parts = [("@0", "@17"), ("@17", "@18"), ("@18", "end-1"), ("end-1", "end")].map { from, to in
      reprise("export", "commit-log", recording.trace, "--from", from, "--to", to)
    }
    #expect(parts.map(\.status) == [0, 0, 0, 0])
    #expect(parts[1].text.split(separator: "\n").count == 1)
    #expect(parts.map(\.text).joined() == whole.text)
  }

  @Test func aCastShowsWhatTheConsoleShowed() throws {
    let recording = try EchoRecording()
    let cast = reprise("export", "asciicast", recording.trace, "--size", "100x30")
    #expect(cast.status == 0)
    let lines = cast.text.split(separator: "\n")
    #expect(lines.first?.contains("\"version\": 2, \"width\": 100, \"height\": 30") == true)
    var shown = ""
    var typed = ""
    for line in lines.dropFirst() {
      let parts = line.dropFirst().dropLast().components(separatedBy: ", ")
      let text = try JSONDecoder().decode([String].self, from: Data("[\(parts[2])]".utf8))[0]
      if parts[1] == "\"o\"" { shown += text }
      if parts[1] == "\"i\"" { typed += text }
    }
    #expect(shown == reprise("replay", recording.trace).text)
    #expect(typed == "abq")
    // A trace that does not hold what was shown has the same.
    let silent = try EchoRecording("--effects", "none")
    let computed = reprise("export", "asciicast", silent.trace, "--size", "100x30")
    #expect(computed.text == cast.text)
  }

  @Test func aDumpHasTheInterruptsOfTheLog() throws {
    let folder = try Folder()
    let path = folder.file("teach.vcd")
    let result = reprise(
      "export", "vcd", Self.teach, "--from", "@2670000", "--to", "@2700000", "-o", path, "--json")
    #expect(result.status == 0)
    let text = String(decoding: try folder.read("teach.vcd"), as: UTF8.self)
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines.contains("$timescale 1 ns $end"))
    let line = try #require(lines.first { $0.hasPrefix("$var event") && $0.hasSuffix(" interrupt $end") })
    let identifier = line.split(separator: " ")[3]
    var time = ""
    var times: [String] = []
    for line in lines {
      if line.hasPrefix("#") { time = String(line.dropFirst()) }
      if line == "1\(identifier)" { times.append(time) }
    }
    struct Entry: Decodable { var cycle: UInt64 }
    let log = reprise("log", "--json", "--kind", "interrupts", "--from", "@2670000", "--to", "@2699999", Self.teach)
      .text
    let expected = try log.split(separator: "\n").map { line in
      "\(try JSONDecoder().decode(Entry.self, from: Data(line.utf8)).cycle)"
    }
    #expect(times == expected && times.count > 3)
    struct Told: Decodable {
      var schema: String
      var bytes: Int
      var items: Int
    }
    let told = try JSONDecoder().decode(Told.self, from: Data(result.output))
    #expect(told.schema == "reprise/export/1" && told.bytes == text.utf8.count && told.items > times.count)
  }

  @Test(arguments: [[], ["--no-functions"]])
  func slicesAreBalancedAndNamed(options: [String]) throws {
    let result = reprise(
      ["export", "perfetto", Self.teach, "--from", "@410000", "--to", "@440000"] + options)
    #expect(result.status == 0)
    let events = try JSONDecoder().decode(Events.self, from: Data(result.output)).traceEvents
    var depth: [Int: Int] = [:]
    var last = 0.0
    for event in events {
      guard let thread = event.tid else { continue }
      #expect(event.ts.map { $0 >= last } ?? true)
      last = event.ts ?? last
      if event.ph == "B" { depth[thread, default: 0] += 1 }
      if event.ph == "E" { depth[thread, default: 0] -= 1 }
      #expect(depth[thread, default: 0] >= 0)
    }
    #expect(depth.values.allSatisfy { $0 == 0 })
    #expect(events.contains { $0.cat == "function" } == options.isEmpty)
    #expect(events.contains { $0.ph == "B" && $0.name == "supervisor" })
    // Perfetto sorts what has the same time otherwise where there is one.
    #expect(!events.contains { $0.ph == "X" })
  }

  @Test func whatCannotBeDoneIsSaid() throws {
    let recording = try EchoRecording()
    let path = try recording.folder.write("taken", [1])
    #expect(reprise("export", "vcd", recording.trace, "-o", path).status == 64)
    #expect(try recording.folder.read("taken") == [1])
    #expect(reprise("export", "vcd", recording.trace, "-o", path, "--force").status == 0)
    #expect(reprise("export", "vcd", recording.trace, "-o", recording.trace, "--force").status == 64)
    #expect(reprise("export", "vcd", recording.trace, "-o", recording.folder.file("no/such")).status == 73)
    #expect(reprise("export", "vcd", recording.trace, "--json").status == 64)
    #expect(reprise("export", "perfetto", recording.trace, "--pc").status == 64)
    #expect(reprise("export", "asciicast", recording.trace, "--size", "0x0").status == 64)
    #expect(reprise("export", "elf", recording.trace).status == 64)
    #expect(reprise("export", "vcd", recording.trace, "--from", "@20", "--to", "@10").status == 64)
    #expect(reprise("export", "vcd", recording.trace, "--from", "@99999999").status == 64)
    #expect(reprise("export", "vcd", path).status == 65)
    #expect(!recording.folder.has("taken.part"))
  }

  @Test func whoIsAskedToEndLeavesNothing() throws {
    let recording = try EchoRecording()
    let path = recording.folder.file("out.vcd")
    let result = reprise(["export", "vcd", recording.trace, "-o", path], signal: 2)
    #expect(result.status == 130)
    #expect(!recording.folder.has("out.vcd") && !recording.folder.has("out.vcd.part"))
  }
}
