import Archive
import Backplane
import Boards
import StateCoding
import Support
import Testing
import Timeline
import VirtualTime

/// Wherever a playback goes, and on whatever way, the machine is the one of a plain forward run.
@Suite struct PlaybackTests {
  private static let text = "Pack my box. "

  /// A recording and what a plain forward run has at the first moment of each step.
  private struct Reference {
    var recording: Recording
    var digests: [Digest] = []
    var moments: [Moment] = []

    init(seed: UInt64, last: String = "q") throws {
      recording = try Recording(.echo(), source: RandomTyping(PlaybackTests.text + last, seed: seed))
      let inputs = try TraceReader(recording.bytes).inputs().map {
        StampedInput(moment: $0.moment, input: Input(slot: Slot($0.slot), bytes: $0.bytes))
      }
      let machine = Guest.echo().machine()
      var door = Door(RecordedInputs(inputs))
      for step in 0...recording.end.moment.step.count {
        _ = machine.run(until: RunLimit(step: Step(step)), door: &door)
        digests.append(machine.digest())
        moments.append(machine.moment)
      }
    }

    func playback(_ limits: Playback<VirtBoard>.Limits = .init(gapStepsMin: 32)) throws -> Playback<VirtBoard> {
      try Playback(machine: Guest.echo().machine(), reader: TraceReader(recording.bytes), limits: limits)
    }
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func seekingLeadsToTheStateOfAForwardRun(seed: UInt64) throws {
    let reference = try Reference(seed: seed)
    let playback = try reference.playback()
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<100 {
      let step = Int.random(in: reference.digests.indices, using: &generator)
      #expect(playback.seek(to: Step(UInt64(step))) == .reached)
      #expect(playback.moment == reference.moments[step])
      #expect(playback.machine.digest() == reference.digests[step])
    }
    #expect(playback.checkpointUse.count > 5)
  }

  @Test func steppingBackGoesThroughEveryStateInReverse() throws {
    let reference = try Reference(seed: 5)
    let playback = try reference.playback()
    #expect(playback.seek(to: reference.recording.end.moment) == .reached)
    #expect(TraceDigest(playback.machine.digest()) == reference.recording.end.digest)
    var step = reference.digests.count - 1
    // Time may have passed in the last step.
    if playback.moment != reference.moments[step] { #expect(playback.stepBack() == .reached) }
    #expect(playback.moment == reference.moments[step])
    while step > 0 {
      #expect(playback.stepBack() == .reached)
      step -= 1
      guard playback.moment == reference.moments[step], playback.machine.digest() == reference.digests[step] else {
        Issue.record("step \(step) is another when it is come to backwards")
        return
      }
    }
    #expect(playback.stepBack() == .start)
    #expect(playback.runForward(until: Step(7)) == .reached)
    #expect(playback.machine.digest() == reference.digests[7])
  }

  /// The ends are where a playback stops, and it says so.
  @Test func seekingPastTheEndsStopsThere() throws {
    let reference = try Reference(seed: 6)
    let playback = try reference.playback()
    let end = reference.recording.end.moment
    #expect(playback.seek(to: Step(end.step.count + 1000)) == .end)
    #expect(playback.moment == end)
    #expect(playback.runForward() == .end)
    #expect(playback.seek(to: Step.zero) == .reached)
    #expect(playback.stepBack() == .start)
    #expect(playback.runForward() == .end)
    #expect(TraceDigest(playback.machine.digest()) == reference.recording.end.digest)
  }

  /// With hardly any memory for checkpoints it is slower, and as right.
  @Test func aTightBudgetIsKept() throws {
    let reference = try Reference(seed: 7)
    let roomy = try reference.playback()
    #expect(roomy.seek(to: roomy.last) == .reached)
    #expect(roomy.checkpointUse.count > 8)
    let budget = roomy.checkpointUse.byteCount / 2
    let playback = try reference.playback(.init(checkpointBytes: budget, gapStepsMin: 32))
    var most = 0
    playback.onProgress = { _ in most = max(most, playback.checkpointUse.byteCount) }
    #expect(playback.seek(to: playback.last) == .reached)
    // On the way too, not only when it is over.
    #expect((1...budget + budget / 10).contains(most))
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<100 {
      let step = Int.random(in: reference.digests.indices, using: &generator)
      #expect(playback.seek(to: Step(UInt64(step))) == .reached)
      #expect(playback.machine.digest() == reference.digests[step])
      #expect(playback.checkpointUse.byteCount <= budget + budget / 10)
    }
  }

  /// The canary: a recording with another input is told from the machine's run.
  @Test func aRecordingThatIsNotOfThisRunIsNoticed() throws {
    let reference = try Reference(seed: 8)
    let bytes = try reference.recording.rewritten { inputs, _, _ in inputs[3].bytes[0] ^= 1 }
    let playback = try Playback(
      machine: Guest.echo().machine(), reader: TraceReader(bytes), limits: .init(gapStepsMin: 32))
    guard case .diverged(let found) = playback.seek(to: playback.last) else {
      Issue.record("the difference was not noticed")
      return
    }
    #expect(found.subject == .rung)
    #expect(playback.divergence == found)
    // Told once; then it goes on, and back to where both were the same.
    #expect(playback.seek(to: Step(10)) == .reached)
    #expect(playback.machine.digest() == reference.digests[10])
  }
}
