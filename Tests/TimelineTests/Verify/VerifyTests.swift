import Archive
import Backplane
import Boards
import Host
import Support
import Synchronization
import Testing
import Timeline
import VirtualTime

@Suite struct VerifyTests {
  @Test(arguments: VerifySubjects.Way.allCases)
  func partsTellWhatOnePassTells(way: VerifySubjects.Way) throws {
    let recording = try VerifySubjects.record()
    let counter = VerifySubjects.Counter()
    let subject = VerifySubjects.subject(recording.bytes, counter: counter)
    let results = Verifier([subject], way.options, workers: HostThreads(count: 4)).run()
    guard case .replayed(let report) = try #require(results.first) else {
      Issue.record("\(results)")
      return
    }
    let (one, console) = try Recording.replay(recording.bytes, .echo())
    #expect(report.replay.divergence == nil && report.replay.reachedEnd)
    #expect(report.replay.moment == one.moment && report.last == recording.end.moment)
    #expect(report.replay.rungsCompared == one.rungsCompared && one.rungsCompared > 20)
    #expect(report.replay.effectsCompared == one.effectsCompared && one.effectsCompared > 40)
    #expect(report.replay.consoleByteCount == UInt64(console.count))
    #expect(report.faults.isEmpty && report.damage.isEmpty && report.notes.isEmpty && report.hidden == nil)
    // One machine to read checkpoints by, and one for each part; the last checkpoint is at the end.
    let machineCount = counter.count.load(ordering: .relaxed)
    switch way {
    case .serial, .oneThread: #expect(machineCount == 2)
    case .twoThreads, .fourThreads: #expect(machineCount >= 2)
    case .everyCheckpoint: #expect(machineCount == recording.checkpointCount + 1 && machineCount > 5)
    }
  }

  @Test func aTraceWithoutCheckpointsIsReplayedInOnePass() throws {
    let recording = try VerifySubjects.record(checkpoints: .none)
    let report = try VerifySubjects.report(recording.bytes, .everyCheckpoint)
    #expect(report.replay.reachedEnd && report.replay.divergence == nil)
  }

  @Test func aTraceThatWasCutShortIsReplayedAsFarAsItGoes() throws {
    let recording = try VerifySubjects.record()
    let bytes = Array(recording.bytes[..<recording.lengths[recording.lengths.count / 3]])
    let report = try VerifySubjects.report(bytes, .twoThreads)
    #expect(!report.isComplete && !report.replay.reachedEnd && report.replay.divergence == nil)
    #expect(report.replay.moment == report.last && report.last < recording.end.moment)
  }

  /// Many traces share the threads; the results stand in their order.
  @Test(arguments: VerifySubjects.Way.allCases)
  func manyTracesShareTheThreads(way: VerifySubjects.Way) throws {
    let good = try (1...3).map { try VerifySubjects.record(seed: $0).bytes }
    let recording = try VerifySubjects.record(seed: 9)
    let wrong = try recording.changed { $0.rungs[7].digest.high ^= 1 }
    let files = [good[0], wrong, Array("no trace".utf8), good[1], Array(good[2].dropLast(40)), []]
    let told = VerifySubjects.verify(files, way).map { result -> String in
      switch result {
      case .replayed(let report): report.replay.divergence == nil ? "same" : "diverged"
      case .failed: "failed"
      case .interrupted: "interrupted"
      }
    }
    #expect(told == ["same", "diverged", "failed", "same", "same", "failed"])
  }

  @Test func aLongTraceIsNotReplayedWhenThatIsNotWanted() throws {
    let recording = try VerifySubjects.record()
    var options = VerifyOptions(threadCount: 2)
    options.limitSteps = recording.end.moment.step.count - 1
    let subject = VerifySubjects.subject(recording.bytes)
    let results = Verifier([subject], options, workers: HostThreads(count: 2)).run()
    guard case .failed(let error)? = results.first, let problem = error as? VerifyProblem else {
      Issue.record("\(results)")
      return
    }
    #expect(problem == .tooLong(stepCount: options.limitSteps + 1, limit: options.limitSteps))
  }

  /// Someone puts another trace in the place of the one that is being verified.
  @Test func aTraceThatChangesMeanwhileIsNotVerified() throws {
    let (one, other) = (try VerifySubjects.record(seed: 1).bytes, try VerifySubjects.record(seed: 2).bytes)
    let counter = VerifySubjects.Counter()
    let subject = VerifySubject<VirtBoard>(
      open: {
        try TraceReader(counter.count.wrappingAdd(1, ordering: .relaxed).oldValue == 0 ? one : other)
      }, equip: { _ in (Guest.echo().machine(), VerifySubjects.effects) })
    let results = Verifier([subject], VerifyOptions(threadCount: 2, shareStepsMin: 1), workers: NoWorkers()).run()
    guard case .failed(let error)? = results.first, error as? VerifyProblem == .changed else {
      Issue.record("\(results)")
      return
    }
  }

  @Test func whoeverStopsItIsToldWhatWasNotFinished() throws {
    let bytes = try VerifySubjects.record().bytes
    let subjects = (0..<3).map { _ in VerifySubjects.subject(bytes) }
    let verifier = Verifier(subjects, VerifyOptions(threadCount: 2, shareStepsMin: 1), workers: HostThreads(count: 2))
    let results = verifier.run(shouldStop: { true })
    #expect(results.count == 3)
    for result in results {
      if case .failed(let error) = result { Issue.record("\(error)") }
    }
    let interrupted = results.filter { if case .interrupted = $0 { true } else { false } }
    #expect(!interrupted.isEmpty)
  }

  @Test func progressEndsWhereAllIsDone() throws {
    let bytes = try VerifySubjects.record().bytes
    var last: VerifyProgress?
    var finished: [Int] = []
    let verifier = Verifier(
      [VerifySubjects.subject(bytes), VerifySubjects.subject([])], VerifyOptions(threadCount: 2, shareStepsMin: 1),
      workers: HostThreads(count: 2))
    _ = verifier.run(onProgress: { last = $0 }, onFinished: { number, _ in finished.append(number) })
    let steps = try TraceReader(bytes).covered.step.count
    #expect(last == VerifyProgress(fileCount: 2, finishedFileCount: 2, doneSteps: steps, totalSteps: steps))
    #expect(finished.sorted() == [0, 1])
  }
}
