import Archive
import Backplane
import Boards
import RISCV
import Scenario
import StateCoding
import Testing
import Timeline
import VirtualTime

/// What the reader of a scenario takes for granted about the board.
@Suite struct BoardTests {
  @Test func rolesAreTheBoardsRoles() {
    #expect(Scenario.Role.allCases.map(\.rawValue) == ImageRole.allCases.map(\.rawValue))
  }

  @Test func sizesOfRAMAreTheBoardsSizes() {
    #expect(Scenario.Machine.boards == [VirtMachine.boardName])
    #expect(Scenario.Machine.ramSizes == VirtConfiguration.ramSizeMin...VirtConfiguration.ramSizeMax)
    #expect(Scenario.Machine.ramSizeUnit == Memory.pageSize)
  }

  @Test func noStepCostsMoreThanTheScriptTakesItFor() {
    // The default of `ScriptedInputs`.
    #expect(CostClass.allCases.allSatisfy { CostModel.cycles(of: $0) <= 32 })
    #expect(CostModel.trapCycles <= 32)
  }
}

@Suite struct SourceTests {
  @Test func filesLieBesideTheScenario() {
    #expect(
      Scenario.Source.file("a/b.elf").candidates(scenarioFolder: "/x", guestsFolder: "/g", imagesFolder: "/i")
        == ["/x/a/b.elf"])
  }

  @Test func guestsLieInTheCacheOfTheRepository() {
    let source = Scenario.Source.guest("teach", file: "teach.elf")
    #expect(
      source.candidates(scenarioFolder: "/x", guestsFolder: "/g", imagesFolder: "/i") == ["/g/teach/teach.elf"])
    #expect(
      source.candidates(scenarioFolder: "/x/y", guestsFolder: nil, imagesFolder: "/i") == [
        "/x/y/.cache/guests/teach/teach.elf", "/x/.cache/guests/teach/teach.elf", "/.cache/guests/teach/teach.elf",
      ])
  }

  @Test func imagesByTheirDigestsHaveThemAsNames() {
    let digest = [UInt8](0..<32)
    let name = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    let source = Scenario.Source.digest(digest)
    #expect(source.candidates(scenarioFolder: "/x", guestsFolder: "/g", imagesFolder: "/i") == ["/i/\(name)"])
    #expect(
      source.candidates(scenarioFolder: "/x", guestsFolder: "/g", imagesFolder: nil) == [
        "/x/.cache/images/\(name)", "/.cache/images/\(name)",
      ])
  }
}

/// Keeps what came in.
final class Watched: InputSource {
  let inner: ScriptedInputs
  var entered: [StampedInput] = []
  init(_ inner: ScriptedInputs) { self.inner = inner }
  func horizon(after moment: Moment) -> Step { inner.horizon(after: moment) }
  func idle(from moment: Moment, until alarm: Cycle?) -> Cycle? { inner.idle(from: moment, until: alarm) }
  func take(at moment: Moment) -> [Input] {
    let inputs = inner.take(at: moment)
    entered += inputs.map { StampedInput(moment: moment, input: $0) }
    return inputs
  }
}

