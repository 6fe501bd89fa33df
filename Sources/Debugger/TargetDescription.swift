internal import Backplane

/// A machine's registers in the words of debuggers.
struct TargetDescription {
  /// The registers, in ascending order of their numbers.
  let registers: [RegisterDescription]
  private let features: [RegisterFeature]
  private let architecture: String
  private let facts: ArchitectureFacts

  init(_ target: any DebugTarget) {
    (features, architecture, registers) = (target.features, target.architecture, target.registers)
    facts = ArchitectureFacts(architecture)
  }

  /// The registers that a `g` packet holds: those numbered from zero without a gap that are no system registers.
  /// Debuggers fetch the rest one by one.
  var general: ArraySlice<RegisterDescription> {
    let count = registers.enumerated().prefix { $0.offset == $0.element.number && $0.element.group != .system }.count
    return registers[..<count]
  }

  func register(_ number: Int) -> RegisterDescription? { registers.first { $0.number == number } }

  /// The description of the target (gdb manual, "Target Description Format").
  var xml: String {
    var lines = [
      "<?xml version=\"1.0\"?>", "<!DOCTYPE target SYSTEM \"gdb-target.dtd\">", "<target version=\"1.0\">",
      "<architecture>\(architecture)</architecture>",
      // Otherwise gdb takes the guest for a program on Linux, and steps by breakpoints that it guesses the places of.
      "<osabi>none</osabi>",
    ]
    for feature in features {
      lines.append("<feature name=\"\(feature.name)\">")
      for register in feature.registers {
        // These two are for lldb; gdb passes over them.
        let generic = register.role.map { " generic=\"\($0.rawValue)\"" } ?? ""
        let dwarf = facts.dwarfNumber(register.number, register.group).map { " dwarf_regnum=\"\($0)\"" } ?? ""
        lines.append(
          "<reg name=\"\(register.name)\" bitsize=\"\(register.bits)\" regnum=\"\(register.number)\""
            + " type=\"\(register.type)\" group=\"\(register.group.gdbName)\"\(generic)\(dwarf)/>")
      }
      lines.append("</feature>")
    }
    lines.append("</target>")
    return lines.joined(separator: "\n") + "\n"
  }

  /// One register for lldb (lldb's extensions to the protocol, "qRegisterInfo<hex-reg-id>").
  func lldbText(_ index: Int) -> String? {
    guard registers.indices.contains(index) else { return nil }
    let register = registers[index]
    let offset = registers[..<index].reduce(0) { $0 + $1.bits / 8 }
    let isFloat = register.group == .float
    var text =
      "name:\(register.name);bitsize:\(register.bits);offset:\(offset);encoding:\(isFloat ? "ieee754" : "uint");"
      + "format:\(isFloat ? "float" : "hex");set:\(register.group.lldbName);"
    if let number = facts.dwarfNumber(register.number, register.group) { text += "gcc:\(number);dwarf:\(number);" }
    if let role = register.role { text += "generic:\(role.rawValue);" }
    return text
  }

  /// `value` as the protocol writes it: little-endian, as many bytes as the register has.
  static func bytes(of value: UInt64, _ register: RegisterDescription) -> [UInt8] {
    (0..<(register.bits / 8)).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
  }

  /// The value of little-endian `bytes`, at most eight.
  static func value(of bytes: some Sequence<UInt8>) -> UInt64 {
    var value: UInt64 = 0
    for (index, byte) in bytes.prefix(8).enumerated() { value |= UInt64(byte) << UInt64(index * 8) }
    return value
  }
}

extension RegisterDescription.Group {
  fileprivate var gdbName: String { rawValue }

  fileprivate var lldbName: String {
    switch self {
    case .general: "General Purpose Registers"
    case .float: "Floating Point Registers"
    case .system: "Control and Status Registers"
    }
  }
}
