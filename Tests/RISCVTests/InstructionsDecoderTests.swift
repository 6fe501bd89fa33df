import RISCV
import Testing

@Suite("The decoder of 32-bit instructions")
struct InstructionsDecoderTests {
  /// Encodes every line many times with random fields and returns what `decode` does not give back as it was.
  private static func misread(by decode: (UInt32) -> Instruction) -> [Instruction] {
    var numbers = InstructionsNumbers(state: 1)
    var wrong: [Instruction] = []
    for line in InstructionSet.all {
      for _ in 0..<100 {
        var instruction = InstructionsEncoder.random(line, using: &numbers)
        let isPrefetch = line.operation == .ori && instruction.rd == 0
        let isPause = line.operation == .fence && instruction.immediate == 0x010
        if isPrefetch || isPause { continue }
        instruction.bits |=
          UInt32.random(in: 0 ... .max, using: &numbers) & InstructionsEncoder.ignoredBits(of: line.format)
        if decode(instruction.bits) != instruction { wrong.append(instruction) }
      }
    }
    return wrong
  }

  @Test("every instruction with random fields decodes to that operation and those fields")
  func roundTrip() {
    #expect(Self.misread(by: Decoder.decode).isEmpty)
  }

  @Test("canary: a decoder with one wrong field is noticed")
  func roundTripCanary() {
    let wrong = Self.misread { bits in
      var instruction = Decoder.decode(bits)
      if instruction.operation == .sub { swap(&instruction.rs1, &instruction.rs2) }
      return instruction
    }
    #expect(!wrong.isEmpty)
    #expect(wrong.allSatisfy { $0.operation == .sub })
  }

  @Test("a word decodes to the most specific line that matches it, and to illegal when none does")
  func agreesWithPlainSearch() {
    var numbers = InstructionsNumbers(state: 2)
    let lines = InstructionSet.all.sorted { $0.mask.nonzeroBitCount > $1.mask.nonzeroBitCount }
    var defined = 0
    for round in 0..<12_000 {
      var word = UInt32.random(in: 0 ... .max, using: &numbers) | 0b11
      if round % 3 > 0, let line = InstructionSet.all.randomElement(using: &numbers) {
        word = line.match | (word & ~line.mask)
        if round % 3 == 2 { word ^= 4 << UInt32.random(in: 0..<30, using: &numbers) }
      }
      let expected = lines.first { $0.matches(word) }?.operation ?? .illegal
      let instruction = Decoder.decode(word)
      #expect(instruction.operation == expected, "\(String(word, radix: 16))")
      #expect(instruction.length == 4 && instruction.bits == word)
      if expected != .illegal { defined += 1 }
    }
    #expect(defined > 4_000 && defined < 11_000)
  }

  @Test("LLVM's reading of a word for every mnemonic is ours")
  func agreesWithLLVM() {
    #expect(Set(InstructionsExpected.words.map { Decoder.decode($0.bits).operation }).count == InstructionSet.all.count)
    for (index, expected) in InstructionsExpected.words.enumerated() {
      let text = Disassembler.text(Decoder.decode(expected.bits), at: 0x8000_0000 + UInt64(index) * 4)
      #expect(text == expected.text)
    }
  }

  @Test("words LLVM calls undefined are illegal")
  func undefinedWords() {
    #expect(InstructionsExpected.undefinedWords.count > 150)
    for word in InstructionsExpected.undefinedWords {
      #expect(Decoder.decode(word) == Instruction(.illegal, length: 4, bits: word))
    }
  }

  @Test(
    "reserved fields make an instruction illegal",
    arguments: [
      (0x1005_a52f, Operation.lrW), (0x1015_a52f, .illegal),  // lr.w with rs2 1
      (0x0200_d51b, .illegal),  // srliw with shift amount 32
      (0x03f0_d513, .srli), (0x0400_d513, .illegal),  // srli with shift amount 63; with a bit of funct6
      (0x0045_200f, .cboZero), (0x0045_208f, .illegal),  // cbo.zero with rd 1
      (0x0035_200f, .illegal),  // cbo with function 3
      (0xc205_7553, .fcvtWD), (0xc245_7553, .illegal),  // fcvt with selector 4
      (0x4005_7553, .illegal), (0x4015_7553, .fcvtSD),  // fcvt.s.s does not exist
      (0xc285_1553, .fcvtmodWD), (0xc285_0553, .illegal),  // fcvtmod with a rounding mode other than rtz
      (0x0000_0073, .ecall), (0x0000_00f3, .illegal),  // ecall with rd 1
      (0x1030_4073, .illegal),  // funct3 4 of SYSTEM
    ] as [(UInt32, Operation)])
  func reservedFields(word: UInt32, operation: Operation) {
    #expect(Decoder.decode(word).operation == operation)
  }

  @Test("reserved rounding modes are decoded, for the hart to refuse")
  func reservedRounding() {
    for rounding in UInt32(0)..<8 {
      let add = Decoder.decode(0x02c5_8553 | rounding << 12)
      #expect(add == Instruction(.faddD, rd: 10, rs1: 11, rs2: 12, rounding: UInt8(rounding), bits: add.bits))
    }
  }

  @Test("prefetches and pause are told from the instructions they lie in")
  func overlays() {
    #expect(Decoder.decode(0xfe15_6013) == Instruction(.prefetchR, rs1: 10, immediate: -32, bits: 0xfe15_6013))
    #expect(Decoder.decode(0xfe15_6093).operation == .ori)  // rd 1
    #expect(Decoder.decode(0xfe25_6013).operation == .ori)  // low immediate bits 2
    #expect(Decoder.decode(0x0100_000f) == Instruction(.pause, bits: 0x0100_000f))
    #expect(Decoder.decode(0x0100_008f) == Instruction(.fence, immediate: 0x010, bits: 0x0100_008f))
    #expect(Decoder.decode(0x8330_000f) == Instruction(.fence, immediate: 0x833, bits: 0x8330_000f))
  }

  @Test("immediates mean what the interface says")
  func immediates() {
    #expect(Decoder.decode(0xffff_f537).immediate == -4096)  // lui a0, 0xfffff
    #expect(Decoder.decode(0xfff5_9573).immediate == 0xfff)  // csrrw of CSR 0xfff: not sign-extended
    #expect(Decoder.decode(0x3001_d573) == Instruction(.csrrwi, rd: 10, rs1: 3, immediate: 0x300, bits: 0x3001_d573))
    #expect(Decoder.decode(0x0605_a52f).operation == .amoaddW)
    #expect(Decoder.decode(0x0405_a52f).immediate == 0b10)  // .aq
    #expect(Decoder.decode(0x0205_a52f).immediate == 0b01)  // .rl
  }

  @Test("encodings longer than 32 bits are illegal and 4 bytes long")
  func longEncodings() {
    for word: UInt32 in [0x0000_001f, 0x0000_003f, 0x0000_007f, 0xffff_ffff] {
      #expect(Decoder.decode(word) == Instruction(.illegal, length: 4, bits: word))
    }
  }
}
