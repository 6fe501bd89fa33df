public import Archive
public import Backplane
internal import VirtualTime

/// The files of a recording that keeps the recent past only.
///
/// At any time `current` is a trace of its own, as long as the window that is to be kept or longer. While it grows,
/// `next` is written beside it, from a snapshot on; when that alone is long enough, it takes the place of the other.
public protocol FlightFiles: AnyObject {
  /// Begins the next file, up to and with its origin.
  func beginNext(_ origin: TraceOrigin) throws -> (writer: TraceWriter, sink: Journal.Sink)
  /// The next file takes the current one's place, at once and whole.
  func promoteNext() throws
  /// Takes the next file away.
  func removeNext()
}

/// Keeps the recent past of a recording.
public struct FlightRecorder<B: Board> {
  /// What is to be kept at least, once there is as much; about twice that is kept at most.
  public enum Window: Hashable, Sendable {
    /// So many cycles of guest time.
    case cycles(UInt64)
    /// Half as many bytes of trace; never more than these, but for checkpoints, and unless a snapshot alone is larger
    /// than a quarter of them.
    case bytes(Int)
  }

  private let window: Window
  private let files: any FlightFiles
  private let keeper: CheckpointKeeper<B>
  private(set) var next: Journal?

  /// Keeps `window` in `files`; `keeper` takes the snapshots.
  public init(window: Window, files: any FlightFiles, keeper: CheckpointKeeper<B>) {
    (self.window, self.files, self.keeper) = (window, files, keeper)
  }

  /// Notes in the next file what was noted in the current one.
  mutating func note(_ body: (inout Journal) throws -> Void) rethrows {
    guard var journal = next else { return }
    next = nil
    defer { next = journal }
    try body(&journal)
  }

  /// Looks whether it is time for the next file to begin, or to take the place of `current`. Everything noted up to
  /// `moment`, where the machine stands, has been written.
  mutating func turn(_ current: inout Journal, at moment: Moment) throws {
    if let next, isEnough(next, at: moment) {
      try files.promoteNext()
      keeper.forget(before: next.start)
      (current, self.next) = (next, nil)
    }
    if next == nil, isEnough(current, at: moment) { next = try begin(at: moment) }
  }

  /// There will be no next file.
  mutating func finish() {
    if next != nil { files.removeNext() }
    next = nil
  }

  private func begin(at moment: Moment) throws -> Journal {
    let (record, pages) = keeper.sections.snapshot(of: keeper.take())
    var (writer, sink) = try files.beginNext(TraceOrigin(kind: .flightRecorder, start: moment))
    do {
      var blocks = pages
      while let block = blocks.next() { try sink(writer.snapshotPages(block)) }
      guard let bytes = writer.snapshot(record) else {
        throw SnapshotProblem(description: "the machine is too large for a trace that starts late")
      }
      try sink(bytes)
    } catch {
      files.removeNext()
      throw error
    }
    return Journal(writer: writer, sink: sink)
  }

  private func isEnough(_ journal: Journal, at moment: Moment) -> Bool {
    switch window {
    case .cycles(let count): return moment.cycle.count - journal.start.cycle.count >= count
    case .bytes(let count):
      let half = max(count / 2, journal.start == .zero ? 0 : 2 * journal.startByteCount)
      return moment > journal.start && journal.byteCount >= half
    }
  }
}
