internal import RISCV

/// One instruction of a commit log.
public struct CommitLogEntry: Equatable, Sendable {
  /// A register that was written.
  public struct Register: Equatable, Sendable {
    /// Its number for a debugger (`RegisterNumber`).
    public var number: Int
    /// Its value; of a register narrower than 64 bits, the low ones.
    public var value: UInt64
  }

  /// An access to memory.
  public struct Access: Equatable, Sendable {
    /// The address.
    public var address: UInt64
    /// What was written, and in how many bytes; `nil` for a read.
    public var stored: (value: UInt64, byteCount: Int)?

    /// Whether they tell of the same access.
    public static func == (left: Access, right: Access) -> Bool {
      left.address == right.address && left.stored?.value == right.stored?.value
        && left.stored?.byteCount == right.stored?.byteCount
    }
  }

  /// The line of the file, from 1.
  public var line: UInt64
  /// The hart.
  public var hart: Int
  /// The privilege mode, by number.
  public var mode: UInt8
  /// The address of the instruction.
  public var pc: UInt64
  /// Its bits.
  public var bits: UInt32
  /// Its bytes: 2 or 4.
  public var byteCount: UInt8
  /// The registers that it wrote.
  public var registers: [Register] = []
  /// The accesses that it made.
  public var accesses: [Access] = []
}

/// What is wrong with a commit log.
public struct CommitLogError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The line, from 1.
  public let line: UInt64
  /// What was found, and what belongs there.
  public let message: String

  /// The line and the message.
  public var description: String { "line \(line): \(message)" }
}

/// Reads a commit log, such as Spike writes with `--log-commits`, line by line. Strict: a line that is none of such a
/// log is an error, and never more than a line is held.
///
/// Lines that Spike adds with `-l` (the disassembly, symbols, exceptions) are passed over, and so are empty ones.
public struct CommitLogReader {
  /// The longest line: one that writes a register and two accesses takes about 150.
  public static let lineBytesMax = 4096
  private static let registersMax = 64
  private static let accessesMax = 256

  private let source: () throws -> [UInt8]
  private var pending: ArraySlice<UInt8> = []
  private var isAtEnd = false
  /// The line that was read last, from 1.
  public private(set) var line: UInt64 = 0

  /// Reads what `source` gives, piece by piece; an empty piece is the end.
  public init(_ source: @escaping () throws -> [UInt8]) { self.source = source }

  /// The next instruction; `nil` at the end.
  /// - Throws: `CommitLogError`, and what the source throws.
  public mutating func next() throws -> CommitLogEntry? {
    while let bytes = try nextLine() {
      var parsed = try CommitLogLine(bytes, number: line)
      if let entry = try parsed.entry() { return entry }
    }
    return nil
  }

  private mutating func nextLine() throws -> ArraySlice<UInt8>? {
    var length = 0
    while true {
      if let end = pending[(pending.startIndex + length)...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { pending = pending[(end + 1)...] }
        return try take(pending[..<end])
      }
      length = pending.count
      guard length <= Self.lineBytesMax else { return try take(pending) }
      guard !isAtEnd else {
        guard !pending.isEmpty else { return nil }
        defer { pending = [] }
        return try take(pending)
      }
      let piece = try source()
      if piece.isEmpty { isAtEnd = true } else { pending = ArraySlice(Array(pending) + piece) }
    }
  }

  private mutating func take(_ bytes: ArraySlice<UInt8>) throws -> ArraySlice<UInt8> {
    line += 1
    guard bytes.count <= Self.lineBytesMax else {
      throw CommitLogError(line: line, message: "longer than \(Self.lineBytesMax) bytes: this is no commit log")
    }
    return bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes
  }

  /// A line, taken apart.
  private struct CommitLogLine {
    let number: UInt64
    private var words: [Substring]
    private var place = 0

    init(_ bytes: ArraySlice<UInt8>, number: UInt64) throws {
      self.number = number
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw CommitLogError(line: number, message: "it is not text")
      }
      words = text.split(separator: " ", omittingEmptySubsequences: true)
    }

