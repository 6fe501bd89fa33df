internal import Archive
internal import ArgumentParser
internal import Backplane
internal import Boards
internal import Host
internal import VirtualTime

/// `reprise log`.
struct LogCommand: Performing {
  static let configuration = CommandConfiguration(
    commandName: "log",
    abstract: "List what happened in a recorded run.",
    discussion: """
      Lists what the trace holds: inputs always; output and interrupts unless they were left out. What is asked for \
      with --kind and is not in the trace, such as device reads and writes, is computed by replaying.
      """)

  @Argument(help: ArgumentHelp("The trace.", valueName: "file"), completion: .file(extensions: ["reprise"]))
  var file: String

  @Option(
    help: ArgumentHelp(
      "Only these: some of inputs,interrupts,output,reads,writes, or all. (default: what the trace holds)",
      valueName: "kinds"), transform: LogKinds.init(parsing:))
  var kind: LogKinds?

  @Option(
    help: ArgumentHelp(
      "Only of this device: \(Self.names). May be given again.",
      valueName: "name"))
  var device: [String] = []

  @Option(help: ArgumentHelp("Only from this step on: @12345, end-1000 or mark:NAME.", valueName: "position"))
  var from: String?

  @Option(help: ArgumentHelp("Only up to this step, itself included.", valueName: "position"))
  var to: String?

  @Option(
    help: ArgumentHelp(
      "The file of an image that the trace only names, if it must be replayed.", valueName: "role=file"))
  var image: [String] = []

  @Flag(help: "Write JSON, one document on each line.")
  var json = false

  func perform(_ streams: Streams) throws -> Int32 {
    let reader = try TraceFile.open(file)
    do {
      return try list(reader, streams)
    } catch let error as TraceError {
      throw TraceFile.failure(error, file)
    }
  }

  private func list(_ reader: TraceReader, _ streams: Streams) throws -> Int32 {
    let first = try from.map { try reader.step(of: $0) } ?? .zero
    let last = try to.map { try reader.step(of: $0) } ?? Step(.max)
    guard first <= last else { throw Failure(ExitStatus.usage, "--from is behind --to") }
    let held = LogKinds(heldBy: reader)
    let wanted = kind ?? held
    let filter = LogFilter(kinds: wanted, steps: first...last, slots: try slots(reader.header.board))
    var printer = LogPrinter(streams, board: reader.header.board, isJSON: json)
    let missing = wanted.subtracting(held)
    guard !missing.isEmpty else {
      try RecordedLog(reader).forEach(filter) { printer.print($0) }
      printer.finish()
      for damage in reader.damage { streams.note("note: \(damage)") }
      return ExitStatus.success
    }
    streams.note("note: the trace does not hold \(missing.names.joined(separator: " and ")): replaying to compute them")
    streams.beginInterruptible()
    let replayed = try ReplayedLog(reader, files: try ImageArgument.parse(image), collecting: wanted)
    let diverged = try replayed.forEach(filter, shouldStop: { streams.signal() != nil }) { printer.print($0) }
    printer.finish()
    if let diverged {
      throw Failure(
        ExitStatus.diverged,
        "the replay differs from the recording at step @\(diverged.count): what is listed above may be"
          + " wrong from the rung before on", next: "reprise replay --quiet \(Show.shellWord(file))")
    }
    return streams.signal().map(Interruption.exitStatus) ?? ExitStatus.success
  }

  private static let names = (VirtSlot.allCases.map(\.name) + [VirtTiming.slotName]).joined(separator: ", ")

  /// The slots of the devices asked for; `nil` for all.
  private func slots(_ board: String) throws -> [UInt8]? {
    guard !device.isEmpty else { return nil }
    return try device.map { name in
      if let place = VirtSlot.allCases.first(where: { $0.name == name }) { return place.rawValue }
      if name == VirtTiming.slotName { return Postponement.slot.number }
      throw Failure(
        ExitStatus.usage,
        "there is no device '\(name)'; there are \(Self.names)")
    }
  }
}

/// Kinds of entries in a log.
struct LogKinds: OptionSet {
  let rawValue: UInt8

  static let inputs = LogKinds(rawValue: 1)
  static let interrupts = LogKinds(rawValue: 2)
  static let output = LogKinds(rawValue: 4)
  static let reads = LogKinds(rawValue: 8)
  static let writes = LogKinds(rawValue: 16)

  private static let named: [(name: String, kind: LogKinds)] = [
    ("inputs", .inputs), ("interrupts", .interrupts), ("output", .output), ("reads", .reads), ("writes", .writes),
  ]

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The kinds in `text`: names with commas between them.
  init(parsing text: String) throws {
    self = []
    for word in text.split(separator: ",", omittingEmptySubsequences: false) {
      if word == "all" {
        formUnion(Self.named.reduce(into: []) { $0.formUnion($1.kind) })
        continue
      }
      guard let named = Self.named.first(where: { $0.name == word }) else {
        let names = Self.named.map(\.name).joined(separator: ", ")
        throw BadArgument(description: "'\(word)' is not a kind of entry: \(names) or all")
      }
      insert(named.kind)
    }
  }

  /// The kinds that `reader`'s trace holds all of.
  init(heldBy reader: TraceReader) {
    let effects = EffectSelection(rawValue: UInt8(truncatingIfNeeded: reader.header.parameter("effects") ?? 0))
    self = .inputs
    // Effects can be dropped from a trace: then none of them are there.
    guard reader.sections.contains(where: { $0.head.kind == .effects }) else { return }
    if effects.contains(.output) { insert(.output) }
    if effects.contains(.interrupts) { insert(.interrupts) }
    if effects.contains(.devices) { formUnion([.reads, .writes]) }
  }

  var names: [String] { Self.named.filter { contains($0.kind) }.map(\.name) }

  /// What a machine must collect so that these can be told.
  var collected: EffectSelection {
    var selection: EffectSelection = [.output]
    if contains(.interrupts) { selection.insert(.interrupts) }
    if !isDisjoint(with: [.reads, .writes]) { selection.insert(.devices) }
    return selection
  }
}
