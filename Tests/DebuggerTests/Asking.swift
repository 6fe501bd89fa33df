import Debugger
import GDBRemote
import VirtualTime

extension Wire {
  /// Sends the packet of `body` and returns the bodies of the packets that come back.
  func ask(bytes body: [UInt8]) -> [[UInt8]] {
    var decoder = PacketDecoder(bodyBytesMax: 1 << 20, decodesRuns: true)
    decoder.feed(raw(PacketEncoder(encodesRuns: false).packet(body)))
    var bodies: [[UInt8]] = []
    while let event = try? decoder.next() {
      if case .packet(let body) = event { bodies.append(body) }
    }
    return bodies
  }

  /// Sends the packet of `text` and returns the last packet that comes back, which is its answer.
  func ask(_ text: String) -> String { String(decoding: ask(bytes: Array(text.utf8)).last ?? [], as: UTF8.self) }

  /// What a command of the user's shows.
  func monitor(_ line: String) -> String {
    let answers = ask(bytes: Array("qRcmd,".utf8) + Hexadecimal.text(of: line))
    return answers.map { answer in
      if answer == Array("OK".utf8) { return "" }
      let digits = answer.first == UInt8(ascii: "O") ? answer.dropFirst() : answer[...]
      return String(decoding: Hexadecimal.bytes(digits) ?? Array("?".utf8), as: UTF8.self)
    }.joined()
  }

  /// The text that the user sees while `text` is done, and the last packet.
  func watch(_ text: String) -> (console: String, answer: String) {
    let answers = ask(bytes: Array(text.utf8))
    let console = answers.dropLast().filter { $0.first == UInt8(ascii: "O") }
      .map { String(decoding: Hexadecimal.bytes($0.dropFirst()) ?? [], as: UTF8.self) }
    return (console.joined(), String(decoding: answers.last ?? [], as: UTF8.self))
  }

  /// Where the run stands.
  var step: UInt64 { target.moment.step.count }
}

/// Deeds at one address after the other.
func straight(_ count: Int) -> [ScriptedTarget.Deed] {
  (0..<count).map { ScriptedTarget.Deed(pc: 0x1_0000 + UInt64($0) * 4) }
}

/// A session on a straight run of 20 steps: step 5 writes 0xaa at 0x11000, step 9 reads it, step 12 writes 0xbb, and
/// step 14 writes `ra`.
func sample() -> Wire {
  var deeds = straight(20)
  deeds[5].access = (0x1_1000, 0xaa)
  deeds[9].access = (0x1_1000, nil)
  deeds[12].access = (0x1_1000, 0xbb)
  deeds[14].register = (1, 0x222)
  deeds[14].text = "jal ra, start"
  return Wire(ScriptedTarget(deeds))
}

/// A run of ten instructions of which the one at step 3 is interrupted: the handler takes steps 3 (the entry) to 6 (the
/// return), and the instruction itself is step 7.
func interrupted() -> Wire {
  var deeds = straight(3)
  deeds.append(ScriptedTarget.Deed(pc: 0x1_000c, isInterrupt: true))
  deeds.append(ScriptedTarget.Deed(pc: ScriptedTarget.handler))
  deeds.append(ScriptedTarget.Deed(pc: ScriptedTarget.handler + 4))
  deeds.append(ScriptedTarget.Deed(pc: ScriptedTarget.handler + 8, text: "sret"))
  deeds += straight(10).dropFirst(3)
  return Wire(ScriptedTarget(deeds))
}
