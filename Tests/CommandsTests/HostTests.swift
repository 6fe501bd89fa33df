import Backplane
import Glibc
import Host
import Testing
import VirtualTime

@Suite struct EscapeKeysTests {
  @Test func plainKeysGoToTheGuest() {
    var keys = EscapeKeys()
    #expect(keys.read([97, 3, 13]) == [.send([97, 3, 13])])
  }

  @Test func controlABeginsAnEscapeAlsoAcrossReads() {
    var keys = EscapeKeys()
    #expect(keys.read([97, 1]) == [.send([97])])
    #expect(keys.read([UInt8(ascii: "x"), 98]) == [.end, .send([98])])
    #expect(keys.read([1, UInt8(ascii: "h")]) == [.help])
    #expect(keys.read([1, UInt8(ascii: "a"), 1, 1, 99]) == [.send([1, 1, 99])])
    #expect(keys.read([1, UInt8(ascii: "z"), 100]) == [.send([100])])
  }
}

@Suite struct AppendFileTests {
  @Test func aNewFileIsNotMadeOverAnOldOne() throws {
    let folder = try Folder()
    let path = try folder.write("old", [1, 2, 3])
    #expect(throws: HostError.self) { try AppendFile(creating: path, replacing: false) }
    #expect(try folder.read("old") == [1, 2, 3])
  }

  @Test func aFullDeviceIsAnErrorThatNamesIt() throws {
    let file = try AppendFile(creating: "/dev/full", replacing: true)
    let error = #expect(throws: HostError.self) { try file.append([1]) }
    #expect(error?.description == "cannot write to /dev/full: No space left on device")
    #expect(file.byteCount == 0)
  }

  @Test func aFileThatWasTakenAwayIsNotInPlace() throws {
    let folder = try Folder()
    let file = try AppendFile(creating: folder.file("held"), replacing: true)
    #expect(file.isInPlace)
    unlink(folder.file("held"))
    #expect(!file.isInPlace)
    _ = try folder.write("held", [])
    #expect(!file.isInPlace)
  }

  @Test func whatIsAppendedCanBeReadInAnyOrder() throws {
    let folder = try Folder()
    let file = try AppendFile(creating: folder.file("new"), replacing: false)
    try file.append([1, 2, 3])
    try file.append([4, 5])
    let input = try InputFile(folder.file("new"))
    #expect(input.count == 5)
    #expect(try input.read(3..<5) == [4, 5])
    #expect(try input.read(1..<2) == [2])
    #expect(try input.read(4..<9) == [5])
    #expect(throws: HostError.self) { try InputFile.contents(of: folder.file("new"), limit: 4) }
    file.remove()
    #expect(!folder.has("new"))
  }
}

@Suite struct ContentDigestTests {
  /// FIPS 180-4's example of one block.
  @Test func digestIsSHA256() {
    let digest = ContentDigest.sha256(Array("abc".utf8))
    #expect(digest.prefix(4) == [0xba, 0x78, 0x16, 0xbf])
    #expect(digest.count == 32)
    #expect(ContentDigest.sha256([]).prefix(4) == [0xe3, 0xb0, 0xc4, 0x42])
  }
}

/// Keys at given times, on a clock that only moves when someone waits or work is done.
private final class FakeKeys: KeySource {
  var nanoseconds: UInt64 = 1_000_000
  var wantsEnd = false
  var isClosed = false
  var planned: [(at: UInt64, bytes: [UInt8])]
  var waits: [UInt64] = []

  init(_ planned: [(at: UInt64, bytes: [UInt8])] = []) { self.planned = planned }

  func wait(nanoseconds span: UInt64) -> Bool {
    if span > 0 { waits.append(span) }
    if let next = planned.first, next.at <= nanoseconds + span {
      nanoseconds = max(nanoseconds, next.at)
      return true
    }
    nanoseconds += span
    return isClosed
  }

  func read() -> [UInt8]? {
    guard let next = planned.first, next.at <= nanoseconds else { return isClosed ? nil : [] }
    planned.removeFirst()
    return next.bytes
  }
}

@Suite struct LiveInputsTests {
  private static func moment(_ step: UInt64, _ cycle: UInt64) -> Moment {
    Moment(step: Step(step), cycle: Cycle(cycle))
  }

