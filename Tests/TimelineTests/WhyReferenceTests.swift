import Archive
import Backplane
import Boards
import Debugger
import Support
import Testing
import Timeline
import VirtualTime

/// The tree of `why` is the one that a plain run, noting what every step writes, has.
@Suite struct WhyReferenceTests {
  private static let steps: UInt64 = 1200

  /// What a guest did, plain and recorded.
  private struct Subject {
    let plain: PlainRun
    let target: PlaybackTarget<VirtBoard>

    init(_ guest: Guest, source: any InputSource = NoInputs(), steps: UInt64 = WhyReferenceTests.steps) throws {
      let recording = try Recording(guest, source: source, rungIntervalSteps: 100, limitSteps: steps)
      let reader = try TraceReader(recording.bytes)
      let inputs = try reader.inputs().map {
        StampedInput(moment: $0.moment, input: Input(slot: Slot($0.slot), bytes: $0.bytes))
      }
      plain = PlainRun(inputs: inputs, limitSteps: recording.end.moment.step.count) { guest.machine() }
      func open() throws -> Playback<VirtBoard> {
        try Playback(machine: guest.machine(), reader: reader, limits: .init(gapStepsMin: 64))
      }
      target = PlaybackTarget(try open(), PlaybackKnowledge(reopen: open))
    }

    func tree(_ subject: WhySubject, at step: Int, depth: Int = 6) throws -> WhyTree {
      _ = try target.seek(to: Step(UInt64(step)))
      return try WhyTree(
        of: subject, at: target.moment, in: target,
        WhyOptions(depth: depth, followsAddresses: true, nodeCountMax: 400))
    }
  }

  /// Compares the node with what the plain run says of its place before step `limit`.
  private static func check(_ node: WhyNode, _ plain: PlainRun, before limit: Int, _ counts: inout Counts) {
    counts.nodes += 1
    if let register = node.register {
      let value = plain.boards[limit].register(register, hart: 0) ?? 0
      #expect(number(node.value) == value, "\(node.name) before @\(limit)")
      check(node, plain, plain.lastWriter(of: register, before: limit), &counts)
    } else if !node.memory.isEmpty {
      let bytes = node.memory.flatMap { $0.addresses }
      #expect(node.value == bytes.map { plain.byte($0, at: limit) ?? 0 }, "\(node.name) before @\(limit)")
      if case .pieces = node.origin {
        #expect(node.sources.flatMap { $0.memory.flatMap(\.addresses) }.sorted() == bytes.sorted())
        counts.pieces += 1
        for piece in node.sources { check(piece, plain, before: limit, &counts) }
        return
      }
      let writers = bytes.map { plain.lastWriter(ofByte: $0, before: limit) }
      if case .unfollowed = node.origin { return }
      #expect(Swift.Set(writers).count == 1, "\(node.name) before @\(limit)")
      check(node, plain, writers[0], &counts)
    }
  }

  private static func check(_ node: WhyNode, _ plain: PlainRun, _ writer: Int?, _ counts: inout Counts) {
    switch node.origin {
    case .written(let told):
      #expect(told.moment.step.count == writer.map { UInt64($0) }, "\(node.name)")
      guard let writer else { return }
      counts.written += 1
      checkSources(of: node, told, plain, writer)
      for source in node.sources { check(source, plain, before: writer, &counts) }
    case .start: #expect(writer == nil, "\(node.name)")
    case .seen: counts.seen += 1
    default: break
    }
  }

  /// The sources must be the operands of the instruction's text.
  private static func checkSources(of node: WhyNode, _ told: WhyWriter, _ plain: PlainRun, _ writer: Int) {
    let deed = plain.deeds[writer]
    #expect(told.programCounter == plain.boards[writer].programCounter(hart: 0))
    guard case .instruction = told.kind else {
      if case .trap = told.kind { #expect(deed.isTrap) }
      return
    }
    #expect(!deed.isTrap)
    let registers = node.sources.filter { !$0.isAddress }.compactMap(\.register).filter { $0 < 65 && $0 != 32 }
    let isPlain = node.register.map { $0 < 65 } ?? true
    guard isPlain, !deed.mnemonic.hasPrefix("csr") else { return }
    let isAtomic = deed.mnemonic.hasPrefix("amo") || deed.mnemonic.hasPrefix("sc.")
    // The old value goes to the register, the operand to memory.
    let expected =
      isAtomic && node.register != nil || deed.mnemonic.hasPrefix("jal") ? [] : Swift.Set(deed.sources)
    #expect(Swift.Set(registers) == expected, "\(deed.mnemonic) at @\(writer)")
    #expect(registers.count == expected.count, "\(deed.mnemonic) at @\(writer)")
    let reads = node.sources.filter { !$0.isAddress }.flatMap { $0.memory.flatMap(\.addresses) }
    let isLoad = deed.mnemonic.hasPrefix("l") || deed.mnemonic.hasPrefix("fl") || isAtomic
    if isLoad, node.register != nil, !reads.isEmpty { #expect(reads == deed.read.flatMap { Array($0) }) }
    let usesMemory = !deed.read.isEmpty
    let addresses = node.sources.filter(\.isAddress).compactMap(\.register)
    // Told once: a register that is a source already is not told again as an address.
    if usesMemory, !deed.mnemonic.hasPrefix("sc.") || node.register == nil {
      #expect(Swift.Set(addresses + registers).isSuperset(of: deed.addresses), "\(deed.mnemonic) at @\(writer)")
    }
  }

  private struct Counts {
    var nodes = 0
    var written = 0
    var pieces = 0
    var seen = 0
  }

  private static func number(_ bytes: [UInt8]) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func treesOfRandomProgramsAreThoseOfAPlainRun(seed: UInt64) throws {
    let subject = try Subject(StopGuest(seed: seed).guest)
    var random = SeededGenerator(seed: seed)
    var counts = Counts()
    for _ in 0..<10 {
      let step = Int(random.below(UInt64(subject.plain.deeds.count - 400))) + 400
      let what = Self.subject(&random, subject.target)
      let tree = try subject.tree(what, at: step)
      Self.check(tree.root, subject.plain, before: step, &counts)
    }
    #expect(counts.written > 50 && counts.pieces > 0, "\(counts)")
  }

  private static func subject(_ random: inout SeededGenerator, _ target: PlaybackTarget<VirtBoard>) -> WhySubject {
    let registers = target.features.flatMap(\.registers)
    if random.chance(1, in: 2) {
      let number = random.pick([
        10, 11, 12, 13, 14, 15, 5, 6, 43, 44, 45, 65 + 0x140, 65 + 0x341, 65 + 0x342, 65 + 0x343,
      ])
      return .register(registers.first { $0.number == number } ?? registers[10])
    }
    let near: UInt64 = random.below(64) &- 32
    let address = StopGuest.frame &+ 0x1000 &+ near
    return .memory([
      MemoryPiece(
        virtualAddress: address, physicalAddress: address, byteCount: random.pick([1, 2, 4, 8, 16, 60]))
    ])
  }
}

extension MemoryPiece {
  /// The guest-physical addresses of its bytes.
  fileprivate var addresses: [UInt64] { (0..<UInt64(byteCount)).map { physicalAddress + $0 } }
}
