public import Backplane
internal import Bits
internal import VirtualTime

// What a debugger sees of a hart, and may change. Nothing here traps, whatever the present mode may do.

extension Hart {
  /// The CSRs that exist and read without side effect, `fflags`, `frm` and `fcsr` among them, ascending.
  public static func csrNumbers() -> [Int] { (0..<4096).filter { reader.readAsMachine($0, cycle: 0) != nil } }

  /// A hart that has every CSR.
  private static var reader: Hart { Hart(identifier: 0, pc: 0, timebase: .init(1, per: 1)) }

  /// The value of register `number` (`RegisterNumber`) at `cycle`; `nil` when there is none.
  public func register(_ number: Int, cycle: UInt64) -> UInt64? {
    switch number {
    case 0..<32: x[number]
    case RegisterNumber.programCounter: pc
    case RegisterNumber.f0..<RegisterNumber.csr0: f[number - RegisterNumber.f0]
    case RegisterNumber.privilege: UInt64(privilege.rawValue)
    default: RegisterNumber.csr(of: number).flatMap { readAsMachine($0, cycle: cycle) }
    }
  }

  private func readAsMachine(_ csr: Int, cycle: UInt64) -> UInt64? {
    switch csr {
    // Reads as the architecture has it depend on FS.
    case CSRNumber.fflags: return UInt64(self.csr.fflags)
    case CSRNumber.frm: return UInt64(self.csr.frm)
    case CSRNumber.fcsr: return UInt64(self.csr.fflags) | UInt64(self.csr.frm) << 5
    default:
      var hart = self
      hart.privilege = .machine
      return withUnsafeMutablePointer(to: &hart) { $0.readCSR(csr, writes: false, cycle: cycle) }
    }
  }

  /// Gives register `number` (`RegisterNumber`) the value `value` at `cycle`. A CSR takes it as from an instruction in
  /// machine mode, which makes it legal. A new pc ends the wait of a `wfi`.
  /// - Returns: false, with nothing changed, when there is no such register, or it cannot have this value.
  public mutating func setRegister(_ number: Int, _ value: UInt64, cycle: UInt64) -> Bool {
    switch number {
    case 0: return value == 0
    case 1..<32: x[number] = value
    case RegisterNumber.programCounter:
      guard value & 1 == 0 else { return false }
      pc = value
      waiting = false
    case RegisterNumber.f0..<RegisterNumber.csr0: f[number - RegisterNumber.f0] = value
    case RegisterNumber.privilege:
      guard let mode = UInt8(exactly: value).flatMap(Privilege.init(rawValue:)) else { return false }
      privilege = mode
    default: return RegisterNumber.csr(of: number).map { writeAsMachine($0, value, cycle: cycle) } ?? false
    }
    return true
  }

  private mutating func writeAsMachine(_ csr: Int, _ value: UInt64, cycle: UInt64) -> Bool {
    // The upper quarter of the numbers is for registers that are only read ("CSR Address Mapping Conventions").
    guard csr >> 10 != 3, readAsMachine(csr, cycle: cycle) != nil else { return false }
    // Writing counts an instruction that retires, which there is none here.
    retired &-= 1
    _ = writeCSR(csr, value, cycle: cycle)
    retired &+= 1
    return true
  }
}

extension Privilege {
  /// The name of the mode.
  public var name: String {
    switch self {
    case .user: "user"
    case .supervisor: "supervisor"
    case .machine: "machine"
    }
  }
}

extension Hart {
  /// Where virtual `address` lies in the present privilege mode, `mstatus.MPRV` and all permissions aside; `nil` when
  /// it does not translate. Changes nothing, not even accessed bits ("Virtual Address Translation Process").
  public func physicalAddress(of address: UInt64, in memory: Memory) -> UInt64? {
    let mode = csr.satp >> 60
    guard privilege != .machine, mode != 0 else { return address }
    let levels = Int(mode) - 5
    guard address.signExtended(from: 12 + 9 * levels) == address else { return nil }
    var table = (csr.satp & UInt64.lowBits(44)) << 12
    for level in stride(from: levels - 1, through: 0, by: -1) {
      guard let offset = memory.offset(of: table &+ address.bits(12 + 9 * level, 9) * 8, count: 8) else { return nil }
      let entry = UInt64(littleEndian: (memory.base + Int(offset)).load(as: UInt64.self))
      guard PTE.isWellFormed(entry, level, allowsMemoryTypes: allowsMemoryTypes) else { return nil }
      if PTE.isLeaf(entry) { return PTE.physicalAddress(entry, level, of: address) }
      guard PTE.isPointer(entry) else { return nil }
      table = PTE.number(entry) << 12
    }
    return nil
  }

  private var allowsMemoryTypes: Bool { csr.menvcfg & EnvironmentConfiguration.pbmte != 0 }
}
