internal import Scenario
internal import VirtualTime

extension Decoder {
  /// The most checkpoints that a script may have stored, and the most patterns that must not come.
  private static let snapshotCountMax = 64
  private static let neverCountMax = 32

  func script(_ node: YAMLNode, _ interval: Span) throws(Problem) -> Script {
    guard case .sequence(let items) = node.content else {
      throw Problem(
        node.mark, "a script is a list of actions (\(list(Section.actions.map(\.rawValue)))); found \(node.found)")
    }
    guard items.count <= Script.actionCountMax else {
      throw Problem(node.mark, "a script of \(items.count) actions; at most \(Script.actionCountMax) are possible")
    }
    var script = Script()
    var names: [String: Mark] = [:]
    var (snapshotCount, neverCount) = (0, 0)
    for (number, item) in items.enumerated() {
      let kind = try action(item, interval)
      switch kind {
      case .exit where number + 1 < items.count:
        throw Problem(items[number + 1].mark, "nothing can follow expect-exit: it waits for the end of the run")
      case .mark(let name): try note(name, item, &names)
      case .snapshot(let name):
        try note(name, item, &names)
        snapshotCount += 1
      case .never: neverCount += 1
      default: break
      }
      guard snapshotCount <= Self.snapshotCountMax else {
        throw Problem(item.mark, "more than \(Self.snapshotCountMax) snapshots")
      }
      guard neverCount <= Self.neverCountMax else {
        throw Problem(item.mark, "more than \(Self.neverCountMax) patterns that must never come")
      }
      script.actions.append(Script.Action(kind, place: item.mark.text))
    }
    return script
  }

  private func note(_ name: String, _ item: YAMLNode, _ names: inout [String: Mark]) throws(Problem) {
    if let first = names.updateValue(item.mark, forKey: name) {
      throw Problem(item.mark, "the mark '\(name)' is set a second time; the first is in \(first.text)")
    }
  }

  private func action(_ node: YAMLNode, _ interval: Span) throws(Problem) -> Script.Kind {
    let names = Section.actions.map(\.rawValue)
    guard case .mapping(let entries) = node.content, let first = entries.first else {
      throw Problem(node.mark, "an action is a mapping with one of the keys \(list(names)); found \(node.found)")
    }
    guard let section = Section.actions.first(where: { action in entries.contains { $0.key == action.rawValue } })
    else {
      throw unknown(first.key, first.keyMark, "action", in: "a script", choices: names)
    }
    let fields = try Fields(node, section)
    guard let value = fields[section.rawValue] else { preconditionFailure("the key chose the section") }
    let limit = try fields["within"].map(span)
    switch section {
    case .expect: return .expect(try pattern(value), within: limit)
    case .never: return .never(try pattern(value))
    case .type:
      let keys = try text(value)
      guard !keys.isEmpty else { throw Problem(value.mark, "there is nothing to type") }
      return .type(Array(keys.utf8), every: try fields["every"].map(span) ?? interval)
    case .key: return .press(try keys(value), every: try fields["every"].map(span) ?? interval)
    case .at: return .at(try point(value), within: limit)
    case .mark: return .mark(try markName(value))
    case .snapshot: return .snapshot(try markName(value))
    case .assert: return .assert(try assertion(value))
    case .expectExit: return .exit(try exit(value), within: limit)
    default: return .wait(try span(value))
    }
  }

  // MARK: The console

  private func pattern(_ node: YAMLNode) throws(Problem) -> Pattern {
    if case .scalar = node.content {
      return try pattern(node) { text throws(PatternError) in try Pattern(notation: text) }
    }
    let fields = try Fields(node, .pattern)
    switch (fields["text"], fields["regex"]) {
    case (.some(let value), nil):
      return try pattern(value) { text throws(PatternError) in try Pattern(text: Array(text.utf8)) }
    case (nil, .some(let value)):
      return try pattern(value) { text throws(PatternError) in try Pattern(regex: text) }
    default: throw Problem(node.mark, "a pattern must have either the key 'text' or the key 'regex'")
    }
  }

