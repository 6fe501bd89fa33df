/// The mappings that a scenario's file is made of, by their names in `Scenarios/scenario.schema.json`.
enum Section: String, CaseIterable {
  case scenario, machine, images, image, expect, pattern, type, wait, limits, record

  /// The keys it may have, in the order in which people write them.
  var keys: [String] {
    switch self {
    case .scenario: ["name", "machine", "images", "keystroke-interval", "script", "limits", "record"]
    case .machine: ["board", "ram", "epoch", "seed", "append"]
    case .images: ["firmware", "kernel", "initrd"]
    case .image: ["path", "guest", "sha256"]
    case .expect: ["expect", "within"]
    case .pattern: ["text", "regex"]
    case .type: ["type", "every"]
    case .wait: ["wait"]
    case .limits: ["steps", "time"]
    case .record: ["rung-interval", "effects"]
    }
  }

  /// The keys it must have.
  var required: [String] {
    switch self {
    case .scenario: ["name", "images"]
    case .expect: ["expect"]
    case .type: ["type"]
    case .wait: ["wait"]
    case .machine, .images, .image, .pattern, .limits, .record: []
    }
  }

  /// What it is called in messages.
  var title: String {
    switch self {
    case .scenario: "a scenario"
    case .machine: "the machine"
    case .images: "the images"
    case .image: "an image"
    case .expect, .type, .wait: "the action '\(rawValue)'"
    case .pattern: "a pattern"
    case .limits: "the limits"
    case .record: "the record options"
    }
  }

  /// The sections that are actions of a script, each named by its first key.
  static let actions: [Section] = [.expect, .type, .wait]
}

/// The entries of one section, checked against its keys.
struct Fields {
  let mark: Mark
  private let entries: [YAMLEntry]

  /// - Throws: when `node` is no mapping, has a key that `section` does not have, or lacks one that it must have.
  init(_ node: YAMLNode, _ section: Section) throws(Problem) {
    guard case .mapping(let entries) = node.content else {
      throw Problem(node.mark, "\(section.title) must be a mapping with \(list(section.keys)); found \(node.found)")
    }
    for entry in entries where !section.keys.contains(entry.key) {
      throw unknown(entry.key, entry.keyMark, "key", in: section.title, choices: section.keys)
    }
    for key in section.required where !entries.contains(where: { $0.key == key }) {
      throw Problem(node.mark, "\(section.title) must have the key '\(key)'")
    }
    (self.mark, self.entries) = (node.mark, entries)
  }

  /// The value of `key`.
  subscript(_ key: String) -> YAMLNode? { entries.first { $0.key == key }?.value }
}

/// The problem of a name that is none of `choices`.
func unknown(_ name: String, _ mark: Mark, _ what: String, in title: String, choices: [String]) -> Problem {
  let hint = suggestion(for: name, among: choices).map { "did you mean '\($0)'? " } ?? ""
  return Problem(mark, "unknown \(what) '\(name.prefix(60))' in \(title); \(hint)allowed: \(list(choices))")
}

/// `names` with commas.
func list(_ names: [String]) -> String { names.joined(separator: ", ") }
