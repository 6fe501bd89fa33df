internal import Backplane
internal import VirtualTime

/// A step that wrote something: looked at from before it, and taken.
struct WhyStep {
  let moment: Moment
  private let hart: Int
  private let kind: WhyWriter.Kind
  private let privilege: String
  private let programCounter: UInt64
  private let symbol: String?
  private let instruction: String?
  private let timeText: String
  private let writes: [ValueWrite]
  private let outcome: StepOutcome
  /// What `subject` was before the step, and behind it when that may have been changed since.
  private let subject: WhySubject
  private let before: [UInt8]
  private let after: [UInt8]?
  /// Nodes for the sources of the writes, sampled before the step.
  private var sampled: [(source: ValueSource, entry: WhyBuilder.Entry)] = []

  /// Goes to the step of `hit`, which wrote a part of `subject`, and takes it.
  init(of hit: Hit, _ subject: WhySubject, _ builder: WhyBuilder) throws {
    let target = builder.target
    let start = Moment(step: Step(hit.step), cycle: .zero)
    try builder.go(to: start)
    (hart, moment, self.subject) = (hit.hart, target.moment, subject)
    before = builder.value(of: subject)
    (privilege, timeText) = (target.privilegeName(hart: hart), target.timeText)
    programCounter = target.programCounter(hart: hart)
    symbol = target.symbol(at: programCounter)
    instruction = target.instruction(at: programCounter, hart: hart)
    let planned = target.dataflow(hart: hart) ?? []
    sampled = Self.sample(planned, builder)
    outcome = try target.takeStep(hart: hart)
    after = target.fork == nil ? nil : builder.value(of: subject)
    if let trap = outcome.trap {
      try builder.go(to: start)
      sampled = Self.sample(trap.writes, builder)
    }
    // A write that neither the instruction nor a trap makes is one of the walk for an address.
    let made = outcome.trap?.writes ?? planned
    if case .access(let access) = hit.kind, !made.contains(where: { $0.isTo(subject) }) {
      kind = .walk(address: access.virtualAddress)
      let entry = MemoryPiece(
        virtualAddress: access.physicalAddress, physicalAddress: access.physicalAddress, byteCount: access.byteCount)
      writes = [ValueWrite(.memory([entry]), from: [.memory([entry])])]
      sampled = Self.sample(writes, builder)
    } else {
      kind = outcome.trap.map { .trap(name: $0.name, isInterrupt: $0.isInterrupt) } ?? .instruction
      writes = made
    }
  }

  /// What of `pieces` the step wrote, and what it did not.
  func split(_ pieces: [MemoryPiece]) -> (written: [MemoryPiece], rest: [MemoryPiece]) {
    var ranges: [Range<UInt64>] = []
    for write in writes {
      guard case .memory(let written) = write.target else { continue }
      ranges += written.map { $0.physicalAddress..<$0.physicalAddress &+ UInt64($0.byteCount) }
    }
    return (pieces.flatMap { $0.cut(to: ranges) }, pieces.flatMap { $0.cut(outOf: ranges) })
  }

  /// What is told of the step as the writer of `part`, which holds `now` today.
  func writer(of part: WhySubject, now: [UInt8]) -> WhyWriter {
    let wrote = after.map { bytes($0, of: part) }
    return WhyWriter(
      kind: kind, moment: moment, hart: hart, privilege: privilege, programCounter: programCounter, symbol: symbol,
      instruction: instruction, timeText: timeText, before: bytes(before, of: part), wrote: wrote == now ? nil : wrote)
  }

  /// The bytes of `part` among `all`, those of the whole subject.
  private func bytes(_ all: [UInt8], of part: WhySubject) -> [UInt8] {
    guard case .memory(let whole) = subject, case .memory(let pieces) = part else { return all }
    return whole.bytes(all, of: pieces)
  }

  /// Nodes for what the step made `part` of.
  func sources(of part: WhySubject, _ builder: WhyBuilder) -> [WhyBuilder.Entry] {
    var entries: [WhyBuilder.Entry] = []
    var seen: [ValueSource] = []
    for write in writes where write.isTo(part) {
      for source in write.sources where !seen.contains(source) {
        seen.append(source)
        entries.append(entry(source, builder))
      }
      guard builder.options.followsAddresses else { continue }
      for source in write.addressSources where !seen.contains(source) {
        seen.append(source)
        var address = entry(source, builder)
        address.isAddress = true
        entries.append(address)
      }
    }
    return entries
  }

  private func entry(_ source: ValueSource, _ builder: WhyBuilder) -> WhyBuilder.Entry {
    if let found = sampled.first(where: { $0.source == source }) { return found.entry }
    let target = builder.target
    switch source {
    case .constant(let value):
      return WhyBuilder.Entry(name: "constant", value: UInt64(bitPattern: value).bytes(8), origin: .constant)
    case .address(let value):
      var entry = WhyBuilder.Entry(name: "address", value: value.bytes(8), origin: .constant)
      entry.symbol = target.symbol(at: value)
      return entry
    case .device(let slot, let offset, let byteCount):
      return WhyBuilder.Entry(
        name: target.name(of: slot), value: outcome.readValue?.bytes(byteCount) ?? [],
        origin: .device(name: target.name(of: slot), offset: offset, byteCount: byteCount, input: outcome.input))
    case .line(let slot):
      return WhyBuilder.Entry(name: target.name(of: slot), value: [], origin: .line(device: target.name(of: slot)))
    case .named(let name): return WhyBuilder.Entry(name: name, value: [], origin: .other)
    case .register(let number): return WhyBuilder.Entry(name: "register \(number)", value: [], origin: .other)
    case .memory: return WhyBuilder.Entry(name: "memory", value: [], origin: .other)
    }
  }

  private static func sample(
    _ writes: [ValueWrite], _ builder: WhyBuilder
  ) -> [(source: ValueSource, entry: WhyBuilder.Entry)] {
    var sampled: [(source: ValueSource, entry: WhyBuilder.Entry)] = []
    for source in writes.flatMap({ $0.sources + $0.addressSources }) {
      switch source {
      case .register(let number):
        guard let description = builder.description(ofRegister: number) else { continue }
        sampled.append((source, builder.entry(for: .register(description))))
      case .memory(let pieces): sampled.append((source, builder.entry(for: .memory(pieces))))
      default: continue
      }
    }
    return sampled
  }
}

extension ValueWrite {
  /// Whether it writes any of `subject`.
  fileprivate func isTo(_ subject: WhySubject) -> Bool {
    switch (target, subject) {
    case (.register(let number), .register(let register)): number == register.number
    case (.memory(let written), .memory(let pieces)):
      written.contains { one in
        pieces.contains { other in
          one.physicalAddress < other.physicalAddress &+ UInt64(other.byteCount)
            && other.physicalAddress < one.physicalAddress &+ UInt64(one.byteCount)
        }
      }
    default: false
    }
  }
}

extension UInt64 {
  /// The low `count` bytes, least significant first.
  fileprivate func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: self >> UInt64($0 * 8)) }
  }
}
