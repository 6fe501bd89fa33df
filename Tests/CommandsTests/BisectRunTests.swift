import Glibc
import Testing

@testable import Commands

/// `bisect --run`, under real `git bisect` too: the worked example of Documentation/Bisect.md.
@Suite struct BisectRunTests {
  private static let scenario = """
    name: boot
    machine:
      board: virt
      ram: 16M
    images:
      firmware: guest.bin
    script:
      - expect: ">"
        within: 1s
      - type: "a"
      - expect: "a"
        within: 1s
      - type: "q"
    limits:
      time: 5s
    record:
      rung-interval: 10
    """

  /// The echo guest, which differs in what stands behind its code, and which may have a mistake: it no longer shows
  /// what it was told.
  private static func guest(_ number: UInt8, isBad: Bool = false) throws -> [UInt8] {
    var bytes = Guests.echo
    if isBad {
      // sb t2, 0(t0), the second one: the first shows the prompt.
      let store: [UInt8] = [0x23, 0x80, 0x72, 0x00]
      let places = stride(from: 0, to: bytes.count, by: 4).filter { Array(bytes[$0..<$0 + 4]) == store }
      try #require(places.count == 2)
      bytes.replaceSubrange(places[1]..<places[1] + 4, with: [0x13, 0, 0, 0])
    }
    return bytes + [number, 0, 0, 0]
  }

  private static func write(_ folder: Folder, _ number: UInt8, isBad: Bool = false) throws -> String {
    _ = try folder.write("guest.bin", guest(number, isBad: isBad))
    return try folder.write("boot.yaml", Array(scenario.utf8))
  }

  private static func judge(_ folder: Folder, _ options: String...) -> Result {
    reprise(["bisect", "--run", folder.file("boot.yaml"), "--trace", folder.file("run.reprise")] + options)
  }

  @Test func aScenarioThatPassesIsGoodAndOneThatFailsIsBad() throws {
    let folder = try Folder()
    _ = try Self.write(folder, 1)
    let good = Self.judge(folder)
    #expect(good.status == 0 && good.text.hasPrefix("good: "), "\(good.text)\(good.error)")
    _ = try Self.write(folder, 2, isBad: true)
    let bad = Self.judge(folder)
    #expect(bad.status == 1 && bad.text.hasPrefix("bad: the scenario failed"), "\(bad.text)\(bad.error)")
    #expect(bad.text.contains("the run is in \(folder.file("run.reprise"))") && folder.has("run.reprise"))
    #expect(Self.judge(folder, "--json").text.contains("\"reprise/bisect-run/1\""))
  }

  @Test func whatCannotBeJudgedIsSkipped() throws {
    let folder = try Folder()
    #expect(Self.judge(folder).status == 125)
    _ = try folder.write("boot.yaml", Array(Self.scenario.utf8))
    let missing = Self.judge(folder)
    #expect(missing.status == 125 && missing.text.contains("guest.bin"), "\(missing.text)")
    _ = try folder.write("boot.yaml", Array("name: [".utf8))
    #expect(Self.judge(folder).status == 125)
    // Nothing that goes wrong may make git think that a commit is bad.
    #expect(reprise("bisect", "--run", "--no-such-option", "x.yaml").status == 125)
    _ = try Self.write(folder, 1)
    #expect(Self.judge(folder, "--expect", folder.file("none")).status == 125)
  }

  @Test func aRunOfTheSameImagesMustEqualALadder() throws {
    let folder = try Folder()
    _ = try Self.write(folder, 1)
    #expect(Self.judge(folder).status == 0)
    let ladder = try folder.write("boot.ladder", reprise("info", "--ladder", folder.file("run.reprise")).output)
    let same = Self.judge(folder, "--expect", ladder)
    #expect(same.status == 0, "\(same.text)")
    // Another run on the same images: the second key comes later.
    let other = Self.scenario.replacing("- type: \"q\"", with: "- wait: 1ms\n  - type: \"q\"")
    _ = try folder.write("boot.yaml", Array(other.utf8))
    let different = Self.judge(folder, "--expect", ladder)
    #expect(different.status == 1, "\(different.text)")
    #expect(different.text.contains("different inputs"), "\(different.text)")
    // A ladder says nothing of another build.
    _ = try Self.write(folder, 2)
    let skipped = Self.judge(folder, "--expect", ladder)
    #expect(skipped.status == 125 && skipped.text.contains("ladder of other images"), "\(skipped.text)")
  }

