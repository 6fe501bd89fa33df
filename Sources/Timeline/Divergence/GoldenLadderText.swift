internal import Archive
internal import StateCoding
internal import VirtualTime

/// What is wrong with a file that should be a ladder.
public struct LadderError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The line, from 1.
  public let line: Int
  /// What was found, in plain words.
  public let found: String

  /// `line 3: …`.
  public var description: String { "line \(line): \(found)" }
}

// A ladder as text: a line for each thing, words with spaces between them. Documentation/Bisect.md describes it.
extension GoldenLadder {
  /// What the first line begins with.
  public static let magic = "reprise-ladder"
  private static let version = "1"
  /// The largest file that is read, in bytes.
  public static let byteCountMax = 1 << 26

  /// The ladder as text. The same text for the same run.
  public var text: String {
    var lines = ["\(Self.magic) \(Self.version)", "board \(Self.quoted(header.board))"]
    lines += header.parameters.map { "number \(Self.quoted($0.name)) \($0.value)" }
    lines += header.textParameters.map { "text \(Self.quoted($0.name)) \(Self.quoted($0.value))" }
    lines.append("cost-model \(Self.quoted(header.costModel)) \(header.costModelRevision)")
    lines.append("seed \(header.seed)")
    lines.append("epoch \(header.epochNanoseconds)")
    lines.append("rung-interval \(header.rungIntervalSteps)")
    lines += header.images.map { image in
      "image \(Self.quoted(image.role)) \(Self.quoted(image.name)) \(image.loadAddress) \(image.byteCount)"
        + " \(Self.hexadecimal(image.sha256))"
    }
    lines.append("start \(start.step.count) \(start.cycle.count)")
    lines += entries.map { "rung " + Self.text($0) }
    if let end { lines.append("end " + Self.text(end) + " \(reason ?? "limit")") }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func text(_ entry: Entry) -> String {
    let digest = Digest(high: entry.rung.digest.high, low: entry.rung.digest.low)
    let console = entry.console.map { "\($0.count) \($0.digest)" } ?? "- -"
    return "\(entry.rung.moment.step.count) \(entry.rung.moment.cycle.count) \(digest) \(entry.inputs.count)"
      + " \(entry.inputs.digest) \(console)"
  }

  /// Reads a ladder.
  /// - Throws: `LadderError`.
  public init(parsing text: String) throws(LadderError) {
    var ladder = GoldenLadder(
      header: TraceHeader(
        board: "", costModel: "", costModelRevision: 0, seed: 0, epochNanoseconds: 0, rungIntervalSteps: 0),
      start: .zero, entries: [])
    var hasBoard = false
    var number = 0
    for line in Array(text.utf8).split(separator: 10, omittingEmptySubsequences: false) {
      number += 1
      var words = try LadderWords(line, number)
      guard let kind = words.takeKind() else { continue }
      guard (number == 1) == (kind == Self.magic) else {
        throw LadderError(line: number, found: "a ladder begins with '\(Self.magic) \(Self.version)', and once only")
      }
      guard ladder.end == nil else { throw LadderError(line: number, found: "nothing stands behind the end") }
      if kind == "board" { hasBoard = true }
      try ladder.read(kind, &words)
      try words.finish()
    }
    guard hasBoard, ladder.header.rungIntervalSteps > 0, !ladder.rungs.isEmpty else {
      throw LadderError(line: number, found: "the ladder ends without a board, a rung-interval or a rung")
    }
    self = ladder
  }

  private mutating func read(_ kind: String, _ words: inout LadderWords) throws(LadderError) {
    switch kind {
    case Self.magic:
      let version = try words.word("a version")
      guard version == Self.version else {
        throw words.fault("format version \(version); this release reads version 1")
      }
    case "board": header.board = try words.word("a name")
    case "number": header.parameters.append(Parameter(try words.word("a name"), try words.number("a value")))
    case "text": header.textParameters.append(Parameter(try words.word("a name"), try words.word("a value")))
    case "cost-model":
      (header.costModel, header.costModelRevision) = (try words.word("a name"), try words.number("a revision"))
    case "seed": header.seed = try words.number("a seed")
    case "epoch": header.epochNanoseconds = try words.number("nanoseconds")
    case "rung-interval": header.rungIntervalSteps = try words.number("steps")
    case "image":
      header.images.append(
        ImageReference(
          role: try words.word("a role"), name: try words.word("a name"), loadAddress: try words.number("an address"),
          byteCount: try words.number("a size"), sha256: try words.bytes(32, "a SHA-256 digest"), isEmbedded: false))
    case "start": start = try words.moment()
    case "rung": entries.append(try entry(&words))
    case "end":
      end = try entry(&words)
      reason = try words.word("a reason")
    default: throw words.fault("'\(kind)' is nothing that a ladder has")
    }
  }

  private func entry(_ words: inout LadderWords) throws(LadderError) -> Entry {
    let rung = Rung(moment: try words.moment(), digest: TraceDigest(try words.digest()))
    guard rung.moment > entries.last?.rung.moment ?? start || entries.isEmpty && rung.moment >= start else {
      throw words.fault("@\(rung.moment.step.count) is not behind the line before")
    }
    let inputs = Total(count: try words.number("a count of inputs"), digest: try words.digest())
    let isKnown = words.next != "-"
    if isKnown {
      return Entry(
        rung: rung, inputs: inputs, console: Total(count: try words.number("bytes"), digest: try words.digest()))
    }
    _ = try words.word("-")
    _ = try words.word("-")
    return Entry(rung: rung, inputs: inputs, console: nil)
  }

  // MARK: - Words

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// `text` as one word: as it is where that is possible, else in quotes.
  private static func quoted(_ text: String) -> String {
    let isPlain =
      !text.isEmpty && text != "-" && text.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != 34 && $0 != 92 && $0 != 35 }
    if isPlain { return text }
    var quoted = "\""
    for byte in text.utf8 {
      switch byte {
      case 34, 92: quoted += "\\" + String(UnicodeScalar(byte))
      case 32..<127: quoted.unicodeScalars.append(UnicodeScalar(byte))
      default: quoted += "\\x" + hexadecimal([byte])
      }
    }
    return quoted + "\""
  }
}

