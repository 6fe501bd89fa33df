public import StateCoding

// The registers are stored one by one, so that coding, equality and differences by name are synthesised. They lie in
// memory one after the other, which the engine relies on (`Hart.checkLayout`).

/// The integer registers. `x0` is always zero; the engine writes results for it to `sink`.
public struct IntegerRegisters: MachineState {
  public var x0: UInt64 = 0, x1: UInt64 = 0, x2: UInt64 = 0, x3: UInt64 = 0, x4: UInt64 = 0, x5: UInt64 = 0,
    x6: UInt64 = 0, x7: UInt64 = 0
  public var x8: UInt64 = 0, x9: UInt64 = 0, x10: UInt64 = 0, x11: UInt64 = 0, x12: UInt64 = 0, x13: UInt64 = 0,
    x14: UInt64 = 0, x15: UInt64 = 0
  public var x16: UInt64 = 0, x17: UInt64 = 0, x18: UInt64 = 0, x19: UInt64 = 0, x20: UInt64 = 0, x21: UInt64 = 0,
    x22: UInt64 = 0, x23: UInt64 = 0
  public var x24: UInt64 = 0, x25: UInt64 = 0, x26: UInt64 = 0, x27: UInt64 = 0, x28: UInt64 = 0, x29: UInt64 = 0,
    x30: UInt64 = 0, x31: UInt64 = 0
  /// Where results for `x0` go. Not state.
  @Derived var sink: UInt64

  /// All zero.
  public init() {}
}

/// The floating-point registers; a single is NaN-boxed (unprivileged specification, "NaN Boxing of Narrower Values").
public struct FloatRegisters: MachineState {
  public var f0: UInt64 = 0, f1: UInt64 = 0, f2: UInt64 = 0, f3: UInt64 = 0, f4: UInt64 = 0, f5: UInt64 = 0,
    f6: UInt64 = 0, f7: UInt64 = 0
  public var f8: UInt64 = 0, f9: UInt64 = 0, f10: UInt64 = 0, f11: UInt64 = 0, f12: UInt64 = 0, f13: UInt64 = 0,
    f14: UInt64 = 0, f15: UInt64 = 0
  public var f16: UInt64 = 0, f17: UInt64 = 0, f18: UInt64 = 0, f19: UInt64 = 0, f20: UInt64 = 0, f21: UInt64 = 0,
    f22: UInt64 = 0, f23: UInt64 = 0
  public var f24: UInt64 = 0, f25: UInt64 = 0, f26: UInt64 = 0, f27: UInt64 = 0, f28: UInt64 = 0, f29: UInt64 = 0,
    f30: UInt64 = 0, f31: UInt64 = 0

  /// All zero.
  public init() {}
}

extension IntegerRegisters {
  /// The value of register `index`, 0 to 31.
  public subscript(index: Int) -> UInt64 {
    get { withUnsafeBytes(of: self) { $0.load(fromByteOffset: (index & 31) * 8, as: UInt64.self) } }
    set {
      guard index & 31 != 0 else { return }
      withUnsafeMutableBytes(of: &self) { $0.storeBytes(of: newValue, toByteOffset: (index & 31) * 8, as: UInt64.self) }
    }
  }
}

extension FloatRegisters {
  /// The bits of register `index`, 0 to 31.
  public subscript(index: Int) -> UInt64 {
    get { withUnsafeBytes(of: self) { $0.load(fromByteOffset: (index & 31) * 8, as: UInt64.self) } }
    set {
      withUnsafeMutableBytes(of: &self) { $0.storeBytes(of: newValue, toByteOffset: (index & 31) * 8, as: UInt64.self) }
    }
  }
}
