public import Backplane
internal import RISCV
internal import VirtualTime

extension VirtBoard: DebuggableBoard {
  /// gdb's name of a 64-bit RISC-V.
  public static var architecture: String { "riscv:rv64" }

  /// The registers of a hart.
  public static var features: [RegisterFeature] { RegisterFeatures.all }

  /// One.
  public var hartCount: Int { 1 }

  /// The value of register `number`, whatever the hart's mode.
  public func register(_ number: Int, hart index: Int) -> UInt64? {
    index == 0 ? hart.register(number, cycle: fabric.now.cycle.count) : nil
  }

  /// Where the hart's present mode finds virtual `address`.
  public func translate(_ address: UInt64, hart index: Int, memory: Memory) -> UInt64? {
    index == 0 ? hart.physicalAddress(of: address, in: memory) : nil
  }

  /// `user`, `supervisor` or `machine`.
  public func privilegeName(hart index: Int) -> String { hart.privilege.name }

  /// The instruction in the manner of LLVM's `llvm-objdump`.
  public func disassemble(_ bytes: [UInt8], at address: UInt64) -> (text: String, byteCount: Int)? {
    guard bytes.count >= 2 else { return nil }
    let count = bytes[0] & 3 == 3 ? 4 : 2
    guard bytes.count >= count else { return nil }
    let bits = bytes.prefix(count).reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
    return (Disassembler.text(Decoder.decode(bits), at: address), count)
  }

  /// Makes a person's change. `Machine.change` tells the interpreter of it.
  public mutating func apply(_ edit: Edit, memory: Memory) -> Bool {
    switch edit {
    case .register(let index, let number, let value):
      guard index == 0 else { return false }
      return hart.setRegister(number, value, cycle: fabric.now.cycle.count)
    case .memory(let address, let bytes):
      return memory.write(address, bytes)
    }
  }
}
