import Archive
import Backplane
import Boards
import Support
import Testing
import Timeline
import VirtualTime

/// A replay is the same run: in bytes, digests, effects and its end; and it notices when it is not.
@Suite struct ReplayTests {
  private static let text =
    "Pack my box: five dozen jugs, 0123456789 times; then all of it once more, to the last drop. "

  private func record(seed: UInt64, _ last: String = "q", limitSteps: UInt64? = nil) throws -> Recording {
    try Recording(.echo(), source: RandomTyping(Self.text + last, seed: seed), limitSteps: limitSteps)
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func replayEqualsItsRecording(seed: UInt64) throws {
    let recording = try record(seed: seed)
    #expect(recording.end.reason == .poweredOff)
    #expect(recording.console.count > Self.text.utf8.count / 2)
    #expect(Self.text.utf8.starts(with: recording.console))
    let (report, console) = try Recording.replay(recording.bytes, .echo())
    #expect(report.divergence == nil)
    #expect(report.reachedEnd)
    #expect(report.moment == recording.end.moment)
    #expect(UInt64(report.rungsCompared) == recording.end.moment.step.count / 1000)
    #expect(report.effectsCompared > 500)
    #expect(console == recording.console)
  }

  /// Ends that are not the guest's doing: nothing will ever happen again, with bytes on the wire until the last moment;
  /// a limit in the middle of work.
  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func replayEqualsARecordingThatStalled(seed: UInt64) throws {
    let recording = try record(seed: seed, "w")
    #expect(recording.end.reason == .stalled)
    let (report, console) = try Recording.replay(recording.bytes, .echo())
    #expect(report.divergence == nil)
    #expect(report.reachedEnd)
    #expect(console == recording.console)
    #expect(console == Array((Self.text + "w").utf8))
  }

  @Test(arguments: [1, 2, 999, 1000, 1001, 5432] as [UInt64])
  func replayEqualsARecordingThatReachedItsLimit(steps: UInt64) throws {
    let recording = try record(seed: 3, limitSteps: steps)
    #expect(recording.end.reason == .limit)
    #expect(recording.end.moment.step.count == steps)
    let (report, _) = try Recording.replay(recording.bytes, .echo())
    #expect(report.divergence == nil)
    #expect(report.reachedEnd)
  }

  /// Nothing ever enters, and the machine waits for nothing from the start.
  @Test func replayEqualsARecordingThatStalledAtOnce() throws {
    let guest = Guest.lastWord()
    let recording = try Recording(guest, source: NoInputs())
    #expect(recording.end.reason == .stalled)
    #expect(recording.console.count == 1)
    let (report, console) = try Recording.replay(recording.bytes, guest)
    #expect(report.divergence == nil)
    #expect(report.reachedEnd)
    #expect(console.count == 1)
  }

  @Test func identicalRunsMakeIdenticalFiles() throws {
    #expect(try record(seed: 4).bytes == record(seed: 4).bytes)
    #expect(try record(seed: 4).bytes != record(seed: 5).bytes)
  }

  @Test(arguments: [0, 1, 777, 1000, 2500] as [UInt64])
  func replayStopsWhereItIsTold(steps: UInt64) throws {
    let recording = try record(seed: 5)
    let (report, _) = try Recording.replay(recording.bytes, .echo(), until: Step(steps))
    #expect(report.divergence == nil)
    #expect(report.moment.step.count == steps)
    #expect(!report.reachedEnd)
    // The rungs on the way, and the one at which it stops.
    #expect(UInt64(report.rungsCompared) == steps / 1000)
  }

  /// A recording that was cut off after any write, or in the middle of one, replays to what it covers.
  @Test func cutRecordingReplaysToWhatItCovers() throws {
    let recording = try record(seed: 6)
    #expect(recording.lengths.count > 4)
    for length in recording.lengths.flatMap({ [$0, $0 - 3] }) where length > recording.lengths[0] {
      let bytes = Array(recording.bytes[..<length])
      let covered = try TraceReader(bytes).covered
      let (report, console) = try Recording.replay(bytes, .echo())
      #expect(report.divergence == nil, "cut to \(length)")
      #expect(report.moment == covered)
      #expect(recording.console.starts(with: console))
    }
  }

  // MARK: Canaries

  /// A guest in whose memory one byte is another from the start, one that the guest's output does not show.
  @Test func aByteOfMemoryIsReportedAtTheFirstRung() throws {
    let recording = try record(seed: 7)
    var other = Guest.echo()
    other.contents.append((0x8008_0123, [1]))
    let divergence = try #require(try Recording.replay(recording.bytes, other).report.divergence)
    #expect(divergence.subject == .rung)
    #expect(divergence.found.step.count == 1000)
  }

  @Test(arguments: [0, 5, 20])
  func aMissingInputIsReported(index: Int) throws {
    let recording = try record(seed: 8)
    let moment = try TraceReader(recording.bytes).inputs()[index].moment
    let bytes = try recording.rewritten { inputs, _, _ in inputs.remove(at: index) }
    try expectDivergence(in: bytes, after: moment)
  }

  @Test(arguments: [0, 5, 20])
  func anInputAtAnotherStepIsReported(index: Int) throws {
    let recording = try record(seed: 9)
    // One that no other input is close before.
    let all = try TraceReader(recording.bytes).inputs()
    let index = try #require(
      (index..<all.count).first { $0 == 0 || all[$0 - 1].moment.step.count + 1 < all[$0].moment.step.count })
    let moment = all[index].moment
    let bytes = try recording.rewritten { inputs, _, _ in inputs[index].moment.step.count -= 1 }
    try expectDivergence(in: bytes, after: Moment(step: Step(moment.step.count - 1), cycle: .zero))
  }

