import Backplane
import Boards
import StateCoding
import Support
import Testing
import VirtualTime

/// What the guest `echo` does with one key, and with inputs of the board's own beside it.
@Suite struct PostponementTests {
  private static let entry = Moment(step: Step(2000), cycle: Cycle(0))

  /// The moments at which the echo of `a` is sent, with `inputs` right behind the key.
  private static func echo(_ inputs: [Input]) -> (outputs: [UInt64], digest: Digest) {
    let machine = Guest.echo().machine()
    var door = Door()
    _ = machine.run(until: RunLimit(moment: entry), door: &door)
    let moment = machine.moment
    let all = [Input(slot: VirtTiming.received.owner, bytes: [0x61])] + inputs
    door = Door(RecordedInputs(all.map { StampedInput(moment: moment, input: $0) }, from: moment))
    let end = RunLimit(moment: Moment(step: Step(1 << 40), cycle: .zero), cycle: Cycle(2_000_000))
    _ = machine.run(until: end, door: &door)
    let outputs = machine.takeEffects().filter(\.isOutput).map(\.moment.cycle.count)
    return (outputs, machine.digest())
  }

  private static func postponing(_ alarm: VirtTiming.Alarm, _ share: UInt32) -> Input {
    Postponement(owner: alarm.owner, code: alarm.code, share: share).input
  }

  @Test func aCharacterComesLaterByAShareOfTheLeeway() throws {
    let usual = try #require(Self.echo([]).outputs.first)
    let some = try #require(Self.echo([Self.postponing(VirtTiming.received, 1 << 27)]).outputs.first)
    let more = try #require(Self.echo([Self.postponing(VirtTiming.received, 1 << 28)]).outputs.first)
    // A 32nd and a 16th of twenty milliseconds; the guest takes its part of the time to notice.
    #expect((600_000...650_000).contains(some - usual))
    #expect((1_225_000...1_275_000).contains(more - usual))
  }

  @Test func anAlarmThatIsNotSetStaysSo() {
    let usual = Self.echo([])
    for alarm in [VirtTiming.sent, VirtTiming.receivedLast] {
      #expect(Self.echo([Self.postponing(alarm, .max)]).outputs == usual.outputs)
    }
  }

  @Test func whatAsksForNothingThatThereIsDoesNothing() {
    let usual = Self.echo([])
    let good = Self.postponing(VirtTiming.received, .max).bytes
    var strange = [[], Array(good.dropLast()), good + [0], [UInt8](repeating: 0xff, count: 65536)]
    for byte in 0...255 as ClosedRange<UInt8> {
      if byte != VirtSlot.uart.rawValue { strange.append([byte] + good[1...]) }
      if byte > 2 { strange.append([good[0], byte] + good[2...]) }
    }
    let result = Self.echo(strange.map { Input(slot: Postponement.slot, bytes: $0) })
    #expect(result.outputs == usual.outputs)
    #expect(result.digest == usual.digest)
    #expect(Self.echo([Self.postponing(VirtTiming.received, 0)]).digest == usual.digest)
  }

  @Test func aRunWithPostponementsIsTheSameHoweverItIsCutAndPutBack() throws {
    let key = Input(slot: VirtTiming.received.owner, bytes: [0x61])
    let inputs = Guest.echo().inputs(
      of: TimedInputs(
        (1...12).flatMap { number -> [TimedInput] in
          let postponed = VirtTiming.alarms[number % 3]
          let share = UInt32(number) << 20
          return [key, Self.postponing(postponed, share)].map {
            TimedInput(cycle: Cycle(UInt64(number) * 4000), input: $0)
          }
        }), limitSteps: 12_000)
    #expect(inputs.count == 24)
    #expect(checkBoard(Guest.echo().boardRun(inputs: inputs, limitSteps: 12_000), seed: 5) == nil)
  }

  @Test func postponementsAreToldInWords() {
    let postponement = Postponement(owner: VirtTiming.sent.owner, code: VirtTiming.sent.code, share: 1 << 30)
    #expect(VirtTiming.description(of: postponement) == "uart sent later by 25.00 % of the leeway")
    #expect(VirtTiming.description(of: Postponement(owner: Slot(9), code: 0, share: 1)) == nil)
    #expect(Postponement(postponement.input) == postponement)
  }
}
