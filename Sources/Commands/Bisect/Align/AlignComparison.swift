internal import Archive
internal import Backplane
internal import Boards
internal import Host
internal import Symbols
internal import Timeline
internal import VirtualTime

/// Compares runs of different builds by what they have in common: lines of the console, traps, system calls, functions
/// entered. No comparison of machines: what lies between two events may differ as it likes.
struct AlignComparison {
  /// One of the two runs.
  struct Side {
    var file: String
    var reader: TraceReader
    var files: [ImageRole: String]
    var symbols: SymbolOptions
  }

  var options: AlignOptions
  var from: String?
  var to: String?
  var checkpointBytes: Int

  /// Compares `first` with `second` and reports.
  /// - Returns: the exit status: 0 when no event differs, 1 when one does.
  /// - Throws: `Failure`, `TraceError`.
  func perform(_ first: Side, _ second: Side, isJSON: Bool, _ streams: Streams) throws -> Int32 {
    streams.beginInterruptible()
    let display = Display(streams: streams, isQuiet: true, isJSON: isJSON)
    guard let one = try open(first, display), let other = try open(second, display) else {
      return streams.signal().map(Interruption.exitStatus) ?? ExitStatus.success
    }
    let alignment = try Alignment(
      first: one.next, second: other.next, progress: { streams.signal() == nil })
    if let signal = streams.signal() { return Interruption.exitStatus(for: signal) }
    let report = AlignReport(
      self, first.file, second.file, alignment, clockHertz: [first, second].map(\.reader.clockHertz))
    streams.print(isJSON ? JSONText.document(report) : report.text)
    return alignment.difference == nil ? ExitStatus.success : ExitStatus.no
  }

  private func open(_ side: Side, _ display: Display) throws -> EventStream? {
    let positions = Positions(side.reader, files: side.files, options: side.symbols)
    guard
      let window = try TraceWindow(
        side.reader, positions, from: from, to: to, files: side.files, checkpointBytes: checkpointBytes, display)
    else { return nil }
    let needsSymbols = options.subject == .traps || options.subject == .functions
    let functions = FunctionMap(needsSymbols ? try positions.symbols().index : .init())
    return try EventStream(window, options, functions, file: side.file, display)
  }
}

/// What `bisect --align` reports. Described in Documentation/JSON.md.
struct AlignReport: Encodable, Equatable {
  struct Event: Encodable, Equatable {
    var text: String
    var key: String
    var step: UInt64
    var cycle: UInt64
    var guestNanoseconds: UInt64
    var place: String?

    init(_ event: AlignedEvent, clockHertz: UInt64) {
      (text, key, place) = (event.text, event.key, event.place)
      (step, cycle) = (event.moment.step.count, event.moment.cycle.count)
      guestNanoseconds = Length(event.moment, clockHertz: clockHertz).guestNanoseconds
    }

    var plain: String {
      "@\(step)  \(Show.time(guestNanoseconds))  \(text)" + (place.map { "  at \($0)" } ?? "")
    }
  }

  struct Pair: Encodable, Equatable {
    var a: Event?
    var b: Event?
  }

  struct Resumption: Encodable, Equatable {
    var onlyInA: Int
    var onlyInB: Int
    var common: Int
    var a: Event
    var b: Event
  }

  var schema = "reprise/bisect-align/1"
  /// That it is no comparison of machines.
  var isExact = false
  var alignedBy: String
  var a: String
  var b: String
  var isSame: Bool
  var commonEvents: UInt64
  var lastCommon: [Pair]
  /// The number of the event that differs, from 0; of each side what it has there, or nothing at its end.
  var differs: Pair?
  var agreesAgain: Resumption?
  /// What was left out of the comparison.
  var ignored: [String]

  init(
    _ comparison: AlignComparison, _ first: String, _ second: String, _ alignment: Alignment, clockHertz: [UInt64]
  ) {
    func event(_ event: AlignedEvent, _ side: Int) -> Event { Event(event, clockHertz: clockHertz[side]) }
    let options = comparison.options
    alignedBy = options.subject.rawValue
    (a, b) = (first, second)
    isSame = alignment.difference == nil
    commonEvents = alignment.commonCount
    lastCommon = alignment.lastCommon.map { Pair(a: event($0.first, 0), b: event($0.second, 1)) }
    if let difference = alignment.difference {
      differs = Pair(a: difference.first.map { event($0, 0) }, b: difference.second.map { event($0, 1) })
      agreesAgain = difference.resumption.map {
        Resumption(
          onlyInA: $0.firstSkipped, onlyInB: $0.secondSkipped, common: $0.length, a: event($0.pair.first, 0),
          b: event($0.pair.second, 1))
      }
    }
    ignored = ["everything between two \(options.subject.noun)s, and when they come"]
    switch options.subject {
    case .console where options.ignoresLogTimes: ignored.append("the times that Linux writes in front of its lines")
    case .traps where options.ignoresInterrupts: ignored.append("interrupts")
    case .syscalls: ignored.append(options.comparesArguments ? "values that may be addresses" : "arguments")
    default: break
    }
  }

  /// The report for people.
  var text: String {
    var lines = [
      "aligned by \(subject.noun)s: not an exact comparison; left out: \(Show.list(ignored))", "A: \(a)", "B: \(b)",
    ]
    guard let differs else {
      lines.append("the same: \(Show.count(commonEvents, subject.noun)), none of which differs")
      return lines.joined(separator: "\n")
    }
    lines.append("the first difference is \(subject.noun) \(commonEvents) (from 0)")
    if !lastCommon.isEmpty {
      lines.append("the last that they have in common:")
      for pair in lastCommon { lines.append("    " + (pair.a?.text ?? "")) }
      if let last = lastCommon.last, let a = last.a, let b = last.b {
        lines.append("  the last of these: A \(a.plain)")
        lines.append("                     B \(b.plain)")
      }
    }
    lines.append("then:")
    lines.append("  A  " + (differs.a?.plain ?? "has no more"))
    lines.append("  B  " + (differs.b?.plain ?? "has no more"))
    if let agreesAgain {
      lines.append(
        "they agree again behind \(agreesAgain.onlyInA) of A and \(agreesAgain.onlyInB) of B,"
          + " for at least \(agreesAgain.common): \(agreesAgain.a.text)")
      lines.append("  A  \(agreesAgain.a.plain)")
      lines.append("  B  \(agreesAgain.b.plain)")
    } else if differs.a != nil, differs.b != nil {
      lines.append("they do not agree again in the next 512")
    }
    for (file, event) in [(a, differs.a), (b, differs.b)] {
      guard let event else { continue }
      lines.append("To look: \(Show.command("reprise", "gdb", file, "--at", "@\(event.step)"))")
    }
    return lines.joined(separator: "\n")
  }

  private var subject: AlignSubject { AlignSubject(rawValue: alignedBy) ?? .console }
}
