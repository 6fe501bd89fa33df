/// Control registers, hints, fences, cache blocks and the privileged instructions.
extension InstructionSet {
  /// Zicsr, Zifencei and Zihintpause (unprivileged manual, chapters of those names).
  static let control = controlRegisters + instructionFence + pauseHint

  private static let controlRegisters = lines(
    .zicsr,
    [
      Row("csrrw", .csrrw, .csrRegister, .system, funct3: 0b001, .csr),
      Row("csrrs", .csrrs, .csrRegister, .system, funct3: 0b010, .csr),
      Row("csrrc", .csrrc, .csrRegister, .system, funct3: 0b011, .csr),
      Row("csrrwi", .csrrwi, .csrImmediate, .system, funct3: 0b101, .csr),
      Row("csrrsi", .csrrsi, .csrImmediate, .system, funct3: 0b110, .csr),
      Row("csrrci", .csrrci, .csrImmediate, .system, funct3: 0b111, .csr),
    ])

  private static let instructionFence = lines(
    .zifencei, [Row("fence.i", .fenceI, .ignored, .miscMemory, funct3: 0b001, .fence)])

  /// The fence with pred `w`, succ empty and every other field zero.
  private static let pauseHint = lines(
    .zihintpause,
    [Row("pause", .pause, .none, .miscMemory, funct3: 0b000, funct12: 0x010, rs1: 0, rd: 0, .fence)])

  /// Zicbom, Zicboz, Zicbop ("Base cache management operation extensions") and Zawrs (chapter "Zawrs").
  static let cacheAndWait = blockManagement + blockZero + blockPrefetch + waitOnReservation

  private static let blockManagement = lines(
    .zicbom,
    [
      Row("cbo.inval", .cboInval, .cacheBlock, .miscMemory, funct3: 0b010, funct12: 0x000, rd: 0, .cacheBlock),
      Row("cbo.clean", .cboClean, .cacheBlock, .miscMemory, funct3: 0b010, funct12: 0x001, rd: 0, .cacheBlock),
      Row("cbo.flush", .cboFlush, .cacheBlock, .miscMemory, funct3: 0b010, funct12: 0x002, rd: 0, .cacheBlock),
    ])

  private static let blockZero = lines(
    .zicboz,
    [Row("cbo.zero", .cboZero, .cacheBlock, .miscMemory, funct3: 0b010, funct12: 0x004, rd: 0, .cacheBlock)])

  /// `ori` with rd 0, told apart by the low five bits of its immediate, here named rs2.
  private static let blockPrefetch = lines(
    .zicbop,
    [
      Row("prefetch.i", .prefetchI, .prefetch, .opImmediate, funct3: 0b110, rs2: 0b00000, rd: 0, .cacheBlock),
      Row("prefetch.r", .prefetchR, .prefetch, .opImmediate, funct3: 0b110, rs2: 0b00001, rd: 0, .cacheBlock),
      Row("prefetch.w", .prefetchW, .prefetch, .opImmediate, funct3: 0b110, rs2: 0b00011, rd: 0, .cacheBlock),
    ])

  private static let waitOnReservation = lines(
    .zawrs,
    [
      Row("wrs.nto", .wrsNto, .none, .system, funct3: 0b000, funct12: 0x00d, rs1: 0, rd: 0, .system),
      Row("wrs.sto", .wrsSto, .none, .system, funct3: 0b000, funct12: 0x01d, rs1: 0, rd: 0, .system),
    ])

  /// The privileged manual, chapters "Machine-level ISA", "Supervisor-level ISA" and "Svinval".
  static let privileged = trapsAndTranslation + invalidation

  private static let trapsAndTranslation = lines(
    .privileged,
    [
      Row("sret", .sret, .none, .system, funct3: 0b000, funct12: 0x102, rs1: 0, rd: 0, .system),
      Row("mret", .mret, .none, .system, funct3: 0b000, funct12: 0x302, rs1: 0, rd: 0, .system),
      Row("wfi", .wfi, .none, .system, funct3: 0b000, funct12: 0x105, rs1: 0, rd: 0, .system),
      Row("sfence.vma", .sfenceVma, .addressPair, .system, funct3: 0b000, funct7: 0b0001001, rd: 0, .fence),
    ])

  private static let invalidation = lines(
    .svinval,
    [
      Row("sinval.vma", .sinvalVma, .addressPair, .system, funct3: 0b000, funct7: 0b0001011, rd: 0, .fence),
      Row("sfence.w.inval", .sfenceWInval, .none, .system, funct3: 0b000, funct12: 0x180, rs1: 0, rd: 0, .fence),
      Row("sfence.inval.ir", .sfenceInvalIr, .none, .system, funct3: 0b000, funct12: 0x181, rs1: 0, rd: 0, .fence),
    ])
}
