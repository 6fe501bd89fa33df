internal import Archive
internal import Backplane
internal import Boards
internal import Debugger
internal import Timeline
internal import VirtualTime

/// Where the first wrong value came from, on each side.
struct BisectWhy: Encodable {
  /// On one side: the tree, as `why` gives it, and the same as lines of text.
  struct Told: Encodable {
    var value: WhyValue
    var text: [String]
  }

  /// A trace of this many steps is gone through for it though it holds no checkpoints.
  static let shortSteps: UInt64 = 1 << 28
  private static let depth = 3
  private static let nodeCountMax = 40
  /// What changes by itself.
  private static let counters = ["pc", "cycle", "time", "instret", "mcycle", "minstret"]

  /// What is asked about: a register, or memory.
  var subject: String
  var a: Told?
  var b: Told?

  /// What to ask about behind `parting`: the first register or word that is not the same; `nil` when there is none, as
  /// where other inputs have only come to a device.
  static func subject(_ parting: BisectReport.Parting) -> Subject? {
    if let register = parting.registers.first(where: { !counters.contains($0.name) }) {
      return .register(register.name, hart: register.hart)
    }
    // Where memory was not compared, it differs from the start.
    guard parting.measure == Timeline.Parting.Measure.machine.rawValue, let word = parting.memory.first else {
      return nil
    }
    return UInt64(word.address.dropFirst(2), radix: 16).map { .memory($0) }
  }

  enum Subject {
    case register(String, hart: Int)
    /// Eight bytes at a guest-physical address.
    case memory(UInt64)

    var name: String {
      switch self {
      case .register(let name, _): name
      case .memory(let address): "8 bytes at physical \(Show.address(address))"
      }
    }
  }

  init(_ subject: Subject) { self.subject = subject.name }

  /// The answer of the trace of `reader`, behind the step of `parting`; `nil` when it has none.
  static func told(
    _ subject: Subject, behind parting: BisectReport.Parting, _ reader: TraceReader, files: [ImageRole: String],
    _ symbols: SymbolOptions, shouldStop: @escaping () -> Bool
  ) throws -> Told? {
    let knowledge = TraceKnowledge(
      reader, files: files, options: symbols, checkpointBytes: CheckpointMemoryOptions.defaultByteCount)
    let playback = try knowledge.open()
    let target = PlaybackTarget(playback, knowledge.forTarget)
    target.shouldStop = shouldStop
    playback.shouldStop = shouldStop
    switch playback.seek(to: Step(parting.step + 1)) {
    case .reached, .end: break
    default: return nil
    }
    let asked: WhySubject
    let hart: Int
    switch subject {
    case .register(let name, let number):
      guard let register = VirtBoard.features.flatMap(\.registers).first(where: { $0.name == name }) else { return nil }
      (asked, hart) = (.register(register), number)
    case .memory(let address):
      asked = .memory([MemoryPiece(virtualAddress: address, physicalAddress: address, byteCount: 8)])
      hart = 0
    }
    do {
      let options = WhyOptions(depth: depth, nodeCountMax: nodeCountMax, hart: hart)
      let tree = try WhyTree(of: asked, at: playback.moment, in: target, options)
      return Told(value: WhyValue(tree.root, clockHertz: reader.clockHertz), text: tree.lines())
    } catch is DebugProblem {
      return nil
    }
  }

  /// Lines for people.
  var lines: [String] {
    var lines: [String] = []
    for (side, told) in [("A", a), ("B", b)] {
      guard let told else { continue }
      lines.append("where \(subject) came from, \(side):")
      lines += told.text.map { "  \($0)" }
    }
    return lines
  }
}
