import Archive
import Backplane
import Support
import Testing
import Timeline
import VirtualTime

@Suite struct GoldenLadderTests {
  private static func run(_ fault: FaultyBoard.Fault = .none, _ text: String = "b", limitSteps: UInt64 = 2000) throws
    -> FaultyRun
  {
    try FaultyRun(.echo(), fault, [(300, "a"), (700, text)], limitSteps: limitSteps) { header in
      header.parameters = [Parameter("effects", 3)]
      header.textParameters = [Parameter("bootArguments", "a \"b\" \\ # \u{e9}\n")]
      header.images = [
        ImageReference(
          role: "kernel", name: "an Image", loadAddress: 0, byteCount: 5, sha256: Array(0..<32), isEmbedded: false)
      ]
    }
  }

  @Test func aLadderComesBackFromItsText() throws {
    let ladder = try GoldenLadder(TraceReader(Self.run().bytes))
    #expect(ladder.entries.count == 19 && ladder.end != nil && ladder.entries[0].console != nil)
    let text = ladder.text
    #expect(text.hasPrefix("reprise-ladder 1\nboard any\n"))
    #expect(try GoldenLadder(parsing: text) == ladder)
    #expect(
      try GoldenLadder(parsing: text.split(separator: "\n").map { "  " + $0 + "  # why" }.joined(separator: "\r\n"))
        .rungs == ladder.rungs)
  }

  @Test func theSameRunIsIdentical() throws {
    let run = try Self.run()
    let ladder = try GoldenLadder(parsing: GoldenLadder(TraceReader(run.bytes)).text)
    #expect(try ladder.compare(with: TraceReader(run.bytes)).verdict == .identical)
    let short = try Self.run(limitSteps: 1050)
    #expect(try ladder.compare(with: TraceReader(short.bytes)).verdict == .endedEarly)
  }

  @Test func theFirstRungThatDiffersIsFound() throws {
    let ladder = try GoldenLadder(TraceReader(Self.run().bytes))
    let bad = try ladder.compare(with: TraceReader(Self.run(.register(25, atStep: 1234)).bytes))
    #expect(bad.verdict == .differentState && bad.parting == nil)
    #expect(bad.segment?.lowerBound.step == Step(1200) && bad.segment?.upperBound.step == Step(1300))
    let other = try ladder.compare(with: TraceReader(Self.run(.none, "c").bytes))
    #expect(other.verdict == .differentInputs)
    var elsewhere = ladder
    elsewhere.header.seed = 3
    let machine = try elsewhere.compare(with: TraceReader(Self.run().bytes))
    #expect(machine.verdict == .differentMachine && machine.machine.map(\.name) == ["seed"])
  }

  @Test func mistakesAreToldWithTheirLine() throws {
    let text = try GoldenLadder(TraceReader(Self.run().bytes)).text
    let lines = text.split(separator: "\n").map(String.init)
    func fault(_ change: (inout [String]) -> Void) -> LadderError? {
      var changed = lines
      change(&changed)
      do {
        _ = try GoldenLadder(parsing: changed.joined(separator: "\n"))
        return nil
      } catch { return error }
    }
    #expect(fault { $0[0] = "reprise-ladder 2" }?.line == 1)
    #expect(fault { $0.removeFirst() }?.line == 1)
    #expect(fault { $0[3] = "speed 4" }?.description == "line 4: 'speed' is nothing that a ladder has")
    #expect(fault { $0[4] += " 7" }?.line == 5)
    #expect(fault { $0[2] = "text bootArguments \"open" }?.found == "a quotation mark is missing")
    let rung = lines.firstIndex { $0.hasPrefix("rung ") } ?? 0
    #expect(fault { $0.swapAt(rung, rung + 1) }?.line == rung + 2)
    #expect(fault { $0[rung] = "rung 100" }?.line == rung + 1)
    #expect(fault { $0[rung] = $0[rung].replacing("0", with: "g") }?.line == rung + 1)
    #expect(fault { $0.append("seed 1") }?.found == "nothing stands behind the end")
    #expect(fault { $0 = Array($0.prefix(4)) } != nil && fault { $0 = [] } != nil)
    #expect(fault { _ in } == nil)
  }
}
