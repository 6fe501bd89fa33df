/// Text in the language of manual pages: man(7) of groff and mandoc.
struct Roff {
  /// The page so far.
  private(set) var text = ""

  /// A request, with its arguments quoted.
  mutating func request(_ name: String, _ arguments: String...) {
    text += "." + name
    for argument in arguments { text += " \"" + Self.escaped(argument).replacing("\"", with: "\\(dq") + "\"" }
    text += "\n"
  }

  /// A paragraph each, as they stand between empty lines.
  mutating func paragraphs(_ content: String) {
    for (index, part) in Self.parts(content).enumerated() {
      if index > 0 { request("PP") }
      line(part)
    }
  }

  /// What is said of `term`, indented below it.
  mutating func item(_ term: String, _ content: String) {
    text += ".TP\n" + term + "\n"
    for (index, part) in Self.parts(content).enumerated() {
      if index > 0 { request("IP") }
      line(part)
    }
  }

  /// Plain text. A line that begins with a dot would be a request.
  mutating func line(_ content: String) {
    for line in Self.escaped(content).split(separator: "\n", omittingEmptySubsequences: false) {
      text += (line.hasPrefix(".") ? "\\&" : "") + line + "\n"
    }
  }

  /// A line that is in this language already.
  mutating func raw(_ content: String) { text += content + "\n" }

  static func bold(_ word: String) -> String { "\\fB" + escaped(word) + "\\fR" }
  static func italic(_ word: String) -> String { "\\fI" + escaped(word) + "\\fR" }

  /// Every hyphen is one that can be copied to a shell.
  static func escaped(_ content: String) -> String {
    var result = ""
    for character in content {
      switch character {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case "'": result += "\\(aq"
      case "`": result += "\\(ga"
      case "^": result += "\\(ha"
      case "~": result += "\\(ti"
      default: result.append(character)
      }
    }
    return result
  }

  /// The paragraphs of `content`, each with its lines.
  private static func parts(_ content: String) -> [String] {
    let lines = content.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.split { $0.isEmpty }.map { $0.joined(separator: "\n") }
  }
}
