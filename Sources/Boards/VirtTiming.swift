public import Backplane
internal import Devices

/// What real hardware leaves open of this board's timing, and by default happens as early as it can.
public enum VirtTiming {
  /// The serial port has sent a frame.
  public static let sent = Alarm(.uart, UART16550.Timer.transmitted.rawValue, "sent")
  /// A frame has come in at the serial port.
  public static let received = Alarm(.uart, UART16550.Timer.arrived.rawValue, "received")
  /// Nothing has come in at the serial port, and nothing was read there, for four frames.
  public static let receivedLast = Alarm(.uart, UART16550.Timer.timeout.rawValue, "received-last")

  /// The alarms with a leeway.
  public static let alarms = [sent, received, receivedLast]

  /// An alarm of a device that may come later than by default.
  public struct Alarm: Hashable, Sendable {
    /// Whose.
    public let place: VirtSlot
    /// What it means to the device.
    public let code: UInt8
    /// The name people know it by.
    public let name: String
    /// The slot of its device.
    public var owner: Slot { place.slot }

    init(_ place: VirtSlot, _ code: UInt8, _ name: String) {
      (self.place, self.code, self.name) = (place, code, name)
    }
  }

  /// The name of the slot that postponements are for.
  public static let slotName = "timing"

  /// What `postponement` asks for, for people; `nil` when the board has no such leeway and does nothing.
  public static func description(of postponement: Postponement) -> String? {
    let alarm = alarms.first { $0.owner == postponement.owner && $0.code == postponement.code }
    return alarm.map { "\($0.place.name) \($0.name) later by \(percent(postponement.share)) of the leeway" }
  }

  /// `share` in percent, with two places, rounded down.
  private static func percent(_ share: UInt32) -> String {
    let hundredths = (UInt64(share) * 10_000) >> 32
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) %"
  }
}

extension VirtBoard {
  /// Postpones an alarm that is set, by no more than its leeway. An input of another form, or for an alarm that has no
  /// leeway or is not set, does nothing.
  mutating func postpone(_ input: Input) {
    guard let postponement = Postponement(input), postponement.owner == VirtSlot.uart.slot else { return }
    let leewayCycles = uart.leewayCycles(of: postponement.code, fabric)
    fabric.postpone(postponement.owner, postponement.code, by: postponement.cycles(of: leewayCycles))
  }
}
