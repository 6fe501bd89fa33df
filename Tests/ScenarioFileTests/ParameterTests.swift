import Scenario
import ScenarioFile
import Support
import Testing
import VirtualTime

/// The scenarios of `text`, with `given` from outside.
private func expand(_ text: String, _ given: [(String, String)] = []) throws(ScenarioError) -> [Scenario] {
  try ScenarioFile.expand(
    bytes: Array(text.utf8), name: "x.yaml", parameters: given.map { Scenario.Parameter($0.0, $0.1) })
}

private let varied = """
  name: boot
  parameters: {ram: 64M, mode: work, seed: 1, text: "5"}
  matrix:
    ram: [64M, 128M]
    mode: [work, "shell"]
  machine:
    ram: ${ram}
    seed: ${seed}
    append: mode=${mode} $${mode}
  images: {kernel: "k-${mode}"}
  script:
    - type: ${text}

  """

@Suite struct ParameterTests {
  @Test func aMatrixMakesAScenarioOfEachCombination() throws {
    let scenarios = try expand(varied)
    #expect(
      scenarios.map(\.title) == [
        "boot[ram=64M,mode=work]", "boot[ram=64M,mode=shell]", "boot[ram=128M,mode=work]", "boot[ram=128M,mode=shell]",
      ])
    #expect(scenarios.map(\.machine.ramSize) == [64 << 20, 64 << 20, 128 << 20, 128 << 20])
    #expect(scenarios.map(\.machine.bootArguments).first == "mode=work ${mode}")
    #expect(scenarios[1].images.map(\.source) == [.file("k-shell")])
    #expect(scenarios.allSatisfy { $0.name == "boot" && $0.machine.seed == 1 })
    #expect(scenarios[1].parameters.map(\.value) == ["64M", "shell", "1", "5"])
  }

  @Test func withoutAMatrixThereIsOne() throws {
    let scenarios = try expand(minimal("parameters: {a: 1}"))
    #expect(scenarios.map(\.title) == ["a"])
    let parsed = try parse(varied)
    #expect(parsed.title == "boot")
    #expect(parsed.machine.ramSize == 64 << 20)
  }

  @Test func aValueFromOutsideGoesBefore() throws {
    let scenarios = try expand(varied, [("ram", "32M"), ("seed", "7"), ("nobody", "x")])
    #expect(scenarios.map(\.title) == ["boot[mode=work]", "boot[mode=shell]"])
    #expect(scenarios.allSatisfy { $0.machine.ramSize == 32 << 20 && $0.machine.seed == 7 })
  }

  /// A number stays a number and a text a text, where the parameter stands alone.
  @Test func typesAreKept() throws {
    #expect(try expand(varied)[0].script.actions.map(\.kind) == [.type([0x35], every: Script.keystrokeInterval)])
    let number = minimal("parameters: {n: 5}\nscript: [type: \"${n}\"]")
    #expect(try parse(number).script.actions.count == 1)
    #expect(
      complaint(minimal("parameters: {n: 5}\nscript:\n- type: ${n}"))
        == "x.yaml:5:9: found the number 5 where text is needed; put it in quotes if it is meant as text")
    #expect(
      complaint(minimal("parameters: {n: '5'}\nlimits:\n  steps: ${n}"))
        == "x.yaml:5:10: found the text '5' where a whole number from 1 to 2^64 - 1 is needed")
    #expect(try parse(minimal("parameters: {n: 5}\nlimits:\n  time: ${n}ms")).limits.time?.nanoseconds == 5_000_000)
  }

  @Test(
    arguments: [
      ("parameters: [a]", "3:13: the parameters must be a mapping from names to their defaults; found a list"),
      ("parameters: {1a: x}", "3:14: '1a' is no name of a parameter"),
      ("parameters: {a: [x]}", "3:17: found a list where a value of 'a' is needed: text or a number"),
      ("parameters: {a: }", "3:17: found nothing where a value of 'a' is needed"),
      ("parameters: {a: '${b}'}", "3:17: the value of a parameter has no parameters in it"),
      ("matrix: {a: [1]}", "3:10: the matrix has 'a', which is not one of the parameters; there are none"),
      ("parameters: {a: 1}\nmatrix: {b: [1]}", "4:10: the matrix has 'b', which is not one of the parameters; there"),
      ("parameters: {a: 1}\nmatrix: {a: 1}", "4:13: found the number 1 where a list of values is needed"),
      ("parameters: {a: 1}\nmatrix: {a: []}", "4:13: found a list where a list of values is needed"),
      ("parameters: {a: 1}\nmatrix: {a: [1, 2, 1]}", "4:20: '1' is in the list already"),
      ("script:\n- type: '${mode}'", "4:9: '${mode}' names a parameter, and there are none; write $${ for a '${'"),
      (
        "parameters: {mode: 1}\nscript:\n- type: '${mod}'",
        "5:9: unknown parameter 'mod' in a text; did you mean 'mode'?"
      ),
      ("script:\n- type: 'a${'", "4:9: a '${' has no '}' behind it"),
    ] as [(String, String)])
  func whatIsWrongHasItsPlace(_ text: String, _ expected: String) {
    let found = complaint(minimal(text))
    #expect(found.hasPrefix("x.yaml:\(expected)"), "\(found)")
  }

  @Test func nothingGrowsWithoutBound() {
    let names = (0..<4).map { "p\($0)" }
    let list = "[" + (0..<10).map(String.init).joined(separator: ", ") + "]"
    let matrix = minimal(
      "parameters: {" + names.map { "\($0): 0" }.joined(separator: ", ") + "}\nmatrix:\n"
        + names.map { "  \($0): \(list)\n" }.joined())
    #expect(throws: ScenarioError.self) { try expand(matrix) }
    let long = String(repeating: "x", count: 4000)
    let text = minimal("parameters: {a: \(long)}\nscript:\n- type: \"" + String(repeating: "${a}", count: 20) + "\"")
    #expect(complaint(text).hasPrefix("x.yaml:5:9: with the values of its parameters the text has more than 65536"))
    let total = minimal(
      "parameters: {a: \(long)}\nscript:\n"
        + String(repeating: "- type: \"" + String(repeating: "${a}", count: 15) + "\"\n", count: 80))
    #expect(complaint(total).contains("up to here, parameters have made more than 4194304 bytes of text"))
    let many = minimal("parameters: {" + (0..<65).map { "a\($0): 1" }.joined(separator: ", ") + "}")
    #expect(complaint(many) == "x.yaml:3:13: there are more than 64 parameters")
  }
}

