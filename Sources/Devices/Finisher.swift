public import Backplane

/// SiFive's test finisher, as on QEMU's `virt` board: one write stops the machine.
///
/// A write to offset 0 has a status in its low half and, for a failure, a code in its high half: 0x5555 passes, 0x3333
/// fails, 0x7777 resets (QEMU `hw/misc/sifive_test.c`; the device tree names it `sifive,test1`). All else is ignored,
/// and every read gives 0.
public struct Finisher: Device {
  /// A finisher.
  public init() {}

  /// Two and four bytes, as QEMU has it.
  public static func accepts(_ width: Width) -> Bool { width == .half || width == .word }

  /// Zero.
  public mutating func read(_ offset: UInt64, _ width: Width, _ fabric: inout Fabric) -> UInt64 { 0 }

  /// Stops the machine when the status is known.
  public mutating func write(_ offset: UInt64, _ width: Width, _ value: UInt64, _ fabric: inout Fabric) {
    guard offset == 0 else { return }
    let value = value & width.mask
    switch value & 0xffff {
    case 0x5555: fabric.stop(.powerOff)
    case 0x3333: fabric.stop(.failure(code: UInt16(truncatingIfNeeded: value >> 16)))
    case 0x7777: fabric.stop(.reset)
    default: break
    }
  }

  /// Never happens: the finisher sets no alarm.
  public mutating func wake(_ code: UInt8, _ fabric: inout Fabric) {}

  /// Nothing comes in here.
  public mutating func receive(_ input: Input, _ fabric: inout Fabric) {}
}
