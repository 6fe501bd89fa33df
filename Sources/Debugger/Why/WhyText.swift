internal import Backplane
internal import VirtualTime

extension WhyTree {
  /// The tree in lines for people: first the last writer at length, then what that was made of.
  /// - Parameter isFork: whether people have changed the run.
  public func lines(isFork: Bool = false) -> [String] {
    let text = WhyText(self)
    return text.headline(isFork: isFork) + text.branches(root.sources, indent: "  ")
  }
}

extension WhyNode {
  /// Where the value came from, in words that stand behind it; empty when its name says it all.
  public var originText: String {
    if case .unfollowed(let limit) = origin { return limit == .depth ? "not followed further" : "too many values" }
    return WhyText.text(origin)
  }
}

/// Writes a tree for people.
struct WhyText {
  private let tree: WhyTree
  /// The numbers of nodes that others refer to, ascending.
  private let referred: [Int]

  init(_ tree: WhyTree) {
    self.tree = tree
    var referred: [Int] = []
    func look(_ node: WhyNode) {
      if case .seen(let number) = node.origin { referred.append(number) }
      node.sources.forEach(look)
    }
    look(tree.root)
    self.referred = referred.sorted()
  }

  // MARK: - The last writer

  func headline(isFork: Bool) -> [String] {
    let root = tree.root
    let now = "\(root.name) is \(Self.value(root.value))"
    switch root.origin {
    case .written(let writer), .pieces(let writer?): return Self.lines(of: writer, now, tree.moment)
    case .pieces(nil), .start:
      let changes = isFork ? ", but for changes made in the debugger" : ""
      var lines = ["\(now); nothing has written it since the start of the trace\(changes)"]
      if case .start(let start) = root.origin { lines.append("  \(Self.text(start))") }
      return lines
    default: return ["\(now), \(Self.text(root.origin))"]
    }
  }

  private static func lines(of writer: WhyWriter, _ now: String, _ moment: Moment) -> [String] {
    let ago = moment.step.count - writer.moment.step.count
    var lines = [
      "\(now), written at @\(writer.moment.step.count), \(ago) step\(ago == 1 ? "" : "s") ago; before that it was"
        + " \(value(writer.before))",
      "  by \(deed(writer))",
      "  on hart \(writer.hart) in \(writer.privilege) mode, \(writer.timeText)",
    ]
    if let wrote = writer.wrote {
      lines.append("  then it was \(value(wrote)), until somebody changed it in the debugger")
    }
    return lines
  }

  /// What a step did, and where.
  private static func deed(_ writer: WhyWriter) -> String {
    let place = instruction(writer)
    switch writer.kind {
    case .instruction: return place
    case .trap(let name, let isInterrupt):
      return isInterrupt ? "the \(name), before \(place)" : "\(name), raised by \(place)"
    case .walk(let address):
      return "the page-table walk for the address \(Monitor.hexadecimal(address)), made for \(place)"
    }
  }

  private static func instruction(_ writer: WhyWriter) -> String {
    let symbol = writer.symbol.map { " \($0)" } ?? ""
    let text = writer.instruction.map { ": \($0.split(separator: "\t").joined(separator: " "))" } ?? ""
    return "\(Monitor.hexadecimal(writer.programCounter))\(symbol)\(text)"
  }

  // MARK: - What it was made of

  func branches(_ nodes: [WhyNode], indent: String) -> [String] {
    var lines: [String] = []
    for (index, node) in nodes.enumerated() {
      let isLast = index == nodes.count - 1
      lines.append(indent + (isLast ? "└─ " : "├─ ") + line(node))
      lines += branches(node.sources, indent: indent + (isLast ? "   " : "│  "))
    }
    return lines
  }

  private func line(_ node: WhyNode) -> String {
    var text = referred.contains(node.number) ? "[\(node.number)] " : ""
    text += node.name
    if let symbol = node.symbol { text += " \(symbol)" }
    if node.isAddress { text += " (address)" }
    if !node.value.isEmpty { text += " = \(Self.value(node.value))" }
    if case .unfollowed(let limit) = node.origin { return text + (limit == .depth ? " …" : " … (too many values)") }
    let origin = Self.text(node.origin)
    return origin.isEmpty ? text : "\(text), \(origin)"
  }

  fileprivate static func text(_ origin: WhyOrigin) -> String {
    switch origin {
    case .written(let writer): "written at @\(writer.moment.step.count) by \(deed(writer))"
    case .pieces: "in pieces:"
    case .start(let start): text(start)
    case .constant, .other, .unfollowed: ""
    case .device(_, let offset, let count, let input):
      "register \(Monitor.hexadecimal(offset)), \(count) byte\(count == 1 ? "" : "s")" + (input.map(text) ?? "")
    case .line: "its interrupt line"
    case .counter: "which runs by itself"
    case .wires: "which shows interrupt lines"
    case .fixed: "which never changes"
    case .seen(let number): "see [\(number)]"
    }
  }

  private static func text(_ start: WhyStart) -> String {
    switch start {
    case .powerOn: "as at power-on"
    case .trace: "as at the start of the trace"
    case .memory(.image(let role, let name, let offset)):
      "from the \(role) \(name), offset \(Monitor.hexadecimal(offset))"
    case .memory(.made(let name, let offset)): "from the \(name), offset \(Monitor.hexadecimal(offset))"
    case .memory(.zero): "never written: memory is zero at power-on"
    case .memory(.unknown): "as at power-on"
    }
  }

  private static func text(_ input: WhyInput) -> String {
    let byte = (0x21..<0x7f).contains(input.byte) ? " '\(UnicodeScalar(input.byte))'" : ""
    let value = Monitor.hexadecimal(UInt64(input.byte)) + byte
    return input.isCertain
      ? ": the input \(value) that entered at @\(input.moment.step.count)"
      : ": one of the inputs \(value), the latest of which entered at @\(input.moment.step.count)"
  }

  /// A value, its least significant byte first: a number, or when it is too long for that its bytes.
  static func value(_ bytes: [UInt8]) -> String {
    guard bytes.count > 8 else { return Monitor.hexadecimal(TargetDescription.value(of: bytes)) }
    return bytes.prefix(32).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
      + (bytes.count > 32 ? " …" : "")
  }
}
