import Debugger
import Testing
import VirtualTime

@testable import Commands

/// The page of a bisection: well-formed, closed to the outside, readable without a mouse, and safe whatever a guest or
/// a trace says.
@Suite struct BisectPageTests {
  /// What must never come out as more than text.
  private static let canary = "<img src=x onerror=alert(1)>\"'&amp;</script>\u{202e}\u{1b}[31m\u{0}"

  /// A report with everything in it, `words` wherever words of others may stand.
  private static func report(_ words: String) -> BisectReport {
    typealias Both = BisectReport.Both
    let (first, last) = (length(0), length(10_000))
    let input = BisectReport.Input(step: 4000, cycle: 8000, device: "uart", bytes: "3c", text: words)
    let other = BisectReport.Input(step: 4001, cycle: 8004, device: "uart", bytes: "3c", text: words)
    let instruction = BisectReport.Instruction(
      step: 4000, hart: 0, privilege: "machine", pc: "0x80000000", symbol: words, source: words, instruction: words)
    let interrupt = BisectReport.Interrupt(
      step: 3990, cycle: 7000, hart: 0, cause: 11, causeName: "machine external", pc: "0x80000004", symbol: words)
    func side(_ name: String) -> BisectReport.Recorded {
      BisectReport.Recorded(
        file: name + words, kind: "trace", first: first, last: last, isComplete: true, endReason: words)
    }
    var report = BisectReport(
      verdict: "different-inputs", isForced: false, sides: Both(side("a"), side("b")),
      machine: [.init(name: words, isImage: true, a: words, b: words)],
      input: .init(index: 0, a: input, b: nil),
      ladder: .init(
        commonRungs: 7, lastSameStep: 3000, firstDifferentStep: 4096, sameAgainRungs: 1, comparisons: 3),
      segment: .init(fromStep: 3000, toStep: 4096), comparisons: 12, stepsRun: 1234, notes: [words],
      commands: ["reprise gdb \(words)"])
    report.divergence = .init(
      side: "A", file: words, subject: words, lastCommonStep: 1, foundStep: 2, recorded: words, replayed: words)
    report.parting = .init(
      step: 4000, cycle: 8000, guestNanoseconds: 8000, measure: "board", place: instruction,
      behind: Both(length(4001), length(4002)), done: Both([words], []), entered: Both([input], []),
      registers: [.init(hart: 0, name: words, a: words, b: words)],
      fields: [.init(path: words, a: words, b: words)],
      memory: [.init(address: "0x80001000", symbol: words, a: words, b: words)], moreWords: 3, morePages: 1,
      recent: [instruction], inputsBefore: Both([input], [other]), interruptsBefore: Both([interrupt], []))
    return report
  }

  private static func length(_ steps: UInt64) -> Length {
    Length(.init(step: .init(steps), cycle: .init(steps * 2)), clockHertz: 1_000_000_000)
  }

  private static func timeline(_ words: String) -> BisectTimeline {
    var timeline = BisectTimeline()
    timeline.parting = 4000
    timeline.a = .init(
      first: 0, last: 10_000, rungs: [.init(step: 3000, state: .same), .init(step: 4096, state: .different)],
      inputs: [.init(step: 4000, text: words)], marks: [.init(step: 100, text: words)],
      interrupts: [10, 3990, 4005, 9000])
    timeline.b = .init(first: 0, last: 9000, rungs: [.init(step: 3000, state: .alone)], inputs: [], marks: [])
    return timeline
  }

  /// Where a value came from: two ways to one.
  private static func why(_ words: String) -> WhyValue {
    func node(_ number: Int, _ origin: WhyOrigin, _ sources: [WhyNode] = []) -> WhyNode {
      WhyNode(number: number, name: words, symbol: words, value: [1, 2], origin: origin, sources: sources)
    }
    let shared = node(3, .start(.memory(.image(role: words, name: words, offset: 4))))
    return WhyValue(node(1, .other, [node(2, .other, [shared]), node(4, .seen(3))]), clockHertz: 1_000_000_000)
  }

  private static func page(_ words: String = "words") -> String {
    BisectPage(report: report(words), timeline: timeline(words), whys: [("A", why(words)), ("B", why(words))]).text
  }

  @Test func itIsWellFormed() throws {
    let root = try StrictXML.parse(Self.page())
    #expect(root.name == "html" && root.attributes["lang"] == "en")
    // A checker has something that it must find.
    for broken in ["<p>", "<p><b></p></b>", "<p a=b></p>", "<p>&nbsp;</p>", "<p a=\"1\" a=\"2\"></p>", "<p>\u{1}</p>"] {
      #expect(throws: StrictXML.Fault.self) { try StrictXML.parse("<!DOCTYPE html>\n" + broken) }
    }
  }

