import Testing

@Suite struct DocumentTests {
  private static let decisions = Repository.whole.files(under: "Documentation/Decisions")

  @Test("Decision records are numbered without gaps") func numbering() {
    #expect(!Self.decisions.isEmpty)
    #expect(numberingProblems(Self.decisions.map(\.name)) == [])
    #expect(numberingProblems(["0001-a.md", "0003-b.md"]).count == 1)
    #expect(numberingProblems(["0001-a.md", "0001-b.md"]).count == 1)
    #expect(numberingProblems(["1-a.md"]).count == 1)
  }

  @Test("Decision records have the four parts and fit on a page") func form() {
    for decision in Self.decisions { #expect(decisionProblems(decision) == []) }
    let good = (["# 0009. A title"] + decisionHeadings).joined(separator: "\n")
    #expect(decisionProblems(SourceFile("Documentation/Decisions/0009-a.md", good)) == [])
    #expect(decisionProblems(SourceFile("Documentation/Decisions/0009-a.md", "# A title\n## Context")).count == 2)
    let long = good + String(repeating: "\ntext", count: 80)
    #expect(decisionProblems(SourceFile("Documentation/Decisions/0009-a.md", long)).count == 1)
  }

  @Test("Every path that a document names exists") func paths() {
    let files = Repository.whole.files
    for document in files where document.path.hasSuffix(".md") && !document.path.hasPrefix("Scenarios/") {
      for named in namedPaths(in: document) {
        #expect(
          isThere(named.path, namedIn: document.path, files: files),
          "\(document.path):\(named.line) names \(named.path), which does not exist")
      }
    }
  }

  @Test("Paths that do not exist are noticed") func pathCanaries() {
    let document = SourceFile(
      "CANARY.md", "see `Sources/Nowhere/None.swift`, `None.swift`, [this](Documentation/None.md)\n`Op.swift` `a/b`")
    let named = namedPaths(in: document)
    #expect(
      named.map(\.path) == ["Sources/Nowhere/None.swift", "None.swift", "Documentation/None.md", "Op.swift"])
    let missing = named.filter { !isThere($0.path, namedIn: document.path, files: Repository.whole.files) }
    #expect(missing.map(\.path) == ["Sources/Nowhere/None.swift", "None.swift", "Documentation/None.md"])
  }

  @Test("The main documents are there, and ARCHITECTURE.md can be read in one sitting") func documents() {
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
      #expect(Repository.whole.file(name) != nil, "\(name) is missing")
    }
    #expect(Repository.exists("LICENSE"))
    #expect((Repository.whole.file("ARCHITECTURE.md")?.lines.count ?? 0) <= 300)
  }
}
