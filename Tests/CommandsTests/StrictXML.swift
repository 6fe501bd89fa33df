/// A strict parser of XML as far as our pages go: elements, attributes in double quotes, the five named entities and
/// decimal numbers. Everything else is a fault.
struct StrictXML {
  struct Fault: Error, CustomStringConvertible { let description: String }

  final class Element {
    let name: String
    let attributes: [String: String]
    var children: [Element] = []
    /// The text directly in it.
    var text = ""

    init(_ name: String, _ attributes: [String: String]) { (self.name, self.attributes) = (name, attributes) }

    /// It and all that is in it, in order.
    var all: [Element] { [self] + children.flatMap(\.all) }
    /// The text in it and in all that is in it.
    var allText: String { text + children.map(\.allText).joined() }
  }

  private let scalars: [Unicode.Scalar]
  private var place = 0

  /// The root of `page`, behind the document type.
  static func parse(_ page: String) throws -> Element {
    var parser = StrictXML(page)
    guard parser.take("<!DOCTYPE html>\n") else { throw Fault(description: "no document type") }
    let root = try parser.element()
    _ = parser.take("\n")
    guard parser.place == parser.scalars.count else { throw parser.fault("something behind the root") }
    return root
  }

  private init(_ page: String) { scalars = Array(page.unicodeScalars) }

  private func fault(_ what: String) -> Fault {
    let around = String(String.UnicodeScalarView(scalars[max(0, place - 40)..<min(scalars.count, place + 40)]))
    return Fault(description: "\(what) at \(place): …\(around)…")
  }

  private mutating func take(_ text: String) -> Bool {
    let wanted = Array(text.unicodeScalars)
    guard scalars[place...].starts(with: wanted) else { return false }
    place += wanted.count
    return true
  }

  private mutating func name() throws -> String {
    var name = ""
    while place < scalars.count,
      scalars[place].properties.isAlphabetic || "0123456789-:".unicodeScalars.contains(scalars[place])
    {
      name.unicodeScalars.append(scalars[place])
      place += 1
    }
    if name.isEmpty { throw fault("no name") }
    return name
  }

  private mutating func character() throws -> Unicode.Scalar {
    let scalar = scalars[place]
    place += 1
    guard scalar == "&" else {
      let isAllowed = scalar == "\n" || scalar == "\t" || scalar.value >= 32 && scalar.value != 127
      guard isAllowed, scalar != "<" else { throw fault("a character that must be escaped") }
      return scalar
    }
    for (entity, meaning) in [("amp;", "&"), ("lt;", "<"), ("gt;", ">"), ("quot;", "\""), ("#39;", "'")]
      as [(String, Unicode.Scalar)]
    where take(entity) { return meaning }
    throw fault("an entity that is not known")
  }

  private mutating func element() throws -> Element {
    guard take("<") else { throw fault("no element") }
    let name = try name()
    var attributes: [String: String] = [:]
    while take(" ") {
      let key = try self.name()
      guard take("=\"") else { throw fault("an attribute without a value") }
      var value = ""
      while place < scalars.count, scalars[place] != "\"" { value.unicodeScalars.append(try character()) }
      guard take("\""), attributes.updateValue(value, forKey: key) == nil else { throw fault("a broken attribute") }
    }
    let element = Element(name, attributes)
    if take("/>") { return element }
    guard take(">") else { throw fault("a tag that does not end") }
    while !take("</") {
      guard place < scalars.count else { throw fault("\(name) does not end") }
      if scalars[place] == "<" {
        element.children.append(try self.element())
      } else {
        element.text.unicodeScalars.append(try character())
      }
    }
    guard take(name), take(">") else { throw fault("\(name) ends with another") }
    return element
  }
}
