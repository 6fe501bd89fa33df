import RISCV

/// Code under construction at a known address: bytes, labels, and the places that wait for a label.
struct Assembler {
  /// A place in the code, perhaps not yet known.
  struct Label: Hashable {
    fileprivate let index: Int
  }

  /// What to do with a label's address once it is known.
  private enum Fixup {
    /// The immediate of a jump or branch of 4 bytes.
    case jump
    /// The immediate of a jump or branch of 2 bytes.
    case shortJump
    /// The immediate of an `addi` or a store: the label minus `origin` minus `offset`.
    case distance(from: Int, minus: Int)
    /// A doubleword with the label's address.
    case address
  }

  /// The address of the first byte.
  let base: UInt64
  /// The code so far.
  private(set) var bytes: [UInt8] = []
  private var places: [Int?] = []
  private var fixups: [(at: Int, label: Label, kind: Fixup)] = []

  init(base: UInt64) { self.base = base }

  /// Offset of the next byte.
  var count: Int { bytes.count }

  /// A label to be bound later.
  mutating func label() -> Label {
    places.append(nil)
    return Label(index: places.count - 1)
  }

  /// Says that `label` is here.
  mutating func bind(_ label: Label) {
    precondition(places[label.index] == nil, "A label was bound twice.")
    places[label.index] = bytes.count
  }

  /// A label that is here.
  mutating func here() -> Label {
    let label = label()
    bind(label)
    return label
  }

  /// The address of a label that has been bound.
  func address(of label: Label) -> UInt64 {
    guard let place = places[label.index] else { preconditionFailure("A label was never bound.") }
    return base + UInt64(place)
  }

  mutating func half(_ bits: UInt16) {
    bytes.append(UInt8(truncatingIfNeeded: bits))
    bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
  }

  mutating func word(_ bits: UInt32) {
    half(UInt16(truncatingIfNeeded: bits))
    half(UInt16(truncatingIfNeeded: bits >> 16))
  }

  mutating func double(_ bits: UInt64) {
    word(UInt32(truncatingIfNeeded: bits))
    word(UInt32(truncatingIfNeeded: bits >> 32))
  }

  /// Appends the address of `label` as a doubleword.
  mutating func double(addressOf label: Label) {
    fixups.append((bytes.count, label, .address))
    double(0)
  }

  /// Appends zeros up to a multiple of `alignment`, a power of two, plus `offset`.
  mutating func align(_ alignment: Int, plus offset: Int = 0) {
    while bytes.count & (alignment - 1) != offset { bytes.append(0) }
  }

  /// Appends a 32-bit instruction.
  mutating func emit(
    _ operation: RISCV.Operation, rd: UInt8 = 0, rs1: UInt8 = 0, rs2: UInt8 = 0, _ immediate: Int = 0
  ) {
    word(InstructionEncoder.word(operation, rd: rd, rs1: rs1, rs2: rs2, immediate: immediate))
  }

  /// Appends a 32-bit jump or branch to `label`.
  mutating func jump(
    _ operation: RISCV.Operation, rd: UInt8 = 0, rs1: UInt8 = 0, rs2: UInt8 = 0, to label: Label
  ) {
    fixups.append((bytes.count, label, .jump))
    emit(operation, rd: rd, rs1: rs1, rs2: rs2)
  }

  /// Appends a 16-bit jump or branch to `label`, which must come out in its reach; `rs1` is `x8` to `x15`, or 0 of a
  /// jump.
  mutating func shortJump(_ operation: RISCV.Operation, rs1: UInt8 = 0, to label: Label) {
    fixups.append((bytes.count, label, .shortJump))
    let form = CompressedInstructions.all(operation).first { $0.rs1 == rs1 && $0.rd == 0 && $0.rs2 == 0 }
    guard let form else { preconditionFailure("\(operation) has no 16-bit form with register x\(rs1).") }
    half(UInt16(truncatingIfNeeded: form.bits))
  }

  /// Appends `addi rd, rs1, label - origin - offset`.
  mutating func addDistance(rd: UInt8, rs1: UInt8, to label: Label, from origin: Int, minus offset: Int = 0) {
    fixups.append((bytes.count, label, .distance(from: origin, minus: offset)))
    emit(.addi, rd: rd, rs1: rs1)
  }

  /// Appends `sw rs2, (label - origin)(rs1)`.
  mutating func storeAtDistance(rs1: UInt8, rs2: UInt8, to label: Label, from origin: Int) {
    fixups.append((bytes.count, label, .distance(from: origin, minus: 0)))
    emit(.sw, rs1: rs1, rs2: rs2)
  }

  /// Appends code that sets `rd` to `value`, which fits 32 bits as a signed or unsigned number.
  mutating func load(_ rd: UInt8, _ value: Int) {
    precondition(value >= -0x8000_0000 && value <= 0xffff_ffff, "\(value) does not fit a `lui` and an `addi`.")
    if value >= -2048 && value < 2048 {
      emit(.addi, rd: rd, value)
      return
    }
    let low = Int(Int16(truncatingIfNeeded: value << 4) >> 4)
    emit(.lui, rd: rd, value - low)
    emit(.addiw, rd: rd, rs1: rd, low)
    if value > 0x7fff_ffff {  // The sign that lui spread over the upper half goes.
      emit(.slli, rd: rd, rs1: rd, 32)
      emit(.srli, rd: rd, rs1: rd, 32)
    }
  }

  /// Fills in every label and returns the bytes.
  mutating func finish() -> [UInt8] {
    for fixup in fixups {
      let place = Int(address(of: fixup.label) - base)
      switch fixup.kind {
      case .jump: patch(fixup.at, distance: place - fixup.at)
      case .shortJump: patchShort(fixup.at, distance: place - fixup.at)
      case .distance(let origin, let offset): patch(fixup.at, distance: place - origin - offset)
      case .address: store(address(of: fixup.label), bytes: 8, at: fixup.at)
      }
    }
    fixups = []
    return bytes
  }

  private mutating func patch(_ place: Int, distance: Int) {
    let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
    let old = Decoder.decode(bits)
    let new = InstructionEncoder.word(
      old.operation, rd: old.rd, rs1: old.rs1, rs2: old.rs2, immediate: distance)
    precondition(Decoder.decode(new).immediate == Int32(distance), "\(old.operation) does not reach \(distance).")
    store(UInt64(new), bytes: 4, at: place)
  }

  private mutating func patchShort(_ place: Int, distance: Int) {
    let old = Decoder.decode(UInt32(bytes[place]) | UInt32(bytes[place + 1]) << 8)
    let new = CompressedInstructions.all(old.operation).first {
      $0.rd == old.rd && $0.rs1 == old.rs1 && $0.rs2 == old.rs2 && Int($0.immediate) == distance
    }
    guard let new else { preconditionFailure("A 16-bit \(old.operation) does not reach \(distance).") }
    store(UInt64(new.bits), bytes: 2, at: place)
  }

  private mutating func store(_ value: UInt64, bytes count: Int, at place: Int) {
    for index in 0..<count { bytes[place + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
  }
}
