import ScenarioFile
import Support
import Testing

/// Files that are no YAML, or YAML that is not wanted here.
@Suite struct HostileTests {
  @Test(
    arguments: [
      ("a: &x 1", "x.yaml:1:4: anchors (&name) are not used here: write each value out"),
      ("a: *x", "x.yaml:1:4: aliases (*name) are not used here: write the value out"),
      ("a: !!str 1", "x.yaml:1:4: tags (!name) are not used here"),
      ("a: 1\n---\nb: 2", "x.yaml:2:1: a second document begins here; a scenario is one document"),
      ("%YAML 1.1\n---\na: 1", "x.yaml:1:1: directives (lines beginning with %) are not used here"),
      ("? [a]\n: b", "x.yaml:1:3: a key must be text"),
      ("name: a\n  b: c", "x.yaml:2:4: not YAML: mapping values are not allowed in this context"),
      ("name: 'a", "x.yaml:1:9: not YAML: found unexpected end of stream (while scanning a quoted scalar)"),
      (
        "name: a\n\tb: c",
        "x.yaml:2:1: not YAML: found a tab character that violates indentation (while scanning a plain scalar)"
      ),
    ] as [(String, String)])
  func areRefusedWithTheirPlace(_ text: String, _ expected: String) { #expect(complaint(text) == expected) }

  @Test func bytesThatAreNoTextAreRefusedWithTheirPlace() {
    #expect(throws: ScenarioError.self) { try ScenarioFile.parse(bytes: [0x61, 0x0a, 0xc3, 0xa9, 0xff], name: "x") }
    do throws(ScenarioError) {
      _ = try ScenarioFile.parse(bytes: [0x61, 0x0a, 0xc3, 0xa9, 0xff], name: "x")
    } catch {
      #expect(error.line == 2)
      #expect(error.column == 2)
      #expect(error.message.hasPrefix("not text: "))
    }
  }

  /// Ten times ten times … ten: a few hundred bytes that would become many gigabytes.
  @Test func bombsDoNotGoOff() {
    var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1..<12 {
      bomb += "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ") + "]\n"
    }
    #expect(complaint(bomb) == "x.yaml:1:5: anchors (&name) are not used here: write each value out")
  }

  @Test func depthAndSizeAreBounded() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(complaint(deep) == "x.yaml:1:33: values lie deeper in each other than 32")
    let deepBlock = (0..<2_000).map { String(repeating: " ", count: $0) + "a:\n" }.prefix(500).joined()
    #expect(complaint(deepBlock).contains("values lie deeper in each other than 32"))
    let long = minimal("#" + String(repeating: "x", count: 300_000))
    #expect(complaint(long) == "x.yaml:1:1: the file has \(long.utf8.count) bytes; at most 262144 are read")
  }

  /// Every file made from a good one by a few changed, lost or added bytes is read or refused with a place in it.
  @Test(arguments: 0..<8)
  func mutationsAreReadOrRefused(_ seed: Int) throws {
    let original = Array(full.utf8)
    try mutate(original, seed) { bytes throws(ScenarioError) in
      _ = try ScenarioFile.parse(bytes: bytes, name: "x")
    }
  }

  /// The same with all that scenarios came to have later: parameters, a matrix, included files, and more actions.
  @Test(arguments: 0..<8)
  func mutationsOfNewerKeysAreReadOrRefused(_ seed: Int) throws {
    #expect(try expand(Array(newer.utf8)).count == 4)
    try mutate(Array(newer.utf8), seed) { bytes throws(ScenarioError) in _ = try expand(bytes) }
    // Here what is wrong is in the file that is included, or comes of it.
    let fragment = Array(prompt.utf8)
    try mutate(fragment, seed + 100) { bytes throws(ScenarioError) in
      _ = try expand(Array(newer.utf8), fragment: bytes)
    }
  }

  /// Changes `original` at random, again and again, and looks at what `read` says to it.
  private func mutate(
    _ original: [UInt8], _ seed: Int, read: (_ bytes: [UInt8]) throws(ScenarioError) -> Void
  ) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let interesting = Array("{}[]:,-#&*!|>'\"%@\\\n \t\r\0/~$".utf8) + [0x80, 0xc3, 0xff, 0xef, 0xbb, 0xbf]
    var refusals = 0
    for _ in 0..<400 {
      var bytes = original
      for _ in 0...random.below(3) {
        let place = Int(random.below(UInt64(bytes.count)))
        switch random.below(4) {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes[place] = random.pick(interesting)
        case 2: bytes.insert(random.pick(interesting), at: place)
        default: bytes.removeSubrange(place..<min(bytes.count, place + Int(random.below(12))))
        }
      }
      do throws(ScenarioError) {
        try read(bytes)
      } catch {
        refusals += 1
        // The place may be in the other file of the two.
        let lines = max(
          bytes.count { $0 == 0x0a || $0 == 0x0d } + bytes.count { $0 == 0xc2 || $0 == 0xe2 } + 2,
          newer.utf8.count { $0 == 0x0a })
        #expect((1...lines).contains(error.line))
        #expect(error.column >= 1)
        #expect(!error.message.isEmpty)
      }
    }
    // Some are harmless, most are not.
    #expect((100..<400).contains(refusals), "\(refusals)")
  }
}
