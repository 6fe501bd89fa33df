public import Backplane

/// A function, by the addresses of its code.
public struct FunctionRange: Equatable, Sendable {
  /// Its first address.
  public var start: UInt64
  /// The address behind its last.
  public var end: UInt64
  /// Its name.
  public var name: String

  /// A function.
  public init(start: UInt64, end: UInt64, name: String) { (self.start, self.end, self.name) = (start, end, name) }
}

/// What is found out of calls: an entry or an exit of a frame, of one of the stacks.
public enum CallEvent: Equatable, Sendable {
  /// A function, or a trap, begins on a stack.
  case enter(stack: Int, name: String, isTrap: Bool)
  /// What began last on a stack, and has not ended, ends.
  case leave(stack: Int)
}

/// Keeps the stacks of calls of one hart by its calls and returns, with the stack pointer as the judge.
///
/// A return belongs to the frame that was called with the same address to come back to and the same stack pointer, on
/// whichever stack that is: so a switch of threads is found, and frames that a `longjmp` left are ended. Each event
/// `leave` has its `enter`; what is open at the end is ended by `finish`.
public struct CallStacks {
  /// The deepest stack, which is the deepest that Perfetto nests slices: what is called beyond that is not told.
  static let depthMax = 512
  /// How many stacks there may be at once: the one that was left first is ended for another.
  static let stacksMax = 256

  private struct Frame {
    var function: FunctionRange?
    /// Where it returns to.
    var returnPC: UInt64
    /// The stack pointer with which it was entered.
    var stackPointer: UInt64
    /// Of a trap, the mode that it interrupted.
    var trappedMode: UInt8?
  }

  private struct Stack {
    var number: Int
    var frames: [Frame] = []
  }

  private let function: (_ address: UInt64) -> FunctionRange?
  private let trapName: (_ record: StepRecord) -> String
  private var stacks: [Stack] = []
  /// The stack in use, as an index of `stacks`; it is moved to the end when it comes into use.
  private var nextNumber = 1

  /// Stacks of a hart of which nothing is known yet.
  /// - Parameters:
  ///   - function: the function whose code is at an address.
  ///   - trapName: what a trap is called.
  public init(
    function: @escaping (_ address: UInt64) -> FunctionRange?, trapName: @escaping (_ record: StepRecord) -> String
  ) {
    (self.function, self.trapName) = (function, trapName)
  }

  /// How many frames are open, on all stacks.
  public var openCount: Int { stacks.reduce(0) { $0 + $1.frames.count } }

  /// Follows the step of `record`, and tells `emit` what began and ended with it, in order.
  public mutating func note(_ record: StepRecord, _ emit: (CallEvent) throws -> Void) rethrows {
    if stacks.isEmpty { try open(at: record.pc, record.stackPointer, emit) }
    switch record.kind {
    case .pause: break
    case .exception, .interrupt:
      try push(
        Frame(function: nil, returnPC: record.pc, stackPointer: record.stackPointer, trappedMode: record.mode),
        name: trapName(record), emit)
      try enter(at: record.nextPC, returnPC: 0, record.stackPointer, emit)
    case .instruction:
      switch record.flow {
      case .none: break
      case .jump: try jump(to: record.nextPC, record.stackPointer, emit)
      case .call:
        let back = record.pc &+ UInt64(record.byteCount)
        try enter(at: record.nextPC, returnPC: back, record.stackPointer, emit)
      case .return: try comeBack(to: record.nextPC, record.stackPointer, emit)
      case .exchange:
        try comeBack(to: record.nextPC, record.stackPointer, emit)
        let back = record.pc &+ UInt64(record.byteCount)
        try enter(at: record.nextPC, returnPC: back, record.stackPointer, emit)
      case .trapReturn: try trapReturn(record, emit)
      }
    }
  }

  /// Ends everything that is open.
  public mutating func finish(_ emit: (CallEvent) throws -> Void) rethrows {
    for index in stacks.indices.reversed() { try pop(to: 0, of: index, emit) }
    stacks = []
  }

  // MARK: - Frames

  private var current: Int { stacks.count - 1 }
  private var top: Frame? { stacks.last?.frames.last }

  private mutating func push(_ frame: Frame, name: String, _ emit: (CallEvent) throws -> Void) rethrows {
    guard stacks[current].frames.count < Self.depthMax else { return }
    stacks[current].frames.append(frame)
    try emit(.enter(stack: stacks[current].number, name: name, isTrap: frame.trappedMode != nil))
  }

  private mutating func enter(
    at address: UInt64, returnPC: UInt64, _ stackPointer: UInt64, _ emit: (CallEvent) throws -> Void
  ) rethrows {
    let function = function(address)
    try push(
      Frame(function: function, returnPC: returnPC, stackPointer: stackPointer, trappedMode: nil),
      name: function?.name ?? Self.hexadecimal(address), emit)
  }

