import Archive
import Glibc
import Testing
import VirtualTime

@testable import Commands

/// The guest `echo`, which reports failure 7 after the key `f`.
@Suite struct ShrinkTests {
  private static func failing(_ keys: String = "xyabcf") throws -> EchoRecording {
    let recording = try EchoRecording()
    let result = reprise(
      "record", "-o", recording.trace, "--force", "--bios", recording.guest, "-m", "16M", "--max-steps", "1000000",
      "--rung-interval", "10", "--type", keys, "--when", "console:>")
    #expect(result.status == 1, "\(result.error)")
    return recording
  }

  @Test func theSmallestTraceIsWrittenAndReplaysAlone() throws {
    let recording = try Self.failing()
    let parent = try TraceReader(recording.folder.read("echo.reprise"))
    unlink(recording.guest)
    let result = reprise("shrink", recording.trace)
    #expect(result.status == 0, "\(result.error)")
    #expect(result.text.contains("6 inputs to 1"))
    #expect(result.text.contains("the guest switches the machine off with failure code 7"))
    #expect(result.text.contains("uart \"f\""))
    #expect(result.text.contains("reprise gdb \(recording.folder.file("echo.min.reprise")) --at end"))
    let child = try TraceReader(recording.folder.read("echo.min.reprise"))
    #expect(child.end?.reason == .failure(code: 7))
    #expect(try child.inputs().map(\.bytes) == [[0x66]])
    let (shorter, longer) = (try #require(child.end), try #require(parent.end))
    #expect(shorter.moment < longer.moment)
    #expect(child.origin?.kind == .fork && child.origin?.parent == parent.identity)
    #expect(reprise("replay", recording.folder.file("echo.min.reprise")).status == 0)
    #expect(!recording.folder.has("echo.min.reprise.part"))
  }

  @Test func whatTheConsoleShowsCanBeTheFailure() throws {
    let recording = try Self.failing("xy\nab\nzzf")
    let small = recording.folder.file("small.reprise")
    let result = reprise("shrink", recording.trace, "--fails", "console:b\n", "-o", small)
    #expect(result.status == 0, "\(result.error)")
    let child = try TraceReader(recording.folder.read("small.reprise"))
    #expect(try child.inputs().map(\.bytes) == [[0x62], [0x0a]])
    // It ends right behind the line, where the guest happens to wait for ever.
    #expect(child.end?.reason == .stalled)
    var last: Moment?
    try child.effects(kinds: .output) { last = $0.moment }
    let (end, shown) = (try #require(child.end).moment, try #require(last))
    #expect(end.step.count <= shown.step.count + 1)
  }

  @Test func theSameTraceGivesTheSameResultWhateverTheThreads() throws {
    let recording = try Self.failing()
    var documents: [String] = []
    var traces: [[UInt8]] = []
    for jobs in ["1", "1", "3"] {
      let result = reprise("shrink", recording.trace, "-j", jobs, "--json", "--force")
      #expect(result.status == 0, "\(result.error)")
      documents.append(result.text)
      traces.append(try recording.folder.read("echo.min.reprise"))
    }
    #expect(documents[0].contains("\"schema\" : \"reprise/shrink/1\""))
    #expect(documents[0].contains("\"end\" : \"minimal\""))
    #expect(documents.allSatisfy { $0 == documents[0] })
    #expect(traces.allSatisfy { $0 == traces[0] })
  }

  @Test func aTraceThatDoesNotFailIsToldSo() throws {
    let recording = try EchoRecording()
    let without = reprise("shrink", recording.trace)
    #expect(without.status == 64)
    #expect(without.error.contains("does not end in a failure (it ended because the guest switched the machine off)"))
    #expect(without.error.contains("try: reprise shrink"))
    let never = reprise("shrink", recording.trace, "--fails", "console:never")
    #expect(never.status == 1)
    #expect(never.error.contains("does not fail: it is not so that the console shows 'never'"))
    #expect(!recording.folder.has("echo.min.reprise"))
  }

  @Test func aBudgetLeavesTheSmallestSoFar() throws {
    let recording = try Self.failing()
    let result = reprise("shrink", recording.trace, "--max-runs", "2")
    #expect(result.status == 124)
    #expect(result.text.contains("--max-runs came first"))
    #expect(reprise("replay", recording.folder.file("echo.min.reprise")).status == 0)
  }

  @Test func anInterruptLeavesNothingBeforeTheFailureIsKnown() throws {
    let recording = try Self.failing()
    let result = reprise(["shrink", recording.trace], signal: SIGINT)
    #expect(result.status == 130)
    #expect(result.error.contains("interrupted; nothing was written"))
    #expect(!recording.folder.has("echo.min.reprise"))
  }

  @Test func whatCannotBeAskedForIsRefused() throws {
    let recording = try Self.failing()
    for fails in ["", "crash", "console:", "console:/(/", "console:/x*/"] {
      #expect(reprise("shrink", recording.trace, "--fails", fails).status == 64, "\(fails)")
    }
    #expect(reprise("shrink", recording.trace, "-o", recording.trace, "--force").status == 64)
    #expect(reprise("shrink", recording.trace, "-j", "0").status == 64)
    let taken = try recording.folder.write("taken", [1])
    #expect(reprise("shrink", recording.trace, "-o", taken).status == 64)
    #expect(try recording.folder.read("taken") == [1])
    #expect(reprise("shrink", recording.folder.file("nowhere")).status == 66)
    #expect(reprise("shrink", taken).status == 65)
    #expect(reprise("shrink", recording.trace, "-o", recording.folder.file("no/such/folder")).status == 73)
  }

  @Test func whatIsSmallAlreadyIsWrittenAgain() throws {
    let recording = try Self.failing("f")
    let result = reprise("shrink", recording.trace)
    #expect(result.status == 0, "\(result.error)")
    let again = reprise("shrink", recording.folder.file("echo.min.reprise"))
    #expect(again.status == 0, "\(again.error)")
    #expect(again.text.contains("1 input to 1"))
    #expect(reprise("replay", recording.folder.file("echo.min.min.reprise")).status == 0)
  }

  @Test func aPartOfATraceShrinksFromItsStartOn() throws {
    let recording = try Self.failing()
    let part = recording.folder.file("part.reprise")
    #expect(reprise("cut", recording.trace, "--from", "console:xy", "-o", part).status == 0)
    let result = reprise("shrink", part)
    #expect(result.status == 0, "\(result.error)")
    let child = try TraceReader(recording.folder.read("part.min.reprise"))
    #expect(try child.start == TraceReader(recording.folder.read("part.reprise")).start)
    #expect(try child.inputs().map(\.bytes) == [[0x66]])
    #expect(reprise("replay", recording.folder.file("part.min.reprise")).status == 0)
  }

  @Test func inputsToTheTimingAreListedInWords() throws {
    let recording = try Self.failing()
    let reader = try TraceReader(recording.folder.read("echo.reprise"))
    var inputs = try reader.inputs()
    inputs.append(InputRecord(moment: inputs[5].moment, slot: 0, bytes: [1, 1, 0, 0, 0, 0x80]))
    var writer = TraceWriter()
    var bytes = writer.header(reader.header)
    bytes += writer.image(0, bytes: try #require(try reader.image(0)))
    bytes += writer.segment(inputs: inputs, effects: [], rungs: [], marks: [], covering: .zero...reader.covered)
    let trace = try recording.folder.write("timing.reprise", bytes)
    let log = reprise("log", trace, "--kind", "inputs", "--device", "timing")
    #expect(log.text.contains("timing uart received later by 50.00 % of the leeway"), "\(log.error)")
    let json = reprise("log", trace, "--kind", "inputs", "--device", "timing", "--json")
    #expect(json.text.contains("\"timing\":\"uart received later by 50.00 % of the leeway\""))
    #expect(reprise("info", trace).text.contains("timing"))
  }
}
