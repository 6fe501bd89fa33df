import RISCV

/// The fixed part of an image: it starts the programs one after another, catches their traps, and reports how each
/// ended.
///
/// Everything runs in M mode with interrupts off. `wfi` does not block: the timer interrupt is pending and enabled,
/// only never taken.
struct Harness {
  private typealias State = ImageLayout.StateBlock
  private typealias Block = ImageLayout.StartingBlock

  private enum CSR {
    static let fcsr = 0x003
    static let mstatus = 0x300
    static let mie = 0x304
    static let mtvec = 0x305
    static let mscratch = 0x340
    static let mepc = 0x341
    static let mcause = 0x342
    static let mtval = 0x343
  }

  /// Registers of the board both sides have.
  private enum Device {
    static let finisher = 0x10_0000
    static let pass = 0x5555
    static let timeCompare = 0x200_4000
    static let time = 0x200_bff8
    static let uart = 0x1000_0000
    static let dataOrDivisor = 0
    static let interruptEnableOrDivisorHigh = 1
    static let fifoControl = 2
    static let lineControl = 3
    static let lineStatus = 5
    static let transmitterReady = 0x20
    static let transmitterIdle = 0x40
  }

  /// The causes whose `mtval` is compared: all but the breakpoint, which may leave its address there or zero
  /// (privileged manual, "mtval"). For illegal instructions both sides have chosen the instruction's bits.
  private static let comparedValues = 0xffff & ~(1 << 3)

  private let reserved: ReservedRegisters
  private let free: [UInt8]
  private let state: UInt8
  /// Registers with a meaning from call to call; the others are written where they stand.
  private let link, printLink, value, digits, character: UInt8

  /// Where a finished program goes.
  let epilogue: Assembler.Label
  private let trap, next, putCharacter, putHexadecimal, finish: Assembler.Label

  init(_ code: inout Assembler, reserved: ReservedRegisters) {
    self.reserved = reserved
    free = reserved.free
    state = reserved.state
    (link, printLink, value, digits, character) = (free[0], free[1], free[2], free[3], free[4])
    epilogue = code.label()
    trap = code.label()
    next = code.label()
    putCharacter = code.label()
    putHexadecimal = code.label()
    finish = code.label()
  }

  /// The whole harness, to stand at the very start of the image.
  func emit(_ code: inout Assembler, blocks: Assembler.Label, programs: Int, multiplier: UInt64) {
    let boot = code.label()
    code.jump(.jal, to: boot)
    code.align(8)
    for parameter in ImageLayout.Parameter.allCases {
      precondition(code.count == parameter.offset, "The parameters are not where the harness looks for them.")
      switch parameter {
      case .blocks: code.double(addressOf: blocks)
      case .programs: code.double(UInt64(programs))
      case .verbose: code.double(.max)
      case .multiplier: code.double(multiplier)
      }
    }
    code.bind(boot)
    emitBoot(&code)
    emitNext(&code)
    emitEpilogue(&code)
    emitReport(&code)
    emitPrinting(&code)
    emitTrapHandler(&code)
  }

  // MARK: - Start

  private func emitBoot(_ code: inout Assembler) {
    let (first, second) = (free[5], free[6])
    code.load(state, State.address)
    let origin = code.count
    code.emit(.auipc, rd: first)
    code.addDistance(rd: first, rs1: first, to: trap, from: origin)
    code.emit(.csrrw, rs1: first, CSR.mtvec)
    code.load(first, 1 << 3)
    code.emit(.csrrc, rs1: first, CSR.mstatus)
    emitPendingTimer(&code)
    code.load(first, 1 << 7)
    code.emit(.csrrw, rs1: first, CSR.mie)
    // The UART: 8 data bits, the shortest divisor, FIFOs on and empty, no interrupts.
    code.load(first, Device.uart)
    for (offset, byte) in [
      (Device.lineControl, 0x83), (Device.dataOrDivisor, 1), (Device.interruptEnableOrDivisorHigh, 0),
      (Device.lineControl, 0x03), (Device.fifoControl, 0x07), (Device.interruptEnableOrDivisorHigh, 0),
    ] {
      code.load(second, byte)
      code.emit(.sb, rs1: first, rs2: second, offset)
    }
    code.emit(.sd, rs1: state, State.index)
  }

