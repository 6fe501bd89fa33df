import RISCV
import Testing

@Suite("The decoder of 16-bit instructions")
struct InstructionsCompressedTests {
  /// For each quadrant and funct3, 24 in all, how many halfwords are defined, and the FNV-1a 64-bit hash of what they
  /// all decode to: the mnemonic, rd, rs1, rs2 and the four bytes of the immediate, halfwords in rising order.
  private static func summaries(of decode: (UInt32) -> Instruction) -> [Summary] {
    var summaries: [Summary] = []
    for quadrant in UInt32(0)..<3 {
      for funct3 in UInt32(0)..<8 {
        var summary = Summary()
        for middle in UInt32(0)..<2048 {
          summary.add(decode(funct3 << 13 | middle << 2 | quadrant))
        }
        summaries.append(summary)
      }
    }
    return summaries
  }

  private struct Summary: Equatable {
    var defined = 0
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325

    init() {}

    init(_ defined: Int, _ hash: UInt64) {
      self.defined = defined
      self.hash = hash
    }

    mutating func add(_ instruction: Instruction) {
      if instruction.operation != .illegal { defined += 1 }
      for byte in InstructionSet.description(of: instruction.operation).mnemonic.utf8 { add(byte) }
      add(instruction.rd)
      add(instruction.rs1)
      add(instruction.rs2)
      for shift: Int32 in [0, 8, 16, 24] { add(UInt8(truncatingIfNeeded: instruction.immediate >> shift)) }
    }

    private mutating func add(_ byte: UInt8) {
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
    }
  }

  /// Taken from this decoder when the text of all 49,152 halfwords, legal and not, was the same as that of
  /// `llvm-objdump` 21 (the command is in `InstructionsExpected`), each rewritten as the instruction it stands for.
  private static let expected: [Summary] = [
    Summary(2040, 0xa86c_8407_be33_be55),
    Summary(2048, 0x94b6_9040_cdc7_bda5),
    Summary(2048, 0xb7bb_8616_739b_a525),
    Summary(2048, 0x32a5_94c0_19c5_0425),
    Summary(0, 0x360c_dd3f_eaf4_6325),
    Summary(2048, 0xabde_b6c5_a42d_9225),
    Summary(2048, 0x1e42_f358_96d9_6e25),
    Summary(2048, 0xb528_c82b_0f9e_f025),
    Summary(2048, 0x40ef_1680_7883_8d25),
    Summary(1984, 0x678f_e80d_1989_1125),
    Summary(2048, 0xd027_e236_fc01_7625),
    Summary(2016, 0xc2ab_18f5_82e4_009f),
    Summary(1920, 0xaf95_50f3_31e3_3905),
    Summary(2048, 0xe84e_da40_dce4_ee25),
    Summary(2048, 0x60e7_a9e8_db83_8c25),
    Summary(2048, 0x3f2e_dac9_36cb_5e25),
    Summary(2048, 0x5482_886c_7d89_6a25),
    Summary(2048, 0x1bee_6a0d_7aa6_7fa5),
    Summary(1984, 0xdfd6_754e_fb4d_b725),
    Summary(1984, 0x81c5_e808_cfce_ea45),
    Summary(2047, 0x9093_2403_abb3_f2e2),
    Summary(2048, 0xe9bd_b0c0_4d4a_5725),
    Summary(2048, 0x1c39_9f12_bb07_d125),
    Summary(2048, 0x0fe2_12b9_72c6_2125),
  ]

  @Test("all 49,152 halfwords decode as they did when they agreed with LLVM")
  func exhaustive() {
    let found = Self.summaries(of: Decoder.decode)
    for (index, expected) in Self.expected.enumerated() {
      #expect(found[index] == expected, "quadrant \(index / 8), funct3 \(index % 8)")
    }
    #expect(found.count == Self.expected.count)
    #expect(found.reduce(0) { $0 + $1.defined } == 46_743)
  }

  @Test("canary: one field of one halfword is enough to be noticed")
  func exhaustiveCanary() {
    let found = Self.summaries { half in
      var instruction = Decoder.decode(half)
      if half == 0x8522 { instruction.rs2 ^= 1 }  // c.mv a0, s0
      return instruction
    }
    let differing = found.indices.filter { found[$0] != Self.expected[$0] }
    #expect(differing == [2 * 8 + 4])
  }

  @Test("LLVM's reading of a halfword for every mnemonic is ours")
  func agreesWithLLVM() {
    #expect(InstructionsExpected.halfwords.count > 70)
    for expected in InstructionsExpected.halfwords {
      #expect(Disassembler.text(Decoder.decode(expected.bits), at: 0x8000_0000) == expected.text)
    }
  }

  @Test("only the low half of the fetched bits counts")
  func upperHalfIgnored() {
    for half in stride(from: UInt32(0), to: 0x1_0000, by: 7) where half & 0b11 != 0b11 {
      let instruction = Decoder.decode(0xdead_0000 | half)
      #expect(instruction == Decoder.decode(half))
      #expect(instruction.length == 2 && instruction.bits == half)
    }
  }

  @Test(
    "reserved encodings are illegal",
    arguments: [
      0x0000,  // all zero
      0x0004,  // c.addi4spn with amount 0
      0x8000, 0x9c00,  // quadrant 0, funct3 4
      0x2005,  // c.addiw with rd 0
      0x6101,  // c.addi16sp with amount 0
      0x6081,  // c.lui with value 0
      0x9c41, 0x9c61,  // quadrant 1, funct3 4, the unused places of CA
      0x4002,  // c.lwsp with rd 0
      0x6002,  // c.ldsp with rd 0
      0x8002,  // c.jr with rs1 0
    ] as [UInt32])
  func reserved(half: UInt32) {
    #expect(Decoder.decode(half) == Instruction(.illegal, length: 2, bits: half))
  }

  @Test("hints decode to instructions that change nothing")
  func hints() {
    let hints: [Instruction] = [
      Instruction(.addi, immediate: 1, length: 2, bits: 0x0005),  // c.nop 1
      Instruction(.addi, rd: 1, rs1: 1, length: 2, bits: 0x0081),  // c.addi ra, 0
      Instruction(.addi, immediate: 1, length: 2, bits: 0x4005),  // c.li zero, 1
      Instruction(.lui, immediate: 0x1000, length: 2, bits: 0x6005),  // c.lui zero, 1
      Instruction(.slli, immediate: 1, length: 2, bits: 0x0006),  // c.slli zero, 1
      Instruction(.add, rs2: 1, length: 2, bits: 0x8006),  // c.mv zero, ra
      Instruction(.add, rs2: 1, length: 2, bits: 0x9006),  // c.add zero, ra
    ]
    for hint in hints { #expect(Decoder.decode(hint.bits) == hint) }
  }
}
