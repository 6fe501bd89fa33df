import Archive
import Backplane
import Boards
import Debugger
import RISCV
import Support
import Testing
import Timeline
import VirtualTime

/// Where values come from, on guests whose answers are known.
@Suite struct WhyTests {
  private static func target(
    _ guest: Guest, source: any InputSource = NoInputs(), steps: UInt64? = nil
  ) throws -> PlaybackTarget<VirtBoard> {
    let recording = try Recording(guest, source: source, limitSteps: steps)
    let reader = try TraceReader(recording.bytes)
    func open() throws -> Playback<VirtBoard> {
      try Playback(machine: guest.machine(), reader: reader, limits: .init(gapStepsMin: 64))
    }
    let target = PlaybackTarget(try open(), PlaybackKnowledge(reopen: open))
    _ = try target.seek(to: target.last)
    return target
  }

  private static func tree(
    _ name: String, _ target: PlaybackTarget<VirtBoard>, _ options: WhyOptions = WhyOptions()
  ) throws -> WhyTree {
    try WhyTree(of: WhySubject(name, in: target, hart: 0), at: target.moment, in: target, options)
  }

  /// The first node below `node`, itself included, that `isWanted`.
  private static func first(_ node: WhyNode, _ isWanted: @escaping (WhyNode) -> Bool) -> WhyNode? {
    if isWanted(node) { return node }
    return node.sources.lazy.compactMap { first($0, isWanted) }.first
  }

  @Test func aByteFromTheConsoleIsTheInputThatWasTyped() throws {
    let target = try Self.target(.echo(), source: RandomTyping("Sphinxq", seed: 3))
    // What the guest makes of all keys, in the order in which they came.
    let tree = try Self.tree("0x\(String(Guest.resultBase + 16, radix: 16))", target, WhyOptions(depth: 60))
    var typed: [UInt8] = []
    var moments: [Moment] = []
    func look(_ node: WhyNode) {
      if case .device(let name, let offset, 1, let input?) = node.origin {
        #expect(name == "uart" && offset == 0 && input.isCertain && node.value == [input.byte])
        typed.append(input.byte)
        moments.append(input.moment)
      }
      node.sources.forEach(look)
    }
    look(tree.root)
    let entered = target.playback.inputs.flatMap { input in input.input.bytes.map { (input.moment, $0) } }
    #expect(String(decoding: typed, as: UTF8.self) == "Sphinxq")
    #expect(moments == entered.map(\.0))
  }

  @Test func aTrapWritesItsRegistersAndComesFromADevice() throws {
    let target = try Self.target(.echo(), source: RandomTyping("aq", seed: 1))
    let tree = try Self.tree("mcause", target)
    guard case .written(let writer) = tree.root.origin else {
      Issue.record("\(tree.root.origin)")
      return
    }
    #expect(writer.kind == .trap(name: "machine external interrupt", isInterrupt: true))
    #expect(tree.root.sources.map(\.origin) == [.line(device: "uart")])
    let address = try Self.tree("mepc", target)
    #expect(address.root.sources.map(\.origin) == [.constant])
    #expect(address.root.sources.first?.value == address.root.value)
  }

  @Test func countersConstantsAndTheStartEndIt() throws {
    var guest = GuestAssembler(at: Guest.codeBase)
    guest.csrr(.a0, .cycle)
    guest.emit(.auipc, .a1, .zero, immediate: 0x1000)
    guest.emit(.add, .a2, .a0, .a1)
    guest.emit(.csrrs, .a3, .zero, immediate: 0xf14)
    guest.addi(.a4, .a5, 0)
    guest.store(.sd, .a2, -8, .sp)
    guest.powerOff()
    let target = try Self.target(Guest(code: guest.finish()), steps: 1000)
    let tree = try Self.tree("a2", target)
    #expect(tree.root.sources.map(\.name) == ["a0", "a1"])
    #expect(tree.root.sources[0].sources.map(\.origin) == [.counter])
    #expect(tree.root.sources[1].sources.map(\.origin) == [.constant])
    #expect(tree.root.sources[1].sources[0].value == tree.root.sources[1].value)
    #expect(try Self.tree("a3", target).root.sources.map(\.origin) == [.fixed])
    #expect(try Self.tree("a4", target).root.sources.map(\.origin) == [.start(.powerOn)])
    #expect(try Self.tree("a4", target).root.sources.map(\.name) == ["a5"])
    #expect(try Self.tree("mcycle", target).root.origin == .counter)
    #expect(throws: DebugProblem.self) { try Self.tree("pc", target) }
  }

  @Test func depthAndCountBoundTheTree() throws {
    let target = try Self.target(.echo(), source: RandomTyping("Sphinx of black quartzq", seed: 3))
    let name = "0x\(String(Guest.resultBase + 8, radix: 16))"
    for depth in 1...5 {
      let tree = try Self.tree(name, target, WhyOptions(depth: depth))
      #expect(Self.depth(tree.root) == depth)
      #expect(!tree.isCut)
    }
    let cut = try Self.tree(name, target, WhyOptions(depth: 1000, nodeCountMax: 30))
    #expect(cut.isCut && (30...40).contains(cut.nodeCount))
    #expect(Self.first(cut.root) { $0.origin == .unfollowed(.count) } != nil)
    // Each number once, in the order of reading.
    var numbers: [Int] = []
    func look(_ node: WhyNode) {
      numbers.append(node.number)
      node.sources.forEach(look)
    }
    look(cut.root)
    #expect(numbers == Array(1...cut.nodeCount))
  }

  /// The most writers behind one another.
  private static func depth(_ node: WhyNode) -> Int {
    let below = node.sources.map(depth).max() ?? 0
    if case .written = node.origin { return below + 1 }
    return below
  }

  @Test func itStandsWhereItStoodWhateverHappens() throws {
    let target = try Self.target(.echo(), source: RandomTyping("aq", seed: 1))
    _ = try target.seek(to: Step(3000))
    let here = target.moment
    _ = try Self.tree("t1", target, WhyOptions(depth: 8))
    #expect(target.moment == here)
    target.shouldStop = { true }
    #expect(throws: DebugProblem.self) { try Self.tree("t1", target) }
    #expect(target.moment == here)
  }
}
