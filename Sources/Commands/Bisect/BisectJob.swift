internal import Archive
internal import Backplane
internal import Boards
internal import Host
internal import Symbols
internal import Timeline
internal import VirtualTime

/// Compares two files: traces, or a ladder and a trace.
struct BisectJob {
  let paths: Sides<String>
  let images: SideImages
  let symbols: SymbolOptions
  let isForced: Bool
  /// Whether to tell where the first value that differs came from; when that is quick, unless told.
  var tellsWhy: Bool?

  /// Does it.
  /// - Throws: `Failure` when a file cannot be read or used.
  func perform(shouldStop: @escaping () -> Bool, onProgress: @escaping (UInt64) -> Void) throws -> BisectReport {
    let isLadder = try Sides(LadderFile.isOne(paths.a), LadderFile.isOne(paths.b))
    if isLadder.a && isLadder.b {
      throw Failure(ExitStatus.usage, "\(paths.a) and \(paths.b) are both ladders: name a trace to compare with one")
    }
    if isLadder.a { return try compare(paths.b, with: paths.a) }
    if isLadder.b { return try compare(paths.a, with: paths.b) }
    let readers = try paths.map { try TraceFile.open($0) }
    let builder = BisectReportBuilder(
      subjects: Sides(subject(.a, readers.a), subject(.b, readers.b)), isForced: isForced,
      symbols: try names(readers.a))
    do {
      let bisection = try Bisection(sides, workers: HostThreads(), sharedWaySteps: 1 << 22)
      if isForced, bisection.machineDifferences.contains(where: { ["board", "costModel"].contains($0.name) }) {
        var outcome = try bisection.run()
        outcome.notes += try FilesAlone(paths, readers).sentences
        return try builder.report(outcome, nil)
      }
      (bisection.shouldStop, bisection.onProgress) = (shouldStop, onProgress)
      var report = try builder.report(try bisection.run(force: isForced), bisection)
      try addWhy(to: &report, readers, shouldStop)
      return report
    } catch let error as TraceError {
      throw Failure(error.exitStatus, "\(paths.a) or \(paths.b): \(error)")
    }
  }

  private func addWhy(to report: inout BisectReport, _ readers: Sides<TraceReader>, _ shouldStop: @escaping () -> Bool)
    throws
  {
    guard let parting = report.parting, let subject = BisectWhy.subject(parting) else { return }
    let isQuick =
      parting.step < BisectWhy.shortSteps || !readers.a.checkpoints.isEmpty && !readers.b.checkpoints.isEmpty
    guard tellsWhy ?? isQuick else {
      return report.notes.append("where \(subject.name) came from takes a while without checkpoints: --why tells it")
    }
    var why = BisectWhy(subject)
    why.a = try BisectWhy.told(
      subject, behind: parting, readers.a, files: images.files.a, symbols, shouldStop: shouldStop)
    why.b = try BisectWhy.told(
      subject, behind: parting, readers.b, files: images.files.b, symbols, shouldStop: shouldStop)
    report.why = why
  }

  private var sides: Sides<RecordedSide<VirtBoard>> {
    func side(_ path: String, _ files: [ImageRole: String]) -> RecordedSide<VirtBoard> {
      RecordedSide(open: { try TraceFile.open(path) }, make: { try TraceMachine.make($0, files: files) })
    }
    return Sides(side(paths.a, images.files.a), side(paths.b, images.files.b))
  }

  /// Symbols are for people: images without them, or that are not there, are no reason not to compare.
  private func names(_ reader: TraceReader) throws -> SymbolIndex {
    guard symbols.symbols.isEmpty else {
      return try TraceSymbols(reader, files: images.files.a, options: symbols).index
    }
    return (try? TraceSymbols(reader, files: images.files.a, options: symbols).index) ?? SymbolIndex()
  }

  private func subject(_ side: Side, _ reader: TraceReader) -> BisectReportBuilder.Subject {
    BisectReportBuilder.Subject(
      path: paths[side], kind: "trace", reader: reader, clockHertz: reader.clockHertz, isComplete: reader.isComplete,
      endReason: reader.end?.reason.word)
  }

