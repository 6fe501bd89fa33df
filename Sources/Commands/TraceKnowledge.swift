internal import Archive
internal import Backplane
internal import Boards
internal import Debugger
internal import Symbols
internal import Timeline
internal import VirtualTime

/// What is known of a trace besides its run: positions, symbols, marks, the log.
final class TraceKnowledge {
  let positions: Positions
  private let reader: TraceReader
  private let files: [ImageRole: String]
  private let checkpointBytes: Int
  private let options: SymbolOptions
  private var known: TraceSymbols?

  init(_ reader: TraceReader, files: [ImageRole: String], options: SymbolOptions, checkpointBytes: Int) {
    (self.reader, self.files, self.options, self.checkpointBytes) = (reader, files, options, checkpointBytes)
    positions = Positions(reader, files: files, options: options)
  }

  /// Opens the run, at its start.
  func open() throws -> Playback<VirtBoard> {
    try TracePlayback.open(reader, files: files, checkpointBytes: checkpointBytes)
  }

  /// The symbols, read once.
  private func symbols() throws -> TraceSymbols {
    if let known { return known }
    let read = try positions.symbols()
    known = read
    return read
  }

  /// The number of the image that is the program, symbols and all: the kernel, when the trace holds it as an ELF file.
  var programImage: Int? {
    reader.header.images.indices.first { number in
      let image = reader.header.images[number]
      guard image.isEmbedded, image.role == ImageRole.kernel.rawValue else { return false }
      var start: [UInt8] = []
      try? reader.forEachPart(ofImage: number) { if start.isEmpty { start = Array($0.prefix(4)) } }
      return start == [0x7f] + Array("ELF".utf8)
    }
  }

  /// The kernel as it is, with its lines of source. When that is no ELF file, or other files have symbols too: a file
  /// made of all the symbols there are.
  private func program() throws -> DebugProgram? {
    if options.symbols.isEmpty, let number = programImage {
      return try reader.image(number).map { DebugProgram(name: reader.header.images[number].name, bytes: $0) }
    }
    let index = try symbols().index
    return index.isEmpty ? nil : DebugProgram(name: "symbols.elf", bytes: SymbolFileWriter.elf(index))
  }

  var forTarget: PlaybackKnowledge<VirtBoard> {
    var knowledge = PlaybackKnowledge<VirtBoard> { try self.open() }
    knowledge.go = { position, playback in
      do {
        return try self.positions.go(Position(position), playback)
      } catch let failure as Failure {
        throw DebugProblem(failure.message)
      }
    }
    knowledge.symbol = { address in
      guard let index = try? self.symbols().index else { return nil }
      let location = index.location(of: address)
      return location.place.map { place in location.source.map { "\(place) (\($0))" } ?? place }
    }
    knowledge.address = { name in
      if name.hasPrefix("*"), let address = try? Quantity.count(String(name.dropFirst())) { return address }
      do {
        return try self.symbols().index.address(of: name)
      } catch let error as SymbolLookupError {
        throw DebugProblem("\(error)")
      }
    }
    knowledge.hasProgram = true
    knowledge.program = { try self.program() }
    knowledge.marks = { try self.reader.marks().map { DebugMark(moment: $0.moment, name: $0.name) } }
    let origins = MemoryOrigins(reader, files: files)
    knowledge.origin = { address, count in try origins.stretches(of: address, count: count) }
    knowledge.log = { moment, count in try LogExcerpt(self.reader).lines(around: moment, count: count) }
    return knowledge
  }
}

/// The lines of a trace's log around a moment.
struct LogExcerpt {
  private let reader: TraceReader

  init(_ reader: TraceReader) { self.reader = reader }

  /// At most `count` lines, half of them before `moment`.
  func lines(around moment: Moment, count: Int) throws -> [String] {
    var before: [LogEntry] = []
    var behind: [LogEntry] = []
    // Many entries are a byte each of one line of output.
    let entriesMax = count * 128
    // Devices are read and written so often that nothing else would be seen.
    let kinds = LogKinds(heldBy: reader).subtracting([.reads, .writes])
    let filter = LogFilter(kinds: kinds, steps: .zero...Step(.max), slots: nil)
    try RecordedLog(reader).forEach(filter) { entry in
      if entry.moment < moment {
        before.append(entry)
        if before.count > 2 * entriesMax { before.removeFirst(entriesMax) }
      } else if behind.count < entriesMax {
        behind.append(entry)
      }
    }
    let early = text(before).suffix(max(count / 2, 1))
    let late = text(behind).prefix(count - early.count)
    return early + ["@\(moment.step.count)  here"] + late
  }

  private func text(_ entries: [LogEntry]) -> [String] {
    var bytes: [UInt8] = []
    var printer = LogPrinter(
      Streams(
        output: {
          bytes += $0
          return true
        }, error: { _ in true }), board: reader.header.board, isJSON: false)
    for entry in entries { printer.print(entry) }
    printer.finish()
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
