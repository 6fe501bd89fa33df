import Archive
import Backplane
import Boards
import Host
import Support
import Testing
import Timeline
import VirtualTime

/// What a search backwards finds is the last of what a plain forward pass comes past.
@Suite struct PlaybackSearchTests {
  private static let text = "Sphinx of black quartz"
  /// Where the guest keeps what it does, and a register it uses all the time.
  private static let registers = [10, 15]

  private static func record(_ seed: UInt64) throws -> Recording {
    try Recording(.echo(), source: RandomTyping(text + "q", seed: seed))
  }

  private static func playback(
    _ recording: Recording, workers: any Workers = NoWorkers(), gapStepsMin: UInt64 = 16
  ) throws -> Playback<VirtBoard> {
    try Playback(
      machine: Guest.echo().machine(), reader: TraceReader(recording.bytes), workers: workers,
      limits: .init(gapStepsMin: gapStepsMin))
  }

  /// The program counters of a plain run step by step, and whether an interrupt took the step.
  private static func plainRun(_ recording: Recording) throws -> [(pc: UInt64, isInterrupt: Bool)] {
    let inputs = try TraceReader(recording.bytes).inputs().map {
      StampedInput(moment: $0.moment, input: Input(slot: Slot($0.slot), bytes: $0.bytes))
    }
    let machine = Guest.echo().machine()
    machine.collecting = .interrupts
    var door = Door(RecordedInputs(inputs))
    return (0..<recording.end.moment.step.count).map { step in
      let pc = machine.board.programCounter(hart: 0)
      _ = machine.run(until: RunLimit(step: Step(step + 1)), door: &door)
      return (pc, machine.takeEffects().contains { !$0.isOutput })
    }
  }

  /// All hits of a forward run, one after another.
  private static func allHits(_ stops: StopPoints, _ playback: Playback<VirtBoard>) -> [Hit] {
    var hits: [Hit] = []
    _ = playback.seek(to: playback.first)
    while case .hit(let hit) = playback.runForward(stops) { hits.append(hit) }
    #expect(playback.moment == playback.last)
    return hits
  }

  private static func stops(_ pcs: [UInt64], _ generator: inout SeededGenerator) -> [StopPoints] {
    var stops = (0..<6).map { _ in StopPoints(breakpoints: [pcs.randomElement(using: &generator) ?? 0]) }
    stops.append(StopPoints(breakpoints: [0xdead_0000]))
    for (space, onRead, onWrite) in [
      (Watchpoint.Space.physical, false, true), (.virtual, true, true), (.virtual, true, false),
    ] {
      stops.append(
        StopPoints(watchpoints: [
          Watchpoint(space, Guest.uart, byteCount: 8, onRead: onRead, onWrite: onWrite),
          Watchpoint(space, Guest.logBase, byteCount: 64, onRead: onRead, onWrite: onWrite),
          Watchpoint(space, Guest.resultBase, byteCount: 4096, onRead: onRead, onWrite: onWrite),
        ]))
    }
    stops += registers.map { StopPoints(registers: [$0]) }
    return stops
  }

  @Test(arguments: 1...2 as ClosedRange<UInt64>)
  func breakpointsAreFoundWhereAPlainRunExecutesThem(seed: UInt64) throws {
    let recording = try Self.record(seed)
    let plain = try Self.plainRun(recording)
    let playback = try Self.playback(recording)
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<40 {
      let cursor = UInt64.random(in: 1...UInt64(plain.count), using: &generator)
      let address = plain[Int.random(in: plain.indices, using: &generator)].pc
      let expected = plain[..<Int(cursor)].lastIndex { $0.pc == address && !$0.isInterrupt }
      _ = playback.seek(to: Step(cursor))
      let arrival = playback.runBackward(StopPoints(breakpoints: [address]))
      guard let expected else {
        #expect(arrival == .start && playback.moment == playback.first)
        continue
      }
      #expect(arrival == .hit(Hit(hart: 0, step: UInt64(expected), kind: .breakpoint(address))))
      #expect(playback.moment.step.count == UInt64(expected))
      #expect(playback.machine.board.programCounter(hart: 0) == address)
    }
  }

