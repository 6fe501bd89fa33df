/// What LLVM 21 says about chosen words, for the tests to compare with.
///
/// Made once with the toolchain's `clang` (which turns the words, given as data, into an object file) and
/// `llvm-objdump -D --triple=riscv64 -M no-aliases --no-print-imm-hex` with every extension of the instruction tables
/// named in `--mattr`. Edited by rule only: upper immediates in hexadecimal, 16-bit instructions written as the 32-bit
/// ones they stand for, and `pause` (an alias to LLVM) by its name.
enum InstructionsExpected {
  /// One word with random fields for each line of the tables; the first is at 0x80000000, each next one 4 bytes on.
  static let words = parse(
    """
    dfb3d0b7 lui ra, 0xdfb3d
    8af37417 auipc s0, 0x8af37
    86a905ef jal a1, 0x7ff90072
    92f28967 jalr s2, -1745(t0)
    4aee0263 beq t3, a4, 0x800004b4
    b7269563 bne a3, s2, 0x7ffff37e
    34354063 blt a0, gp, 0x80000358
    2023dee3 bge t2, sp, 0x80000a38
    51c9ec63 bltu s3, t3, 0x80000538
    f6f9fc63 bgeu s3, a5, 0x7ffff79c
    8c228b83 lb s7, -1854(t0)
    0e859503 lh a0, 232(a1)
    5f91ac83 lw s9, 1529(gp)
    5e3ab103 ld sp, 1507(s5)
    55204703 lbu a4, 1362(zero)
    a1c95c83 lhu s9, -1508(s2)
    ea6fed03 lwu s10, -346(t6)
    6daf8923 sb s10, 1746(t6)
    54cf9f23 sh a2, 1374(t6)
    96c12923 sw a2, -1678(sp)
    62ce35a3 sd a2, 1579(t3)
    6c1e0193 addi gp, t3, 1729
    b38c2113 slti sp, s8, -1224
    84e5b993 sltiu s3, a1, -1970
    d5524213 xori tp, tp, -683
    8da76993 ori s3, a4, -1830
    9e3f7593 andi a1, t5, -1565
    03ba9b13 slli s6, s5, 59
    032ad693 srli a3, s5, 50
    424cd913 srai s2, s9, 36
    00290233 add tp, s2, sp
    407903b3 sub t2, s2, t2
    00021733 sll a4, tp, zero
    0017ab33 slt s6, a5, ra
    019cb633 sltu a2, s9, s9
    0168c933 xor s2, a7, s6
    00725fb3 srl t6, tp, t2
    412ed333 sra t1, t4, s2
    0011ee33 or t3, gp, ra
    00787c33 and s8, a6, t2
    e091871b addiw a4, gp, -503
    00c8109b slliw ra, a6, 12
    01c2d39b srliw t2, t0, 28
    4074589b sraiw a7, s0, 7
    009082bb addw t0, ra, s1
    40cb8a3b subw s4, s7, a2
    00a8923b sllw tp, a7, a0
    006352bb srlw t0, t1, t1
    40fd5ebb sraw t4, s10, a5
    0ff0000f fence iorw, iorw
    0120000f fence w, r
    00000073 ecall
    00100073 ebreak
    025c8733 mul a4, s9, t0
    02521b33 mulh s6, tp, t0
    031caf33 mulhsu t5, s9, a7
    03fabb33 mulhu s6, s5, t6
    03184433 div s0, a6, a7
    0371dcb3 divu s9, gp, s7
    0250e133 rem sp, ra, t0
    02e1f9b3 remu s3, gp, a4
    039d813b mulw sp, s11, s9
    038844bb divw s1, a6, s8
    03acd63b divuw a2, s9, s10
    03fb663b remw a2, s6, t6
    0228ff3b remuw t5, a7, sp
    160024af lr.w.aqrl s1, (zero)
    1b39212f sc.w.rl sp, s3, (s2)
    0fe2a52f amoswap.w.aqrl a0, t5, (t0)
    068e2e2f amoadd.w.aqrl t3, s0, (t3)
    229ba2af amoxor.w.rl t0, s1, (s7)
    605128af amoand.w a7, t0, (sp)
    456e2eaf amoor.w.aq t4, s6, (t3)
    8324acaf amomin.w.rl s9, s2, (s1)
    a38ca8af amomax.w.rl a7, s8, (s9)
    c3912daf amominu.w.rl s11, s9, (sp)
    e27dae2f amomaxu.w.rl t3, t2, (s11)
    160cb02f lr.d.aqrl zero, (s9)
    1a38b02f sc.d.rl zero, gp, (a7)
    0abebfaf amoswap.d.rl t6, a1, (t4)
    07bf3d2f amoadd.d.aqrl s10, s11, (t5)
    270a38af amoxor.d.aqrl a7, a6, (s4)
    670bb32f amoand.d.aqrl t1, a6, (s7)
    478db1af amoor.d.aqrl gp, s8, (s11)
    8153b02f amomin.d zero, s5, (t2)
    a263b22f amomax.d.rl tp, t1, (t2)
    c26eb9af amominu.d.rl s3, t1, (t4)
    e6a03e2f amomaxu.d.aqrl t3, a0, (zero)
    096c063b add.uw a2, s8, s6
    21652033 sh1add zero, a0, s6
    21d04c33 sh2add s8, zero, t4
    21646733 sh3add a4, s0, s6
    20b1a03b sh1add.uw zero, gp, a1
    20ac443b sh2add.uw s0, s8, a0
    20626fbb sh3add.uw t6, tp, t1
    0866191b slli.uw s2, a2, 6
    417efbb3 andn s7, t4, s7
    4108ed33 orn s10, a7, a6
    40e9c133 xnor sp, s3, a4
    600d9a13 clz s4, s11
    601c9093 ctz ra, s9
    60279f13 cpop t5, a5
    604f9513 sext.b a0, t6
    60539f13 sext.h t5, t2
    28745c13 orc.b s8, s0
    6b87d113 rev8 sp, a5
    6009169b clzw a3, s2
    601a169b ctzw a3, s4
    602e941b cpopw s0, t4
    080f4fbb zext.h t6, t5
    0b3bc333 min t1, s7, s3
    0b7b5ab3 minu s5, s6, s7
    0a116ab3 max s5, sp, ra
    0b43f833 maxu a6, t2, s4
    61f99333 rol t1, s3, t6
    618e57b3 ror a5, t3, s8
    6337d513 rori a0, a5, 51
    601797bb rolw a5, a5, ra
    605fda3b rorw s4, t6, t0
    61a75b9b roriw s7, a4, 26
    49f41f33 bclr t5, s0, t6
    49895533 bext a0, s2, s8
    68339cb3 binv s9, t2, gp
    28ad1933 bset s2, s10, a0
    4a9e1f93 bclri t6, t3, 41
    48b4dc13 bexti s8, s1, 11
    69839893 binvi a7, t2, 24
    2baf1513 bseti a0, t5, 58
    0ee454b3 czero.eqz s1, s0, a4
    0e047a33 czero.nez s4, s0, zero
    483ca907 flw fs2, 1155(s9)
    9e9b27a7 fsw fs1, -1553(s6)
    d1a7a0c3 fmadd.s ft1, fa5, fs10, fs10, rdn
    c10e2c47 fmsub.s fs8, ft8, fa6, fs8, rdn
    00288b4b fnmsub.s fs6, fa7, ft2, ft0, rne
    c8cd9dcf fnmadd.s fs11, fs11, fa2, fs9, rtz
    00a70ad3 fadd.s fs5, fa4, fa0, rne
    082d7cd3 fsub.s fs9, fs10, ft2, dyn
    105f2e53 fmul.s ft8, ft10, ft5, rdn
    197372d3 fdiv.s ft5, ft6, fs7, dyn
    5806bf53 fsqrt.s ft10, fa3, rup
    20090bd3 fsgnj.s fs7, fs2, ft0
    21f39f53 fsgnjn.s ft10, ft7, ft11
    21442a53 fsgnjx.s fs4, fs0, fs4
    28898dd3 fmin.s fs11, fs3, fs0
    29af1953 fmax.s fs2, ft10, fs10
    a0b9a9d3 feq.s s3, fs3, fa1
    a1ca1b53 flt.s s6, fs4, ft8
    a04882d3 fle.s t0, fa7, ft4
    e00e9853 fclass.s a6, ft9
    e0070ed3 fmv.x.w t4, fa4
    f00d82d3 fmv.w.x ft5, s11
    c0003cd3 fcvt.w.s s9, ft0, rup
    c01713d3 fcvt.wu.s t2, fa4, rtz
    c024cd53 fcvt.l.s s10, fs1, rmm
    c0363053 fcvt.lu.s zero, fa2, rup
    d00580d3 fcvt.s.w ft1, a1, rne
    d0147053 fcvt.s.wu ft0, s0, dyn
    d027fa53 fcvt.s.l fs4, a5, dyn
    d03b4d53 fcvt.s.lu fs10, s6, rmm
    87633307 fld ft6, -1930(t1)
    115834a7 fsd fs5, 265(a6)
    7a21f3c3 fmadd.d ft7, ft3, ft2, fa5, dyn
    32fd1f47 fmsub.d ft10, fs10, fa5, ft6, rtz
    9bcb2dcb fnmsub.d fs11, fs6, ft8, fs3, rdn
    eb7400cf fnmadd.d ft1, fs0, fs7, ft9, rne
    03eb02d3 fadd.d ft5, fs6, ft10, rne
    0bf57fd3 fsub.d ft11, fa0, ft11, dyn
    12fff7d3 fmul.d fa5, ft11, fa5, dyn
    1aa09653 fdiv.d fa2, ft1, fa0, rtz
    5a0308d3 fsqrt.d fa7, ft6, rne
    23a98fd3 fsgnj.d ft11, fs3, fs10
    23651dd3 fsgnjn.d fs11, fa0, fs6
    233d2e53 fsgnjx.d ft8, fs10, fs3
    2ba58353 fmin.d ft6, fa1, fs10
    2ba89953 fmax.d fs2, fa7, fs10
    a23b2853 feq.d a6, fs6, ft3
    a3491f53 flt.d t5, fs2, fs4
    a2bb8253 fle.d tp, fs7, fa1
    e2079a53 fclass.d s4, fa5
    e20c8453 fmv.x.d s0, fs9
    f20f0c53 fmv.d.x fs8, t5
    c20a9bd3 fcvt.w.d s7, fs5, rtz
    c21ea8d3 fcvt.wu.d a7, ft9, rdn
    c224f253 fcvt.l.d tp, fs1, dyn
    c236c4d3 fcvt.lu.d s1, fa3, rmm
    d20297d3 fcvt.d.w fa5, t0, rtz
    d21c2553 fcvt.d.wu fa0, s8, rdn
    d22537d3 fcvt.d.l fa5, a0, rup
    d23714d3 fcvt.d.lu fs1, a4, rtz
    4013b553 fcvt.s.d fa0, ft7, rup
    42088353 fcvt.d.s ft6, fa7
    f01b01d3 fli.s ft3, 3.0
    28762d53 fminm.s fs10, fa2, ft7
    2999b6d3 fmaxm.s fa3, fs3, fs9
    4048b053 fround.s ft0, fa7, rup
    405e24d3 froundnx.s fs1, ft8, rdn
    a03241d3 fleq.s gp, ft4, ft3
    a0a3d353 fltq.s t1, ft7, fa0
    f21985d3 fli.d fa1, 1.75
    2a30a6d3 fminm.d fa3, ft1, ft3
    2baf37d3 fmaxm.d fa5, ft10, fs10
    424488d3 fround.d fa7, fs1, rne
    42560d53 froundnx.d fs10, fa2, rne
    a3dc4ad3 fleq.d s5, fs8, ft9
    a242d5d3 fltq.d a1, ft5, ft4
    c2879253 fcvtmod.w.d tp, fa5, rtz
    30069273 csrrw tp, mstatus, a3
    18072173 csrrs sp, satp, a4
    0036bd73 csrrc s10, fcsr, a3
    c01a5bf3 csrrwi s7, time, 20
    344561f3 csrrsi gp, mip, 10
    14db7cf3 csrrci s9, stimecmp, 22
    0000100f fence.i
    0100000f pause
    0006a00f cbo.inval (a3)
    001c200f cbo.clean (s8)
    0020a00f cbo.flush (ra)
    0047a00f cbo.zero (a5)
    9a0b6013 prefetch.i -1632(s6)
    241b6013 prefetch.r 576(s6)
    723c6013 prefetch.w 1824(s8)
    00d00073 wrs.nto
    01d00073 wrs.sto
    10200073 sret
    30200073 mret
    10500073 wfi
    12730073 sfence.vma t1, t2
    175a8073 sinval.vma s5, s5
    18000073 sfence.w.inval
    18100073 sfence.inval.ir
    8330000f fence.tso
    """)