  /// Begins a stack, with the function at `address` as its first.
  private mutating func open(
    at address: UInt64, _ stackPointer: UInt64, _ emit: (CallEvent) throws -> Void
  ) rethrows {
    if stacks.count == Self.stacksMax {
      try pop(to: 0, of: 0, emit)
      stacks.removeFirst()
    }
    stacks.append(Stack(number: nextNumber))
    nextNumber += 1
    // Nothing returns from it that is known: it is at the very bottom.
    try enter(at: address, returnPC: 0, .max, emit)
  }

  private mutating func pop(to count: Int, of index: Int, _ emit: (CallEvent) throws -> Void) rethrows {
    while stacks[index].frames.count > count {
      stacks[index].frames.removeLast()
      try emit(.leave(stack: stacks[index].number))
    }
  }

  // MARK: - Ways to go on

  private mutating func jump(
    to address: UInt64, _ stackPointer: UInt64, _ emit: (CallEvent) throws -> Void
  ) rethrows {
    guard let frame = top, frame.trappedMode == nil else { return }
    if let own = frame.function, address >= own.start, address < own.end { return }
    // A jump to the beginning of another function is a call in the place of the one that jumps. Any other jump out of a
    // function leads to a part of it that lies elsewhere.
    guard let target = function(address), target.start == address, target != frame.function else { return }
    let depth = stacks[current].frames.count - 1
    try pop(to: depth, of: current, emit)
    try push(
      Frame(function: target, returnPC: frame.returnPC, stackPointer: frame.stackPointer, trappedMode: nil),
      name: target.name, emit)
  }

  private mutating func comeBack(
    to address: UInt64, _ stackPointer: UInt64, _ emit: (CallEvent) throws -> Void
  ) rethrows {
    for index in stacks.indices.reversed() {
      // On other stacks only the last frame can be gone on with: it is where they were left.
      let frames = stacks[index].frames
      let lowest = index == current ? 0 : max(0, frames.count - 1)
      guard
        let place = (lowest..<frames.count).last(where: { number in
          let frame = frames[number]
          return frame.trappedMode == nil && frame.returnPC == address && frame.stackPointer == stackPointer
        }), !hasTrap(above: place, of: index) || index == current
      else { continue }
      try pop(to: place, of: index, emit)
      use(index)
      return
    }
    try unwind(to: address, stackPointer, emit)
  }

  private func hasTrap(above place: Int, of index: Int) -> Bool {
    stacks[index].frames[(place + 1)...].contains { $0.trappedMode != nil }
  }

  /// A return that no call belongs to: to before the window, by `longjmp`, or to a thread that is not known.
  private mutating func unwind(
    to address: UInt64, _ stackPointer: UInt64, _ emit: (CallEvent) throws -> Void
  ) rethrows {
    let target = function(address)
    let frames = stacks[current].frames
    // Frames below which the stack has shrunk are gone; what is left goes on where its own function does.
    var count = frames.count
    while count > 1, frames[count - 1].trappedMode == nil, frames[count - 1].stackPointer <= stackPointer { count -= 1 }
    if count > 0, count < frames.count || frames[count - 1].function == target, let frame = frames[..<count].last,
      frame.trappedMode == nil, frame.function == target, target != nil
    {
      return try pop(to: count, of: current, emit)
    }
    // Out of the function with which the window, or the trap, began: into the one that had called it.
    if let frame = top, frame.returnPC == 0, frame.trappedMode == nil {
      let depth = frames.count - 1
      try pop(to: depth, of: current, emit)
      let isBottom = depth == 0
      return try enter(at: address, returnPC: 0, isBottom ? .max : stackPointer, emit)
    }
    try open(at: address, stackPointer, emit)
  }

  private mutating func trapReturn(_ record: StepRecord, _ emit: (CallEvent) throws -> Void) rethrows {
    for index in stacks.indices.reversed() {
      guard let place = stacks[index].frames.lastIndex(where: { $0.trappedMode != nil }) else { continue }
      let frame = stacks[index].frames[place]
      guard frame.trappedMode == record.nextMode, frame.stackPointer == record.stackPointer,
        record.nextPC &- frame.returnPC <= 4
      else { continue }
      try pop(to: place, of: index, emit)
      return use(index)
    }
    // A new program, a signal, or the return from a trap before the window: the handler is over all the same.
    if let place = stacks[current].frames.lastIndex(where: { $0.trappedMode == record.nextMode }) {
      try pop(to: place, of: current, emit)
      if let frame = top, frame.function == function(record.nextPC) { return }
      return try open(at: record.nextPC, record.stackPointer, emit)
    }
    // No trap is known that it returns from: what runs here has done its work, and hands over.
    try pop(to: 0, of: current, emit)
    try enter(at: record.nextPC, returnPC: 0, .max, emit)
  }

  /// Makes the stack at `index` the one in use.
  private mutating func use(_ index: Int) {
    guard index != current else { return }
    stacks.append(stacks.remove(at: index))
  }

  private static func hexadecimal(_ address: UInt64) -> String { "0x" + String(address, radix: 16) }
}
