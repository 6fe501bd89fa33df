/// The numbers by which debuggers know the registers of a hart: those of gdb (`riscv-tdep.h`, "RISC-V Features" in the
/// gdb manual).
public enum RegisterNumber {
  /// Integer register `x0`; the others follow.
  public static let x0 = 0
  /// The program counter.
  public static let programCounter = 32
  /// Floating-point register `f0`; the others follow.
  public static let f0 = 33
  /// CSR 0; CSR 4095 is the last.
  public static let csr0 = 65
  /// The privilege mode, which is no register of the architecture.
  public static let privilege = 4161

  /// The registers by whose writing an interrupt may begin or end to be pending.
  public static let pendingInterrupts = [CSRNumber.mip, CSRNumber.sip, CSRNumber.stimecmp, CSRNumber.menvcfg].map(csr)

  /// The number of CSR `csr`, 0 to 4095.
  public static func csr(_ csr: Int) -> Int { csr0 + csr }

  /// The CSR that register `number` is, if it is one.
  static func csr(of number: Int) -> Int? { (csr0..<privilege).contains(number) ? number - csr0 : nil }

  /// Counters that run by themselves: nobody writes them.
  static func isCounter(_ number: Int) -> Bool { csr(of: number).map { (0xc00...0xc1f).contains($0) } ?? false }
}

extension Instruction {
  /// The registers that it writes whenever it retires, by `RegisterNumber`: its destination, and of a CSR all names
  /// under which the written bits can be read. Not among them: the pc, and what depends on values
  /// (`changesFloatState`).
  public var registersWritten: [Int] {
    var numbers: [Int] = []
    for operand in InstructionSet.description(of: operation).format.operands {
      switch operand {
      case .rd: if rd != 0 { numbers.append(RegisterNumber.x0 + Int(rd)) }
      case .floatRd: numbers.append(RegisterNumber.f0 + Int(rd))
      case .csr: if writesCSR { numbers += CSRNumber.views(of: Int(immediate)).map(RegisterNumber.csr) }
      default: break
      }
    }
    if operation == .mret || operation == .sret {
      numbers += CSRNumber.views(of: CSRNumber.mstatus).map(RegisterNumber.csr) + [RegisterNumber.privilege]
    }
    return numbers
  }

  /// The registers whose values it uses, by `RegisterNumber`, in the order in which the assembler names them. `x0` and
  /// the pc are not among them.
  public var registersRead: [Int] {
    var numbers: [Int] = []
    func integer(_ register: UInt8) { if register != 0 { numbers.append(RegisterNumber.x0 + Int(register)) } }
    for operand in InstructionSet.description(of: operation).format.operands {
      switch operand {
      case .rs1, .memory, .address: integer(rs1)
      case .rs2: integer(rs2)
      case .floatRs1: numbers.append(RegisterNumber.f0 + Int(rs1))
      case .floatRs2: numbers.append(RegisterNumber.f0 + Int(rs2))
      case .floatRs3: numbers.append(RegisterNumber.f0 + Int(rs3))
      case .csr: if readsCSR { numbers.append(RegisterNumber.csr(Int(immediate))) }
      case .rounding, .roundingUnlessNearest:
        if rounding == 7 { numbers.append(RegisterNumber.csr(CSRNumber.frm)) }
      default: break
      }
    }
    switch operation {
    case .mret: numbers += [CSRNumber.mepc, CSRNumber.mstatus].map(RegisterNumber.csr)
    case .sret: numbers += [CSRNumber.sepc, CSRNumber.mstatus].map(RegisterNumber.csr)
    default: break
    }
    return numbers
  }

  /// Whether it may change `fflags`, or FS in `mstatus`, without naming them: it writes a floating-point register, or
  /// computes with one, or writes a CSR of the floating-point unit.
  public var changesFloatState: Bool {
    operation.isFloatComputation || operation.writesFloatRegister
      || writesCSR && CSRNumber.views(of: CSRNumber.fcsr).contains(Int(immediate))
  }

  var writesCSR: Bool {
    switch operation {
    case .csrrw, .csrrwi: true
    case .csrrs, .csrrc, .csrrsi, .csrrci: rs1 != 0
    default: false
    }
  }

  private var readsCSR: Bool { operation != .csrrw && operation != .csrrwi || rd != 0 }
}

extension CSRNumber {
  /// The CSRs in which the bits of CSR `number` can be read, itself first.
  static func views(of number: Int) -> [Int] {
    switch number {
    case fflags: [fflags, fcsr]
    case frm: [frm, fcsr]
    case fcsr: [fcsr, fflags, frm]
    case sstatus: [sstatus, mstatus]
    case mstatus: [mstatus, sstatus]
    case sie: [sie, mie]
    case mie: [mie, sie]
    case sip: [sip, mip]
    case mip: [mip, sip]
    default: [number]
    }
  }
}
