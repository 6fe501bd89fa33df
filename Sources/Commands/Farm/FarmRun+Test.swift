internal import Host

extension FarmRun {
  /// Runs the scenarios of `task` as `reprise test` does, on all threads. The traces of those that fail stand beside
  /// the results.
  func test(_ task: FarmTask, in folder: ResultFolder, _ streams: Streams, jobs: Int) -> TaskResult {
    final class Sink { var bytes: [UInt8] = [] }
    let (output, error) = (Sink(), Sink())
    var inner = Streams(
      output: {
        output.bytes += $0
        return true
      },
      error: {
        error.bytes += $0
        return true
      })
    inner.signal = streams.signal
    // What a job shows of its tasks is shown once, by the merge.
    inner.environment = { $0.hasPrefix("GITHUB_") ? nil : streams.environment($0) }
    let stopwatch = Stopwatch()
    stopwatch.start()
    let words =
      (task.test ?? ScenarioArguments()).words(task.inputs[0].path)
      + ["--json", "--jobs", "\(jobs)", "--traces", "\(folder.path)/\(task.digest).traces"]
    let status = Reprise.perform(words, inner)
    stopwatch.stop()
    var results = try? JSONText.decode(ScenarioResults.self, from: output.bytes)
    results?.seconds = stopwatch.seconds
    let state: TaskResult.State =
      if streams.signal() != nil, status > 128 {
        .interrupted
      } else if results != nil, [ExitStatus.success, ExitStatus.no, ExitStatus.badScenario].contains(status) {
        .finished
      } else {
        .failed
      }
    var result = TaskResult(state: state, task: task, status: status)
    result.test = results
    if state == .interrupted { result.message = "interrupted" }
    if state == .failed {
      let text = String(decoding: error.bytes, as: UTF8.self).split(separator: "\n").first.map(String.init)
      result.message = text ?? "reprise test left with \(status)"
    }
    return result
  }
}