  @Test(arguments: [1, 3], 3...4 as ClosedRange<UInt64>)
  func theLastHitBeforeAnyPlaceIsFound(threads: Int, seed: UInt64) throws {
    let recording = try Self.record(seed)
    let pcs = try Self.plainRun(recording).map(\.pc)
    let forward = try Self.playback(recording)
    let playback = try Self.playback(
      recording, workers: threads == 1 ? NoWorkers() : HostThreads(count: threads))
    var generator = SeededGenerator(seed: seed)
    var found = 0
    for stops in Self.stops(pcs, &generator) {
      let hits = Self.allHits(stops, forward)
      for _ in 0..<6 {
        let cursor = UInt64.random(in: 1...UInt64(pcs.count), using: &generator)
        _ = playback.seek(to: Step(cursor))
        let here = playback.moment
        let digest = playback.machine.digest()
        let expected = hits.last { $0.step < cursor }
        #expect(playback.lastHit(of: stops) == expected.map { .found($0) } ?? .nothing)
        #expect(playback.moment == here && playback.machine.digest() == digest)
        let arrival = playback.runBackward(stops)
        #expect(arrival == expected.map { .hit($0) } ?? .start)
        #expect(playback.moment.step.count == expected?.step ?? 0)
        if expected != nil { found += 1 }
      }
    }
    #expect(found > 20)
  }

  /// Going back hit by hit comes past every hit of the way forward.
  @Test func goingBackHitByHitMeetsAllOfThem() throws {
    let recording = try Self.record(9)
    let stops = StopPoints(watchpoints: [
      Watchpoint(.physical, Guest.uart, byteCount: 8, onRead: false, onWrite: true)
    ])
    let playback = try Self.playback(recording)
    let hits = Self.allHits(stops, playback)
    #expect(hits.count > 10)
    var backwards: [Hit] = []
    while case .hit(let hit) = playback.runBackward(stops) { backwards.append(hit) }
    #expect(backwards.reversed() == hits)
    #expect(playback.moment == playback.first)
  }

  /// Segments are left out only when they cannot have the answer: with all that is known of written pages, and none.
  @Test func whatIsKnownOfWrittenPagesChangesNoAnswer() throws {
    let recording = try Self.record(10)
    let stops = StopPoints(watchpoints: [
      Watchpoint(.physical, Guest.logBase, byteCount: 8, onRead: false, onWrite: true)
    ])
    let knowing = try Self.playback(recording)
    let hits = Self.allHits(stops, knowing)
    for cursor in stride(from: 7, through: recording.end.moment.step.count, by: 211) {
      _ = knowing.seek(to: Step(cursor))
      let fresh = try Self.playback(recording)
      _ = fresh.seek(to: Step(cursor))
      let expected = hits.last { $0.step < cursor }.map { Playback<VirtBoard>.SearchResult.found($0) } ?? .nothing
      #expect(knowing.lastHit(of: stops) == expected)
      #expect(fresh.lastHit(of: stops) == expected)
    }
  }

  /// Told to stop, a search leaves the machine where it began.
  @Test func anInterruptedSearchLeavesEverythingAsItWas() throws {
    let playback = try Self.playback(Self.record(11))
    _ = playback.seek(to: playback.last)
    let digest = playback.machine.digest()
    playback.shouldStop = { true }
    #expect(playback.runBackward(StopPoints(breakpoints: [0xdead_0000])) == .interrupted)
    #expect(playback.moment == playback.last && playback.machine.digest() == digest)
    playback.shouldStop = { false }
    #expect(playback.runBackward(StopPoints(breakpoints: [0xdead_0000])) == .start)
  }

  /// An edit opens a fork: what comes after it is another run, and going back and forth over it repeats it.
  @Test func anEditOpensAForkThatCanBeGoneBackIn() throws {
    let playback = try Self.playback(Self.record(12))
    _ = playback.seek(to: Step(300))
    let before = playback.machine.digest()
    #expect(playback.edit(.memory(Guest.resultBase + 2048, [1, 2, 3])))
    #expect(playback.edit(.register(hart: 0, number: 8, value: 77)))
    #expect(playback.forkedAt == playback.moment)
    let edited = playback.machine.digest()
    #expect(edited != before)
    #expect(playback.runForward(until: Step(1000)) == .reached)
    let later = playback.machine.digest()
    #expect(playback.machine.memory.read(Guest.resultBase + 2048, count: 3) == [1, 2, 3])
    _ = playback.seek(to: Step(100))
    #expect(playback.machine.memory.read(Guest.resultBase + 2048, count: 3) == [0, 0, 0])
    _ = playback.seek(to: Step(300))
    #expect(playback.machine.digest() == edited)
    _ = playback.runForward(until: Step(1000))
    #expect(playback.machine.digest() == later)
    #expect(!playback.edit(.register(hart: 5, number: 8, value: 77)))
  }
}
