internal import Backplane
public import VirtualTime

extension WhyTree {
  /// Follows the value that `subject` has at `moment` back to where it came from. The target stands at `moment`
  /// afterwards, whatever happened.
  /// - Throws: `DebugProblem` when the run is interrupted on the way, or is not the one that was recorded.
  public init(
    of subject: WhySubject, at moment: Moment, in target: any DebugTarget, _ options: WhyOptions = WhyOptions()
  ) throws {
    let builder = WhyBuilder(target, options)
    defer { builder.goBack(to: moment) }
    try builder.go(to: moment)
    try builder.build(subject)
    self = WhyTree(
      root: builder.assembled(), moment: moment, options: options, nodeCount: builder.entries.count,
      isCut: builder.isCut)
  }
}

/// Follows a value back, breadth first, so that what is near is whole when there is too much.
final class WhyBuilder {
  /// A node while the tree grows.
  struct Entry {
    var name: String
    var subject: WhySubject?
    var value: [UInt8]
    var isAddress = false
    var origin = WhyOrigin.other
    var sources: [Int] = []
    var symbol: String?
  }

  /// A value that is still to be followed.
  struct Job {
    var entry: Int
    /// Who wrote it before this moment is asked.
    var limit: Moment
    /// How many writers lead there.
    var level: Int
  }

  /// Who wrote something last before each of a stretch of moments.
  private struct Known {
    var subject: WhySubject
    var writer: Moment
    var limit: Moment
    var entry: Int
  }

  let target: any DebugTarget
  let options: WhyOptions
  private(set) var entries: [Entry] = []
  private(set) var isCut = false
  private var jobs: [Job] = []
  private var known: [Known] = []
  private let registers: [RegisterDescription]

  init(_ target: any DebugTarget, _ options: WhyOptions) {
    (self.target, self.options, registers) = (target, options, target.registers)
  }

  // MARK: - Moving

  /// Goes to `moment`, or to the first moment of its step when its cycle is zero.
  func go(to moment: Moment) throws {
    switch try target.seek(to: moment) {
    case .interrupted: throw DebugProblem("stopped before it was known")
    case .diverged(let found): throw DebugProblem(found)
    default: break
    }
    guard target.moment.step == moment.step else {
      throw DebugProblem("@\(moment.step.count) is not in the trace")
    }
  }

  /// What was asked for is done, or cannot be: people are to find the run where they left it.
  func goBack(to moment: Moment) {
    let asked = target.shouldStop
    target.shouldStop = { false }
    defer { target.shouldStop = asked }
    _ = try? target.seek(to: moment)
  }

  // MARK: - Following

  func build(_ subject: WhySubject) throws {
    entries = [entry(for: subject)]
    jobs = [Job(entry: 0, limit: target.moment, level: 1)]
    var next = 0
    while next < jobs.count {
      let job = jobs[next]
      next += 1
      try follow(job)
    }
  }

  private func follow(_ job: Job) throws {
    guard let subject = entries[job.entry].subject else { return }
    if case .register(let register) = subject {
      switch target.nature(ofRegister: register.number) {
      case .counter: return settle(job.entry, .counter)
      case .wires: return settle(job.entry, .wires)
      case .fixed: return settle(job.entry, .fixed)
      case .plain: break
      }
    }
    guard job.level <= options.depth else { return settle(job.entry, .unfollowed(.depth)) }
    if let seen = seen(subject, before: job.limit) { return settle(job.entry, .seen(seen)) }
    guard entries.count < options.nodeCountMax else {
      isCut = true
      return settle(job.entry, .unfollowed(.count))
    }
    switch subject {
    case .register(let register): try follow(register, job)
    case .memory(let pieces): try follow(pieces, job)
    }
  }

  private func follow(_ register: RegisterDescription, _ job: Job) throws {
    guard let hit = try target.lastWrite(StopPoints(registers: [register.number]), before: job.limit) else {
      return settle(job.entry, .start(target.first == .zero ? .powerOn : .trace))
    }
    settle(job.entry, try WhyStep(of: hit, .register(register), self), .register(register), job)
  }

  // MARK: - Nodes

