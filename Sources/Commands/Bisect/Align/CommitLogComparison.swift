internal import Archive
internal import Backplane
internal import Boards
internal import Export
internal import Host
internal import RISCV
internal import Symbols
internal import Timeline
internal import VirtualTime

/// Compares a commit log, of Spike or another machine, with a recording: instruction by instruction.
struct CommitLogComparison {
  var log: String
  var file: String
  var from: String?
  var to: String?
  var files: [ImageRole: String]
  var symbols: SymbolOptions
  var checkpointBytes: Int
  var mask: CommitLogMask
  /// Lines before the first one at this address are passed over.
  var startPC: UInt64?
  /// Only lines of this hart count.
  var hart = 0

  /// Compares and reports.
  /// - Returns: the exit status: 0 when all that was compared is the same, 1 when something differs.
  /// - Throws: `Failure`, `TraceError`.
  func perform(_ reader: TraceReader, isJSON: Bool, _ streams: Streams) throws -> Int32 {
    streams.beginInterruptible()
    let display = Display(streams: streams, isQuiet: true, isJSON: isJSON)
    let positions = Positions(reader, files: files, options: symbols)
    guard
      let window = try TraceWindow(
        reader, positions, from: from, to: to, files: files, checkpointBytes: checkpointBytes, display)
    else { return streams.signal().map(Interruption.exitStatus) ?? ExitStatus.success }
    var matcher = CommitLogMatcher(try entries(), mask, startPC: startPC)
    do {
      let isDone = try window.forEach(.steps, effects: [], display, file: file) { record in
        try matcher.note(record)
      }
      if !isDone, let signal = streams.signal() { return Interruption.exitStatus(for: signal) }
      try matcher.finish(isAtEnd: window.playback.moment >= window.end)
    } catch let error as CommitLogError {
      throw Failure(ExitStatus.damaged, "\(log): \(error)")
    }
    guard matcher.hasBegun else {
      throw Failure(
        ExitStatus.no,
        "\(log) begins at pc \(Show.address(matcher.wantedPC)), which the recording does not execute from"
          + " @\(window.start.step.count) on; give the place with --from")
    }
    let functions = FunctionMap((try? positions.symbols().index) ?? .init())
    let report = CommitLogReport(self, matcher, functions, clockHertz: reader.clockHertz)
    streams.print(isJSON ? JSONText.document(report) : report.text)
    return matcher.difference == nil ? ExitStatus.success : ExitStatus.no
  }

  /// The entries of the hart, read while they are asked for.
  private func entries() throws -> () throws -> CommitLogEntry? {
    let input: InputFile
    do {
      input = try InputFile(log)
    } catch {
      throw Failure(ExitStatus.missingInput, "\(error)")
    }
    var offset = 0
    var reader = CommitLogReader {
      let end = min(offset + 1 << 16, input.count)
      defer { offset = end }
      return offset < end ? try input.read(offset..<end) : []
    }
    let hart = hart
    return {
      while let entry = try reader.next() { if entry.hart == hart { return entry } }
      return nil
    }
  }
}

/// What `bisect --commit-log` reports. Described in Documentation/JSON.md.
struct CommitLogReport: Encodable, Equatable {
  struct Instruction: Encodable, Equatable {
    var pc: String
    var bits: String
    var privilege: String
    var instruction: String?
  }

  struct Value: Encodable, Equatable {
    var name: String
    var log: String?
    var trace: String?
  }

  struct Difference: Encodable, Equatable {
    var subject: String
    var logLine: UInt64?
    var step: UInt64
    var cycle: UInt64
    var guestNanoseconds: UInt64
    var symbol: String?
    var log: Instruction?
    var trace: Instruction?
    var values: [Value]
  }

  var schema = "reprise/bisect-commit-log/1"
  var log: String
  var trace: String
  var isSame: Bool
  /// Instructions that were the same.
  var commonInstructions: UInt64
  var firstLine: UInt64
  var firstStep: UInt64
  /// Steps of interrupt handlers that only one of them took, left out.
  var skippedSteps: UInt64
  var skippedLines: UInt64
  var ignored: [String]
  /// Which of the two ended first, when no difference was found.
  var endedFirst: String?
  var lastCommon: [Instruction]
  var difference: Difference?