  /// Up to two halfwords for each 16-bit mnemonic, each at 0x80000000.
  static let halfwords = parse(
    """
    955a add a0, a0, s6
    9faa add t6, t6, a0
    0551 addi a0, a0, 20
    0d21 addi s10, s10, 8
    7129 addi sp, sp, -320
    6111 addi sp, sp, 256
    0270 addi a2, sp, 268
    1a64 addi s1, sp, 316
    3225 addiw tp, tp, -23
    2381 addiw t2, t2, 0
    9eb9 addw a3, a3, a4
    9c3d addw s0, s0, a5
    8ded and a1, a1, a1
    8c71 and s0, s0, a2
    8961 andi a0, a0, 24
    9af1 andi a3, a3, -4
    dac1 beq a3, zero, 0x7fffff90
    c479 beq s0, zero, 0x800000ce
    ef65 bne a4, zero, 0x800000f8
    e5cd bne a1, zero, 0x800000aa
    9002 ebreak
    23c8 fld fa0, 128(a5)
    27ec fld fa1, 200(a5)
    2e4a fld ft8, 144(sp)
    23f6 fld ft7, 344(sp)
    b960 fsd fs0, 240(a0)
    a32c fsd fa1, 64(a4)
    ae26 fsd fs1, 280(sp)
    a2fa fsd ft10, 320(sp)
    a885 jal zero, 0x80000070
    b289 jal zero, 0x7ffff942
    9702 jalr ra, 0(a4)
    9282 jalr ra, 0(t0)
    8902 jalr zero, 0(s2)
    8202 jalr zero, 0(tp)
    73bc ld a5, 96(a5)
    6b90 ld a2, 16(a5)
    63ce ld t2, 208(sp)
    739e ld t2, 480(sp)
    4c05 addi s8, zero, 1
    57d5 addi a5, zero, -11
    63b9 lui t2, 0xe
    7301 lui t1, 0xfffe0
    4404 lw s1, 8(s0)
    43d0 lw a2, 4(a5)
    54ce lw s1, 240(sp)
    4716 lw a4, 68(sp)
    8836 add a6, zero, a3
    8b3e add s6, zero, a5
    1059 addi zero, zero, -10
    1021 addi zero, zero, -24
    8fcd or a5, a5, a1
    8fc9 or a5, a5, a0
    f724 sd s1, 104(a4)
    f32c sd a1, 96(a4)
    efe6 sd s9, 472(sp)
    eb82 sd zero, 464(sp)
    16de slli a3, a3, 55
    1976 slli s2, s2, 61
    0782 slli a5, a5, 0
    0282 slli t0, t0, 0
    94b9 srai s1, s1, 46
    8679 srai a2, a2, 30
    8781 srai a5, a5, 0
    8501 srai a0, a0, 0
    91f5 srli a1, a1, 61
    83b5 srli a5, a5, 13
    8201 srli a2, a2, 0
    8381 srli a5, a5, 0
    8c85 sub s1, s1, s1
    8c9d sub s1, s1, a5
    9f15 subw a4, a4, a3
    9d15 subw a0, a0, a3
    d5e4 sw s1, 108(a1)
    c9b8 sw a4, 80(a1)
    df4a sw s2, 188(sp)
    dafe sw t6, 116(sp)
    8c35 xor s0, s0, a3
    8ca5 xor s1, s1, s1
    """)

