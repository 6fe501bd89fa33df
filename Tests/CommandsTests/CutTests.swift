import Archive
import Glibc
import Testing
import VirtualTime

@testable import Commands

@Suite struct CutTests {
  @Test func aPartReplaysAlone() throws {
    let recording = try EchoRecording("--effects", "all")
    let before = try recording.folder.read("echo.reprise")
    let parent = try TraceReader(before)
    let part = recording.folder.file("part.reprise")
    unlink(recording.guest)
    let result = reprise("cut", recording.trace, "--from", "console:a", "-o", part)
    #expect(result.status == 0, "\(result.error)")
    #expect(result.text.contains("cut \(part) out of \(recording.trace)"))
    #expect(result.text.contains("it was replayed"))
    #expect(!recording.folder.has("part.reprise.part"))
    #expect(try recording.folder.read("echo.reprise") == before)
    let reader = try TraceReader(recording.folder.read("part.reprise"))
    let origin = try #require(reader.origin)
    #expect(origin.kind == .cut && origin.parent == parent.identity && origin.parentMoment == origin.start)
    #expect(origin.start > .zero)
    #expect(reader.end?.digest == parent.end?.digest && reader.end?.reason == .poweredOff)
    let replayed = reprise("replay", part)
    #expect(replayed.status == 0, "\(replayed.error)")
    #expect(replayed.text == "b")
    #expect(reprise("info", part).text.contains("origin         cut of the trace"))
    #expect(reprise("replay", "--at", "end", part).status == 0)
    #expect(reprise("log", part).status == 0)
    #expect(reprise("selftest", part).status == 0)
  }

  @Test func aPartOfAPartIsAPart() throws {
    let recording = try EchoRecording()
    let (part, smaller, same) = (
      recording.folder.file("part.reprise"), recording.folder.file("smaller.reprise"),
      recording.folder.file("same.reprise")
    )
    let last = try #require(try TraceReader(recording.folder.read("echo.reprise")).end).moment.step.count
    #expect(reprise("cut", recording.trace, "--from", "@20", "--to", "@\(last - 10)", "-o", part).status == 0)
    #expect(reprise("cut", part, "--from", "@35", "--to", "end-5", "-o", smaller, "--json").status == 0)
    #expect(reprise("cut", recording.trace, "--from", "@35", "--to", "@\(last - 15)", "-o", same).status == 0)
    let (one, other) = (
      try TraceReader(recording.folder.read("smaller.reprise")), try TraceReader(recording.folder.read("same.reprise"))
    )
    #expect(one.end == other.end && one.start == other.start && one.end?.reason == .limit)
    #expect(one.start.step == Step(35) && one.end?.moment.step == Step(last - 15))
    #expect(try one.snapshot() == other.snapshot())
    #expect(try one.inputs() == other.inputs() && one.rungs() == other.rungs())
    #expect(reprise("replay", smaller).status == 0)
    let child = recording.folder.file("child.reprise")
    let fork = reprise("fork", part, "--at", "@40", "-o", child, "--type", "q", "--when", "")
    #expect(fork.status == 0, "\(fork.error)")
    #expect(reprise("replay", child).status == 0)
  }

  @Test func fromTheStartThereIsNoSnapshot() throws {
    let recording = try EchoRecording()
    let part = recording.folder.file("part.reprise")
    #expect(reprise("cut", recording.trace, "--to", "@50", "-o", part).status == 0)
    let reader = try TraceReader(recording.folder.read("part.reprise"))
    #expect(reader.start == .zero)
    #expect(try reader.snapshot() == nil)
    #expect(reprise("replay", part).status == 0)
  }

  @Test func whatCannotBeCutLeavesNothing() throws {
    let recording = try EchoRecording()
    let part = recording.folder.file("part.reprise")
    #expect(reprise("cut", recording.trace, "--from", "@50", "--to", "@50", "-o", part).status == 64)
    #expect(reprise("cut", recording.trace, "--from", "@50", "--to", "@40", "-o", part).status == 64)
    #expect(reprise("cut", recording.trace, "--from", "@99999999", "-o", part).status == 64)
    #expect(reprise("cut", recording.trace, "-o", recording.trace, "--force").status == 64)
    #expect(reprise("cut", recording.trace, "-o", recording.folder.file("no/part.reprise")).status == 73)
    #expect(reprise(["cut", recording.trace, "-o", part], signal: 2).status == 130)
    // The canary: what does not replay is not cut.
    let forged = try recording.forged { $0[1].digest.low ^= 1 }
    #expect(reprise("cut", forged, "--from", "@30", "-o", part).status == 3)
    #expect(!recording.folder.has("part.reprise") && !recording.folder.has("part.reprise.part"))
    _ = try recording.folder.write("part.reprise", [1])
    #expect(reprise("cut", recording.trace, "-o", part).error.contains("is there already"))
    #expect(try recording.folder.read("part.reprise") == [1])
    #expect(reprise("cut", recording.trace, "-o", part, "--force").status == 0)
  }
}
