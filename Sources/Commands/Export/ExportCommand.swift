internal import Archive
internal import ArgumentParser
internal import Backplane
internal import Boards
internal import Export
internal import Host
internal import Timeline
internal import VirtualTime

/// A format of another tool.
enum ExportFormat: String, CaseIterable, ExpressibleByArgument {
  case asciicast
  case vcd
  case commitLog = "commit-log"
  case perfetto
}

/// `reprise export`.
struct ExportCommand: Performing {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a recorded run, or a window of it, in the format of another tool.",
    discussion: """
      asciicast: the console at guest speed, for asciinema. vcd: interrupt lines, privilege modes and devices, for \
      GTKWave. commit-log: every retired instruction and what it wrote, as Spike logs it. perfetto: traps, devices and \
      function calls, for Perfetto and Chrome. Documentation/Export.md describes them.
      """)

  @Argument(help: ArgumentHelp("asciicast, vcd, commit-log or perfetto.", valueName: "format"))
  var format: ExportFormat

  @Argument(help: ArgumentHelp("The trace.", valueName: "file"), completion: .file(extensions: ["reprise"]))
  var file: String

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The file to write. (default: standard output)", valueName: "file"))
  var output: String?

  @Option(
    help: ArgumentHelp("Where the window begins: \(Position.notation). (default: the start)", valueName: "position"))
  var from: String?

  @Option(help: ArgumentHelp("Where it ends. (default: the end)", valueName: "position"))
  var to: String?

  @Flag(help: "vcd: the program counter too. Every step is looked at, which takes long.")
  var pc = false

  @Flag(help: "perfetto: no function calls. Not every step need be looked at, which is much faster.")
  var noFunctions = false

  @Option(help: ArgumentHelp("asciicast: the size of the terminal. (default: 80x24)", valueName: "columns x rows"))
  var size: String?

  @Flag(help: "Replace the file if it is there.")
  var force = false

  @OptionGroup var checkpoints: CheckpointMemoryOptions
  @OptionGroup var symbols: SymbolOptions

  @Option(
    help: ArgumentHelp(
      "The file of an image that the trace only names: kernel=FILE, firmware=FILE or initrd=FILE.",
      valueName: "role=file"))
  var image: [String] = []

  @Flag(help: "Tell as JSON what was written; needs --output.")
  var json = false

  func validate() throws {
    if json, output == nil { throw ValidationError("--json tells what was written to a file: give --output") }
    if pc, format != .vcd { throw ValidationError("--pc is for vcd") }
    if noFunctions, format != .perfetto { throw ValidationError("--no-functions is for perfetto") }
    if size != nil, format != .asciicast { throw ValidationError("--size is for asciicast") }
    _ = try terminalSize()
  }

  /// Columns and rows.
  func terminalSize() throws -> (columns: Int, rows: Int) {
    guard let size else { return (80, 24) }
    let numbers = size.split(separator: "x", omittingEmptySubsequences: false).compactMap { Int($0) }
    guard numbers.count == 2, numbers.allSatisfy({ (1...1000).contains($0) }) else {
      throw ValidationError("--size '\(size)': write it like 80x24")
    }
    return (numbers[0], numbers[1])
  }

  func perform(_ streams: Streams) throws -> Int32 {
    let reader = try TraceFile.open(file)
    do {
      return try export(reader, streams)
    } catch let error as TraceError {
      throw TraceFile.failure(error, file)
    }
  }

  private func export(_ reader: TraceReader, _ streams: Streams) throws -> Int32 {
    if let output {
      guard !(try TraceFile(file).isSame(as: output)) else {
        throw Failure(ExitStatus.usage, "\(output) is the trace itself: give the export another name")
      }
      if !force, InputFile.exists(output) { throw Recording.taken(output) }
    }
    let files = try ImageArgument.parse(image)
    let positions = Positions(reader, files: files, options: symbols)
    let display = Display(streams: streams, isQuiet: true, isJSON: json)
    streams.beginInterruptible()
    guard
      let window = try TraceWindow(
        reader, positions, from: from, to: to, files: files, checkpointBytes: checkpoints.byteCount, display)
    else { return interrupted(streams) }
    streams.tellLimits(window.playback, reader, checkpoints)
    let sink = try ExportSink(output, streams)
    do {
      let text = TextOutput { try sink.write($0) }
      guard let count = try Exporter(self, window, positions, display).write(to: text) else {
        sink.remove()
        return interrupted(streams)
      }
      try sink.finish(output)
      report(ExportResult(self, window, byteCount: sink.byteCount, itemCount: count), display)
      return ExitStatus.success
    } catch is ExportSink.NobodyReads {
      return ExitStatus.success
    } catch {
      sink.remove()
      throw error
    }
  }

  private func interrupted(_ streams: Streams) -> Int32 {
    if output != nil { streams.note("interrupted; nothing was written") }
    return streams.signal().map(Interruption.exitStatus) ?? ExitStatus.success
  }

  private func report(_ result: ExportResult, _ display: Display) {
    guard output != nil else { return }
    if json { return display.streams.print(JSONText.document(result)) }
    display.summary(
      "exported \(file) from @\(result.start.steps) to @\(result.end.steps) as \(result.format): \(result.output),"
        + " \(Show.count(result.items, result.itemName)), \(Show.count(result.bytes)) bytes")
  }
}

/// Where an export goes: to a file under another name until it is whole, or to standard output.
final class ExportSink {
  /// Standard output is read no further.
  struct NobodyReads: Error {}

  private let file: AppendFile?
  private let streams: Streams
  private(set) var byteCount: UInt64 = 0

  init(_ path: String?, _ streams: Streams) throws {
    self.streams = streams
    do {
      file = try path.map { try AppendFile(creating: $0 + ".part", replacing: true) }
    } catch let error as HostError {
      throw Failure(ExitStatus.cannotCreate, "\(error)")
    }
  }

  func write(_ bytes: [UInt8]) throws {
    byteCount += UInt64(bytes.count)
    guard let file else {
      guard streams.output(bytes) else { throw NobodyReads() }
      return
    }
    do {
      try file.append(bytes)
    } catch {
      throw Failure(ExitStatus.inputOutput, "\(error). What was written was taken away")
    }
  }

  func finish(_ path: String?) throws {
    guard let path, let file else { return }
    do {
      try file.rename(to: path)
    } catch {
      throw Failure(ExitStatus.inputOutput, "\(error). What was written was taken away")
    }
    file.close()
  }

  func remove() { file?.remove() }
}

/// What `export` reports as JSON. Described in Documentation/JSON.md.
struct ExportResult: Encodable {
  var schema = "reprise/export/1"
  var trace: String
  var format: String
  var output: String
  var bytes: UInt64
  /// Lines of a commit log, changes of a dump, events of the others.
  var items: UInt64
  var start: Length
  var end: Length

  enum CodingKeys: String, CodingKey {
    case schema, trace, format, output, bytes, items, start, end
  }

  let itemName: String

  init(_ command: ExportCommand, _ window: TraceWindow, byteCount: UInt64, itemCount: UInt64) {
    (trace, format, output) = (command.file, command.format.rawValue, command.output ?? "-")
    (bytes, items) = (byteCount, itemCount)
    start = Length(window.start, clockHertz: window.reader.clockHertz)
    end = Length(window.end, clockHertz: window.reader.clockHertz)
    itemName =
      switch command.format {
      case .asciicast, .perfetto: "event"
      case .vcd: "change"
      case .commitLog: "instruction"
      }
  }
}
