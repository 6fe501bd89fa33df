// The rest of the page: timelines, tables, trees, commands.

extension BisectPage {
  // MARK: - Timelines

  func timelines(_ page: inout Markup) {
    figure(
      "whole", timeline.whole, "Both runs from start to end",
      "Lane A above lane B, by steps. " + sentence, &page)
    if let near = timeline.near {
      figure(
        "near", near, "Around the parting",
        "Steps @\(Show.count(near.lowerBound)) to @\(Show.count(near.upperBound)).", &page)
    }
    page.element("details") { page in
      page.element("summary", "The timelines as tables")
      page.table(
        "Both runs", ["", "A", "B"],
        [
          ["rungs", Show.count(timeline.a.rungs.count), Show.count(timeline.b.rungs.count)],
          ["rungs that differ", different(timeline.a), different(timeline.b)],
          ["inputs", Show.count(timeline.a.inputs.count), Show.count(timeline.b.inputs.count)],
          [
            "interrupts", timeline.a.interrupts.map { Show.count($0.count) } ?? "not in the trace",
            timeline.b.interrupts.map { Show.count($0.count) } ?? "not in the trace",
          ],
          ["marks", Self.names(timeline.a.marks), Self.names(timeline.b.marks)],
        ])
      if let near = timeline.near { nearTable(near, &page) }
    }
  }

  private var sentence: String {
    guard let parting = timeline.parting else { return "" }
    return "They part at @\(Show.count(parting))."
  }

  private func figure(
    _ name: String, _ range: ClosedRange<UInt64>, _ title: String, _ description: String, _ page: inout Markup
  ) {
    page.element("figure") { page in
      page.element("figcaption", "\(title). \(description)")
      page.element("div", [("class", "scroll"), ("role", "region"), ("aria-label", title), ("tabindex", "0")]) {
        TimelineDrawing(
          timeline: timeline, range: range, name: name, title: title, description: description
        ).draw(into: &$0)
      }
    }
  }

  private func different(_ lane: BisectTimeline.Lane) -> String {
    Show.count(lane.rungs.filter { $0.state == .different }.count)
  }

  private static func names(_ marks: [BisectTimeline.Event]) -> String {
    let shown = marks.prefix(12).map { "\($0.text) @\(Show.count($0.step))" }
    return shown.joined(separator: ", ") + (marks.count > 12 ? ", and \(marks.count - 12) more" : "")
  }

  /// What happened around the parting, in order; the parting itself is a row of its own.
  private func nearTable(_ near: ClosedRange<UInt64>, _ page: inout Markup) {
    var rows: [(step: UInt64, cells: [String])] = []
    for (side, lane) in [("A", timeline.a), ("B", timeline.b)] {
      let events =
        lane.inputs.map { ($0.step, "input \($0.text)") } + lane.marks.map { ($0.step, "mark \($0.text)") }
        + (lane.interrupts ?? []).map { ($0, "interrupt") } + lane.rungs.map { ($0.step, "rung, \($0.state.rawValue)") }
      for (step, what) in events where near.contains(step) {
        rows.append((step, ["@\(Show.count(step))", side == "A" ? what : "", side == "B" ? what : ""]))
      }
    }
    rows.sort { $0.step < $1.step }
    let parting = timeline.parting ?? near.lowerBound
    let place = rows.firstIndex { $0.step >= parting } ?? rows.count
    var shown = rows[max(0, place - 20)..<min(rows.count, place + 20)].map(\.cells)
    shown.insert(["@\(Show.count(parting))", "they part", "they part"], at: min(place, 20))
    page.table("Around the parting", ["step", "A", "B"], shown, emphasised: min(place, 20))
  }

  // MARK: - Differences

  /// Words of memory that are shown at once.
  private static var wordsShown: Int { 16 }

  func differences(_ parting: BisectReport.Parting, _ page: inout Markup) {
    if parting.measure == "board" {
      page.element("p", "Memory differs from the start: the step was found by registers, devices and time alone.")
    }
    if !parting.registers.isEmpty {
      page.table(
        "Registers", ["register", "A", "B"],
        parting.registers.map { [$0.hart == 0 ? $0.name : "\($0.name) of hart \($0.hart)", $0.a, $0.b] })
    }
    let words = parting.memory.map { [$0.address, $0.symbol ?? "", $0.a, $0.b] }
    let headings = ["guest-physical address", "symbol", "A", "B"]
    if !words.isEmpty {
      page.table("Memory, in words of eight bytes", headings, Array(words.prefix(Self.wordsShown)))
    }
    if words.count > Self.wordsShown {
      page.element("details") { page in
        page.element("summary", "\(Show.count(UInt64(words.count - Self.wordsShown), "more word"))")
        page.table("More words of memory", headings, Array(words.dropFirst(Self.wordsShown)))
      }
    }
    let more = [(parting.moreWords, "word"), (parting.morePages, "page")].filter { $0.0 > 0 }
    if !more.isEmpty {
      page.element(
        "p", "And " + more.map { Show.count(UInt64($0.0), "more " + $0.1) }.joined(separator: " and ") + " of memory.")
    }
    guard !parting.fields.isEmpty else { return }
    let fields = parting.fields.map { [$0.path, $0.a, $0.b] }
    page.element("details", fields.count > 24 ? [] : [("open", "open")]) { page in
      page.element("summary", "\(Show.count(UInt64(fields.count), "field")) of the machine by name")
      page.table("Fields of the machine", ["field", "A", "B"], fields)
    }
  }

