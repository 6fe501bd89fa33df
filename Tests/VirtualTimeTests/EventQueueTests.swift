import FoundationEssentials
import Support
import Testing
import VirtualTime

@Suite struct EventQueueTests {
  @Test func anEmptyQueueHasNothingDue() {
    var queue = EventQueue()
    #expect(queue.soonest == .never)
    #expect(queue.popDue(by: .never) == nil)
    #expect(queue.fault == nil)
    queue.cancel(1, 2)
    #expect(queue == EventQueue())
  }

  @Test func alarmsComeSoonestFirstAndOnlyOnceDue() {
    var queue = EventQueue()
    queue.set(1, 0, at: Cycle(30))
    queue.set(2, 0, at: Cycle(10))
    queue.set(3, 0, at: Cycle(20))
    #expect(queue.soonest == Cycle(10))
    #expect(queue.popDue(by: Cycle(9)) == nil)
    #expect(owners(&queue, by: Cycle(20)) == [2, 3])
    #expect(queue.soonest == Cycle(30))
    #expect(owners(&queue, by: .never) == [1])
    #expect(queue.soonest == .never)
  }

  @Test func ofAlarmsDueTogetherTheOneSetFirstComesFirst() {
    var queue = EventQueue()
    for owner in [9, 2, 7, 4] as [UInt8] { queue.set(owner, owner, at: Cycle(5)) }
    queue.set(1, 0, at: Cycle(4))
    queue.set(8, 0, at: Cycle(5))
    #expect(owners(&queue, by: Cycle(5)) == [1, 9, 2, 7, 4, 8])
  }

  @Test func settingAnAlarmAgainReplacesItAndLosesItsTurn() {
    var queue = EventQueue()
    queue.set(1, 0, at: Cycle(5))
    queue.set(2, 0, at: Cycle(5))
    queue.set(1, 1, at: Cycle(5))
    queue.set(1, 0, at: Cycle(5))
    #expect(queue.pending.map { [$0.owner, $0.code] } == [[2, 0], [1, 1], [1, 0]])
    queue.set(1, 1, at: Cycle(3))
    queue.set(2, 0, at: Cycle(9))
    #expect(queue.pending.map { [$0.owner, $0.code] } == [[1, 1], [1, 0], [2, 0]])
  }

  @Test func anAlarmSetToNeverIsTakenBack() {
    var queue = EventQueue()
    queue.set(1, 0, at: Cycle(5))
    queue.set(2, 0, at: .never)
    #expect(queue.pending.map(\.owner) == [1])
    queue.set(1, 0, at: .never)
    #expect(queue.pending.isEmpty)
  }