  @Test func whatComesFromGuestsAndTracesIsText() throws {
    let page = Self.page(Self.canary)
    let root = try StrictXML.parse(page)
    #expect(root.all.filter { $0.name == "img" }.isEmpty)
    #expect(root.all.filter { $0.name == "script" }.count == 1)
    #expect(!page.contains("<img") && !page.contains("\u{202e}") && !page.contains("\u{1b}") && !page.contains("\u{0}"))
    #expect(root.allText.contains("<img src=x onerror=alert(1)>\"'&amp;</script>\\u{202e}\\u{1b}[31m\\u{0}"))
    for element in root.all { #expect(!element.attributes.keys.contains { $0.hasPrefix("on") }, "\(element.name)") }
  }

  @Test func itRefersToNothingOutside() throws {
    let root = try StrictXML.parse(Self.page())
    for element in root.all {
      #expect(!["link", "img", "iframe", "object", "embed", "base", "form", "use"].contains(element.name))
      for (key, value) in element.attributes where ["src", "href", "action", "xlink:href", "style"].contains(key) {
        #expect(key == "href" && value.hasPrefix("#"), "\(element.name) \(key)=\(value)")
      }
    }
    for word in ["@import", "url("] { #expect(!BisectPageStyle.sheet.contains(word)) }
    for word in ["fetch", "XMLHttpRequest", "import", "innerHTML", "eval"] {
      #expect(!BisectPageStyle.script.contains(word))
    }
    let policy = root.all.first { $0.attributes["http-equiv"] == "Content-Security-Policy" }?.attributes["content"]
    #expect(policy?.hasPrefix("default-src 'none'; style-src 'sha256-") == true)
    #expect(policy?.contains("unsafe") == false)
  }

  @Test func itCanBeReadWithAKeyboard() throws {
    let root = try StrictXML.parse(Self.page())
    let all = root.all
    let names = all.compactMap { $0.attributes["id"] }
    #expect(Swift.Set(names).count == names.count)
    for element in all {
      for key in ["aria-labelledby", "href", "data-copy"] {
        for name in (element.attributes[key] ?? "").split(separator: " ") {
          let name = name.hasPrefix("#") ? name.dropFirst() : name
          #expect(names.contains(String(name)), "\(element.name) \(key)=\(name)")
        }
      }
      if element.name == "section" { #expect(element.attributes["aria-labelledby"] != nil) }
      if element.name == "svg" { #expect(element.attributes["role"] == "img") }
      if element.name == "table" { #expect(element.children.first?.name == "caption") }
      if element.name == "th" { #expect(["row", "col"].contains(element.attributes["scope"])) }
      if element.attributes["class"] == "scroll" {
        #expect(element.attributes["tabindex"] == "0" && element.attributes["aria-label"] != nil)
      }
      if element.name == "button" { #expect(element.attributes["type"] == "button") }
      // Nobody's order of focus is changed.
      if let order = element.attributes["tabindex"] { #expect(["0", "-1"].contains(order)) }
    }
    for landmark in ["header", "nav", "main", "footer", "h1"] {
      #expect(all.filter { $0.name == landmark }.count == 1, "\(landmark)")
    }
    let body = try #require(all.first { $0.name == "body" })
    #expect(body.children.first?.attributes["href"] == "#main")
    // No heading is skipped.
    var level = 0
    for element in all where ["h1", "h2", "h3", "h4"].contains(element.name) {
      let next = Int(element.name.dropFirst()) ?? 9
      #expect(next <= level + 1, "\(element.allText)")
      level = next
    }
  }

  @Test func everyVerdictHasAPage() throws {
    for verdict in ["identical", "different-machine", "ended-early", "replay-diverged", "interrupted", "other"] {
      var report = Self.report("words")
      report.verdict = verdict
      (report.parting, report.input, report.commands, report.notes) = (nil, nil, [], [])
      let page = BisectPage(report: report, timeline: BisectTimeline()).text
      let root = try StrictXML.parse(page)
      #expect(root.all.contains { $0.attributes["class"]?.hasPrefix("verdict") == true })
      for element in root.all where element.attributes["href"]?.hasPrefix("#") == true {
        let name = String(element.attributes["href"]?.dropFirst() ?? "")
        #expect(root.all.contains { $0.attributes["id"] == name }, "\(verdict): \(name)")
      }
    }
  }
}

/// `reprise bisect --html`.
@Suite struct BisectPageCommandTests {
  @Test func aPageIsWrittenOfTwoRecordings() throws {
    let one = try EchoRecording()
    let other = one.folder.file("other.reprise")
    let result = reprise(
      "record", "-o", other, "--bios", one.guest, "-m", "16M", "--max-steps", "1000000", "--rung-interval", "10",
      "--type", "ac", "--when", "console:>", "--type", "q", "--when", "console:c")
    #expect(result.status == 0, "\(result.error)")
    let page = one.folder.file("page.html")
    let compared = reprise("bisect", one.trace, other, "--html", page)
    #expect(compared.status == 1 && compared.text.hasPrefix("different inputs"), "\(compared.error)")
    let root = try StrictXML.parse(String(decoding: one.folder.read("page.html"), as: UTF8.self))
    let text = root.allText
    #expect(text.contains("different inputs: A and B part at @"))
    #expect(text.contains(one.trace) && text.contains(other))
    #expect(text.contains("rung at @") && text.contains("interrupt"))
    #expect(root.all.filter { $0.name == "svg" }.count == 2)
    // The same recordings give the same page.
    let again = one.folder.file("again.html")
    _ = reprise("bisect", one.trace, other, "--html", again)
    #expect(try one.folder.read("again.html") == one.folder.read("page.html"))
  }

  @Test func aPageThatCannotBeWrittenSaysSo() throws {
    let recording = try EchoRecording()
    let result = reprise("bisect", recording.trace, recording.trace, "--html", "/nonexistent/page.html")
    #expect(result.status == ExitStatus.cannotCreate)
  }
}