  /// Words one bit away from a defined instruction, one for most mnemonics, that are undefined.
  static let undefinedWords = """
    2b8d80f3 a9721833 016f955b 42c7deb3 160024ab e06d92b3 62902dd3 701f9b9b 42eeb533 eb4535db 0badd623 00a1a00f
    90200073 a6caaa2b 603d1093 4146a153 27f52a2b a2b21b5b 18100273 c0165cdb 2853da93 b25a5d07 fe56ddf7 4eaff083
    969ff57b 283bd593 28907a53 b04882d3 61f190fb 01f00073 02b621bb 61b44bb3 970a3e2f 8212d23b 485886d3 490957bb
    b2048453 cdb1c107 b16dd953 1116ab33 0f6e5823 e1df501b 0503eab3 022dcbab 48f839af 137c15b3 7048b52f 826dee33
    087396b3 030832db 60819493 7172bae3 c605e42f 11f69e3b f3443d8b 50500073 208102f3 aa792bd3 a0d96033 ea0193d3
    00110073 16722f2f 921fded3 0000007b 1805c9bb 29539b87 30204073 1e8eb92b 13f9df33 09c786fb 637d1753 2151272b
    6808941b 4a1adc1b 4856d223 c2620b6b 1a6573db eb88d113 451f66b3 00c127bb 49c5ba33 214b3bb3 1195f333 42934933
    a376e2d3 bfebb96b 5ccf31d3 6b649c9b 49654c9b 016fd48b a0baa75b 605b901b 60750033 43f782b3 42b7f33b e2158353
    81a39393 5b7e1313 fd1627b3 2a8eedb3 170b5c13 c28997db e8ff2863 0b1cd813 c2a1df13 027912bb 4a7360b3 16b40173
    51a58f3b 68f7b433 e10bd33b a434e053 6a355993 14a70833 e4963d2b 5a117c53 402cdb0b 8a66c1b3 31ebb8fb 088fdf3b
    97f02c63 8a2fb863 28171ddb eaa5a62f a5311fd3 e3010373 03b9ffa3 55204743 aec110ab b3a681af 540eb6af c1544633
    e5974d43 60619213 441875b3 0bd82433 809f40b3 60321a9b 1bc8fbb3 68b8860b 0100400f 777f6087 0e94ea87 dea914a7
    a48998c3 0b6a5713 5cf0d643 32cbfe8f 94fd2c8b 3be1c373 963fc9f3 6051cd33 9bbc7e07 c916e4d3 f9fe7883 7cc7c167
    105fd133 88334923
    """.split(whereSeparator: \.isWhitespace).compactMap { UInt32($0, radix: 16) }

  /// Lines of hexadecimal bits and text; the first space of the text stands for a tab.
  private static func parse(_ lines: String) -> [(bits: UInt32, text: String)] {
    lines.split(separator: "\n").compactMap { line in
      let parts = line.split(separator: " ", maxSplits: 2)
      guard parts.count >= 2, let bits = UInt32(parts[0], radix: 16) else { return nil }
      return (bits, parts.dropFirst().joined(separator: "\t"))
    }
  }
}
