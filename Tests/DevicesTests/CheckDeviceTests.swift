import Backplane
import Devices
import StateCoding
import Support
import Testing
import VirtualTime

@Suite struct CheckDeviceTests {
  private var serialPort: DeviceDrive<UART16550> {
    var drive = DeviceDrive(offsets: Array(0..<8) + [0, 0, 0, 1, 2, 5], widths: [.byte]) {
      (UART16550(slot: Slot(0), line: Line(10)), Fabric(hartCount: 1, clockHertz: 10_000_000))
    }
    drive.values = [0, 1, 3, 0x07, 0x0f, 0x10, 0x1f, 0x41, 0x80, 0xc1]
    return drive
  }

  private var timer: DeviceDrive<ACLINT> {
    let offsets: [UInt64] = [0, 4, 0x4000, 0x4004, 0x4008, 0x400c, 0xbff8, 0xbffc, 0xc000, 0x3ffc]
    var drive = DeviceDrive(offsets: offsets, widths: [.word, .double]) {
      (
        ACLINT(slot: Slot(0), hartCount: 2, rate: Rate(10_000_000, per: 33_333_333)),
        Fabric(hartCount: 2, clockHertz: 33_333_333)
      )
    }
    drive.values = [0, 1, 100, 1000, 5000, .max, .max - 1000]
    return drive
  }

  private var supervisorInterrupt: DeviceDrive<ACLINTSupervisorSWI> {
    var drive = DeviceDrive(offsets: [0, 4, 8, 12, 16], widths: [.word]) {
      (ACLINTSupervisorSWI(hartCount: 3), Fabric(hartCount: 3, clockHertz: 1000))
    }
    // A board that takes the requests only now and then, so that some are in the bytes.
    drive.settle = { device, fabric in fabric.now.step.count % 3 == 0 ? [device.takeRequests()] : [] }
    return drive
  }

  private var interruptController: DeviceDrive<PLIC> {
    let offsets: [UInt64] = [
      0, 4, 40, 0xfc, 0x1000, 0x1004, 0x2000, 0x2004, 0x2080, 0x2084, 0x2100, 0x2184, 0x20_0000, 0x20_0004, 0x20_1000,
      0x20_1004, 0x20_2004, 0x20_3004, 0x20_4004,
    ]
    var drive = DeviceDrive(offsets: offsets, widths: [.word]) {
      (PLIC(hartCount: 2), Fabric(hartCount: 2, clockHertz: 1000))
    }
    drive.lines = [Line(1), Line(2), Line(10), Line(31), Line(32), Line(63)]
    drive.values = [0, 1, 2, 7, 10, 63, 0xffff_ffff]
    drive.settle = { device, fabric in
      device.update(&fabric)
      return []
    }
    return drive
  }

  private var clock: DeviceDrive<GoldfishRTC> {
    var drive = DeviceDrive(offsets: stride(from: 0, through: 0x20, by: 4).map { $0 }, widths: [.word]) {
      (
        GoldfishRTC(slot: Slot(0), line: Line(11), epochNanoseconds: 1_600_000_000 << 30),
        Fabric(hartCount: 1, clockHertz: 10_000_000)
      )
    }
    drive.values = [0, 1, 1000, 0xffff_ffff, 1_600_000_000 >> 2]
    return drive
  }

