/// Something that is to happen at a cycle: data, never a closure, so that it can be saved.
public struct Alarm: Hashable, Codable, Sendable {
  /// When it is due.
  public let when: Cycle
  /// Settles ties: the alarm set first comes first.
  public let order: UInt64
  /// The slot of the device that set it.
  public let owner: UInt8
  /// What it means to that device.
  public let code: UInt8
}

/// The alarms that are set, soonest first. At most one per owner and code. The order of ties is part of the state.
public struct EventQueue: Hashable, Codable, Sendable {
  /// Soonest first; ties by `order`. Few at a time, so an array is the fastest heap.
  public private(set) var pending: [Alarm] = []
  private var nextOrder: UInt64 = 0

  /// An empty queue.
  public init() {}

  /// When the first alarm is due; `never` when none is set.
  public var soonest: Cycle { pending.first?.when ?? .never }

  /// Sets the alarm `code` of `owner` to `when`, in place of the one set before.
  public mutating func set(_ owner: UInt8, _ code: UInt8, at when: Cycle) {
    cancel(owner, code)
    guard when != .never else { return }
    let alarm = Alarm(when: when, order: nextOrder, owner: owner, code: code)
    nextOrder += 1
    let place = pending.firstIndex { $0.when > when } ?? pending.endIndex
    pending.insert(alarm, at: place)
  }

  /// Takes back the alarm `code` of `owner`; nothing happens when it is not set.
  public mutating func cancel(_ owner: UInt8, _ code: UInt8) {
    pending.removeAll { $0.owner == owner && $0.code == code }
  }

  /// What makes a decoded queue impossible; `nil` when nothing does.
  public var fault: String? {
    if nextOrder > .max / 2 { return "more alarms than can have been set" }
    for (one, other) in zip(pending, pending.dropFirst()) where (other.when, other.order) <= (one.when, one.order) {
      return "alarms out of order"
    }
    if pending.last?.when == .never { return "an alarm that is never due" }
    if !pending.allSatisfy({ $0.order < nextOrder }) { return "an alarm from the future" }
    if Self.hasTwins(pending.map(\.order)) { return "two alarms set at once" }
    let names = pending.map { UInt64($0.owner) << 8 | UInt64($0.code) }
    return Self.hasTwins(names) ? "an alarm that is set twice" : nil
  }

  private static func hasTwins(_ values: [UInt64]) -> Bool {
    let sorted = values.sorted()
    return zip(sorted, sorted.dropFirst()).contains { $0 == $1 }
  }

  /// Removes and returns the first alarm due at or before `now`.
  public mutating func popDue(by now: Cycle) -> Alarm? {
    guard let first = pending.first, first.when <= now else { return nil }
    return pending.removeFirst()
  }
}
