import Backplane
import Boards
import RISCV
import StateCoding
import Support
import Testing
import VirtualTime

/// Runs stop exactly at their stop points, whatever the pieces in which they run, and in the states of a run without.
@Suite struct StopPointTests {
  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func randomGuestsUnderPageTables(seed: UInt64) {
    let made = StopGuest(seed: seed)
    var hits = 0
    for variant in 0..<3 as Range<UInt64> {
      let points = made.points(seed: seed &* 31 &+ variant)
      let report = checkStops(StopRun(points) { made.guest.machine() }, seed: seed)
      #expect(report.problem == nil, "seed \(seed), variant \(variant), \(points)")
      hits += report.hits.count
    }
    #expect(hits > 0)
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func randomProgramsOfEveryKindOfInstruction(seed: UInt64) throws {
    let image = ProgramImage(seed: seed &* 0x5_0003, programs: 6)
    let kernel = BoardImage(role: .kernel, name: "programs", bytes: image.elf)
    let configuration = VirtConfiguration(ramSize: ImageLayout.ramBytes)
    _ = try VirtMachine.make(configuration, images: [kernel])
    var random = SeededGenerator(seed: seed)
    var points = StopPoints()
    for program in image.programs {
      let count = program.addresses.upperBound - program.addresses.lowerBound
      points.breakpoints.append((program.addresses.lowerBound + random.below(count)) & ~1)
    }
    for _ in 0..<3 {
      points.watchpoints.append(
        Watchpoint(
          random.pick([.virtual, .physical]), 0x8040_0f00 + random.below(512), byteCount: 1 + random.below(20),
          onRead: true, onWrite: random.chance(1, in: 2)))
    }
    points.registers = [Int(random.below(32)), 33 + Int(random.below(32)), random.pick([66, 68, 833, 835, 4161])]
    let run = StopRun(points, limitSteps: 15_000) {
      guard let machine = try? VirtMachine.make(configuration, images: [kernel]) else {
        preconditionFailure("The image was loaded before.")
      }
      return machine
    }
    let report = checkStops(run, seed: seed, budgets: [1, 13, .max])
    #expect(report.problem == nil, "seed \(seed), \(points)")
    #expect(report.hits.count > 20)
  }

  /// Interrupts of the timer and of the serial port come at breakpoints too: the instruction is then not executed, and
  /// hits when execution comes back. Inputs come at moments of hits, and are not lost.
  @Test func interruptsAndInputsAtBreakpoints() {
    let guest = Guest.echo()
    // All of the loop that is interrupted.
    let loop = (0..<80).map { Guest.codeBase + 0x40 + UInt64($0) * 4 }
    var inputsAtHits = 0
    for seed: UInt64 in 1...5 {
      let inputs = guest.inputs(of: RandomTyping("keys, q", seed: seed, longestPauseSteps: 3000), limitSteps: 60_000)
      var run = StopRun(StopPoints(breakpoints: loop), inputs: inputs) { guest.machine() }
      run.limitSteps = (inputs.last?.moment.step.count ?? 0) + 500
      let report = checkStops(run, seed: seed, budgets: [5, .max])
      #expect(report.problem == nil)
      let hits = Set(report.hits.map(\.step))
      inputsAtHits += inputs.count { hits.contains($0.moment.step.count) }
    }
    #expect(inputsAtHits > 0)
  }

  /// What an interrupt handler writes and reads of devices, and the registers that taking the interrupt writes.
  @Test func interruptsAndDevicesAreWatched() {
    let guest = Guest.echo()
    let inputs = guest.inputs(of: RandomTyping("keys, q", seed: 2), limitSteps: 60_000)
    let cause = RegisterNumber.csr(0x342)
    let points = StopPoints(
      breakpoints: [0x8000_0078],
      watchpoints: [
        Watchpoint(.physical, Guest.uart, byteCount: 1, onRead: true, onWrite: true),
        Watchpoint(.virtual, Guest.plic + 0x20_0004, byteCount: 4, onRead: true, onWrite: false),
        Watchpoint(.virtual, Guest.resultBase + 16, byteCount: 8, onRead: false, onWrite: true),
      ], registers: [cause, 7])
    let report = checkStops(
      StopRun(points, inputs: inputs, limitSteps: 20_000) { guest.machine() }, seed: 2, budgets: [1, 40, .max])
    #expect(report.problem == nil)
    #expect(report.hits.contains { $0.kind == .register(cause) })
    for index in points.watchpoints.indices {
      #expect(
        report.hits.contains { if case .access(let access) = $0.kind { access.watchpoint == index } else { false } },
        "watchpoint \(index)")
    }
  }

  /// A page that the PMP permits only in part, in which every instruction is executed by itself.
  @Test func partlyPermittedPage() {
    var guest = Guest.begin()
    guest.csrw(.pmpaddr0, value: (Guest.codeBase + 0x800) >> 2)
    guest.csrw(.pmpcfg0, value: 0x0f)
    guest.enter(.supervisor)
    let loop = guest.here()
    guest.addi(.s0, .s0, 1)
    guest.li(.t0, 30)
    guest.branch(.bne, .s0, .t0, loop)
    let code = guest.address(of: loop)
    guest.powerOff()
    let made = Guest(code: guest.finish())
    let report = checkStops(StopRun(StopPoints(breakpoints: [code + 4], registers: [8])) { made.machine() }, seed: 1)
    #expect(report.problem == nil)
    #expect(report.hits.count == 60)
  }