  @Test func aRunOfAnotherBuildMustShowTheSameConsole() throws {
    let folder = try Folder()
    _ = try Self.write(folder, 1)
    let reference = folder.file("reference.reprise")
    #expect(reprise("record", "--quiet", "-o", reference, folder.file("boot.yaml")).status == 0)
    _ = try Self.write(folder, 2)
    let same = Self.judge(folder, "--expect", reference)
    #expect(same.status == 0, "\(same.text)")
    // It shows something else, though the script finds what it waits for.
    let other = Self.scenario.replacing("- type: \"a\"", with: "- type: \"ca\"")
    _ = try folder.write("boot.yaml", Array(other.utf8))
    let different = Self.judge(folder, "--expect", reference)
    #expect(
      different.status == 1 && different.text.contains("it shows \">ca\", and should show \">a\""), "\(different.text)")
    #expect(Self.judge(folder, "--expect", reference, "--ignore", "/^>/").status == 0)
    #expect(Self.judge(folder, "--expect", reference, "--ignore", "/(/").status == 125)
  }

  @Test func timesBeforeLinesOfLinuxAreNotCompared() {
    #expect(ConsoleLine.withoutTime("[    1.234567] Run /init") == "Run /init")
    #expect(ConsoleLine.withoutTime("[note] x") == "[note] x" && ConsoleLine.withoutTime("x") == "x")
  }

  /// A repository of a guest, of whose eight commits the seventh breaks it, and the fourth and fifth do not build.
  @Test func gitBisectFindsTheCommitThatBrokeTheGuest() throws {
    let folder = try Folder()
    defer { _ = Process.shell("rm -rf '\(folder.path)/repository'") }
    var script = """
      set -eu
      product=$(realpath '\(try Process.product())')
      export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
      mkdir '\(folder.path)/repository'; cd '\(folder.path)/repository'
      git init -q -b main . ; git config user.name A; git config user.email a@example.org

      """
    for number in 1...8 as ClosedRange<UInt8> {
      let builds = number != 4 && number != 5
      if builds { _ = try folder.write("guest-\(number)", Self.guest(number, isBad: number >= 7)) }
      let build = !builds ? "rm -f guest.bin; echo \(number) > broken" : "cp ../guest-\(number) guest.bin"
      script += "\(build); git add -A; git commit -q -m 'Change \(number)'; git tag change-\(number)\n"
    }
    _ = try folder.write("boot.yaml", Array(Self.scenario.utf8))
    script += """
      cp ../boot.yaml . ; printf '/boot.yaml\\n' > .git/info/exclude
      git bisect start change-8 change-1 > /dev/null
      git bisect run "$product" bisect --run --trace '\(folder.path)/run.reprise' boot.yaml
      """
    let result = try #require(Process.shell(script))
    #expect(result.status == 0 && result.text.contains("is the first bad commit"), "\(result.text)\(result.error)")
    #expect(result.text.contains("cannot judge: ") && result.text.contains("bad: the scenario failed"))
    let bad = try #require(Process.shell("cd '\(folder.path)/repository'; git log -1 --format=%s refs/bisect/bad"))
    #expect(bad.text == "Change 7\n", "\(bad.text)\(bad.error)\n\(result.text)\(result.error)")
  }
}

extension Process {
  /// Runs `script` by the shell to its end; `nil` when it cannot be started.
  static func shell(_ script: String) -> Result? {
    try? Process(executable: "/bin/sh", ["-c", script]).finish()
  }
}
