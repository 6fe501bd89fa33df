public import Backplane
public import StateCoding

/// The supervisor software interrupts of the RISC-V Advanced Core-Local Interruptor (version 1.0-rc4, chapter 4): one
/// word a hart, which reads as 0; writing a 1 to its bit 0 sets the hart's SSIP.
///
/// SSIP belongs to the hart: only software clears it, in `sip`. So this is not a wire but an edge, and the board
/// delivers it: after every write it takes the requests and sets SSIP in the harts named.
public struct ACLINTSupervisorSWI: Device, SelfChecking {
  private let hartCount: Int
  private var requests: UInt64 = 0

  /// The supervisor software interrupts of `hartCount` harts, 1 to 64.
  public init(hartCount: Int) {
    precondition((1...64).contains(hartCount), "requests name their harts in 64 bits")
    self.hartCount = hartCount
  }

  /// The registers are four bytes wide.
  public static func accepts(_ width: Width) -> Bool { width == .word }

  /// The harts whose SSIP is to be set, one bit each, and forgets them.
  public mutating func takeRequests() -> UInt64 {
    defer { requests = 0 }
    return requests
  }

  /// Zero.
  public mutating func read(_ offset: UInt64, _ width: Width, _ fabric: inout Fabric) -> UInt64 { 0 }

  /// Requests an interrupt when bit 0 is 1.
  public mutating func write(_ offset: UInt64, _ width: Width, _ value: UInt64, _ fabric: inout Fabric) {
    guard offset % 4 == 0, offset / 4 < UInt64(hartCount), value & 1 != 0 else { return }
    requests |= 1 << (offset / 4)
  }

  /// Never happens: no alarm is set here.
  public mutating func wake(_ code: UInt8, _ fabric: inout Fabric) {}

  /// Nothing comes in here.
  public mutating func receive(_ input: Input, _ fabric: inout Fabric) {}

  /// See `SelfChecking`.
  public var fault: String? { (1...64).contains(hartCount) ? nil : "registers for no number of harts" }
}