  /// Sets the timer to a time long past.
  private func emitPendingTimer(_ code: inout Assembler) {
    code.load(free[5], Device.timeCompare)
    code.emit(.sd, rs1: free[5])
  }

  /// Starts the next program, or ends the run.
  private func emitNext(_ code: inout Assembler) {
    let (index, count, block, from, to, end) = (free[5], free[6], free[7], free[8], free[9], free[10])
    let word = free[11]
    code.bind(next)
    code.emit(.ld, rd: index, rs1: state, State.index)
    emitParameter(&code, count, .programs)
    code.jump(.beq, rs1: index, rs2: count, to: finish)
    emitParameter(&code, block, .blocks)
    code.load(from, Block.bytes)
    code.emit(.mul, rd: index, rs1: index, rs2: from)
    code.emit(.add, rd: block, rs1: block, rs2: index)

    // Nothing of the last program is left: memory, log, and a reservation, which this store-conditional takes away.
    code.load(from, Block.scratch)
    code.emit(.add, rd: from, rs1: from, rs2: block)
    code.load(to, ImageLayout.scratchAddress)
    code.load(end, ImageLayout.scratchAddress + ImageLayout.scratchBytes)
    emitLoop(&code, over: to, until: end) { code in
      code.emit(.ld, rd: word, rs1: from)
      code.emit(.addi, rd: from, rs1: from, 8)
      code.emit(.sd, rs1: to, rs2: word)
    }
    code.emit(.addi, rd: to, rs1: state)
    code.emit(.addi, rd: end, rs1: state, State.end)
    emitLoop(&code, over: to, until: end) { $0.emit(.sd, rs1: to) }
    code.emit(.addi, rd: to, rs1: state, State.saved)
    code.emit(.scD, rd: 0, rs1: to, rs2: 0)

    for number in UInt8(0)..<32 { code.emit(.fld, rd: number, rs1: block, Block.float + 8 * Int(number)) }
    for (csr, offset) in [
      (CSR.fcsr, Block.floatControl), (CSR.mscratch, Block.machineScratch), (CSR.mepc, Block.entry),
    ] {
      code.emit(.ld, rd: word, rs1: block, offset)
      code.emit(.csrrw, rs1: word, csr)
    }
    // Return to M mode, interrupts off, floating point on.
    code.load(word, 1 << 7)
    code.emit(.csrrc, rs1: word, CSR.mstatus)
    code.load(word, 3 << 11 | 3 << 13)
    code.emit(.csrrs, rs1: word, CSR.mstatus)
    for number in UInt8(1)..<32 where number != block {
      code.emit(.ld, rd: number, rs1: block, 8 * (Int(number) - 1))
    }
    code.emit(.ld, rd: block, rs1: block, 8 * (Int(block) - 1))
    code.emit(.mret)
  }

  // MARK: - End

  /// Saves what the program left.
  private func emitEpilogue(_ code: inout Assembler) {
    let word = free[5]
    code.bind(epilogue)
    for number in UInt8(0)..<32 { code.emit(.sd, rs1: state, rs2: number, 8 * Int(number)) }
    for number in UInt8(0)..<32 { code.emit(.fsd, rs1: state, rs2: number, State.float + 8 * Int(number)) }
    for (csr, offset) in [(CSR.fcsr, State.floatControl), (CSR.mscratch, State.machineScratch)] {
      code.emit(.csrrs, rd: word, csr)
      code.emit(.sd, rs1: state, rs2: word, offset)
    }
  }

