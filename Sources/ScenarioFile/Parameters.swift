internal import Scenario

/// The parameters of a scenario, with their defaults, and the values that its matrix gives them.
struct Parameters {
  /// The most parameters.
  static let countMax = 64
  /// The longest value, in bytes.
  static let byteCountMax = 4096
  /// The most scenarios that one file may become.
  static let variantCountMax = 1000

  /// A parameter and its value.
  struct Value: Hashable {
    let name: String
    /// The value, as it was written.
    let text: String
    /// Whether it was written without quotes, so that it may be a number.
    let isPlain: Bool
  }

  private let defaults: [Value]
  private let matrix: [(name: String, values: [Value], mark: Mark)]

  init(_ parameters: YAMLNode?, matrix: YAMLNode?) throws(Problem) {
    var defaults: [Value] = []
    for entry in try Self.entries(parameters, "the parameters must be a mapping from names to their defaults") {
      guard Self.isName(entry.key) else {
        throw Problem(
          entry.keyMark, "'\(entry.key.prefix(60))' is no name of a parameter: a letter, then letters, digits, '_', '-'"
        )
      }
      defaults.append(try Self.value(entry.key, entry.value))
    }
    guard defaults.count <= Self.countMax else {
      throw Problem(parameters?.mark ?? Mark(line: 1, column: 1), "there are more than \(Self.countMax) parameters")
    }
    self.defaults = defaults
    self.matrix = try Self.matrix(matrix, defaults.map(\.name))
  }

  private static func matrix(
    _ node: YAMLNode?, _ names: [String]
  ) throws(Problem) -> [(name: String, values: [Value], mark: Mark)] {
    var matrix: [(name: String, values: [Value], mark: Mark)] = []
    for entry in try entries(node, "the matrix must be a mapping from parameters to lists of values") {
      guard names.contains(entry.key) else {
        let known = names.isEmpty ? "there are none" : "there are \(list(names))"
        throw Problem(
          entry.keyMark, "the matrix has '\(entry.key.prefix(60))', which is not one of the parameters; \(known)")
      }
      guard case .sequence(let items) = entry.value.content, !items.isEmpty else {
        throw Problem(entry.value.mark, "found \(entry.value.found) where a list of values is needed")
      }
      var values: [Value] = []
      for item in items {
        let value = try value(entry.key, item)
        guard !values.contains(where: { $0.text == value.text }) else {
          throw Problem(item.mark, "'\(value.text.prefix(60))' is in the list already")
        }
        values.append(value)
      }
      matrix.append((entry.key, values, entry.keyMark))
    }
    return matrix
  }

  /// The combinations of the matrix's values, without the parameters that are given.
  func variants(without given: [String]) throws(Problem) -> [[Value]] {
    var variants: [[Value]] = [[]]
    for row in matrix where !given.contains(row.name) {
      guard variants.count * row.values.count <= Self.variantCountMax else {
        throw Problem(row.mark, "the matrix makes more than \(Self.variantCountMax) scenarios of this file")
      }
      variants = variants.flatMap { variant in row.values.map { variant + [$0] } }
    }
    return variants
  }

  /// Every parameter with its value: that of the variant, else the given one, else the default.
  func values(given: [Scenario.Parameter], _ variant: [Value]) -> [Value] {
    defaults.map { value in
      if let chosen = variant.first(where: { $0.name == value.name }) { return chosen }
      guard let other = given.last(where: { $0.name == value.name }) else { return value }
      return Value(name: value.name, text: other.value, isPlain: value.isPlain)
    }
  }

  private static func entries(_ node: YAMLNode?, _ wanted: String) throws(Problem) -> [YAMLEntry] {
    guard let node else { return [] }
    guard case .mapping(let entries) = node.content else { throw Problem(node.mark, "\(wanted); found \(node.found)") }
    return entries
  }

