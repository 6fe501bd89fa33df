internal import Backplane
internal import GDBRemote

// Which packet is answered by what.

extension GDBSession {
  /// Answers the packet `body`.
  func answer(_ body: [UInt8]) {
    guard let first = body.first else { return reply("") }
    var text = PacketText(body.dropFirst())
    switch Character(UnicodeScalar(first)) {
    case "?": reply(lastStop)
    case "!": reply("OK")
    case "q", "Q": answerQuery(PacketText(body))
    case "v": answerLongName(PacketText(body))
    case "g", "G", "p", "P": answerRegisters(first, &text)
    case "m", "M", "x", "X": answerMemory(first, &text)
    case "c", "C", "s", "S": answerOldResume(first, &text)
    case "b": answerReverse(text)
    case "Z", "z": answerPoint(isInsertion: first == UInt8(ascii: "Z"), &text)
    case "H": answerHart(&text)
    case "T": reply(thread(text.restText).map { $0 < target.hartCount } ?? false ? "OK" : "E01")
    case "D": end(.detached, isAnswered: true)
    case "k": end(.killed, isAnswered: false)
    // A restart is answered by nothing at all; `vRun`, which comes first, is refused.
    case "R": break
    default: reply("")
    }
  }

  func end(_ ending: Ending, isAnswered: Bool) {
    if isAnswered { reply("OK") }
    self.ending = ending
  }

  /// The hart that a thread's number means: threads are numbered from 1; 0 and -1 mean any, which is the first.
  func thread(_ text: String) -> Int? {
    if text == "0" || text == "-1" { return 0 }
    guard let number = Hexadecimal.number(text.utf8), let index = Int(exactly: number) else { return nil }
    return index - 1
  }

  private func answerHart(_ text: inout PacketText) {
    let isForRegisters = text.take("g")
    guard isForRegisters || text.take("c") else { return reply("") }
    guard let hart = thread(text.restText), hart < target.hartCount else {
      return reply(error(.invalid, "there is no such hart"))
    }
    if isForRegisters { selectedHart = hart }
    reply("OK")
  }

  private func answerLongName(_ packet: PacketText) {
    var text = packet
    if text.take("vCont?") { return reply("vCont;c;C;s;S;t;r") }
    if text.take("vCont;") { return answerContinue(text) }
    if text.take("vFile:") { return answerFile(text) }
    if text.take("vKill") { return end(.killed, isAnswered: true) }
    if text.take("vRun") || text.take("vAttach") {
      return reply(error(.refused, "a recording is not started: use monitor seek"))
    }
    // `vMustReplyEmpty`, and what nobody knows.
    reply("")
  }

  private func answerPoint(isInsertion: Bool, _ text: inout PacketText) {
    guard let number = text.count(), let kind = PointSet.Kind(rawValue: number) else { return reply("") }
    guard text.take(","), let address = text.number(), text.take(","), let size = text.number() else {
      return reply(error(.invalid, "a stop point without address or size"))
    }
    let isWatch = kind != .softwareBreak && kind != .hardwareBreak
    guard !isWatch || size > 0 else { return reply(error(.invalid, "a watchpoint of no bytes")) }
    let point = PointSet.Point(kind: kind, address: address, byteCount: isWatch ? size : 0)
    guard isInsertion else {
      points.remove(point)
      return reply("OK")
    }
    guard points.insert(point) else {
      return reply(error(.tooLarge, "there are \(PointSet.countMax) stop points already"))
    }
    reply("OK")
  }
}
