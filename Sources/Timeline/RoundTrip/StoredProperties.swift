internal import StateCoding

/// What two values hold that is not in their canonical bytes: found by looking at their stored properties, whatever
/// their coding says.
///
/// For people who look for the field that was forgotten; nothing is decided by it.
enum StoredProperties {
  /// A line for each stored property, at any depth, that differs between `left` and `right`: `path: left → right`.
  /// - Parameter limit: the most lines.
  static func differences<Value>(_ left: Value, _ right: Value, limit: Int = 8) -> [String] {
    var lines: [String] = []
    compare(left, right, "", depth: 0, limit: limit, &lines)
    return lines
  }

  private static let deepest = 16
  private static let textLengthMax = 80

  private static func compare(
    _ left: Any, _ right: Any, _ path: String, depth: Int, limit: Int, _ lines: inout [String]
  ) {
    guard lines.count < limit, depth < deepest else { return }
    let (mine, theirs) = (Mirror(reflecting: left), Mirror(reflecting: right))
    // The order of a set or a dictionary is not part of what it holds, and objects are shared, not state.
    if [.set, .dictionary, .class].contains(mine.displayStyle) { return }
    let isLeaf = mine.children.isEmpty && theirs.children.isEmpty
    if isLeaf || mine.displayStyle == .enum || mine.children.count != theirs.children.count {
      let (one, other) = ("\(left)", "\(right)")
      if one != other { lines.append("\(path): \(shortened(one)) → \(shortened(other))") }
      return
    }
    for (number, (ours, others)) in zip(mine.children, theirs.children).enumerated() {
      compare(
        ours.value, others.value, joined(path, ours.label, number, mine.displayStyle), depth: depth + 1, limit: limit,
        &lines)
    }
  }

  /// The path of a child, as `StateDifference` writes it. The storage of a wrapped property has its name behind an
  /// underscore, and the value one level deeper.
  private static func joined(
    _ path: String, _ label: String?, _ number: Int, _ style: Mirror.DisplayStyle?
  ) -> String {
    if style == .collection || style == .tuple && label == nil { return "\(path)[\(number)]" }
    guard var name = label, name != "wrappedValue", style != .optional else { return path }
    if name.hasPrefix("_") { name.removeFirst() }
    return path.isEmpty ? name : "\(path).\(name)"
  }

  private static func shortened(_ text: String) -> String {
    text.count <= textLengthMax ? text : text.prefix(textLengthMax) + "…"
  }
}
