import Archive
import Glibc
import Testing
import VirtualTime

@testable import Commands

@Suite struct ForkTests {
  @Test func aForkGoesItsOwnWayAndReplaysAlone() throws {
    let recording = try EchoRecording()
    let before = try recording.folder.read("echo.reprise")
    let parent = try TraceReader(before)
    let child = recording.folder.file("child.reprise")
    unlink(recording.guest)
    let result = reprise(
      "fork", recording.trace, "--at", "console:a", "-o", child, "--type", "xyq", "--when", "", "--max-steps", "1000000"
    )
    #expect(result.status == 0, "\(result.error)")
    // What was shown before the fork is not shown again.
    #expect(result.text.hasSuffix("xy") && !result.text.contains(">"), "\(result.text)")
    #expect(result.error.contains("a fork of \(recording.trace)"))
    #expect(try recording.folder.read("echo.reprise") == before)
    let reader = try TraceReader(recording.folder.read("child.reprise"))
    let origin = try #require(reader.origin)
    #expect(origin.kind == .fork && origin.parent == parent.identity && origin.start == .zero)
    #expect(reader.end?.digest != parent.end?.digest)
    // The same up to the fork, rung for rung.
    let shared = try parent.rungs().filter { $0.moment < origin.parentMoment }
    #expect(try reader.rungs().prefix(shared.count).elementsEqual(shared) && shared.count > 1)
    #expect(try reader.rungs().count > shared.count)
    let replayed = reprise("replay", child)
    #expect(replayed.status == 0, "\(replayed.error)")
    #expect(replayed.text == ">a" + result.text)
    #expect(replayed.error.contains("at every rung and at the end"))
    let identity = reprise("info", recording.trace).text.split(separator: "\n").first { $0.hasPrefix("identity") }
    let word = try #require(identity?.split(separator: " ").last)
    #expect(reprise("info", child).text.contains("origin         fork of the trace with the identity \(word)"))
    #expect(reprise("info", child).text.contains("at @\(origin.parentMoment.step.count) "))
    #expect(reader.checkpoints.last?.head.first == reader.end?.moment)
    #expect(reprise("replay", "--at", "end", child).status == 0)
  }

  @Test func checkpointsAreTakenOnTheWayToTheForkToo() throws {
    let recording = try EchoRecording()
    let child = recording.folder.file("child.reprise")
    let result = reprise(
      "fork", recording.trace, "--at", "console:a", "-o", child, "--type", "q", "--when", "", "--checkpoints", "8")
    #expect(result.status == 0, "\(result.error)")
    let reader = try TraceReader(recording.folder.read("child.reprise"))
    let left = try #require(reader.origin).parentMoment
    #expect(reader.checkpoints.contains { $0.head.first > .zero && $0.head.first < left })
    for checkpoint in reader.checkpoints {
      #expect(reprise("replay", "--at", "@\(checkpoint.head.first.step.count)", child).status == 0)
    }
    #expect(reprise("verify", child).status == 0)
  }

  @Test func aForkOfAForkAndOneFromTheStart() throws {
    let recording = try EchoRecording()
    let (child, grandchild) = (recording.folder.file("child.reprise"), recording.folder.file("grand.reprise"))
    let typing = ["--type", "q", "--when", ""]
    #expect(
      reprise(["fork", recording.trace, "--at", "@0", "-o", child, "--type", "z", "--when", "console:>"] + typing)
        .status == 0)
    #expect(reprise("replay", child).text == ">z")
    let result = reprise(["fork", child, "--at", "console:z", "-o", grandchild, "--json"] + typing)
    #expect(result.status == 0, "\(result.error)")
    #expect(result.text.contains(#""schema" : "reprise/fork/1""#))
    #expect(result.text.contains(#""file" : "\#(child)""#))
    #expect(reprise("replay", grandchild).text == ">z")
  }

  @Test func limitsCountFromTheFork() throws {
    let recording = try EchoRecording()
    let child = recording.folder.file("child.reprise")
    let result = reprise("fork", recording.trace, "--at", "@5", "-o", child, "--max-steps", "7")
    #expect(result.status == 124, "\(result.error)")
    let end = try #require(try TraceReader(recording.folder.read("child.reprise")).end)
    #expect(end.moment.step == Step(12) && end.reason == .limit)
    #expect(reprise("replay", child).status == 0)
  }

  @Test func aScenarioTypes() throws {
    let recording = try EchoRecording()
    let scenario = try recording.folder.write(
      "type.yaml",
      Array(
        """
        name: type
        machine:
          ram: 16M
        images:
          firmware: echo.bin
        script:
          - type: "k"
          - expect: "k"
          - type: "q"
        """.utf8))
    let child = recording.folder.file("child.reprise")
    let result = reprise("fork", recording.trace, "--at", "console:a", "-o", child, "--scenario", scenario)
    #expect(result.status == 0, "\(result.error)")
    #expect(result.text.hasSuffix("k"))
  }

  @Test func aPlaceInTheCodeIsLookedForAmongTheSymbols() throws {
    let recording = try EchoRecording()
    let fork = recording.folder.file("fork.reprise")
    let unknown = reprise("fork", recording.trace, "--at", "no_such_symbol", "-o", fork)
    #expect(unknown.status == 64)
    #expect(unknown.error.contains("no_such_symbol"))
    let known = reprise("fork", recording.trace, "--at", "*0x80000000", "--max-steps", "3", "-o", fork)
    #expect(known.status == 124, "\(known.error)")
  }

  @Test func whatCannotBeForkedLeavesNothing() throws {
    let recording = try EchoRecording()
    let bytes = try recording.folder.read("echo.reprise")
    let child = recording.folder.file("child.reprise")
    #expect(reprise("fork", recording.trace, "--at", "@30", "-o", recording.trace, "--force").status == 64)
    #expect(try recording.folder.read("echo.reprise") == bytes)
    #expect(reprise("fork", recording.trace, "--at", "@99999999", "-o", child).status == 64)
    #expect(reprise("fork", recording.trace, "--at", "mark:nowhere", "-o", child).status == 64)
    #expect(reprise("fork", recording.folder.file("none"), "--at", "@1", "-o", child).status == 66)
    #expect(!recording.folder.has("child.reprise"))
    // The canary: a parent that does not replay is no parent.
    let forged = try recording.forged { $0[1].digest.low ^= 1 }
    let result = reprise("fork", forged, "--at", "@35", "-o", child)
    #expect(result.status == 3)
    #expect(result.error.contains("the replay differs"))
    #expect(!recording.folder.has("child.reprise"))
    _ = try recording.folder.write("child.reprise", [1])
    #expect(reprise("fork", recording.trace, "--at", "@30", "-o", child).error.contains("is there already"))
    #expect(try recording.folder.read("child.reprise") == [1])
  }
}
