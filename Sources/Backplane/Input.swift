public import VirtualTime

/// A device's place on its board: a small number the board hands out, the same in every run of that board.
public struct Slot: Hashable, Codable, Sendable {
  /// The number, 0 to 255.
  public let number: UInt8

  /// The slot `number`.
  public init(_ number: UInt8) { self.number = number }
}

/// Something that comes into the machine from outside. There is no other way in.
public struct Input: Hashable, Codable, Sendable {
  /// The device it is for.
  public let slot: Slot
  /// What arrives, in the device's own terms: console bytes, a packet.
  public let bytes: [UInt8]

  /// `bytes` for the device at `slot`.
  public init(slot: Slot, bytes: [UInt8]) { (self.slot, self.bytes) = (slot, bytes) }
}

/// An input and the moment at which it entered.
public struct StampedInput: Hashable, Codable, Sendable {
  /// When it entered. The cycle tells how long the machine had idled, if it was idle.
  public let moment: Moment
  /// What entered.
  public let input: Input

  /// `input`, entering at `moment`.
  public init(moment: Moment, input: Input) { (self.moment, self.input) = (moment, input) }
}
