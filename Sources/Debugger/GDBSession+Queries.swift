internal import Backplane
internal import GDBRemote

// Queries and settings: packets that begin with `q` and `Q`.

extension GDBSession {
  func answerQuery(_ packet: PacketText) {
    var text = packet
    if text.take("qSupported") { return answerSupported(text) }
    if text.take("qXfer:features:read:") { return answerDescription(text) }
    if text.take("qXfer:exec-file:read:") { return answerProgramName(text) }
    if text.take("qRcmd,") { return answerCommand(text) }
    if text.take("qThreadExtraInfo,") { return answerThreadInfo(text) }
    if text.take("QStartNoAckMode") { return endAcknowledgements() }
    if text.take("qfThreadInfo") {
      let names = (0..<target.hartCount).map { String($0 + 1, radix: 16) }
      return reply("m" + names.joined(separator: ","))
    }
    if text.take("qsThreadInfo") { return reply("l") }
    // A debugger that leaves lets the run be, as if it had found it.
    if text.take("qAttached") { return reply("1") }
    if text.take("qSymbol") { return reply("OK") }
    if text.take("qOffsets") { return reply("Text=0;Data=0;Bss=0") }
    if text.take("qTStatus") { return reply("") }
    if text.take("Qqemu.PhyMemMode:") { return answerPhysicalMode(text) }
    if text.take("qqemu.PhyMemMode") { return reply(isPhysical ? "1" : "0") }
    if text.take("qqemu.Supported") { return reply("PhyMemMode") }
    if answerLLDB(packet) { return }
    // Those that begin like longer names come last.
    if text.restText == "qC" { return reply("QC\(String(selectedHart + 1, radix: 16))") }
    reply("")
  }

  private func answerSupported(_ packet: PacketText) {
    var text = packet
    _ = text.take(":")
    while !text.isAtEnd {
      switch String(decoding: text.part(until: ";"), as: UTF8.self) {
      case "swbreak+": client.knowsSoftwareBreaks = true
      case "hwbreak+": client.knowsHardwareBreaks = true
      case "error-message+": client.takesErrorText = true
      default: break
      }
    }
    var features = [
      "PacketSize=\(String(Self.packetBytesMax, radix: 16))", "qXfer:features:read+", "QStartNoAckMode+",
      "ReverseStep+", "ReverseContinue+", "swbreak+", "hwbreak+", "vContSupported+", "binary-upload+", "multiprocess-",
      "qXfer:memory-map:read-",
    ]
    if target.hasProgram { features.append("qXfer:exec-file:read+") }
    reply(features.joined(separator: ";"))
  }

  private func answerDescription(_ packet: PacketText) {
    var text = packet
    let name = String(decoding: text.part(until: ":"), as: UTF8.self)
    guard name == "target.xml" else { return reply("E00") }
    guard let offset = text.count(), text.take(","), let count = text.count(), offset >= 0, count >= 0 else {
      return reply(error(.invalid, "an offset or a count is missing"))
    }
    let xml = Array(description.xml.utf8)
    guard offset <= xml.count else { return reply(error(.invalid, "the description is not so long")) }
    // Escapes may make it longer on the way.
    let length = min(count, Self.packetBytesMax / 2 - 1, xml.count - offset)
    let isLast = offset + length == xml.count
    reply(Array((isLast ? "l" : "m").utf8) + xml[offset..<(offset + length)])
  }

  private func answerThreadInfo(_ text: PacketText) {
    guard let hart = thread(text.restText), hart < target.hartCount else {
      return reply(error(.invalid, "there is no such hart"))
    }
    reply(Hexadecimal.text(of: "hart \(hart), \(target.privilegeName(hart: hart))"))
  }

  private func answerPhysicalMode(_ text: PacketText) {
    switch text.restText {
    case "0": isPhysical = false
    case "1": isPhysical = true
    default: return reply(error(.invalid, "0 or 1"))
    }
    reply("OK")
  }

  // MARK: - Commands of the user's

  /// `monitor …`.
  private func answerCommand(_ text: PacketText) {
    guard let bytes = Hexadecimal.bytes(text.rest) else { return reply(error(.invalid, "no hexadecimal digits")) }
    let lines = moving { Monitor(self).perform(String(decoding: bytes, as: UTF8.self)) }
    let output = lines.map { $0 + "\n" }.joined()
    let fits = output.utf8.count <= Self.packetBytesMax / 2
    // gdb hands what comes in the answer to scripts, and what comes before it to the screen only; lldb shows only the
    // latter as text.
    if output.isEmpty || !fits || client.isLLDB {
      moving { console(output) }
      return reply("OK")
    }
    reply(Hexadecimal.text(of: output))
  }
}
