/// A value in a YAML file, and where it begins.
struct YAMLNode {
  enum Content {
    /// Text; `isPlain` when it stood there without quotes, so that it may be a number, a truth value or nothing.
    case scalar(String, isPlain: Bool)
    case sequence([YAMLNode])
    case mapping([YAMLEntry])
  }

  let content: Content
  let mark: Mark
}

/// A key and its value.
struct YAMLEntry {
  let key: String
  let keyMark: Mark
  let value: YAMLNode
}

extension YAMLNode {
  /// What a scalar without quotes is, by the core schema (YAML 1.2.2, section 10.3.2).
  enum Resolution {
    case null, boolean, integer, float, text
  }

  /// What it is, for messages: `the number 5`, `a list`.
  var found: String {
    switch content {
    case .sequence: return "a list"
    case .mapping: return "a mapping"
    case .scalar(let text, let isPlain):
      switch isPlain ? Self.resolve(text) : .text {
      case .null: return "nothing"
      case .boolean: return "the truth value \(text)"
      case .integer, .float: return "the number \(text)"
      case .text: return "the text '\(text.prefix(60))'"
      }
    }
  }

  static func resolve(_ text: String) -> Resolution {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE", "false", "False", "FALSE": return .boolean
    case ".inf", ".Inf", ".INF", "-.inf", "-.Inf", "-.INF", "+.inf", "+.Inf", "+.INF", ".nan", ".NaN", ".NAN":
      return .float
    default: break
    }
    let bytes = Array(text.utf8)
    if text.hasPrefix("0x") {
      return bytes.count > 2 && bytes.dropFirst(2).allSatisfy(isHexadecimal) ? .integer : .text
    }
    if text.hasPrefix("0o") {
      return bytes.count > 2 && bytes.dropFirst(2).allSatisfy { (0x30...0x37).contains($0) } ? .integer : .text
    }
    return resolveDecimal(bytes)
  }

  /// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
  private static func resolveDecimal(_ bytes: [UInt8]) -> Resolution {
    var rest = bytes[...]
    func takeSign() { if let first = rest.first, first == 0x2b || first == 0x2d { rest.removeFirst() } }
    func takeDigits() -> Int {
      let count = rest.prefix { (0x30...0x39).contains($0) }.count
      rest.removeFirst(count)
      return count
    }
    takeSign()
    let whole = takeDigits()
    if rest.isEmpty { return whole > 0 ? .integer : .text }
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      guard takeDigits() + whole > 0 else { return .text }
    } else if whole == 0 {
      return .text
    }
    if let first = rest.first, first == UInt8(ascii: "e") || first == UInt8(ascii: "E") {
      rest.removeFirst()
      takeSign()
      guard takeDigits() > 0 else { return .text }
    }
    return rest.isEmpty ? .float : .text
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
  }
}
