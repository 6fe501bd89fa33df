internal import Backplane

/// What debuggers must be told of an architecture that its registers do not say.
struct ArchitectureFacts {
  /// How a privilege mode tells that it has taken a trap.
  struct TrapRegisters {
    /// The cause; the highest bit tells an interrupt.
    let cause: String
    /// The address of the instruction that was about to be executed, or that could not be.
    let interrupted: String
    /// Where traps go; the lowest bit tells whether interrupts each have an entry of their own, four bytes apart.
    let entry: String
  }

  /// The name that lldb knows it by.
  let triple: String
  /// Bytes of an address.
  let pointerBytes: Int
  /// Whether debuggers expect to be told of a watchpoint before the access is made or, backwards, before it is undone.
  /// They then take one step by themselves, and compare the values.
  let tellsOfAccessesBefore: Bool
  /// The trap registers of each mode that takes traps.
  let traps: [TrapRegisters]
  /// The instructions, as they are disassembled, that return from a trap.
  let trapReturns: [String]

  /// The number of register `number`, of `group`, in debugging information.
  func dwarfNumber(_ number: Int, _ group: RegisterDescription.Group) -> Int? {
    guard triple.hasPrefix("riscv") else { return nil }
    // RISC-V DWARF Specification, "DWARF Register Numbers": integer registers, then floating-point registers. The
    // program counter has none; lldb looks for it under a number of its own, and without it finds no caller.
    return switch (group, number) {
    case (.general, 0..<32): number
    case (.general, 32): 11451
    case (.float, 33..<65): number - 1
    default: nil
    }
  }

  /// The facts of `architecture`, which is in gdb's words.
  init(_ architecture: String) {
    switch architecture {
    case "riscv:rv64":
      // The RISC-V Instruction Set Manual, Volume II, "Machine Trap Vector" and "Supervisor Trap Vector".
      triple = "riscv64-unknown-unknown-elf"
      pointerBytes = 8
      // Triggers of the RISC-V debug specification fire before the access, and gdb and lldb count on it.
      tellsOfAccessesBefore = true
      traps = [
        TrapRegisters(cause: "mcause", interrupted: "mepc", entry: "mtvec"),
        TrapRegisters(cause: "scause", interrupted: "sepc", entry: "stvec"),
      ]
      trapReturns = ["mret", "sret"]
    default:
      triple = "unknown-unknown-unknown"
      pointerBytes = 8
      tellsOfAccessesBefore = false
      traps = []
      trapReturns = []
    }
  }
}
