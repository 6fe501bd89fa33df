internal import Archive
internal import Backplane
internal import Boards
internal import Timeline
internal import VirtualTime

/// What `shrink` reports, as JSON and as text. Described in Documentation/JSON.md.
struct ShrinkResult: Encodable {
  /// An input of the smaller run.
  struct Essential: Encodable {
    var cycle: UInt64
    var guestNanoseconds: UInt64
    var device: String
    var bytes: String
    var text: String
    var timing: String?
  }

  /// Why nothing smaller was looked for.
  enum End: String, Encodable {
    case minimal, budget, interrupted
  }

  var schema = "reprise/shrink/1"
  var file: String
  var trace: String
  var bytes: Int
  var fails: String
  var end: End
  var inputsBefore: Int
  var inputsAfter: Int
  /// Up to the failure.
  var lengthBefore: Length
  var lengthAfter: Length
  var runs: Int
  var runSteps: UInt64
  var inputs: [Essential]
  var parent: ParentReference
  var replayCommand: String
  var debugCommand: String

  init(
    _ command: ShrinkCommand, _ run: ShrunkRun, _ parent: ParentTrace, _ shrinker: Shrinker<VirtBoard>,
    failure: Moment, ended: InputReduction.Ended?, fails: String, byteCount: Int
  ) {
    let clockHertz = parent.reader.clockHertz
    (file, trace, bytes, self.fails) = (command.file, command.path, byteCount, fails)
    switch ended {
    case .budget: end = .budget
    case .interrupted: end = .interrupted
    case nil: end = .minimal
    }
    (inputsBefore, inputsAfter) = (shrinker.recorded.count, run.inputs.count)
    lengthBefore = Length(failure, clockHertz: clockHertz)
    lengthAfter = Length(run.failure, clockHertz: clockHertz)
    (runs, runSteps) = (shrinker.progress.runCount, shrinker.progress.steps)
    let board = parent.reader.header.board
    inputs = run.inputs.map { timed in
      Essential(
        cycle: timed.cycle.count,
        guestNanoseconds: Rate(1_000_000_000, per: clockHertz).ticks(for: timed.cycle.count),
        device: TraceFile.slotName(timed.input.slot.number, board: board), bytes: Show.hexadecimal(timed.input.bytes),
        text: String(decoding: timed.input.bytes, as: UTF8.self),
        timing: Postponement(timed.input).flatMap(VirtTiming.description(of:)))
    }
    self.parent = ParentReference(parent, at: run.left)
    replayCommand = Show.command("reprise", "replay", trace)
    debugCommand = Show.command("reprise", "gdb", trace, "--at", "end")
  }

  /// For people.
  var text: String {
    var lines = [
      "shrunk \(file): \(Show.count(inputsBefore, "input")) to \(Show.count(inputsAfter)),"
        + " \(Show.count(lengthBefore.steps)) steps up to the failure to \(Show.count(lengthAfter.steps)),"
        + " in \(Show.count(runs, "run"))",
      "it fails as before: \(fails)",
    ]
    switch end {
    case .minimal: break
    case .budget: lines.append("more could perhaps be taken away: --max-runs came first")
    case .interrupted: lines.append("interrupted: this is the smallest run so far")
    }
    lines.append(inputs.isEmpty ? "it fails without any input" : "the essential inputs, by guest time:")
    lines += Self.essentials(inputs)
    lines += [
      "wrote \(trace), \(Show.count(bytes)) bytes; it was replayed, and is the same at every rung and at the end",
      "replay it: \(replayCommand)", "debug it, at the failure: \(debugCommand)",
    ]
    return lines.joined(separator: "\n")
  }

  private static let lineCountMax = 40

  /// A line for each; keys that are pressed at the same time are one.
  private static func essentials(_ inputs: [Essential]) -> [String] {
    var lines: [Essential] = []
    for input in inputs {
      if let last = lines.last, last.device == input.device, last.cycle == input.cycle, input.timing == nil {
        lines[lines.count - 1].text += input.text
      } else {
        lines.append(input)
      }
    }
    let shown = lines.prefix(lineCountMax).map { line in
      let text = line.timing ?? Show.quoted(Array(line.text.utf8))
      return "  t=\(Show.time(line.guestNanoseconds))  \(line.device) \(text)"
    }
    return shown + (lines.count > lineCountMax ? ["  … and \(lines.count - lineCountMax) more"] : [])
  }
}
