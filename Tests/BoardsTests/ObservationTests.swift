import Backplane
import Boards
import RISCV
import Support
import Testing
import VirtualTime

/// Steps are told as they are, and a run does not change by being looked at.
@Suite struct ObservationTests {
  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func randomGuestsUnderPageTables(seed: UInt64) {
    let made = StopGuest(seed: seed)
    let report = checkObservation(StopRun(StopPoints(), limitSteps: 6000) { made.guest.machine() })
    #expect(report.problem == nil, "seed \(seed)")
    #expect(report.instructionCount > 100 && report.accessCount > 20)
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func randomProgramsOfEveryKindOfInstruction(seed: UInt64) throws {
    let image = ProgramImage(seed: seed &* 0x5_0003, programs: 6)
    let kernel = BoardImage(role: .kernel, name: "programs", bytes: image.elf)
    let configuration = VirtConfiguration(ramSize: ImageLayout.ramBytes)
    _ = try VirtMachine.make(configuration, images: [kernel])
    let run = StopRun(StopPoints(), limitSteps: 6000) {
      guard let machine = try? VirtMachine.make(configuration, images: [kernel]) else {
        preconditionFailure("The image was loaded before.")
      }
      return machine
    }
    let report = checkObservation(run)
    #expect(report.problem == nil, "seed \(seed)")
    #expect(report.exceptionCount > 5)
  }

  @Test func interruptsInputsAndIdling() {
    let guest = Guest.echo()
    var (interruptCount, wireChangeCount) = (0, 0)
    for seed: UInt64 in 1...4 {
      let inputs = guest.inputs(of: RandomTyping("keys, q", seed: seed, longestPauseSteps: 3000), limitSteps: 60_000)
      var run = StopRun(StopPoints(), inputs: inputs) { guest.machine() }
      run.limitSteps = (inputs.last?.moment.step.count ?? 0) + 500
      let report = checkObservation(run)
      #expect(report.problem == nil, "seed \(seed)")
      interruptCount += report.interruptCount
      wireChangeCount += report.wireChangeCount
    }
    #expect(interruptCount > 4 && wireChangeCount > 8)
  }

  /// Canaries: records with a small mistake are found.
  @Test(arguments: 0..<5)
  func aWrongRecordIsFound(mistake: Int) {
    let made = StopGuest(seed: 1)
    var isMade = false
    let report = checkObservation(StopRun(StopPoints()) { made.guest.machine() }) { record in
      guard record.kind == .instruction, !isMade else { return }
      switch mistake {
      case 0:
        isMade = !record.writes.isEmpty
        if isMade { record.writes[0].value ^= 1 }
      case 1:
        isMade = !record.writes.isEmpty
        if isMade { record.writes.removeLast() }
      case 2:
        isMade = record.accesses.contains { $0.isWrite && $0.value != nil }
        if isMade { record.accesses[record.accesses.count - 1].value? ^= 1 }
      case 3:
        isMade = !record.accesses.isEmpty
        if isMade { record.accesses.removeLast() }
      default:
        isMade = true
        record.start.cycle = Cycle(record.start.cycle.count + 1)
      }
    }
    #expect(isMade && report.problem != nil)
  }

  /// Every execution of the instructions at given addresses is told, once, whoever stops in between.
  @Test func addressesAreTold() {
    let guest = Guest.echo()
    let inputs = guest.inputs(of: RandomTyping("ab, q", seed: 3, longestPauseSteps: 500), limitSteps: 60_000)
    var run = StopRun(StopPoints(), inputs: inputs) { guest.machine() }
    run.limitSteps = (inputs.last?.moment.step.count ?? 0) + 500
    let addresses = (0..<40).map { Guest.codeBase + 0x40 + UInt64($0) * 8 }
    let machine = run.make()
    var door = Door(RecordedInputs(run.inputs))
    var expected: [UInt64] = []
    _ = machine.observe(.steps, until: RunLimit(step: Step(run.limitSteps)), door: &door) { record in
      if record.kind == .instruction, addresses.contains(record.pc) { expected.append(record.start.step.count) }
      return true
    }
    let other = run.make()
    var otherDoor = Door(RecordedInputs(run.inputs))
    var told: [UInt64] = []
    while true {
      let stop = other.observe(.addresses(addresses), until: RunLimit(step: Step(run.limitSteps)), door: &otherDoor) {
        told.append($0.end.step.count)
        return told.count % 3 != 0
      }
      if stop != .output { break }
    }
    #expect(told == expected && told.count > 100)
    #expect(machine.digest() == other.digest())
  }
}
