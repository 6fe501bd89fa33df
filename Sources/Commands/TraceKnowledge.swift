internal import Archive
internal import Boards
internal import Debugger
internal import Symbols
internal import Timeline
internal import VirtualTime

/// What a debugger's session is told of a trace besides the machine: positions, symbols, marks, the log.
final class TraceKnowledge {
  let positions: Positions
  private let reader: TraceReader
  private var loaded: SymbolIndex?

  init(_ reader: TraceReader, _ positions: Positions) { (self.reader, self.positions) = (reader, positions) }

  /// The name of the program that is offered to the debugger: the kernel's ELF file, or one made of the names that a
  /// stock kernel has in itself.
  private(set) lazy var programName: String? = {
    if let number = programNumber { return reader.header.images[number].name }
    return symbols.isEmpty ? nil : "kernel.elf"
  }()

  /// All symbols there are; none when they cannot be read.
  private var symbols: SymbolIndex {
    if let loaded { return loaded }
    let index = (try? positions.symbols().index) ?? SymbolIndex()
    loaded = index
    return index
  }

  /// The same for a session over playbacks that `reopen` opens.
  func forPlayback(reopen: @escaping () throws -> Playback<VirtBoard>) -> PlaybackKnowledge<VirtBoard> {
    var knowledge = PlaybackKnowledge<VirtBoard>(reopen: reopen)
    knowledge.step = { [self] text, playback in
      try explaining {
        let position = try Position(text)
        _ = try positions.go(position, playback)
        return playback.moment.step
      }
    }
    knowledge.symbol = { [self] address in symbols.location(of: address).place }
    knowledge.address = { [self] name in try explaining { try positions.codeAddress(name) } }
    knowledge.programName = programName
    knowledge.program = { [self] in
      if let number = programNumber { return try reader.image(number) ?? [] }
      return SymbolFileWriter.elf(symbols)
    }
    knowledge.marks = { [reader] in try reader.marks().map { DebugMark(moment: $0.moment, name: $0.name) } }
    knowledge.log = { [reader] moment, count in try LogExcerpt(reader).lines(around: moment, count: count) }
    return knowledge
  }

  private func explaining<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let failure as Failure {
      throw DebugProblem(failure.message)
    }
  }

  /// The number of an image in the trace that is an ELF file, the kernel if it is one.
  private lazy var programNumber: Int? = {
    let images = reader.header.images
    let programs = images.indices.filter { number in
      guard images[number].isEmbedded else { return false }
      var start: [UInt8] = []
      try? reader.forEachPart(ofImage: number) { if start.isEmpty { start = Array($0.prefix(4)) } }
      return start == [0x7f] + Array("ELF".utf8)
    }
    // Firmware is offered only where there is nothing else: it runs little of the time.
    let kernel = programs.first { images[$0].role == ImageRole.kernel.rawValue }
    return kernel ?? (symbols.isEmpty ? programs.first : nil)
  }()
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
