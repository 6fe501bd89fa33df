internal import Backplane
public import Scenario
internal import VirtualTime

/// Reads scenarios from YAML, strictly: what is not understood is an error, with its place.
///
/// The language is described for editors by `Scenarios/scenario.schema.json`.
public enum ScenarioFile {
  /// The scenario in `bytes`.
  /// - Parameter name: what to call the file in messages.
  /// - Throws: `ScenarioError` at the first thing that is wrong.
  public static func parse(bytes: [UInt8], name: String) throws(ScenarioError) -> Scenario {
    do throws(Problem) {
      guard let root = try YAMLReader.read(bytes) else {
        throw Problem(Mark(line: 1, column: 1), "there is nothing in it; \(Section.scenario.title) must be a mapping")
      }
      return try Decoder(file: name).scenario(root)
    } catch {
      throw ScenarioError(file: name, line: error.mark.line, column: error.mark.column, message: error.message)
    }
  }
}

/// Turns nodes into a scenario.
private struct Decoder {
  let file: String

  func scenario(_ node: YAMLNode) throws(Problem) -> Scenario {
    let fields = try Fields(node, .scenario)
    let name = try fields["name"].map(name)
    let images = try fields["images"].map(images)
    guard let name, let images else { preconditionFailure("the required keys were checked") }
    let interval = try fields["keystroke-interval"].map(span) ?? Script.keystrokeInterval
    return Scenario(
      name: name, machine: try fields["machine"].map(machine) ?? Scenario.Machine(), images: images,
      script: try fields["script"].map { node throws(Problem) in try script(node, interval) } ?? Script(),
      limits: try fields["limits"].map(limits) ?? Scenario.Limits(),
      recording: try fields["record"].map(recording) ?? Scenario.Recording())
  }

  /// Also the name of the trace, so only what every file system and shell takes.
  private func name(_ node: YAMLNode) throws(Problem) -> String {
    let name = try text(node)
    guard name.utf8.count <= 100, isFileName(name) else {
      throw Problem(
        node.mark, "a name is up to 100 letters, digits, '.', '_' and '-', not first a '.'; found \(node.found)")
    }
    return name
  }

  // MARK: Machine

  private func machine(_ node: YAMLNode) throws(Problem) -> Scenario.Machine {
    let fields = try Fields(node, .machine)
    var machine = Scenario.Machine()
    if let board = fields["board"] {
      machine.board = try text(board)
      guard Scenario.Machine.boards.contains(machine.board) else {
        throw unknown(machine.board, board.mark, "board", in: Section.machine.title, choices: Scenario.Machine.boards)
      }
    }
    if let ram = fields["ram"] {
      machine.ramSize = try read(ram, "a size such as 256M", Notation.size)
      guard Scenario.Machine.ramSizes.contains(machine.ramSize),
        machine.ramSize % Scenario.Machine.ramSizeUnit == 0
      else { throw Problem(ram.mark, "RAM is 16M to 64G, in pieces of 4K; found \(ram.found)") }
    }
    if let epoch = fields["epoch"] {
      machine.epochNanoseconds = try read(epoch, "a date such as 2026-01-31T12:00:00Z", Notation.epoch)
    }
    machine.seed = try fields["seed"].map { node throws(Problem) in try integer(node) } ?? machine.seed
    if let append = fields["append"] {
      machine.bootArguments = try text(append)
      guard !machine.bootArguments.utf8.contains(0) else { throw Problem(append.mark, "boot arguments hold no NUL") }
    }
    return machine
  }

  // MARK: Images

  private func images(_ node: YAMLNode) throws(Problem) -> [Scenario.Image] {
    let fields = try Fields(node, .images)
    var images: [Scenario.Image] = []
    for role in Scenario.Role.allCases {
      if let node = fields[role.rawValue] { images.append(try image(role, node)) }
    }
    guard !images.isEmpty else {
      throw Problem(node.mark, "there must be at least one image; allowed: \(list(Section.images.keys))")
    }
    return images
  }

  private func image(_ role: Scenario.Role, _ node: YAMLNode) throws(Problem) -> Scenario.Image {
    let place = "\(file):\(node.mark.line):\(node.mark.column)"
    if case .scalar = node.content { return Scenario.Image(role: role, source: .file(try path(node)), place: place) }
    let fields = try Fields(node, .image)
    let source: Scenario.Source
    switch (fields["path"], fields["guest"]) {
    case (.some(let value), nil): source = .file(try path(value))
    case (nil, .some(let value)): source = try guest(value)
    default: throw Problem(node.mark, "an image must have either the key 'path' or the key 'guest'")
    }
    return Scenario.Image(role: role, source: source, sha256: try fields["sha256"].map(digest), place: place)
  }

  private func path(_ node: YAMLNode) throws(Problem) -> String {
    let path = try text(node)
    guard !path.isEmpty, !path.hasPrefix("/"), !path.utf8.contains(0) else {
      throw Problem(node.mark, "a path is relative to the folder of this file; found \(node.found)")
    }
    return path
  }

