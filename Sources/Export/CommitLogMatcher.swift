public import Backplane
internal import RISCV
internal import VirtualTime

/// What is left out of a comparison with a commit log.
public struct CommitLogMask: Equatable, Sendable {
  /// CSRs whose values are not compared, nor what is read out of them.
  public var csrs: [Int] = []
  /// Whether handlers of interrupts are passed over.
  public var ignoresInterrupts = false
  /// Whether accesses to memory are not compared.
  public var ignoresMemory = false

  /// Nothing is left out.
  public init() {}

  /// The number of the CSR that is called `name`, or of a number as text.
  public static func csr(named name: String) -> Int? {
    let number = name.hasPrefix("0x") ? Int(name.dropFirst(2), radix: 16) : Int(name)
    if let number { return (0..<4096).contains(number) ? number : nil }
    return (0..<4096).first { Disassembler.csrName(UInt16($0)) == name }
  }

  /// What is left out, for people.
  public var sentences: [String] {
    var sentences: [String] = []
    if !csrs.isEmpty {
      let names = csrs.map { Disassembler.csrName(UInt16(truncatingIfNeeded: $0)) }.joined(separator: ", ")
      sentences.append("the CSRs \(names), and what is read out of them")
    }
    if ignoresInterrupts { sentences.append("handlers of interrupts") }
    if ignoresMemory { sentences.append("accesses to memory") }
    return sentences
  }
}

/// Compares the steps of a run with the entries of a commit log, to the first instruction that differs.
public struct CommitLogMatcher {
  /// In what an instruction differs.
  public enum Subject: String, Sendable {
    case pc
    case instruction = "the bits of the instruction"
    case mode = "the privilege mode"
    case register = "a register"
    case csr = "a CSR"
    case memory = "an access to memory"
  }

  /// A value on both sides; `nil` where it was not written, or not accessed.
  public struct Value: Equatable, Sendable {
    /// What it is of: a register, an address.
    public var name: String
    /// In the log.
    public var log: UInt64?
    /// In the run.
    public var trace: UInt64?

    init(_ name: String, log: UInt64?, trace: UInt64?) { (self.name, self.log, self.trace) = (name, log, trace) }
  }

  /// The first instruction that differs.
  public struct Difference: Equatable, Sendable {
    /// In what.
    public var subject: Subject
    /// What the run did.
    public var record: StepRecord
    /// What the log has.
    public var entry: CommitLogEntry?
    /// What differs.
    public var values: [Value]
  }

  /// An instruction that both have.
  public struct Common: Equatable, Sendable {
    /// Its address.
    public var pc: UInt64
    /// Its bits.
    public var bits: UInt32
    /// Its bytes.
    public var byteCount: UInt8
    /// The privilege mode, by number.
    public var mode: UInt8
  }

  private static let commonCountMax = 16
  /// How many lines of a handler are passed over before they are held for something else.
  private static let handlerLinesMax = 1 << 22

  private let nextEntry: () throws -> CommitLogEntry?
  private let mask: CommitLogMask
  private let startPC: UInt64?
  private var entry: CommitLogEntry?
  private var hasRead = false
  /// While a handler of the run is passed over: where it returns to.
  private var handlerEnd: (pc: UInt64, mode: UInt8)?

  /// Whether the run has come to where the log begins.
  public private(set) var hasBegun = false
  /// Where the log begins.
  public private(set) var wantedPC: UInt64 = 0
  /// The line and the step at which the comparison began.
  public private(set) var firstLine: UInt64 = 0, firstStep: UInt64 = 0
  /// How many instructions were the same.
  public private(set) var commonCount: UInt64 = 0
  /// The last of these.
  public private(set) var lastCommon: [Common] = []
  /// Steps and lines of handlers that were passed over.
  public private(set) var skippedStepCount: UInt64 = 0, skippedLineCount: UInt64 = 0
  /// The first difference, once it is found.
  public private(set) var difference: Difference?
  /// Which of the two ended before the other: `log` or `recording`; `nil` when neither did, or is known to have.
  public private(set) var endedFirst: String?

