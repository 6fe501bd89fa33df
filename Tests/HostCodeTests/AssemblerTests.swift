#if arch(x86_64)
  import Foundation
  import Testing

  @testable import HostCode

  /// What the assembler writes is what a disassembler reads.
  @Suite struct AssemblerTests {
    private static let objdump = "/usr/bin/objdump"
    private static let names = [
      "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
    ]
    private static let shortNames = [
      "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "r8d", "r9d", "r10d", "r11d", "r12d", "r13d", "r14d",
      "r15d",
    ]
    private static let byteNames = [
      "al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil", "r8b", "r9b", "r10b", "r11b", "r12b", "r13b", "r14b", "r15b",
    ]

    private static var hasDisassembler: Bool { FileManager.default.isExecutableFile(atPath: objdump) }

    /// An instruction, and how it reads.
    private struct Line {
      let write: (inout Assembler) -> Void
      let text: String
    }

    /// The lines that the disassembler makes of what `lines` write, spaces made one.
    private func disassemble(_ lines: [Line]) throws -> [String] {
      var code = [UInt8](repeating: 0x90, count: lines.count * 16)
      let count = code.withUnsafeMutableBufferPointer { buffer -> Int in
        guard let start = buffer.baseAddress else { return 0 }
        var assembler = Assembler(next: start)
        for line in lines { line.write(&assembler) }
        return assembler.next - start
      }
      let path = FileManager.default.temporaryDirectory.appendingPathComponent("reprise-\(UUID()).bin")
      defer { try? FileManager.default.removeItem(at: path) }
      try Data(code[..<count]).write(to: path)
      let process = Process()
      process.executableURL = URL(fileURLWithPath: Self.objdump)
      process.arguments = [
        "-D", "-b", "binary", "-m", "i386:x86-64", "-M", "intel", "--no-show-raw-insn", path.path,
      ]
      let pipe = Pipe()
      process.standardOutput = pipe
      try process.run()
      let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      return output.split(separator: "\n").compactMap { line in
        let parts = line.split(separator: "\t")
        guard parts.count >= 2, parts[0].hasSuffix(":") else { return nil }
        return parts[1...].joined(separator: " ").split(separator: " ", omittingEmptySubsequences: true)
          .joined(separator: " ")
      }
    }

    private func check(_ lines: [Line], sourceLocation: SourceLocation = #_sourceLocation) throws {
      let read = try disassemble(lines)
      #expect(read.count == lines.count, sourceLocation: sourceLocation)
      for (line, text) in zip(lines, read) { #expect(text == line.text, sourceLocation: sourceLocation) }
    }

    /// Every register in every place, with every form of distance.
    @Test(.enabled(if: hasDisassembler, "needs objdump (package binutils)"))
    func registersAndDistances() throws {
      var lines: [Line] = []
      for number: UInt8 in 0..<16 {
        let (register, name) = (Register(number), Self.names[Int(number)])
        let (short, byte) = (Self.shortNames[Int(number)], Self.byteNames[Int(number)])
        lines.append(Line(write: { $0.binary(.add, register, .rcx) }, text: "add \(name),rcx"))
        lines.append(Line(write: { $0.binary(.xor, .rdx, register) }, text: "xor rdx,\(name)"))
        lines.append(Line(write: { $0.binary(.subtract, register, 7) }, text: "sub \(name),0x7"))
        lines.append(Line(write: { $0.binary(.and, register, -4096) }, text: "and \(name),0xfffffffffffff000"))
        lines.append(Line(write: { $0.set(.below, register) }, text: "setb \(byte)"))
        lines.append(Line(write: { $0.shift(.rightSigned, .register(register), by: 5) }, text: "sar \(name),0x5"))
        lines.append(
          Line(write: { $0.shift(.left, .register(register), wide: false) }, text: "shl \(short),cl"))
        lines.append(Line(write: { $0.load(register, 0x1234_5678) }, text: "mov \(short),0x12345678"))
        lines.append(Line(write: { $0.load(register, 1 << 63) }, text: "movabs \(name),0x8000000000000000"))
        lines.append(Line(write: { $0.load(register, .max) }, text: "mov \(name),0xffffffffffffffff"))
        lines.append(Line(write: { $0.push(register) }, text: "push \(name)"))
        lines.append(Line(write: { $0.pop(register) }, text: "pop \(name)"))
        lines.append(Line(write: { $0.jump(to: register) }, text: "jmp \(name)"))
        lines.append(Line(write: { $0.call(register) }, text: "call \(name)"))
        for (distance, text) in [(Int32(0), "+0x0"), (8, "+0x8"), (-128, "-0x80"), (0x1000, "+0x1000")] {
          let place = Operand.memory(register, distance)
          // Where a distance cannot be left out, it is read as zero.
          let needsZero = number & 7 == 5
          let shown = distance == 0 && !needsZero ? "" : text
          lines.append(Line(write: { $0.move(.r9, place) }, text: "mov r9,QWORD PTR [\(name)\(shown)]"))
          lines.append(
            Line(write: { $0.store(place, .rsi, wide: false) }, text: "mov DWORD PTR [\(name)\(shown)],esi"))
          lines.append(Line(write: { $0.compareByte(place, 1) }, text: "cmp BYTE PTR [\(name)\(shown)],0x1"))
        }
        lines.append(
          Line(
            write: { $0.move(FloatRegister(number), .memory(.rbp, 8)) }, text: "movsd xmm\(number),QWORD PTR [rbp+0x8]")
        )
        lines.append(
          Line(
            write: { $0.scalar(.multiply, .xmm0, FloatRegister(number).operand, isDouble: false) },
            text: "mulss xmm0,xmm\(number)"))
        for other: UInt8 in 0..<16 {
          lines.append(
            Line(
              write: {
                $0.fuse(0xb9, FloatRegister(other), FloatRegister(number), FloatRegister(7).operand, isDouble: true)
              }, text: "vfmadd231sd xmm\(other),xmm\(number),xmm7"))
          lines.append(
            Line(
              write: { $0.fuse(0xbf, .xmm0, FloatRegister(number), FloatRegister(other).operand, isDouble: false) },
              text: "vfnmsub231ss xmm0,xmm\(number),xmm\(other)"))
        }
      }
      try check(lines)
    }

    /// One line for each of the other forms.
    @Test(.enabled(if: hasDisassembler, "needs objdump (package binutils)"))
    func forms() throws {
      let memory = Operand.memory(.rbp, 16)
      try check([
        Line(write: { $0.binary(.compare, memory: memory, .r10) }, text: "cmp QWORD PTR [rbp+0x10],r10"),
        Line(write: { $0.binary(.add, memory, 1000) }, text: "add QWORD PTR [rbp+0x10],0x3e8"),
        Line(write: { $0.store(memory, -1) }, text: "mov QWORD PTR [rbp+0x10],0xffffffffffffffff"),
        Line(write: { $0.storeByte(memory, 3) }, text: "mov BYTE PTR [rbp+0x10],0x3"),
        Line(write: { $0.address(.r8, .memory(.rsi, -4)) }, text: "lea r8,[rsi-0x4]"),
        Line(write: { $0.test(.r11, .rax) }, text: "test r11,rax"),
        Line(write: { $0.unary(.not, .register(.rcx)) }, text: "not rcx"),
        Line(write: { $0.unary(.negate, .register(.rax), wide: false) }, text: "neg eax"),
        Line(write: { $0.unary(.multiply, memory) }, text: "mul QWORD PTR [rbp+0x10]"),
        Line(write: { $0.unary(.multiplySigned, .register(.r12)) }, text: "imul r12"),
        Line(write: { $0.unary(.divide, .register(.rcx), wide: false) }, text: "div ecx"),
        Line(write: { $0.unary(.divideSigned, .register(.rcx)) }, text: "idiv rcx"),
        Line(write: { $0.multiply(.rax, memory) }, text: "imul rax,QWORD PTR [rbp+0x10]"),
        Line(write: { $0.multiply(.rax, .register(.rax), by: 255) }, text: "imul rax,rax,0xff"),
        Line(write: { $0.signToHigh() }, text: "cqo"),
        Line(write: { $0.signToHigh(wide: false) }, text: "cdq"),
        Line(write: { $0.signExtendLow() }, text: "cdqe"),
        Line(write: { $0.move(if: .greater, .rax, memory) }, text: "cmovg rax,QWORD PTR [rbp+0x10]"),
        Line(write: { $0.ret() }, text: "ret"),
        Line(
          write: { $0.indexed(Opcode(0x8b), .rax, .rcx, .rax, scale: 1, 0xa000, wide: false) },
          text: "mov eax,DWORD PTR [rcx+rax*2+0xa000]"),
        Line(
          write: { $0.form(Opcode(0x88), 6, .memory(.rax, 0), wide: false, bytes: true) },
          text: "mov BYTE PTR [rax],sil"),
        Line(
          write: { $0.form(Opcode(0x89, prefix: 0x66), 9, .memory(.rax, 0), wide: false) },
          text: "mov WORD PTR [rax],r9w"),
        Line(
          write: { $0.form(.extended(0xbd, prefix: 0xf3), 8, .register(.rdi), wide: true) }, text: "lzcnt r8,rdi"),
        Line(
          write: { $0.compare(.xmm1, memory, isDouble: true, signals: true) },
          text: "comisd xmm1,QWORD PTR [rbp+0x10]"),
        Line(
          write: { $0.compare(.xmm1, FloatRegister(9).operand, isDouble: false, signals: false) },
          text: "ucomiss xmm1,xmm9"
        ),
        Line(write: { $0.move(FloatRegister(12), bits: .rax) }, text: "movq xmm12,rax"),
        Line(write: { $0.move(.r9, bits: FloatRegister(3)) }, text: "movq r9,xmm3"),
        Line(write: { $0.move(FloatRegister(3), FloatRegister(14).operand) }, text: "movaps xmm3,xmm14"),
        Line(write: { $0.store(memory, FloatRegister(11), isDouble: false) }, text: "movss DWORD PTR [rbp+0x10],xmm11"),
        Line(write: { $0.setOnes(FloatRegister(13)) }, text: "pcmpeqd xmm13,xmm13"),
        Line(write: { $0.merge(FloatRegister(13), .xmm0) }, text: "movss xmm13,xmm0"),
        Line(
          write: { $0.convert(.xmm0, integer: .register(.rsi), wide: true, isDouble: true) },
          text: "cvtsi2sd xmm0,rsi"),
        Line(
          write: { $0.convert(.rax, memory, truncates: true, wide: false, isDouble: true) },
          text: "cvttsd2si eax,QWORD PTR [rbp+0x10]"),
        Line(
          write: { $0.convert(.rax, FloatRegister(8).operand, truncates: false, wide: true, isDouble: false) },
          text: "cvtss2si rax,xmm8"),
        Line(write: { $0.convert(.xmm0, FloatRegister(2).operand, isDouble: true) }, text: "cvtsd2ss xmm0,xmm2"),
        Line(write: { $0.loadControl(memory) }, text: "ldmxcsr DWORD PTR [rbp+0x10]"),
        Line(write: { $0.storeControl(memory) }, text: "stmxcsr DWORD PTR [rbp+0x10]"),
        Line(
          write: { $0.fuse(0xbd, .xmm0, FloatRegister(10), memory, isDouble: true) },
          text: "vfnmadd231sd xmm0,xmm10,QWORD PTR [rbp+0x10]"),
      ])
    }

    /// What reads otherwise is noticed.
    @Test(.enabled(if: hasDisassembler, "needs objdump (package binutils)"))
    func anotherInstructionIsNoticed() throws {
      let read = try disassemble([Line(write: { $0.binary(.add, .rax, .rdx) }, text: "add rax,rcx")])
      #expect(read == ["add rax,rdx"])
    }
  }
#endif
