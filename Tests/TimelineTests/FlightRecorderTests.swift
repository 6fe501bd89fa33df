import Archive
import Backplane
import Boards
import Support
import Testing
import Timeline
import VirtualTime

/// Recordings that keep the recent past only.
@Suite struct FlightRecorderTests {
  /// The two files, in memory.
  private final class Files: FlightFiles {
    final class File {
      var bytes: [UInt8] = []
    }
    var current = File()
    var next: File?
    var turnCount = 0
    var onWrite: () throws -> Void = {}

    func sink(_ file: File) -> Journal.Sink {
      { [unowned self] bytes in
        file.bytes += bytes
        try onWrite()
      }
    }

    func beginNext(_ origin: TraceOrigin) throws -> (writer: TraceWriter, sink: Journal.Sink) {
      let file = File()
      next = file
      let writer = try TraceCopy.beginning(of: TraceReader(current.bytes), origin: origin, to: sink(file))
      return (writer, sink(file))
    }

    func promoteNext() {
      guard let next else { return }
      (current, self.next) = (next, nil)
      turnCount += 1
    }

    func removeNext() { next = nil }
  }

  private static let text = "Amazingly few discotheques provide jukeboxes. "

  /// Records with `window`; `look` is handed the files after each write, and the last moment that the machine came to.
  private func record(
    _ window: FlightRecorder<VirtBoard>.Window, plan: CheckpointPlan = .end,
    look: @escaping (_ files: Files, _ now: Moment) throws -> Void = { _, _ in }
  ) throws -> (files: Files, end: EndRecord, from: Moment) {
    let files = Files()
    let machine = Guest.echo().machine()
    files.onWrite = { [unowned files, unowned machine] in try look(files, machine.moment) }
    var writer = TraceWriter()
    files.current.bytes = writer.header(
      TraceHeader(
        board: "virt", costModel: "in-order", costModelRevision: 1, seed: 0, epochNanoseconds: 0,
        rungIntervalSteps: 100))
    let keeper = CheckpointKeeper(of: machine, plan: plan, intervalSteps: 100)
    let conductor = Conductor(
      machine: machine, journal: Journal(writer: writer, sink: files.sink(files.current)), keeper: keeper,
      flight: FlightRecorder(window: window, files: files, keeper: keeper), rungIntervalSteps: 100,
      collecting: [.output, .interrupts, .devices]
    ) { _, _ in }
    var door = Door(RandomTyping(Self.text + "q", seed: 3, longestPauseSteps: 3000))
    let end = try conductor.run(door: &door)
    return (files, end, conductor.keptFrom)
  }

  /// The same recording, with all that happened.
  private static func whole() throws -> Recording {
    try Recording(
      .echo(), source: RandomTyping(text + "q", seed: 3, longestPauseSteps: 3000), rungIntervalSteps: 100)
  }

  @Test func whatIsKeptReplaysAloneAndHasTheWindow() throws {
    let whole = try Self.whole()
    let window: UInt64 = 10_000
    // It looks at rungs alone here, and the guest idles between some of them.
    let cycles = try TraceReader(whole.bytes).rungs().map(\.moment.cycle.count) + [whole.end.moment.cycle.count]
    let gap = zip(cycles, cycles.dropFirst()).reduce(0) { max($0, $1.1 - $1.0) }
    let (files, end, from) = try record(.cycles(window))
    #expect(files.turnCount > 3 && files.next == nil)
    let reader = try TraceReader(files.current.bytes)
    try reader.verify()
    #expect(reader.damage.isEmpty && reader.isComplete)
    #expect(reader.origin == TraceOrigin(kind: .flightRecorder, start: from))
    #expect(reader.start == from)
    let kept = end.moment.cycle.count - from.cycle.count
    #expect(kept >= window && kept <= 2 * (window + gap))
    #expect(try reader.marks().allSatisfy { $0.moment >= from })
    #expect(reader.checkpoints.count > 1)
    #expect(reader.checkpoints.allSatisfy { $0.head.first > from })
    let (report, console) = try Recording.replay(files.current.bytes, .echo())
    #expect(report.divergence == nil && report.reachedEnd && report.effectsCompared > 0 && report.rungsCompared > 3)
    // The console is counted from where the file starts.
    #expect(report.consoleByteCount == end.consoleByteCount && end.consoleByteCount == UInt64(console.count))
    #expect(end.consoleByteCount < UInt64(Self.text.utf8.count))
    // The end is the one of a recording that keeps all.
    #expect(end.digest == whole.end.digest && end.moment == whole.end.moment)
    #expect(whole.console.suffix(console.count) == console[...])
  }

