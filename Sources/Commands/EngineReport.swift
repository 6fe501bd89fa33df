internal import Backplane
internal import Boards
internal import StateCoding
internal import VirtualTime

/// Tells in what the engines differ that ran side by side (`--engine lockstep`).
struct EngineReport {
  /// Lines for people.
  private(set) var lines: [String] = []
  private static let instructionCountMax = 24

  init<B: DebuggableBoard>(_ difference: EngineDifference<B>, _ memory: Memory) {
    let before = difference.before
    let now = before.fabric.now
    let place =
      switch difference.place {
      case .block: "in the block that begins at"
      case .step: "behind the step at"
      case .stretch: "somewhere behind"
      }
    let pc = Self.hexadecimal(before.programCounter(hart: 0))
    lines = [
      "interpreter and translator differ \(place) step @\(now.step.count), pc \(pc),"
        + " in \(before.privilegeName(hart: 0)) mode"
    ]
    appendInstructions(before, difference.expected.programCounter(hart: 0), memory)
    appendRegisters(difference)
    for bytes in difference.memory {
      lines.append(
        "  memory at \(Self.hexadecimal(bytes.address)): interpreter \(Show.hexadecimal(bytes.expected)),"
          + " translator \(Show.hexadecimal(bytes.found))")
    }
    if difference.effectsDiffer { lines.append("  output, interrupts or accesses to devices differ") }
    if difference.expectedStop != difference.foundStop {
      lines.append("  stopped: interpreter \(difference.expectedStop), translator \(difference.foundStop)")
    }
    lines.append("All before is the same, and what was recorded of it is kept. This is a fault of Reprise.")
  }

  private static func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

  /// The instructions from where `board` stands to the end of the run, or to `end`.
  private mutating func appendInstructions(_ board: some DebuggableBoard, _ end: UInt64, _ memory: Memory) {
    var pc = board.programCounter(hart: 0)
    for _ in 0..<Self.instructionCountMax {
      // Code may go on in a page elsewhere: two bytes at a time.
      var code: [UInt8] = []
      for part in stride(from: UInt64(0), to: 4, by: 2) {
        guard let address = board.translate(pc &+ part, hart: 0, memory: memory) else { break }
        code += memory.read(address, count: 2) ?? []
      }
      guard let (text, byteCount) = board.disassemble(code, at: pc) else { break }
      lines.append("  \(Self.hexadecimal(pc)): \(text.replacing("\t", with: " "))")
      pc &+= UInt64(byteCount)
      let isJump = ["b", "j", "ret", "mret", "sret", "ecall", "ebreak", "c.b", "c.j"].contains { text.hasPrefix($0) }
      if pc == end || isJump { break }
    }
  }

  private mutating func appendRegisters<B: DebuggableBoard>(_ difference: EngineDifference<B>) {
    for register in B.features.flatMap(\.registers) {
      let expected = difference.expected.register(register.number, hart: 0)
      let found = difference.found.register(register.number, hart: 0)
      guard expected != found, let expected, let found else { continue }
      lines.append(
        "  \(register.name): interpreter \(Self.hexadecimal(expected)), translator \(Self.hexadecimal(found))")
    }
    let states = StateDifference.between(difference.expected, difference.found, limit: 12)
    lines += states.filter { !$0.contains("hart.x[") && !$0.contains("hart.f[") }.map { "  " + $0 }
  }
}

extension Streams {
  /// Tells in what the engines of `machine` differ, if they do.
  /// - Returns: whether they do.
  func tellEngineDifference(_ machine: Machine<VirtBoard>) -> Bool {
    guard let difference = machine.engineDifference else { return false }
    let report = EngineReport(difference, machine.memory)
    complain(report.lines[0])
    for line in report.lines.dropFirst() { note(line) }
    return true
  }
}
