import Archive
import Backplane
import Boards
import StateCoding
import Testing
import VirtualTime

@testable import Commands

/// The guest that ships with Reprise, as the golden traces hold it: it is there whatever was built.
enum Teach {
  /// The golden trace in which the guest loses the count of a key.
  static let raceTrace = traces + "teach-race.reprise"
  private static let traces: String = {
    let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    return root + "/Traces/virt/"
  }()

  /// The ELF file.
  static func kernel() throws -> [UInt8] {
    let reader = try TraceReader(TraceFile(raceTrace))
    return try TraceMachine.bytes(ofImage: 0, reader, from: nil)
  }
}

/// Two recordings, replayed beside each other and compared all the way: the slow way to what `bisect` finds.
struct SideBySide {
  /// A machine that goes through its recording.
  struct Replay {
    let machine: Machine<VirtBoard>
    var door: Door
    let last: Moment

    init(_ trace: String) throws {
      let reader = try TraceReader(TraceFile(trace))
      machine = try TraceMachine.make(reader, files: [:])
      let inputs = try reader.inputs().map {
        StampedInput(moment: $0.moment, input: Input(slot: Slot($0.slot), bytes: $0.bytes))
      }
      door = Door(RecordedInputs(inputs))
      last = reader.end?.moment ?? reader.covered
    }

    /// Goes to the first moment of `step`.
    mutating func go(to step: UInt64) { go(to: Moment(step: Step(step), cycle: .zero)) }

    mutating func go(to moment: Moment) { _ = machine.run(until: RunLimit(moment: moment), door: &door) }

    /// What debuggers see of the hart.
    var registers: [UInt64?] {
      VirtBoard.features.flatMap(\.registers).map { machine.board.register($0.number, hart: 0) }
    }
  }

  let a: String
  let b: String

  /// The first step behind which the machines differ, memory included; `nil` when there is none up to the end of the
  /// shorter recording.
  /// - Parameter stride: how many steps are gone at once, first. What passes within them is not seen.
  func parting(stride: UInt64 = 1024) throws -> UInt64? {
    var (one, other) = (try Replay(a), try Replay(b))
    let last = min(one.last, other.last)
    var same: UInt64 = 0
    while one.machine.digest() == other.machine.digest() {
      guard one.machine.moment < last else { return nil }
      same = one.machine.moment.step.count
      let moment = min(last, Moment(step: Step(same + stride), cycle: .zero))
      one.go(to: moment)
      other.go(to: moment)
    }
    // Again through the stretch in which they part, one step at a time.
    (one, other) = (try Replay(a), try Replay(b))
    var step = same
    one.go(to: step)
    other.go(to: step)
    try #require(one.machine.digest() == other.machine.digest())
    while true {
      one.go(to: step + 1)
      other.go(to: step + 1)
      if one.machine.digest() != other.machine.digest() { return step }
      step += 1
    }
  }

  /// The first step behind which the boards differ, memory left out, going one step at a time from power-on.
  func boardParting(before stepMax: UInt64) throws -> UInt64? {
    var (one, other) = (try Replay(a), try Replay(b))
    for step in 0..<stepMax {
      one.go(to: step + 1)
      other.go(to: step + 1)
      if one.machine.board != other.machine.board { return step }
    }
    return nil
  }

  /// The first step behind which the registers or the time differ.
  func registerParting(before stepMax: UInt64) throws -> UInt64? {
    var (one, other) = (try Replay(a), try Replay(b))
    for step in 0..<stepMax {
      one.go(to: step + 1)
      other.go(to: step + 1)
      if one.registers != other.registers || one.machine.moment != other.machine.moment { return step }
    }
    return nil
  }
}
