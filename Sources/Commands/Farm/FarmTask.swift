internal import Host

/// One line of a manifest: a piece of work that needs nothing but itself and the files that it names
/// (Documentation/Farm.md).
struct FarmTask: Codable, Equatable {
  static let schema = "reprise/task/1"

  enum Kind: String, Codable {
    /// To verify a trace.
    case verify
    /// To run a scenario.
    case test
  }

  /// A file that is read, and the SHA-256 digest that it must have.
  struct Input: Codable, Equatable {
    var path: String
    var sha256: String
    /// What it is for, when that is not the first thing that the task needs: the role of an image.
    var role: String?
  }

  var schema = FarmTask.schema
  var kind: Kind
  /// Unlike that of any other task of the manifest; for people.
  var name: String
  var inputs: [Input]
  /// What it is expected to cost, in steps.
  var cost: UInt64
  /// The most steps that it may run.
  var limitSteps: UInt64?
  /// Of the kind `test`: how the scenario is run.
  var test: ScenarioArguments?
  /// The SHA-256 digest of all else: the line with an empty digest. It names the result.
  var digest = ""

  /// The same with its digest.
  var sealed: FarmTask {
    var task = self
    task.digest = ""
    task.digest = Show.hexadecimal(ContentDigest.sha256(Array(JSONText.line(task).utf8)))
    return task
  }

  /// The line of the manifest.
  var line: String { JSONText.line(self) }
}

/// A list of tasks in a file, one a line.
struct Manifest {
  /// The most bytes that are read.
  static let byteCountMax = 1 << 26

  let path: String
  let tasks: [FarmTask]

  /// Reads the manifest at `path`.
  /// - Throws: `Failure`, which names the line that is wrong.
  init(_ path: String) throws {
    self.path = path
    let bytes = try InputFile.contents(of: path, limit: Self.byteCountMax)
    var tasks: [FarmTask] = []
    var lines: [String: Int] = [:]
    for (number, line) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
      guard line.contains(where: { $0 != 32 && $0 != 13 && $0 != 9 }) else { continue }
      let task = try Self.task(Array(line), "\(path):\(number + 1)")
      if let before = lines[task.digest] {
        throw Self.wrong("\(path):\(number + 1)", "the same task as in line \(before)")
      }
      lines[task.digest] = number + 1
      tasks.append(task)
    }
    guard !tasks.isEmpty else { throw Self.wrong(path, "there is no task in it") }
    self.tasks = tasks
  }

  private static func task(_ line: [UInt8], _ place: String) throws -> FarmTask {
    let task: FarmTask
    do {
      task = try JSONText.decode(FarmTask.self, from: line)
    } catch {
      throw wrong(place, error.description)
    }
    guard task.schema == FarmTask.schema else {
      throw wrong(
        place, "the schema '\(Show.plain(task.schema))' is not '\(FarmTask.schema)', which this release reads")
    }
    guard !task.inputs.isEmpty else { throw wrong(place, "the task names no file") }
    guard task.sealed.digest == task.digest else {
      throw wrong(place, "the digest is not that of the task: the line was changed, or another release wrote it")
    }
    return task
  }

  private static func wrong(_ place: String, _ what: String) -> Failure {
    Failure(ExitStatus.damaged, "\(place): \(what)", next: "reprise plan -o manifest.jsonl FILE")
  }

  /// The numbers of the tasks of shard `number` (from 1) of `count`: dearest first, each to the shard that has the
  /// least so far, so that all cost about the same.
  func shard(_ number: Int, of count: Int) -> [Int] {
    var costs = Array(repeating: UInt64(0), count: count)
    var chosen: [Int] = []
    let order = tasks.indices.sorted { (tasks[$1].cost, $0) < (tasks[$0].cost, $1) }
    for task in order {
      let cheapest = costs.indices.min { (costs[$0], $0) < (costs[$1], $1) } ?? 0
      // A task costs something to begin with, too.
      costs[cheapest] = costs[cheapest].addingReportingOverflow(max(1, tasks[task].cost)).partialValue
      if cheapest == number - 1 { chosen.append(task) }
    }
    return chosen
  }
}
