internal import Backplane

/// The stop points that a debugger has set, by the kinds of its packets.
struct PointSet {
  /// The kinds (gdb manual, "Packets", `z type,addr,kind`).
  enum Kind: Int {
    case softwareBreak = 0
    case hardwareBreak = 1
    case writeWatch = 2
    case readWatch = 3
    case accessWatch = 4
  }

  struct Point: Hashable {
    let kind: Kind
    let address: UInt64
    /// Bytes watched; of a breakpoint, of no meaning.
    let byteCount: UInt64
  }

  /// More than anybody sets by hand; each costs a little at every access.
  static let countMax = 4096

  private(set) var points: [Point] = []

  /// Adds `point`; adding it again changes nothing. False when there are too many.
  mutating func insert(_ point: Point) -> Bool {
    guard !points.contains(point) else { return true }
    guard points.count < Self.countMax else { return false }
    points.append(point)
    return true
  }

  /// Takes `point` away, if it is there.
  mutating func remove(_ point: Point) { points.removeAll { $0 == point } }

  /// The breakpoint at `address`.
  func breakpoint(at address: UInt64) -> Point? {
    points.first { ($0.kind == .softwareBreak || $0.kind == .hardwareBreak) && $0.address == address }
  }

  /// The watchpoints, in the order of `stops.watchpoints`.
  var watches: [Point] { points.filter { $0.kind != .softwareBreak && $0.kind != .hardwareBreak } }

  /// Where a run is to stop.
  var stops: StopPoints {
    var stops = StopPoints(watchpoints: watchpoints)
    for point in points where point.kind == .softwareBreak || point.kind == .hardwareBreak {
      if !stops.breakpoints.contains(point.address) { stops.breakpoints.append(point.address) }
    }
    return stops
  }

  /// Where a single step is to stop.
  var watchpoints: [Watchpoint] {
    watches.map { point in
      Watchpoint(
        .virtual, point.address, byteCount: point.byteCount, onRead: point.kind != .writeWatch,
        onWrite: point.kind != .readWatch)
    }
  }
}
