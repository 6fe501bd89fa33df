import Backplane
import Testing

@testable import Debugger

/// The user's own commands.
@Suite struct MonitorTests {
  @Test func whatIsDoneWithoutIsToldOnce() {
    let wire = sample()
    wire.target.problems = ["the checkpoint at @7 is damaged"]
    #expect(wire.watch("c").console == "reprise: the checkpoint at @7 is damaged; done without\n")
    #expect(wire.watch("bc").console.isEmpty)
  }

  @Test func everyCommandIsInTheList() {
    let help = sample().monitor("help")
    for name in [
      "help", "where", "step", "seek", "marks", "mark", "why", "log", "phys", "translate", "traps", "direction", "fork",
      "checkpoints",
    ] {
      #expect(help.contains("\n  \(name) "), "\(name)")
    }
    #expect(sample().monitor("") == help)
    #expect(sample().monitor("jump").contains("no command 'jump'; there are: help, where"))
  }

  @Test func placesAreToldAndGoneTo() {
    let wire = sample()
    #expect(wire.monitor("where").contains("@0, t=0 ns\nhart 0, supervisor mode, 0x10000 start (teach.c:7): nop\n"))
    #expect(wire.monitor("where").contains("this is the start"))
    #expect(wire.monitor("seek @7").contains("@7, t=7 ns"))
    #expect(wire.step == 7)
    #expect(wire.ask("?").contains("3:1c00010000000000"))
    #expect(wire.monitor("seek +3").contains("maintenance flush register-cache"))
    #expect(wire.step == 10)
    _ = wire.monitor("seek -4")
    #expect(wire.step == 6)
    _ = wire.monitor("seek -400")
    #expect(wire.step == 0)
    #expect(wire.monitor("seek end").contains("this is the end"))
    #expect(wire.monitor("step") == "@20 of @0 to @20\n")
    #expect(wire.monitor("seek @99").contains("the run ends here"))
    _ = wire.monitor("seek start")
    #expect(wire.step == 0)
    #expect(wire.monitor("seek nowhere").contains("'nowhere' is not a position"))
    #expect(wire.monitor("seek +x").contains("no number of steps; usage: monitor seek POSITION"))
    #expect(wire.monitor("seek").contains("no position"))
  }

  @Test func marksAreSetAndShown() {
    let wire = sample()
    #expect(wire.monitor("marks").contains("no marks"))
    _ = wire.monitor("seek @4")
    #expect(wire.monitor("mark here") == "mark:here is @4\n")
    #expect(wire.monitor("marks") == "@4  here\n")
    #expect(wire.monitor("mark").contains("no name; usage: monitor mark NAME"))
    #expect(wire.monitor("mark two words").contains("one word"))
  }

  @Test func whyNamesTheLastWriter() {
    let wire = sample()
    _ = wire.monitor("seek @20")
    let memory = wire.monitor("why 0x11000:1")
    #expect(memory.contains("1 byte at 0x11000 is 0xbb, written at @12, 8 steps ago; before that it was 0xaa"))
    #expect(memory.contains("by 0x10030: nop"))
    #expect(wire.monitor("why $ra").contains("ra is 0x222, written at @14, 6 steps ago; before that it was 0x111"))
    #expect(wire.monitor("why ra").contains("by 0x10038: jal ra, start"))
    #expect(wire.step == 20)
    #expect(wire.monitor("why start").contains("8 bytes at 0x10000 is 0x0; nothing has written it"))
    _ = wire.monitor("seek @12")
    #expect(wire.monitor("why 0x11000:1").contains("written at @5, 7 steps ago; before that it was 0x0"))
    // As many bytes as there are in two pages.
    #expect(wire.monitor("why 0x10ffc:8").contains("written at @5"))
  }

