internal import Archive
internal import ArgumentParser
internal import Backplane
internal import Boards
internal import Host
internal import Timeline
internal import VirtualTime

/// What a flight recorder keeps, as it was asked for.
enum Keep: Hashable {
  /// So many nanoseconds of guest time.
  case nanoseconds(UInt64)
  /// So many bytes of trace.
  case bytes(Int)

  /// `60s`, `1.5min`; `2GiB`, `500M`.
  init(_ text: String) throws {
    if let nanoseconds = try? Quantity.nanoseconds(text) {
      self = .nanoseconds(nanoseconds)
    } else if let bytes = try? Quantity.bytes(text), let count = Int(exactly: bytes) {
      self = .bytes(count)
    } else {
      throw BadArgument(description: "'\(text)' is neither a guest time nor a size: write 60s or 2GiB")
    }
    guard self != .nanoseconds(0), self != .bytes(0) else {
      throw BadArgument(description: "'\(text)' is nothing to keep: write 60s or 2GiB")
    }
  }

  func window(clockHertz: UInt64) -> FlightRecorder<VirtBoard>.Window {
    switch self {
    case .nanoseconds(let count): .cycles(max(1, Rate(clockHertz, per: 1_000_000_000).ticks(for: count)))
    case .bytes(let count): .bytes(count)
    }
  }
}

/// The two files of a flight recorder: the trace, and the next one beside it.
final class FlightFilePair: FlightFiles {
  /// The file in which the trace stands.
  private(set) var current: AppendFile
  private var next: AppendFile?
  /// How often the next file has taken the current one's place.
  private(set) var turnCount = 0

  /// `current` is the file of a recording, in which header and images are.
  init(_ current: AppendFile) { self.current = current }

  /// Where the next file of the trace at `path` is.
  static func nextPath(_ path: String) -> String { path + ".next" }

  func beginNext(_ origin: TraceOrigin) throws -> (writer: TraceWriter, sink: Journal.Sink) {
    // Header and images as they are in the trace: the files of the images may have changed.
    let reader = try TraceReader(TraceFile(current.path))
    let file = try AppendFile(creating: Self.nextPath(current.path), replacing: true)
    next = file
    do {
      return (try TraceCopy.beginning(of: reader, origin: origin, to: file.append), file.append)
    } catch {
      removeNext()
      throw error
    }
  }

  func promoteNext() throws {
    guard let file = next else { return }
    // A crash of the host must not leave a name for what is not on the disk yet.
    try file.settle()
    try file.rename(to: current.path)
    current.close()
    (current, next) = (file, nil)
    turnCount += 1
  }

  func removeNext() {
    next?.remove()
    next = nil
  }
}