  // MARK: - Before

  func before(_ parting: BisectReport.Parting, _ page: inout Markup) {
    if !parting.recent.isEmpty {
      page.table(
        "The last instructions of both, and the one with which they part",
        ["step", "pc", "symbol", "source", "instruction"],
        (parting.recent + [parting.place]).map {
          ["@\(Show.count($0.step))", $0.pc, $0.symbol ?? "", $0.source ?? "", Self.deed($0)]
        }, emphasised: parting.recent.count)
    }
    page.element("h3", "Inputs")
    both(parting.inputsBefore.a, parting.inputsBefore.b, "inputs", ["step", "device", "bytes"], &page) {
      ["@\(Show.count($0.step))", $0.device, Self.bytes($0)]
    }
    guard let a = parting.interruptsBefore.a, let b = parting.interruptsBefore.b else { return }
    page.element("h3", "Interrupts")
    both(a, b, "interrupts", ["step", "interrupt", "at pc", "symbol"], &page) {
      ["@\(Show.count($0.step))", $0.causeName, $0.pc, $0.symbol ?? ""]
    }
  }

  /// One table when both sides have the same, and otherwise two side by side.
  private func both<Thing: Equatable>(
    _ a: [Thing], _ b: [Thing], _ noun: String, _ headings: [String], _ page: inout Markup,
    row: (Thing) -> [String]
  ) {
    if a == b {
      if a.isEmpty { return page.element("p", [("class", "quiet")], "None.") }
      return page.table("The last \(noun), the same on both sides", headings, a.map(row))
    }
    page.element("div", [("class", "two")]) { page in
      page.table("The last \(noun) of A", headings, a.map(row))
      page.table("The last \(noun) of B", headings, b.map(row))
    }
  }

  // MARK: - Why

  func why(_ page: inout Markup) {
    page.element(
      "p", "Each value with the step that wrote it and, below it, what that step made it of (Documentation/Why.md).")
    page.element("div", [("class", "two")]) { page in
      for why in whys {
        page.element("div") { page in
          page.element("h3", "\(why.value.name) in \(why.side)")
          page.element("ul", [("class", "tree")]) { branch(why.value, why.side, &$0) }
        }
      }
    }
  }

  private func branch(_ value: WhyValue, _ side: String, _ page: inout Markup) {
    page.element("li", [("id", "why-\(side)-\(value.number)")]) { page in
      guard !value.sources.isEmpty else { return line(value, side, &page) }
      page.element("details", [("open", "open")]) { page in
        page.element("summary") { line(value, side, &$0) }
        page.element("ul") { page in
          for source in value.sources { branch(source, side, &page) }
        }
      }
    }
  }

  private func line(_ value: WhyValue, _ side: String, _ page: inout Markup) {
    page.element("code", value.symbol.map { "\(value.name) \($0)" } ?? value.name)
    if value.isAddress { page.text(" (address)") }
    if let text = value.value {
      page.text(" = ")
      page.element("code", text)
    }
    if let same = value.sameAs {
      page.text(", ")
      page.element("a", [("href", "#why-\(side)-\(same)")], "shown elsewhere")
      return
    }
    let origin = value.description
    if !origin.isEmpty {
      page.text(", ")
      page.element("span", [("class", "quiet")], origin)
    }
  }

  // MARK: - The search and the commands

  func search(_ page: inout Markup) {
    var facts = [("rungs compared", Show.count(report.ladder.commonRungs))]
    if let same = report.ladder.lastSameStep { facts.append(("the same up to", "@\(Show.count(same))")) }
    if let different = report.ladder.firstDifferentStep {
      facts.append(("first that differs", "@\(Show.count(different))"))
    }
    if report.ladder.sameAgainRungs > 0 {
      facts.append(("the same again behind it", Show.count(report.ladder.sameAgainRungs)))
    }
    if let segment = report.segment {
      facts.append(("gone through", "@\(Show.count(segment.fromStep)) to @\(Show.count(segment.toStep))"))
    }
    facts.append(("machines compared", Show.count(UInt64(report.comparisons), "time")))
    facts.append(("steps run on both sides", Show.count(report.stepsRun)))
    page.facts(facts)
    guard !report.notes.isEmpty else { return }
    page.element("ul") { page in
      for note in report.notes { page.element("li", note) }
    }
  }

  func commands(_ page: inout Markup) {
    for (index, command) in report.commands.enumerated() {
      page.element("div", [("class", "command")]) { page in
        page.element("pre", [("tabindex", "0")]) { $0.element("code", [("id", "command-\(index)")], command) }
        page.element(
          "button",
          [
            ("type", "button"), ("data-copy", "command-\(index)"), ("aria-label", "Copy: \(command)"),
            ("hidden", "hidden"),
          ], "Copy")
      }
    }
  }
}