  @Test func whyGoesBackFromWriterToWriter() {
    var deeds = straight(20)
    deeds[4].register = (2, 0x9000)
    deeds[4].sources = [.constant(0x9000)]
    deeds[9].register = (1, 0x9000)
    deeds[9].sources = [.register(2), .register(0), .named("chance")]
    deeds[12].access = (0x1_1000, 0x77)
    deeds[12].sources = [.register(1), .register(2)]
    let wire = Wire(ScriptedTarget(deeds))
    _ = wire.monitor("seek @20")
    #expect(
      wire.monitor("why 0x11000:2")
        == """
        2 bytes at 0x11000 is 0x77, written at @12, 8 steps ago; before that it was 0x0
          by 0x10030: nop
          on hart 0 in supervisor mode, t=12 ns
          ├─ 1 byte at 0x11000 = 0x77, written at @12 by 0x10030: nop
          │  ├─ ra = 0x9000, written at @9 by 0x10024: nop
          │  │  ├─ sp = 0x9000, see [7]
          │  │  ├─ x0 = 0x0, which never changes
          │  │  └─ chance
          │  └─ [7] sp = 0x9000, written at @4 by 0x10010: nop
          │     └─ constant = 0x9000
          └─ 1 byte at 0x11001 = 0x0, from the kernel teach.elf, offset 0x1001

        """)
    let short = wire.monitor("why 0x11000:1 1")
    #expect(short.contains("├─ ra = 0x9000 …\n"))
    #expect(!short.contains("@9"))
    #expect(wire.monitor("why ra 0").contains("'0' is not 1 to 1000 writers; usage: monitor why"))
    #expect(wire.step == 20)
  }

  @Test func whyTellsOfTrapsAndOfChangesInTheDebugger() {
    let wire = interrupted()
    _ = wire.monitor("seek @5")
    let told = wire.monitor("why sepc")
    #expect(
      told.contains(
        "sepc is 0x1000c, written at @3, 2 steps ago; before that it was 0x0\n"
          + "  by the timer interrupt, before 0x1000c: nop\n"))
    #expect(told.contains("└─ bell\n"))
    // A value that somebody has changed since is not what the step wrote.
    _ = wire.ask("P47=7800000000000000")
    #expect(wire.monitor("why sepc").contains("then it was 0x1000c, until somebody changed it in the debugger"))
  }

  @Test func whyWhatCannotBeAnswered() {
    let wire = sample()
    #expect(wire.monitor("why pc").contains("pc changes with every step"))
    #expect(wire.monitor("why").contains("usage: monitor why"))
    #expect(wire.monitor("why 0x500").contains("0x500 does not translate here"))
    #expect(wire.monitor("why 0x13000").contains("0x13000 is not memory"))
    #expect(wire.monitor("why nothing").contains("no symbol 'nothing'"))
    #expect(wire.monitor("why 0x11000:0").contains("is not 1 to 4096 bytes"))
    #expect(wire.monitor("why 0x11000:x").contains("'x' is not 1 to 4096 bytes"))
  }

  @Test func memoryIsShown() {
    let wire = sample()
    #expect(
      wire.monitor("phys 0x208 18")
        == "0x208  20 20 20 20 20 20 20 20 21 21 21 21 21 21 21 21          !!!!!!!!\n"
        + "0x218  21 21                                            !!\n")
    #expect(wire.monitor("phys 0x10000000").contains("devices are not read"))
    #expect(wire.monitor("phys 0x0 9999").contains("is not 1 to 4096 bytes"))
    #expect(wire.monitor("phys").contains("usage: monitor phys ADDRESS [BYTES]"))
    #expect(wire.monitor("translate 0x11000") == "0x11000 is physical 0x1000 in supervisor mode\n")
    #expect(wire.monitor("translate 0x13000").contains("0x3000 in supervisor mode, which is not memory"))
    #expect(wire.monitor("translate 0x1").contains("does not translate"))
    #expect(wire.monitor("translate").contains("usage"))
  }

  @Test func theRest() {
    let wire = sample()
    #expect(wire.monitor("log") == "line 0\nline 1\nline 2\n")
    #expect(wire.monitor("log 1") == "line 0\n")
    #expect(wire.monitor("log x").contains("is not 1 to 10000 lines"))
    #expect(wire.monitor("checkpoints") == "1 checkpoint\n")
    #expect(wire.monitor("traps").contains("pass over"))
    #expect(wire.monitor("traps show").contains("go into"))
    #expect(wire.monitor("traps maybe").contains("neither skip nor show"))
    #expect(wire.monitor("fork back").contains("'back' is not leave"))
  }

  @Test func lldbIsShownTextAsItComes() {
    let wire = sample()
    _ = wire.ask("QThreadSuffixSupported")
    let (console, answer) = wire.watch("qRcmd,73746570")
    #expect(console == "@0 of @0 to @20\n")
    #expect(answer == "OK")
    #expect(wire.monitor("seek @3").contains("lldb still shows"))
  }

  @Test func aDebuggerThatKnowsOneWayCanGoTheOther() {
    let wire = sample()
    #expect(wire.monitor("direction") == "continue and step go forward\n")
    #expect(wire.monitor("direction back").contains("neither forward nor backward"))
    _ = wire.monitor("seek @9")
    #expect(wire.monitor("direction backward").contains("go backward"))
    _ = wire.ask("vCont;s:1")
    #expect(wire.step == 8)
    _ = wire.ask("vCont;r10000,10100:1")
    #expect(wire.step == 7)
    _ = wire.ask("Z0,10010,4")
    _ = wire.ask("c")
    #expect(wire.step == 4)
    #expect(wire.ask("c").contains("replaylog:begin"))
    _ = wire.monitor("direction forward")
    _ = wire.ask("s")
    #expect(wire.step == 1)
  }

  @Test func controlCEndsACommand() {
    let wire = sample()
    wire.arriving = [[3]]
    _ = wire.session.moving { wire.session.poll() }
    #expect(wire.session.moving { wire.session.poll() } == false)
  }
}