  /// Prints the program's number, hash and traps, and what went into the hash when it is asked for; then goes on.
  private func emitReport(_ code: inout Assembler) {
    let (hash, multiplier, at, end, word, other) = (free[5], free[6], free[7], free[8], free[9], free[10])
    emitParameter(&code, multiplier, .multiplier)
    code.emit(.addi, rd: hash, rs1: multiplier)
    emitOverCompared(&code, at, end) { code in
      // hash = rotateLeft(hash ^ word, 23) * multiplier
      code.emit(.ld, rd: word, rs1: at)
      code.emit(.xor, rd: hash, rs1: hash, rs2: word)
      code.emit(.slli, rd: word, rs1: hash, 23)
      code.emit(.srli, rd: other, rs1: hash, 64 - 23)
      code.emit(.or, rd: hash, rs1: word, rs2: other)
      code.emit(.mul, rd: hash, rs1: hash, rs2: multiplier)
    }
    code.emit(.ld, rd: value, rs1: state, State.index)
    emitHexadecimal(&code, digits: 4)
    emitCharacter(&code, " ")
    code.emit(.addi, rd: value, rs1: hash)
    emitHexadecimal(&code, digits: 16)
    emitCharacter(&code, " ")
    code.emit(.ld, rd: value, rs1: state, State.trapCount)
    emitHexadecimal(&code, digits: 4)
    emitCharacter(&code, "\n")

    let quiet = code.label()
    code.emit(.ld, rd: word, rs1: state, State.index)
    emitParameter(&code, other, .verbose)
    code.jump(.bne, rs1: word, rs2: other, to: quiet)
    emitOverCompared(&code, at, end) { code in
      emitCharacter(&code, "=")
      code.emit(.ld, rd: value, rs1: at)
      emitHexadecimal(&code, digits: 16)
      emitCharacter(&code, "\n")
    }
    code.bind(quiet)
    code.emit(.ld, rd: word, rs1: state, State.index)
    code.emit(.addi, rd: word, rs1: word, 1)
    code.emit(.sd, rs1: state, rs2: word, State.index)
    code.jump(.jal, to: next)

    code.bind(finish)
    for character: Unicode.Scalar in ["e", "n", "d", "\n"] { emitCharacter(&code, character) }
    // The machine stops at once: the last characters must have left it.
    emitWait(&code, for: Device.transmitterIdle)
    code.load(word, Device.finisher)
    code.load(other, Device.pass)
    code.emit(.sw, rs1: word, rs2: other)
    let forever = code.here()
    code.jump(.jal, to: forever)
  }

  /// Repeats `body` for each doubleword that is compared, its address in `at`.
  private func emitOverCompared(
    _ code: inout Assembler, _ at: UInt8, _ end: UInt8, _ body: (inout Assembler) -> Void
  ) {
    code.emit(.addi, rd: at, rs1: state)
    code.emit(.addi, rd: end, rs1: state, State.end)
    let again = code.here()
    let done = code.label()
    emitLoop(&code, over: at, until: end, body)
    code.load(end, ImageLayout.scratchAddress + ImageLayout.scratchBytes)
    code.jump(.beq, rs1: at, rs2: end, to: done)
    code.load(at, ImageLayout.scratchAddress)
    code.jump(.jal, to: again)
    code.bind(done)
  }

  /// Repeats `body` with `at` going up by 8 until it equals `end`.
  private func emitLoop(
    _ code: inout Assembler, over at: UInt8, until end: UInt8, _ body: (inout Assembler) -> Void
  ) {
    let again = code.here()
    body(&code)
    code.emit(.addi, rd: at, rs1: at, 8)
    code.jump(.bne, rs1: at, rs2: end, to: again)
  }

  private func emitParameter(_ code: inout Assembler, _ rd: UInt8, _ parameter: ImageLayout.Parameter) {
    code.load(rd, parameter.address)
    code.emit(.ld, rd: rd, rs1: rd)
  }

  // MARK: - Printing

  private func emitCharacter(_ code: inout Assembler, _ scalar: Unicode.Scalar) {
    code.load(character, Int(scalar.value))
    code.jump(.jal, rd: link, to: putCharacter)
  }

  private func emitHexadecimal(_ code: inout Assembler, digits count: Int) {
    code.load(digits, count)
    code.jump(.jal, rd: printLink, to: putHexadecimal)
  }

  private func emitPrinting(_ code: inout Assembler) {
    let (amount, nine, device) = (free[11], free[12], free[13])
    // The last `digits` hexadecimal digits of `value`.
    code.bind(putHexadecimal)
    let again = code.here()
    let decimal = code.label()
    code.emit(.addi, rd: digits, rs1: digits, -1)
    code.emit(.slli, rd: amount, rs1: digits, 2)
    code.emit(.srl, rd: character, rs1: value, rs2: amount)
    code.emit(.andi, rd: character, rs1: character, 15)
    code.load(nine, 9)
    code.jump(.bgeu, rs1: nine, rs2: character, to: decimal)
    code.emit(.addi, rd: character, rs1: character, 0x61 - 0x30 - 10)
    code.bind(decimal)
    code.emit(.addi, rd: character, rs1: character, 0x30)
    code.jump(.jal, rd: link, to: putCharacter)
    code.jump(.bne, rs1: digits, rs2: 0, to: again)
    code.emit(.jalr, rs1: printLink)

    // One character.
    code.bind(putCharacter)
    emitWait(&code, for: Device.transmitterReady)
    code.load(device, Device.uart)
    code.emit(.sb, rs1: device, rs2: character, Device.dataOrDivisor)
    code.emit(.jalr, rs1: link)
  }

