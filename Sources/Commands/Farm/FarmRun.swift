internal import Backplane
internal import Boards
internal import Host
internal import Timeline

/// Runs tasks and leaves their results in a folder.
final class FarmRun {
  let folder: ResultFolder
  private let threads: HostThreads
  private let streams: Streams
  private var statuses: [Int32] = []
  private var writeFailure: Failure?

  init(_ folder: ResultFolder, threads: HostThreads, _ streams: Streams) {
    (self.folder, self.threads, self.streams) = (folder, threads, streams)
  }

  /// Runs those of `tasks` that have no result and are not being run by others.
  /// - Returns: the exit status.
  func perform(_ tasks: [FarmTask]) throws -> Int32 {
    var claims: [ResultFolder.Claim] = []
    var mine: [FarmTask] = []
    for task in tasks {
      if tellFinished(task) { continue }
      guard let claim = try folder.claim(task) else {
        streams.note("\(task.name): another process is running it")
        continue
      }
      // Who held it before may have finished it.
      if tellFinished(task) { continue }
      claims.append(claim)
      mine.append(task)
    }
    let ready = mine.filter(hasItsInputs)
    try withExtendedLifetime(claims) {
      try verify(ready.filter { $0.kind == .verify })
      test(ready.filter { $0.kind == .test })
    }
    if let writeFailure { throw writeFailure }
    if let signal = streams.signal(), ready.contains(where: { folder.result(of: $0) == nil }) {
      return Interruption.exitStatus(for: signal)
    }
    return ExitStatus.worst(statuses)
  }

  /// Tells of the result of `task`, if it has one.
  private func tellFinished(_ task: FarmTask) -> Bool {
    guard let result = folder.result(of: task) else { return false }
    folder.removeAbandonedClaim(of: task)
    statuses.append(result.status)
    streams.print("\(task.name): finished before, status \(result.status)")
    return true
  }

  /// Whether the files that `task` reads are those that were planned with.
  private func hasItsInputs(_ task: FarmTask) -> Bool {
    for input in task.inputs {
      var problem: String?
      do {
        let digest = try PlanCommand.digest(input.path)
        if digest != input.sha256 {
          problem =
            "\(input.path) is not the file that was planned with: its SHA-256 digest is \(digest), not \(input.sha256)"
        }
      } catch {
        problem = "\(error)"
      }
      guard let problem else { continue }
      keep(
        TaskResult(state: .failed, task: task, status: ExitStatus.missingInput, message: problem))
      streams.complain("\(task.name): \(problem)")
      return false
    }
    return true
  }

  private func keep(_ result: TaskResult) {
    if result.state != .interrupted { statuses.append(result.status) }
    do {
      try folder.write(result)
    } catch let failure as Failure {
      writeFailure = failure
    } catch {
      writeFailure = Failure(ExitStatus.internalError, "\(error)")
    }
  }

  // MARK: - Verifying

  /// Verifies the traces of `tasks` together, so that they share the threads; those with the same limit and images.
  private func verify(_ tasks: [FarmTask]) throws {
    var rest = tasks
    while let first = rest.first, writeFailure == nil {
      let together = rest.filter { $0.isLike(first) }
      rest.removeAll { $0.isLike(first) }
      var options = VerifyOptions(threadCount: threads.count)
      if let limit = first.limitSteps { options.limitSteps = limit }
      let files = Verification.run(
        together.map { $0.inputs[0].path }, images: try first.images(), options, threads, streams
      ) { number, file in
        self.keep(file, of: together[number])
      }
      for (number, file) in files.enumerated() where file.verdict == .interrupted { keep(file, of: together[number]) }
    }
  }

  /// Runs scenarios, one after another: each uses all threads.
  private func test(_ tasks: [FarmTask]) {
    for task in tasks where writeFailure == nil {
      let result =
        streams.signal() == nil
        ? test(task, in: folder, streams, jobs: threads.count)
        : TaskResult(state: .interrupted, task: task, status: ExitStatus.success, message: "interrupted")
      keep(result)
      for line in result.testLines { streams.print(line) }
      if let message = result.message { streams.complain("\(task.name): \(message)") }
      for line in (result.test?.scenarios ?? []).flatMap(\.details) { streams.note("  \(line)") }
    }
  }

  private func keep(_ file: VerifiedFile, of task: FarmTask) {
    let state: TaskResult.State =
      switch file.verdict {
      case .interrupted: .interrupted
      // Nothing that a task is about: another host may do better.
      case .missing, .failed: .failed
      case .same, .cutShort, .diverged, .damaged, .tooLong: .finished
      }
    let message = state == .finished ? nil : file.problems.first ?? file.verdict.words
    keep(TaskResult(state: state, task: task, status: file.status, verify: file, message: message))
    streams.print(file.line)
    file.explain(streams)
  }
}

extension FarmTask {
  fileprivate func isLike(_ other: FarmTask) -> Bool {
    limitSteps == other.limitSteps && inputs.dropFirst().elementsEqual(other.inputs.dropFirst())
  }

  fileprivate func images() throws -> [ImageRole: String] {
    try ImageArgument.parse(inputs.dropFirst().map { "\($0.role ?? "")=\($0.path)" })
  }
}
