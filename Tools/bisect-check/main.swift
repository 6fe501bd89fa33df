// Checks on a real boot that bisecting two traces finds the instruction of an emulator's mistake: Tools/bisect-linux.
//
// usage: bisect-check FIRMWARE KERNEL INITRD STEPS STEP...
//
// Boots the guest for STEPS steps on a good emulator, and on ones with each kind of mistake planted behind each STEP;
// each pair must part at exactly that step, and a pair of two good ones not at all.

import Archive
import Backplane
import Boards
import Glibc
import Host
import Support
import Timeline
import VirtualTime

/// The boot that everything is done to.
struct Boot: Sendable {
  let images: [BoardImage]
  let limitSteps: UInt64

  func machine(_ fault: FaultyBoard.Fault) throws -> Machine<FaultyBoard> {
    let configuration = VirtConfiguration(ramSize: 256 << 20, bootArguments: "console=ttyS0,921600 reprise.mode=boot")
    let machine = try VirtMachine.make(configuration, images: images)
    return Machine(board: FaultyBoard(machine.board, fault), memory: machine.memory)
  }

  /// A recording on an emulator with `fault` in it.
  func record(_ fault: FaultyBoard.Fault) throws -> RecordedSide<FaultyBoard> {
    final class File { var bytes: [UInt8] = [] }
    let file = File()
    var writer = TraceWriter()
    file.bytes = writer.header(
      TraceHeader(
        board: "planted", costModel: "in-order", costModelRevision: 1, seed: 0, epochNanoseconds: 0,
        rungIntervalSteps: 1 << 24))
    let journal = Journal(writer: writer) { file.bytes += $0 }
    let machine = try machine(fault)
    let keeper = CheckpointKeeper(of: machine, plan: .evenly(8), intervalSteps: 1 << 24)
    let conductor = Conductor(machine: machine, journal: journal, keeper: keeper, collecting: []) { _, _ in }
    var door = Door()
    _ = try conductor.run(door: &door, limits: .init(step: Step(limitSteps)))
    let bytes = file.bytes
    return RecordedSide(bytes: bytes) { _ in try self.machine(fault) }
  }
}

func fail(_ message: String) -> Never {
  print("bisect-check: \(message)")
  exit(1)
}

let arguments = Array(CommandLine.arguments.dropFirst())
let numbers = arguments.dropFirst(3).compactMap { UInt64($0) }
guard arguments.count >= 5, numbers.count == arguments.count - 3 else {
  print("usage: bisect-check FIRMWARE KERNEL INITRD STEPS STEP...")
  exit(64)
}
let images = try zip([ImageRole.firmware, .kernel, .initrd], arguments).map { role, path in
  BoardImage(role: role, name: "\(role)", bytes: try InputFile.contents(of: path, limit: 1 << 30))
}
let boot = Boot(images: images, limitSteps: numbers[0])
let good = try boot.record(.none)

func bisect(_ other: RecordedSide<FaultyBoard>) throws -> BisectionOutcome {
  try Bisection(Sides(good, other), workers: HostThreads()).run()
}

let twin = try bisect(boot.record(.none))
guard twin.verdict == .identical else { fail("two good boots are said to be \(twin.verdict.rawValue)") }
print("two good boots: identical, \(twin.ladder.commonCount) rungs")

/// Mistakes behind the instruction at a step, each with its name.
let mistakes: [(name: String, fault: (UInt64) -> FaultyBoard.Fault)] = [
  // The stack pointer: of a register that is dead, nothing would be left by the next rung.
  ("instruction", { .register(2, flipping: 16, atStep: $0) }),
  ("device", { .alarm(atStep: $0) }),
  // Memory that the firmware keeps for itself and does not use.
  ("uninitialised", { .bytes(0x8007_ff00, [0xad, 0x0b, 0xed, 0x5e], atStep: $0) }),
]
for mistake in mistakes {
  for step in numbers.dropFirst() {
    let outcome = try bisect(boot.record(mistake.fault(step)))
    let found = outcome.parting.map { "@\($0.step.count)" } ?? "no step"
    guard outcome.verdict == .differentState, outcome.parting?.step.count == step else {
      fail("\(mistake.name) planted behind @\(step): \(outcome.verdict.rawValue), found \(found)")
    }
    let cost = "\(outcome.comparisonCount) comparisons, \(outcome.stepsRun) steps"
    print("\(mistake.name) planted behind @\(step): found, \(cost)")
  }
}
