internal import ArgumentParser
internal import Host

/// Where a farm's tasks and their results are.
struct FarmOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The manifest, as 'reprise plan' writes it.", valueName: "file"))
  var manifest: String

  @Option(help: ArgumentHelp("The folder of results, shared by all who work on the manifest.", valueName: "folder"))
  var results: String
}

/// `reprise run-task`.
struct RunTaskCommand: Performing {
  static let configuration = CommandConfiguration(
    commandName: "run-task",
    abstract: "Run tasks of a manifest.",
    discussion: """
      Each task leaves one file in the folder of results, named by its digest: written whole, or not at all. A task \
      that has its result is not run again, and no two processes run one at once, so it may be started as often as you \
      like. The status is that of the worst task. Asked to end, it says so in the folder and leaves with 143 or 130.
      """)

  @OptionGroup var farm: FarmOptions

  @Option(
    help: ArgumentHelp(
      "The number of the task, from 0; 'auto' takes it from SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX, PARALLEL_SEQ or"
        + " CI_NODE_INDEX.", valueName: "number"))
  var index: String?

  @Option(
    help: ArgumentHelp(
      "The tasks of shard I of N, from 1: N shards cost about the same. 'auto' takes both from CI_NODE_INDEX and"
        + " CI_NODE_TOTAL.", valueName: "i/n"))
  var shard: String?

  @Flag(help: "All tasks.")
  var all = false

  @Option(
    name: [.customShort("j"), .customLong("jobs")],
    help: ArgumentHelp("Threads to use. (default: all processors)", valueName: "count"))
  var jobs: Int?

  func validate() throws {
    if [index != nil, shard != nil, all].filter({ $0 }).count != 1 {
      throw ValidationError("which tasks? Give one of --index, --shard and --all")
    }
    if let jobs, !(1...1024).contains(jobs) { throw ValidationError("--jobs: from 1 to 1024") }
  }

  func perform(_ streams: Streams) throws -> Int32 {
    let manifest = try Manifest(farm.manifest)
    let numbers = try chosen(manifest, streams)
    let folder = ResultFolder(farm.results)
    try folder.make()
    streams.beginInterruptible()
    let run = FarmRun(folder, threads: HostThreads(count: jobs ?? HostThreads.available), streams)
    return try run.perform(numbers.map { manifest.tasks[$0] })
  }

  private func chosen(_ manifest: Manifest, _ streams: Streams) throws -> [Int] {
    if let index {
      let number = index == "auto" ? try TaskIndex.fromEnvironment(streams.environment) : try TaskIndex.number(index)
      guard manifest.tasks.indices.contains(number) else {
        throw Failure(
          ExitStatus.usage,
          "there is no task \(number): \(farm.manifest) has \(Show.count(manifest.tasks.count, "task")), from 0 on")
      }
      return [number]
    }
    guard let shard else { return Array(manifest.tasks.indices) }
    let (number, count) =
      shard == "auto" ? try TaskIndex.shardFromEnvironment(streams.environment) : try TaskIndex.shard(shard)
    return manifest.shard(number, of: count)
  }
}

/// Which part of the work is this process's.
enum TaskIndex {
  /// What those who run many jobs tell each of them, and the number they begin to count with.
  private static let variables = [
    ("SLURM_ARRAY_TASK_ID", 0), ("JOB_COMPLETION_INDEX", 0), ("PARALLEL_SEQ", 1), ("CI_NODE_INDEX", 1),
  ]

  static func number(_ text: String) throws -> Int {
    guard let number = Int(text), number >= 0 else {
      throw Failure(ExitStatus.usage, "--index '\(text)': a number from 0, or auto")
    }
    return number
  }

  static func fromEnvironment(_ environment: (String) -> String?) throws -> Int {
    for (name, first) in variables {
      guard let text = environment(name) else { continue }
      guard let number = Int(text), number >= first else {
        throw Failure(ExitStatus.usage, "\(name) is '\(text)', which is no number from \(first) on")
      }
      return number - first
    }
    throw Failure(
      ExitStatus.usage, "--index auto: none of \(Show.list(variables.map(\.0))) is set, so nobody tells which task")
  }

  static func shard(_ text: String) throws -> (Int, Int) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let number = parts[0], let count = parts[1], (1...100_000).contains(count),
      (1...count).contains(number)
    else { throw Failure(ExitStatus.usage, "--shard '\(text)': write I/N, such as 3/8, or auto") }
    return (number, count)
  }

  static func shardFromEnvironment(_ environment: (String) -> String?) throws -> (Int, Int) {
    guard let number = environment("CI_NODE_INDEX"), let count = environment("CI_NODE_TOTAL") else {
      throw Failure(ExitStatus.usage, "--shard auto: CI_NODE_INDEX and CI_NODE_TOTAL are not set")
    }
    return try shard("\(number)/\(count)")
  }
}
