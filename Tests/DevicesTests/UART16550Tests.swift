import Backplane
import Devices
import StateCoding
import Testing

/// The bench's clock is the port's input clock, so one cycle is one clock: with divisor 1 and eight data bits, no
/// parity and one stop bit, a frame takes 160 cycles.
@Suite struct UART16550Tests {
  private let frame: UInt64 = 160

  private func port(fifo: UInt64 = 1) -> Bench<UART16550> {
    var bench = Bench(UART16550(slot: Slot(0), line: Line(10)), width: .byte)
    bench.write(3, 0x03)
    if fifo != 0 { bench.write(2, fifo) }
    return bench
  }

  @Test func onlyBytesAreAccepted() {
    #expect(UART16550.accepts(.byte))
    #expect(!UART16550.accepts(.half) && !UART16550.accepts(.word) && !UART16550.accepts(.double))
  }

  @Test func aByteGoesOutWhenItsFrameEnds() {
    var bench = port()
    bench.write(0, 0x41)
    bench.pass(frame - 1)
    #expect(bench.output.isEmpty)
    bench.pass(1)
    #expect(bench.output.map(\.byte) == [0x41])
    #expect(bench.output.map(\.cycle) == [frame])
  }

  @Test(
    arguments: [
      (0x03, 1, 160), (0x00, 1, 112), (0x04, 1, 120), (0x07, 1, 176), (0x1b, 1, 176), (0x03, 12, 1920), (0x03, 0, 160),
      (0x03, 0x1234, 745_600),
    ] as [(UInt64, UInt64, UInt64)])
  func theFrameFollowsLineControlAndDivisor(_ lineControl: UInt64, _ divisor: UInt64, _ cycles: UInt64) {
    var bench = port()
    bench.write(3, 0x80)
    bench.write(0, divisor & 0xff)
    bench.write(1, divisor >> 8)
    #expect(bench.read(0) == divisor & 0xff && bench.read(1) == divisor >> 8)
    bench.write(3, lineControl)
    bench.write(0, 1)
    bench.pass(1_000_000)
    #expect(bench.output.map(\.cycle) == [cycles])
  }

  @Test func aFrameIsRoundedUpToWholeCyclesOfTheBoard() {
    var bench = Bench(UART16550(slot: Slot(0), line: Line(10)), width: .byte, clockHertz: 10_000_000)
    bench.write(3, 0x03)
    bench.write(0, 1)
    bench.pass(1000)
    // 160 clocks of 3.6864 MHz are 434.03 cycles of 10 MHz.
    #expect(bench.output.map(\.cycle) == [435])
  }

  @Test func bytesFollowEachOtherWithoutAGap() {
    var bench = port()
    for byte in 0..<17 { bench.write(0, UInt64(byte)) }
    #expect(bench.read(5) & 0x60 == 0)
    bench.pass(frame * 20)
    #expect(bench.output.map(\.byte) == Array(0..<17))
    #expect(bench.output.map(\.cycle) == (1...17).map { $0 * frame })
    #expect(bench.read(5) & 0x60 == 0x60)
  }

  @Test func aFullTransmitterLosesWhatIsWritten() {
    var bench = port()
    for byte in 0..<20 { bench.write(0, UInt64(byte)) }
    bench.pass(frame * 30)
    #expect(bench.output.map(\.byte) == Array(0..<17))
    var single = port(fifo: 0)
    for byte in 0..<4 { single.write(0, UInt64(byte)) }
    single.pass(frame * 4)
    #expect(single.output.map(\.byte) == [0, 3])
  }

  @Test func typedBytesArriveOneFrameApartAndNoneIsLost() {
    var bench = port()
    let text = (0..<100).map { UInt8($0) }
    bench.receive(text)
    #expect(bench.read(5) & 1 == 0)
    bench.pass(frame)
    #expect(bench.read(5) & 1 == 1)
    // Nobody reads: the receiver fills up, and the far end waits.
    bench.pass(frame * 50)
    var read: [UInt8] = []
    for _ in 0..<200 {
      while bench.read(5) & 1 != 0 { read.append(UInt8(bench.read(0))) }
      bench.pass(frame)
    }
    #expect(read == text)
    #expect(bench.read(5) & 2 == 0)
  }

  @Test func whatExceedsTheLineIsDroppedNewestFirst() {
    var bench = port()
    bench.receive([7] + Array(repeating: 1, count: UART16550.lineCapacity + 5))
    let full = bench.device
    #expect(StateWriter.bytes(of: full).count > UART16550.lineCapacity)
    #expect(StateWriter.bytes(of: full).count < UART16550.lineCapacity + 200)
    bench.receive([2, 3])
    #expect(bench.device == full)
    bench.pass(frame)
    #expect(bench.read(0) == 7)
  }

  @Test(arguments: [(0x01, 1), (0x41, 4), (0x81, 8), (0xc1, 14)] as [(UInt64, UInt64)])
  func theReceiverInterruptsAtItsTriggerLevel(_ control: UInt64, _ level: UInt64) {
    var bench = port(fifo: control)
    bench.write(1, 1)
    bench.receive(Array(repeating: 0x55, count: 16))
    bench.pass(frame * level - 1)
    #expect(!bench.isHigh(10))
    #expect(bench.read(2) == 0xc1)
    bench.pass(1)
    #expect(bench.isHigh(10))
    #expect(bench.read(2) == 0xc4)
    _ = bench.read(0)
    #expect(!bench.isHigh(10))
  }

