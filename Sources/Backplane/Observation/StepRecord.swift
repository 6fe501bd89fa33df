public import VirtualTime

/// What one step of a run did: an instruction, or a trap that was entered. Seen from outside: a run goes through the
/// same states whether it is looked at or not.
public struct StepRecord: Equatable, Sendable {
  /// What the step was.
  public enum Kind: UInt8, Sendable {
    /// An instruction that retired.
    case instruction
    /// An exception: the instruction at `pc` did not retire.
    case exception
    /// An interrupt, taken before the instruction at `pc`.
    case interrupt
    /// No step: time passed, or something outside the hart happened.
    case pause
  }

  /// What an instruction means for the stack of calls.
  public enum Flow: UInt8, Sendable {
    case none
    /// The next instruction is another than the one behind it.
    case jump
    /// A jump that leaves the address behind it for a return.
    case call
    /// A jump to where a call left an address.
    case `return`
    /// A return and a call in one: coroutines.
    case exchange
    /// Back from a trap.
    case trapReturn
  }

  /// A register that was written, and the value that it has behind the step.
  public struct RegisterWrite: Hashable, Sendable {
    /// Its number for a debugger (`DebuggableBoard`).
    public var number: Int
    /// Its value.
    public var value: UInt64

    /// A write.
    public init(_ number: Int, _ value: UInt64) { (self.number, self.value) = (number, value) }
  }

  /// An access to memory or to a device's register.
  public struct Access: Hashable, Sendable {
    /// The address as the instruction gave it.
    public var address: UInt64
    /// Bytes.
    public var byteCount: UInt8
    /// Whether it was a write; an atomic is a read and a write.
    public var isWrite: Bool
    /// What was read or written; `nil` when the value is not known afterwards.
    public var value: UInt64?

    /// An access.
    public init(_ address: UInt64, byteCount: UInt8, isWrite: Bool, value: UInt64?) {
      (self.address, self.byteCount, self.isWrite, self.value) = (address, byteCount, isWrite, value)
    }
  }

  /// The hart.
  public var hart = 0
  /// What the step was.
  public var kind = Kind.pause
  /// The moment at which it began, idling before it not counted.
  public var start = Moment.zero
  /// The moment behind it.
  public var end = Moment.zero
  /// The address of the instruction, or of the one that was interrupted.
  public var pc: UInt64 = 0
  /// The address of the instruction that is next.
  public var nextPC: UInt64 = 0
  /// The instruction, little-endian in the low bits; zero when it is not known.
  public var bits: UInt32 = 0
  /// Bytes of the instruction; zero when it is not known.
  public var byteCount: UInt8 = 0
  /// The privilege mode before and behind the step, by number (`ObservableBoard.modeName`).
  public var mode: UInt8 = 0
  /// The mode behind the step.
  public var nextMode: UInt8 = 0
  /// The cause of a trap, without the mark of an interrupt.
  public var cause: UInt64 = 0
  /// What the architecture tells of a trap besides: an address, the bits of an instruction.
  public var trapValue: UInt64 = 0
  /// What it means for the stack of calls.
  public var flow = Flow.none
  /// The stack pointer behind the step.
  public var stackPointer: UInt64 = 0
  /// The levels of the board's wires behind the step, by the bits of `ObservableBoard.wireNames`.
  public var wires: UInt64 = 0
  /// When the wires came to these levels, if they had others before.
  public var wiresMoment = Moment.zero
  /// The registers that it wrote, the program counter and what follows from others left out.
  public var writes: [RegisterWrite] = []
  /// The accesses that it made; not those of page tables.
  public var accesses: [Access] = []
  /// The general registers behind a trap, or a return from one, by their numbers; empty of anything else.
  public var general: [UInt64] = []
  /// What devices did, in order.
  public var effects: [Effect] = []

  /// A record of nothing.
  public init() {}
}

/// How closely a run is looked at.
public enum ObservationDetail: Hashable, Sendable {
  /// Every step, with all it did.
  case steps
  /// Changes of privilege mode: traps, and returns from them. Of a return the instruction is not told. Fast.
  case modes
  /// Changes of privilege mode, of wires, and accesses to devices. Fast where there are few.
  case wires
  /// Instructions at these virtual addresses, before they are executed: records of no step, with `pc`.
  case addresses([UInt64])
}

/// The names of what is seen on a board.
public struct CallConvention: Hashable, Sendable {
  /// The register with the number of a system call.
  public let callNumber: Int
  /// The registers with the arguments of a system call.
  public let arguments: [Int]
  /// The register with its result.
  public let result: Int
  /// A register that stays the same between a call and its return, and differs between threads.
  public let thread: Int

  /// A convention; all are numbers of registers for a debugger.
  public init(callNumber: Int, arguments: [Int], result: Int, thread: Int) {
    (self.callNumber, self.arguments, self.result, self.thread) = (callNumber, arguments, result, thread)
  }
}

/// A board whose steps can be looked at one by one.
public protocol ObservableBoard: DebuggableBoard {
  /// The names of the board's wires, by the bits of `StepRecord.wires`; at most 64.
  static var wireNames: [String] { get }
  /// The highest number of a privilege mode, at most 63.
  static var modeMax: UInt8 { get }
  /// The number of the clock's ticks in a second.
  var clockHertz: UInt64 { get }
  /// How programs call the system.
  static var callConvention: CallConvention { get }

  /// The name of privilege mode `number`.
  static func modeName(_ number: UInt8) -> String
  /// The name of the cause of a trap.
  static func causeName(_ cause: UInt64, isInterrupt: Bool) -> String
  /// Whether the exception `cause` is a program's call to the system.
  static func isSystemCall(_ cause: UInt64) -> Bool
  /// The name of the device at `slot`.
  static func deviceName(_ slot: UInt8) -> String
  /// The levels of the wires now, by the bits of `wireNames`.
  func wires(hart: Int) -> UInt64
  /// The privilege mode of hart `hart`, by number.
  func mode(hart: Int) -> UInt8

  /// Runs until `limit`, or until the machine stops by itself, and tells `body` what `detail` asks for.
  ///
  /// With less than every step, stop points are set and stay set: whoever observes takes them away at the end.
  /// - Parameter body: returns false to end the run behind the record it was given; it may take what is in the record.
  /// - Returns: why the run ended; `.output` when `body` wanted it.
  mutating func observe(
    _ detail: ObservationDetail, until limit: RunLimit, memory: Memory, caches: Caches, door: inout Door,
    collecting effects: EffectSelection, _ body: (inout StepRecord) -> Bool
  ) -> Stop
}

extension ObservableBoard {
  /// Hart 0 as it stands, as a record of no step.
  public var presentRecord: StepRecord {
    var record = StepRecord()
    (record.start, record.end) = (fabric.now, fabric.now)
    (record.pc, record.nextPC) = (programCounter(hart: 0), programCounter(hart: 0))
    (record.mode, record.nextMode) = (mode(hart: 0), mode(hart: 0))
    record.wires = wires(hart: 0)
    record.wiresMoment = fabric.now
    return record
  }
}

extension Machine where B: ObservableBoard {
  /// Runs until `limit`, or until the machine stops by itself, and tells `body` what `detail` asks for: see
  /// `ObservableBoard.observe`.
  public func observe(
    _ detail: ObservationDetail, until limit: RunLimit, door: inout Door, _ body: (inout StepRecord) -> Bool
  ) -> Stop {
    observing { board, caches, effects in
      board.observe(
        detail, until: limit, memory: memory, caches: caches, door: &door, collecting: effects, body)
    }
  }
}
