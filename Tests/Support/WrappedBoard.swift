public import Backplane
public import Boards

/// A board that runs the board `virt` in its own way, and is as it in all that a debugger asks for.
public protocol WrappedBoard: DebuggableBoard {
  /// What is run.
  var virt: VirtBoard { get set }
}

extension WrappedBoard {
  /// See `Board`.
  public var fabric: Fabric {
    get { virt.fabric }
    set { virt.fabric = newValue }
  }

  /// See `DebuggableBoard`.
  public static var architecture: String { VirtBoard.architecture }
  /// See `DebuggableBoard`.
  public static var features: [RegisterFeature] { VirtBoard.features }
  /// See `DebuggableBoard`.
  public var hartCount: Int { virt.hartCount }
  /// See `DebuggableBoard`.
  public func register(_ number: Int, hart: Int) -> UInt64? { virt.register(number, hart: hart) }
  /// See `DebuggableBoard`.
  public func translate(_ address: UInt64, hart: Int, memory: Memory) -> UInt64? {
    virt.translate(address, hart: hart, memory: memory)
  }
  /// See `DebuggableBoard`.
  public func privilegeName(hart: Int) -> String { virt.privilegeName(hart: hart) }
  /// See `DebuggableBoard`.
  public func disassemble(_ bytes: [UInt8], at address: UInt64) -> (text: String, byteCount: Int)? {
    virt.disassemble(bytes, at: address)
  }
  /// See `DebuggableBoard`.
  public mutating func apply(_ edit: Edit, memory: Memory) -> Bool { virt.apply(edit, memory: memory) }

  /// See `DataflowBoard`.
  public func dataflow(hart: Int, memory: Memory) -> [ValueWrite]? { virt.dataflow(hart: hart, memory: memory) }
  /// See `DataflowBoard`.
  public func retiredCount(hart: Int) -> UInt64 { virt.retiredCount(hart: hart) }
  /// See `DataflowBoard`.
  public func trap(hart: Int, insteadOf planned: [ValueWrite]) -> TrapDescription {
    virt.trap(hart: hart, insteadOf: planned)
  }
  /// See `DataflowBoard`.
  public static func nature(ofRegister number: Int) -> RegisterNature { VirtBoard.nature(ofRegister: number) }
  /// See `DataflowBoard`.
  public static func name(of slot: Slot) -> String { VirtBoard.name(of: slot) }
  /// See `DataflowBoard`.
  public static func inputOffset(of slot: Slot) -> UInt64? { VirtBoard.inputOffset(of: slot) }
  /// See `DataflowBoard`.
  public func waitingBytes(at slot: Slot) -> [UInt8] { virt.waitingBytes(at: slot) }
}
