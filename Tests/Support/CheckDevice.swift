public import Backplane
internal import StateCoding
internal import VirtualTime

/// How a device is driven at random, and watched.
public struct DeviceDrive<D: Device> {
  /// A fresh device and the fabric around it.
  public var make: () -> (device: D, fabric: Fabric)
  /// The offsets that most accesses go to; a few go anywhere.
  public var offsets: [UInt64]
  /// The widths that the device accepts.
  public var widths: [Width]
  /// The values that half of all writes have; the others have random ones.
  public var values: [UInt64] = [0, 1, .max]
  /// The lines, besides its own, whose level the device can see.
  public var lines: [Line] = []
  /// The longest pause between two accesses, in cycles.
  public var longestPause: UInt64 = 10_000
  /// What a board does after every action; what it returns must agree too.
  public var settle: (inout D, inout Fabric) -> [UInt64] = { _, _ in [] }

  /// A way to drive the device that `make` makes.
  public init(offsets: [UInt64], widths: [Width], make: @escaping () -> (device: D, fabric: Fabric)) {
    (self.offsets, self.widths, self.make) = (offsets, widths, make)
  }
}

/// Drives a device at random and, again and again, rebuilds it and its fabric from their bytes: the two must then stay
/// indistinguishable by anything a guest or a person can see.
/// - Returns: what went wrong, with the seed that repeats it; `nil` when nothing did.
public func checkDevice<D: Device>(_ drive: DeviceDrive<D>, seed: UInt64, rounds: Int = 200) -> String? {
  var generator = SeededGenerator(seed: seed)
  let (device, fabric) = drive.make()
  var original = DrivenDevice(device: device, fabric: fabric)
  for round in 0..<rounds {
    for _ in 0..<20 { _ = original.perform(drive.action(&generator), drive) }
    original.fabric.effects = []
    let name = "seed \(seed), round \(round)"
    var copy: DrivenDevice<D>
    do {
      copy = DrivenDevice(
        device: try StateReader.decode(D.self, from: StateWriter.bytes(of: original.device)),
        fabric: try StateReader.decode(Fabric.self, from: StateWriter.bytes(of: original.fabric)))
    } catch {
      return "\(name): the device's own bytes are refused: \(error)"
    }
    for number in 0..<40 {
      let action = drive.action(&generator)
      let (expected, seen) = (original.perform(action, drive), copy.perform(action, drive))
      if expected != seen { return "\(name), access \(number): after \(action) \(expected) became \(seen)" }
    }
    let differences =
      StateDifference.between(original.device, copy.device) + StateDifference.between(original.fabric, copy.fabric)
    if !differences.isEmpty { return "\(name): the states differ: \(differences)" }
    if original.device != copy.device || original.fabric != copy.fabric { return "\(name): equal bytes are not equal" }
  }
  return nil
}

/// Damages a device's bytes at random and drives whatever `StateReader` still accepts: nothing that a damaged file can
/// hold may stop the program.
/// - Returns: how many damaged states were accepted and driven.
public func driveDamaged<D: Device>(_ drive: DeviceDrive<D>, seed: UInt64, rounds: Int = 200) -> Int {
  var generator = SeededGenerator(seed: seed)
  let (device, fabric) = drive.make()
  var original = DrivenDevice(device: device, fabric: fabric)
  var accepted = 0
  for _ in 0..<rounds {
    for _ in 0..<10 { _ = original.perform(drive.action(&generator), drive) }
    original.fabric.effects = []
    var bytes = StateWriter.bytes(of: original.device)
    for _ in 0...generator.below(3) where !bytes.isEmpty {
      bytes[Int(generator.below(UInt64(bytes.count)))] = UInt8(truncatingIfNeeded: generator.next())
    }
    guard let damaged = try? StateReader.decode(D.self, from: bytes) else { continue }
    accepted += 1
    var copy = DrivenDevice(device: damaged, fabric: original.fabric)
    for _ in 0..<40 { _ = copy.perform(drive.action(&generator), drive) }
  }
  return accepted
}

/// Something done to a device.
private enum DeviceAction {
  case read(UInt64, Width)
  case write(UInt64, Width, UInt64)
  case pause(UInt64)
  case skipToAlarm
  case input([UInt8])
  case level(Line, high: Bool)
}

/// Everything that can be seen of a device after an action.
private struct DeviceObservation: Equatable {
  var answer: UInt64?
  var settled: [UInt64]
  var effects: [Effect]
  var levels: UInt64
  var hartLines: [UInt64]
  var alarms: [Alarm]
  var halt: Halt?
}

extension DeviceDrive {
  fileprivate func action(_ generator: inout SeededGenerator) -> DeviceAction {
    let offset = generator.chance(1, in: 20) ? generator.next() : generator.pick(offsets)
    let width = generator.pick(widths)
    switch generator.below(16) {
    case 0..<5: return .read(offset, width)
    case 5..<10:
      let value = generator.chance(1, in: 2) ? generator.pick(values) : generator.next()
      return .write(offset, width, value & width.mask)
    case 10, 11: return .pause(generator.below(longestPause) + 1)
    case 12, 13: return .skipToAlarm
    case 14: return .input((0..<generator.below(20)).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
    default:
      guard !lines.isEmpty else { return .pause(1) }
      return .level(generator.pick(lines), high: generator.chance(1, in: 2))
    }
  }
}

/// A device and its fabric, on a board that only forwards.
private struct DrivenDevice<D: Device> {
  var device: D
  var fabric: Fabric

  mutating func perform(_ action: DeviceAction, _ drive: DeviceDrive<D>) -> DeviceObservation {
    var answer: UInt64?
    switch action {
    case .read(let offset, let width): answer = device.read(offset, width, &fabric)
    case .write(let offset, let width, let value): device.write(offset, width, value, &fabric)
    case .pause(let cycles): pass(to: fabric.now.cycle.advanced(by: cycles))
    case .skipToAlarm: if fabric.queue.soonest < Cycle(1 << 62) { pass(to: fabric.queue.soonest) }
    case .input(let bytes): device.receive(Input(slot: Slot(0), bytes: bytes), &fabric)
    case .level(let line, let high): fabric.set(line, high: high)
    }
    let settled = drive.settle(&device, &fabric)
    return DeviceObservation(
      answer: answer, settled: settled, effects: fabric.effects, levels: fabric.levels, hartLines: fabric.hartLines,
      alarms: fabric.queue.pending, halt: fabric.halt)
  }

  /// Moves time on, from alarm to alarm; a step goes by whenever time does.
  private mutating func pass(to cycle: Cycle) {
    while fabric.queue.soonest < cycle { step(to: max(fabric.queue.soonest, fabric.now.cycle)) }
    step(to: max(cycle, fabric.now.cycle))
  }

  private mutating func step(to cycle: Cycle) {
    fabric.advance(to: Moment(step: Step(fabric.now.step.count + 1), cycle: cycle))
    while let alarm = fabric.popDue() { device.wake(alarm.code, &fabric) }
  }
}
