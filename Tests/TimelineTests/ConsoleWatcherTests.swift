import Archive
import Testing
import Timeline
import VirtualTime

/// The marks that what a guest shows deserves.
@Suite struct ConsoleWatcherTests {
  /// The names of the marks for `lines`, each shown at the step of its number.
  private func marks(_ lines: [String]) -> [String] {
    var watcher = ConsoleWatcher()
    var names: [String] = []
    for (number, line) in lines.enumerated() {
      for byte in Array((line + "\r\n").utf8) {
        let moment = Moment(step: Step(UInt64(number)), cycle: Cycle(UInt64(number)))
        names += watcher.note(byte, at: moment).map { "\($0.name)@\($0.moment.step.count)" }
      }
    }
    return names
  }

  @Test(arguments: [
    "[    1.5] Oops [#1]", "BUG: scheduling while atomic: swapper/0", "kernel BUG at mm/slub.c:12!",
    "[ 2.0] Unable to handle kernel NULL pointer dereference at virtual address 0000000000000008",
  ])
  func anOopsIsMarked(line: String) {
    #expect(marks(["Linux", line, "and more"]) == ["output@0", "oops@1"])
  }

  @Test func oneOopsHasOneMarkAndManyHaveNotTooMany() {
    #expect(marks(["Unable to handle kernel access", "Oops [#1]", "x", "Oops"]) == ["output@0", "oops@0"])
    let quiet = Array(repeating: "all is well", count: 100)
    #expect(marks(["Oops"] + quiet + ["Oops"]) == ["output@0", "oops@0", "oops@101"])
    let many = marks(Array(repeating: quiet + ["BUG: again"], count: 50).flatMap { $0 })
    #expect(many.count == 17)
  }

  @Test func whatOnlyLooksLikeOneHasNone() {
    #expect(marks(["oops", "debugfs: BUG", "Unable to handle", "Kernel panic is off"]) == ["output@0"])
  }

  @Test func aPanicIsMarkedOnce() {
    #expect(marks(["Kernel panic - not syncing: VFS", "Kernel panic - not syncing"]) == ["output@0", "panic@0"])
  }
}
