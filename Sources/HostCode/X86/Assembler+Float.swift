// Instructions on xmm registers.

/// An xmm register by its number.
struct FloatRegister {
  let number: UInt8
  init(_ number: UInt8) { self.number = number }
  static let xmm0 = FloatRegister(0), xmm1 = FloatRegister(1)
  var operand: Operand { .register(Register(number)) }
}

extension Assembler {
  /// Scalar operations by their opcodes.
  enum Scalar: UInt8 { case squareRoot = 0x51, add = 0x58, multiply, subtract = 0x5c, divide = 0x5e }

  /// `isDouble`: on 8 bytes instead of 4.
  mutating func scalar(_ operation: Scalar, _ to: FloatRegister, _ from: Operand, isDouble: Bool) {
    form(.extended(operation.rawValue, prefix: isDouble ? 0xf2 : 0xf3), to.number, from, wide: false)
  }
  /// Compares and sets the flags as if unsigned; parity tells of NaNs. `signals`: quiet NaNs are invalid too.
  mutating func compare(_ a: FloatRegister, _ b: Operand, isDouble: Bool, signals: Bool) {
    form(.extended(signals ? 0x2f : 0x2e, prefix: isDouble ? 0x66 : 0), a.number, b, wide: false)
  }
  /// All 8 bytes.
  mutating func move(_ to: FloatRegister, _ from: Operand) {
    if from.isMemory {
      form(.extended(0x10, prefix: 0xf2), to.number, from, wide: false)
    } else if from.register != to.number {
      form(.extended(0x28), to.number, from, wide: false)
    }
  }
  mutating func store(_ to: Operand, _ from: FloatRegister, isDouble: Bool = true) {
    form(.extended(0x11, prefix: isDouble ? 0xf2 : 0xf3), from.number, to, wide: false)
  }
  mutating func move(_ to: FloatRegister, bits: Register) {
    form(.extended(0x6e, prefix: 0x66), to.number, .register(bits), wide: true)
  }
  mutating func move(_ to: Register, bits: FloatRegister) {
    form(.extended(0x7e, prefix: 0x66), bits.number, .register(to), wide: true)
  }
  mutating func setOnes(_ to: FloatRegister) {
    form(.extended(0x76, prefix: 0x66), to.number, to.operand, wide: false)
  }
  /// The low 4 bytes of `to` become those of `from`.
  mutating func merge(_ to: FloatRegister, _ from: FloatRegister) {
    form(.extended(0x10, prefix: 0xf3), to.number, from.operand, wide: false)
  }
  mutating func convert(_ to: FloatRegister, integer: Operand, wide: Bool, isDouble: Bool) {
    form(.extended(0x2a, prefix: isDouble ? 0xf2 : 0xf3), to.number, integer, wide: wide)
  }
  mutating func convert(_ to: Register, _ from: Operand, truncates: Bool, wide: Bool, isDouble: Bool) {
    form(.extended(truncates ? 0x2c : 0x2d, prefix: isDouble ? 0xf2 : 0xf3), to.number, from, wide: wide)
  }
  /// Between the two widths; `isDouble`: of the source.
  mutating func convert(_ to: FloatRegister, _ from: Operand, isDouble: Bool) {
    form(.extended(0x5a, prefix: isDouble ? 0xf2 : 0xf3), to.number, from, wide: false)
  }

  /// `sum` = ±(a × b) ± `sum`: the forms 231 of FMA3, by opcode.
  mutating func fuse(_ byte: UInt8, _ sum: FloatRegister, _ a: FloatRegister, _ b: Operand, isDouble: Bool) {
    self.byte(0xc4)
    self.byte((sum.number >> 3 ^ 1) << 7 | 0x40 | (b.register >> 3 & 1 ^ 1) << 5 | 2)
    self.byte((isDouble ? 0x80 : 0) | (a.number ^ 15) << 3 | 1)
    self.byte(byte)
    place(sum.number, b)
  }

  mutating func loadControl(_ from: Operand) { form(.extended(0xae), 2, from, wide: false) }
  mutating func storeControl(_ to: Operand) { form(.extended(0xae), 3, to, wide: false) }
}
