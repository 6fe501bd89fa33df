import Debugger
import GDBRemote
import Testing

/// The program, read through the session.
@Suite struct FileTests {
  private static let contents = (0..<5000).map { UInt8(truncatingIfNeeded: $0 * 7) }

  private func wire() -> Wire {
    let wire = sample()
    wire.target.file = DebugProgram(name: "teach.elf", bytes: Self.contents)
    return wire
  }

  private func open(_ wire: Wire, _ name: String = "/teach.elf", flags: Int = 0) -> String {
    let digits = String(decoding: Hexadecimal.text(of: name), as: UTF8.self)
    return wire.ask("vFile:open:\(digits),\(flags),0")
  }

  @Test func theNameComesInPieces() {
    let wire = wire()
    #expect(wire.ask("qSupported").contains("qXfer:exec-file:read+"))
    #expect(wire.ask("qXfer:exec-file:read::0,100") == "l/teach.elf")
    #expect(wire.ask("qXfer:exec-file:read:1:0,5") == "m/teac")
    #expect(wire.ask("qXfer:exec-file:read:1:5,6") == "lh.elf")
    #expect(wire.ask("qXfer:exec-file:read:1:zz,5") == "E16")
  }

  @Test func withoutAProgramThereIsNoFile() {
    let wire = sample()
    #expect(!wire.ask("qSupported").contains("exec-file"))
    #expect(wire.ask("qXfer:exec-file:read::0,100") == "E01")
    #expect(open(wire) == "F-1,2")
  }

  @Test func theProgramIsReadWhole() {
    let wire = wire()
    #expect(wire.ask("vFile:setfs:0") == "F0")
    #expect(open(wire) == "F1")
    let status = wire.ask(bytes: Array("vFile:fstat:1".utf8))[0]
    #expect(status.count == 4 + 64 && status.starts(with: "F40;".utf8))
    #expect(Array(status[32..<40]) == [0, 0, 0, 0, 0, 0, 0x13, 0x88])
    var bytes: [UInt8] = []
    while true {
      let answer = wire.ask(bytes: Array("vFile:pread:1,800,\(String(bytes.count, radix: 16))".utf8))[0]
      let head = answer.prefix { $0 != UInt8(ascii: ";") }
      let piece = answer.dropFirst(head.count + 1)
      #expect(Hexadecimal.number(head.dropFirst()) == UInt64(piece.count))
      if piece.isEmpty { break }
      bytes += piece
    }
    #expect(bytes == Self.contents)
    #expect(wire.ask("vFile:close:1") == "F0")
    #expect(wire.ask("vFile:close:1") == "F-1,9")
  }

  @Test func whatCannotBeDoneIsAnError() {
    let wire = wire()
    #expect(open(wire, "other") == "F-1,2")
    #expect(open(wire, flags: 1) == "F-1,1e")
    #expect(wire.ask("vFile:open:zz") == "F-1,16")
    #expect(wire.ask("vFile:pread:1,10,0") == "F-1,9")
    #expect(wire.ask("vFile:fstat:1") == "F-1,9")
    #expect(open(wire) == "F1")
    #expect(wire.ask("vFile:pread:1,zz,0") == "F-1,16")
    #expect(wire.ask("vFile:pread:2,10,0") == "F-1,9")
    #expect(wire.ask("vFile:unlink:00") == "")
  }
}
