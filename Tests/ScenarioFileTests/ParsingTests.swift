import Backplane
import Scenario
import ScenarioFile
import Testing
import VirtualTime

@Suite struct ParsingTests {
  @Test func everythingIsRead() throws {
    let scenario = try parse(full)
    #expect(scenario.name == "full-1.0")
    #expect(
      scenario.machine
        == Scenario.Machine(
          ramSize: 256 << 20, epochNanoseconds: 1_769_860_800_000_000_000, seed: 255,
          bootArguments: "console=ttyS0 quiet"))
    let digest = (0..<32).map { UInt8($0 % 2 == 0 ? 0x0a : 0xb1) }
    #expect(
      scenario.images == [
        Scenario.Image(role: .firmware, source: .file("../firmware.bin"), place: "x.yaml:4:13"),
        Scenario.Image(role: .kernel, source: .guest("linux", file: "kernel"), sha256: digest, place: "x.yaml:5:11"),
        Scenario.Image(role: .initrd, source: .file("initrd.cpio"), place: "x.yaml:6:11"),
      ])
    #expect(
      scenario.script.actions.map(\.kind) == [
        .expect(try Pattern(notation: "login: "), within: Span(nanoseconds: 20_000_000_000)),
        .type(Array("root\n\u{3}".utf8), every: Span(nanoseconds: 20_000_000)),
        .expect(try Pattern(regex: "# $"), within: nil),
        .expect(try Pattern(text: Array("/usr/".utf8)), within: nil),
        .expect(try Pattern(regex: #"\d+"#), within: Span(nanoseconds: 1_500_000_000)),
        .wait(Span(nanoseconds: 500_000_000)),
        .type(Array("off\n".utf8), every: Span(nanoseconds: 0)),
      ])
    #expect(scenario.script.actions.map(\.place).first == "x.yaml:9:5")
    #expect(scenario.limits == Scenario.Limits(steps: 10_000_000_000, time: Span(nanoseconds: 60_000_000_000)))
    #expect(scenario.recording == Scenario.Recording(rungIntervalSteps: 1 << 20, effects: [.output, .devices]))
  }

  @Test func anImageMayBeNamedByItsDigestAlone() throws {
    let digest = (0..<32).map { UInt8($0 % 2 == 0 ? 0x0a : 0xb1) }
    let scenario = try parse("name: a\nimages: {kernel: {sha256: \(String(repeating: "0aB1", count: 16))}}")
    #expect(
      scenario.images == [
        Scenario.Image(role: .kernel, source: .digest(digest), sha256: digest, place: "x.yaml:2:18")
      ])
  }

  @Test func whatIsLeftOutHasItsDefault() throws {
    let scenario = try parse(minimal())
    #expect(scenario.machine == Scenario.Machine())
    #expect(scenario.script == Script())
    #expect(scenario.limits == Scenario.Limits())
    #expect(scenario.recording == Scenario.Recording())
    let typing = try parse(minimal("script: [type: x]"))
    #expect(typing.script.actions.map(\.kind) == [.type([0x78], every: Script.keystrokeInterval)])
  }

  @Test(arguments: ["teach.yaml", "linux.yaml", "linux-shell.yaml", "teach-ladder.yaml"])
  func shippedScenariosAreRight(_ name: String) throws {
    let scenario = try ScenarioFile.parse(bytes: try shippedFile(name), name: name)
    #expect("\(scenario.name).yaml" == name)
    #expect(scenario.limits.time != nil)
  }
}

private let actionNames = "expect, never, type, key, wait, at, mark, snapshot, assert, expect-exit, include"

