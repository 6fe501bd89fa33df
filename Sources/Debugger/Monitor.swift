internal import Backplane
internal import VirtualTime

/// The user's own commands: `monitor …` in gdb, `process plugin packet monitor …` in lldb.
struct Monitor {
  private struct Command: Sendable {
    let name: String
    let arguments: String
    let help: String
    let body: @Sendable (Monitor, [String]) throws -> [String]
  }

  private static let commands: [Command] = [
    Command(name: "help", arguments: "", help: "this list") { _, _ in help },
    Command(name: "where", arguments: "", help: "where the run stands") { monitor, _ in try monitor.place() },
    Command(name: "step", arguments: "", help: "the step alone, and the first and the last there are") {
      monitor, _ in monitor.step()
    },
    Command(name: "seek", arguments: "POSITION", help: "go to @STEP, +STEPS, -STEPS, start, end, mark:NAME, SYMBOL …") {
      try $0.seek($1)
    },
    Command(name: "marks", arguments: "", help: "the marks of the trace") { monitor, _ in try monitor.marks() },
    Command(name: "mark", arguments: "NAME", help: "set a mark here, for this session") { try $0.mark($1) },
    Command(
      name: "why", arguments: "REGISTER | ADDRESS[:BYTES] | SYMBOL[+OFFSET][:BYTES] [DEPTH]",
      help: "who wrote this last, and where that came from"
    ) { try Why($0.session).answer($1) },
    Command(name: "log", arguments: "[LINES]", help: "what came in and what was done around here") { try $0.log($1) },
    Command(name: "phys", arguments: "ADDRESS [BYTES]", help: "memory at a guest-physical address") {
      try $0.physical($1)
    },
    Command(name: "translate", arguments: "ADDRESS", help: "where a virtual address lies") { try $0.translate($1) },
    Command(name: "traps", arguments: "[skip | show]", help: "whether single steps pass over trap handlers") {
      try $0.traps($1)
    },
    Command(
      name: "direction", arguments: "[forward | backward]", help: "which way continue and step go: for lldb, not gdb"
    ) { try $0.direction($1) },
    Command(name: "fork", arguments: "[leave]", help: "where a change left the recording; go back to the recording") {
      try $0.fork($1)
    },
    Command(name: "checkpoints", arguments: "", help: "the checkpoints in memory") { monitor, _ in
      monitor.target.checkpoints()
    },
  ]

  let session: GDBSession
  private var target: any DebugTarget { session.target }
  private var hart: Int { session.selectedHart }

  init(_ session: GDBSession) { self.session = session }

  /// Does the command on `line`, and returns what to show.
  func perform(_ line: String) -> [String] {
    let words = line.split(separator: " ").map(String.init)
    guard let name = words.first else { return Self.help }
    guard let command = Self.commands.first(where: { $0.name == name }) else {
      return ["no command '\(name)'; there are: \(Self.commands.map(\.name).joined(separator: ", "))"]
    }
    do {
      return try command.body(self, Array(words.dropFirst()))
    } catch let error as Usage {
      return ["\(error.found); usage: monitor \(command.name) \(command.arguments)"]
    } catch {
      return ["\(error)"]
    }
  }

  /// Arguments that make no sense; what is wrong with them.
  struct Usage: Error {
    let found: String
    init(_ found: String) { self.found = found }
  }

  private static let help: [String] =
    ["Commands of Reprise:"]
    + commands.map { command in
      let call = command.arguments.isEmpty ? command.name : "\(command.name) \(command.arguments)"
      return "  \(call)\(String(repeating: " ", count: max(1, 30 - call.count)))\(command.help)"
    }

  // MARK: - Places

  private func place() throws -> [String] { Self.describe(session) }

  /// Where the run stands, for people.
  static func describe(_ session: GDBSession) -> [String] {
    let target = session.target
    let address = target.programCounter(hart: session.selectedHart)
    var lines = ["@\(target.moment.step.count), \(target.timeText)"]
    lines.append(
      "hart \(session.selectedHart), \(target.privilegeName(hart: session.selectedHart)) mode, "
        + instruction(at: address, session))
    if target.moment == target.first { lines.append("this is the start") }
    if target.moment >= target.last { lines.append("this is the end") }
    if let fork = target.fork { lines.append("in a fork that left the recording at @\(fork.moment.step.count)") }
    return lines
  }

  /// The address, its symbol and the instruction there.
  static func instruction(at address: UInt64, _ session: GDBSession) -> String {
    let symbol = session.target.symbol(at: address).map { " \($0)" } ?? ""
    let text = session.target.instruction(at: address, hart: session.selectedHart).map { ": \($0)" } ?? ""
    return "\(hexadecimal(address))\(symbol)\(text)"
  }

  private func step() -> [String] {
    ["@\(target.moment.step.count) of @\(target.first.step.count) to @\(target.last.step.count)"]
  }

  private func seek(_ words: [String]) throws -> [String] {
    guard !words.isEmpty else { throw Usage("no position") }
    let arrival = try go(to: words.joined(separator: " "))
    session.standsElsewhere()
    var lines: [String] = []
    switch arrival {
    case .reached, .hit: break
    case .start: lines.append("the run begins here")
    case .end: lines.append("the run ends here")
    case .interrupted: lines.append("stopped on the way")
    case .diverged(let why): lines.append("here the replay is no longer the run that was recorded: \(why)")
    }
    lines += Self.describe(session)
    let hint =
      session.client.isLLDB
      ? "lldb still shows the place before: step to have it look again"
      : "gdb still shows the place before: maintenance flush register-cache"
    return lines + [hint]
  }

