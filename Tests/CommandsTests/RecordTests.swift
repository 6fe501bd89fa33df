import Archive
import Testing
import VirtualTime

@testable import Commands

@Suite struct RecordTests {
  @Test func recordingShowsTheConsoleAndTellsHowToReplay() throws {
    let recording = try EchoRecording()
    #expect(recording.result.status == 0)
    #expect(recording.result.text == ">ab")
    #expect(recording.result.error.contains("replay it: reprise replay \(recording.trace)"))
    #expect(recording.result.error.contains("the guest switched the machine off"))
  }

  @Test func quietWritesTheSummaryToStandardOutput() throws {
    let recording = try EchoRecording("--quiet")
    #expect(recording.result.text.hasPrefix("recorded "))
    #expect(recording.result.error.isEmpty)
  }

  @Test func identicalRunsMakeIdenticalFiles() throws {
    let recording = try EchoRecording()
    let again = recording.folder.file("again.reprise")
    #expect(EchoRecording.record(recording.guest, again, []).status == 0)
    #expect(try recording.folder.read("again.reprise") == recording.folder.read("echo.reprise"))
    // The canary: another seed is another machine.
    let other = recording.folder.file("other.reprise")
    #expect(EchoRecording.record(recording.guest, other, ["--seed", "1"]).status == 0)
    #expect(try recording.folder.read("other.reprise") != recording.folder.read("echo.reprise"))
  }

  @Test func aFileThatIsThereIsOnlyReplacedWhenForced() throws {
    let recording = try EchoRecording()
    let before = try recording.folder.read("echo.reprise")
    let refused = EchoRecording.record(recording.guest, recording.trace, ["--seed", "1"])
    #expect(refused.status == 64)
    #expect(refused.error.contains("is there already"))
    #expect(try recording.folder.read("echo.reprise") == before)
    #expect(EchoRecording.record(recording.guest, recording.trace, ["--seed", "1", "--force"]).status == 0)
    #expect(try recording.folder.read("echo.reprise") != before)
  }

  @Test func tracesEndWithTheCheckpointsThatWereAskedFor() throws {
    let recording = try EchoRecording("--json")
    #expect(recording.result.text.contains(#""checkpoints" : 1"#))
    let none = recording.folder.file("none.reprise")
    #expect(EchoRecording.record(recording.guest, none, ["--checkpoints", "none", "--json"]).text.contains(#" : 0,"#))
    #expect(try TraceReader(recording.folder.read("none.reprise")).checkpoints.isEmpty)
    let three = recording.folder.file("three.reprise")
    let result = EchoRecording.record(recording.guest, three, ["--checkpoints", "3", "--checkpoint-memory", "64MiB"])
    #expect(result.status == 0)
    #expect(result.error.contains("4 checkpoints"))
    let reader = try TraceReader(recording.folder.read("three.reprise"))
    #expect(reader.checkpoints.count == 4)
    let last = try #require(reader.end).moment.step.count
    #expect(reprise("info", three).text.contains("checkpoints    4, from @"))
    #expect(reprise("info", three).text.contains("to @\(last)"))
    #expect(reprise("info", "--json", three).text.contains(#""checkpoints" : ["#))
    for trace in [recording.trace, none, three] {
      let replayed = reprise("replay", trace)
      #expect(replayed.status == 0)
      #expect(replayed.error.contains("the same as the recording, at every rung and at the end"))
    }
  }

  @Test func failureOfTheGuestIsAVerdict() throws {
    let folder = try Folder()
    let guest = try folder.write("echo.bin", Guests.echo)
    let result = reprise("run", "--bios", guest, "-m", "16M", "--type", "f", "--when", "console:>", "--json")
    #expect(result.status == 1)
    #expect(result.text.contains(#""endReason" : "failure""#))
    #expect(result.text.contains(#""endDetail" : "7""#))
    #expect(result.error == ">")
  }

  @Test func limitsAreBudgets() throws {
    let folder = try Folder()
    let guest = try folder.write("ticker.bin", Guests.ticker)
    let machine = ["run", "--quiet", "--bios", guest, "-m", "16M"]
    let steps = reprise(machine + ["--max-steps", "12345"])
    #expect(steps.status == 124)
    #expect(steps.text.contains("12,345 steps"))
    #expect(reprise(machine + ["--max-time", "100us"]).status == 124)
  }

  @Test func aScriptThatDoesNotComeToItsEndIsAVerdict() throws {
    let folder = try Folder()
    let guest = try folder.write("echo.bin", Guests.echo)
    let result = reprise(
      "run", "--quiet", "--bios", guest, "-m", "16M", "--type", "q", "--type", "more", "--when", "console:never")
    #expect(result.status == 1)
    #expect(result.error.contains("the script did not come to its end"))
  }

