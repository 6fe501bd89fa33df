internal import Backplane
internal import Scenario
internal import VirtualTime

/// Turns nodes into a scenario.
struct Decoder {
  /// What brings a path in each file to one relative to the scenario's folder.
  let prefixes: [String: String]

  func scenario(_ node: YAMLNode) throws(Problem) -> Scenario {
    let fields = try Fields(node, .scenario)
    guard let named = fields["name"] else { preconditionFailure("the required keys were checked") }
    guard let images = fields["images"] else { throw Problem(node.mark, "a scenario must have the key 'images'") }
    let interval = try fields["keystroke-interval"].map(span) ?? Script.keystrokeInterval
    var scenario = Scenario(
      name: try name(named), machine: try fields["machine"].map(machine) ?? Scenario.Machine(),
      images: try self.images(images),
      script: try fields["script"].map { node throws(Problem) in try script(node, interval) } ?? Script(),
      limits: try fields["limits"].map(limits) ?? Scenario.Limits(),
      recording: try fields["record"].map(recording) ?? Scenario.Recording())
    scenario.place = named.mark.text
    if let golden = fields["golden"] {
      scenario.golden = Scenario.Golden(path: try path(golden), place: golden.mark.text)
    }
    try check(scenario, fields["script"])
    return scenario
  }

  /// Finds what only the whole tells.
  private func check(_ scenario: Scenario, _ script: YAMLNode?) throws(Problem) {
    guard case .exit(.limit, _) = scenario.script.actions.last?.kind, scenario.limits == Scenario.Limits(),
      case .sequence(let items) = script?.content, let last = items.last
    else { return }
    throw Problem(last.mark, "the run must end at a limit, and the scenario has none: give it limits")
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
    let place = node.mark.text
    if case .scalar = node.content { return Scenario.Image(role: role, source: .file(try path(node)), place: place) }
    let fields = try Fields(node, .image)
    let sha256 = try fields["sha256"].map(digest)
    let source: Scenario.Source
    switch (fields["path"], fields["guest"], sha256) {
    case (.some(let value), nil, _): source = .file(try path(value))
    case (nil, .some(let value), _): source = try guest(value)
    case (nil, nil, .some(let digest)): source = .digest(digest)
    default:
      throw Problem(node.mark, "an image must have either the key 'path' or the key 'guest', or 'sha256' alone")
    }
    return Scenario.Image(role: role, source: source, sha256: sha256, place: place)
  }

  /// A path relative to the folder of the file that it is written in, as one relative to that of the scenario.
  private func path(_ node: YAMLNode) throws(Problem) -> String {
    let path = try text(node)
    guard !path.isEmpty, !path.hasPrefix("/"), !path.utf8.contains(0) else {
      throw Problem(node.mark, "a path is relative to the folder of this file; found \(node.found)")
    }
    return (prefixes[node.mark.file] ?? "") + path
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
}