  private static func make(_ keys: FakeKeys) -> LiveInputs {
    var inputs = LiveInputs(keys, slot: Slot(1), clockHertz: 1_000_000_000)
    _ = inputs.take(at: .zero)
    return inputs
  }

  @Test func idlingTakesAsLongAsTheHostsClock() {
    let keys = FakeKeys()
    var inputs = Self.make(keys)
    let reached = inputs.idle(from: .zero, until: Cycle(7_000_000))
    #expect(reached == Cycle(7_000_000))
    #expect(keys.nanoseconds == 8_000_000)
  }

  @Test func longIdlingIsCutIntoPieces() {
    let keys = FakeKeys()
    var inputs = Self.make(keys)
    #expect(inputs.idle(from: .zero, until: nil) == Cycle(50_000_000))
    #expect(keys.nanoseconds == 51_000_000)
  }

  @Test func aKeyEndsIdlingAtTheCycleOfItsTime() {
    let keys = FakeKeys([(at: 4_000_000, bytes: [97])])
    var inputs = Self.make(keys)
    #expect(inputs.idle(from: .zero, until: Cycle(9_000_000)) == Cycle(3_000_000))
    // The board may stop on the way, at a limit: the key must not enter before its time.
    #expect(inputs.take(at: Self.moment(0, 2_000_000)).isEmpty)
    #expect(inputs.take(at: Self.moment(0, 3_000_000)) == [Input(slot: Slot(1), bytes: [97])])
    #expect(inputs.take(at: Self.moment(0, 3_000_001)).isEmpty)
  }

  @Test func aBusyGuestIsLookedAfterAtTheHorizon() {
    let keys = FakeKeys([(at: 1_000_000, bytes: [97])])
    var inputs = LiveInputs(keys, slot: Slot(1), clockHertz: 1_000_000_000)
    #expect(inputs.take(at: .zero) == [Input(slot: Slot(1), bytes: [97])])
    keys.planned = [(at: 1_000_000, bytes: [98])]
    let horizon = inputs.horizon(after: .zero)
    #expect(horizon == Step(65536))
    #expect(inputs.take(at: Self.moment(100, 100)).isEmpty)
    #expect(inputs.take(at: Self.moment(horizon.count, 70_000)) == [Input(slot: Slot(1), bytes: [98])])
    #expect(inputs.horizon(after: Self.moment(horizon.count, 70_000)) == Step(131_072))
  }

  @Test func aGuestThatIsAheadOfTheClockIsHeldBack() {
    let keys = FakeKeys()
    var inputs = Self.make(keys)
    _ = inputs.take(at: Self.moment(65536, 20_000_000))
    #expect(keys.nanoseconds == 21_000_000)
  }

  @Test func aGuestThatIsBehindCatchesUpOnlyALittle() {
    let keys = FakeKeys()
    var inputs = Self.make(keys)
    keys.nanoseconds += 10_000_000_000
    // 50 ms of the ten seconds may be caught up at once; then idling takes its time again.
    #expect(inputs.idle(from: Self.moment(5, 10), until: Cycle(50_000_010)) == Cycle(50_000_010))
    #expect(keys.waits.isEmpty)
    #expect(inputs.idle(from: Self.moment(5, 50_000_010), until: Cycle(60_000_010)) == Cycle(60_000_010))
    #expect(keys.waits == [10_000_000])
  }

  @Test func whoWantsTheEndWaitsForNoClock() {
    let keys = FakeKeys()
    var inputs = Self.make(keys)
    keys.wantsEnd = true
    #expect(inputs.idle(from: .zero, until: Cycle(7_000_000)) == Cycle(7_000_000))
    #expect(inputs.idle(from: .zero, until: nil) == Cycle(50_000_000))
    #expect(keys.waits.isEmpty)
  }

  @Test func withoutAlarmAndWithoutKeysNothingWillEverCome() {
    let keys = FakeKeys()
    keys.isClosed = true
    var inputs = Self.make(keys)
    #expect(inputs.idle(from: .zero, until: nil) == nil)
    #expect(inputs.idle(from: .zero, until: Cycle(5)) == Cycle(5))
  }
}
