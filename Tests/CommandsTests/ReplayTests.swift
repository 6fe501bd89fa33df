import Archive
import Testing
import VirtualTime

@testable import Commands

@Suite struct ReplayTests {
  @Test func replayShowsTheSameConsoleAndComparesEverything() throws {
    let recording = try EchoRecording()
    let result = reprise("replay", recording.trace)
    #expect(result.status == 0)
    #expect(result.output == recording.result.output)
    #expect(result.error.contains("the same as the recording, at every rung and at the end"))
  }

  @Test(arguments: ["all", "none", "output", "interrupts", "devices"])
  func replayIsTheSameWhateverEffectsAreKept(_ effects: String) throws {
    let recording = try EchoRecording("--effects", effects)
    let result = reprise("replay", recording.trace)
    #expect(result.status == 0, "\(result.error)")
    #expect(result.text == ">ab")
    let reader = try TraceReader(recording.folder.read("echo.reprise"))
    var kinds: EffectKinds = []
    try reader.effects { kinds.formUnion($0.kinds) }
    let expected: [String: EffectKinds] = [
      "all": [.output, .reads, .writes], "output": .output, "devices": [.reads, .writes],
    ]
    #expect(kinds == expected[effects] ?? [])
  }

  @Test func aWaitingGuestReplaysToItsEnd() throws {
    let folder = try Folder()
    let guest = try folder.write("waiter.bin", Guests.waiter)
    let trace = folder.file("waiter.reprise")
    let recorded = reprise("record", "-o", trace, "--bios", guest, "-m", "16M")
    #expect(recorded.status == 0)
    #expect(recorded.text == "w")
    #expect(recorded.error.contains("nothing will ever wake it"))
    let replayed = reprise("replay", trace)
    #expect(replayed.status == 0, "\(replayed.error)")
    #expect(replayed.text == "w")
  }

  @Test func untilStopsAtTheStep() throws {
    let recording = try EchoRecording()
    for (position, steps) in [("20", 20), ("@33", 33)] as [(String, UInt64)] {
      let result = reprise("replay", recording.trace, "--until", position, "--quiet")
      #expect(result.status == 0)
      #expect(result.text.contains("\(Show.count(steps)) steps"), "\(result.text)")
      #expect(result.text.contains("as far as it was replayed"))
    }
    #expect(reprise("replay", recording.trace, "--until", "end", "--quiet").text.contains("at the end"))
    #expect(reprise("replay", recording.trace, "--until", "mark:power-off", "--quiet").status == 0)
    #expect(reprise("replay", recording.trace, "--until", "mark:lunch").status == 64)
    #expect(reprise("replay", recording.trace, "--until", "soon").status == 64)
    #expect(reprise("replay", recording.trace, "--until", "end-99999999999").status == 64)
  }

  @Test func aReplayEndsWhenItIsAskedTo() throws {
    let recording = try EchoRecording()
    let result = reprise(["replay", recording.trace, "--quiet"], signal: 15)
    #expect(result.status == 143)
    #expect(result.text.contains("interrupted"))
    #expect(!result.text.contains("at the end"))
    let log = reprise(["log", recording.trace, "--kind", "reads"], signal: 2)
    #expect(log.status == 130)
    #expect(log.output.isEmpty)
  }

