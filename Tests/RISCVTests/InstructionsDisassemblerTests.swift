import RISCV
import Testing

@Suite("The disassembler")
struct InstructionsDisassemblerTests {
  private static func text(_ bits: UInt32, at pc: UInt64 = 0) -> String {
    Disassembler.text(Decoder.decode(bits), at: pc)
  }

  @Test("mnemonic, tab, operands separated by comma and space")
  func shape() {
    #expect(Self.text(0x0015_0513) == "addi\ta0, a0, 1")
    #expect(Self.text(0x0000_0073) == "ecall")
    #expect(Self.text(0x8330_000f) == "fence.tso")
    #expect(Self.text(0x0505) == "addi\ta0, a0, 1")
  }

  @Test("targets are absolute and wrap at the ends of the address space")
  func targets() {
    #expect(Self.text(0xfe00_0ee3, at: 0x8000_0004) == "beq\tzero, zero, 0x80000000")
    #expect(Self.text(0xfe00_0ee3, at: 0) == "beq\tzero, zero, 0xfffffffffffffffc")
    #expect(Self.text(0x0080_006f, at: .max - 3) == "jal\tzero, 0x4")
  }

  @Test("what is not an instruction shows its bits at their full length")
  func illegal() {
    #expect(Self.text(0x0000) == "illegal\t0x0000")
    #expect(Self.text(0x0000_007b) == "illegal\t0x0000007b")
  }

  @Test("reserved rounding modes are named as such, and that of an exact conversion only when it is unusual")
  func rounding() {
    #expect(Self.text(0x02c5_d553) == "fadd.d\tfa0, fa1, fa2, reserved5")
    #expect(Self.text(0x4205_8553) == "fcvt.d.s\tfa0, fa1")
    #expect(Self.text(0x4205_f553) == "fcvt.d.s\tfa0, fa1, dyn")
  }

  @Test("CSRs have their names, and the others their numbers")
  func csrNames() {
    #expect(Disassembler.csrName(0x300) == "mstatus")
    #expect(Disassembler.csrName(0xc1f) == "hpmcounter31")
    #expect(Disassembler.csrName(0x3a2) == "pmpcfg2")
    #expect(Disassembler.csrName(0x3a1) == "0x3a1")
    #expect(Disassembler.csrName(0x3ef) == "pmpaddr63")
    #expect(Disassembler.csrName(0x7b3) == "dscratch1")
    #expect(Disassembler.csrName(0xfff) == "0xfff")
    #expect(Set((UInt16(0)..<4096).map(Disassembler.csrName)).count == 4096)
  }

  @Test("every operation has a text that begins with its mnemonic")
  func everyOperation() {
    var numbers = InstructionsNumbers(state: 3)
    for line in InstructionSet.all {
      let instruction = InstructionsEncoder.random(line, using: &numbers)
      #expect(Disassembler.text(instruction, at: 0).hasPrefix(line.mnemonic))
    }
  }

  @Test("registers have the names of the calling convention")
  func registers() {
    #expect(Disassembler.integerRegisterName(8) == "s0")
    #expect(Disassembler.floatRegisterName(31) == "ft11")
  }
}
