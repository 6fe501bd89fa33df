public import Backplane
public import StateCoding
public import VirtualTime

/// The machine timer and the machine software interrupts of the RISC-V Advanced Core-Local Interruptor (version
/// 1.0-rc4), laid out as SiFive's CLINT (section 1.1 of the specification says how the two agree): `msip` from offset
/// 0, one word a hart; `mtimecmp` from 0x4000, eight bytes a hart; `mtime` at 0xbff8.
///
/// `mtime` counts ticks of the board's clock at an exact rate and can be written. A hart's timer interrupt is pending
/// exactly while `mtime` ≥ `mtimecmp` (privileged architecture 20240411, section 3.2.1), so it also ends when `mtime`
/// wraps. `mtimecmp`, unknown after reset in the specification, is all ones: no timer is set.
public struct ACLINT: Device, SelfChecking {
  // Wiring.
  private let slot: Slot
  /// Ticks of `mtime` per cycle of the board's clock.
  public let rate: Rate

  /// What the guest's writes to `mtime` have added to it, in ticks; wraps. The harts' `time` CSRs must agree.
  public private(set) var timeOffset: UInt64 = 0
  private var compare: [UInt64]
  private var software: [Bool]

  /// The timer and software interrupts of `hartCount` harts, 1 to 256, with `rate` ticks of `mtime` per cycle.
  public init(slot: Slot, hartCount: Int, rate: Rate) {
    precondition((1...256).contains(hartCount), "an alarm names its hart in eight bits")
    (self.slot, self.rate) = (slot, rate)
    compare = Array(repeating: .max, count: hartCount)
    software = Array(repeating: false, count: hartCount)
  }

  /// Registers are four and eight bytes wide; halves of the long ones can be accessed on their own.
  public static func accepts(_ width: Width) -> Bool { width == .word || width == .double }

  /// The value of `mtime` at `cycle`.
  public func time(at cycle: Cycle) -> UInt64 { rate.ticks(for: cycle.count) &+ timeOffset }

  // MARK: Read

  /// Reads a register or half of one.
  public mutating func read(_ offset: UInt64, _ width: Width, _ fabric: inout Fabric) -> UInt64 {
    let shift = offset & 4 * 8
    switch place(of: offset, width) {
    case .software(let hart):
      let next = width == .double && hart + 1 < software.count && software[hart + 1]
      return (software[hart] ? 1 : 0) | (next ? 1 << 32 : 0)
    case .compare(let hart): return compare[hart] >> shift & width.mask
    case .time: return time(at: fabric.now.cycle) >> shift & width.mask
    case nil: return 0
    }
  }

  // MARK: Write

  /// Writes a register or half of one; the wires follow at once.
  public mutating func write(_ offset: UInt64, _ width: Width, _ value: UInt64, _ fabric: inout Fabric) {
    let shift = offset & 4 * 8
    let (mask, value) = (width.mask << shift, (value & width.mask) << shift)
    switch place(of: offset, width) {
    case .software(let hart):
      let word = value >> shift
      setSoftware(hart, word & 1 != 0, &fabric)
      if width == .double, hart + 1 < software.count { setSoftware(hart + 1, word >> 32 & 1 != 0, &fabric) }
    case .compare(let hart):
      compare[hart] = compare[hart] & ~mask | value
      updateTimer(hart, &fabric)
    case .time:
      let time = time(at: fabric.now.cycle) & ~mask | value
      timeOffset = time &- rate.ticks(for: fabric.now.cycle.count)
      for hart in compare.indices { updateTimer(hart, &fabric) }
    case nil: break
    }
  }

  // MARK: Wake

  /// The timer interrupt of hart `code` begins or ends.
  public mutating func wake(_ code: UInt8, _ fabric: inout Fabric) {
    guard Int(code) < compare.count else { return }
    updateTimer(Int(code), &fabric)
  }

  // MARK: Receive

  /// Nothing comes in here.
  public mutating func receive(_ input: Input, _ fabric: inout Fabric) {}

  /// See `SelfChecking`.
  public var fault: String? {
    if compare.count != software.count || !(1...256).contains(compare.count) {
      return "registers for no number of harts"
    }
    return rate.numerator == 0 || rate.denominator == 0 ? "the timer stands still" : nil
  }
}

extension ACLINT {
  private enum Place {
    case software(hart: Int)
    case compare(hart: Int)
    case time
  }

  private static let softwareBit = 3
  private static let timerBit = 7

  /// The register at `offset`; a long access must be aligned to hit a long register.
  private func place(of offset: UInt64, _ width: Width) -> Place? {
    let isAligned = offset % 8 == 0 || width == .word && offset % 4 == 0
    switch offset {
    case 0..<0x4000:
      let hart = Int(offset / 4)
      return isAligned && hart < software.count ? .software(hart: hart) : nil
    case 0x4000..<0xbff8:
      let hart = Int((offset - 0x4000) / 8)
      return isAligned && hart < compare.count ? .compare(hart: hart) : nil
    case 0xbff8..<0xc000: return isAligned ? .time : nil
    default: return nil
    }
  }

  private mutating func setSoftware(_ hart: Int, _ isPending: Bool, _ fabric: inout Fabric) {
    software[hart] = isPending
    fabric.setHartLine(hart, bit: Self.softwareBit, high: isPending)
  }

  /// Puts the timer interrupt of `hart` on its wire, and asks to be woken at the first cycle at which it changes.
  private func updateTimer(_ hart: Int, _ fabric: inout Fabric) {
    let ticks = rate.ticks(for: fabric.now.cycle.count)
    let time = ticks &+ timeOffset
    let isPending = time >= compare[hart]
    fabric.setHartLine(hart, bit: Self.timerBit, high: isPending)
    // Pending, it ends when mtime wraps to 0, unless that is late enough too; else it begins at mtimecmp.
    let wait = isPending ? 0 &- time : compare[hart] - time
    let (due, overflow) = ticks.addingReportingOverflow(wait)
    let isForEver = overflow || isPending && compare[hart] == 0
    fabric.wake(slot, UInt8(truncatingIfNeeded: hart), at: isForEver ? .never : Cycle(rate.count(until: due)))
  }
}
