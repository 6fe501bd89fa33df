import Archive
import Backplane
import Boards
import Foundation
import Testing
import Timeline
import VirtualTime

@testable import Commands

/// The golden traces: every file in `Traces/` must replay exactly, and show what the file beside it says. Those in
/// `Traces/formats` are for `FormatTests`.
///
/// `Tools/bless` makes them anew when a change is meant to change what guests see.
@Suite struct GoldenTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Traces")

  /// The golden traces, by their path below `Traces/`.
  static let traces: [String] = {
    let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    return names.filter { $0.hasSuffix(".reprise") && !$0.hasPrefix("formats/") }.sorted()
  }()

  /// What a golden run must show, from its `.expect` file.
  struct Expectation: Equatable {
    var steps: UInt64 = 0
    var cycles: UInt64 = 0
    var digest = ""
    var rungs = 0
    var inputs = 0
    var console: [String] = []

    init(_ text: String) throws {
      for line in text.split(separator: "\n") {
        let (key, value) = (line.prefix { $0 != " " }, String(line.drop { $0 != " " }.dropFirst()))
        switch key {
        case "steps": steps = try #require(UInt64(value))
        case "cycles": cycles = try #require(UInt64(value))
        case "digest": digest = value
        case "rungs": rungs = try #require(Int(value))
        case "inputs": inputs = try #require(Int(value))
        case "console": console.append(value)
        default: Issue.record("'\(key)' is nothing that a golden run shows")
        }
      }
    }
  }

  private func reader(_ trace: String) throws -> TraceReader {
    try TraceReader([UInt8](Data(contentsOf: Self.folder.appendingPathComponent(trace))))
  }

  private func expectation(_ trace: String) throws -> Expectation {
    let path = String(trace.dropLast(".reprise".count)) + ".expect"
    return try Expectation(String(contentsOf: Self.folder.appendingPathComponent(path), encoding: .utf8))
  }

  @Test func thereAreGoldenTraces() { #expect(Self.traces.count >= 2) }

  @Test(arguments: traces)
  func replaysExactly(_ trace: String) throws {
    let reader = try reader(trace)
    let expected = try expectation(trace)
    let end = try #require(reader.end)
    let digits = [end.digest.high, end.digest.low].map { String($0, radix: 16) }
    #expect(digits.map { String(repeating: "0", count: 16 - $0.count) + $0 }.joined() == expected.digest)
    #expect(end.moment.step.count == expected.steps)
    #expect(end.moment.cycle.count == expected.cycles)
    #expect(try reader.inputs().count == expected.inputs)

    let machine = try TraceMachine.make(reader, files: [:])
    let collected = try TraceMachine.describe(reader.header).collected
    var console: [UInt8] = []
    let report = try Replayer(machine: machine, reader: reader, collected: collected) { bytes, _ in console += bytes }
      .run()
    #expect(report.divergence == nil, "replay it: reprise replay Traces/\(trace)")
    #expect(report.reachedEnd && report.comparesEffects && report.effectsCompared > 0)
    #expect(report.rungsCompared == expected.rungs)
    let lines = String(decoding: console.filter { $0 != 13 }, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false
    ).dropLast()
    #expect(lines.suffix(expected.console.count).map(String.init) == expected.console)
  }

  /// The canary: a machine that differs in a single byte of memory at power-on must not replay a golden trace.
  @Test func aMachineThatIsNotTheSameDoesNotPass() throws {
    let reader = try reader(try #require(Self.traces.first))
    let machine = try TraceMachine.make(reader, files: [:])
    let last = machine.memory.ramBase + machine.memory.ramSize - 1
    #expect(machine.memory.write(last, [1]))
    let collected = try TraceMachine.describe(reader.header).collected
    let report = try Replayer(machine: machine, reader: reader, collected: collected) { _, _ in }.run()
    let divergence = try #require(report.divergence)
    #expect(divergence.subject == .rung)
    #expect(report.rungsCompared == 1)
  }
}