  /// The instruction of a breakpoint is rewritten, by itself and by others, to 16 and to 32 bits.
  @Test func codeThatChangesAtABreakpoint() {
    let target = Guest.codeBase + 0x400
    var guest = Guest.begin()
    guest.li(.s1, target)
    guest.li(.s0, 6)
    guest.li(.a0, UInt64(GuestAssembler.bits(.sw, .zero, .s1, .a1)))
    guest.li(.a1, 0x0001_0001)  // Two times c.nop.
    let loop = guest.here()
    guest.store(.sw, .a0, 0, .s1)
    guest.jump(to: .s1, link: .ra)
    guest.store(.sh, .a1, 0, .s1)
    guest.jump(to: .s1, link: .ra)
    guest.addi(.s0, .s0, -1)
    guest.branch(.bne, .s0, .zero, loop)
    guest.powerOff()
    guest.origin(target)
    guest.word(0)
    guest.jump(to: .ra)
    let made = Guest(code: guest.finish())
    for points in [StopPoints(breakpoints: [target]), StopPoints(breakpoints: [target, target + 2])] {
      let report = checkStops(StopRun(points) { made.machine() }, seed: 3)
      #expect(report.problem == nil)
      #expect(report.hits.count >= 12)
    }
  }
}

extension StopPointTests {
  private func loop() -> (guest: Guest, start: UInt64) {
    var guest = Guest.begin()
    let loop = guest.here()
    guest.addi(.s0, .s0, 1)
    guest.addi(.s1, .s1, 1)
    guest.jump(loop)
    let start = guest.address(of: loop)
    return (Guest(code: guest.finish()), start)
  }

  /// A limit at the step of a breakpoint comes first; a breakpoint that is passed is not hit; the next time it is.
  @Test func limitsComeBeforeBreakpoints() {
    let (guest, start) = loop()
    let machine = guest.machine()
    machine.stopPoints = StopPoints(breakpoints: [start])
    var door = Door()
    guard case .hit(let hit) = machine.run(until: RunLimit(step: Step(1000)), door: &door) else {
      Issue.record("no hit")
      return
    }
    let again = guest.machine()
    again.stopPoints = machine.stopPoints
    #expect(again.run(until: RunLimit(step: Step(hit.step)), door: &door) == .limit)
    #expect(again.run(until: RunLimit(step: Step(hit.step + 1)), door: &door) == .hit(hit))
    #expect(again.run(until: RunLimit(step: Step(hit.step + 1)), door: &door) == .hit(hit))
    var limit = RunLimit(step: Step(hit.step + 9))
    limit.passedBreakpoint = Step(hit.step)
    let next = Hit(hart: 0, step: hit.step + 3, kind: .breakpoint(start))
    #expect(again.run(until: limit, door: &door) == .hit(next))
    machine.stopPoints = StopPoints()
    #expect(machine.run(until: RunLimit(step: Step(1000)), door: &door) == .limit)
  }

  /// Stop points set and taken away in the middle of a run hold from then on.
  @Test func stopPointsChangeOnTheWay() {
    let (guest, start) = loop()
    let machine = guest.machine()
    var door = Door()
    func run() -> Stop { machine.run(until: RunLimit(step: Step(machine.moment.step.count + 20)), door: &door) }
    #expect(run() == .limit)
    for pc in [start, start + 4, start + 8, start + 4] {
      machine.stopPoints.breakpoints = [pc]
      guard case .hit(let hit) = run() else {
        Issue.record("no hit at \(pc)")
        return
      }
      #expect(hit.kind == .breakpoint(pc))
      #expect(machine.board.hart.pc == pc)
      machine.stopPoints.breakpoints = []
      #expect(run() == .limit)
      machine.stopPoints.registers = [9]
      guard case .hit(let written) = run() else {
        Issue.record("no hit of a register")
        return
      }
      #expect(written.kind == .register(9))
      #expect(machine.board.hart.pc == start + 8)
      machine.stopPoints.registers = []
      #expect(run() == .limit)
    }
  }

  /// Canaries: an engine that stops elsewhere, or not, or once too often, is noticed.
  @Test func engineThatStopsElsewhereIsNoticed() {
    let made = StopGuest(seed: 2)
    let run = StopRun(made.points(seed: 2 &* 31)) { made.guest.machine() }
    #expect(checkStops(run, seed: 1, budgets: [7]).problem == nil)
    func expectProblem(_ change: (inout StopPoints) -> Void) {
      var wrong = run
      var points = run.points
      change(&points)
      wrong.toldPoints = points
      #expect(checkStops(wrong, seed: 1, budgets: [7]).problem != nil, "\(points)")
    }
    expectProblem { $0.breakpoints.removeAll() }
    expectProblem { $0.breakpoints[0] += 4 }
    expectProblem { $0.breakpoints.append(made.code.lowerBound) }
    expectProblem { $0.registers = [] }
    expectProblem { $0.registers = [65 + 0x342] }
    expectProblem { points in
      points.watchpoints = points.watchpoints.map {
        Watchpoint($0.space, $0.address, byteCount: $0.byteCount, onRead: !$0.onRead, onWrite: true)
      }
    }
    expectProblem { points in
      points.watchpoints = points.watchpoints.map {
        Watchpoint($0.space, $0.address + 0x100, byteCount: $0.byteCount, onRead: $0.onRead, onWrite: $0.onWrite)
      }
    }
  }
}