  private func go(to text: String) throws -> DebugArrival {
    let here = target.moment.step.count
    if text == "start" { return try target.seek(to: target.first) }
    guard let sign = text.first, sign == "+" || sign == "-" else { return try target.go(to: text) }
    guard let count = Self.number(text.dropFirst()) else { throw Usage("'\(text)' is no number of steps") }
    if sign == "-" { return try target.seek(to: Step(here - min(here, count))) }
    let (sum, overflow) = here.addingReportingOverflow(count)
    return try target.seek(to: Step(overflow ? .max : sum))
  }

  private func marks() throws -> [String] {
    let marks = try target.marks()
    return marks.isEmpty ? ["there are no marks"] : marks.map { "@\($0.moment.step.count)  \($0.name)" }
  }

  private func mark(_ words: [String]) throws -> [String] {
    guard words.count == 1 else { throw Usage(words.isEmpty ? "no name" : "a name is one word") }
    try target.mark(words[0])
    return ["mark:\(words[0]) is @\(target.moment.step.count)"]
  }

  private func log(_ words: [String]) throws -> [String] {
    guard words.count <= 1 else { throw Usage("too many words") }
    let count = words.first.map { Self.number($0[...]) } ?? 20
    guard let count, (1...10_000).contains(count) else { throw Usage("'\(words[0])' is not 1 to 10000 lines") }
    let lines = try target.log(Int(count))
    return lines.isEmpty ? ["nothing came in or was done around here, or the trace does not say"] : lines
  }

  // MARK: - Memory

  private func physical(_ words: [String]) throws -> [String] {
    guard (1...2).contains(words.count) else { throw Usage("one address, and how many bytes") }
    let address = try address(words[0])
    let asked = words.count == 2 ? Self.number(words[1][...]) : 64
    guard let count = asked, (1...4096).contains(count) else { throw Usage("'\(words[1])' is not 1 to 4096 bytes") }
    guard let bytes = target.memory(address, count: Int(count)) else {
      return [
        "\(Self.hexadecimal(address)): not all of it is memory; devices are not read, because that can change them"
      ]
    }
    return stride(from: 0, to: bytes.count, by: 16).map { start in
      let row = bytes[start..<min(bytes.count, start + 16)]
      let digits = row.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
      let text = row.map { (32..<127).contains($0) ? String(UnicodeScalar($0)) : "." }.joined()
      let gap = String(repeating: " ", count: 3 * (16 - row.count) + 2)
      return "\(Self.hexadecimal(address &+ UInt64(start)))  \(digits)\(gap)\(text)"
    }
  }

  private func translate(_ words: [String]) throws -> [String] {
    guard words.count == 1 else { throw Usage("one address") }
    let address = try address(words[0])
    let mode = target.privilegeName(hart: hart)
    guard let physical = target.translate(address, hart: hart) else {
      return ["\(Self.hexadecimal(address)) does not translate in \(mode) mode"]
    }
    let what = target.memory(physical, count: 1) == nil ? ", which is not memory" : ""
    return ["\(Self.hexadecimal(address)) is physical \(Self.hexadecimal(physical)) in \(mode) mode\(what)"]
  }

  private func address(_ text: String) throws -> UInt64 { try Self.number(text[...]) ?? target.address(of: text) }

  // MARK: - Settings

  private func traps(_ words: [String]) throws -> [String] {
    switch words {
    case []: break
    case ["skip"]: session.showsTraps = false
    case ["show"]: session.showsTraps = true
    default: throw Usage("'\(words.joined(separator: " "))' is neither skip nor show")
    }
    return [
      session.showsTraps
        ? "single steps go into trap handlers"
        : "single steps pass over trap handlers: interrupts, faults, system calls"
    ]
  }

  private func direction(_ words: [String]) throws -> [String] {
    switch words {
    case []: break
    case ["forward"]: session.goesBackward = false
    case ["backward"]: session.goesBackward = true
    default: throw Usage("'\(words.joined(separator: " "))' is neither forward nor backward")
    }
    guard session.goesBackward else { return ["continue and step go forward"] }
    return ["continue and single steps go backward; steps by line, and out of functions, need a debugger that knows it"]
  }

  private func fork(_ words: [String]) throws -> [String] {
    guard words.isEmpty || words == ["leave"] else { throw Usage("'\(words.joined(separator: " "))' is not leave") }
    guard let fork = target.fork else { return ["nothing was changed: this is the recording"] }
    guard words == ["leave"] else {
      let edits = fork.editCount == 1 ? "1 change" : "\(fork.editCount) changes"
      return ["a fork that left the recording at @\(fork.moment.step.count), with \(edits)"]
    }
    try target.leaveFork()
    session.standsElsewhere()
    return ["the fork is given up"] + Self.describe(session)
  }

  // MARK: - Numbers

  /// A number in decimal, or in hexadecimal behind `0x`.
  static func number(_ text: Substring) -> UInt64? {
    guard text.hasPrefix("0x") || text.hasPrefix("0X") else {
      return text.first?.isNumber == true ? UInt64(text.filter { $0 != "_" }) : nil
    }
    let digits = text.dropFirst(2)
    return digits.first == "+" || digits.first == "-" ? nil : UInt64(digits, radix: 16)
  }

  static func hexadecimal(_ number: UInt64) -> String { "0x" + String(number, radix: 16) }
}
