import Testing

@testable import Commands

/// Which tasks a process takes, and what is wrong with a manifest.
@Suite struct FarmChoiceTests {
  private static func task(_ name: String, cost: UInt64) -> FarmTask {
    FarmTask(kind: .verify, name: name, inputs: [.init(path: name, sha256: "00")], cost: cost).sealed
  }

  private static func manifest(_ costs: [UInt64]) throws -> (folder: Folder, manifest: Manifest) {
    let folder = try Folder()
    let lines = costs.enumerated().map { task("t\($0)", cost: $1).line + "\n" }.joined()
    return (folder, try Manifest(folder.write("m.jsonl", Array(lines.utf8))))
  }

  @Test(
    arguments: [
      (["SLURM_ARRAY_TASK_ID": "0"], 0), (["SLURM_ARRAY_TASK_ID": "7", "PARALLEL_SEQ": "3"], 7),
      (["JOB_COMPLETION_INDEX": "4"], 4), (["PARALLEL_SEQ": "1"], 0), (["CI_NODE_INDEX": "3"], 2),
    ] as [([String: String], Int)])
  func theIndexComesFromWhoeverRunsTheJobs(_ environment: [String: String], _ index: Int) throws {
    #expect(try TaskIndex.fromEnvironment { environment[$0] } == index)
  }

  @Test(
    arguments: [[:], ["PARALLEL_SEQ": "0"], ["SLURM_ARRAY_TASK_ID": "-1"], ["CI_NODE_INDEX": "x"]] as [[String: String]]
  )
  func anIndexThatIsNoneIsRefused(_ environment: [String: String]) {
    #expect(throws: Failure.self) { try TaskIndex.fromEnvironment { environment[$0] } }
  }

  @Test func shardsCostAboutTheSameAndMissNothing() throws {
    let costs: [UInt64] = [90, 10, 10, 10, 30, 20, 20, 0, 0, .max]
    let (_, manifest) = try Self.manifest(costs)
    let shards = (1...3).map { manifest.shard($0, of: 3) }
    #expect(shards.flatMap { $0 }.sorted() == Array(costs.indices))
    #expect(shards.contains([9]))
    let (_, even) = try Self.manifest([90, 10, 10, 10, 30, 20, 20])
    let sums = (1...2).map { even.shard($0, of: 2).reduce(0) { $0 + even.tasks[$1].cost } }
    #expect(sums.max() == 100 && sums.min() == 90)
    #expect(even.shard(1, of: 1).count == 7)
    #expect((1...20).flatMap { even.shard($0, of: 20) }.sorted() == Array(0..<7))
  }

  @Test(arguments: ["0/3", "4/3", "1", "1/", "/3", "a/b", "1/2/3", "-1/3", "1/999999999"])
  func aShardThatIsNoneIsRefused(_ text: String) {
    #expect(throws: Failure.self) { try TaskIndex.shard(text) }
  }

  @Test func theShardOfACINodeIsItsOwn() throws {
    let environment = ["CI_NODE_INDEX": "2", "CI_NODE_TOTAL": "5"]
    #expect(try TaskIndex.shardFromEnvironment { environment[$0] } == (2, 5))
    #expect(throws: Failure.self) { try TaskIndex.shardFromEnvironment { _ in nil } }
  }

  /// Each mistake is told with its line.
  @Test(arguments: [
    ("nonsense", "not JSON"), ("{}", "is missing"), ("[1]", "not what it should be"),
    ("{\"schema\":\"reprise/task/2\"}", "is missing"), ("SCHEMA", "'reprise/task/9'"), ("KIND", "kind"),
    ("DIGEST", "the digest is not that of the task"), ("COST", "does not fit"), ("TWICE", "the same task as in line 1"),
    ("INPUTS", "names no file"), ("\u{0}", "not JSON"), ("[[[[[[", "not JSON"),
  ])
  func aBadLineIsToldWithItsNumber(_ kind: String, _ message: String) throws {
    let folder = try Folder()
    let good = Self.task("one", cost: 5)
    var second = Self.task("two", cost: 7)
    var line = kind
    switch kind {
    case "SCHEMA":
      second.schema = "reprise/task/9"
      line = second.sealed.line
    case "KIND": line = second.line.replacing("\"verify\"", with: "\"dance\"")
    case "DIGEST": line = second.line.replacing("two", with: "too")
    case "COST": line = second.line.replacing(":7", with: ":-7")
    case "TWICE": line = good.line
    case "INPUTS":
      second.inputs = []
      line = second.sealed.line
    default: break
    }
    let path = try folder.write("m.jsonl", Array("\(good.line)\n\n\(line)\n".utf8))
    for command in ["run-task --all", "merge", "submit --slurm"] {
      let words = command.split(separator: " ").map(String.init)
      let result = reprise([words[0], "--manifest", path, "--results", folder.file("r")] + words.dropFirst())
      #expect(result.status == 65)
      #expect(result.error.contains("\(path):3: ") && result.error.contains(message), "\(result.error)")
    }
  }

  @Test func aManifestWithoutTasksIsRefused() throws {
    let folder = try Folder()
    let path = try folder.write("m.jsonl", Array("\n \n".utf8))
    #expect(reprise("merge", "--manifest", path, "--results", folder.path).status == 65)
    #expect(reprise("merge", "--manifest", folder.file("none"), "--results", folder.path).status == 66)
  }

  @Test func anIndexPastTheEndIsRefused() throws {
    let (folder, manifest) = try Self.manifest([1, 2])
    func run(_ options: String...) -> Int32 {
      reprise(["run-task", "--manifest", manifest.path, "--results", folder.file("r")] + options).status
    }
    #expect(run("--index", "2") == 64 && run("--index", "-1") == 64 && run("--index", "x") == 64)
    #expect(run() == 64 && run("--all", "--index", "0") == 64 && run("--index", "auto") == 64)
  }

  @Test func theScriptHandsAnArrayAndItsMergeToSlurm() throws {
    let (folder, manifest) = try Self.manifest([1, 2, 3, 4])
    func script(_ options: String...) -> String {
      reprise(["submit", "--slurm", "--manifest", manifest.path, "--results", "out dir"] + options).text
    }
    let plain = script()
    #expect(plain.hasPrefix("#!/bin/sh\n"))
    #expect(plain.contains("--array=0-3 ") && plain.contains("--requeue") && plain.contains("--signal=B:TERM@60"))
    #expect(plain.contains("--index auto") && plain.contains("--dependency=afterany:$array"))
    #expect(plain.contains("'\\''out dir'\\''"))
    let few = script("--array-size", "3", "--throttle", "2", "--cpus", "2", "--wait", "--partition", "short")
    #expect(few.contains("--array=0-2%2 ") && few.contains("--shard $((SLURM_ARRAY_TASK_ID + 1))/3"))
    #expect(few.contains("--cpus-per-task=2") && few.contains("--wait") && few.contains("--partition=short"))
    #expect(script("--run") == "")
    #expect(reprise("submit", "--manifest", manifest.path, "--results", folder.path).status == 64)
    let missing = reprise(
      ["submit", "--slurm", "--run", "--manifest", manifest.path, "--results", folder.file("r")],
      environment: ["PATH": folder.path])
    #expect(missing.status == 69 && missing.error.contains("slurm-client"))
  }
}
