internal import Backplane
internal import GDBRemote
internal import VirtualTime

// Packets that move the target, and what the debugger is told when it stands again.

extension GDBSession {
  /// A way to go.
  private enum Motion {
    case forward
    case step
    /// Steps until the program counter leaves this stretch.
    case stepInside(Range<UInt64>)
    case backward
    case stepBack
    /// Stays; a debugger that only wants to be told.
    case stay

    /// The same the other way round, for a debugger that was told to go back by a command of the user's.
    var backward: Motion {
      switch self {
      case .forward: .backward
      case .step, .stepInside: .stepBack
      case .backward, .stepBack, .stay: self
      }
    }
  }

  /// `c`, `C`, `s`, `S`: the packets before `vCont`.
  func answerOldResume(_ letter: UInt8, _ text: inout PacketText) {
    if letter == UInt8(ascii: "C") || letter == UInt8(ascii: "S") {
      // Signals cannot be given to a recording; gdb sends the one it was told of, which means nothing here.
      guard text.number() != nil else { return reply(error(.invalid, "a signal is missing")) }
      _ = text.take(";")
    }
    guard text.isAtEnd else { return reply(error(.refused, "go to another address by changing pc")) }
    move(letter | 0x20 == UInt8(ascii: "c") ? .forward : .step)
  }

  /// `vCont`: the first action that is meant for a hart that there is.
  func answerContinue(_ actions: PacketText) {
    var text = actions
    while !text.isAtEnd {
      var action = PacketText(text.part(until: ";"))
      let what = PacketText(action.part(until: ":"))
      let named = action.restText
      if !named.isEmpty {
        guard let hart = thread(named) else { return reply(error(.invalid, "there is no such hart")) }
        guard hart < target.hartCount else { continue }
      }
      guard let motion = motion(what) else { return reply(error(.invalid, "an action that is not known")) }
      return move(motion)
    }
    reply(error(.invalid, "no action for a hart that there is"))
  }

  private func motion(_ action: PacketText) -> Motion? {
    var text = action
    if text.take("c") { return text.isAtEnd ? .forward : nil }
    if text.take("s") { return text.isAtEnd ? .step : nil }
    if text.take("t") { return text.isAtEnd ? .stay : nil }
    if text.take("C") { return text.number() != nil ? .forward : nil }
    if text.take("S") { return text.number() != nil ? .step : nil }
    guard text.take("r"), let start = text.number(), text.take(","), let end = text.number(), start <= end else {
      return nil
    }
    return .stepInside(start..<end)
  }

  /// `bc` and `bs`.
  func answerReverse(_ text: PacketText) {
    switch text.restText {
    case "c": move(.backward)
    case "s": move(.stepBack)
    default: reply("")
    }
  }

  private func move(_ asked: Motion) {
    let motion = goesBackward ? asked.backward : asked
    do {
      let arrival = try moving {
        let arrival = try go(motion)
        try turnBack(arrival, motion)
        tell(arrival)
        return arrival
      }
      lastStop = stopReply(arrival)
    } catch {
      moving { console("reprise: \(error)\n") }
      lastStop = stopReply(signal: 5, "")
    }
    reply(lastStop)
  }

  private func go(_ motion: Motion) throws -> DebugArrival {
    let stepper = Stepper(self)
    switch motion {
    case .forward: return try target.runForward(points.stops, until: nil)
    case .step: return try stepper.forward()
    case .stepInside(let stretch): return try stepper.forward(inside: stretch)
    case .backward: return try target.runBackward(points.stops, notBefore: nil)
    case .stepBack: return try stepper.backward()
    case .stay: return .reached
    }
  }

  /// A watchpoint is told before the access is made, or before it is undone, where the architecture has it so: goes
  /// back by the step that was taken too far.
  private func turnBack(_ arrival: DebugArrival, _ motion: Motion) throws {
    guard facts.tellsOfAccessesBefore, case .hit(let hit) = arrival, case .access = hit.kind else { return }
    // One step, and the place where the debugger must stand: Ctrl-C has nothing to end.
    target.shouldStop = { false }
    switch motion {
    case .backward, .stepBack: _ = try target.runForward(StopPoints(), until: Step(hit.step + 1))
    case .forward, .step, .stepInside, .stay: _ = try target.seek(to: Step(hit.step))
    }
  }

  /// What no stop reply can say.
  private func tell(_ arrival: DebugArrival) {
    if case .diverged(let why) = arrival {
      console(
        "reprise: here the replay is no longer the run that was recorded: \(why)\n"
          + "reprise: the machine can still be looked at; what is behind this place did not happen so.\n")
    }
  }

  /// The target was moved by a command of the user's.
  func standsElsewhere() { lastStop = stopReply(signal: 5, "") }

  // MARK: - Stop replies

  private func stopReply(_ arrival: DebugArrival) -> [UInt8] {
    switch arrival {
    case .reached, .diverged: stopReply(signal: 5, "")
    case .interrupted: stopReply(signal: 2, "")
    case .start: stopReply(signal: 5, "replaylog:begin;")
    case .end: stopReply(signal: 5, "replaylog:end;")
    case .hit(let hit): stopReply(signal: 5, reason(hit), hart: hit.hart)
    }
  }

  private func reason(_ hit: Hit) -> String {
    switch hit.kind {
    case .breakpoint(let address):
      guard let point = points.breakpoint(at: address) else { return "" }
      if point.kind == .hardwareBreak { return client.knowsHardwareBreaks ? "hwbreak:;" : "" }
      return client.knowsSoftwareBreaks ? "swbreak:;" : ""
    case .access(let access):
      let watches = points.watches
      guard watches.indices.contains(access.watchpoint) else { return "" }
      let watch = watches[access.watchpoint]
      // An access may begin before what is watched; debuggers look for the address inside.
      let address = max(access.virtualAddress, watch.address)
      return "\(watch.kind.stopName):\(String(address, radix: 16));"
    case .register: return ""
    }
  }

  /// The stop reply with `signal` and `reason`, and the registers that debuggers ask for first.
  func stopReply(signal: UInt8, _ reason: String, hart: Int = 0) -> [UInt8] {
    var text = Array("T".utf8) + Hexadecimal.text(of: [signal])
    text += Array("thread:\(String(hart + 1, radix: 16));".utf8)
    text += Array(reason.utf8)
    if client.listsThreads {
      let harts = 0..<target.hartCount
      let places = harts.map { String(target.programCounter(hart: $0), radix: 16) }
      text += Array("threads:\(harts.map { String($0 + 1, radix: 16) }.joined(separator: ","));".utf8)
      text += Array("thread-pcs:\(places.joined(separator: ","));".utf8)
    }
    for role in [RegisterDescription.Role.programCounter, .stackPointer, .framePointer] {
      guard let register = target.register(of: role) else { continue }
      text += Hexadecimal.text(of: UInt64(register.number)) + Array(":".utf8)
      text += Hexadecimal.text(of: bytes(of: register, hart)) + Array(";".utf8)
    }
    return text
  }
}

extension PointSet.Kind {
  fileprivate var stopName: String {
    switch self {
    case .readWatch: "rwatch"
    case .accessWatch: "awatch"
    default: "watch"
    }
  }
}
