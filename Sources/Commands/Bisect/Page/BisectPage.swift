internal import FoundationEssentials
internal import Host

/// The report of a bisection as one page of HTML: self-contained, in both themes, readable with a keyboard.
struct BisectPage {
  let report: BisectReport
  let timeline: BisectTimeline
  /// Where values that differ came from, with the side.
  var whys: [(side: String, value: WhyValue)] = []

  /// The page.
  var text: String {
    var page = Markup()
    page.element("html", [("lang", "en"), ("xmlns", "http://www.w3.org/1999/xhtml")]) { page in
      page.element("head") { head(&$0) }
      page.element("body") { body(&$0) }
    }
    return "<!DOCTYPE html>\n" + page.text
  }

  /// Nothing but this style and this script: whatever came from a guest could not run, even if it were not escaped.
  private static let policy =
    "default-src 'none'; style-src '\(hash(BisectPageStyle.sheet))'; script-src '\(hash(BisectPageStyle.script))';"
    + " base-uri 'none'; form-action 'none'"

  private static func hash(_ content: String) -> String {
    "sha256-" + Data(ContentDigest.sha256(Array(content.utf8))).base64EncodedString()
  }

  private func head(_ page: inout Markup) {
    page.void("meta", [("charset", "utf-8")])
    page.void("meta", [("http-equiv", "Content-Security-Policy"), ("content", Self.policy)])
    page.void("meta", [("name", "viewport"), ("content", "width=device-width, initial-scale=1")])
    page.element("title", "\(report.headline) – reprise bisect")
    page.raw("style", [], BisectPageStyle.sheet)
  }

  private func body(_ page: inout Markup) {
    page.element("a", [("class", "skip"), ("href", "#main")], "Skip to the answer")
    page.element("header") { page in
      page.element("h1", report.headline)
      page.element("button", [("type", "button"), ("id", "theme"), ("hidden", "hidden")], "Theme")
    }
    let sections = sections
    page.element("nav", [("aria-label", "On this page")]) { page in
      page.element("ul") { page in
        for section in sections {
          page.element("li") { $0.element("a", [("href", "#\(section.name)")], section.title) }
        }
      }
    }
    page.element("main", [("id", "main"), ("tabindex", "-1")]) { page in
      for section in sections {
        page.element("section", [("aria-labelledby", section.name)]) { page in
          page.element("h2", [("id", section.name)], section.title)
          section.write(&page)
        }
      }
    }
    page.element("p", [("id", "said"), ("role", "status"), ("class", "quiet")], "")
    page.element("footer") { page in
      page.element("p", "Written by reprise bisect. Steps count retired instructions and traps; @N is a position that")
      page.element("p") { page in
        page.text("every command of Reprise takes. The same as JSON: ")
        page.element("code", "reprise bisect --json")
        page.text(", schema \(report.schema).")
      }
    }
    page.raw("script", [], BisectPageStyle.script)
  }

  struct Section {
    let name: String
    let title: String
    let write: (inout Markup) -> Void

    init(_ name: String, _ title: String, _ write: @escaping (inout Markup) -> Void) {
      (self.name, self.title, self.write) = (name, title, write)
    }
  }

  private var sections: [Section] {
    var sections = [Section("answer", "Answer") { answer(&$0) }]
    sections.append(Section("timelines", "Timelines") { timelines(&$0) })
    if let parting = report.parting {
      sections.append(Section("differences", "What differs behind the step") { differences(parting, &$0) })
      sections.append(Section("before", "What came before") { before(parting, &$0) })
    }
    if !whys.isEmpty { sections.append(Section("why", "Where the values came from") { why(&$0) }) }
    sections.append(Section("search", "How it was found") { search(&$0) })
    if !report.commands.isEmpty { sections.append(Section("commands", "Commands to go on with") { commands(&$0) }) }
    return sections
  }
}

// MARK: - The answer

extension BisectPage {
  private static let verdicts = [
    "identical": ("identical", true), "different-inputs": ("different inputs", false),
    "different-state": ("same inputs, different state", false),
    "different-machine": ("different machine or images", false), "ended-early": ("one ended early", false),
    "replay-diverged": ("a replay differs from its recording", false), "interrupted": ("interrupted", false),
  ]

