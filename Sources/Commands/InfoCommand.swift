internal import Archive
internal import ArgumentParser
internal import Boards
internal import FoundationEssentials
internal import Host
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

  @Option(
    help: ArgumentHelp(
      "Write the images that the trace holds into this folder instead, each under its SHA-256 digest: there scenarios"
        + " find them that name an image by that alone.", valueName: "folder"))
  var images: String?

  func validate() throws {
    let ways = [ladder, json, images != nil].filter { $0 }
    if ways.count > 1 { throw ValidationError("--ladder, --json and --images are ways to write: give one") }
  }

  func perform(_ streams: Streams) throws -> Int32 {
    let source = try TraceFile(file)
    do {
      let reader = try TraceReader(source)
      if let images { return try write(reader, to: images, streams) }
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

  /// Writes the images of `reader` below their digests. One that is there already has these bytes.
  private func write(_ reader: TraceReader, to folder: String, _ streams: Streams) throws -> Int32 {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw Failure(ExitStatus.cannotCreate, "\(folder): \(error)")
    }
    for (number, image) in reader.header.images.enumerated() {
      let path = "\(folder)/\(Show.hexadecimal(image.sha256))"
      guard image.isEmbedded else {
        streams.note("note: \(file) only names its \(image.role) (\(image.name)), and does not hold it")
        continue
      }
      if !InputFile.exists(path) {
        let bytes = try TraceMachine.bytes(ofImage: number, reader, from: nil)
        let part = try AppendFile(creating: path + ".part", replacing: true)
        try part.append(bytes)
        try part.rename(to: path)
        part.close()
      }
      streams.print("\(image.role) \(image.name): \(path)")
    }
    return ExitStatus.success
  }
}
