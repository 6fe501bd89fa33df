internal import Archive
internal import ArgumentParser
internal import Backplane
internal import Boards
internal import Host
internal import Timeline

/// `reprise verify`.
struct VerifyCommand: Performing {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Replay traces, and compare everything they hold.",
    discussion: """
      Every rung, every effect, the end and all checkpoints are compared, on all processors: several traces at once, \
      and of a trace with checkpoints several parts. Each trace gets a line. The exit status is that of the worst: 3, \
      a replay differs from its recording; 65, damaged or foreign; 66, missing; 124, longer than --max-steps; 0, all \
      the same. A trace that was cut short is compared as far as it goes.
      """)

  @Argument(
    help: ArgumentHelp("Traces, and folders of traces (*.reprise, with all that is in them).", valueName: "file"),
    completion: .file(extensions: ["reprise"]))
  var files: [String]

  @Option(
    name: [.customShort("j"), .customLong("jobs")],
    help: ArgumentHelp("Threads to use. (default: all processors)", valueName: "count"))
  var jobs: Int?

  @Flag(
    name: [.customLong("serial"), .customLong("from-start")], help: "Replay each trace in one pass from its start.")
  var serial = false

  @Flag(help: "Begin from every checkpoint of a trace, not only where that saves time.")
  var everyCheckpoint = false

  @Option(
    help: ArgumentHelp("Do not replay a trace of more steps than these.", valueName: "steps"),
    transform: Quantity.count)
  var maxSteps: UInt64?

  @Option(
    help: ArgumentHelp(
      "The file of an image that traces only name: kernel=FILE, firmware=FILE or initrd=FILE.", valueName: "role=file"))
  var image: [String] = []

  @OptionGroup var engine: EngineOptions
  @OptionGroup var reports: ReportOptions

  func validate() throws {
    if serial, everyCheckpoint {
      throw ValidationError("--serial begins from no checkpoint: leave out --every-checkpoint")
    }
    if let jobs, !(1...1024).contains(jobs) { throw ValidationError("--jobs: from 1 to 1024") }
  }

  func perform(_ streams: Streams) throws -> Int32 {
    let paths = try TraceFinder.traces(files)
    let images = try ImageArgument.parse(image)
    streams.beginInterruptible()
    let threads = HostThreads(count: jobs ?? HostThreads.available)
    var options = VerifyOptions(
      threadCount: threads.count, isSerial: serial, beginsEverywhere: everyCheckpoint)
    if let maxSteps { options.limitSteps = maxSteps }
    // Told in order: each as soon as it and those before it are there.
    var there: [Int: VerifiedFile] = [:]
    var next = 0
    func tell(_ file: VerifiedFile) {
      if !reports.json { streams.print(file.line) }
      file.explain(streams)
      next += 1
    }
    let verified = Verification.run(paths, images: images, options, threads, streams, engine: engine.choice) {
      number, file in
      there[number] = file
      while let file = there.removeValue(forKey: next) { tell(file) }
    }
    for file in verified.dropFirst(next) { tell(file) }
    let result = VerifyResults(verified)
    streams.print(reports.json ? JSONText.document(result.withoutTimes) : result.sentence)
    try reports.write(result, streams)
    if let signal = streams.signal(), result.counts.interrupted > 0 { return Interruption.exitStatus(for: signal) }
    return result.status
  }
}

/// Verifying traces, for commands.
enum Verification {
  /// Verifies the traces at `paths`.
  /// - Parameter finished: told each result by its number as soon as it is there; not those of interrupted ones.
  static func run(
    _ paths: [String], images: [ImageRole: String], _ options: VerifyOptions, _ workers: any Workers,
    _ streams: Streams, engine: EngineChoice = .translator, finished: (Int, VerifiedFile) -> Void
  ) -> [VerifiedFile] {
    let stopwatches = paths.map { _ in Stopwatch() }
    let subjects = zip(paths, stopwatches).map { subject($0, images, engine, $1) }
    let verifier = Verifier(subjects, options, workers: workers)
    let progress = WorkProgress(Display(streams: streams, isQuiet: true, isJSON: false))
    var looked: [Int: VerifiedFile] = [:]
    let results = verifier.run(
      shouldStop: { streams.signal() != nil },
      onProgress: { now in
        progress.note(
          now.doneSteps, of: now.totalSteps,
          "verified \(now.finishedFileCount) of \(Show.count(now.fileCount, "trace"))")
      },
      onFinished: { number, result in
        stopwatches[number].stop()
        progress.clear()
        var file = VerifiedFile(paths[number], result, seconds: stopwatches[number].seconds)
        file.look(into: result, images: images, streams)
        looked[number] = file
        finished(number, file)
      })
    progress.clear()
    return paths.indices.map { number in
      looked[number] ?? VerifiedFile(paths[number], results[number], seconds: stopwatches[number].seconds)
    }
  }

  private static func subject(
    _ path: String, _ images: [ImageRole: String], _ engine: EngineChoice, _ stopwatch: Stopwatch
  ) -> VerifySubject<VirtBoard> {
    VerifySubject(
      open: { try TraceFile.open(path) },
      equip: { reader in
        stopwatch.start()
        let machine = try TraceMachine.make(reader, files: images)
        machine.engine = engine
        return (machine, try TraceMachine.describe(reader.header).collected)
      })
  }
}