  private var finisher: DeviceDrive<Finisher> {
    var drive = DeviceDrive(offsets: [0, 0, 2, 4], widths: [.half, .word]) {
      (Finisher(), Fabric(hartCount: 1, clockHertz: 1000))
    }
    drive.values = [0, 0x5555, 0x7777, 0x3333, 0x12_3333]
    return drive
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func aRestoredDeviceIsIndistinguishable(_ seed: UInt64) {
    #expect(checkDevice(serialPort, seed: seed) == nil)
    #expect(checkDevice(timer, seed: seed) == nil)
    #expect(checkDevice(supervisorInterrupt, seed: seed) == nil)
    #expect(checkDevice(interruptController, seed: seed) == nil)
    #expect(checkDevice(clock, seed: seed) == nil)
    #expect(checkDevice(finisher, seed: seed) == nil)
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func damagedStatesAreRefusedOrHarmless(_ seed: UInt64) {
    let accepted = [
      driveDamaged(serialPort, seed: seed), driveDamaged(timer, seed: seed),
      driveDamaged(supervisorInterrupt, seed: seed), driveDamaged(interruptController, seed: seed),
      driveDamaged(clock, seed: seed),
    ]
    #expect(accepted.allSatisfy { $0 > 10 }, "\(accepted)")
  }

  /// The check of damaged states itself: a device that trusts its bytes stops the program.
  @Test func aDeviceThatTrustsItsBytesIsCaught() async {
    await #expect(processExitsWith: .failure) {
      let drive = DeviceDrive(offsets: [0], widths: [.byte]) {
        (Trusting(), Fabric(hartCount: 1, clockHertz: 1000))
      }
      _ = driveDamaged(drive, seed: 1)
    }
  }

  /// The checker itself: a device that forgets a field must be caught, whichever way the field shows.
  @Test(arguments: [Forgetter.Symptom.answer, .output, .alarm, .line])
  func aForgottenFieldIsCaught(_ symptom: Forgetter.Symptom) {
    let drive = DeviceDrive(offsets: [0], widths: [.byte]) {
      (Forgetter(symptom: symptom), Fabric(hartCount: 1, clockHertz: 1000))
    }
    #expect(checkDevice(drive, seed: 1) != nil)
  }

  @Test func aDeviceThatForgetsNothingPasses() {
    let drive = DeviceDrive(offsets: [0], widths: [.byte]) {
      (Forgetter(symptom: .none), Fabric(hartCount: 1, clockHertz: 1000))
    }
    #expect(checkDevice(drive, seed: 1) == nil)
  }

  @Test func theGeneratorGivesThePublishedSequence() {
    var generator = SeededGenerator(seed: 1_234_567)
    let sequence = (0..<3).map { _ in generator.next() }
    #expect(sequence == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
  }
}

/// A device with real state in a wrapper meant for what can be dropped.
struct Forgetter: Device {
  enum Symptom: UInt8, Codable {
    case none, answer, output, alarm, line
  }
  let symptom: Symptom
  @Derived var forgotten: [UInt8]

  mutating func read(_ offset: UInt64, _ width: Width, _ fabric: inout Fabric) -> UInt64 {
    symptom == .answer ? UInt64(forgotten.last ?? 0) : 0
  }

  mutating func write(_ offset: UInt64, _ width: Width, _ value: UInt64, _ fabric: inout Fabric) {
    if symptom == .output { fabric.emit(Slot(0), forgotten.last ?? 0) }
    if symptom == .alarm { fabric.wake(Slot(0), 0, at: fabric.now.cycle.advanced(by: UInt64(forgotten.count) + 1)) }
    if symptom == .line { fabric.set(Line(1), high: forgotten.count % 2 == 0) }
    forgotten.append(UInt8(truncatingIfNeeded: value))
  }

  mutating func wake(_ code: UInt8, _ fabric: inout Fabric) {}
  mutating func receive(_ input: Input, _ fabric: inout Fabric) {}
}

/// A device that uses a stored number as an index.
struct Trusting: Device {
  private var place: UInt8 = 3

  mutating func read(_ offset: UInt64, _ width: Width, _ fabric: inout Fabric) -> UInt64 { [1, 2, 3, 4][Int(place)] }
  mutating func write(_ offset: UInt64, _ width: Width, _ value: UInt64, _ fabric: inout Fabric) {}
  mutating func wake(_ code: UInt8, _ fabric: inout Fabric) {}
  mutating func receive(_ input: Input, _ fabric: inout Fabric) {}
}
