import GDBRemote
import Testing

/// What came out of a decoder, errors in their places.
enum Outcome: Hashable {
  case event(PacketEvent)
  case error(PacketError)

  static func packet(_ text: String) -> Outcome { .event(.packet(Array(text.utf8))) }
}

func outcomes(_ decoder: inout PacketDecoder) -> [Outcome] {
  var found: [Outcome] = []
  while true {
    do throws(PacketError) {
      guard let event = try decoder.next() else { return found }
      found.append(.event(event))
    } catch {
      found.append(.error(error))
    }
  }
}

func outcomes(_ bytes: [UInt8], bodyBytesMax: Int = 64, decodesRuns: Bool = true) -> [Outcome] {
  var decoder = PacketDecoder(bodyBytesMax: bodyBytesMax, decodesRuns: decodesRuns)
  decoder.feed(bytes)
  return outcomes(&decoder)
}

func outcomes(_ text: String, bodyBytesMax: Int = 64) -> [Outcome] {
  outcomes(Array(text.utf8), bodyBytesMax: bodyBytesMax)
}

@Suite struct PacketTests {
  @Test func aPacketIsItsBody() {
    #expect(outcomes("$OK#9a") == [.packet("OK")])
    #expect(outcomes("$#00") == [.packet("")])
  }

  @Test func aWrongChecksumIsTold() {
    #expect(outcomes("$OK#9b$OK#9a") == [.error(.badChecksum), .packet("OK")])
    #expect(outcomes("$OK#zz$OK#9a") == [.error(.badChecksum), .packet("OK")])
  }

  @Test func withoutAcknowledgementsChecksumsDoNotCount() {
    var decoder = PacketDecoder(bodyBytesMax: 8, decodesRuns: false)
    decoder.checksChecksums = false
    decoder.feed(Array("$OK#00".utf8))
    #expect(outcomes(&decoder) == [.packet("OK")])
  }

  @Test func halfPacketsWaitForTheRest() {
    var decoder = PacketDecoder(bodyBytesMax: 8, decodesRuns: false)
    for byte in "$OK#9".utf8 {
      decoder.feed([byte])
      #expect(outcomes(&decoder).isEmpty)
    }
    decoder.feed(Array("a$?".utf8))
    #expect(outcomes(&decoder) == [.packet("OK")])
    decoder.feed(Array("#3f".utf8))
    #expect(outcomes(&decoder) == [.packet("?")])
  }

