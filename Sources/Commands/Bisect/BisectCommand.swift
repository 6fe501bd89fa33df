internal import Archive
internal import ArgumentParser
internal import Backplane
internal import Boards
internal import Host
internal import Timeline

/// `reprise bisect`.
struct BisectCommand: Performing {
  static let configuration = CommandConfiguration(
    commandName: "bisect",
    abstract: "Find the first step with which two recorded runs part.",
    discussion: """
      A is a trace, or a ladder that 'reprise info --ladder' has written; B is a trace. What the files say is compared \
      first: the machines and images, the inputs, the digests at the rungs. Then the one stretch in which the runs \
      part is replayed on both sides, down to the first step behind which the machines differ.

      Machines or images that differ are named and go no further, unless --force is given: then the first step is \
      found with which the difference shows in registers, devices or time.

      With --run the argument is a scenario: it is run, and the status is fit for 'git bisect run' (see \
      Documentation/Bisect.md). With --align, runs of different builds are compared by what they do, and with \
      --commit-log a log of instructions is compared with a trace: see Documentation/Export.md.

      Status 0: identical; 1: they differ; 3: a replay is not its own recording; with --run 125: it cannot be judged.
      """)

  @Argument(
    help: ArgumentHelp(
      "Two traces, or a ladder and a trace; with --run, a scenario; with --commit-log, a trace.", valueName: "file"),
    completion: .file(extensions: ["reprise", "ladder", "yaml"]))
  var files: [String]

  @Flag(help: "Go on though the machines or images differ: find where that is first felt.")
  var force = false

  @OptionGroup var symbols: SymbolOptions
  @OptionGroup(title: "Under git bisect") var run: BisectRunOptions
  @OptionGroup(title: "Not step by step") var events: AlignArguments

  @Option(
    help: ArgumentHelp(
      "The file of an image that the traces only name: kernel=FILE, firmware=FILE or initrd=FILE; of one of them,"
        + " a:kernel=FILE or b:kernel=FILE.", valueName: "role=file"))
  var image: [String] = []

  @Flag(
    inversion: .prefixedNo,
    help: "Tell where the first value that differs came from. (default: when that is quick)")
  var why: Bool?

  @Flag(help: "Write the report as JSON.")
  var json = false

  @Option(
    help: ArgumentHelp("Write the report as a page of HTML, too, that needs nothing else.", valueName: "file"),
    completion: .file(extensions: ["html"]))
  var html: String?

  func validate() throws {
    guard run.isRun else {
      try run.checkUnused()
      if events.isAskedFor {
        if force { throw ValidationError("--force is of no use with --align and --commit-log") }
        if html != nil { throw ValidationError("--html is of no use with --align and --commit-log") }
        return
      }
      if files.count != 2 { throw ValidationError("name two files to compare, or a scenario with --run") }
      return
    }
    if files.count != 1 { throw ValidationError("--run takes one scenario") }
    if force { throw ValidationError("--force is of no use with --run") }
    if events.isAskedFor { throw ValidationError("--run is of no use with --align and --commit-log") }
    if html != nil { throw ValidationError("--html is of no use with --run") }
  }

  func perform(_ streams: Streams) throws -> Int32 {
    if run.isRun { return try BisectRun(scenario: files[0], options: run, isJSON: json).perform(streams) }
    streams.beginInterruptible()
    let images = try SideImages(image)
    if events.isAskedFor {
      return try events.perform(
        files, images: [images.files.a, images.files.b], symbols: symbols,
        checkpointBytes: CheckpointMemoryOptions.defaultByteCount, isJSON: json, streams)
    }
    let comparison = BisectJob(
      paths: Sides(files[0], files[1]), images: images, symbols: symbols, isForced: force, tellsWhy: why)
    let display = Display(streams: streams, isQuiet: true, isJSON: json)
    let progress = WorkProgress(display)
    defer { progress.clear() }
    let report = try comparison.perform(
      shouldStop: { streams.signal() != nil }, onProgress: { progress.note($0, of: 0, "bisecting") })
    progress.clear()
    streams.print(json ? JSONText.document(report) : report.text)
    if let html { try BisectPage.write(report, to: html) }
    if report.verdict == BisectionVerdict.interrupted.rawValue, let signal = streams.signal() {
      return Interruption.exitStatus(for: signal)
    }
    return report.exitStatus
  }
}

extension BisectReport {
  /// The status of a command that was asked whether two runs are the same.
  var exitStatus: Int32 {
    switch verdict {
    case BisectionVerdict.identical.rawValue: ExitStatus.success
    case BisectionVerdict.replayDiverged.rawValue: ExitStatus.diverged
    default: ExitStatus.no
    }
  }
}

/// `--image`, for both sides or for one.
struct SideImages {
  private(set) var files: Sides<[ImageRole: String]>

  init(_ arguments: [String]) throws {
    func own(_ side: String, _ other: String) -> [String] {
      arguments.filter { !$0.hasPrefix(other) }.map { $0.hasPrefix(side) ? String($0.dropFirst(2)) : $0 }
    }
    files = Sides(try ImageArgument.parse(own("a:", "b:")), try ImageArgument.parse(own("b:", "a:")))
  }
}
