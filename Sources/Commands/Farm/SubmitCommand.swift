internal import ArgumentParser
internal import Host

/// `reprise submit`.
struct SubmitCommand: Performing {
  static let configuration = CommandConfiguration(
    commandName: "submit",
    abstract: "Have a cluster run the tasks of a manifest, and merge their results.",
    discussion: """
      Prints a shell script that hands an array of jobs to Slurm, and a job that merges when they have ended, however \
      they did. --run runs it. Change the script as your cluster needs it: it holds nothing else.
      """)

  @OptionGroup var farm: FarmOptions

  @Flag(help: "For Slurm: 'sbatch' of the package slurm-client.")
  var slurm = false

  @Flag(help: "Run the script instead of printing it.")
  var run = false

  @Flag(help: "Let the script wait for the end, and leave with the status of the merge.")
  var wait = false

  @Option(
    help: ArgumentHelp("The most jobs in the array; tasks are shared out by cost. (default: 1000)", valueName: "count"))
  var arraySize: Int = 1000

  @Option(help: ArgumentHelp("The most jobs that run at once.", valueName: "count"))
  var throttle: Int?

  @Option(help: ArgumentHelp("Processors for each job. (default: 1)", valueName: "count"))
  var cpus: Int = 1

  @Option(help: ArgumentHelp("The partition to use.", valueName: "name"))
  var partition: String?

  @Option(help: ArgumentHelp("The longest that a job may take, as Slurm has it: 30, 2:00:00.", valueName: "time"))
  var time: String?

  @Option(help: ArgumentHelp("Write the merged JUnit report to this file.", valueName: "file"))
  var junit: String?

  @Option(help: ArgumentHelp("The command to run on the nodes. (default: reprise)", valueName: "command"))
  var command: String = "reprise"

  func validate() throws {
    if !slurm { throw ValidationError("which cluster? --slurm is the one that is known") }
    if !(1...100_000).contains(arraySize) { throw ValidationError("--array-size: from 1 to 100000") }
    if let throttle, throttle < 1 { throw ValidationError("--throttle: at least 1") }
    if !(1...1024).contains(cpus) { throw ValidationError("--cpus: from 1 to 1024") }
  }

  func perform(_ streams: Streams) throws -> Int32 {
    let manifest = try Manifest(farm.manifest)
    let script = script(taskCount: manifest.tasks.count)
    guard run else {
      streams.print(script)
      return ExitStatus.success
    }
    guard HostProcess.isOnPath("sbatch", streams.environment("PATH")) else {
      throw Failure(
        ExitStatus.missingTool, "sbatch was not found: install the package slurm-client, or use --slurm without --run",
        next: "apt-get install slurm-client")
    }
    try ResultFolder(farm.results).make()
    throw Failure(ExitStatus.internalError, "\(HostProcess.become(["/bin/sh", "-c", script]))")
  }

  /// The script. The jobs replace their shells by `exec`, so that what Slurm sends to the shell comes to the task.
  func script(taskCount: Int) -> String {
    let jobCount = min(arraySize, taskCount)
    let folder = ["--manifest", Show.shellWord(farm.manifest), "--results", Show.shellWord(farm.results)]
    let which = jobCount == taskCount ? "--index auto" : "--shard $((SLURM_ARRAY_TASK_ID + 1))/\(jobCount)"
    let task = (["exec", command, "run-task"] + folder + [which]).joined(separator: " ")
    var merge = (["exec", command, "merge"] + folder).joined(separator: " ")
    if let junit { merge += " --junit \(Show.shellWord(junit))" }
    var common = ["sbatch", "--parsable"]
    if let partition { common.append("--partition=\(Show.shellWord(partition))") }
    var array = ["--job-name=reprise", "--array=0-\(jobCount - 1)\(throttle.map { "%\($0)" } ?? "")"]
    array += ["--cpus-per-task=\(cpus)", "--requeue", "--open-mode=append", "--signal=B:TERM@60"]
    if let time { array.append("--time=\(Show.shellWord(time))") }
    array.append("--output=\(Show.shellWord(farm.results + "/slurm-%A_%a.log"))")
    var last = ["--job-name=reprise-merge", "--dependency=afterany:$array", "--requeue"]
    if wait { last.append("--wait") }
    last.append("--output=\(Show.shellWord(farm.results + "/merge-%j.log"))")
    let what = "\(Show.count(taskCount, "task")) in \(Show.count(jobCount, "job")), and their merge"
    return """
      #!/bin/sh
      # Written by `reprise submit --slurm`: \(what).
      set -eu
      mkdir -p \(Show.shellWord(farm.results))
      array=$(\((common + array).joined(separator: " ")) \\
        --wrap \(Show.shellWord(task)))
      echo "array job $array" >&2
      \((common + last).joined(separator: " ")) \\
        --wrap \(Show.shellWord(merge))
      """
  }
}
