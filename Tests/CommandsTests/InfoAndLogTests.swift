import FoundationEssentials
import Testing

@testable import Commands

@Suite struct InfoAndLogTests {
  @Test func infoTellsWhatTheTraceHolds() throws {
    let recording = try EchoRecording()
    let result = reprise("info", recording.trace)
    #expect(result.status == 0)
    for text in [
      "complete", "virt", "16 MiB", "echo.bin", "embedded", "3 for uart (3 bytes)", "powered-off",
      "2026-01-01T00:00:00Z",
      "power-off", "ladder",
    ] { #expect(result.text.contains(text), "\(text) in \(result.text)") }
    #expect(!result.text.contains(recording.folder.path + "/echo.bin"))
  }

  @Test func infoTellsWhereATraceWasCut() throws {
    let recording = try EchoRecording()
    let bytes = try recording.folder.read("echo.reprise")
    let cut = try recording.folder.write("cut.reprise", Array(bytes.dropLast(100)))
    let result = reprise("info", cut)
    #expect(result.status == 0)
    #expect(result.text.contains("cut short"))
  }

  @Test func infoTellsDamageAndWhatCanStillBeRead() throws {
    let recording = try EchoRecording()
    var bytes = try recording.folder.read("echo.reprise")
    // Behind the preamble and the heads of header and image: inside the image's frame.
    let place = try #require(Self.offset(ofImageIn: bytes))
    bytes[place + 90] ^= 0x55
    let damaged = try recording.folder.write("damaged.reprise", bytes)
    let result = reprise("info", damaged)
    #expect(result.status == 65)
    #expect(result.text.contains("damage"))
    #expect(result.text.contains("echo.bin"))
  }

  /// The offset of the image section: the second section, behind the header's 80 bytes of head and its frame.
  private static func offset(ofImageIn bytes: [UInt8]) -> Int? {
    let head = 32
    let size = (0..<4).reduce(0) { $0 | Int(bytes[head + 24 + $1]) << (8 * $1) }
    return head + 80 + size
  }

  @Test func logListsInputsAndWhatCameOfThem() throws {
    let recording = try EchoRecording()
    let lines = reprise("log", recording.trace).text.split(separator: "\n")
    let kinds = lines.map { line in line.split(separator: " ", omittingEmptySubsequences: true)[3] }
    #expect(kinds == ["output", "input", "output", "input", "output", "input"])
    #expect(lines[1].hasSuffix(#"uart "a""#))
    #expect(reprise("log", recording.trace, "--kind", "inputs").text.split(separator: "\n").count == 3)
    #expect(reprise("log", recording.trace, "--device", "rtc").text.isEmpty)
  }

  @Test func logComputesWhatTheTraceDoesNotHold() throws {
    let recording = try EchoRecording()
    let computed = reprise("log", recording.trace, "--kind", "reads,writes")
    #expect(computed.status == 0)
    #expect(computed.error.contains("replaying"))
    let full = try EchoRecording("--effects", "all")
    let held = reprise("log", full.trace, "--kind", "reads,writes")
    #expect(held.error.isEmpty)
    #expect(held.output == computed.output)
    #expect(held.text.contains("uart+0x5"))
    #expect(held.text.contains("finisher+0x0 4 bytes 0x5555"))
  }

  @Test func logIsFilteredByStepsAndRefusesNonsense() throws {
    let recording = try EchoRecording("--effects", "all")
    let some = reprise("log", recording.trace, "--kind", "reads", "--from", "@15", "--to", "40", "--json")
    let steps = try some.text.split(separator: "\n").map { line in
      try #require(try JSONSerializer.object(line)["step"] as? UInt64)
    }
    #expect(!steps.isEmpty)
    #expect(steps.allSatisfy { (15...40).contains($0) })
    #expect(reprise("log", recording.trace, "--kind", "smells").status == 64)
    #expect(reprise("log", recording.trace, "--device", "abacus").error.contains("uart, aclint"))
    #expect(reprise("log", recording.trace, "--from", "9", "--to", "8").status == 64)
  }

  @Test func everyKeyOfTheJSONIsDocumented() throws {
    let recording = try EchoRecording("--effects", "all", "--json")
    let documentation = try Self.documentation()
    var documents = [recording.result.text, reprise("info", recording.trace, "--json").text]
    documents.append(reprise("replay", recording.trace, "--json").text)
    documents.append(reprise("mark", recording.trace, "@5", "five", "--json").text)
    documents.append(reprise("marks", recording.trace, "--json").text)
    documents.append(reprise("selftest", recording.trace, "--json").text)
    documents.append(reprise("strip", recording.trace, "-o", recording.folder.file("stripped"), "--json").text)
    documents += reprise("log", recording.trace, "--kind", "all", "--json").text.split(separator: "\n").map(String.init)
    var keys: Set<String> = []
    for document in documents { JSONSerializer.keys(of: try JSONSerializer.object(document), into: &keys) }
    #expect(keys.count > 40)
    // Names of parameters are not keys of ours, but they are told of too.
    for key in keys {
      let isTold = documentation.contains("`\(key)`") || documentation.contains(".\(key)`")
      #expect(isTold, "Documentation/JSON.md does not tell of '\(key)'")
    }
    // The canary.
    #expect(!documentation.contains("`notAKey`"))
  }

  static func documentation() throws -> String {
    let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    return String(
      decoding: try Data(contentsOf: URL(filePath: "/\(folder)/Documentation/JSON.md")), as: UTF8.self)
  }
}

/// JSON as plain values, for tests that look at keys.
enum JSONSerializer {
  indirect enum Value: Decodable {
    case number(UInt64)
    case text(String)
    case flag(Bool)
    case list([Value])
    case table([String: Value])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let flag = try? container.decode(Bool.self) {
        self = .flag(flag)
      } else if let number = try? container.decode(UInt64.self) {
        self = .number(number)
      } else if let text = try? container.decode(String.self) {
        self = .text(text)
      } else if let list = try? container.decode([Value].self) {
        self = .list(list)
      } else {
        self = .table(try container.decode([String: Value].self))
      }
    }

    var plain: Any {
      switch self {
      case .number(let number): number
      case .text(let text): text
      case .flag(let flag): flag
      case .list(let list): list.map(\.plain)
      case .table(let table): table.mapValues(\.plain)
      }
    }
  }

  static func object(_ text: some StringProtocol) throws -> [String: Any] {
    let value = try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    guard case .table(let table) = value else { throw Problem(description: "no object") }
    return table.mapValues(\.plain)
  }

  static func keys(of value: Any, into keys: inout Set<String>) {
    if let table = value as? [String: Any] {
      for (key, value) in table {
        keys.insert(key)
        self.keys(of: value, into: &keys)
      }
    }
    if let list = value as? [Any] { for element in list { self.keys(of: element, into: &keys) } }
  }
}
