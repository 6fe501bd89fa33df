import Archive
import Backplane
import Boards
import Host
import Support
import Synchronization
import Testing
import Timeline
import VirtualTime

@Suite struct SpotBisectionTests {
  /// A board that forgets a register of a device when it is put back from a file: the trace's checkpoint leads
  /// elsewhere, and the step is found at which that shows.
  @Test func aFieldThatIsNotRestoredIsFoundAtItsInstruction() throws {
    let make: @Sendable () -> Machine<ForgetfulBoard> = {
      let machine = Guest.echo().machine()
      return Machine(board: ForgetfulBoard(virt: machine.board), memory: machine.memory)
    }
    let plain = try AnyRecording.bytes(make(), limitSteps: 1000)
    // The checkpoint of the run at @500, at which a rung was taken.
    let machine = make()
    var door = Door()
    _ = machine.run(until: RunLimit(step: Step(500)), door: &door)
    let powerOn = make()
    let bytes = try AnyRecording.adding(machine, to: plain, powerOn: powerOn)
    let side = RecordedSide(bytes: bytes) { _ in make() }
    let divergence = try #require(try Self.divergence(side, from: Step(1000)))
    #expect(divergence.lastCommon.step == Step(500))
    let outcome = try SpotBisection(side, divergence, workers: HostThreads(count: 2)).run()
    #expect(outcome.segment.lowerBound.step == Step(500) && outcome.segment.upperBound.step == Step(600))
    #expect(outcome.ways.first { $0.way == .fromStart }?.reproduces == true)
    #expect(outcome.pair?.a == .fromStart)
    guard case .fromCheckpoint(let moment)? = outcome.pair?.b else {
      Issue.record("\(outcome)")
      return
    }
    #expect(moment.step == Step(500))
    // It shows in t6 every 64 steps, behind the step before.
    #expect(outcome.parting?.step == Step(511))
  }

  private static func divergence<B>(_ side: RecordedSide<B>, from step: Step) throws -> Divergence? {
    let reader = try side.open()
    let playback = try Playback(machine: try side.make(reader), reader: reader)
    // From the checkpoint in the trace.
    if case .diverged(let found) = playback.seek(to: step) { return found }
    return nil
  }

  private static func divergence<B>(_ side: RecordedSide<B>) throws -> Divergence? {
    let reader = try side.open()
    return try Replayer(machine: side.make(reader), reader: reader, collected: [.output, .interrupts]) { _, _ in }.run()
      .divergence
  }

  /// Made with a mistake, replayed without: no way leads to what was recorded, and all lead to the same.
  @Test func aRecordingThatNothingReproducesIsToldAsOne() throws {
    let bad = try FaultyRun(.echo(), .register(25, atStep: 555), [(300, "a")])
    let side = RecordedSide(bytes: bad.bytes) { _ in FaultyRun.machine(bad.guest, .none) }
    let divergence = try #require(try Self.divergence(side))
    let outcome = try SpotBisection(side, divergence).run()
    #expect(outcome.ways.count == 3 && outcome.ways.allSatisfy { !$0.reproduces })
    #expect(outcome.pair == nil && outcome.parting == nil)
    #expect(outcome.segment.lowerBound.step == Step(500) && outcome.segment.upperBound.step == Step(600))
  }

  /// What was never set is something else in each machine.
  @Test func aValueThatDiffersEachTimeIsFoundAtItsInstruction() throws {
    let make = FlawedBoard.maker(.differsEachTime)
    let bytes = try AnyRecording.bytes(make(), limitSteps: 1000)
    let counter = Counter()
    let side = RecordedSide(bytes: bytes) { _ in FlawedBoard.machine(.differsEachTime, number: counter.next()) }
    let divergence = try #require(try Self.divergence(side))
    let outcome = try SpotBisection(side, divergence).run()
    #expect(outcome.pair != nil)
    // The latch enters the count at every 50th step, the first one included.
    #expect(outcome.parting?.step == .zero)
  }
}

/// Counts from two threads.
private final class Counter: Sendable {
  private let value = Mutex<UInt64>(10)
  func next() -> UInt64 {
    value.withLock {
      $0 += 1
      return $0
    }
  }
}
