internal import Archive
internal import ArgumentParser
internal import Boards
internal import Export
internal import Symbols

extension AlignSubject: ExpressibleByArgument {}

/// The options of `bisect` that compare by something else than steps: `--align` and `--commit-log`.
struct AlignArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Compare runs of different builds, not step by step but by these events: console (lines), traps, syscalls or \
      functions.
      """, valueName: "events"))
  var align: AlignSubject?

  @Option(
    help: ArgumentHelp(
      "Compare one trace with this log of retired instructions, as Spike writes it with --log-commits.",
      valueName: "file"), completion: .file())
  var commitLog: String?

  @Option(
    help: ArgumentHelp(
      "--align, --commit-log: where to begin: \(Position.notation). (default: the start)", valueName: "position"))
  var from: String?

  @Option(help: ArgumentHelp("--align, --commit-log: where to end. (default: the end)", valueName: "position"))
  var to: String?

  @Flag(help: "--align traps: exceptions alone. --commit-log: pass over handlers of interrupts.")
  var ignoreInterrupts = false

  @Flag(help: "--align syscalls: arguments count too, but for those that may be addresses.")
  var arguments = false

  @Flag(help: "--align console: the times in front of the lines of Linux count too.")
  var times = false

  @Option(
    help: ArgumentHelp("--align functions: only those with such names; * and ? stand for any.", valueName: "glob"))
  var functions: String?

  @Option(
    name: .customLong("ignore-csr"),
    help: ArgumentHelp(
      "--commit-log: leave out these CSRs, and what is read out of them. May be repeated.", valueName: "name,…"))
  var ignoreCSR: [String] = []

  @Flag(help: "--commit-log: leave out accesses to memory.")
  var ignoreMemory = false

  @Option(
    name: .customLong("start-pc"),
    help: ArgumentHelp(
      "--commit-log: begin with the first line at this address, or symbol.", valueName: "address"))
  var startPC: String?

  @Option(help: ArgumentHelp("--commit-log: the hart of the log that is compared. (default: 0)", valueName: "number"))
  var logHart: Int?

  /// Whether one of the two is asked for.
  var isAskedFor: Bool { align != nil || commitLog != nil }

  func validate() throws {
    if align != nil, commitLog != nil {
      throw ValidationError("--align and --commit-log are two comparisons: give one")
    }
    if functions != nil, align != .functions { throw ValidationError("--functions is for --align functions") }
    if arguments, align != .syscalls { throw ValidationError("--arguments is for --align syscalls") }
    if times, align != .console { throw ValidationError("--times is for --align console") }
    if ignoreInterrupts, align != .traps, commitLog == nil {
      throw ValidationError("--ignore-interrupts is for --align traps and --commit-log")
    }
    let forLog = ignoreMemory || startPC != nil || logHart != nil || !ignoreCSR.isEmpty
    if forLog, commitLog == nil {
      throw ValidationError("--ignore-csr, --ignore-memory, --start-pc and --log-hart are for --commit-log")
    }
    if from != nil || to != nil, !isAskedFor {
      throw ValidationError("--from and --to are for --align and --commit-log")
    }
    _ = try mask()
  }

  private func mask() throws -> CommitLogMask {
    var mask = CommitLogMask()
    (mask.ignoresInterrupts, mask.ignoresMemory) = (ignoreInterrupts, ignoreMemory)
    for name in ignoreCSR.flatMap({ $0.split(separator: ",") }) {
      guard let number = CommitLogMask.csr(named: String(name)) else {
        throw ValidationError("--ignore-csr: there is no CSR '\(name)'")
      }
      mask.csrs.append(number)
    }
    return mask
  }

  /// Does the comparison that is asked for, with the traces at `files`.
  /// - Parameter images: where the images of each are that it only names.
  /// - Returns: the exit status.
  /// - Throws: `Failure`, `TraceError`.
  func perform(
    _ files: [String], images: [[ImageRole: String]], symbols: SymbolOptions, checkpointBytes: Int, isJSON: Bool,
    _ streams: Streams
  ) throws -> Int32 {
    let wanted = commitLog == nil ? 2 : 1
    guard files.count == wanted else {
      throw Failure(
        ExitStatus.usage,
        wanted == 2 ? "--align compares two traces: give two" : "--commit-log compares a log with one trace: give one",
        next: "reprise bisect --help")
    }
    if let commitLog {
      return try perform(commitLog, files[0], images[0], symbols, checkpointBytes, isJSON, streams)
    }
    var options = AlignOptions(subject: align ?? .console)
    (options.ignoresInterrupts, options.comparesArguments) = (ignoreInterrupts, arguments)
    options.ignoresLogTimes = !times
    if let functions { options.functions = functions }
    let comparison = AlignComparison(options: options, from: from, to: to, checkpointBytes: checkpointBytes)
    let sides = try zip(files, images).map { file, images in
      AlignComparison.Side(file: file, reader: try TraceFile.open(file), files: images, symbols: symbols)
    }
    return try comparison.perform(sides[0], sides[1], isJSON: isJSON, streams)
  }

  private func perform(
    _ log: String, _ file: String, _ images: [ImageRole: String], _ symbols: SymbolOptions, _ checkpointBytes: Int,
    _ isJSON: Bool, _ streams: Streams
  ) throws -> Int32 {
    let reader = try TraceFile.open(file)
    let positions = Positions(reader, files: images, options: symbols)
    var comparison = CommitLogComparison(
      log: log, file: file, from: from, to: to, files: images, symbols: symbols, checkpointBytes: checkpointBytes,
      mask: try mask())
    comparison.startPC = try startPC.map { text in try (try? Quantity.count(text)) ?? positions.codeAddress(text) }
    comparison.hart = logHart ?? 0
    do {
      return try comparison.perform(reader, isJSON: isJSON, streams)
    } catch let error as TraceError {
      throw TraceFile.failure(error, file)
    }
  }
}
