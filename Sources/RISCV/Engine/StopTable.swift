internal import Backplane

/// What runs are to stop at, ready to be looked up, and what the step under way has hit so far.
struct StopTable {
  private(set) var points = StopPoints()
  /// Ascending.
  private var breakpoints: [UInt64] = []
  /// The registers of `points` that can be watched, in their order.
  private(set) var registers: [Int] = []
  /// The access to the watchpoint of the lowest index in this step.
  private(set) var access: MemoryAccess?
  /// The register that comes first in `registers` of those written in this step.
  private(set) var register: Int?

  /// Takes over `points`.
  mutating func set(_ points: StopPoints) {
    self.points = points
    breakpoints = points.breakpoints.sorted()
    registers = points.registers.filter { $0 != RegisterNumber.programCounter && !RegisterNumber.isCounter($0) }
    (access, register) = (nil, nil)
  }

  /// Whether there is a breakpoint at `pc`.
  func hasBreakpoint(at pc: UInt64) -> Bool {
    var (low, high) = (0, breakpoints.count)
    while low < high {
      let middle = (low + high) / 2
      if breakpoints[middle] < pc { low = middle + 1 } else { high = middle }
    }
    return low < breakpoints.count && breakpoints[low] == pc
  }

  /// Whether one of `numbers` is watched.
  func watches(_ numbers: [Int]) -> Bool { registers.contains { numbers.contains($0) } }

  /// Whether a change of `fflags`, or of FS in `mstatus`, by a floating-point instruction is watched.
  var watchesFloatState: Bool { watches(Self.flagViews) || watches(Self.statusViews) }

  static let flagViews = CSRNumber.views(of: CSRNumber.fflags).map(RegisterNumber.csr)
  static let statusViews = CSRNumber.views(of: CSRNumber.mstatus).map(RegisterNumber.csr)

  mutating func note(_ access: MemoryAccess) {
    if let earlier = self.access, earlier.watchpoint <= access.watchpoint { return }
    self.access = access
  }

  /// Notes that the registers `numbers` have been written; false when none of them is watched.
  mutating func note(written numbers: [Int]) -> Bool {
    guard let first = registers.first(where: { numbers.contains($0) }) else { return false }
    register = first
    return true
  }

  /// What the step has hit, which is forgotten: an access before a register.
  mutating func takeHit() -> Hit.Kind? {
    defer { (access, register) = (nil, nil) }
    return access.map { .access($0) } ?? register.map { .register($0) }
  }
}

/// Counts exceptions that are the same again and again: a guest that gets nowhere.
struct TrapStorm {
  /// How many in a row are a storm.
  static let count: UInt32 = 1000

  private var cause = ExceptionCause.illegalInstruction
  private var value: UInt64 = 0
  private var pc: UInt64 = 0
  private var inRow: UInt32 = 0
  /// The first storm since `seen` was last taken.
  private(set) var seen: (cause: UInt8, pc: UInt64, steps: UInt64, cycles: UInt64)?

  /// Counts `exception` of the instruction at `pc`, taken at `steps` and `cycles`. Calls and breakpoints are made on
  /// purpose.
  mutating func note(_ exception: Exception, pc: UInt64, steps: UInt64, cycles: UInt64) {
    switch exception.cause {
    case .userCall, .supervisorCall, .machineCall, .breakpoint:
      inRow = 0
      return
    default: break
    }
    if inRow != 0, exception.cause == cause, exception.value == value, pc == self.pc {
      if inRow < .max { inRow += 1 }
      if inRow == Self.count, seen == nil { seen = (cause.rawValue, pc, steps, cycles) }
      return
    }
    (cause, value, self.pc, inRow) = (exception.cause, exception.value, pc, 1)
  }

  mutating func forget() { seen = nil }
}
