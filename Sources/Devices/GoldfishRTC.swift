public import Backplane
internal import VirtualTime

/// The Goldfish real-time clock, as on QEMU's `virt` board: nanoseconds since 1970 in two 32-bit registers, and an
/// alarm.
///
/// The reference is `GOLDFISH-VIRTUAL-HARDWARE.TXT` of the Android emulator, with the registers from 0x10
/// on as QEMU (`hw/rtc/goldfish_rtc.c`) and Linux (`drivers/rtc/rtc-goldfish.c`) have them.
///
/// The time is what it was said to be at power-on plus the guest time that has passed: no host clock is involved.
/// Setting the time takes effect for an alarm that is set when the low half is written, which is the half written last.
public struct GoldfishRTC: Device {
  // Wiring.
  private let slot: Slot
  private let line: Line

  /// The time at power-on in nanoseconds since 1970, moved by what the guest has set since; wraps.
  private var offset: UInt64
  /// The high half of the time when the low half was last read.
  private var latched: UInt32 = 0
  /// When the alarm is to go off.
  private var alarm: UInt64 = 0
  private var isArmed = false
  private var isPending = false
  private var isEnabled = false

  private enum Register {
    static let timeLow: UInt64 = 0x00
    static let timeHigh: UInt64 = 0x04
    static let alarmLow: UInt64 = 0x08
    static let alarmHigh: UInt64 = 0x0c
    static let interruptEnabled: UInt64 = 0x10
    static let clearAlarm: UInt64 = 0x14
    static let alarmStatus: UInt64 = 0x18
    static let clearInterrupt: UInt64 = 0x1c
  }

  /// A clock that stood at `epochNanoseconds` since 1970-01-01T00:00:00Z when the machine was switched on.
  public init(slot: Slot, line: Line, epochNanoseconds: UInt64) {
    (self.slot, self.line) = (slot, line)
    offset = epochNanoseconds
  }

  /// The registers are four bytes wide.
  public static func accepts(_ width: Width) -> Bool { width == .word }

  // MARK: Read

  /// Reads a register. Reading TIME_LOW keeps the high half for TIME_HIGH.
  public mutating func read(_ offset: UInt64, _ width: Width, _ fabric: inout Fabric) -> UInt64 {
    switch offset {
    case Register.timeLow:
      let time = time(fabric)
      latched = UInt32(truncatingIfNeeded: time >> 32)
      return time & 0xffff_ffff
    case Register.timeHigh: return UInt64(latched)
    case Register.alarmLow: return alarm & 0xffff_ffff
    case Register.alarmHigh: return alarm >> 32
    case Register.interruptEnabled: return isEnabled ? 1 : 0
    case Register.alarmStatus: return isArmed ? 1 : 0
    default: return 0
    }
  }

  // MARK: Write

  /// Writes a register. Writing ALARM_LOW sets the alarm.
  public mutating func write(_ offset: UInt64, _ width: Width, _ value: UInt64, _ fabric: inout Fabric) {
    let value = value & 0xffff_ffff
    switch offset {
    case Register.timeLow:
      setTime(time(fabric) & ~0xffff_ffff | value, fabric)
      if isArmed { arm(&fabric) }
    case Register.timeHigh: setTime(time(fabric) & 0xffff_ffff | value << 32, fabric)
    case Register.alarmLow:
      alarm = alarm & ~0xffff_ffff | value
      arm(&fabric)
    case Register.alarmHigh: alarm = alarm & 0xffff_ffff | value << 32
    case Register.interruptEnabled: isEnabled = value & 1 != 0
    case Register.clearAlarm: disarm(&fabric)
    case Register.clearInterrupt: isPending = false
    default: break
    }
    drive(&fabric)
  }

  // MARK: Wake

  /// The alarm goes off.
  public mutating func wake(_ code: UInt8, _ fabric: inout Fabric) {
    guard isArmed else { return }
    (isArmed, isPending) = (false, true)
    drive(&fabric)
  }

  // MARK: Receive

  /// Nothing comes in here.
  public mutating func receive(_ input: Input, _ fabric: inout Fabric) {}

}

extension GoldfishRTC {
  private func time(_ fabric: Fabric) -> UInt64 { fabric.nanoseconds &+ offset }

  private mutating func setTime(_ time: UInt64, _ fabric: Fabric) { offset = time &- fabric.nanoseconds }

  private func drive(_ fabric: inout Fabric) { fabric.set(line, high: isPending && isEnabled) }

  /// Sets the alarm; one in the past goes off at once.
  private mutating func arm(_ fabric: inout Fabric) {
    let time = time(fabric)
    guard alarm > time else {
      disarm(&fabric)
      isPending = true
      return
    }
    isArmed = true
    let (due, overflow) = fabric.nanoseconds.addingReportingOverflow(alarm - time)
    let rate = Rate(1_000_000_000, per: fabric.clockHertz)
    fabric.wake(slot, 0, at: overflow ? .never : Cycle(rate.count(until: due)))
  }

  private mutating func disarm(_ fabric: inout Fabric) {
    isArmed = false
    fabric.cancel(slot, 0)
  }
}
