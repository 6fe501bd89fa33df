internal import Archive
internal import Backplane
internal import Boards
internal import Host
internal import VirtualTime

/// A trace in a file, read piece by piece.
struct TraceFile: ByteSource {
  private let file: InputFile

  init(_ path: String) throws { file = try InputFile(path) }

  var count: Int { file.count }
  func read(_ range: Range<Int>) throws -> [UInt8] { try file.read(range) }

  /// Opens the trace at `path`.
  static func open(_ path: String) throws -> TraceReader {
    do {
      return try TraceReader(TraceFile(path))
    } catch let error as TraceError {
      throw failure(error, path)
    }
  }

  /// `error`, found in the file at `path`.
  static func failure(_ error: TraceError, _ path: String) -> Failure {
    Failure(error.exitStatus, "\(path): \(error)")
  }

  /// The name of the device at `slot` of a trace of `board`.
  static func slotName(_ slot: UInt8, board: String) -> String {
    guard board == VirtMachine.boardName, let place = VirtSlot(rawValue: slot) else { return "slot \(slot)" }
    return place.name
  }
}

extension TraceReader {
  /// The clock of the board, which turns cycles into guest time; 1 GHz when the header does not say.
  var clockHertz: UInt64 { max(1, header.parameter("clockHertz") ?? 1_000_000_000) }

  /// The last step that the trace tells of.
  var lastStep: Step { covered.step }

  /// The step of `position`: `12345`, `@12345`, `end`, `end-1000`, `mark:NAME`.
  func step(of position: String) throws -> Step {
    let failure = Failure(
      ExitStatus.usage, "'\(position)' is not a position: write @12345, end, end-1000 or mark:NAME")
    if position.hasPrefix("mark:") {
      let name = position.dropFirst(5)
      let marks = try marks()
      guard let mark = marks.first(where: { $0.name == name }) else {
        let names = marks.map(\.name).joined(separator: ", ")
        throw Failure(
          ExitStatus.usage, "the trace has no mark '\(name)'; it has \(names.isEmpty ? "none" : names)")
      }
      return mark.moment.step
    }
    if position == "end" { return lastStep }
    if position.hasPrefix("end-") {
      guard let back = try? Quantity.count(String(position.dropFirst(4))) else { throw failure }
      guard back <= lastStep.count else {
        throw Failure(ExitStatus.usage, "'\(position)' is before the start: the trace has \(lastStep.count) steps")
      }
      return Step(lastStep.count - back)
    }
    guard let count = try? Quantity.count(position.hasPrefix("@") ? String(position.dropFirst()) : position) else {
      throw failure
    }
    return Step(count)
  }
}
