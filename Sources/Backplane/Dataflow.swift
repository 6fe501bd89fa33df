// What a step does with values, in words that know no instruction set.

/// A stretch of memory: guest-physical, with the virtual address that led there. It lies within a page.
public struct MemoryPiece: Hashable, Sendable {
  /// The address as the instruction gave it.
  public let virtualAddress: UInt64
  /// The guest-physical address.
  public let physicalAddress: UInt64
  /// Bytes, at least one.
  public let byteCount: Int

  /// A stretch.
  public init(virtualAddress: UInt64, physicalAddress: UInt64, byteCount: Int) {
    (self.virtualAddress, self.physicalAddress) = (virtualAddress, physicalAddress)
    self.byteCount = byteCount
  }
}

/// Something that a value is made of.
public enum ValueSource: Hashable, Sendable {
  /// The register of this number (`DebuggableBoard`).
  case register(Int)
  /// Memory, in the order of its bytes: one piece a page.
  case memory([MemoryPiece])
  /// A register of the device at a slot, read: the offset from the device's base, and bytes.
  case device(Slot, offset: UInt64, byteCount: Int)
  /// A number that the instruction holds.
  case constant(Int64)
  /// An address that the instruction computes from its own.
  case address(UInt64)
  /// What has a name and no place, such as the outcome of a reservation.
  case named(String)
  /// The interrupt line of the device at a slot.
  case line(Slot)
}

/// Where a value goes.
public enum ValueTarget: Hashable, Sendable {
  /// The register of this number.
  case register(Int)
  /// Memory, in the order of its bytes: one piece a page.
  case memory([MemoryPiece])
}

/// A value that a step writes.
public struct ValueWrite: Hashable, Sendable {
  /// Where it goes.
  public let target: ValueTarget
  /// What it is made of.
  public let sources: [ValueSource]
  /// What only says where `target` or a source lies.
  public let addressSources: [ValueSource]

  /// A write.
  public init(_ target: ValueTarget, from sources: [ValueSource], addressSources: [ValueSource] = []) {
    (self.target, self.sources, self.addressSources) = (target, sources, addressSources)
  }
}

/// A trap that a hart has taken.
public struct TrapDescription: Hashable, Sendable {
  /// Whether it is an interrupt, and not an exception of the instruction that was about to be executed.
  public let isInterrupt: Bool
  /// What it is, in the words of the architecture: `load page fault`.
  public let name: String
  /// What it writes.
  public let writes: [ValueWrite]

  /// A trap.
  public init(isInterrupt: Bool, name: String, writes: [ValueWrite]) {
    (self.isInterrupt, self.name, self.writes) = (isInterrupt, name, writes)
  }
}

/// What kind of value a register holds.
public enum RegisterNature: Hashable, Sendable {
  /// It holds what was last written to it.
  case plain
  /// It runs by itself: time, cycles, instructions.
  case counter
  /// It shows wires, beside what was written to it.
  case wires
  /// It never changes.
  case fixed
}

/// A board that can say what its steps do with values: enough to follow a value back to where it came from.
public protocol DataflowBoard: Board {
  /// What the next instruction of hart `hart` writes if it retires; `nil` when it cannot be fetched. Changes nothing,
  /// and tells nothing of whether it retires.
  func dataflow(hart: Int, memory: Memory) -> [ValueWrite]?

  /// How many instructions hart `hart` has retired. A step that does not add to it was a trap.
  func retiredCount(hart: Int) -> UInt64

  /// The trap that hart `hart` has entered in the step before this moment; the trap alone knows what it wrote.
  /// - Parameter planned: what the instruction would have written that the trap came instead of.
  func trap(hart: Int, insteadOf planned: [ValueWrite]) -> TrapDescription

  /// What kind of value register `number` holds.
  static func nature(ofRegister number: Int) -> RegisterNature

  /// What people call the device at `slot`.
  static func name(of slot: Slot) -> String

  /// The register of the device at `slot` through which bytes that entered are read, one a read; `nil` when there is
  /// none.
  static func inputOffset(of slot: Slot) -> UInt64?

  /// The bytes that have entered at `slot` and wait to be read, oldest first.
  func waitingBytes(at slot: Slot) -> [UInt8]
}
