import Backplane
import Testing
import VirtualTime

@Suite struct EffectTests {
  /// Traces hold these numbers: they must stay what they are.
  @Test func selectionsKeepTheirNumbers() {
    #expect(EffectSelection.output.rawValue == 1)
    #expect(EffectSelection.interrupts.rawValue == 2)
    #expect(EffectSelection.devices.rawValue == 4)
  }

  @Test func selectionsAreJoinedAndToldApart() {
    let both: EffectSelection = [.output, .devices]
    #expect(both.rawValue == 5)
    #expect(both.contains(.output) && both.contains(.devices) && !both.contains(.interrupts))
    #expect(both.union(.interrupts) == [.output, .interrupts, .devices])
    #expect(both.subtracting(.output) == .devices)
    #expect(EffectSelection().isEmpty && !EffectSelection().contains(.output))
    #expect(EffectSelection(rawValue: 7) == [.output, .interrupts, .devices])
  }

  @Test func onlyBytesSentOutAreOutput() {
    let kinds: [Effect.Kind] = [
      .output(Slot(1), 2), .interrupt(hart: 0, cause: 7, pc: 8), .read(Slot(1), offset: 0, .byte, value: 2),
      .write(Slot(1), offset: 0, .byte, value: 2),
    ]
    #expect(kinds.map { Effect(moment: .zero, kind: $0).isOutput } == [true, false, false, false])
  }

  @Test func widthsCountTheirBytesAndMaskTheirBits() {
    let widths: [Width] = [.byte, .half, .word, .double]
    #expect(widths.map(\.bytes) == [1, 2, 4, 8])
    #expect(widths.map(\.mask) == [0xff, 0xffff, 0xffff_ffff, .max])
    #expect((0...255 as ClosedRange<UInt8>).compactMap { Width(rawValue: $0) } == widths)
  }
}
