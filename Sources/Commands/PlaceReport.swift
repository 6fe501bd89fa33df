internal import Backplane
internal import Boards
internal import Host
internal import Symbols
internal import Timeline
internal import VirtualTime

/// Where a run stands, for people and as JSON (Documentation/JSON.md).
struct PlaceReport: Encodable, Equatable {
  struct Change: Encodable, Equatable {
    var register: String
    var before: String
    var after: String
  }

  struct Hart: Encodable, Equatable {
    var hart: Int
    var privilege: String
    var pc: String
    var symbol: String?
    var source: String?
    /// The instruction that is next, and its bytes as they lie in memory.
    var instruction: String?
    var instructionBytes: String?
    /// What the last step changed.
    var changed: [Change]
  }

  var schema = "reprise/place/1"
  var step: UInt64
  var stepsToEnd: UInt64
  var cycle: UInt64
  var guestNanoseconds: UInt64
  var isStart: Bool
  var isEnd: Bool
  var harts: [Hart]

  /// Where `playback` stands. It is gone back by one step, and forward again, to see what that changed.
  init(_ playback: Playback<VirtBoard>, _ symbols: SymbolIndex) {
    let here = playback.moment
    let after = Self.registers(playback.machine.board)
    var before = after
    if playback.stepBack() == .reached { before = Self.registers(playback.machine.board) }
    _ = playback.seek(to: here)
    let board = playback.machine.board
    (step, cycle) = (here.step.count, here.cycle.count)
    stepsToEnd = playback.last.step.count - here.step.count
    guestNanoseconds = board.fabric.nanoseconds
    (isStart, isEnd) = (here == playback.first, here == playback.last)
    harts = (0..<board.hartCount).map { hart in
      let pc = board.programCounter(hart: hart)
      let location = symbols.location(of: pc)
      let bytes = Self.bytes(at: pc, hart, playback.machine)
      let instruction = board.disassemble(bytes, at: pc)
      return Hart(
        hart: hart, privilege: board.privilegeName(hart: hart), pc: Show.address(pc), symbol: location.place,
        source: location.source.map { "\($0)" }, instruction: instruction?.text,
        instructionBytes: instruction.map { Show.hexadecimal(bytes.prefix($0.byteCount)) },
        changed: zip(before[hart], after[hart]).compactMap { old, new in
          old.value == new.value
            ? nil
            : Change(register: new.name, before: Show.address(old.value), after: Show.address(new.value))
        })
    }
  }

  /// The registers of all harts that keep what is written to them: counters tell nothing.
  private static func registers(_ board: VirtBoard) -> [[(name: String, value: UInt64)]] {
    let counters = ["cycle", "time", "instret", "mcycle", "minstret", "pc"]
    return (0..<board.hartCount).map { hart in
      VirtBoard.features.flatMap(\.registers).filter { !counters.contains($0.name) }.compactMap { register in
        board.register(register.number, hart: hart).map { (register.name, $0) }
      }
    }
  }

  /// The bytes of the instruction at virtual `address`, as many as can be read.
  private static func bytes(at address: UInt64, _ hart: Int, _ machine: Machine<VirtBoard>) -> [UInt8] {
    var bytes: [UInt8] = []
    for offset in [0, 2] as [UInt64] {
      guard let physical = machine.board.translate(address &+ offset, hart: hart, memory: machine.memory),
        let half = machine.memory.read(physical, count: 2)
      else { break }
      bytes += half
    }
    return bytes
  }

  /// Several lines of text.
  var text: String {
    var place = "@\(step)"
    if isStart {
      place += " (the start)"
    } else if isEnd {
      place += " (the end)"
    } else {
      place += " (end-\(stepsToEnd))"
    }
    var lines = ["\(place), cycle \(Show.count(cycle)), guest time \(Show.time(guestNanoseconds))"]
    for hart in harts {
      var line = "hart \(hart.hart), \(hart.privilege) mode, pc \(hart.pc)"
      if let symbol = hart.symbol { line += " \(symbol)" }
      if let source = hart.source { line += ", \(source)" }
      lines.append(line)
      if let instruction = hart.instruction { lines.append("  next     \(instruction)") }
      for (number, change) in hart.changed.enumerated() {
        let title = number == 0 ? "  changed  " : "           "
        lines.append("\(title)\(change.register): \(change.before) -> \(change.after)")
      }
    }
    return lines.joined(separator: "\n")
  }
}
