public import Archive
public import Backplane
internal import StateCoding
public import VirtualTime

/// An instruction that a hart was about to execute, and what it was.
public struct ExecutedStep: Hashable, Sendable {
  /// The step.
  public var step: UInt64
  /// The hart.
  public var hart: Int
  /// The name of its privilege mode.
  public var privilege: String
  /// The address of the instruction.
  public var pc: UInt64
  /// Its bytes, as they lie in memory; empty when they cannot be read.
  public var bytes: [UInt8]
  /// The instruction; `nil` when it cannot be read.
  public var text: String?
  /// The cause of the interrupt that was taken instead of it, if one was.
  public var interrupt: UInt8?
}

/// What two machines do not have in common behind the step with which they part.
public struct PartingDetails: Sendable {
  /// A register that differs.
  public struct Register: Hashable, Sendable {
    /// The hart.
    public var hart: Int
    /// The register's name.
    public var name: String
    /// The number by which debuggers know it.
    public var number: Int
    /// Its values.
    public var values: Sides<UInt64>
  }

  /// Eight bytes of memory that differ.
  public struct Word: Hashable, Sendable {
    /// The guest-physical address, a multiple of eight.
    public var address: UInt64
    /// The values, little-endian.
    public var values: Sides<UInt64>
  }

  /// A field of the board's state that differs.
  public struct Field: Hashable, Sendable {
    /// Its path, such as `uart.lineControl`.
    public var path: String
    /// Its values.
    public var values: Sides<String>
  }

  /// What was about to be executed, on the side where it was what the program says: before the step both are the same.
  public var place: ExecutedStep
  /// What was executed just before, oldest first, by both.
  public var recent: [ExecutedStep] = []
  /// What each machine did in the step: device accesses, bytes sent, interrupts.
  public var done = Sides<[EffectRecord]>([], [])
  /// What entered each at or behind the last common moment, before the step was over.
  public var entered = Sides<[InputRecord]>([], [])
  /// Registers, by hart and number.
  public var registers: [Register] = []
  /// Fields of the board, hidden ones too.
  public var fields: [Field] = []
  /// Memory, ascending.
  public var memory: [Word] = []
  /// Words of memory that differ beyond those in `memory`, in the pages that were looked at.
  public var moreWordCount = 0
  /// Pages of memory that differ and were not looked at.
  public var morePageCount = 0
}

extension Bisection where B: DebuggableBoard {
  private static var wordsMax: Int { 64 }
  private static var pagesMax: Int { 256 }
  private static var fieldsMax: Int { 256 }

  /// Looks at the machines before and behind `parting`, which this bisection has found.
  /// - Parameter recentCount: instructions to list before it.
  public func details(of parting: Parting, recentCount: UInt64 = 16) throws -> PartingDetails {
    let lanes = try lanes()
    let recent = try recentSteps(before: parting, recentCount, lanes)
    let common = parting.common
    let places = try lanes.both { runner, _ in
      try runner.go(to: common)
      return Self.next(runner)
    }
    var details = PartingDetails(place: places.a, recent: recent)
    details.done = try lanes.both { runner, _ in
      try runner.go(to: common)
      return try runner.takeStep(collecting: [.output, .interrupts, .devices]).compactMap(EffectRecord.init)
    }
    if case .interrupt(_, let cause, _)? = details.done.a.first?.kind { details.place.interrupt = cause }
    details.entered = inputs(of: parting)
    try compare(&details, lanes)
    return details
  }

  /// The last inputs of `side` that entered before `moment`, at most `count`, oldest first.
  public func inputs(of side: Side, before moment: Moment, count: Int) -> [InputRecord] {
    runs[side].inputs.filter { $0.moment < moment }.suffix(count).map {
      InputRecord(moment: $0.moment, slot: $0.input.slot.number, bytes: $0.input.bytes)
    }
  }

