import Archive
import Backplane
import Boards
import Host
import StateCoding
import Support
import Testing
import Timeline
import VirtualTime

@Suite struct ShrinkerTests {
  /// Frames take 8 µs.
  private static let guest = Guest.fuse(20_000)
  private static let console = Slot(VirtSlot.uart.rawValue)

  private static func list(_ text: String, every cycles: UInt64 = 50_001) -> [TimedInput] {
    text.utf8.enumerated().map { index, byte in
      TimedInput(cycle: Cycle(UInt64(index + 1) * cycles), input: Input(slot: console, bytes: [byte]))
    }
  }

  /// A failing recording: somewhere in it, `a` comes soon after `b`.
  private static func recording(_ inputs: [TimedInput]? = nil) throws -> Recording {
    var inputs = inputs ?? list("xbyawxbyzbwawwxya")
    if let place = inputs.firstIndex(where: { $0.cycle.count > 560_000 }) {
      // The `a` after the `w` after the `b`: 12 µs after it instead of 100.
      inputs[place].cycle.count -= 88_000
      inputs.sort { $0.cycle < $1.cycle }
    }
    return try Recording(guest, source: Backplane.TimedInputs(inputs), rungIntervalSteps: 100)
  }

  private static func shrinker(
    _ bytes: [UInt8], workers: any Workers = NoWorkers(), runCountMax: Int = 5000,
    _ makeSign: @escaping @Sendable () -> any FailureSign = { ExitSign(code: 7) }
  ) throws -> Shrinker<VirtBoard> {
    try Shrinker(
      machine: guest.machine(), reader: try TraceReader(bytes), workers: workers,
      limits: .init(runCountMax: runCountMax, gapStepsMin: 20), makeSign: makeSign)
  }

  private static func text(_ inputs: [TimedInput]) -> String {
    String(decoding: inputs.flatMap(\.input.bytes), as: UTF8.self)
  }

  @Test func whatFailsIsFoundAndNothingElse() throws {
    let recording = try Self.recording()
    #expect(recording.end.reason == .failure(code: 7))
    let shrinker = try Self.shrinker(recording.bytes)
    #expect(try shrinker.confirm() == .fails(recording.end.moment))
    #expect(try shrinker.shrink() == nil)
    let (inputs, failure) = shrinker.smallest
    #expect(Self.text(inputs) == "ba")
    #expect(failure < recording.end.moment)
    // Live, from the start, it is the run that was told.
    let again = try Recording(Self.guest, source: Backplane.TimedInputs(inputs), rungIntervalSteps: 100)
    #expect(again.end.reason == .failure(code: 7))
    #expect(again.end.moment == failure)
  }

  @Test func checkpointsSaveSteps() throws {
    let recording = try Self.recording()
    let shrinker = try Self.shrinker(recording.bytes)
    _ = try shrinker.confirm()
    let length = shrinker.progress.steps
    _ = try shrinker.shrink()
    // Each run from the start would have about the steps of the first, as long as there are as many inputs.
    #expect(shrinker.progress.steps < UInt64(shrinker.progress.runCount) * length * 3 / 4)
  }

  @Test func threadsChangeNothing() throws {
    let recording = try Self.recording()
    var results: [(inputs: [TimedInput], failure: Moment, runs: Int)] = []
    for workers in [NoWorkers(), HostThreads(count: 2), HostThreads(count: 3), NoWorkers()] as [any Workers] {
      let shrinker = try Self.shrinker(recording.bytes, workers: workers)
      _ = try shrinker.confirm()
      #expect(try shrinker.shrink() == nil)
      results.append((shrinker.smallest.inputs, shrinker.smallest.failure, shrinker.progress.runCount))
    }
    #expect(results.dropFirst().allSatisfy { $0 == results[0] })
  }

  @Test(arguments: [1, 2, 3]) func aBudgetEndsTheSearchAtTheSamePlace(_ threads: Int) throws {
    let recording = try Self.recording()
    var sizes: [[TimedInput]] = []
    for runCountMax in [0, 1, 3, 5, 9] {
      let shrinker = try Self.shrinker(
        recording.bytes, workers: HostThreads(count: threads), runCountMax: runCountMax)
      _ = try shrinker.confirm()
      #expect(try shrinker.shrink() == .budget)
      #expect(shrinker.progress.runCount == runCountMax)
      let alone = try Self.shrinker(recording.bytes, runCountMax: runCountMax)
      _ = try alone.confirm()
      _ = try alone.shrink()
      #expect(shrinker.smallest == alone.smallest)
      sizes.append(shrinker.smallest.inputs)
    }
    #expect(sizes.map(\.count) == sizes.map(\.count).sorted(by: >))
  }

  @Test func whatDoesNotFailIsToldSo() throws {
    let recording = try Recording(Self.guest, source: Backplane.TimedInputs(Self.list("xbya")), rungIntervalSteps: 100)
    #expect(recording.end.reason == .stalled)
    #expect(try Self.shrinker(recording.bytes).confirm() == .passes)
    let other = try Self.recording()
    #expect(try Self.shrinker(other.bytes, { ExitSign(code: 8) }).confirm() == .passes)
  }

  @Test func whatIsNotTheRecordedRunIsToldSo() throws {
    let recording = try Self.recording()
    let bytes = try recording.rewritten { _, _, rungs in rungs[2].digest = TraceDigest(high: 1, low: 2) }
    guard case .diverges(let found) = try Self.shrinker(bytes).confirm() else {
      Issue.record("another rung went unnoticed")
      return
    }
    #expect(found.subject == .rung && found.found.step == Step(300))
  }

  @Test func whoIsToldToStopKeepsWhatThereIs() throws {
    let recording = try Self.recording()
    let shrinker = try Self.shrinker(recording.bytes)
    _ = try shrinker.confirm()
    shrinker.shouldStop = { shrinker.progress.runCount >= 6 }
    #expect(try shrinker.shrink() == .interrupted)
    #expect(Self.text(shrinker.smallest.inputs).contains("b"))
    let early = try Self.shrinker(recording.bytes)
    early.shouldStop = { true }
    #expect(try early.confirm() == .interrupted)
  }

  /// What the console shows, as whoever looks for a text sees it.
  private struct WordSign: FailureSign {
    var shown = ""
    mutating func note(_ byte: UInt8, at moment: Moment) -> Bool {
      shown.unicodeScalars.append(Unicode.Scalar(byte))
      return shown.hasSuffix("w\nw\nw\n")
    }
    mutating func end(_ halt: Halt?) -> Bool { false }
  }

  @Test func whatTheConsoleShowedBeforeACheckpointCounts() throws {
    let recording = try Recording(
      Self.guest, source: Backplane.TimedInputs(Self.list("xwyxwzzywxaxxb")), rungIntervalSteps: 100)
    let shrinker = try Self.shrinker(recording.bytes, { WordSign() })
    guard case .fails(let moment) = try shrinker.confirm() else {
      Issue.record("three words went unnoticed")
      return
    }
    #expect(moment < recording.end.moment)
    #expect(try shrinker.shrink() == nil)
    #expect(Self.text(shrinker.smallest.inputs) == "www")
  }
}
