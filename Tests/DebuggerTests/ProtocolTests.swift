import GDBRemote
import Testing

@testable import Debugger

/// What a debugger says and is told besides running and looking.
@Suite struct ProtocolTests {
  @Test func whatIsSupportedIsSaid() {
    let features = sample().ask("qSupported:multiprocess+;swbreak+;xmlRegisters=i386").split(separator: ";")
    for feature in ["ReverseStep+", "ReverseContinue+", "swbreak+", "hwbreak+", "vContSupported+", "PacketSize=4000"] {
      #expect(features.contains(Substring(feature)))
    }
    #expect(sample().ask("vCont?") == "vCont;c;C;s;S;t;r")
  }

  @Test(arguments: [
    "vMustReplyEmpty", "vFile:unlink", "qFoo", "Qfoo", "QPassSignals:1;2", "QProgramSignals:0", "J", "\u{0}", "", "A",
    "Z5,10000,4", "z9,10000,4", "Hx1", "bx", "b", "qL1200", "qTStatus", "jThreadsInfo", "_M1000,rw", "QNonStop:0",
    "qXfer:memory-map:read::0,100", "QCatchSyscalls:0",
  ])
  func whatNobodyKnowsIsAnsweredByNothing(_ packet: String) {
    #expect(sample().ask(bytes: Array(packet.utf8)) == [[]])
  }

