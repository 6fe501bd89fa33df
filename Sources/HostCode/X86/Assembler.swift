// Machine code of x86-64 hosts, byte by byte (AMD64 Architecture Programmer's Manual, volume 3, "Instruction
// Encoding").
// Structs over a pointer on purpose: a class with stored properties would pay for an exclusivity check at each byte.

/// A general register by its number in encodings.
struct Register: Equatable {
  let number: UInt8
  init(_ number: UInt8) { self.number = number }

  static let rax = Register(0), rcx = Register(1), rdx = Register(2), rbx = Register(3)
  static let rsp = Register(4), rbp = Register(5), rsi = Register(6), rdi = Register(7)
  static let r8 = Register(8), r9 = Register(9), r10 = Register(10), r11 = Register(11)
  static let r12 = Register(12), r13 = Register(13), r14 = Register(14), r15 = Register(15)
}

/// A register, or memory at a base register plus a distance: what a ModRM byte names.
struct Operand: Equatable {
  let isMemory: Bool
  let register: UInt8
  let distance: Int32

  static func memory(_ base: Register, _ distance: Int32) -> Operand {
    Operand(isMemory: true, register: base.number, distance: distance)
  }
  static func register(_ register: Register) -> Operand {
    Operand(isMemory: false, register: register.number, distance: 0)
  }
}

/// What a conditional jump, set or move asks of the flags.
enum Condition: UInt8 {
  case overflow = 0, notOverflow, below, aboveOrEqual, equal, notEqual, belowOrEqual, above
  case negative, notNegative, parity, notParity, less, greaterOrEqual, lessOrEqual, greater

  var inverse: Condition { Condition(rawValue: rawValue ^ 1) ?? self }
}

/// An opcode with its escape bytes and mandatory prefix.
struct Opcode {
  /// The last byte.
  let byte: UInt8
  /// 0: none; 1: `0f`; 2: `0f 38`; 3: `0f 3a`.
  let map: UInt8
  /// 0, 0x66, 0xf2 or 0xf3.
  let prefix: UInt8

  init(_ byte: UInt8, map: UInt8 = 0, prefix: UInt8 = 0) { (self.byte, self.map, self.prefix) = (byte, map, prefix) }
  static func extended(_ byte: UInt8, prefix: UInt8 = 0) -> Opcode { Opcode(byte, map: 1, prefix: prefix) }
}

/// Appends instructions at `next`.
struct Assembler {
  /// Where the next byte goes.
  var next: UnsafeMutablePointer<UInt8>

  @inline(__always)
  mutating func byte(_ value: UInt8) {
    next.pointee = value
    next += 1
  }

  @inline(__always)
  mutating func word32(_ value: Int32) {
    UnsafeMutableRawPointer(next).storeBytes(of: value, as: Int32.self)
    next += 4
  }

  @inline(__always)
  mutating func word64(_ value: UInt64) {
    UnsafeMutableRawPointer(next).storeBytes(of: value, as: UInt64.self)
    next += 8
  }

  // MARK: Forms

  @inline(__always)
  private mutating func head(_ opcode: Opcode, _ rex: UInt8, isForced: Bool) {
    if opcode.prefix != 0 { byte(opcode.prefix) }
    if rex != 0 || isForced { byte(0x40 | rex) }
    if opcode.map != 0 { byte(0x0f) }
    if opcode.map == 2 { byte(0x38) }
    if opcode.map == 3 { byte(0x3a) }
    byte(opcode.byte)
  }

  /// `opcode` with `field` in the register field of ModRM, which may be an extension of the opcode. `bytes`: whether
  /// the registers are byte registers, so that 4 to 7 need a REX prefix to mean the low bytes.
  mutating func form(_ opcode: Opcode, _ field: UInt8, _ operand: Operand, wide: Bool, bytes: Bool = false) {
    let rex = (wide ? 8 : 0) | (field >> 3 & 1) << 2 | (operand.register >> 3 & 1)
    head(opcode, rex, isForced: bytes && (field & 0xfc == 4 || !operand.isMemory && operand.register & 0xfc == 4))
    place(field, operand)
  }