  /// Compares a trace with a ladder alone.
  private func compare(_ trace: String, with ladderPath: String) throws -> BisectReport {
    let (ladder, reader) = (try LadderFile.read(ladderPath), try TraceFile.open(trace))
    let clockHertz = max(1, ladder.header.parameter("clockHertz") ?? reader.clockHertz)
    let subjects = Sides(
      BisectReportBuilder.Subject(
        path: ladderPath, kind: "ladder", reader: nil, clockHertz: clockHertz, isComplete: ladder.end != nil,
        endReason: ladder.reason),
      BisectReportBuilder.Subject(
        path: trace, kind: "trace", reader: reader, clockHertz: reader.clockHertz, isComplete: reader.isComplete,
        endReason: reader.end?.reason.word))
    do {
      let outcome = try ladder.compare(with: reader)
      return try BisectReportBuilder(subjects: subjects, isForced: isForced, symbols: SymbolIndex()).report(
        outcome, nil)
    } catch let error as TraceError {
      throw TraceFile.failure(error, trace)
    }
  }
}

/// Ladders in files.
enum LadderFile {
  /// Whether the file at `path` is a ladder and not a trace.
  static func isOne(_ path: String) throws -> Bool {
    let file = try InputFile(path)
    let magic = Array(GoldenLadder.magic.utf8)
    return file.count >= magic.count ? try file.read(0..<magic.count) == magic : false
  }

  /// Reads the ladder at `path`.
  static func read(_ path: String) throws -> GoldenLadder {
    let bytes = try InputFile.contents(of: path, limit: GoldenLadder.byteCountMax)
    do {
      return try GoldenLadder(parsing: String(decoding: bytes, as: UTF8.self))
    } catch {
      throw Failure(
        ExitStatus.damaged, "\(path), \(error)", next: "reprise info --ladder TRACE > \(Show.shellWord(path))")
    }
  }
}

/// What two traces say of each other that this release cannot replay together.
struct FilesAlone {
  let sentences: [String]

  init(_ paths: Sides<String>, _ readers: Sides<TraceReader>) throws {
    var sentences = ["this release cannot replay both machines: what follows is from the files alone"]
    let inputs = try readers.map { try $0.inputs().map { [$0.slot] + $0.bytes } }
    sentences.append(
      inputs.a == inputs.b
        ? "the same \(Show.count(UInt64(inputs.a.count), "input")) entered, whatever their moments"
        : "\(Show.count(UInt64(inputs.a.count), "input")) entered A, \(Show.count(UInt64(inputs.b.count), "input")) B;"
          + " they are not the same")
    let ladders = try readers.map { try $0.rungs() }
    let ladder = LadderDifference(ladders.a, ladders.b)
    if let different = ladder.firstDifferent {
      sentences.append("the ladders differ from @\(different.a.moment.step.count) on")
    }
    sentences.append(try Self.consoles(readers))
    sentences += try Self.marks(readers)
    self.sentences = sentences
  }

  private static func consoles(_ readers: Sides<TraceReader>) throws -> String {
    let lines = try readers.map { reader in
      var bytes: [UInt8] = []
      try reader.effects(kinds: .output) { effect in
        if case .output(_, let byte) = effect.kind, bytes.count < 1 << 26 { bytes.append(byte) }
      }
      return bytes.split(separator: 10, omittingEmptySubsequences: false).map(Array.init)
    }
    if lines.a == lines.b { return "the consoles show the same \(Show.count(UInt64(lines.a.count), "line"))" }
    let first = zip(lines.a, lines.b).enumerated().first { $0.element.0 != $0.element.1 }
    guard let first else {
      return "the consoles show the same, as far as the shorter one goes: \(lines.a.count) and \(lines.b.count) lines"
    }
    return "the consoles differ first in line \(first.offset + 1): A shows \(Show.quoted(first.element.0)), B"
      + " \(Show.quoted(first.element.1))"
  }

  private static func marks(_ readers: Sides<TraceReader>) throws -> [String] {
    let marks = try readers.map { try $0.marks() }
    return marks.a.prefix(16).map { mark in
      let other = marks.b.first { $0.name == mark.name }.map { "@\($0.moment.step.count)" } ?? "not at all"
      return "mark \(mark.name): in A @\(mark.moment.step.count), in B \(other)"
    }
  }
}
