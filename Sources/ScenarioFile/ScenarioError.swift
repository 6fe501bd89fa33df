/// What is wrong with a scenario's file, and where.
public struct ScenarioError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file, as it was named.
  public let file: String
  /// The line, from 1.
  public let line: Int
  /// The column, from 1, in Unicode scalars.
  public let column: Int
  /// What was found and what is allowed, in one sentence.
  public let message: String

  /// `teach.yaml:12:5: …`, the form that editors and terminals turn into a link.
  public var description: String { "\(file):\(line):\(column): \(message)" }
}

/// A place in a file.
struct Mark: Hashable {
  /// From 1.
  var line: Int
  /// From 1.
  var column: Int
  /// The file, as it was named.
  var file = ""

  /// `teach.yaml:12:5`.
  var text: String { "\(file):\(line):\(column)" }
}

/// What is wrong, and where.
struct Problem: Error {
  let mark: Mark
  let message: String

  init(_ mark: Mark, _ message: String) { (self.mark, self.message) = (mark, message) }
}

/// How `name` may have been meant: the one of `choices` within two typing mistakes of it, if there is one.
func suggestion(for name: String, among choices: [String]) -> String? {
  let near = choices.map { (choice: $0, distance: distance(Array(name.utf8.prefix(64)), Array($0.utf8))) }
  guard let best = near.min(by: { $0.distance < $1.distance }), best.distance <= min(2, name.utf8.count / 2) else {
    return nil
  }
  return best.choice
}

/// How many bytes must be put in, taken out, replaced or swapped with their neighbour to make `right` of `left`
/// (the optimal string alignment distance).
private func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
  var beforeLast: [Int] = []
  var last = Array(0...right.count)
  for (row, byte) in left.enumerated() {
    var line = [row + 1]
    for (column, other) in right.enumerated() {
      var best = min(last[column] + (byte == other ? 0 : 1), last[column + 1] + 1, line[column] + 1)
      if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
        best = min(best, beforeLast[column - 1] + 1)
      }
      line.append(best)
    }
    (beforeLast, last) = (last, line)
  }
  return last[right.count]
}