    mutating func entry() throws -> CommitLogEntry? {
      guard !words.isEmpty else { return nil }
      let hart = try hart()
      // What `-l` adds has something else than a privilege mode here.
      guard let mode = peek, mode.count == 1, let mode = UInt8(mode), mode < 4 else {
        if let word = peek, word.hasPrefix("0x") || word.hasPrefix(">>>>") || word == "exception" || word == "tval" {
          return nil
        }
        throw wrong("a privilege mode from 0 to 3")
      }
      place += 1
      let pc = try hexadecimal("the address of the instruction").value
      let (bits, digits) = try instruction()
      var entry = CommitLogEntry(
        line: number, hart: hart, mode: mode, pc: pc, bits: bits, byteCount: UInt8(digits / 2))
      while let word = peek {
        place += 1
        if word == "mem" {
          try addAccess(&entry)
        } else {
          try addRegister(word, &entry)
        }
      }
      return entry
    }

    private var peek: Substring? { place < words.count ? words[place] : nil }

    private func wrong(_ what: String) -> CommitLogError {
      let found = peek.map { "'\($0.prefix(40))'" } ?? "the end of the line"
      return CommitLogError(line: number, message: "found \(found) in place \(place + 1), where \(what) belongs")
    }

    /// `core   0:`, or `core1234:` when the number fills its place.
    private mutating func hart() throws -> Int {
      guard let word = peek, word.hasPrefix("core") else { throw wrong("'core'") }
      var digits = word.dropFirst(4)
      if digits.isEmpty {
        place += 1
        digits = peek ?? ""
      }
      guard digits.hasSuffix(":"), let hart = Int(digits.dropLast()), (0..<1 << 16).contains(hart) else {
        throw wrong("the number of a hart and a colon")
      }
      place += 1
      return hart
    }

    private mutating func hexadecimal(_ what: String) throws -> (value: UInt64, digits: Int) {
      guard let word = peek, word.hasPrefix("0x") else { throw wrong(what) }
      let digits = word.dropFirst(2)
      guard (1...16).contains(digits.count),
        digits.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
        let value = UInt64(digits, radix: 16)
      else { throw wrong(what) }
      place += 1
      return (value, digits.count)
    }

    private mutating func instruction() throws -> (bits: UInt32, digits: Int) {
      let what = "the bits of the instruction, (0x…) with 4 or 8 digits,"
      guard let word = peek, word.hasPrefix("(0x"), word.hasSuffix(")") else { throw wrong(what) }
      let digits = word.dropFirst(3).dropLast()
      guard digits.count == 4 || digits.count == 8, digits.first != "+", digits.first != "-",
        let bits = UInt32(digits, radix: 16)
      else { throw wrong(what) }
      place += 1
      return (bits, digits.count)
    }

    private mutating func addAccess(_ entry: inout CommitLogEntry) throws {
      guard entry.accesses.count < CommitLogReader.accessesMax else { throw wrong("no further access") }
      var access = CommitLogEntry.Access(address: try hexadecimal("an address").value)
      if let word = peek, word.hasPrefix("0x") {
        let (value, digits) = try hexadecimal("what was stored")
        guard [2, 4, 8, 16].contains(digits) else {
          place -= 1
          throw wrong("a value of 2, 4, 8 or 16 digits")
        }
        access.stored = (value, digits / 2)
      }
      entry.accesses.append(access)
    }

    private mutating func addRegister(_ word: Substring, _ entry: inout CommitLogEntry) throws {
      guard entry.registers.count < CommitLogReader.registersMax, let register = Self.register(word) else {
        place -= 1
        throw wrong("x0 to x31, f0 to f31, a CSR as in c768_mstatus, or 'mem'")
      }
      entry.registers.append(.init(number: register, value: try hexadecimal("the value of \(word)").value))
    }

    private static func register(_ word: Substring) -> Int? {
      guard let letter = word.first else { return nil }
      let digits = word.dropFirst().prefix { $0.isASCII && $0.isNumber }
      guard let number = Int(digits) else { return nil }
      let rest = word.dropFirst(1 + digits.count)
      switch letter {
      case "x" where rest.isEmpty && number < 32: return RegisterNumber.x0 + number
      case "f" where rest.isEmpty && number < 32: return RegisterNumber.f0 + number
      case "c" where rest.hasPrefix("_") && number < 4096: return RegisterNumber.csr(number)
      default: return nil
      }
    }
  }
}