  mutating func place(_ field: UInt8, _ operand: Operand) {
    let (field, base) = ((field & 7) << 3, operand.register & 7)
    guard operand.isMemory else { return byte(0xc0 | field | base) }
    let isShort = operand.distance >= -128 && operand.distance <= 127
    // Without a distance, the base of rbp and r13 would mean something else.
    let mode: UInt8 = operand.distance == 0 && base != 5 ? 0 : isShort ? 0x40 : 0x80
    byte(mode | field | base)
    if base == 4 { byte(0x24) }
    if mode == 0x40 { byte(UInt8(truncatingIfNeeded: operand.distance)) }
    if mode == 0x80 { word32(operand.distance) }
  }

  /// `opcode` on memory at `base` + `index` × 2^`scale` + `distance`.
  mutating func indexed(
    _ opcode: Opcode, _ field: Register, _ base: Register, _ index: Register, scale: UInt8, _ distance: Int32,
    wide: Bool
  ) {
    let high = (field.number >> 3 & 1) << 2 | (index.number >> 3 & 1) << 1 | (base.number >> 3 & 1)
    head(opcode, (wide ? 8 : 0) | high, isForced: false)
    byte(0x84 | (field.number & 7) << 3)
    byte(scale << 6 | (index.number & 7) << 3 | base.number & 7)
    word32(distance)
  }

  // MARK: Moves

  mutating func move(_ to: Register, _ from: Operand, wide: Bool = true) {
    form(Opcode(0x8b), to.number, from, wide: wide)
  }
  mutating func move(_ to: Register, _ from: Register, wide: Bool = true) {
    if to != from || !wide { form(Opcode(0x8b), to.number, .register(from), wide: wide) }
  }
  mutating func store(_ to: Operand, _ from: Register, wide: Bool = true) {
    form(Opcode(0x89), from.number, to, wide: wide)
  }

  /// `to` = `value`, by the shortest instruction; flags keep.
  mutating func load(_ to: Register, _ value: UInt64) {
    if value <= UInt64(UInt32.max) {
      if to.number >= 8 { byte(0x41) }
      byte(0xb8 | to.number & 7)
      word32(Int32(truncatingIfNeeded: value))
    } else if let short = Int32(exactly: Int64(bitPattern: value)) {
      form(Opcode(0xc7), 0, .register(to), wide: true)
      word32(short)
    } else {
      byte(to.number >= 8 ? 0x49 : 0x48)
      byte(0xb8 | to.number & 7)
      word64(value)
    }
  }

  /// Eight bytes in memory, or a register, become the sign-extended `value`.
  mutating func store(_ to: Operand, _ value: Int32) {
    form(Opcode(0xc7), 0, to, wide: true)
    word32(value)
  }

  mutating func address(_ to: Register, _ of: Operand) { form(Opcode(0x8d), to.number, of, wide: true) }

  // MARK: Arithmetic

  /// The eight operations that share their encodings, by number.
  enum Binary: UInt8 { case add = 0, or, addCarry, subtractBorrow, and, subtract, xor, compare }

  mutating func binary(_ operation: Binary, _ to: Register, _ from: Operand, wide: Bool = true) {
    form(Opcode(operation.rawValue << 3 | 3), to.number, from, wide: wide)
  }
  mutating func binary(_ operation: Binary, _ to: Register, _ from: Register, wide: Bool = true) {
    binary(operation, to, .register(from), wide: wide)
  }
  mutating func binary(_ operation: Binary, memory to: Operand, _ from: Register, wide: Bool = true) {
    form(Opcode(operation.rawValue << 3 | 1), from.number, to, wide: wide)
  }
  mutating func binary(_ operation: Binary, _ to: Operand, _ value: Int32, wide: Bool = true) {
    let isShort = value >= -128 && value <= 127
    form(Opcode(isShort ? 0x83 : 0x81), operation.rawValue, to, wide: wide)
    if isShort { byte(UInt8(truncatingIfNeeded: value)) } else { word32(value) }
  }
  mutating func binary(_ operation: Binary, _ to: Register, _ value: Int32, wide: Bool = true) {
    binary(operation, .register(to), value, wide: wide)
  }

  mutating func test(_ a: Register, _ b: Register, wide: Bool = true) {
    form(Opcode(0x85), b.number, .register(a), wide: wide)
  }

  /// Shifts and rotations, by number.
  enum Shift: UInt8 { case rotateLeft = 0, rotateRight, left = 4, right = 5, rightSigned = 7 }

