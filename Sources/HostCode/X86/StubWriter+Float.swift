#if arch(x86_64)
  // Floating point in generated code: flags accrue in MXCSR, and favourite slots are in registers, only while it is
  // active. That begins when a block needs it, and ends whenever the engine takes over, so that code without it pays
  // nothing.

  extension StubWriter {
    /// MXCSR with all exceptions masked, rounding to nearest, no flag set; subnormal numbers as IEEE 754 has them.
    private static let control: UInt64 = 0x1f80

    /// What each combination of flags in MXCSR (IE, DE, ZE, OE, UE, PE from bit 0) is to the guest.
    mutating func writeTable() -> UnsafeMutablePointer<UInt8> {
      let table = assembler.next
      let bits = tables.floatFlagBits
      for flags: UInt8 in 0..<64 {
        let guest = [(UInt8(1), 0), (4, 1), (8, 2), (16, 3), (32, 4)].reduce(UInt8(0)) {
          $0 | (flags & $1.0 != 0 ? bits[$1.1] : 0)
        }
        assembler.byte(guest)
      }
      return table
    }

    /// Keeps `rax`, `rcx` and `rdx`; `rsi` and `rdi` are free.
    mutating func writeFloatEnd(_ table: UnsafeMutablePointer<UInt8>) {
      assembler.storeByte(tables.context(tables.layout.floatIsActive), 0)
      assembler.storeControl(tables.context(tables.layout.scratch))
      for (slot, number) in tables.floatPinned { assembler.store(tables.memory(slot), FloatRegister(number)) }
      assembler.move(.rsi, tables.context(tables.layout.scratch), wide: false)
      assembler.binary(.and, .rsi, 63, wide: false)
      // lea rdi, [rip + distance to the table]; movzx esi, byte [rdi + rsi]
      for byte: UInt8 in [0x48, 0x8d, 0x3d] { assembler.byte(byte) }
      assembler.word32(Int32(truncatingIfNeeded: table - assembler.next - 4))
      for byte: UInt8 in [0x0f, 0xb6, 0x34, 0x37] { assembler.byte(byte) }
      assembler.move(.rdi, tables.context(tables.layout.floatFlags))
      // or [rdi], sil
      assembler.form(Opcode(0x08), Register.rsi.number, .memory(.rdi, 0), wide: false, bytes: true)
    }

    mutating func writeFloatBegin(_ table: UnsafeMutablePointer<UInt8>) {
      assembler.compareByte(tables.context(tables.layout.floatIsReady), 0)
      let isReady = assembler.jump(if: .notEqual)
      assembler.binary(.xor, .rax, .rax, wide: false)
      assembler.ret()
      Assembler.patch(isReady, assembler.next)
      assembler.load(.rax, Self.control)
      assembler.store(tables.context(tables.layout.scratch), .rax, wide: false)
      assembler.loadControl(tables.context(tables.layout.scratch))
      for (slot, number) in tables.floatPinned { assembler.move(FloatRegister(number), tables.memory(slot)) }
      assembler.storeByte(tables.context(tables.layout.floatIsActive), 1)
      assembler.ret()
    }
  }
#endif
