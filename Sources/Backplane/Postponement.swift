internal import VirtualTime

/// An input for the board itself: an alarm that a device has set comes later, by a share of the leeway that real
/// hardware has there.
///
/// It is how a run that is varied differs from one that is not, and so it is in the trace as any other input. A share
/// can ask for nothing that is out of bounds: which alarms have a leeway, and how much, is the board's affair
/// (Documentation/GuestInterface.md, "What hardware leaves open").
public struct Postponement: Hashable, Sendable {
  /// The slot that such inputs are for: of no device.
  public static let slot = Slot(0)
  private static let byteCount = 6

  /// Whose alarm.
  public let owner: Slot
  /// What the alarm means to that device.
  public let code: UInt8
  /// How much of the leeway, in parts of 2^32.
  public let share: UInt32

  /// The alarm `code` of `owner` comes later by `share` of its leeway.
  public init(owner: Slot, code: UInt8, share: UInt32) { (self.owner, self.code, self.share) = (owner, code, share) }

  /// What `input` asks for; `nil` when it is for a device, or has another form.
  public init?(_ input: Input) {
    guard input.slot == Self.slot, input.bytes.count == Self.byteCount else { return nil }
    owner = Slot(input.bytes[0])
    code = input.bytes[1]
    share = input.bytes[2...].reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// The input that asks for it: owner, code, and the share in little-endian order.
  public var input: Input {
    var bytes = [owner.number, code]
    for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: share >> shift)) }
    return Input(slot: Self.slot, bytes: bytes)
  }

  /// The cycles of a leeway of `leewayCycles`, rounded down.
  public func cycles(of leewayCycles: UInt64) -> UInt64 {
    let product = leewayCycles.multipliedFullWidth(by: UInt64(share))
    return product.high << 32 | product.low >> 32
  }
}

extension Fabric {
  /// Lets the alarm `code` of `slot` come `cycles` later; nothing happens when it is not set.
  public mutating func postpone(_ slot: Slot, _ code: UInt8, by cycles: UInt64) {
    guard cycles > 0, let alarm = queue.pending.first(where: { $0.owner == slot.number && $0.code == code }) else {
      return
    }
    queue.set(slot.number, code, at: alarm.when.advanced(by: cycles))
  }
}
