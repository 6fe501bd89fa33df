internal import Archive
internal import Backplane
internal import Boards
internal import Scenario
internal import Symbols
internal import Timeline
internal import VirtualTime

/// A place in a run, in the one notation of all commands.
enum Position: Hashable {
  /// `@12345`, `12345`: a step.
  case step(UInt64)
  /// `end`, `end-1000`: so many steps before the end.
  case beforeEnd(UInt64)
  /// `t=1.5s`: the first moment at this guest time, in nanoseconds.
  case time(UInt64)
  /// `mark:NAME`.
  case mark(String)
  /// `console:TEXT`: behind the byte that completes TEXT for the first time.
  case console([UInt8])
  /// `SYMBOL`, or an address `*0x80200000`: before the instruction there is executed for the first time.
  case code(String)

  static let notation = "@12345, end, end-1000, t=1.5s, mark:NAME, console:TEXT, a symbol or *0xADDRESS"

  init(_ text: String) throws {
    let failure = Failure(ExitStatus.usage, "'\(text)' is not a position: write \(Self.notation)")
    if text.hasPrefix("mark:") {
      self = .mark(String(text.dropFirst(5)))
    } else if text.hasPrefix("console:") {
      self = .console(Array(text.utf8.dropFirst(8)))
    } else if text.hasPrefix("t=") {
      guard let span = try? Notation.span(String(text.dropFirst(2))) else { throw failure }
      self = .time(span.nanoseconds)
    } else if text == "end" {
      self = .beforeEnd(0)
    } else if text.hasPrefix("end-") {
      guard let count = try? Quantity.count(String(text.dropFirst(4))) else { throw failure }
      self = .beforeEnd(count)
    } else if let count = try? Quantity.count(text.hasPrefix("@") ? String(text.dropFirst()) : text) {
      self = .step(count)
    } else {
      guard !text.isEmpty, !text.hasPrefix("@") else { throw failure }
      self = .code(text)
    }
    if case .console(let bytes) = self, bytes.isEmpty { throw failure }
  }
}

/// Goes to positions of one trace.
struct Positions {
  private let reader: TraceReader
  private let files: [ImageRole: String]
  private let options: SymbolOptions

  /// - Parameter files: where images are that the trace only names.
  init(_ reader: TraceReader, files: [ImageRole: String] = [:], options: SymbolOptions = .none) {
    (self.reader, self.files, self.options) = (reader, files, options)
  }

  /// Goes to `position`.
  /// - Throws: `Failure` when there is no such place; `playback` then stands anywhere.
  func go(_ position: Position, _ playback: Playback<VirtBoard>) throws -> Playback<VirtBoard>.Arrival {
    switch position {
    case .beforeEnd(0): return playback.seek(to: playback.last)
    case .code(let name): return try goToCode(name, playback)
    case .time(let nanoseconds):
      let cycle = Rate(1_000_000_000, per: reader.clockHertz).count(until: nanoseconds)
      guard cycle <= playback.last.cycle.count, nanoseconds == 0 || cycle >= playback.first.cycle.count else {
        let times = [playback.first, playback.last].map {
          Show.time(Length($0, clockHertz: reader.clockHertz).guestNanoseconds)
        }
        throw Failure(
          ExitStatus.usage,
          "t=\(Show.time(nanoseconds)) is not in the trace: it has the guest time \(times.joined(separator: " to "))")
      }
      return playback.seek(to: Cycle(cycle))
    default:
      let moment = try reader.moment(of: position)
      let step = moment.step
      // Behind the end of a fork there is what has not been run yet.
      guard step >= playback.first.step, step <= playback.last.step || playback.forkedAt != nil else {
        throw Failure(
          ExitStatus.usage,
          "@\(step.count) is not in the trace: it has the steps @\(playback.first.step.count) to"
            + " @\(playback.last.step.count)"
        )
      }
      return playback.seek(to: max(moment, playback.first))
    }
  }

  private func goToCode(_ name: String, _ playback: Playback<VirtBoard>) throws -> Playback<VirtBoard>.Arrival {
    let address = try codeAddress(name)
    _ = playback.seek(to: playback.first)
    let arrival = playback.runForward(StopPoints(breakpoints: [address]), passingHere: false)
    guard arrival == .end else { return arrival }
    throw Failure(ExitStatus.no, "\(name) (\(Show.address(address))) is never executed in the trace")
  }

  /// The address of a symbol, or of `*0xADDRESS`.
  func codeAddress(_ name: String) throws -> UInt64 {
    if name.hasPrefix("*"), let address = try? Quantity.count(String(name.dropFirst())) { return address }
    let symbols = try symbols()
    do {
      return try symbols.index.address(of: name)
    } catch {
      let notes = symbols.notes.map { "; \($0)" }.joined()
      throw Failure(
        ExitStatus.usage, "'\(name)' is not a position (write \(Position.notation)): \(error)\(notes)")
    }
  }

  /// What names and lines there are.
  func symbols() throws -> TraceSymbols { try TraceSymbols(reader, files: files, options: options) }
}

extension TraceReader {
  /// The step of `text`, which must be a position that the trace alone tells: see `Position`.
  func step(of text: String) throws -> Step { try step(of: Position(text)) }

  /// The step of `position`, when the trace alone tells it.
  func step(of position: Position) throws -> Step {
    switch position {
    case .step(let count): return Step(count)
    case .beforeEnd(let count):
      guard count <= lastStep.count else {
        throw Failure(ExitStatus.usage, "'end-\(count)' is before the start: the trace has \(lastStep.count) steps")
      }
      return Step(lastStep.count - count)
    case .mark(let name): return try mark(name).step
    case .console(let text): return try stepBehind(text)
    case .time, .code:
      throw Failure(
        ExitStatus.usage, "a guest time, a symbol or an address is no position here: write @12345 or mark:NAME")
    }
  }

  /// The moment of `position`, when the trace alone tells it: of a mark its own, otherwise the first of the step.
  func moment(of position: Position) throws -> Moment {
    if case .mark(let name) = position { return try mark(name) }
    return Moment(step: try step(of: position), cycle: .zero)
  }

  private func mark(_ name: String) throws -> Moment {
    let marks = try marks()
    guard let mark = marks.first(where: { $0.name == name }) else {
      let names = marks.map(\.name).joined(separator: ", ")
      throw Failure(ExitStatus.usage, "the trace has no mark '\(name)'; it has \(names.isEmpty ? "none" : names)")
    }
    return mark.moment
  }

  /// The step behind the one that completes `text` on the console.
  private func stepBehind(_ text: [UInt8]) throws -> Step {
    guard sections.contains(where: { $0.head.kind == .effects }) else {
      throw Failure(ExitStatus.usage, "the trace does not hold what the console showed: record with --effects output")
    }
    var recent: [UInt8] = []
    var found: Step?
    struct Found: Error {}
    do {
      try effects(kinds: .output) { effect in
        guard case .output(_, let byte) = effect.kind else { return }
        recent.append(byte)
        guard byte == text.last, recent.suffix(text.count).elementsEqual(text) else {
          if recent.count > 2 * text.count + 4096 { recent.removeFirst(recent.count - text.count) }
          return
        }
        found = Step(effect.moment.step.count + 1)
        throw Found()
      }
    } catch is Found {}
    guard let found else { throw Failure(ExitStatus.no, "the console never shows \(Show.quoted(text))") }
    return min(found, lastStep)
  }
}
