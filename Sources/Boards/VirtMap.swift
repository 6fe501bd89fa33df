internal import Backplane

/// Where things are on the board `virt`: QEMU's addresses, so that stock software finds what it expects
/// (QEMU documentation, "'virt' Generic Virtual Platform").
enum VirtMap {
  /// A window of device registers.
  struct Window {
    let base: UInt64
    let size: UInt64
  }

  static let rom = Window(base: 0x1000, size: 0xf000)
  static let finisher = Window(base: 0x10_0000, size: 0x1000)
  static let rtc = Window(base: 0x10_1000, size: 0x1000)
  static let aclint = Window(base: 0x200_0000, size: 0x1_0000)
  static let supervisorSWI = Window(base: 0x2f0_0000, size: 0x4000)
  static let plic = Window(base: 0xc00_0000, size: 0x60_0000)
  static let uart = Window(base: 0x1000_0000, size: 0x100)
  static let ramBase: UInt64 = 0x8000_0000

  // Interrupt sources of the PLIC.
  static let uartLine = Line(10)
  static let rtcLine = Line(11)

  /// The board's clock: one cycle is a nanosecond.
  static let clockHertz: UInt64 = 1_000_000_000
  /// The clock of `mtime`.
  static let timebaseHertz: UInt64 = 10_000_000
  /// The clock of the UART: with divisor 1 it makes 921,600 baud.
  static let uartHertz: UInt64 = 14_745_600
}

/// The devices of the board `virt`. Their numbers are the slots in inputs, effects and alarms of its traces.
public enum VirtSlot: UInt8, CaseIterable, Sendable {
  case uart = 1
  case aclint = 2
  case supervisorSWI = 3
  case plic = 4
  case rtc = 5
  case finisher = 6

  /// The name people know it by.
  public var name: String {
    switch self {
    case .uart: "uart"
    case .aclint: "aclint"
    case .supervisorSWI: "sswi"
    case .plic: "plic"
    case .rtc: "rtc"
    case .finisher: "finisher"
    }
  }

  var slot: Slot { Slot(rawValue) }

  var window: VirtMap.Window {
    switch self {
    case .uart: VirtMap.uart
    case .aclint: VirtMap.aclint
    case .supervisorSWI: VirtMap.supervisorSWI
    case .plic: VirtMap.plic
    case .rtc: VirtMap.rtc
    case .finisher: VirtMap.finisher
    }
  }

  /// The device whose registers are at guest-physical `address`.
  static func at(_ address: UInt64) -> VirtSlot? {
    // In the order of how often drivers use them.
    let candidates: [VirtSlot] = [.uart, .plic, .aclint, .rtc, .finisher, .supervisorSWI]
    for place in candidates where address &- place.window.base < place.window.size { return place }
    return nil
  }
}
