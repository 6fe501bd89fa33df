import Archive
import Host
import Testing
import VirtualTime

@testable import Commands

/// `mark` and `marks`.
@Suite struct MarkTests {
  @Test func aMarkIsFoundAgainAndChangesNothingElse() throws {
    let recording = try EchoRecording()
    let before = try recording.folder.read("echo.reprise")
    let result = reprise("mark", recording.trace, "@20", "here it is")
    #expect(result.status == 0, "\(result.error)")
    #expect(result.text.contains("marked @20 (cycle "))
    let after = try recording.folder.read("echo.reprise")
    #expect(after.count > before.count)
    #expect(Array(after[..<before.count]) == before)
    let (old, new) = (try TraceReader(before), try TraceReader(after))
    #expect(new.isComplete && new.identity == old.identity && new.end == old.end)
    try new.verify()
    #expect(new.damage.isEmpty)
    let replayed = reprise("replay", recording.trace, "--until", "mark:here it is", "--quiet")
    #expect(replayed.text.contains("20 steps"))
    #expect(reprise("replay", recording.trace, "--quiet").text.contains("at the end"))
  }

  /// The cycle is the run's own: the same as that of whatever the recorder noted at the step.
  @Test func aMarkHasTheCycleAtWhichItsStepBegins() throws {
    let recording = try EchoRecording("--effects", "all")
    let reader = try TraceReader(recording.folder.read("echo.reprise"))
    // A rung is taken at the first moment of its step, unless the machine waits there.
    let rungs = try reader.rungs()
    for (number, rung) in rungs.prefix(4).enumerated() {
      #expect(reprise("mark", recording.trace, "\(rung.moment.step.count)", "rung \(number)").status == 0)
    }
    let marks = try TraceReader(recording.folder.read("echo.reprise")).marks().filter { !$0.isAutomatic }
    #expect(marks.map(\.moment) == rungs.prefix(4).map(\.moment))
  }

  @Test func marksAreListedInOrderOfTime() throws {
    let recording = try EchoRecording()
    for (position, name) in [("end", "last"), ("@30", "third"), ("@5", "first"), ("mark:third", "as well")] {
      #expect(reprise("mark", recording.trace, position, name).status == 0)
    }
    let names = reprise("marks", recording.trace).text.split(separator: "\n").map { line in
      line.split(separator: "s  ", maxSplits: 1).last.map(String.init) ?? ""
    }
    #expect(names == ["first", "third", "as well", "power-off  (automatic)", "last"])
    let document = try JSONSerializer.object(reprise("marks", recording.trace, "--json").text)
    let list = try #require(document["marks"] as? [[String: Any]])
    #expect(list.compactMap { $0["name"] as? String } == ["first", "third", "as well", "power-off", "last"])
    let steps = list.compactMap { $0["step"] as? UInt64 }
    #expect(steps == steps.sorted() && steps.count == 5)
    #expect(list.map { $0["isAutomatic"] as? Bool } == [false, false, false, true, false])
    #expect(list[1]["cycle"] as? UInt64 == list[2]["cycle"] as? UInt64)
  }

