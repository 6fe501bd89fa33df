import Archive
import Support
import Testing
import Timeline

/// A storm of exceptions becomes a mark, is no effect of the trace, and does not trouble a replay.
@Suite struct TrapStormMarkTests {
  @Test func stormIsMarked() throws {
    var guest = GuestAssembler(at: Guest.codeBase)
    guest.csrw(.mtvec, value: 0)
    guest.word(0)
    let made = Guest(code: guest.finish())
    let recording = try Recording(made, source: RandomTyping("", seed: 1), limitSteps: 5000)
    let marks = try TraceReader(recording.bytes).marks().filter { $0.name == "trap-storm" }
    #expect(marks.count == 1)
    #expect(marks.first?.isAutomatic == true)
    let (report, _) = try Recording.replay(recording.bytes, made)
    #expect(report.divergence == nil)
    #expect(report.reachedEnd)
  }
}
