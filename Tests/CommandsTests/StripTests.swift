import Archive
import Testing
import VirtualTime

@testable import Commands

/// `strip`.
@Suite struct StripTests {
  /// A recording that also holds checkpoints, which are of no machine: whoever strips does not look into them.
  private static func withCheckpoints(_ recording: EchoRecording) throws -> String {
    let bytes = try recording.folder.read("echo.reprise")
    let reader = try TraceReader(bytes)
    var writer = try #require(TraceWriter(continuing: reader))
    let page = [UInt8](repeating: 7, count: 4096)
    var whole = bytes + writer.pages([page])
    whole += writer.checkpoint(
      CheckpointRecord(
        moment: reader.covered, digest: TraceDigest(high: 1, low: 2), shape: TraceDigest(high: 3, low: 4),
        board: Array(repeating: 9, count: 3000), pages: [PageReference(page: 1, content: 0)]))
    whole += writer.amendment(marks: [])
    return try recording.folder.write("whole.reprise", whole)
  }

  @Test func whatRemainsReplaysTheSame() throws {
    let recording = try EchoRecording()
    let whole = try Self.withCheckpoints(recording)
    let copy = recording.folder.file("copy.reprise")
    let result = reprise("strip", whole, "-o", copy)
    #expect(result.status == 0, "\(result.error)")
    let (old, new) = (try recording.folder.read("whole.reprise"), try recording.folder.read("copy.reprise"))
    #expect(result.text.contains("\(Show.count(old.count)) bytes before, \(Show.count(new.count)) after"))
    #expect(result.text.contains("checkpoint") && result.text.contains("pages"))
    #expect(new.count < old.count)
    let (before, after) = (try TraceReader(old), try TraceReader(new))
    #expect(after.identity == before.identity && after.end == before.end && after.isComplete)
    #expect(after.checkpoints.isEmpty && !before.checkpoints.isEmpty && after.pageCount == 0)
    #expect(try after.marks() == before.marks())
    let replayed = reprise("replay", copy)
    #expect(replayed.status == 0 && replayed.output == recording.result.output)
    #expect(!replayed.error.contains(" 0 effects"))
  }

  @Test func effectsGoWhenTheyAreToo() throws {
    let recording = try EchoRecording("--effects", "all", "--checkpoints", "none")
    let copy = recording.folder.file("copy.reprise")
    let result = reprise("strip", recording.trace, "-o", copy, "--effects", "--json")
    #expect(result.status == 0, "\(result.error)")
    let document = try JSONSerializer.object(result.text)
    let dropped = try #require(document["dropped"] as? [[String: Any]])
    #expect(dropped.compactMap { $0["kind"] as? String } == ["effects"])
    let (before, after) = (document["bytesBefore"] as? UInt64, document["bytesAfter"] as? UInt64)
    #expect(try #require(after) < #require(before))
    let reader = try TraceReader(recording.folder.read("copy.reprise"))
    #expect(!reader.sections.contains { $0.head.kind == .effects })
    let replayed = reprise("replay", copy)
    #expect(replayed.status == 0 && replayed.output == recording.result.output)
    #expect(replayed.error.contains(" 0 effects compared"))
  }

  @Test func aCutTraceStaysCut() throws {
    let recording = try EchoRecording()
    let bytes = try recording.folder.read("echo.reprise")
    let end = try #require(TraceReader(bytes).sections.first { $0.head.kind == .end })
    let cut = try recording.folder.write("cut.reprise", Array(bytes[..<end.offset]))
    let result = reprise("strip", cut, "-o", recording.folder.file("copy.reprise"))
    #expect(result.status == 0 && result.error.contains("cut short"))
    #expect(try !TraceReader(recording.folder.read("copy.reprise")).isComplete)
  }

  @Test func nothingIsOverwrittenUnasked() throws {
    let recording = try EchoRecording()
    let bytes = try recording.folder.read("echo.reprise")
    let other = try recording.folder.write("other", [1, 2, 3])
    #expect(reprise("strip", recording.trace, "-o", other).status == 64)
    #expect(try recording.folder.read("other") == [1, 2, 3])
    #expect(reprise("strip", recording.trace, "-o", other, "--force").status == 0)
    #expect(try TraceReader(recording.folder.read("other")).isComplete)
    for options in [[], ["--force"]] {
      let itself = reprise(["strip", recording.trace, "-o", recording.trace] + options)
      #expect(itself.status == 64 && itself.error.contains("is the trace itself"))
    }
    #expect(try recording.folder.read("echo.reprise") == bytes)
    #expect(reprise("strip", recording.trace, "-o", "/nowhere/copy").status == 73)
  }

  @Test func afterAFailureNoHalfCopyIsLeft() throws {
    let recording = try EchoRecording()
    let copy = recording.folder.file("copy.reprise")
    #expect(reprise(["strip", recording.trace, "-o", copy], signal: 2).status == 130)
    #expect(!recording.folder.has("copy.reprise"))
    let full = reprise("strip", recording.trace, "-o", "/dev/full", "--force")
    #expect(full.status == 74, "\(full.error)")
  }
}
