import Glibc
import Host
import Testing

@testable import Commands

/// Tasks for a farm: planned, run, and merged.
@Suite struct FarmTests {
  /// A folder with traces, their manifest, and a place for results.
  struct Farm {
    let folder: Folder
    let manifest: String
    let results: String
    let traces: [String]

    /// - Parameter wrong: whether the replay of the first trace differs.
    init(traceCount: Int = 3, wrong: Bool = false) throws {
      folder = try Folder()
      let guest = try folder.write("echo.bin", Guests.echo)
      var traces: [String] = []
      for number in 0..<traceCount {
        let trace = folder.file("trace-\(number).reprise")
        #expect(EchoRecording.record(guest, trace, ["--seed", "\(number)"]).status == 0)
        traces.append(trace)
      }
      if wrong {
        traces[0] = try folder.write("wrong.reprise", VerifyCommandTests.forged(folder.read("trace-0.reprise")))
        unlink(folder.file("trace-0.reprise"))
      }
      self.traces = traces
      manifest = folder.file("manifest.jsonl")
      results = folder.file("results")
      #expect(reprise(["plan", "-o", manifest] + traces).status == 0)
    }

    func run(_ options: String..., environment: [String: String] = [:], signal: Int32? = nil) -> Result {
      reprise(
        ["run-task", "--manifest", manifest, "--results", results] + options, environment: environment, signal: signal)
    }

    func merge(_ options: String...) -> Result {
      reprise(["merge", "--manifest", manifest, "--results", results] + options)
    }

    func tasks() throws -> [FarmTask] { try Manifest(manifest).tasks }
    func files() throws -> [String] { try HostFolder.names(in: results) }
  }

  @Test func theSameInputIsTheSameManifest() throws {
    let farm = try Farm()
    let bytes = try farm.folder.read("manifest.jsonl")
    #expect(reprise(["plan"] + farm.traces).output == bytes)
    let tasks = try farm.tasks()
    #expect(tasks.map(\.name) == farm.traces.map { "verify \($0)" })
    #expect(tasks.allSatisfy { $0.cost > 20 && $0.digest.count == 64 && $0.inputs[0].sha256.count == 64 })
    #expect(Set(tasks.map(\.digest)).count == 3)
    #expect(reprise(["plan", "--max-steps", "5"] + farm.traces).output != bytes)
    #expect(reprise("plan", farm.folder.file("nothing.reprise")).status == 66)
    #expect(reprise("plan", farm.results).status != 0)
  }

  @Test func eachTaskLeavesOneResult() throws {
    let farm = try Farm()
    let first = farm.run("--index", "1")
    #expect(first.status == 0, "\(first.error)")
    #expect(try farm.files() == [farm.tasks()[1].digest + ".json"])
    #expect(farm.merge().status == 3)
    let rest = farm.run("--all")
    #expect(rest.status == 0)
    #expect(rest.text.contains("\(try farm.tasks()[1].name): finished before, status 0"))
    #expect(try farm.files() == farm.tasks().map { $0.digest + ".json" }.sorted())
    let merged = farm.merge()
    #expect(merged.status == 0, "\(merged.error)")
    #expect(merged.text.hasSuffix("3 tasks: 3 as expected\n"))
  }

  /// A result that is there is not made again, byte for byte, not even by a task that would come to another.
  @Test func nothingIsDoneTwice() throws {
    let farm = try Farm()
    #expect(farm.run("--all").status == 0)
    let name = "results/\(try farm.tasks()[0].digest).json"
    let before = try farm.folder.read(name)
    unlink(farm.traces[0])
    #expect(farm.run("--all").status == 0)
    #expect(try farm.folder.read(name) == before)
  }

  /// While one process holds a task, another one leaves it alone, and has nothing to complain of.
  @Test func whatAnotherProcessRunsIsLeftAlone() throws {
    let farm = try Farm()
    let folder = ResultFolder(farm.results)
    try folder.make()
    let claim = try #require(try folder.claim(farm.tasks()[0]))
    let result = farm.run("--all")
    #expect(result.status == 0)
    #expect(result.error.contains("another process is running it"))
    #expect(try farm.files().filter { $0.hasSuffix(".json") }.count == 2)
    withExtendedLifetime(claim) {}
  }

  /// A host that goes down leaves a claim that nobody holds, and half a result.
  @Test func whatADeadProcessLeftIsNoHindrance() throws {
    let farm = try Farm()
    try ResultFolder(farm.results).make()
    let digest = try farm.tasks()[0].digest
    _ = try farm.folder.write("results/\(digest).claim", [])
    _ = try farm.folder.write("results/\(digest).part", Array("{\"schema\"".utf8))
    _ = try farm.folder.write("results/\(digest).json", Array("{\"schema\"".utf8))
    #expect(farm.merge().status == 3)
    #expect(farm.run("--all").status == 0)
    #expect(farm.merge().status == 0)
    #expect(try farm.files().count == 3)
  }

