/// What a target may import (DESIGN §2). `Package.swift` may allow a target less than its line here, never more.
struct TargetLine: Sendable {
  let name: String
  let place: Place
  let imports: [String]

  enum Place: Sendable {
    /// Inside the wall: no sight of the host.
    case inside
    /// Outside the wall.
    case outside
    /// A module map or C code; `imports` are the headers it may include.
    case shim
  }

  init(_ name: String, _ place: Place, _ imports: [String] = []) {
    (self.name, self.place, self.imports) = (name, place, imports)
  }
}

/// One line a target.
let targetTable: [TargetLine] = [
  TargetLine("Bits", .inside),
  TargetLine("VirtualTime", .inside),
  TargetLine("StateCoding", .inside, ["CXXHash"]),
  TargetLine("SoftFloat", .inside, ["Bits"]),
  TargetLine("Backplane", .inside, ["Bits", "VirtualTime", "StateCoding", "CPages"]),
  TargetLine("HostCode", .inside, ["CPages"]),
  TargetLine(
    "RISCV", .inside, ["Bits", "VirtualTime", "StateCoding", "SoftFloat", "Backplane", "HostCode", "CPages"]),
  TargetLine("Devices", .inside, ["Bits", "VirtualTime", "StateCoding", "Backplane"]),
  TargetLine("Boards", .inside, ["Bits", "VirtualTime", "StateCoding", "Backplane", "RISCV", "Devices"]),
  TargetLine("Archive", .inside, ["Bits", "VirtualTime", "CZstd", "CXXHash"]),
  TargetLine("Timeline", .inside, ["VirtualTime", "StateCoding", "Backplane", "Archive", "Synchronization"]),
  TargetLine("GDBRemote", .inside),
  TargetLine(
    "Debugger", .inside, ["Archive", "Backplane", "Bits", "GDBRemote", "StateCoding", "Timeline", "VirtualTime"]),
  TargetLine("Scenario", .inside, ["VirtualTime", "Backplane"]),
  TargetLine("Export", .inside, ["VirtualTime", "Backplane", "RISCV"]),

  TargetLine(
    "Host", .outside, ["Backplane", "VirtualTime", "CCrypto", "FoundationEssentials", "Glibc", "Synchronization"]),
  TargetLine("ScenarioFile", .outside, ["Backplane", "Scenario", "VirtualTime", "CYAML"]),
  TargetLine("Symbols", .outside, ["Bits", "CElfutils", "Synchronization"]),
  TargetLine(
    "Commands", .outside,
    [
      "Archive", "ArgumentParser", "Backplane", "Boards", "Debugger", "Devices", "Export", "GDBRemote", "Host",
      "RISCV", "Scenario", "ScenarioFile", "StateCoding", "Symbols", "Timeline", "VirtualTime", "FoundationEssentials",
    ]),
  TargetLine("reprise", .outside, ["Commands"]),
  TargetLine("testfloat-check", .outside, ["SoftFloat", "Glibc", "Musl", "Darwin"]),
  TargetLine(
    "time-travel-bench", .outside, ["Backplane", "Boards", "Commands", "StateCoding", "Timeline", "VirtualTime"]),
  TargetLine(
    "bisect-check", .outside,
    ["Archive", "Backplane", "Boards", "Glibc", "Host", "Support", "Timeline", "VirtualTime"]),
  TargetLine("fuzz", .outside, ["Fuzzing", "GDBRemote", "Glibc", "RISCV", "Support", "Synchronization"]),

  TargetLine("CPages", .shim, ["CPages.h", "cpuid.h", "stddef.h", "stdint.h", "sys/mman.h", "unistd.h"]),
  TargetLine("CZstd", .shim, ["zstd.h", "zstd_errors.h"]),
  TargetLine("CXXHash", .shim, ["xxhash.h"]),
  TargetLine("CCrypto", .shim, ["openssl/evp.h", "openssl/sha.h"]),
  TargetLine("CYAML", .shim, ["yaml.h"]),
  TargetLine("CElfutils", .shim, ["dwarf.h", "elfutils/libdw.h", "gelf.h", "libelf.h"]),
]

/// A target as `Package.swift` declares it.
struct DeclaredTarget: Hashable, Sendable {
  let name: String
  let isTest: Bool
  let dependencies: [String]
}

/// The targets of the manifest in `tokens`, in its own ways of declaring them: `library(…)`, `tests(…)`,
/// `.target(…)`, `.executableTarget(…)` and `.systemLibrary(…)`, each with its name as a literal.
func declaredTargets(_ tokens: [Token]) -> [DeclaredTarget] {
  var targets: [DeclaredTarget] = []
  for (index, token) in tokens.enumerated() {
    guard ["library", "tests", "target", "executableTarget", "systemLibrary"].contains(token.text),
      index + 2 < tokens.count, tokens[index + 1].text == "("
    else { continue }
    var place = index + 2
    if tokens[place].text == "name", place + 2 < tokens.count { place += 2 }
    guard tokens[place].isString else { continue }
    let isTest = token.text == "tests"
    let listed = token.text == "systemLibrary" ? [] : firstList(tokens, from: place)
    targets.append(
      DeclaredTarget(
        name: tokens[place].content + (isTest ? "Tests" : ""), isTest: isTest,
        dependencies: listed + (isTest ? ["Support"] : [])))
  }
  return targets
}

