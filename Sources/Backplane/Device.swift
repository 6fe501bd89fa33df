public import StateCoding

/// A device: its stored properties are everything it has. No default implementations, so that nothing is forgotten.
///
/// The board settles widths: a device sees only accesses whose width it declares, at offsets inside its window.
public protocol Device: MachineState {
  /// The guest reads `width` bytes at `offset` from the device's base.
  mutating func read(_ offset: UInt64, _ width: Width, _ fabric: inout Fabric) -> UInt64

  /// The guest writes the low `width` bytes of `value` at `offset` from the device's base.
  mutating func write(_ offset: UInt64, _ width: Width, _ value: UInt64, _ fabric: inout Fabric)

  /// The alarm `code`, set by this device, has come due.
  mutating func wake(_ code: UInt8, _ fabric: inout Fabric)

  /// Something came through the door.
  mutating func receive(_ input: Input, _ fabric: inout Fabric)
}
