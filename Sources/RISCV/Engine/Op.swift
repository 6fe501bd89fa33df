/// What the dispatch loop does for a decoded instruction. Operations that are rare, or long, share `general`.
///
/// The order has no meaning outside a process: ops are a cache and never leave it.
enum Code: UInt8 {
  /// Nothing decoded here yet. Must be zero: fresh pages of ops are zero.
  case undecoded = 0
  /// Past the last halfword of a page: go on at the next page.
  case pageEnd
  /// To be executed by itself: its second half is on the next page, or a run may have to stop at it.
  case straddle
  /// The end of a single step.
  case singleStepEnd
  /// Executed by `Engine.general`, and the run goes on behind it.
  case general
  /// Executed by `Engine.general`; the run ends, because modes, time or interrupts may have changed.
  case system

  case nop, lui, auipc
  case addi, slti, sltiu, xori, ori, andi, slli, srli, srai, addiw, slliw, srliw, sraiw
  case add, sub, sll, slt, sltu, xor, srl, sra, or, and, addw, subw, sllw, srlw, sraw
  case mul, mulh, mulhsu, mulhu, div, divu, rem, remu, mulw, divw, divuw, remw, remuw
  case lb, lh, lw, ld, lbu, lhu, lwu, sb, sh, sw, sd
  case flw, fld, fsw, fsd
  case beq, bne, blt, bge, bltu, bgeu
  case farBeq, farBne, farBlt, farBge, farBltu, farBgeu
  case jump, jumpLink, farJump, farJumpLink, jalr
  case addUw, sh1add, sh2add, sh3add, sh1addUw, sh2addUw, sh3addUw, slliUw
  case andn, orn, xnor, clz, ctz, cpop, clzw, ctzw, cpopw, max, maxu, min, minu
  case sextB, sextH, zextH, rol, ror, rori, rolw, rorw, roriw, orcB, rev8
  case bclr, bclri, bext, bexti, binv, binvi, bset, bseti
  case czeroEqz, czeroNez
  case faddD, fsubD, fmulD, fmaddD, fmsubD, fnmsubD, fnmaddD
}

/// One decoded instruction, 16 bytes. Ops of a page stand in an array with one slot for each halfword of code, so the
/// op at an address is found by the address alone, and an instruction is `stride` bytes before its successor.
struct Op {
  var code: Code = .undecoded
  /// Bytes from this slot to the next instruction's: 16 or 32.
  var stride: UInt8 = 0
  /// Destination register; 32 (the sink) for `x0` of integer destinations.
  var rd: UInt8 = 0
  var rs1: UInt8 = 0
  var rs2: UInt8 = 0
  /// `rs3` of fused operations; else the raw value of the `Operation`.
  var extra: UInt8 = 0
  /// Steps from here to the end of the run, this one included. A run ends with the first jump, branch or system op.
  var runSteps: UInt16 = 0
  /// Immediate. Near branches and jumps: the distance in bytes of ops. Floating point: the rounding mode.
  var immediate: Int32 = 0
  /// Cycles from here to the end of the run.
  var runCycles: UInt32 = 0

  /// Slots of a page of code: one per halfword, and `pageEnd` behind them.
  static let slotsPerPage = 2048
  /// Bytes of an array of ops for a page, to which it is aligned too, so that the cell of an op is found by its
  /// address.
  static let pageBytes = 65536
  /// Bytes of the ops of a page.
  static let opBytes = (slotsPerPage + 4) * 16
  /// Where the cells begin: one for each slot. What they hold is in `Engine+Translating`.
  static let cellsDistance = 40960
  /// Bytes of the cells of a page.
  static let cellBytes = (slotsPerPage + 4) * 4

  /// The cell of the op at `op`.
  @inline(__always)
  static func cell(of op: UnsafeMutableRawPointer) -> UnsafeMutablePointer<UInt32> {
    let address = UInt(bitPattern: op)
    let page = UnsafeMutableRawPointer(bitPattern: address & ~UInt(pageBytes - 1))
    return page.unsafelyUnwrapped.advanced(by: cellsDistance + Int(address & UInt(pageBytes - 1)) / 4)
      .assumingMemoryBound(to: UInt32.self)
  }
}
