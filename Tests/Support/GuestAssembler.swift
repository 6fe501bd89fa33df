public import RISCV

/// The integer registers, by the names of the calling convention.
public enum Register: UInt8, CaseIterable, Sendable {
  case zero, ra, sp, gp, tp, t0, t1, t2, s0, s1, a0, a1, a2, a3, a4, a5, a6, a7
  case s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, t3, t4, t5, t6
}

/// The control and status registers that guests of tests name (privileged specification, "CSR Listing").
public enum CSR: Int, Sendable {
  case fcsr = 0x003
  case sstatus = 0x100
  case sie = 0x104
  case stvec = 0x105
  case scounteren = 0x106
  case senvcfg = 0x10a
  case sscratch = 0x140
  case sepc = 0x141
  case scause = 0x142
  case stval = 0x143
  case sip = 0x144
  case stimecmp = 0x14d
  case satp = 0x180
  case mstatus = 0x300
  case medeleg = 0x302
  case mideleg = 0x303
  case mie = 0x304
  case mtvec = 0x305
  case mcounteren = 0x306
  case menvcfg = 0x30a
  case mcountinhibit = 0x320
  case mhpmevent3 = 0x323
  case mscratch = 0x340
  case mepc = 0x341
  case mcause = 0x342
  case mtval = 0x343
  case mip = 0x344
  case pmpcfg0 = 0x3a0
  case pmpcfg2 = 0x3a2
  case pmpaddr0 = 0x3b0
  case pmpaddr1 = 0x3b1
  case pmpaddr2 = 0x3b2
  case pmpaddr3 = 0x3b3
  case pmpaddr15 = 0x3bf
  case mcycle = 0xb00
  case minstret = 0xb02
  case mhpmcounter3 = 0xb03
  case cycle = 0xc00
  case time = 0xc01
  case instret = 0xc02
  case hpmcounter3 = 0xc03
}

/// Writes guests for tests: instructions and labels, resolved by `finish`. Every instruction is 4 bytes long unless it
/// is appended with `half`.
public struct GuestAssembler {
  /// A place in the code, perhaps not yet known.
  public struct Label: Hashable, Sendable {
    fileprivate let index: Int
  }

  private struct Fixup {
    var at: Int
    var label: Label
    var kind: Kind
    enum Kind { case jump, pair }
  }

  /// The address of the first byte.
  public let base: UInt64
  private var bytes: [UInt8] = []
  private var places: [UInt64?] = []
  private var fixups: [Fixup] = []

  /// Code that starts at `base`.
  public init(at base: UInt64) { self.base = base }

  /// The address of what is appended next.
  public var position: UInt64 { base + UInt64(bytes.count) }

  // MARK: Labels

  /// A label to be bound later.
  public mutating func label() -> Label {
    places.append(nil)
    return Label(index: places.count - 1)
  }

  /// Says that `label` is here.
  public mutating func bind(_ label: Label) {
    precondition(places[label.index] == nil, "A label was bound twice.")
    places[label.index] = position
  }

  /// A label that is here.
  public mutating func here() -> Label {
    let label = label()
    bind(label)
    return label
  }

  /// The address of a label that has been bound.
  public func address(of label: Label) -> UInt64 {
    guard let place = places[label.index] else { preconditionFailure("A label was never bound.") }
    return place
  }

  /// Fills with zeros up to `address`.
  public mutating func origin(_ address: UInt64) {
    precondition(address >= position, "Code cannot be placed before what is there.")
    bytes += [UInt8](repeating: 0, count: Int(address - position))
  }

  // MARK: Data

  /// Appends two bytes.
  public mutating func half(_ bits: UInt16) { append(UInt64(bits), 2) }

  /// Appends four bytes: an instruction from its bits, or data.
  public mutating func word(_ bits: UInt32) { append(UInt64(bits), 4) }

  /// Appends eight bytes.
  public mutating func double(_ bits: UInt64) { append(bits, 8) }

  private mutating func append(_ value: UInt64, _ count: Int) {
    for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
  }

  // MARK: Instructions

  /// The bits of an instruction.
  public static func bits(
    _ operation: RISCV.Operation, _ rd: Register = .zero, _ rs1: Register = .zero, _ rs2: Register = .zero,
    immediate: Int = 0
  ) -> UInt32 {
    InstructionEncoder.word(
      operation, rd: rd.rawValue, rs1: rs1.rawValue, rs2: rs2.rawValue, immediate: immediate)
  }

  /// Appends `operation rd, rs1, rs2`; registers that the operation does not have are left out or ignored.
  public mutating func emit(
    _ operation: RISCV.Operation, _ rd: Register = .zero, _ rs1: Register = .zero, _ rs2: Register = .zero,
    immediate: Int = 0
  ) {
    word(Self.bits(operation, rd, rs1, rs2, immediate: immediate))
  }