/// The words of one line.
private struct LadderWords {
  private let line: Int
  private var words: ArraySlice<String>

  init(_ text: ArraySlice<UInt8>, _ line: Int) throws(LadderError) {
    self.line = line
    var words: [String] = []
    var rest = text
    while let byte = rest.first {
      if byte == 32 || byte == 9 || byte == 13 {
        rest.removeFirst()
      } else if byte == 35 {
        break
      } else if byte == 34 {
        words.append(try Self.quoted(&rest, line))
      } else {
        let word = rest.prefix { $0 != 32 && $0 != 9 && $0 != 13 }
        words.append(String(decoding: word, as: UTF8.self))
        rest = rest.dropFirst(word.count)
      }
    }
    self.words = words[...]
  }

  private static func quoted(_ rest: inout ArraySlice<UInt8>, _ line: Int) throws(LadderError) -> String {
    rest.removeFirst()
    var bytes: [UInt8] = []
    while let byte = rest.popFirst() {
      if byte == 34 { return String(decoding: bytes, as: UTF8.self) }
      guard byte == 92 else {
        bytes.append(byte)
        continue
      }
      guard let escaped = rest.popFirst() else { break }
      if escaped == UInt8(ascii: "x") {
        let digits = String(decoding: rest.prefix(2), as: UTF8.self)
        guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16) else {
          throw LadderError(line: line, found: "\\x needs two hexadecimal digits")
        }
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(escaped)
      }
    }
    throw LadderError(line: line, found: "a quotation mark is missing")
  }

  var next: String? { words.first }

  func fault(_ found: String) -> LadderError { LadderError(line: line, found: found) }

  mutating func takeKind() -> String? { words.popFirst() }

  mutating func word(_ what: String) throws(LadderError) -> String {
    guard let word = words.popFirst() else { throw fault("the line ends where \(what) should be") }
    return word
  }

  mutating func number(_ what: String) throws(LadderError) -> UInt64 {
    let word = try word(what)
    guard let number = UInt64(word) else { throw fault("'\(word)' is not \(what)") }
    return number
  }

  mutating func moment() throws(LadderError) -> Moment {
    Moment(step: Step(try number("a step")), cycle: Cycle(try number("a cycle")))
  }

  mutating func bytes(_ count: Int, _ what: String) throws(LadderError) -> [UInt8] {
    let word = try word(what)
    let digits = Array(word.utf8)
    guard digits.count == 2 * count else { throw fault("'\(word)' is not \(what): it has \(2 * count) digits") }
    var bytes: [UInt8] = []
    for place in stride(from: 0, to: digits.count, by: 2) {
      guard let value = UInt8(String(decoding: digits[place..<place + 2], as: UTF8.self), radix: 16) else {
        throw fault("'\(word)' is not \(what)")
      }
      bytes.append(value)
    }
    return bytes
  }

  mutating func digest() throws(LadderError) -> Digest {
    let bytes = try bytes(16, "a digest")
    func half(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
    return Digest(high: half(bytes[0..<8]), low: half(bytes[8...]))
  }

  func finish() throws(LadderError) {
    if let extra = words.first { throw fault("'\(extra)' is more than the line may have") }
  }
}
