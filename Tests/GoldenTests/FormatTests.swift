import Archive
import Commands
import Foundation
import Testing

/// Every version of the trace format that was ever released stays readable: the traces that `Tools/formats` recorded
/// when it came are in `Traces/formats`, and each replays and shows what it did then.
@Suite struct FormatTests {
  static let folder = GoldenTests.folder.appendingPathComponent("formats")

  /// What one trace must show: words in pairs, name and value.
  struct Expectation: CustomTestStringConvertible {
    let trace: String
    let version: UInt32
    let facts: [String: String]

    var testDescription: String { "v\(version)/\(trace)" }
    var path: String { FormatTests.folder.appendingPathComponent("v\(version)/\(trace)").path }
  }

  /// The versions that have traces.
  static let versions: [UInt32] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.compactMap { $0.hasPrefix("v") ? UInt32($0.dropFirst()) : nil }.sorted()
  }()

  static let expectations: [Expectation] = versions.flatMap { version -> [Expectation] in
    let file = folder.appendingPathComponent("v\(version)/EXPECT")
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map { line in
      let words = line.split(separator: " ").map(String.init)
      let pairs = stride(from: 1, to: words.count - 1, by: 2).map { (words[$0], words[$0 + 1]) }
      return Expectation(trace: words[0], version: version, facts: Dictionary(uniqueKeysWithValues: pairs))
    }
  }

  /// Versions up to `newest` that nothing keeps readable.
  static func unguarded(newest: UInt32, guarded: [UInt32]) -> [UInt32] {
    (1...newest).filter { !guarded.contains($0) }
  }

  private struct Length: Decodable {
    var steps: UInt64
    var cycles: UInt64
  }

  private struct Replayed: Decodable {
    var verdict: String
    var length: Length
    var rungsCompared: Int
    var effectsCompared: Int
  }

  private struct Described: Decodable {
    var formatVersion: UInt32
    var identity: String
    var end: End?
    var marks: [Mark]

    struct End: Decodable {
      var digest: String
    }
    struct Mark: Decodable {
      var name: String
    }
  }

  /// The JSON that a command writes.
  private func answer<Value: Decodable>(_ arguments: [String]) throws -> Value {
    var output: [UInt8] = []
    var errors: [UInt8] = []
    let streams = Streams(
      output: {
        output += $0
        return true
      },
      error: {
        errors += $0
        return true
      })
    let status = Reprise.perform(arguments, streams)
    #expect(status == 0, "reprise \(arguments.joined(separator: " ")): \(String(decoding: errors, as: UTF8.self))")
    return try JSONDecoder().decode(Value.self, from: Data(output))
  }

  @Test func everyVersionHasTracesThatKeepItReadable() {
    #expect(
      Self.unguarded(newest: TraceWriter.formatVersion, guarded: Self.versions) == [],
      "the format has been raised: Tools/formats records the traces of the new version; the old stay")
    for version in Self.versions {
      #expect(Self.expectations.filter { $0.version == version }.count >= 5)
    }
  }

  /// The canary: raising the version without recording traces of it does not pass.
  @Test func aVersionWithoutTracesDoesNotPass() {
    let next = TraceWriter.formatVersion + 1
    #expect(Self.unguarded(newest: next, guarded: Self.versions) == [next])
    #expect(Self.unguarded(newest: 3, guarded: [1, 3]) == [2])
  }

  @Test(arguments: expectations)
  func aTraceOfEachVersionReplaysAsItDid(_ expected: Expectation) throws {
    let described: Described = try answer(["info", "--json", expected.path])
    #expect(described.formatVersion == expected.version)
    let replayed: Replayed = try answer(["replay", "--quiet", "--json", expected.path])
    let digest = described.end?.digest ?? "none"
    #expect(replayed.verdict == (digest == "none" ? "same-so-far" : "same"))
    let found = [
      "steps": "\(replayed.length.steps)", "cycles": "\(replayed.length.cycles)",
      "rungs": "\(replayed.rungsCompared)", "effects": "\(replayed.effectsCompared)",
      "marks": "\(described.marks.count)", "identity": described.identity, "digest": digest,
    ]
    #expect(found == expected.facts)
  }
}
