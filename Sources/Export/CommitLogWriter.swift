public import Backplane
internal import RISCV

/// A log of retired instructions as the simulator Spike writes it with `--log-commits` (riscv-isa-sim,
/// `riscv/execute.cc`, `commit_log_print_insn`): a line each, with what the instruction wrote. Traps have no lines.
///
///     core   0: 3 0x0000000080000000 (0x00000297) x5  0x0000000080000000
///
/// Behind the privilege mode, the pc and the bits: registers written (`x5`, `f5`, `c768_mstatus`), addresses read
/// (`mem 0x…`), addresses written with the value (`mem 0x… 0x…`).
public struct CommitLogWriter {
  private var output: TextOutput
  private var names = CSRNames()
  /// What the lines of `hart` begin with.
  private var prefix = ""
  private var hart: Int?
  /// How many lines there are so far.
  public private(set) var lineCount: UInt64 = 0

  /// A log that goes to `output`.
  public init(to output: TextOutput) { self.output = output }

  /// Writes the line of `record`, if it is an instruction.
  public mutating func note(_ record: StepRecord) throws {
    guard record.kind == .instruction, record.byteCount > 0 else { return }
    lineCount += 1
    if hart != record.hart {
      let number = String(record.hart)
      (hart, prefix) = (record.hart, "core" + String(repeating: " ", count: max(0, 4 - number.count)) + number + ": ")
    }
    try output.write(prefix)
    output.write(UInt8(ascii: "0") + record.mode)
    try output.write(" 0x")
    output.writeHexadecimal(record.pc, digits: 16)
    try output.write(" (0x")
    output.writeHexadecimal(UInt64(record.bits), digits: Int(record.byteCount) * 2)
    try output.write(")")
    for write in record.writes { try note(write) }
    for access in record.accesses where !access.isWrite {
      try output.write(" mem 0x")
      output.writeHexadecimal(access.address, digits: 16)
    }
    for access in record.accesses where access.isWrite { try noteStore(access) }
    try output.write("\n")
  }

  /// Writes what waits.
  public mutating func finish() throws { try output.flush() }

  private mutating func note(_ write: StepRecord.RegisterWrite) throws {
    switch write.number {
    case ..<RegisterNumber.programCounter: note(UInt8(ascii: "x"), write.number)
    case RegisterNumber.f0..<RegisterNumber.csr0: note(UInt8(ascii: "f"), write.number - RegisterNumber.f0)
    case RegisterNumber.csr0..<RegisterNumber.privilege:
      try output.write(names.text(write.number - RegisterNumber.csr0))
    default: return
    }
    try output.write("0x")
    output.writeHexadecimal(write.value, digits: 16)
  }

  private mutating func note(_ letter: UInt8, _ number: Int) {
    let space = UInt8(ascii: " ")
    output.write(space)
    output.write(letter)
    output.writeDecimal(UInt64(number))
    output.write(space)
    if number < 10 { output.write(space) }
  }

  private mutating func noteStore(_ access: StepRecord.Access) throws {
    // A store longer than a register is of a block that is zeroed: as Spike has it, byte by byte.
    let (count, piece) = access.byteCount > 8 ? (Int(access.byteCount), 1) : (1, Int(access.byteCount))
    for place in 0..<count {
      try output.write(" mem 0x")
      output.writeHexadecimal(access.address &+ UInt64(place), digits: 16)
      try output.write(" 0x")
      output.writeHexadecimal(access.value ?? 0, digits: piece * 2)
    }
  }

  /// ` c768_mstatus `, made once for each.
  private struct CSRNames {
    private var known: [(number: Int, text: String)] = []

    mutating func text(_ number: Int) -> String {
      if let found = known.first(where: { $0.number == number }) { return found.text }
      let text = " c\(number)_\(Disassembler.csrName(UInt16(truncatingIfNeeded: number))) "
      known.append((number, text))
      return text
    }
  }
}
