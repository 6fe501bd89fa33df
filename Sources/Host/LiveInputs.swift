public import Backplane
public import VirtualTime

/// Keys as someone types them, with guest time paced to the wall clock: one nanosecond of guest time never takes less
/// than one of the host's.
///
/// A guest that is slower than the wall clock falls behind it. While it idles it catches up a little, so that regular
/// timers keep their rhythm, but the rest is forgotten: after a long computation `sleep 1` still takes a second.
public struct LiveInputs: InputSource {
  /// Steps between two looks at the keys while the guest is busy: well below a millisecond.
  private static let lookSteps: UInt64 = 1 << 16
  /// The longest wait at once, in nanoseconds: what ends a run is looked at between waits.
  private static let waitMax: UInt64 = 50_000_000
  /// How far behind the wall clock an idle guest catches up at once, in nanoseconds.
  private static let lagMax: UInt64 = 50_000_000

  private let slot: Slot
  private let keys: any KeySource
  private let rate: Rate
  private var nextLook: UInt64 = 0
  /// Keys that were found while the guest idled enter at this cycle.
  private var readyAt: Cycle?
  private var isClosed = false
  /// A host time and the guest time that belongs to it.
  private var anchor: (host: UInt64, guest: UInt64)?

  /// Keys for the device at `slot` of a machine whose clock has `clockHertz`.
  public init(_ keys: any KeySource, slot: Slot, clockHertz: UInt64) {
    (self.keys, self.slot) = (keys, slot)
    rate = Rate(1_000_000_000, per: clockHertz)
  }

  /// See `InputSource`.
  public mutating func horizon(after moment: Moment) -> Step {
    Step(max(nextLook, moment.step.count + 1))
  }

  /// See `InputSource`.
  public mutating func take(at moment: Moment) -> [Input] {
    if let ready = readyAt {
      guard moment.cycle >= ready else { return [] }
      readyAt = nil
    } else {
      guard moment.step.count >= nextLook else { return [] }
      holdBack(moment)
    }
    nextLook = moment.step.count + Self.lookSteps
    guard !isClosed, keys.wait(nanoseconds: 0) else { return [] }
    guard let bytes = keys.read() else {
      isClosed = true
      return []
    }
    return bytes.isEmpty ? [] : [Input(slot: slot, bytes: bytes)]
  }

  /// See `InputSource`.
  public mutating func idle(from moment: Moment, until alarm: Cycle?) -> Cycle? {
    let soon = moment.cycle.advanced(by: rate.count(until: Self.waitMax))
    // Whoever wants the run to end waits for no clock.
    if keys.wantsEnd { return min(soon, alarm ?? .never) }
    if isClosed, alarm == nil { return nil }
    limitLag(moment)
    let start = hostTime(of: moment)
    let target = min(soon, alarm ?? .never)
    let span = rate.ticks(for: target.count) - rate.ticks(for: moment.cycle.count)
    let ahead = Int64(bitPattern: start &+ span &- keys.nanoseconds)
    let hasKeys = keys.wait(nanoseconds: ahead > 0 ? UInt64(ahead) : 0)
    let passed = Int64(bitPattern: keys.nanoseconds &- start)
    let reached = moment.cycle.advanced(by: max(1, rate.count(until: UInt64(max(0, passed)))))
    let cycle = min(reached, target)
    if hasKeys { readyAt = cycle }
    return cycle
  }

  /// Waits while the guest is ahead of the wall clock, unless there is a key.
  private mutating func holdBack(_ moment: Moment) {
    let start = hostTime(of: moment)
    while !keys.wantsEnd {
      let ahead = Int64(bitPattern: start &- keys.nanoseconds)
      guard ahead > 0, !keys.wait(nanoseconds: min(UInt64(ahead), Self.waitMax)) else { return }
    }
  }

  /// The host time that belongs to `moment`.
  private mutating func hostTime(of moment: Moment) -> UInt64 {
    let guest = rate.ticks(for: moment.cycle.count)
    let anchor = anchor ?? (keys.nanoseconds, guest)
    self.anchor = anchor
    return anchor.host &+ (guest &- anchor.guest)
  }

  /// Forgets how far the guest is behind, but for a little.
  private mutating func limitLag(_ moment: Moment) {
    let lag = Int64(bitPattern: keys.nanoseconds &- hostTime(of: moment))
    guard lag > Int64(Self.lagMax), let anchor else { return }
    self.anchor = (anchor.host &+ UInt64(lag) &- Self.lagMax, anchor.guest)
  }
}
