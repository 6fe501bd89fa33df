public import Backplane

/// What a script can see of the machine it is carried out on, while that stands still. Looking changes nothing.
public protocol MachineView {
  /// The value of the register that debuggers know by `name`; `nil` when there is none.
  func register(named name: String) -> UInt64?
  /// Memory at virtual `address`, as the first hart's present mode finds it; `nil` when some of it is not there.
  func bytes(at address: UInt64, count: Int) -> [UInt8]?
}

/// A view of a machine with a board that debuggers can look into.
public struct BoardView<B: DebuggableBoard>: MachineView {
  private let machine: Machine<B>

  /// A view of `machine`.
  public init(_ machine: Machine<B>) { self.machine = machine }

  /// See `MachineView`.
  public func register(named name: String) -> UInt64? {
    Self.number(ofRegister: name).flatMap { machine.board.register($0, hart: 0) }
  }

  /// See `MachineView`.
  public func bytes(at address: UInt64, count: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let next = address &+ UInt64(bytes.count)
      // A translation is good to the end of its page.
      let part = min(count - bytes.count, Int(Memory.pageSize - next % Memory.pageSize))
      guard let place = machine.board.translate(next, hart: 0, memory: machine.memory),
        let read = machine.memory.read(place, count: part)
      else { return nil }
      bytes += read
    }
    return bytes
  }

  /// The number of the register called `name`.
  public static func number(ofRegister name: String) -> Int? {
    for feature in B.features {
      if let register = feature.registers.first(where: { $0.name == name }) { return register.number }
    }
    return nil
  }
}

/// No view: for scripts that look at nothing but the console.
public struct NoView: MachineView {
  /// Sees nothing.
  public init() {}
  /// Nothing.
  public func register(named name: String) -> UInt64? { nil }
  /// Nothing.
  public func bytes(at address: UInt64, count: Int) -> [UInt8]? { nil }
}
