/// Every operation the harts know, one case for each mnemonic.
///
/// A case is the mnemonic with its dots removed and the letter after each dot in upper case: `amoadd.d` is `amoaddD`.
/// What each one looks like in memory is written in the tables beside this file and nowhere else.
public enum Operation: UInt8, CaseIterable, Sendable {
  /// No defined instruction: executing it raises an illegal-instruction exception.
  case illegal = 0

  // RV64I.
  case lui, auipc, jal, jalr
  case beq, bne, blt, bge, bltu, bgeu
  case lb, lh, lw, ld, lbu, lhu, lwu
  case sb, sh, sw, sd
  case addi, slti, sltiu, xori, ori, andi, slli, srli, srai
  case add, sub, sll, slt, sltu, xor, srl, sra, or, and
  case addiw, slliw, srliw, sraiw
  case addw, subw, sllw, srlw, sraw
  case fence, ecall, ebreak

  // Zifencei, Zihintpause, Zicsr.
  case fenceI, pause
  case csrrw, csrrs, csrrc, csrrwi, csrrsi, csrrci

  // M.
  case mul, mulh, mulhsu, mulhu, div, divu, rem, remu
  case mulw, divw, divuw, remw, remuw

  // A.
  case lrW, scW, amoswapW, amoaddW, amoxorW, amoandW, amoorW, amominW, amomaxW, amominuW, amomaxuW
  case lrD, scD, amoswapD, amoaddD, amoxorD, amoandD, amoorD, amominD, amomaxD, amominuD, amomaxuD

  // F.
  case flw, fsw, fmaddS, fmsubS, fnmsubS, fnmaddS
  case faddS, fsubS, fmulS, fdivS, fsqrtS
  case fsgnjS, fsgnjnS, fsgnjxS, fminS, fmaxS
  case fcvtWS, fcvtWuS, fcvtLS, fcvtLuS, fcvtSW, fcvtSWu, fcvtSL, fcvtSLu
  case fmvXW, fmvWX, feqS, fltS, fleS, fclassS

  // D.
  case fld, fsd, fmaddD, fmsubD, fnmsubD, fnmaddD
  case faddD, fsubD, fmulD, fdivD, fsqrtD
  case fsgnjD, fsgnjnD, fsgnjxD, fminD, fmaxD
  case fcvtSD, fcvtDS
  case fcvtWD, fcvtWuD, fcvtLD, fcvtLuD, fcvtDW, fcvtDWu, fcvtDL, fcvtDLu
  case fmvXD, fmvDX, feqD, fltD, fleD, fclassD

  // Zfa.
  case fliS, fliD, fminmS, fmaxmS, fminmD, fmaxmD
  case froundS, froundnxS, froundD, froundnxD
  case fcvtmodWD, fleqS, fltqS, fleqD, fltqD

  // Zba.
  case addUw, sh1add, sh2add, sh3add, sh1addUw, sh2addUw, sh3addUw, slliUw

  // Zbb.
  case andn, orn, xnor, clz, clzw, ctz, ctzw, cpop, cpopw
  case max, maxu, min, minu, sextB, sextH, zextH
  case rol, rolw, ror, rori, roriw, rorw, orcB, rev8

  // Zbs.
  case bclr, bclri, bext, bexti, binv, binvi, bset, bseti

  // Zicond, Zicbom, Zicboz, Zicbop, Zawrs.
  case czeroEqz, czeroNez
  case cboInval, cboClean, cboFlush, cboZero
  case prefetchI, prefetchR, prefetchW
  case wrsNto, wrsSto

  // Privileged and Svinval.
  case mret, sret, wfi, sfenceVma
  case sinvalVma, sfenceWInval, sfenceInvalIr
}
