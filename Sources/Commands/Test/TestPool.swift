internal import Archive
internal import Boards
internal import Host
internal import VirtualTime

/// What came of one entry of a test.
enum TestResult: Sendable {
  /// It ran.
  case ran(ScenarioOutcome)
  /// It could not be run to a verdict.
  case broke(status: Int32, message: String)
  /// It was not begun, because the test was ended before.
  case notBegun(RunWatch.Request)
}

/// Runs scenarios on as many threads as it may use. What comes of each does not depend on how many.
final class TestPool {
  /// A scenario that is under way.
  struct Running {
    var index: Int
    var moment: Moment
  }

  private struct State {
    var next = 0
    var results: [TestResult?]
    var running: [Int] = []
    var request: RunWatch.Request?
    /// The first run of each group that did not pass, as far as that is known.
    var firstBad: [Int: Int] = [:]
  }

  /// Runs that belong together, by number, when the first of them that does not pass makes those behind it idle.
  private let groups: [Int]?

  private let runs: [ScenarioRun?]
  private let watches: [RunWatch]
  private let jobs: Int
  private let watchdogNanoseconds: UInt64?
  private let state: Locked<State>

  /// - Parameters:
  ///   - runs: `nil` where there is nothing to run.
  ///   - jobs: how many run at once.
  ///   - watchdogNanoseconds: the host's time after which all are ended.
  ///   - groups: the number of each run's group, in which nothing is done behind the first run that does not pass;
  ///     `nil` to run all.
  init(_ runs: [ScenarioRun?], jobs: Int, watchdogNanoseconds: UInt64? = nil, groups: [Int]? = nil) {
    (self.runs, self.jobs, self.watchdogNanoseconds, self.groups) = (runs, jobs, watchdogNanoseconds, groups)
    watches = runs.map { _ in RunWatch() }
    state = Locked(State(results: runs.map { _ in nil }))
  }

  /// What came of each; `nil` where there was nothing to run.
  var results: [TestResult?] { state.withLock { $0.results } }

  /// Runs them all.
  /// - Parameters:
  ///   - signal: the signal that asks to end, once one has come.
  ///   - look: sees the results so far and what is under way, again and again, on the caller's thread.
  func run(signal: () -> Int32?, look: (_ results: [TestResult?], _ running: [Running]) -> Void) {
    let started = WallClock.nanoseconds
    let (state, runs, watches, groups) = (state, runs, watches, groups)
    HostThreads(count: jobs).perform(jobs) { _ in
      while let index = Self.take(state, runs, groups) {
        let result = Self.result(of: runs[index], watches[index])
        state.withLock {
          $0.results[index] = result
          $0.running.removeAll { $0 == index }
          guard let groups, result?.isBad == true else { return }
          $0.firstBad[groups[index]] = min(index, $0.firstBad[groups[index]] ?? index)
          for other in $0.running where other > index && groups[other] == groups[index] {
            watches[other].end(.interrupted)
          }
        }
      }
    } whileWaiting: {
      if signal() != nil { end(.interrupted) }
      if let limit = watchdogNanoseconds, WallClock.nanoseconds - started >= limit { end(.watchdog) }
      let (results, running) = state.withLock { ($0.results, $0.running) }
      look(results, running.map { Running(index: $0, moment: watches[$0].moment) })
    }
    state.withLock { state in
      for index in runs.indices where runs[index] != nil && state.results[index] == nil {
        state.results[index] = .notBegun(state.request ?? .interrupted)
      }
    }
    look(results, [])
  }

  /// Begins the next one.
  private static func take(_ state: Locked<State>, _ runs: [ScenarioRun?], _ groups: [Int]?) -> Int? {
    state.withLock { state in
      guard state.request == nil else { return nil }
      while state.next < runs.count,
        runs[state.next] == nil || groups.map({ state.next > state.firstBad[$0[state.next]] ?? .max }) == true
      {
        state.next += 1
      }
      guard state.next < runs.count else { return nil }
      defer { state.next += 1 }
      state.running.append(state.next)
      return state.next
    }
  }

  private static func result(of run: ScenarioRun?, _ watch: RunWatch) -> TestResult? {
    guard let run else { return nil }
    do {
      return .ran(try run.perform(watch))
    } catch let failure as Failure {
      return .broke(status: failure.status, message: failure.message)
    } catch let error as ImageError {
      return .broke(status: ExitStatus.damaged, message: "\(error)")
    } catch let error as HostError {
      return .broke(status: ExitStatus.inputOutput, message: "\(error)")
    } catch {
      return .broke(status: ExitStatus.internalError, message: "\(error)")
    }
  }

  private func end(_ request: RunWatch.Request) {
    state.withLock { $0.request = $0.request ?? request }
    for watch in watches { watch.end(request) }
  }
}
