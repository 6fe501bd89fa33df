import FoundationEssentials
import Testing

@testable import Commands

/// `reprise why`.
@Suite struct WhyCommandTests {
  private struct Report: Decodable {
    struct Value: Decodable {
      struct Input: Decodable {
        var byte: UInt8
        var isCertain: Bool
      }

      var origin: String
      var value: String?
      var device: String?
      var input: Input?
      var sources: [Value]
    }

    var schema: String
    var value: Value
  }

  @Test func aValueIsFollowedToTheKeyThatWasTyped() throws {
    let recording = try EchoRecording()
    // `t2` is what the guest read last: `q`, which switched it off.
    let result = reprise("why", recording.trace, "t2")
    #expect(result.status == 0)
    #expect(result.text.hasPrefix("t2 is 0x71, written at @"))
    #expect(result.text.contains("lbu t2, 0(t0)"))
    #expect(result.text.contains("└─ uart = 0x71, register 0x0, 1 byte: the input 0x71 'q' that entered at @"))
    let json = reprise("why", recording.trace, "t2", "--json")
    let report = try JSONDecoder().decode(Report.self, from: Data(json.output))
    #expect(report.schema == "reprise/why/1")
    #expect(report.value.origin == "written" && report.value.value == "0x71")
    let source = try #require(report.value.sources.first)
    #expect(source.origin == "device" && source.device == "uart")
    #expect(source.input?.byte == 0x71 && source.input?.isCertain == true)
  }

  @Test func memoryThatNothingHasWrittenIsFromItsImage() throws {
    let recording = try EchoRecording()
    // The guest's second instruction, of which the image has as much; and what is behind the image.
    let image = try recording.folder.read("echo.bin")
    let result = reprise("why", recording.trace, "0x80000004:4")
    #expect(result.text.contains("nothing has written it since the start of the trace"))
    #expect(result.text.contains("  from the firmware echo.bin, offset 0x4"))
    let end = "0x" + String(0x8000_0000 + image.count - 4, radix: 16)
    let mixed = reprise("why", recording.trace, "\(end):8")
    #expect(mixed.text.contains("├─ 4 bytes at \(end) = "))
    #expect(mixed.text.contains("from the firmware echo.bin, offset 0x\(String(image.count - 4, radix: 16))"))
    #expect(mixed.text.contains("never written: memory is zero at power-on"))
    #expect(reprise("why", recording.trace, "0x1000:4").text.contains("from the boot ROM, offset 0x0"))
  }

  @Test func theDepthIsCounted() throws {
    let recording = try EchoRecording()
    let one = reprise("why", recording.trace, "t5", "--depth", "1")
    #expect(one.text.contains("├─ t5 = 0x5000 …\n"))
    let two = reprise("why", recording.trace, "t5", "--depth", "2")
    #expect(two.text.contains("├─ t5 = 0x5000, written at @"))
    #expect(two.text.contains("│  └─ constant = 0x5000\n"))
    #expect(two.text.contains("└─ constant = 0x555\n"))
  }

  @Test func addressesAreFollowedWhenAskedFor() throws {
    let recording = try EchoRecording()
    #expect(!reprise("why", recording.trace, "t2").text.contains("(address)"))
    let result = reprise("why", recording.trace, "t2", "--addresses")
    #expect(result.text.contains("└─ t0 (address) = 0x10000000, written at @"))
  }

  @Test func whatCannotBeAnsweredSaysWhy() throws {
    let recording = try EchoRecording()
    for (arguments, status, words) in [
      (["pc"], ExitStatus.usage, "pc changes with every step"),
      (["0x10000000"], ExitStatus.usage, "is not memory"),
      (["a0", "--at", "@99999999999"], ExitStatus.usage, "is not in the trace"),
      (["a0", "--hart", "7"], ExitStatus.usage, "there is no hart 7"),
      (["a0", "--depth", "0"], ExitStatus.usage, "--depth: from 1 to 1000"),
      (["0x80000000:9999"], ExitStatus.usage, "is not 1 to 4096 bytes"),
      (["nothing_of_the_kind"], ExitStatus.usage, "nothing_of_the_kind"),
    ] {
      let result = reprise(["why", recording.trace] + arguments)
      #expect(result.status == status && result.error.contains(words), "\(arguments): \(result.error)")
      #expect(result.output.isEmpty)
    }
    let stopped = reprise(["why", recording.trace, "a0"], signal: 2)
    #expect(stopped.status == 130)
  }

  @Test func aLateTraceSaysThatAValueIsOlder() throws {
    let recording = try EchoRecording()
    let part = recording.folder.file("part.reprise")
    let cut = reprise("cut", recording.trace, "--from", "end-3", "-o", part)
    #expect(cut.status == 0, "\(cut.error)")
    #expect(reprise("why", part, "t0").text.contains("as at the start of the trace"))
    #expect(reprise("why", part, "0x80000004:4").text.contains("as at the start of the trace"))
  }
}
