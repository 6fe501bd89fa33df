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
import Timeline
import VirtualTime

/// The boot that everything is done to.
struct Boot: Sendable {
  let images: [BoardImage]
  let limitSteps: UInt64

  func machine(_ plant: PlantedBoard.Plant) throws -> Machine<PlantedBoard> {
    let configuration = VirtConfiguration(ramSize: 256 << 20, bootArguments: "console=ttyS0,921600 reprise.mode=boot")
    let machine = try VirtMachine.make(configuration, images: images)
    return Machine(board: PlantedBoard(machine.board, plant), memory: machine.memory)
  }

  /// A recording on an emulator with `plant` in it.
  func record(_ plant: PlantedBoard.Plant) throws -> RecordedSide<PlantedBoard> {
    final class File { var bytes: [UInt8] = [] }
    let file = File()
    var writer = TraceWriter()
    file.bytes = writer.header(
      TraceHeader(
        board: "planted", costModel: "in-order", costModelRevision: 1, seed: 0, epochNanoseconds: 0,
        rungIntervalSteps: 1 << 24))
    let journal = Journal(writer: writer) { file.bytes += $0 }
    let machine = try machine(plant)
    let keeper = CheckpointKeeper(of: machine, plan: .evenly(8), intervalSteps: 1 << 24)
    let conductor = Conductor(machine: machine, journal: journal, keeper: keeper, collecting: []) { _, _ in }
    var door = Door()
    _ = try conductor.run(door: &door, limits: .init(step: Step(limitSteps)))
    let bytes = file.bytes
    return RecordedSide(bytes: bytes) { _ in try self.machine(plant) }
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
let good = try boot.record(PlantedBoard.Plant())

func bisect(_ other: RecordedSide<PlantedBoard>) throws -> BisectionOutcome {
  try Bisection(Sides(good, other), workers: HostThreads()).run()
}

let twin = try bisect(boot.record(PlantedBoard.Plant()))
guard twin.verdict == .identical else { fail("two good boots are said to be \(twin.verdict.rawValue)") }
print("two good boots: identical, \(twin.ladder.commonCount) rungs")
for bug in PlantedBoard.Bug.allCases where bug != .none {
  for step in numbers.dropFirst() {
    let bad = try boot.record(PlantedBoard.Plant(bug, behind: step, garbage: 0x5eed_0bad))
    let outcome = try bisect(bad)
    let found = outcome.parting.map { "@\($0.step.count)" } ?? "no step"
    guard outcome.verdict == .differentState, outcome.parting?.step.count == step else {
      fail("\(bug) planted behind @\(step): \(outcome.verdict.rawValue), found \(found)")
    }
    print("\(bug) planted behind @\(step): found, \(outcome.comparisonCount) comparisons, \(outcome.stepsRun) steps")
  }
}
