public import Backplane
public import VirtualTime

/// Where and why a movement through a run came to rest.
public enum DebugArrival: Hashable, Sendable {
  /// At the place it was to go to.
  case reached
  /// At a stop point: before the instruction of a breakpoint; forwards behind, backwards before the step that touched
  /// a watchpoint or wrote a register.
  case hit(Hit)
  /// At the start of the trace.
  case start
  /// At the end: of what was recorded, or of the machine's life.
  case end
  /// Where it was when somebody wanted it to stop.
  case interrupted
  /// Where the run turned out not to be the one that was recorded; what differs, in a sentence.
  case diverged(String)
}

/// Why a target cannot do what it was asked.
public struct DebugProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was found, where, and what to do about it.
  public let description: String

  /// A problem.
  public init(_ description: String) { self.description = description }
}

/// A mark of a trace, as a debugger shows it.
public struct DebugMark: Hashable, Sendable {
  /// When.
  public let moment: Moment
  /// Its name.
  public let name: String

  /// A mark.
  public init(moment: Moment, name: String) { (self.moment, self.name) = (moment, name) }
}

/// A program that is debugged: a file with symbols.
public struct DebugProgram: Hashable, Sendable {
  /// Its name; no path of the host.
  public let name: String
  /// What is in it.
  public let bytes: [UInt8]

  /// A program.
  public init(name: String, bytes: [UInt8]) { (self.name, self.bytes) = (name, bytes) }
}

/// Where a fork left its recording.
public struct DebugFork: Hashable, Sendable {
  /// The moment of the first edit.
  public let moment: Moment
  /// How many edits there are.
  public let editCount: Int

  /// A fork.
  public init(moment: Moment, editCount: Int) { (self.moment, self.editCount) = (moment, editCount) }
}

/// What a debugging session needs of a run. Everything a person can see is seen at `moment`; looking changes nothing.
public protocol DebugTarget: AnyObject {
  /// The architecture in gdb's words, such as `riscv:rv64`.
  var architecture: String { get }
  /// The registers, by feature.
  var features: [RegisterFeature] { get }
  /// How many harts there are, at least one.
  var hartCount: Int { get }

  /// Where the run stands.
  var moment: Moment { get }
  /// The first moment there is.
  var first: Moment { get }
  /// The last moment that was recorded.
  var last: Moment { get }
  /// The place and time of `moment` for people: guest time, and what else there is to say.
  var timeText: String { get }

  /// The value of register `number` of hart `hart`.
  func register(_ number: Int, hart: Int) -> UInt64?
  /// The name of the privilege mode of hart `hart`.
  func privilegeName(hart: Int) -> String
  /// The guest-physical address that hart `hart` would find at virtual `address`; valid to the end of its 4 KiB page.
  func translate(_ address: UInt64, hart: Int) -> UInt64?
  /// `count` bytes of memory at guest-physical `address`; `nil` when not all of them are memory. Devices are not read.
  func memory(_ address: UInt64, count: Int) -> [UInt8]?
  /// The instruction that `bytes` begin with, and its length in bytes.
  func disassemble(_ bytes: [UInt8], at address: UInt64) -> (text: String, byteCount: Int)?
  /// What is at virtual `address`: a symbol with an offset, and the line of the source when that is known.
  func symbol(at address: UInt64) -> String?

  /// Whether there is a program with symbols to be read.
  var hasProgram: Bool { get }
  /// The program with symbols, if there is one.
  func program() throws -> DebugProgram?

  /// Asked at every pause of a movement; true ends it where it is.
  var shouldStop: () -> Bool { get set }
  /// What went wrong with checkpoints and was done without, for people: what was not taken before.
  func takeProblems() -> [String]
  /// How far a movement that takes long has come, for people; `nil` when nothing is under way.
  var progressText: String? { get }

