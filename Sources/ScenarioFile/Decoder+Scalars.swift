internal import Scenario
internal import VirtualTime

extension Decoder {
  func text(_ node: YAMLNode, _ wanted: String = "text") throws(Problem) -> String {
    guard case .scalar(let text, let isPlain) = node.content else {
      throw Problem(node.mark, "found \(node.found) where \(wanted) is needed")
    }
    guard !isPlain || YAMLNode.resolve(text) == .text else {
      let hint = wanted == "text" && !text.isEmpty ? "; put it in quotes if it is meant as text" : ""
      throw Problem(node.mark, "found \(node.found) where \(wanted) is needed\(hint)")
    }
    return text
  }

  func span(_ node: YAMLNode) throws(Problem) -> Span {
    try read(node, "guest time such as 20s or 500ms", Notation.span)
  }

  func read<Value>(
    _ node: YAMLNode, _ wanted: String, _ read: (String) throws(Notation.Problem) -> Value
  ) throws(Problem) -> Value {
    let text = try text(node, wanted)
    do { return try read(text) } catch { throw Problem(node.mark, error.reason) }
  }

  func integer(_ node: YAMLNode, from least: UInt64 = 0, to most: UInt64 = .max) throws(Problem) -> UInt64 {
    guard case .scalar(let text, true) = node.content, let number = try? Notation.number(text), number >= least,
      number <= most
    else {
      let largest = most == .max ? "2^64 - 1" : "\(most)"
      throw Problem(node.mark, "found \(node.found) where a whole number from \(least) to \(largest) is needed")
    }
    return number
  }

  /// Letters, digits, `.`, `_` and `-`, at least one of them, not first a dot.
  func isFileName(_ name: String) -> Bool {
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