/// A guest.
enum BusyEcho {
  /// Prints `>`, then echoes what it receives, and powers off after the key `q`. Between two looks at the serial port
  /// it divides for a while, so that the machine has no reason of its own to pause:
  ///
  ///     li a0, 0x10000000; li t2, '>'
  ///     1: sb t2, 0(a0)
  ///     2: li t4, 5000
  ///     3: divu t5, t4, t2; addi t4, t4, -1; bnez t4, 3b
  ///     lbu t1, 5(a0); andi t3, t1, 1; beqz t3, 2b; lbu t2, 0(a0); li t3, 'q'; bne t2, t3, 1b
  ///     li a1, 0x100000; li t3, 0x5555; sw t3, 0(a1); 4: j 4b
  static let code: [UInt8] = [
    0x37, 0x05, 0x00, 0x10, 0x93, 0x03, 0xe0, 0x03, 0x23, 0x00, 0x75, 0x00, 0xb7, 0x1e, 0x00, 0x00, 0x93,
    0x8e, 0x8e, 0x38, 0x33, 0xdf, 0x7e, 0x02, 0x93, 0x8e, 0xfe, 0xff, 0xe3, 0x9c, 0x0e, 0xfe, 0x03, 0x43,
    0x55, 0x00, 0x13, 0x7e, 0x13, 0x00, 0xe3, 0x02, 0x0e, 0xfe, 0x83, 0x43, 0x05, 0x00, 0x13, 0x0e, 0x10,
    0x07, 0xe3, 0x9a, 0xc3, 0xfd, 0xb7, 0x05, 0x10, 0x00, 0x37, 0x5e, 0x00, 0x00, 0x13, 0x0e, 0x5e, 0x55,
    0x23, 0xa0, 0xc5, 0x01, 0x6f, 0x00, 0x00, 0x00,
  ]
}

/// Scripts on the real board, conducted.
@Suite struct ConductedTests {
  private struct Result: Equatable {
    var entered: [StampedInput]
    var console: [UInt8] = []
    var moment: Moment
    var digest: Digest
    var status: ScriptedInputs.Status
  }

  /// Runs the script, cut at every multiple of `cut` steps besides where the conductor pauses.
  private static func run(cut: UInt64, mostCyclesPerStep: UInt64 = 32) throws -> Result {
    let machine = try VirtMachine.make(
      VirtConfiguration(ramSize: 16 << 20), images: [BoardImage(role: .firmware, name: "echo", bytes: BusyEcho.code)])
    let script = Script([
      Script.Action(.expect(try Pattern(notation: ">"), within: Span(nanoseconds: 2_000_000))),
      Script.Action(.type(Array("hello".utf8), every: Span(nanoseconds: 300_000))),
      Script.Action(.expect(try Pattern(notation: "/h.l+o/"), within: Span(nanoseconds: 5_000_000))),
      Script.Action(.wait(Span(nanoseconds: 777_777))), Script.Action(.type([0x71], every: Script.keystrokeInterval)),
    ])
    let inputs = ScriptedInputs(
      script, console: Slot(VirtSlot.uart.rawValue), clockHertz: machine.board.fabric.clockHertz,
      mostCyclesPerStep: mostCyclesPerStep)
    let watched = Watched(inputs)
    var door = Door(watched)
    var console: [UInt8] = []
    var end: EndRecord?
    while end == nil || end?.reason == .limit {
      let conductor = Conductor(machine: machine, journal: nil) { bytes, moment in
        console += bytes
        inputs.observe(bytes, at: moment)
      }
      let next = Step((machine.moment.step.count / cut + 1) * cut)
      end = try conductor.run(door: &door, limits: .init(step: next, cycle: Cycle(20_000_000)))
      if machine.moment.cycle.count >= 20_000_000 { break }
    }
    return Result(
      entered: watched.entered, console: console, moment: machine.moment, digest: machine.digest(),
      status: inputs.status)
  }

  @Test func theSameScriptIsTheSameRunHoweverItIsCut() throws {
    let whole = try Self.run(cut: 1 << 40)
    #expect(whole.status == .finished)
    #expect(String(decoding: whole.console, as: UTF8.self) == ">hello")
    #expect(whole.entered.map(\.input.bytes) == "helloq".utf8.map { [$0] })
    for cut: UInt64 in [997, 4_096, 65_537, 1 << 20] {
      #expect(try Self.run(cut: cut) == whole)
    }
  }

  /// The canary: with a wrong bound on what a step costs, cuts show.
  @Test func aScriptThatComesLateWouldBeNoticed() throws {
    #expect(try Self.run(cut: 997, mostCyclesPerStep: 1) != Self.run(cut: 1 << 40, mostCyclesPerStep: 1))
  }
}