  /// Waits for a bit of the UART's line status; sleeps 10 microseconds (of the 10 MHz timer) at a time until it is set.
  private func emitWait(_ code: inout Assembler, for bit: Int) {
    let (device, status, time) = (free[13], free[14], free[15])
    let (wait, ready) = (code.here(), code.label())
    code.load(device, Device.uart)
    code.emit(.lbu, rd: status, rs1: device, Device.lineStatus)
    code.emit(.andi, rd: status, rs1: status, bit)
    code.jump(.bne, rs1: status, rs2: 0, to: ready)
    code.load(time, Device.time)
    code.emit(.ld, rd: time, rs1: time)
    code.emit(.addi, rd: time, rs1: time, 100)
    code.load(device, Device.timeCompare)
    code.emit(.sd, rs1: device, rs2: time)
    code.emit(.wfi)
    code.emit(.sd, rs1: device, rs2: 0)
    code.jump(.jal, to: wait)
    code.bind(ready)
  }

  // MARK: - Traps

  /// Notes cause, pc and value, and goes on behind the instruction. A program that jumps to where there is nothing does
  /// so by `jalr x1`, so that `x1` says where it came from.
  private func emitTrapHandler(_ code: inout Assembler) {
    let saved = Array(free[0..<5])
    let (count, record, cause, word, bits) = (free[0], free[1], free[2], free[3], free[4])
    let (byLength, restore, long) = (code.label(), code.label(), code.label())
    code.align(4)
    code.bind(trap)
    for (slot, register) in saved.enumerated() { code.emit(.sd, rs1: state, rs2: register, State.saved + 8 * slot) }
    code.emit(.ld, rd: count, rs1: state, State.trapCount)
    code.emit(.andi, rd: record, rs1: count, State.trapRecords - 1)
    code.load(word, State.trapRecordBytes)
    code.emit(.mul, rd: record, rs1: record, rs2: word)
    code.emit(.add, rd: record, rs1: record, rs2: state)
    code.emit(.csrrs, rd: cause, CSR.mcause)
    code.emit(.sd, rs1: record, rs2: cause, State.traps)
    code.emit(.csrrs, rd: word, CSR.mepc)
    code.emit(.sd, rs1: record, rs2: word, State.traps + 8)
    code.load(word, Self.comparedValues)
    code.emit(.srl, rd: word, rs1: word, rs2: cause)
    code.emit(.andi, rd: word, rs1: word, 1)
    code.emit(.sub, rd: word, rs1: 0, rs2: word)
    code.emit(.csrrs, rd: bits, CSR.mtval)
    code.emit(.and, rd: bits, rs1: bits, rs2: word)
    code.emit(.sd, rs1: record, rs2: bits, State.traps + 16)
    code.emit(.addi, rd: count, rs1: count, 1)
    code.emit(.sd, rs1: state, rs2: count, State.trapCount)
    code.load(word, ImageLayout.trapLimit)
    code.jump(.bltu, rs1: word, rs2: count, to: epilogue)

    code.load(word, 1)
    code.jump(.bne, rs1: cause, rs2: word, to: byLength)
    code.emit(.csrrw, rs1: 1, CSR.mepc)
    code.jump(.jal, to: restore)
    code.bind(byLength)
    code.emit(.csrrs, rd: word, CSR.mepc)
    code.emit(.lhu, rd: bits, rs1: word)
    code.emit(.andi, rd: bits, rs1: bits, 3)
    code.emit(.addi, rd: bits, rs1: bits, -3)
    code.emit(.addi, rd: word, rs1: word, 2)
    code.jump(.bne, rs1: bits, rs2: 0, to: long)
    code.emit(.addi, rd: word, rs1: word, 2)
    code.bind(long)
    code.emit(.csrrw, rs1: word, CSR.mepc)
    code.bind(restore)
    for (slot, register) in saved.enumerated() { code.emit(.ld, rd: register, rs1: state, State.saved + 8 * slot) }
    code.emit(.mret)
  }
}