  /// Appends `addi rd, rs1, immediate`.
  public mutating func addi(_ rd: Register, _ rs1: Register, _ immediate: Int) {
    emit(.addi, rd, rs1, immediate: immediate)
  }

  /// Appends a load: `operation rd, offset(base)`.
  public mutating func load(_ operation: RISCV.Operation, _ rd: Register, _ offset: Int, _ base: Register) {
    emit(operation, rd, base, immediate: offset)
  }

  /// Appends a store: `operation rs2, offset(base)`.
  public mutating func store(_ operation: RISCV.Operation, _ rs2: Register, _ offset: Int, _ base: Register) {
    emit(operation, .zero, base, rs2, immediate: offset)
  }

  /// Appends an atomic: `operation rd, rs2, (base)`.
  public mutating func atomic(_ operation: RISCV.Operation, _ rd: Register, _ rs2: Register, _ base: Register) {
    emit(operation, rd, base, rs2)
  }

  /// Appends a branch to `label`.
  public mutating func branch(_ operation: RISCV.Operation, _ rs1: Register, _ rs2: Register, _ label: Label) {
    fixups.append(Fixup(at: bytes.count, label: label, kind: .jump))
    emit(operation, .zero, rs1, rs2)
  }

  /// Appends `jal rd, label`; without `rd`, a plain jump.
  public mutating func jump(_ label: Label, link rd: Register = .zero) {
    fixups.append(Fixup(at: bytes.count, label: label, kind: .jump))
    emit(.jal, rd)
  }

  /// Appends `jalr rd, (rs1)`.
  public mutating func jump(to rs1: Register, link rd: Register = .zero) { emit(.jalr, rd, rs1) }

  /// Appends the instructions that set `rd` to `value`.
  public mutating func li(_ rd: Register, _ value: UInt64) {
    let signed = Int64(bitPattern: value)
    if signed >= -2048, signed < 2048 { return addi(rd, .zero, Int(signed)) }
    let low = Int64(Int16(truncatingIfNeeded: signed << 4) >> 4)
    if signed >= Int64(Int32.min), signed <= Int64(Int32.max) {
      emit(.lui, rd, immediate: Int(signed &- low))
      if low != 0 { emit(.addiw, rd, rd, immediate: Int(low)) }
      return
    }
    li(rd, UInt64(bitPattern: (signed &- low) >> 12))
    emit(.slli, rd, rd, immediate: 12)
    if low != 0 { addi(rd, rd, Int(low)) }
  }

  /// Appends `auipc` and `addi`: `rd` becomes the address of `label`.
  public mutating func la(_ rd: Register, _ label: Label) {
    fixups.append(Fixup(at: bytes.count, label: label, kind: .pair))
    emit(.auipc, rd)
    addi(rd, rd, 0)
  }

  /// Appends `csrrw zero, csr, rs1`.
  public mutating func csrw(_ csr: CSR, _ rs1: Register) { emit(.csrrw, .zero, rs1, immediate: csr.rawValue) }
  /// Appends `csrrs rd, csr, zero`.
  public mutating func csrr(_ rd: Register, _ csr: CSR) { emit(.csrrs, rd, .zero, immediate: csr.rawValue) }
  /// Sets `csr` to `value`; `register` is overwritten.
  public mutating func csrw(_ csr: CSR, value: UInt64, using register: Register = .t6) {
    li(register, value)
    csrw(csr, register)
  }
  /// Sets the bits `mask` of `csr`; `register` is overwritten.
  public mutating func csrs(_ csr: CSR, mask: UInt64, using register: Register = .t6) {
    li(register, mask)
    emit(.csrrs, .zero, register, immediate: csr.rawValue)
  }
  /// Clears the bits `mask` of `csr`; `register` is overwritten.
  public mutating func csrc(_ csr: CSR, mask: UInt64, using register: Register = .t6) {
    li(register, mask)
    emit(.csrrc, .zero, register, immediate: csr.rawValue)
  }

  // MARK: End

  /// Fills in every label and returns the bytes.
  public mutating func finish() -> [UInt8] {
    for fixup in fixups {
      let distance = Int(Int64(bitPattern: address(of: fixup.label) &- (base + UInt64(fixup.at))))
      switch fixup.kind {
      case .jump: patch(fixup.at, distance)
      case .pair:
        let low = Int(Int16(truncatingIfNeeded: distance << 4) >> 4)
        patch(fixup.at, distance - low)
        patch(fixup.at + 4, low)
      }
    }
    fixups = []
    return bytes
  }

  private mutating func patch(_ place: Int, _ immediate: Int) {
    let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
    let old = Decoder.decode(bits)
    let new = InstructionEncoder.word(
      old.operation, rd: old.rd, rs1: old.rs1, rs2: old.rs2, immediate: immediate)
    precondition(Decoder.decode(new).immediate == Int32(immediate), "\(old.operation) does not reach \(immediate).")
    for index in 0..<4 { bytes[place + index] = UInt8(truncatingIfNeeded: new >> UInt32(8 * index)) }
  }
}
