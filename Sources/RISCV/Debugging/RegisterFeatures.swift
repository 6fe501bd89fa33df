public import Backplane

/// The registers of a hart as gdb wants them described (gdb manual, "RISC-V Features").
public enum RegisterFeatures {
  /// All features: the registers of the integer and floating-point units, the CSRs, and the privilege mode.
  public static let all = [general, float, system, virtual]

  private static let general = RegisterFeature(
    "org.gnu.gdb.riscv.cpu",
    (0..<32).map { number in
      let name = Disassembler.integerRegisterName(UInt8(number))
      switch name {
      case "ra": return RegisterDescription(number, name, group: .general, type: "code_ptr", role: .returnAddress)
      case "sp": return RegisterDescription(number, name, group: .general, type: "data_ptr", role: .stackPointer)
      case "s0": return RegisterDescription(number, name, group: .general, type: "data_ptr", role: .framePointer)
      case "gp", "tp": return RegisterDescription(number, name, group: .general, type: "data_ptr")
      default: return RegisterDescription(number, name, group: .general)
      }
    } + [
      RegisterDescription(
        RegisterNumber.programCounter, "pc", group: .general, type: "code_ptr", role: .programCounter)
    ])

  private static let float = RegisterFeature(
    "org.gnu.gdb.riscv.fpu",
    (0..<32).map { number in
      RegisterDescription(
        RegisterNumber.f0 + number, Disassembler.floatRegisterName(UInt8(number)), group: .float, type: "ieee_double")
    } + floatCSRs.map { number in csr(number, bits: 32, group: .float) })

  private static let floatCSRs = [CSRNumber.fflags, CSRNumber.frm, CSRNumber.fcsr]

  private static let system = RegisterFeature(
    "org.gnu.gdb.riscv.csr",
    Hart.csrNumbers().filter { !floatCSRs.contains($0) }.map { number in csr(number, bits: 64, group: .system) })

  private static let virtual = RegisterFeature(
    "org.gnu.gdb.riscv.virtual", [RegisterDescription(RegisterNumber.privilege, "priv", bits: 8, group: .system)])

  private static func csr(_ number: Int, bits: Int, group: RegisterDescription.Group) -> RegisterDescription {
    RegisterDescription(
      RegisterNumber.csr(number), Disassembler.csrName(UInt16(number)), bits: bits, group: group)
  }
}
