internal import Archive
internal import ArgumentParser
internal import Host
internal import Symbols

/// `reprise symbols`.
struct SymbolsCommand: Performing {
  static let configuration = CommandConfiguration(
    commandName: "symbols",
    abstract: "List the symbols of a trace, an ELF file or a Linux kernel, or write them for a debugger.",
    discussion: """
      A stock kernel has no symbol table, but it has tables to name its functions in an oops: those are read. The list \
      is that of nm: address, type and name. With -o, the file can be given to gdb as the program it debugs.
      """)

  @Argument(
    help: ArgumentHelp("A trace, an ELF file, or the Image of a Linux kernel.", valueName: "file"),
    completion: .file())
  var file: String

  @Option(name: .shortAndLong, help: ArgumentHelp("Write a small ELF file with the symbols.", valueName: "file"))
  var output: String?

  @Flag(help: "Replace the file of -o if it is there.")
  var force = false

  @Option(help: ArgumentHelp("List only names like this: '*' any characters, '?' any one.", valueName: "pattern"))
  var match: String?

  @Option(
    help: ArgumentHelp("Say only what is at this address.", valueName: "address"), transform: Quantity.count)
  var at: UInt64?

  @Option(
    help: ArgumentHelp(
      "The file of an image that the trace only names: kernel=FILE or firmware=FILE.", valueName: "role=file"))
  var image: [String] = []

  @OptionGroup var symbolOptions: SymbolOptions

  func perform(_ streams: Streams) throws -> Int32 {
    let index = try index(streams)
    if let at {
      let location = index.location(of: at)
      streams.print(location.description)
      return location.symbol == nil ? ExitStatus.no : ExitStatus.success
    }
    if let output {
      try write(index, to: output)
      streams.print(
        "\(output): \(Show.count(index.count, "symbol")) for a debugger: gdb-multiarch \(Show.shellWord(output))")
      return ExitStatus.success
    }
    return list(index, streams)
  }

  private func index(_ streams: Streams) throws -> SymbolIndex {
    let source = try TraceFile(file)
    // The magic number of a trace: "REPRISE" in a frame that others skip.
    if source.count >= 15, try source.read(8..<15) == Array("REPRISE".utf8) {
      do {
        let symbols = try TraceSymbols(
          TraceReader(source), files: try ImageArgument.parse(image), options: symbolOptions)
        for note in symbols.notes { streams.note(note) }
        guard !symbols.index.isEmpty else {
          throw Failure(ExitStatus.no, "\(file): there are no symbols in it; give a file with --symbols FILE")
        }
        return symbols.index
      } catch let error as TraceError {
        throw TraceFile.failure(error, file)
      }
    }
    let own = SymbolIndex.Source(
      name: ImageFiles.baseName(file), table: try SymbolArgument.table(file), slide: symbolOptions.kernelSlide)
    return SymbolIndex([own] + (try symbolOptions.sources()))
  }

  private func write(_ index: SymbolIndex, to path: String) throws {
    var file: AppendFile?
    do {
      file = try AppendFile(creating: path, replacing: force)
      try file?.append(SymbolFileWriter.elf(index))
      file?.close()
    } catch {
      file?.remove()
      guard file == nil else { throw Failure(ExitStatus.inputOutput, "\(error)") }
      if error.isTaken {
        throw Failure(ExitStatus.usage, "\(path) is there already: give another name, or --force to replace it")
      }
      throw Failure(ExitStatus.cannotCreate, "\(error)")
    }
  }

  private func list(_ index: SymbolIndex, _ streams: Streams) -> Int32 {
    var listed = 0
    var text: [UInt8] = []
    for source in index.sources {
      let symbols = match.map { source.table.symbols(matching: $0).map(source.moved) }
      for place in 0..<(symbols?.count ?? source.table.count) {
        let symbol = symbols?[place] ?? source.moved(source.table[place])
        let digits = String(symbol.address, radix: 16)
        text += String(repeating: "0", count: 16 - digits.count).utf8
        text += "\(digits) \(symbol.type) \(symbol.name)\n".utf8
        listed += 1
        if text.count > 1 << 16 {
          guard streams.output(text) else { return ExitStatus.success }
          text.removeAll(keepingCapacity: true)
        }
      }
    }
    _ = streams.output(text)
    return listed == 0 ? ExitStatus.no : ExitStatus.success
  }
}
