internal import Archive
internal import Host
internal import StateCoding
internal import VirtualTime

/// What `info` tells of a trace. Described in Documentation/JSON.md.
struct TraceInfo: Encodable {
  struct Image: Encodable {
    var role: String
    var name: String
    var bytes: UInt64
    var sha256: String
    var isEmbedded: Bool
  }

  struct Board: Encodable {
    var name: String
    var parameters: [String: UInt64]
    var texts: [String: String]
    var costModel: String
    var costModelRevision: UInt64
    var seed: UInt64
    var epoch: String
    var epochNanoseconds: UInt64
  }

  struct Origin: Encodable {
    var kind: String
    var parent: String?
    var parentMoment: Length?
  }

  struct Inputs: Encodable {
    var device: String
    var count: UInt64
    var bytes: UInt64
  }

  struct NamedMoment: Encodable {
    var name: String
    var step: UInt64
    var cycle: UInt64
    var isAutomatic: Bool
  }

  struct Checkpoint: Encodable {
    var step: UInt64
    var cycle: UInt64
  }

  struct Section: Encodable {
    var kind: String
    var count: Int
    var bytes: Int
  }

  struct End: Encodable {
    var reason: String
    var detail: String?
    var digest: String
    var consoleBytes: UInt64
    var consoleDigest: String
  }

  var schema = "reprise/info/1"
  var file: String
  var bytes: Int
  var formatVersion: UInt32
  var isComplete: Bool
  var board: Board
  var images: [Image]
  var identity: String
  var origin: Origin?
  var start: Length
  var length: Length
  var inputs: [Inputs] = []
  var rungs = 0
  var rungIntervalSteps: UInt64
  var marks: [NamedMoment] = []
  var checkpoints: [Checkpoint] = []
  var sections: [Section]
  var end: End?
  var truncation: String?
  var damage: [String] = []
  /// The first part that a replay needs and that cannot be read. Not shown in JSON but as an element of `damage`.
  @NotShown var unreadable: TraceError?

  init(_ file: String, _ reader: TraceReader, byteCount: Int) {
    let header = reader.header
    (self.file, bytes, formatVersion, isComplete) = (file, byteCount, reader.formatVersion, reader.isComplete)
    board = Board(
      name: header.board, parameters: Self.table(header.parameters), texts: Self.table(header.textParameters),
      costModel: header.costModel, costModelRevision: header.costModelRevision, seed: header.seed,
      epoch: Show.date(header.epochNanoseconds), epochNanoseconds: header.epochNanoseconds)
    images = header.images.map {
      Image(
        role: $0.role, name: $0.name, bytes: $0.byteCount, sha256: Show.hexadecimal($0.sha256),
        isEmbedded: $0.isEmbedded)
    }
    identity = Self.text(reader.identity)
    origin = reader.origin.map { origin in
      Origin(
        kind: origin.kind.word, parent: origin.parent.map(Self.text),
        parentMoment: origin.parent.map { _ in Length(origin.parentMoment, clockHertz: reader.clockHertz) })
    }
    start = Length(reader.start, clockHertz: reader.clockHertz)
    length = Length(reader.covered, clockHertz: reader.clockHertz)
    rungIntervalSteps = header.rungIntervalSteps
    sections = reader.sectionSizes.map { Section(kind: $0.kind.name, count: $0.sectionCount, bytes: $0.byteCount) }
    end = reader.end.map {
      End(
        reason: $0.reason.word, detail: $0.reason.detail, digest: Self.text($0.digest),
        consoleBytes: $0.consoleByteCount,
        consoleDigest: Self.text($0.consoleDigest))
    }
    truncation = reader.truncation.map { "\($0.found) (offset \($0.offset)); what comes before can be replayed" }
    do {
      try reader.verify()
      try readContents(reader)
    } catch let error as TraceError {
      unreadable = error
      damage.append(error.description)
    } catch {
      damage.append("\(error)")
    }
    damage += reader.damage.map(\.description)
  }

  private mutating func readContents(_ reader: TraceReader) throws {
    var counts = [(count: UInt64, bytes: UInt64)](repeating: (0, 0), count: 256)
    try reader.forEachInput { input in
      counts[Int(input.slot)].count += 1
      counts[Int(input.slot)].bytes += UInt64(input.bytes.count)
    }
    for (slot, total) in counts.enumerated() where total.count > 0 {
      let name = TraceFile.slotName(UInt8(slot), board: reader.header.board)
      inputs.append(Inputs(device: name, count: total.count, bytes: total.bytes))
    }
    rungs = try reader.rungs().count
    checkpoints = reader.checkpoints.map {
      Checkpoint(step: $0.head.first.step.count, cycle: $0.head.first.cycle.count)
    }
    marks = try reader.marks().map {
      NamedMoment(
        name: $0.name, step: $0.moment.step.count, cycle: $0.moment.cycle.count, isAutomatic: $0.isAutomatic)
    }
  }

