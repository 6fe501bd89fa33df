import Testing

@testable import Debugger

/// Going forwards and backwards.
@Suite struct RunningTests {
  private static let stopAtStart = "T05thread:1;"

  @Test func aStopReplyHasTheRegistersThatAreAskedForFirst() {
    #expect(sample().ask("?") == "T05thread:1;3:0000010000000000;2:0080000000000000;")
  }

  @Test func stepsGoBothWays() {
    let wire = sample()
    #expect(wire.ask("s").hasPrefix("T05thread:1;3:0400010000000000"))
    #expect(wire.ask("vCont;s:1").hasPrefix("T05thread:1;3:0800"))
    #expect(wire.ask("bs").hasPrefix("T05thread:1;3:0400"))
    #expect(wire.step == 1)
    #expect(wire.ask("?").contains("3:0400"))
  }

  @Test func bothEndsSaySo() {
    let wire = sample()
    #expect(wire.ask("bs").hasPrefix("T05thread:1;replaylog:begin;"))
    #expect(wire.ask("bc").hasPrefix("T05thread:1;replaylog:begin;"))
    #expect(wire.ask("c").hasPrefix("T05thread:1;replaylog:end;"))
    #expect(wire.step == 20)
    #expect(wire.ask("s").hasPrefix("T05thread:1;replaylog:end;"))
    #expect(wire.ask("bc").hasPrefix("T05thread:1;replaylog:begin;"))
    #expect(wire.step == 0)
  }

  @Test func steppingBackToTheStartIsNotRunningIntoIt() {
    let wire = sample()
    #expect(wire.ask("Z2,19000,4") == "OK")
    _ = wire.ask("s")
    #expect(wire.ask("bs").hasPrefix("T05thread:1;3:"))
    #expect(wire.step == 0)
    #expect(wire.ask("bs").contains("replaylog:begin"))
  }

  @Test func breakpointsStopBothWaysAndAreLeftBothWays() {
    let wire = sample()
    _ = wire.ask("qSupported:swbreak+;hwbreak+")
    #expect(wire.ask("Z0,10010,4") == "OK")
    #expect(wire.ask("Z1,10020,4") == "OK")
    #expect(wire.ask("c").hasPrefix("T05thread:1;swbreak:;"))
    #expect(wire.step == 4)
    #expect(wire.ask("c").hasPrefix("T05thread:1;hwbreak:;"))
    #expect(wire.step == 8)
    #expect(wire.ask("bc").hasPrefix("T05thread:1;swbreak:;"))
    #expect(wire.step == 4)
    #expect(wire.ask("bc").contains("replaylog:begin"))
    #expect(wire.ask("z0,10010,4") == "OK")
    #expect(wire.ask("c").contains("hwbreak"))
    #expect(wire.ask("z1,10020,4") == "OK")
    #expect(wire.ask("c").contains("replaylog:end"))
  }

  @Test func whoDoesNotKnowBreakReasonsIsToldNone() {
    let wire = sample()
    _ = wire.ask("Z0,10010,4")
    #expect(wire.ask("c").hasPrefix("T05thread:1;3:"))
  }

  @Test(
    arguments: [
      ("Z2", "watch", [6, 13]), ("Z3", "rwatch", [10]), ("Z4", "awatch", [6, 10, 13]),
    ] as [(String, String, [UInt64])])
  func watchpointsStopBeforeTheAccessIsMadeOrUndone(_ packet: String, _ name: String, _ steps: [UInt64]) {
    let wire = sample()
    let point = packet.dropFirst() + ",11000,1"
    // As gdb does it: behind the stop, one step without the watchpoint, and then it compares the values.
    func pass(_ command: String) {
      #expect(wire.ask("z\(point)") == "OK")
      #expect(wire.ask(command).hasPrefix("T05thread:1;3:"))
      #expect(wire.ask("Z\(point)") == "OK")
    }
    #expect(wire.ask("Z\(point)") == "OK")
    for step in steps {
      #expect(wire.ask("c").hasPrefix("T05thread:1;\(name):11000;"))
      #expect(wire.step == step - 1)
      pass("s")
      #expect(wire.step == step)
    }
    #expect(wire.ask("c").contains("replaylog:end"))
    for step in steps.reversed() {
      #expect(wire.ask("bc").hasPrefix("T05thread:1;\(name):11000;"))
      #expect(wire.step == step)
      pass("bs")
      #expect(wire.step == step - 1)
    }
    #expect(wire.ask("bc").contains("replaylog:begin"))
  }

  @Test func aWatchpointIsToldByAnAddressInsideIt() {
    let wire = sample()
    #expect(wire.ask("Z2,10ffe,8") == "OK")
    #expect(wire.ask("c").hasPrefix("T05thread:1;watch:11000;"))
  }

  @Test func stepsStopAtWatchpointsToo() {
    let wire = sample()
    _ = wire.ask("Z2,11000,1")
    _ = wire.monitor("seek @5")
    #expect(wire.ask("s").contains("watch:11000;"))
    #expect(wire.step == 5)
    _ = wire.monitor("seek @6")
    #expect(wire.ask("bs").contains("watch:11000;"))
    #expect(wire.step == 6)
  }

