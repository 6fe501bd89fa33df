/// The mappings that a scenario's file is made of, by their names in `Scenarios/scenario.schema.json`.
enum Section: String, CaseIterable {
  case scenario, fragment, machine, images, image, expect, never, pattern, type, key, wait, at, point, mark, snapshot
  case assert, assertion
  case expectExit = "expect-exit"
  case exit, include, limits, record

  /// The keys it may have, in the order in which people write them.
  var keys: [String] {
    switch self {
    case .scenario:
      [
        "name", "include", "parameters", "matrix", "machine", "images", "keystroke-interval", "script", "golden",
        "limits", "record",
      ]
    case .fragment:
      ["include", "parameters", "machine", "images", "keystroke-interval", "script", "limits", "record"]
    case .machine: ["board", "ram", "epoch", "seed", "append"]
    case .images: ["firmware", "kernel", "initrd"]
    case .image: ["path", "guest", "sha256"]
    case .expect: ["expect", "within"]
    case .never: ["never"]
    case .pattern: ["text", "regex"]
    case .type: ["type", "every"]
    case .key: ["key", "every"]
    case .wait: ["wait"]
    case .at: ["at", "within"]
    case .point: ["step", "time", "symbol", "address"]
    case .mark: ["mark"]
    case .snapshot: ["snapshot"]
    case .assert: ["assert"]
    case .assertion: ["register", "memory", "symbol", "offset", "size", "mask", "equals", "not", "less"]
    case .expectExit: ["expect-exit", "within"]
    case .exit: ["failure"]
    case .include: ["include"]
    case .limits: ["steps", "time"]
    case .record: ["rung-interval", "effects"]
    }
  }

  /// The keys it must have.
  var required: [String] {
    switch self {
    case .scenario: ["name"]
    case .exit: ["failure"]
    case _ where Self.actions.contains(self): [rawValue]
    default: []
    }
  }

  /// What it is called in messages.
  var title: String {
    switch self {
    case .scenario: "a scenario"
    case .fragment: "a file that is included"
    case .machine: "the machine"
    case .images: "the images"
    case .image: "an image"
    case .pattern: "a pattern"
    case .point: "a point"
    case .assertion: "an assertion"
    case .exit: "an end"
    case .limits: "the limits"
    case .record: "the record options"
    case .expect, .never, .type, .key, .wait, .at, .mark, .snapshot, .assert, .expectExit, .include:
      "the action '\(rawValue)'"
    }
  }

  /// The sections that are actions of a script, each named by its first key.
  static let actions: [Section] = [
    .expect, .never, .type, .key, .wait, .at, .mark, .snapshot, .assert, .expectExit, .include,
  ]
}

/// The entries of one section, checked against its keys.
struct Fields {
  let mark: Mark
  let entries: [YAMLEntry]

  /// - Parameter isWhole: whether what is required must be there: it may still come from a file that is included.
  /// - Throws: when `node` is no mapping, has a key that `section` does not have, or lacks one that it must have.
  init(_ node: YAMLNode, _ section: Section, isWhole: Bool = true) throws(Problem) {
    guard case .mapping(let entries) = node.content else {
      throw Problem(node.mark, "\(section.title) must be a mapping with \(list(section.keys)); found \(node.found)")
    }
    for entry in entries where !section.keys.contains(entry.key) {
      throw unknown(entry.key, entry.keyMark, "key", in: section.title, choices: section.keys)
    }
    for key in section.required where isWhole && !entries.contains(where: { $0.key == key }) {
      throw Problem(node.mark, "\(section.title) must have the key '\(key)'")
    }
    (self.mark, self.entries) = (node.mark, entries)
  }

  /// The value of `key`.
  subscript(_ key: String) -> YAMLNode? { entries.first { $0.key == key }?.value }

  /// The one of `keys` that is there, and its value.
  /// - Throws: when none is, or more than one.
  func one(of keys: [String], _ title: String) throws(Problem) -> (key: String, value: YAMLNode) {
    let found = entries.filter { keys.contains($0.key) }
    guard let first = found.first, found.count == 1 else {
      let names = keys.map { "'\($0)'" }
      let choice = names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
      throw Problem(
        found.dropFirst().first?.keyMark ?? mark, "\(title) must have exactly one of the keys \(choice)")
    }
    return (first.key, first.value)
  }
}

/// The problem of a name that is none of `choices`.
func unknown(_ name: String, _ mark: Mark, _ what: String, in title: String, choices: [String]) -> Problem {
  let hint = suggestion(for: name, among: choices).map { "did you mean '\($0)'? " } ?? ""
  return Problem(mark, "unknown \(what) '\(name.prefix(60))' in \(title); \(hint)allowed: \(list(choices))")
}

/// `names` with commas.
func list(_ names: [String]) -> String { names.joined(separator: ", ") }
