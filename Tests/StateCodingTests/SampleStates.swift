import StateCoding

/// A state with one field of every kind.
struct Sample: MachineState {
  enum Colour: UInt8, Codable { case red = 1, green = 2 }
  enum Event: Codable, Equatable {
    case none
    case key(UInt8, shift: Bool)
    case text(String)
  }
  struct Flags: OptionSet, Codable {
    let rawValue: UInt16
  }
  struct Inner: Codable, Equatable {
    var small: Int8 = -2
    var wide: Int64 = -2
    var optional: UInt16? = 0x1234
    var missing: UInt64?
  }
  var flag = true
  var byte: UInt8 = 0x11
  var half: UInt16 = 0x2233
  var word: Int32 = -1
  var double: UInt64 = 0x0102_0304_0506_0708
  var native: Int = -3
  var name = "äb"
  var bytes: [UInt8] = [1, 2, 3]
  var doubles: [UInt64] = [0xaabb]
  var inners: [Inner] = [Inner()]
  var maybe: [UInt8?] = [nil, 7]
  var nested: UInt8?? = .some(nil)
  var colour: Colour = .green
  var flags = Flags(rawValue: 0x8001)
  var event: Event = .key(9, shift: true)
  var halt: Event?
  var table: [[UInt16]] = [[1], []]
  @Derived var cache: [UInt8]
}

/// Two of them always claim to be equal.
struct Liar: MachineState {
  var secret: UInt8
  static func == (left: Liar, right: Liar) -> Bool { true }
}

/// Holds real state in a wrapper meant for what can be dropped.
struct Forgetful: MachineState {
  var kept: UInt8 = 0
  @Derived var lost: [UInt8]
}

struct Floating: MachineState { var value = 1.0 }
struct FloatingArray: MachineState { var values: [Float] = [1] }
struct MaybeFloating: MachineState { var value: Double? = 1 }
struct TooWide: MachineState { var value: UInt128 = 1 }
struct Unordered: MachineState { var values: Set<UInt8> = [1] }
struct Keyed: MachineState { var values: [String: UInt8] = ["a": 1] }
struct KeyedByNumber: MachineState { var values: [UInt8: UInt8] = [1: 1] }
struct Hollow: MachineState {
  struct Nothing: Codable, Equatable {}
  var values = [Nothing(), Nothing()]
}

/// A list of lists without end.
struct Nest: MachineState { var inside: [Nest] = [] }

/// Takes only even numbers.
struct Even: MachineState, SelfChecking {
  var number: UInt8
  var fault: String? { number % 2 == 0 ? nil : "\(number) is odd" }
}

struct HoldsEven: MachineState { var evens: [Even] }
