public import RISCV

/// A bare-metal image of random programs. Both sides run it and print one line for each program: its number, a hash of
/// all registers, the traps it took and the memory it could reach, and how many traps that were.
public struct ProgramImage: Sendable {
  /// One program in the image.
  public struct Program: Sendable {
    /// Where its instructions are.
    public let addresses: Range<UInt64>
    /// Its last instruction before the epilogue: `operation rd, rs1, rs2` on integer registers, always executed.
    public let lastInstruction: UInt64
  }

  /// What it was generated from.
  public let seed: UInt64
  /// Its programs, in the order in which they run.
  public let programs: [Program]
  /// How often each operation was generated, at its raw value; 16-bit forms count for what they stand for.
  public let operationCounts: [Int]
  /// How many 16-bit instructions are among them.
  public let compressedCount: Int
  /// What is loaded at `ImageLayout.base`.
  public private(set) var bytes: [UInt8]

  /// The image of `seed` with `count` programs.
  public init(seed: UInt64, programs count: Int = 50) {
    var random = SeededGenerator(seed: seed)
    let reserved = ReservedRegisters(random: &random)
    var code = Assembler(base: ImageLayout.base)
    let blocks = code.label()
    let harness = Harness(&code, reserved: reserved)
    harness.emit(&code, blocks: blocks, programs: count, multiplier: random.next() | 1)

    var generator = ProgramGenerator(code: code, random: random, reserved: reserved, epilogue: harness.epilogue)
    var entries: [(entry: Assembler.Label, last: Int, end: Int)] = []
    for _ in 0..<count { entries.append(generator.program()) }
    code = generator.code
    code.align(8)
    code.bind(blocks)
    for (index, program) in entries.enumerated() {
      Self.emitStartingBlock(
        &code, StartingValues(random: SeededGenerator(seed: seed ^ UInt64(index + 1) << 48)), reserved, program.entry)
    }
    bytes = code.finish()
    precondition(
      ImageLayout.base + UInt64(bytes.count) <= UInt64(ImageLayout.StateBlock.address), "The image is too large.")
    self.seed = seed
    operationCounts = generator.operationCounts
    compressedCount = generator.compressedCount
    programs = entries.map { entry, last, end in
      Program(
        addresses: code.address(of: entry)..<(ImageLayout.base + UInt64(end)),
        lastInstruction: ImageLayout.base + UInt64(last))
    }
  }

  private static func emitStartingBlock(
    _ code: inout Assembler, _ starting: StartingValues, _ reserved: ReservedRegisters, _ entry: Assembler.Label
  ) {
    var starting = starting
    var random = SeededGenerator(seed: starting.integer())
    for number in UInt8(1)..<32 {
      switch number {
      case reserved.scratch: code.double(UInt64(ImageLayout.scratchMiddle))
      case reserved.state: code.double(UInt64(ImageLayout.StateBlock.address))
      default: code.double(starting.integer())
      }
    }
    for _ in 0..<32 { code.double(starting.float()) }
    code.double(UInt64(random.below(5)) << 5 | UInt64(random.below(32)))
    code.double(starting.integer())
    code.double(addressOf: entry)
    for index in 0..<ImageLayout.scratchBytes / 8 {
      code.double(index % 4 == 0 ? starting.float() : starting.integer())
    }
  }

  /// Whether programs have instructions of `extension`: what QEMU 7.2 lacks is left out.
  public static func isGenerated(_ extension: ISAExtension) -> Bool {
    !GeneratedOperations.leftOut.contains(`extension`)
  }

  /// How many traps the program took that left `line`, and whether it was stopped because they were too many.
  public static func traps(line: String) -> (count: Int, wasStopped: Bool)? {
    guard let count = line.split(separator: " ").last.flatMap({ Int($0, radix: 16) }) else { return nil }
    return (count, count > ImageLayout.trapLimit)
  }

  /// The same image, which also prints every compared word of program `index`, in the order of `ComparedWord.all`.
  public func verbose(program index: Int) -> ProgramImage {
    var copy = self
    copy.store(UInt64(index), bytes: 8, at: ImageLayout.Parameter.verbose.offset)
    return copy
  }

  /// The same image with a wrong instruction in program `index`: what a checker must notice. Its last instruction
  /// becomes a subtraction, or an addition if it was one.
  public func withPlantedBug(program index: Int) -> ProgramImage {
    let address = programs[index].lastInstruction
    let old = instruction(at: address)
    let operation: RISCV.Operation = old.operation == .sub ? .add : .sub
    var copy = self
    copy.store(
      UInt64(InstructionEncoder.word(operation, rd: old.rd, rs1: old.rs1, rs2: old.rs2)), bytes: 4,
      at: Int(address - ImageLayout.base))
    return copy
  }

  /// The instruction at `address`, inside the image.
  public func instruction(at address: UInt64) -> Instruction {
    let place = Int(address - ImageLayout.base)
    return Decoder.decode((0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) })
  }

  /// Program `index` as text, one instruction a line.
  public func disassembly(program index: Int) -> [String] {
    var lines: [String] = []
    var address = programs[index].addresses.lowerBound
    while address < programs[index].addresses.upperBound {
      let instruction = instruction(at: address)
      let text = Disassembler.text(instruction, at: address).replacing("\t", with: " ")
      lines.append("\(String(address, radix: 16)): \(instruction.length == 2 ? "(16) " : "")\(text)")
      address += UInt64(instruction.length)
    }
    return lines
  }

  /// The image as an ELF file of one segment, for `--kernel`.
  public var elf: [UInt8] {
    let headerBytes = 64 + 56
    var header: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
    func append(_ value: UInt64, bytes: Int) {
      for index in 0..<bytes { header.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
    }
    let executable: UInt64 = 2
    let riscv: UInt64 = 243
    for value in [executable, riscv] { append(value, bytes: 2) }
    append(1, bytes: 4)
    for value in [ImageLayout.base, 64, 0] { append(value, bytes: 8) }
    append(0x5, bytes: 4)  // Flags: compressed instructions, double-precision calls.
    for value: UInt64 in [64, 56, 1, 64, 0, 0] { append(value, bytes: 2) }
    append(1, bytes: 4)  // A segment to load, readable, writable, executable.
    append(7, bytes: 4)
    let size = UInt64(bytes.count)
    for value in [UInt64(headerBytes), ImageLayout.base, ImageLayout.base, size, size, 8] { append(value, bytes: 8) }
    return header + bytes
  }

  private mutating func store(_ value: UInt64, bytes count: Int, at place: Int) {
    for index in 0..<count { bytes[place + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
  }
}
