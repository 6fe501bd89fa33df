// A bisection for people: the answer first, then what it rests on.
extension BisectReport {
  private static var fieldsShown: Int { 24 }
  private static var wordsShown: Int { 12 }

  /// Several lines of text.
  var text: String {
    var lines = [headline]
    lines += machine.map { "  \($0.name): A has \($0.a), B has \($0.b)" }
    if let input { lines += inputLines(input) }
    if let divergence { lines += divergenceLines(divergence) }
    if let parting {
      lines += placeLines(parting)
      lines += differenceLines(parting)
      lines += why?.lines ?? []
      lines += contextLines(parting)
    } else if let segment {
      lines.append("  between @\(segment.fromStep) and @\(segment.toStep)")
    }
    lines += searchLines
    lines += notes.map { "note: \($0)" }
    if !commands.isEmpty { lines += ["to look:"] + commands.map { "  \($0)" } }
    return lines.joined(separator: "\n")
  }

  /// The answer in a line.
  var headline: String {
    let place = parting.map { ": A and B part at \(Self.place($0))" } ?? ""
    switch verdict {
    case "identical":
      return sides.a.isComplete && sides.b.isComplete
        ? "identical: the same machine, inputs, digests and end" : "identical as far as both recordings go"
    case "different-inputs": return "different inputs\(place)"
    case "different-state": return "same inputs, different state\(place)"
    case "different-machine":
      let felt = parting.map { "; first felt at \(Self.place($0))" } ?? ""
      return "different machine or images\(felt)"
    case "ended-early":
      let isA = (sides.a.last.steps, sides.a.last.cycles) < (sides.b.last.steps, sides.b.last.cycles)
      let last = isA ? sides.a.last : sides.b.last
      return "one ended early: the same up to the end of \(isA ? "A" : "B"), @\(last.steps)"
    case "replay-diverged":
      return "replay diverged: \(divergence.map { "\($0.side) (\($0.file))" } ?? "a side") is not what its replay does"
    default: return "interrupted before it was known"
    }
  }

  private static func place(_ parting: Parting) -> String {
    "@\(parting.step), cycle \(Show.count(parting.cycle)), guest time \(Show.time(parting.guestNanoseconds))"
  }

  private func inputLines(_ difference: InputDifference) -> [String] {
    func text(_ input: Input?) -> String {
      guard let input else { return "no more inputs" }
      return
        "\(input.device) \(Show.quoted(Array(input.text.utf8))) at @\(input.step), cycle \(Show.count(input.cycle))"
    }
    return ["  input \(difference.index): A has \(text(difference.a)); B has \(text(difference.b))"]
  }

  private func divergenceLines(_ divergence: ReplayDivergence) -> [String] {
    [
      "  after @\(divergence.lastCommonStep), found at @\(divergence.foundStep) (\(divergence.subject))",
      "  recorded: \(divergence.recorded)", "  replayed: \(divergence.replayed)",
    ]
  }

  // MARK: - The parting

  private func placeLines(_ parting: Parting) -> [String] {
    var lines = ["\(Self.line(parting.place))"]
    for (side, effects, entered) in [
      ("A", parting.done.a, parting.entered.a), ("B", parting.done.b, parting.entered.b),
    ] {
      let inputs = entered.map {
        "\($0.device) \(Show.quoted(Array($0.text.utf8))) entered at cycle \(Show.count($0.cycle))"
      }
      let all = inputs + effects
      if !all.isEmpty { lines.append("  in this step, \(side): \(all.joined(separator: "; "))") }
    }
    if parting.behind.a != parting.behind.b {
      lines.append(
        "  behind it A is at @\(parting.behind.a.steps), cycle \(Show.count(parting.behind.a.cycles)); B at"
          + " @\(parting.behind.b.steps), cycle \(Show.count(parting.behind.b.cycles))")
    }
    return lines
  }

