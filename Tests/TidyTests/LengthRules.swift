import Foundation

private let fileLinesMax = 500
private let lineCharactersMax = 120
private let functionLinesMax = 70

/// The rules about length.
let lengthRules: [Rule] = [
  Rule(
    name: "file length",
    canaries: [SourceFile("Sources/Bits/Canary.swift", String(repeating: "let a = 1\n", count: 501))],
    decoys: [SourceFile("Sources/Bits/Decoy.swift", String(repeating: "let a = 1\n", count: 500))]
  ) { file in
    guard file.isSwift || file.isC || file.isScript, file.lines.count > fileLinesMax else { return [] }
    return [file.finding(fileLinesMax + 1, "\(file.lines.count) lines, more than \(fileLinesMax): split it by idea")]
  },
  Rule(
    name: "line length",
    canaries: [
      SourceFile("Sources/Bits/Canary.swift", String(repeating: "x", count: 121)),
      SourceFile("Tools/canary", "#!/bin/bash\n" + String(repeating: "x", count: 121)),
      SourceFile("CANARY.md", String(repeating: "x ", count: 61)),
    ],
    decoys: [
      SourceFile("Sources/Bits/Decoy.swift", String(repeating: "→", count: 120)),
      SourceFile("DECOY.md", "| " + String(repeating: "x ", count: 61)),
    ]
  ) { file in
    let isProse = file.path.hasSuffix(".md")
    guard file.isSwift || file.isC || file.isScript || isProse else { return [] }
    return file.lines.enumerated().compactMap { index, line in
      // A table row or an address cannot be wrapped.
      if isProse, line.hasPrefix("|") || line.contains("://") { return nil }
      guard line.utf8.count > lineCharactersMax, line.unicodeScalars.count > lineCharactersMax else { return nil }
      return file.finding(index + 1, "\(line.unicodeScalars.count) characters, more than \(lineCharactersMax)")
    }
  },
  functionRule,
]

private let functionExemptions = [
  Exemption(
    path: "Sources/RISCV/Engine/Engine+Dispatch.swift", function: "dispatch",
    reason: "the dispatch loop is one function so that its locals stay in registers: one short case an op"),
  Exemption(
    path: "Sources/RISCV/Engine/Code+Operation.swift", function: "init",
    reason: "one line an operation: a table in the form of a switch"),
]

private let functionRule = Rule(
  name: "function length",
  canaries: [
    SourceFile("Sources/Bits/Canary.swift", "func long(a: () -> Int = { 1 }) {\n" + lines(70) + "}"),
    SourceFile(
      "Sources/Bits/Canary.swift", "protocol A { func f()\n var g: Int { get } }\ninit() {\n" + lines(70) + "}"),
    SourceFile("Sources/Bits/Canary.swift", "var long: [Int] {\n" + lines(70) + "}"),
  ],
  decoys: [
    SourceFile("Sources/Bits/Decoy.swift", "func short() {\n" + lines(68) + "}"),
    SourceFile("Sources/Bits/Decoy.swift", "protocol A { func f() }\nstruct B {\n" + lines(80) + "}"),
    SourceFile("Sources/Bits/Decoy.swift", "let a = A.init()\nstruct B {\n" + lines(80) + "}"),
  ],
  exemptions: functionExemptions
) { file in
  functions(in: file).compactMap { function in
    let length = function.last - function.first + 1
    guard length > functionLinesMax else { return nil }
    if functionExemptions.contains(where: { $0.path == file.path && $0.function == function.name }) { return nil }
    return file.finding(
      function.first, "`\(function.name)` has \(length) lines, more than \(functionLinesMax): give its parts names")
  }
}

private func lines(_ count: Int) -> String { String(repeating: "a()\n", count: count) }

/// A function, initialiser, subscript or computed property with a body.
struct FunctionExtent: Hashable {
  let name: String
  let first: Int
  let last: Int
}

/// The functions of `file`, by counting braces.
func functions(in file: SourceFile) -> [FunctionExtent] {
  let code = file.tokens
  let keywords = ["func", "init", "deinit", "subscript", "var"]
  return code.indices.compactMap { start in
    let keyword = code[start].text
    guard keywords.contains(keyword), start == 0 || code[start - 1].text != "." else { return nil }
    guard let open = bodyStart(code, after: start, isVariable: keyword == "var") else { return nil }
    var depth = 0
    for place in open..<code.count {
      if code[place].text == "{" { depth += 1 }
      if code[place].text == "}" { depth -= 1 }
      guard depth == 0 else { continue }
      let isNamed = keyword == "func" || keyword == "var"
      return FunctionExtent(
        name: isNamed && start + 1 < code.count ? code[start + 1].text : keyword, first: code[start].line,
        last: code[place].line)
    }
    return nil
  }
}

/// Where the body of the declaration at `start` opens; `nil` when it has none, as in a protocol.
private func bodyStart(_ code: [Token], after start: Int, isVariable: Bool) -> Int? {
  let ends = ["func", "init", "deinit", "subscript", "var", "let", "case", "struct", "enum", "class", "extension", "}"]
  var depth = 0
  for place in (start + 1)..<max(start + 1, code.count) {
    let text = code[place].text
    if text == "(" || text == "[" { depth += 1 }
    if text == ")" || text == "]" { depth -= 1 }
    guard depth == 0 else { continue }
    if text == "{" { return place }
    if ends.contains(text) || (isVariable && text == "=") { return nil }
  }
  return nil
}
