import Scenario
import Testing

@testable import ScenarioFile

/// The schema for editors says what the reader says. JSON is read as the YAML that it is.
@Suite struct SchemaTests {
  private func entries(_ node: YAMLNode) -> [YAMLEntry] {
    if case .mapping(let entries) = node.content { entries } else { [] }
  }
  private func member(_ node: YAMLNode, _ key: String) -> YAMLNode? { entries(node).first { $0.key == key }?.value }
  private func texts(_ node: YAMLNode?) -> [String] {
    guard case .sequence(let items) = node?.content else { return [] }
    return items.compactMap { if case .scalar(let text, _) = $0.content { text } else { nil } }
  }

  /// What of `schema` differs from what the reader takes.
  private func differences(_ schema: [UInt8]) throws -> [String] {
    let root = try #require(try YAMLReader.read(schema))
    let definitions = try #require(member(root, "$defs"))
    var found: [String] = []
    for section in Section.allCases {
      guard var definition = member(definitions, section.rawValue) else {
        found.append("no definition of \(section)")
        continue
      }
      // An image may also be a path alone, and an end a word.
      if [.image, .exit].contains(section), case .sequence(let choices)? = member(definition, "anyOf")?.content,
        let mapping = choices.last
      {
        definition = mapping
      }
      let keys = member(definition, "properties").map { entries($0).map(\.key) } ?? []
      if keys != section.keys { found.append("\(section) has \(keys), not \(section.keys)") }
      let required = texts(member(definition, "required"))
      if required != section.required { found.append("\(section) requires \(required), not \(section.required)") }
      guard case .scalar("false", true)? = member(definition, "additionalProperties")?.content else {
        found.append("\(section) takes other keys")
        continue
      }
    }
    let actions = member(definitions, "script").flatMap { member($0, "items") }.flatMap { member($0, "anyOf") }
    guard case .sequence(let references)? = actions?.content else { return found + ["no actions"] }
    let names = references.flatMap { entries($0) }.map(\.value.found)
    let expected = Section.actions.map { "the text '#/$defs/\($0.rawValue)'" }
    if names != expected { found.append("the actions are \(names), not \(expected)") }
    for (definition, expected) in Self.lists {
      let words = member(definitions, definition).map(enumerated) ?? []
      if words != expected { found.append("\(definition) is one of \(words), not of \(expected)") }
    }
    return found
  }

  /// Lists of words that the schema has, and what the reader takes there.
  private static let lists: [(String, [String])] = [
    ("key-name", Key.all.map(\.name)), ("exit", Exit.plain.map(\.word)),
  ]

  /// The words that `definition`, or one of its choices, lists.
  private func enumerated(_ definition: YAMLNode) -> [String] {
    guard case .sequence(let choices)? = member(definition, "anyOf")?.content else { return [] }
    return choices.map { texts(member($0, "enum")) }.first { !$0.isEmpty } ?? []
  }

  @Test func schemaAndReaderAgree() throws {
    #expect(try differences(try shippedFile("scenario.schema.json")) == [])
  }

  /// The canary: a key more or less is noticed.
  @Test func aDifferenceWouldBeNoticed() throws {
    let schema = String(decoding: try shippedFile("scenario.schema.json"), as: UTF8.self)
    for (old, new) in [
      ("\"within\":", "\"before\":"), ("\"required\": [\"wait\"]", "\"required\": []"),
      ("\"#/$defs/wait\"", "\"#/$defs/type\""), ("\"ctrl-c\"", "\"ctrl-1\""), ("\"stalled\"", "\"stuck\""),
    ] {
      #expect(schema.contains(old))
      #expect(try !differences(Array(schema.replacing(old, with: new).utf8)).isEmpty)
    }
  }
}
