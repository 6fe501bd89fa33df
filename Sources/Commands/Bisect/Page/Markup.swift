/// HTML that is also well-formed XML, with everything that is put in as text escaped.
struct Markup {
  /// What has been written.
  private(set) var text = ""

  /// Nothing yet.
  init() {}

  /// What `body` writes.
  init(_ body: (inout Markup) -> Void) { body(&self) }

  /// Writes text; whatever is in it shows as it is and means nothing.
  mutating func text(_ words: String) { text += Self.escaped(words) }

  /// Writes an element around what `body` writes.
  mutating func element(
    _ name: String, _ attributes: [(String, String)] = [], _ body: (inout Markup) -> Void
  ) {
    open(name, attributes)
    text += ">"
    body(&self)
    text += "</\(name)>"
    if Self.endsLine(name) { text += "\n" }
  }

  /// Writes an element around `words`.
  mutating func element(_ name: String, _ attributes: [(String, String)], _ words: String) {
    element(name, attributes) { $0.text(words) }
  }

  /// Writes an element without attributes around `words`.
  mutating func element(_ name: String, _ words: String) { element(name, []) { $0.text(words) } }

  /// Writes an element that holds nothing.
  mutating func void(_ name: String, _ attributes: [(String, String)] = []) {
    open(name, attributes)
    text += "/>"
    if Self.endsLine(name) { text += "\n" }
  }

  /// Writes a style or a script, which is ours and has nothing in it that would have to be escaped.
  mutating func raw(_ name: String, _ attributes: [(String, String)], _ content: String) {
    precondition(!content.contains { "<&".contains($0) }, "what is not escaped needs no escape")
    open(name, attributes)
    text += ">\(content)</\(name)>\n"
  }

  private mutating func open(_ name: String, _ attributes: [(String, String)]) {
    text += "<\(name)"
    for (key, value) in attributes { text += " \(key)=\"\(Self.escaped(value))\"" }
  }

  private static func endsLine(_ name: String) -> Bool {
    !["span", "code", "b", "a", "abbr", "tspan", "button", "td", "th", "dt", "summary"].contains(name)
  }

  /// `words` as text of HTML and XML. Characters that do not show, or that turn the direction of what follows, are
  /// written as their numbers: what comes from a guest may have them to deceive.
  static func escaped(_ words: String) -> String {
    var escaped = ""
    for scalar in words.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      case "\n", "\t": escaped.unicodeScalars.append(scalar)
      default:
        if isShown(scalar) {
          escaped.unicodeScalars.append(scalar)
        } else {
          escaped += "\\u{\(String(scalar.value, radix: 16))}"
        }
      }
    }
    return escaped
  }

  private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }
}