  /// Says where the value of a node came from.
  func settle(_ entry: Int, _ origin: WhyOrigin) { entries[entry].origin = origin }

  /// Says that `step` wrote the value of a node, all of `subject`, and puts what that was made of below it.
  func settle(_ entry: Int, _ step: WhyStep, _ subject: WhySubject, _ job: Job) {
    if let place = known.firstIndex(where: {
      $0.writer == step.moment && Self.isSame($0.subject, subject) && $0.entry != entry
    }) {
      known[place].limit = max(known[place].limit, job.limit)
      return settle(entry, .seen(known[place].entry))
    }
    known.append(Known(subject: subject, writer: step.moment, limit: job.limit, entry: entry))
    entries[entry].origin = .written(step.writer(of: subject, now: entries[entry].value))
    for source in step.sources(of: subject, self) {
      let number = add(source, to: entry)
      if source.subject != nil { jobs.append(Job(entry: number, limit: step.moment, level: job.level + 1)) }
    }
  }

  /// Adds a node below another.
  func add(_ new: Entry, to entry: Int) -> Int {
    entries.append(new)
    entries[entry].sources.append(entries.count - 1)
    return entries.count - 1
  }

  /// The node that has the last write to `subject` before `limit`, if it is known.
  private func seen(_ subject: WhySubject, before limit: Moment) -> Int? {
    known.first { $0.writer < limit && limit <= $0.limit && Self.isSame($0.subject, subject) }?.entry
  }

  private static func isSame(_ one: WhySubject, _ other: WhySubject) -> Bool {
    switch (one, other) {
    case (.register(let one), .register(let other)): one.number == other.number
    case (.memory(let one), .memory(let other)):
      one.elementsEqual(other) { $0.physicalAddress == $1.physicalAddress && $0.byteCount == $1.byteCount }
    default: false
    }
  }

  /// A node for `subject`, with the value that it has where the target stands.
  func entry(for subject: WhySubject, isAddress: Bool = false) -> Entry {
    var entry = Entry(name: subject.name, subject: subject, value: value(of: subject))
    entry.isAddress = isAddress
    if case .memory(let pieces) = subject, let first = pieces.first {
      entry.symbol = target.symbol(at: first.virtualAddress)
    }
    return entry
  }

  /// The value of `subject` where the target stands, least significant byte first.
  func value(of subject: WhySubject) -> [UInt8] {
    switch subject {
    case .register(let register):
      guard let value = target.register(register.number, hart: options.hart) else { return [] }
      return (0..<max(1, register.bits / 8)).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
    case .memory(let pieces): return pieces.flatMap { target.memory($0.physicalAddress, count: $0.byteCount) ?? [] }
    }
  }

  func description(ofRegister number: Int) -> RegisterDescription? { registers.first { $0.number == number } }

  // MARK: - The tree

  /// The nodes as a tree, numbered in the order in which it is read.
  func assembled() -> WhyNode {
    var numbers = [Int](repeating: 0, count: entries.count)
    var count = 0
    func number(_ entry: Int) {
      count += 1
      numbers[entry] = count
      for source in entries[entry].sources { number(source) }
    }
    number(0)
    func node(_ index: Int) -> WhyNode {
      let entry = entries[index]
      var origin = entry.origin
      if case .seen(let other) = origin { origin = .seen(numbers[other]) }
      var (register, memory): (Int?, [MemoryPiece]) = (nil, [])
      switch entry.subject {
      case .register(let description): register = description.number
      case .memory(let pieces): memory = pieces
      case nil: break
      }
      return WhyNode(
        number: numbers[index], name: entry.name, register: register, memory: memory, symbol: entry.symbol,
        value: entry.value, isAddress: entry.isAddress, origin: origin, sources: entry.sources.map(node))
    }
    return node(0)
  }
}

extension WhySubject {
  /// What people call it.
  public var name: String {
    switch self {
    case .register(let register): return register.name
    case .memory(let pieces):
      let count = pieces.reduce(0) { $0 + $1.byteCount }
      let address = pieces.first.map { Monitor.hexadecimal($0.virtualAddress) } ?? "nowhere"
      return "\(count) byte\(count == 1 ? "" : "s") at \(address)"
    }
  }
}