  init(_ comparison: CommitLogComparison, _ matcher: CommitLogMatcher, _ functions: FunctionMap, clockHertz: UInt64) {
    (log, trace) = (comparison.log, comparison.file)
    isSame = matcher.difference == nil
    (commonInstructions, firstLine, firstStep) = (matcher.commonCount, matcher.firstLine, matcher.firstStep)
    (skippedSteps, skippedLines) = (matcher.skippedStepCount, matcher.skippedLineCount)
    ignored = comparison.mask.sentences
    endedFirst = matcher.endedFirst
    lastCommon = matcher.lastCommon.map { Self.instruction(pc: $0.pc, $0.bits, $0.byteCount, $0.mode) }
    difference = matcher.difference.map { found in
      let length = Length(found.record.start, clockHertz: clockHertz)
      return Difference(
        subject: found.subject.rawValue, logLine: found.entry?.line, step: length.steps, cycle: length.cycles,
        guestNanoseconds: length.guestNanoseconds,
        symbol: functions.isEmpty ? nil : functions.place(of: found.record.pc),
        log: found.entry.map { Self.instruction(pc: $0.pc, $0.bits, $0.byteCount, $0.mode) },
        trace: Self.instruction(pc: found.record.pc, found.record.bits, found.record.byteCount, found.record.mode),
        values: found.values.map {
          Value(name: $0.name, log: $0.log.map(Show.address), trace: $0.trace.map(Show.address))
        })
    }
  }

  private static func instruction(pc: UInt64, _ bits: UInt32, _ byteCount: UInt8, _ mode: UInt8) -> Instruction {
    let digits = String(bits, radix: 16)
    return Instruction(
      pc: Show.address(pc),
      bits: "0x" + String(repeating: "0", count: max(0, Int(byteCount) * 2 - digits.count)) + digits,
      privilege: VirtBoard.modeName(mode), instruction: Disassembler.text(Decoder.decode(bits), at: pc))
  }

  /// The report for people.
  var text: String {
    var lines = [
      "\(log), from line \(firstLine), against \(trace), from @\(firstStep):"
        + " \(Show.count(commonInstructions, "instruction")) the same"
    ]
    if !ignored.isEmpty { lines.append("left out: \(Show.list(ignored))") }
    if skippedSteps > 0 || skippedLines > 0 {
      lines.append(
        "passed over as handlers of interrupts: \(Show.count(skippedSteps, "step")) of the trace,"
          + " \(Show.count(skippedLines, "line")) of the log")
    }
    guard let difference else {
      lines.append(endedFirst.map { "no difference; the \($0) ends first" } ?? "no difference; both end here")
      return lines.joined(separator: "\n")
    }
    if !lastCommon.isEmpty {
      lines.append("the last instructions in common:")
      for one in lastCommon { lines.append("    \(Self.plain(one))") }
    }
    lines.append(
      "the first that differs, in \(difference.subject), at @\(difference.step), guest time"
        + " \(Show.time(difference.guestNanoseconds))" + (difference.symbol.map { ", \($0)" } ?? "")
        + (difference.logLine.map { ", line \($0) of the log" } ?? ""))
    lines.append("  log    \(difference.log.map(Self.plain) ?? "ends")")
    lines.append("  trace  \(difference.trace.map(Self.plain) ?? "ends")")
    for value in difference.values {
      lines.append("  \(value.name): log \(value.log ?? "not written"), trace \(value.trace ?? "not written")")
    }
    lines.append("To look: \(Show.command("reprise", "gdb", trace, "--at", "@\(difference.step)"))")
    return lines.joined(separator: "\n")
  }

  private static func plain(_ one: Instruction) -> String {
    "\(one.privilege) \(one.pc) (\(one.bits)) "
      + (one.instruction ?? "").split(separator: "\t", maxSplits: 1).joined(separator: " ")
  }
}
