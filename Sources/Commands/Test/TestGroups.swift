internal import Scenario

/// The runs of all the entries of a test: one of each, or those of an exploration.
struct TestGroups {
  /// All of them, entry by entry; `nil` where there is nothing to run.
  let runs: [ScenarioRun?]
  /// The titles of all of them.
  let titles: [String]
  /// The number of each run's entry, when nothing is to be done behind the first run of an entry that fails.
  let numbers: [Int]?
  private let entries: [TestEntry]
  private let exploration: Exploration?
  private let arguments: [String]
  /// Where each entry's runs are.
  private let ranges: [Range<Int>]

  /// - Parameters:
  ///   - arguments: what a command that repeats a run needs besides.
  ///   - make: makes the runs of a scenario, from its plan and title.
  init(
    _ entries: [TestEntry], _ exploration: Exploration?, arguments: [String],
    make: (ScenarioPlan, String) -> [ScenarioRun]
  ) {
    (self.entries, self.exploration, self.arguments) = (entries, exploration, arguments)
    var (runs, titles, numbers, ranges) = ([ScenarioRun?](), [String](), [Int](), [Range<Int>]())
    for (number, entry) in entries.enumerated() {
      var made: [ScenarioRun?] = [nil]
      if case .ready(let plan) = entry.readiness { made = make(plan, entry.title) }
      ranges.append(runs.count..<runs.count + made.count)
      runs += made
      titles += made.map { run in entry.title + (run?.variation.map { " seed \($0.seed)" } ?? "") }
      numbers += made.map { _ in number }
    }
    (self.runs, self.titles, self.ranges) = (runs, titles, ranges)
    self.numbers = exploration.map { $0.keepsGoing ? nil : numbers } ?? nil
  }

  /// What came of each entry, from what came of each run; `nil` where there was nothing to run, or nothing is known
  /// yet.
  func results(_ all: [TestResult?]) -> [TestResult?] {
    zip(entries, ranges).map { entry, range in
      guard let exploration, case .ready = entry.readiness else { return all[range.lowerBound] }
      return exploration.result(entry, Array(all[range]), arguments: arguments)
    }
  }

  /// The traces of runs that were begun and then were of no interest any more: which these are is chance.
  func traces(notToldOf all: [TestResult?]) -> [String] {
    guard numbers != nil else { return [] }
    return ranges.flatMap { range in
      guard let bad = range.first(where: { all[$0]?.isBad == true }) else { return [String]() }
      return range.dropFirst(bad + 1 - range.lowerBound).compactMap { all[$0]?.trace }
    }
  }
}
