import Backplane
import VirtualTime

/// A device on a bench: a fabric whose time the test moves.
struct Bench<D: Device> {
  var device: D
  var fabric: Fabric
  var width: Width

  init(_ device: D, width: Width, harts: Int = 1, clockHertz: UInt64 = 3_686_400) {
    (self.device, self.width) = (device, width)
    fabric = Fabric(hartCount: harts, clockHertz: clockHertz)
  }

  mutating func read(_ offset: UInt64) -> UInt64 { device.read(offset, width, &fabric) }
  mutating func write(_ offset: UInt64, _ value: UInt64) { device.write(offset, width, value, &fabric) }
  mutating func receive(_ bytes: [UInt8]) { device.receive(Input(slot: Slot(0), bytes: bytes), &fabric) }

  /// Lets `cycles` pass, from alarm to alarm.
  mutating func pass(_ cycles: UInt64) {
    let end = fabric.now.cycle.advanced(by: cycles)
    while fabric.queue.soonest <= end { step(to: fabric.queue.soonest) }
    step(to: end)
  }

  private mutating func step(to cycle: Cycle) {
    fabric.advance(to: Moment(step: Step(fabric.now.step.count + 1), cycle: max(cycle, fabric.now.cycle)))
    while let alarm = fabric.popDue() { device.wake(alarm.code, &fabric) }
  }

  /// The level of `line`.
  func isHigh(_ line: UInt64) -> Bool { fabric.levels >> line & 1 != 0 }

  /// Whether the wire to bit `bit` of hart `hart` is high.
  func isPending(_ hart: Int, _ bit: UInt64) -> Bool { fabric.hartLines[hart] >> bit & 1 != 0 }

  /// What has gone out, and at which cycles.
  var output: [(byte: UInt8, cycle: UInt64)] {
    fabric.effects.compactMap { effect in
      guard case .output(_, let byte) = effect.kind else { return nil }
      return (byte, effect.moment.cycle.count)
    }
  }
}
