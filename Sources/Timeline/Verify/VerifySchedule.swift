internal import Archive
internal import Backplane
internal import Synchronization
internal import VirtualTime

/// What the threads of a verification share: which files and which parts of them are still to be done, and what has
/// been found. What is found does not depend on who does what when; only how long it takes does.
final class VerifySchedule<B: Board>: Sendable {
  /// Something for a thread to do.
  struct Job {
    enum Kind {
      /// To read what is stored of checkpoints.
      case contents
      /// To go from the beginning of a unit as far as nobody else has gone.
      case stretch(unit: Int)
      /// To go from the start to the end.
      case onePass
    }

    var file: Int
    var plan: VerifyPlan
    var kind: Kind
  }

  struct State: Sendable {
    var files: [VerifyFile<B>]
    var nextToOpen = 0
    var isInterrupted = false
  }

  let options: VerifyOptions
  private let state: Mutex<State>

  init(fileCount: Int, _ options: VerifyOptions) {
    self.options = options
    state = Mutex(State(files: Array(repeating: VerifyFile(), count: fileCount)))
  }

  // MARK: - What is next

  /// The next file that nobody has opened.
  func nextToOpen() -> Int? {
    state.withLock { state in
      guard state.nextToOpen < state.files.count, !state.isInterrupted else { return nil }
      defer { state.nextToOpen += 1 }
      return state.nextToOpen
    }
  }

  /// The next job, longest first; `nil` when the rest is being done by others.
  func next(for worker: Int) -> Job? {
    state.withLock { state in
      guard !state.isInterrupted else { return nil }
      return state.takeOnePass() ?? state.takeWholeFile(worker, options) ?? state.takeContents()
        ?? (options.beginsEverywhere ? state.takeUnit(worker) : state.takeHalfOfARest(worker, options))
    }
  }

  /// Whether `worker`, who has done `unit` of `file`, goes on with the next one: not when someone else has taken it.
  func goesOn(_ worker: Int, _ file: Int, after unit: Int) -> Bool {
    state.withLock { state in
      guard !state.isInterrupted, !options.beginsEverywhere, state.files[file].isSharedOut else { return false }
      let next = unit + 1
      guard next < state.files[file].isTaken.count, !state.files[file].isTaken[next] else { return false }
      state.files[file].take(next, worker)
      return true
    }
  }

  /// Whether `worker` need not go on with what it does; notes how far it is.
  func isDone(_ worker: Int, _ file: Int, at moment: Moment, inOnePass: Bool) -> Bool {
    state.withLock { state in
      state.files[file].note(worker, moment.step.count)
      return state.isInterrupted || state.files[file].isFinished || !inOnePass && !state.files[file].isSharedOut
    }
  }

  // MARK: - What was found

  /// Changes what is known of `file`.
  func update(_ file: Int, _ change: (inout VerifyFile<B>) -> Void) { state.withLock { change(&$0.files[file]) } }

  /// The numbers of the files about which nothing more is done.
  var finishedFiles: [Int] { state.withLock { state in state.files.indices.filter { state.files[$0].isFinished } } }

  /// What `file` came to, once nothing more is done about it.
  func result(of file: Int) -> VerifyResult? { state.withLock { $0.files[file].result } }

  /// What each file came to.
  var results: [VerifyResult] { state.withLock { $0.files.map { $0.result ?? .interrupted } } }

  func interrupt() { state.withLock { $0.isInterrupted = true } }
  var isInterrupted: Bool { state.withLock { $0.isInterrupted } }
  var isFinished: Bool { state.withLock { $0.isInterrupted || $0.files.allSatisfy(\.isFinished) } }

  /// How far all is.
  var progress: VerifyProgress {
    state.withLock { state in
      state.files.reduce(into: VerifyProgress(fileCount: state.files.count)) { progress, file in
        progress.finishedFileCount += file.isFinished ? 1 : 0
        progress.doneSteps += file.isFinished ? file.totalSteps : min(file.totalSteps, file.doneSteps)
        progress.totalSteps += file.totalSteps
      }
    }
  }
}