  /// Compares with the entries that `next` gives.
  /// - Parameter startPC: entries before the first one at this address are passed over.
  public init(_ next: @escaping () throws -> CommitLogEntry?, _ mask: CommitLogMask, startPC: UInt64? = nil) {
    (nextEntry, self.mask, self.startPC) = (next, mask, startPC)
  }

  /// Compares the step of `record`.
  /// - Returns: false when there is nothing more to compare.
  public mutating func note(_ record: StepRecord) throws -> Bool {
    if !hasRead { try readFirst() }
    guard let entry else {
      endedFirst = "log"
      return false
    }
    guard record.kind != .pause else { return true }
    if !hasBegun {
      guard record.kind == .instruction, record.pc == wantedPC else { return true }
      (hasBegun, firstLine, firstStep) = (true, entry.line, record.start.step.count)
    }
    if let end = handlerEnd {
      skippedStepCount += 1
      if record.flow == .trapReturn, record.nextPC == end.pc, record.nextMode == end.mode { handlerEnd = nil }
      return true
    }
    switch record.kind {
    case .interrupt:
      if mask.ignoresInterrupts {
        handlerEnd = (record.pc, record.mode)
        skippedStepCount += 1
      }
      return true
    case .exception, .pause: return true
    case .instruction: return try compare(record, entry)
    }
  }

  /// Tells that there are no more steps.
  /// - Parameter isAtEnd: whether that is because the run ends.
  public mutating func finish(isAtEnd: Bool) throws {
    guard difference == nil, endedFirst == nil, isAtEnd else { return }
    if !hasRead { try readFirst() }
    if entry != nil { endedFirst = "recording" }
  }

  private mutating func readFirst() throws {
    hasRead = true
    repeat { entry = try nextEntry() } while entry.map { $0.pc != startPC ?? $0.pc } ?? false
    guard let entry else { throw CommitLogError(line: 1, message: "there is no instruction to begin with in the log") }
    wantedPC = entry.pc
  }

  // MARK: - One instruction

  private mutating func compare(_ record: StepRecord, _ first: CommitLogEntry) throws -> Bool {
    var entry = first
    if mask.ignoresInterrupts, entry.pc != record.pc {
      // The log may be in a handler that the run has not entered.
      var lines = 0
      while entry.pc != record.pc || entry.mode != record.mode {
        lines += 1
        guard lines < Self.handlerLinesMax, let next = try nextEntry() else {
          return differ(.pc, record, first, [Value("pc", log: first.pc, trace: record.pc)])
        }
        entry = next
      }
      skippedLineCount += UInt64(lines)
    }
    if let (subject, values) = findDifference(record, entry) { return differ(subject, record, entry, values) }
    commonCount += 1
    lastCommon.append(Common(pc: record.pc, bits: record.bits, byteCount: record.byteCount, mode: record.mode))
    if lastCommon.count > Self.commonCountMax { lastCommon.removeFirst() }
    self.entry = try nextEntry()
    return true
  }

  private mutating func differ(
    _ subject: Subject, _ record: StepRecord, _ entry: CommitLogEntry, _ values: [Value]
  ) -> Bool {
    difference = Difference(subject: subject, record: record, entry: entry, values: values)
    return false
  }

  private func findDifference(_ record: StepRecord, _ entry: CommitLogEntry) -> (Subject, [Value])? {
    if record.pc != entry.pc { return (.pc, [Value("pc", log: entry.pc, trace: record.pc)]) }
    if record.bits != entry.bits {
      return (.instruction, [Value("bits", log: UInt64(entry.bits), trace: UInt64(record.bits))])
    }
    if record.mode != entry.mode {
      return (.mode, [Value("mode", log: UInt64(entry.mode), trace: UInt64(record.mode))])
    }
    if !readsMaskedCSR(record.bits) {
      let values = registerDifferences(record, entry)
      if !values.isEmpty { return (.register, values) }
    }
    let csrs = csrDifferences(record, entry)
    if !csrs.isEmpty { return (.csr, csrs) }
    return mask.ignoresMemory ? nil : memoryDifference(record, entry)
  }

