public import Archive
public import Backplane
internal import StateCoding
internal import Synchronization
public import VirtualTime

/// How traces are verified.
public struct VerifyOptions: Hashable, Sendable {
  /// Threads to use, at least one.
  public var threadCount: Int
  /// Whether each trace is replayed in one pass from its start.
  public var isSerial: Bool
  /// Whether every checkpoint is begun from, not only where that saves time.
  public var beginsEverywhere: Bool
  /// A thread does not begin in the middle of a trace for fewer steps than these: it takes a while to get there.
  public var shareStepsMin: UInt64
  /// A trace of more steps is not replayed.
  public var limitSteps: UInt64

  /// Options: one thread unless told otherwise.
  public init(
    threadCount: Int = 1, isSerial: Bool = false, beginsEverywhere: Bool = false, shareStepsMin: UInt64 = 1 << 26,
    limitSteps: UInt64 = .max
  ) {
    precondition(threadCount > 0, "someone must do it")
    (self.threadCount, self.isSerial, self.beginsEverywhere) = (threadCount, isSerial, beginsEverywhere)
    (self.shareStepsMin, self.limitSteps) = (shareStepsMin, limitSteps)
  }
}

/// How far a verification is.
public struct VerifyProgress: Hashable, Sendable {
  /// Files in all.
  public var fileCount: Int
  /// Files that nothing more is done about.
  public var finishedFileCount = 0
  /// Steps replayed.
  public var doneSteps: UInt64 = 0
  /// Steps to replay, of the files that could be opened.
  public var totalSteps: UInt64 = 0

  /// So far.
  public init(fileCount: Int, finishedFileCount: Int = 0, doneSteps: UInt64 = 0, totalSteps: UInt64 = 0) {
    (self.fileCount, self.finishedFileCount) = (fileCount, finishedFileCount)
    (self.doneSteps, self.totalSteps) = (doneSteps, totalSteps)
  }
}

/// What a verification of one trace came to.
public enum VerifyResult: Sendable {
  /// It was replayed: to its end, or to a difference.
  case replayed(VerifyReport)
  /// It could not be.
  case failed(any Error)
  /// It was not finished when the verification was told to stop.
  case interrupted
}

/// What replaying one trace has shown.
public struct VerifyReport: Sendable {
  /// The header of the trace.
  public var header: TraceHeader
  /// The identity of the trace.
  public var identity: TraceDigest
  /// Where it starts.
  public var start: Moment
  /// Where it ends.
  public var last: Moment
  /// Whether it has its end.
  public var isComplete: Bool
  /// What the replay found, from the start on.
  public var replay: ReplayReport
  /// What checkpoints say that is not so.
  public var faults: [CheckpointFault]
  /// What is damaged and was not compared.
  public var damage: [TraceError]
  /// What was not compared although it is whole.
  public var notes: [String]
  /// A difference that shows only when a run goes on from a checkpoint: some of the machine is not in it.
  public var hidden: Divergence?
}

/// Replays traces and compares all they hold, on several threads: of traces with checkpoints, several parts at once.
///
/// Every part begins with a checkpoint whose digest is that of the machine which was restored, and ends where the
/// machine is compared with the next: digest, board and pages. So the parts are a chain from the start to the end. As
/// soon as anything is not as it was recorded, the whole trace is replayed in one pass, whose findings count.
public final class Verifier<B: Board> {
  private let subjects: [VerifySubject<B>]
  private let schedule: VerifySchedule<B>
  private let workers: any Workers

  /// Verifies `subjects`.
  public init(_ subjects: [VerifySubject<B>], _ options: VerifyOptions, workers: any Workers) {
    (self.subjects, self.workers) = (subjects, workers)
    schedule = VerifySchedule(fileCount: subjects.count, options)
  }

  /// Does it. `shouldStop` is asked, and `onProgress` told, now and then.
  /// - Parameter onFinished: told what each file came to, by its number, while others go on.
  /// - Returns: one result for each subject, in order.
  public func run(
    shouldStop: () -> Bool = { false }, onProgress: (VerifyProgress) -> Void = { _ in },
    onFinished: (Int, VerifyResult) -> Void = { _, _ in }
  ) -> [VerifyResult] {
    let (subjects, schedule) = (subjects, schedule)
    var told = Array(repeating: false, count: subjects.count)
    func look() {
      if shouldStop() { schedule.interrupt() }
      onProgress(schedule.progress)
      for number in schedule.finishedFiles where !told[number] {
        told[number] = true
        if let result = schedule.result(of: number) { onFinished(number, result) }
      }
    }
    let count = max(1, schedule.options.threadCount)
    let open: @Sendable (Int) -> Void = { worker in
      while let number = schedule.nextToOpen() { VerifyWorker(subjects[number], number, worker, schedule).open() }
    }
    let work: @Sendable (Int) -> Void = { worker in
      while let job = schedule.next(for: worker) { VerifyWorker.perform(job, subjects, worker, schedule) }
    }
    // All are opened before any is begun with, so that the longest is the first.
    workers.perform(min(count, max(1, subjects.count)), open, whileWaiting: look)
    while !schedule.isFinished { workers.perform(count, work, whileWaiting: look) }
    look()
    return schedule.results
  }
}