  /// Runs forwards to a stop point, or to the first moment of `until`.
  func runForward(_ stops: StopPoints, until: Step?) throws -> DebugArrival
  /// Runs backwards: stands before the step of the hit that is latest before `moment`, or at `notBefore`.
  func runBackward(_ stops: StopPoints, notBefore: Step?) throws -> DebugArrival
  /// Goes back one step, or to the first moment of this one when time has passed in it.
  func stepBack() throws -> DebugArrival
  /// Goes to `moment`, which may lie before or behind.
  func seek(to moment: Moment) throws -> DebugArrival
  /// Goes to the first moment of `step`.
  func seek(to step: Step) throws -> DebugArrival
  /// The latest write before `limit` to what `stops` watch; the run stands anywhere afterwards.
  func lastWrite(_ stops: StopPoints, before limit: Moment) throws -> Hit?
  /// The address of `symbol`.
  func address(of symbol: String) throws -> UInt64
  /// Goes to `position`: `@123`, `end-1000`, `mark:NAME`, a symbol, and what else the notation has. When there is no
  /// such place, it stays where it is and throws.
  func go(to position: String) throws -> DebugArrival

  /// What the next instruction of hart `hart` writes if it retires; `nil` when it cannot be fetched.
  func dataflow(hart: Int) -> [ValueWrite]?
  /// Takes the step at `moment`, to the first moment of the next, and tells what became of it.
  func takeStep(hart: Int) throws -> StepOutcome
  /// What kind of value register `number` holds.
  func nature(ofRegister number: Int) -> RegisterNature
  /// What people call the device at `slot`.
  func name(of slot: Slot) -> String
  /// How `count` bytes of memory at guest-physical `address` came to hold what they did at power-on: stretches that
  /// together are `count` bytes.
  func origin(of address: UInt64, count: Int) throws -> [MemoryOriginStretch]

  /// Changes the machine, which opens a fork. False, with nothing changed, when the machine cannot be changed so.
  func edit(_ edit: Edit) throws -> Bool
  /// The fork, if there is one.
  var fork: DebugFork? { get }
  /// Gives the fork up: what was recorded holds again. Stands where the fork left.
  func leaveFork() throws

  /// The marks, in order of time.
  func marks() throws -> [DebugMark]
  /// Sets a mark here; a mark of this name moves.
  func mark(_ name: String) throws
  /// What entered the machine and what it did around here, `count` lines at most.
  func log(_ count: Int) throws -> [String]
  /// The checkpoints there are, in lines for people.
  func checkpoints() -> [String]
}

extension DebugTarget {
  /// The register with this role.
  func register(of role: RegisterDescription.Role) -> RegisterDescription? {
    for feature in features {
      if let found = feature.registers.first(where: { $0.role == role }) { return found }
    }
    return nil
  }

  /// The register of this name.
  func register(named name: String) -> RegisterDescription? {
    for feature in features {
      if let found = feature.registers.first(where: { $0.name == name }) { return found }
    }
    return nil
  }

  /// All registers, in ascending order of their numbers.
  var registers: [RegisterDescription] { features.flatMap(\.registers).sorted { $0.number < $1.number } }

  /// The address of the next instruction of hart `hart`.
  func programCounter(hart: Int) -> UInt64 {
    register(of: .programCounter).flatMap { register($0.number, hart: hart) } ?? 0
  }

  /// As much as can be read of `count` bytes from virtual `address`, in a row.
  func memory(virtual address: UInt64, count: Int, hart: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let (place, overflow) = address.addingReportingOverflow(UInt64(bytes.count))
      guard !overflow, let physical = translate(place, hart: hart) else { break }
      let inPage = Int(Memory.pageSize - place % Memory.pageSize)
      guard let piece = memory(physical, count: min(inPage, count - bytes.count)) else { break }
      bytes += piece
    }
    return bytes
  }

  /// The instruction at virtual `address`, as text.
  func instruction(at address: UInt64, hart: Int) -> String? {
    // Four bytes may cross into a page that is not there; two may do.
    disassemble(memory(virtual: address, count: 4, hart: hart), at: address)?.text
  }
}
