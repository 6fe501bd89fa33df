import Archive
import Backplane
import Boards
import StateCoding
import Support
import Testing
import Timeline
import VirtualTime

/// A checkpoint whose parts are whole and which is not the machine that it says: told by its digest alone.
@Suite struct WrongCheckpointTests {
  /// `recording` with a checkpoint in its middle that forgot what the guest wrote to a page.
  private static func forgetful(_ recording: Recording) throws -> (bytes: [UInt8], moment: Moment) {
    let reader = try TraceReader(recording.bytes)
    let section = reader.checkpoints[reader.checkpoints.count / 2]
    var record = try #require(try reader.checkpoint(section))
    var contents: [[UInt8]] = []
    let numbers = record.contentNumbers
    #expect(try reader.forEachPage(numbers) { _, bytes in contents.append(Array(bytes)) }.isEmpty)
    record.pages = try record.pages.map { reference in
      guard reference.content != PageReference.zeroPage else { return reference }
      let place = try #require(numbers.firstIndex(of: reference.content))
      return PageReference(page: reference.page, content: UInt32(place))
    }
    let forgotten = try #require(record.pages.firstIndex { $0.content != PageReference.zeroPage })
    record.pages[forgotten].content = PageReference.zeroPage

    var effects: [EffectRecord] = []
    try reader.effects { effects.append($0) }
    var writer = TraceWriter()
    var bytes = writer.header(reader.header)
    bytes += writer.segment(
      inputs: try reader.inputs(), effects: effects, rungs: try reader.rungs(), marks: try reader.marks(),
      covering: .zero...recording.end.moment)
    bytes += writer.pages(contents)
    bytes += writer.checkpoint(record)
    bytes += writer.end(recording.end)
    return (bytes, record.moment)
  }

  /// What is left of a jump to it is not gone on with, whether somebody goes there, runs past it, or looks back.
  @Test(arguments: 0..<3)
  func itIsDoneWithoutAndTheMachineIsRight(way: Int) throws {
    let recording = try Recording(
      .echo(), source: RandomTyping("The quick onyx goblin jumps. q", seed: 3), rungIntervalSteps: 100,
      checkpoints: .init(plan: .evenly(4), intervalSteps: 100))
    let (bytes, moment) = try Self.forgetful(recording)
    let plain = try Playback(machine: Guest.echo().machine(), reader: TraceReader(recording.bytes))
    let playback = try Playback(
      machine: Guest.echo().machine(), reader: TraceReader(bytes), limits: .init(gapStepsMin: 32))
    // Not as far as the next rung, whose digest would tell of it.
    let target = Step(moment.step.count + 7)
    let stops = StopPoints(registers: [10])
    switch way {
    case 0: #expect(playback.seek(to: target) == .reached)
    case 1:
      #expect(playback.seek(to: playback.last) == .reached)
      #expect(playback.seek(to: target) == .reached)
    default:
      #expect(playback.seek(to: playback.last) == .reached)
      #expect(playback.runBackward(stops, notBefore: target) == plain.runBackwardFromEnd(stops, notBefore: target))
    }
    #expect(plain.seek(to: playback.moment) == .reached)
    #expect(playback.machine.digest() == plain.machine.digest())
    #expect(playback.divergence == nil)
    #expect(playback.problems.count == 1, "\(playback.problems)")
    #expect(playback.seek(to: playback.last) == .reached)
    #expect(TraceDigest(playback.machine.digest()) == recording.end.digest)
  }
}

extension Playback where B == VirtBoard {
  fileprivate func runBackwardFromEnd(_ stops: StopPoints, notBefore floor: Step) -> Arrival {
    _ = seek(to: last)
    return runBackward(stops, notBefore: floor)
  }
}
