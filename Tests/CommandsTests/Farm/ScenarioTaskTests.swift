import Testing

@testable import Commands

/// Tasks that run scenarios.
@Suite struct ScenarioTaskTests {
  private static let scenario = """
    name: echo
    machine: {ram: 16M}
    images: {firmware: echo.bin}
    limits: {steps: 100000}
    script:
      - expect: ">"
      - type: "KEY"
    """

  private struct Farm {
    let folder: Folder
    var manifest: String { folder.file("m.jsonl") }
    var results: String { folder.file("results") }

    init(keys: [String]) throws {
      folder = try Folder()
      _ = try folder.write("echo.bin", Guests.echo)
      for (number, key) in keys.enumerated() {
        let text = ScenarioTaskTests.scenario.replacing("KEY", with: key)
        _ = try folder.write("s\(number).yaml", Array(text.utf8))
      }
      let scenarios = keys.indices.flatMap { ["--scenario", folder.file("s\($0).yaml")] }
      let planned = reprise(["plan", "-o", manifest] + scenarios)
      #expect(planned.status == 0, "\(planned.error)")
    }

    func run(_ options: String..., signal: Int32? = nil) -> Result {
      reprise(["run-task", "--manifest", manifest, "--results", results] + options, signal: signal)
    }

    func merge(_ options: String...) -> Result {
      reprise(["merge", "--manifest", manifest, "--results", results] + options)
    }
  }

  @Test func aScenarioIsATask() throws {
    let farm = try Farm(keys: ["q"])
    let task = try Manifest(farm.manifest).tasks[0]
    #expect(task.kind == .test && task.inputs.map(\.path).count == 2 && task.cost == 100_000)
    let result = farm.run("--all")
    #expect(result.status == 0, "\(result.error)")
    #expect(farm.run("--all").text.contains("finished before"))
    let merged = farm.merge("--junit", farm.folder.file("out.xml"))
    #expect(merged.status == 0)
    #expect(merged.text.hasPrefix("passed     ") && merged.text.hasSuffix("1 task: 1 as expected\n"))
    #expect(try faultsOfJUnit(String(decoding: farm.folder.read("out.xml"), as: UTF8.self)) == [])
  }

  @Test func oneThatFailsKeepsItsTrace() throws {
    let farm = try Farm(keys: ["q", "f"])
    #expect(farm.run("--index", "1").status == 1)
    #expect(farm.merge().status == 3)
    #expect(farm.run("--all").status == 1)
    let merged = farm.merge("--junit", farm.folder.file("out.xml"), "--summary", farm.folder.file("out.md"))
    #expect(merged.status == 1)
    let xml = try String(decoding: farm.folder.read("out.xml"), as: UTF8.self)
    #expect(faultsOfJUnit(xml) == [] && xml.contains("tests=\"2\" failures=\"1\""))
    let digest = try Manifest(farm.manifest).tasks[1].digest
    #expect(xml.contains("reprise gdb \(farm.results)/\(digest).traces/"))
    #expect(try String(decoding: farm.folder.read("out.md"), as: UTF8.self).contains("| **failed** |"))
  }

  @Test func oneThatIsInterruptedIsRunAgain() throws {
    let farm = try Farm(keys: ["q"])
    #expect(farm.run("--all", signal: 15).status == 143)
    #expect(farm.merge().status == 3)
    #expect(farm.run("--all").status == 0)
  }

  @Test func anImageThatHasChangedIsRefused() throws {
    let farm = try Farm(keys: ["q"])
    _ = try farm.folder.write("echo.bin", Guests.ticker)
    let result = farm.run("--all")
    #expect(result.status == 66 && result.error.contains("is not the file that was planned with"))
  }

  @Test func eachSeedIsATask() throws {
    let farm = try Farm(keys: ["q"])
    let scenario = farm.folder.file("s0.yaml")
    let words = ["plan", "--scenario", scenario, "--vary", "arrival", "--repeat", "200", "--seed", "7"]
    let planned = reprise(words)
    #expect(planned.status == 0, "\(planned.error)")
    let lines = planned.text.split(separator: "\n")
    #expect(lines.count == 200 && Set(lines).count == 200)
    #expect(lines[0].contains("seed 7\"") && lines[199].contains("\"seed\":206"))
    #expect(reprise(words).output == planned.output)
    #expect(reprise("plan", "--scenario", scenario, "--repeat", "3").status == 64)
    #expect(reprise("plan").status == 64)
    #expect(reprise("plan", "--scenario", farm.folder.file("none.yaml")).status == 66)
  }
}
