import Testing

private let manifest = Repository.whole.file("Package.swift")
private let declared = declaredTargets(manifest?.tokens ?? [])
private let rules = [importRule(declared: declared)] + wordRules + lengthRules + textRules

@Suite struct TidyTests {
  @Test("The repository keeps every rule", arguments: rules) func keeps(_ rule: Rule) {
    let violations = Repository.whole.files.flatMap { rule.violations(in: $0) }
    if !violations.isEmpty {
      Issue.record("\(rule.name):\n\(violations.map(\.description).joined(separator: "\n"))")
    }
  }

  @Test("Every rule notices what it is there for", arguments: rules) func canaries(_ rule: Rule) {
    #expect(!rule.canaries.isEmpty, "\(rule.name) has no canary")
    for canary in rule.canaries {
      #expect(!rule.violations(in: canary).isEmpty, "\(rule.name) does not notice: \(canary.lines)")
    }
  }

  @Test("No rule mistakes what is right", arguments: rules) func decoys(_ rule: Rule) {
    for decoy in rule.decoys {
      let violations = rule.violations(in: decoy)
      #expect(violations.isEmpty, "\(rule.name): \(violations.map(\.description))")
    }
  }

  @Test("Every exemption has a reason, and its file exists", arguments: rules) func exemptions(_ rule: Rule) {
    for exemption in rule.exemptions {
      #expect(!exemption.reason.isEmpty)
      let file = Repository.whole.file(exemption.path)
      #expect(file != nil, "\(exemption.path) is exempt from: \(rule.name), and does not exist")
      guard let file else { continue }
      if exemption.function.isEmpty {
        #expect(!rule.findings(file).isEmpty, "\(exemption.path) needs no exemption from: \(rule.name)")
      } else {
        #expect(
          functions(in: file).contains { $0.name == exemption.function && $0.last - $0.first >= 70 },
          "\(exemption.path) has no long `\(exemption.function)` any more: take the exemption away")
      }
    }
  }

  @Test("The whole repository is read") func readsEverything() {
    let files = Repository.whole.files
    #expect(files.contains { $0.path == "Sources/RISCV/Engine/Op.swift" })
    #expect(files.contains { $0.path == "Tools/need" && $0.isExecutable })
    #expect(files.contains { $0.path == "Tests/TidyTests/TidyTests.swift" })
  }
}

@Suite struct TargetTableTests {
  /// Folders of `Tests` that are libraries for tests.
  private static let libraries: Set = ["Support", "Fuzzing"]
  private static let inManifest = declared.filter { !$0.isTest && !libraries.contains($0.name) }

  @Test("The table and Package.swift list the same targets") func sameTargets() {
    #expect(Self.inManifest.map(\.name).sorted() == targetTable.map(\.name).sorted())
    #expect(Set(declared.map(\.name)).count == declared.count)
  }

  @Test("Package.swift lets no target depend on more than the table") func dependencies() {
    for target in Self.inManifest {
      let allowed = targetTable.first { $0.name == target.name }?.imports ?? []
      let more = target.dependencies.filter { !allowed.contains($0) }
      #expect(more.isEmpty, "\(target.name) depends on \(more) in Package.swift, and the table says it may not")
    }
  }

  @Test("What a target imports of ours, Package.swift lists") func declaredImports() {
    let ours = declared.map(\.name)
    for target in Self.inManifest {
      for file in Repository.whole.files(under: "Sources/" + target.name) where file.isSwift {
        for used in imports(of: file) where ours.contains(used.module) {
          #expect(
            target.dependencies.contains(used.module),
            "\(file.path):\(used.line): \(target.name) does not list \(used.module) in Package.swift")
        }
      }
    }
  }

  @Test("Every folder of sources and tests is a target, and the other way round") func folders() {
    let folders = Set(Repository.whole.files(under: "Sources").compactMap(\.target))
    let tools = ["testfloat-check", "time-travel-bench", "bisect-check", "fuzz"]
    #expect(folders == Set(Self.inManifest.map(\.name)).subtracting(tools))
    let tests = Set(Repository.whole.files(under: "Tests").compactMap(\.target))
    #expect(tests.subtracting(Self.libraries) == Set(declared.filter(\.isTest).map(\.name)))
  }

  @Test("The reader of manifests reads what is there") func manifestReader() {
    let text = """
      let targets = [
        .systemLibrary(name: "CX", pkgConfig: "x", providers: [.apt(["libx"])]), .target(name: "CP"),
        library("A"), library("B", ["A", argumentParser]),
        .executableTarget(name: "e", dependencies: ["B"], path: "Tools/e"), tests("A", ["A"]),
      ]
      """
    #expect(
      declaredTargets(Lexer.tokens(of: text)) == [
        DeclaredTarget(name: "CX", isTest: false, dependencies: []),
        DeclaredTarget(name: "CP", isTest: false, dependencies: []),
        DeclaredTarget(name: "A", isTest: false, dependencies: []),
        DeclaredTarget(name: "B", isTest: false, dependencies: ["A", "ArgumentParser"]),
        DeclaredTarget(name: "e", isTest: false, dependencies: ["B"]),
        DeclaredTarget(name: "ATests", isTest: true, dependencies: ["A", "Support"]),
      ])
  }
}