/// Files that include others.
@Suite struct IncludeTests {
  private struct Missing: Error, CustomStringConvertible {
    var description: String { "it is not there" }
  }

  private func read(_ root: String, _ files: [String: String]) throws(ScenarioError) -> Scenario {
    try ScenarioFile.parse(bytes: Array(root.utf8), name: "dir/x.yaml") { path in
      guard let text = files[path] else { throw Missing() }
      return Array(text.utf8)
    }
  }

  private func complaint(_ root: String, _ files: [String: String]) -> String {
    do throws(ScenarioError) {
      _ = try read(root, files)
      return ""
    } catch { return "\(error)" }
  }

  @Test func sectionsOfAnotherFileCountWhereOnesOwnDoNot() throws {
    let scenario = try read(
      "name: a\ninclude: [parts/_one.yaml, _two.yaml]\nmachine: {seed: 5}\nscript: [wait: 3s]",
      [
        "dir/parts/_one.yaml":
          "machine: {ram: 64M, seed: 1}\nimages: {kernel: k.elf, initrd: ../i}\nscript: [wait: 1s]",
        "dir/_two.yaml": "machine: {ram: 32M}\nlimits: {time: 9s}\nscript: [wait: 2s]",
      ])
    #expect(scenario.machine.ramSize == 32 << 20)
    #expect(scenario.machine.seed == 5)
    // Paths are relative to the file that they are written in.
    #expect(scenario.images.map(\.source) == [.file("parts/k.elf"), .file("parts/../i")])
    #expect(scenario.images.map(\.place) == ["dir/parts/_one.yaml:2:18", "dir/parts/_one.yaml:2:33"])
    #expect(scenario.limits.time?.nanoseconds == 9_000_000_000)
    #expect(scenario.script.actions.map { "\($0.kind)" } == ["wait 1s", "wait 2s", "wait 3s"])
    #expect(
      scenario.script.actions.map(\.place) == ["dir/parts/_one.yaml:3:10", "dir/_two.yaml:3:10", "dir/x.yaml:4:10"])
  }

  @Test func actionsOfAnotherFileStandWhereTheyAreIncluded() throws {
    let scenario = try read(
      minimal("parameters: {user: root}\nscript:\n- wait: 1s\n- include: _in.yaml\n- wait: 2s"),
      ["dir/_in.yaml": "parameters: {user: nobody, word: x}\nscript: [{type: \"${user} ${word}\"}]"])
    #expect(scenario.script.actions.map { "\($0.kind)" } == ["wait 1s", "type 'root x'", "wait 2s"])
  }

  @Test func mistakesAreToldWhereTheyAre() {
    let root = minimal("script:\n- include: _in.yaml")
    #expect(complaint(root, [:]) == "dir/x.yaml:4:12: cannot include '_in.yaml': it is not there")
    #expect(
      complaint(root, ["dir/_in.yaml": "script:\n- wait: 5"])
        == "dir/_in.yaml:2:9: found the number 5 where guest time such as 20s or 500ms is needed")
    #expect(complaint(root, ["dir/_in.yaml": "script: ["]).hasPrefix("dir/_in.yaml:2:1: not YAML: "))
    #expect(
      complaint(root, ["dir/_in.yaml": "name: a"]).hasPrefix("dir/_in.yaml:1:1: unknown key 'name' in a file that"))
    #expect(
      complaint(root, ["dir/_in.yaml": "limits: {time: 1s}"])
        == "dir/_in.yaml:1:1: a script includes script and parameters of a file only, and it is included by one in"
        + " dir/x.yaml:4:12")
    #expect(
      complaint(minimal("include: /etc/x"), [:])
        == "dir/x.yaml:3:10: what is included is a path relative to this file; found the text '/etc/x'")
    #expect(Self.parseAlone(root) == "x.yaml:4:12: files cannot be included here")
  }

  private static func parseAlone(_ text: String) -> String {
    do throws(ScenarioError) {
      _ = try parse(text)
      return ""
    } catch { return "\(error)" }
  }

  @Test func circlesAreToldWithAllTheirPlaces() {
    let root = minimal("include: _a.yaml")
    #expect(
      complaint(root, ["dir/_a.yaml": "include: sub/_b.yaml", "dir/sub/_b.yaml": "limits: {}\ninclude: ../_a.yaml"])
        == "dir/sub/_b.yaml:2:10: 'dir/_a.yaml' would include itself: included in dir/_a.yaml:1:10, included in"
        + " dir/sub/_b.yaml:2:10")
    #expect(complaint(minimal("include: x.yaml"), [:]).contains("'dir/x.yaml' would include itself"))
  }

  @Test func depthAndSizeAreBounded() {
    var deep: [String: String] = [:]
    for level in 0..<12 { deep["dir/_\(level).yaml"] = "include: _\(level + 1).yaml" }
    #expect(complaint(minimal("include: _0.yaml"), deep).hasSuffix(": files include each other deeper than 8"))
    // Ten files that include the next ten times each would be many.
    var wide: [String: String] = ["dir/_3.yaml": "script: [wait: 1s]"]
    for level in 0..<3 {
      wide["dir/_\(level).yaml"] = "script:\n" + String(repeating: "- include: _\(level + 1).yaml\n", count: 10)
    }
    #expect(complaint(minimal("include: _0.yaml"), wide).hasSuffix(": more than 64 files are included"))
    let large = "# " + String(repeating: "x", count: 200_000) + "\nscript: [wait: 1s]"
    let root = minimal("script:\n" + String(repeating: "- include: _l.yaml\n", count: 8))
    #expect(complaint(root, ["dir/_l.yaml": large]).contains("have more than 1048576 bytes together"))
  }
}
