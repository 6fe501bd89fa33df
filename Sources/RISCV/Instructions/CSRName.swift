/// The names of the control and status registers, for reading only: which of them exist is the hart's business.
enum CSRName {
  /// The assembler's name of CSR `number`, or the number in hexadecimal when it has no name here.
  static func text(_ number: UInt32) -> String {
    if let position = single.firstIndex(where: { $0.number == number }) {
      return single[position].name
    }
    for family in families where number >= family.first && number - family.first < family.count {
      let index = number - family.first
      return index % family.step == 0 ? family.name + String(family.start + index) : hexadecimal(number)
    }
    return hexadecimal(number)
  }

  private static func hexadecimal(_ number: UInt32) -> String { "0x" + String(number, radix: 16) }

  private struct Single {
    let number: UInt32
    let name: String

    init(_ number: UInt32, _ name: String) {
      self.number = number
      self.name = name
    }
  }

  /// Registers with consecutive numbers and consecutive names.
  private struct Family {
    let first: UInt32
    let count: UInt32
    let name: String
    /// The number in the name of the first one.
    let start: UInt32
    /// Which of them exist: every one, or every second one.
    var step: UInt32 = 1
  }

  private static let families = [
    Family(first: 0xc03, count: 29, name: "hpmcounter", start: 3),
    Family(first: 0xb03, count: 29, name: "mhpmcounter", start: 3),
    Family(first: 0x323, count: 29, name: "mhpmevent", start: 3),
    Family(first: 0x30c, count: 4, name: "mstateen", start: 0),
    Family(first: 0x10c, count: 4, name: "sstateen", start: 0),
    Family(first: 0x3a0, count: 16, name: "pmpcfg", start: 0, step: 2),
    Family(first: 0x3b0, count: 64, name: "pmpaddr", start: 0),
    Family(first: 0x7a1, count: 3, name: "tdata", start: 1),
    Family(first: 0x7b2, count: 2, name: "dscratch", start: 0),
  ]

  /// The privileged manual, chapter "Control and Status Registers (CSRs)".
  private static let single = [
    Single(0x001, "fflags"), Single(0x002, "frm"), Single(0x003, "fcsr"),
    Single(0x015, "seed"),
    Single(0xc00, "cycle"), Single(0xc01, "time"), Single(0xc02, "instret"),

    Single(0x100, "sstatus"), Single(0x104, "sie"), Single(0x105, "stvec"), Single(0x106, "scounteren"),
    Single(0x10a, "senvcfg"), Single(0x120, "scountinhibit"),
    Single(0x140, "sscratch"), Single(0x141, "sepc"), Single(0x142, "scause"), Single(0x143, "stval"),
    Single(0x144, "sip"), Single(0x14d, "stimecmp"),
    Single(0x180, "satp"), Single(0x5a8, "scontext"), Single(0xda0, "scountovf"),

    Single(0xf11, "mvendorid"), Single(0xf12, "marchid"), Single(0xf13, "mimpid"), Single(0xf14, "mhartid"),
    Single(0xf15, "mconfigptr"),
    Single(0x300, "mstatus"), Single(0x301, "misa"), Single(0x302, "medeleg"), Single(0x303, "mideleg"),
    Single(0x304, "mie"), Single(0x305, "mtvec"), Single(0x306, "mcounteren"), Single(0x30a, "menvcfg"),
    Single(0x320, "mcountinhibit"),
    Single(0x340, "mscratch"), Single(0x341, "mepc"), Single(0x342, "mcause"), Single(0x343, "mtval"),
    Single(0x344, "mip"), Single(0x34a, "mtinst"), Single(0x34b, "mtval2"),
    Single(0x747, "mseccfg"),
    Single(0xb00, "mcycle"), Single(0xb02, "minstret"),
    Single(0x7a0, "tselect"), Single(0x7a4, "tinfo"), Single(0x7a5, "tcontrol"), Single(0x7a8, "mcontext"),
    Single(0x7b0, "dcsr"), Single(0x7b1, "dpc"),
  ]
}