  private static func value(_ name: String, _ node: YAMLNode) throws(Problem) -> Value {
    guard case .scalar(let text, let isPlain) = node.content, !isPlain || YAMLNode.resolve(text) != .null else {
      throw Problem(node.mark, "found \(node.found) where a value of '\(name)' is needed: text or a number")
    }
    guard text.utf8.count <= byteCountMax else {
      throw Problem(node.mark, "the value has \(text.utf8.count) bytes; at most \(byteCountMax) are possible")
    }
    guard !text.contains("${") else { throw Problem(node.mark, "the value of a parameter has no parameters in it") }
    return Value(name: name, text: text, isPlain: isPlain)
  }

  static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, name.utf8.count <= 64, isLetter(first) else { return false }
    return name.utf8.allSatisfy { byte in
      isLetter(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
  }
}

/// Puts the values of parameters where `${name}` stands. `$${` is a `${` that stands for itself.
struct Substitution {
  /// The longest text that may come of it, in bytes.
  static let byteCountMax = 64 << 10
  /// The most bytes that may come of it in one scenario.
  static let totalByteCountMax = 4 << 20

  private let values: [Parameters.Value]
  private var byteCount = 0

  init(_ values: [Parameters.Value]) { self.values = values }

  /// `node` with values in it. Keys, `parameters` and `matrix` stay as they are.
  mutating func apply(to node: YAMLNode) throws(Problem) -> YAMLNode {
    switch node.content {
    case .scalar(let text, let isPlain):
      guard text.utf8.contains(UInt8(ascii: "$")), text.contains("${") else { return node }
      return YAMLNode(content: try scalar(text, isPlain, node.mark), mark: node.mark)
    case .sequence(let items):
      var changed: [YAMLNode] = []
      for item in items { changed.append(try apply(to: item)) }
      return YAMLNode(content: .sequence(changed), mark: node.mark)
    case .mapping(let entries):
      var changed: [YAMLEntry] = []
      for entry in entries {
        let isFixed = entry.key == "parameters" || entry.key == "matrix"
        let value = isFixed ? entry.value : try apply(to: entry.value)
        changed.append(YAMLEntry(key: entry.key, keyMark: entry.keyMark, value: value))
      }
      return YAMLNode(content: .mapping(changed), mark: node.mark)
    }
  }

  private mutating func scalar(_ text: String, _ isPlain: Bool, _ mark: Mark) throws(Problem) -> YAMLNode.Content {
    var result: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "$") else {
        result.append(byte)
        continue
      }
      if rest.starts(with: [UInt8(ascii: "$"), UInt8(ascii: "{")]) {
        result += rest.prefix(2)
        rest = rest.dropFirst(2)
      } else if rest.first == UInt8(ascii: "{") {
        guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else {
          throw Problem(mark, "a '${' has no '}' behind it; write $${ for one that stands for itself")
        }
        let value = try value(String(decoding: rest[(rest.startIndex + 1)..<end], as: UTF8.self), mark)
        rest = rest[(end + 1)...]
        // Alone and without quotes, it is what it is: a number stays one.
        if result.isEmpty, rest.isEmpty, isPlain { return .scalar(value.text, isPlain: value.isPlain) }
        result += Array(value.text.utf8)
      } else {
        result.append(byte)
      }
      guard result.count <= Self.byteCountMax else {
        throw Problem(mark, "with the values of its parameters the text has more than \(Self.byteCountMax) bytes")
      }
    }
    byteCount += result.count
    guard byteCount <= Self.totalByteCountMax else {
      throw Problem(mark, "up to here, parameters have made more than \(Self.totalByteCountMax) bytes of text")
    }
    return .scalar(String(decoding: result, as: UTF8.self), isPlain: isPlain)
  }

  private func value(_ name: String, _ mark: Mark) throws(Problem) -> Parameters.Value {
    if let value = values.first(where: { $0.name == name }) { return value }
    guard !values.isEmpty else {
      throw Problem(
        mark,
        "'${\(name.prefix(60))}' names a parameter, and there are none; write $${ for a '${' that stands for itself"
      )
    }
    throw unknown(name, mark, "parameter", in: "a text", choices: values.map(\.name))
  }
}
