internal import Archive
internal import Backplane
internal import Boards
internal import Host
internal import Timeline
internal import VirtualTime

/// A trace in a file, read piece by piece.
struct TraceFile: ByteSource {
  private let file: InputFile

  init(_ path: String) throws { file = try InputFile(path) }

  var count: Int { file.count }
  func read(_ range: Range<Int>) throws -> [UInt8] { try file.read(range) }

  /// Whether this is the file at `path`, under whatever name.
  func isSame(as path: String) -> Bool { file.isSame(as: path) }

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

  /// Tells of `divergence`, found in a replay of the file at `path`.
  static func complain(of divergence: Divergence, in path: String, _ streams: Streams) {
    streams.complain(
      "the replay differs from the recording after step @\(divergence.lastCommon.step.count), found at"
        + " @\(divergence.found.step.count) (\(divergence.subject.rawValue))")
    streams.note("recorded: \(divergence.recorded)")
    streams.note("replayed: \(divergence.replayed)")
    streams.note("This is a fault of Reprise, or of this host. To see it again:")
    streams.note("  \(Show.command("reprise", "replay", "--quiet", path))")
  }

  /// The name of the device at `slot` of a trace of `board`.
  static func slotName(_ slot: UInt8, board: String) -> String {
    guard board == VirtMachine.boardName else { return "slot \(slot)" }
    if slot == Postponement.slot.number { return VirtTiming.slotName }
    return VirtSlot(rawValue: slot)?.name ?? "slot \(slot)"
  }
}

extension TraceReader {
  /// The clock of the board, which turns cycles into guest time; 1 GHz when the header does not say.
  var clockHertz: UInt64 { header.clockHertz }

  /// The last step that the trace tells of.
  var lastStep: Step { covered.step }
}

extension TraceHeader {
  /// The clock of the board; 1 GHz when the header does not say.
  var clockHertz: UInt64 { max(1, parameter("clockHertz") ?? 1_000_000_000) }
}
