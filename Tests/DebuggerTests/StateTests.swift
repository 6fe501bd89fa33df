import GDBRemote
import Testing

@testable import Debugger

/// Registers, memory and changes.
@Suite struct StateTests {
  @Test func registersAreRead() {
    let wire = sample()
    #expect(wire.ask("g") == "0000000000000000" + "1101000000000000" + "0080000000000000" + "0000010000000000")
    #expect(wire.ask("p3") == "0000010000000000")
    #expect(wire.ask("p48") == "0090000000000000")
    #expect(wire.ask("p49") == "0000")
  }

  @Test(arguments: ["p", "p4", "pzz", "p3x", "pffffffffffffffffff", "P", "P1", "P1=", "P1=00", "P1=zz", "P4=00", "G00"])
  func whatIsNoRegisterIsAnError(_ packet: String) { #expect(sample().ask(packet) == "E16") }

  @Test func memoryIsReadByVirtualAddress() {
    let wire = sample()
    #expect(wire.ask("m11000,2") == "0000")
    #expect(wire.ask("m10010,20") == String(repeating: "01", count: 16) + String(repeating: "02", count: 16))
    _ = wire.ask("c")
    #expect(wire.ask("m11000,1") == "bb")
    #expect(wire.ask("m10000,0") == "")
  }

  @Test func whatCanBeReadIsReadUpToWhereItEnds() {
    let wire = sample()
    #expect(wire.ask("m12ffe,8") == "ffff")
    #expect(wire.ask("m13000,1") == "E0e")
    #expect(wire.ask("m500,1") == "E0e")
    #expect(wire.ask("mffffffffffffffff,8") == "E0e")
  }

  @Test func memoryIsReadByPhysicalAddress() {
    let wire = sample()
    #expect(wire.ask("qqemu.PhyMemMode") == "0")
    #expect(wire.ask("Qqemu.PhyMemMode:1") == "OK")
    #expect(wire.ask("qqemu.PhyMemMode") == "1")
    #expect(wire.ask("m10,1") == "01")
    #expect(wire.ask("m2ffe,8") == "ffff")
    #expect(wire.ask("m11000,1") == "E0e")
    #expect(wire.ask("Qqemu.PhyMemMode:0") == "OK")
    #expect(wire.ask("m10,1") == "E0e")
    #expect(wire.ask("Qqemu.PhyMemMode:2") == "E16")
  }

  @Test func memoryIsReadInBinary() {
    let wire = sample()
    #expect(wire.ask(bytes: Array("x10230,4".utf8)) == [Array("b####".utf8)])
    #expect(wire.ask("x10000,0") == "b")
    #expect(wire.ask("x500,4") == "E0e")
  }

  @Test func aReadIsNoLongerThanAPacket() {
    let wire = sample()
    let length = wire.ask("m10000,ffffff").utf8.count
    #expect(length <= GDBSession.packetBytesMax && length > 0x2000)
    #expect(wire.ask(bytes: Array("x10000,3000".utf8)).first.map(\.count) == GDBSession.packetBytesMax / 2)
  }

  @Test(arguments: [
    "m", "m1", "m10000", "m10000,", "mzz,1", "M10000,1", "M10000,1:", "M10000,1:0", "M10000,2:00", "M10000,1:zz",
    "X10000,1", "X10000,1:", "X10000,1:ab", "x", "m10000,ffffffffffffffff",
  ])
  func whatIsNoStretchOfMemoryIsAnError(_ packet: String) { #expect(sample().ask(packet) == "E16") }

  // MARK: Changes

  @Test func aChangeOpensAForkAndSaysSoOnce() {
    let wire = sample()
    #expect(wire.ask("s").hasPrefix("T05"))
    #expect(wire.ask("P1=8877665544332211") == "OK")
    #expect(wire.ask("p1") == "8877665544332211")
    let (console, _) = wire.watch("s")
    #expect(console.contains("opened a fork at @1"))
    #expect(wire.ask("M11000,2:0102") == "OK")
    #expect(wire.ask("m11000,2") == "0102")
    #expect(wire.ask(bytes: Array("X11000,1:".utf8) + [0x7d]) == [Array("OK".utf8)])
    #expect(wire.ask("m11000,2") == "7d02")
    #expect(wire.watch("s").console == "")
    #expect(wire.monitor("fork").contains("left the recording at @1, with 3 changes"))
    #expect(wire.monitor("where").contains("fork that left the recording at @1"))
    #expect(wire.monitor("fork leave").contains("given up"))
    #expect(wire.step == 1)
    #expect(wire.ask("p1") == "1101000000000000")
    #expect(wire.monitor("fork").contains("this is the recording"))
  }

  @Test func writingBackWhatWasReadOpensNoFork() {
    let wire = sample()
    #expect(wire.ask("G" + wire.ask("g")) == "OK")
    #expect(wire.ask("M10010,2:0101") == "OK")
    #expect(wire.ask("X10000,0:") == "OK")
    #expect(wire.monitor("fork").contains("this is the recording"))
    #expect(wire.ask("G" + wire.ask("g").replacingFirst("11", "12")) == "OK")
    #expect(wire.ask("p1") == "1201000000000000")
    #expect(wire.monitor("fork").contains("with 1 change"))
  }

  @Test func whatCannotBeChangedIsAnError() {
    let wire = sample()
    #expect(wire.ask("P0=0100000000000000") == "E5f")
    #expect(wire.ask("M13000,1:00") == "E0e")
    #expect(wire.ask("M12fff,2:0011") == "E0e")
    #expect(wire.ask("m12fff,1") == "ff")
    #expect(wire.monitor("fork").contains("this is the recording"))
  }

  @Test func errorsHaveWordsForWhoTakesThem() {
    let wire = sample()
    _ = wire.ask("qSupported:error-message+")
    #expect(wire.ask("m500,1") == "E.0x500 does not translate")
    let other = sample()
    #expect(other.ask("QEnableErrorStrings") == "OK")
    #expect(other.ask("m500,1").hasPrefix("E0e;3078353030"))
  }
}

extension String {
  /// With the first `part` replaced.
  func replacingFirst(_ part: String, _ other: String) -> String {
    guard let range = range(of: part) else { return self }
    return replacingCharacters(in: range, with: other)
  }

  private func range(of part: String) -> Range<String.Index>? {
    indices.first { self[$0...].hasPrefix(part) }.map { $0..<index($0, offsetBy: part.count) }
  }

  private func replacingCharacters(in range: Range<String.Index>, with other: String) -> String {
    self[..<range.lowerBound] + other + self[range.upperBound...]
  }
}