/// One thread's work on one file.
private struct VerifyWorker<B: Board> {
  private let subject: VerifySubject<B>
  private let number: Int
  private let worker: Int
  private let schedule: VerifySchedule<B>

  init(_ subject: VerifySubject<B>, _ number: Int, _ worker: Int, _ schedule: VerifySchedule<B>) {
    (self.subject, self.number, self.worker, self.schedule) = (subject, number, worker, schedule)
  }

  static func perform(
    _ job: VerifySchedule<B>.Job, _ subjects: [VerifySubject<B>], _ worker: Int, _ schedule: VerifySchedule<B>
  ) {
    let number = job.file
    let one = VerifyWorker(subjects[number], number, worker, schedule)
    switch job.kind {
    case .contents: one.readContents(job.plan)
    case .stretch(let unit): one.goThrough(job.plan, from: unit)
    case .onePass: one.goThroughAll(job.plan)
    }
    schedule.update(number) { $0.finish() }
  }

  func open() {
    do {
      let plan = try VerifyPlan(try subject.open())
      let (count, limit) = (plan.stepCount(0..<plan.unitCount), schedule.options.limitSteps)
      guard count <= limit else { throw VerifyProblem.tooLong(stepCount: count, limit: limit) }
      schedule.update(number) { $0.begin(plan) }
    } catch {
      fail(error)
    }
  }

  func readContents(_ plan: VerifyPlan) {
    do {
      let contents = try VerifyContents(subject, plan)
      schedule.update(number) {
        $0.contents = contents
        $0.note(contents.damage)
      }
    } catch {
      fail(error)
    }
  }

  /// From `unit` on, as long as nobody else has taken what comes next.
  func goThrough(_ plan: VerifyPlan, from unit: Int) {
    var unit = unit
    do {
      let run = try VerifyRun(subject, plan, from: unit, comparesConsole: false)
      while true {
        let outcome = try run.runUnit { schedule.isDone(worker, number, at: run.moment, inOnePass: false) }
        schedule.update(number) { $0.note(run.damage) }
        switch outcome {
        case .stopped: return leave()
        case .parted(let report): return goBack(report.divergence)
        case .same(let found):
          guard found.faults.isEmpty else { return goBack(nil) }
          schedule.update(number) { $0.note(found, of: unit) }
        }
        guard schedule.goesOn(worker, number, after: unit) else { return leave() }
        unit += 1
      }
    } catch {
      // Whatever it is: from the start it shows whether that matters.
      goBack(nil)
    }
  }

  /// Everything in one pass: what it finds counts.
  func goThroughAll(_ plan: VerifyPlan) {
    do {
      let run = try VerifyRun(subject, plan, from: 0, comparesConsole: true)
      schedule.update(number) { $0.active = [(worker, 0, plan.start.step.count)] }
      var units: [VerifyRun<B>.Unit] = []
      while units.count < plan.unitCount {
        guard
          case .same(let unit) = try run.runUnit(shouldStop: {
            schedule.isDone(worker, number, at: run.moment, inOnePass: true)
          })
        else { break }
        units.append(unit)
      }
      let isWhole = units.count == plan.unitCount || run.report.divergence != nil
      schedule.update(number) {
        $0.note(run.damage)
        $0.active = []
        if isWhole { $0.onePass = VerifyFile<B>.OnePass(report: run.report, units: units, isDone: true) }
      }
    } catch {
      fail(error)
    }
  }

  private func leave() { schedule.update(number) { $0.active.removeAll { $0.worker == worker } } }

  /// Something was not as it was recorded: all again, in one pass.
  private func goBack(_ divergence: Divergence?) {
    schedule.update(number) { file in
      file.active = []
      if file.isSharedOut { file.wantsOnePass = true }
      if let divergence, file.parting.map({ divergence.found < $0.found }) ?? true { file.parting = divergence }
    }
  }

  private func fail(_ error: any Error) {
    schedule.update(number) { $0.fail(error) }
  }
}
