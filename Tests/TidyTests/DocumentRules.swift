import Foundation

/// What is wrong with the decision records called `names`, if anything: they are numbered from 0001 without gaps.
func numberingProblems(_ names: [String]) -> [String] {
  names.sorted().enumerated().compactMap { index, name in
    let digits = String(index + 1)
    let number = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    return name.hasPrefix(number + "-") && name.hasSuffix(".md") ? nil : "\(name): expected \(number)-title.md"
  }
}

/// The headings every decision record has, in order.
let decisionHeadings = ["## Context", "## Decision", "## What is given up", "## How we would notice that it was wrong"]

/// What is wrong with one decision record, if anything.
func decisionProblems(_ file: SourceFile) -> [String] {
  var problems: [String] = []
  let number = file.name.prefix(4)
  if file.lines.first?.hasPrefix("# \(number). ") != true {
    problems.append("\(file.path): begins with `# \(number). Title`")
  }
  if file.lines.filter({ $0.hasPrefix("## ") }) != decisionHeadings {
    problems.append("\(file.path): its headings are \(decisionHeadings)")
  }
  if file.lines.count > 80 { problems.append("\(file.path): longer than a page (80 lines)") }
  return problems
}

/// The files and folders that `file` names, in backticks or as targets of links.
func namedPaths(in file: SourceFile) -> [(path: String, line: Int)] {
  var found: [(String, Int)] = []
  for (index, line) in file.lines.enumerated() {
    // Odd parts stand between backticks.
    for (place, part) in line.split(separator: "`", omittingEmptySubsequences: false).enumerated() where place % 2 == 1
    {
      let first = part.split(separator: " ").first.map(String.init) ?? ""
      if looksLikePath(first) { found.append((first, index + 1)) }
    }
    for part in line.components(separatedBy: "](").dropFirst() {
      let target = String(part.prefix { $0 != ")" && $0 != "#" })
      if !target.isEmpty, !target.contains("://") { found.append((target, index + 1)) }
    }
  }
  return found
}

private let tops = ["Sources", "Tests", "Tools", "Scenarios", "Traces", "Documentation", ".ci"]

private func looksLikePath(_ text: String) -> Bool {
  let allowed = text.unicodeScalars.allSatisfy {
    $0.properties.isAlphabetic || "0123456789/._+-".unicodeScalars.contains($0)
  }
  guard allowed, !text.hasPrefix("/") else { return false }
  return tops.contains { text.hasPrefix($0 + "/") } || text.hasSuffix(".swift") || text.hasSuffix(".md")
}

/// Whether `path`, named in the document at `document`, is there: from the root, beside the document, or, for a bare
/// name of a Swift file, anywhere under `Sources` and `Tests`.
func isThere(_ path: String, namedIn document: String, files: [SourceFile]) -> Bool {
  let folder = document.split(separator: "/").dropLast().joined(separator: "/")
  if Repository.exists(path) || Repository.exists(folder + "/" + path) { return true }
  return path.hasSuffix(".swift") && files.contains { $0.path.hasSuffix("/" + path) }
}