extension VerifySchedule.State {
  fileprivate mutating func takeOnePass() -> VerifySchedule<B>.Job? {
    guard let number = files.firstIndex(where: { $0.wantsOnePass && !$0.isFinished }), let plan = files[number].plan
    else { return nil }
    files[number].wantsOnePass = false
    // The work begins anew.
    files[number].onePass = VerifyFile<B>.OnePass(report: ReplayReport(moment: plan.start))
    files[number].doneSteps = 0
    return VerifySchedule<B>.Job(file: number, plan: plan, kind: .onePass)
  }

  /// The longest file that nobody has begun with.
  fileprivate mutating func takeWholeFile(_ worker: Int, _ options: VerifyOptions) -> VerifySchedule<B>.Job? {
    var longest: (number: Int, plan: VerifyPlan)?
    for (number, file) in files.enumerated() where !file.hasBegun && !file.isFinished {
      guard let plan = file.plan, longest.map({ $0.plan.stepCount < plan.stepCount }) ?? true else { continue }
      longest = (number, plan)
    }
    guard let (number, plan) = longest else { return nil }
    files[number].hasBegun = true
    guard !options.isSerial, plan.unitCount > 1 else {
      files[number].wantsOnePass = true
      return takeOnePass()
    }
    files[number].take(0, worker)
    return VerifySchedule<B>.Job(file: number, plan: plan, kind: .stretch(unit: 0))
  }

  fileprivate mutating func takeContents() -> VerifySchedule<B>.Job? {
    guard let number = files.firstIndex(where: { $0.plan != nil && !$0.contentsAreTaken && !$0.isFinished }),
      let plan = files[number].plan
    else { return nil }
    files[number].contentsAreTaken = true
    return VerifySchedule<B>.Job(file: number, plan: plan, kind: .contents)
  }

  /// The first unit that nobody has taken.
  fileprivate mutating func takeUnit(_ worker: Int) -> VerifySchedule<B>.Job? {
    for number in files.indices where files[number].isSharedOut {
      guard let plan = files[number].plan, let unit = files[number].isTaken.firstIndex(of: false) else { continue }
      files[number].take(unit, worker)
      return VerifySchedule<B>.Job(file: number, plan: plan, kind: .stretch(unit: unit))
    }
    return nil
  }

  /// The second part of what is longest of all that is still before someone. It is a little more than half: whoever has
  /// the first part is done sooner then, and shares the end of the second, where checkpoints are closest together.
  fileprivate mutating func takeHalfOfARest(_ worker: Int, _ options: VerifyOptions) -> VerifySchedule<B>.Job? {
    var best: (number: Int, plan: VerifyPlan, unit: Int, rest: UInt64)?
    for (number, file) in files.enumerated() where file.isSharedOut {
      guard let plan = file.plan else { continue }
      for way in file.active {
        let behind = file.isTaken[(way.unit + 1)...].firstIndex(of: true) ?? plan.unitCount
        let end = plan.edges[behind].step.count
        let rest = end - min(end, way.step)
        let middle = end - rest / 16 * 9
        let unit = ((way.unit + 1)..<max(behind, way.unit + 1)).min {
          plan.edges[$0].step.count.distance(from: middle) < plan.edges[$1].step.count.distance(from: middle)
        }
        guard let unit, end - plan.edges[unit].step.count >= options.shareStepsMin, rest > best?.rest ?? 0 else {
          continue
        }
        best = (number, plan, unit, rest)
      }
    }
    guard let best else { return nil }
    files[best.number].take(best.unit, worker)
    return VerifySchedule<B>.Job(file: best.number, plan: best.plan, kind: .stretch(unit: best.unit))
  }
}

extension VerifyPlan {
  fileprivate var stepCount: UInt64 { stepCount(0..<unitCount) }
}

extension UInt64 {
  fileprivate func distance(from other: UInt64) -> UInt64 { self > other ? self - other : other - self }
}
