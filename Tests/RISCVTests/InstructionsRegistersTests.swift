import RISCV
import Testing

/// The registers that instructions say they read and write.
@Suite struct InstructionsRegistersTests {
  private static func csr(_ number: Int) -> Int { RegisterNumber.csr(number) }

  @Test func destinationsAndSources() {
    let cases: [(UInt32, written: [Int], read: [Int])] = [
      (0x0010_0093, [1], []),  // addi ra, zero, 1
      (0x0000_0013, [], []),  // nop
      (0x0031_00b3, [1], [2, 3]),  // add ra, sp, gp
      (0x0031_3423, [], [3, 2]),  // sd gp, 8(sp)
      (0x0081_3083, [1], [2]),  // ld ra, 8(sp)
      (0x0081_3087, [34], [2]),  // fld ft1, 8(sp)
      (0x0011_3427, [], [34, 2]),  // fsd ft1, 8(sp)
      (0x0231_70d3, [34], [35, 36, Self.csr(2)]),  // fadd.d ft1, ft2, ft3, dyn
      (0x2231_00c3, [34], [35, 36, 37]),  // fmadd.d ft1, ft2, ft3, ft4, rne
      (0xa231_20d3, [1], [35, 36]),  // feq.d ra, ft2, ft3
      (0x0031_30af, [1], [3, 2]),  // amoadd.d ra, gp, (sp)
      (0x1001_30af, [1], [2]),  // lr.d ra, (sp)
      (0x0062_8463, [], [5, 6]),  // beq t0, t1, 8
      (0x0000_80e7, [1], [1]),  // jalr ra, 0(ra)
      (0x1051_10f3, [1, Self.csr(0x105)], [Self.csr(0x105), 2]),  // csrrw ra, stvec, sp
      (0x1051_1073, [Self.csr(0x105)], [2]),  // csrrw zero, stvec, sp
      (0x1000_20f3, [1], [Self.csr(0x100)]),  // csrrs ra, sstatus, zero
      (0x1001_6073, [Self.csr(0x100), Self.csr(0x300)], [Self.csr(0x100)]),  // csrrsi zero, sstatus, 2
      (0x3020_0073, [Self.csr(0x300), Self.csr(0x100), 4161], [Self.csr(0x341), Self.csr(0x300)]),  // mret
      (0x0000_0073, [], []),  // ecall
      (0x0000_0000, [], []),
    ]
    for (bits, written, read) in cases {
      let instruction = Decoder.decode(bits)
      let text = Disassembler.text(instruction, at: 0)
      #expect(instruction.registersWritten == written, "\(text)")
      #expect(instruction.registersRead == read, "\(text)")
    }
  }

  @Test func floatStateIsChangedByWhatWritesFloats() {
    for bits: UInt32 in [0x0081_3087, 0x0231_70d3, 0xa231_20d3, 0x0030_9073] {
      #expect(Decoder.decode(bits).changesFloatState)
    }
    for bits: UInt32 in [0x0081_3083, 0x0011_3427, 0x0030_2073, 0x1051_1073] {
      #expect(!Decoder.decode(bits).changesFloatState)
    }
  }
}
