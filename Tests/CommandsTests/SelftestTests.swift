import Archive
import Testing
import Timeline
import VirtualTime

@testable import Commands

/// `selftest`.
@Suite struct SelftestTests {
  @Test func aRecordingComesOutTheSame() throws {
    let recording = try EchoRecording("--effects", "all")
    let result = reprise("selftest", recording.trace)
    #expect(result.status == 0, "\(result.error)")
    #expect(result.text.contains("3 runs, "))
    #expect(result.text.contains("the same, whatever was done"))
    #expect(result.error.isEmpty)
  }

  @Test func whatWasDoneIsToldAsJSON() throws {
    let recording = try EchoRecording()
    let document = try JSONSerializer.object(reprise("selftest", recording.trace, "--every", "20", "--json").text)
    let steps = try #require((document["length"] as? [String: Any])?["steps"] as? UInt64)
    #expect(document["verdict"] as? String == "same")
    #expect(document["everySteps"] as? UInt64 == 20)
    #expect(document["checkpoints"] as? UInt64 == (steps + 19) / 20)
    #expect(document["stepsCompared"] as? UInt64 == 2 * steps)
    #expect(document["stepsRun"] as? UInt64 == 5 * steps)
  }

  @Test func aForgedRungIsTold() throws {
    let recording = try EchoRecording()
    let forged = try recording.forged { $0[2].digest.low ^= 1 }
    let result = reprise("selftest", forged, "--json")
    #expect(result.status == 3)
    #expect(result.text.contains(#""verdict" : "diverged""#))
    #expect(result.error.contains("reprise replay --quiet \(forged)"))
  }

  @Test func aCutTraceIsTestedAsFarAsItGoes() throws {
    let recording = try EchoRecording()
    let bytes = try recording.folder.read("echo.reprise")
    let end = try #require(TraceReader(bytes).sections.first { $0.head.kind == .end })
    let cut = try recording.folder.write("cut.reprise", Array(bytes[..<end.offset]))
    let result = reprise("selftest", cut)
    #expect(result.status == 0, "\(result.error)")
    #expect(result.error.contains("cut short"))
  }

  @Test func itEndsWhenItIsAskedTo() throws {
    let recording = try EchoRecording()
    let result = reprise(["selftest", recording.trace], signal: 2)
    #expect(result.status == 130)
    #expect(result.text.contains("interrupted"))
  }

  @Test func nonsenseIsRefused() throws {
    let recording = try EchoRecording("--reference-images")
    #expect(reprise("selftest", recording.trace, "--every", "0").status == 64)
    let missing = reprise("selftest", recording.trace)
    #expect(missing.status == 66 && missing.error.contains("--image firmware=FILE"))
    #expect(reprise("selftest", recording.trace, "--image", "firmware=\(recording.guest)").status == 0)
    #expect(reprise("selftest", recording.folder.file("nothing")).status == 66)
  }

  /// What the command says of a difference, which no machine of ours should have.
  @Test func aDifferenceIsToldInWords() throws {
    let recording = try EchoRecording()
    func moment(_ step: UInt64) -> Moment { Moment(step: Step(step), cycle: Cycle(step)) }
    var report = RoundTripReport()
    var difference = RoundTripDifference(
      subject: .continued(.decoded), checkpoint: moment(64), lastCommon: moment(100), found: moment(101))
    difference.fields = ["uart.divisor: 1 → 3"]
    difference.memory = ["0x80001000: 0x1 → 0x0"]
    difference.forgotten = ["uart.latch: 5 → 0"]
    report.difference = difference
    #expect(difference.sentence.contains("a machine whose state was encoded and decoded at @64 goes on differently"))
    #expect(difference.sentence.contains("the same at @100, not at @101"))
    let reader = try TraceReader(recording.folder.read("echo.reprise"))
    let text = JSONText.document(SelftestResult("echo", report, reader, everySteps: 64))
    let document = try JSONSerializer.object(text)
    #expect(document["verdict"] as? String == "different")
    let told = try #require(document["difference"] as? [String: Any])
    #expect(told["way"] as? String == "decoded" && told["subject"] as? String == "continued")
    #expect(told["forgotten"] as? [String] == ["uart.latch: 5 → 0"])
    let documentation = try InfoAndLogTests.documentation()
    for key in told.keys { #expect(documentation.contains("`difference.\(key)`"), "\(key)") }
  }
}