  @Test func aForgedRungIsADivergence() throws {
    let recording = try EchoRecording()
    let reader = try TraceReader(recording.folder.read("echo.reprise"))
    var rungs = try reader.rungs()
    rungs[2].digest.low ^= 1
    var writer = TraceWriter()
    var bytes = writer.header(reader.header)
    bytes += writer.image(0, bytes: try #require(try reader.image(0)))
    bytes += writer.segment(inputs: try reader.inputs(), rungs: rungs, covering: .zero...reader.covered)
    bytes += writer.end(try #require(reader.end))
    let forged = try recording.folder.write("forged.reprise", bytes)
    let result = reprise("replay", forged, "--json")
    #expect(result.status == 3)
    #expect(result.text.contains(#""verdict" : "diverged""#))
    #expect(result.text.contains(#""subject" : "rung""#))
    #expect(result.error.contains("differs from the recording after step @\(rungs[1].moment.step.count)"))
    #expect(result.error.contains("reprise replay --quiet \(forged)"))
  }

  @Test func aTraceCutAnywhereReplaysAsFarAsItGoesOrIsRefused() throws {
    let recording = try EchoRecording()
    let bytes = try recording.folder.read("echo.reprise")
    var statuses: [Int32: Int] = [:]
    for length in stride(from: 0, to: bytes.count, by: 61) {
      let cut = try recording.folder.write("cut.reprise", Array(bytes[..<length]))
      let result = reprise("replay", cut, "--quiet")
      statuses[result.status, default: 0] += 1
      if result.status == 0 {
        #expect(result.error.contains("cut short"))
      } else {
        #expect(result.status == 65)
        #expect(result.error.hasPrefix("error: \(cut): "))
      }
    }
    #expect(statuses.keys.sorted() == [0, 65])
  }

  @Test func aTraceWithAFlippedByteIsToldAboutOrReplaysTheSame() throws {
    let recording = try EchoRecording()
    let bytes = try recording.folder.read("echo.reprise")
    var statuses: [Int32: Int] = [:]
    for place in stride(from: 0, to: bytes.count, by: 37) {
      var damaged = bytes
      damaged[place] ^= UInt8(1 << (place % 8))
      let result = reprise("replay", try recording.folder.write("damaged.reprise", damaged))
      statuses[result.status, default: 0] += 1
      if result.status == 0 { #expect(result.output == recording.result.output, "byte \(place)") }
      if result.status != 0 { #expect(result.status == 65, "byte \(place): \(result.error)") }
    }
    #expect(statuses.keys.sorted() == [0, 65])
  }

  @Test func namedImagesMustBeGivenAndBeTheSame() throws {
    let recording = try EchoRecording("--reference-images")
    let missing = reprise("replay", recording.trace)
    #expect(missing.status == 66)
    #expect(missing.error.contains("--image firmware=FILE"))
    #expect(reprise("replay", recording.trace, "--image", "firmware=\(recording.guest)").text == ">ab")
    let other = try recording.folder.write("other.bin", Guests.ticker)
    let wrong = reprise("replay", recording.trace, "--image", "firmware=\(other)")
    #expect(wrong.status == 66)
    #expect(wrong.error.contains("is not the firmware of the recording"))
    #expect(reprise("replay", recording.trace, "--image", "disk=x").status == 64)
  }

  @Test func foreignMachinesAreRefusedByName() throws {
    let recording = try EchoRecording()
    let reader = try TraceReader(recording.folder.read("echo.reprise"))
    let image = try #require(try reader.image(0))
    func refusal(_ change: (inout TraceHeader) -> Void) throws -> String {
      var header = reader.header
      change(&header)
      var writer = TraceWriter()
      var bytes = writer.header(header)
      if !header.images.isEmpty { bytes += writer.image(0, bytes: image) }
      let result = reprise("replay", try recording.folder.write("foreign.reprise", bytes))
      #expect(result.status == 65)
      return result.error
    }
    #expect(try refusal { $0.board = "pc" }.contains("'pc'"))
    #expect(try refusal { $0.costModel = "free" }.contains("'free'"))
    #expect(try refusal { $0.costModelRevision = 99 }.contains("99"))
    #expect(try refusal { $0.parameters.append(Parameter("harts", 4)) }.contains("harts"))
    #expect(try refusal { $0.parameters[0].value = 12 }.contains("12 bytes of RAM"))
    #expect(try refusal { $0.parameters[1].value = 12 }.contains("12 Hz"))
    #expect(try refusal { $0.parameters[2].value = 1 << 40 }.contains("effects"))
    #expect(try refusal { $0.images[0].role = "disk" }.contains("'disk'"))
    #expect(try refusal { $0.images[0].sha256[3] ^= 1 }.contains("SHA-256"))
    #expect(try refusal { $0.rungIntervalSteps = 0 }.contains("no steps apart"))
    #expect(try refusal { $0.images = [] }.contains("kernel"))
  }

  @Test func whatIsNoTraceIsRefused() throws {
    let folder = try Folder()
    let file = try folder.write("text", Array("not a trace, but long enough to be one".utf8))
    for command in ["replay", "info", "log"] {
      let result = reprise(command, file)
      #expect(result.status == 65)
      #expect(result.error.contains("not a trace"))
      #expect(reprise(command, folder.file("nothing")).status == 66)
    }
  }
}