  @Test func cancellingTakesBackTheOneAlarmNamed() {
    var queue = EventQueue()
    queue.set(1, 0, at: Cycle(5))
    queue.set(1, 1, at: Cycle(6))
    queue.set(2, 0, at: Cycle(7))
    queue.cancel(1, 0)
    queue.cancel(2, 1)
    #expect(queue.pending.map { [$0.owner, $0.code] } == [[1, 1], [2, 0]])
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func agreesWithAListThatIsSearched(_ seed: UInt64) {
    #expect(disagreement(seed) == nil)
  }

  /// The check itself: a list that settles ties the other way is told from the queue.
  @Test func anotherOrderOfTiesIsNoticed() {
    #expect(disagreement(1) { $0.when != $1.when ? $0.when < $1.when : $0.serial > $1.serial } != nil)
    #expect(disagreement(1) { ($0.when, $0.owner, $0.serial) < ($1.when, $1.owner, $1.serial) } != nil)
  }

  @Test func encodingKeepsTheAlarmsAndTheTurnOfTheNext() throws {
    var queue = EventQueue()
    for owner in [3, 1, 2] as [UInt8] { queue.set(owner, 7, at: Cycle(1 << 40)) }
    queue.set(4, 0, at: Cycle(2))
    _ = queue.popDue(by: Cycle(2))
    let bytes = try JSONEncoder().encode(queue)
    var copy = try JSONDecoder().decode(EventQueue.self, from: bytes)
    #expect(copy == queue && copy.fault == nil)
    copy.set(0, 0, at: Cycle(1 << 40))
    #expect(copy != queue)
    queue.set(0, 0, at: Cycle(1 << 40))
    #expect(copy == queue)
    #expect(owners(&copy, by: .never) == [3, 1, 2, 0])
    // Emptied, the two still differ from a fresh queue: the next order is state.
    #expect(copy != EventQueue())
  }

  @Test func aQueueThatCannotBeIsAFault() throws {
    #expect(try fault([]) == nil)
    #expect(try fault([(5, 0, 1, 1), (5, 1, 1, 2), (6, 2, 2, 1)]) == nil)
    #expect(try fault([(5, 3, 1, 1)], next: 1 << 62) == nil)
    #expect(try fault([(6, 0, 1, 1), (5, 1, 1, 2)]) == "alarms out of order")
    #expect(try fault([(5, 1, 1, 1), (5, 0, 1, 2)]) == "alarms out of order")
    #expect(try fault([(5, 1, 1, 1), (5, 1, 1, 2)]) == "alarms out of order")
    #expect(try fault([(5, 1, 1, 1), (6, 1, 1, 2)]) == "two alarms set at once")
    #expect(try fault([(5, 0, 1, 1), (6, 1, 1, 1)]) == "an alarm that is set twice")
    #expect(try fault([(5, 10, 1, 1)]) == "an alarm from the future")
    #expect(try fault([(.max, 1, 1, 1)]) == "an alarm that is never due")
    #expect(try fault([], next: .max) == "more alarms than can have been set")
  }

  private func owners(_ queue: inout EventQueue, by now: Cycle) -> [UInt8] {
    var owners: [UInt8] = []
    while let alarm = queue.popDue(by: now) { owners.append(alarm.owner) }
    return owners
  }

  /// The fault of a queue decoded from alarms (when, order, owner, code) and the order of the next.
  private func fault(_ alarms: [(UInt64, UInt64, UInt8, UInt8)], next: UInt64 = 10) throws -> String? {
    let list = alarms.map { "{\"when\":{\"count\":\($0.0)},\"order\":\($0.1),\"owner\":\($0.2),\"code\":\($0.3)}" }
    let text = "{\"pending\":[\(list.joined(separator: ","))],\"nextOrder\":\(next)}"
    return try JSONDecoder().decode(EventQueue.self, from: Data(text.utf8)).fault
  }
}

/// An alarm of the slow queue.
private struct Entry: Equatable {
  let when: UInt64
  let serial: UInt64
  let owner: UInt8
  let code: UInt8
}

/// Where a queue that is driven at random parts from a plain list, searched for what `comesBefore` all else.
private func disagreement(
  _ seed: UInt64, comesBefore: (Entry, Entry) -> Bool = { ($0.when, $0.serial) < ($1.when, $1.serial) }
) -> String? {
  var generator = SeededGenerator(seed: seed)
  var (queue, list): (EventQueue, [Entry]) = (EventQueue(), [])
  for serial in 0..<2000 as Range<UInt64> {
    let (owner, code) = (UInt8(generator.below(4)), UInt8(generator.below(3)))
    // Few cycles, so that ties are common.
    let when = serial / 50 + generator.below(6)
    switch generator.below(8) {
    case 0..<5:
      queue.set(owner, code, at: Cycle(when))
      list.removeAll { $0.owner == owner && $0.code == code }
      list.append(Entry(when: when, serial: serial, owner: owner, code: code))
    case 5:
      queue.cancel(owner, code)
      list.removeAll { $0.owner == owner && $0.code == code }
    default:
      let first = list.filter { $0.when <= when }.min(by: comesBefore)
      let popped = queue.popDue(by: Cycle(when))
      if popped?.when.count != first?.when || popped?.owner != first?.owner || popped?.code != first?.code {
        return "operation \(serial): \(String(describing: popped)), not \(String(describing: first))"
      }
      list.removeAll { $0 == first }
    }
    let sorted = list.sorted(by: comesBefore)
    let pending = queue.pending.map { [$0.when.count, UInt64($0.owner), UInt64($0.code)] }
    if pending != sorted.map({ [$0.when, UInt64($0.owner), UInt64($0.code)] }) { return "operation \(serial)" }
    if let fault = queue.fault { return "operation \(serial): \(fault)" }
  }
  return nil
}
