/// Words that must not stand in code, with what to write instead.
struct BannedPhrase: Sendable {
  /// The tokens, in order. Where two are joined, they must be joined in the code too: `try!` is not `try !done`.
  let tokens: [Token]
  let instead: String
  /// Code that must be reported.
  let canary: String

  init(_ phrase: String, canary: String? = nil, instead: String) {
    tokens = Lexer.tokens(of: phrase)
    self.instead = instead
    self.canary = canary ?? phrase
  }

  /// The lines on which the phrase stands.
  func lines(in file: SourceFile) -> [Int] {
    let code = file.tokens
    guard let first = tokens.first, code.count >= tokens.count else { return [] }
    return (0...(code.count - tokens.count)).compactMap { start in
      guard code[start].text == first.text else { return nil }
      for offset in 1..<tokens.count {
        let (wanted, found) = (tokens[offset], code[start + offset])
        guard wanted.text == found.text, found.isJoined || !wanted.isJoined else { return nil }
      }
      return code[start].line
    }
  }
}

/// What Swift can leak into a run, and what would leave something out of the state.
private let bannedInside: [BannedPhrase] = [
  BannedPhrase(
    "Dictionary", canary: "let a = Dictionary<Int, Int>()",
    instead: "its order differs between processes: use an array of pairs, sorted"),
  BannedPhrase(
    "Set <", canary: "var a: Set<Int> = []",
    instead: "its order differs between processes: use a sorted array or a bit set"),
  BannedPhrase(
    "Set (", canary: "let a = Set([1])", instead: "its order differs between processes: use a sorted array or a bit set"
  ),
  BannedPhrase(
    "Hasher", canary: "var a = Hasher()", instead: "it is seeded anew in each process: use Digest (StateCoding)"),
  BannedPhrase(
    ". hashValue", canary: "a.hashValue", instead: "it is seeded anew in each process: use Digest (StateCoding)"),
  BannedPhrase(
    "ObjectIdentifier", canary: "ObjectIdentifier(a)",
    instead: "addresses differ between runs: use a number of your own"),
  BannedPhrase(
    ". random (", canary: "Int.random(in: 0..<6)",
    instead: "take bits from a generator that is state, its seed in the trace's header"),
  BannedPhrase(". randomElement (", canary: "a.randomElement()", instead: "take bits from a generator that is state"),
  BannedPhrase("shuffled (", canary: "a.shuffled()", instead: "take bits from a generator that is state"),
  BannedPhrase("shuffle (", canary: "a.shuffle()", instead: "take bits from a generator that is state"),
  BannedPhrase("SystemRandomNumberGenerator", instead: "take bits from a generator that is state"),
  BannedPhrase(
    "Date (", canary: "let now = Date()",
    instead: "guest time is Fabric.nanoseconds; the date at power-on is in the header"),
  BannedPhrase("ContinuousClock", instead: "guest time is Fabric.now"),
  BannedPhrase("SuspendingClock", instead: "guest time is Fabric.now"),
  BannedPhrase("ProcessInfo", instead: "what the machine must know of its surroundings is in the trace's header"),
  BannedPhrase("CommandLine", instead: "what the machine must know is in the trace's header"),
  BannedPhrase("Task {", canary: "Task { await run() }", instead: "one thread owns the machine; threads are in Host"),
  BannedPhrase("Task .", canary: "Task.detached {}", instead: "one thread owns the machine; threads are in Host"),
  BannedPhrase("actor", canary: "actor Machine {}", instead: "one thread owns the machine; threads are in Host"),
  BannedPhrase("await", canary: "await run()", instead: "one thread owns the machine; threads are in Host"),
  BannedPhrase(
    "lazy var", canary: "lazy var a = 1", instead: "it is silently left out of the state: store it, or mark it @Derived"
  ),
  BannedPhrase(
    "@unchecked", canary: "struct A: @unchecked Sendable {}",
    instead: "state is made of values that are Sendable by themselves"),
  BannedPhrase("nonisolated ( unsafe )", canary: "nonisolated(unsafe) var a = 1", instead: "there is no global state"),
  BannedPhrase(
    "unsafeUninitializedCapacity", canary: "[UInt8](unsafeUninitializedCapacity: 4) { _, _ in }",
    instead: "fresh memory may hold anything: start from zeros"),
  BannedPhrase(
    ". allocate (", canary: "UnsafeMutablePointer<Int>.allocate(capacity: 1)",
    instead: "fresh memory may hold anything: use pages_zeroed (CPages)"),
]

private let handWritten = [
  BannedPhrase(
    "encode ( to", canary: "func encode(to encoder: any Encoder) throws {}",
    instead: "a hand-written one can forget a field: let it be synthesised"),
  BannedPhrase(
    "init ( from decoder", canary: "init(from decoder: any Decoder) throws {}",
    instead: "a hand-written one can forget a field: let it be synthesised"),
  BannedPhrase(
    "CodingKeys", canary: "enum CodingKeys: CodingKey {}",
    instead: "a hand-written one can forget a field: let it be synthesised"),
]

private let hostFloats = ["Float", "Double", "Float16", "Float32", "Float64", "Float80", "CGFloat"].map {
  BannedPhrase($0, canary: "let a = \($0)(1)", instead: "its results can differ between hosts: use SoftFloat")
}

