import Testing

@testable import Commands

@Suite struct ReportTests {
  private static func report(_ outputs: [String] = ["console: ok\n"]) -> JUnitReport {
    var report = JUnitReport(name: "reprise verify")
    for (number, output) in outputs.enumerated() {
      report.add(.init(suite: "one", name: "passed \(number)", seconds: 1.25, outcome: .passed, output: output))
    }
    report.add(
      .init(
        suite: "two", name: "a<b & \"c\"", seconds: 0.0004,
        outcome: .failed(type: "divergence", message: "line 1\nline 2", details: "at <@123>]]>\n"), output: "x",
        file: "Scenarios/a.yaml", line: 12))
    report.add(.init(suite: "one", name: "damaged", outcome: .error(type: "damaged", message: "m", details: "d")))
    report.add(.init(suite: "two", name: "left out", outcome: .skipped(message: "not today")))
    return report
  }

  @Test func aReportIsAsItsReadersWantIt() throws {
    let xml = Self.report().xml
    #expect(faultsOfJUnit(xml) == [])
    let root = try #require(XMLParser.root(of: xml))
    #expect(root.children.map { $0["name"] } == ["one", "two"])
    #expect(root["tests"] == "4" && root["failures"] == "1" && root["errors"] == "1" && root["time"] == "1.250")
    let failed = try #require(root.children[1].children.first)
    #expect(failed["name"] == "a<b & \"c\"" && failed["classname"] == "two" && failed["time"] == "0.000")
    #expect(failed.children[0]["message"] == "line 1\nline 2")
    #expect(failed.children[0].text == "Scenarios/a.yaml:12\nat <@123>]]>\n")
    #expect(failed.children[1].text == "x")
    #expect(root.children[0].children[1].attributes.contains { $0.name == "time" } == false)
  }

  /// What a guest may send: none of it may make the report unreadable, or pass for something else in it.
  @Test(arguments: [
    ("\u{0}a\u{7}b\u{8}\u{7f}\u{9b}c", "abc"), ("\u{1b}[1;31mred\u{1b}[0m, \u{1b}Mx\u{1b}", "red, Mx"),
    ("]]></system-out><failure/>", "]]></system-out><failure/>"), ("a & b &amp; &#0;", "a & b &amp; &#0;"),
    ("one\r\ntwo\ttab\n", "one\ntwo\ttab\n"), ("\u{fffe}\u{ffff}\u{1ffff}ü😀", "ü😀"), ("\u{1b}[99999", ""),
    (String(decoding: [0xff, 0xc0, 0x41] as [UInt8], as: UTF8.self), "\u{fffd}\u{fffd}A"),
  ])
  func guestOutputIsKeptAsText(_ output: String, _ kept: String) throws {
    let xml = Self.report([output]).xml
    #expect(faultsOfJUnit(xml) == [])
    let shown = try #require(XMLParser.root(of: xml)).children[0].children[0].children.first
    #expect(shown?.text ?? "" == kept)
  }

  @Test func ofALongOutputTheEndIsKept() throws {
    let xml = Self.report([String(repeating: "é", count: 200_000) + "the end"]).xml
    #expect(faultsOfJUnit(xml) == [])
    #expect(xml.contains("bytes before this are left out]") && xml.contains("the end</system-out>"))
    #expect(xml.utf8.count < JUnitReport.outputBytesMax + 4096)
  }

  @Test func anEmptyReportIsAReport() {
    #expect(faultsOfJUnit(JUnitReport(name: "nothing").xml) == [])
  }

  /// The canary of the check itself.
  @Test(arguments: [
    ("tests=\"4\"", "tests=\"5\""), ("failures=\"1\"", "failures=\"0\""), ("skipped=\"1\"", "skipped=\"2\""),
    ("console: ok", "console: \u{1b}ok"), ("console: ok", "console: \u{0}ok"), ("console: ok", "]]>"),
    ("console: ok", "&nbsp;"), ("&amp;", "&"), ("classname", "class"), ("<system-out>", "<stdout>"),
    ("passed 0", "damaged"), ("time=\"1.250\"", "time=\"1,250 s\""), ("</testsuites>", ""), ("name=\"two\"", ""),
    ("<testcase", "text<testcase"), ("</testsuites>", "</testsuites><more/>"), ("type=\"damaged\"", "type=\"<\""),
  ])
  func aSpoiltReportIsFound(_ good: String, _ bad: String) {
    let xml = Self.report().xml
    let spoilt = xml.replacing(good, with: bad, maxReplacements: 1)
    #expect(spoilt != xml)
    #expect(faultsOfJUnit(spoilt) != [])
  }

  @Test func theSummaryIsAddedToTheFileOfTheStep() throws {
    let folder = try Folder()
    let path = try folder.write("summary.md", Array("before\n".utf8))
    var notes = ""
    var streams = Streams(
      output: { _ in true },
      error: {
        notes += String(decoding: $0, as: UTF8.self); return true
      })
    StepSummary.append(markdown: "nobody asks", streams)
    streams.environment = { $0 == "GITHUB_STEP_SUMMARY" ? path : nil }
    StepSummary.append(markdown: "# One", streams)
    StepSummary.append(markdown: "# Two\n", streams)
    #expect(try String(decoding: folder.read("summary.md"), as: UTF8.self) == "before\n# One\n# Two\n")
    #expect(notes.isEmpty)
    StepSummary.append(markdown: String(repeating: "a line\n", count: 300_000), streams)
    #expect(try folder.read("summary.md").count < 1 << 20)
    #expect(try String(decoding: folder.read("summary.md"), as: UTF8.self).hasSuffix("too long for this page.*\n"))
    streams.environment = { $0 == "GITHUB_STEP_SUMMARY" ? folder.file("no/such/folder") : nil }
    StepSummary.append(markdown: "# Three", streams)
    #expect(notes.contains("note: no summary"))
  }

  @Test func markdownTakesTextAsItIs() {
    #expect(Markdown.plain("a|b <x> *c*\n") == "a\\|b \\<x\\> \\*c\\*\\\\n")
    #expect(Markdown.code("a`b|c") == "``a`b\\|c``")
    #expect(Markdown.code("`") == "`` ` ``")
    #expect(Markdown.table(["one", "two"], [["1", "2"]]) == "| one | two |\n| --- | --- |\n| 1 | 2 |\n")
  }

  @Test func errorsAreAnnotatedWhereGitHubRunsThis() {
    var notes = ""
    var streams = Streams(
      output: { _ in true },
      error: {
        notes += String(decoding: $0, as: UTF8.self); return true
      })
    Annotations.error(title: "t", message: "m", streams)
    #expect(notes.isEmpty)
    streams.environment = { $0 == "GITHUB_ACTIONS" ? "true" : nil }
    Annotations.error(file: "a,b:c.yaml", line: 3, title: "50% off", message: "one, 2: 100 %\r\ntwo", streams)
    Annotations.error(title: "t", message: "::error::x", streams)
    #expect(
      notes == "::error file=a%2Cb%3Ac.yaml,line=3,title=50%25 off::one, 2: 100 %25%0D%0Atwo\n"
        + "::error title=t::::error::x\n")
  }
}
