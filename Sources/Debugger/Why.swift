internal import Backplane
internal import VirtualTime

/// Who wrote a register or a stretch of memory last.
struct Why {
  private let session: GDBSession
  private var target: any DebugTarget { session.target }
  private var hart: Int { session.selectedHart }

  init(_ session: GDBSession) { self.session = session }

  private enum Subject {
    case register(RegisterDescription)
    /// Pieces of guest-physical memory, one a page.
    case memory([(address: UInt64, count: Int)])
  }

  /// The answer to `why` with `words`.
  func answer(_ words: [String]) throws -> [String] {
    guard words.count == 1 else { throw Monitor.Usage("one register, address or symbol") }
    let (subject, name) = try subject(words[0])
    let here = target.moment
    let now = value(subject)
    var stops = StopPoints()
    switch subject {
    case .register(let register):
      if register.role == .programCounter { throw DebugProblem("pc changes with every step") }
      stops.registers = [register.number]
    case .memory(let pieces):
      stops.watchpoints = pieces.map {
        Watchpoint(.physical, $0.address, byteCount: UInt64($0.count), onRead: false, onWrite: true)
      }
    }
    guard let hit = try target.lastWrite(stops) else {
      let changes = target.fork == nil ? "" : ", but for changes made in the debugger"
      return ["\(name) is \(now); nothing has written it since the start of the trace\(changes)"]
    }
    let arrival = try target.seek(to: Step(hit.step))
    guard arrival == .reached else {
      try goBack(to: here)
      throw DebugProblem("\(name) was written at @\(hit.step), but the way there was not finished")
    }
    let before = value(subject)
    let address = target.programCounter(hart: hit.hart)
    var lines = [
      "\(name) is \(now), written at @\(hit.step), \(here.step.count - hit.step) steps ago;"
        + " before that it was \(before)",
      "  by \(Monitor.instruction(at: address, session))",
      "  on hart \(hit.hart) in \(target.privilegeName(hart: hit.hart)) mode, \(target.timeText)",
    ]
    if target.fork != nil, try target.seek(to: Step(hit.step + 1)) == .reached, value(subject) != now {
      lines.append("  then it was \(value(subject)), until somebody changed it in the debugger")
    }
    try goBack(to: here)
    return lines + walk(hit)
  }

  /// A write by no instruction of its own.
  private func walk(_ hit: Hit) -> [String] {
    guard case .access(let access) = hit.kind, access.isWrite, access.byteCount == 8 else { return [] }
    guard target.translate(access.virtualAddress, hart: hart) != access.physicalAddress else { return [] }
    return [
      "  as physical \(Monitor.hexadecimal(access.physicalAddress)), for the address"
        + " \(Monitor.hexadecimal(access.virtualAddress))"
    ]
  }

  private func goBack(to here: Moment) throws {
    // What the user asked for is done: they are to find the run where they left it.
    let asked = target.shouldStop
    target.shouldStop = { false }
    defer { target.shouldStop = asked }
    _ = try target.seek(to: here)
  }

  private func value(_ subject: Subject) -> String {
    switch subject {
    case .register(let register): return target.register(register.number, hart: hart).map(Monitor.hexadecimal) ?? "?"
    case .memory(let pieces):
      let bytes = pieces.flatMap { target.memory($0.address, count: $0.count) ?? [] }
      guard bytes.count > 8 else { return Monitor.hexadecimal(TargetDescription.value(of: bytes)) }
      return bytes.prefix(32).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
        + (bytes.count > 32 ? " …" : "")
    }
  }

  private func subject(_ text: String) throws -> (Subject, name: String) {
    let name = text.hasPrefix("$") ? String(text.dropFirst()) : text
    if let register = target.register(named: name) ?? role(named: name) { return (.register(register), register.name) }
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let count = parts.count == 2 ? Monitor.number(parts[1]) : 8
    guard let count, (1...4096).contains(count) else { throw Monitor.Usage("'\(parts[1])' is not 1 to 4096 bytes") }
    let address = try Monitor.number(parts[0]) ?? target.address(of: String(parts[0]))
    var pieces: [(address: UInt64, count: Int)] = []
    var done: UInt64 = 0
    while done < count {
      let (place, overflow) = address.addingReportingOverflow(done)
      guard !overflow, let physical = target.translate(place, hart: hart) else {
        throw DebugProblem("\(Monitor.hexadecimal(place)) does not translate here")
      }
      let length = min(count - done, Memory.pageSize - place % Memory.pageSize)
      guard target.memory(physical, count: Int(length)) != nil else {
        throw DebugProblem("\(Monitor.hexadecimal(place)) is not memory")
      }
      pieces.append((physical, Int(length)))
      done += length
    }
    return (.memory(pieces), "\(count) bytes at \(Monitor.hexadecimal(address))")
  }

  /// Names of registers by what they are for: `fp` is one of a numbered register.
  private func role(named name: String) -> RegisterDescription? {
    RegisterDescription.Role(rawValue: name).flatMap { target.register(of: $0) }
  }
}