  @Test(arguments: [
    "vCont;", "vCont;x", "vCont;s:zz", "vCont;s:9", "vCont;r", "vCont;r1", "vCont;r2,1", "C", "Szz", "c10000",
    "Z0", "Z0,", "Z0,zz,4", "Z0,10000", "Z2,10000,0", "H", "Hgzz", "Hg9", "qThreadExtraInfo,9", "qRcmd,1", "qRcmd,zz",
    "qXfer:features:read:target.xml:", "qXfer:features:read:target.xml:zz,1", "qXfer:features:read:target.xml:fffff,1",
    "qMemoryRegionInfo:", "qMemoryRegionInfo:zz", "qRegisterInfo", "qRegisterInfozz", "qRegisterInfoff",
    "qRegisterInfoffffffffffffffff", "vRun;", "vAttach;1",
  ])
  func whatMakesNoSenseIsAnError(_ packet: String) {
    let answer = sample().ask(packet)
    #expect(answer.hasPrefix("E") || answer == "", "\(answer)")
    if packet != "H" { #expect(answer.hasPrefix("E"), "\(answer)") }
  }

  @Test func hartsAreThreads() {
    let wire = sample()
    #expect(wire.ask("qC") == "QC1")
    #expect(wire.ask("qfThreadInfo") == "m1")
    #expect(wire.ask("qsThreadInfo") == "l")
    #expect(wire.ask("T1") == "OK")
    #expect(wire.ask("T2") == "E01")
    #expect(wire.ask("Tzz") == "E01")
    #expect(wire.ask("Hg1") == "OK")
    #expect(wire.ask("Hc-1") == "OK")
    #expect(wire.ask("Hg0") == "OK")
    #expect(Hexadecimal.bytes(wire.ask("qThreadExtraInfo,1").utf8) == Array("hart 0, supervisor".utf8))
    #expect(wire.ask("qAttached") == "1")
    #expect(wire.ask("qSymbol::") == "OK")
    #expect(wire.ask("!") == "OK")
  }

  @Test func theDescriptionComesInPieces() {
    let wire = sample()
    var xml = ""
    while true {
      let piece = wire.ask("qXfer:features:read:target.xml:\(String(xml.utf8.count, radix: 16)),40")
      xml += piece.dropFirst()
      guard piece.first == "m" else {
        #expect(piece.first == "l")
        break
      }
      #expect(piece.utf8.count == 65)
    }
    #expect(xml == wire.session.description.xml)
    #expect(xml.contains("<architecture>riscv:rv64</architecture>"))
    #expect(xml.contains("<reg name=\"scause\" bitsize=\"64\" regnum=\"70\" type=\"int\" group=\"system\"/>"))
    #expect(wire.ask("qXfer:features:read:other.xml:0,40") == "E00")
  }

  // MARK: The line

  @Test func packetsAreAcknowledgedUntilThatIsEnded() {
    let wire = sample()
    #expect(wire.raw(Array("$qC#b4".utf8)) == Array("+$QC1#c5".utf8))
    #expect(wire.raw(Array("$qC#b5".utf8)) == Array("-".utf8))
    // What was not received is sent again.
    #expect(wire.raw(Array("-".utf8)) == Array("$QC1#c5".utf8))
    #expect(wire.raw(Array("+".utf8)) == [])
    #expect(wire.raw(Array("$QStartNoAckMode#b0".utf8)) == Array("+$OK#9a".utf8))
    #expect(wire.raw(Array("+$qC#00".utf8)) == Array("$QC1#c5".utf8))
    #expect(wire.raw(Array("-".utf8)) == [])
  }

  @Test func halfPacketsWaitAndSeveralAreAnsweredInOrder() {
    let wire = sample()
    #expect(wire.raw(Array("$q".utf8)) == [])
    #expect(wire.raw(Array("C#b4$qsThreadInfo#c8".utf8)) == Array("+$QC1#c5+$l#6c".utf8))
    #expect(wire.raw(Array("rubbish$m10000$qC#b4".utf8)) == Array("+$QC1#c5".utf8))
  }

  @Test func anOversizedPacketIsAnErrorAndTheSessionGoesOn() {
    let wire = sample()
    let answers = wire.ask(bytes: Array("X10000,8000:".utf8) + [UInt8](repeating: 7, count: 0x8000))
    #expect(answers == [Array("E07".utf8)])
    #expect(wire.ask("qC") == "QC1")
    #expect(wire.raw(Array("$}#7d".utf8)) == Array("+$E16#ac".utf8))
  }

  @Test func thereAreOnlySoManyStopPoints() {
    let wire = sample()
    for number in 0..<PointSet.countMax { _ = wire.ask("Z0,\(String(number * 4, radix: 16)),4") }
    #expect(wire.ask("Z0,0,4") == "OK")
    #expect(wire.ask("Z0,fffff0,4") == "E07")
  }

  @Test func rubbishNeverTraps() {
    var state: UInt64 = 42
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let names = [
      "m", "M", "X", "x", "p", "P", "G", "Z0,", "Z2,", "z3,", "H", "T", "vCont;", "qRcmd,", "qXfer:features:read:",
      "qMemoryRegionInfo:", "qRegisterInfo", "qThreadExtraInfo,", "c", "S", "b", "Qqemu.PhyMemMode:", "qSupported:",
    ]
    let letters = Array("0123456789abcdef,:;=-.fffff".utf8)
    let wire = sample()
    for _ in 0..<4000 {
      let tail = (0..<random(24)).map { _ in
        random(8) == 0 ? UInt8(random(256)) : letters[random(letters.count)]
      }
      let answers = wire.ask(bytes: Array(names[random(names.count)].utf8) + tail)
      #expect(!answers.isEmpty)
    }
  }

  // MARK: Ends

  @Test func detachingAndKillingEndASession() {
    let wire = sample()
    #expect(wire.ask("D") == "OK")
    #expect(wire.session.ending == .detached)
    #expect(wire.ask("qC") == "")
    let killed = sample()
    #expect(killed.ask(bytes: Array("k".utf8)) == [])
    #expect(killed.session.ending == .killed)
    let asked = sample()
    #expect(asked.ask("vKill;1") == "OK")
    #expect(asked.session.ending == .killed)
    let restarted = sample()
    #expect(restarted.ask(bytes: Array("R00".utf8)) == [])
    #expect(restarted.session.ending == nil)
  }

  @Test func theNextSessionFindsTheRunWhereTheLastOneLeftIt() {
    let wire = sample()
    _ = wire.ask("Z0,10010,4")
    _ = wire.ask("c")
    _ = wire.ask("D")
    let next = Wire(wire.target)
    #expect(next.ask("?").contains("3:1000010000000000"))
    // But not its stop points.
    #expect(next.ask("bc").contains("replaylog:begin"))
    #expect(next.ask("c").contains("replaylog:end"))
  }

  // MARK: lldb

  @Test func lldbIsToldWhatItAsks() {
    let wire = sample()
    #expect(wire.ask("QThreadSuffixSupported") == "OK")
    #expect(wire.ask("QListThreadsInStopReply") == "OK")
    #expect(wire.ask("qHostInfo").contains("ptrsize:8;"))
    #expect(wire.ask("qProcessInfo").hasPrefix("pid:1;triple:"))
    #expect(
      wire.ask("qRegisterInfo3")
        == "name:pc;bitsize:64;offset:24;encoding:uint;format:hex;set:General Purpose Registers;"
        + "gcc:3;dwarf:3;generic:pc;"
    )
    #expect(wire.ask("qRegisterInfo7").contains("offset:56;"))
    #expect(wire.ask("p3;thread:1;") == "0000010000000000")
    #expect(wire.ask("p3;thread:2;") == "E16")
    #expect(wire.ask("g;thread:1;").utf8.count == 64)
    #expect(wire.ask("P1=0100000000000000;thread:1;") == "OK")
    #expect(wire.ask("p1;thread:1;") == "0100000000000000")
    #expect(wire.ask("s").contains("threads:1;thread-pcs:10004;"))
  }

  @Test func regionsAreWhatCanBeRead() {
    let wire = sample()
    #expect(wire.ask("qMemoryRegionInfo:10123") == "start:10000;size:3000;permissions:rwx;")
    #expect(wire.ask("qMemoryRegionInfo:13000") == "start:13000;size:100000;")
    #expect(wire.ask("qMemoryRegionInfo:ffffffffffffffff") == "start:fffffffffffff000;size:1000;")
  }
}
