/// How two states differ, for people.
public enum StateDifference {
  /// One line for each field in which `right` differs from `left`, such as `uart.lineControl: 3 → 7` or
  /// `hart[1].x[10]: 0 → 4096`, in the order of the bytes. Empty when the canonical bytes agree, whatever `==` says.
  /// - Parameter limit: how many lines there may be before the last, which then tells how many more there would be.
  public static func between<State: MachineState>(_ left: State, _ right: State, limit: Int = 40) -> [String] {
    guard StateWriter.bytes(of: left) != StateWriter.bytes(of: right) else { return [] }
    var lines = CappedLines(limit: limit)
    StateNode.tree(of: left).compare(with: StateNode.tree(of: right), "", into: &lines)
    return lines.whole
  }
}

/// Lines up to a limit, and a count of the rest.
struct CappedLines {
  let limit: Int
  private var lines: [String] = []
  private var left = 0

  init(limit: Int) { self.limit = limit }

  var whole: [String] { left == 0 ? lines : lines + ["… and \(left) more"] }

  mutating func append(_ line: @autoclosure () -> String) {
    if lines.count < limit { lines.append(line()) } else { left += 1 }
  }
}

/// One step of a path.
enum PathPart: Equatable {
  case field(String)
  case element(Int)

  /// The path `parts` after `prefix`, as people read it.
  static func joined(_ parts: [PathPart]) -> String { parts.reduce("") { $1.appended(to: $0) } }

  /// `prefix` with this part behind it.
  func appended(to prefix: String) -> String {
    switch self {
    case .field(let name): prefix.isEmpty ? name : prefix + "." + name
    case .element(let index): prefix + "[\(index)]"
    }
  }
}

/// A state taken apart, for people to look at.
struct StateNode {
  let part: PathPart
  var type = ""
  /// What there is to say of this node itself: a number, a string, `nil`, the name of a case.
  var value: String?
  /// The fields, elements or payload values.
  var children: [StateNode] = []
  /// The elements, when they are all unsigned integers.
  var numbers: [UInt64] = []
  var isArray = false

  /// The tree of `state`.
  static func tree<State: MachineState>(of state: State) -> StateNode {
    do {
      return try StateWalk.over(state, TreeSink()).root
    } catch {
      preconditionFailure("\(State.self) cannot be state: \(error)")
    }
  }

  private func path(after prefix: String) -> String { part.appended(to: prefix) }

  /// Appends the lines of this node's shape.
  func describe(_ path: String, into lines: inout [String]) {
    if isArray || value != nil { lines.append("\(path): \(type)") }
    if isArray {
      children.first?.describe(path + "[]", into: &lines)
    } else {
      for child in children { child.describe(child.path(after: path), into: &lines) }
    }
  }

  /// Appends a line for each difference between this node and `other`, which stands in its place.
  func compare(with other: StateNode, _ path: String, into lines: inout CappedLines) {
    guard value == other.value else {
      return lines.append("\(path): \(value ?? "present") → \(other.value ?? "present")")
    }
    if isArray, count != other.count { lines.append("\(path).count: \(count) → \(other.count)") }
    for index in 0..<min(numbers.count, other.numbers.count) where numbers[index] != other.numbers[index] {
      lines.append("\(path)[\(index)]: \(numbers[index]) → \(other.numbers[index])")
    }
    for (mine, theirs) in zip(children, other.children) {
      mine.compare(with: theirs, mine.path(after: path), into: &lines)
    }
  }

  private var count: Int { max(children.count, numbers.count) }
}

/// Builds a tree of nodes.
struct TreeSink: StateSink {
  private(set) var progress = 0
  private var open: [StateNode] = [StateNode(part: .field(""))]

  /// The tree, once the walk has left everything it entered.
  var root: StateNode { open[0] }

  mutating func enter<Key: CodingKey>(_ key: Key) { open.append(StateNode(part: .field(key.stringValue))) }
  mutating func enter(index: Int) { open.append(StateNode(part: .element(index))) }

  mutating func leave() {
    let node = open.removeLast()
    open[open.count - 1].children.append(node)
  }

  mutating func note(_ type: Any.Type) { open[open.count - 1].type = "\(type)" }

  private mutating func say(_ value: String, _ type: String) {
    progress += 1
    open[open.count - 1].value = value
    if open[open.count - 1].type.isEmpty { open[open.count - 1].type = type }
  }

  mutating func number<Number: FixedWidthInteger>(_ value: Number) { say("\(value)", "\(Number.self)") }
  mutating func flag(_ value: Bool) { say("\(value)", "Bool") }
  mutating func text(_ value: String) { say("\"\(value)\"", "String") }

  mutating func array(count: Int) {
    progress += 1
    open[open.count - 1].isArray = true
  }

  mutating func numbers<Number: FixedWidthInteger & UnsignedInteger>(_ values: [Number]) {
    array(count: values.count)
    open[open.count - 1].numbers = values.map { UInt64(truncatingIfNeeded: $0) }
  }

  mutating func presence(_ isPresent: Bool) {
    progress += 1
    if !isPresent { say("nil", "") }
  }

  mutating func choice<Key: CodingKey>(_ key: Key) { say(key.stringValue, "") }
}
