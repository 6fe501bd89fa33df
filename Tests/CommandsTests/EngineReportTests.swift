import Backplane
import RISCV
import Support
import Testing
import VirtualTime

@testable import Commands

/// `--engine lockstep`, and what it tells when the engines differ.
@Suite struct EngineReportTests {
  @Test func recordingAndReplayingSideBySideIsAsWithOneEngine() throws {
    let recording = try EchoRecording()
    let folder = recording.folder
    let trace = folder.file("beside.reprise")
    let guest = try folder.write("waiter.bin", Guests.waiter)
    #expect(reprise("record", "-o", folder.file("one.reprise"), "--bios", guest, "-m", "16M").status == 0)
    let beside = reprise("record", "--engine", "lockstep", "-o", trace, "--bios", guest, "-m", "16M")
    #expect(beside.status == 0, "\(beside.error)")
    #expect(try folder.read("beside.reprise") == folder.read("one.reprise"))
    for path in [trace, recording.trace] {
      let replayed = reprise("replay", "--engine", "lockstep", path)
      #expect(replayed.status == 0, "\(replayed.error)")
      #expect(reprise("verify", "--engine", "lockstep", path).status == 0)
    }
    #expect(reprise("replay", "--engine", "both", trace).status == 64)
  }

  @Test func theBlockAndWhatDiffersAreTold() throws {
    let machine = Guest.everyFault().machine(planting: .division)
    machine.engine = .lockstep
    var door = Door()
    #expect(machine.run(until: RunLimit(step: Step(10_000)), door: &door) == .enginesDiffer)
    let difference = try #require(machine.engineDifference)
    let lines = EngineReport(difference, machine.memory).lines
    let pc = String(difference.before.programCounter(hart: 0), radix: 16)
    #expect(
      lines[0].contains("in the block that begins at step @\(machine.moment.step.count), pc 0x\(pc), in supervisor"))
    #expect(lines.contains { $0.contains("div a3, t1, zero") })
    #expect(lines.contains { $0.contains("a3: interpreter 0xffffffffffffffff, translator 0x0") })
    #expect(!lines.contains { $0.contains("a2: ") })
  }

  @Test func aStaleTranslationIsTold() throws {
    let machine = Guest.everyFault().machine(planting: .staleTranslation)
    machine.engine = .lockstep
    var door = Door()
    #expect(machine.run(until: RunLimit(step: Step(10_000)), door: &door) == .enginesDiffer)
    let difference = try #require(machine.engineDifference)
    #expect(EngineReport(difference, machine.memory).lines.contains { $0.contains("interpreter 0x") })
  }
}