  @Test func aTraceWithoutMarksSaysHowToMakeOne() throws {
    let recording = try EchoRecording()
    let reader = try TraceReader(recording.folder.read("echo.reprise"))
    var writer = TraceWriter()
    var bytes = writer.header(reader.header)
    bytes += writer.image(0, bytes: try #require(try reader.image(0)))
    let bare = try recording.folder.write("bare.reprise", bytes)
    let result = reprise("marks", bare)
    #expect(result.status == 0 && result.text.isEmpty)
    #expect(result.error.contains("reprise mark \(bare) POSITION NAME"))
  }

  @Test func aNameIsTakenOnceOnly() throws {
    let recording = try EchoRecording()
    #expect(reprise("mark", recording.trace, "@5", "spot").status == 0)
    let bytes = try recording.folder.read("echo.reprise")
    let again = reprise("mark", recording.trace, "@9", "spot")
    #expect(again.status == 64)
    #expect(again.error.contains("has a mark 'spot' already, at @5"))
    #expect(again.error.contains("reprise mark \(recording.trace) @9 spot-2"))
    #expect(reprise("mark", recording.trace, "@9", "power-off").status == 64)
    #expect(try recording.folder.read("echo.reprise") == bytes)
  }

  @Test(arguments: ["", " spot", "spot ", "two\nlines", "\u{1b}[31mred", String(repeating: "n", count: 201)])
  func namesThatCannotBeShownAreRefused(_ name: String) throws {
    let recording = try EchoRecording()
    let bytes = try recording.folder.read("echo.reprise")
    let result = reprise("mark", recording.trace, "@5", name)
    #expect(result.status == 64)
    #expect(result.error.contains("cannot be a mark's name"))
    #expect(try recording.folder.read("echo.reprise") == bytes)
  }

  @Test func everyKindOfPositionCanBeMarked() throws {
    let recording = try EchoRecording("--effects", "all")
    for position in ["console:>", "t=1us", "*0x80000000", "end-3"] {
      let result = reprise("mark", recording.trace, position, "at \(position)")
      #expect(result.status == 0, "\(position): \(result.error)")
    }
    let marks = try TraceReader(recording.folder.read("echo.reprise")).marks().filter { !$0.isAutomatic }
    #expect(marks.count == 4)
    // The firmware is entered from the boot ROM, and shows `>` a little later.
    #expect(marks[2].moment.step.count > 0 && marks[2].moment < marks[0].moment)
    #expect(marks[1].moment.cycle >= Cycle(1000))
  }

  /// A mark is a moment: a guest waits for long in one step.
  @Test func aMarkInTheMiddleOfWaitingIsGoneBackTo() throws {
    let recording = try EchoRecording()
    let reader = try TraceReader(recording.folder.read("echo.reprise"))
    var waits = 0
    for number in 1..<10 as Range<UInt64> {
      let nanoseconds = reader.covered.cycle.count * number / 10
      #expect(reprise("mark", recording.trace, "t=\(nanoseconds)ns", "m\(number)").status == 0)
      let marks = try TraceReader(recording.folder.read("echo.reprise")).marks()
      let mark = try #require(marks.first { $0.name == "m\(number)" })
      let place = reprise("replay", recording.trace, "--json", "--at", "mark:m\(number)").text
      #expect(place.contains("\"cycle\" : \(mark.moment.cycle.count),"), "\(mark.moment): \(place)")
      let part = recording.folder.file("part.reprise")
      #expect(reprise("cut", recording.trace, "--from", "mark:m\(number)", "-o", part, "--force").status == 0)
      #expect(try TraceReader(recording.folder.read("part.reprise")).start == mark.moment)
      let begin = reprise("replay", recording.trace, "--json", "--at", "@\(mark.moment.step.count)").text
      if !begin.contains("\"cycle\" : \(mark.moment.cycle.count),") { waits += 1 }
    }
    // The canary: it did wait.
    #expect(waits > 0)
  }

  @Test func positionsOutsideTheTraceAreRefused() throws {
    let recording = try EchoRecording()
    for position in ["@99999999", "soon", "mark:lunch", "end-99999999", "t=100h"] {
      #expect(reprise("mark", recording.trace, position, "x").status == 64, "\(position)")
    }
    #expect(reprise("mark", recording.folder.file("nothing"), "end", "x").status == 66)
    let text = try recording.folder.write("text", Array("not a trace, but long enough to be one".utf8))
    #expect(reprise("mark", text, "end", "x").status == 65)
    #expect(try recording.folder.read("text").count == 38)
  }

  @Test func aFileThatSomeoneAppendsToIsLeftAlone() throws {
    let recording = try EchoRecording()
    let bytes = try recording.folder.read("echo.reprise")
    let recorder = try AppendFile(extending: recording.trace)
    let result = reprise("mark", recording.trace, "end", "x")
    #expect(result.status == 74)
    #expect(result.error.contains("is being recorded, or marked, by another process"))
    let again = EchoRecording.record(recording.guest, recording.trace, ["--force"])
    #expect(again.status == 73)
    #expect(try recording.folder.read("echo.reprise") == bytes)
    recorder.close()
    #expect(reprise("mark", recording.trace, "end", "x").status == 0)
  }

  @Test func aTraceThatWasCutShortCannotBeMarked() throws {
    let recording = try EchoRecording()
    let bytes = try recording.folder.read("echo.reprise")
    let end = try #require(TraceReader(bytes).sections.first { $0.head.kind == .end })
    let cut = try recording.folder.write("cut.reprise", Array(bytes[..<end.offset]))
    let result = reprise("mark", cut, "@5", "x")
    #expect(result.status == 65)
    #expect(result.error.contains("was cut short") && result.error.contains("reprise info"))
    #expect(try recording.folder.read("cut.reprise").count == end.offset)
  }

  /// Wherever a crash cuts what `mark` appends, the recording is whole, and can be marked.
  @Test func aCrashWhileMarkingLosesNothingButTheMark() throws {
    let recording = try EchoRecording()
    let before = try recording.folder.read("echo.reprise")
    #expect(reprise("mark", recording.trace, "@20", "first").status == 0)
    let after = try recording.folder.read("echo.reprise")
    for length in stride(from: before.count, to: after.count, by: 13) {
      let torn = try recording.folder.write("torn.reprise", Array(after[..<length]))
      #expect(reprise("replay", torn, "--quiet").text.contains("at the end"), "\(length) bytes")
      #expect(reprise("mark", torn, "@30", "second").status == 0, "\(length) bytes")
      let bytes = try recording.folder.read("torn.reprise")
      let reader = try TraceReader(bytes)
      #expect(Array(bytes[..<before.count]) == before && reader.isComplete && reader.damage.isEmpty)
      #expect(try reader.marks().contains { $0.name == "second" })
    }
  }

  @Test func damageIsToldAndNotMadeWorse() throws {
    let recording = try EchoRecording()
    var bytes = try recording.folder.read("echo.reprise")
    let marks = try #require(TraceReader(bytes).sections.first { $0.head.kind == .marks })
    bytes[marks.offset + 84] ^= 0x40
    let damaged = try recording.folder.write("damaged.reprise", bytes)
    let result = reprise("mark", damaged, "@20", "x")
    #expect(result.status == 65)
    #expect(result.error.contains("damaged") && result.error.contains("reprise strip"))
    #expect(try recording.folder.read("damaged.reprise") == bytes)
    let listed = reprise("marks", damaged)
    #expect(listed.status == 0 && listed.error.contains("damaged"))
  }

  @Test func askedToEndItWritesNothing() throws {
    let recording = try EchoRecording()
    let bytes = try recording.folder.read("echo.reprise")
    #expect(reprise(["mark", recording.trace, "@30", "x"], signal: 2).status == 130)
    #expect(try recording.folder.read("echo.reprise") == bytes)
  }

  @Test func whatARecordingDoesNotHaveIsADivergence() throws {
    let recording = try EchoRecording()
    let forged = try recording.forged { $0[1].digest.low ^= 1 }
    let bytes = try recording.folder.read("forged.reprise")
    let result = reprise("mark", forged, "@35", "x")
    #expect(result.status == 3)
    #expect(result.error.contains("reprise replay --quiet \(forged)"))
    #expect(try recording.folder.read("forged.reprise") == bytes)
  }
}

extension EchoRecording {
  /// The same recording with other rungs, in `forged.reprise`.
  func forged(_ change: (inout [Rung]) -> Void) throws -> String {
    let reader = try TraceReader(folder.read("echo.reprise"))
    var rungs = try reader.rungs()
    change(&rungs)
    var writer = TraceWriter()
    var bytes = writer.header(reader.header)
    bytes += writer.image(0, bytes: try #require(try reader.image(0)))
    bytes += writer.segment(inputs: try reader.inputs(), rungs: rungs, covering: .zero...reader.covered)
    bytes += writer.end(try #require(reader.end))
    return try folder.write("forged.reprise", bytes)
  }
}
