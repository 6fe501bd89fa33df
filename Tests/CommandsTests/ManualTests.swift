import ArgumentParser
import Testing

@testable import Commands

@Suite struct ManualTests {
  @Test func thereIsAPageForTheCommandAndForEachSubcommand() throws {
    let folder = try Folder()
    let result = reprise("manual", folder.path)
    #expect(result.status == 0)
    for name in ["reprise"] + Reprise.configuration.subcommands.map({ "reprise-" + $0._commandName }) {
      let page = String(decoding: try folder.read(name + ".1"), as: UTF8.self)
      #expect(page.hasPrefix(".TH \"\(name.uppercased().replacing("-", with: "\\-"))\" \"1\""))
      for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "SEE ALSO"] {
        #expect(page.contains("\n.SH \"\(section)\"\n"), "\(name) has no \(section)")
      }
    }
    // Written again, they are replaced, by the same bytes.
    let before = try folder.read("reprise-record.1")
    #expect(reprise("manual", folder.path).status == 0)
    #expect(try folder.read("reprise-record.1") == before)
  }

  @Test func aFolderThatIsNotThereIsSaid() throws {
    let result = reprise("manual", "/nowhere/of/all")
    #expect(result.status == 73)
    #expect(result.error.contains("/nowhere/of/all/reprise.1"))
    #expect(result.error.contains("try: mkdir -p /nowhere/of/all"))
  }

  @Test func exitStatusesAreThoseOfTheHelp() throws {
    let tree = try CommandTree.ofThisProgram()
    let list = ExitStatusList(in: try #require(tree.discussion))
    let numbers = list.entries.map(\.numbers)
    for status in ["0", "1", "3", "64", "65", "66", "70", "78", "124"] {
      #expect(numbers.contains(status), "the help does not tell of exit status \(status)")
    }
    #expect(list.entries.allSatisfy { !$0.numbers.isEmpty && !$0.meaning.isEmpty })
  }

  @Test func statusesMayBeSeveral() {
    let list = ExitStatusList(in: "First.\n\nExit status: 0 well; 129, 130 and 143 asked to end, by a signal.")
    #expect(list.before == "First.")
    #expect(list.entries.map(\.numbers) == ["0", "129, 130 and 143"])
    #expect(list.entries.map(\.meaning) == ["well", "asked to end, by a signal"])
    #expect(ExitStatusList(in: "Nothing of it.").entries.isEmpty)
  }

  @Test func textIsNeverTakenForARequest() {
    var roff = Roff()
    roff.paragraphs("'a' \\n -x\n.B\n\nsecond `b`")
    #expect(roff.text == "\\(aqa\\(aq \\en \\-x\n.B\n.PP\nsecond \\(gab\\(ga\n".replacing("\n.B", with: "\n\\&.B"))
    var title = Roff()
    title.request("SH", "a \"b\"")
    #expect(title.text == ".SH \"a \\(dqb\\(dq\"\n")
  }
}
