import Archive
import Glibc
import Testing
import VirtualTime

/// The built product as processes of their own.
@Suite(.serialized) struct ProcessTests {
  /// Starts to record the ticker, which never ends, and waits until it has shown `dots`.
  private static func startTicker(_ folder: Folder, dots: Int) throws -> (Process, seen: [UInt8]) {
    let guest = try folder.write("ticker.bin", Guests.ticker)
    let process = try Process(
      ["record", "-o", folder.file("ticker.reprise"), "--bios", guest, "-m", "16M", "--rung-interval", "10000"])
    return (process, process.read(dots))
  }

  @Test func replayInAnotherProcessIsTheSame() throws {
    let recording = try EchoRecording()
    // The image is gone: the trace alone must do.
    unlink(recording.guest)
    let result = try Process(["replay", recording.trace]).finish()
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output == recording.result.output)
  }

  @Test func recordingInAnotherProcessMakesTheSameFile() throws {
    let recording = try EchoRecording()
    let again = recording.folder.file("again.reprise")
    let result = try Process([
      "record", "-o", again, "--bios", recording.guest, "-m", "16M", "--max-steps", "1000000", "--rung-interval",
      "10",
      "--type", "ab", "--when", "console:>", "--type", "q", "--when", "console:b",
    ]).finish()
    #expect(result.status == 0, "\(result.error)")
    #expect(try recording.folder.read("again.reprise") == recording.folder.read("echo.reprise"))
  }

  @Test(arguments: [(SIGTERM, 143), (SIGINT, 130)] as [(Int32, Int32)])
  func aSignalFinishesTheTrace(_ signal: Int32, _ status: Int32) throws {
    let folder = try Folder()
    let (process, seen) = try Self.startTicker(folder, dots: 5)
    process.send(signal)
    // As `timeout` does.
    process.send(signal)
    let result = process.finish()
    #expect(result.status == status, "\(result.error)")
    let reader = try TraceReader(folder.read("ticker.reprise"))
    #expect(reader.isComplete)
    #expect(reader.end?.reason == .interrupted)
    let replayed = reprise("replay", folder.file("ticker.reprise"))
    #expect(replayed.status == 0, "\(replayed.error)")
    #expect(replayed.output == seen + result.output)
  }

  @Test func aKilledRecordingCanBeReplayed() throws {
    let folder = try Folder()
    let (process, _) = try Self.startTicker(folder, dots: 20)
    process.send(SIGKILL)
    #expect(process.finish().status == -SIGKILL)
    let reader = try TraceReader(folder.read("ticker.reprise"))
    #expect(!reader.isComplete)
    #expect(try reader.rungs().count >= 20)
    let replayed = reprise("replay", folder.file("ticker.reprise"))
    #expect(replayed.status == 0)
    #expect(replayed.output.count >= 19)
    #expect(replayed.error.contains("cut short"))
  }

  @Test(arguments: [SIGKILL, SIGTERM])
  func aFlightRecorderLeavesTheRecentPast(_ signal: Int32) throws {
    let folder = try Folder()
    let guest = try folder.write("ticker.bin", Guests.ticker)
    let trace = folder.file("ticker.reprise")
    let process = try Process([
      "record", "-o", trace, "--bios", guest, "-m", "16M", "--rung-interval", "10000", "--keep", "200us",
    ])
    #expect(process.read(100).count == 100)
    // The image is not needed any more: the next file gets it from the trace.
    unlink(guest)
    #expect(process.read(50).count == 50)
    process.send(signal)
    let result = process.finish()
    #expect(result.status == (signal == SIGKILL ? -SIGKILL : 143), "\(result.error)")
    let reader = try TraceReader(folder.read("ticker.reprise"))
    #expect(reader.isComplete == (signal == SIGTERM))
    #expect(reader.start > .zero)
    #expect(reader.covered.cycle.count - reader.start.cycle.count >= 150_000)
    #expect(reader.covered.cycle.count - reader.start.cycle.count <= 500_000)
    let replayed = reprise("replay", trace)
    #expect(replayed.status == 0, "\(replayed.error)")
    #expect(replayed.output.allSatisfy { $0 == UInt8(ascii: ".") })
    let info = reprise("info", trace)
    #expect(info.text.contains("origin         flight-recorder"))
    #expect(info.text.contains("start          @"))
    #expect(reprise("log", "--kind", "writes", trace).status == 0)
    guard signal == SIGTERM else { return }
    #expect(result.error.contains("kept the last 0.000"))
    #expect(!folder.has("ticker.reprise.next"))
    #expect(reprise("replay", "--at", "end", trace).status == 0)
  }
}