  private static func table<Value>(_ parameters: [Parameter<Value>]) -> [String: Value] {
    Dictionary(parameters.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  private static func text(_ digest: TraceDigest) -> String { Digest(high: digest.high, low: digest.low).description }
}

/// A property that is not encoded.
@propertyWrapper
struct NotShown<Value>: Encodable {
  var wrappedValue: Value?
  func encode(to encoder: any Encoder) throws {}
}

extension KeyedEncodingContainer {
  /// Leaves out what is not shown, its key too.
  mutating func encode<Value>(_ value: NotShown<Value>, forKey key: Key) throws {}
}

// MARK: - For people

extension TraceInfo {
  /// Several lines of text.
  var text: String {
    var lines = [
      row(
        "trace",
        "\(file), format \(formatVersion), \(Show.count(bytes)) bytes, \(isComplete ? "complete" : "cut short")")
    ]
    lines.append(row("board", board.name + "; " + boardText))
    for (name, value) in board.texts.sorted(by: { $0.key < $1.key }) where !value.isEmpty {
      lines.append(row(name, Show.quoted(Array(value.utf8))))
    }
    for image in images {
      let place = image.isEmbedded ? "embedded" : "not in the trace"
      lines.append(row(image.role, "\(image.name), \(Show.count(image.bytes)) bytes, \(place)"))
      lines.append(row("", "sha256 \(image.sha256)"))
    }
    lines.append(row("identity", identity))
    if let origin { lines += originLines(origin) }
    lines.append(row("length", length.sentence))
    let inputText = inputs.map { "\(Show.count($0.count)) for \($0.device) (\(Show.count($0.bytes)) bytes)" }
    lines.append(row("inputs", inputText.isEmpty ? "none" : inputText.joined(separator: ", ")))
    lines.append(row("rungs", "\(Show.count(rungs)), one every \(Show.count(rungIntervalSteps)) steps"))
    for (number, mark) in marks.enumerated() {
      lines.append(row(number == 0 ? "marks" : "", "@\(mark.step) \(Show.plain(mark.name))"))
    }
    if let first = checkpoints.first, let last = checkpoints.last {
      let place = first.step == last.step ? "at @\(last.step)" : "from @\(first.step) to @\(last.step)"
      lines.append(row("checkpoints", "\(Show.count(checkpoints.count)), \(place)"))
    }
    for (number, section) in sections.enumerated() {
      let count = Show.count(section.count, "section")
      lines.append(row(number == 0 ? "bytes" : "", "\(Show.count(section.bytes)) \(section.kind) (\(count))"))
    }
    if let end {
      lines.append(row("end", "\(end.reason)\(end.detail.map { " " + Show.quoted(Array($0.utf8)) } ?? "")"))
      lines.append(row("", "digest \(end.digest)"))
      lines.append(row("console", "\(Show.count(end.consoleBytes)) bytes, digest \(end.consoleDigest)"))
    }
    if let truncation { lines.append(row("cut", truncation)) }
    for (number, text) in damage.enumerated() { lines.append(row(number == 0 ? "damage" : "", text)) }
    return lines.joined(separator: "\n")
  }

  private func originLines(_ origin: Origin) -> [String] {
    var lines: [String] = []
    if let parent = origin.parent, let moment = origin.parentMoment {
      lines.append(row("origin", "\(origin.kind) of the trace with the identity \(parent)"))
      lines.append(
        row("", "at @\(moment.steps) (cycle \(moment.cycles), guest time \(Show.time(moment.guestNanoseconds)))"))
    } else {
      lines.append(row("origin", origin.kind))
    }
    if start.cycles > 0 {
      let time = Show.time(start.guestNanoseconds)
      lines.append(row("start", "@\(start.steps) (cycle \(start.cycles), guest time \(time))"))
    }
    return lines
  }

  private var boardText: String {
    let numbers = board.parameters.sorted { $0.key < $1.key }.map { name, value in
      name == "ramSize" ? "\(name) \(Show.size(value))" : "\(name) \(value)"
    }
    return
      (numbers + [
        "cost model \(board.costModel) revision \(board.costModelRevision)", "seed \(board.seed)",
        "epoch \(board.epoch)",
      ]).joined(separator: ", ")
  }

  private func row(_ name: String, _ value: String) -> String {
    name + String(repeating: " ", count: max(1, 15 - name.count)) + value
  }
}

extension TraceOrigin.Kind {
  /// The word for it.
  var word: String {
    switch self {
    case .cut: "cut"
    case .fork: "fork"
    case .flightRecorder: "flight-recorder"
    }
  }
}
