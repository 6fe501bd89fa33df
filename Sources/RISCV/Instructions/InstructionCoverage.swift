/// Which operations a set of tests has tried.
public struct InstructionCoverage: Equatable, Sendable {
  /// One flag for each operation, at its raw value.
  private var noted = [Bool](repeating: false, count: Operation.allCases.count)

  /// Nothing tried yet.
  public init() {}

  /// Records that `operation` was tried.
  public mutating func note(_ operation: Operation) {
    noted[Int(operation.rawValue)] = true
  }

  /// The operations not yet tried, in the order of `Operation`; never `illegal`, which is not an instruction.
  public func missing() -> [Operation] {
    Operation.allCases.filter { $0 != .illegal && !noted[Int($0.rawValue)] }
  }
}