  /// It had written its result, and did not come to give up its claim.
  @Test func anAbandonedClaimOfAFinishedTaskGoesAndOneThatIsHeldStays() throws {
    let farm = try Farm()
    #expect(farm.run("--all").status == 0)
    let tasks = try farm.tasks()
    _ = try farm.folder.write("results/\(tasks[0].digest).claim", [])
    let held = try #require(try ResultFolder(farm.results).claim(tasks[1]))
    #expect(farm.run("--all").status == 0)
    #expect(try farm.files().filter { $0.hasSuffix(".claim") } == [tasks[1].digest + ".claim"])
    withExtendedLifetime(held) {}
  }

  @Test func anInterruptedTaskHasNoResultAndIsRunAgain() throws {
    let farm = try Farm()
    let result = farm.run("--index", "0", signal: 15)
    #expect(result.status == 143)
    #expect(try farm.files() == [farm.tasks()[0].digest + ".attempt.json"])
    let merged = farm.merge("--json")
    #expect(merged.status == 3)
    #expect(merged.text.contains("\"lastTry\" : \"interrupted\""))
    #expect(farm.run("--all").status == 0)
    #expect(try farm.files().count == 3)
    #expect(farm.merge().status == 0)
  }

  @Test func theWorstResultIsTheStatus() throws {
    let farm = try Farm(wrong: true)
    let result = farm.run("--index", "0")
    #expect(result.status == 3)
    #expect(result.text.hasPrefix("diverged   "))
    #expect(farm.run("--all").status == 3)
    #expect(farm.run("--index", "2").status == 0)
    let junit = farm.folder.file("out.xml")
    let merged = farm.merge("--junit", junit, "--summary", farm.folder.file("out.md"))
    #expect(merged.status == 3)
    #expect(merged.text.hasSuffix("3 tasks: 2 as expected, 1 not\n"))
    let xml = try String(decoding: farm.folder.read("out.xml"), as: UTF8.self)
    #expect(faultsOfJUnit(xml) == [] && xml.contains("tests=\"3\" failures=\"1\""))
    #expect(try String(decoding: farm.folder.read("out.md"), as: UTF8.self).contains("| **diverged** |"))
  }

  @Test func missingTasksAreNamed() throws {
    let farm = try Farm()
    #expect(farm.run("--index", "1").status == 0)
    let merged = farm.merge("--junit", farm.folder.file("out.xml"), "--summary", farm.folder.file("out.md"))
    #expect(merged.status == 3)
    #expect(merged.text.contains("no result  verify \(farm.traces[0])\nno result  verify \(farm.traces[2])\n"))
    #expect(merged.error.contains("2 tasks of 3 have no result"))
    #expect(merged.error.contains("  reprise run-task --manifest \(farm.manifest) --results \(farm.results) --all"))
    let xml = try String(decoding: farm.folder.read("out.xml"), as: UTF8.self)
    #expect(faultsOfJUnit(xml) == [] && xml.contains("errors=\"2\""))
    #expect(try String(decoding: farm.folder.read("out.md"), as: UTF8.self).contains("Tasks without a result"))
    #expect(reprise("merge", "--manifest", farm.manifest, "--results", "/no/such").status == 3)
  }

  /// The trace is another one by the time the task is run: nothing is known of the one that was planned with.
  @Test func anInputThatHasChangedIsRefused() throws {
    let farm = try Farm()
    _ = try farm.folder.write("trace-0.reprise", farm.folder.read("trace-1.reprise"))
    let result = farm.run("--index", "0")
    #expect(result.status == 66)
    #expect(result.error.contains("is not the file that was planned with"))
    #expect(farm.merge().text.contains("no result  verify \(farm.traces[0]): \(farm.traces[0]) is not the file"))
  }

  @Test func imagesThatTracesOnlyNameArePlannedToo() throws {
    let recording = try EchoRecording("--reference-images")
    let (manifest, results) = (recording.folder.file("m.jsonl"), recording.folder.file("results"))
    let image = "firmware=\(recording.guest)"
    #expect(reprise("plan", "-o", manifest, recording.trace, "--image", image).status == 0)
    #expect(try Manifest(manifest).tasks[0].inputs.map(\.role) == [nil, "firmware"])
    #expect(reprise("run-task", "--manifest", manifest, "--results", results, "--all").status == 0)
  }
}
