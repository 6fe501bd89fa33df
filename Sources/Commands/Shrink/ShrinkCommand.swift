internal import Archive
internal import ArgumentParser
internal import Backplane
internal import Boards
internal import Host
internal import Scenario
internal import Timeline
internal import VirtualTime

/// `reprise shrink`.
struct ShrinkCommand: Performing {
  static let configuration = CommandConfiguration(
    commandName: "shrink",
    abstract: "Find the smallest trace that still fails: fewer inputs, earlier, and an earlier end.",
    discussion: """
      Runs the machine live, again and again, with some of the trace's inputs, at some guest times, each time from \
      the nearest checkpoint; and keeps what still fails. The smallest run is recorded, replayed and compared, and \
      only then gets its name. The same trace gives the same result, however many threads there are.

      Status 0: nothing more could be taken away; 1: the trace does not fail; 124: --max-runs came first. Ctrl-C \
      leaves the smallest run so far.
      """)

  @Argument(
    help: ArgumentHelp("A trace of a run that fails.", valueName: "file"), completion: .file(extensions: ["reprise"]))
  var file: String

  @Option(
    help: ArgumentHelp(
      "What it means that a run fails: \(FailureCriterion.notation). (default: the failure code or the panic that the"
        + " trace ended with)", valueName: "criterion"))
  var fails: String?

  @Option(
    help: ArgumentHelp("A value for a parameter of that scenario.", valueName: "name=value"),
    transform: ParameterArgument.parse)
  var param: [Scenario.Parameter] = []

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The trace to write. (default: the trace's name with .min.reprise)", valueName: "file"))
  var output: String?

  @Flag(help: "Replace the file if it is there.")
  var force = false

  @Option(
    help: ArgumentHelp("Try no more than so many runs. (default: 5000)", valueName: "count"), transform: Quantity.count)
  var maxRuns: UInt64?

  @Option(
    name: [.customShort("j"), .customLong("jobs")],
    help: ArgumentHelp("Try so many runs at once. (default: as many as there are processors)", valueName: "count"))
  var jobs: Int?

  @Option(
    help: ArgumentHelp(
      "The file of an image that the trace only names: kernel=FILE, firmware=FILE or initrd=FILE.",
      valueName: "role=file"))
  var image: [String] = []

  @Flag(help: "Write what was found as JSON.")
  var json = false

  func validate() throws {
    if let jobs, !(1...64).contains(jobs) { throw ValidationError("-j: from 1 to 64") }
    if let maxRuns, maxRuns > 1 << 32 { throw ValidationError("--max-runs: at most 2^32") }
    if !param.isEmpty, FailureCriterion.scenarioPath(fails) == nil {
      throw ValidationError("--param is for the parameters of a scenario: --fails scenario:FILE")
    }
  }

  /// The trace to write.
  var path: String {
    if let output { return output }
    let suffix = ".reprise"
    return (file.hasSuffix(suffix) ? String(file.dropLast(suffix.count)) : file) + ".min" + suffix
  }

  func perform(_ streams: Streams) throws -> Int32 {
    guard !(try TraceFile(file).isSame(as: path)) else {
      throw Failure(ExitStatus.usage, "\(path) is the trace itself: give the smaller one another name")
    }
    if !force, InputFile.exists(path) { throw Recording.taken(path) }
    let parent = try ParentTrace(file, images: image)
    return try parent.explaining(streams) { try shrink(parent, streams) }
  }

  private func shrink(_ parent: ParentTrace, _ streams: Streams) throws -> Int32 {
    let search = FailureSearch(
      parent, file: file, limits: .init(runCountMax: maxRuns.map { Int($0) } ?? 5000), jobs: jobs)
    let line = ShrinkProgress(Display(streams: streams, isQuiet: true, isJSON: json))
    search.shouldStop = { streams.signal() != nil }
    search.onProgress = { line.note($0) }
    let scenario = try FailureCriterion.scenarioPath(fails).map { try JudgedScenario($0, param, parent) }
    let criterion = scenario == nil ? try FailureCriterion(fails, parent.reader, file: file) : nil
    streams.beginInterruptible()
    guard let begun = try criterion.map({ try search.begin($0) }) ?? scenario.flatMap({ try search.begin($0) }) else {
      streams.note("interrupted; nothing was written")
      return streams.signal().map(Interruption.exitStatus) ?? ExitStatus.success
    }
    let shrinker = begun.shrinker
    let ended = try shrinker.shrink()
    line.clear()
    // What has been found is written whatever was asked meanwhile.
    let run = try ShrunkRun(parent, shrinker, begun.criterion)
    let byteCount = try write(run, parent, streams)
    let result = ShrinkResult(
      self, run, parent, shrinker, failure: begun.failure, ended: ended, fails: begun.criterion.sentence,
      byteCount: byteCount)
    if json { streams.print(JSONText.document(result)) } else { streams.print(result.text) }
    switch ended {
    case .interrupted: return streams.signal().map(Interruption.exitStatus) ?? ExitStatus.success
    case .budget: return ExitStatus.budget
    case nil: return ExitStatus.success
    }
  }

  /// Writes `run` beside its place, replays and compares it, and gives it its name.
  /// - Returns: the size of the trace, in bytes.
  private func write(_ run: ShrunkRun, _ parent: ParentTrace, _ streams: Streams) throws -> Int {
    var streams = streams
    streams.signal = { nil }
    let display = Display(streams: streams, isQuiet: true, isJSON: json)
    let file: AppendFile
    do {
      file = try AppendFile(creating: path + ".part", replacing: true)
    } catch {
      throw Failure(ExitStatus.cannotCreate, "\(error)")
    }
    do {
      try run.record(to: file, display)
      try file.settle()
      try run.check(path + ".part", images: image, display)
      if !force, InputFile.exists(path) { throw Recording.taken(path) }
      try file.rename(to: path)
      file.close()
      return file.byteCount
    } catch let error as HostError {
      file.remove()
      throw Failure(ExitStatus.inputOutput, "\(error). What was written was taken away")
    } catch {
      file.remove()
      throw error
    }
  }
}

/// A line on standard error that tells how far the search is.
final class ShrinkProgress {
  private let streams: Streams
  private let isShown: Bool
  private var hasWritten = false

  init(_ display: Display) { (streams, isShown) = (display.streams, display.showsProgress) }

  func note(_ progress: Shrinker<VirtBoard>.Progress) {
    guard isShown else { return }
    hasWritten = true
    let line =
      "\(Show.count(progress.runCount, "run")), \(Show.count(progress.steps)) steps:"
      + " \(Show.count(progress.inputCount, "input")) left"
    _ = streams.error(Array("\r\u{1b}[K\(line)".utf8))
  }

  /// Takes the line away.
  func clear() {
    if hasWritten { _ = streams.error(Array("\r\u{1b}[K".utf8)) }
    hasWritten = false
  }
}