private let bannedEverywhere = [
  BannedPhrase(
    "String ( format", canary: "String(format: \"%d\", 1)", instead: "write interpolation and String(_:radix:)"),
  BannedPhrase("try!", canary: "try! run()", instead: "throw it on, or handle it"),
  BannedPhrase(
    "fatalError", canary: "fatalError(\"no\")",
    instead: "preconditionFailure with a sentence, if the guest and files cannot cause it"),
]

private func isInside(_ file: SourceFile) -> Bool {
  file.path.hasPrefix("Sources/") && targetTable.contains { $0.name == file.target && $0.place == .inside }
}

private func rule(
  _ name: String, _ phrases: [BannedPhrase], exemptions: [Exemption] = [], decoys: [SourceFile] = [],
  where applies: @escaping @Sendable (SourceFile) -> Bool
) -> Rule {
  Rule(
    name: name, canaries: phrases.map { SourceFile("Sources/Backplane/Canary.swift", $0.canary) }, decoys: decoys,
    exemptions: exemptions
  ) { file in
    guard file.isSwift, applies(file) else { return [] }
    return phrases.flatMap { phrase in
      phrase.lines(in: file).map {
        file.finding($0, "`\(phrase.tokens.map(\.text).joined())` is banned here: \(phrase.instead)")
      }
    }
  }
}

/// The rules about words.
let wordRules: [Rule] = [
  rule(
    "words banned inside the wall", bannedInside,
    exemptions: [
      Exemption(path: "Sources/Archive/Frame.swift", reason: "zstd fills the buffers, and only what it filled is kept"),
      Exemption(
        path: "Sources/Archive/PageCodec.swift", reason: "zstd fills the buffer, and only what it filled is kept"),
    ],
    decoys: [
      SourceFile("Sources/Backplane/Decoy.swift", "// Dictionary, lazy var\nlet a = \"Date()\"; a.lazy.map { $0 }"),
      SourceFile("Sources/Host/Decoy.swift", "let now = ContinuousClock().now; var seen: Set<Int> = []"),
    ], where: isInside),
  rule(
    "coding by hand", handWritten,
    decoys: [
      SourceFile("Sources/StateCoding/Decoy.swift", "func encode(to encoder: any Encoder) throws {}")
    ]
  ) { isInside($0) && $0.target != "StateCoding" },
  rule(
    "host floating point", hostFloats,
    exemptions: [
      Exemption(path: "Sources/SoftFloat/Float32Fast.swift", reason: "its comment proves which results are the same"),
      Exemption(path: "Sources/SoftFloat/Float64Fast.swift", reason: "its comment proves which results are the same"),
      Exemption(path: "Sources/StateCoding/StateWalk.swift", reason: "names the types in order to refuse them"),
      Exemption(path: "Sources/StateCoding/StateReader.swift", reason: "names the types in order to refuse them"),
    ],
    decoys: [SourceFile("Sources/Backplane/Decoy.swift", "let double = Float64Bits(1); x.double()")], where: isInside),
  rule(
    "words banned everywhere", bannedEverywhere,
    decoys: [SourceFile("Sources/Host/Decoy.swift", "try !a(); try? a(); let format = String(a, radix: 16)")]
  ) { _ in true },
  dictionaryRule,
]

/// Dictionaries as they are written most: `[Key: Value]`, `[:]` and literals with keys.
private let dictionaryRule = Rule(
  name: "dictionaries inside the wall",
  canaries: [
    "let a: [String: Int]", "var a = [UInt64: [UInt8]]()", "f([:])", "let a = [\"one\": 1]", "let a = [1: 2, 3: 4]",
    "let a: [Swift.String: Int]",
  ].map { SourceFile("Sources/Backplane/Canary.swift", $0) },
  decoys: [
    "a[from: 1]", "let a = [b ? 1 : 2]", "f(c ? [x] : [y])", "let a: [(name: String, value: Int)] = []",
    "switch a { case [1]: b }", "var userInfo: Int { g[C.d] }",
  ].map { SourceFile("Sources/Backplane/Decoy.swift", $0) },
  exemptions: [
    Exemption(path: "Sources/StateCoding/StateWalk.swift", reason: "`Encoder` asks for `userInfo`, which stays empty"),
    Exemption(
      path: "Sources/StateCoding/StateReader.swift", reason: "`Decoder` asks for `userInfo`, which stays empty"),
    Exemption(
      path: "Sources/Timeline/Checkpoints/CheckpointSections.swift",
      reason: "numbers of pages are looked up, never gone through"),
    Exemption(
      path: "Sources/Timeline/Checkpoints/PageStore.swift",
      reason: "pages are looked up by digest, never gone through"),
  ]
) { file in
  guard isInside(file) else { return [] }
  let code = file.tokens
  return code.indices.compactMap { start in
    guard code[start].text == "[", start + 2 < code.count else { return nil }
    var place = start + 1
    if code[place].text != ":" {
      let key = code[place]
      guard key.isString || key.beginsWithCapital || key.text.first?.isNumber == true else { return nil }
      place += 1
      while place + 1 < code.count, code[place].text == "." { place += 2 }
    }
    guard place < code.count, code[place].text == ":" else { return nil }
    return file.finding(
      code[start].line, "a dictionary's order differs between processes: use an array of pairs, sorted")
  }
}