  @Test(arguments: [
    (["--bios", "/nonexistent"], 66, "cannot open /nonexistent"),
    (["--bios", "/tmp"], 66, "it is a folder"),
    ([], 64, "there is nothing to start"),
    (["--bios", "GUEST", "-m", "15M"], 64, "16 MiB to 64 GiB"),
    (["--bios", "GUEST", "-m", "lots"], 64, "'lots' is no size"),
    (["--bios", "GUEST", "--epoch", "yesterday"], 64, "'yesterday' is no date"),
    (["--bios", "GUEST", "--effects", "smoke"], 64, "'smoke' is not a kind of effect"),
    (["--bios", "GUEST", "--rung-interval", "0"], 64, "at least 1"),
    (["--bios", "GUEST", "--checkpoints", "some"], 64, "'some' is neither 'end' nor 'none' nor a number"),
    (["--bios", "GUEST", "--keep", "yesterday"], 64, "'yesterday' is neither a guest time nor a size"),
    (["--bios", "GUEST", "--keep", "0s"], 64, "nothing to keep"),
    (["--bios", "GUEST", "--checkpoints", "0"], 64, "a number from 1 to 1000"),
    (["--bios", "GUEST", "--checkpoint-memory", "1K"], 64, "at least 1MiB"),
    (["--bios", "GUEST", "--type", "a", "--when", "screen:x"], 64, "console:TEXT"),
    (["--bios", "GUEST", "--when", "console:x"], 64, "a --when follows the --type"),
    (["--bios", "GUEST", "--interactive", "--unattended"], 64, "exclude each other"),
    (["--kernel", "GUEST"], 65, "not an ELF file"),
    (["/nonexistent.yaml"], 66, "cannot open /nonexistent.yaml"),
    (["BAD"], 78, "bad.yaml:"),
  ])
  func whatCannotStartLeavesNoTrace(_ arguments: [String], _ status: Int32, _ message: String) throws {
    let folder = try Folder()
    let guest = try folder.write("echo.bin", Guests.echo)
    let bad = try folder.write("bad.yaml", Array("name: [".utf8))
    let words = arguments.map { $0 == "GUEST" ? guest : $0 == "BAD" ? bad : $0 }
    let result = reprise(["record", "-o", folder.file("out.reprise")] + words)
    #expect(result.status == status)
    #expect(result.error.contains(message), "\(result.error)")
    #expect(result.output.isEmpty)
    #expect(!folder.has("out.reprise"))
  }

  @Test func aTraceThatCannotBeCreatedIsTold() throws {
    let folder = try Folder()
    let guest = try folder.write("echo.bin", Guests.echo)
    let result = reprise("record", "-o", folder.file("no/such/folder.reprise"), "--bios", guest, "-m", "16M")
    #expect(result.status == 73)
  }

  @Test func aFullDiskIsToldAndADeviceIsNotTakenAway() throws {
    let folder = try Folder()
    let guest = try folder.write("echo.bin", Guests.echo)
    let result = reprise("record", "--force", "-o", "/dev/full", "--bios", guest, "-m", "16M")
    #expect(result.status == 74)
    #expect(result.error.contains("No space left on device"))
    #expect(reprise("info", "/dev/full").error.contains("not a regular file"))
  }

  @Test func scenariosSayWhatOptionsLeaveOpen() throws {
    let folder = try Folder()
    _ = try folder.write("echo.bin", Guests.echo)
    let scenario = """
      name: echo
      machine:
        ram: 16M
        seed: 5
      images:
        firmware: echo.bin
      script:
        - expect: ">"
        - type: "xq"
      limits:
        time: 1s
      """
    let file = try folder.write("echo.yaml", Array(scenario.utf8))
    let trace = folder.file("out.reprise")
    let result = reprise("record", file, "-o", trace, "--epoch", "1000")
    #expect(result.status == 0, "\(result.error)")
    #expect(result.text == ">x")
    let header = try TraceReader(folder.read("out.reprise")).header
    #expect(header.seed == 5)
    #expect(header.epochNanoseconds == 1000 * 1_000_000_000)
    #expect(header.parameter("ramSize") == 16 << 20)
    #expect(header.images.map(\.name) == ["echo.bin"])
  }

  @Test func errorsAreRedOnlyOnATerminalThatWantsColour() {
    let arguments = ["info", "/nonexistent"]
    #expect(reprise(arguments).error.hasPrefix("error: "))
    #expect(reprise(arguments, terminal: true).error.hasPrefix("\u{1b}["))
    #expect(reprise(arguments, terminal: true, environment: ["NO_COLOR": "1"]).error.hasPrefix("error: "))
  }
}