  @Test func anInputWithAnotherByteIsReported() throws {
    let recording = try record(seed: 10)
    let moment = try TraceReader(recording.bytes).inputs()[10].moment
    let bytes = try recording.rewritten { inputs, _, _ in inputs[10].bytes[0] ^= 1 }
    try expectDivergence(in: bytes, after: moment)
  }

  @Test func aWrongDigestIsReportedAtItsRung() throws {
    let recording = try record(seed: 11)
    let bytes = try recording.rewritten { _, _, rungs in rungs[3].digest.low ^= 1 }
    let divergence = try #require(try Recording.replay(bytes, .echo()).report.divergence)
    #expect(divergence.subject == .rung)
    #expect(divergence.found.step.count == 4000)
    #expect(divergence.lastCommon.step.count == 3000)
  }

  @Test(arguments: [0, 100, 500])
  func aMissingEffectIsReported(index: Int) throws {
    let recording = try record(seed: 12)
    let moment = try recordedEffects(recording)[index].moment
    let bytes = try recording.rewritten { _, effects, _ in effects.remove(at: index) }
    let divergence = try #require(try Recording.replay(bytes, .echo()).report.divergence)
    #expect(divergence.subject == .effect)
    #expect(divergence.found == moment)
  }

  /// Another cost of instructions: the same steps at other cycles.
  @Test func anotherCycleIsReported() throws {
    let recording = try record(seed: 13)
    let bytes = try recording.rewritten { _, effects, _ in effects[50].moment.cycle.count += 1 }
    let divergence = try #require(try Recording.replay(bytes, .echo()).report.divergence)
    #expect(divergence.subject == .effect)
  }

  private func recordedEffects(_ recording: Recording) throws -> [EffectRecord] {
    var effects: [EffectRecord] = []
    try TraceReader(recording.bytes).effects { effects.append($0) }
    return effects
  }

  /// The divergence shows at `moment` or later, and by the next rung but one: a byte takes its time to arrive.
  private func expectDivergence(in bytes: [UInt8], after moment: Moment) throws {
    let divergence = try #require(try Recording.replay(bytes, .echo()).report.divergence)
    #expect(divergence.found >= moment)
    #expect(divergence.found.step.count <= moment.step.count + 2000)
    #expect(divergence.lastCommon <= divergence.found)
  }

  /// A step is asked for by its first moment; a rung taken there has a cycle too.
  @Test func aRungAtTheStepItStopsAtIsCompared() throws {
    let recording = try Recording(.echo(), source: RandomTyping("Pack my box. q", seed: 9))
    let rung = try #require(TraceReader(recording.bytes).rungs().first)
    #expect(rung.moment.cycle > .zero)
    let (report, _) = try Recording.replay(recording.bytes, .echo(), until: rung.moment.step)
    #expect(report.moment == rung.moment && report.rungsCompared == 1 && report.divergence == nil)
    let forged = try recording.rewritten { _, _, rungs in rungs[0].digest.low ^= 1 }
    let differing = try Recording.replay(forged, .echo(), until: rung.moment.step).report
    #expect(differing.divergence?.subject == .rung)
    // The canary: one step before, there is nothing to compare.
    let before = Step(rung.moment.step.count - 1)
    #expect(try Recording.replay(forged, .echo(), until: before).report.divergence == nil)
  }
}