/// The names in the first bracket of a call whose parenthesis is open at `start`; none when it closes before.
private func firstList(_ tokens: [Token], from start: Int) -> [String] {
  var names: [String] = []
  var isOpen = false
  for token in tokens[start...] {
    switch token.text {
    case "[": isOpen = true
    case "]": return names
    case ")" where !isOpen: return []
    case "argumentParser" where isOpen: names.append("ArgumentParser")
    default: if isOpen, token.isString { names.append(token.content) }
    }
  }
  return names
}

/// The modules that a Swift file imports.
func imports(of file: SourceFile) -> [(module: String, line: Int)] {
  var found: [(String, Int)] = []
  for (index, token) in file.tokens.enumerated() where token.text == "import" && index + 1 < file.tokens.count {
    // `import struct Module.Name` names its kind first.
    let kinds = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
    var place = index + 1
    if kinds.contains(file.tokens[place].text), place + 1 < file.tokens.count { place += 1 }
    found.append((file.tokens[place].text, token.line))
  }
  return found
}

/// Modules of the toolchain that tests may import besides their dependencies.
private let testModules = ["Testing", "Foundation", "FoundationEssentials", "Glibc", "Synchronization"]

/// Whether `file` imports only what its target may. `declared` are the targets of `Package.swift`.
func importRule(declared: [DeclaredTarget]) -> Rule {
  Rule(
    name: "imports",
    canaries: [
      SourceFile("Sources/Devices/Canary.swift", "public import RISCV"),
      SourceFile("Sources/Archive/Canary.swift", "import struct Foundation.Date"),
      SourceFile("Sources/Timeline/Canary.swift", "internal import Devices"),
      SourceFile("Sources/Host/Canary.swift", "import Foundation"),
      SourceFile("Sources/Unlisted/Canary.swift", "let x = 1"),
      SourceFile("Sources/CPages/canary.c", "#include <time.h>"),
      SourceFile("Tests/BitsTests/Canary.swift", "@testable import Timeline"),
    ],
    decoys: [
      SourceFile("Sources/Devices/Decoy.swift", "// import RISCV\nlet x = \"import Foundation\""),
      SourceFile("Tests/BitsTests/Decoy.swift", "import Bits\nimport Foundation\nimport Testing"),
    ]
  ) { file in
    guard let target = file.target, file.isSwift || file.isC, !file.path.hasPrefix("Tests/") else {
      return testImports(file, declared)
    }
    guard let line = targetTable.first(where: { $0.name == target }) else {
      return [file.finding(1, "\(target) is not in the table of targets in Tests/TidyTests/TargetTable.swift")]
    }
    let used = file.isSwift ? imports(of: file) : includes(of: file)
    return used.filter { !line.imports.contains($0.module) }.map {
      file.finding(
        $0.line,
        "\(target) may not import \($0.module)\(advice($0.module, line.place)); it may import: "
          + (line.imports.isEmpty ? "nothing" : line.imports.joined(separator: ", ")))
    }
  }
}

private func testImports(_ file: SourceFile, _ declared: [DeclaredTarget]) -> [Finding] {
  guard file.isSwift, let target = file.target, let known = declared.first(where: { $0.name == target }) else {
    return file.isSwift && file.target != nil
      ? [file.finding(1, "its target is not in Package.swift")] : []
  }
  return imports(of: file).filter { !known.dependencies.contains($0.module) && !testModules.contains($0.module) }.map {
    file.finding($0.line, "\(target) may not import \($0.module): Package.swift does not list it as a dependency")
  }
}

private func includes(of file: SourceFile) -> [(module: String, line: Int)] {
  file.lines.enumerated().compactMap { index, line in
    let words = line.split(separator: " ")
    guard words.count == 2, words[0] == "#include" else { return nil }
    return (words[1].trimmingCharacters(in: ["<", ">", "\""]), index + 1)
  }
}

private func advice(_ module: String, _ place: TargetLine.Place) -> String {
  switch (module, place) {
  case ("Foundation", .outside): " (use FoundationEssentials)"
  case ("Foundation", _), ("FoundationEssentials", _), ("Glibc", _), ("Dispatch", _), ("Synchronization", _):
    " (the host is seen by the target Host alone, which turns it into inputs)"
  default: ""
  }
}

extension Substring {
  /// Without the characters of `set` at both ends.
  fileprivate func trimmingCharacters(in set: [Character]) -> String {
    var rest = self
    while let first = rest.first, set.contains(first) { rest = rest.dropFirst() }
    while let last = rest.last, set.contains(last) { rest = rest.dropLast() }
    return String(rest)
  }
}
