/// Guests of a few instructions, assembled by hand: firmware that is loaded at the start of RAM and starts in machine
/// mode. Encodings: The RISC-V Instruction Set Manual, Volume I, "RV32/64G Instruction Set Listings".
enum Guests {
  /// Shows `>`, then waits for keys and echoes them; `q` switches the machine off, `f` reports failure 7.
  static let echo: [UInt8] = {
    var code = Assembler()
    code.lui(.t0, 0x10000)  // the UART
    code.lui(.t1, 0x100)  // the finisher
    code.lui(.t5, 0xc000)  // the PLIC: source 10, the UART, gets priority 1 and is enabled for machine mode
    code.addi(.t2, .zero, 1)
    code.storeWord(.t2, at: .t5, 40)
    code.storeByte(.t2, at: .t0, 1)  // the UART interrupts when it has received
    code.lui(.t6, 0xc002)
    code.addi(.t2, .zero, 1 << 10)
    code.storeWord(.t2, at: .t6, 0)
    code.lui(.t6, 0xc200)  // claim and complete
    code.lui(.t4, 1)
    code.addi(.t4, .t4, -0x800)
    code.word(0x304e_9073)  // csrw mie, t4: external interrupts end waiting; none is taken
    code.addi(.t2, .zero, Int32(UInt8(ascii: ">")))
    code.storeByte(.t2, at: .t0, 0)
    let loop = code.place
    code.word(0x1050_0073)  // wfi
    code.loadWord(.t5, at: .t6, 4)
    code.loadByte(.t3, at: .t0, 5)  // line status: data ready?
    code.andi(.t3, .t3, 1)
    code.branchIfEqual(.t3, .zero, to: code.place + 28)
    code.loadByte(.t2, at: .t0, 0)
    code.addi(.t4, .zero, Int32(UInt8(ascii: "q")))
    code.branchIfEqual(.t2, .t4, to: code.place + 24)
    code.addi(.t4, .zero, Int32(UInt8(ascii: "f")))
    code.branchIfEqual(.t2, .t4, to: code.place + 32)
    code.storeByte(.t2, at: .t0, 0)
    code.storeWord(.t5, at: .t6, 4)
    code.jump(to: loop)
    code.lui(.t5, 0x5)
    code.addi(.t5, .t5, 0x555)
    code.storeWord(.t5, at: .t1, 0)
    code.jump(to: code.place)
    code.lui(.t5, 0x73)
    code.addi(.t5, .t5, 0x333)
    code.storeWord(.t5, at: .t1, 0)
    code.jump(to: code.place)
    return code.bytes
  }()

  /// Shows a dot every 20,000 steps or so, for ever.
  static let ticker: [UInt8] = {
    var code = Assembler()
    code.lui(.t0, 0x10000)
    code.addi(.t2, .zero, Int32(UInt8(ascii: ".")))
    let next = code.place
    code.storeByte(.t2, at: .t0, 0)
    code.lui(.t3, 3)
    let loop = code.place
    code.addi(.t3, .t3, -1)
    code.branchIfEqual(.t3, .zero, to: next)
    code.jump(to: loop)
    return code.bytes
  }()

  /// Waits for an interrupt that never comes, right after it has sent a byte.
  static let waiter: [UInt8] = {
    var code = Assembler()
    code.lui(.t0, 0x10000)
    code.addi(.t2, .zero, Int32(UInt8(ascii: "w")))
    code.storeByte(.t2, at: .t0, 0)
    let loop = code.place
    code.word(0x1050_0073)  // wfi
    code.jump(to: loop)
    return code.bytes
  }()

  /// Adds up 64 bytes at the start of the initial RAM disk, which is behind 2 MiB where there is no kernel, and
  /// switches off.
  static let reader: [UInt8] = {
    var code = Assembler()
    code.addi(.t0, .zero, 0x401)
    code.word(0x0152_9293)  // slli t0, t0, 21
    code.sum(64)
    return code.bytes
  }()

  /// Adds up the first 1,024 bytes of the device tree, and switches off.
  static let treeReader: [UInt8] = {
    var code = Assembler()
    code.addi(.t0, .a1, 0)
    code.sum(1024)
    return code.bytes
  }()
}

private enum Register: UInt32 {
  case zero = 0
  case t0 = 5
  case t1 = 6
  case t2 = 7
  case a1 = 11
  case t3 = 28
  case t4 = 29
  case t5 = 30
  case t6 = 31
}

private struct Assembler {
  private(set) var bytes: [UInt8] = []

  /// The offset of the next instruction.
  var place: Int32 { Int32(bytes.count) }

  mutating func word(_ word: UInt32) {
    for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
  }

  /// Adds up `count` bytes at `t0`, and switches off.
  mutating func sum(_ count: Int32) {
    addi(.t1, .zero, count)
    let loop = place
    loadByte(.t3, at: .t0, 0)
    word(0x01c3_83b3)  // add t2, t2, t3
    addi(.t0, .t0, 1)
    addi(.t1, .t1, -1)
    branchIfEqual(.t1, .zero, to: place + 8)
    jump(to: loop)
    lui(.t1, 0x100)
    lui(.t5, 0x5)
    addi(.t5, .t5, 0x555)
    storeWord(.t5, at: .t1, 0)
    jump(to: place)
  }

  mutating func lui(_ target: Register, _ upper: UInt32) { word(upper << 12 | target.rawValue << 7 | 0x37) }

  mutating func addi(_ target: Register, _ source: Register, _ value: Int32) {
    immediate(0x13, 0, target, source, value)
  }
  mutating func andi(_ target: Register, _ source: Register, _ value: Int32) {
    immediate(0x13, 7, target, source, value)
  }
  mutating func loadByte(_ target: Register, at base: Register, _ offset: Int32) {
    immediate(0x03, 4, target, base, offset)
  }

  private mutating func immediate(
    _ code: UInt32, _ kind: UInt32, _ target: Register, _ source: Register, _ value: Int32
  ) {
    word(UInt32(bitPattern: value) << 20 | source.rawValue << 15 | kind << 12 | target.rawValue << 7 | code)
  }

  mutating func loadWord(_ target: Register, at base: Register, _ offset: Int32) {
    immediate(0x03, 2, target, base, offset)
  }

  mutating func storeByte(_ source: Register, at base: Register, _ offset: UInt32) { store(0, source, base, offset) }
  mutating func storeWord(_ source: Register, at base: Register, _ offset: UInt32) { store(2, source, base, offset) }

  private mutating func store(_ kind: UInt32, _ source: Register, _ base: Register, _ offset: UInt32) {
    word((offset >> 5) << 25 | source.rawValue << 20 | base.rawValue << 15 | kind << 12 | (offset & 31) << 7 | 0x23)
  }

  mutating func branchIfEqual(_ left: Register, _ right: Register, to target: Int32) {
    let offset = UInt32(bitPattern: target - place)
    let high = (offset >> 12 & 1) << 31 | (offset >> 5 & 63) << 25
    let low = (offset >> 1 & 15) << 8 | (offset >> 11 & 1) << 7
    word(high | right.rawValue << 20 | left.rawValue << 15 | low | 0x63)
  }

  mutating func jump(to target: Int32) {
    let offset = UInt32(bitPattern: target - place)
    let high = (offset >> 20 & 1) << 31 | (offset >> 1 & 1023) << 21
    word(high | (offset >> 11 & 1) << 20 | (offset >> 12 & 255) << 12 | 0x6f)
  }
}