  @Test func whatStandsBetweenPacketsIsToldOrDropped() {
    #expect(
      outcomes("noise+$OK#9a-\u{3}more$?#3f")
        == [.event(.acknowledged), .packet("OK"), .event(.refused), .event(.interrupt), .packet("?")])
  }

  @Test func aPacketBegunAnewReplacesTheOldOne() {
    #expect(outcomes("$m1234$OK#9a") == [.packet("OK")])
  }

  @Test func aByteThreeInsideAPacketIsData() {
    #expect(outcomes([UInt8(ascii: "$"), 3] + Array("#03".utf8)) == [.event(.packet([3]))])
  }

  @Test func anOversizedPacketIsToldAndSkipped() {
    let long = PacketEncoder(encodesRuns: false).packet([UInt8](repeating: 65, count: 100_000))
    #expect(outcomes(long + Array("$OK#9a".utf8)) == [.error(.oversized), .packet("OK")])
    // So is one that a run would make too long.
    let runs = PacketEncoder().packet([UInt8](repeating: 65, count: 98))
    #expect(outcomes(runs) == [.error(.oversized)])
    #expect(outcomes(runs, bodyBytesMax: 98) == [.event(.packet([UInt8](repeating: 65, count: 98)))])
  }

  @Test func whatStandsBehindARunCountsToo() {
    // 40 characters in a run, and 40 more.
    let bytes = PacketEncoder().packet([UInt8](repeating: 65, count: 40) + (0..<40).map { 66 + UInt8($0 % 2) })
    #expect(outcomes(bytes, bodyBytesMax: 79) == [.error(.oversized)])
    #expect(outcomes(bytes, bodyBytesMax: 80).count == 1 && outcomes(bytes, bodyBytesMax: 80) != [.error(.oversized)])
  }

  @Test func brokenEscapesAndRunsAreTold() {
    #expect(outcomes("$}#7d") == [.error(.badEncoding)])
    #expect(outcomes("$* #4a") == [.error(.badEncoding)])
    #expect(outcomes("$0*\u{7}#61") == [.error(.badEncoding)])
  }

  @Test func whatADebuggerSendsHasNoRuns() {
    #expect(outcomes(Array("$0* #7a".utf8), decodesRuns: false) == [.packet("0* ")])
    #expect(outcomes(Array("$0* #7a".utf8)) == [.packet("0000")])
  }

  @Test func runsAreMadeWhereTheyAreShorter() {
    let encoder = PacketEncoder()
    #expect(String(decoding: encoder.packet(Array("0000".utf8)), as: UTF8.self) == "$0* #7a")
    #expect(String(decoding: encoder.packet(Array("000".utf8)), as: UTF8.self) == "$000#90")
  }

  @Test func noRunRepeatsTheSecondHalfOfAnEscape() {
    // gdb undoes runs before escapes, lldb in one go.
    let packet = PacketEncoder().packet(Array("}]]]]]]".utf8))
    #expect(String(decoding: packet.dropLast(2), as: UTF8.self) == "$}]]*\"#")
    #expect(outcomes(packet) == [.packet("}]]]]]]")])
  }

  @Test func everyBodyComesBack() {
    for length in 0..<230 {
      for byte: UInt8 in [0, 3, 0x23, 0x24, 0x2a, 0x2b, 0x2d, 0x7d, 0x5d, 0xff] {
        let body = [7] + [UInt8](repeating: byte, count: length) + [8]
        for encodesRuns in [false, true] {
          let packet = PacketEncoder(encodesRuns: encodesRuns).packet(body)
          #expect(!packet.dropFirst().dropLast(3).contains(UInt8(ascii: "#")))
          #expect(!packet.dropFirst().contains(UInt8(ascii: "$")))
          #expect(outcomes(packet, bodyBytesMax: 512, decodesRuns: true) == [.event(.packet(body))])
        }
      }
    }
  }

  @Test func fuzzingNoticesACodecThatLosesBytes() {
    let report = PacketFuzz.run(seed: 1, rounds: 20) { PacketEncoder().packet($0.dropLast()) }
    #expect(report.failure?.contains("is not what was sent") == true)
  }

  @Test func fuzzing() {
    let report = PacketFuzz.run(seed: 20_261_122, rounds: 3000)
    #expect(report.failure == nil)
    #expect(report.packetCount > 1000 && report.errorCount > 300)
  }
}

@Suite struct HexadecimalTests {
  @Test func bytesComeBack() {
    let bytes = (0...255).map { UInt8($0) }
    #expect(Hexadecimal.bytes(Hexadecimal.text(of: bytes)) == bytes)
    #expect(Hexadecimal.bytes("0AfF".utf8) == [0x0a, 0xff])
  }

  @Test(arguments: ["0", "0g", "  ", "-1"]) func whatIsNoBytesIsTold(_ text: String) {
    #expect(Hexadecimal.bytes(text.utf8) == nil)
  }

  @Test func numbersFitIn64Bits() {
    #expect(Hexadecimal.number("ffffffffffffffff".utf8) == .max)
    #expect(Hexadecimal.number("00000000000000000001".utf8) == 1)
    #expect(Hexadecimal.number("10000000000000000".utf8) == nil)
    #expect(Hexadecimal.number("".utf8) == nil)
    #expect(Hexadecimal.number("x".utf8) == nil)
    #expect(Hexadecimal.text(of: UInt64(0xabc)) == Array("abc".utf8))
  }
}
