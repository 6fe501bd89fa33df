/// Puts a scenario together from its file and those that it includes, before anything else is made of them.
///
/// `include` of a whole file brings sections, in which the including file's own keys go before; scripts come one behind
/// the other, what is included first. `include` in a script brings the actions of a file to that place. Parameters that
/// are included have the weaker defaults.
struct Includer {
  /// How deep files may include each other.
  static let depthMax = 8
  /// The most files that one scenario may be made of, each inclusion counted.
  static let fileCountMax = 64
  /// The most bytes that they may have together.
  static let byteCountMax = 1 << 20
  /// Sections whose keys are taken one by one.
  private static let mergedByKey = ["parameters", "machine", "images", "limits", "record"]

  private let files: ScenarioFile.Reader?
  private var fileCount = 0
  private var byteCount = 0
  /// For each file, by its name in places: what brings a path relative to it to one relative to the scenario's folder.
  private(set) var prefixes: [String: String] = [:]

  /// A file under way.
  private struct Frame {
    let name: String
    /// Where it was included; `nil` for the scenario itself.
    let mark: Mark?
  }

  init(_ files: ScenarioFile.Reader?) { self.files = files }

  /// The scenario in `bytes`, which is the file `name`, as one mapping.
  mutating func root(_ bytes: [UInt8], _ name: String) throws(Problem) -> YAMLNode {
    guard let node = try YAMLReader.read(bytes, file: name) else {
      throw Problem(
        Mark(line: 1, column: 1, file: name), "there is nothing in it; \(Section.scenario.title) must be a mapping")
    }
    prefixes[name] = ""
    byteCount = bytes.count
    let fields = try Fields(node, .scenario)
    return try YAMLNode(content: .mapping(merged(fields, [Frame(name: name, mark: nil)])), mark: node.mark)
  }

  /// The entries of a file, with what it includes in their places.
  private mutating func merged(_ fields: Fields, _ stack: [Frame]) throws(Problem) -> [YAMLEntry] {
    var base: [YAMLEntry] = []
    if let include = fields["include"] {
      for path in try paths(include) { base = try Self.combine(base, load(path, stack)) }
    }
    var own: [YAMLEntry] = []
    for entry in fields.entries where entry.key != "include" {
      guard entry.key == "script", case .sequence(let items) = entry.value.content else {
        own.append(entry)
        continue
      }
      var actions: [YAMLNode] = []
      for item in items {
        guard let path = try Self.includedScript(item) else {
          actions.append(item)
          continue
        }
        let loaded = try load(path, stack)
        for entry in loaded where entry.key != "script" && entry.key != "parameters" {
          throw Problem(
            entry.keyMark,
            "a script includes script and parameters of a file only, and it is included by one in"
              + " \(path.mark.text)")
        }
        base = Self.combine(base, loaded.filter { $0.key == "parameters" })
        if let script = loaded.first(where: { $0.key == "script" }), case .sequence(let more) = script.value.content {
          actions += more
        }
      }
      own.append(
        YAMLEntry(
          key: entry.key, keyMark: entry.keyMark,
          value: YAMLNode(content: .sequence(actions), mark: entry.value.mark)))
    }
    return Self.combine(base, own)
  }

  /// The file that an action includes, if it is such an action.
  private static func includedScript(_ item: YAMLNode) throws(Problem) -> YAMLNode? {
    guard case .mapping(let entries) = item.content, entries.contains(where: { $0.key == "include" }) else {
      return nil
    }
    return try Fields(item, .include)["include"]
  }

  private func paths(_ node: YAMLNode) throws(Problem) -> [YAMLNode] {
    guard case .sequence(let items) = node.content else { return [node] }
    return items
  }

  // MARK: Files

  /// What the file at `path` brings.
  private mutating func load(_ path: YAMLNode, _ stack: [Frame]) throws(Problem) -> [YAMLEntry] {
    guard let files else { throw Problem(path.mark, "files cannot be included here") }
    guard case .scalar(let text, _) = path.content, !text.isEmpty, !text.hasPrefix("/"), !text.utf8.contains(0) else {
      throw Problem(path.mark, "what is included is a path relative to this file; found \(path.found)")
    }
    guard !text.contains("${") else { throw Problem(path.mark, "the path of an included file has no parameters") }
    let prefix = Self.folder(of: (prefixes[path.mark.file] ?? "") + text)
    let name = Self.plain(Self.folder(of: path.mark.file) + text)
    if let place = stack.firstIndex(where: { Self.plain($0.name) == name }) {
      let way = stack[(place + 1)...].compactMap(\.mark) + [path.mark]
      throw Problem(
        path.mark, "'\(name)' would include itself: \(way.map { "included in \($0.text)" }.joined(separator: ", "))")
    }
    guard stack.count <= Self.depthMax else {
      throw Problem(path.mark, "files include each other deeper than \(Self.depthMax)")
    }
    fileCount += 1
    guard fileCount <= Self.fileCountMax else {
      throw Problem(path.mark, "more than \(Self.fileCountMax) files are included")
    }
    let bytes: [UInt8]
    do { bytes = try files(name) } catch { throw Problem(path.mark, "cannot include '\(text)': \(error)") }
    byteCount += bytes.count
    guard byteCount <= Self.byteCountMax else {
      throw Problem(path.mark, "the files included up to here have more than \(Self.byteCountMax) bytes together")
    }
    prefixes[name] = Self.plain(prefix)
    guard let node = try YAMLReader.read(bytes, file: name) else { return [] }
    return try merged(Fields(node, .fragment), stack + [Frame(name: name, mark: path.mark)])
  }

  /// `path` up to its last slash.
  private static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
  }

  /// `path` without `.` and, as far as that can be told from the path alone, without `..`.
  private static func plain(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/", omittingEmptySubsequences: false) {
      switch part {
      case ".": break
      case "" where !parts.isEmpty && parts != [""]: break
      case ".." where parts.last.map { $0 != ".." && $0 != "" } == true: parts.removeLast()
      default: parts.append(part)
      }
    }
    let text = parts.joined(separator: "/")
    return path.hasSuffix("/") && !text.isEmpty && !text.hasSuffix("/") ? text + "/" : text
  }

  // MARK: Merging

  /// `base` with `over` before it.
  private static func combine(_ base: [YAMLEntry], _ over: [YAMLEntry]) -> [YAMLEntry] {
    var entries = base
    for entry in over {
      guard let place = entries.firstIndex(where: { $0.key == entry.key }) else {
        entries.append(entry)
        continue
      }
      entries[place] = combine(entries[place], entry)
    }
    return entries
  }

  private static func combine(_ base: YAMLEntry, _ over: YAMLEntry) -> YAMLEntry {
    let content: YAMLNode.Content
    switch (base.value.content, over.value.content) {
    case (.mapping(let below), .mapping(let above)) where mergedByKey.contains(over.key):
      var entries = below
      for entry in above {
        if let place = entries.firstIndex(where: { $0.key == entry.key }) {
          entries[place] = entry
        } else {
          entries.append(entry)
        }
      }
      content = .mapping(entries)
    case (.sequence(let below), .sequence(let above)) where over.key == "script":
      content = .sequence(below + above)
    default: return over
    }
    return YAMLEntry(
      key: over.key, keyMark: over.keyMark, value: YAMLNode(content: content, mark: over.value.mark))
  }
}
