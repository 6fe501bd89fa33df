/// What each class of instruction costs in cycles: a plain in-order core. Cycle-counted, never cycle-accurate.
///
/// The table is part of every trace's meaning: its name and revision stand in the header, and a change of any number is
/// a new revision.
public enum CostModel {
  /// The name of the model.
  public static let name = "in-order"
  /// The revision of its table.
  public static let revision: UInt64 = 1
  /// Cycles of entering a trap handler, exception or interrupt.
  public static let trapCycles: UInt64 = 4

  /// Cycles of one instruction of `costClass`; at least 1.
  public static func cycles(of costClass: CostClass) -> UInt32 {
    switch costClass {
    case .simple, .store: 1
    case .load, .branch, .jump, .csr, .fence, .floatSimple: 2
    case .multiply: 3
    case .atomic, .system, .floatArithmetic, .cacheBlock: 4
    case .floatFused: 5
    case .divide, .floatDivide: 20
    case .floatSquareRoot: 25
    }
  }
}