  private static func line(_ instruction: Instruction) -> String {
    var line = "hart \(instruction.hart), \(instruction.privilege) mode, pc \(instruction.pc)"
    if let symbol = instruction.symbol { line += " \(symbol)" }
    if let source = instruction.source { line += ", \(source)" }
    return line + ": " + (instruction.interrupt.map { "\($0) interrupt" } ?? instruction.instruction ?? "not readable")
  }

  private func differenceLines(_ parting: Parting) -> [String] {
    var rows: [(String, String, String)] = parting.registers.map { ($0.name, $0.a, $0.b) }
    let words = parting.memory.prefix(Self.wordsShown)
    rows += words.map { ("[\($0.address)]" + ($0.symbol.map { " \($0)" } ?? ""), $0.a, $0.b) }
    let fields = parting.fields.prefix(Self.fieldsShown)
    rows += fields.map { ($0.path, $0.a, $0.b) }
    guard !rows.isEmpty else { return [] }
    let widths = (
      rows.map(\.0.count).max() ?? 0, max(1, rows.map(\.1.count).max() ?? 0)
    )
    var lines = ["what differs behind the step:"]
    lines.append("  \(Self.pad("", widths.0))  \(Self.pad("A", widths.1))  B")
    lines += rows.map { "  \(Self.pad($0.0, widths.0))  \(Self.pad($0.1, widths.1))  \($0.2)" }
    let more = parting.memory.count - words.count + parting.moreWords
    if more > 0 { lines.append("  and \(Show.count(UInt64(more))) more words of memory") }
    if parting.morePages > 0 { lines.append("  and \(Show.count(UInt64(parting.morePages))) more pages of memory") }
    if parting.fields.count > fields.count { lines.append("  and \(parting.fields.count - fields.count) more fields") }
    return lines
  }

  private func contextLines(_ parting: Parting) -> [String] {
    var lines: [String] = []
    if !parting.recent.isEmpty { lines.append("the last instructions of both:") }
    for instruction in parting.recent {
      let text = instruction.interrupt.map { "\($0) interrupt" } ?? instruction.instruction ?? "not readable"
      let symbol = instruction.symbol.map { "  \($0)" } ?? ""
      lines.append("  @\(instruction.step)  \(instruction.pc)\(symbol): \(text)")
    }
    if let (a, b) = Optional((parting.inputsBefore.a, parting.inputsBefore.b)), !a.isEmpty || !b.isEmpty {
      let shared = a == b
      lines.append("inputs before it\(shared ? ", the same on both sides" : ""):")
      lines += a.map { Self.text($0, shared ? "  " : "  A ") }
      if !shared { lines += b.map { Self.text($0, "  B ") } }
    }
    let (a, b) = (parting.interruptsBefore.a ?? [], parting.interruptsBefore.b ?? [])
    if !a.isEmpty || !b.isEmpty {
      let shared = a == b
      lines.append("interrupts before it\(shared ? ", the same on both sides" : ""):")
      lines += a.map { Self.text($0, shared ? "  " : "  A ") }
      if !shared { lines += b.map { Self.text($0, "  B ") } }
    }
    return lines
  }

  private static func text(_ input: Input, _ prefix: String) -> String {
    "\(prefix)@\(input.step)  \(input.device) \(Show.quoted(Array(input.text.utf8)))"
  }

  private static func text(_ interrupt: Interrupt, _ prefix: String) -> String {
    "\(prefix)@\(interrupt.step)  \(interrupt.causeName) at pc \(interrupt.pc)"
      + (interrupt.symbol.map { " \($0)" } ?? "")
  }

  private var searchLines: [String] {
    var line = "compared \(Show.count(UInt64(ladder.commonRungs), "common rung"))"
    if let step = ladder.firstDifferentStep {
      line += ", the first that differs at @\(step)"
      if ladder.sameAgainRungs > 0 {
        line += ", and \(Show.count(UInt64(ladder.sameAgainRungs))) behind it the same again"
      }
    } else if ladder.commonRungs > 0 {
      line += ", all the same"
    }
    guard comparisons > 0 else { return [line] }
    let moments = Show.count(UInt64(comparisons), "moment")
    return [line + "; machines at \(moments), with \(Show.count(stepsRun)) steps run on both sides"]
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