  private func answer(_ page: inout Markup) {
    let (words, isGood) = Self.verdicts[report.verdict] ?? (report.verdict, false)
    page.element("p") { $0.element("span", [("class", "verdict \(isGood ? "good" : "bad")")], words) }
    page.table(
      "The two recordings", ["", "A", "B"],
      [
        ["file", report.sides.a.file, report.sides.b.file],
        ["begins at step", Show.count(report.sides.a.first.steps), Show.count(report.sides.b.first.steps)],
        ["ends at step", Show.count(report.sides.a.last.steps), Show.count(report.sides.b.last.steps)],
        [
          "guest time at the end", Show.time(report.sides.a.last.guestNanoseconds),
          Show.time(report.sides.b.last.guestNanoseconds),
        ],
        ["why it ended", ending(report.sides.a), ending(report.sides.b)],
      ])
    if !report.machine.isEmpty {
      page.table("What the machines differ in", ["", "A", "B"], report.machine.map { [$0.name, $0.a, $0.b] })
    }
    if let input = report.input {
      page.table(
        "The first input that differs: number \(input.index + 1)", ["", "A", "B"],
        [
          [
            "step", input.a.map { "@\(Show.count($0.step))" } ?? "no more",
            input.b.map { "@\(Show.count($0.step))" } ?? "no more",
          ],
          ["device", input.a?.device ?? "", input.b?.device ?? ""],
          ["bytes", input.a.map(Self.bytes) ?? "", input.b.map(Self.bytes) ?? ""],
        ])
    }
    if let divergence = report.divergence {
      page.facts([
        ("side", divergence.side), ("file", divergence.file),
        ("last the same", "@\(Show.count(divergence.lastCommonStep))"),
        ("found at", "@\(Show.count(divergence.foundStep)), \(divergence.subject)"),
        ("recorded", divergence.recorded), ("replayed", divergence.replayed),
      ])
    }
    if let parting = report.parting { place(parting, &page) }
  }

  private func ending(_ side: BisectReport.Recorded) -> String {
    side.endReason ?? (side.isComplete ? "" : "the recording was cut short")
  }

  static func bytes(_ input: BisectReport.Input) -> String { "\(Show.quoted(Array(input.text.utf8))) (\(input.bytes))" }

  private func place(_ parting: BisectReport.Parting, _ page: inout Markup) {
    let place = parting.place
    page.element("h3", "The step with which they part")
    var facts = [
      ("step", "@\(Show.count(parting.step))"),
      ("time", "cycle \(Show.count(parting.cycle)), guest time \(Show.time(parting.guestNanoseconds))"),
      ("hart", "\(place.hart), \(place.privilege) mode"), ("pc", place.pc),
    ]
    if let symbol = place.symbol { facts.append(("symbol", symbol)) }
    if let source = place.source { facts.append(("source", source)) }
    facts.append((place.interrupt == nil ? "instruction" : "interrupt", Self.deed(place)))
    for (side, done, entered) in [("A", parting.done.a, parting.entered.a), ("B", parting.done.b, parting.entered.b)] {
      let inputs = entered.map { "\($0.device) \(Self.bytes($0)) entered" }
      if !(inputs + done).isEmpty { facts.append(("in this step, \(side)", (inputs + done).joined(separator: "; "))) }
    }
    if parting.behind.a != parting.behind.b {
      facts.append(
        ("behind it, A", "@\(Show.count(parting.behind.a.steps)), cycle \(Show.count(parting.behind.a.cycles))"))
      facts.append(
        ("behind it, B", "@\(Show.count(parting.behind.b.steps)), cycle \(Show.count(parting.behind.b.cycles))"))
    }
    page.facts(facts)
  }

  static func deed(_ step: BisectReport.Instruction) -> String {
    if let interrupt = step.interrupt { return "\(interrupt) interrupt" }
    return step.instruction?.split(separator: "\t").joined(separator: " ") ?? "not readable"
  }
}

extension Markup {
  /// A table that scrolls by itself when it is too wide: headings, and rows whose first cell is a heading too.
  mutating func table(_ caption: String, _ headings: [String], _ rows: [[String]], emphasised: Int? = nil) {
    element("div", [("class", "scroll"), ("role", "region"), ("aria-label", caption), ("tabindex", "0")]) { page in
      page.element("table") { page in
        page.element("caption", caption)
        page.element("thead") { page in
          page.element("tr") { page in
            for heading in headings {
              if heading.isEmpty { page.element("td", "") } else { page.element("th", [("scope", "col")], heading) }
            }
          }
        }
        page.element("tbody") { page in
          for (index, row) in rows.enumerated() {
            page.element("tr", index == emphasised ? [("class", "here")] : []) { page in
              for (column, cell) in row.enumerated() {
                let style = [("class", cell.count > 60 ? "mono long" : "mono")]
                if column == 0 {
                  page.element("th", [("scope", "row")], cell)
                } else {
                  page.element("td", style, cell)
                }
              }
            }
          }
        }
      }
    }
  }

  /// Names and what they are.
  mutating func facts(_ facts: [(String, String)]) {
    element("dl", [("class", "facts")]) { page in
      for (name, what) in facts {
        page.element("dt", name)
        page.element("dd") { $0.element("span", [("class", "mono")], what) }
      }
    }
  }
}