  private func guest(_ node: YAMLNode) throws(Problem) -> Scenario.Source {
    let parts = try text(node).split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, parts.allSatisfy(isFileName) else {
      throw Problem(node.mark, "a guest's file is named GUEST/FILE, such as teach/teach.elf; found \(node.found)")
    }
    return .guest(parts[0], file: parts[1])
  }

  private func digest(_ node: YAMLNode) throws(Problem) -> [UInt8] {
    let wanted = "a SHA-256 digest is 64 hexadecimal digits"
    guard case .scalar(let text, _) = node.content else { throw Problem(node.mark, "\(wanted); found \(node.found)") }
    let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
    guard text.utf8.count == 64, digits.count == 64 else { throw Problem(node.mark, "\(wanted); found \(node.found)") }
    return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  // MARK: Script

  private func script(_ node: YAMLNode, _ interval: Span) throws(Problem) -> Script {
    guard case .sequence(let items) = node.content else {
      throw Problem(
        node.mark, "a script is a list of actions (\(list(Section.actions.map(\.rawValue)))); found \(node.found)")
    }
    var script = Script()
    for item in items {
      script.actions.append(
        Script.Action(try action(item, interval), place: "\(file):\(item.mark.line):\(item.mark.column)"))
    }
    return script
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
    switch section {
    case .expect: return .expect(try pattern(value), within: try fields["within"].map(span))
    case .type:
      let keys = try text(value)
      guard !keys.isEmpty else { throw Problem(value.mark, "there is nothing to type") }
      return .type(Array(keys.utf8), every: try fields["every"].map(span) ?? interval)
    default: return .wait(try span(value))
    }
  }

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

  // MARK: Limits and recording

  private func limits(_ node: YAMLNode) throws(Problem) -> Scenario.Limits {
    let fields = try Fields(node, .limits)
    return Scenario.Limits(
      steps: try fields["steps"].map { node throws(Problem) in try integer(node, from: 1) },
      time: try fields["time"].map(span))
  }

  private func recording(_ node: YAMLNode) throws(Problem) -> Scenario.Recording {
    let fields = try Fields(node, .record)
    var recording = Scenario.Recording()
    recording.rungIntervalSteps = try fields["rung-interval"].map { node throws(Problem) in try integer(node, from: 1) }
    if let effects = fields["effects"] { recording.effects = try selection(effects) }
    return recording
  }

  private func selection(_ node: YAMLNode) throws(Problem) -> EffectSelection {
    let names: [(name: String, effect: EffectSelection)] = [
      ("output", .output), ("interrupts", .interrupts), ("devices", .devices),
    ]
    let wanted = "a list of effects (\(list(names.map(\.name))))"
    guard case .sequence(let items) = node.content else {
      throw Problem(node.mark, "found \(node.found) where \(wanted) is needed")
    }
    var selection: EffectSelection = []
    for item in items {
      let name = try text(item)
      guard let effect = names.first(where: { $0.name == name })?.effect else {
        throw unknown(name, item.mark, "effect", in: Section.record.title, choices: names.map(\.name))
      }
      guard selection.insert(effect).inserted else { throw Problem(item.mark, "'\(name)' is in the list already") }
    }
    return selection
  }

  // MARK: Scalars

  private func text(_ node: YAMLNode, _ wanted: String = "text") throws(Problem) -> String {
    guard case .scalar(let text, let isPlain) = node.content else {
      throw Problem(node.mark, "found \(node.found) where \(wanted) is needed")
    }
    guard !isPlain || YAMLNode.resolve(text) == .text else {
      let hint = wanted == "text" && !text.isEmpty ? "; put it in quotes if it is meant as text" : ""
      throw Problem(node.mark, "found \(node.found) where \(wanted) is needed\(hint)")
    }
    return text
  }

  private func span(_ node: YAMLNode) throws(Problem) -> Span {
    try read(node, "guest time such as 20s or 500ms", Notation.span)
  }

  private func read<Value>(
    _ node: YAMLNode, _ wanted: String, _ read: (String) throws(Notation.Problem) -> Value
  ) throws(Problem) -> Value {
    let text = try text(node, wanted)
    do { return try read(text) } catch { throw Problem(node.mark, error.reason) }
  }

  private func integer(_ node: YAMLNode, from least: UInt64 = 0) throws(Problem) -> UInt64 {
    guard case .scalar(let text, true) = node.content, let number = try? Notation.number(text), number >= least else {
      throw Problem(node.mark, "found \(node.found) where a whole number from \(least) to 2^64 - 1 is needed")
    }
    return number
  }

  /// Letters, digits, `.`, `_` and `-`, at least one of them, not first a dot.
  private func isFileName(_ name: String) -> Bool {
    guard let first = name.utf8.first, first != UInt8(ascii: ".") else { return false }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
  }
}
