internal import Archive
internal import ArgumentParser
internal import StateCoding
internal import Timeline
internal import VirtualTime

/// `reprise info`.
struct InfoCommand: Performing {
  static let configuration = CommandConfiguration(commandName: "info", abstract: "Show what a trace holds.")

  @Argument(help: ArgumentHelp("The trace.", valueName: "file"), completion: .file(extensions: ["reprise"]))
  var file: String

  @Flag(help: "Write JSON.")
  var json = false

  @Flag(help: "Write the trace's ladder instead, as text that can be kept: 'reprise bisect' compares traces with it.")
  var ladder = false

  func validate() throws {
    if ladder, json { throw ValidationError("--ladder and --json are two ways to write: give one") }
  }

  func perform(_ streams: Streams) throws -> Int32 {
    let source = try TraceFile(file)
    do {
      let reader = try TraceReader(source)
      if ladder {
        _ = streams.output(Array(try GoldenLadder(reader).text.utf8))
        return ExitStatus.success
      }
      let info = TraceInfo(file, reader, byteCount: source.count)
      streams.print(json ? JSONText.document(info) : info.text)
      guard let error = info.unreadable else { return ExitStatus.success }
      throw TraceFile.failure(error, file)
    } catch let error as TraceError {
      throw TraceFile.failure(error, file)
    }
  }
}
