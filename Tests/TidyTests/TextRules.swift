import Foundation

// Written in two parts, so that this file does not break its own rule.
private let reminders = ["TO" + "DO", "FIX" + "ME", "X" + "XX"]
private let homes = ["/ho" + "me/", "/Us" + "ers/", "/wo" + "rk/", "/ro" + "ot/", "/t" + "mp/bash"]

/// The rules about text and files.
let textRules: [Rule] = [
  Rule(
    name: "reminders name an issue",
    canaries: reminders.map { SourceFile("Tools/canary", "# \($0): later") },
    decoys: [SourceFile("Tools/decoy", "# \(reminders[0]) #12: when the clock can be set. \(reminders[0])S")]
  ) { file in
    file.lines.enumerated().compactMap { index, line in
      guard let reminder = reminders.first(where: { words(line).contains(Substring($0)) }) else { return nil }
      guard !line.contains(reminder + " #"), !line.contains(reminder + "(#") else { return nil }
      return file.finding(index + 1, "\(reminder) without an issue: write `\(reminder) #12: …`, or do it")
    }
  },
  Rule(
    name: "no paths of one machine",
    canaries: homes.map { SourceFile("Sources/Bits/Canary.swift", "let path = \"\($0)me/guest.elf\"") },
    decoys: [SourceFile("Documentation/Decoy.md", "Sources/RISCV" + homes[2] + " https://example.org" + homes[0])]
  ) { file in
    file.lines.enumerated().compactMap { index, line in
      guard let home = homes.first(where: { beginsPath($0, in: line) }) else { return nil }
      return file.finding(index + 1, "a path on one machine (\(home)…): name it from the root of the repository")
    }
  },
  Rule(
    name: "no file without content",
    canaries: [
      SourceFile("Sources/Bits/Placeholder.swift", "// To come.\n"),
      SourceFile("Sources/Bits/Canary.swift", "// Nothing\n"),
    ],
    decoys: [SourceFile("Sources/Bits/Decoy.swift", "let a = 1")]
  ) { file in
    let isEmpty = file.isSwift && file.tokens.isEmpty
    guard isEmpty || file.name == "Placeholder.swift" else { return [] }
    return [file.finding(1, "a file without a reason: give it content, or take it away")]
  },
  Rule(
    name: "scripts can be run, stop at errors and say how to use them",
    canaries: [
      SourceFile("Tools/canary", "#!/bin/bash\n# Tools/canary FILE\nset -euo pipefail\n"),
      SourceFile("Tools/canary", "#!/bin/bash\n# Tools/canary FILE\nset -e\n", isExecutable: true),
      SourceFile("Tools/canary", "#!/bin/bash\n# Does things.\nset -euo pipefail\n", isExecutable: true),
      SourceFile("Tools/canary", "echo\n", isExecutable: true),
      SourceFile("Scenarios/guests/canary/build", "#!/bin/bash\nset -euo pipefail\n"),
    ],
    decoys: [
      SourceFile("Tools/decoy", "#!/bin/bash\n# Tools/decoy FILE: does it.\nset -euo pipefail\n", isExecutable: true),
      SourceFile("Tools/checker/main.swift", "let a = 1"),
    ]
  ) { file in scriptFindings(file) },
]

private func words(_ line: String) -> [Substring] {
  line.split { !$0.isLetter && $0 != "_" }
}

/// Whether `home` stands in `line` where a path can begin.
private func beginsPath(_ home: String, in line: String) -> Bool {
  var rest = line[...]
  while let range = rest.range(of: home) {
    let before = range.lowerBound == line.startIndex ? nil : line[line.index(before: range.lowerBound)]
    if before.map({ !$0.isLetter && !$0.isNumber && !"._-}*".contains($0) }) ?? true { return true }
    rest = rest[range.upperBound...]
  }
  return false
}

private func scriptFindings(_ file: SourceFile) -> [Finding] {
  let parts = file.path.split(separator: "/")
  let isTool = parts.count == 2 && parts[0] == "Tools"
  guard isTool || file.isScript else { return [] }
  var findings: [Finding] = []
  if !file.isScript { findings.append(file.finding(1, "a script begins with #!")) }
  if !file.isExecutable { findings.append(file.finding(1, "a script is executable: chmod +x")) }
  guard isTool else { return findings }
  if !file.lines.contains("set -euo pipefail") { findings.append(file.finding(1, "no `set -euo pipefail`")) }
  // How to call it, in the comment at the top.
  let top = file.lines.dropFirst().prefix { $0.hasPrefix("#") }
  let isUsage = { (line: String) in
    line.hasPrefix("# \(file.name) ") || line.hasPrefix("# \(file.name):") || words(line).contains { $0 == "Usage" }
      || line.dropFirst().drop { $0 == " " }.hasPrefix(file.path)
  }
  if !top.contains(where: isUsage) {
    findings.append(file.finding(2, "the comment at the top does not say how to call it (`# \(file.path) FILE: …`)"))
  }
  return findings
}
