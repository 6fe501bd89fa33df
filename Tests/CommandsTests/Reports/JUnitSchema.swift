/// What is wrong with a JUnit report, by the rules that its readers share: well-formed XML 1.0, the elements and
/// attributes of the schema of the xUnit plugin of Jenkins (`junit-10.xsd`), and counts that add up.
func faultsOfJUnit(_ xml: String) -> [String] {
  var parser = XMLParser(xml)
  guard let root = parser.parse() else { return parser.faults }
  var faults = parser.faults
  if root.name != "testsuites" { faults.append("the root is <\(root.name)>") }
  check(root, &faults)
  checkCounts(root, &faults)
  for suite in root.children {
    checkCounts(suite, &faults)
    let names = suite.children.map { $0["name"] ?? "" }
    if Set(names).count != names.count { faults.append("two cases of one suite have one name") }
  }
  return faults
}

private struct Rule {
  var required: [String] = []
  var optional: [String] = []
  var children: [String] = []
  var hasText = false
}

private let rules: [String: Rule] = [
  "testsuites": Rule(optional: ["name", "time", "tests", "failures", "errors"], children: ["testsuite"]),
  "testsuite": Rule(
    required: ["name", "tests", "failures", "errors"],
    optional: ["group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"],
    children: ["testsuite", "properties", "testcase", "system-out", "system-err"]),
  "testcase": Rule(
    required: ["name"], optional: ["time", "classname", "group"],
    children: ["skipped", "error", "failure", "system-out", "system-err"]),
  "failure": Rule(optional: ["type", "message"], hasText: true),
  "error": Rule(optional: ["type", "message"], hasText: true),
  "skipped": Rule(optional: ["type", "message"], hasText: true),
  "system-out": Rule(hasText: true), "system-err": Rule(hasText: true),
]

private func check(_ element: XMLElement, _ faults: inout [String]) {
  guard let rule = rules[element.name] else { return faults.append("<\(element.name)> is not in the schema") }
  for name in rule.required where element[name] == nil { faults.append("<\(element.name)> has no \(name)") }
  for (name, value) in element.attributes {
    if !(rule.required + rule.optional).contains(name) { faults.append("<\(element.name)> has the attribute \(name)") }
    if name == "time", value.isEmpty || !value.allSatisfy({ "0123456789.".contains($0) }) {
      faults.append("a time of \(value)")
    }
  }
  if !rule.hasText, element.text.contains(where: { !$0.isWhitespace }) {
    faults.append("<\(element.name)> has the text \(element.text)")
  }
  for child in element.children {
    if !rule.children.contains(child.name) { faults.append("<\(child.name)> in <\(element.name)>") }
    check(child, &faults)
  }
}

private func checkCounts(_ element: XMLElement, _ faults: inout [String]) {
  let cases =
    element.name == "testcase" ? [element] : element.children.flatMap { $0.name == "testcase" ? [$0] : $0.children }
  func expect(_ attribute: String, _ count: Int) {
    if let told = element[attribute], told != "\(count)" {
      faults.append("<\(element.name)> tells of \(told) \(attribute), and has \(count)")
    }
  }
  func having(_ name: String) -> Int { cases.filter { $0.children.contains { $0.name == name } }.count }
  expect("tests", cases.count)
  expect("failures", having("failure"))
  expect("errors", having("error"))
  expect("skipped", having("skipped"))
}

struct XMLElement {
  var name: String
  var attributes: [(name: String, value: String)] = []
  var children: [XMLElement] = []
  var text = ""

  subscript(_ attribute: String) -> String? { attributes.first { $0.name == attribute }?.value }
}

/// Reads the XML that a report may have: elements, attributes, text, the five entities and numbers of characters.
struct XMLParser {
  private var rest: Substring.UnicodeScalarView
  private(set) var faults: [String] = []

  init(_ text: String) { rest = text[...].unicodeScalars }

  /// The root of `text`, faults or not.
  static func root(of text: String) -> XMLElement? {
    var parser = XMLParser(text)
    return parser.parse()
  }

  /// The root; `nil` when there is none.
  mutating func parse() -> XMLElement? {
    for scalar in rest where !Self.isCharacter(scalar) { faults.append("U+\(String(scalar.value, radix: 16))") }
    guard take("<?xml version=\"1.0\" encoding=\"UTF-8\"?>") else {
      faults.append("no declaration")
      return nil
    }
    skipSpace()
    let root = element()
    skipSpace()
    if !rest.isEmpty { faults.append("something behind the root") }
    return root
  }

  /// XML 1.0, 2.2.
  private static func isCharacter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x9, 0xa, 0xd, 0x20...0xd7ff, 0xe000...0xfffd, 0x10000...0x10ffff: true
    default: false
    }
  }

  private mutating func element() -> XMLElement? {
    guard take("<"), let name = name() else {
      faults.append("no element at '\(String(rest.prefix(20)))'")
      return nil
    }
    var element = XMLElement(name: name)
    while true {
      skipSpace()
      if take("/>") { return element }
      if take(">") { break }
      guard let attribute = self.name(), take("=\""), let value = text(until: "\"") else {
        faults.append("a bad attribute of <\(name)> at '\(String(rest.prefix(20)))'")
        return nil
      }
      if element[attribute] != nil { faults.append("<\(name)> has two \(attribute)") }
      element.attributes.append((attribute, value))
      _ = take("\"")
    }
    while true {
      guard let text = text(until: "<") else {
        faults.append("<\(name)> does not end")
        return nil
      }
      element.text += text
      if take("</\(name)>") { return element }
      guard let child = self.element() else { return nil }
      element.children.append(child)
    }
  }

  private mutating func text(until end: Unicode.Scalar) -> String? {
    var text = ""
    while let scalar = rest.first {
      if scalar == end { return text }
      if rest.starts(with: "]]>".unicodeScalars) { faults.append("]]> in text") }
      rest = rest.dropFirst()
      switch scalar {
      case "<": faults.append("< in an attribute")
      case "&": text += entity()
      default: text.unicodeScalars.append(scalar)
      }
    }
    return nil
  }

  private mutating func entity() -> String {
    let known = [
      ("amp;", "&"), ("lt;", "<"), ("gt;", ">"), ("quot;", "\""), ("apos;", "'"), ("#10;", "\n"), ("#9;", "\t"),
    ]
    for (name, value) in known where take(name) { return value }
    faults.append("an entity that is not known at '\(String(rest.prefix(8)))'")
    return ""
  }

  private mutating func name() -> String? {
    let name = rest.prefix { $0.properties.isAlphabetic || $0 == "-" }
    rest = rest.dropFirst(name.count)
    return name.isEmpty ? nil : String(name)
  }

  private mutating func skipSpace() { rest = rest.drop { $0.properties.isWhitespace } }

  private mutating func take(_ text: String) -> Bool {
    guard rest.starts(with: text.unicodeScalars) else { return false }
    rest = rest.dropFirst(text.unicodeScalars.count)
    return true
  }
}
