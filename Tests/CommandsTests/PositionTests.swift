import Archive
import Testing
import VirtualTime

@testable import Commands

/// `replay --at`: every kind of position, and what is shown there.
@Suite struct PositionTests {
  private func place(_ trace: String, _ position: String, _ options: String...) throws -> [String: Any] {
    let result = reprise(["replay", trace, "--json", "--at", position] + options)
    #expect(result.status == 0, "\(position): \(result.error)")
    return try JSONSerializer.object(result.text)
  }

  private func hart(_ place: [String: Any]) throws -> [String: Any] {
    try #require((place["harts"] as? [[String: Any]])?.first)
  }

  @Test func everyKindOfPositionIsFound() throws {
    let recording = try EchoRecording()
    let reader = try TraceReader(recording.folder.read("echo.reprise"))
    let last = reader.covered
    #expect(reprise("mark", recording.trace, "@17", "here").status == 0)
    // Behind the boot ROM, the guest begins at the start of RAM.
    let begin = try #require(place(recording.trace, "*0x80000000")["step"] as? UInt64)
    let expected: [(position: String, step: UInt64)] = [
      ("@0", 0), ("17", 17), ("mark:here", 17), ("end", last.step.count), ("end-3", last.step.count - 3), ("t=0s", 0),
      ("*0x8000000c", begin + 3),
    ]
    for (position, step) in expected {
      #expect(try place(recording.trace, position)["step"] as? UInt64 == step, "\(position)")
    }
    let end = try place(recording.trace, "end")
    #expect(end["isEnd"] as? Bool == true && end["cycle"] as? UInt64 == last.cycle.count)
    #expect(end["stepsToEnd"] as? UInt64 == 0)
  }

  /// What the console shows, shows at the very step behind the store that sent it.
  @Test func whatTheConsoleShowsIsFoundBehindItsLastByte() throws {
    let recording = try EchoRecording()
    var outputs: [(byte: UInt8, step: UInt64)] = []
    try TraceReader(recording.folder.read("echo.reprise")).effects(kinds: .output) { effect in
      if case .output(_, let byte) = effect.kind { outputs.append((byte, effect.moment.step.count)) }
    }
    let last = try #require(outputs.first { $0.byte == UInt8(ascii: "b") })
    let found = try place(recording.trace, "console:>ab")
    #expect(found["step"] as? UInt64 == last.step + 1)
    let refused = reprise("replay", recording.trace, "--at", "console:xyzzy")
    #expect(refused.status == ExitStatus.no && refused.error.contains("never shows"))
  }

  @Test func aGuestTimeIsTheFirstMomentThatIsNotEarlier() throws {
    let recording = try EchoRecording()
    let end = try place(recording.trace, "end")
    let cycle = try #require(end["cycle"] as? UInt64) / 2
    let found = try place(recording.trace, "t=\(cycle)ns")
    #expect(try #require(found["cycle"] as? UInt64) >= cycle)
    let step = try #require(found["step"] as? UInt64)
    let before = try place(recording.trace, "@\(step - 1)")
    #expect(try #require(before["cycle"] as? UInt64) < cycle)
  }

  /// The next instruction, and what the last one changed: the guest begins with `lui t0, 0x10000`, and `t0` still has
  /// what the boot ROM left there.
  @Test func thePlaceTellsOfTheLastStepAndTheNext() throws {
    let recording = try EchoRecording()
    let first = try hart(place(recording.trace, "*0x80000004"))
    #expect(first["pc"] as? String == "0x80000004")
    #expect(first["privilege"] as? String == "machine")
    #expect((first["instruction"] as? String)?.hasPrefix("lui") == true)
    #expect((first["instructionBytes"] as? String)?.count == 8)
    let changes = try #require(first["changed"] as? [[String: String]])
    #expect(changes == [["register": "t0", "before": "0x80000000", "after": "0x10000000"]])
    let text = reprise("replay", recording.trace, "--at", "*0x80000004").text
    #expect(text.contains("t0: 0x80000000 -> 0x10000000") && text.contains("machine mode, pc 0x80000004"))
  }

  /// A stripped trace, and hardly any memory for checkpoints, show the same place.
  @Test func everyWayThereShowsTheSame() throws {
    let recording = try EchoRecording()
    let stripped = recording.folder.file("stripped.reprise")
    #expect(reprise("strip", recording.trace, "-o", stripped).status == 0)
    for position in ["end", "end-1", "@100", "t=1us"] {
      let wanted = reprise("replay", recording.trace, "--json", "--at", position).text
      #expect(reprise("replay", stripped, "--json", "--at", position).text == wanted)
      let tight = reprise("replay", recording.trace, "--json", "--at", position, "--checkpoint-memory", "1M")
      #expect(tight.text == wanted)
    }
  }

  @Test(arguments: [
    "@999999999", "t=1000s", "end-999999999", "nonsense", "@", "t=later", "mark:nobody", "console:", "*0xzz", "",
  ])
  func whatIsNoPositionIsRefusedWithTheNotation(position: String) throws {
    let recording = try EchoRecording()
    let result = reprise("replay", recording.trace, "--at", position)
    #expect(result.status == ExitStatus.usage, "\(result.text)")
    #expect(result.error.contains("position") || result.error.contains("trace"), "\(result.error)")
  }

  /// What of a trace is not there, and what memory does not suffice for, is told.
  @Test func aTraceThatWasCutShortSaysSo() throws {
    let recording = try EchoRecording("--checkpoints", "none")
    let bytes = try recording.folder.read("echo.reprise")
    let cut = try recording.folder.write("cut.reprise", Array(bytes[..<(bytes.count * 9 / 10)]))
    let result = reprise("replay", cut, "--at", "end")
    #expect(result.status == 0 && result.error.contains("was cut short"), "\(result.error)")
    #expect(!reprise("replay", recording.trace, "--at", "end").error.contains("cut short"))
  }

  @Test func anAddressThatIsNeverExecutedIsTold() throws {
    let recording = try EchoRecording()
    let result = reprise("replay", recording.trace, "--at", "*0xdead0000")
    #expect(result.status == ExitStatus.no && result.error.contains("never executed"))
    #expect(reprise("replay", recording.trace, "--at", "end", "--until", "end").status == ExitStatus.usage)
  }
}
