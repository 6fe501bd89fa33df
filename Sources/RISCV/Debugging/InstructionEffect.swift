internal import Bits

/// What an operation does that can be seen from outside: worked out once for each.
struct OperationFacts: Sendable {
  enum Destination: UInt8, Sendable {
    case none, integer, float
  }

  enum Memory: UInt8, Sendable {
    case none, load, store, loadReserved, storeConditional, atomic, zero
  }

  let destination: Destination
  let memory: Memory
  let byteCount: UInt8
  /// Whether it names a CSR.
  let namesCSR: Bool
  /// Whether it may change the state of the floating-point unit, or is a return from a trap.
  let changesStatus: Bool
  let cycles: UInt64

  static let all: [OperationFacts] = Operation.allCases.map(OperationFacts.init)

  static func of(_ operation: Operation) -> OperationFacts { all[Int(operation.rawValue)] }

  private init(_ operation: Operation) {
    let line = InstructionSet.description(of: operation)
    let operands = line.format.operands
    destination = operands.contains(.rd) ? .integer : operands.contains(.floatRd) ? .float : .none
    namesCSR = operands.contains(.csr)
    changesStatus =
      operation.isFloatComputation || operation.writesFloatRegister || operation == .mret || operation == .sret
    cycles = UInt64(CostModel.cycles(of: line.costClass))
    (memory, byteCount) = Self.access(of: operation)
  }

  private static func access(of operation: Operation) -> (Memory, UInt8) {
    switch operation {
    case .lb, .lbu: (.load, 1)
    case .lh, .lhu: (.load, 2)
    case .lw, .lwu, .flw: (.load, 4)
    case .ld, .fld: (.load, 8)
    case .sb: (.store, 1)
    case .sh: (.store, 2)
    case .sw, .fsw: (.store, 4)
    case .sd, .fsd: (.store, 8)
    case .lrW: (.loadReserved, 4)
    case .lrD: (.loadReserved, 8)
    case .scW: (.storeConditional, 4)
    case .scD: (.storeConditional, 8)
    case .amoswapW, .amoaddW, .amoxorW, .amoandW, .amoorW, .amominW, .amomaxW, .amominuW, .amomaxuW: (.atomic, 4)
    case .amoswapD, .amoaddD, .amoxorD, .amoandD, .amoorD, .amominD, .amomaxD, .amominuD, .amomaxuD: (.atomic, 8)
    case .cboZero: (.zero, UInt8(HartDescription.cacheBlockBytes))
    default: (.none, 0)
    }
  }
}