  @Test func aReceiverLeftAloneForFourFramesTimesOut() {
    var bench = port(fifo: 0xc1)
    bench.write(1, 1)
    bench.receive([1, 2])
    bench.pass(frame * 6 - 1)
    #expect(!bench.isHigh(10))
    bench.pass(1)
    #expect(bench.isHigh(10))
    #expect(bench.read(2) == 0xcc)
    #expect(bench.read(0) == 1)
    #expect(!bench.isHigh(10))
    // One byte is left: it times out anew, four frames after the read.
    bench.pass(frame * 4)
    #expect(bench.read(2) == 0xcc)
    #expect(bench.read(0) == 2)
    bench.pass(frame * 10)
    #expect(bench.read(2) == 0xc1)
  }

  @Test func theEmptyTransmitterInterruptsOnceEachTime() {
    var bench = port()
    bench.write(1, 2)
    #expect(bench.isHigh(10), "enabled while empty")
    #expect(bench.read(2) == 0xc2)
    #expect(!bench.isHigh(10), "reading IIR clears it")
    bench.write(1, 2)
    #expect(!bench.isHigh(10), "it was enabled before")
    bench.write(1, 0)
    bench.write(1, 2)
    #expect(bench.isHigh(10), "enabled again")
    bench.write(0, 0x41)
    #expect(bench.isHigh(10), "the byte went straight to the wire")
    bench.write(0, 0x42)
    #expect(!bench.isHigh(10), "writing THR clears it")
    bench.pass(frame)
    #expect(bench.read(2) == 0xc2)
  }

  @Test func readingIIRClearsOnlyTheInterruptItReports() {
    var bench = port()
    bench.receive([1])
    bench.pass(frame)
    bench.write(1, 3)
    #expect(bench.read(2) == 0xc4)
    #expect(bench.read(0) == 1)
    #expect(bench.read(2) == 0xc2)
    #expect(bench.read(2) == 0xc1)
  }

  @Test func identificationShowsWhetherThereAreFIFOs() {
    var bench = port(fifo: 0)
    #expect(bench.read(2) == 0x01)
    bench.write(2, 0x07)
    #expect(bench.read(2) == 0xc1)
    bench.write(2, 0xc0)
    #expect(bench.read(2) == 0x01)
  }

  @Test func clearingTheFIFOsForgetsTheirBytes() {
    var bench = port()
    bench.receive([1, 2])
    bench.pass(frame * 2)
    bench.write(0, 5)
    bench.write(0, 6)
    bench.write(2, 0x07)
    #expect(bench.read(5) & 0x61 == 0x20)
    bench.pass(frame * 3)
    #expect(bench.output.map(\.byte) == [5])
  }

  @Test func loopbackSendsToTheReceiverAndNotOut() {
    var bench = port()
    bench.write(4, 0x10)
    bench.write(0, 0x5a)
    bench.pass(frame)
    #expect(bench.read(0) == 0x5a)
    #expect(bench.output.isEmpty)
  }

  @Test func loopbackOverrunKeepsTheFIFOAndSaysSo() {
    var bench = port()
    bench.write(1, 4)
    bench.write(4, 0x10)
    for byte in 0..<17 { bench.write(0, UInt64(byte)) }
    bench.pass(frame * 16)
    #expect(!bench.isHigh(10))
    bench.pass(frame)
    #expect(bench.isHigh(10))
    #expect(bench.read(2) == 0xc6)
    #expect(bench.read(5) & 2 == 2)
    #expect(bench.read(5) & 2 == 0)
    #expect(!bench.isHigh(10))
    #expect((0..<17).map { _ in bench.read(0) } == Array(0..<16) + [0])
  }

  @Test func inCharacterModeAnOverrunKeepsTheNewest() {
    var bench = port(fifo: 0)
    bench.write(4, 0x10)
    bench.write(0, 1)
    bench.pass(frame)
    bench.write(0, 2)
    bench.pass(frame)
    #expect(bench.read(5) & 3 == 3)
    #expect(bench.read(0) == 2)
  }

  @Test func typingWaitsUntilLoopbackEnds() {
    var bench = port()
    bench.receive([9])
    bench.pass(frame / 2)
    bench.write(4, 0x10)
    bench.pass(frame * 10)
    #expect(bench.read(5) & 1 == 0)
    bench.write(4, 0)
    bench.pass(frame)
    #expect(bench.read(0) == 9)
  }

  @Test func modemStatusFollowsTheOutputsInLoopback() {
    var bench = port()
    #expect(bench.read(6) == 0xb0)
    bench.write(1, 8)
    bench.write(4, 0x1a)
    #expect(bench.read(2) == 0xc0)
    #expect(bench.read(6) == 0x92, "DCD and CTS still on, DSR gone")
    #expect(!bench.isHigh(10))
    bench.write(4, 0x14)
    #expect(bench.read(6) == 0x49, "DCD and CTS gone, RI on: its rise is not remembered")
    bench.write(4, 0x10)
    #expect(bench.read(6) == 0x04, "the fall of RI is")
  }

  @Test func scratchAndControlRegistersRemember() {
    var bench = port()
    bench.write(7, 0xa5)
    bench.write(4, 0xef)
    bench.write(1, 0xff)
    #expect(bench.read(7) == 0xa5)
    #expect(bench.read(4) == 0x0f)
    #expect(bench.read(1) == 0x0f)
    #expect(bench.read(8) == 0 && bench.read(.max) == 0)
  }

  @Test func statesThatCannotBeAreRefused() {
    let bytes = StateWriter.bytes(of: port().device)
    // inputHertz follows the slot and the line.
    var stopped = bytes
    stopped.replaceSubrange(2..<10, with: [0, 0, 0, 0, 0, 0, 0, 0])
    #expect(throws: StateError.self) { try StateReader.decode(UART16550.self, from: stopped) }
    #expect(throws: Never.self) { try StateReader.decode(UART16550.self, from: bytes) }
  }
}