  @Test func rangesAreSteppedThrough() {
    let wire = sample()
    #expect(wire.ask("vCont;r10000,10010:1").hasPrefix("T05thread:1;3:1000010000000000"))
    #expect(wire.step == 4)
    // A breakpoint inside ends it, and so does a watchpoint.
    _ = wire.ask("Z0,10018,4")
    _ = wire.ask("qSupported:swbreak+")
    #expect(wire.ask("vCont;r10010,10030").contains("swbreak"))
    #expect(wire.step == 6)
    _ = wire.ask("Z3,11000,1")
    #expect(wire.ask("vCont;r10010,10030").contains("rwatch:11000"))
    #expect(wire.step == 9)
  }

  @Test func controlCThatComesTogetherWithTheCommandStopsIt() {
    let wire = Wire(ScriptedTarget(straight(4000)))
    let answer = String(decoding: wire.raw(Array("$c#63".utf8) + [3]), as: UTF8.self)
    #expect(answer.contains("T02"))
    #expect(wire.step < 4000)
    // It meant that movement, and not the next.
    #expect(wire.ask("c").contains("replaylog:end"))
  }

  @Test func controlCStopsARun() {
    let wire = sample()
    wire.arriving = [[], [], [], [3]]
    #expect(wire.ask("c").hasPrefix("T02thread:1;"))
    #expect(wire.step == 3)
    wire.arriving = [[], [3]]
    #expect(wire.ask("bc").hasPrefix("T02thread:1;"))
    #expect(wire.step == 3)
    // Outside a run it means nothing.
    #expect(wire.raw([3]) == [])
  }

  @Test func whatComesDuringARunIsAnsweredBehindIt() {
    let wire = sample()
    wire.arriving = [Array("$qC#b4".utf8)]
    #expect(wire.ask(bytes: Array("c".utf8)).map { String(decoding: $0, as: UTF8.self) }.last == "QC1")
  }

  @Test func aDebuggerThatIsGoneEndsTheRun() {
    let wire = sample()
    wire.wantsEnd = true
    #expect(wire.ask("c").hasPrefix("T02"))
    #expect(wire.step == 0)
  }

  @Test func longRunsTellHowFarTheyAre() {
    let wire = sample()
    wire.progressEvery = 10
    let (console, answer) = wire.watch("c")
    #expect(console.contains("half way\n"))
    #expect(answer.contains("replaylog:end"))
  }

  @Test func aDivergenceIsToldAndTheSessionGoesOn() {
    let wire = sample()
    wire.target.divergesAt = 7
    let (console, answer) = wire.watch("c")
    #expect(console.contains("no longer the run that was recorded: a digest differs"))
    #expect(answer.hasPrefix("T05thread:1;3:"))
    #expect(wire.step == 7)
    #expect(wire.ask("p1") == "1101000000000000")
    #expect(wire.ask("bs").hasPrefix("T05"))
  }

  @Test func signalsMeanNothing() {
    let wire = sample()
    #expect(wire.ask("S05").hasPrefix("T05"))
    #expect(wire.ask("vCont;S05:1;c").hasPrefix("T05"))
    #expect(wire.step == 2)
    #expect(wire.ask("C05").contains("replaylog:end"))
    #expect(wire.ask("vCont;t").hasPrefix("T05"))
  }

  // MARK: Interrupts

  @Test func aStepPassesOverAnInterrupt() {
    let wire = interrupted()
    _ = wire.monitor("seek @3")
    #expect(wire.ask("s").contains("3:1000010000000000"))
    #expect(wire.step == 8)
    #expect(wire.ask("bs").contains("3:0c00010000000000"))
    #expect(wire.step == 7)
    // From behind the handler back over it, to the instruction before.
    #expect(wire.ask("bs").contains("3:0800010000000000"))
    #expect(wire.step == 2)
  }

  @Test func interruptsCanBeShown() {
    let wire = interrupted()
    _ = wire.monitor("traps show")
    _ = wire.monitor("seek @3")
    #expect(wire.ask("s").contains("3:0090000000000000"))
    _ = wire.monitor("seek @7")
    #expect(wire.ask("bs").contains("3:0890000000000000"))
  }

  @Test func aBreakpointInTheHandlerStopsAStep() {
    let wire = interrupted()
    _ = wire.ask("Z0,9004,4")
    _ = wire.monitor("seek @3")
    _ = wire.ask("s")
    #expect(wire.step == 5)
    _ = wire.monitor("seek @7")
    _ = wire.ask("bs")
    #expect(wire.step == 5)
  }

  @Test func aReturnFromATrapThatWasNoInterruptIsNotPassedOver() {
    var deeds = straight(3)
    deeds[1].register = (71, 0x1_000c)
    deeds[2].text = "sret"
    deeds += straight(6).dropFirst(3)
    let wire = Wire(ScriptedTarget(deeds))
    _ = wire.monitor("seek @3")
    _ = wire.ask("bs")
    #expect(wire.step == 2)
  }
}