  mutating func shift(_ kind: Shift, _ operand: Operand, by count: UInt8, wide: Bool = true) {
    form(Opcode(0xc1), kind.rawValue, operand, wide: wide)
    byte(count)
  }
  /// By the count in `cl`.
  mutating func shift(_ kind: Shift, _ operand: Operand, wide: Bool = true) {
    form(Opcode(0xd3), kind.rawValue, operand, wide: wide)
  }

  /// Operations on one operand, by number; the last four work on `rdx:rax`.
  enum Unary: UInt8 { case not = 2, negate, multiply, multiplySigned, divide, divideSigned }

  mutating func unary(_ kind: Unary, _ operand: Operand, wide: Bool = true) {
    form(Opcode(0xf7), kind.rawValue, operand, wide: wide)
  }
  mutating func multiply(_ to: Register, _ by: Operand, wide: Bool = true) {
    form(.extended(0xaf), to.number, by, wide: wide)
  }
  mutating func multiply(_ to: Register, _ a: Operand, by value: Int32) {
    form(Opcode(0x69), to.number, a, wide: true)
    word32(value)
  }
  /// `rdx` = the sign of `rax`.
  mutating func signToHigh(wide: Bool = true) {
    if wide { byte(0x48) }
    byte(0x99)
  }
  /// `rax` = `eax`, sign-extended.
  mutating func signExtendLow() {
    byte(0x48)
    byte(0x98)
  }

  // MARK: Control

  mutating func set(_ condition: Condition, _ low: Register) {
    form(.extended(0x90 | condition.rawValue), 0, .register(low), wide: false, bytes: true)
  }
  mutating func move(if condition: Condition, _ to: Register, _ from: Operand, wide: Bool = true) {
    form(.extended(0x40 | condition.rawValue), to.number, from, wide: wide)
  }
  mutating func compareByte(_ operand: Operand, _ value: UInt8) {
    form(Opcode(0x80), 7, operand, wide: false)
    byte(value)
  }
  mutating func storeByte(_ operand: Operand, _ value: UInt8) {
    form(Opcode(0xc6), 0, operand, wide: false)
    byte(value)
  }
  mutating func ret() { byte(0xc3) }
  mutating func push(_ register: Register) {
    if register.number >= 8 { byte(0x41) }
    byte(0x50 | register.number & 7)
  }
  mutating func pop(_ register: Register) {
    if register.number >= 8 { byte(0x41) }
    byte(0x58 | register.number & 7)
  }
  mutating func call(_ register: Register) { form(Opcode(0xff), 2, .register(register), wide: false) }
  mutating func jump(to register: Register) { form(Opcode(0xff), 4, .register(register), wide: false) }

  /// A jump whose distance is 4 bytes; returns where they stand.
  mutating func jump() -> UnsafeMutablePointer<UInt8> {
    byte(0xe9)
    word32(0)
    return next - 4
  }
  mutating func call() -> UnsafeMutablePointer<UInt8> {
    byte(0xe8)
    word32(0)
    return next - 4
  }
  mutating func jump(if condition: Condition) -> UnsafeMutablePointer<UInt8> {
    byte(0x0f)
    byte(0x80 | condition.rawValue)
    word32(0)
    return next - 4
  }
  mutating func jump(to target: UnsafeMutablePointer<UInt8>) { Self.patch(jump(), target) }
  mutating func call(_ target: UnsafeMutablePointer<UInt8>) { Self.patch(call(), target) }
  mutating func jump(if condition: Condition, to target: UnsafeMutablePointer<UInt8>) {
    Self.patch(jump(if: condition), target)
  }

  /// A jump forward by less than 128 bytes; `land` says where to.
  mutating func shortJump(if condition: Condition? = nil) -> UnsafeMutablePointer<UInt8> {
    byte(condition.map { 0x70 | $0.rawValue } ?? 0xeb)
    byte(0)
    return next - 1
  }
  func land(_ jump: UnsafeMutablePointer<UInt8>) {
    let distance = next - jump - 1
    precondition(distance < 128, "a short jump is short")
    jump.pointee = UInt8(distance)
  }

  /// Makes the four bytes at `place` the distance to `target`.
  @inline(__always)
  static func patch(_ place: UnsafeMutablePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>) {
    UnsafeMutableRawPointer(place).storeBytes(of: Int32(truncatingIfNeeded: target - place - 4), as: Int32.self)
  }
}
