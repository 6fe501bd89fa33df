/// A register as debuggers know it.
public struct RegisterDescription: Hashable, Sendable {
  /// What kind of register it is.
  public enum Group: String, Hashable, Sendable {
    /// Integer registers and the program counter.
    case general
    /// Floating-point registers.
    case float
    /// Control and status registers.
    case system
  }

  /// What a register is for, where a debugger must know.
  public enum Role: String, Hashable, Sendable {
    case programCounter = "pc"
    case stackPointer = "sp"
    case framePointer = "fp"
    case returnAddress = "ra"
  }

  /// The number by which debuggers and `StopPoints.registers` know it.
  public let number: Int
  /// Its name, in lower case.
  public let name: String
  /// Its width: 8, 16, 32 or 64.
  public let bits: Int
  /// Its group.
  public let group: Group
  /// The type of its value in the words of gdb's target descriptions: `int`, `code_ptr`, `data_ptr`, `ieee_double`.
  public let type: String
  /// What it is for, when it is special.
  public let role: Role?

  /// A register.
  public init(_ number: Int, _ name: String, bits: Int = 64, group: Group, type: String = "int", role: Role? = nil) {
    (self.number, self.name, self.bits, self.group) = (number, name, bits, group)
    (self.type, self.role) = (type, role)
  }
}

/// A set of registers under the name that gdb gives it (gdb manual, "Standard Target Features").
public struct RegisterFeature: Hashable, Sendable {
  /// The name, such as `org.gnu.gdb.riscv.cpu`.
  public let name: String
  /// Its registers, in ascending order of numbers.
  public let registers: [RegisterDescription]

  /// A feature.
  public init(_ name: String, _ registers: [RegisterDescription]) { (self.name, self.registers) = (name, registers) }
}

/// A change to the machine made by a person: an input like any other, which belongs to a fork of a recording.
public enum Edit: Hashable, Sendable {
  /// A register of a hart gets a value.
  case register(hart: Int, number: Int, value: UInt64)
  /// Memory at a guest-physical address gets these bytes.
  case memory(UInt64, [UInt8])
}

/// A board that a debugger can look into.
public protocol DebuggableBoard: DataflowBoard {
  /// The architecture in gdb's words, such as `riscv:rv64`.
  static var architecture: String { get }
  /// The registers, by feature.
  static var features: [RegisterFeature] { get }

  /// How many harts there are.
  var hartCount: Int { get }

  /// The value of register `number` of hart `hart`; `nil` when there is none. Reading changes nothing.
  func register(_ number: Int, hart: Int) -> UInt64?

  /// Where hart `hart` would find virtual `address`, permissions aside: the guest-physical address, valid to the end of
  /// the page of 4 KiB; `nil` when it does not translate. Changes nothing, not even accessed bits.
  func translate(_ address: UInt64, hart: Int, memory: Memory) -> UInt64?

  /// The name of the privilege mode of hart `hart`.
  func privilegeName(hart: Int) -> String

  /// The instruction that `bytes` begin with, as text, and its length in bytes; `nil` when they are too few.
  func disassemble(_ bytes: [UInt8], at address: UInt64) -> (text: String, byteCount: Int)?

  /// Makes `edit`; false, with nothing changed, when there is no such register, or it cannot have this value, or the
  /// address is not memory.
  mutating func apply(_ edit: Edit, memory: Memory) -> Bool
}

extension DebuggableBoard {
  /// The number of the register with this role.
  public static func number(of role: RegisterDescription.Role) -> Int? {
    for feature in features {
      if let register = feature.registers.first(where: { $0.role == role }) { return register.number }
    }
    return nil
  }

  /// The address of the next instruction of hart `hart`.
  public func programCounter(hart: Int) -> UInt64 {
    Self.number(of: .programCounter).flatMap { register($0, hart: hart) } ?? 0
  }
}