/// Each thing that can be wrong is said with its place, what was found and what is allowed.
@Suite struct ComplaintTests {
  @Test(
    arguments: [
      ("", "x.yaml:1:1: there is nothing in it; a scenario must be a mapping"),
      ("# only\n", "x.yaml:1:1: there is nothing in it; a scenario must be a mapping"),
      (
        "- a",
        "x.yaml:1:1: a scenario must be a mapping with name, include, parameters, matrix, machine, images,"
          + " keystroke-interval, script, golden, limits, record; found a list"
      ),
      ("images: {kernel: k}", "x.yaml:1:1: a scenario must have the key 'name'"),
      ("name: a", "x.yaml:1:1: a scenario must have the key 'images'"),
      ("name: a\nname: b", "x.yaml:2:1: the key 'name' is here a second time; it was in line 1 already"),
      (
        "name: a b\nimages: {kernel: k}",
        "x.yaml:1:7: a name is up to 100 letters, digits, '.', '_' and '-', not first a '.'; found the text 'a b'"
      ),
      (
        "name: 5\nimages: {kernel: k}",
        "x.yaml:1:7: found the number 5 where text is needed; put it in quotes if it is meant as text"
      ),
      ("name:\nimages: {kernel: k}", "x.yaml:1:6: found nothing where text is needed"),
      ("name: a\nimages: {}", "x.yaml:2:9: there must be at least one image; allowed: firmware, kernel, initrd"),
      (
        "name: a\nimages: {kernle: k}",
        "x.yaml:2:10: unknown key 'kernle' in the images; did you mean 'kernel'? allowed: firmware, kernel, initrd"
      ),
      (
        "name: a\nimages: {kernel: /boot/k}",
        "x.yaml:2:18: a path is relative to the folder of this file; found the text '/boot/k'"
      ),
      (
        "name: a\nimages: {kernel: {}}",
        "x.yaml:2:18: an image must have either the key 'path' or the key 'guest', or 'sha256' alone"
      ),
      (
        "name: a\nimages: {kernel: {sha256: 12}}",
        "x.yaml:2:27: a SHA-256 digest is 64 hexadecimal digits; found the number 12"
      ),
      (
        "name: a\nimages: {kernel: {path: a, guest: b/c}}",
        "x.yaml:2:18: an image must have either the key 'path' or the key 'guest', or 'sha256' alone"
      ),
      (
        "name: a\nimages: {kernel: {guest: ../c}}",
        "x.yaml:2:26: a guest's file is named GUEST/FILE, such as teach/teach.elf; found the text '../c'"
      ),
      (
        "name: a\nimages: {kernel: {path: a, sha256: abc}}",
        "x.yaml:2:36: a SHA-256 digest is 64 hexadecimal digits; found the text 'abc'"
      ),
      ("name: a\nimages: [k]", "x.yaml:2:9: the images must be a mapping with firmware, kernel, initrd; found a list"),
    ] as [(String, String)])
  func aboutNameAndImages(_ text: String, _ expected: String) { #expect(complaint(text) == expected) }

  @Test(
    arguments: [
      (
        "scrpt: []",
        "3:1: unknown key 'scrpt' in a scenario; did you mean 'script'? allowed: name, include, parameters,"
          + " matrix, machine, images, keystroke-interval, script, golden, limits, record"
      ),
      (
        "machine: {bord: virt}",
        "3:11: unknown key 'bord' in the machine; did you mean 'board'? allowed: board, ram, epoch, seed, append"
      ),
      ("machine: {board: pc}", "3:18: unknown board 'pc' in the machine; allowed: virt"),
      ("machine: {ram: 256}", "3:16: found the number 256 where a size such as 256M is needed"),
      ("machine: {ram: 256MB}", "3:16: '256MB' is no size: a whole number with K, M or G, such as 256M"),
      ("machine: {ram: 8M}", "3:16: RAM is 16M to 64G, in pieces of 4K; found the text '8M'"),
      ("machine: {ram: 65G}", "3:16: RAM is 16M to 64G, in pieces of 4K; found the text '65G'"),
      ("machine: {ram: 16385K}", "3:16: RAM is 16M to 64G, in pieces of 4K; found the text '16385K'"),
      (
        "machine: {epoch: yesterday}",
        "3:18: 'yesterday' is no date: UTC between 1970 and 2261, such as 2026-01-31T12:00:00Z"
      ),
      ("machine: {seed: -1}", "3:17: found the number -1 where a whole number from 0 to 2^64 - 1 is needed"),
      ("machine: {seed: '1'}", "3:17: found the text '1' where a whole number from 0 to 2^64 - 1 is needed"),
      (
        "machine: {append: true}",
        "3:19: found the truth value true where text is needed; put it in quotes if it is meant as text"
      ),
      ("machine: {append: \"a\\0\"}", "3:19: boot arguments hold no NUL"),
      ("limits: {steps: 0}", "3:17: found the number 0 where a whole number from 1 to 2^64 - 1 is needed"),
      ("limits: {time: 60}", "3:16: found the number 60 where guest time such as 20s or 500ms is needed"),
      (
        "limits: {time: 60 s}",
        "3:16: '60 s' is no guest time: a number with ns, us, ms, s or min, such as 20s or 1.5ms"
      ),
      ("limits: 60s", "3:9: the limits must be a mapping with steps, time; found the text '60s'"),
      (
        "record: {effects: [outputs]}",
        "3:20: unknown effect 'outputs' in the record options; did you mean 'output'? allowed: output,"
          + " interrupts, devices"
      ),
      ("record: {effects: [output, output]}", "3:28: 'output' is in the list already"),
      (
        "record: {effects: output}",
        "3:19: found the text 'output' where a list of effects (output, interrupts, devices) is needed"
      ),
      ("record: {rung-interval: 1.5}", "3:25: found the number 1.5 where a whole number from 1 to 2^64 - 1 is needed"),
    ] as [(String, String)])
  func aboutOptions(_ text: String, _ expected: String) { #expect(complaint(minimal(text)) == "x.yaml:" + expected) }

  @Test(
    arguments: [
      ("script: {type: a}", "3:9: a script is a list of actions (\(actionNames)); found a mapping"),
      ("script:\n- typ: a", "4:3: unknown action 'typ' in a script; did you mean 'type'? allowed: \(actionNames)"),
      ("script:\n- frobnicate: a", "4:3: unknown action 'frobnicate' in a script; allowed: \(actionNames)"),
      ("script:\n- type", "4:3: an action is a mapping with one of the keys \(actionNames); found the text 'type'"),
      ("script:\n- {}", "4:3: an action is a mapping with one of the keys \(actionNames); found a mapping"),
      ("script:\n- type: a\n  within: 1s", "5:3: unknown key 'within' in the action 'type'; allowed: type, every"),
      ("script:\n- type: a\n  wait: 1s", "5:3: unknown key 'wait' in the action 'type'; allowed: type, every"),
      ("script:\n- type: ''", "4:9: there is nothing to type"),
      ("script:\n- type: 42", "4:9: found the number 42 where text is needed; put it in quotes if it is meant as text"),
      ("script:\n- wait: 5", "4:9: found the number 5 where guest time such as 20s or 500ms is needed"),
      ("script:\n- expect: ''", "4:11: '': an empty text is always there: nothing to wait for"),
      (
        "script:\n- expect: /a*/",
        "4:11: '/a*/': a regular expression that matches an empty line: it would not wait for anything"
      ),
      ("script:\n- expect: {text: a, regex: b}", "4:11: a pattern must have either the key 'text' or the key 'regex'"),
      ("script:\n- expect: [a]", "4:11: a pattern must be a mapping with text, regex; found a list"),
    ] as [(String, String)])
  func aboutScripts(_ text: String, _ expected: String) { #expect(complaint(minimal(text)) == "x.yaml:" + expected) }

  @Test func brokenRegexSaysWhy() {
    #expect(complaint(minimal("script: [expect: /(/]")).hasPrefix("x.yaml:3:18: '/(/': not a regular expression: "))
  }
}