  private func inputs(of parting: Parting) -> Sides<[InputRecord]> {
    var entered = Sides<[InputRecord]>([], [])
    for side in Side.allCases {
      entered[side] = runs[side].inputs.filter {
        $0.moment >= parting.common && $0.moment < parting.behind[side]
      }.map { InputRecord(moment: $0.moment, slot: $0.input.slot.number, bytes: $0.input.bytes) }
    }
    return entered
  }

  private func recentSteps(
    before parting: Parting, _ count: UInt64, _ lanes: Lanes<B>
  ) throws -> [ExecutedStep] {
    let (first, last) = (start, parting.common.step.count)
    let from = last - Swift.min(count, last - Swift.min(first.step.count, last))
    return try lanes.with(.a) { runner in
      try runner.go(to: Swift.max(first, Moment(step: Step(from), cycle: .zero)))
      var steps: [ExecutedStep] = []
      while runner.moment.step.count < last {
        var step = Self.next(runner)
        let before = runner.moment
        for effect in try runner.takeStep(collecting: .interrupts) {
          if case .interrupt(_, let cause, _) = effect.kind { step.interrupt = cause }
        }
        guard runner.moment > before else { break }
        steps.append(step)
      }
      return steps
    }
  }

  /// What the machine is about to execute.
  private static func next(_ runner: SideRunner<B>, hart: Int = 0) -> ExecutedStep {
    let (board, memory) = (runner.machine.board, runner.machine.memory)
    let pc = board.programCounter(hart: hart)
    var bytes: [UInt8] = []
    for offset in [0, 2] as [UInt64] {
      guard let physical = board.translate(pc &+ offset, hart: hart, memory: memory),
        let half = memory.read(physical, count: 2)
      else { break }
      bytes += half
    }
    let instruction = board.disassemble(bytes, at: pc)
    return ExecutedStep(
      step: runner.moment.step.count, hart: hart, privilege: board.privilegeName(hart: hart), pc: pc,
      bytes: instruction.map { Array(bytes.prefix($0.byteCount)) } ?? bytes, text: instruction?.text)
  }

  /// Compares the machines behind the step.
  private func compare(_ details: inout PartingDetails, _ lanes: Lanes<B>) throws {
    let behind = Moment(step: Step(details.place.step + 1), cycle: .zero)
    let boards = try lanes.both { runner, _ in
      try runner.go(to: behind)
      return runner.machine.board
    }
    for hart in 0..<Swift.min(boards.a.hartCount, boards.b.hartCount) {
      for register in B.features.flatMap(\.registers) {
        guard let a = boards.a.register(register.number, hart: hart),
          let b = boards.b.register(register.number, hart: hart), a != b
        else { continue }
        details.registers.append(
          PartingDetails.Register(hart: hart, name: register.name, number: register.number, values: Sides(a, b)))
      }
    }
    details.fields = StateDifference.between(boards.a, boards.b, limit: Self.fieldsMax).compactMap(Self.field)
    let (pages, count) = try MemoryComparison.pages(lanes, limit: Self.pagesMax)
    details.morePageCount = count - pages.count
    for page in pages {
      for offset in stride(from: 0, to: Int(Memory.pageSize), by: 8) {
        let values = page.bytes.map { Self.word($0, offset) }
        guard values.a != values.b else { continue }
        if details.memory.count < Self.wordsMax {
          details.memory.append(PartingDetails.Word(address: page.address + UInt64(offset), values: values))
        } else {
          details.moreWordCount += 1
        }
      }
    }
  }

  private static func field(_ line: String) -> PartingDetails.Field? {
    guard let colon = line.firstRange(of: ": "), let arrow = line.firstRange(of: " → ") else { return nil }
    let values = Sides(String(line[colon.upperBound..<arrow.lowerBound]), String(line[arrow.upperBound...]))
    return PartingDetails.Field(path: String(line[..<colon.lowerBound]), values: values)
  }

  private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
    bytes[offset..<(offset + 8)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