  private func pattern(_ node: YAMLNode, _ make: (String) throws(PatternError) -> Pattern) throws(Problem) -> Pattern {
    let source = try text(node)
    do { return try make(source) } catch { throw Problem(node.mark, "'\(source.prefix(60))': \(error.reason)") }
  }

  private func keys(_ node: YAMLNode) throws(Problem) -> [Key] {
    var items = [node]
    if case .sequence(let list) = node.content { items = list }
    guard !items.isEmpty else { throw Problem(node.mark, "there is no key to press") }
    var keys: [Key] = []
    for item in items {
      let name = try text(item, "the name of a key")
      guard let key = Key(named: name) else {
        throw unknown(name, item.mark, "key", in: "the action 'key'", choices: Key.all.map(\.name))
      }
      keys.append(key)
    }
    return keys
  }

  // MARK: The machine

  private func point(_ node: YAMLNode) throws(Problem) -> Script.Point {
    let (key, value) = try Fields(node, .point).one(of: Section.point.keys, Section.point.title)
    switch key {
    case "step": return .step(try integer(value))
    case "time": return .time(try span(value))
    case "symbol": return .code(try symbol(value))
    default: return .code("*" + Notation.hexadecimal(try integer(value)))
    }
  }

  private func symbol(_ node: YAMLNode) throws(Problem) -> String {
    let name = try text(node, "the name of a symbol")
    guard !name.isEmpty, !name.hasPrefix("*"), name.utf8.count <= 1024 else {
      throw Problem(node.mark, "this is no name of a symbol")
    }
    return name
  }

  private func markName(_ node: YAMLNode) throws(Problem) -> String {
    let name = try text(node)
    guard name.utf8.count <= 100, isFileName(name) else {
      throw Problem(
        node.mark, "a mark's name is up to 100 letters, digits, '.', '_' and '-', not first a '.'; found \(node.found)")
    }
    guard !Script.takenMarks.contains(name) else {
      throw Problem(node.mark, "'\(name)' is a mark that recordings set by themselves: give another name")
    }
    return name
  }

  private func assertion(_ node: YAMLNode) throws(Problem) -> Assertion {
    let fields = try Fields(node, .assertion)
    let title = Section.assertion.title
    let (subjectKey, subjectNode) = try fields.one(of: ["register", "memory", "symbol"], title)
    let (relationKey, relationNode) = try fields.one(of: ["equals", "not", "less"], title)
    let value = try integer(relationNode)
    let relation: Assertion.Relation =
      switch relationKey {
      case "equals": .equals(value)
      case "not": .differs(value)
      default: .less(value)
      }
    let mask = try fields["mask"].map { node throws(Problem) in try integer(node) }
    let size = try fields["size"].map { node throws(Problem) in try integer(node, from: 1, to: 8) } ?? 8
    guard [1, 2, 4, 8].contains(size) else {
      throw Problem(fields["size"]?.mark ?? node.mark, "a value has 1, 2, 4 or 8 bytes; found \(size)")
    }
    let offset = try fields["offset"].map { node throws(Problem) in try integer(node) } ?? 0
    if subjectKey != "symbol", let offset = fields["offset"] {
      throw Problem(offset.mark, "an offset counts from a symbol, and there is none")
    }
    switch subjectKey {
    case "register":
      if let size = fields["size"] { throw Problem(size.mark, "a register is looked at whole: it has no size here") }
      return Assertion(.register(try text(subjectNode, "the name of a register")), mask: mask, relation)
    case "memory": return Assertion(.memory(try integer(subjectNode)), byteCount: Int(size), mask: mask, relation)
    default:
      return Assertion(.symbol(try symbol(subjectNode), offset: offset), byteCount: Int(size), mask: mask, relation)
    }
  }

  private func exit(_ node: YAMLNode) throws(Problem) -> Exit {
    guard case .mapping = node.content else {
      let name = try text(node, "how the run ends")
      guard let exit = Exit.plain.first(where: { $0.word == name }) else {
        throw unknown(name, node.mark, "end", in: "the action 'expect-exit'", choices: Exit.plain.map(\.word))
      }
      return exit
    }
    guard let code = try Fields(node, .exit)["failure"] else { preconditionFailure("the required key was checked") }
    return .failure(UInt16(try integer(code, to: UInt64(UInt16.max))))
  }
}
