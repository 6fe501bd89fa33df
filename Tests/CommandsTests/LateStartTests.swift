import Archive
import Testing
import Timeline
import VirtualTime

@testable import Commands

/// Traces that start later than at power-on, as flight recorders and cutting leave them.
@Suite struct LateStartTests {
  /// A recording, and the same from one of its checkpoints on, in `late.reprise`.
  private struct Late {
    let recording: EchoRecording
    let path: String
    let start: Moment

    init() throws {
      recording = try EchoRecording("--effects", "all", "--checkpoints", "3")
      #expect(reprise("mark", recording.trace, "@5", "early").status == 0)
      #expect(reprise("mark", recording.trace, "end-5", "late").status == 0)
      let reader = try TraceReader(recording.folder.read("echo.reprise"))
      let section = try #require(reader.checkpoints.first { $0.head.first.step > Step(5) })
      var record = try #require(try reader.checkpoint(section))
      start = record.moment
      let numbers = record.contentNumbers
      var contents: [[UInt8]] = []
      #expect(try reader.forEachPage(numbers) { contents.append(Array($1)) }.isEmpty)
      for index in record.pages.indices where record.pages[index].content != PageReference.zeroPage {
        let place = try #require(numbers.firstIndex(of: record.pages[index].content))
        record.pages[index].content = UInt32(place)
      }
      var end = try #require(reader.end)
      var console = ConsoleTotals()
      try reader.effects(kinds: .output) { effect in
        if case .output(_, let byte) = effect.kind, effect.moment >= record.moment { console.note([byte]) }
      }
      (end.consoleDigest, end.consoleByteCount) = (TraceDigest(console.digest), console.byteCount)
      // The guest may have written nothing.
      var blocks = contents.isEmpty ? [] : [PageBlock(contents)]
      var bytes: [UInt8] = []
      try TraceCopy.cut(
        reader, from: record.moment, snapshot: record, end: end, nextPages: { blocks.popLast() }, to: { bytes += $0 })
      path = try recording.folder.write("late.reprise", bytes)
    }

    func reader() throws -> TraceReader { try TraceReader(recording.folder.read("late.reprise")) }
  }

  @Test func marksAreThoseFromTheStartOn() throws {
    let late = try Late()
    let text = reprise("marks", late.path).text
    #expect(!text.contains("early") && text.contains("late") && text.contains("power-off"))
    // They tell the same moments as in the whole recording.
    let whole = reprise("marks", late.recording.trace).text.split(separator: "\n")
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      #expect(whole.contains { $0.split(separator: " ") == words }, "\(line)")
    }
  }

  @Test func stepsAreCountedFromPowerOn() throws {
    let late = try Late()
    let step = late.start.step.count + 7
    for trace in [late.path, late.recording.trace] {
      #expect(reprise("mark", trace, "@\(step)", "here").status == 0)
    }
    let whole = try TraceReader(late.recording.folder.read("echo.reprise"))
    let marks = [try late.reader(), whole].map { reader in try? reader.marks().first { $0.name == "here" } }
    #expect(marks[0] != nil && marks[0] == marks[1])
    #expect(try late.reader().isComplete)
    #expect(try late.reader().start == late.start)
  }

  @Test func whatCameBeforeTheStartCannotBeMarked() throws {
    let late = try Late()
    let bytes = try late.recording.folder.read("late.reprise")
    let result = reprise("mark", late.path, "@\(late.start.step.count - 1)", "before")
    #expect(result.status == 64)
    #expect(result.error.contains("@\(late.start.step.count)"))
    #expect(try late.recording.folder.read("late.reprise") == bytes)
    #expect(reprise("mark", late.path, "@\(late.start.step.count)", "first").status == 0)
    #expect(try late.reader().marks().last?.moment == late.start)
  }

  @Test func aStrippedCopyStartsWhereItStarted() throws {
    let late = try Late()
    let copy = late.recording.folder.file("copy.reprise")
    #expect(reprise("strip", late.path, "-o", copy, "--effects").status == 0)
    let (before, after) = (try late.reader(), try TraceReader(late.recording.folder.read("copy.reprise")))
    #expect(after.start == late.start && after.origin == before.origin && after.identity == before.identity)
    #expect(try after.snapshot() == before.snapshot())
    #expect(reprise("mark", copy, "@\(late.start.step.count + 3)", "there").status == 0)
  }

  @Test func aDamagedStartIsTold() throws {
    let late = try Late()
    var bytes = try late.recording.folder.read("late.reprise")
    let snapshot = try #require(try late.reader().sections.first { $0.head.kind == .snapshot })
    bytes[snapshot.offset + 100] ^= 1
    let damaged = try late.recording.folder.write("damaged.reprise", bytes)
    let result = reprise("mark", damaged, "@\(late.start.step.count + 3)", "there")
    #expect(result.status == 65, "\(result.error)")
    #expect(try late.recording.folder.read("damaged.reprise") == bytes)
  }

  @Test func aTraceThatStartsLateIsTestedFromItsStartOn() throws {
    let late = try Late()
    let replayed = reprise("replay", late.path, "--quiet")
    #expect(replayed.status == 0 && replayed.text.contains("at the end"), "\(replayed.error)")
    let result = reprise("selftest", late.path, "--json")
    #expect(result.status == 0, "\(result.error)")
    let document = try JSONSerializer.object(result.text)
    let steps = try late.reader().covered.step.count - late.start.step.count
    #expect(document["verdict"] as? String == "same")
    #expect(document["stepsCompared"] as? UInt64 == 2 * steps)
    #expect(document["stepsRun"] as? UInt64 == 5 * steps)
  }
}