  @Test func aPlaybackMovesAboutInWhatIsKept() throws {
    let (files, end, from) = try record(.cycles(10_000))
    let reader = try TraceReader(files.current.bytes)
    let playback = try Playback(machine: Guest.echo().machine(), reader: reader)
    #expect(playback.moment == from && playback.first == from)
    let first = TraceDigest(playback.machine.digest())
    #expect(try reader.snapshot()?.digest == first)
    #expect(playback.seek(to: end.moment) == .reached)
    #expect(TraceDigest(playback.machine.digest()) == end.digest)
    #expect(playback.seek(to: from) == .reached)
    #expect(TraceDigest(playback.machine.digest()) == first)
    #expect(playback.problems.isEmpty)
  }

  @Test func whereverItIsCutAFileThatReplaysIsThere() throws {
    let window: UInt64 = 10_000
    var looks = 0
    _ = try record(.cycles(window)) { files, now in
      looks += 1
      guard looks % 5 == 0 else { return }
      let reader = try TraceReader(files.current.bytes)
      // What was noted since the last flush is missing, and no more.
      #expect(now.step.count - reader.covered.step.count <= 100)
      #expect(reader.start == .zero || reader.covered.cycle.count - reader.start.cycle.count >= window - 2000)
      guard looks % 25 == 0 else { return }
      let (report, _) = try Recording.replay(files.current.bytes, .echo())
      #expect(report.divergence == nil)
      #expect(report.moment == reader.covered)
    }
    #expect(looks > 100)
  }

  @Test func bytesAreBounded() throws {
    let bound = try Self.whole().bytes.count / 2
    var largest = 0
    let (files, _, from) = try record(.bytes(bound), plan: .none) { files, _ in
      largest = max(largest, files.current.bytes.count)
    }
    #expect(files.turnCount > 1)
    #expect(from > .zero)
    #expect(largest <= bound + bound / 10, "\(largest)")
    #expect(files.current.bytes.count >= bound / 2)
    #expect(try Recording.replay(files.current.bytes, .echo()).report.reachedEnd)
  }

  @Test func theRunIsTheSameWhateverIsKept() throws {
    let one = try record(.cycles(10_000))
    let other = try record(.cycles(10_000))
    #expect(one.files.current.bytes == other.files.current.bytes)
    let all = try record(.cycles(1 << 40))
    #expect(all.from == .zero && all.files.turnCount == 0)
    #expect(all.end.digest == one.end.digest)
  }

  @Test func anotherMachineIsNotTakenForTheStart() throws {
    let (files, _, _) = try record(.cycles(10_000), plan: .none)
    // The canary: the snapshot's pages were written by the echo guest.
    #expect(throws: SnapshotProblem.self) { try Recording.replay(files.current.bytes, .lastWord()) }
    let bytes = files.current.bytes
    let reader = try TraceReader(bytes)
    let section = try #require(reader.sections.first { $0.head.kind == .snapshotPages })
    var damaged = bytes
    damaged[section.offset + 100] ^= 1
    #expect(throws: TraceError.self) { try Recording.replay(damaged, .echo()) }
    #expect(throws: (any Error).self) {
      try Playback(machine: Guest.echo().machine(), reader: TraceReader(damaged))
    }
  }
}
