/// Where a run is to stop for whoever debugs it. Not part of the machine: a run with stop points goes through the same
/// states as one without.
public struct StopPoints: Hashable, Sendable {
  /// Virtual addresses of instructions. A run stops before it executes one of them.
  public var breakpoints: [UInt64]
  /// Stretches of memory. A run stops behind the instruction that touches one of them.
  public var watchpoints: [Watchpoint]
  /// Registers, by their numbers for a debugger (`DebuggableBoard`). A run stops behind the step that writes one of
  /// them, whether or not the value changes.
  public var registers: [Int]

  /// Stop points, none by default.
  public init(breakpoints: [UInt64] = [], watchpoints: [Watchpoint] = [], registers: [Int] = []) {
    (self.breakpoints, self.watchpoints, self.registers) = (breakpoints, watchpoints, registers)
  }

  /// Whether there is nothing to stop at.
  public var isEmpty: Bool { breakpoints.isEmpty && watchpoints.isEmpty && registers.isEmpty }
}

/// A stretch of memory whose accesses a run stops at.
public struct Watchpoint: Hashable, Sendable {
  /// How the address is meant.
  public enum Space: Hashable, Sendable {
    /// As instructions give it, whatever it is translated to at the time.
    case virtual
    /// Guest-physical, whichever virtual address leads there. Page-table walks that set accessed and dirty bits, and
    /// devices' registers, are accesses too.
    case physical
  }

  /// How `address` is meant.
  public let space: Space
  /// The first byte.
  public let address: UInt64
  /// Bytes, at least one.
  public let byteCount: UInt64
  /// Whether loads stop a run.
  public let onRead: Bool
  /// Whether stores stop a run.
  public let onWrite: Bool

  /// A watchpoint; a stretch that would reach past the end of the address space ends there.
  public init(_ space: Space, _ address: UInt64, byteCount: UInt64, onRead: Bool, onWrite: Bool) {
    precondition(byteCount > 0 && (onRead || onWrite), "a watchpoint watches something")
    (self.space, self.address, self.onRead, self.onWrite) = (space, address, onRead, onWrite)
    self.byteCount = byteCount - 1 > .max - address ? .max - address + 1 : byteCount
  }

  /// Whether `count` bytes at `start` touch it. Nothing wraps around the end of the address space.
  public func touches(_ start: UInt64, count: UInt64) -> Bool {
    start >= address ? start - address < byteCount : address - start < count
  }
}

/// Why a run stopped at a stop point.
public struct Hit: Hashable, Sendable {
  /// What was hit.
  public enum Kind: Hashable, Sendable {
    /// The instruction at this virtual address is about to be executed.
    case breakpoint(UInt64)
    /// An access has been made.
    case access(MemoryAccess)
    /// The register of this number has been written.
    case register(Int)
  }

  /// The hart.
  public let hart: Int
  /// The step of the instruction or trap that is, or was, about to be taken: where a run must be cut to stand before
  /// it.
  public let step: UInt64
  /// What was hit.
  public let kind: Kind

  /// A hit.
  public init(hart: Int, step: UInt64, kind: Kind) { (self.hart, self.step, self.kind) = (hart, step, kind) }
}

/// An access to memory, as a watchpoint saw it.
public struct MemoryAccess: Hashable, Sendable {
  /// The index of the watchpoint in `StopPoints.watchpoints`; the first when it touched several.
  public let watchpoint: Int
  /// The address as the instruction gave it; of a page-table walk, the address that was being translated.
  public let virtualAddress: UInt64
  /// The guest-physical address of the first byte.
  public let physicalAddress: UInt64
  /// Bytes of the access.
  public let byteCount: Int
  /// Whether it was a write. An atomic is one.
  public let isWrite: Bool

  /// An access.
  public init(watchpoint: Int, virtualAddress: UInt64, physicalAddress: UInt64, byteCount: Int, isWrite: Bool) {
    (self.watchpoint, self.virtualAddress, self.physicalAddress) = (watchpoint, virtualAddress, physicalAddress)
    (self.byteCount, self.isWrite) = (byteCount, isWrite)
  }
}
