internal import Host

/// What became of one task.
struct TaskResult: Codable, Equatable {
  static let schema = "reprise/task-result/1"

  enum State: String, Codable {
    /// It has its result; it is not done again.
    case finished
    /// It was asked to end, and is to be done again.
    case interrupted
    /// Something around it failed, and it is to be done again.
    case failed
  }

  var schema = TaskResult.schema
  var state: State
  var task: FarmTask
  /// The exit status.
  var status: Int32
  var verify: VerifiedFile?
  var test: ScenarioResults?
  /// Why it failed.
  var message: String?
}

/// A folder of results, each in a file named by its task's digest. Many processes, on many hosts, may work in it.
struct ResultFolder {
  private static let byteCountMax = 1 << 24
  let path: String

  /// The folder at `path`.
  init(_ path: String) { self.path = path.hasSuffix("/") && path != "/" ? String(path.dropLast()) : path }

  /// Makes it, unless it is there.
  func make() throws {
    do {
      try HostFolder.make(path)
    } catch {
      throw Failure(ExitStatus.cannotCreate, "\(error)")
    }
  }

  /// The file of the result of `task`.
  func file(of task: FarmTask) -> String { "\(path)/\(task.digest).json" }
  /// The file that tells of a try that came to no result.
  private func attemptFile(of task: FarmTask) -> String { "\(path)/\(task.digest).attempt.json" }
  private func claimFile(of task: FarmTask) -> String { "\(path)/\(task.digest).claim" }

  /// The result of `task`, if it has one. What is not whole is none.
  func result(of task: FarmTask) -> TaskResult? {
    guard let result = read(file(of: task), task), result.state == .finished else { return nil }
    return result
  }

  /// What the last try came to, when that was no result.
  func attempt(of task: FarmTask) -> TaskResult? { read(attemptFile(of: task), task) }

  private func read(_ path: String, _ task: FarmTask) -> TaskResult? {
    guard let bytes = try? InputFile.contents(of: path, limit: Self.byteCountMax),
      let result = try? JSONText.decode(TaskResult.self, from: bytes), result.schema == TaskResult.schema,
      result.task == task
    else { return nil }
    return result
  }

  /// The right to do a task: held by one process at a time, and gone with it however it ends.
  final class Claim {
    fileprivate let file: AppendFile
    fileprivate init(_ file: AppendFile) { self.file = file }
    deinit { file.remove() }
  }

  /// Takes the right to do `task`; `nil` when another process has it.
  func claim(_ task: FarmTask) throws -> Claim? {
    do {
      while true {
        let file = try AppendFile(creating: claimFile(of: task), replacing: true)
        // Who had it before may have taken the file away between our opening and holding it: then we hold nothing.
        if file.isInPlace { return Claim(file) }
      }
    } catch  where error.isBusy {
      return nil
    } catch {
      throw Failure(ExitStatus.cannotCreate, "\(error)")
    }
  }

  /// Takes away the claim on `task` that a process left which died after it had written the result.
  func removeAbandonedClaim(of task: FarmTask) {
    // A claim that is held stays; one that is not goes as soon as it is taken.
    if InputFile.exists(claimFile(of: task)) { _ = try? claim(task) }
  }

  /// Writes `result`, whole or not at all.
  func write(_ result: TaskResult) throws {
    let isFinished = result.state == .finished
    let name = isFinished ? file(of: result.task) : attemptFile(of: result.task)
    do {
      let file = try AppendFile(creating: "\(path)/\(result.task.digest).part", replacing: true)
      try file.append(Array((JSONText.document(result) + "\n").utf8))
      try file.settle()
      try file.rename(to: name)
      file.close()
      if isFinished { HostFolder.removeFile(attemptFile(of: result.task)) }
    } catch {
      throw Failure(ExitStatus.inputOutput, "\(error)")
    }
  }
}
