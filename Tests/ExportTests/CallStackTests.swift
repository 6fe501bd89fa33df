import Backplane
import Support
import Testing

@testable import Export

/// A hart that does what it is told, in a program of functions of 0x100 bytes each.
private struct Script {
  var records: [StepRecord] = []
  var pc: UInt64
  var stackPointer: UInt64
  var mode: UInt8 = 1

  init(function: UInt64, stackPointer: UInt64 = 0x8000) {
    (pc, self.stackPointer) = (function * 0x100, stackPointer)
  }

  private mutating func step(
    _ kind: StepRecord.Kind, _ flow: StepRecord.Flow, to next: UInt64, _ nextMode: UInt8? = nil
  ) {
    var record = StepRecord()
    (record.kind, record.flow, record.pc, record.nextPC) = (kind, flow, pc, next)
    (record.mode, record.nextMode, record.byteCount) = (mode, nextMode ?? mode, 4)
    record.stackPointer = stackPointer
    records.append(record)
    (pc, mode) = (next, nextMode ?? mode)
  }

  /// Calls a function, which makes itself a frame of 16 bytes.
  mutating func call(_ function: UInt64) -> (back: UInt64, stackPointer: UInt64) {
    let place = (pc &+ 4, stackPointer)
    step(.instruction, .call, to: function * 0x100)
    step(.instruction, .none, to: pc + 4)
    stackPointer -= 16
    step(.instruction, .none, to: pc + 4)
    return place
  }

  mutating func goBack(to place: (back: UInt64, stackPointer: UInt64)) {
    stackPointer = place.stackPointer
    step(.instruction, .return, to: place.back)
  }

  mutating func jump(_ function: UInt64) { step(.instruction, .jump, to: function * 0x100) }
  mutating func trap(_ handler: UInt64) -> (pc: UInt64, mode: UInt8, stackPointer: UInt64) {
    let place = (pc, mode, stackPointer)
    step(.interrupt, .none, to: handler * 0x100, 1)
    return place
  }
  mutating func returnFromTrap(_ place: (pc: UInt64, mode: UInt8, stackPointer: UInt64)) {
    stackPointer = place.stackPointer
    step(.instruction, .trapReturn, to: place.pc, place.mode)
  }
}

@Suite struct CallStackTests {
  private static func function(_ address: UInt64) -> FunctionRange? {
    FunctionRange(start: address & ~0xff, end: (address & ~0xff) + 0x100, name: "f\(address >> 8)")
  }

  /// The names that are open on each stack, or `nil` when something ends that is not open.
  private func follow(_ records: [StepRecord]) -> (open: [[String]], told: [String], isBalanced: Bool) {
    var stacks = CallStacks(function: Self.function) { _ in "trap" }
    var open: [[String]] = []
    var told: [String] = []
    var isBalanced = true
    func note(_ event: CallEvent) {
      switch event {
      case .enter(let stack, let name, _):
        while open.count < stack { open.append([]) }
        open[stack - 1].append(name)
        told.append("\(stack)+\(name)")
      case .leave(let stack):
        guard stack <= open.count, let name = open[stack - 1].popLast() else { return isBalanced = false }
        told.append("\(stack)-\(name)")
      }
    }
    for record in records { stacks.note(record, note) }
    let left = open
    #expect(stacks.openCount == left.reduce(0) { $0 + $1.count })
    stacks.finish(note)
    return (left, told, isBalanced && open.allSatisfy(\.isEmpty))
  }

  @Test func callsNest() {
    var script = Script(function: 1)
    let one = script.call(2)
    let two = script.call(3)
    script.goBack(to: two)
    script.goBack(to: one)
    let three = script.call(4)
    script.goBack(to: three)
    let result = follow(script.records)
    #expect(result.told.prefix(7) == ["1+f1", "1+f2", "1+f3", "1-f3", "1-f2", "1+f4", "1-f4"])
    #expect(result.open == [["f1"]] && result.isBalanced)
  }

  @Test func aTailCallTakesTheCallersPlace() {
    var script = Script(function: 1)
    let one = script.call(2)
    script.stackPointer = one.stackPointer
    script.jump(3)
    script.goBack(to: one)
    #expect(follow(script.records).told.prefix(5) == ["1+f1", "1+f2", "1-f2", "1+f3", "1-f3"])
  }

  @Test func aTrapIsAFrameAndItsHandlersToo() {
    var script = Script(function: 1)
    script.mode = 0
    let one = script.call(2)
    let trap = script.trap(9)
    let two = script.call(8)
    script.goBack(to: two)
    script.returnFromTrap(trap)
    script.goBack(to: one)
    let result = follow(script.records)
    #expect(
      result.told.prefix(9)
        == ["1+f1", "1+f2", "1+trap", "1+f9", "1+f8", "1-f8", "1-f9", "1-trap", "1-f2"])
    #expect(result.open == [["f1"]])
  }

  @Test func aLongJumpEndsWhatItLeaves() {
    var script = Script(function: 1)
    let one = script.call(2)
    let set = script.call(7)
    script.goBack(to: set)
    _ = script.call(3)
    _ = script.call(4)
    // To behind the call of `setjmp`, in f2.
    script.goBack(to: set)
    #expect(follow(script.records).open == [["f1", "f2"]])
    script.goBack(to: one)
    #expect(follow(script.records).open == [["f1"]])
  }

  @Test func threadsGoOnWhereTheyWere() {
    var script = Script(function: 1)
    _ = script.call(2)
    let first = script.call(5)
    // The switch comes back on another stack, in a thread that was never seen.
    script.goBack(to: (back: 0x610, stackPointer: 0x20000))
    _ = script.call(3)
    let second = script.call(5)
    script.goBack(to: first)
    let back = follow(script.records)
    #expect(back.open == [["f1", "f2"], ["f6", "f3", "f5"]])
    script.goBack(to: second)
    #expect(follow(script.records).open.last == ["f6", "f3"])
  }

  @Test func returnsToBeforeTheWindowAreFollowed() {
    var script = Script(function: 3)
    script.goBack(to: (back: 0x210, stackPointer: 0x8010))
    script.goBack(to: (back: 0x110, stackPointer: 0x8020))
    let result = follow(script.records)
    #expect(result.open == [["f1"]] && result.isBalanced)
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func whateverTheGuestDoesSlicesAreBalanced(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var script = Script(function: 1)
    var places: [(back: UInt64, stackPointer: UInt64)] = []
    var traps: [(pc: UInt64, mode: UInt8, stackPointer: UInt64)] = []
    for _ in 0..<3000 {
      switch random.below(10) {
      case 0..<4: places.append(script.call(random.below(40)))
      case 4..<7: if !places.isEmpty { script.goBack(to: places.remove(at: Int(random.below(UInt64(places.count))))) }
      case 7: script.jump(random.below(40))
      case 8: traps.append(script.trap(random.below(4)))
      default:
        if !traps.isEmpty { script.returnFromTrap(traps.remove(at: Int(random.below(UInt64(traps.count))))) }
      }
      if random.below(50) == 0 { script.stackPointer = random.below(1 << 40) & ~15 }
    }
    let result = follow(script.records)
    #expect(result.isBalanced)
    #expect(result.open.count { !$0.isEmpty } <= CallStacks.stacksMax)
    #expect(result.open.allSatisfy { $0.count <= CallStacks.depthMax })
  }
}