  private func readsMaskedCSR(_ bits: UInt32) -> Bool {
    guard !mask.csrs.isEmpty, bits & 0x7f == 0x73 else { return false }
    let instruction = Decoder.decode(bits)
    return instruction.namesCSR && mask.csrs.contains(Int(instruction.immediate))
  }

  private func registerDifferences(_ record: StepRecord, _ entry: CommitLogEntry) -> [Value] {
    let written = record.writes.filter { $0.number < RegisterNumber.csr0 }
    let logged = entry.registers.filter { $0.number < RegisterNumber.csr0 && $0.number != RegisterNumber.x0 }
    var values: [Value] = []
    for write in written {
      let log = logged.first { $0.number == write.number }?.value
      if log != write.value { values.append(Value(Self.name(write.number), log: log, trace: write.value)) }
    }
    for register in logged where !written.contains(where: { $0.number == register.number }) {
      values.append(Value(Self.name(register.number), log: register.value, trace: nil))
    }
    return values
  }

  /// The registers of status, which others than they say may write without changing them.
  private static let status = [1, 2, 3, 0x100, 0x300].map(RegisterNumber.csr)

  private func csrDifferences(_ record: StepRecord, _ entry: CommitLogEntry) -> [Value] {
    entry.registers.compactMap { register in
      guard register.number >= RegisterNumber.csr0, !mask.csrs.contains(register.number - RegisterNumber.csr0) else {
        return nil
      }
      let trace = record.writes.first { $0.number == register.number }?.value
      if trace == register.value || trace == nil && Self.status.contains(register.number) { return nil }
      return Value(Self.name(register.number), log: register.value, trace: trace)
    }
  }

  private func memoryDifference(_ record: StepRecord, _ entry: CommitLogEntry) -> (Subject, [Value])? {
    var traced: [CommitLogEntry.Access] = record.accesses.filter { !$0.isWrite }.map { .init(address: $0.address) }
    for access in record.accesses where access.isWrite {
      let (count, piece) = access.byteCount > 8 ? (Int(access.byteCount), 1) : (1, Int(access.byteCount))
      for place in 0..<count {
        traced.append(.init(address: access.address &+ UInt64(place), stored: (access.value ?? 0, piece)))
      }
    }
    let logged = entry.accesses.filter { $0.stored == nil } + entry.accesses.filter { $0.stored != nil }
    guard traced != logged else { return nil }
    var values: [Value] = []
    for place in 0..<max(traced.count, logged.count) {
      let log = place < logged.count ? logged[place] : nil
      let trace = place < traced.count ? traced[place] : nil
      guard log != trace else { continue }
      values.append(Value("address", log: log?.address, trace: trace?.address))
      if log?.stored != nil || trace?.stored != nil {
        values.append(Value("stored", log: log?.stored?.value, trace: trace?.stored?.value))
        values.append(
          Value(
            "bytes", log: log?.stored.map { UInt64($0.byteCount) }, trace: trace?.stored.map { UInt64($0.byteCount) }))
      }
    }
    return (.memory, values)
  }

  private static func name(_ number: Int) -> String {
    switch number {
    case ..<RegisterNumber.programCounter: Disassembler.integerRegisterName(UInt8(truncatingIfNeeded: number))
    case RegisterNumber.f0..<RegisterNumber.csr0:
      Disassembler.floatRegisterName(UInt8(truncatingIfNeeded: number - RegisterNumber.f0))
    default: Disassembler.csrName(UInt16(truncatingIfNeeded: number - RegisterNumber.csr0))
    }
  }
}

extension Instruction {
  /// Whether it reads or writes a CSR.
  fileprivate var namesCSR: Bool {
    switch operation {
    case .csrrw, .csrrs, .csrrc, .csrrwi, .csrrsi, .csrrci: true
    default: false
    }
  }
}
