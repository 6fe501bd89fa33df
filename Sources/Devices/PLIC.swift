public import Backplane
public import StateCoding

/// The platform-level interrupt controller (RISC-V PLIC specification 1.0.0) with 63 sources, laid out as on QEMU's
/// `virt` board: two contexts a hart, machine mode first, then supervisor mode; priorities of 0 to 7.
///
/// Every source is a level. Its gateway (section "Interrupt Gateways") forwards one request when the level is high,
/// takes nothing back when it falls, and forwards the next only after completion. A claim is not affected by the
/// threshold ("Interrupt Claim Process"), and completing a source that is not enabled for the context does nothing
/// ("Interrupt Completion").
public struct PLIC: Device, SelfChecking {
  /// The sources, by number; there is no source 0.
  private var priority = [UInt8](repeating: 0, count: 64)
  /// The requests that wait to be claimed.
  private var pending: UInt64 = 0
  /// The sources that were claimed and are not completed: their gateways are shut.
  private var claimed: UInt64 = 0

  // One of each a context.
  private var enabled: [UInt64]
  private var threshold: [UInt8]

  /// A controller for `hartCount` harts, 1 to 256.
  public init(hartCount: Int) {
    precondition((1...256).contains(hartCount), "a controller needs a hart")
    enabled = Array(repeating: 0, count: 2 * hartCount)
    threshold = Array(repeating: 0, count: 2 * hartCount)
  }

  /// The registers are four bytes wide.
  public static func accepts(_ width: Width) -> Bool { width == .word }

  /// Takes in the levels of the lines and drives the harts' external-interrupt wires. The board calls this whenever a
  /// level may have changed.
  public mutating func update(_ fabric: inout Fabric) {
    pending |= fabric.levels & ~claimed & Self.sources
    for context in enabled.indices {
      let best = best(context)
      fabric.setHartLine(
        context / 2, bit: context % 2 == 0 ? Self.machineBit : Self.supervisorBit,
        high: best > 0 && priority[best] > threshold[context])
    }
  }

  // MARK: Read

  /// Reads a register. Reading claim/complete claims.
  public mutating func read(_ offset: UInt64, _ width: Width, _ fabric: inout Fabric) -> UInt64 {
    switch place(of: offset) {
    case .priority(let source): return UInt64(priority[source])
    case .pending(let word): return pending >> (32 * word) & 0xffff_ffff
    case .enabled(let context, let word): return enabled[context] >> (32 * word) & 0xffff_ffff
    case .threshold(let context): return UInt64(threshold[context])
    case .claim(let context):
      let source = best(context)
      claimed |= 1 << UInt64(source) & Self.sources
      pending &= ~(1 << UInt64(source))
      update(&fabric)
      return UInt64(source)
    case nil: return 0
    }
  }

  // MARK: Write

  /// Writes a register. Writing claim/complete completes.
  public mutating func write(_ offset: UInt64, _ width: Width, _ value: UInt64, _ fabric: inout Fabric) {
    let value = value & 0xffff_ffff
    switch place(of: offset) {
    case .priority(let source) where source > 0: priority[source] = UInt8(value & Self.highestPriority)
    case .enabled(let context, let word):
      let mask = UInt64(0xffff_ffff) << (32 * word)
      enabled[context] = (enabled[context] & ~mask | value << (32 * word)) & Self.sources
    case .threshold(let context): threshold[context] = UInt8(value & Self.highestPriority)
    case .claim(let context):
      if value < 64, enabled[context] >> value & 1 != 0 { claimed &= ~(1 << value) }
    default: return
    }
    update(&fabric)
  }

  /// The source that a claim for `context` would be given now; 0 when there is none. Changes nothing.
  public func pendingSource(context: Int) -> Int { best(context) }

  // MARK: Wake, receive

  /// Never happens: the controller sets no alarm.
  public mutating func wake(_ code: UInt8, _ fabric: inout Fabric) {}

  /// Nothing comes in here.
  public mutating func receive(_ input: Input, _ fabric: inout Fabric) {}

  /// See `SelfChecking`.
  public var fault: String? {
    if priority.count != 64 { return "priorities for \(priority.count) sources" }
    let isWhole = enabled.count == threshold.count && enabled.count % 2 == 0 && (2...512).contains(enabled.count)
    return isWhole ? nil : "registers for no number of harts"
  }
}

extension PLIC {
  private enum Place {
    case priority(source: Int)
    case pending(word: UInt64)
    case enabled(context: Int, word: UInt64)
    case threshold(context: Int)
    case claim(context: Int)
  }

  /// The bits of the sources that exist.
  private static let sources: UInt64 = ~1
  private static let highestPriority: UInt64 = 7
  private static let machineBit = 11
  private static let supervisorBit = 9

  /// The register at `offset` (section "Memory Map"; SiFive's PLIC has the same).
  private func place(of offset: UInt64) -> Place? {
    guard offset % 4 == 0 else { return nil }
    switch offset {
    case 0..<0x100: return .priority(source: Int(offset / 4))
    case 0x1000..<0x1008: return .pending(word: (offset - 0x1000) / 4)
    case 0x2000..<0x20_0000:
      let (context, byte) = (offset - 0x2000).quotientAndRemainder(dividingBy: 0x80)
      return context < UInt64(enabled.count) && byte < 8 ? .enabled(context: Int(context), word: byte / 4) : nil
    case 0x20_0000..<0x400_0000:
      let (context, byte) = (offset - 0x20_0000).quotientAndRemainder(dividingBy: 0x1000)
      guard context < UInt64(enabled.count) else { return nil }
      return byte == 0 ? .threshold(context: Int(context)) : byte == 4 ? .claim(context: Int(context)) : nil
    default: return nil
    }
  }

  /// The pending source of the highest priority that is enabled for `context`, the lowest number among equals; 0 when
  /// there is none. Priority 0 never interrupts (section "Interrupt Priorities").
  private func best(_ context: Int) -> Int {
    var candidates = pending & enabled[context]
    var best = 0
    while candidates != 0 {
      let source = candidates.trailingZeroBitCount
      candidates &= candidates - 1
      if priority[source] > priority[best] { best = source }
    }
    return best
  }
}
